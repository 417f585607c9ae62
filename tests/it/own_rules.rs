//! An organisation's own rules: published, put in force, tried over the cases there are, kept with decisions.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use ehia::{
    app::{App, ClientAddress, Error, NewPerson},
    domain::{
        case::Pinned,
        check::{Finding, OwnRule},
        decision::DecisionOutcome,
        id::{AssessmentId, Identifier as _},
        permission::Role,
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
        assert_eq!(ids, ["own.well@proposal/kindOfChange", "own.closing.failed@proposal/kindOfChange"]);
        assert!(found[1].message.contains("tell your administrator"), "{found:?}");
        assert_ne!(body.go(Role::Author, case, "send").await.unwrap(), "draft");
        // Its document is lost or damaged behind the program's back.
        for (damage, reason) in [
            ("UPDATE definition SET document = '{}' WHERE key = 'closing'", "its document cannot be read"),
            ("DELETE FROM definition WHERE key = 'closing'", "it is not published"),
        ] {
            assert_eq!(db.tamper(damage).await, 1);
            let fresh = app(db);
            let found = own(&fresh, &body, case).await;
            let failed = found.iter().find(|finding| finding.id.starts_with("own.closing.failed@")).unwrap();
            assert!(failed.message.contains(reason), "{failed:?}");
            assert_eq!(found.len(), 2, "the other rule goes on: {found:?}");
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
        assert_eq!(record["rules"]["own"], json!([rule(1, CLOSES)]));
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
        let reader = NewPerson {
            name: "Synthetic Reader".into(),
            email: "reader@example.org".into(),
            password: Some(SecretString::from(PASSWORD)),
            roles: vec![(body.id, Role::Governance, None)],
        };
        body.app.add_person(reader, None, body.moment).await.unwrap();
        let client = ClientAddress::default();
        let signed =
            body.app.sign_in("reader@example.org", SecretString::from(PASSWORD), client, body.moment).await.unwrap();
        let headers =
            HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {}", signed.token.expose_secret()).parse().unwrap())]);
        let caller = http::caller(&headers, ClientAddress::default()).unwrap();
        let query = "query ($id: ID!) { assessment(id: $id) { findings {
            id severity gate message rule { id title severity gate acceptable explanation duty { id } } } } }";
        let request = Request::new(query).variables(Variables::from_json(json!({ "id": case.global() })));
        let door = Door::new(body.app.clone(), Limits::default(), false);
        let answer = door.answer(request, caller, Allowed::Everything, "test").await;
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
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
        let failed = of("own.broken.failed@proposal/kindOfChange");
        assert_eq!((&failed["severity"], &failed["rule"]["id"]), (&json!("ADVICE"), &json!("own.broken")));
        assert!(findings.iter().any(|finding| finding["rule"]["duty"]["id"].is_string()), "{answer}");
    }
}
