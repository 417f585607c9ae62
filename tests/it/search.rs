//! Search: the same on both databases, whatever is typed and however many cases have the words; within what may be seen.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use ehia::{
    app::{self, Edit},
    domain::{
        case::Case,
        id::{AssessmentId, Identifier as _},
        page::Window,
        permission::{Action, Role, permit},
        search,
        workflow::Phase,
    },
    store::{
        Scope,
        list::{Filter, Order, OrderField},
    },
};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::{
    store_audit::faults,
    store_list::{put, spread, walk_through},
    support::{
        cases::{World, drafting},
        database::TestDatabase,
        on_both,
        people::{Body, app},
    },
};

const TITLES: [&str; 7] = [
    "Maternity unit in Norwich",
    "Café for women’s health, Great Yarmouth",
    "Day-case surgery: 50% fewer beds",
    "MATERNITY and neonatal care at King's Lynn",
    "Dialysis transport",
    "and or not near",
    "健康 équité",
];

/// What is typed, and which of the titles it finds.
const SEARCHES: [(&str, &[usize]); 32] = [
    ("maternity", &[0, 3]),
    ("norwich MATER", &[0]),
    ("mat", &[0, 3]),
    ("ma", &[0, 3]),
    ("m", &[0, 3]),
    ("d", &[2, 4]),
    ("aternity", &[]),
    ("cafe", &[1]),
    ("CAFÉ", &[1]),
    ("cafe\u{301}", &[1]),
    ("women", &[1]),
    ("women's", &[1]),
    ("womens", &[1]),
    ("day-case", &[2]),
    ("case day", &[2]),
    ("50%", &[2]),
    ("kings lynn", &[3]),
    ("King’s", &[3]),
    ("equite", &[6]),
    ("健", &[6]),
    ("健康", &[6]),
    ("T6Y0W-2026-0005", &[4]),
    ("2026-0005", &[4]),
    ("dialysis 5", &[2 + 2]),
    ("AND", &[3, 5]),
    ("not AND", &[5]),
    ("NEAR(and, or)", &[5]),
    ("maternity OR dialysis", &[]),
    ("\"maternity unit\"", &[0]),
    ("mater*", &[0, 3]),
    ("words:maternity", &[]),
    ("^maternity -unit", &[0]),
];

/// What nothing is found by, and nobody is told off for.
const NONSENSE: [&str; 20] = [
    "%",
    "_",
    "'",
    "\"",
    "\\",
    "*",
    "(",
    "& (",
    "\" | \"",
    "'; DROP TABLE assessment; --",
    "\0",
    "mat\0ernity\0x",
    "\u{1F600}",
    "\u{301}",
    "\u{200D}",
    "x:*",
    "!x & | <->",
    "$1 ?1 :a @b",
    "\u{FDFA}",
    "zzz' | 'mat':*",
];

async fn fill(db: &TestDatabase, world: &mut World) -> Vec<Case> {
    let mut cases = Vec::new();
    for (title, number) in TITLES.iter().zip(1..) {
        let mut case = world.case(title);
        case.reference = format!("T6Y0W-2026-{number:04}");
        let mut projection = drafting();
        projection.phase = [Phase::Drafting, Phase::Review][number % 2];
        projection.words = Some(search::words(&case.reference, &case.content, None, &BTreeMap::new()));
        put(&db.store, world, &case, &projection).await;
        cases.push(case);
    }
    cases
}

/// So many more rows with all these words that a search for any of them is asked otherwise. They are of no case.
async fn crowd(db: &TestDatabase, words: &str) {
    rows(db, words, 2_100, "").await;
}

/// As [`crowd`], but the newest cases do not have them.
async fn old_crowd(db: &TestDatabase, words: &str) {
    crowd(db, words).await;
    dilute(db).await;
}

/// Newest cases that have no word that is searched.
async fn dilute(db: &TestDatabase) {
    rows(db, "unrelated", 300, "ffffffff-ffff-").await;
}

