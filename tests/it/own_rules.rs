//! An organisation's own rules: published, put in force, tried over the cases there are, kept with decisions.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use ehia::{
    app::{App, ClientAddress, Error, NewPerson, PanelDraft},
    domain::{
        case::{Pinned, ShareLevel},
        check::{self, Finding, OwnRule},
        decision::DecisionOutcome,
        id::{AssessmentId, Identifier as _},
        page::Window,
        permission::Role,
        review::Seat,
        settings::Settings,
        text::Violation,
    },
    graphql::{
        door::{Allowed, Door},
        http,
        limit::Limits,
    },
};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::support::{
    on_both,
    people::{Body, app},
};

/// A rule that fires on what closes, as the imported example does.
pub fn rule(version: u32, condition: &str) -> Value {
    json!({
        "format": "ehia/rule/1", "key": "closing", "version": version, "title": "Closures are told",
        "severity": "WARNING", "condition": condition, "message": "Tell the people who come.",
        "path": ["proposal", "kindOfChange"], "duty": "Synthetic policy, 4.2",
        "examples": [
            {"name": "A closure", "fires": true,
             "document": {"proposal": {"kindOfChange": "CLOSURE"}, "answers": {"psed": 1}}},
            {"name": "A policy", "fires": false,
             "document": {"proposal": {"kindOfChange": "POLICY"}, "answers": {"psed": 1}}},
        ],
    })
}

const PASSWORD: &str = "a long and unusual sentence";
/// Fires on every closure.
pub const CLOSES: &str = "proposal.kindOfChange == \"CLOSURE\"";
/// Behaves on its examples, and reckons with an answer that in a case is no number.
const BROKEN: &str = "proposal.kindOfChange == \"CLOSURE\" && answers.psed + 1 > 1";

async fn publish(body: &Body, document: &Value) -> Result<Arc<OwnRule>, Error> {
    let administrator = body.who(Role::Administrator);
    body.app.publish(Some(administrator), &body.code, document.to_string(), body.moment).await
}

fn naming(rules: &[(&str, u32)]) -> Settings {
    let rules = rules.iter().map(|(key, version)| Pinned { key: (*key).into(), version: *version });
    Settings { rules: rules.collect(), workflow: "two-person".into(), ..Settings::default() }
}

async fn own(app: &App, body: &Body, case: AssessmentId) -> Vec<Finding> {
    let view = app.view(body.who(Role::Auditor), case).await.unwrap();
    view.findings().iter().filter(|finding| finding.rule.starts_with("own.")).cloned().collect()
}

async fn failures(app: &App, body: &Body, case: AssessmentId) -> Vec<Finding> {
    let administrator = body.who(Role::Administrator);
    let view = app.view(administrator, case).await.unwrap();
    for role in Role::ALL.iter().filter(|role| **role != Role::Administrator) {
        assert_eq!(view.failures(body.who(*role)), [], "{role}");
    }
    view.failures(administrator).to_vec()
}

/// The service as people of the organisation ask it.
struct Asking {
    door: Door,
    body: Body,
}

impl Asking {
    fn new(body: Body) -> Self {
        Self { door: Door::new(body.app.clone(), Limits::default(), false), body }
    }

    /// The answer to somebody who is given this role anew, in one organisation or another.
    async fn ask(&self, at: &Body, role: Role, query: &str, variables: Value) -> Value {
        let (app, moment) = (&at.app, at.moment);
        let email = format!("asking.{}.{}@example.org", role.to_sql(), at.code);
        let reader = NewPerson {
            name: "Synthetic Reader".into(),
            email: email.clone(),
            password: Some(SecretString::from(PASSWORD)),
            roles: vec![(at.id, role, None)],
        };
        app.add_person(reader, None, moment).await.unwrap();
        let client = ClientAddress::default();
        let signed = app.sign_in(&email, SecretString::from(PASSWORD), client, moment).await.unwrap();
        let bearer = format!("Bearer {}", signed.token.expose_secret());
        let headers = HeaderMap::from_iter([(AUTHORIZATION, bearer.parse().unwrap())]);
        let caller = http::caller(&headers, ClientAddress::default()).unwrap();
        let request = Request::new(query).variables(Variables::from_json(variables));
        let answer = self.door.answer(request, caller, Allowed::Everything, "test").await;
        serde_json::from_str(&answer.body).unwrap()
    }
}

