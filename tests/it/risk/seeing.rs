//! Who sees which cases in the picture, and what is told to those who may not read one.

use ehia::domain::{
    case::ShareLevel,
    id::{AssessmentId, Identifier as _},
    permission::Role,
    settings::Settings,
};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};

use super::{
    Dice, World,
    recount::{Asked, CASE, picture, recount, recount_rounding},
};
use crate::support::{
    database::TestDatabase,
    on_both,
    program::ehia,
    stage::{HOME, PARTNER, Stage},
};

const SHORT: &str = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { assessments drafts notShown
    exposures(first: 100) { totalCount } concentrations { totalCount } concurrency(group: \"disability\") { lsoas } } }";

const SIX: [&str; 6] = [
    include_str!("../../../examples/01-marram-house.json"),
    include_str!("../../../examples/02-teasel-lodge.json"),
    include_str!("../../../examples/03-heron-centre.json"),
    include_str!("../../../examples/04-home-outreach.json"),
    include_str!("../../../examples/05-floating-support.json"),
    include_str!("../../../examples/06-samphire-court.json"),
];

on_both! {
    async fn only_those_who_oversee_an_organisation_have_a_picture(database) {
        let stage = Stage::new(database, Settings::default()).await;
        for role in Role::ALL {
            let who = stage.at_home(role.as_str(), *role).await;
            let answer = stage.ask(&who, SHORT, json!({})).await;
            let code = answer["errors"][0]["extensions"]["code"].as_str();
            let none = matches!(role, Role::Author | Role::Sro | Role::Reviewer);
            assert_eq!(code, none.then_some("FORBIDDEN"), "{role}: {answer}");
            if none {
                let told = answer["errors"][0]["message"].as_str().unwrap();
                assert!(told.starts_with("Aggregated risk is for those who oversee"), "{told}");
            }
        }
    }

    async fn what_matches_nothing_is_an_empty_picture_and_what_is_wrong_is_told(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let who = stage.at_home("governance", Role::Governance).await;
        let author = stage.at_home("author", Role::Author).await;
        stage.case(&author).await;
        let ask = async |filter: Value| stage.ask(&who, SHORT, json!({ "filter": filter })).await;
        let empty = json!({ "assessments": 0, "drafts": 0, "notShown": 0, "exposures": { "totalCount": 0 },
            "concentrations": { "totalCount": 0 }, "concurrency": [] });
        for filter in [
            json!({ "serviceLines": ["Nobody's"] }),
            json!({ "standings": [], "programmes": ["None"] }),
            json!({ "organisations": [PARTNER] }),
            json!({ "liveOn": "1990-01-01" }),
            json!({ "asAt": "1990-01-01" }),
            json!({ "groups": ["sexual_orientation"], "areas": ["E07000026"] }),
        ] {
            assert_eq!(ask(filter.clone()).await["data"]["aggregatedRisk"], empty, "{filter}");
        }
        for (filter, told) in [
            (json!({ "asAt": "2999-01-01" }), "is not known yet"),
            (json!({ "groups": ["nobody"] }), "no group `nobody`"),
            (json!({ "areas": ["Norwich"] }), "`Norwich` is no code"),
            (json!({ "organisations": ["XXX"] }), "no organisation `XXX`"),
        ] {
            let answer = ask(filter.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{filter}: {answer}");
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains(told), "{filter}: {answer}");
        }
        let few = "{ aggregatedRisk { concentrations(minAssessments: 1) { totalCount } } }";
        assert_eq!(stage.ask(&who, few, json!({})).await["errors"][0]["extensions"]["code"], "BAD_REQUEST");
    }

    async fn what_somebody_on_the_panel_has_not_declared_for_is_counted_and_not_shown(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(7);
        let moment = world.stage.moment;
        let home = [world.begin(true, &mut dice, moment).await, world.begin(true, &mut dice, moment).await];
        for id in home {
            world.home.go(Role::Author, id, "send").await.unwrap();
        }
        let lead = world.stage.at_home("lead", Role::EqualityLead).await;
        let told = async || world.stage.read(&lead, SHORT, json!({})).await["aggregatedRisk"].clone();
        assert_eq!((&told().await["assessments"], &told().await["notShown"]), (&json!(2), &json!(0)));
        let draft = ehia::app::PanelDraft {
            panel: None,
            members: vec![lead.person()],
            seats: vec![],
        };
        let secretary = world.home.who(Role::PanelSecretary);
        world.stage.app.assign_panel(secretary, home[0], draft, None, moment).await.unwrap();
        for folded in [false, true] {
            let seen = told().await;
            assert_eq!((&seen["assessments"], &seen["notShown"]), (&json!(1), &json!(1)), "{folded} {seen}");
            while world.stage.app.fold_risk().await.unwrap() > 0 {}
        }
        let whole = world.stage.read(&world.governance, SHORT, json!({})).await;
        assert_eq!(whole["aggregatedRisk"]["assessments"], 2);
    }

    async fn of_a_case_that_one_may_not_read_numbers_of_people_are_rounded(database) {
        let mut world = World::new(database).await;
        let mut dice = Dice(11);
        let moment = world.stage.moment;
        let id = world.begin(true, &mut dice, moment).await;
        world.home.go(Role::Author, id, "send").await.unwrap();
        let author = world.home.who(Role::Author);
        world.stage.app.share(author, id, PARTNER, ShareLevel::Read, None, moment).await.unwrap();
        // Whoever holds a role at home without overseeing it may not read what is under review, shared or not.
        let roles = [(world.stage.home, Role::Reviewer), (world.stage.partner, Role::Governance)];
        let torn = world.stage.player("torn", &roles).await;
        let told = world.stage.read(&world.governance, CASE, json!({ "id": id.global() })).await;
        let case = vec![told["assessment"].clone()];
        let asked = Asked { by: vec!["GROUP", "DISTRICT"], ..Asked::default() };
        let found = picture(&world.stage, &torn, &asked, None).await;
        let mut wanted = recount_rounding(&case, &asked, &|people| {
            if people < 10 { (0, 10) } else { ((people + 2) / 5 * 5, (people + 2) / 5 * 5) }
        });
        for part in wanted["exposures"].as_array_mut().unwrap() {
            part["cases"] = json!([]);
        }
        assert_eq!(found, wanted);
        let exact = recount(&case, &asked);
        assert_ne!(exact["exposures"], wanted["exposures"]);
        world.compare(&world.governance, &case, &asked, None, "those who may read it").await;
        world.compare(&world.beside, &case, &asked, None, "those with whom it was shared").await;
    }

    async fn the_six_social_care_examples_pile_up_where_a_reader_would_say(database) {
        let world = World::new(database).await;
        let author = world.home.who(Role::Author);
        for example in SIX {
            let document: Value = serde_json::from_str(example).unwrap();
            let taken = world.stage.app.import(author, "T6Y0W", document, None, world.stage.moment).await.unwrap();
            world.home.go(Role::Author, taken.changed.view.case.id, "send").await.unwrap();
        }
        let query = "{ aggregatedRisk { concentrations(first: 100) { totalCount nodes {
            group { code } assessments unreadable maximum { score band } reach { low } lsoas residents groupResidents widespread
            areas { code } serviceLines cases { totalCount nodes { title } } } }
            concurrency(group: \"core20\") { atLeast lsoas residents groupResidents areas { code } } } }";
        let told = world.stage.read(&world.governance, query, json!({})).await["aggregatedRisk"].clone();
        let found = told["concentrations"]["nodes"].as_array().unwrap();
        let piles: Vec<(&str, String)> = found
            .iter()
            .map(|one| {
                let areas = one["areas"].as_array().unwrap().iter().map(|area| area["code"].as_str().unwrap());
                (one["group"]["code"].as_str().unwrap(), areas.collect::<Vec<_>>().join(" "))
            })
            .collect();
        let (yarmouth, lynn, breckland) = ("E07000145", "E07000146", "E07000143");
        for (group, place) in [
            ("sex.female", yarmouth),
            ("sex.female", lynn),
            ("sex.female", breckland),
            ("disability.learning_disability", yarmouth),
            ("disability.mental_health", lynn),
            ("age.older_people", lynn),
            ("core20", yarmouth),
            ("core20", lynn),
            ("other.unpaid_carers", yarmouth),
            ("other.unpaid_carers", lynn),
            ("other.unpaid_carers", breckland),
            ("disability", breckland),
        ] {
            assert!(piles.contains(&(group, place.to_owned())), "{group} in {place}: {piles:?}");
        }
        assert!(!piles.iter().any(|(group, _)| *group == "religion_belief"), "two of them, and apart: {piles:?}");
        // The gravest first: women, whom losing housing support touches worst; before them all who are touched with them.
        let first: Vec<&str> = piles.iter().take(6).map(|(group, _)| *group).collect();
        assert_eq!(first, ["sex", "sex", "sex", "sex.female", "sex.female", "sex.female"], "{piles:?}");
        for one in found {
            assert_eq!((&one["assessments"], &one["cases"]["totalCount"]), (&json!(3), &json!(3)), "{one}");
            assert_eq!((&one["widespread"], &one["unreadable"]), (&json!(false), &json!(0)));
        }
        // How many make one is a setting, and what the query says goes before.
        let mut settings = Settings { workflow: "two-person".into(), ..Settings::default() };
        settings.concentrations.least = 4;
        world.home.set(settings).await.unwrap();
        let counts = "{ aggregatedRisk { unsaid: concentrations { totalCount } concentrationsTruncated three: concentrations(minAssessments: 3) { totalCount } } }";
        let governance = world.stage.read(&world.governance, counts, json!({})).await["aggregatedRisk"].clone();
        assert_eq!((&governance["unsaid"]["totalCount"], &governance["three"]["totalCount"]), (&json!(0), &json!(found.len())));
        let core20 = &told["concurrency"];
        let people = |level: usize| core20[level]["residents"].as_i64().unwrap();
        assert!(people(0) > people(1) && people(1) > people(2) && people(2) > 0, "{core20}");
        let both = core20[2]["areas"].as_array().unwrap();
        assert_eq!(both.len(), 2, "Great Yarmouth, and King's Lynn and West Norfolk: {core20}");
        assert!(core20[2]["groupResidents"].as_i64().unwrap() < people(2));
    }
}

/// What is shared of a case, as often as that, written past the store: its row, what it contributes, and the share.
async fn share_copies(database: &TestDatabase, case: AssessmentId, times: usize) {
    let behind = database.behind().await;
    let copies = format!(
        "CREATE TEMP TABLE copy AS WITH RECURSIVE counted(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted WHERE number < {times})
         SELECT number, randomblob(16) AS case_id FROM counted"
    );
    behind.execute_unprepared(&copies).await.unwrap();
    let original = database.literal(&case.uuid().to_string());
    for (table, key) in
        [("assessment", "id"), ("risk_ledger", "assessment_id"), ("assessment_share", "assessment_id")]
    {
        let columns = format!("SELECT group_concat(name) FROM pragma_table_info('{table}')");
        let columns = Statement::from_string(behind.get_database_backend(), columns);
        let columns: String =
            behind.query_one_raw(columns).await.unwrap().unwrap().try_get_by_index(0).unwrap();
        let values: Vec<String> = columns
            .split(',')
            .map(|column| match column {
                column if column == key => "copy.case_id".to_owned(),
                "reference" => "own.reference || '-' || copy.number".to_owned(),
                // What nobody reads for a picture is not written so often.
                "working" | "process" => "X''".to_owned(),
                column => format!("own.{column}"),
            })
            .collect();
        let insert = format!(
            "INSERT INTO {table} ({columns}) SELECT {} FROM {table} own, copy WHERE own.{key} = {original}",
            values.join(", ")
        );
        behind.execute_unprepared(&insert).await.unwrap();
    }
    behind.close().await.unwrap();
}

/// More than a statement of SQLite can name.
const MANY: usize = 33_000;

#[tokio::test]
async fn however_many_cases_are_shared_there_is_a_picture() {
    let database = TestDatabase::sqlite().await;
    let mut world = World::new(&database).await;
    let mut dice = Dice(41);
    let moment = world.stage.moment;
    let id = world.begin(false, &mut dice, moment).await;
    world.partner.go(Role::Author, id, "send").await.unwrap();
    let author = world.partner.who(Role::Author);
    world.stage.app.share(author, id, HOME, ShareLevel::Read, None, moment).await.unwrap();
    share_copies(&database, id, MANY).await;
    let query =
        "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { assessments notShown pendingReactions
        exposures(by: [ORGANISATION]) { nodes { assessments unreadable } }
        severeImpacts(group: \"sexual_orientation\") { assessments } interdependencies { truncated }
        trend(months: 1) { recorded assessments } concentrations { totalCount } } }";
    let told = world.stage.ask(&world.governance, query, json!({})).await;
    // Where they pile up is not looked for among so many, which keeps nothing else of it back where it may be null.
    assert_eq!(told["errors"][0]["extensions"]["code"], "BAD_REQUEST", "{told}");
    assert!(told["errors"][0]["message"].as_str().unwrap().contains("33,001 cases"), "{told}");
    let query = query.replace("concentrations { totalCount }", "");
    for filter in [json!({}), json!({ "areas": ["E92000001"] }), json!({ "organisations": [PARTNER] })] {
        let told =
            world.stage.read(&world.governance, &query, json!({ "filter": filter })).await["aggregatedRisk"]
                .clone();
        assert_eq!((&told["assessments"], &told["notShown"]), (&json!(MANY + 1), &json!(0)), "{filter}");
        let part = &told["exposures"]["nodes"][0];
        assert_eq!((&part["assessments"], &part["unreadable"]), (&json!(MANY + 1), &json!(0)), "{filter}");
        assert_eq!(told["trend"], json!([{ "recorded": true, "assessments": MANY + 1 }]), "{filter}");
    }
    // The operator is told why that is left out, and all the rest.
    let folder = database.directory.path();
    let said = ehia(folder, &["risk", "show", "--json", "--database", &database.url]).await.done().json();
    assert_eq!((&said["total"]["assessments"], &said["concentrations"]), (&json!(MANY + 1), &Value::Null));
    let why = said["concentrationsLeftOut"].as_str().unwrap();
    assert!(why.contains("overlaps are looked for among at most 5,000"), "{why}");
}
