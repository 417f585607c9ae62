//! What would be: a supposition tells what comes about once it is carried out, writes nothing, and is kept, shared and compared.
//! All synthetic.

use std::collections::BTreeMap;

use ehia::{
    app::{AnswerNote, Edit},
    domain::{
        edit::List,
        id::{AssessmentId, Identifier as _},
        permission::Role,
        text::Path,
    },
};
use serde_json::{Value, json};

use super::World;
use crate::support::{on_both, stage::Player};

const FIGURES: &str = "fragment figures on AggregatedRisk { assessments drafts impacts { positive negative neutral unknown }
    initial: bands(basis: INITIAL) { ...band } current: bands { ...band } assured: bands(basis: ASSURED) { ...band }
    heatMaps(basis: ASSURED) { scale cells { likelihood consequence impacts assessments } }
    exposures(by: [GROUP], first: 100) { totalCount nodes { ...part } }
    concentrations(minAssessments: 2, first: 50) { totalCount nodes { ...pile } } }
    fragment part on Exposure { group { code } area { code } assessments openMitigations residents reach { low high }
        impacts { positive negative neutral unknown } bands { ...band } assured: bands(basis: ASSURED) { ...band }
        maximum { likelihood consequence band } cases(first: 50) { nodes { id } } }
    fragment pile on Concentration { group { code } assessments lsoas residents widespread maximum { band } reach { low high }
        cases(first: 50) { nodes { id } } }
    fragment band on BandCount { band impacts assessments }";
const ASK: &str = "query($proceed: [ID!], $stop: [ID!], $change: [SupposedChange!], $scenario: ID, $against: ID) {
    aggregatedRisk { whatIf(proceed: $proceed, stop: $stop, change: $change, scenario: $scenario, against: $against) {
    before { ...figures } after { ...figures } inWords exposuresChanged(by: [GROUP])
    exposures(by: [GROUP], first: 100) { group { code } area { code } before { ...part } after { ...part } }
    concentrations(minAssessments: 2) { group { code } before { ...pile } after { ...pile } }
    brokenReliances { interdependencyId from { reference } to { reference } holds premise }
    money { before { ...sum } after { ...sum } } moved { scenarioId moved assessment { reference } } } } }
    fragment sum on BundleSum { assessments saving spend unsaid }";
const KEEP: &str = "mutation($input: ScenarioInput!) { keepScenario(input: $input) { errors { code path message }
    scenario { id version name note shared withdrawn owner { name } cases { fate edits moved assessment { reference } } } } }";
const LIST: &str = "{ scenarios(organisation: \"T6Y0W\") { totalCount nodes { id name cases { moved } } } }";

async fn figures(world: &World, who: &Player) -> Value {
    let query = format!("{{ aggregatedRisk {{ ...figures }} }} {FIGURES}");
    world.stage.read(who, &query, json!({})).await["aggregatedRisk"].clone()
}

async fn what_if(world: &World, who: &Player, asked: Value) -> Value {
    let query = format!("{ASK} {FIGURES}");
    world.stage.read(who, &query, asked).await["aggregatedRisk"]["whatIf"].clone()
}

/// The message and code of a question that is refused.
async fn refused(world: &World, who: &Player, asked: Value) -> (String, String) {
    let answer = world.stage.ask(who, &format!("{ASK} {FIGURES}"), asked).await;
    let error = &answer["errors"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&error["extensions"]["code"]), text(&error["message"]))
}

async fn keep(world: &World, who: &Player, input: Value) -> Value {
    world.stage.ask(who, KEEP, json!({ "input": input })).await
}

/// The six examples: a home to close, its reliances, all sent and ready to be decided, but for one that was returned.
async fn ready(world: &World) -> BTreeMap<String, AssessmentId> {
    let cases = world.home.social_care().await;
    for (name, id) in &cases {
        world.home.go(Role::Author, *id, "send").await.unwrap();
        let next = if name == "teasel-lodge" { "suggest" } else { "recommend" };
        world.home.go(Role::EqualityLead, *id, next).await.unwrap();
    }
    cases
}

fn by_group(nodes: &Value) -> BTreeMap<String, Value> {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.map(|node| (node["group"]["code"].as_str().unwrap_or_default().to_owned(), node.clone())).collect()
}

