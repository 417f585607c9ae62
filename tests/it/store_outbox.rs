//! Messages and reactions: claimed by one owner at a time, settled only by who holds the lease.

use std::{collections::BTreeMap, time::Duration};

use chrono::TimeDelta;
use ehia::{
    app::{App, MailPreferencesDraft, Options},
    clock::{self, Clock},
    domain::{
        calendar::{self, Moment},
        case::Case,
        id::ContactId,
        interdependency::{Interdependency, InterdependencyKind},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::Role,
        preference::MailTiming,
    },
    store::{
        Error, Store,
        outbox::{About, Message, MessageState},
        reaction::ReactionKind,
    },
    worker::{Pace, Worker},
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    cases::{World, at, begin},
    on_both,
    people::Body,
    smtp::until,
};

async fn post(store: &Store, world: &mut World, case: &Case, number: usize) {
    let about = About { organisation: case.organisation, assessment: Some(case.id) };
    let contact: ContactId = world.supply.fresh();
    let notices: Vec<Notice> = (0..number)
        .map(|place| Notice {
            kind: NoticeKind::PanelAssigned,
            to: if place % 2 == 0 { Recipient::Person(world.author.id) } else { Recipient::Contact(contact) },
            facts: NoticeFacts { reference: case.reference.clone(), ..NoticeFacts::default() },
        })
        .collect();
    store.write(async |tx| tx.post(about, &notices, at(0), &mut world.supply).await).await.unwrap();
}

