//! Many at once, over HTTP against the built program: one of them wins, the others are told, nothing is lost.

use futures::future::join_all;
use serde_json::{Value, json};

use crate::{
    runner::{Run, Script},
    support::{
        database::TestDatabase,
        on_both,
        play::{all_delivered, none_twice, play_until, run, script, step},
        service::Service,
        smtp::Smtp,
    },
};

const MANY: usize = 50;

const APPROVE: &str = "mutation($input: TransitionAssessmentInput!) { transitionAssessment(input: $input) {
    assessment { version state { name } outcomes { id recommendation conditions { id } record { sha256 } } }
    errors { code message path } blockers { code }
} }";

on_both! {
    async fn of_fifty_approvals_at_once_one_is_made_and_everybody_is_told_once(db) {
        let Some(smtp) = Smtp::start().await else { return };
        let service = Service::start(db, Some(&smtp)).await;
        let script = script();
        let mut run = ready_to_approve(&script, &service, &smtp).await;

        let inputs: Vec<Value> = (0..MANY).map(|nth| approval(&run, &format!("approval {nth}"))).collect();
        let answers = at_once(&mut run, &inputs).await;
        let (made, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer["errors"].as_array().unwrap().is_empty());
        assert_eq!(made.len(), 1, "{answers:#?}");
        for answer in &refused {
            let codes: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| &e["code"]).collect();
            assert_eq!(codes, ["CONFLICT"], "{answer}");
            assert_eq!(answer["assessment"]["state"]["name"], "approved_with_conditions", "beside the case as it stands");
        }
        assert_eq!(refused.len(), MANY - 1);
        done_once(db, &mut run).await;

        // The messages of one approval, and no more: as the script has them.
        run.expect(step(&script, "approve")).unwrap();
        let delivered = all_delivered(&smtp, &run).await;
        none_twice(&delivered);
    }

    async fn under_one_key_fifty_approvals_are_one(db) {
        let service = Service::start(db, None).await;
        let script = script();
        let mut run = ready_to_conclude(&script, &service).await;

        let input = approval(&run, "the same");
        let answers = at_once(&mut run, &vec![input.clone(); MANY]).await;
        for answer in &answers {
            assert_eq!(answer["errors"], json!([]), "{answer}");
            assert_eq!(answer["assessment"], answers[0]["assessment"], "the same outcome each time");
        }
        done_once(db, &mut run).await;

        let mut other = input;
        other["comment"] = json!("Another comment under the same key.");
        let answers = at_once(&mut run, &[other]).await;
        assert_eq!(answers[0]["errors"][0]["code"], "KEY_REUSED", "{}", answers[0]);
        assert_eq!(answers[0]["errors"][0]["path"], json!(["idempotencyKey"]));
        done_once(db, &mut run).await;
    }

    async fn edits_of_different_sections_at_once_are_all_kept_and_of_one_field_one_is(db) {
        let service = Service::start(db, None).await;
        let script = script();
        let mut run = run(&script, &service, "edits");
        play_until(&mut run, &script, "missing").await;
        let (author, other) = (run.account("AUTHOR").unwrap().clone(), run.account("AUTHOR:2").unwrap().clone());
        let tokens = [run.token(&author).await.unwrap(), run.token(&other).await.unwrap()];
        let case = run.saved("case").unwrap().clone();
        let me = run.post(Some(&tokens[1]), "{ viewer { person { id } } }", &Value::Null).await.unwrap();
        let version = run.saved("version").unwrap().clone();
        let edit = |version: &Value, edit: Value| json!({"assessmentId": case, "expectedVersion": version, "edits": [edit]});
        let contributors = edit(&version, json!({"contributors": [me["data"]["viewer"]["person"]["id"]]}));
        let begun = edits(&run, &[(tokens[0].clone(), contributors)]).await;
        assert_eq!(begun[0]["errors"], json!([]), "{}", begun[0]);

        // Ten rounds, so that the two do meet.
        for round in 0..10 {
            let query = "query($id: ID!) { assessment(id: $id) { version } }";
            let now = run.post(Some(&tokens[0]), query, &json!({"id": case})).await.unwrap();
            let version = now["data"]["assessment"]["version"].clone();
            let answer = |question: &str, who: &str| edit(&version, json!({"answer": {"question": question, "value": format!("{who} {round}")}}));
            let both = [
                (tokens[0].clone(), answer("intersections", "author")),
                (tokens[1].clone(), answer("human_rights", "contributor")),
            ];
            for answer in edits(&run, &both).await {
                assert_eq!(answer["errors"], json!([]), "{answer}");
            }
            let same = [
                (tokens[0].clone(), answer("monitoring", "author")),
                (tokens[1].clone(), answer("monitoring", "contributor")),
            ];
            let answers = edits(&run, &same).await;
            let mut codes: Vec<&str> = answers.iter().flat_map(|a| a["errors"].as_array().unwrap()).map(|e| e["code"].as_str().unwrap()).collect();
            codes.dedup();
            assert_eq!(codes, ["CONFLICT"], "{answers:#?}");
            assert_eq!(answers.iter().filter(|answer| answer["errors"] == json!([])).count(), 1, "{answers:#?}");

            let query = "query($id: ID!) { assessment(id: $id) { answers { question value } } }";
            let now = run.post(Some(&tokens[0]), query, &json!({"id": case})).await.unwrap();
            let value = |question: &str| {
                let answers = now["data"]["assessment"]["answers"].as_array().unwrap();
                answers.iter().find(|answer| answer["question"] == question).unwrap()["value"].as_str().unwrap().to_owned()
            };
            assert_eq!(value("intersections"), format!("author {round}"));
            assert_eq!(value("human_rights"), format!("contributor {round}"));
            let winner = answers.iter().position(|answer| answer["errors"] == json!([])).unwrap();
            assert_eq!(value("monitoring"), format!("{} {round}", ["author", "contributor"][winner]));
        }
    }
}

