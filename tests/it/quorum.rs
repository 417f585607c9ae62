//! What an organisation's quorum is made of: which seats, who fills them, and who is told that one is missing. All synthetic.

use ehia::domain::{
    id::{AssessmentId, Identifier},
    permission::Role,
    settings::Settings,
};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::{
    administration::violation,
    leave::leave,
    panels::{Bench, save, saved},
    support::{
        on_both,
        stage::{Player, Stage},
    },
};

/// A case that is before whoever the usual panel seats, or before nobody.
async fn submitted(stage: &Stage) -> AssessmentId {
    let author = stage.at_home("author", Role::Author).await;
    let case = stage.case(&author).await;
    let submit = json!({ "transition": "submit", "expectedRevision": 1 });
    stage.done(&author, "transitionAssessment", case, submit).await;
    case
}

/// Each declares no interest and reviews the case.
async fn review(stage: &Stage, case: AssessmentId, members: &[&Player]) {
    for member in members {
        stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
        let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound." });
        stage.done(member, "submitReview", case, review).await;
    }
}

/// The chair approves it: what stops them.
async fn approve(stage: &Stage, chair: &Player, case: AssessmentId) -> Vec<String> {
    let approve = json!({ "transition": "approve", "expectedRevision": 1, "comment": "Enough have reviewed.",
        "outcome": { "attendees": [{ "person": chair.id() }] } });
    let payload = stage.command(chair, "transitionAssessment", case, approve).await.unwrap();
    let stops = payload["blockers"].as_array().unwrap().iter();
    stops
        .map(|one| format!("{}: {}", one["code"].as_str().unwrap(), one["message"].as_str().unwrap()))
        .collect()
}

/// How the case stands on the agenda of the meeting.
async fn readiness(stage: &Stage, who: &Player, meeting: &Value) -> Value {
    let query = "query($id: ID!) { meeting(id: $id) { agenda { readiness } } }";
    stage.read(who, query, json!({ "id": meeting })).await["meeting"]["agenda"][0]["readiness"].clone()
}

const ASSIGN: &str =
    "mutation($input: AssignPanelInput!) { assignPanel(input: $input) { errors { code message } } }";

const QUORUM: &str = "query($id: ID!) { assessment(id: $id) { panel { quorum } workflow { seats } } }";

