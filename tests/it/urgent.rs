//! The chair concludes between meetings; the panel's next meeting lists it and answers. All synthetic.

use chrono::Days;
use ehia::clock::Clock;
use ehia::domain::{
    id::{AssessmentId, Identifier},
    notify::NoticeKind,
    permission::Role,
    settings::Settings,
};
use serde_json::{Value, json};

use crate::{
    leave::{last, leave},
    panels::{Bench, saved},
    support::{
        on_both,
        stage::{Player, Stage, of_anybody},
    },
};

const PLAN: &str = "mutation($input: SaveMeetingInput!) { saveMeeting(input: $input) { meeting { id } errors { code message } } }";
const AGENDA: &str =
    "query($id: ID!) { meeting(id: $id) { agenda { ratifies readiness assessment { reference }
    ratification { ratified reason } } minutes(format: TEXT) } }";
const STANDS: &str = "query($id: ID!) { assessment(id: $id) { state { name } ratificationDue
    outcomes { recommendation urgency ratification { ratified reason due attendees { person { name } } voted { seat } meeting { id } } } } }";

/// Submitted, declared by everybody, and reviewed by one who is not the chair.
async fn asked(stage: &Stage, bench: &Bench, author: &Player) -> AssessmentId {
    let case = stage.case(author).await;
    let submit = json!({ "transition": "submit", "expectedRevision": 1 });
    stage.done(author, "transitionAssessment", case, submit).await;
    for member in [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]] {
        stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
    }
    let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound, and it cannot wait." });
    stage.done(&bench.lead, "submitReview", case, review).await;
    case
}

fn act(bench: &Bench) -> Value {
    json!({ "transition": "approve_urgently", "expectedRevision": 1, "comment": "Read in full; the lead was asked.",
        "outcome": { "attendees": [{ "person": bench.chair.id() }], "urgency": "The contract ends on Friday." } })
}

/// Three make a quorum: the chair is one of four, and does not answer for what they did.
fn of_three() -> Settings {
    Settings { quorum: 3, ..Settings::default() }
}

async fn plan(stage: &Stage, bench: &Bench, panel: &str, days: u64) -> String {
    let input = json!({ "panelId": panel, "day": stage.moment.today + Days::new(days), "place": "Room 4" });
    let planned = stage.read(&bench.secretary, PLAN, json!({ "input": input })).await;
    planned["saveMeeting"]["meeting"]["id"].as_str().unwrap_or_else(|| panic!("{planned:#}")).to_owned()
}

async fn agenda(stage: &Stage, bench: &Bench, meeting: &str) -> Value {
    stage.read(&bench.secretary, AGENDA, json!({ "id": meeting })).await["meeting"].clone()
}

