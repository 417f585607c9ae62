//! What a client without a token and a stranger can learn: nothing, not even that there is something.
//!
//! Every root field of the schema is asked about a case of another organisation and about one that does not exist;
//! the answers are the same, byte for byte. A root field that has no entry here fails the test.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    runner::{Account, Run},
    support::{
        database::TestDatabase,
        play::{play_until, run, script},
        service::Service,
        socket::{Heard, Line},
    },
};

/// What stands for whatever a case's identifiers are replaced with.
const NOWHERE: &str = "01900000-0000-7000-8000-00000000dead";

/// What a stranger and nobody are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// The same as everybody.
    Public,
    /// Null, as for what does not exist; nobody must sign in.
    Nothing,
    /// `NOT_FOUND`, as for what does not exist; nobody must sign in.
    NotFound,
    /// `FORBIDDEN`, whatever is asked about; nobody must sign in.
    Forbidden,
    /// Something about themselves, whatever is asked about; nobody must sign in.
    Own,
    /// An answer that is the same whatever is asked about, for nobody too.
    Alike,
}

/// A request about `$case` and what belongs to it.
struct Ask {
    field: &'static str,
    query: String,
    variables: Value,
    told: Told,
}

fn ask(field: &'static str, told: Told, query: &str, variables: Value) -> Ask {
    Ask { field, query: query.to_owned(), variables, told }
}

/// A command on a case, with this in its input beside the case.
fn command(field: &'static str, input: Value) -> Ask {
    let name = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let query = format!(
        "mutation($input: {name}!) {{ {field}(input: $input) {{ assessment {{ id title }} errors {{ code message path }} blockers {{ code }} }} }}"
    );
    let mut whole = json!({"assessmentId": "$case"});
    for (name, value) in input.as_object().unwrap() {
        whole[name] = value.clone();
    }
    Ask { field, query, variables: json!({"input": whole}), told: Told::NotFound }
}

/// A command on a meeting of a standing panel.
fn meeting(field: &'static str, input: Value) -> Ask {
    let name = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
    let query = format!(
        "mutation($input: {name}!) {{ {field}(input: $input) {{ meeting {{ id }} errors {{ code message path }} }} }}"
    );
    Ask { field, query, variables: json!({"input": input}), told: Told::NotFound }
}

/// A partner's proposal, with this beside it.
fn partner_proposal(beside: Value) -> Value {
    let mut whole = json!({
        "partner": {"name": "Synthetic council"}, "title": "Fewer library hours (synthetic)", "groups": ["age"],
        "direction": "NEGATIVE", "footprint": ["E07000145"], "source": "Forward plan", "confidence": "ANNOUNCED",
    });
    for (name, value) in beside.as_object().unwrap() {
        whole[name] = value.clone();
    }
    whole
}