on_both! {
    async fn what_would_be_comes_about_when_it_is_done_and_until_then_nothing_is_written(database) {
        let world = World::new(database).await;
        let cases = ready(&world).await;
        let (marram, teasel, samphire) = (cases["marram-house"], cases["teasel-lodge"], cases["samphire-court"]);
        let author = world.home.who(Role::Author);
        let view = world.stage.app.view(author, teasel).await.unwrap();
        let impact = view.case.content.impacts[0].id;
        let edit = json!({ "id": impact.global(), "direction": "UNKNOWN" });
        let change = json!([{ "assessmentId": teasel.global(),
            "edits": [{ "impact": edit }, { "proposal": { "footprint": ["E07000148"], "saving": "1000.00" } }] }]);
        let now = figures(&world, &world.governance).await;
        let rows = database.number("SELECT count(*) FROM event").await;
        let asked = json!({ "proceed": [marram.global(), samphire.global()], "stop": [cases["heron-centre"].global()], "change": change });
        let told = what_if(&world, &world.governance, asked).await;
        assert_eq!(told["before"], now);
        assert_eq!(figures(&world, &world.governance).await, now, "nothing was written");
        assert_eq!(database.number("SELECT count(*) FROM event").await, rows);
        assert_eq!(world.stage.app.verify_risk(&mut |_| {}).await.unwrap().differences, []);

        // The parts that are told to change are those that are not the same on both sides, and all of them.
        let (before, after) = (by_group(&told["before"]["exposures"]["nodes"]), by_group(&told["after"]["exposures"]["nodes"]));
        let mut wanted: Vec<&String> = before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).collect();
        wanted.sort();
        wanted.dedup();
        let changed = told["exposures"].as_array().unwrap();
        let mut found: Vec<String> = changed.iter().map(|one| one["group"]["code"].as_str().unwrap().to_owned()).collect();
        found.sort();
        assert_eq!(found.iter().collect::<Vec<_>>(), wanted);
        assert!(wanted.len() > 3);
        assert_eq!(told["exposuresChanged"], wanted.len());
        for one in changed {
            let group = one["group"]["code"].as_str().unwrap();
            assert_eq!(one["before"], before.get(group).cloned().unwrap_or_default(), "{group}");
            assert_eq!(one["after"], after.get(group).cloned().unwrap_or_default(), "{group}");
        }
        // So are the concentrations.
        let piles = |side: &str| told[side]["concentrations"]["nodes"].as_array().unwrap().clone();
        for (side, other) in [("before", "after"), ("after", "before")] {
            let gone = piles(side).into_iter().filter(|pile| !piles(other).contains(pile));
            let named: Vec<&Value> = told["concentrations"].as_array().unwrap().iter().map(|one| &one[side]).filter(|one| !one.is_null()).collect();
            let gone: Vec<Value> = gone.collect();
            assert_eq!(named.len(), gone.len(), "{side}");
            assert!(gone.iter().all(|pile| named.contains(&pile)), "{side}");
        }
        // The centre that is to close keeps another case's reliance from holding; what stops relies on nothing any more.
        let broken = told["brokenReliances"].as_array().unwrap();
        assert!(!broken.is_empty() && broken.iter().all(|edge| edge["holds"] == false), "{broken:#?}");
        let words = told["inWords"].as_str().unwrap();
        assert!(words.contains("The picture has five cases instead of six."), "{words}");
        assert!(words.contains("It would break") && words.contains("save \u{a3}"), "{words}");
        let money = &told["money"];
        assert_eq!((&money["before"]["assessments"], &money["after"]["assessments"]), (&json!(4), &json!(3)));
        assert_ne!(money["before"]["saving"], money["after"]["saving"]);

        // And it comes about.
        world.home.go(Role::DecisionMaker, marram, "adopt").await.unwrap();
        world.home.go(Role::DecisionMaker, samphire, "adopt").await.unwrap();
        world.home.go(Role::DecisionMaker, cases["heron-centre"], "refuse").await.unwrap();
        let version = world.stage.app.view(author, teasel).await.unwrap().case.version;
        let fields = |fields: Value| fields.as_object().unwrap().clone();
        let edits = vec![
            Edit::Element { list: List::Impacts, id: Some(impact.uuid()), fields: fields(json!({ "direction": "UNKNOWN" })) },
            Edit::Proposal(fields(json!({ "footprint": ["E07000148"], "saving": "1000.00" }))),
        ];
        world.stage.app.edit(author, teasel, version, edits, None, world.stage.moment).await.unwrap();
        let lease = chrono::TimeDelta::minutes(1);
        while world.stage.app.work_reactions("test", lease, 100, world.stage.moment).await.unwrap() > 0 {}
        let then = figures(&world, &world.governance).await;
        for (name, figure) in told["after"].as_object().unwrap() {
            assert_eq!(*figure, then[name], "{name}");
        }
        let done = AnswerNote { path: Path::of(["impacts"]), text: "Elsewhere now (synthetic).".into() };
        world.stage.app.answer_return(author, teasel, vec![done], None, world.stage.moment).await.unwrap();
    }

    async fn what_cannot_be_supposed_is_refused_and_says_why(database) {
        let world = World::new(database).await;
        let cases = ready(&world).await;
        let (marram, teasel) = (cases["marram-house"].global(), cases["teasel-lodge"].global());
        let elsewhere = world.partner.import().await;
        let change = |edit: Value| json!({ "change": [{ "assessmentId": teasel, "edits": [edit] }] });
        for (asked, why) in [
            (json!({}), "Name the cases"),
            (json!({ "proceed": [marram], "stop": [marram] }), "a case proceeds, stops or stays, once"),
            (json!({ "proceed": [elsewhere.global()] }), "There is no such case among those that you oversee"),
            (change(json!({ "title": "Another" })), "can be supposed otherwise"),
            (change(json!({ "sro": { "name": "Somebody (synthetic)" } })), "can be supposed otherwise"),
            (change(json!({ "proposal": { "footprint": ["E07009999"] } })), "E07009999"),
            (json!({ "scenario": "scenario:0190b9f0-0000-7000-8000-000000000000" }), ""),
        ] {
            let (code, message) = refused(&world, &world.governance, asked.clone()).await;
            assert!(["BAD_REQUEST", "NOT_FOUND"].contains(&code.as_str()), "{asked} {code} {message}");
            assert!(message.contains(why), "{asked} {message}");
        }
        let past = "query($id: ID!) { aggregatedRisk(filter: { asAt: \"2026-01-01\" }) { whatIf(proceed: [$id]) { inWords } } }";
        let answer = world.stage.ask(&world.governance, past, json!({ "id": marram })).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains("in the past"), "{answer}");
        for field in [
            "whatIf(proceed: [$id]) { inWords }", "trend(months: 1) { month }", "interdependencies { cycles }",
            "severeImpacts(group: \"disability\") { assessments }", "mitigationPromises { all { promised } }",
        ] {
            let query = format!("query($id: ID!) {{ aggregatedRisk {{ whatIf(proceed: [$id]) {{ after {{ {field} }} }} }} }}");
            let answer = world.stage.ask(&world.governance, &query, json!({ "id": marram })).await;
            assert!(answer["errors"][0]["message"].as_str().unwrap().contains("only supposed"), "{field} {answer}");
        }
    }

    async fn scenarios_are_kept_shared_compared_and_say_what_moved_on(database) {
        let world = World::new(database).await;
        let cases = ready(&world).await;
        let id = |name: &str| cases[name].global();
        let auditor = world.stage.at_home("auditor", Role::Auditor).await;
        let author = world.stage.at_home("writer", Role::Author).await;
        let lead = world.stage.at_home("lead", Role::EqualityLead).await;
        let governance = &world.governance;
        let one = keep(&world, governance, json!({ "organisation": "T6Y0W", "name": "Keep the centre", "note": "Option A",
            "proceed": [id("marram-house")], "stop": [id("samphire-court")],
            "change": [{ "assessmentId": id("teasel-lodge"), "edits": [{ "proposal": { "saving": "5.00" } }] }], "idempotencyKey": "one" })).await;
        let one = &one["data"]["keepScenario"];
        assert_eq!(one["errors"], json!([]), "{one:#}");
        let first = &one["scenario"];
        assert_eq!((&first["version"], &first["shared"], &first["withdrawn"]), (&json!(1), &json!(false), &json!(false)));
        let fates: Vec<&Value> = first["cases"].as_array().unwrap().iter().map(|case| &case["fate"]).collect();
        assert_eq!(fates, [&json!("PROCEED"), &json!("STOP"), &Value::Null]);

        // It is the keeper's own until it is shared; who does not oversee has none.
        assert_eq!(world.stage.read(&lead, LIST, json!({})).await["scenarios"]["totalCount"], 0);
        assert_eq!(refused(&world, &lead, json!({ "scenario": first["id"] })).await.0, "NOT_FOUND");
        for (who, code) in [(&author, "FORBIDDEN"), (&auditor, "FORBIDDEN"), (&world.beside, "FORBIDDEN")] {
            let input = json!({ "organisation": "T6Y0W", "name": "Mine", "proceed": [id("marram-house")] });
            assert_eq!(keep(&world, who, input).await["errors"][0]["extensions"]["code"], code);
        }
        assert_eq!(world.stage.ask(&author, LIST, json!({})).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let share = |version: u32| json!({ "id": first["id"], "expectedVersion": version, "name": "Keep the centre", "shared": true,
            "proceed": [id("marram-house")], "stop": [id("samphire-court")] });
        let told = keep(&world, governance, share(7)).await;
        assert_eq!(told["data"]["keepScenario"]["errors"][0]["code"], "CONFLICT", "{told:#}");
        assert_eq!(told["data"]["keepScenario"]["scenario"]["version"], 1);
        let told = keep(&world, governance, share(1)).await;
        assert_eq!(told["data"]["keepScenario"]["scenario"]["version"], 2, "{told:#}");
        assert_eq!(world.stage.read(&lead, LIST, json!({})).await["scenarios"]["totalCount"], 1);
        assert_eq!(world.stage.read(&auditor, LIST, json!({})).await["scenarios"]["totalCount"], 1);

        // It tells what its cases tell, and two of them stand side by side.
        let asked = json!({ "proceed": [id("marram-house")], "stop": [id("samphire-court")] });
        let named = what_if(&world, &lead, asked).await;
        let kept = what_if(&world, &lead, json!({ "scenario": first["id"] })).await;
        assert_eq!((&kept["after"], &kept["moved"]), (&named["after"], &json!([])));
        let input = json!({ "name": "Close it", "stop": [id("marram-house")], "proceed": [id("samphire-court")] });
        let other = keep(&world, &lead, input).await["data"]["keepScenario"]["scenario"].clone();
        let both = what_if(&world, &lead, json!({ "scenario": other["id"], "against": first["id"] })).await;
        let apart = what_if(&world, &lead, json!({ "scenario": other["id"] })).await;
        assert_eq!((&both["before"], &both["after"]), (&kept["after"], &apart["after"]));
        assert_eq!((&both["money"]["before"]["assessments"], &both["money"]["after"]["assessments"]), (&json!(1), &json!(1)));
        assert_eq!(both["money"]["before"], kept["money"]["after"]);

        // What moved on meanwhile is named, and what is left is told all the same.
        world.home.go(Role::DecisionMaker, cases["samphire-court"], "adopt").await.unwrap();
        let later = what_if(&world, &lead, json!({ "scenario": first["id"] })).await;
        assert_eq!(later["moved"].as_array().unwrap().len(), 1, "{:#}", later["moved"]);
        assert_eq!(later["moved"][0]["moved"], json!(["STATE"]));
        assert_eq!(later["moved"][0]["scenarioId"], first["id"]);
        let listed = world.stage.read(&lead, LIST, json!({})).await["scenarios"]["nodes"].clone();
        assert!(listed.to_string().contains("STATE"), "{listed:#}");

        // Dropped, it is listed no more.
        let input = json!({ "id": first["id"], "expectedVersion": 2, "name": "Keep the centre", "shared": true, "withdrawn": true });
        let told = keep(&world, governance, input).await["data"]["keepScenario"].clone();
        assert_eq!((&told["scenario"]["withdrawn"], told["scenario"]["cases"].as_array().unwrap().len()), (&json!(true), 2), "{told:#}");
        assert_eq!(world.stage.read(governance, LIST, json!({})).await["scenarios"]["totalCount"], 0);
    }
}
