//! Search: the same on both databases, whatever is typed and however many cases have the words; within what may be seen.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use ehia::{
    app::{self, Edit},
    domain::{
        case::Case,
        id::{AssessmentId, Identifier as _},
        page::Window,
        permission::{Action, Actor, Grant, Role, permit},
        proposal::KindOfChange,
        search,
        workflow::Phase,
    },
    store::{
        Scope,
        case::Projection,
        list::{Filter, Order, OrderField},
    },
};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::json;

use crate::{
    store_audit::faults,
    store_list::{put, spread, walk_through},
    support::{
        cases::{World, at, drafting, person},
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
const SEARCHES: [(&str, &[usize]); 33] = [
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
    ("& (", &[3, 5]),
    ("not AND", &[5]),
    ("NEAR(and, or)", &[5]),
    ("maternity OR dialysis", &[]),
    ("\"maternity unit\"", &[0]),
    ("mater*", &[0, 3]),
    ("words:maternity", &[]),
    ("^maternity -unit", &[0]),
];

/// What nothing is found by, and nobody is told off for.
const NONSENSE: [&str; 19] = [
    "%",
    "_",
    "'",
    "\"",
    "\\",
    "*",
    "(",
    "\" | \"",
    "'; DROP TABLE assessment; --",
    "\0",
    "mat\0ernity\0x",
    "\u{1F600}",
    "\u{301}",
    "\u{200D}",
    "x:*",
    "!x | <->",
    "$1 ?1 :a @b",
    "\u{FDFA}",
    "zzz' | 'mat':*",
];

/// What undoes the step that this tests, and leaves words that no case has.
const SQLITE_BEFORE: [&str; 6] = [
    "DROP TRIGGER assessment_search_placed",
    "DROP TRIGGER assessment_search_displaced",
    "DROP INDEX index_assessment_place",
    "ALTER TABLE assessment DROP COLUMN place",
    "ALTER TABLE assessment ADD COLUMN title_folded text NOT NULL DEFAULT ''",
    "UPDATE assessment_search SET words = 'stale'",
];
const POSTGRES_BEFORE: [&str; 5] = [
    "DROP FUNCTION assessment_search_placed, assessment_search_follows CASCADE",
    "ALTER TABLE assessment ADD COLUMN title_folded text NOT NULL DEFAULT ''",
    "CREATE FUNCTION assessment_search_hits(query text, most bigint) RETURNS SETOF uuid LANGUAGE sql AS 'SELECT NULL::uuid'",
    "UPDATE assessment_search SET words = 'stale'",
    "ALTER TABLE assessment_search DROP author_id, DROP updated_at, DROP created_at, DROP risk_order, DROP decision_order, \
     DROP reference, DROP state, DROP phase, DROP standing, DROP service_line, DROP programme, DROP kind_of_change, \
     DROP band, DROP form_key, DROP workflow_key, DROP reexamination_due",
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

/// Newest cases that have no word that is searched, and so many that a search is asked otherwise.
async fn dilute(db: &TestDatabase, world: &mut World) {
    for number in 0..220 {
        let mut case = world.case("Unrelated");
        case.reference = format!("unrelated-{number}");
        (case.created_at, case.updated_at) = (at(900_000), at(900_000 + number));
        put(&db.store, world, &case, &Projection { words: Some("unrelated".into()), ..drafting() }).await;
    }
}

/// Whether a case whose answers do not count has what is typed, as every database has to answer it.
pub fn has(case: &Case, typed: &str) -> bool {
    let words = search::words(&case.reference, &case.content, None, &BTreeMap::new());
    search::asked(typed).is_none_or(|asked| {
        let begins = |asked: &String| words.split(' ').any(|word| word.starts_with(asked.as_str()));
        !asked.is_empty() && asked.iter().all(begins)
    })
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
    plan.contains("assessment_words") || plan.contains("vector @@ ")
}

on_both! {
    async fn a_search_finds_the_same_on_either_database_however_many_cases_have_its_words(db) {
        let mut world = World::new(&db.store).await;
        let cases = fill(db, &mut world).await;
        let order = Order { field: OrderField::Reference, ascending: true };
        for many in [true, false] {
            if !many {
                dilute(db, &mut world).await;
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
            for case in &cases {
                for word in search::asked(&case.content.title).unwrap() {
                    let found = walk_through(&db.store, &searched(&word), Scope::Everything, order, 100, true).await;
                    assert!(found.contains(&case.id), "{word} of {}", case.content.title);
                }
            }
        }
    }

    async fn words_and_filters_find_what_has_both(db) {
        let mut world = World::new(&db.store).await;
        let mut cases = Vec::new();
        for number in 0..12_usize {
            let mut case = world.case(&format!("Moving {}", ["beds", "clinics"][number % 2]));
            case.reference = format!("T6Y0W-2026-{number:04}");
            let proposal = &mut case.content.proposal;
            proposal.service_line = ["Maternity", "Renal; \"x\" OR *", "Renal"].get(number % 4).map(|line| (*line).into());
            proposal.programme = number.is_multiple_of(3).then(|| "A programme".into());
            proposal.footprint = vec![["E07000148", "E07000145"][number / 6].into()];
            proposal.kind_of_change = Some(KindOfChange::ALL[number % 2]);
            let words = search::words(&case.reference, &case.content, None, &BTreeMap::new());
            put(&db.store, &mut world, &case, &Projection { words: Some(words), ..drafting() }).await;
            cases.push(case);
        }
        let none = Filter::default();
        let words = |text: &str| vec![text.to_owned()];
        let filters = [
            none.clone(),
            Filter { service_lines: words("Renal"), ..none.clone() },
            Filter { service_lines: vec!["Renal".into(), "Renal; \"x\" OR *".into()], ..none.clone() },
            Filter { service_lines: words("renal"), ..none.clone() },
            Filter { programmes: words("A programme"), service_lines: words("Maternity"), ..none.clone() },
            Filter { areas: words("E07000148"), ..none.clone() },
            Filter { areas: vec!["E07000148".into(), "E07000145".into()], programmes: words("A programme"), ..none.clone() },
            Filter { kinds_of_change: vec![KindOfChange::ALL[1]], ..none.clone() },
            Filter { groups: words("sex"), ..none.clone() },
        ];
        for diluted in [false, true] {
            if diluted {
                dilute(db, &mut world).await;
            }
            for filter in &filters {
                let plain = walk_through(&db.store, filter, Scope::Everything, Order::default(), 100, true).await;
                for typed in ["moving", "mov clin", "beds 00", "0007", "beds clinics"] {
                    let has = |id: &AssessmentId| cases.iter().any(|case| case.id == *id && has(case, typed));
                    let expected: Vec<AssessmentId> = plain.iter().copied().filter(has).collect();
                    let filter = Filter { search: Some(typed.into()), ..filter.clone() };
                    let found = walk_through(&db.store, &filter, Scope::Everything, Order::default(), 3, true).await;
                    assert_eq!(found, expected, "{filter:?}, diluted: {diluted}");
                    let count = db.store.read().count_cases(&filter, Scope::Everything).await.unwrap();
                    assert_eq!(count, expected.len() as u64, "{filter:?}");
                }
            }
        }
    }

    async fn what_is_typed_at_random_finds_what_has_its_words_and_nothing_else(db) {
        let mut world = World::new(&db.store).await;
        let cases = fill(db, &mut world).await;
        let pieces = [
            "\"", "*", "(", ")", " AND ", " OR ", " NOT ", "NEAR(", "^", ":", "-", "'", "\\", "%", "_", "\0", "\u{a7}", "|", "&", "!",
            "<->", ";", "--", "mat", "Café", "norwich ", "50", "\u{1F600}", "\u{301}", "健", "$1", "?", "words", "\n", "x",
        ];
        let mut state = 20_261_122_u64;
        for _ in 0..300 {
            let mut typed = String::new();
            loop {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let drawn = usize::try_from(state >> 33).unwrap();
                typed.push_str(pieces[drawn % pieces.len()]);
                if drawn.is_multiple_of(7) {
                    break;
                }
            }
            let expected = cases.iter().filter(|case| has(case, &typed));
            let expected: Vec<AssessmentId> = expected.map(|case| case.id).collect();
            let order = Order { field: OrderField::Reference, ascending: true };
            let found = walk_through(&db.store, &searched(&typed), Scope::Everything, order, 100, true).await;
            assert_eq!(found, expected, "{typed:?}");
        }
    }

    async fn whatever_is_typed_is_no_syntax(db) {
        let mut world = World::new(&db.store).await;
        fill(db, &mut world).await;
        let long = "x ".repeat(150) + &"y".repeat(10_000);
        let hostile = "\"* OR (NEAR \0' --".repeat(600) + " zzz";
        for typed in NONSENSE.into_iter().chain([long.as_str(), hostile.as_str()]) {
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
        for (typed, diluted) in [("case", false), ("case 01", false), ("2026-00", false), ("case", true), ("case 02", true)] {
            if diluted && typed == "case" {
                dilute(db, &mut world).await;
            }
            let filter = searched(typed);
            let number = typed.strip_prefix("case ").unwrap_or_default();
            let of = |id: &AssessmentId| {
                let Some((case, phase)) = cases.iter().find(|(case, _)| case.id == *id) else { return false };
                case.content.title.contains(&format!(" {number}"))
                    && permit(&actor, Action::Read, case, *phase).is_ok()
            };
            assert!(!diluted || by_index(&plan(db, &filter, Scope::Read(&actor)).await));
            for field in OrderField::ALL.iter().copied() {
                for ascending in [true, false] {
                    let order = Order { field, ascending };
                    let all = Filter::default();
                    let mut expected = walk_through(&db.store, &all, Scope::Everything, order, 100, true).await;
                    expected.retain(of);
                    assert!(expected.len() > 4);
                    for forwards in [true, false] {
                        let seen = walk_through(&db.store, &filter, Scope::Read(&actor), order, 3, forwards).await;
                        assert_eq!(seen, expected, "{typed}, {order:?}, forwards: {forwards}, diluted: {diluted}");
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

    async fn a_database_that_holds_cases_is_searched_anew_once_migrated(db) {
        let app = app(db);
        let body = Body::new(&app, "T6Y0W").await;
        app.ship_definitions(body.moment).await.unwrap();
        for _ in 0..3 {
            body.import().await;
        }
        let before: &[&str] = if db.store.is_shared() { &POSTGRES_BEFORE } else { &SQLITE_BEFORE };
        for sql in before {
            db.tamper(sql).await;
        }
        db.tamper("DELETE FROM seaql_migrations WHERE version = 'm20261122_000027_finding'").await;
        assert_eq!(db.store.migrate().await.unwrap(), ["m20261122_000027_finding"]);
        assert_eq!(faults(db, &[]).await, []);
        let title = app.view(body.who(Role::Author), body.import().await).await.unwrap().case.content.title.clone();
        for (typed, found) in [("stale", 0), (title.as_str(), 4)] {
            let count = db.store.read().count_cases(&searched(typed), Scope::Everything).await.unwrap();
            assert_eq!(count, found, "{typed}");
        }
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

    /// Beside a word that few cases have, what nearly every case has is not asked of the index.
    async fn what_nearly_every_case_has_is_asked_of_those_that_have_the_rest(db) {
        let mut world = World::new(&db.store).await;
        dilute(db, &mut world).await;
        for (number, words) in (1..).zip(["zebra crossing", "unrelated zebra"]) {
            let mut case = world.case("Zebra");
            case.reference = format!("zebra-{number}");
            (case.created_at, case.updated_at) = (at(number), at(number));
            put(&db.store, &mut world, &case, &Projection { words: Some(words.into()), ..drafting() }).await;
        }
        let read = db.store.read();
        for (typed, found) in [
            ("zeb", vec!["zebra-2", "zebra-1"]),
            ("unrel zeb", vec!["zebra-2"]),
            ("zeb unrel", vec!["zebra-2"]),
            ("zebra related", vec![]),
            ("unrelated unrel zeb cross", vec![]),
        ] {
            let (filter, everything) = (searched(typed), Scope::Everything);
            let page = read.list_cases(&filter, everything, Order::default(), &Window::default()).await.unwrap();
            let references: Vec<&str> = page.nodes.iter().map(|case| case.head.reference.as_str()).collect();
            assert_eq!(references, found, "{typed}");
            assert_eq!(read.count_cases(&filter, everything).await.unwrap(), found.len() as u64, "{typed}");
        }
    }

    /// Where a state is asked for, the newest in that state tell the way, and an index has them.
    async fn cases_in_a_state_are_walked_through_among_themselves(db) {
        let mut world = World::new(&db.store).await;
        dilute(db, &mut world).await;
        let mut case = world.case("Unrelated, and reviewed");
        (case.reference, case.state) = ("reviewed-1".into(), "panel_review".into());
        let words = Some("unrelated reviewed".into());
        put(&db.store, &mut world, &case, &Projection { words, phase: Phase::Review, ..drafting() }).await;
        let grants = vec![Grant { organisation: world.organisation.id, role: Role::Author, until: None }];
        let actor = Actor { person: world.author.id, grants, deputises: Vec::new(), read_only: false };
        let filter = Filter { states: vec!["panel_review".into()], ..searched("unrel") };
        let found = plan(db, &filter, Scope::SeeStub(&actor)).await;
        assert!(!by_index(&found), "{found}");
        if !db.store.is_shared() {
            assert!(found.contains("index_assessment_organisation_id_state_updated_at_id (organisation_id=? AND state=?)"), "{found}");
        }
        // Of a state that is not for everybody, somebody who sees their own alone is led to those.
        let another = person(&mut world.supply, "Another");
        db.store.write(async |tx| tx.add_person(&another, None).await).await.unwrap();
        for number in 0..12 {
            let mut other = Case { author: another.id, ..world.case("Unrelated, of somebody else") };
            (other.reference, other.state) = (format!("others-{number}"), "panel_review".into());
            let words = Some("unrelated others".into());
            let projection = Projection { words, phase: Phase::Review, ..drafting() };
            put(&db.store, &mut world, &other, &projection).await;
        }
        let found = plan(db, &filter, Scope::Read(&actor)).await;
        assert!(found.contains("index_involvement_person_id_assessment_id"), "{found}");
        if !db.store.is_shared() {
            assert!(found.contains("index_assessment_published (organisation_id=? AND state=?)"), "{found}");
        }
        let asked = async |actor: &Actor| {
            let window = Window { size: 10, forwards: true, cursor: None };
            db.store.read().list_cases(&filter, Scope::Read(actor), Order::default(), &window).await.unwrap()
        };
        let theirs = asked(&actor).await.nodes;
        assert_eq!(theirs.iter().map(|found| found.head.id).collect::<Vec<_>>(), [case.id]);
        let somebody = Actor { person: world.supply.fresh(), ..actor };
        assert!(asked(&somebody).await.nodes.is_empty());
    }

    /// Cases are looked at by the index of words in rows no wider than what is asked, or walked through in the order of
    /// an index. Neither reads the words of every case.
    async fn the_index_is_used_where_it_helps(db) {
        let mut world = World::new(&db.store).await;
        let (actor, _) = spread(&db.store, &mut world, 40).await;
        let many = plan(db, &searched("case"), Scope::Read(&actor)).await;
        dilute(db, &mut world).await;
        let few = plan(db, &searched("case"), Scope::Read(&actor)).await;
        let connection = db.behind().await;
        if db.store.is_shared() {
            assert!(many.contains("Index Scan using assessment_search_pkey") && !by_index(&many), "{many}");
            assert!(!many.contains("Seq Scan on assessment_search"), "{many}");
            // That which the planner would do with more cases than there are here.
            connection.execute_unprepared("ANALYZE assessment_search; SET enable_seqscan = off").await.unwrap();
            let sql = "EXPLAIN SELECT state FROM assessment_search WHERE vector @@ CAST('''case'':*' AS tsquery)";
            let rows = connection.query_all_raw(Statement::from_string(connection.get_database_backend(), sql)).await.unwrap();
            let plan: Vec<String> = rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect();
            assert!(plan.join("\n").contains("Bitmap Index Scan on index_assessment_search_vector"), "{plan:?}");
        } else {
            for line in ["assessment_words VIRTUAL TABLE INDEX", "SEARCH assessment USING COVERING INDEX index_assessment_place (place=?)"] {
                assert!(few.contains(line), "{few}");
            }
            assert!(many.contains("SEARCH assessment USING INDEX index_assessment_organisation_id_updated_at"), "{many}");
            assert!(many.contains("sqlite_autoindex_assessment_search_1 (assessment_id=?)"), "{many}");
            assert!(!many.contains("SCAN assessment_search"), "{many}");
        }
        connection.close().await.unwrap();
    }
}