/// Every root field, and of some several ways to ask it.
#[expect(clippy::too_many_lines, reason = "a table")]
fn asks() -> Vec<Ask> {
    let id = json!({"id": "$case"});
    let somebody = json!({"person": "person:01900000-0000-7000-8000-00000000beef"});
    let author = json!({"person": "$author"});
    let decision = json!({"body": "B", "authority": "A", "meeting": "2026-01-01", "outcome": "PROCEED", "reasons": "R",
        "present": [somebody], "readBy": [somebody], "statement": "S"});
    let payload = "{ assessment { id } errors { code message path } }";
    vec![
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id __typename } }", id.clone()),
        ask(
            "viewer",
            Told::Own,
            "{ viewer { person { id name email } grants { role organisation { odsCode } } tasks { totalCount nodes { kind } } sessions { current } tokens { label } } }",
            json!({}),
        ),
        ask("assessment", Told::Nothing, "query($id: ID!) { assessment(id: $id) { title } }", id.clone()),
        ask(
            "assessment",
            Told::Nothing,
            "query($r: String!) { assessment(reference: $r) { title } }",
            json!({"r": "$reference"}),
        ),
        ask(
            "assessments",
            Told::Own,
            "query($r: String!) { assessments(filter: {search: $r}) { totalCount nodes { title } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
            json!({"r": "$reference"}),
        ),
        ask(
            "assessments",
            Told::Own,
            "query($a: ID!) { assessments(filter: {author: $a, states: [\"proceeding\"]}) { totalCount nodes { title } } }",
            json!({"a": "$author"}),
        ),
        ask(
            "assessments",
            Told::Own,
            "query { assessments(filter: {organisations: [\"T6Y0W\"], states: [\"proceeding\", \"approved_with_conditions\", \"draft\"]}, orderBy: {field: RISK, direction: DESC}) { totalCount nodes { title } } }",
            json!({}),
        ),
        ask(
            "assessment",
            Told::Nothing,
            "query($id: ID!) { assessment(id: $id) { score { overall { inWords } } } }",
            json!({"id": "$case"}),
        ),
        ask(
            "assessments",
            Told::Own,
            "query { assessments(filter: {organisations: [\"T6Y0W\"], states: [\"proceeding\", \"approved_with_conditions\", \"draft\"], forms: [\"ehia\", \"board-maturity\"]}) { totalCount nodes { title score { basis } } } }",
            json!({}),
        ),
        ask(
            "sharedAssessments",
            Told::Own,
            "{ sharedAssessments { totalCount nodes { reference title } pageInfo { hasNextPage endCursor } } }",
            json!({}),
        ),
        ask(
            "assessmentStub",
            Told::Nothing,
            "query($r: String!) { assessmentStub(reference: $r) { reference title standing } }",
            json!({"r": "$reference"}),
        ),
        ask(
            "assessmentRevision",
            Told::Nothing,
            "query($id: ID!) { assessmentRevision(assessmentId: $id, revision: 1) { title sha256 } }",
            id.clone(),
        ),
        ask(
            "assessmentRevision",
            Told::Nothing,
            "query($id: ID!) { assessmentRevision(assessmentId: $id, at: \"2100-01-01T00:00:00Z\") { title sha256 } }",
            id.clone(),
        ),
        ask(
            "assessmentRevision",
            Told::Nothing,
            "query($id: ID!) { assessmentRevision(assessmentId: $id) { content } }",
            id,
        ),
        ask("form", Told::Public, "{ form(key: \"ehia\") { title } }", json!({})),
        ask("workflow", Told::Public, "{ workflow(key: \"ehia\") { title } }", json!({})),
        // What an organisation published is its own: asked about by others, it is as what does not exist.
        ask("form", Told::Alike, "query($k: String!) { form(key: $k) { title } }", json!({"k": "$workflow"})),
        ask(
            "workflow",
            Told::Alike,
            "query($k: String!) { workflow(key: $k, organisation: \"T6Y0W\") { title } of: workflow(key: $k, version: 1) { title } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "forms",
            Told::Forbidden,
            "{ forms(organisation: \"T6Y0W\") { totalCount nodes { key title sha256 } } }",
            json!({}),
        ),
        ask(
            "workflows",
            Told::Forbidden,
            "query($k: String!) { workflows(organisation: \"T6Y0W\", after: $k) { nodes { key title } } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "ownRules",
            Told::Forbidden,
            "query($k: String!) { ownRules(organisation: \"T6Y0W\", after: $k) { totalCount nodes { key condition } } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "tryRule",
            Told::Forbidden,
            "query($k: String!) { tryRule(organisation: \"T6Y0W\", document: {key: $k}) { cases said { assessment { title } } errors { code } } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "partnerProposals",
            Told::Forbidden,
            "query($k: String!) { partnerProposals(organisation: \"T6Y0W\", after: $k) { totalCount nodes { title } } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "recordPartnerProposal",
            Told::Forbidden,
            "mutation($input: PartnerProposalInput!) { recordPartnerProposal(input: $input) { proposal { id } errors { code message path } } }",
            json!({"input": partner_proposal(json!({"organisation": "T6Y0W"}))}),
        ),
        ask(
            "recordPartnerProposal",
            Told::NotFound,
            "mutation($input: PartnerProposalInput!) { recordPartnerProposal(input: $input) { proposal { id } errors { code message path } } }",
            json!({"input": partner_proposal(json!({"id": "$partner", "expectedVersion": 1}))}),
        ),
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$partner"})),
        ask(
            "scenarios",
            Told::Forbidden,
            "query($k: String!) { scenarios(organisation: \"T6Y0W\", after: $k) { totalCount nodes { name } } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "keepScenario",
            Told::Forbidden,
            "mutation($input: ScenarioInput!) { keepScenario(input: $input) { scenario { id } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "name": "A scenario (synthetic)", "proceed": ["$case"]}}),
        ),
        ask(
            "keepScenario",
            Told::NotFound,
            "mutation($input: ScenarioInput!) { keepScenario(input: $input) { scenario { id } errors { code message path } } }",
            json!({"input": {"id": "$scenario", "expectedVersion": 1, "name": "A scenario (synthetic)", "proceed": ["$case"]}}),
        ),
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$scenario"})),
        ask(
            "loadRegister",
            Told::Forbidden,
            "mutation($input: LoadRegisterInput!) { loadRegister(input: $input) { loaded { added } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "csv": "key,title,source\nS-1,$reference,Plan", "preview": true}}),
        ),
        ask(
            "matchDecision",
            Told::NotFound,
            "mutation($input: MatchDecisionInput!) { matchDecision(input: $input) { decision { id } errors { code message path } } }",
            json!({"input": {"decisionId": "$registered", "assessmentId": "$case"}}),
        ),
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$registered"})),
        ask("groups", Told::Public, "{ groups { code name } }", json!({})),
        ask("rules", Told::Public, "{ rules { id } }", json!({})),
        ask("duties", Told::Public, "{ duties { id } }", json!({})),
        ask("areas", Told::Public, "{ areas(search: \"Norwich\") { nodes { name } } }", json!({})),
        ask("area", Told::Public, "{ area(code: \"E07000145\") { name } }", json!({})),
        ask("healthOrganisation", Told::Public, "{ healthOrganisation(code: \"QMM\") { name } }", json!({})),
        ask(
            "healthOrganisations",
            Told::Public,
            "{ healthOrganisations(search: \"Norfolk\") { name } }",
            json!({}),
        ),
        ask("organisation", Told::Public, "{ organisation(odsCode: \"T6Y0W\") { name } }", json!({})),
        ask(
            "panel",
            Told::Nothing,
            "query($id: ID!) { panel(id: $id) { name members { seat } } }",
            json!({"id": "$panel"}),
        ),
        ask(
            "panel",
            Told::Nothing,
            "query($id: ID!) { panel(id: $id) { name } }",
            json!({"id": "$standing"}),
        ),
        ask(
            "meeting",
            Told::Nothing,
            "query($id: ID!) { meeting(id: $id) { day } }",
            json!({"id": "$meeting"}),
        ),
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$meeting"})),
        ask(
            "organisation",
            Told::Alike,
            "{ organisation(odsCode: \"T6Y0W\") { panels { id name members { person { name } } } } }",
            json!({}),
        ),
        ask(
            "proposedPanel",
            Told::Nothing,
            "query($id: ID!, $p: ID!) { proposedPanel(assessmentId: $id, panelId: $p) { quorate } }",
            json!({"id": "$case", "p": "$standing"}),
        ),
        ask(
            "aggregatedRisk",
            Told::Forbidden,
            "query($k: String!) { aggregatedRisk(filter: {organisations: [\"T6Y0W\"], programmes: [$k]}) { notShown } }",
            json!({"k": "$workflow"}),
        ),
        ask(
            "submitBy",
            Told::Forbidden,
            "query($p: ID!) { submitBy(organisation: \"T6Y0W\", decisionDate: \"2030-01-07\", panel: $p) { submitBy } }",
            json!({"p": "$standing"}),
        ),
        ask(
            "screeningReport",
            Told::Forbidden,
            "{ screeningReport(organisation: \"T6Y0W\", from: \"2020-01-01\", to: \"2030-01-01\") { all { screenings } } }",
            json!({}),
        ),
        ask(
            "savePanel",
            Told::Forbidden,
            "mutation($input: SavePanelInput!) { savePanel(input: $input) { panel { id } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "name": "", "members": []}}),
        ),
        ask(
            "savePanel",
            Told::NotFound,
            "mutation($input: SavePanelInput!) { savePanel(input: $input) { panel { id } errors { code message path } } }",
            json!({"input": {"id": "$standing", "expectedVersion": 1, "name": "", "members": []}}),
        ),
        meeting("saveMeeting", json!({"panelId": "$standing", "day": "2020-01-07", "place": ""})),
        meeting(
            "saveMeeting",
            json!({"panelId": "$standing", "day": "2030-01-07", "begins": "noon", "place": "Mine"}),
        ),
        meeting(
            "saveMeeting",
            json!({"id": "$meeting", "expectedVersion": 1, "panelId": "$standing", "day": "2030-01-07", "place": "Mine"}),
        ),
        meeting("cancelMeeting", json!({"meetingId": "$meeting", "reason": ""})),
        meeting("setAgenda", json!({"meetingId": "$meeting", "add": ["$case"]})),
        meeting("recordMeeting", json!({"meetingId": "$meeting", "present": [author]})),
        ask(
            "saveLeave",
            Told::Own,
            "mutation($input: SaveLeaveInput!) { saveLeave(input: $input) { leave { id } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "person": "$author", "from": "2030-01-07", "until": "2030-01-08"}}),
        ),
        ask(
            "saveLeave",
            Told::NotFound,
            "mutation($input: SaveLeaveInput!) { saveLeave(input: $input) { leave { id } errors { code message path } } }",
            json!({"input": {"id": "$leave", "from": "2030-01-07", "until": "2030-01-08"}}),
        ),
        ask(
            "endLeave",
            Told::NotFound,
            "mutation($input: EndLeaveInput!) { endLeave(input: $input) { leave { id } errors { code message path } } }",
            json!({"input": {"leaveId": "$leave"}}),
        ),
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$leave"})),
        ask(
            "signIn",
            Told::Alike,
            "mutation($input: SignInInput!) { signIn(input: $input) { token errors { code message path } } }",
            json!({"input": {"email": "$email", "password": "not the password"}}),
        ),
        ask(
            "requestPasswordReset",
            Told::Alike,
            "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { errors { code message path } } }",
            json!({"input": {"email": "$email"}}),
        ),
        ask(
            "resetPassword",
            Told::Alike,
            "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) { errors { code message path } } }",
            json!({"input": {"token": "$case", "password": "a long enough password"}}),
        ),
        ask(
            "revokeSession",
            Told::NotFound,
            "mutation($input: RevokeSessionInput!) { revokeSession(input: $input) { errors { code message path } } }",
            json!({"input": {"sessionId": "$session"}}),
        ),
        ask(
            "revokeToken",
            Told::NotFound,
            "mutation($input: RevokeTokenInput!) { revokeToken(input: $input) { errors { code message path } } }",
            json!({"input": {"tokenId": "$token"}}),
        ),
        ask(
            "issueToken",
            Told::Own,
            "mutation($input: IssueTokenInput!) { issueToken(input: $input) { token { label } errors { code message path } } }",
            json!({"input": {"label": "mine", "until": "2020-01-01"}}),
        ),
        ask(
            "setMailPreferences",
            Told::Own,
            "mutation($input: SetMailPreferencesInput!) { setMailPreferences(input: $input) { mailPreferences { digestHour } errors { code message path } } }",
            json!({"input": {"digestHour": 9, "kinds": [{"kind": "PASSWORD_RESET", "timing": "OFF"}]}}),
        ),
        ask(
            "createAssessment",
            Told::Forbidden,
            &format!(
                "mutation($input: CreateAssessmentInput!) {{ createAssessment(input: $input) {payload} }}"
            ),
            json!({"input": {"organisation": "T6Y0W", "title": "Mine"}}),
        ),
        ask(
            "importAssessment",
            Told::Forbidden,
            &format!(
                "mutation($input: ImportAssessmentInput!) {{ importAssessment(input: $input) {payload} }}"
            ),
            json!({"input": {"organisation": "T6Y0W", "document": {"format": "ehia/assessment/1", "title": "Mine"}}}),
        ),
        ask(
            "publishWorkflow",
            Told::Forbidden,
            "mutation($input: PublishDefinitionInput!) { publishWorkflow(input: $input) { workflow { key } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "document": {"key": "$workflow"}}}),
        ),
        ask(
            "publishForm",
            Told::Forbidden,
            "mutation($input: PublishDefinitionInput!) { publishForm(input: $input) { form { key } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "document": {"key": "$workflow"}}}),
        ),
        ask(
            "publishRule",
            Told::Forbidden,
            "mutation($input: PublishDefinitionInput!) { publishRule(input: $input) { rule { key } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "document": {"key": "$workflow"}}}),
        ),
        ask(
            "moveCases",
            Told::Forbidden,
            "mutation($input: MoveCasesInput!) { moveCases(input: $input) { cases { reference } pageInfo { hasNextPage } errors { code message path } } }",
            json!({"input": {"organisation": "T6Y0W", "workflow": "$workflow", "to": 2, "apply": true, "after": "$case", "idempotencyKey": "key"}}),
        ),
        command("editAssessment", json!({"expectedVersion": 1, "edits": [{"title": "Mine"}]})),
        command("editAssessment", json!({"expectedVersion": 1, "edits": [{"sro": somebody}]})),
        command(
            "editAssessment",
            json!({"expectedVersion": 1, "edits": [{"contributors": ["$author"]}, {"answer": {"question": "none", "value": 1}}]}),
        ),
        command(
            "editAssessment",
            json!({"expectedVersion": 1, "edits": [{"interdependency": {"kind": "RELIES_ON", "target": "T6Y0W-1900-0001"}}]}),
        ),
        command(
            "editAssessment",
            json!({"expectedVersion": 1, "edits": [{"mitigation": {"action": "x", "owner": {"name": "N", "email": "no address"}}}]}),
        ),
        command("editAssessment", json!({"expectedVersion": 1, "edits": []})),
        command(
            "editAssessment",
            json!({"expectedVersion": 1, "edits": [{"title": "Mine"}], "idempotencyKey": "key"}),
        ),
        command("shareAssessment", json!({"organisation": "DEMO1", "level": "READ"})),
        command("shareAssessment", json!({"organisation": "T6Y0W", "level": "NONE"})),
        command("setRetention", json!({"class": "PERMANENT", "reason": "Theirs."})),
        command("setRetention", json!({"legalHold": true, "reason": ""})),
        command("assignPanel", json!({"members": ["$author"]})),
        command("assignPanel", json!({"members": []})),
        command("assignPanel", json!({"seats": [{"person": "$author", "seat": "treasurer"}]})),
        command("assignPanel", json!({"panelId": "$panel", "members": [somebody["person"]]})),
        command("assignPanel", json!({"panelId": "$standing"})),
        command("declareInterest", json!({"interest": "NONE"})),
        command("declareInterest", json!({"interest": "UNDECLARED", "member": "$author"})),
        command("submitReview", json!({"expectedRevision": 2, "recommendation": "APPROVE", "summary": ""})),
        command(
            "transitionAssessment",
            json!({"transition": "withdraw", "expectedRevision": 2, "comment": "x"}),
        ),
        command("transitionAssessment", json!({"transition": "nothing of the kind", "expectedRevision": 2})),
        command(
            "transitionAssessment",
            json!({"transition": "submit", "expectedRevision": 9, "dryRun": true}),
        ),
        command(
            "transitionAssessment",
            json!({"transition": "proceed", "expectedRevision": 2, "decision": decision}),
        ),
        command(
            "transitionAssessment",
            json!({"transition": "approve", "expectedRevision": 2, "outcome": {"meeting": "$meeting", "attendees": [{"name": "N", "email": "no address"}, author]}}),
        ),
        command("reportMitigation", json!({"mitigationId": "$mitigation", "status": "DONE", "note": ""})),
        command(
            "reportCondition",
            json!({"conditionId": "$condition", "status": "VERIFIED", "note": "Done."}),
        ),
        command("answerBreach", json!({"conditionId": "$condition", "toBeDone": ""})),
        command("lookAgain", json!({"expectedVersion": 1, "note": "", "next": "2030-01-01"})),
        command("reassignCondition", json!({"conditionId": "$condition", "owner": author})),
        command("revokeConditionLinks", json!({"conditionId": "$condition"})),
        command("askReadings", json!({"people": ["$author"], "meeting": "2030-01-01"})),
        command("confirmReading", json!({"expectedRevision": 2})),
        command(
            "confirmReliance",
            json!({"interdependencyId": "$reliance", "confirmed": true, "confirmedBy": author, "on": "2026-01-01", "note": ""}),
        ),
        command(
            "recordRatification",
            json!({"expectedRevision": 2, "ratified": false, "attendees": [author], "meeting": "$meeting"}),
        ),
        command("answerRefusal", json!({"expectedRevision": 2, "reason": ""})),
        command("judgeMateriality", json!({"material": false, "reason": ""})),
        command("remark", json!({"path": ["nowhere"], "text": ""})),
        command("remark", json!({"threadId": "thread:01900000-0000-7000-8000-00000000beef", "text": "Why?"})),
        command("resolveThread", json!({"threadId": "thread:01900000-0000-7000-8000-00000000beef"})),
        command("answerReturn", json!({"answers": []})),
        // Last: it ends the session of whoever asks.
        ask("signOut", Told::Own, "mutation { signOut { errors { code } } }", json!({})),
    ]
}