async fn rows(db: &TestDatabase, words: &str, number: u64, first: &str) {
    let (fresh, numbers) = if db.store.is_shared() {
        let fresh = format!("('{first}' || substr(gen_random_uuid()::text, {}))::uuid", first.len() + 1);
        (fresh, format!("generate_series(1, {number})"))
    } else {
        let numbers =
            format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number})");
        ("randomblob(16)".to_owned(), format!("({numbers} SELECT i FROM n)"))
    };
    let sql = format!(
        "INSERT INTO assessment_search (assessment_id, organisation_id, words) SELECT {fresh}, {fresh}, '{words}' FROM {numbers} AS n"
    );
    assert_eq!(db.tamper(&sql).await, number);
}

fn searched(search: &str) -> Filter {
    Filter { search: Some(search.into()), ..Filter::default() }
}

async fn plan(db: &TestDatabase, filter: &Filter, scope: Scope<'_>) -> String {
    let read = db.store.read();
    read.explain_cases(filter, scope, Order::default(), &Window::default()).await.unwrap().join("\n")
}

/// Whether the index is asked, and not case by case.
fn by_index(plan: &str) -> bool {
    plan.contains("assessment_words") || plan.contains("assessment_search_hits")
}

on_both! {
    async fn a_search_finds_the_same_on_either_database_however_many_cases_have_its_words(db) {
        let mut world = World::new(&db.store).await;
        let cases = fill(db, &mut world).await;
        let all = cases.iter().map(|case| search::words(&case.reference, &case.content, None, &BTreeMap::new()));
        let all = all.collect::<Vec<_>>().join(" ");
        let order = Order { field: OrderField::Reference, ascending: true };
        for (round, many) in [false, true, true].into_iter().enumerate() {
            match round {
                0 => {}
                1 => crowd(db, &all).await,
                _ => old_crowd(db, &all).await,
            }
            for (typed, expected) in SEARCHES {
                let filter = searched(typed);
                let expected: Vec<AssessmentId> = expected.iter().map(|place| cases[*place].id).collect();
                let found = walk_through(&db.store, &filter, Scope::Everything, order, 2, true).await;
                assert_eq!(found, expected, "{typed:?}, many: {many}");
                let count = db.store.read().count_cases(&filter, Scope::Everything).await.unwrap();
                assert_eq!(count, expected.len() as u64, "{typed:?}, many: {many}");
                if !expected.is_empty() {
                    assert_eq!(by_index(&plan(db, &filter, Scope::Everything).await), !many, "{typed:?}");
                }
                let review = Filter { phases: vec![Phase::Review], ..filter };
                let found = walk_through(&db.store, &review, Scope::Everything, order, 2, true).await;
                let odd = |id: &AssessmentId| cases.iter().position(|case| case.id == *id).unwrap() % 2 == 0;
                let expected: Vec<AssessmentId> = expected.into_iter().filter(odd).collect();
                assert_eq!(found, expected, "{typed:?} in review, many: {many}");
                assert_eq!(db.store.read().count_cases(&review, Scope::Everything).await.unwrap(), found.len() as u64);
            }
        }
    }

    async fn whatever_is_typed_is_no_syntax(db) {
        let mut world = World::new(&db.store).await;
        fill(db, &mut world).await;
        let long = "x ".repeat(150) + &"y".repeat(5_000);
        for typed in NONSENSE.into_iter().chain([long.as_str()]) {
            let filter = searched(typed);
            let found = walk_through(&db.store, &filter, Scope::Everything, Order::default(), 10, true).await;
            assert_eq!(found, [], "{typed:?}");
            assert_eq!(db.store.read().count_cases(&filter, Scope::Everything).await.unwrap(), 0, "{typed:?}");
        }
        let found = walk_through(&db.store, &searched(" \t "), Scope::Everything, Order::default(), 10, true).await;
        assert_eq!(found.len(), TITLES.len(), "nothing is asked");
    }

    async fn a_search_stays_within_what_may_be_seen_in_every_order_and_both_directions(db) {
        let mut world = World::new(&db.store).await;
        let (actor, cases) = spread(&db.store, &mut world, 40).await;
        dilute(db).await;
        for (typed, many) in [("case", false), ("case 01", false), ("2026-00", false), ("case", true), ("case 02", true)] {
            if many {
                crowd(db, "case 020 021 022 023 024 025 026 027 028 029").await;
            }
            let filter = searched(typed);
            let number = typed.strip_prefix("case ").unwrap_or_default();
            let of = |id: &AssessmentId| {
                let (case, phase) = cases.iter().find(|(case, _)| case.id == *id).unwrap();
                case.content.title.contains(&format!(" {number}"))
                    && permit(&actor, Action::Read, case, *phase).is_ok()
            };
            assert_eq!(by_index(&plan(db, &filter, Scope::Read(&actor)).await), !many);
            for field in OrderField::ALL.iter().copied() {
                for ascending in [true, false] {
                    let order = Order { field, ascending };
                    let all = Filter::default();
                    let mut expected = walk_through(&db.store, &all, Scope::Everything, order, 100, true).await;
                    expected.retain(of);
                    assert!(expected.len() > 4);
                    for forwards in [true, false] {
                        let seen = walk_through(&db.store, &filter, Scope::Read(&actor), order, 3, forwards).await;
                        assert_eq!(seen, expected, "{typed}, {order:?}, forwards: {forwards}, many: {many}");
                    }
                    let count = db.store.read().count_cases(&filter, Scope::Read(&actor)).await.unwrap();
                    assert_eq!(count, expected.len() as u64);
                }
            }
        }
    }

    async fn a_search_is_one_statement_more_and_a_plain_list_asks_nothing_of_it(db) {
        let mut world = World::new(&db.store).await;
        fill(db, &mut world).await;
        for (filter, statements) in [(Filter::default(), 1), (searched(" "), 1), (searched("mat"), 2), (searched("%"), 0)] {
            let before = db.statements.load(Ordering::Relaxed);
            let window = Window::default();
            db.store.read().list_cases(&filter, Scope::Everything, Order::default(), &window).await.unwrap();
            assert_eq!(db.statements.load(Ordering::Relaxed) - before, statements, "{filter:?}");
        }
        let plain = plan(db, &Filter::default(), Scope::Everything).await;
        assert!(!plain.is_empty() && !plain.contains("assessment_search") && !plain.contains("assessment_words"), "{plain}");
    }

    async fn what_a_case_is_found_by_follows_its_edits_and_hidden_answers_never_count(db) {
        let app = app(db);
        let body = Body::new(&app, "T6Y0W").await;
        app.ship_definitions(body.moment).await.unwrap();
        let case = body.import().await;
        body.import().await;
        let author = body.who(Role::Author);
        let edit = async |edits: Vec<Edit>| {
            let version = app.view(author, case).await.unwrap().case.version;
            app.edit(author, case, version, edits, None, body.moment).await.unwrap();
            assert_eq!(faults(db, &[]).await, []);
        };
        let answer = |question: &str, value| Edit::Answer { question: question.into(), value };
        let finds = async |typed: &str| {
            let filter = searched(typed);
            let slice = app.list_assessments(author, &filter, app::Order::default(), &Window::default()).await.unwrap();
            let count = app.count_assessments(author, &filter).await.unwrap();
            assert_eq!(count, slice.nodes.len() as u64);
            slice.nodes.iter().any(|(_, summary)| summary.head.id == case)
        };
        edit(vec![Edit::Title("Quixotic windmills".into())]).await;
        assert!(finds("windmill quix").await);
        edit(vec![Edit::Title("Quixotic watermills".into())]).await;
        assert!(finds("watermill").await && !finds("windmill").await);
        edit(vec![
            answer("change_of_site", json!("YES")),
            answer("travel_and_access", json!("By zeppelin only.")),
        ]).await;
        assert!(finds("zeppelin").await);
        edit(vec![answer("change_of_site", json!("NO"))]).await;
        assert!(!finds("zeppelin").await, "the answer is kept and hidden");
        edit(vec![answer("change_of_site", json!("YES"))]).await;
        assert!(finds("zeppelin").await);
        let stranger = Body::new(&app, "QMM").await;
        let none = app.list_assessments(stranger.who(Role::Governance), &searched("zeppelin"), app::Order::default(), &Window::default()).await;
        assert_eq!(none.unwrap().nodes.len(), 0);
    }

    async fn cases_that_were_there_before_the_search_are_found_once_migrated(db) {
        let app = app(db);
        let body = Body::new(&app, "T6Y0W").await;
        app.ship_definitions(body.moment).await.unwrap();
        let cases = [body.import().await, body.import().await, body.import().await];
        let one = db.literal(&cases[1].uuid().to_string());
        for removed in ["1 = 1".to_owned(), format!("assessment_id = {one}")] {
            db.tamper(&format!("DELETE FROM assessment_search WHERE {removed}")).await;
            assert_ne!(faults(db, &[]).await, []);
            assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
            assert_eq!(faults(db, &[]).await, []);
            let found = walk_through(&db.store, &searched("marram house"), Scope::Everything, Order::default(), 10, true).await;
            assert_eq!(found.len(), 3);
        }
        // One that cannot be read holds up no other.
        db.tamper("DELETE FROM assessment_search").await;
        db.tamper(&format!("UPDATE assessment SET content_sha256 = 'x' WHERE id = {one}")).await;
        db.store.migrate().await.unwrap();
        assert_eq!(db.number("SELECT count(*) FROM assessment_search").await, 2);
    }

    async fn searches_that_are_too_long_are_refused_with_a_sentence(db) {
        let app = app(db);
        let body = Body::new(&app, "T6Y0W").await;
        for (typed, refused) in [("a-b-c-d-e-f-g-h-i-j", false), ("a-b-c-d-e-f-g-h-i-j-k", true), (&"x".repeat(301), true), (&"x".repeat(300), false)] {
            let filter = searched(typed);
            let order = app::Order::default();
            let listed = app.list_assessments(body.who(Role::Author), &filter, order, &Window::default()).await;
            match listed {
                Err(app::Error::Invalid(violations)) => assert!(refused && violations[0].code == "TOO_LONG", "{typed}"),
                other => assert!(!refused && other.is_ok(), "{typed}"),
            }
        }
    }

    /// Few cases are fetched by their identifiers, whatever else is asked; many are walked through in the order of an
    /// index. Neither reads the words of every case.
    async fn the_index_is_used_where_it_helps(db) {
        let mut world = World::new(&db.store).await;
        let (actor, _) = spread(&db.store, &mut world, 40).await;
        dilute(db).await;
        let few = plan(db, &searched("case"), Scope::Read(&actor)).await;
        crowd(db, "case").await;
        let many = plan(db, &searched("case"), Scope::Read(&actor)).await;
        let connection = db.behind().await;
        if db.store.is_shared() {
            assert!(few.contains("Function Scan on assessment_search_hits"), "{few}");
            assert!(many.contains("Index Scan using assessment_search_pkey") && !many.contains("assessment_search_hits"), "{many}");
            assert!(!many.contains("Seq Scan on assessment_search"), "{many}");
            // The function has its own settings, and this is what it asks.
            connection.execute_unprepared("ANALYZE assessment_search; SET enable_seqscan = off").await.unwrap();
            let sql = "EXPLAIN SELECT assessment_id FROM assessment_search WHERE vector @@ '''case'':*'::tsquery LIMIT 2001";
            let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect();
            assert!(plan.join("\n").contains("Bitmap Index Scan on index_assessment_search_vector"), "{plan:?}");
            let settings = "SELECT count(*) FROM pg_proc WHERE proname = 'assessment_search_hits' AND proconfig = '{enable_seqscan=off}'";
            assert_eq!(db.number(settings).await, 1);
        } else {
            for line in ["assessment_words VIRTUAL TABLE INDEX", "SEARCH assessment USING INDEX sqlite_autoindex_assessment_1 (id=?)"] {
                assert!(few.contains(line), "{few}");
            }
            assert!(many.contains("SEARCH assessment USING INDEX index_assessment_organisation_id_updated_at"), "{many}");
            assert!(many.contains("sqlite_autoindex_assessment_search_1 (assessment_id=?)"), "{many}");
            assert!(!many.contains("SCAN assessment_search"), "{many}");
        }
        connection.close().await.unwrap();
    }
}
