//! What waits for people: nobody has a task that is not theirs to do, and stored cases have those that this version gives.

use chrono::{NaiveDate, TimeDelta};
use ehia::domain::{
    canonical::sha256,
    id::{AssessmentId, Identifier},
    permission::Role,
    settings::Settings,
};
use serde_json::{Value, json};

use crate::{
    leave::{last, leave},
    store_audit::faults,
    support::{
        on_both,
        people::{Body, app},
        stage::{Player, Stage, of_anybody},
    },
};

/// What waits for somebody, and how much that is.
async fn waiting(stage: &Stage, who: &Player) -> Vec<String> {
    let told = stage.read(who, "{ viewer { tasks { totalCount nodes { kind } } } }", json!({})).await;
    let nodes = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
    assert_eq!(told["viewer"]["tasks"]["totalCount"], json!(nodes.len()), "as it is counted");
    nodes.iter().map(|node: &Value| node["kind"].as_str().unwrap().to_owned()).collect()
}

/// The edition in which stored cases have their tasks, and the SHA-256 of what those say in it.
const SAID: (i64, &str) = (3, "11d3db26586f7ed6dfbbaad09da3d5055b1f071846c4cf6a4e76edd373bfcb2c");

/// What tasks say: every text of their code that is more than a word.
fn sentences() -> String {
    let code = include_str!("../../domain/task.rs");
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let said: Vec<&str> = code.split('"').skip(1).step_by(2).filter(|text| text.contains(' ')).collect();
    said.join("\n")
}

