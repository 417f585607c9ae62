//! What partners propose stands beside the cases: where no case is, and only while cases are there.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ehia::{
    app::Picture,
    domain::{
        id::Identifier as _,
        permission::Role,
        risk::{ExposureDimension, Filter},
    },
};
use serde_json::{Value, json};

use super::World;
use crate::support::{on_both, program::ehia};

const RECORD: &str = "mutation($input: PartnerProposalInput!) { recordPartnerProposal(input: $input) { errors { code message } } }";
const BROADLAND: &str = "E07000144";
const YARMOUTH: &str = "E07000145";

async fn propose(world: &World, change: Value) {
    let mut whole = json!({
        "partner": { "name": "P. Artner", "organisation": "Synthetic county council" }, "title": "Day centres close", "groups": ["disability.autism"],
        "direction": "NEGATIVE", "footprint": [BROADLAND], "source": "Forward plan, item 12", "confidence": "DECIDED",
    });
    for (name, value) in change.as_object().unwrap() {
        whole[name] = value.clone();
    }
    let told = world.stage.read(&world.governance, RECORD, json!({ "input": whole })).await;
    assert_eq!(told["recordPartnerProposal"]["errors"], json!([]), "{told:#}");
}

async fn parts(world: &World, by: &[&str], filter: Value) -> Vec<Value> {
    let query = "query($by: [ExposureDimension!], $filter: RiskFilter) { aggregatedRisk(filter: $filter) { exposures(by: $by, first: 100) {
        totalCount nodes { group { code } area { code } quarter assessments partnerProposals residents maximum { score }
        cases(first: 5) { totalCount nodes { id } } } } } }";
    let told = world.stage.read(&world.governance, query, json!({ "by": by, "filter": filter })).await;
    let told = &told["aggregatedRisk"]["exposures"];
    let nodes = told["nodes"].as_array().unwrap().clone();
    assert_eq!(told["totalCount"], nodes.len());
    nodes
}