/// Every subscription, as a stranger would send it, and what of its payload does not depend on what is asked about.
const SUBSCRIPTIONS: [(&str, &str); 2] = [
    ("assessmentChanged", "subscription($id: ID!) { assessmentChanged(id: $id) { title } }"),
    ("tasksChanged", "subscription { tasksChanged { tasks { totalCount nodes { kind } } } }"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_root_field_has_its_entry() {
    let schema = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql")).unwrap();
    let mut known: BTreeSet<String> = asks().iter().map(|ask| ask.field.to_owned()).collect();
    known.extend(SUBSCRIPTIONS.map(|(field, _)| field.to_owned()));
    let roots: BTreeSet<String> =
        ["Query", "Mutation", "Subscription"].iter().flat_map(|root| fields(&schema, root)).collect();
    assert!(roots.len() > 20, "{roots:?}");
    assert_eq!(known, roots, "an entry for every root field, and none for what is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stranger_may_not_see_is_answered_as_what_does_not_exist() {
    let db = TestDatabase::sqlite().await;
    let service = Service::start(&db, None).await;
    let script = script();
    let mut run = run(&script, &service, "isolated");
    play_until(&mut run, &script, "stranger").await;
    let there = identifiers(&mut run, &service).await;
    let before = state(&mut run, &there).await;
    let nowhere = elsewhere(&there);
    let stranger = run.account("AUTHOR elsewhere").unwrap().clone();
    let client = Client { http: reqwest::Client::new(), url: service.url() };

    for ask in asks() {
        let token = client.token(&stranger).await;
        for (who, token) in [("a stranger", Some(token.as_str())), ("nobody", None)] {
            let place = format!("{} for {who}: {}", ask.field, ask.variables);
            let real = client.ask(&ask, &there, token).await;
            // The second sign-out of a session is another thing than the first.
            let fresh = if ask.field == "signOut" && token.is_some() {
                Some(client.token(&stranger).await)
            } else {
                None
            };
            let none = client.ask(&ask, &nowhere, fresh.as_deref().or(token)).await;
            assert_eq!(real.apart_from(&there), none.apart_from(&nowhere), "{place}");
            let body: Value = serde_json::from_str(&real.body).unwrap();
            let code = body.pointer("/errors/0/extensions/code").and_then(Value::as_str);
            let wanted = match (ask.told, token) {
                (Told::Public | Told::Alike, _) | (Told::Own, Some(_)) => None,
                (Told::Nothing, Some(_)) => {
                    assert_eq!(body["data"][ask.field], Value::Null, "{place}: {body}");
                    None
                }
                (Told::NotFound, Some(_)) => Some("NOT_FOUND"),
                (Told::Forbidden, Some(_)) => Some("FORBIDDEN"),
                // Nobody is told that they are nobody: that is what the field is for.
                (Told::Own, None) if ask.field == "viewer" => None,
                (_, None) => Some("UNAUTHENTICATED"),
            };
            assert_eq!(code, wanted, "{place}: {body}");
            if code.is_some() {
                assert!(body["data"].get(ask.field).is_none_or(Value::is_null), "{place}: {body}");
            }
            if ask.field == "assessments" && token.is_some() {
                assert_eq!(body["data"]["assessments"]["totalCount"], 0, "{place}: {body}");
                assert_eq!(body["data"]["assessments"]["nodes"], json!([]), "{place}: {body}");
            }
        }
    }
    let mut line = Line::of(service.address(), &client.token(&stranger).await).await;
    for (field, query) in SUBSCRIPTIONS {
        let mut told = Vec::new();
        for names in [&there, &nowhere] {
            let id = if field == "assessmentChanged" { json!({"id": names["case"]}) } else { json!({}) };
            line.subscribe("one", query, id).await;
            told.push(line.hear().await);
            line.say(json!({"id": "one", "type": "complete"})).await;
        }
        assert_eq!(told[0], told[1], "{field}");
        let Heard::Said(said) = &told[0] else { panic!("{field}: {told:?}") };
        match field {
            "assessmentChanged" => {
                assert_eq!(said["payload"][0]["extensions"]["code"], "NOT_FOUND", "{said}");
            }
            _ => assert_eq!(said["payload"]["data"][field]["tasks"]["totalCount"], 0, "{said}"),
        }
    }
    assert_eq!(state(&mut run, &there).await, before, "nobody who had no business with the case changed it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_identifier_opens_anything_for_a_stranger() {
    let db = TestDatabase::sqlite().await;
    let service = Service::start(&db, None).await;
    let script = script();
    let mut run = run(&script, &service, "nodes");
    play_until(&mut run, &script, "stranger").await;
    let there = identifiers(&mut run, &service).await;
    let nodes = everything(&mut run, &there).await;
    let nouns: BTreeSet<&str> = nodes.iter().map(|id| id.split_once(':').unwrap().0).collect();
    let every = [
        "assessment",
        "condition",
        "decision",
        "engagement",
        "event",
        "evidence",
        "impact",
        "interdependency",
        "mitigation",
        "outcome",
        "panel",
        "person",
        "review",
        "revision",
        "attachment",
    ];
    for noun in every {
        assert!(nouns.contains(noun), "{noun} is among {nouns:?}");
    }

    let client = Client { http: reqwest::Client::new(), url: service.url() };
    let stranger = client.token(&run.account("AUTHOR elsewhere").unwrap().clone()).await;
    let auditor = client.token(&run.account("AUDITOR").unwrap().clone()).await;
    let query =
        ask("node", Told::Nothing, "query($id: ID!) { node(id: $id) { id } }", json!({"id": "$node"}));
    for id in &nodes {
        let names = BTreeMap::from([("node".to_owned(), id.clone())]);
        let nowhere = elsewhere(&names);
        let seen: Value =
            serde_json::from_str(&client.ask(&query, &names, Some(&auditor)).await.body).unwrap();
        assert_eq!(seen["data"]["node"]["id"], json!(id), "who may read it finds it");
        let real = client.ask(&query, &names, Some(&stranger)).await;
        let missing = client.ask(&query, &nowhere, Some(&stranger)).await;
        assert_eq!(real.apart_from(&names), missing.apart_from(&nowhere), "{id}");
        assert_eq!(
            serde_json::from_str::<Value>(&real.body).unwrap(),
            json!({"data": {"node": null}}),
            "{id}"
        );
    }

    // Files go over HTTP of their own.
    for (who, bearer) in [("a stranger", Some(stranger.as_str())), ("nobody", None)] {
        for (method, path) in
            [("GET", "/attachments/$attachment"), ("POST", "/assessments/$case/attachments?name=x.pdf")]
        {
            let nowhere = elsewhere(&there);
            let real = client.http(method, path, &there, bearer).await;
            let missing = client.http(method, path, &nowhere, bearer).await;
            assert_eq!(real.apart_from(&there), missing.apart_from(&nowhere), "{method} {path} for {who}");
            let wanted = if bearer.is_some() { 404 } else { 401 };
            assert_eq!(real.status, wanted, "{method} {path} for {who}: {}", real.body);
        }
    }
}

/// What would tell that somebody changed the case.
async fn state(run: &mut Run, there: &BTreeMap<String, String>) -> Value {
    let auditor = run.account("AUDITOR").unwrap().clone();
    let token = run.token(&auditor).await.unwrap();
    let query = "query($id: ID!) { assessment(id: $id) {
        title version state { name } shares { level } history(first: 100) { totalCount }
    } }";
    let answer = run.post(Some(&token), query, &json!({"id": there["case"]})).await.unwrap();
    assert_eq!(answer["data"]["assessment"]["state"]["name"], "proceeding", "{answer}");
    answer["data"]["assessment"].clone()
}

/// What belongs to the case of the play, by name.
async fn identifiers(run: &mut Run, service: &Service<'_>) -> BTreeMap<String, String> {
    let author = run.account("AUTHOR").unwrap().clone();
    let token = run.token(&author).await.unwrap();
    let case = run.saved("case").unwrap().clone();
    let kept = reqwest::Client::new()
        .post(format!("{}/assessments/{}/attachments?name=survey.pdf", service.url(), case.as_str().unwrap()))
        .bearer_auth(&token)
        .header("Content-Type", "application/pdf")
        .body("%PDF-1.7 synthetic")
        .send()
        .await
        .unwrap();
    assert_eq!(kept.status(), 201);
    let kept: Value = kept.json().await.unwrap();
    let query = "query($id: ID!) {
        assessment(id: $id) { version panel { id } conditions { id } mitigations { id } interdependencies { id } }
        viewer { sessions { id } tokens { id } }
    }";
    let issue = "mutation($input: IssueTokenInput!) { issueToken(input: $input) { token { id } errors { code message path } } }";
    let until = ehia::clock::now().today + chrono::TimeDelta::days(30);
    let issued =
        run.post(Some(&token), issue, &json!({"input": {"label": "theirs", "until": until}})).await.unwrap();
    let found = run.post(Some(&token), query, &json!({"id": case})).await.unwrap()["data"].take();
    let publish = "mutation($input: PublishDefinitionInput!) { publishWorkflow(input: $input) { workflow { key } errors { message } } }";
    let keeper = run.token(&run.account("ADMINISTRATOR").unwrap().clone()).await.unwrap();
    let document = crate::definition::workflow("of-our-own", 1, "Ours");
    let input = json!({"input": {"organisation": "T6Y0W", "document": document}});
    let published = run.post(Some(&keeper), publish, &input).await.unwrap();
    let panels = "{ organisation(odsCode: \"T6Y0W\") { panels { id meetings { id } } } }";
    let keeper = run.token(&run.account("PANEL_SECRETARY").unwrap().clone()).await.unwrap();
    let standing = run.post(Some(&keeper), panels, &json!({})).await.unwrap();
    let standing = &standing["data"]["organisation"]["panels"][0];
    let away =
        "mutation($input: SaveLeaveInput!) { saveLeave(input: $input) { leave { id } errors { message } } }";
    let input = json!({"input": {"organisation": "T6Y0W", "from": until, "until": until}});
    let leave = run.post(Some(&keeper), away, &input).await.unwrap();
    let keeper = run.token(&run.account("GOVERNANCE").unwrap().clone()).await.unwrap();
    let record = "mutation($input: PartnerProposalInput!) { recordPartnerProposal(input: $input) { proposal { id } errors { message } } }";
    let input = json!({"input": partner_proposal(json!({}))});
    let partner = run.post(Some(&keeper), record, &input).await.unwrap();
    let keep = "mutation($input: ScenarioInput!) { keepScenario(input: $input) { scenario { id } errors { message } } }";
    let input = json!({"input": {"organisation": "T6Y0W", "name": "A scenario (synthetic)", "shared": true, "proceed": [case]}});
    let scenario = run.post(Some(&keeper), keep, &input).await.unwrap();
    let load = "mutation($input: LoadRegisterInput!) { loadRegister(input: $input) { loaded { added } errors { message } } }";
    let csv = "key,title,source,date\nS-1,Close a library (synthetic),Savings plan,2027-03-31\n";
    let input = json!({"input": {"organisation": "T6Y0W", "csv": csv}});
    let loaded = run.post(Some(&keeper), load, &input).await.unwrap();
    assert_eq!(loaded["data"]["loadRegister"]["loaded"]["added"], 1, "{loaded:#}");
    let unassessed = "{ aggregatedRisk { coverage { unassessed { nodes { id } } } } }";
    let registered = run.post(Some(&keeper), unassessed, &json!({})).await.unwrap();
    let registered = registered["data"]["aggregatedRisk"]["coverage"]["unassessed"]["nodes"][0]["id"].clone();
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{found:#} {issued:#}")).to_owned();
    BTreeMap::from([
        ("case".to_owned(), text(&case)),
        ("reference".to_owned(), text(run.saved("reference").unwrap())),
        ("author".to_owned(), text(run.saved("AUTHOR.person").unwrap())),
        ("email".to_owned(), author.email),
        ("panel".to_owned(), text(&found["assessment"]["panel"]["id"])),
        ("standing".to_owned(), text(&standing["id"])),
        ("meeting".to_owned(), text(&standing["meetings"][0]["id"])),
        ("leave".to_owned(), text(&leave["data"]["saveLeave"]["leave"]["id"])),
        ("condition".to_owned(), text(&found["assessment"]["conditions"][0]["id"])),
        ("reliance".to_owned(), text(&found["assessment"]["interdependencies"][0]["id"])),
        ("mitigation".to_owned(), text(&found["assessment"]["mitigations"][0]["id"])),
        ("session".to_owned(), text(&found["viewer"]["sessions"][0]["id"])),
        ("token".to_owned(), text(&issued["data"]["issueToken"]["token"]["id"])),
        ("attachment".to_owned(), text(&kept["id"])),
        ("partner".to_owned(), text(&partner["data"]["recordPartnerProposal"]["proposal"]["id"])),
        ("registered".to_owned(), text(&registered)),
        ("scenario".to_owned(), text(&scenario["data"]["keepScenario"]["scenario"]["id"])),
        ("workflow".to_owned(), text(&published["data"]["publishWorkflow"]["workflow"]["key"])),
    ])
}

/// The same names, of what does not exist.
fn elsewhere(there: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let nowhere = there.iter().map(|(name, value)| {
        let value = match (name.as_str(), value.split_once(':')) {
            (_, Some((noun, _))) => format!("{noun}:{NOWHERE}"),
            ("email", None) => "nobody@demo.ehia.invalid".to_owned(),
            _ => "T6Y0W-1900-9999".to_owned(),
        };
        (name.clone(), value)
    });
    nowhere.collect()
}

/// Every identifier that whoever reads everything finds in the case.
async fn everything(run: &mut Run, there: &BTreeMap<String, String>) -> BTreeSet<String> {
    let auditor = run.account("AUDITOR").unwrap().clone();
    let token = run.token(&auditor).await.unwrap();
    let parts = [
        "author { id } impacts { id } evidence { id } engagement { id } mitigations { id } interdependencies { id }",
        "panel { id members { person { id } } } reviews { id reviewer { id } }",
        "outcomes { id by { id } record { revision { id } } } decisions { id record { revision { id } } } conditions { id }",
        "history(first: 100) { nodes { id by { id } } } attachments { id }",
    ];
    let mut found = BTreeSet::from([there["case"].clone()]);
    for part in parts {
        let query = format!("query($id: ID!) {{ assessment(id: $id) {{ {part} }} }}");
        let answer = run.post(Some(&token), &query, &json!({"id": there["case"]})).await.unwrap();
        assert!(answer.get("errors").is_none(), "{answer:#}");
        collect(&answer, &mut found);
    }
    found
}

fn collect(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| collect(one, into)),
        Value::Object(fields) => {
            into.extend(fields.get("id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|one| collect(one, into));
        }
        _ => {}
    }
}

struct Client {
    http: reqwest::Client,
    url: String,
}

/// All that an answer tells.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    /// The answer without what was asked about and without what is every request's own.
    fn apart_from(&self, names: &BTreeMap<String, String>) -> (u16, Vec<(String, String)>, String) {
        let mut body = self.body.clone();
        for (name, value) in names {
            body = body.replace(value.as_str(), &format!("${name}"));
        }
        for own in ["\"requestId\":\"", "\"request_id\":\""] {
            let mut parts = body.split(own);
            let mut without = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                without.push_str(part.split_once('"').map_or("", |(_, rest)| rest));
            }
            body = without;
        }
        (self.status, self.headers.clone(), body)
    }
}