on_both! {
    async fn what_the_chair_did_is_listed_for_the_next_meeting_and_ratified_there(database) {
        let stage = Stage::new(database, of_three()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let case = asked(&stage, &bench, &author).await;
        let (next, later) = (plan(&stage, &bench, &panel, 0).await, plan(&stage, &bench, &panel, 40).await);
        assert_eq!(agenda(&stage, &bench, &next).await["agenda"], json!([]));

        stage.done(&bench.chair, "transitionAssessment", case, act(&bench)).await;
        let listed = agenda(&stage, &bench, &next).await["agenda"].clone();
        assert_eq!((listed.as_array().unwrap().len(), &listed[0]["ratifies"], &listed[0]["readiness"]), (1, &json!(true), &Value::Null));
        assert_eq!(agenda(&stage, &bench, &later).await["agenda"], json!([]), "the next one alone");
        let tasks = stage.read(&bench.secretary, "{ viewer { tasks(first: 20) { nodes { kind due } } } }", json!({})).await;
        let kinds: Vec<&Value> = tasks["viewer"]["tasks"]["nodes"].as_array().unwrap().iter().map(|task| &task["kind"]).collect();
        assert!(kinds.contains(&&json!("RATIFY")), "{tasks:#}");

        let everybody: Vec<Value> = [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]]
            .iter().map(|member| json!({ "person": member.id() })).collect();
        let say = |who: usize| json!({ "expectedRevision": 1, "ratified": true, "meeting": next, "attendees": everybody[..who] });
        assert_eq!(stage.refused(&bench.secretary, "recordRatification", case, say(3)).await, [("QUORUM".to_owned(), "attendees".to_owned())]);
        let mut early = say(4);
        early["meeting"] = json!(later);
        assert_eq!(stage.refused(&bench.secretary, "recordRatification", case, early).await, [("NOT_YET".to_owned(), "meeting".to_owned())]);
        assert_eq!(stage.command(&author, "recordRatification", case, say(4)).await.unwrap_err(), "FORBIDDEN");
        assert_eq!(stage.refused(&bench.chair, "recordRatification", case, say(4)).await, [("SEPARATION_OF_DUTIES".to_owned(), String::new())]);
        let waiting = agenda(&stage, &bench, &next).await["minutes"].as_str().unwrap().to_owned();
        assert!(waiting.contains("by urgent action, to be ratified by") && !waiting.contains("Not reached"), "{waiting}");
        let letter = "query($id: ID!) { assessment(id: $id) { outcomes { letter(format: TEXT) } } }";
        let letter = stage.read(&author, letter, json!({ "id": case.global() })).await.to_string();
        assert!(letter.contains("by urgent action, to be ratified by"), "{letter}");
        stage.done(&bench.secretary, "recordRatification", case, say(4)).await;

        let stands = stage.read(&author, STANDS, json!({ "id": case.global() })).await["assessment"].clone();
        assert_eq!((&stands["state"]["name"], &stands["ratificationDue"]), (&json!("approved"), &Value::Null));
        let outcome = &stands["outcomes"][0];
        assert_eq!((&outcome["recommendation"], &outcome["urgency"]), (&json!("APPROVE"), &json!("The contract ends on Friday.")));
        assert_eq!((&outcome["ratification"]["ratified"], outcome["ratification"]["voted"].as_array().unwrap().len()), (&json!(true), 3));
        assert_eq!(outcome["ratification"]["meeting"]["id"], json!(next));
        let held = agenda(&stage, &bench, &next).await;
        assert_eq!((&held["agenda"][0]["ratifies"], &held["agenda"][0]["ratification"]["ratified"]), (&json!(false), &json!(true)));
        assert!(held["minutes"].as_str().unwrap().contains("The panel ratified what its chair concluded"), "{held:#}");
        let twice = stage.command(&bench.secretary, "recordRatification", case, json!({ "expectedRevision": 1, "ratified": true, "attendees": everybody })).await.unwrap();
        assert_eq!(twice["errors"][0]["code"], json!("CONFLICT"), "{twice:#}");
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn a_refusal_is_mailed_and_undoes_nothing(database) {
        let stage = Stage::new(database, of_three()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        stage.at_home("body", Role::DecisionMaker).await;
        saved(&stage, &bench.secretary, bench.panel()).await;
        let case = asked(&stage, &bench, &author).await;
        stage.done(&bench.chair, "transitionAssessment", case, act(&bench)).await;
        stage.mail().await;
        let everybody: Vec<Value> = [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]]
            .iter().map(|member| json!({ "person": member.id() })).collect();
        let mut refusal = json!({ "expectedRevision": 1, "ratified": false, "attendees": everybody });
        assert_eq!(stage.refused(&bench.secretary, "recordRatification", case, refusal.clone()).await, [("REQUIRED".to_owned(), "reason".to_owned())]);
        refusal["reason"] = json!("The travel times were not before the chair.");
        stage.done(&bench.secretary, "recordRatification", case, refusal).await;
        let told: Vec<String> = stage.mail().await.into_iter()
            .filter(|message| message.kind == NoticeKind::NotRatified).map(|message| message.to_name).collect();
        for name in ["author", "body", "lead"] {
            assert!(told.contains(&name.to_owned()), "{name}: {told:?}");
        }
        let stands = stage.read(&author, STANDS, json!({ "id": case.global() })).await["assessment"].clone();
        assert_eq!(stands["state"]["name"], json!("approved"));
        assert_eq!(stands["outcomes"][0]["ratification"]["reason"], json!("The travel times were not before the chair."));
    }

    async fn an_action_is_at_no_meeting_and_is_answered_at_none_before_it(database) {
        let clock = Clock::held("2026-12-01T09:00:00Z".parse().unwrap());
        let stage = Stage::under(database, of_anybody(3), clock.clone()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let case = asked(&stage, &bench, &author).await;
        let (before, same, after) = (plan(&stage, &bench, &panel, 1).await, plan(&stage, &bench, &panel, 3).await, plan(&stage, &bench, &panel, 8).await);
        let add = "mutation($input: SetAgendaInput!) { setAgenda(input: $input) { errors { code } } }";
        stage.read(&bench.secretary, add, json!({ "input": { "meetingId": before, "add": [case.global()] } })).await;
        clock.set("2026-12-04T09:00:00Z".parse().unwrap());
        let mut dated = act(&bench);
        dated["outcome"]["meeting"] = json!(before);
        let stopped = stage.command(&bench.chair, "transitionAssessment", case, dated).await.unwrap();
        assert_eq!(stopped["blockers"][0]["code"], json!("NOT_APPLICABLE"), "{stopped:#}");
        stage.done(&bench.chair, "transitionAssessment", case, act(&bench)).await;
        // The meeting before it was never recorded, and the case was on its agenda: it is asked nothing.
        for (meeting, listed) in [(&before, false), (&same, true), (&after, false)] {
            let items = agenda(&stage, &bench, meeting).await["agenda"].clone();
            let ratifies = items.as_array().unwrap().iter().any(|item| item["ratifies"] == json!(true));
            assert_eq!(ratifies, listed, "{items:#}");
        }
        let everybody: Vec<Value> = [&bench.lead, &bench.reviewers[0], &bench.reviewers[1]]
            .iter().map(|member| json!({ "person": member.id() })).collect();
        let say = |meeting: &str| json!({ "expectedRevision": 1, "ratified": true, "meeting": meeting, "attendees": everybody });
        assert_eq!(stage.refused(&bench.secretary, "recordRatification", case, say(&before)).await, [("BEFORE_ACTION".to_owned(), "meeting".to_owned())]);
        stage.done(&bench.secretary, "recordRatification", case, say(&same)).await;
    }

    async fn deputies_act_and_answer_for_whoever_is_away_and_the_record_says_so(database) {
        // Neither the chair nor who acted for them makes the quorum of the answer.
        let stage = Stage::new(database, Settings { quorum: 2, ..Settings::default() }).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let mut vice = bench.panel();
        vice["members"][2]["seat"] = json!("vice chair");
        saved(&stage, &bench.secretary, vice).await;
        let case = asked(&stage, &bench, &author).await;
        let second = &bench.reviewers[0];
        assert_eq!(stage.command(second, "transitionAssessment", case, act(&bench)).await.unwrap_err(), "FORBIDDEN");
        leave(&stage, &bench.chair, Some(second), 0, 6).await;
        stage.done(second, "transitionAssessment", case, act(&bench)).await;
        assert_eq!(last(&stage, &bench.secretary, case).await, json!({ "kind": "OUTCOME_RECORDED", "by": { "id": second.id() }, "onBehalfOf": { "id": bench.chair.id() } }));
        let deputy = &bench.reviewers[3];
        let everybody: Vec<Value> = [&bench.chair, &bench.lead, second, &bench.reviewers[1]]
            .iter().map(|member| json!({ "person": member.id() })).collect();
        let say = json!({ "expectedRevision": 1, "ratified": true, "attendees": everybody });
        assert_eq!(stage.command(deputy, "recordRatification", case, say.clone()).await.unwrap_err(), "FORBIDDEN");
        leave(&stage, &bench.secretary, Some(deputy), 0, 6).await;
        let mut few = say.clone();
        few["attendees"].as_array_mut().unwrap().pop();
        assert_eq!(stage.refused(deputy, "recordRatification", case, few).await, [("QUORUM".to_owned(), "attendees".to_owned())]);
        let own = stage.refused(&bench.chair, "recordRatification", case, say.clone()).await;
        assert_eq!(own, [("SEPARATION_OF_DUTIES".to_owned(), String::new())], "it was done in their place");
        stage.done(deputy, "recordRatification", case, say).await;
        assert_eq!(last(&stage, &bench.lead, case).await, json!({ "kind": "RATIFICATION_RECORDED", "by": { "id": deputy.id() }, "onBehalfOf": { "id": bench.secretary.id() } }));
    }

    async fn what_was_stopped_is_still_listed_and_answered(database) {
        let stage = Stage::new(database, of_anybody(3)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let body = stage.at_home("body", Role::DecisionMaker).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let case = asked(&stage, &bench, &author).await;
        stage.done(&bench.chair, "transitionAssessment", case, act(&bench)).await;
        let view = stage.app.view(&body.actor, case).await.unwrap();
        let open = view.findings().iter().filter(|finding| finding.acceptable && finding.gate.is_some());
        let accepted: Vec<Value> = open.map(|one| json!({ "findingId": one.id, "reason": "Known and weighed." })).collect();
        let there = json!([{ "person": body.id() }]);
        let decision = json!({ "body": "Board", "authority": "Scheme of delegation (synthetic)", "meeting": stage.moment.today, "outcome": "STOP",
            "reasons": "It costs too much.", "present": there, "readBy": there, "statement": "Due regard was had.", "acceptedFindings": accepted });
        stage.done(&body, "transitionAssessment", case, json!({ "transition": "stop", "expectedRevision": 1, "decision": decision })).await;
        let next = plan(&stage, &bench, &panel, 0).await;
        assert_eq!(agenda(&stage, &bench, &next).await["agenda"][0]["ratifies"], json!(true));
        let everybody: Vec<Value> = [&bench.lead, &bench.reviewers[0], &bench.reviewers[1]]
            .iter().map(|member| json!({ "person": member.id() })).collect();
        stage.done(&bench.secretary, "recordRatification", case, json!({ "expectedRevision": 1, "ratified": true, "meeting": next, "attendees": everybody })).await;
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }
}
