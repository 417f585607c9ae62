//! What is refused says what would be accepted. All synthetic.

use chrono::{Days, NaiveDate};
use ehia::domain::{id::Identifier, permission::Role, settings::Settings};
use serde_json::{Value, json};

use crate::{
    leave::{leave, save_leave},
    panels::{Bench, save, saved},
    support::{
        on_both,
        stage::{HOME, Player, Stage, of_anybody},
    },
};

/// A day of a year whose bank holidays nobody knows.
const UNKNOWN: &str = "2061-01-04";

/// All that a payload has mended, as "CODE path: message".
fn told(payload: &Value) -> String {
    let both = ["errors", "blockers", "warnings"].into_iter();
    let all = both.flat_map(|list| payload[list].as_array().into_iter().flatten());
    let line = |one: &Value| {
        let path: Vec<&str> =
            one["path"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        format!("{} {}: {}", one["code"].as_str().unwrap(), path.join("/"), one["message"].as_str().unwrap())
    };
    all.map(line).collect::<Vec<_>>().join("\n")
}

async fn planned(stage: &Stage, who: &Player, panel: &str, day: &str) -> Value {
    let query =
        "mutation($input: SaveMeetingInput!) { saveMeeting(input: $input) { errors { code message path } } }";
    let input = json!({ "panelId": panel, "day": day, "place": "Room 4" });
    stage.read(who, query, json!({ "input": input })).await["saveMeeting"].clone()
}

on_both! {
    async fn what_is_refused_of_panels_meetings_and_leave_says_what_would_be_accepted(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let panel = saved(&stage, &bench.secretary, bench.panel()).await;
        let today = stage.moment.today;
        let mut found: Vec<(&str, String, &str, &str)> = Vec::new();

        let mut short = bench.panel();
        short["name"] = json!("Another panel (synthetic)");
        short["members"].as_array_mut().unwrap().truncate(1);
        let refused = save(&stage, &bench.secretary, short).await.unwrap();
        found.push(("a panel that cannot be quorate", told(&refused), "NOT_QUORATE", "Name more members"));

        let mut writes = bench.panel();
        writes["name"] = json!("A third panel (synthetic)");
        writes["members"][3]["alternate"] = json!(author.id());
        let refused = save(&stage, &bench.secretary, writes).await.unwrap();
        found.push(("an alternate who may not sit", told(&refused), "members/3/alternate", "reviewers, chairs, equality leads"));

        let past = (today - Days::new(1)).to_string();
        let refused = planned(&stage, &bench.secretary, &panel, &past).await;
        found.push(("a meeting in the past", told(&refused), "PAST day", "Name today or a later day"));
        let refused = planned(&stage, &bench.secretary, &panel, UNKNOWN).await;
        found.push(("a meeting in an unknown year", told(&refused), "UNKNOWN_YEAR day", "name a day from 1978 to 20"));

        leave(&stage, &bench.lead, None, 3, 9).await;
        let day = |days: u64| -> NaiveDate { today + Days::new(days) };
        let away = json!({ "organisation": HOME, "deputy": bench.lead.id(), "from": day(5), "until": day(6) });
        let refused = save_leave(&stage, &bench.chair, away).await.unwrap();
        found.push(("a deputy who is away", told(&refused), "CLASH deputy", "name somebody else"));
        leave(&stage, &bench.chair, Some(&bench.secretary), 20, 25).await;
        let both = json!({ "organisation": HOME, "from": day(24), "until": day(30) });
        let refused = save_leave(&stage, &bench.secretary, both).await.unwrap();
        found.push(("a deputy who goes away", told(&refused), "CLASH from", "let somebody else do that first"));
        let far = json!({ "organisation": HOME, "from": UNKNOWN, "until": UNKNOWN });
        let refused = save_leave(&stage, &bench.chair, far).await.unwrap();
        found.push(("leave in an unknown year", told(&refused), "UNKNOWN_YEAR", "name a day from 1978 to 20"));

        for (what, told, place, accepted) in found {
            assert!(told.contains(place) && told.contains(accepted), "{what}: {told}");
        }
    }

    async fn a_decision_on_what_is_no_longer_current_says_what_the_case_is_at(database) {
        let stage = Stage::new(database, Settings { workflow: "two-person".into(), ..Settings::default() }).await;
        let author = stage.at_home("author", Role::Author).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let body = stage.at_home("body", Role::DecisionMaker).await;
        // What was recommended is opened again and changed: it is another revision that is decided.
        let case = stage.case(&author).await;
        let step = async |who: &Player, transition: &str, revision: u32, more: Value| {
            let mut input = json!({ "transition": transition, "expectedRevision": revision, "comment": "Because." });
            input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            stage.command(who, "transitionAssessment", case, input).await.unwrap()
        };
        let there = json!([{ "person": body.id() }]);
        let concluded = json!({ "outcome": { "attendees": there } });
        let reopened = json!({ "paths": [["proposal", "summary"]] });
        for (who, transition, more) in [
            (&author, "send", json!({})),
            (&lead, "recommend", concluded.clone()),
            (&lead, "reopen", reopened),
        ] {
            assert_eq!(told(&step(who, transition, 1, more).await), "", "{transition}");
        }
        stage.edit(&author, case, json!([{ "title": "Another title (synthetic)" }])).await;
        assert_eq!(told(&step(&author, "send", 2, json!({})).await), "");
        assert_eq!(told(&step(&lead, "recommend", 2, concluded).await), "");
        let decision = json!({ "decision": { "body": "Board", "authority": "Scheme 4.2", "meeting": stage.moment.today, "outcome": "PROCEED",
            "reasons": "Because.", "present": there, "readBy": there, "statement": "Due regard was had.", "acceptedFindings": [] } });
        let refused = step(&body, "adopt", 1, decision).await;
        let told = told(&refused);
        assert!(told.contains("CONFLICT") && told.contains("the case is at revision 2: look at what changed"), "{told}");
    }

    async fn a_condition_that_cannot_be_says_what_would_be_accepted(database) {
        let stage = Stage::new(database, of_anybody(2)).await;
        let bench = Bench::new(&stage).await;
        let author = stage.at_home("author", Role::Author).await;
        let [one, two, ..] = &bench.reviewers[..] else { unreachable!() };
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        let refused = stage.command(&bench.secretary, "assignPanel", case, json!({ "members": [one.id(), author.id()] })).await.unwrap();
        let told_of = told(&refused);
        assert!(told_of.contains("members/") && told_of.contains("reviewers"), "the author on the panel: {told_of}");
        stage.done(&bench.secretary, "assignPanel", case, json!({ "members": [bench.chair.id(), one.id()] })).await;
        for member in [&bench.chair, one] {
            stage.done(member, "declareInterest", case, json!({ "interest": "NONE" })).await;
        }
        let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound." });
        stage.done(one, "submitReview", case, review).await;
        let due = stage.moment.today + Days::new(30);
        let refused = async |owner: &Player, verifier: &Player, due: &str| {
            let condition = json!({ "text": "Publish the plan.", "owner": { "person": owner.id() }, "due": due, "verifier": { "person": verifier.id() } });
            let outcome = json!({ "attendees": [{ "person": bench.chair.id() }], "conditions": [condition] });
            let input = json!({ "transition": "approve_with_conditions", "expectedRevision": 1, "comment": "Because.", "outcome": outcome });
            told(&stage.command(&bench.chair, "transitionAssessment", case, input).await.unwrap())
        };
        let (owner, due) = (&bench.lead, due.to_string());
        for (what, told, code, accepted) in [
            ("its owner verifies", refused(owner, owner, &due).await, "VERIFIER_IS_OWNER", "name somebody else"),
            ("its author verifies", refused(owner, &author, &due).await, "VERIFIER_IS_PARTY", "name somebody else"),
            ("it was due", refused(owner, two, "2026-01-05").await, "IN_THE_PAST", "give one by which the condition can be met"),
            ("in an unknown year", refused(owner, two, UNKNOWN).await, "UNKNOWN_YEAR", "name a day from 1978 to 20"),
        ] {
            assert!(told.contains(code) && told.contains(accepted), "{what}: {told}");
        }
        let query = "query($day: Date!) { submitBy(organisation: \"T6Y0W\", decisionDate: $day) { submitBy } }";
        let asked = stage.ask(&bench.chair, query, json!({ "day": UNKNOWN })).await;
        let message = asked["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains("name a day from 1978 to 20"), "{message}");
        assert_eq!(stage.app.view(&author.actor, case).await.unwrap().case.state, "panel_review", "{}", case.global());
    }
}
