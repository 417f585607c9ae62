//! The register of decisions: loaded, held against assessments, matched by people; by the API and on the command line. All
//! synthetic.

use std::fs;

use ehia::{
    app::RegisterFile,
    domain::{id::Identifier, page::Window, permission::Role, settings::Settings},
    store::{Error, Options, Store, Tx},
};
use serde_json::{Value, json};

use crate::support::{
    database::TestDatabase,
    on_both,
    people::{Body, app},
    program::{ehia, ehia_with},
    stage::{HOME, Player, Stage},
};

const LOAD: &str = "mutation($input: LoadRegisterInput!) { loadRegister(input: $input) {
    loaded { preview added changed resumed ended unchanged lines { line step key matched } }
    errors { code message path } } }";
const MATCH: &str = "mutation($input: MatchDecisionInput!) { matchDecision(input: $input) {
    decision { assessment { reference } matchedBy { name } } errors { code path } } }";
const COVERAGE: &str = "query($filter: RiskFilter) { aggregatedRisk(filter: $filter) { coverage {
    decisions assessed drafts decidedWithoutAssessment unassessed(first: 2) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id key title source kind body date serviceLine decided endedOn list organisation { odsCode } assessment { reference }
    proposedMatches { assessment { reference } reasons } } } } } }";

/// Two savings, one of them decided long ago, and a contract without a day.
const LIST: &str = "key,title,source,kind,date,service_line,decided\n\
    S-1,Close Marram House day service,Savings plan,SAVINGS,2031-01-28,,\n\
    S-2,Shorten walk-in hours,Savings plan,SAVINGS,2020-10-29,Urgent care,yes\n\
    C-1,Let a transport contract run out,Contracts,CONTRACT_EXPIRY,,,\n";

