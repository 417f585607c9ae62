//! What is on part of a group is on the group: in every figure, of whatever day, whoever wrote it and whosever group it is.

use std::collections::BTreeSet;

use ehia::{
    app::Edit,
    domain::{
        case::ShareLevel,
        edit::List,
        group::{Catalogue, Group, GroupKind},
        id::{AssessmentId, Identifier as _},
        permission::Role,
        settings::Settings,
    },
    store::risk::{Entry, ledger::Rows},
};
use serde_json::{Value, json};

use super::{Dice, World};
use crate::support::{
    database::TestDatabase,
    on_both,
    people::Body,
    stage::{HOME, PARTNER, Player},
};

const SEVERE: &str = "query($filter: RiskFilter, $group: String!) { aggregatedRisk(filter: $filter) { severeImpacts(group: $group) {
    assessments unreadable unrated inWords byLikelihood { likelihood assessments } bounds { lower upper } cases { assessment { reference } } } } }";
const BY_GROUP: &str = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) {
    exposures(by: [GROUP], first: 100) { nodes { group { code } assessments cases(first: 100) { nodes { id } } } } } }";
const BRECKLAND: &str = "E07000143";

async fn severe(world: &World, who: &Player, filter: Value, group: &str) -> Value {
    let told = world.stage.read(who, SEVERE, json!({ "filter": filter, "group": group })).await;
    told["aggregatedRisk"]["severeImpacts"].clone()
}