impl Client {
    async fn token(&self, account: &Account) -> String {
        let query = "mutation($input: SignInInput!) { signIn(input: $input) { token errors { message } } }";
        let body = json!({"query": query, "variables": {"input": {"email": account.email, "password": account.password}}});
        let answer = self.http.post(format!("{}/graphql", self.url)).json(&body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        answer["data"]["signIn"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn ask(&self, ask: &Ask, names: &BTreeMap<String, String>, token: Option<&str>) -> Answer {
        let body = json!({"query": ask.query, "variables": named(&ask.variables, names)});
        let mut request = self.http.post(format!("{}/graphql", self.url)).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        told(request).await
    }

    async fn http(
        &self,
        method: &str,
        path: &str,
        names: &BTreeMap<String, String>,
        token: Option<&str>,
    ) -> Answer {
        let Value::String(path) = named(&json!(path), names) else { unreachable!() };
        let url = format!("{}{path}", self.url);
        let mut request = if method == "GET" {
            self.http.get(url)
        } else {
            self.http.post(url).header("Content-Type", "application/pdf").body("%PDF-1.7 theirs")
        };
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        told(request).await
    }
}

async fn told(request: reqwest::RequestBuilder) -> Answer {
    let answer = request.send().await.unwrap();
    let own = ["date", "x-request-id"];
    let headers = answer.headers().iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let status = answer.status().as_u16();
    Answer { status, headers, body: answer.text().await.unwrap() }
}

/// The value with `$name` replaced wherever it stands.
fn named(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => {
            json!(
                names
                    .iter()
                    .fold(text.clone(), |text, (name, value)| text.replace(&format!("${name}"), value))
            )
        }
        Value::Array(list) => list.iter().map(|one| named(one, names)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), named(value, names))).collect())
        }
        other => other.clone(),
    }
}

/// The fields of a type in a schema document as it is printed: a tab, then the name.
pub fn fields(schema: &str, root: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut described = false;
    for line in schema.lines() {
        if line.starts_with(&format!("type {root} ")) {
            inside = true;
            continue;
        }
        if line == "}" {
            inside = false;
        }
        if line.trim() == "\"\"\"" {
            described = !described;
            continue;
        }
        let Some(field) = line.strip_prefix('\t').filter(|_| inside && !described) else { continue };
        if field.starts_with(|c: char| c.is_ascii_alphabetic()) {
            found.push(field.split(['(', ':']).next().unwrap().to_owned());
        }
    }
    found
}