on_both! {
    async fn a_panel_without_clinical_or_public_health_cannot_conclude_and_says_so(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let [one, two, three, ..] = &bench.reviewers[..] else { unreachable!() };
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let plan = "mutation($input: SaveMeetingInput!) { saveMeeting(input: $input) { meeting { id } errors { code message } } }";
        let input = json!({ "panelId": panel, "day": stage.moment.today, "place": "Room 4" });
        let meeting = stage.read(&bench.secretary, plan, json!({ "input": input })).await["saveMeeting"]["meeting"]["id"].clone();
        let case = submitted(&stage).await;
        let list = "mutation($input: SetAgendaInput!) { setAgenda(input: $input) { errors { code message } } }";
        let input = json!({ "meetingId": meeting, "add": [case.global()] });
        assert_eq!(stage.read(&bench.secretary, list, json!({ "input": input })).await["setAgenda"]["errors"], json!([]));
        assert_eq!(readiness(&stage, &bench.secretary, &meeting).await, json!("EXPECTED"));

        let seated = json!([{ "person": one.id(), "seat": "member" }, { "person": two.id(), "seat": "lay member" }]);
        let members = json!([bench.chair.id(), bench.lead.id(), one.id(), two.id()]);
        let input = json!({ "assessmentId": case.global(), "members": members, "seats": seated });
        let told = stage.read(&bench.secretary, ASSIGN, json!({ "input": input })).await["assignPanel"].clone();
        assert_eq!(told["errors"][0]["code"], json!("NOT_QUORATE"), "{told:#}");
        let message = told["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("nobody is left for the seat clinical or public health"), "{message}");

        // One alone sits for health, and withdraws: four are left who may vote.
        let seated = json!([{ "person": one.id(), "seat": "member" }, { "person": two.id(), "seat": "clinical" }]);
        let members = json!([bench.chair.id(), bench.lead.id(), one.id(), two.id(), three.id()]);
        let seats = json!([{ "person": three.id(), "seat": "member" }, seated[0], seated[1]]);
        stage.done(&bench.secretary, "assignPanel", case, json!({ "members": members, "seats": seats })).await;
        stage.done(two, "declareInterest", case, json!({ "interest": "WITHDRAWN", "note": "Too close." })).await;
        let tasks = "{ viewer { tasks(first: 20) { nodes { kind reason } } } }";
        let tasks = stage.read(&bench.secretary, tasks, json!({})).await["viewer"]["tasks"]["nodes"].clone();
        let reason = "The panel cannot be quorate: nobody is left for the seat clinical or public health. Say who else sits on it.";
        assert!(tasks.as_array().unwrap().contains(&json!({ "kind": "ASSIGN_PANEL", "reason": reason })), "{tasks:#}");

        review(&stage, case, &[&bench.chair, &bench.lead, one, three]).await;
        let missing = "QUORUM: Quorum needs the seat clinical or public health among those who reviewed.";
        assert_eq!(approve(&stage, &bench.chair, case).await, [missing]);
        assert_eq!(readiness(&stage, &bench.secretary, &meeting).await, json!("NOT_QUORATE"));

        // The same four conclude once one of them sits there for public health.
        let members = json!([bench.chair.id(), bench.lead.id(), one.id(), three.id()]);
        let seated = json!([{ "person": three.id(), "seat": "Public health" }]);
        stage.done(&bench.secretary, "assignPanel", case, json!({ "members": members, "seats": seated })).await;
        assert_eq!(readiness(&stage, &bench.secretary, &meeting).await, json!("READY"));
        assert_eq!(approve(&stage, &bench.chair, case).await, [""; 0]);
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn an_alternate_fills_the_seat_and_who_may_not_vote_does_not(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let [one, two, three, four] = &bench.reviewers[..] else { unreachable!() };
        // Nobody sits for public health, and the clinical seat has an alternate.
        let mut panel = bench.panel();
        panel["members"][2]["seat"] = json!("lay member");
        panel["members"].as_array_mut().unwrap().push(json!({ "person": four.id(), "seat": "member" }));
        saved(&stage, &bench.secretary, panel).await;
        leave(&stage, two, None, 0, 6).await;
        let case = submitted(&stage).await;
        review(&stage, case, &[&bench.chair, &bench.lead, one, three, four]).await;
        let noted = json!({ "member": three.id(), "interest": "DECLARED_NOT_VOTING", "note": "They led the pilot." });
        stage.done(&bench.chair, "declareInterest", case, noted).await;
        let missing = "QUORUM: Quorum needs the seat clinical or public health among those who reviewed.";
        assert_eq!(approve(&stage, &bench.chair, case).await, [missing], "four vote, and none of them clinical");
        let noted = json!({ "member": three.id(), "interest": "DECLARED_NOTED", "note": "They only read it." });
        stage.done(&bench.chair, "declareInterest", case, noted).await;
        assert_eq!(approve(&stage, &bench.chair, case).await, [""; 0]);
    }

    async fn a_standing_panel_lacks_no_seat_of_the_organisation(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let mut panel = bench.panel();
        panel["members"][2]["seat"] = json!("lay member");
        panel["members"][3]["seat"] = json!("midwifery");
        let payload = save(&stage, &bench.secretary, panel.clone()).await.unwrap();
        assert_eq!((&payload["errors"][0]["code"], &payload["errors"][0]["path"]), (&json!("NOT_FOUND"), &json!(["members", "3", "seat"])));
        panel["members"][3]["seat"] = json!("finance");
        let payload = save(&stage, &bench.secretary, panel.clone()).await.unwrap();
        assert_eq!(payload["errors"][0]["code"], json!("NOT_QUORATE"), "{payload:#}");
        let message = payload["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("the seat clinical or public health, which nobody fills"), "{message}");

        // Another organisation asks for another seat, and so has it.
        let own = |members: u32| Settings { quorum: members, quorum_seats: vec![vec!["chair".into()], vec!["Midwifery".into()]], ..Settings::default() };
        stage.set(own(4)).await.unwrap();
        panel["members"][3]["seat"] = json!("midwifery");
        saved(&stage, &bench.secretary, panel).await;
        let case = submitted(&stage).await;
        let read = stage.read(&bench.secretary, QUORUM, json!({ "id": case.global() })).await["assessment"].clone();
        let quorum = read["panel"]["quorum"].as_str().unwrap();
        assert!(quorum.contains("4 voting members who have reviewed the revision, among them chair and Midwifery."), "{quorum}");
        assert_eq!(read["workflow"]["seats"], json!(["chair", "Midwifery", "equality", "member", "governance"]));
        review(&stage, case, &[&bench.chair, &bench.lead, &bench.reviewers[0]]).await;
        assert_eq!(approve(&stage, &bench.chair, case).await.len(), 3, "a fourth, midwifery, and what they declare");
        review(&stage, case, &[&bench.reviewers[1]]).await;
        assert_eq!(approve(&stage, &bench.chair, case).await, [""; 0]);

        let mut wrong = own(4);
        wrong.quorum_seats.push(vec!["clinical".into(), " ".into()]);
        let refused = violation(stage.set(wrong).await);
        assert_eq!((refused.code.as_str(), refused.path.to_string().as_str()), ("REQUIRED", "settings/quorumSeats/2/1"));
    }

    async fn an_organisation_that_was_there_before_seats_were_asked_for_concludes_as_it_did(database) {
        let before = Stage::new(database, Settings::default()).await;
        let mut stored = serde_json::to_value(Settings::default()).unwrap();
        stored.as_object_mut().unwrap().remove("quorumSeats").unwrap();
        let stored = stored.to_string().replace('\'', "''");
        let stored = format!("UPDATE organisation SET settings = '{stored}' WHERE ods_code = 'T6Y0W'");
        let done = database.behind().await.execute_unprepared(&stored).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
        let stage = Stage::over(database, before.home).await;
        let bench = Bench::new(&stage).await;
        let case = submitted(&stage).await;
        let members = [&bench.chair, &bench.reviewers[0], &bench.reviewers[1], &bench.reviewers[2]];
        let input = json!({ "assessmentId": case.global(), "members": members.map(Player::id) });
        let told = stage.read(&bench.secretary, ASSIGN, json!({ "input": input })).await["assignPanel"].clone();
        assert_eq!(told, json!({ "errors": [] }), "the chair and three reviewers are enough");
        let read = stage.read(&bench.secretary, QUORUM, json!({ "id": case.global() })).await["assessment"].clone();
        assert!(!read["panel"]["quorum"].as_str().unwrap().contains("among them"), "{read:#}");
        review(&stage, case, &members).await;
        assert_eq!(approve(&stage, &bench.chair, case).await, [""; 0]);
        let home = stage.app.find_organisation("T6Y0W").await.unwrap().unwrap();
        assert_eq!(home.settings.quorum_seats, Vec::<Vec<String>>::new());
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }
}
