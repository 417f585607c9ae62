//! A condition that is not met escalates to the sponsor and the deciding body: a message, a task and an event, once.

use chrono::TimeDelta;
use ehia::{
    clock,
    domain::{
        calendar::Moment,
        notify::NoticeKind,
        permission::{Grant, Role},
    },
};
use serde_json::{Value, json};

use crate::{
    links::{Scene, in_days},
    support::{on_both, stage::Player},
};

/// Who is told of a breach now, and of what it says.
async fn breaches(scene: &Scene, at: Moment) -> Vec<(String, String)> {
    let mail = scene.stage.app.claim_messages("test", TimeDelta::minutes(1), 100, at).await.unwrap();
    let breaches = mail.ready.iter().filter(|one| one.kind == NoticeKind::ConditionBreached);
    let mut told: Vec<_> =
        breaches.map(|one| (one.to_name.clone(), one.facts.what.clone().unwrap_or_default())).collect();
    for one in &mail.ready {
        scene.stage.app.settle_message("test", one.id, ehia::app::Verdict::Sent, at).await.unwrap();
    }
    told.sort();
    told
}

fn told_to(names: &[&str], what: &str) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), what.to_owned())).collect()
}

async fn tasks(scene: &Scene, who: &crate::support::stage::Player) -> Vec<String> {
    let told = scene.stage.read(who, "{ viewer { tasks { nodes { kind reason } } } }", json!({})).await;
    let nodes = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
    let breach = |node: &&Value| node["kind"] == "ANSWER_BREACH";
    nodes.iter().filter(breach).map(|node| node["reason"].as_str().unwrap().to_owned()).collect()
}

const HISTORY: &str = "conditions { id status reports { status note by { name } } } history(first: 100) { nodes { kind summary } }";