fn violations<T: std::fmt::Debug>(refused: Result<T, Error>) -> Vec<Violation> {
    match refused {
        Err(Error::Invalid(violations)) => violations,
        other => panic!("it was not refused as invalid: {other:?}"),
    }
}

on_both! {
    async fn a_rule_is_in_force_once_the_settings_name_it_and_only_there(db) {
        let app = app(db);
        let (one, other) = (Body::new(&app, "T6Y0W").await, Body::new(&app, "QMM").await);
        let (ours, theirs) = (one.import().await, other.import().await);
        let elsewhere = crate::support::people::app(db);
        publish(&one, &rule(1, CLOSES)).await.unwrap();
        assert_eq!(own(&app, &one, ours).await, [], "nothing named it");
        one.set(naming(&[("closing", 1)])).await.unwrap();
        for app in [&app, &elsewhere] {
            let found = own(app, &one, ours).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].id, "own.closing@proposal/kindOfChange");
            assert_eq!(found[0].message, "Tell the people who come.");
            assert_eq!(own(app, &other, theirs).await, []);
        }
        // A new version waits until it is named.
        let mut later = rule(2, &format!("{CLOSES} && !has(proposal.summary)"));
        later["examples"][1]["document"]["proposal"]["summary"] = json!("Synthetic");
        publish(&one, &later).await.unwrap();
        assert_eq!(own(&app, &one, ours).await.len(), 1);
        one.set(naming(&[("closing", 2)])).await.unwrap();
        for app in [&app, &elsewhere] {
            assert_eq!(own(app, &one, ours).await, [], "the case has a summary");
        }
        one.set(naming(&[])).await.unwrap();
        assert_eq!(own(&app, &one, ours).await, []);

        for (body, named) in [(&other, ("closing", 1)), (&one, ("closing", 3)), (&one, ("ehia", 1)), (&one, ("no\u{0}thing", 1))] {
            let refused = violations(body.set(naming(&[named])).await);
            assert_eq!((refused[0].code.as_str(), refused[0].path.to_string().starts_with("settings/rules")), ("NOT_FOUND", true), "{named:?}");
        }
        assert_eq!(violations(publish(&one, &json!({"format": "ehia/rule/1"})).await)[0].code, "INVALID");
        let mut misbehaves = rule(9, CLOSES);
        misbehaves["examples"][1]["document"]["proposal"]["kindOfChange"] = json!("CLOSURE");
        let refused = violations(publish(&one, &misbehaves).await);
        assert_eq!((refused[0].code.as_str(), refused[0].path.to_string()), ("EXAMPLE_FIRES", "document/examples/1/fires".into()));
        let author = one.who(Role::Author);
        let refused = one.app.publish::<OwnRule>(Some(author), "T6Y0W", rule(9, CLOSES).to_string(), one.moment).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    }

    async fn a_rule_that_cannot_be_run_or_read_breaks_no_case(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        body.set(naming(&[])).await.unwrap();
        let case = body.import().await;
        publish(&body, &rule(1, BROKEN)).await.unwrap();
        let mut well = rule(1, CLOSES);
        well["key"] = json!("well");
        publish(&body, &well).await.unwrap();
        body.set(naming(&[("closing", 1), ("well", 1)])).await.unwrap();
        let found = own(&body.app, &body, case).await;
        let ids: Vec<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
        assert_eq!(ids, ["own.well@proposal/kindOfChange"], "who cannot mend the rule does not hear of it");
        let failed = failures(&body.app, &body, case).await;
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0].id, "own.closing.failed@proposal/kindOfChange");
        assert_eq!((failed[0].gate, failed[0].acceptable), (None, false));
        for (role, step) in [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")] {
            body.go(role, case, step).await.unwrap();
        }
        let view = body.app.view(body.who(Role::Auditor), case).await.unwrap();
        let record = db.store.read().record(&view.case.process.decisions[0].record).await.unwrap().unwrap();
        let record = String::from_utf8(record.bytes).unwrap();
        assert!(record.contains("own.well@") && !record.contains("own.closing.failed@"), "{record}");
        // Its document is lost or damaged behind the program's back.
        for (damage, reason) in [
            ("UPDATE definition SET document = '{}' WHERE key = 'closing'", "its document cannot be read"),
            ("DELETE FROM definition WHERE key = 'closing'", "it is not published"),
        ] {
            assert_eq!(db.tamper(damage).await, 1);
            let fresh = app(db);
            let failed = failures(&fresh, &body, case).await;
            assert!(failed.len() == 1 && failed[0].message.contains(reason), "{failed:?}");
            let found = own(&fresh, &body, case).await;
            assert_eq!(found.len(), 1, "the other rule goes on: {found:?}");
        }
    }

    async fn a_record_keeps_the_rules_that_were_in_force(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        publish(&body, &rule(1, CLOSES)).await.unwrap();
        body.set(naming(&[("closing", 1)])).await.unwrap();
        let case = body.import().await;
        for (role, step) in [(Role::Author, "send"), (Role::EqualityLead, "recommend"), (Role::DecisionMaker, "adopt")] {
            body.go(role, case, step).await.unwrap();
        }
        let view = body.app.view(body.who(Role::Auditor), case).await.unwrap();
        let record = db.store.read().record(&view.case.process.decisions[0].record).await.unwrap().unwrap();
        let record: Value = serde_json::from_slice(&record.bytes).unwrap();
        let mut rules = check::versions().clone();
        rules["own"] = json!([rule(1, CLOSES)]);
        assert_eq!(record["rules"], rules);
        let findings = record["findings"].as_array().unwrap();
        assert!(findings.iter().any(|finding| finding["id"] == "own.closing@proposal/kindOfChange"));
        let trial = body.app.try_rule(
            OwnRule::parse(&rule(2, CLOSES).to_string()).unwrap(), None, body.moment, &mut |_| {}
        ).await.unwrap();
        assert_eq!((trial.cases, trial.said.len(), trial.unreadable.len()), (1, 1, 0));
        assert_eq!(trial.said[0].decision, Some(DecisionOutcome::ProceedDespiteAdverseImpact));
        assert_eq!(trial.said[0].reference, view.case.reference);
    }

    async fn the_api_tells_whose_rule_it_is(db) {
        let body = Body::new(&app(db), "T6Y0W").await;
        publish(&body, &rule(1, CLOSES)).await.unwrap();
        let mut broken = rule(1, BROKEN);
        broken["key"] = json!("broken");
        publish(&body, &broken).await.unwrap();
        body.set(naming(&[("closing", 1), ("broken", 1)])).await.unwrap();
        let case = body.import().await;
        let query = "query ($id: ID!) { assessment(id: $id) { findings {
            id severity gate message rule { id title severity gate acceptable explanation duty { id } } } } }";
        let asking = Asking::new(body);
        let variables = json!({ "id": case.global() });
        let answer = asking.ask(&asking.body, Role::Governance, query, variables.clone()).await;
        let findings = answer["data"]["assessment"]["findings"].as_array().unwrap_or_else(|| panic!("{answer}"));
        let of = |id: &str| findings.iter().find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(of("own.closing@proposal/kindOfChange"), &json!({
            "id": "own.closing@proposal/kindOfChange", "severity": "WARNING", "gate": null,
            "message": "Tell the people who come.",
            "rule": {
                "id": "own.closing", "title": "Closures are told", "severity": "WARNING", "gate": null,
                "acceptable": true, "explanation": "Synthetic policy, 4.2", "duty": null,
            },
        }));
        assert!(findings.iter().any(|finding| finding["rule"]["duty"]["id"].is_string()), "{answer}");
        assert!(!answer.to_string().contains("own.broken"), "who cannot mend it does not hear of it: {answer}");
        let answer = asking.ask(&asking.body, Role::Administrator, query, variables.clone()).await;
        let to_mend = answer["data"]["assessment"]["findings"].as_array().unwrap();
        assert_eq!(to_mend[..findings.len()], findings[..], "else the same");
        let [failed] = &to_mend[findings.len()..] else { panic!("{answer}") };
        assert_eq!(failed["id"], "own.broken.failed@proposal/kindOfChange");
        assert_eq!((&failed["severity"], &failed["gate"], &failed["rule"]["id"]), (&json!("ADVICE"), &json!(null), &json!("own.broken")));
        // Nor does an administrator of another organisation that reads the case.
        let other = Body::new(&asking.body.app, "QMM").await;
        let share = asking.body.app.share(
            asking.body.who(Role::PanelSecretary), case, "QMM", ShareLevel::Read, None, asking.body.moment
        ).await;
        share.unwrap();
        let answer = asking.ask(&other, Role::Administrator, query, variables).await;
        let theirs = answer["data"]["assessment"]["findings"].as_array().unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(theirs[..], findings[..]);
    }

    async fn a_rule_is_published_and_listed_by_the_api(db) {
        let asking = Asking::new(Body::new(&app(db), "T6Y0W").await);
        let here = &asking.body;
        let publish = "mutation ($input: PublishDefinitionInput!) { publishRule(input: $input) {
            rule { id key version title inForce exampleCount errors { code } } errors { code path } } }";
        let input = |document: Value| json!({ "input": { "organisation": "T6Y0W", "document": document } });
        let told = json!({
            "rule": {
                "id": "own.closing", "key": "closing", "version": 1, "title": "Closures are told", "inForce": false,
                "exampleCount": 2, "errors": [],
            },
            "errors": [],
        });
        let done = asking.ask(here, Role::Administrator, publish, input(rule(1, CLOSES))).await;
        assert_eq!(done["data"]["publishRule"], told, "{done}");
        let mut wrong = rule(2, CLOSES);
        wrong["examples"][1]["fires"] = json!(true);
        wrong["examples"][0]["fires"] = json!(false);
        for (role, document, code) in [
            (Role::Auditor, rule(2, CLOSES), "FORBIDDEN"), (Role::EqualityLead, rule(2, CLOSES), "FORBIDDEN"),
        ] {
            let done = asking.ask(here, role, publish, input(document)).await;
            assert_eq!(done["errors"][0]["extensions"]["code"], code, "{done}");
        }
        here.set(naming(&[("closing", 1)])).await.unwrap();
        let damaged = json!(rule(1, CLOSES).to_string().replace("\"closing\"", "\"damaged\""));
        for document in [json!(rule(3, CLOSES).to_string()), damaged] {
            here.app.publish::<OwnRule>(None, "T6Y0W", document.as_str().unwrap().into(), here.moment).await.unwrap();
        }
        assert_eq!(db.tamper("UPDATE definition SET document = '{}' WHERE key = 'damaged'").await, 1);
        let asking = Asking { door: Door::new(crate::support::people::app(db), Limits::default(), false), body: asking.body };
        let here = &asking.body;
        let query = "query ($first: Int, $after: String) { ownRules(organisation: \"T6Y0W\", first: $first, after: $after) {
            totalCount pageInfo { hasNextPage endCursor } nodes {
                key version title severity condition message path duty exampleCount publishedAt inForce errors { code } } } }";
        let answer = asking.ask(here, Role::Author, query, json!({ "first": 2 })).await;
        let page = &answer["data"]["ownRules"];
        assert_eq!((&page["totalCount"], &page["pageInfo"]["hasNextPage"]), (&json!(3), &json!(true)), "{answer}");
        let mut first = page["nodes"][0].clone();
        assert!(first["publishedAt"].take().is_string());
        assert_eq!(first, json!({
            "key": "closing", "version": 1, "title": "Closures are told", "severity": "WARNING", "condition": CLOSES,
            "message": "Tell the people who come.", "path": ["proposal", "kindOfChange"], "duty": "Synthetic policy, 4.2",
            "exampleCount": 2, "publishedAt": null, "inForce": true, "errors": [],
        }));
        assert_eq!((&page["nodes"][1]["version"], &page["nodes"][1]["inForce"]), (&json!(3), &json!(false)));
        let more = json!({ "after": page["pageInfo"]["endCursor"] });
        let answer = asking.ask(here, Role::Reviewer, query, more).await;
        let last = &answer["data"]["ownRules"]["nodes"];
        assert_eq!(last.as_array().map(Vec::len), Some(1), "{answer}");
        assert_eq!((&last[0]["key"], &last[0]["title"]), (&json!("damaged"), &json!(null)));
        assert_eq!(last[0]["errors"], json!([{"code": "UNREADABLE"}]));
        let other = Body::new(&here.app, "QMM").await;
        let answer = asking.ask(&other, Role::Administrator, query, json!({})).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
    }

    async fn a_draft_is_tried_by_the_api_over_the_cases_that_may_be_read(db) {
        let asking = Asking::new(Body::new(&app(db), "T6Y0W").await);
        let here = &asking.body;
        let (first, second) = (here.import().await, here.import().await);
        let other = Body::new(&here.app, "QMM").await;
        other.import().await;
        let mut draft = rule(1, CLOSES);
        draft["examples"][1]["document"]["proposal"]["kindOfChange"] = json!("CLOSURE");
        let query = "query ($document: JSON!, $first: Int, $after: String) {
            tryRule(organisation: \"T6Y0W\", document: $document, first: $first, after: $after) {
                cases pageInfo { hasNextPage endCursor } errors { code path }
                said { flagged failure facts assessment { id } } } }";
        let of = |document: &Value| json!({ "document": document });
        let answer = asking.ask(here, Role::EqualityLead, query, of(&draft)).await;
        let tried = &answer["data"]["tryRule"];
        assert_eq!((&tried["cases"], &tried["errors"]), (&json!(2), &json!([])), "{answer}");
        let said = |tried: &Value| -> Vec<(String, bool)> {
            let said = tried["said"].as_array().unwrap().iter();
            said.map(|one| (one["assessment"]["id"].as_str().unwrap().into(), one["flagged"] == json!(true))).collect()
        };
        assert_eq!(said(tried), [(first.global(), true), (second.global(), true)], "{answer}");
        assert_eq!(tried["said"][0]["facts"]["said"], json!({"proposal/kindOfChange": "CLOSURE"}));
        // Page by page, and what cannot be run says why.
        draft["condition"] = json!(BROKEN);
        let one = json!({ "document": draft.to_string(), "first": 1 });
        let answer = asking.ask(here, Role::Administrator, query, one).await;
        let tried = &answer["data"]["tryRule"];
        assert_eq!((&tried["cases"], &tried["pageInfo"]["hasNextPage"]), (&json!(1), &json!(true)), "{answer}");
        assert_eq!(said(tried), [(first.global(), false)]);
        assert!(tried["said"][0]["failure"].as_str().unwrap().contains("different kinds"), "{answer}");
        draft["condition"] = json!("nope(title)");
        draft["severity"] = json!("BLOCKER");
        let more = json!({ "document": draft, "after": tried["pageInfo"]["endCursor"] });
        let answer = asking.ask(&other, Role::Administrator, query, more.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{answer}");
        for role in [Role::Author, Role::Governance, Role::Auditor, Role::PanelChair] {
            let answer = asking.ask(here, role, query, more.clone()).await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], "FORBIDDEN", "{role}: {answer}");
        }
        // A case that somebody may not read is not looked at.
        let barred = here.who(Role::EqualityLead);
        let document = rule(1, CLOSES).to_string();
        let window = Window { size: 20, forwards: true, cursor: None };
        let tried = here.app.try_rule_here(barred, "T6Y0W", &document, &window).await.unwrap();
        assert_eq!(tried.cases, 2);
        let refused = violations(here.app.try_rule_here(barred, "T6Y0W", &draft.to_string(), &window).await);
        let paths: Vec<String> = refused.iter().map(|one| one.path.to_string()).collect();
        assert_eq!(paths, ["document/severity", "document/condition"], "{refused:?}");
        let cases = db.store.read().cases_of(here.id, None, 9).await.unwrap();
        assert!(cases.iter().all(|(_, case)| case.as_ref().unwrap().version == 1), "nothing was changed");
        let clinical = Seat { person: here.who(Role::Reviewer).person, seat: "clinical".into() };
        let members = [Role::PanelChair, Role::Governance].map(|role| here.who(role).person);
        let members = members.into_iter().chain([barred.person]).collect();
        let panel = PanelDraft { members, seats: vec![clinical], ..PanelDraft::default() };
        here.app.assign_panel(here.who(Role::PanelSecretary), first, panel, None, here.moment).await.unwrap();
        let tried = here.app.try_rule_here(barred, "T6Y0W", &document, &window).await.unwrap();
        let ids: Vec<_> = tried.said.iter().map(|(view, _)| view.case.id).collect();
        assert_eq!((tried.cases, ids), (1, vec![second]), "who has not declared reads nothing yet");
    }
}
