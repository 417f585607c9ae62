//! Ledger and roll-up: right at every moment, whatever was folded, and made anew from the cases when they are not.

use std::{collections::BTreeMap, sync::Arc};

use chrono::TimeDelta;
use ehia::{
    app::{AnswerNote, Edit, Picture, Supposed},
    clock,
    domain::{
        id::OrganisationId,
        permission::Role,
        risk::{Contribution, ExposureDimension, Filter, Page, Standpoint},
        settings::Settings,
        text::Path,
    },
    store::risk::making::Claim,
};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::{
    footprints,
    support::{
        database::TestDatabase,
        on_both,
        people::{Body, app},
        program::{ehia, ehia_with},
    },
};

/// A body with this many cases that were sent on, by the workflow of two people.
async fn body(db: &TestDatabase, cases: usize) -> (Body, Vec<ehia::domain::id::AssessmentId>) {
    let body = Body::new(&app(db), "T6Y0W").await;
    body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..cases {
        let id = body.import().await;
        body.go(Role::Author, id, "send").await.unwrap();
        ids.push(id);
    }
    (body, ids)
}

/// What the picture says, in a form that can be compared.
async fn picture(body: &Body) -> String {
    told(body, &asked(body, Filter::default()).await).await
}

async fn asked(body: &Body, filter: Filter) -> Arc<Picture> {
    let governance = body.who(Role::Governance);
    Arc::new(body.app.picture(governance, filter, body.moment).await.unwrap())
}

async fn told(body: &Body, picture: &Arc<Picture>) -> String {
    let totals = body.app.totals(picture).await.unwrap();
    let by = [ExposureDimension::Group, ExposureDimension::District];
    let mut parts = body.app.cut(picture.clone(), &by).await.unwrap().parts;
    parts.sort_by(|(one, _), (other, _)| one.cmp(other));
    format!("{totals:?} {parts:?}")
}

/// Bytes as the database spells them.
fn bytes(db: &TestDatabase, bytes: &[u8]) -> String {
    let digits = bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
    if db.store.is_shared() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") }
}

/// Begins to make an organisation's roll-up, for so many seconds; `None` when somebody else makes it.
async fn claim(db: &TestDatabase, of: OrganisationId, maker: &str, seconds: i64) -> Option<i64> {
    let lease = (clock::now().at, TimeDelta::seconds(seconds));
    match db.store.write(async |tx| tx.claim_rollup(of, maker, lease, None).await).await.unwrap() {
        Claim::Granted(making) => Some(making),
        _ => None,
    }
}

async fn fold_all(body: &Body) {
    while body.app.fold_risk().await.unwrap() > 0 {}
}

