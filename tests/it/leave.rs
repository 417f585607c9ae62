//! Leave: deputies act with the roles of whoever is away, in their own name, and break no separation of duties. All
//! synthetic.

use chrono::Days;
use ehia::domain::{
    id::{AssessmentId, Identifier},
    notify::NoticeKind,
    permission::Role,
    settings::Settings,
};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    stage::{HOME, Player, Stage, of_anybody},
};

const SAVE: &str =
    "mutation($input: SaveLeaveInput!) { saveLeave(input: $input) { leave { id from until deputy { id }
    person { id } } errors { code message path } } }";
const END: &str =
    "mutation($input: EndLeaveInput!) { endLeave(input: $input) { leave { until } errors { code path } } }";

/// Enters leave: the payload, or the code of the error at the top level.
pub async fn save_leave(stage: &Stage, who: &Player, input: Value) -> Result<Value, String> {
    of(stage, who, "saveLeave", SAVE, input).await
}

async fn of(stage: &Stage, who: &Player, field: &str, query: &str, input: Value) -> Result<Value, String> {
    let answer = stage.ask(who, query, json!({ "input": input })).await;
    match answer["errors"][0]["extensions"]["code"].as_str() {
        Some(code) => Err(code.to_owned()),
        None => Ok(answer["data"][field].clone()),
    }
}

/// Leave that must be taken: its identifier.
pub async fn leave(stage: &Stage, who: &Player, deputy: Option<&Player>, from: u64, until: u64) -> Value {
    let day = |days| stage.moment.today + Days::new(days);
    let input = json!({ "organisation": HOME, "deputy": deputy.map(Player::id), "from": day(from), "until": day(until) });
    let payload = save_leave(stage, who, input).await.unwrap();
    assert_eq!(payload["errors"], json!([]), "{payload:#}");
    payload["leave"]["id"].clone()
}

/// Who did what last in the case, and for whom.
pub async fn last(stage: &Stage, who: &Player, case: AssessmentId) -> Value {
    let query = "query($id: ID!) { assessment(id: $id) { history(first: 100) { nodes { kind by { id } onBehalfOf { id } } } } }";
    let read = stage.read(who, query, json!({ "id": case.global() })).await;
    read["assessment"]["history"]["nodes"].as_array().unwrap().last().unwrap().clone()
}