on_both! {
    async fn where_partners_alone_act_is_a_part_of_the_picture(database) {
        let world = World::new(database).await;
        propose(&world, json!({ "from": "2027-05-01" })).await;
        propose(&world, json!({ "groups": ["race"], "direction": "POSITIVE", "footprint": [YARMOUTH] })).await;
        let author = world.home.who(Role::Author);
        let document: Value = serde_json::from_str(include_str!("../../../examples/01-marram-house.json")).unwrap();
        let taken = world.stage.app.import(author, "T6Y0W", document, None, world.stage.moment).await.unwrap();
        world.home.go(Role::Author, taken.changed.view.case.id, "send").await.unwrap();
        for folded in [false, true] {
            let by = ["GROUP", "DISTRICT"];
            let told = parts(&world, &by, json!({})).await;
            let of = |group: &str, area: &str| {
                let found = told.iter().find(|one| one["group"]["code"] == group && one["area"]["code"] == area);
                found.map(|one| (one["assessments"].as_i64().unwrap(), one["partnerProposals"].as_i64().unwrap()))
            };
            // Nobody's case is in Broadland; what is on part of a group is on the group.
            assert_eq!((of("disability.autism", BROADLAND), of("disability", BROADLAND)), (Some((0, 1)), Some((0, 1))), "{folded}");
            assert_eq!((of("disability", YARMOUTH), of("race", YARMOUTH)), (Some((1, 0)), Some((1, 1))), "{folded}");
            let alone: Vec<&Value> = told.iter().filter(|one| one["assessments"] == 0).collect();
            assert_eq!(alone.len(), 2, "{alone:#?}");
            for one in alone {
                assert_eq!((&one["maximum"], &one["residents"], &one["cases"]), (&Value::Null, &Value::Null, &json!({ "totalCount": 0, "nodes": [] })));
            }
            let quarters = parts(&world, &["QUARTER"], json!({})).await;
            let told: Vec<_> = quarters.iter().map(|one| (&one["quarter"], &one["assessments"], &one["partnerProposals"])).collect();
            let wanted = [(json!("2027/28 Q3"), 1, 0), (json!("2027/28 Q1"), 0, 1), (Value::Null, 0, 1)];
            for (quarter, assessments, partners) in &wanted {
                assert!(told.contains(&(quarter, &json!(assessments), &json!(partners))), "{told:?}");
            }
            assert_eq!(told.len(), 3);
            // Narrowed as the picture is; of service lines partners have none.
            let autism = parts(&world, &["GROUP"], json!({ "groups": ["disability"], "areas": [BROADLAND] })).await;
            assert_eq!((autism.len(), &autism[0]["group"]["code"], &autism[0]["partnerProposals"]), (1, &json!("disability"), &json!(1)));
            assert_eq!(parts(&world, &by, json!({ "serviceLines": ["Nobody's"] })).await, Vec::<Value>::new());
            while world.stage.app.fold_risk().await.unwrap() > 0 {}
        }
        let export = "{ aggregatedRisk { export(format: JSON, tables: [EXPOSURES], by: [GROUP, DISTRICT]) { text } } }";
        let told = world.stage.read(&world.governance, export, json!({})).await;
        let told: Value = serde_json::from_str(told["aggregatedRisk"]["export"][0]["text"].as_str().unwrap()).unwrap();
        let rows = told["tables"][0]["rows"].as_array().unwrap().iter();
        let alone: Vec<_> = rows.filter(|row| row["assessments"] == 0).map(|row| (&row["district"], &row["partnerProposals"])).collect();
        assert_eq!(alone, [(&json!(BROADLAND), &json!(1)); 2]);
        // Where no case would be left, nothing is left, whatever partners propose there.
        let stop = "query($stop: [ID!]) { aggregatedRisk { whatIf(stop: $stop) { exposures(by: [GROUP, DISTRICT], first: 100) {
            group { code } area { code } before { assessments partnerProposals } after { assessments } } } } }";
        let told = world.stage.read(&world.governance, stop, json!({ "stop": [taken.changed.view.case.id.global()] })).await;
        let changed = told["aggregatedRisk"]["whatIf"]["exposures"].as_array().unwrap();
        let race = changed.iter().find(|one| one["group"]["code"] == "race" && one["area"]["code"] == YARMOUTH);
        assert_eq!(race.unwrap()["before"], json!({ "assessments": 1, "partnerProposals": 1 }));
        assert!(changed.iter().all(|one| one["after"].is_null()), "{changed:#?}");
    }

    async fn the_operator_is_shown_what_partners_propose_in_every_part_and_beside_concentrations(database) {
        let world = World::new(database).await;
        for id in world.home.social_care().await.values() {
            world.home.go(Role::Author, *id, "send").await.unwrap();
        }
        propose(&world, json!({})).await;
        propose(&world, json!({ "groups": ["disability.learning_disability"], "footprint": [YARMOUTH] })).await;
        propose(&world, json!({ "groups": ["sexual_orientation.bisexual"], "footprint": [YARMOUTH] })).await;
        let folder = database.directory.path();
        let show = ["risk", "show", "--by", "group", "--database", database.url.as_str()];
        let told = ehia(folder, &[&show[..], &["--json"]].concat()).await.done().json();
        let part = |group: &str| {
            let one = told["exposures"].as_array().unwrap().iter().find(|one| one["key"]["GROUP"] == group);
            one.map(|one| (one["assessments"].as_i64().unwrap(), one["partnerProposals"].as_i64().unwrap()))
        };
        assert_eq!((part("disability.learning_disability"), part("disability")), (Some((4, 1)), Some((6, 2))), "{told:#}");
        assert_eq!((part("sexual_orientation.bisexual"), part("age")), (Some((0, 1)), Some((6, 0))));
        let piles = told["concentrations"].as_array().unwrap();
        let beside = |group: &str, area: &str| {
            let one = piles.iter().find(|one| one["group"] == group && one["areas"] == json!([area]));
            one.unwrap_or_else(|| panic!("{piles:#?}"))["partnerProposals"].clone()
        };
        assert_eq!(beside("disability.learning_disability", YARMOUTH), 1);
        assert_eq!(beside("core20", YARMOUTH), 0);
        let text = ehia(folder, &show).await.done().out;
        let row = text.lines().find(|line| line.starts_with("sexual_orientation.bisexual")).unwrap_or_else(|| panic!("{text}"));
        assert!(row.trim_end().ends_with('1'), "{text}");
        assert_eq!(text.matches("PARTNERS").count(), 2, "{text}");
    }

    async fn what_is_on_a_wider_group_is_told_of_that_one_beside_a_picture_of_part_of_it(database) {
        let world = World::new(database).await;
        for groups in [json!(["disability"]), json!(["disability.autism"]), json!(["disability.mental_health", "race"])] {
            propose(&world, json!({ "groups": groups })).await;
        }
        let autism = json!({ "groups": ["disability.autism"] });
        let told = parts(&world, &["GROUP"], autism.clone()).await;
        let mut told: Vec<_> = told.iter().map(|one| (one["group"]["code"].as_str().unwrap(), one["partnerProposals"].as_i64().unwrap())).collect();
        told.sort_unstable();
        assert_eq!(told, [("disability", 1), ("disability.autism", 1)], "each of its own group, and none of a part beside it");
        let told = parts(&world, &["DISTRICT"], autism.clone()).await;
        assert_eq!((told.len(), &told[0]["area"]["code"], &told[0]["partnerProposals"]), (1, &json!(BROADLAND), &json!(2)));
        let told = parts(&world, &["GROUP"], json!({ "groups": ["disability"] })).await;
        assert_eq!((told.len(), &told[0]["partnerProposals"]), (1, &json!(3)), "what is on a part is on the whole");
        assert_eq!(parts(&world, &["GROUP"], json!({ "groups": ["age.older_people"] })).await, Vec::<Value>::new());
        let export = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { export(format: JSON, tables: [PARTNERS]) { text } } }";
        let told = world.stage.read(&world.governance, export, json!({ "filter": autism })).await;
        let told: Value = serde_json::from_str(told["aggregatedRisk"]["export"][0]["text"].as_str().unwrap()).unwrap();
        let rows = told["tables"][0]["rows"].as_array().unwrap().iter();
        let rows: BTreeSet<&str> = rows.map(|row| row["groups"].as_str().unwrap()).collect();
        assert_eq!(rows.into_iter().collect::<Vec<_>>(), ["disability", "disability.autism"]);
        let show = ["risk", "show", "--by", "group", "--group", "disability.autism", "--json", "--database", database.url.as_str()];
        let told = ehia(database.directory.path(), &show).await.done().json();
        assert_eq!((&told["partnerProposals"], told["exposures"].as_array().unwrap().len()), (&json!(2), 2), "{told:#}");
    }

    async fn what_partners_propose_is_read_once_for_a_picture_and_whatever_is_supposed_of_it(database) {
        let world = World::new(database).await;
        let (app, moment) = (&world.stage.app, world.stage.moment);
        propose(&world, json!({})).await;
        let picture = app.picture(&world.governance.actor, Filter::default(), moment).await.unwrap();
        let supposed = picture.supposing(BTreeMap::new());
        let cut = async |picture: Picture| {
            let cut = app.cut(Arc::new(picture), &[ExposureDimension::Group]).await.unwrap();
            cut.parts.iter().map(|(key, part)| (key.group.clone(), part.partners)).collect::<Vec<_>>()
        };
        let first = cut(picture).await;
        assert_eq!(first.len(), 2, "{first:?}");
        assert_eq!(database.tamper("DELETE FROM partner_proposal").await, 1);
        assert_eq!(cut(supposed).await, first, "it is not read again");
    }

    async fn a_partners_proposal_is_beside_cases_only_while_they_touch_the_same_people(database) {
        let world = World::new(database).await;
        for id in world.home.social_care().await.values() {
            world.home.go(Role::Author, *id, "send").await.unwrap();
        }
        // The cases on people with a learning disability in Great Yarmouth are there at once from October 2027 on.
        let group = "disability.learning_disability";
        let counted = async |filter: Value| {
            let query = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { concentrations(first: 100) { nodes {
                group { code } areas { code } partnerProposals } } } }";
            let told = world.stage.read(&world.governance, query, json!({ "filter": filter })).await;
            let nodes = told["aggregatedRisk"]["concentrations"]["nodes"].as_array().unwrap().clone();
            let one = nodes.iter().find(|one| one["group"]["code"] == group && one["areas"] == json!([{ "code": YARMOUTH }]));
            one.unwrap_or_else(|| panic!("{nodes:#?}"))["partnerProposals"].as_i64().unwrap()
        };
        // The same in a picture of them alone.
        let beside = async || {
            let of_all = counted(json!({})).await;
            assert_eq!(counted(json!({ "groups": [group] })).await, of_all);
            of_all
        };
        assert_eq!(beside().await, 0);
        for (change, wanted) in [
            (json!({ "to": "2027-09-30" }), 0),
            (json!({ "to": "2027-10-01" }), 1),
            (json!({ "from": "2028-04-01" }), 2),
            (json!({}), 3),
            (json!({ "direction": "POSITIVE" }), 3),
            // Whoever closes what is for all disabled people closes it for them.
            (json!({ "groups": ["disability"] }), 4),
            (json!({ "groups": ["disability.autism"] }), 4),
            (json!({ "footprint": [BROADLAND] }), 4),
        ] {
            let mut whole = json!({ "groups": [group], "footprint": [YARMOUTH] });
            for (name, value) in change.as_object().unwrap() {
                whole[name] = value.clone();
            }
            propose(&world, whole).await;
            assert_eq!(beside().await, wanted, "{change}");
        }
    }
}