async fn load(stage: &Stage, who: &Player, csv: &str, more: Value) -> Result<Value, String> {
    let mut input = json!({ "organisation": HOME, "csv": csv });
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    let answer = stage.ask(who, LOAD, json!({ "input": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"]["loadRegister"].clone()),
    }
}

async fn coverage(stage: &Stage, who: &Player, filter: Value) -> Value {
    stage.read(who, COVERAGE, json!({ "filter": filter })).await["aggregatedRisk"]["coverage"].clone()
}

/// Decisions, those assessed, in draft, decided without, and unassessed.
fn figures(coverage: &Value) -> [u64; 5] {
    let number = |value: &Value| value.as_u64().unwrap();
    [
        number(&coverage["decisions"]),
        number(&coverage["assessed"]),
        number(&coverage["drafts"]),
        number(&coverage["decidedWithoutAssessment"]),
        number(&coverage["unassessed"]["totalCount"]),
    ]
}

on_both! {
    async fn what_is_decided_without_an_assessment_stands_above_the_picture(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let keeper = stage.at_home("keeper", Role::Governance).await;
        let auditor = stage.at_home("auditor", Role::Auditor).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Governance)]).await;

        // Looked at first: nothing is kept.
        let told = load(&stage, &keeper, LIST, json!({ "preview": true })).await.unwrap();
        assert_eq!((&told["loaded"]["preview"], &told["loaded"]["added"]), (&json!(true), &json!(3)));
        assert_eq!(told["loaded"]["lines"][1], json!({ "line": 3, "step": "ADDED", "key": "S-2", "matched": false }));
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [0; 5]);

        // Those who keep it load it, nobody else.
        for who in [&author, &auditor, &theirs] {
            assert_eq!(load(&stage, who, LIST, json!({})).await.unwrap_err(), "FORBIDDEN");
        }
        let told = load(&stage, &keeper, LIST, json!({ "idempotencyKey": "one" })).await.unwrap();
        assert_eq!(told["loaded"]["added"], 3, "{told:#}");
        let replay = load(&stage, &keeper, LIST, json!({ "idempotencyKey": "one" })).await.unwrap();
        assert_eq!(replay["loaded"]["added"], 3, "a replay tells the first outcome");
        let again = load(&stage, &keeper, LIST, json!({})).await.unwrap();
        assert_eq!((&again["loaded"]["added"], &again["loaded"]["unchanged"]), (&json!(0), &json!(3)));

        // Bad lines: all are told, and nothing is loaded.
        let bad = format!("{LIST}S-3,Another,Plan,CUTS,,,\nS-4,One more,Plan,,2031-02-30,,\n");
        let told = load(&stage, &keeper, &bad, json!({})).await.unwrap();
        let paths: Vec<_> = told["errors"].as_array().unwrap().iter().map(|one| one["path"].clone()).collect();
        assert_eq!(paths, [json!(["csv", "5", "kind"]), json!(["csv", "6", "date"])]);
        let unknown = "key,title,source,assessment\nS-1,Close,Plan,T6Y0W-2001-0001\n";
        let told = load(&stage, &keeper, unknown, json!({ "list": "other" })).await.unwrap();
        assert_eq!(told["errors"][0]["code"], "NOT_FOUND");
        assert_eq!(told["errors"][0]["path"], json!(["csv", "2", "assessment"]));

        let told = coverage(&stage, &auditor, json!({})).await;
        assert_eq!(figures(&told), [3, 0, 0, 1, 3], "{told:#}");
        let first = &told["unassessed"]["nodes"][0];
        assert_eq!((&first["key"], &first["decided"], &first["organisation"]["odsCode"]), (&json!("S-2"), &json!(true), &json!(HOME)));
        assert_eq!(told["unassessed"]["pageInfo"]["hasNextPage"], true);
        assert_eq!(figures(&coverage(&stage, &auditor, json!({ "serviceLines": ["Urgent care"] })).await), [1, 0, 0, 1, 1]);
        let of_others = coverage(&stage, &theirs, json!({})).await;
        assert_eq!(figures(&of_others), [0; 5], "another organisation's register is not theirs to read");

        // Its assessment is proposed, and somebody confirms it.
        let case = stage.case(&author).await;
        let saving = told["unassessed"]["nodes"][1].clone();
        assert_eq!(saving["key"], "S-1");
        let told = coverage(&stage, &keeper, json!({})).await;
        let proposed = &told["unassessed"]["nodes"][1]["proposedMatches"];
        assert_eq!(proposed.as_array().unwrap().len(), 1, "{told:#}");
        assert!(proposed[0]["reasons"][0].as_str().unwrap().contains("marram"), "{proposed}");
        let input = json!({ "decisionId": saving["id"], "assessmentId": case.global() });
        assert_eq!(stage.ask(&auditor, MATCH, json!({ "input": input })).await["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let matched = stage.read(&keeper, MATCH, json!({ "input": input })).await["matchDecision"].clone();
        assert_eq!(matched["decision"]["assessment"]["reference"], proposed[0]["assessment"]["reference"], "{matched:#}");
        assert_eq!(matched["decision"]["matchedBy"]["name"], "keeper");
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [3, 0, 1, 1, 2], "it is a draft");
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [3, 1, 0, 1, 2]);
        assert_eq!(load(&stage, &keeper, LIST, json!({})).await.unwrap()["loaded"]["unchanged"], 3, "and stands");

        // Withdrawn before anybody decided, it assesses nothing.
        let withdraw = json!({ "transition": "withdraw", "expectedRevision": 1, "comment": "Not needed." });
        stage.done(&author, "transitionAssessment", case, withdraw).await;
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [3, 0, 0, 1, 3]);
        let none = json!({ "decisionId": saving["id"] });
        let matched = stage.read(&keeper, MATCH, json!({ "input": none })).await["matchDecision"].clone();
        assert_eq!(matched["decision"]["assessment"], Value::Null, "{matched:#}");

        // What the list no longer has is kept and marked; another list ends nothing of it.
        let other = "key,title,source\nF-1,Choose a provider,Forward plan\n";
        load(&stage, &keeper, other, json!({ "list": "forward plan" })).await.unwrap();
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [4, 0, 0, 1, 4]);
        let fewer: Vec<&str> = LIST.lines().take(2).collect();
        let fewer = fewer.join("\n");
        let told = load(&stage, &keeper, &fewer, json!({})).await.unwrap();
        assert_eq!((&told["loaded"]["ended"], &told["loaded"]["unchanged"]), (&json!(2), &json!(1)));
        assert_eq!(figures(&coverage(&stage, &auditor, json!({})).await), [2, 0, 0, 0, 2]);
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| {}).await.unwrap().faults, []);
    }

    async fn what_was_sent_on_stays_assessed_when_it_goes_back_and_when_it_ends_after_a_decision(database) {
        let body = Body::new(&app(database), HOME).await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let (kept, withdrawn) = (body.import().await, body.import().await);
        let auditor = body.who(Role::Auditor);
        let mut list = "key,title,source,date,decided,assessment\n".to_owned();
        for id in [kept, withdrawn] {
            let reference = body.app.view(auditor, id).await.unwrap().case.reference.clone();
            list.extend([&reference, ",Close,Plan,2020-01-01,yes,", &reference, "\n"]);
        }
        let keeper = body.who(Role::Governance);
        let file = RegisterFile { organisation: HOME.into(), list: None, csv: list.into_bytes(), preview: false };
        body.app.load_register(keeper, file, None, body.moment).await.unwrap();
        // Assessed, in draft, decided without.
        let figures = async || {
            let told = body.app.coverage(keeper, &[], &[], body.moment).await.unwrap();
            [told.assessed, told.drafts, told.decided_without_assessment]
        };
        assert_eq!(figures().await, [0, 2, 2]);
        for id in [kept, withdrawn] {
            body.go(Role::Author, id, "send").await.unwrap();
        }
        assert_eq!(figures().await, [2, 0, 0]);
        body.go(Role::EqualityLead, withdrawn, "suggest").await.unwrap();
        assert_eq!(figures().await, [2, 0, 0], "it was returned");
        body.go(Role::Author, withdrawn, "retire").await.unwrap();
        assert_eq!(figures().await, [1, 0, 1], "it was given up before anybody decided");
        body.go(Role::EqualityLead, kept, "recommend").await.unwrap();
        body.go(Role::DecisionMaker, kept, "refuse").await.unwrap();
        body.go(Role::Governance, kept, "reopen").await.unwrap();
        assert_eq!(figures().await, [1, 0, 1], "it was reopened");
        body.go(Role::Author, kept, "retire").await.unwrap();
        assert_eq!(figures().await, [1, 0, 1], "it was decided before it ended");
    }

    async fn a_list_names_assessments_of_its_own_organisation_and_of_what_is_shared_with_it(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let author = stage.at_home("author", Role::Author).await;
        let keeper = stage.at_home("keeper", Role::EqualityLead).await;
        let theirs = stage.player("theirs", &[(stage.partner, Role::Author)]).await;
        let own = stage.case(&author).await;
        let document = serde_json::from_str(include_str!("../../examples/03-heron-centre.json")).unwrap();
        let taken = stage.app.import(&theirs.actor, "DEMO1", document, None, stage.moment).await.unwrap();
        let other = taken.changed.view.case.clone();
        let own = stage.app.view(&author.actor, own).await.unwrap().case.reference.clone();
        let list = |reference: &str| format!("key,title,source,assessment\nS-1,Close,Plan,{own}\nS-2,Close,Plan,{reference}\n");
        let told = load(&stage, &keeper, &list(&other.reference), json!({})).await.unwrap();
        assert_eq!(told["errors"][0]["path"], json!(["csv", "3", "assessment"]), "what one may not see does not exist");
        let share = json!({ "organisation": HOME, "level": "STUB" });
        stage.done(&theirs, "shareAssessment", other.id, share).await;
        let told = load(&stage, &keeper, &list(&other.reference), json!({})).await.unwrap();
        assert_eq!(told["loaded"]["added"], 2, "{told:#}");
        assert_eq!(figures(&coverage(&stage, &keeper, json!({})).await), [2, 0, 2, 0, 0]);
    }
}

