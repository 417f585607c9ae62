//! A case is rebuilt from its events: as it stands, and as it stood after each of them.

use ehia::{
    domain::{
        canonical,
        case::{Case, ShareLevel},
        event::{EventKind, Happening},
        id::{AssessmentId, Identifier, PersonId},
        page::Window,
        thread::Thread,
    },
    store::{Error, audit::Fault, state::Replay},
};
use serde_json::{Map, Value, json};

use crate::support::{
    cases::{World, act, at, chain, drafting, edited, save},
    database::TestDatabase,
    on_both,
};

async fn replay(db: &TestDatabase, case: AssessmentId, until: Option<u32>) -> Result<Replay, Error> {
    Ok(db.store.replay(case, Replay::default(), until).await?.0)
}

async fn stored(db: &TestDatabase, case: AssessmentId) -> Value {
    db.store.replay(case, Replay::default(), Some(0)).await.unwrap().1.unwrap()
}

async fn faults(db: &TestDatabase) -> Vec<Fault> {
    db.store.verify(&[], &[], &mut |_| ()).await.unwrap().faults
}

type Step = Box<dyn FnOnce(&mut Case)>;

/// What is done to it, one after the other: facts, process, lists that grow, shrink and change in the middle, and back.
fn steps(world: &mut World) -> Vec<Step> {
    let [one, other]: [PersonId; 2] = [world.supply.fresh(), world.supply.fresh()];
    let with = world.organisation.id;
    let days = ["2026-10-01", "2026-11-01"].map(|day| day.parse().unwrap());
    vec![
        Box::new(|case| case.content.title = "Of another title".into()),
        Box::new(move |case| {
            case.process.wrote.extend([one, other]);
            case.changed.insert("title".into(), 2);
            case.changed.insert("proposal/summary~1".into(), 2);
        }),
        Box::new(move |case| case.process.unheard.extend([other, one])),
        Box::new(move |case| {
            case.process.wrote.remove(&one);
            case.state = "in_review".into();
            case.process.review_due = Some(days[0]);
        }),
        Box::new(move |case| {
            case.process.unheard.clear();
            case.process.review_due = Some(days[1]);
            case.frozen = true;
        }),
        Box::new(move |case| {
            case.revision += 1;
            case.frozen = false;
            case.shares.insert(with, ShareLevel::Stub);
            case.process.review_due = None;
        }),
        Box::new(|case| case.changed.clear()),
    ]
}

