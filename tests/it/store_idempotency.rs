//! Keys: done once, replayed, refused for another request; references: each given once.

use ehia::{
    domain::page::Window,
    store::{
        Error, Scope, Store, Tx,
        idempotency::{Claim, Key, LIFETIME},
        list::{Filter, Order},
    },
};
use serde_json::json;

use crate::support::{
    cases::{World, at, begin, case, supply_from},
    on_both,
};

async fn claim(store: &Store, key: Key<'_>, request: &str, seconds: i64) -> Claim {
    store
        .write(async |tx: &mut Tx| {
            let claim = tx.claim_key(key, request, at(seconds)).await?;
            if claim == Claim::New {
                tx.settle_key(key, at(seconds), &json!({"first": seconds})).await?;
            }
            Ok::<_, Error>(claim)
        })
        .await
        .unwrap()
}

on_both! {
    async fn a_key_is_replayed_for_its_request_and_refused_for_another(db) {
        let world = World::new(&db.store).await;
        let key = Key { person: world.author.id, operation: "create", key: "k" };
        assert_eq!(claim(&db.store, key, "a", 0).await, Claim::New);
        assert_eq!(claim(&db.store, key, "a", 1).await, Claim::Replay(json!({"first": 0})));
        assert_eq!(claim(&db.store, key, "b", 1).await, Claim::Mismatch);
        assert_eq!(claim(&db.store, Key { operation: "edit", ..key }, "b", 1).await, Claim::New);
        let later = LIFETIME.num_seconds();
        assert_eq!(claim(&db.store, key, "b", later - 1).await, Claim::Mismatch);
        assert_eq!(claim(&db.store, key, "b", later).await, Claim::New, "a key lives 24 hours");
        assert_eq!(db.store.forget_keys(at(3 * later)).await.unwrap(), 2);
    }

    async fn a_command_that_fails_leaves_its_key_free(db) {
        let world = World::new(&db.store).await;
        let key = Key { person: world.author.id, operation: "create", key: "k" };
        let failed: Result<(), Error> = db
            .store
            .write(async |tx: &mut Tx| {
                assert_eq!(tx.claim_key(key, "a", at(0)).await?, Claim::New);
                Err(Error::Conflict)
            })
            .await;
        assert!(failed.is_err());
        assert_eq!(claim(&db.store, key, "b", 1).await, Claim::New);
    }

    async fn twenty_concurrent_requests_with_one_key_are_done_once(db) {
        let world = World::new(&db.store).await;
        let mut requests = tokio::task::JoinSet::new();
        for number in 0..20_u32 {
            let (store, organisation, author) = (db.store.clone(), world.organisation.id, world.author.id);
            requests.spawn(async move {
                let mut supply = supply_from(10_000 * u128::from(number + 1));
                let key = Key { person: author, operation: "create", key: "one" };
                store
                    .write(async |tx: &mut Tx| {
                        match tx.claim_key(key, "same", at(0)).await? {
                            Claim::New => {
                                let case = case(&mut supply, organisation, author, "Once");
                                begin(tx, &case, &mut supply).await?;
                                let outcome = json!({"assessment": case.id});
                                tx.settle_key(key, at(0), &outcome).await?;
                                Ok::<_, Error>(outcome)
                            }
                            Claim::Replay(outcome) => Ok(outcome),
                            Claim::UnderWay => Err(Error::Conflict),
                            Claim::Mismatch => panic!("it is the same request"),
                        }
                    })
                    .await
                    .unwrap()
            });
        }
        let outcomes = requests.join_all().await;
        assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
        let page = db
            .store
            .read()
            .list_cases(&Filter::default(), Scope::Everything, Order::default(), &Window::default())
            .await
            .unwrap();
        assert_eq!(page.nodes.len(), 1);
    }

    async fn concurrent_references_are_all_different_and_without_gaps(db) {
        let world = World::new(&db.store).await;
        let mut requests = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let (store, organisation) = (db.store.clone(), world.organisation.id);
            requests.spawn(async move {
                store
                    .write(async |tx| tx.next_reference(organisation, "T6Y0W", 2026, at(0)).await)
                    .await
                    .unwrap()
            });
        }
        let mut references = requests.join_all().await;
        references.sort();
        let expected: Vec<String> = (1..=20).map(|number| format!("T6Y0W-2026-{number:04}")).collect();
        assert_eq!(references, expected);
        let next = db
            .store
            .write(async |tx| tx.next_reference(world.organisation.id, "T6Y0W", 2027, at(0)).await)
            .await
            .unwrap();
        assert_eq!(next, "T6Y0W-2027-0001");
    }
}