#[tokio::test]
async fn an_operator_loads_a_list_and_is_told_of_every_bad_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ehia(folder, &["migrate"]).await.done();
    ehia(folder, &["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic", "--kind", "icb"])
        .await
        .done();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/register.csv");
    let load =
        |more: &[&'static str]| [&["register", "load", file, "--organisation", "T6Y0W"], more].concat();
    let said = ehia(folder, &load(&["--preview"])).await.done();
    assert!(said.out.contains("would be added 5, changed 0, resumed 0, ended 0, unchanged 0"), "{said:?}");
    assert!(said.out.contains("SAV-02"), "{said:?}");
    assert_eq!(ehia(folder, &load(&["--json"])).await.done().json()["added"], 5);
    assert_eq!(ehia(folder, &load(&["--json"])).await.done().json()["unchanged"], 5);
    fs::write(folder.join("bad.csv"), "key,title,source,date\nA,One,Plan,soon\nA,,Plan,\n").unwrap();
    let said =
        ehia_with(folder, &["register", "load", "bad.csv", "--organisation", "T6Y0W"], "").await.refused();
    for told in [
        "bad.csv is not loaded",
        "Line 2, date: `soon` is no day",
        "Line 3, title:",
        "Line 3, key: Line 2 has this key",
    ] {
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
    let said = ehia(folder, &["register", "load", "none.csv", "--organisation", "T6Y0W"]).await.refused();
    assert!(said.err.contains("none.csv cannot be read"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_matches_a_decision_while_its_list_is_loaded() {
    let Some(db) = TestDatabase::postgres().await else { return };
    let body = Body::new(&app(&db), HOME).await;
    let (keeper, case) = (body.who(Role::Governance), body.import().await);
    let file = RegisterFile { organisation: HOME.into(), list: None, csv: LIST.into(), preview: false };
    body.app.load_register(keeper, file, None, body.moment).await.unwrap();
    let coverage = body.app.coverage(keeper, &[], &[], body.moment).await.unwrap();
    let window = Window { size: 10, ..Window::default() };
    let decisions = body.app.list_unassessed(&coverage, &window).await.unwrap().nodes;
    let (decision, at) = (&decisions[0].1, body.moment.at);
    // It waits for a lock for a second only.
    let options = Options { patience: std::time::Duration::from_secs(1), ..Options::default() };
    let impatient = Store::open(&db.url, options).await.unwrap();
    let matched = async || {
        impatient.write(async |tx: &mut Tx| tx.match_registered(decision, (Some(case), None), at).await).await
    };
    db.store
        .write(async |tx: &mut Tx| {
            tx.register(body.id, "another list").await?;
            assert!(matched().await.is_err(), "whoever loads read how it was matched");
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    matched().await.unwrap();
}