on_both! {
    async fn a_deputy_acts_for_whoever_is_away_and_the_record_says_so(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let deputy = stage.at_home("deputy", Role::Reviewer).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let case = stage.case(&author).await;
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        let assign = json!({ "members": [member.id()] });
        let code = stage.command(&deputy, "assignPanel", case, assign.clone()).await.unwrap_err();
        assert_eq!(code, "FORBIDDEN", "a reviewer assigns no panel");
        let waits = "query { viewer { tasks { totalCount } deputises { role onBehalfOf { id } until } } }";
        assert_eq!(stage.read(&deputy, waits, json!({})).await["viewer"]["tasks"]["totalCount"], json!(0));
        stage.mail().await;

        let id = leave(&stage, &secretary, Some(&deputy), 0, 6).await;
        let told: Vec<_> = stage.mail().await.into_iter().map(|one| (one.kind, one.to_name)).collect();
        assert_eq!(told, [(NoticeKind::DeputyNamed, "deputy".to_owned())]);
        let viewer = stage.read(&deputy, waits, json!({})).await["viewer"].clone();
        let day = stage.moment.today + Days::new(6);
        assert_eq!(viewer["deputises"], json!([{ "role": "PANEL_SECRETARY", "onBehalfOf": { "id": secretary.id() }, "until": day }]));
        assert!(viewer["tasks"]["totalCount"].as_u64() > Some(0), "{viewer:#}");
        stage.done(&deputy, "assignPanel", case, assign.clone()).await;
        assert_eq!(last(&stage, &secretary, case).await, json!({ "kind": "PANEL_ASSIGNED", "by": { "id": deputy.id() }, "onBehalfOf": { "id": secretary.id() } }));
        // What they may do in their own right they do in their own right.
        let twice = json!({ "members": [member.id(), deputy.id()] });
        stage.done(&secretary, "assignPanel", case, twice).await;
        assert_eq!(last(&stage, &secretary, case).await["onBehalfOf"], json!(null));
        stage.done(&deputy, "declareInterest", case, json!({ "interest": "NONE" })).await;
        assert_eq!(last(&stage, &secretary, case).await["onBehalfOf"], json!(null));

        // Back from leave, nobody acts for them any more.
        let payload = of(&stage, &secretary, "endLeave", END, json!({ "leaveId": id })).await.unwrap();
        assert_eq!(payload, json!({ "leave": null, "errors": [] }), "it began today, so nothing is left of it");
        assert_eq!(stage.command(&deputy, "assignPanel", case, assign).await.unwrap_err(), "FORBIDDEN");
        let told: Vec<_> = stage.mail().await.into_iter().map(|one| one.kind).collect();
        assert!(told.contains(&NoticeKind::DeputyNamed), "they no longer stand in: {told:?}");
        // What was taken back before it went is not told.
        let id = leave(&stage, &secretary, Some(&deputy), 0, 6).await;
        of(&stage, &secretary, "endLeave", END, json!({ "leaveId": id })).await.unwrap();
        let told = stage.mail().await;
        assert!(told.iter().all(|one| one.facts.what.is_none()), "they are asked to stand in: {told:#?}");
        let again = of(&stage, &secretary, "endLeave", END, json!({ "leaveId": id })).await;
        assert_eq!(again.unwrap_err(), "NOT_FOUND");
    }

    async fn whatever_is_done_in_anothers_place_says_so(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        let author = stage.at_home("author", Role::Author).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let body = stage.at_home("body", Role::DecisionMaker).await;
        let member = stage.at_home("member", Role::Reviewer).await;
        let [keeps, chairs, leads, reads] = ["keeps", "chairs", "leads", "reads"];
        let (keeps, chairs) = (stage.at_home(keeps, Role::Reviewer).await, stage.at_home(chairs, Role::Reviewer).await);
        let (leads, reads) = (stage.at_home(leads, Role::Reviewer).await, stage.at_home(reads, Role::Reviewer).await);
        for (away, deputy) in [(&secretary, &keeps), (&chair, &chairs), (&lead, &leads), (&body, &reads)] {
            leave(&stage, away, Some(deputy), 0, 6).await;
        }
        let case = stage.case(&author).await;
        let says = async |who: &Player, of: &Player, command: &str, input: Value| {
            stage.done(who, command, case, input).await;
            let last = last(&stage, &secretary, case).await;
            assert_eq!((&last["by"]["id"], &last["onBehalfOf"]["id"]), (&json!(who.id()), &json!(of.id())), "{command}");
        };
        stage.done(&author, "transitionAssessment", case, json!({ "transition": "submit", "expectedRevision": 1 })).await;
        says(&keeps, &secretary, "assignPanel", json!({ "members": [chair.id(), member.id()] })).await;
        for (who, interest) in [(&chair, json!({ "interest": "NONE" })), (&member, json!({ "interest": "DECLARED_NOTED", "note": "I know them." }))] {
            stage.done(who, "declareInterest", case, interest).await;
        }
        let answer = |of: &Player| json!({ "member": of.id(), "interest": "DECLARED_NOTED", "note": "Noted." });
        says(&chairs, &chair, "declareInterest", answer(&member)).await;
        let own = stage.refused(&chairs, "declareInterest", case, answer(&chair)).await;
        assert_eq!(own, [("SEPARATION_OF_DUTIES".to_owned(), "member".to_owned())], "they answer for themselves");
        says(&leads, &lead, "remark", json!({ "path": ["impacts"], "asksAuthor": true, "text": "Who waits?" })).await;
        let view = stage.app.view(&secretary.actor, case).await.unwrap();
        let thread = view.case.process.threads[0].id.global();
        says(&leads, &lead, "resolveThread", json!({ "threadId": thread, "resolved": true })).await;
        says(&keeps, &secretary, "askReadings", json!({ "people": [body.id()], "meeting": stage.moment.today })).await;
        let review = json!({ "expectedRevision": 1, "recommendation": "APPROVE", "summary": "Sound." });
        stage.done(&member, "submitReview", case, review).await;
        let party = |name: &str| json!({ "name": name, "organisation": "Synthetic council" });
        let condition = json!({ "text": "Publish the plan.", "owner": party("Owner"), "verifier": party("Verifier"), "due": stage.moment.today + Days::new(30) });
        let approve = json!({ "transition": "approve_with_conditions", "expectedRevision": 1, "comment": "Because.",
            "outcome": { "attendees": [{ "person": chair.id() }], "conditions": [condition] } });
        stage.done(&chair, "transitionAssessment", case, approve).await;
        let view = stage.app.view(&secretary.actor, case).await.unwrap();
        let condition = view.case.process.conditions[0].id.global();
        let met = json!({ "conditionId": condition, "status": "EVIDENCED", "note": "The plan is out." });
        says(&keeps, &secretary, "reportCondition", met).await;
        let reports = "query($id: ID!) { assessment(id: $id) { outcomes { conditions { reports { onBehalfOf { id } } } } } }";
        let told = stage.read(&secretary, reports, json!({ "id": case.global() })).await;
        let told = &told["assessment"]["outcomes"][0]["conditions"][0]["reports"];
        assert_eq!(told, &json!([{ "onBehalfOf": { "id": secretary.id() } }]));
        says(&chairs, &chair, "reportCondition", json!({ "conditionId": condition, "status": "WAIVED", "note": "Overtaken." })).await;
        says(&reads, &body, "confirmReading", json!({ "expectedRevision": 1 })).await;
        stage.edit(&author, case, json!([{ "impact": { "groups": ["age"], "direction": "POSITIVE", "rationale": "Another (synthetic)." } }])).await;
        says(&leads, &lead, "judgeMateriality", json!({ "material": false, "reason": "It changes nothing." })).await;
    }

    async fn standing_in_breaks_no_separation_of_duties(database) {
        let stage = Stage::new(database, of_anybody(1)).await;
        // One chairs and writes, the other chairs; somebody writes and is to stand in for the chair.
        let writes = stage.player("writes", &[(stage.home, Role::Author), (stage.home, Role::PanelChair)]).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let author = stage.at_home("author", Role::Author).await;
        let deputy = stage.at_home("deputy", Role::Reviewer).await;
        let submit = json!({ "transition": "submit", "expectedRevision": 1 });
        let defer = json!({ "transition": "defer", "expectedRevision": 1, "comment": "The data come on Friday.", "outcome": { "attendees": [{ "person": deputy.id() }] } });
        let (own, others) = (stage.case(&author).await, stage.case(&writes).await);
        for (who, case) in [(&author, own), (&writes, others)] {
            stage.done(who, "transitionAssessment", case, submit.clone()).await;
        }

        // The author does not conclude on their own case because the chair is away.
        let id = leave(&stage, &chair, Some(&author), 0, 3).await;
        assert_eq!(stage.command(&author, "transitionAssessment", own, defer.clone()).await.unwrap_err(), "FORBIDDEN");
        of(&stage, &chair, "endLeave", END, json!({ "leaveId": id })).await.unwrap();

        // Nobody concludes for a chair whose own case it is.
        stage.mail().await;
        leave(&stage, &writes, Some(&deputy), 0, 3).await;
        assert_eq!(stage.command(&deputy, "transitionAssessment", others, defer.clone()).await.unwrap_err(), "FORBIDDEN");
        let transitions = "query($id: ID!) { assessment(id: $id) { availableTransitions { transition { name } blockers { code } } } }";
        let offered = stage.read(&deputy, transitions, json!({ "id": others.global() })).await;
        let offered = offered["assessment"]["availableTransitions"].as_array().cloned().unwrap_or_default();
        assert!(offered.iter().all(|one| one["blockers"][0]["code"] == json!("FORBIDDEN")), "{offered:#?}");
        stage.done(&deputy, "transitionAssessment", own, defer).await;
        let by = last(&stage, &chair, own).await;
        assert_eq!((&by["by"]["id"], &by["onBehalfOf"]["id"]), (&json!(deputy.id()), &json!(writes.id())));

        // A deputy who has left the organisation acts for nobody there.
        stage.app.revoke_role(deputy.actor.person, stage.home, Role::Reviewer, None, stage.moment).await.unwrap();
        let gone = "query { viewer { deputises { role } grants { role } } }";
        assert_eq!(stage.read(&deputy, gone, json!({})).await["viewer"], json!({ "deputises": [], "grants": [] }));
        let seen = stage.command(&deputy, "transitionAssessment", own, json!({ "transition": "resume", "expectedRevision": 1 })).await;
        assert_eq!(seen.unwrap_err(), "NOT_FOUND");
    }

    async fn leave_is_entered_by_whom_it_concerns(database) {
        let stage = Stage::new(database, Settings::default()).await;
        let chair = stage.at_home("chair", Role::PanelChair).await;
        let lead = stage.at_home("lead", Role::EqualityLead).await;
        let secretary = stage.at_home("secretary", Role::PanelSecretary).await;
        let administrator = stage.at_home("administrator", Role::Administrator).await;
        let stranger = stage.player("stranger", &[(stage.partner, Role::Administrator)]).await;
        let day = |days| stage.moment.today + Days::new(days);
        let of_chair = |deputy: Option<&Player>| json!({ "organisation": HOME, "person": chair.id(), "deputy": deputy.map(Player::id), "from": day(1), "until": day(5) });
        assert_eq!(save_leave(&stage, &lead, of_chair(None)).await.unwrap_err(), "FORBIDDEN");
        assert_eq!(save_leave(&stage, &secretary, of_chair(Some(&secretary))).await.unwrap_err(), "FORBIDDEN", "nobody gives themselves a role");
        let told = |payload: Value| payload["errors"].as_array().unwrap().iter().map(|e| (e["code"].clone(), e["path"].clone())).collect::<Vec<_>>();
        let elsewhere = save_leave(&stage, &stranger, of_chair(Some(&stranger))).await.unwrap();
        assert_eq!(told(elsewhere), [(json!("NOT_FOUND"), json!(["organisation"]))]);
        let noted = save_leave(&stage, &secretary, of_chair(None)).await.unwrap();
        assert_eq!(noted["errors"], json!([]));
        let twice = save_leave(&stage, &administrator, of_chair(Some(&lead))).await.unwrap();
        assert_eq!(told(twice), [(json!("CLASH"), json!(["from"]))]);
        // Whoever administers gives others' roles to others, and not to themselves.
        let own = |person: &Player| json!({ "organisation": HOME, "person": person.id(), "deputy": administrator.id(), "from": day(10), "until": day(12) });
        let grabbed = save_leave(&stage, &administrator, own(&lead)).await.unwrap();
        assert_eq!(told(grabbed), [(json!("SEPARATION_OF_DUTIES"), json!(["deputy"]))]);
        let mut grabbed = own(&chair);
        (grabbed["id"], grabbed["from"], grabbed["until"]) = (noted["leave"]["id"].clone(), json!(day(1)), json!(day(5)));
        let grabbed = save_leave(&stage, &administrator, grabbed).await.unwrap();
        assert_eq!(told(grabbed), [(json!("SEPARATION_OF_DUTIES"), json!(["deputy"]))], "nor by changing it");
        let mut changed = of_chair(Some(&lead));
        changed["id"] = noted["leave"]["id"].clone();
        assert_eq!(save_leave(&stage, &administrator, changed.clone()).await.unwrap()["leave"]["deputy"]["id"], json!(lead.id()));
        // A secretary takes no deputy away either.
        changed["deputy"] = json!(null);
        assert_eq!(save_leave(&stage, &secretary, changed).await.unwrap_err(), "FORBIDDEN");
        // It has not begun, so nobody acts for anybody yet.
        let mine = "query { viewer { deputises { role } } }";
        assert_eq!(stage.read(&lead, mine, json!({})).await["viewer"]["deputises"], json!([]));
        let all = "query { viewer { grants { organisation { odsCode leave { person { id } deputy { id } from } } } } }";
        let seen = stage.read(&secretary, all, json!({})).await["viewer"]["grants"][0]["organisation"]["leave"].clone();
        assert_eq!(seen, json!([{ "person": { "id": chair.id() }, "deputy": { "id": lead.id() }, "from": day(1) }]));
        // Two who name each other at once do not both stand in for the other.
        let (one, other) = tokio::join!(
            save_leave(&stage, &lead, json!({ "organisation": HOME, "deputy": secretary.id(), "from": day(30), "until": day(35) })),
            save_leave(&stage, &secretary, json!({ "organisation": HOME, "deputy": lead.id(), "from": day(30), "until": day(35) })),
        );
        let done = [one.unwrap(), other.unwrap()].into_iter().filter(|payload| payload["errors"] == json!([])).count();
        assert_eq!(done, 1);
    }
}