/// A play that has come to the chair's approval, every message before it delivered.
async fn ready_to_approve(script: &Script, service: &Service<'_>, smtp: &Smtp) -> Run {
    let mut run = run(script, service, "many");
    for step in script.steps.iter().take_while(|step| step.name != "approve") {
        run.step(step).await.unwrap_or_else(|failure| panic!("{failure}"));
        if step.awaited {
            all_delivered(smtp, &run).await;
        }
    }
    run
}

async fn ready_to_conclude(script: &Script, service: &Service<'_>) -> Run {
    let mut run = run(script, service, "many");
    play_until(&mut run, script, "approve").await;
    run
}

fn approval(run: &Run, key: &str) -> Value {
    let script = script();
    let mut input = run.filled(&step(&script, "approve").variables).unwrap()["input"].clone();
    input["idempotencyKey"] = json!(key);
    input
}

/// Sends all of them as the chair at the same time.
async fn at_once(run: &mut Run, inputs: &[Value]) -> Vec<Value> {
    let chair = run.account("PANEL_CHAIR").unwrap().clone();
    let token = run.token(&chair).await.unwrap();
    let run = &*run;
    let sent = inputs.iter().map(|input| {
        let (token, variables) = (token.clone(), json!({"input": input}));
        async move { run.post(Some(&token), APPROVE, &variables).await.unwrap() }
    });
    join_all(sent).await.into_iter().map(|answer| of(&answer, "transitionAssessment")).collect()
}

async fn edits(run: &Run, edits: &[(String, Value)]) -> Vec<Value> {
    let query = "mutation($input: EditAssessmentInput!) { editAssessment(input: $input) {
        assessment { version } errors { code message path } } }";
    let sent = edits.iter().map(|(token, input)| {
        let variables = json!({"input": input});
        async move { run.post(Some(token), query, &variables).await.unwrap() }
    });
    join_all(sent).await.into_iter().map(|answer| of(&answer, "editAssessment")).collect()
}

fn of(answer: &Value, field: &str) -> Value {
    assert!(answer.get("errors").is_none(), "{answer:#}");
    answer["data"][field].clone()
}

/// One outcome beside the return before it, each with its record; one event; one set of conditions.
async fn done_once(db: &TestDatabase, run: &mut Run) {
    let auditor = run.account("AUDITOR").unwrap().clone();
    let token = run.token(&auditor).await.unwrap();
    let query = "query($id: ID!) { assessment(id: $id) {
        outcomes { recommendation conditions { id } record { sha256 } }
        history(first: 100) { nodes { kind } }
    } }";
    let case = run.saved("case").unwrap().as_str().unwrap().to_owned();
    let answer = run.post(Some(&token), query, &json!({"id": case})).await.unwrap();
    let assessment = &answer["data"]["assessment"];
    let outcomes = assessment["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 2, "{outcomes:#?}");
    assert_eq!(outcomes[1]["conditions"].as_array().unwrap().len(), 1);
    let kinds = assessment["history"]["nodes"].as_array().unwrap();
    assert_eq!(kinds.iter().filter(|event| event["kind"] == "OUTCOME_RECORDED").count(), 2, "{kinds:#?}");
    let id = case.split_once(':').unwrap().1;
    assert_eq!(db.count("decision_record", id).await, 2, "one record for each outcome");
}