on_both! {
    async fn what_is_looked_at_again_is_no_longer_owed(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(Settings { workflow: "two-person".into(), ..Settings::default() }).await.unwrap();
        let case = body.import().await;
        for (role, step) in
            [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")]
        {
            body.go(role, case, step).await.unwrap();
        }
        let stage = Stage::over(db, body.id).await;
        let governance = stage.at_home("governance", Role::Governance).await;
        let other = stage.at_home("other", Role::Reviewer).await;
        assert_eq!(waiting(&stage, &governance).await, [""; 0], "not for eleven months");
        let next = |days: i64| stage.moment.today + TimeDelta::days(days);
        let look = async |day: NaiveDate| {
            let version = stage.version(&governance, case).await;
            json!({ "expectedVersion": version, "note": "As it was.", "next": day })
        };
        stage.done(&governance, "lookAgain", case, look(next(7)).await).await;
        assert_eq!(waiting(&stage, &governance).await, ["LOOK_AGAIN"], "its day is near");
        assert_eq!(stage.refused(&governance, "lookAgain", case, look(next(0)).await).await, [("OUT_OF_RANGE".to_owned(), "next".to_owned())]);
        assert_eq!(stage.command(&other, "lookAgain", case, look(next(90)).await).await.unwrap_err(), "FORBIDDEN");
        let seen = look(next(90)).await;
        stage.done(&governance, "lookAgain", case, seen.clone()).await;
        assert_eq!(waiting(&stage, &governance).await, [""; 0]);
        let too_late = stage.refused(&governance, "lookAgain", case, seen).await;
        assert_eq!(too_late[0].0, "CONFLICT", "somebody looked meanwhile");
        let query = "query($id: ID!) { assessment(id: $id) { reviewDue looks { note revision due next by { name } onBehalfOf { name } } } }";
        let told = stage.read(&governance, query, json!({ "id": case.global() })).await["assessment"].clone();
        assert_eq!(told["reviewDue"], json!(next(90)));
        let newest = json!({ "note": "As it was.", "revision": 1, "due": next(7), "next": next(90), "by": { "name": "governance" }, "onBehalfOf": null });
        assert_eq!((told["looks"].as_array().unwrap().len(), &told["looks"][1]), (2, &newest));
        let history = "query($id: ID!) { assessment(id: $id) { history(first: 100) { nodes { summary } } } }";
        let told = stage.read(&governance, history, json!({ "id": case.global() })).await;
        let until = next(90).format("%-d %B %Y");
        let summary = format!("What was decided was looked at again, and stays as it is; it is looked at next on {until}.");
        assert_eq!(told["assessment"]["history"]["nodes"].as_array().unwrap().last().unwrap()["summary"], json!(summary));

        // Somebody who stands in for whoever is away looks in their place.
        let deputy = stage.at_home("deputy", Role::Reviewer).await;
        leave(&stage, &governance, Some(&deputy), 0, 6).await;
        stage.done(&deputy, "lookAgain", case, look(next(120)).await).await;
        let event = json!({ "kind": "LOOKED_AGAIN", "by": { "id": deputy.id() }, "onBehalfOf": { "id": governance.id() } });
        assert_eq!(last(&stage, &governance, case).await, event);
        let told = stage.read(&governance, query, json!({ "id": case.global() })).await["assessment"].clone();
        let look = &told["looks"][2];
        assert_eq!((&look["by"]["name"], &look["onBehalfOf"]["name"]), (&json!("deputy"), &json!("governance")));
        assert_eq!(told["reviewDue"], json!(next(120)));
        // Whatever day it was, nobody is to look at what was reopened.
        body.go(Role::Governance, case, "reopen").await.unwrap();
        let told = stage.read(&governance, query, json!({ "id": case.global() })).await["assessment"].clone();
        assert_eq!((&told["reviewDue"], told["looks"].as_array().unwrap().len()), (&Value::Null, 3));
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn whoever_has_not_declared_is_asked_for_that_and_nothing_else(database) {
        let stage = Stage::new(database, of_anybody(2)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let one = stage.at_home("one", Role::Reviewer).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let case = stage.case(&author).await;
        let submit = json!({"transition": "submit", "expectedRevision": 1});
        stage.done(&author, "transitionAssessment", case, submit).await;
        let seat = async |members: &[&Player]| {
            let members: Vec<String> = members.iter().map(|member| member.id()).collect();
            stage.done(&secretary, "assignPanel", case, json!({ "members": members })).await;
        };
        seat(&[&chair, &one]).await;
        for member in [&chair, &one] {
            stage.done(member, "declareInterest", case, json!({"interest": "NONE"})).await;
            let review = json!({"expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound."});
            stage.done(member, "submitReview", case, review).await;
        }
        let approve = json!({"transition": "approve", "expectedRevision": 1, "comment": "Because.",
            "outcome": {"attendees": [{"person": chair.id()}]}});
        stage.done(&chair, "transitionAssessment", case, approve).await;
        // The equality lead sits on the panel, and has not said anything.
        seat(&[&chair, &one, &lead]).await;
        assert_eq!(waiting(&stage, &lead).await, [""; 0]);
        stage.edit(&author, case, json!([{"proposal": {"summary": "Close two of the three sites.", "saving": "1000.00"}}])).await;
        assert!(waiting(&stage, &chair).await.contains(&"JUDGE_MATERIALITY".to_owned()));
        assert_eq!(waiting(&stage, &lead).await, ["DECLARE_INTEREST"]);
        let version = stage.version(&author, case).await;
        let judgement = json!({"expectedVersion": version, "material": false, "reason": "A word."});
        assert_eq!(stage.command(&lead, "judgeMateriality", case, judgement.clone()).await.unwrap_err(), "FORBIDDEN");
        stage.done(&lead, "declareInterest", case, json!({"interest": "NONE"})).await;
        assert_eq!(waiting(&stage, &lead).await, ["JUDGE_MATERIALITY"]);
        stage.done(&lead, "judgeMateriality", case, judgement).await;
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn whoever_changes_what_tasks_say_raises_the_edition_of_those_that_are_stored(db) {
        let edition = db.number("SELECT edition FROM derivation WHERE name = 'task'").await;
        let digest = sha256(sentences().as_bytes());
        assert_eq!((edition, digest.as_str()), SAID, "stored cases say what they said before until the edition is another");
    }

    async fn tasks_of_cases_that_were_there_before_are_derived_anew_once(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.app.ship_definitions(body.moment).await.unwrap();
        let cases = [body.import().await, body.import().await, body.import().await];
        body.go(Role::Author, cases[0], "submit").await.unwrap();
        assert_eq!(faults(db, &[]).await, []);
        let of = |case: AssessmentId| db.literal(&case.uuid().to_string());
        let count = async |case: AssessmentId| db.count("task", &case.uuid().to_string()).await;
        let before = [count(cases[0]).await, count(cases[1]).await, count(cases[2]).await];
        assert!(before.iter().all(|tasks| *tasks > 0), "{before:?}");

        // As an earlier version left them: others, and none.
        assert!(db.tamper("UPDATE task SET kind = 'CONCLUDE', reason = 'As it was said once.'").await > 0);
        assert!(db.tamper(&format!("DELETE FROM task WHERE assessment_id = {}", of(cases[2]))).await > 0);
        assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
        assert_ne!(faults(db, &[]).await, [], "this version has done it and does it no more");
        assert_eq!(db.tamper("UPDATE derivation SET edition = 0 WHERE name = 'task'").await, 1);
        for _ in 0..2 {
            assert_eq!(db.store.migrate().await.unwrap(), Vec::<String>::new());
            assert_eq!(faults(db, &[]).await, []);
            assert_eq!([count(cases[0]).await, count(cases[1]).await, count(cases[2]).await], before);
        }
        assert_eq!(db.number("SELECT count(*) FROM task WHERE reason = 'As it was said once.'").await, 0);

        // One that cannot be read holds up no other.
        db.tamper("DELETE FROM task").await;
        db.tamper("DELETE FROM derivation").await;
        db.tamper(&format!("UPDATE assessment SET content_sha256 = 'x' WHERE id = {}", of(cases[1]))).await;
        db.store.migrate().await.unwrap();
        assert_eq!([count(cases[0]).await, count(cases[1]).await, count(cases[2]).await], [before[0], 0, before[2]]);
    }
}