on_both! {
    async fn each_event_tells_how_the_case_stood(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Replayed").await;
        let mut stood = vec![stored(db, case.id).await];
        for step in steps(&mut world) {
            step(&mut case);
            case.version += 1;
            let expected = case.version - 1;
            db.store.write(async |tx| save(tx, &case, expected, &drafting()).await).await.unwrap();
            stood.push(stored(db, case.id).await);
        }
        for (index, stood) in stood.iter().enumerate() {
            let number = u32::try_from(index + 1).unwrap();
            let told = replay(db, case.id, Some(number)).await.unwrap();
            assert_eq!((told.sequence, told.facts.as_ref()), (number, Some(stood)));
        }
        // One after the other comes to the same as all at once.
        let mut heard = Replay::default();
        for number in 1..=stood.len() {
            heard = db.store.replay(case.id, heard, u32::try_from(number).ok()).await.unwrap().0;
        }
        assert_eq!(heard, replay(db, case.id, None).await.unwrap());
        let process = serde_json::to_value(&case.process).unwrap();
        assert_eq!(heard.facts.unwrap()["process"], process);
        assert_eq!(faults(db).await, []);
    }

    async fn only_what_changed_is_kept(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.case("Replayed");
        case.process.threads = (0..200).map(|_| thread(&mut world)).collect();
        let begun = Happening::case(EventKind::AssessmentCreated, json!({}));
        db.store.write(async |tx| {
            tx.insert(&case, &drafting()).await?;
            tx.record(chain(&case), act(case.author, 0), &[begun], &mut world.supply).await
        }).await.unwrap();
        case.process.threads.push(thread(&mut world));
        case.version += 1;
        db.store.write(async |tx| save(tx, &case, 1, &drafting()).await).await.unwrap();
        let long = async |number: u32| {
            db.number(&format!("SELECT CAST(length(change) AS bigint) FROM event WHERE sequence = {number}")).await
        };
        let (whole, part) = (long(1).await, long(2).await);
        assert!(whole > 20_000 && part < 1_500, "{whole} and {part} characters");
    }

    async fn two_saves_that_are_told_once_are_one_change(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Replayed").await;
        db.store.write(async |tx| {
            for state in ["one", "two"] {
                case.state = state.into();
                case.version += 1;
                tx.save(&case, case.version - 1, &drafting()).await?;
            }
            edited(tx, &case).await
        }).await.unwrap();
        let told = replay(db, case.id, None).await.unwrap();
        assert_eq!((told.sequence, told.facts.unwrap()), (2, stored(db, case.id).await));
        assert_eq!(faults(db).await, []);
    }

    async fn what_was_altered_behind_the_programs_back_is_named(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Replayed").await;
        for state in ["one", "two"] {
            case.state = state.into();
            case.version += 1;
            let expected = case.version - 1;
            db.store.write(async |tx| save(tx, &case, expected, &drafting()).await).await.unwrap();
        }
        db.tamper("CREATE TABLE kept_aside AS SELECT * FROM event").await;
        for change in ["replace(change, '\"one\"', '\"two\"')", "NULL", "'[]'"] {
            assert_eq!(db.tamper(&format!("UPDATE event SET change = {change} WHERE sequence = 2")).await, 1);
            let refused = replay(db, case.id, None).await.unwrap_err();
            assert!(matches!(&refused, Error::Corrupt { id, .. } if id.starts_with("2 of chain ")), "{refused:?}");
            let found = faults(db).await;
            assert_eq!(found.len(), 1, "one fault where it was altered, and none after it: {found:?}");
            assert_eq!(found[0].place, format!("event 2 of chain {}", case.id), "{found:?}");
            // Before it all is well.
            assert!(replay(db, case.id, Some(1)).await.unwrap().facts.is_some());
            db.tamper("DELETE FROM event").await;
            db.tamper("INSERT INTO event SELECT * FROM kept_aside").await;
        }
        assert_eq!(faults(db).await, []);
    }

    async fn a_chain_whose_events_did_not_tell_tells_all_at_its_next(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Begun before").await;
        forget_change(db, &case).await;
        assert_eq!(faults(db).await, []);
        let told = replay(db, case.id, None).await.unwrap();
        assert_eq!((told.sequence, told.facts), (1, None));
        for state in ["one", "two"] {
            case.state = state.into();
            case.version += 1;
            let expected = case.version - 1;
            db.store.write(async |tx| save(tx, &case, expected, &drafting()).await).await.unwrap();
            let told = replay(db, case.id, None).await.unwrap();
            assert_eq!(told.facts, Some(stored(db, case.id).await));
        }
        assert_eq!(faults(db).await, []);
    }

    async fn what_was_disposed_of_is_told_by_nothing_and_all_of_it_by_what_comes_next(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Disposed of").await;
        db.store.write(async |tx| {
            let disposed = tx.dispose_payloads(case.id, Map::new()).await?.unwrap();
            case.version += 1;
            tx.save(&case, 1, &drafting()).await?;
            tx.record(chain(&case), act(case.author, 1), &[disposed], &mut world.supply).await
        }).await.unwrap();
        assert_eq!(db.number("SELECT count(*) FROM event WHERE change IS NOT NULL").await, 0);
        let told = replay(db, case.id, None).await.unwrap();
        assert_eq!((told.sequence, told.facts), (2, None));
        assert_eq!(faults(db).await, []);
        case.state = "after".into();
        case.version += 1;
        db.store.write(async |tx| save(tx, &case, 2, &drafting()).await).await.unwrap();
        assert_eq!(replay(db, case.id, None).await.unwrap().facts, Some(stored(db, case.id).await));
        assert_eq!(faults(db).await, []);
    }

    async fn what_was_saved_over_an_altered_row_is_told_whole(db) {
        let mut world = World::new(&db.store).await;
        let mut case = world.stored(&db.store, "Replayed").await;
        assert_eq!(db.tamper("UPDATE assessment SET programme = 'another'").await, 1);
        case.version += 1;
        db.store.write(async |tx| save(tx, &case, 1, &drafting()).await).await.unwrap();
        // One fault, where it was altered; what comes after it is known again.
        let found = faults(db).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].place, format!("event 2 of chain {}", case.id));
        assert_eq!(found[0].reason, "the assessment had been changed since the event before it");
        assert_eq!(replay(db, case.id, None).await.unwrap().facts, Some(stored(db, case.id).await));
    }
}

fn thread(world: &mut World) -> Thread {
    let by = world.author.id;
    serde_json::from_value(json!({
        "id": world.supply.fresh::<ehia::domain::id::ThreadId>(),
        "path": ["title"],
        "revision": 1,
        "remarks": [{ "by": by, "at": at(0), "text": "Synthetic, and no longer than need be." }],
    }))
    .unwrap()
}

/// Makes of the first event one that was recorded before events told what they changed.
async fn forget_change(db: &TestDatabase, case: &Case) {
    use ehia::domain::event::Audience;
    let window = Window { size: 1, forwards: true, cursor: None };
    let page = db.store.read().list_events(case.id.uuid(), Audience::ALL, &window).await.unwrap();
    let mut recorded = page.nodes.into_iter().next().unwrap();
    let mut payload = recorded.payload.take().unwrap();
    payload["case"].as_object_mut().unwrap().remove("change").unwrap();
    let payload = String::from_utf8(canonical::bytes(&payload).unwrap()).unwrap();
    recorded.event.payload_sha256 = canonical::sha256(payload.as_bytes());
    let (told, whole) = (&recorded.event.payload_sha256, recorded.event.sha256().unwrap());
    let event = format!(
        "UPDATE event SET payload = '{payload}', payload_sha256 = '{told}', sha256 = '{whole}', change = NULL
         WHERE assessment_id IS NOT NULL"
    );
    assert_eq!(db.tamper(&event).await, 1);
    let chain = format!("UPDATE chain SET head_sha256 = '{whole}', told_sha256 = NULL");
    assert_eq!(db.tamper(&chain).await, 1);
}