/// The cases in the picture of each group.
async fn by_group(world: &World, who: &Player, filter: Value) -> Vec<(String, Vec<String>)> {
    let told = world.stage.read(who, BY_GROUP, json!({ "filter": filter })).await;
    let parts = told["aggregatedRisk"]["exposures"]["nodes"].as_array().unwrap().clone();
    let told = parts.into_iter().map(|part| {
        let cases = part["cases"]["nodes"].as_array().unwrap().iter();
        let cases: Vec<String> = cases.map(|case| case["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(part["assessments"], cases.len(), "{part}");
        (part["group"]["code"].as_str().unwrap_or_default().to_owned(), cases)
    });
    told.collect()
}

/// A group of an organisation's own.
fn own(parent: Option<&str>) -> Settings {
    let group = Group {
        code: "trawlers".into(),
        name: "Fishing families (synthetic)".into(),
        kind: GroupKind::Other,
        parent: parent.map(str::to_owned),
        singly: false,
        source: None,
    };
    Settings { workflow: "two-person".into(), groups: vec![group], ..Settings::default() }
}

/// Writes otherwise an impact of a case that is on these groups alone.
pub async fn write(body: &Body, id: AssessmentId, on: &str, fields: Value) {
    let author = body.who(Role::Author);
    let view = body.app.view(author, id).await.unwrap();
    let mut impacts = view.case.content.impacts.iter();
    let impact = impacts.find(|impact| impact.groups == [on] && impact.initial.is_some()).unwrap().id;
    let fields = fields.as_object().unwrap().clone();
    let edit = Edit::Element { list: List::Impacts, id: Some(impact.uuid()), fields };
    body.app.edit(author, id, view.case.version, vec![edit], None, body.moment).await.unwrap();
}

async fn fold(world: &World) {
    while world.stage.app.fold_risk().await.unwrap() > 0 {}
}

/// What every row of the ledger says.
async fn rows(database: &TestDatabase, cases: &[AssessmentId]) -> Vec<Entry> {
    database.store.read().ledger(Rows::Every(cases), None, 1_000).await.unwrap()
}

/// Writes a row as an earlier version did: on the groups that were named alone.
async fn as_before(database: &TestDatabase, row: &Entry, packed: bool) {
    let catalogue = Catalogue::shipped();
    let mut contribution = row.contribution.clone();
    for impact in &mut contribution.impacts {
        let all = impact.groups.clone();
        let whole = |code: &String| all.iter().any(|part| part != code && catalogue.is_within(part, code));
        impact.groups.retain(|code| !whole(code));
    }
    assert_ne!(contribution, row.contribution);
    let said = if packed {
        let digits =
            contribution.pack().iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
        let bytes =
            if database.store.is_shared() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") };
        format!("packed = {bytes}")
    } else {
        let document = serde_json::to_string(&contribution).unwrap().replace('\'', "''");
        format!("packed = NULL, document = '{document}'")
    };
    let case = database.literal(&row.case.uuid().to_string());
    let which = format!("assessment_id = {case} AND number = {}", row.number);
    assert_eq!(
        database.tamper(&format!("UPDATE risk_ledger SET counting = NULL, {said} WHERE {which}")).await,
        1
    );
}

on_both! {
    async fn the_picture_of_the_examples_names_disabled_people_where_a_reader_would(database) {
        let world = World::new(database).await;
        let cases = world.home.social_care().await;
        for id in cases.values() {
            world.home.go(Role::Author, *id, "send").await.unwrap();
        }
        let query = "{ aggregatedRisk { concentrations(first: 100) { nodes { group { code } areas { code } cases { nodes { id } } } }
            concurrency(group: \"disability\") { atLeast lsoas areas { code } } } }";
        let told = world.stage.read(&world.governance, query, json!({})).await["aggregatedRisk"].clone();
        let piles = told["concentrations"]["nodes"].as_array().unwrap();
        // Autistic people, people with a learning disability, and people with a mental health condition: three cases, none of
        // which has two others on its own part.
        let of = |group: &str| piles.iter().filter(|one| one["group"]["code"] == group).collect::<Vec<_>>();
        let in_breckland = |one: &&&Value| one["areas"] == json!([{ "code": BRECKLAND }]);
        let disability = of("disability");
        let disabled = disability.iter().find(in_breckland).unwrap_or_else(|| panic!("{piles:#?}"));
        let there: BTreeSet<String> = disabled["cases"]["nodes"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        let wanted = ["teasel-lodge", "home-outreach", "floating-support"].map(|key| cases[key].global());
        assert_eq!(there, BTreeSet::from(wanted));
        // Elsewhere all three are on one part; but they touch more disabled people than those, and men besides women.
        assert_eq!((disability.len(), of("disability.learning_disability").len(), of("disability.mental_health").len()), (3, 1, 1), "{piles:#?}");
        assert_eq!((of("sex").len(), of("sex.female").len()), (3, 3), "{piles:#?}");
        // Where all that they do is to one part, that alone is told: in King's Lynn no age but old age.
        let in_lynn = |group: &str| of(group).iter().filter(|one| one["areas"] == json!([{ "code": "E07000146" }])).count();
        assert_eq!((in_lynn("age"), in_lynn("age.older_people")), (0, 1), "{piles:#?}");
        let levels: Vec<&Value> = told["concurrency"].as_array().unwrap().iter().map(|one| &one["atLeast"]).collect();
        assert_eq!(levels, [1, 2, 3]);

        let told = severe(&world, &world.governance, json!({}), "disability").await;
        assert_eq!((&told["assessments"], &told["unreadable"]), (&json!(5), &json!(0)), "{told:#}");
        assert_eq!(told["byLikelihood"], json!([{ "likelihood": 5, "assessments": 4 }, { "likelihood": 4, "assessments": 1 }]));
        assert!(told["inWords"].as_str().unwrap().starts_with("Of five live proposals with an adverse impact on “Disability”"), "{told}");
        // The same by whatever else the picture is narrowed to, as the table that leaves has it.
        let breckland = severe(&world, &world.governance, json!({ "areas": [BRECKLAND] }), "disability").await;
        assert_eq!(breckland["assessments"], 2, "{breckland:#}");
        let export = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { export(format: JSON, tables: [SEVERE]) { text } } }";
        for filter in [json!({}), json!({ "areas": [BRECKLAND] }), json!({ "groups": ["disability", "core20"] })] {
            let told = severe(&world, &world.governance, filter.clone(), "disability").await;
            let left = world.stage.read(&world.governance, export, json!({ "filter": filter })).await;
            let left: Value = serde_json::from_str(left["aggregatedRisk"]["export"][0]["text"].as_str().unwrap()).unwrap();
            let rows = left["tables"][0]["rows"].as_array().unwrap().iter().filter(|row| row["group"] == "disability");
            let rows: Vec<Value> = rows.map(|row| json!({ "likelihood": row["likelihood"], "assessments": row["assessments"] })).collect();
            assert_eq!(json!(rows), told["byLikelihood"], "{filter}");
        }
        let autism = json!({ "groups": ["disability.autism"] });
        let told = severe(&world, &world.governance, autism.clone(), "disability").await;
        assert_eq!(told["assessments"], 0, "only what is on autistic people is looked at: {told:#}");
        let parts = by_group(&world, &world.governance, json!({ "groups": ["disability"] })).await;
        assert_eq!((parts.len(), parts[0].0.as_str(), parts[0].1.len()), (1, "disability", 6));
    }

    async fn rows_of_earlier_versions_are_put_right_once_migrated(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(3), world.stage.moment);
        for _ in 0..2 {
            let id = world.begin(true, &mut dice, moment).await;
            write(&world.home, id, "other.rural", json!({ "groups": ["disability.autism", "other.rural"] })).await;
            world.home.go(Role::Author, id, "send").await.unwrap();
        }
        fold(&world).await;
        let today = json!({ "asAt": moment.today });
        let pictures = async || {
            [by_group(&world, &world.governance, json!({})).await, by_group(&world, &world.governance, today.clone()).await]
        };
        let (sound, right) = (pictures().await, rows(database, &world.cases).await);
        assert!(right.iter().any(|row| row.to.is_some()), "some are of the past");
        for (place, row) in right.iter().enumerate() {
            as_before(database, row, place % 2 == 0).await;
        }
        database.tamper("UPDATE risk_rollup_state SET edition = '2 of old'").await;
        database.tamper("DELETE FROM risk_rollup WHERE group_code IN ('age', 'disability', 'sex')").await;
        let before = pictures().await;
        assert!(before.iter().flatten().all(|(group, _)| group != "disability"), "{before:?}");
        database.store.migrate().await.unwrap();
        assert_eq!(rows(database, &world.cases).await, right);
        for _ in 0..2 {
            assert_eq!(pictures().await, sound);
            fold(&world).await;
        }
        assert_eq!(world.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
        // A process of an earlier version that still runs writes one more, which is in the roll-up by then.
        as_before(database, right.last().unwrap(), true).await;
        let found = world.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences;
        assert!(found.iter().any(|one| one.reason.contains("is not what follows from the case")), "{found:?}");
        database.store.migrate().await.unwrap();
        for _ in 0..2 {
            assert_eq!(pictures().await, sound);
            fold(&world).await;
        }
        assert_eq!(world.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
    }

    async fn what_a_group_of_its_own_lies_within_is_for_the_organisation_to_say(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(3), world.stage.moment);
        world.home.set(own(None)).await.unwrap();
        let id = world.begin(true, &mut dice, moment).await;
        write(&world.home, id, "other.rural", json!({ "groups": ["trawlers"] })).await;
        world.home.go(Role::Author, id, "send").await.unwrap();
        let counted = async || {
            let parts = by_group(&world, &world.governance, json!({})).await;
            parts.into_iter().map(|(group, _)| group).filter(|group| ["trawlers", "other.coastal", "age"].contains(&group.as_str())).collect::<Vec<_>>()
        };
        fold(&world).await;
        for (parent, wanted) in [(Some("other.coastal"), "other.coastal"), (None, ""), (Some("other.coastal"), "other.coastal")] {
            world.home.set(own(parent)).await.unwrap();
            for folded in [false, true] {
                let mut told = counted().await;
                told.sort();
                let mut expected = vec!["age", wanted, "trawlers"];
                expected.retain(|group| !group.is_empty());
                assert_eq!(told, expected, "{parent:?} {folded}");
                fold(&world).await;
            }
            // Rows of the past stand by the groups of then.
            assert_eq!(world.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);
        }
    }

    async fn a_case_that_was_shared_counts_for_what_its_own_organisations_groups_lie_within(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(3), world.stage.moment);
        world.partner.set(own(Some("other.coastal"))).await.unwrap();
        // The same code is something else at home.
        world.home.set(own(Some("other.staff"))).await.unwrap();
        let id = world.begin(false, &mut dice, moment).await;
        write(&world.partner, id, "other.unpaid_carers", json!({ "groups": ["trawlers"] })).await;
        world.partner.go(Role::Author, id, "send").await.unwrap();
        world.partner.app.share(world.partner.who(Role::Author), id, HOME, ShareLevel::Read, None, moment).await.unwrap();
        let governance = &world.governance;
        assert_eq!(severe(&world, governance, json!({}), "other.coastal").await["assessments"], 1);
        assert_eq!(severe(&world, governance, json!({ "groups": ["other.coastal"] }), "trawlers").await["assessments"], 1);
        let parts = by_group(&world, governance, json!({ "groups": ["other.coastal"] })).await;
        assert_eq!(parts, [("other.coastal".to_owned(), vec![id.global()])]);
        // The table of edges has it under the same filter.
        let edges = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { interdependencies { nodes { reference } } } }";
        for (group, there) in [("other.coastal", true), ("sexual_orientation.bisexual", false)] {
            let told = world.stage.read(governance, edges, json!({ "filter": { "groups": [group] } })).await;
            let nodes = told["aggregatedRisk"]["interdependencies"]["nodes"].as_array().unwrap().len();
            assert_eq!(nodes > 0, there, "{group}: {told:#}");
        }
    }

    async fn what_may_not_be_read_is_said_to_be_missing_and_leaves_no_bounds(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(11), world.stage.moment);
        let theirs = world.begin(false, &mut dice, moment).await;
        let chance = json!({ "event": "Somebody gives up caring because of it", "months": 12, "low": 100, "high": 300 });
        write(&world.partner, theirs, "other.unpaid_carers", json!({ "chance": chance })).await;
        world.partner.go(Role::Author, theirs, "send").await.unwrap();
        let id = world.begin(true, &mut dice, moment).await;
        world.home.go(Role::Author, id, "send").await.unwrap();
        // Whoever holds a role at home without overseeing it may not read what is under review, shared or not.
        let roles = [(world.stage.home, Role::Reviewer), (world.stage.partner, Role::Governance)];
        let torn = world.stage.player("torn", &roles).await;
        let ask = async |filter: Value, group: &str| severe(&world, &torn, filter, group).await;
        let alone = ask(json!({}), "other.unpaid_carers").await;
        assert_eq!((&alone["assessments"], &alone["unreadable"], &alone["bounds"]["lower"]), (&json!(1), &json!(0), &json!(0.1)), "{alone:#}");
        world.stage.app.share(world.home.who(Role::Author), id, PARTNER, ShareLevel::Read, None, moment).await.unwrap();
        let told = ask(json!({}), "other.unpaid_carers").await;
        assert_eq!((&told["assessments"], &told["unreadable"], &told["bounds"]), (&json!(1), &json!(1), &Value::Null), "{told:#}");
        assert!(told["inWords"].as_str().unwrap().contains("One more has such an impact"), "{told:#}");
        // By what it contributes: on a part of the group, in a place that is asked for; not what it rates less severe.
        let elsewhere = json!({ "areas": ["E07000026"] });
        for (filter, group, unreadable) in [
            (json!({}), "disability", 1),
            (json!({}), "age", 0),
            (elsewhere, "disability", 0),
            (json!({ "groups": ["age"] }), "disability", 0),
        ] {
            assert_eq!(ask(filter.clone(), group).await["unreadable"], unreadable, "{filter} {group}");
        }
    }

    async fn of_a_past_nothing_is_told_that_is_known_of_today_alone(database) {
        let mut world = World::new(database).await;
        let (mut dice, moment) = (Dice(11), world.stage.moment);
        let id = world.begin(true, &mut dice, moment).await;
        world.home.go(Role::Author, id, "send").await.unwrap();
        let past = json!({ "filter": { "asAt": moment.today } });
        for field in ["severeImpacts(group: \"disability\") { assessments }", "interdependencies { truncated }"] {
            let query = format!("query($filter: RiskFilter) {{ aggregatedRisk(filter: $filter) {{ {field} }} }}");
            let answer = world.stage.ask(&world.governance, &query, past.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{answer}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().ends_with("as things stand today: ask without `asAt`."), "{answer}");
            world.stage.read(&world.governance, &query, json!({})).await;
        }
        // What leaves counts severe impacts as known then, and says what is of today.
        let export = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { export(format: JSON) { text } } }";
        let told = world.stage.read(&world.governance, export, past).await;
        let told: Value = serde_json::from_str(told["aggregatedRisk"]["export"][0]["text"].as_str().unwrap()).unwrap();
        let rows = |key: &str| told["tables"].as_array().unwrap().iter().find(|one| one["key"] == key).unwrap()["rows"].as_array().unwrap().len();
        assert!(rows("severe") > 0 && rows("interdependencies") > 0);
        assert!(told["heading"].to_string().contains("what depends on what, the register"), "{}", told["heading"]);
    }
}
