//! Meetings of standing panels: planned, moved, cancelled, held, minuted. All synthetic.

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use ehia::domain::{
    id::{AssessmentId, Identifier},
    notify::NoticeKind,
    permission::Role,
    settings::Settings,
    task::TaskKind,
};
use serde_json::{Value, json};

use crate::{
    panels::{Bench, saved},
    support::{
        on_both,
        stage::{Player, Stage, of_anybody},
    },
};

const MEETING: &str = "id version day begins start end place cancelled expected { name } recordedAt present { name } apologies { name }
    interests { party { name } note assessment { reference } }
    agenda { carriedOver readiness assessment { reference title } outcome { recommendation } }
    proposals { readiness assessment { reference } }";

/// Asks for a command on a meeting: its payload, or the code of the error at the top level.
async fn command(stage: &Stage, who: &Player, field: &str, input: Value) -> Result<Value, String> {
    let name = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let query = format!(
        "mutation($input: {name}!) {{ {field}(input: $input) {{ meeting {{ {MEETING} }} errors {{ code message path }} warnings {{ code message }} }} }}"
    );
    let answer = stage.ask(who, &query, json!({ "input": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"][field].clone()),
    }
}

/// A command that must be done: the meeting.
async fn done(stage: &Stage, who: &Player, field: &str, input: Value) -> Value {
    let payload = command(stage, who, field, input).await.unwrap_or_else(|code| panic!("{field}: {code}"));
    assert_eq!(payload["errors"], json!([]), "{field}: {payload:#}");
    payload["meeting"].clone()
}

/// Codes and paths of what is wrong.
async fn refused(stage: &Stage, who: &Player, field: &str, input: Value) -> Vec<(String, String)> {
    let payload = command(stage, who, field, input).await.unwrap_or_else(|code| panic!("{field}: {code}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let path =
        |error: &Value| error["path"].as_array().unwrap().iter().map(text).collect::<Vec<_>>().join("/");
    payload["errors"].as_array().unwrap().iter().map(|error| (text(&error["code"]), path(error))).collect()
}

fn one(code: &str, path: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), path.to_owned())]
}

/// A working day about so many days ahead.
fn ahead(stage: &Stage, days: u64) -> NaiveDate {
    let from = stage.moment.today + Days::new(days);
    from.iter_days().find(|day| ehia::domain::calendar::is_working_day(*day, &[])).unwrap()
}

/// Which messages about meetings are due, as (recipient, kind).
async fn mailed(stage: &Stage) -> Vec<(String, NoticeKind)> {
    let meeting = stage.mail().await.into_iter().filter(|message| message.facts.meeting.is_some());
    let mut mailed: Vec<_> = meeting.map(|message| (message.to_name, message.kind)).collect();
    mailed.sort();
    mailed
}

fn each(names: &[&str], kind: NoticeKind) -> Vec<(String, NoticeKind)> {
    let mut told: Vec<_> = names.iter().map(|name| ((*name).to_owned(), kind)).collect();
    told.sort();
    told
}

async fn submitted(stage: &Stage, author: &Player) -> AssessmentId {
    let case = stage.case(author).await;
    let submit = json!({ "transition": "submit", "expectedRevision": 1 });
    stage.done(author, "transitionAssessment", case, submit).await;
    case
}

async fn reference(stage: &Stage, who: &Player, case: AssessmentId) -> String {
    stage.app.view(&who.actor, case).await.unwrap().case.reference.clone()
}

/// The secretary reads on an agenda how both cases stand, and whoever withdrew from the second nothing of that one.
async fn readiness_is_for_readers(
    stage: &Stage,
    knows: &Player,
    [whole, kept_out]: [Value; 2],
    (left, reached): (AssessmentId, AssessmentId),
) {
    let readiness = async |meeting: &Value, case: AssessmentId| {
        let reference = json!(reference(stage, knows, case).await);
        let items = meeting["agenda"].as_array().unwrap();
        items.iter().find(|item| item["assessment"]["reference"] == reference).unwrap()["readiness"].clone()
    };
    for (meeting, case) in [(&whole, left), (&whole, reached), (&kept_out, left)] {
        assert_ne!(readiness(meeting, case).await, Value::Null);
    }
    assert_eq!(readiness(&kept_out, reached).await, Value::Null, "they are told nothing of how it stands");
}

/// What the lead declared at the meeting is declared in the case: nothing is undone by it, and the chair is asked to answer.
async fn declared_there(stage: &Stage, bench: &Bench, case: AssessmentId) {
    let query = "query($id: ID!) { assessment(id: $id) { state { name } panel { members { person { name } interest awaitsAnswer votes
        declarations { interest by { name } recordedBy { name } meeting { place } note } } }
        outcomes { voted { person { name } } interests { person { name } interest answered } declaredSince { person { name } interest answered } } } }";
    let look = async || {
        stage.read(&bench.secretary, query, json!({ "id": case.global() })).await["assessment"].clone()
    };
    let seat = |told: &Value| {
        let members = told["panel"]["members"].as_array().unwrap();
        members.iter().find(|member| member["person"]["name"] == json!("lead")).unwrap().clone()
    };
    let told = look().await;
    assert_eq!(told["state"]["name"], json!("changes_requested"), "nothing is undone");
    let lead = seat(&told);
    assert_eq!(
        (&lead["interest"], &lead["awaitsAnswer"], &lead["votes"]),
        (&json!("DECLARED_NOTED"), &json!(true), &json!(false))
    );
    let step = &lead["declarations"][1];
    assert_eq!(
        (&step["by"]["name"], &step["recordedBy"]["name"], &step["meeting"]["place"]),
        (&json!("lead"), &json!("secretary"), &json!("Room <4>"))
    );
    let outcome = &told["outcomes"][0];
    let of = |list: &Value| {
        let all = list.as_array().unwrap().iter();
        all.map(|one| {
            (
                one["person"]["name"].as_str().unwrap().to_owned(),
                one["interest"].clone(),
                one["answered"].clone(),
            )
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(of(&outcome["declaredSince"]), [("lead".to_owned(), json!("DECLARED_NOTED"), json!(false))]);
    assert!(
        of(&outcome["interests"]).contains(&("lead".to_owned(), json!("NONE"), Value::Null)),
        "as it was: {outcome:#}"
    );

    // Back before the panel it stops every conclusion until the chair has answered.
    let tasks = async |who: &Player| {
        let told = stage
            .read(who, "{ viewer { tasks(first: 50) { nodes { kind mutation assessmentId } } } }", json!({}))
            .await;
        let mine = told["viewer"]["tasks"]["nodes"].as_array().unwrap().clone().into_iter();
        mine.filter(|task| task["kind"] == json!("ANSWER_INTEREST")).collect::<Vec<_>>()
    };
    assert_eq!(tasks(&bench.chair).await, [Value::Null; 0], "while its author has it nobody is asked");
    let declared = json!({ "member": bench.lead.id(), "interest": "DECLARED_NOTED", "note": "Long ago." });
    stage.done(&bench.chair, "declareInterest", case, declared).await;
    assert_eq!(seat(&look().await)["awaitsAnswer"], json!(false));
}

const MINUTES: &str =
    "query($id: ID!, $format: DocumentFormat!) { meeting(id: $id) { minutes(format: $format) } }";

/// What the minutes say of two cases, of which one was reached, and what the letter to its author does not.
async fn written(
    stage: &Stage,
    [secretary, author]: [&Player; 2],
    id: &Value,
    reached: AssessmentId,
    [first, second]: [&String; 2],
) {
    for format in ["TEXT", "HTML"] {
        let read = stage.read(secretary, MINUTES, json!({ "id": id, "format": format })).await;
        let text = read["meeting"]["minutes"].as_str().unwrap();
        for words in [
            first,
            second,
            "One of us would wait",
            "I once worked",
            "Not reached",
            "Guest, Example charity",
            "withdrew because of an interest",
            "Room 7",
            "lead: declared an interest at this meeting, recorded after it was concluded",
            "one: is counted in the quorum, and sent apologies by the record of this meeting",
        ] {
            assert!(text.contains(words), "{format} without {words}: {text}");
        }
        if format == "TEXT" {
            assert_eq!(
                text.lines().filter(|line| *line == "PRESENT").count(),
                1,
                "a heading was typed: {text}"
            );
        }
        if format == "HTML" {
            assert!(text.contains("Room &lt;4&gt;") && text.contains("&lt;b&gt;briefly"), "{text}");
            assert!(!text.contains("<b>") && !text.contains("<longer>"), "{text}");
        }
        let letter = "query($id: ID!, $format: DocumentFormat!) { assessment(id: $id) { outcomes { meeting { id } letter(format: $format) } } }";
        let read = stage.read(author, letter, json!({ "id": reached.global(), "format": format })).await;
        let outcome = &read["assessment"]["outcomes"][0];
        assert_eq!(outcome["meeting"]["id"], *id);
        let text = outcome["letter"].as_str().unwrap();
        assert!(
            text.contains(first) && text.contains("changes requested") && text.contains("Equality panel"),
            "{text}"
        );
        assert!(
            text.contains("One member of the panel declared an interest at the meeting, recorded only after"),
            "{text}"
        );
        for own in ["One of us", "I once worked", "Guest"] {
            assert!(!text.contains(own), "{format} of the letter tells {own}: {text}");
        }
    }
}

on_both! {
    async fn what_a_member_declares_at_a_meeting_waits_for_the_chair_s_answer(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let plan = json!({ "panelId": panel, "day": stage.moment.today, "place": "Room 4" });
        let id = done(&stage, &bench.secretary, "saveMeeting", plan).await["id"].clone();
        let case = submitted(&stage, &author).await;
        done(&stage, &bench.secretary, "setAgenda", json!({ "meetingId": id, "add": [case.global()] })).await;
        let members = [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]];
        for member in members {
            stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
        }
        let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound." });
        for member in [&bench.lead, &bench.reviewers[0]] {
            stage.done(member, "submitReview", case, review.clone()).await;
        }
        let people: Vec<Value> = members.iter().map(|member| json!({ "person": member.id() })).collect();
        let said = |who: &Player, note: &str| json!({ "party": { "person": who.id() }, "assessmentId": case.global(), "note": note });
        let note = json!({ "meetingId": id, "present": people, "interests": [said(&bench.reviewers[0], "My sister works there.")] });
        let mut elsewhere = note.clone();
        elsewhere["interests"].as_array_mut().unwrap().push(said(&author, "It is mine."));
        assert_eq!(refused(&stage, &bench.secretary, "recordMeeting", elsewhere).await, one("NOT_PRESENT", "interests/1"));
        done(&stage, &bench.secretary, "recordMeeting", note.clone()).await;
        // Recorded anew it is not declared anew.
        done(&stage, &bench.secretary, "recordMeeting", note).await;
        let steps = stage.app.view(&bench.secretary.actor, case).await.unwrap().case.process.interests[&bench.reviewers[0].person()].steps.len();
        assert_eq!(steps, 2, "that there was none, and that there is");

        let approve = json!({ "transition": "approve", "expectedRevision": 1, "comment": "Everybody was heard.", "outcome": { "attendees": people, "meeting": id } });
        let stopped = stage.command(&bench.chair, "transitionAssessment", case, approve.clone()).await.unwrap();
        let blockers = stopped["blockers"].as_array().unwrap();
        assert_eq!((blockers.len(), &blockers[0]["code"]), (1, &json!("INTEREST_UNANSWERED")), "{stopped:#}");
        let told = blockers[0]["message"].as_str().unwrap();
        assert!(told.starts_with("one declared an interest that nobody has answered: the chair of the panel, or else the equality lead or the panel's secretary, answers it"), "{told}");
        let available = "query($id: ID!) { assessment(id: $id) { availableTransitions { blockers { message } } } }";
        let available = stage.read(&bench.chair, available, json!({ "id": case.global() })).await.to_string();
        assert!(available.contains("one declared an interest that nobody has answered") && !available.contains("person:"), "{available}");

        // The chair is asked, in their list and in the digest of the next morning, and nobody else.
        let tasks = "{ viewer { tasks(first: 50) { nodes { kind mutation assessmentId } } } }";
        for (who, asked) in [(&bench.chair, true), (&bench.secretary, false), (&bench.lead, false), (&bench.reviewers[0], false)] {
            let told = stage.read(who, tasks, json!({})).await["viewer"]["tasks"]["nodes"].clone();
            let task = json!({ "kind": "ANSWER_INTEREST", "mutation": "declareInterest", "assessmentId": case.global() });
            assert_eq!(told.as_array().unwrap().contains(&task), asked, "{told:#}");
        }
        let day = ahead(&stage, 1);
        let morning = ehia::domain::calendar::Moment { at: day.and_hms_opt(10, 0, 0).unwrap().and_utc(), today: day };
        stage.app.post_digests(morning).await.unwrap();
        let told = stage.app.claim_messages("test", chrono::Duration::minutes(1), 100, morning).await.unwrap().ready;
        let asks = |name: &str| {
            let mut digests = told.iter().filter(|one| one.to_name == name).filter_map(|one| one.digest.as_ref());
            digests.any(|digest| digest.owed.iter().flat_map(|case| &case.tasks).any(|task| task.kind == TaskKind::AnswerInterest))
        };
        assert_eq!((asks("chair"), asks("lead")), (true, false));

        let answer = json!({ "member": bench.reviewers[0].id(), "interest": "DECLARED_NOTED" });
        assert_eq!(stage.command(&bench.reviewers[1], "declareInterest", case, answer.clone()).await.unwrap_err(), "FORBIDDEN");
        stage.done(&bench.chair, "declareInterest", case, answer).await;
        stage.done(&bench.chair, "transitionAssessment", case, approve).await;
        assert_eq!(stage.app.verify_audit(&[], &[], &mut |_| ()).await.unwrap().faults, []);
    }

    async fn what_the_panel_met_about_is_concluded_by_those_who_were_there(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let plan = json!({ "panelId": panel, "day": stage.moment.today, "place": "Room 4" });
        let id = done(&stage, &bench.secretary, "saveMeeting", plan).await["id"].clone();
        let case = submitted(&stage, &author).await;
        done(&stage, &bench.secretary, "setAgenda", json!({ "meetingId": id, "add": [case.global()] })).await;
        for member in [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]] {
            stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
        }
        let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound." });
        for member in [&bench.lead, &bench.reviewers[0]] {
            stage.done(member, "submitReview", case, review.clone()).await;
        }
        let approve = |outcome: Value| json!({ "transition": "approve", "expectedRevision": 1, "comment": "Everybody was heard.", "outcome": outcome });
        let (chair, lead) = (json!({ "person": bench.chair.id() }), json!({ "person": bench.lead.id() }));

        // An address of somebody with an account is that of a person, who counts or does not.
        let typed = json!({ "name": "L. Ead", "email": "LEAD@example.org" });
        let note = json!({ "meetingId": id, "present": [chair, typed], "apologies": [typed], "interests": [{ "party": typed, "note": "None." }] });
        let mut told = refused(&stage, &bench.secretary, "recordMeeting", note).await;
        told.sort();
        let has_account = |path: &str| ("HAS_ACCOUNT".to_owned(), path.to_owned());
        assert_eq!(told, [has_account("apologies/0/email"), has_account("interests/0/email"), has_account("present/1/email")]);
        for (attendees, apologies, path) in [
            (json!([chair, typed]), json!([]), "outcome/attendees/1/email"),
            (json!([chair]), json!([typed]), "outcome/apologies/0/email"),
        ] {
            let away = approve(json!({ "attendees": attendees, "apologies": apologies }));
            assert_eq!(stage.refused(&bench.chair, "transitionAssessment", case, away).await, [has_account(path)]);
        }

        // Once it is recorded who was there, an outcome that leaves the meeting out does not count whoever stayed away.
        done(&stage, &bench.secretary, "recordMeeting", json!({ "meetingId": id, "present": [chair] })).await;
        let unnamed = stage.refused(&bench.chair, "transitionAssessment", case, approve(json!({ "attendees": [chair] }))).await;
        assert_eq!(unnamed, one("MEETING_NOT_NAMED", "outcome/meeting"));
        let alone = stage.command(&bench.chair, "transitionAssessment", case, approve(json!({ "attendees": [chair], "meeting": id }))).await.unwrap();
        assert_eq!(alone["blockers"][0]["code"], json!("QUORUM"), "{alone:#}");
        done(&stage, &bench.secretary, "recordMeeting", json!({ "meetingId": id, "present": [chair, lead] })).await;
        stage.done(&bench.chair, "transitionAssessment", case, approve(json!({ "attendees": [chair, lead], "meeting": id }))).await;
    }

    async fn nobody_declares_for_others_in_a_case_of_their_own(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let bench = Bench::new(&stage).await;
        let both = stage.player("both", &[(stage.home, Role::Author), (stage.home, Role::PanelSecretary)]).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let plan = json!({ "panelId": panel, "day": stage.moment.today, "place": "Room 4" });
        let id = done(&stage, &bench.secretary, "saveMeeting", plan).await["id"].clone();
        let case = submitted(&stage, &both).await;
        done(&stage, &bench.secretary, "setAgenda", json!({ "meetingId": id, "add": [case.global()] })).await;
        let lead = json!({ "person": bench.lead.id() });
        let said = |note: &str| json!({ "meetingId": id, "present": [lead], "interests": [{ "party": lead, "assessmentId": case.global(), "note": note }] });
        assert_eq!(
            refused(&stage, &both, "recordMeeting", said("They want me out.")).await,
            one("SEPARATION_OF_DUTIES", "interests/0")
        );
        let steps = async || {
            let view = stage.app.view(&bench.secretary.actor, case).await.unwrap();
            let kept = view.case.process.interests.get(&bench.lead.person());
            kept.map(|kept| kept.steps.clone()).unwrap_or_default()
        };
        assert!(steps().await.is_empty());
        // Mended before anybody answered it is one declaration.
        for note in ["My brother works there.", "My sister works there."] {
            done(&stage, &bench.secretary, "recordMeeting", said(note)).await;
            let kept = steps().await;
            assert_eq!((kept.len(), kept[0].note.as_deref()), (1, Some(note)));
        }
    }

    async fn invitations_go_to_those_concerned_and_to_nobody_else(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        stage.mail().await;
        let day = ahead(&stage, 30);
        let plan = json!({ "panelId": panel, "day": day, "place": "Room 4" });
        let meeting = done(&stage, &bench.secretary, "saveMeeting", plan.clone()).await;
        assert_eq!((&meeting["begins"], &meeting["version"]), (&json!("10:00"), &json!(1)), "as the panel usually does");
        assert_eq!(mailed(&stage).await, each(&["chair", "lead", "one", "two"], NoticeKind::MeetingInvited));
        let id = meeting["id"].clone();
        let moved = |version: u32, more: Value| {
            let mut input = json!({ "id": id, "expectedVersion": version, "panelId": panel, "day": day, "place": "Room 4" });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };

        // Another hour concerns everybody; the same once more nobody.
        done(&stage, &bench.chair, "saveMeeting", moved(1, json!({ "begins": "14:00" }))).await;
        assert_eq!(mailed(&stage).await, each(&["chair", "lead", "one", "two"], NoticeKind::MeetingMoved));
        done(&stage, &bench.secretary, "saveMeeting", moved(2, json!({}))).await;
        assert_eq!(mailed(&stage).await, []);
        // Somebody else concerns those who come and go.
        let expected = json!({ "expected": [bench.chair.id(), bench.lead.id(), bench.reviewers[0].id(), bench.reviewers[2].id()] });
        done(&stage, &bench.secretary, "saveMeeting", moved(3, expected)).await;
        let mut swapped = each(&["three"], NoticeKind::MeetingInvited);
        swapped.extend(each(&["two"], NoticeKind::MeetingCancelled));
        let messages = stage.mail().await;
        let gone = messages.iter().find(|message| message.kind == NoticeKind::MeetingCancelled).unwrap();
        assert_eq!(gone.facts.meeting.as_ref().unwrap().sequence, 2, "higher than what their calendar has");
        let mut told: Vec<_> = messages.into_iter().map(|message| (message.to_name, message.kind)).collect();
        told.sort();
        swapped.sort();
        assert_eq!(told, swapped);
        // What was moved before the message went is said once, as it stands.
        done(&stage, &bench.secretary, "saveMeeting", moved(4, json!({ "place": "Room 5" }))).await;
        done(&stage, &bench.secretary, "saveMeeting", moved(5, json!({ "place": "Room 6" }))).await;
        let messages = stage.mail().await;
        assert_eq!(messages.len(), 4, "{messages:#?}");
        assert!(messages.iter().all(|message| message.facts.meeting.as_ref().unwrap().place == "Room 6"));
        let sequences: Vec<u32> = messages.iter().map(|message| message.facts.meeting.as_ref().unwrap().sequence).collect();
        assert_eq!(sequences, [4; 4], "one for the hour, one for who is expected, two for the place");
        let reason = json!({ "meetingId": id, "reason": "The chair is ill." });
        let cancelled = done(&stage, &bench.secretary, "cancelMeeting", reason.clone()).await;
        assert_eq!(cancelled["cancelled"], json!(true));
        let told = stage.mail().await;
        assert!(told.iter().all(|message| message.kind == NoticeKind::MeetingCancelled), "{told:#?}");
        assert!(told.iter().all(|message| message.facts.meeting.as_ref().unwrap().sequence == 5));
        assert_eq!(told.len(), 4);
        assert_eq!(refused(&stage, &bench.secretary, "cancelMeeting", reason).await, one("CANCELLED", "meetingId"));
        // The day is free again.
        done(&stage, &bench.secretary, "saveMeeting", plan).await;
    }

    async fn a_meeting_that_cannot_be_is_refused(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::PanelSecretary)]).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let day = ahead(&stage, 20);
        let plan = |more: Value| {
            let mut input = json!({ "panelId": panel, "day": day, "place": "Room 4" });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            input
        };
        let of = async |more: Value| refused(&stage, &bench.secretary, "saveMeeting", plan(more)).await;
        assert_eq!(of(json!({ "day": stage.moment.today - Days::new(1) })).await, one("PAST", "day"));
        assert_eq!(of(json!({ "day": "2061-01-04" })).await, one("UNKNOWN_YEAR", "day"));
        assert_eq!(of(json!({ "begins": "noon" })).await, one("INVALID", "begins"));
        assert_eq!(of(json!({ "minutes": 0 })).await, one("INVALID", "minutes"));
        assert_eq!(of(json!({ "place": "two\nlines" })).await[0].1, "place");
        assert_eq!(of(json!({ "expected": [] })).await, one("REQUIRED", "expected"));
        assert_eq!(of(json!({ "expected": [stranger.id()] })).await, one("NOT_FOUND", "expected/0"));
        for (who, code) in [(&bench.reviewers[0], "FORBIDDEN"), (&stranger, "NOT_FOUND")] {
            assert_eq!(command(&stage, who, "saveMeeting", plan(json!({}))).await.unwrap_err(), code);
        }
        let saturday = day.iter_days().find(|day| day.weekday() == Weekday::Sat).unwrap();
        let warned = command(&stage, &bench.secretary, "saveMeeting", plan(json!({ "day": saturday }))).await.unwrap();
        assert_eq!((&warned["errors"], &warned["warnings"][0]["code"]), (&json!([]), &json!("NO_WORKING_DAY")));
        let meeting = done(&stage, &bench.secretary, "saveMeeting", plan(json!({}))).await;
        assert_eq!(of(json!({})).await, one("TWICE", "day"));
        let outdated = plan(json!({ "id": meeting["id"], "expectedVersion": 7 }));
        assert_eq!(refused(&stage, &bench.secretary, "saveMeeting", outdated).await, one("CONFLICT", "expectedVersion"));
        let early = json!({ "meetingId": meeting["id"], "present": [{ "name": "A. Nother" }] });
        assert_eq!(refused(&stage, &bench.secretary, "recordMeeting", early).await, one("NOT_YET", "meetingId"));
        let query = "query($id: ID!) { meeting(id: $id) { day } node(id: $id) { id } }";
        let none = stage.read(&stranger, query, json!({ "id": meeting["id"] })).await;
        assert_eq!(none, json!({ "meeting": null, "node": null }));
    }

    async fn a_meeting_is_held_from_its_agenda_to_its_minutes(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let today = json!({ "panelId": panel, "day": stage.moment.today, "place": "Room <4>" });
        let meeting = done(&stage, &bench.secretary, "saveMeeting", today).await;
        let id = meeting["id"].clone();

        let (reached, left) = (submitted(&stage, &author).await, submitted(&stage, &author).await);
        let draft = stage.case(&author).await;
        let query = format!("query($id: ID!) {{ meeting(id: $id) {{ {MEETING} }} }}");
        let look = async |who: &Player| stage.read(who, &query, json!({ "id": id })).await["meeting"].clone();
        let proposals = look(&bench.secretary).await["proposals"].clone();
        assert_eq!(proposals.as_array().unwrap().len(), 2, "{proposals:#}");
        assert!(proposals.as_array().unwrap().iter().all(|item| item["readiness"] == json!("EXPECTED")));
        assert_eq!(look(&bench.reviewers[3]).await["proposals"], json!([]));
        let early = json!({ "meetingId": id, "add": [draft.global()] });
        assert_eq!(refused(&stage, &bench.secretary, "setAgenda", early).await, one("NOT_BEFORE_PANEL", "add/0"));
        let conclude = |more: Value| {
            let mut outcome = json!({ "attendees": [{ "person": bench.chair.id() }, { "name": "Guest", "organisation": "Example charity" }], "meeting": id,
                "dissent": "One of us would wait for the survey." });
            outcome.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "transition": "return", "expectedRevision": 1, "comment": "Say who waits <longer> & why.", "paths": [["impacts"]], "outcome": outcome })
        };
        for member in [&bench.chair, &bench.lead, &bench.reviewers[0], &bench.reviewers[1]] {
            for case in [reached, left] {
                stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
            }
        }
        stage.done(&bench.reviewers[1], "declareInterest", reached, json!({ "interest": "WITHDRAWN", "note": "My own team." })).await;
        let after = json!({ "panelId": panel, "day": ahead(&stage, 14), "place": "Room 7" });
        done(&stage, &bench.secretary, "saveMeeting", after).await;
        let off = stage.refused(&bench.chair, "transitionAssessment", reached, conclude(json!({}))).await;
        assert_eq!(off, one("NOT_ON_AGENDA", "outcome/meeting"));
        let both = json!({ "meetingId": id, "add": [left.global(), reached.global()] });
        done(&stage, &bench.secretary, "setAgenda", both).await;
        readiness_is_for_readers(&stage, &bench.secretary, [look(&bench.secretary).await, look(&bench.reviewers[1]).await], (left, reached)).await;
        let review = json!({ "expectedRevision": 1, "recommendation": "RETURN", "summary": "Not yet." });
        let unread = stage.command(&bench.chair, "transitionAssessment", reached, conclude(json!({}))).await.unwrap();
        assert_eq!(unread["blockers"][0]["code"], json!("QUORUM"), "a return is a conclusion of the panel: {unread:#}");
        stage.done(&bench.reviewers[0], "submitReview", reached, review).await;
        // Whoever reviewed counts where they were there, and not where they were away.
        let there = json!([{ "person": bench.chair.id() }, { "person": bench.reviewers[0].id() }, { "name": "Guest", "organisation": "Example charity" }]);
        let without = json!({ "apologies": [{ "person": bench.reviewers[0].id() }] });
        for (more, because) in [(json!({}), "(is not among those who were at the meeting"), (without, "(sent apologies)")] {
            let alone = stage.command(&bench.chair, "transitionAssessment", reached, conclude(more)).await.unwrap();
            assert_eq!(alone["blockers"][0]["code"], json!("QUORUM"), "{alone:#}");
            let told = alone["blockers"][0]["message"].as_str().unwrap();
            assert!(told.contains(&format!("one {because}")), "who, by name, and why: {told}");
        }
        stage.done(&bench.chair, "transitionAssessment", reached, conclude(json!({ "attendees": there }))).await;
        let nowhere = json!({ "meeting": "meeting:01900000-0000-7000-8000-00000000beef" });
        let off = stage.refused(&bench.chair, "transitionAssessment", left, conclude(nowhere)).await;
        assert_eq!(off, one("NOT_FOUND", "outcome/meeting"));

        let note = json!({ "meetingId": id,
            "present": [{ "person": bench.chair.id() }, { "person": bench.lead.id() }, { "name": "Guest", "organisation": "Example charity" }],
            "apologies": [{ "person": bench.reviewers[0].id() }, { "person": bench.reviewers[1].id() }],
            "interests": [
                { "party": { "person": bench.lead.id() }, "assessmentId": reached.global(), "note": "I once worked\nPRESENT\nthere <b>briefly</b>." },
                { "party": { "name": "Guest" }, "note": "None." },
            ] });
        let mut wrong = note.clone();
        wrong["interests"][0]["assessmentId"] = json!(draft.global());
        assert_eq!(refused(&stage, &bench.secretary, "recordMeeting", wrong).await, one("NOT_ON_AGENDA", "interests/0/assessmentId"));
        let held = done(&stage, &bench.secretary, "recordMeeting", note).await;
        assert_eq!(held["present"].as_array().unwrap().len(), 3);
        assert_eq!(held["agenda"].as_array().unwrap().len(), 2);
        declared_there(&stage, &bench, reached).await;

        // The record has the meeting, and the panel's own stays its own.
        let mine = look(&author).await;
        assert_eq!((&mine["present"], &mine["interests"]), (&json!([]), &json!([])));
        let refused_to = stage.ask(&author, MINUTES, json!({ "id": id, "format": "TEXT" })).await;
        assert_eq!(refused_to["errors"][0]["extensions"]["code"], json!("FORBIDDEN"));
        let [first, second] = [reference(&stage, &author, reached).await, reference(&stage, &author, left).await];
        written(&stage, [&bench.secretary, &author], &id, reached, [&first, &second]).await;
        let record = stage.app.view(&bench.secretary.actor, reached).await.unwrap();
        let outcome = record.case.process.outcomes[0].clone();
        let kept = stage.app.find_record(&bench.secretary.actor, reached, &outcome.record).await.unwrap().unwrap();
        assert!(kept.document.to_string().contains(&outcome.meeting.unwrap().to_string()), "the record has the meeting");

        // What was not reached goes over to the next meeting, what was does not.
        let next = json!({ "panelId": panel, "day": ahead(&stage, 28), "place": "Room 4" });
        let next = done(&stage, &bench.secretary, "saveMeeting", next).await;
        let agenda = next["agenda"].as_array().unwrap();
        assert_eq!(agenda.len(), 1, "{agenda:#?}");
        assert_eq!((&agenda[0]["assessment"]["reference"], &agenda[0]["carriedOver"]), (&json!(second), &json!(true)));
        let off = json!({ "meetingId": next["id"], "remove": [left.global()] });
        assert_eq!(done(&stage, &bench.secretary, "setAgenda", off).await["agenda"], json!([]));
    }

    async fn by_when_to_submit_is_told_backwards_from_the_decision(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::Author)]).await;
        let query = "query($day: Date!) { submitBy(organisation: \"T6Y0W\", decisionDate: $day) {
            submitBy tooLate earliestDecision reviewDays paperDays inWords steps { kind on } } }";
        let ask = async |who: &Player, day: NaiveDate| stage.ask(who, query, json!({ "day": day })).await;
        let plan = ask(&bench.reviewers[0], ahead(&stage, 90)).await["data"]["submitBy"].clone();
        let kinds = |plan: &Value| plan["steps"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
        assert_eq!(kinds(&plan), ["SUBMIT", "REVIEW", "PAPERS", "DECISION"], "no panel meets here");
        assert_eq!((&plan["reviewDays"], &plan["paperDays"], &plan["tooLate"]), (&json!(10), &json!(5), &json!(false)));

        saved(&stage, &bench.secretary, bench.panel()).await;
        let plan = ask(&bench.reviewers[0], ahead(&stage, 90)).await["data"]["submitBy"].clone();
        assert_eq!(kinds(&plan), ["SUBMIT", "REVIEW", "PANEL", "PAPERS", "DECISION"]);
        let panel: NaiveDate = plan["steps"][2]["on"].as_str().unwrap().parse().unwrap();
        assert!(panel.weekday() == Weekday::Tue && (8..=14).contains(&panel.day()), "{panel} is no second Tuesday");
        let late = ask(&bench.reviewers[0], ahead(&stage, 3)).await["data"]["submitBy"].clone();
        assert_eq!(late["tooLate"], json!(true));
        assert!(late["inWords"].as_str().unwrap().contains("at the earliest"), "{late:#}");
        let code = |answer: Value| answer["errors"][0]["extensions"]["code"].as_str().unwrap().to_owned();
        assert_eq!(code(ask(&stranger, ahead(&stage, 90)).await), "FORBIDDEN");
        for day in ["2020-01-06", "2061-01-04"] {
            assert_eq!(code(ask(&bench.chair, day.parse().unwrap()).await), "BAD_REQUEST");
        }
    }
}