fn events(told: &Value) -> Vec<String> {
    let nodes = told["history"]["nodes"].as_array().unwrap();
    let breaches = nodes.iter().filter(|node| node["kind"] == "CONDITION_BREACHED");
    breaches.map(|node| node["summary"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn a_day_that_passed_escalates_once_to_sponsor_and_body(database) {
        let scene = Scene::approved(database).await;
        let lead = scene.stage.at_home("lead", Role::EqualityLead).await;
        breaches(&scene, clock::now()).await;
        // Due in ten days; five working days after that have passed by then, whatever holidays there are.
        let late = in_days(26);
        scene.stage.app.tick(50, in_days(12)).await.unwrap();
        assert_eq!(breaches(&scene, in_days(12)).await, []);
        assert_eq!(tasks(&scene, &scene.body).await, [""; 0]);
        scene.stage.app.tick(50, late).await.unwrap();
        let names = ["body", "lead", "owner", "secretary", "sponsor"];
        assert_eq!(breaches(&scene, late).await, told_to(&names, "its day has passed"));
        scene.stage.app.tick(50, late).await.unwrap();
        scene.stage.app.tick(50, in_days(60)).await.unwrap();
        assert_eq!(breaches(&scene, in_days(60)).await, [], "once");

        let told = scene.told(&lead, HISTORY).await;
        assert_eq!(told["conditions"][0]["status"], "BREACHED");
        assert_eq!(told["conditions"][0]["reports"], json!([{"status": "BREACHED", "note": null, "by": null}]));
        assert_eq!(events(&told), ["A condition was breached: its day passed, and nobody had reported it as met."]);
        let reason = "A condition of this approval is breached: say what is to be done, unless it is met or waived, or the case is reopened.";
        assert_eq!(tasks(&scene, &scene.body).await, [reason]);
        assert_eq!(tasks(&scene, &scene.author).await, [""; 0]);

        let condition = told["conditions"][0]["id"].clone();
        let met = json!({"conditionId": condition, "status": "EVIDENCED", "note": "At last.", "evidence": "https://example.org/plan"});
        scene.stage.done(&scene.author, "reportCondition", scene.case, met).await;
        assert_eq!(tasks(&scene, &scene.body).await, [""; 0], "it is answered");
        assert_eq!(scene.stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn sponsor_and_body_say_what_is_to_be_done_and_its_owner_is_told(database) {
        let scene = Scene::approved(database).await;
        let stage = &scene.stage;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let elsewhere = stage.player("elsewhere", &[(stage.partner, Role::DecisionMaker)]).await;
        breaches(&scene, clock::now()).await;
        let condition = scene.told(&lead, HISTORY).await["conditions"][0]["id"].clone();
        let say = |what: &str| json!({"conditionId": condition, "toBeDone": what});
        let refused = stage.refused(&scene.body, "answerBreach", scene.case, say("Now.")).await;
        assert_eq!(refused[0].0, "CONFLICT", "it is not breached");
        let late = in_days(26);
        stage.app.tick(50, late).await.unwrap();
        let tasks_of = async |who: &Player| {
            let told = stage.read(who, "{ viewer { tasks { nodes { kind mutation } } } }", json!({})).await;
            let nodes = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
            let breach = nodes.into_iter().filter(|node| node["kind"] == "ANSWER_BREACH");
            breach.map(|node| node["mutation"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(tasks_of(&scene.sponsor).await, ["answerBreach"]);
        assert_eq!(tasks_of(&scene.body).await, ["answerBreach"]);
        // The command that the task names is theirs; what was named before was not.
        let report = json!({"conditionId": condition, "status": "EVIDENCED", "note": "Met."});
        assert_eq!(stage.command(&scene.body, "reportCondition", scene.case, report).await.unwrap_err(), "FORBIDDEN");
        for who in [&scene.author, &scene.chair, &scene.secretary, &lead] {
            assert_eq!(stage.command(who, "answerBreach", scene.case, say("Now.")).await.unwrap_err(), "FORBIDDEN");
        }
        assert_eq!(stage.command(&elsewhere, "answerBreach", scene.case, say("Now.")).await.unwrap_err(), "NOT_FOUND");
        let refused = stage.refused(&scene.body, "answerBreach", scene.case, say(" ")).await;
        assert_eq!(refused, [("REQUIRED".to_owned(), "toBeDone".to_owned())]);

        breaches(&scene, late).await;
        let by_july = say("The plan is published by July.");
        stage.done(&scene.sponsor, "answerBreach", scene.case, by_july.clone()).await;
        assert_eq!(tasks_of(&scene.sponsor).await, [""; 0]);
        assert_eq!(tasks_of(&scene.body).await, ["answerBreach"]);
        let link = scene.link(NoticeKind::ConditionBreached, "owner", late).await.unwrap();
        let page = scene.open(&link).await;
        assert!(page.text.contains("The plan is published by July."), "{}", page.text);

        let mut weekly = say("The board is told weekly until then.");
        weekly["idempotencyKey"] = json!("once");
        for _ in 0..2 {
            stage.done(&scene.body, "answerBreach", scene.case, weekly.clone()).await;
        }
        assert_eq!(tasks_of(&scene.body).await, [""; 0]);
        let what = "the body that decides has said what is to be done";
        assert_eq!(breaches(&scene, late).await, told_to(&["owner", "sponsor"], what));
        let fields = "conditions { status answers { toBeDone forBody by { name } onBehalfOf { name } } } history(first: 100) { nodes { kind summary } }";
        let told = scene.told(&scene.author, fields).await;
        let answers = json!([
            {"toBeDone": "The plan is published by July.", "forBody": false, "by": {"name": "sponsor"}, "onBehalfOf": null},
            {"toBeDone": "The board is told weekly until then.", "forBody": true, "by": {"name": "body"}, "onBehalfOf": null},
        ]);
        assert_eq!(told["conditions"], json!([{"status": "BREACHED", "answers": answers}]));
        let nodes = told["history"]["nodes"].as_array().unwrap();
        let said = nodes.iter().filter(|node| node["kind"] == "BREACH_ANSWERED");
        let said: Vec<&str> = said.map(|node| node["summary"].as_str().unwrap()).collect();
        assert_eq!(said, [
            "Its sponsor said what is to be done about a breached condition.",
            "The body that decides said what is to be done about a breached condition.",
        ]);
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_sponsor_who_sits_on_the_body_leaves_its_answer_to_somebody_else(database) {
        let scene = Scene::approved(database).await;
        let (stage, executive) = (&scene.stage, &scene.sponsor);
        let (person, sits) = (executive.person(), Grant { organisation: stage.home, role: Role::DecisionMaker, until: None });
        let granted = database.store.write(async |tx| tx.grant(person, &sits, stage.moment.at).await).await;
        granted.unwrap();
        stage.app.tick(50, in_days(26)).await.unwrap();
        let conditions = "conditions { id status answers { forBody by { name } } }";
        let told = scene.told(&scene.author, conditions).await;
        assert_eq!(told["conditions"][0]["status"], "BREACHED");
        let asked = async |who: &Player| tasks(&scene, who).await.len();
        assert_eq!((asked(executive).await, asked(&scene.body).await), (1, 1), "once, as the sponsor");
        let said = json!({"conditionId": told["conditions"][0]["id"], "toBeDone": "The bus is ordered by July."});
        stage.done(executive, "answerBreach", scene.case, said.clone()).await;
        assert_eq!((asked(executive).await, asked(&scene.body).await), (0, 1), "the body has not said anything");
        stage.done(&scene.body, "answerBreach", scene.case, said).await;
        assert_eq!((asked(executive).await, asked(&scene.body).await), (0, 0));
        let answers = json!([
            {"forBody": false, "by": {"name": "sponsor"}},
            {"forBody": true, "by": {"name": "body"}},
        ]);
        assert_eq!(scene.told(&scene.author, conditions).await["conditions"][0]["answers"], answers);
    }

    async fn a_breach_that_the_verifier_tells_escalates_too(database) {
        let scene = Scene::reviewed(database).await;
        let lead = scene.stage.at_home("lead", Role::EqualityLead).await;
        let approval = scene.approval(json!({"person": scene.author.id()}), json!({"person": lead.id()}));
        scene.stage.done(&scene.chair, "transitionAssessment", scene.case, approval).await;
        breaches(&scene, clock::now()).await;
        let condition = scene.told(&lead, HISTORY).await["conditions"][0]["id"].clone();
        let not_met = json!({"conditionId": condition, "status": "BREACHED", "note": "There is no plan."});
        scene.stage.done(&lead, "reportCondition", scene.case, not_met.clone()).await;
        let what = "its verifier says that it is not met";
        let told = breaches(&scene, clock::now()).await;
        assert_eq!(told, told_to(&["author", "body", "secretary", "sponsor"], what), "not whoever said so");
        assert_eq!(scene.stage.refused(&lead, "reportCondition", scene.case, not_met).await[0].0, "INVALID");
        let told = scene.told(&lead, HISTORY).await;
        assert_eq!(events(&told), ["A condition was reported as not met."]);
        assert_eq!(told["conditions"][0]["reports"][0]["by"]["name"], "lead");
        scene.stage.app.tick(50, in_days(60)).await.unwrap();
        assert_eq!(breaches(&scene, in_days(60)).await, [], "its day breaches nothing more");
        assert_eq!(events(&scene.told(&lead, HISTORY).await).len(), 1);
    }
}
