//! Whoever decides confirms having read the assessment before the body meets: what was gathered counts, and is held to.

use chrono::Days;
use ehia::{
    app::{DecisionInput, Error, PartyInput, TransitionDraft},
    domain::workflow::definition::Workflow,
    domain::{decision::DecisionOutcome, permission::Role, settings::Settings},
};
use serde_json::{Value, json};

use crate::{
    definition::workflow,
    links::Scene,
    support::{
        on_both,
        people::{Body, app},
        stage::Player,
    },
};

const READINGS: &str = "revision readings { person { name } revision meeting current awaited }";

async fn waits(scene: &Scene, who: &Player) -> Vec<String> {
    let told = scene.stage.read(who, "{ viewer { tasks { nodes { kind reason } } } }", json!({})).await;
    let nodes = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone();
    let reading = |node: &&Value| node["kind"] == "CONFIRM_READING";
    nodes.iter().filter(reading).map(|node| node["reason"].as_str().unwrap().to_owned()).collect()
}

on_both! {
    async fn readings_are_asked_for_gathered_and_stand_in_the_record(database) {
        let scene = Scene::approved(database).await;
        let second = scene.stage.at_home("second", Role::DecisionMaker).await;
        let meeting = scene.stage.moment.today + Days::new(7);
        let ask = json!({"people": [scene.body.id(), second.id()], "meeting": meeting});
        let denied = scene.stage.command(&scene.author, "askReadings", scene.case, ask.clone()).await;
        assert_eq!(denied.unwrap_err(), "FORBIDDEN");
        let nobody = json!({"people": [scene.author.id()], "meeting": "2020-01-01"});
        let told = scene.stage.refused(&scene.secretary, "askReadings", scene.case, nobody).await;
        let pair = |code: &str, path: &str| (code.to_owned(), path.to_owned());
        assert_eq!(told, [pair("IN_THE_PAST", "meeting"), pair("NOT_FOUND", "people/0")]);
        scene.stage.mail().await;
        scene.stage.done(&scene.secretary, "askReadings", scene.case, ask).await;
        let mut asked: Vec<String> = scene.stage.mail().await.into_iter().map(|one| one.to_name).collect();
        asked.sort();
        assert_eq!(asked, ["body", "second"]);
        assert_eq!(waits(&scene, &scene.body).await, ["The body meets to decide: read the assessment before, and confirm it."]);

        let read = |revision: u32| json!({"expectedRevision": revision, "meeting": meeting});
        let revision = scene.told(&scene.author, "revision").await["revision"].as_u64().unwrap().try_into().unwrap();
        scene.stage.done(&scene.body, "confirmReading", scene.case, read(revision)).await;
        let version = scene.stage.version(&scene.author, scene.case).await;
        scene.stage.done(&scene.body, "confirmReading", scene.case, read(revision)).await;
        assert_eq!(scene.stage.version(&scene.author, scene.case).await, version, "again changes nothing");
        assert_eq!(waits(&scene, &scene.body).await, [""; 0]);
        let denied = scene.stage.command(&scene.author, "confirmReading", scene.case, read(revision)).await;
        assert_eq!(denied.unwrap_err(), "FORBIDDEN");

        // A change afterwards makes it stale, and tells which revision was read.
        scene.stage.edit(&scene.author, scene.case, json!([{"title": "Another title (synthetic)"}])).await;
        let told = scene.told(&scene.author, READINGS).await;
        assert_eq!(told["revision"], revision + 1);
        assert_eq!(told["readings"], json!([
            {"person": {"name": "body"}, "revision": revision, "meeting": meeting, "current": false, "awaited": true},
            {"person": {"name": "second"}, "revision": null, "meeting": meeting, "current": false, "awaited": true},
        ]));
        assert!(waits(&scene, &scene.body).await[0].contains("it was changed since"));
        let stale = scene.stage.refused(&scene.body, "confirmReading", scene.case, read(revision)).await;
        assert_eq!(stale[0].0, "CONFLICT");
        scene.stage.done(&scene.body, "confirmReading", scene.case, read(revision + 1)).await;

        let view = scene.stage.app.view(&scene.body.actor, scene.case).await.unwrap();
        let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<Value> = open.map(|one| json!({"findingId": one.id, "reason": "Known and weighed."})).collect();
        let decision = json!({"body": "Board", "authority": "Scheme 4.2", "meeting": scene.stage.moment.today,
            "outcome": "PROCEED_DESPITE_ADVERSE_IMPACT", "reasons": "Because.", "present": [{"person": scene.body.id()}],
            "readBy": [], "statement": "The board had due regard.", "acceptedFindings": accepted});
        let decide = json!({"transition": "proceed", "expectedRevision": revision + 1, "decision": decision});
        scene.stage.done(&scene.body, "transitionAssessment", scene.case, decide).await;
        let decided = "decisions { readBy { name } readings { person { name } revision } record { content } }";
        let told = scene.told(&scene.author, decided).await["decisions"][0].clone();
        assert_eq!(told["readBy"], json!([{"name": "body"}]));
        let revisions: Vec<&Value> = told["readings"].as_array().unwrap().iter().map(|one| &one["revision"]).collect();
        assert_eq!(revisions, [&json!(revision), &json!(revision + 1)]);
        assert_eq!(told["record"]["content"]["decision"]["readings"][1]["revision"], revision + 1);
        assert_eq!(waits(&scene, &second).await, [""; 0], "it is decided");
        assert_eq!(scene.stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_workflow_that_asks_for_it_names_who_has_not_read_which_revision(database) {
        let body = Body::new(&app(database), "T6Y0W").await;
        let mut gathered = workflow("gathered", 1, "Gathered");
        for transition in gathered["transitions"].as_array_mut().unwrap() {
            for guard in transition.get_mut("guards").and_then(Value::as_array_mut).into_iter().flatten() {
                if guard["name"] == "read_confirmed" {
                    guard["gathered"] = json!(true);
                }
            }
        }
        body.app.publish::<Workflow>(None, &body.code, gathered.to_string(), body.moment).await.unwrap();
        body.set(Settings { workflow: "gathered".into(), ..Settings::default() }).await.unwrap();
        let case = body.import().await;
        body.go(Role::Author, case, "send").await.unwrap();
        body.go(Role::EqualityLead, case, "recommend").await.unwrap();
        let Err(Error::Blocked(blocked)) = body.go(Role::DecisionMaker, case, "adopt").await else { panic!("it was decided") };
        assert_eq!(
            blocked.iter().map(|one| (one.code.as_str(), one.message.as_str())).collect::<Vec<_>>(),
            [("READ_CONFIRMED", "DECISION_MAKER of T6Y0W has not confirmed having read revision 1: ask them to confirm it.")]
        );
        let party = PartyInput { person: Some(body.who(Role::DecisionMaker).person), ..PartyInput::default() };
        let rehearsal = TransitionDraft {
            transition: "adopt".into(),
            expected_revision: 1,
            comment: None,
            paths: Vec::new(),
            requests: Vec::new(),
            outcome: None,
            decision: Some(DecisionInput {
                body: "Synthetic committee".into(),
                authority: "Synthetic scheme".into(),
                meeting: body.moment.today,
                minute: None,
                paper: None,
                outcome: DecisionOutcome::Proceed,
                reasons: "Synthetic reasons.".into(),
                present: vec![party],
                read_by: Vec::new(),
                statement: "Due regard was had.".into(),
                accepted: Vec::new(),
            }),
            dry_run: true,
        };
        let rehearsed = body.app.transition(body.who(Role::DecisionMaker), case, rehearsal, None, body.moment).await.unwrap();
        assert!(rehearsed.blockers.iter().any(|one| one.message.starts_with("DECISION_MAKER of T6Y0W has not confirmed")));
        body.app.confirm_reading(body.who(Role::DecisionMaker), case, 1, None, None, body.moment).await.unwrap();
        body.go(Role::DecisionMaker, case, "adopt").await.unwrap();
    }
}
