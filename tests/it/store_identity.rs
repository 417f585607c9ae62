//! People, roles, sessions, tokens, resets and failed sign-ins.

use chrono::{NaiveDate, TimeDelta};
use ehia::{
    domain::{
        id::{ContactId, PersonId},
        permission::{Grant, Role},
    },
    store::{
        Error,
        person::Contact,
        session::{ApiToken, Session},
    },
};

use crate::support::{
    cases::{World, at, organisation, person},
    on_both,
};

on_both! {
    async fn an_address_is_one_person_however_it_is_spelt(db) {
        let mut world = World::new(&db.store).await;
        let mut first = person(&mut world.supply, "First");
        first.email = " Anne.Synthetic@Example.org".into();
        db.store.write(async |tx| tx.add_person(&first, Some("$argon2id$synthetic")).await).await.unwrap();
        let mut second = person(&mut world.supply, "Second");
        second.email = "anne.synthetic@example.ORG".into();
        let taken = db.store.write(async |tx| tx.add_person(&second, None).await).await;
        let Err(Error::Unique { constraint }) = taken else { panic!("it was added") };
        assert_eq!(constraint, "unique_person_email_folded");
        let found = db.store.read().credentials("ANNE.synthetic@example.org ").await.unwrap().unwrap();
        assert_eq!((found.person.id, found.password_hash.as_deref()), (first.id, Some("$argon2id$synthetic")));
        assert!(db.store.read().person_by_email("nobody@example.org").await.unwrap().is_none());

        first.name = "Renamed".into();
        first.disabled_at = Some(at(1));
        db.store
            .write(async |tx| {
                tx.save_person(&first, at(1)).await?;
                tx.set_password(first.id, "$argon2id$other", at(1)).await
            })
            .await
            .unwrap();
        let saved = db.store.read().person(first.id).await.unwrap().unwrap();
        assert_eq!((saved.name.as_str(), saved.disabled_at), ("Renamed", Some(at(1))));
        let people = db.store.read().people(&[first.id, world.author.id]).await.unwrap();
        assert_eq!(people.len(), 2);
        let nobody: PersonId = world.supply.fresh();
        let unknown = db.store.write(async |tx| tx.set_password(nobody, "x", at(1)).await).await;
        assert!(matches!(unknown, Err(Error::Conflict)));
    }

    async fn a_role_is_held_up_to_and_including_its_last_day(db) {
        let world = World::new(&db.store).await;
        let (who, organisation) = (world.author.id, world.organisation.id);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let grant = |role, until: Option<&str>| Grant { organisation, role, until: until.map(day) };
        db.store
            .write(async |tx| {
                tx.grant(who, &grant(Role::Author, None), at(0)).await?;
                tx.grant(who, &grant(Role::Reviewer, Some("2026-11-30")), at(0)).await
            })
            .await
            .unwrap();
        let read = db.store.read();
        assert_eq!(read.grants(who, day("2026-11-30")).await.unwrap().len(), 2);
        assert_eq!(read.grants(who, day("2026-12-01")).await.unwrap(), [grant(Role::Author, None)]);
        let reviewers = read.holders(organisation, Some(Role::Reviewer), day("2026-11-30")).await.unwrap();
        assert_eq!(reviewers[0].0, who);
        assert_eq!(read.holders(organisation, None, day("2026-12-01")).await.unwrap().len(), 1);
        let longer = grant(Role::Reviewer, None);
        db.store.write(async |tx| tx.grant(who, &longer, at(1)).await).await.unwrap();
        assert_eq!(read.grants(who, day("2030-01-01")).await.unwrap().len(), 2);
        let revoke = async || {
            db.store.write(async |tx| tx.revoke(who, organisation, Role::Reviewer, day("2026-11-30")).await).await.unwrap()
        };
        assert!(revoke().await);
        assert!(!revoke().await);
        assert_eq!(read.grants(who, day("2026-11-30")).await.unwrap(), [grant(Role::Author, None)]);
        assert_eq!(read.organisations_of(who).await.unwrap(), [organisation]);
        db.store.write(async |tx| tx.grant(who, &longer, at(2)).await).await.unwrap();
        assert_eq!(read.grants(who, day("2030-01-01")).await.unwrap().len(), 2, "granted again");
    }

    async fn a_session_ends_when_it_is_revoked_and_only_by_its_owner(db) {
        let mut world = World::new(&db.store).await;
        let other = person(&mut world.supply, "Other");
        db.store.write(async |tx| tx.add_person(&other, None).await).await.unwrap();
        let session = |supply: &mut ehia::domain::id::Supply| Session {
            id: supply.fresh(),
            person: world.author.id,
            user_agent: "synthetic".into(),
            created_at: at(0),
            expires_at: at(1_000),
            last_seen_at: at(0),
            revoked_at: None,
        };
        let (first, second) = (session(&mut world.supply), session(&mut world.supply));
        db.store
            .write(async |tx| {
                tx.add_session(&first, "digest 1").await?;
                tx.add_session(&second, "digest 2").await
            })
            .await
            .unwrap();
        let read = db.store.read();
        assert_eq!(read.session_by_token("digest 1").await.unwrap().as_ref(), Some(&first));
        assert_eq!(read.session_by_token("digest 3").await.unwrap(), None);
        let revoke = async |by| db.store.write(async |tx| tx.revoke_session(first.id, by, at(6)).await).await.unwrap();
        assert!(!revoke(other.id).await);
        assert!(revoke(world.author.id).await);
        assert_eq!(read.sessions(world.author.id, at(7)).await.unwrap(), std::slice::from_ref(&second));
        assert!(read.sessions(world.author.id, at(1_000)).await.unwrap().is_empty());
        let ended = db.store.write(async |tx| tx.revoke_sessions(world.author.id, Some(second.id), at(8)).await);
        assert_eq!(ended.await.unwrap(), 0);
        let ended = db.store.write(async |tx| tx.revoke_sessions(world.author.id, None, at(8)).await);
        assert_eq!(ended.await.unwrap(), 1);
        assert_eq!(db.store.sweep_sessions(at(2_000)).await.unwrap(), 2);
    }

    async fn a_token_is_found_by_its_digest_and_revoked_once(db) {
        let mut world = World::new(&db.store).await;
        let token = ApiToken {
            id: world.supply.fresh(),
            person: world.author.id,
            label: "Reporting".into(),
            read_only: true,
            created_at: at(0),
            expires_at: None,
            revoked_at: None,
        };
        db.store.write(async |tx| tx.add_token(&token, "digest").await).await.unwrap();
        assert_eq!(db.store.read().token_by_digest("digest").await.unwrap(), Some(token.clone()));
        let revoke = async || {
            db.store.write(async |tx| tx.revoke_token(token.id, world.author.id, at(1)).await).await.unwrap()
        };
        assert!(revoke().await);
        assert!(!revoke().await);
        assert_eq!(db.store.read().tokens(world.author.id).await.unwrap()[0].revoked_at, Some(at(1)));
    }

    async fn a_reset_works_once_and_while_it_lasts(db) {
        let world = World::new(&db.store).await;
        let who = world.author.id;
        db.store
            .write(async |tx| {
                tx.add_reset("digest 1", who, at(0), at(100)).await?;
                tx.add_reset("digest 2", who, at(0), at(100)).await
            })
            .await
            .unwrap();
        let used = async |digest: &str, seconds| {
            db.store.write(async |tx| tx.use_reset(digest, at(seconds)).await).await.unwrap()
        };
        assert_eq!(used("digest 1", 50).await, Some(who));
        assert_eq!(used("digest 1", 51).await, None);
        assert_eq!(used("digest 2", 100).await, None);
        assert_eq!(used("digest 3", 1).await, None);
    }

    async fn attempts_are_counted_in_a_window_taken_back_and_forgotten(db) {
        let window = TimeDelta::seconds(100);
        let note = async |key: &str, seconds| db.store.note_attempt(key, at(seconds), window).await.unwrap();
        assert_eq!(note("account", 0).await, 1);
        assert_eq!(note("account", 10).await, 2);
        assert_eq!(note("network", 20).await, 1);
        assert_eq!(note("account", 99).await, 3);
        assert_eq!(note("account", 100).await, 1, "a window later it begins anew");
        assert_eq!(note("network", 30).await, 2);
        db.store.forgive_attempt("network").await.unwrap();
        assert_eq!(note("network", 40).await, 2);
        db.store.forget_attempts("network").await.unwrap();
        assert_eq!(note("network", 50).await, 1);
        db.store.forgive_attempt("never seen").await.unwrap();
        let side_by_side = futures::future::join_all((0..20).map(|_| note("crowd", 60))).await;
        let numbers: std::collections::BTreeSet<u32> = side_by_side.into_iter().collect();
        assert_eq!(numbers, (1..=20).collect(), "each has a number of its own");
    }

    async fn all_access_of_a_person_ends_at_once_and_nobody_elses(db) {
        let mut world = World::new(&db.store).await;
        let other = person(&mut world.supply, "Other");
        db.store.write(async |tx| tx.add_person(&other, None).await).await.unwrap();
        for (who, name) in [(world.author.id, "theirs"), (other.id, "another's")] {
            let session = Session {
                id: world.supply.fresh(),
                person: who,
                user_agent: String::new(),
                created_at: at(0),
                expires_at: at(1_000),
                last_seen_at: at(0),
                revoked_at: None,
            };
            let token = ApiToken {
                id: world.supply.fresh(),
                person: who,
                label: "Reporting".into(),
                read_only: true,
                created_at: at(0),
                expires_at: None,
                revoked_at: None,
            };
            db.store
                .write(async |tx| {
                    tx.add_session(&session, &format!("session {name}")).await?;
                    tx.add_token(&token, &format!("token {name}")).await?;
                    tx.add_reset(&format!("reset {name}"), who, at(0), at(1_000)).await
                })
                .await
                .unwrap();
        }
        db.store.write(async |tx| tx.end_access(world.author.id, at(5)).await).await.unwrap();
        let read = db.store.read();
        for (who, name, ended) in [(world.author.id, "theirs", Some(at(5))), (other.id, "another's", None)] {
            let session = read.session_by_token(&format!("session {name}")).await.unwrap().unwrap();
            assert_eq!(session.revoked_at, ended, "{name}");
            let token = read.token_by_digest(&format!("token {name}")).await.unwrap().unwrap();
            assert_eq!(token.revoked_at, ended, "{name}");
            let reset = format!("reset {name}");
            let used = db.store.write(async |tx| tx.use_reset(&reset, at(6)).await).await.unwrap();
            assert_eq!(used, ended.is_none().then_some(who), "{name}");
        }
    }

    async fn a_contact_can_be_erased(db) {
        let mut world = World::new(&db.store).await;
        let contact = Contact {
            id: world.supply.fresh::<ContactId>(),
            organisation: world.organisation.id,
            name: "A synthetic partner".into(),
            email: "partner@example.org".into(),
        };
        db.store.write(async |tx| tx.add_contact(&contact, at(0)).await).await.unwrap();
        assert_eq!(db.store.read().contacts(&[contact.id]).await.unwrap(), std::slice::from_ref(&contact));
        assert!(db.store.write(async |tx| tx.erase_contact(contact.id).await).await.unwrap());
        assert!(db.store.read().contacts(&[contact.id]).await.unwrap().is_empty());
    }

    async fn an_organisation_is_found_by_code_system_and_succession(db) {
        use ehia::store::organisation::{Succession, System};
        let mut world = World::new(&db.store).await;
        let system = System { id: world.supply.fresh(), name: "A synthetic system".into() };
        let mut before = organisation(&mut world.supply, "26A", "Before");
        before.system = Some(system.id);
        before.closed = Some("2026-03-31".parse().unwrap());
        let succession = Succession { predecessor: before.id, successor: world.organisation.id };
        db.store
            .write(async |tx| {
                tx.add_system(&system, at(0)).await?;
                tx.add_organisation(&before, at(0)).await?;
                tx.add_succession(succession, at(0)).await
            })
            .await
            .unwrap();
        let read = db.store.read();
        assert_eq!(read.organisation_by_ods_code("26A").await.unwrap(), Some(before.clone()));
        assert_eq!(read.organisation(before.id).await.unwrap(), Some(before.clone()));
        assert_eq!(read.organisations_of_system(system.id).await.unwrap(), [before.clone()]);
        assert_eq!(read.systems().await.unwrap(), [system]);
        assert_eq!(read.successions(&[world.organisation.id]).await.unwrap(), [succession]);
        assert_eq!(read.all_organisations().await.unwrap().len(), 2);
        assert_eq!(read.organisations(&[before.id]).await.unwrap().len(), 1);
        before.settings.quorum = 3;
        db.store.write(async |tx| tx.save_organisation(&before, at(1)).await).await.unwrap();
        assert_eq!(read.organisation(before.id).await.unwrap().unwrap().settings.quorum, 3);
        before.id = world.supply.fresh();
        before.ods_code = "T6Y0W".into();
        let taken = db.store.write(async |tx| tx.add_organisation(&before, at(1)).await).await;
        let Err(Error::Unique { constraint }) = taken else { panic!("it was added") };
        assert_eq!(constraint, "unique_organisation_ods_code");
    }
}