on_both! {
    async fn a_message_is_claimed_as_it_was_posted(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Posted").await;
        post(&db.store, &mut world, &case, 2).await;
        assert!(db.store.claim_outbox("a", at(-1), TimeDelta::minutes(1), 10).await.unwrap().is_empty());
        let claimed = db.store.claim_outbox("a", at(1), TimeDelta::minutes(1), 10).await.unwrap();
        assert_eq!(claimed.len(), 2);
        assert_eq!(claimed[0].notice.to, Recipient::Person(world.author.id));
        assert_eq!(claimed[0].notice.facts.reference, case.reference);
        assert_eq!((claimed[0].attempts, claimed[0].about.assessment), (1, Some(case.id)));
        assert!(db.store.claim_outbox("b", at(2), TimeDelta::minutes(1), 10).await.unwrap().is_empty());
    }

    async fn concurrent_owners_never_claim_the_same_message(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Claimed").await;
        post(&db.store, &mut world, &case, 60).await;
        let mut owners = tokio::task::JoinSet::new();
        for owner in 0..6 {
            let store = db.store.clone();
            owners.spawn(async move {
                let owner = format!("owner {owner}");
                let mut all = Vec::new();
                loop {
                    let some = store.claim_outbox(&owner, at(1), TimeDelta::minutes(1), 3).await.unwrap();
                    assert!(some.len() <= 3);
                    if some.is_empty() {
                        return all;
                    }
                    all.extend(some.into_iter().map(|message| message.id));
                }
            });
        }
        let mut claimed = owners.join_all().await.concat();
        // An owner that met locked rows may have gone home early; nothing is lost, a later look finds it.
        let rest = db.store.claim_outbox("last", at(1), TimeDelta::minutes(1), 100).await.unwrap();
        claimed.extend(rest.into_iter().map(|message| message.id));
        assert_eq!(claimed.len(), 60);
        claimed.sort();
        claimed.dedup();
        assert_eq!(claimed.len(), 60);
    }

    async fn a_lease_that_ran_out_is_claimed_again_and_its_owner_settles_nothing(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Leased").await;
        post(&db.store, &mut world, &case, 1).await;
        let lease = TimeDelta::seconds(60);
        let id = db.store.claim_outbox("slow", at(0), lease, 10).await.unwrap()[0].id;
        assert!(db.store.claim_outbox("quick", at(59), lease, 10).await.unwrap().is_empty());
        let again = db.store.claim_outbox("quick", at(60), lease, 10).await.unwrap();
        assert_eq!((again[0].id, again[0].attempts), (id, 2));
        assert_eq!(db.store.mark_sent(&[id], "slow", at(61)).await.unwrap(), []);
        assert!(!db.store.mark_dead(id, "slow", "late").await.unwrap());
        assert_eq!(db.store.mark_sent(&[id], "quick", at(61)).await.unwrap(), [id]);
        assert_eq!(db.store.mark_sent(&[id], "quick", at(62)).await.unwrap(), [], "a message is sent once");
        assert!(db.store.claim_outbox("quick", at(9_999), lease, 10).await.unwrap().is_empty());
        let sent = db.store.read().list_outbox(&[MessageState::Sent], &Window::default()).await.unwrap();
        assert_eq!(sent.nodes[0].sent_at, Some(at(61)));
    }

    async fn of_messages_that_were_sent_together_those_of_a_lease_that_was_taken_over_stay_as_they_are(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Together").await;
        post(&db.store, &mut world, &case, 3).await;
        let lease = TimeDelta::seconds(60);
        let claimed = db.store.claim_outbox("slow", at(0), lease, 10).await.unwrap();
        let mut all: Vec<_> = claimed.iter().map(|message| message.id).collect();
        assert_eq!(all.len(), 3);
        let taken = db.store.claim_outbox("quick", at(60), lease, 1).await.unwrap();
        let [taken] = &taken[..] else { panic!("{taken:?}") };
        let mut sent = db.store.mark_sent(&all, "slow", at(61)).await.unwrap();
        all.retain(|id| *id != taken.id);
        sent.sort();
        all.sort();
        assert_eq!(sent, all, "those that are still its own");
        let window = Window::default();
        let left = db.store.read().list_outbox(&[MessageState::Leased], &window).await.unwrap().nodes;
        assert_eq!(left, std::slice::from_ref(taken), "as it was taken over");
        let told = db.store.read().list_outbox(&[MessageState::Sent], &window).await.unwrap().nodes;
        assert!(told.len() == 2 && told.iter().all(|one| one.sent_at == Some(at(61))), "{told:?}");
        assert_eq!(db.store.mark_sent(&[taken.id], "quick", at(62)).await.unwrap(), [taken.id]);
    }

    async fn a_digest_is_recorded_with_what_it_tells_beside_mail_that_was_sent_with_it(db) {
        let day = calendar::add_working_days(clock::now().today, 1, &[]);
        let noon = Moment { at: day.and_hms_opt(12, 0, 0).unwrap().and_utc(), today: day };
        let held = Options { clock: Clock::held(noon.at), ..Options::default() };
        let body = Body::new(&App::new(db.store.clone(), held), "T6Y0W").await;
        let case = body.import().await;
        let kinds = BTreeMap::from([(NoticeKind::OutcomeRecorded, Some(MailTiming::Digest))]);
        let draft = MailPreferencesDraft { kinds, ..MailPreferencesDraft::default() };
        body.app.set_mail_preferences(body.who(Role::PanelSecretary), &draft, noon).await.unwrap();
        let reference = body.app.view(body.who(Role::Auditor), case).await.unwrap().case.reference.clone();
        let tell = async |role: Role| {
            let facts = NoticeFacts { reference: reference.clone(), what: Some("Approved".into()), ..NoticeFacts::default() };
            let to = Recipient::Person(body.who(role).person);
            let notice = Notice { kind: NoticeKind::OutcomeRecorded, to, facts };
            let about = About { organisation: body.id, assessment: Some(case) };
            let posted = db.store.write(async |tx| tx.post(about, &[notice], noon.at, &mut clock::supply()).await).await;
            posted.unwrap().remove(0)
        };
        let kept = tell(Role::PanelSecretary).await;
        let claimed = body.app.claim_messages("test", TimeDelta::minutes(5), 10, noon).await.unwrap();
        assert_eq!((claimed.count, claimed.ready.len()), (1, 0), "it waits for the digest");
        assert_eq!(body.app.post_digests(noon).await.unwrap(), 2, "who reads news, and the author");
        let other = tell(Role::EqualityLead).await;

        let pace = Pace {
            poll: Duration::from_millis(50),
            lease: TimeDelta::minutes(5),
            checkpoint: None,
            digests: None,
            public_url: "https://ehia.example.org/".parse().unwrap(),
        };
        let stop = CancellationToken::new();
        let worker = Worker::new(body.app.clone(), crate::worker::memory(), None, pace);
        let working = tokio::spawn(worker.run(stop.clone()));
        let sent = async || {
            let waits = db.number("SELECT count(*) FROM outbox_message WHERE state <> 'sent'").await;
            (waits == 0).then_some(())
        };
        let arrived = until(Duration::from_secs(30), sent).await;
        stop.cancel();
        working.await.unwrap();
        arrived.expect("all of it was sent");
        let all = db.store.read().list_outbox(&[], &Window { size: 10, ..Window::default() }).await.unwrap().nodes;
        let secretary = Recipient::Person(body.who(Role::PanelSecretary).person);
        let digest = |one: &&Message| one.notice.kind == NoticeKind::DailyDigest && one.notice.to == secretary;
        let digest = all.iter().find(digest).unwrap().id;
        let told: Vec<_> = all.iter().filter(|one| one.digest.is_some()).map(|one| (one.id, one.digest)).collect();
        assert_eq!((all.len(), told), (4, vec![(kept, Some(digest))]), "by the digest, and by that alone");
        assert!(all.iter().all(|one| one.sent_at == Some(noon.at)), "{all:?}");
        assert!(all.iter().any(|one| one.id == other && one.digest.is_none()));
        assert!(all.iter().all(|one| one.attempts == u32::from(one.id != kept)), "each once: {all:?}");
    }

    async fn a_message_waits_is_given_up_dropped_and_revived(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Tried").await;
        post(&db.store, &mut world, &case, 3).await;
        let lease = TimeDelta::seconds(60);
        let claimed = db.store.claim_outbox("a", at(0), lease, 10).await.unwrap();
        let [first, second, third] = [claimed[0].id, claimed[1].id, claimed[2].id];
        assert!(db.store.mark_retry(first, "a", at(100), "the server was busy").await.unwrap());
        assert!(db.store.mark_dead(second, "a", "no such mailbox").await.unwrap());
        assert!(db.store.mark_dropped(third, "a", "withdrawn").await.unwrap());
        assert_eq!(db.store.read().next_message_at().await.unwrap(), Some(at(100)));
        assert!(db.store.claim_outbox("a", at(99), lease, 10).await.unwrap().is_empty());
        let retried = db.store.claim_outbox("a", at(100), lease, 10).await.unwrap();
        assert_eq!((retried[0].id, retried[0].reason.as_deref()), (first, Some("the server was busy")));
        assert!(db.store.revive(second, at(200)).await.unwrap());
        assert!(!db.store.revive(first, at(200)).await.unwrap(), "somebody is sending it");
        let revived = db.store.claim_outbox("b", at(200), lease, 1).await.unwrap();
        assert_eq!(revived.len(), 1);
        let window = Window { size: 2, ..Window::default() };
        let page = db.store.read().list_outbox(&[], &window).await.unwrap();
        assert!(page.has_next);
        let rest = Window { cursor: page.nodes.last().map(ehia::store::outbox::Message::cursor), ..window };
        assert_eq!(db.store.read().list_outbox(&[], &rest).await.unwrap().nodes.len(), 1);
    }

    async fn every_case_that_relies_on_another_reacts_once(db) {
        let mut world = World::new(&db.store).await;
        let target = world.stored(&db.store, "Target").await;
        let mut relying = Vec::new();
        for title in ["One", "Two"] {
            let mut case = world.case(title);
            for kind in [InterdependencyKind::ReliesOn, InterdependencyKind::ReliesOn] {
                case.content.interdependencies.push(Interdependency {
                    id: world.supply.fresh(),
                    kind,
                    target: Some(target.id),
                    partner: None,
                    premise: None,
                    by: None,
                    holds_when: None,
                    failure: None,
                    note: None,
                });
            }
            db.store.write(async |tx| begin(tx, &case, &mut world.supply).await).await.unwrap();
            relying.push(case.id);
        }
        let mut compounding = world.case("Compounds");
        compounding.content.interdependencies.push(Interdependency {
            id: world.supply.fresh(),
            kind: InterdependencyKind::Compounds,
            target: Some(target.id),
            partner: None,
            premise: None,
            by: None,
            holds_when: None,
            failure: None,
            note: None,
        });
        db.store.write(async |tx| begin(tx, &compounding, &mut world.supply).await).await.unwrap();
        let mut found = db.store.read().relying_on(&[target.id]).await.unwrap();
        found.sort();
        assert_eq!(found, relying);

        let kind = ReactionKind::StandingChanged;
        let written = db
            .store
            .write(async |tx| tx.react(target.id, kind, at(0), &mut world.supply).await)
            .await
            .unwrap();
        assert_eq!(written, 2);
        let organisations = [world.organisation.id];
        assert_eq!(db.store.read().count_pending_reactions(&organisations).await.unwrap(), 2);
        let lease = TimeDelta::seconds(60);
        let claimed = db.store.claim_reactions("a", at(1), lease, 10).await.unwrap();
        assert_eq!(claimed.len(), 2);
        assert!(claimed.iter().all(|reaction| reaction.source == target.id));
        assert!(db.store.claim_reactions("b", at(1), lease, 10).await.unwrap().is_empty());
        let done = async |owner: &str| {
            db.store.write(async |tx| tx.reaction_done(claimed[0].id, owner).await).await.unwrap()
        };
        assert!(!done("b").await);
        assert!(done("a").await);
        assert!(db.store.postpone_reaction(claimed[1].id, "a", Some(at(50)), "busy").await.unwrap());
        assert_eq!(db.store.read().count_pending_reactions(&organisations).await.unwrap(), 1);
        assert_eq!(db.store.claim_reactions("b", at(50), lease, 10).await.unwrap()[0].id, claimed[1].id);
        assert!(db.store.postpone_reaction(claimed[1].id, "b", None, "never").await.unwrap());
        assert!(db.store.claim_reactions("b", at(9_999), lease, 10).await.unwrap().is_empty());
    }

    async fn a_write_that_waits_too_long_may_be_tried_again(db) {
        let mut world = World::new(&db.store).await;
        let case = world.stored(&db.store, "Locked").await;
        let options = ehia::store::Options {
            patience: std::time::Duration::from_millis(100),
            connections: 1,
            ..ehia::store::Options::default()
        };
        let other = Store::open(&db.url, options).await.unwrap();
        db.store
            .write(async |tx| {
                tx.case(case.id).await?;
                // On SQLite the other cannot begin, on PostgreSQL it cannot lock the case.
                let waited = other.write(async |tx| tx.case(case.id).await).await;
                assert!(matches!(waited, Err(Error::Retry(_))), "{waited:?}");
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        let nested = other.write(async |_| other.write(async |tx| tx.case(case.id).await).await).await;
        assert!(matches!(nested, Err(Error::Retry(_))), "its only connection is taken");
        assert!(other.write(async |tx| tx.case(case.id).await).await.unwrap().is_some());
    }
}
