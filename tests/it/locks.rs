//! On PostgreSQL a row that is being changed may still be referred to: locks are FOR NO KEY UPDATE, never FOR UPDATE.
//! SQLite has one writer, and no row locks.

use std::{sync::Arc, time::Duration};

use ehia::{
    domain::{
        id::SessionId,
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        permission::{Grant, Role},
    },
    store::{Error, Options, Store, Tx, outbox::About, session::Session},
};
use tokio::sync::Barrier;

use crate::support::{
    cases::{World, at, edited, person},
    database::TestDatabase,
};

/// A store that waits for a lock for a second only.
async fn impatient(db: &TestDatabase) -> Store {
    let options = Options { patience: Duration::from_secs(1), ..Options::default() };
    Store::open(&db.url, options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_is_locked_may_be_referred_to() {
    let Some(db) = TestDatabase::postgres().await else { return };
    let mut world = World::new(&db.store).await;
    let (one, other) = (world.stored(&db.store, "One").await, world.stored(&db.store, "Other").await);
    let store = impatient(&db).await;
    // Each command has its own case, and writes a message about the other's.
    let both = Arc::new(Barrier::new(2));
    let command = |own: ehia::domain::case::Case, other: ehia::domain::case::Case| {
        let (store, both, author) = (store.clone(), both.clone(), world.author.id);
        tokio::spawn(async move {
            store
                .write(async |tx: &mut Tx| {
                    let case = tx.case(own.id).await?.unwrap();
                    both.wait().await;
                    let about = About { organisation: other.organisation, assessment: Some(other.id) };
                    let to = Recipient::Person(author);
                    let notice =
                        Notice { kind: NoticeKind::OutcomeRecorded, to, facts: NoticeFacts::default() };
                    tx.post(about, &[notice], at(1), &mut ehia::clock::supply()).await?;
                    edited(tx, &case).await
                })
                .await
        })
    };
    let (first, second) = (command(one.clone(), other.clone()), command(other, one));
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_and_an_organisation_that_are_changed_may_be_referred_to() {
    let Some(db) = TestDatabase::postgres().await else { return };
    let mut world = World::new(&db.store).await;
    let other = person(&mut world.supply, "Other");
    db.store.write(async |tx: &mut Tx| tx.add_person(&other, None).await).await.unwrap();
    let store = impatient(&db).await;
    let session = Session {
        id: world.supply.fresh::<SessionId>(),
        person: world.author.id,
        user_agent: "synthetic".into(),
        created_at: at(0),
        expires_at: at(1_000),
        last_seen_at: at(0),
        revoked_at: None,
    };
    let grant = Grant { organisation: world.organisation.id, role: Role::Reviewer, until: None };
    store
        .write(async |tx: &mut Tx| {
            tx.set_password(world.author.id, "$synthetic", at(1)).await?;
            tx.save_person(&world.author, at(1)).await?;
            tx.save_organisation(&world.organisation, at(1)).await?;
            // Others sign in as that person and are granted roles there meanwhile.
            store
                .write(async |meanwhile: &mut Tx| {
                    meanwhile.add_session(&session, "a digest").await?;
                    meanwhile.grant(world.author.id, &grant, at(1)).await?;
                    meanwhile.grant(other.id, &grant, at(1)).await
                })
                .await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    assert_eq!(db.store.read().organisations_of(other.id).await.unwrap(), [world.organisation.id]);
}