on_both! {
    async fn answers_are_the_same_before_and_after_a_fold_and_after_a_crash_between(db) {
        let (body, ids) = body(db, 2).await;
        footprints::load(&body.app).await;
        let before = picture(&body).await;
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup").await, 0);
        fold_all(&body).await;
        assert!(db.number("SELECT count(*) FROM risk_rollup").await > 20);
        assert_eq!(picture(&body).await, before);
        // Changed after it was folded, and nobody folds: as after kill -9.
        let view = body.app.view(body.who(Role::Author), ids[0]).await.unwrap();
        let fields = json!({ "footprint": ["E07000148"] }).as_object().unwrap().clone();
        body.go(Role::EqualityLead, ids[0], "suggest").await.unwrap();
        let author = body.who(Role::Author);
        let version = view.case.version + 1;
        body.app.edit(author, ids[0], version, vec![Edit::Proposal(fields)], None, body.moment).await.unwrap();
        assert_ne!(picture(&body).await, before, "it is live, and elsewhere");
        let done = AnswerNote { path: Path::of(["impacts"]), text: "It is another place now.".into() };
        body.app.answer_return(author, ids[0], vec![done], None, body.moment).await.unwrap();
        body.go(Role::Author, ids[0], "send").await.unwrap();
        let dirty = picture(&body).await;
        assert_ne!(dirty, before);
        let open = "SELECT count(*) FROM risk_ledger WHERE valid_to IS NULL AND fold = 'add'";
        assert_eq!(db.number(open).await, 1);
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger WHERE fold = 'out'").await, 1);
        let other = app(db);
        while other.fold_risk().await.unwrap() > 0 {}
        assert_eq!(picture(&body).await, dirty);
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger WHERE fold NOT IN ('in', 'past')").await, 0);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_change_that_contributes_nothing_writes_nothing(db) {
        let (body, ids) = body(db, 1).await;
        let rows = async || db.number("SELECT count(*) FROM risk_ledger").await;
        let before = rows().await;
        let view = body.app.view(body.who(Role::Author), ids[0]).await.unwrap();
        let edit = vec![Edit::Title("Another title".into())];
        // What is with its author again is as live as it was.
        body.go(Role::EqualityLead, ids[0], "suggest").await.unwrap();
        assert_eq!(rows().await, before);
        body.app.edit(body.who(Role::Author), ids[0], view.case.version + 1, edit, None, body.moment).await.unwrap();
        assert_eq!(rows().await, before);
    }

    async fn every_difference_is_named_and_rebuilding_mends_it(db) {
        let (body, ids) = body(db, 2).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        let verified = async || body.app.verify_risk(&mut |_| {}).await.unwrap().differences;
        assert_eq!(verified().await, []);
        let case = db.literal(&ehia::domain::id::Identifier::uuid(ids[0]).to_string());
        let empty = Contribution {
            standpoint: Standpoint::Stopped,
            scale: "nhs-5x5".into(),
            service_line: None,
            programme: None,
            effective_from: None,
            effective_to: None,
            footprint: Vec::new(),
            impacts: Vec::new(),
            open: Vec::new(),
        };
        let empty = empty.pack();
        let spoilt = [
            format!("UPDATE risk_ledger SET service_line = 'Another' WHERE assessment_id = {case} AND valid_to IS NULL"),
            format!("UPDATE risk_ledger SET packed = {}, standpoint = 'stopped' WHERE assessment_id = {case} AND valid_to IS NULL",
                bytes(db, &empty)),
            "DELETE FROM risk_page WHERE district = '*'".to_owned(),
            format!("UPDATE risk_page SET page = {}", bytes(db, &Page::default().write())),
            format!("DELETE FROM risk_ledger WHERE assessment_id = {case}"),
            format!("UPDATE risk_ledger SET valid_to = valid_from WHERE assessment_id = {case}"),
            "DELETE FROM risk_rollup WHERE group_code = '*'".to_owned(),
            "UPDATE risk_rollup SET group_code = 'x' || group_code".to_owned(),
            format!("UPDATE risk_ledger SET fold = 'past' WHERE assessment_id = {case} AND valid_to IS NULL"),
        ];
        for sql in spoilt {
            assert!(db.tamper(&sql).await > 0, "{sql}");
            let found = verified().await;
            assert!(!found.is_empty(), "{sql}");
            assert!(found.iter().all(|one| one.place.contains("T6Y0W")), "{found:?}");
            let rebuilt = body.app.rebuild_risk(body.moment, &mut |_| {}).await.unwrap();
            assert_eq!((rebuilt.differences.clone(), rebuilt.cases), (vec![], 2));
            assert_eq!(verified().await, [], "{sql}");
            assert_eq!(picture(&body).await, sound, "{sql}");
        }
    }

    async fn the_past_is_held_against_what_was_frozen(db) {
        let (body, ids) = body(db, 1).await;
        let view = body.app.view(body.who(Role::Author), ids[0]).await.unwrap();
        body.go(Role::EqualityLead, ids[0], "suggest").await.unwrap();
        let fields = json!({ "footprint": ["E07000148"] }).as_object().unwrap().clone();
        let (author, version) = (body.who(Role::Author), view.case.version + 1);
        body.app.edit(author, ids[0], version, vec![Edit::Proposal(fields)], None, body.moment).await.unwrap();
        let verified = body.app.verify_risk(&mut |_| {}).await.unwrap();
        assert_eq!(verified.differences, []);
        assert!(verified.revisions > 0);
        // What a row of the past says is changed to what stands today.
        let stands = "(SELECT packed FROM risk_ledger WHERE valid_to IS NULL)";
        assert!(db.tamper(&format!("UPDATE risk_ledger SET packed = {stands}")).await > 1);
        let found = body.app.verify_risk(&mut |_| {}).await.unwrap().differences;
        assert!(found.iter().any(|one| one.reason.contains("is not what revision 1 said")), "{found:?}");
    }

    async fn a_roll_up_that_is_being_made_is_asked_by_nobody_and_made_to_its_end(db) {
        let (body, ids) = body(db, 3).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        // As after kill -9 in the middle, longer ago than a lease lasts: nobody knows what is in it.
        let organisation = body.app.view(body.who(Role::Auditor), ids[0]).await.unwrap().case.organisation;
        let making = claim(db, organisation, "dead", -1).await.unwrap();
        db.tamper("DELETE FROM risk_page").await;
        db.tamper("UPDATE risk_ledger SET fold = 'add'").await;
        assert_eq!(picture(&body).await, sound);
        fold_all(&body).await;
        assert_eq!(picture(&body).await, sound);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
        assert!(db.number("SELECT count(*) FROM risk_page").await > 0);
        // Whoever was at it before has lost it.
        let late = db.store.write(async |tx| tx.write_rollup(organisation, "late", making, BTreeMap::new()).await);
        assert!(matches!(late.await, Err(ehia::store::Error::Conflict)));
        assert_eq!(picture(&body).await, sound);
    }

    async fn two_makers_at_once_make_a_roll_up_once_and_neither_stops_the_other(db) {
        let (body, _) = body(db, 3).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        let made = async || db.number("SELECT generation FROM risk_rollup_state").await;
        for round in 0..4 {
            // As after places were loaded: every roll-up is of another edition, and there is something to fold besides.
            db.tamper("UPDATE risk_rollup_state SET edition = 'another'").await;
            db.tamper("UPDATE risk_ledger SET fold = 'add'").await;
            let (before, others) = (made().await, [app(db), app(db), app(db)]);
            let work = async |app: &ehia::app::App| {
                for rounds in 0..20 {
                    if app.fold_risk().await.unwrap() == 0 {
                        return rounds;
                    }
                }
                panic!("{round}: it never comes to an end");
            };
            tokio::join!(work(&others[0]), work(&others[1]), work(&others[2]));
            // Once begun, once written.
            assert_eq!(made().await - before, 2, "{round}");
            assert_eq!(db.number("SELECT count(*) FROM risk_rollup_state WHERE edition IN ('', 'another')").await, 0);
            assert_eq!(picture(&body).await, sound);
        }
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_roll_up_is_left_alone_while_somebody_makes_it_and_taken_over_when_they_are_gone(db) {
        let (body, _) = body(db, 2).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        let making = claim(db, body.id, "elsewhere", 60).await.unwrap();
        // It is begun already: nobody else begins, whatever there is to fold.
        assert_eq!(claim(db, body.id, "another", 60).await, None);
        db.tamper("UPDATE risk_ledger SET fold = 'add'").await;
        assert_eq!(body.app.fold_risk().await.unwrap(), 0);
        assert_eq!(picture(&body).await, sound, "it is counted from the rows");
        let until = clock::now().at + TimeDelta::minutes(5);
        assert!(db.store.renew_rollup(body.id, "elsewhere", until).await.unwrap(), "theirs is not taken from them");
        assert!(!db.store.renew_rollup(body.id, "another", until).await.unwrap());
        let marked = db.store.write(async |tx| tx.mark_all(body.id, (None, None), making).await);
        marked.await.unwrap();
        // They are gone: the next does it, and what they still do is refused.
        db.store.renew_rollup(body.id, "elsewhere", clock::now().at).await.unwrap();
        fold_all(&body).await;
        assert!(db.number("SELECT count(*) FROM risk_page").await > 0);
        assert!(!db.store.renew_rollup(body.id, "elsewhere", until).await.unwrap());
        let late = db.store.write(async |tx| tx.write_rollup(body.id, "late", making, BTreeMap::new()).await);
        assert!(matches!(late.await, Err(ehia::store::Error::Conflict)));
        assert_eq!((picture(&body).await, body.app.verify_risk(&mut |_| {}).await.unwrap().differences), (sound, vec![]));
    }

    async fn rebuilding_waits_for_another_maker_or_says_that_it_made_nothing(db) {
        let (body, _) = body(db, 2).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        // One who has it for longer than anybody waits.
        claim(db, body.id, "elsewhere", 3_600).await.unwrap();
        let rebuilt = body.app.rebuild_risk(body.moment, &mut |_| {}).await.unwrap();
        let [told] = rebuilt.differences.as_slice() else { panic!("{rebuilt:?}") };
        assert_eq!(told.place, "the roll-up of T6Y0W");
        assert!(told.reason.starts_with("it was not made anew: another process is making it"), "{told:?}");
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup_state WHERE edition = ''").await, 1);
        // One who is at it for a moment more, and one who is gone.
        for gone in [false, true] {
            db.store.leave_rollup(body.id, "elsewhere").await.unwrap();
            let making = claim(db, body.id, "elsewhere", 2).await.unwrap();
            let ends = async {
                if !gone {
                    let written = db.store.write(async |tx| tx.write_rollup(body.id, "x", making, BTreeMap::new()).await);
                    written.await.unwrap();
                }
            };
            let mut progress = |_| {};
            let (rebuilt, ()) = tokio::join!(body.app.rebuild_risk(body.moment, &mut progress), ends);
            let rebuilt = rebuilt.unwrap();
            assert_eq!((rebuilt.differences, rebuilt.cases, rebuilt.cells > 20), (vec![], 2, true));
            assert_eq!((picture(&body).await, body.app.verify_risk(&mut |_| {}).await.unwrap().differences), (sound.clone(), vec![]));
        }
    }

    async fn the_command_fails_while_another_process_makes_a_roll_up(db) {
        let (body, _) = body(db, 1).await;
        fold_all(&body).await;
        claim(db, body.id, "elsewhere", 3_600).await.unwrap();
        let folder = db.directory.path();
        let rebuild = ["risk", "rebuild", "--database", db.url.as_str()];
        let json = [&rebuild[..], &["--json"]].concat();
        let said = ehia(folder, &rebuild).await.refused();
        let made_by = "the roll-up of T6Y0W: it was not made anew: another process is making it, and has it until ";
        assert!(said.out.contains(made_by), "{said:?}");
        assert!(said.out.contains("1 could not be made anew, for the reasons above"), "{said:?}");
        let told = ehia(folder, &json).await.refused().json();
        assert_eq!((&told["sound"], told["differences"].as_array().unwrap().len()), (&json!(false), 1), "{told:#}");
        db.store.leave_rollup(body.id, "elsewhere").await.unwrap();
        let told = ehia(folder, &json).await.done().json();
        assert_eq!((&told["sound"], &told["differences"]), (&json!(true), &json!([])), "{told:#}");
    }

    async fn whoever_makes_a_roll_up_has_it_for_as_long_as_that_takes(db) {
        let (body, _) = body(db, 1).await;
        // A file keeps nobody from reading, and a maker there does nothing else that takes long.
        if !db.store.is_shared() {
            return;
        }
        fold_all(&body).await;
        let sound = picture(&body).await;
        let patience = std::time::Duration::from_mins(2);
        let options = ehia::store::Options { patience, ..ehia::store::Options::default() };
        let store = ehia::store::Store::open(&db.url, options).await.unwrap();
        let maker = ehia::app::App::new(store, ehia::app::Options::default());
        db.tamper("UPDATE risk_rollup_state SET edition = 'another'").await;
        db.tamper("UPDATE risk_ledger SET fold = 'add'").await;
        // What is read first once it is begun cannot be read, for longer than its maker waits before putting its end off.
        let holds = db.behind().await;
        holds.execute_unprepared("BEGIN; LOCK TABLE assessment IN ACCESS EXCLUSIVE MODE").await.unwrap();
        let until = "SELECT coalesce(max((extract(epoch FROM made_until) * 1000)::bigint), 0) FROM risk_rollup_state WHERE maker IS NOT NULL";
        let later = async |than: i64| {
            for _ in 0..120 {
                let now = db.number(until).await;
                if now > than {
                    return Some(now);
                }
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
            None
        };
        let looks = async {
            let begun = later(0).await;
            let put_off = match begun {
                Some(begun) => later(begun).await,
                None => None,
            };
            holds.execute_unprepared("COMMIT").await.unwrap();
            (begun, put_off)
        };
        let (made, (begun, put_off)) = tokio::join!(maker.fold_risk(), looks);
        assert!(begun.is_some(), "it was never begun");
        assert!(put_off.is_some(), "its lease runs out while it is made");
        assert!(made.unwrap() > 0);
        holds.close().await.unwrap();
        // Nobody puts it off any more once it is made.
        assert_eq!(db.number(until).await, 0);
        assert_eq!((picture(&body).await, body.app.verify_risk(&mut |_| {}).await.unwrap().differences), (sound, vec![]));
    }

    async fn rebuilding_waits_until_whoever_writes_a_roll_up_has_done_so(db) {
        let (body, _) = body(db, 1).await;
        // On a file everybody waits for the one writer anyway.
        if !db.store.is_shared() {
            return;
        }
        fold_all(&body).await;
        let sound = picture(&body).await;
        let patience = std::time::Duration::from_secs(1);
        let options = ehia::store::Options { patience, ..ehia::store::Options::default() };
        let store = ehia::store::Store::open(&db.url, options).await.unwrap();
        let impatient = ehia::app::App::new(store.clone(), ehia::app::Options::default());
        let (held, holds) = tokio::sync::oneshot::channel();
        let writes = db.store.write::<_, ehia::store::Error>(async |tx| {
            tx.hold_rollup(body.id, "").await?;
            held.send(()).unwrap();
            // Longer than the other waits for a lock, twice.
            tokio::time::sleep(3 * patience).await;
            Ok(())
        });
        let rebuilds = async {
            holds.await.unwrap();
            let lease = (clock::now().at, TimeDelta::seconds(1));
            let claimed = store.write(async |tx| tx.claim_rollup(body.id, "x", lease, None).await).await;
            assert!(matches!(claimed, Err(ehia::store::Error::Retry(_))), "{claimed:?}");
            impatient.rebuild_risk(body.moment, &mut |_| {}).await.unwrap()
        };
        let (written, rebuilt) = tokio::join!(writes, rebuilds);
        written.unwrap();
        assert_eq!((rebuilt.differences, rebuilt.cases), (vec![], 1));
        assert_eq!((picture(&body).await, body.app.verify_risk(&mut |_| {}).await.unwrap().differences), (sound, vec![]));
    }

    async fn who_has_lost_a_roll_up_leaves_it_to_the_next_at_once(db) {
        let (body, _) = body(db, 1).await;
        fold_all(&body).await;
        let sound = picture(&body).await;
        // As when rows are put right while it is made: every making is overtaken, and nobody else has it.
        let overtaken = if db.store.is_shared() {
            "CREATE FUNCTION overtake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.generation := NEW.generation + 1; RETURN NEW; END $$;
             CREATE TRIGGER overtaken BEFORE UPDATE OF maker ON risk_rollup_state FOR EACH ROW WHEN (NEW.maker IS NOT NULL) EXECUTE FUNCTION overtake()"
        } else {
            "CREATE TRIGGER overtaken AFTER UPDATE OF maker ON risk_rollup_state WHEN NEW.maker IS NOT NULL
             BEGIN UPDATE risk_rollup_state SET generation = generation + 1 WHERE organisation_id = NEW.organisation_id; END"
        };
        db.tamper(overtaken).await;
        let mut progress = |_| {};
        let rebuilding = body.app.rebuild_risk(body.moment, &mut progress);
        let rebuilt = tokio::time::timeout(std::time::Duration::from_secs(30), rebuilding).await;
        let rebuilt = rebuilt.expect("no lease is waited for").unwrap();
        let [told] = rebuilt.differences.as_slice() else { panic!("{rebuilt:?}") };
        assert!(told.reason.contains("took it over 5 times"), "{told:?}");
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup_state WHERE maker IS NOT NULL").await, 0);
        assert_eq!(picture(&body).await, sound);
        db.tamper(if db.store.is_shared() { "DROP TRIGGER overtaken ON risk_rollup_state" } else { "DROP TRIGGER overtaken" }).await;
        fold_all(&body).await;
        assert_eq!((picture(&body).await, body.app.verify_risk(&mut |_| {}).await.unwrap().differences), (sound, vec![]));
    }

    async fn what_is_supposed_is_counted_as_if_it_were_so_and_nothing_is_written(db) {
        let (body, ids) = body(db, 3).await;
        footprints::load(&body.app).await;
        let (before, rows) = (picture(&body).await, db.number("SELECT count(*) FROM risk_ledger").await);
        for folded in [false, true] {
            // The roll-up has the first, and not the second.
            for filter in [Filter::default(), Filter { as_at: Some(body.moment.today), ..Filter::default() }] {
                let real = asked(&body, filter).await;
                let there = body.app.contributions(&real, &ids).await.unwrap();
                let suppose = |which: &dyn Fn(usize) -> bool, to: &dyn Fn(&mut Contribution) -> bool| {
                    let some = ids.iter().enumerate().filter(|(place, _)| which(*place));
                    let some = some.map(|(_, id)| {
                        let (organisation, mut contribution) = there[id].clone();
                        let stays = to(&mut contribution);
                        (*id, Supposed { organisation, contribution: stays.then_some(contribution) })
                    });
                    Arc::new(real.supposing(some.collect()))
                };
                let stop = |one: &mut Contribution| {
                    one.standpoint = Standpoint::Stopped;
                    true
                };
                let stopped = told(&body, &suppose(&|place| place > 0, &stop)).await;
                let gone = told(&body, &suppose(&|place| place > 0, &|_| false)).await;
                assert_eq!(stopped, gone);
                assert_ne!(gone, before);
                let same = told(&body, &suppose(&|_| true, &|_| true)).await;
                assert_eq!(same, before);
                // One that is nowhere yet.
                let (organisation, contribution) = there[&ids[0]].clone();
                let new = Supposed { organisation, contribution: Some(contribution) };
                let mut supposed: BTreeMap<_, _> = BTreeMap::from([(uuid::Uuid::from_u128(7).into(), new)]);
                supposed.insert(ids[0], Supposed { organisation, contribution: None });
                let moved = Arc::new(real.supposing(supposed));
                assert_eq!(told(&body, &moved).await, before, "the three are alike");
            }
            if !folded {
                fold_all(&body).await;
            }
        }
        assert_eq!((picture(&body).await, db.number("SELECT count(*) FROM risk_ledger").await), (before, rows));
    }

    async fn the_cases_behind_a_part_come_page_by_page(db) {
        let (body, mut ids) = body(db, 5).await;
        footprints::load(&body.app).await;
        ids.sort_unstable();
        for filter in [Filter::default(), Filter { as_at: Some(body.moment.today), ..Filter::default() }] {
            let picture = asked(&body, filter).await;
            let by = [ExposureDimension::Group, ExposureDimension::District, ExposureDimension::Organisation];
            let cut = body.app.cut(picture, &by).await.unwrap();
            assert!(cut.parts.len() > 5);
            for (key, part) in &cut.parts {
                let mut found = Vec::new();
                while let Some(next) = body.app.cases_in(&cut, key, found.last().copied(), 2).await.unwrap().first() {
                    found.push(*next);
                }
                assert_eq!((i64::try_from(found.len()).unwrap(), &found), (part.figures.counts.cases, &ids), "{key:?}");
            }
        }
    }

    async fn rows_that_were_written_before_they_were_packed_are_read_and_packed(db) {
        let (body, ids) = body(db, 2).await;
        let sound = picture(&body).await;
        let picture_of = asked(&body, Filter::default()).await;
        for (id, (_, contribution)) in body.app.contributions(&picture_of, &ids).await.unwrap() {
            let case = db.literal(&ehia::domain::id::Identifier::uuid(id).to_string());
            let document = serde_json::to_string(&contribution).unwrap().replace('\'', "''");
            db.tamper(&format!(
                "UPDATE risk_ledger SET document = '{document}', packed = NULL, counting = NULL, effective_from = NULL WHERE assessment_id = {case}"
            ))
            .await;
        }
        assert_eq!(picture(&body).await, sound);
        db.store.migrate().await.unwrap();
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger WHERE packed IS NULL OR document <> ''").await, 0);
        assert_eq!(picture(&body).await, sound);
        fold_all(&body).await;
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_ledger_that_was_counted_otherwise_is_not_served_before_it_is_put_right(db) {
        let (body, _) = body(db, 2).await;
        let sound = picture(&body).await;
        db.store.require_schema().await.unwrap();
        // As an upgrade that was cut off leaves it, and as another version than this counted.
        for counting in ["NULL", "0", "99"] {
            assert!(db.tamper(&format!("UPDATE risk_ledger SET counting = {counting} WHERE number = 1")).await > 0);
            let Err(ehia::store::Error::Unavailable(told)) = db.store.require_schema().await else { panic!("{counting}") };
            assert!(told.contains("run `ehia migrate`"), "{told}");
            db.store.migrate().await.unwrap();
            db.store.require_schema().await.unwrap();
            let otherwise = format!("SELECT count(*) FROM risk_ledger WHERE counting IS NULL OR counting <> {}", Contribution::COUNTING);
            assert_eq!(db.number(&otherwise).await, 0);
            assert_eq!(picture(&body).await, sound);
        }
        // What cannot be read cannot be put right: it is named by the audit, and keeps nothing else back.
        db.tamper(&format!("UPDATE risk_ledger SET counting = NULL, packed = {} WHERE number = 1", bytes(db, &[255]))).await;
        db.store.migrate().await.unwrap();
        db.store.require_schema().await.unwrap();
    }

    async fn cases_that_were_there_before_the_ledger_are_entered_once_migrated(db) {
        let (body, _) = body(db, 3).await;
        let sound = picture(&body).await;
        db.tamper("DELETE FROM risk_ledger").await;
        assert_ne!(picture(&body).await, sound);
        assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
        assert_eq!(db.number("SELECT count(*) FROM risk_ledger").await, 3);
        assert_eq!(picture(&body).await, sound);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn a_roll_up_made_with_other_places_is_asked_by_nobody_and_made_anew(db) {
        let (body, _) = body(db, 2).await;
        // Nothing is known of places yet.
        fold_all(&body).await;
        assert_eq!(db.number("SELECT count(*) FROM risk_rollup WHERE district LIKE 'E07%'").await, 0);
        footprints::load(&body.app).await;
        let told = picture(&body).await;
        assert!(told.contains("district: Some"), "{told}");
        fold_all(&body).await;
        assert!(db.number("SELECT count(*) FROM risk_rollup WHERE district LIKE 'E07%'").await > 0);
        assert_eq!(picture(&body).await, told);
        assert_eq!(body.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }
}

#[tokio::test]
async fn the_command_shows_verifies_and_rebuilds() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ehia(folder, &["migrate"]).await.done();
    let settings = json!(Settings { workflow: "two-person".into(), ..Settings::default() }).to_string();
    let add = ["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic ICB", "--settings", "-"];
    ehia_with(folder, &add, &settings).await.done();
    let author =
        ["user", "add", "--email", "author@example.org", "--name", "An Author", "--organisation", "T6Y0W"];
    let author = [&author[..], &["--role", "author", "--password-file", "-"]].concat();
    ehia_with(folder, &author, "a password to try\n").await.done();
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/01-marram-house.json");
    let import =
        ["import", example.to_str().unwrap(), "--organisation", "T6Y0W", "--as", "author@example.org"];
    ehia(folder, &import).await.done();
    let shown = ehia(folder, &["risk", "show", "--json"]).await.done().json();
    assert_eq!((&shown["drafts"], &shown["total"]["assessments"]), (&json!(1), &json!(0)));
    let text = ehia(folder, &["risk", "show", "--by", "group", "--by", "district"]).await.done();
    assert!(text.out.contains("0 assessments (1 drafts are not counted)"), "{text:?}");
    let reference = format!("T6Y0W-{}-0001", chrono::Datelike::year(&ehia::clock::now().today));
    let what_if = ["risk", "what-if", "--proceed", &reference];
    let told = ehia(folder, &[&what_if[..], &["--stop", "T6Y0W-2006-9999"]].concat()).await.refused();
    assert!(told.err.contains("There is no case `T6Y0W-2006-9999`"), "{told:?}");
    let told = ehia(folder, &[&what_if[..], &["--by", "group", "--json"]].concat()).await.done().json();
    assert!(
        told["inWords"].as_str().unwrap().starts_with("The picture has one case instead of none."),
        "{told}"
    );
    let parts = told["parts"].as_array().unwrap();
    assert!(
        parts.len() > 3
            && parts.iter().all(|part| part["before"].is_null() && part["after"]["assessments"] == 1),
        "{told}"
    );
    let told = ehia(folder, &what_if).await.done();
    assert!(told.out.contains(": nothing -> 1 cases"), "{told:?}");
    let said = ehia(folder, &["risk", "verify"]).await.done();
    assert!(said.out.contains("1 assessments and 0 cells agree; 1 rows wait"), "{said:?}");
    let rebuilt = ehia(folder, &["risk", "rebuild", "--json"]).await.done().json();
    assert_eq!((&rebuilt["sound"], &rebuilt["folded"]), (&json!(true), &json!(1)));
    let file = folder.join(".ehia/ehia.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    database.execute_unprepared("DELETE FROM risk_rollup WHERE group_code <> '*'").await.unwrap();
    database.close().await.unwrap();
    let said = ehia(folder, &["risk", "verify"]).await.refused();
    assert!(said.out.contains("the roll-up of T6Y0W, DRAFT, nhs-5x5, group"), "{said:?}");
    ehia(folder, &["risk", "rebuild"]).await.done();
    ehia(folder, &["risk", "verify"]).await.done();
    let wrong = ehia(folder, &["risk", "show", "--group", "unheard", "--area", "Norwich"]).await.refused();
    assert!(wrong.err.contains("no group `unheard`") && wrong.err.contains("`Norwich`"), "{wrong:?}");
}
