//! What partners propose to do to the same people, without an assessment here. All synthetic.

use ehia::domain::{impact::Direction, permission::Role, risk::Filter, settings::Settings};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{HOME, Player, Stage},
};

const RECORD: &str = "mutation($input: PartnerProposalInput!) { recordPartnerProposal(input: $input) { proposal {
    id version title partner { name organisation } contact groups { code name } direction footprint { code } from to source
    confidence agreed agreedOn withdrawn recordedBy { name } organisation { odsCode } } errors { code message path } } }";
const LIST: &str =
    "query($after: String) { partnerProposals(organisation: \"T6Y0W\", first: 1, after: $after) { totalCount
    pageInfo { hasNextPage endCursor } nodes { id title contact } } }";

fn proposal(change: Value) -> Value {
    let mut whole = json!({
        "partner": { "name": "P. Artner", "organisation": "Synthetic county council", "email": "partner@example.org" },
        "title": "Fewer library hours", "groups": ["age.older_people", "disability"], "direction": "NEGATIVE",
        "footprint": ["e07000145"], "from": "2027-04-01", "to": "2027-09-30", "source": "Forward plan, item 12",
        "confidence": "CONSULTED_ON",
    });
    for (name, value) in change.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

async fn record(stage: &Stage, who: &Player, input: Value) -> Result<Value, String> {
    let answer = stage.ask(who, RECORD, json!({ "input": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"]["recordPartnerProposal"].clone()),
    }
}

/// Codes and paths of what is wrong.
fn wrong(payload: &Value) -> Vec<String> {
    let errors = payload["errors"].as_array().unwrap().iter();
    let told = errors.map(|one| {
        let path =
            one["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect::<Vec<_>>();
        format!("{} {}", one["code"].as_str().unwrap(), path.join("/"))
    });
    told.collect()
}

on_both! {
    async fn what_a_partner_proposes_is_recorded_listed_changed_and_dropped(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let keeper = stage.at_home("keeper", Role::Governance).await;
        let auditor = stage.at_home("auditor", Role::Auditor).await;
        let author = stage.at_home("author", Role::Author).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Governance)]).await;
        let first = record(&stage, &keeper, proposal(json!({ "idempotencyKey": "one" }))).await.unwrap();
        assert_eq!(first["errors"], json!([]));
        let kept = &first["proposal"];
        assert_eq!(kept["partner"], json!({ "name": "P. Artner", "organisation": "Synthetic county council" }));
        assert_eq!((&kept["contact"], &kept["footprint"][0]["code"]), (&json!("partner@example.org"), &json!("E07000145")));
        assert_eq!((&kept["agreed"], &kept["organisation"]["odsCode"], &kept["version"]), (&json!(false), &json!(HOME), &json!(1)));
        let replay = record(&stage, &keeper, proposal(json!({ "idempotencyKey": "one" }))).await.unwrap();
        assert_eq!(replay["proposal"]["id"], kept["id"]);
        for who in [&auditor, &author] {
            assert_eq!(record(&stage, who, proposal(json!({}))).await.unwrap_err(), "FORBIDDEN");
        }
        let elsewhere = proposal(json!({ "organisation": HOME }));
        assert_eq!(record(&stage, &theirs, elsewhere).await.unwrap_err(), "FORBIDDEN");
        assert_eq!(record(&stage, &theirs, proposal(json!({ "id": kept["id"], "expectedVersion": 1 }))).await.unwrap_err(), "NOT_FOUND");

        // What is missing or not known is said, each where it is.
        let bad = proposal(json!({ "source": "", "groups": ["nobody"], "footprint": ["Eastbourne"], "to": "2027-01-01", "partner": {} }));
        let told = record(&stage, &keeper, bad).await.unwrap();
        let expected = ["REQUIRED partner", "REQUIRED source", "NOT_FOUND groups/0", "INVALID footprint/0", "INVALID to"];
        assert_eq!(wrong(&told), expected, "{told:#}");

        // Changed by whoever knows how it stands; an address that is not typed again stays.
        let change = |version: Value| proposal(json!({
            "id": kept["id"], "expectedVersion": version, "title": "Fewer library hours on Mondays", "agreedOn": "2026-01-15",
            "partner": { "name": "P. Artner", "organisation": "Synthetic county council" },
        }));
        let told = record(&stage, &keeper, change(Value::Null)).await.unwrap();
        assert_eq!(wrong(&told), ["REQUIRED expectedVersion"]);
        let changed = record(&stage, &keeper, change(json!(1))).await.unwrap();
        assert_eq!((&changed["proposal"]["version"], &changed["proposal"]["agreed"]), (&json!(2), &json!(true)), "{changed:#}");
        assert_eq!(changed["proposal"]["contact"], "partner@example.org");
        let late = record(&stage, &keeper, change(json!(1))).await.unwrap();
        assert_eq!((wrong(&late), &late["proposal"]["version"]), (vec!["CONFLICT ".to_owned()], &json!(2)));

        // Listed to those who oversee; the address to those who keep it.
        record(&stage, &keeper, proposal(json!({ "title": "Bus cuts" }))).await.unwrap();
        let page = stage.read(&auditor, LIST, json!({})).await["partnerProposals"].clone();
        assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(2), &json!(true)));
        assert_eq!((&page["nodes"][0]["id"], &page["nodes"][0]["contact"]), (&kept["id"], &Value::Null));
        let next = stage.read(&auditor, LIST, json!({ "after": page["pageInfo"]["endCursor"] })).await;
        assert_eq!(next["partnerProposals"]["nodes"][0]["title"], "Bus cuts");
        for who in [&author, &theirs] {
            assert_eq!(stage.ask(who, LIST, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        }
        let node = "query($id: ID!) { node(id: $id) { ... on PartnerProposal { title } } }";
        assert_eq!(stage.read(&theirs, node, json!({ "id": kept["id"] })).await["node"], Value::Null);
        assert_eq!(stage.read(&auditor, node, json!({ "id": kept["id"] })).await["node"]["title"], "Fewer library hours on Mondays");

        // What counts: on that day, and not dropped.
        let count = async |day: Option<&str>| {
            let live = database.store.read().partner_proposals_of(&[stage.home], day.map(|day| day.parse().unwrap())).await.unwrap();
            assert!(live.iter().all(|one| one.direction == Direction::Negative));
            live.len()
        };
        assert_eq!((count(None).await, count(Some("2027-03-31")).await, count(Some("2027-09-30")).await), (2, 0, 2));
        let mut dropped = change(json!(2));
        dropped["withdrawn"] = json!(true);
        record(&stage, &keeper, dropped).await.unwrap();
        assert_eq!(count(None).await, 1);

        // Beside a picture stand those of its groups, places and day.
        let beside = async |filter: Filter| {
            let picture = stage.app.picture(&auditor.actor, filter, stage.moment).await.unwrap();
            stage.app.partners_in(&picture).await.unwrap().into_iter().map(|one| one.title).collect::<Vec<_>>()
        };
        let of = |change: fn(&mut Filter)| {
            let mut filter = Filter::default();
            change(&mut filter);
            filter
        };
        assert_eq!(beside(Filter::default()).await, ["Bus cuts"]);
        assert_eq!(beside(of(|one| one.groups = vec!["disability".into()])).await, ["Bus cuts"]);
        assert_eq!(beside(of(|one| one.groups = vec!["race".into()])).await, [""; 0]);
        assert_eq!(beside(of(|one| one.areas = vec!["E07000145".into()])).await, ["Bus cuts"]);
        assert_eq!(beside(of(|one| one.areas = vec!["E07000146".into()])).await, [""; 0]);
        assert_eq!(beside(of(|one| one.live_on = "2027-03-31".parse().ok())).await, [""; 0]);
        assert_eq!(beside(of(|one| one.programmes = vec!["Any".into()])).await, [""; 0]);
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }
}
