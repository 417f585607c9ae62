//! An organisation's own rules: what may be published, and what the published say of cases.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use ehia_domain::{
    case::Pinned,
    check::{
        OwnRule,
        own::{BYTES, EXAMPLES, IN_FORCE, STEPS, versions},
        vocabulary,
    },
    definition::Definition,
    form::Known,
    settings::{Settings, Severity},
    text::Violation,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::check::world::World;

/// Fires on a closure that does not say from when on.
fn notice() -> Value {
    json!({
        "format": "ehia/rule/1", "key": "closure-notice", "version": 1,
        "title": "A closure says from when on", "severity": "WARNING",
        "condition": "proposal.kindOfChange == \"CLOSURE\" && !has(proposal.effectiveFrom)",
        "message": "Say from when on the service closes.",
        "path": ["proposal", "effectiveFrom"],
        "duty": "Synthetic closure policy, 4.2",
        "examples": [
            {"name": "Without", "fires": true, "document": {"proposal": {"kindOfChange": "CLOSURE"}}},
            {"name": "With", "fires": false,
             "document": {"proposal": {"kindOfChange": "CLOSURE", "effectiveFrom": "2027-01-01"}}},
        ],
    })
}

/// The same with another condition and examples of which nothing is asked.
fn asking(condition: &str) -> OwnRule {
    let mut rule = notice();
    rule["condition"] = json!(condition);
    OwnRule::draft(&rule.to_string()).unwrap_or_else(|found| panic!("{condition}: {found:?}"))
}

fn refused(change: impl FnOnce(&mut Value)) -> Vec<Violation> {
    let mut rule = notice();
    change(&mut rule);
    let found = OwnRule::prove(&rule.to_string()).expect_err("it must not be published");
    assert!(
        found.iter().all(|one| one.message.ends_with('.') && one.message.chars().count() < 400),
        "{found:?}"
    );
    found
}

fn codes(found: &[Violation]) -> Vec<(&str, String)> {
    found.iter().map(|one| (one.code.as_str(), one.path.to_string())).collect()
}

fn closing(rule: OwnRule) -> World {
    let mut world = World::complete();
    world.own = vec![Arc::new(rule)];
    world
}

#[test]
fn a_rule_fires_where_its_condition_holds_and_nowhere_else() {
    let mut world = closing(OwnRule::prove(&notice().to_string()).unwrap());
    assert_eq!(world.fires("own.closure-notice"), [], "it says from when on");
    world.case.content.proposal.effective_from = None;
    let found = world.fires("own.closure-notice");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, "own.closure-notice@proposal/effectiveFrom");
    assert_eq!((found[0].severity, found[0].gate, found[0].acceptable), (Severity::Warning, None, true));
    assert_eq!(found[0].facts["said"], json!({"proposal/kindOfChange": "CLOSURE"}));
    assert_eq!(found[0].facts["duty"], "Synthetic closure policy, 4.2");
    world.case.content.proposal.kind_of_change = None;
    assert_eq!(world.fires("own.closure-notice"), [], "what is not said makes no rule fire");
}

#[test]
fn own_rules_change_nothing_of_what_the_book_says_and_stand_after_it() {
    let mut world = closing(asking("true"));
    world.case.content.sro = None;
    world.clear("review_date");
    world.clear("human_rights");
    let all = world.findings();
    assert!(all.is_sorted_by_key(|finding| finding.severity), "{all:?}");
    let own = all.iter().position(|finding| finding.rule == "own.closure-notice").unwrap();
    assert!(all[own + 1..].iter().all(|finding| finding.severity > Severity::Warning), "{all:?}");
    let book: Vec<_> = all.iter().filter(|finding| !finding.rule.starts_with("own.")).cloned().collect();
    world.own.clear();
    assert_eq!(world.findings(), book);
}

#[test]
fn a_rule_is_published_only_if_every_example_behaves() {
    let found = refused(|rule| rule["examples"][0]["fires"] = json!(false));
    assert_eq!(codes(&found), [("REQUIRED", "examples".into())]);
    let found = refused(|rule| {
        let more = rule["examples"].as_array_mut().unwrap();
        more.push(
            json!({"name": "A policy", "fires": true, "document": {"proposal": {"kindOfChange": "POLICY"}}}),
        );
        more.push(
            json!({"name": "Another", "fires": false, "document": {"proposal": {"kindOfChange": "CLOSURE"}}}),
        );
    });
    assert_eq!(
        codes(&found),
        [("EXAMPLE_SILENT", "examples/2/fires".into()), ("EXAMPLE_FIRES", "examples/3/fires".into())]
    );
    let found = refused(|rule| {
        rule["condition"] = json!("answers.n > 3");
        rule["path"] = json!(["answers", "n"]);
        rule["examples"] = json!([
            {"name": "Many", "fires": true, "document": {"answers": {"n": 4}}},
            {"name": "Few", "fires": false, "document": {"answers": {"n": 3}}},
            {"name": "Words", "fires": false, "document": {"answers": {"n": "three"}}},
        ]);
    });
    assert_eq!(codes(&found), [("EXAMPLE_FAILS", "examples/2/document".into())]);
}

#[test]
fn an_example_that_no_case_could_be_is_refused() {
    for (document, path) in [
        (json!({"proposals": {}}), "examples/0/document/proposals"),
        (json!({"proposal": {"kindOfChange": "CLOSED"}}), "examples/0/document/proposal/kindOfChange"),
        (json!({"proposal": []}), "examples/0/document/proposal"),
        (json!({"proposal": {"decisionDate": "soon"}}), "examples/0/document/proposal/decisionDate"),
        (
            json!({"impacts": [{}, {"initial": {"likelihood": 1.5}}]}),
            "examples/0/document/impacts/1/initial/likelihood",
        ),
        (json!([]), "examples/0/document"),
        (json!({"title": "\u{0}"}), "examples/0/document/title"),
        (json!({"answers": {"n": 9_007_199_254_740_993_i64}}), "examples/0/document/answers/n"),
    ] {
        let found = refused(|rule| rule["examples"][0]["document"] = document.clone());
        assert_eq!(found[0].path.to_string(), path, "{document}: {found:?}");
    }
}

#[test]
fn what_a_rule_may_not_be_is_told_field_by_field() {
    let found = refused(|rule| {
        rule["format"] = json!("ehia/rule/2");
        rule["key"] = json!("Own.Rule");
        rule["version"] = json!(0);
        rule["severity"] = json!("BLOCKER");
        rule["title"] = json!("");
        rule["message"] = json!("m".repeat(1001));
        rule["duty"] = json!("two\nlines");
        rule["condition"] = json!("proposal.nope == \"x\"");
        rule["path"] = json!(["proposal", "nope"]);
        rule["examples"] = json!([]);
    });
    let at: Vec<_> = found.iter().map(|one| one.path.to_string()).collect();
    assert_eq!(
        at,
        [
            "format",
            "key",
            "version",
            "severity",
            "path",
            "examples",
            "examples",
            "title",
            "message",
            "duty",
            "condition"
        ]
    );
    for path in [
        json!([]),
        json!(["impacts", "0"]),
        json!(["proposal.summary"]),
        json!(["answers", "a", "b"]),
        json!(["nowhere"]),
        json!(["answers", ""]),
        json!(["answers", "a/b"]),
    ] {
        assert_eq!(refused(|rule| rule["path"] = path.clone())[0].path.to_string(), "path", "{path}");
    }
    for document in ["", "[]", "null", "{\"format\": 1}", &"[".repeat(BYTES), &" ".repeat(BYTES + 1)] {
        let found = OwnRule::prove(document).expect_err("it is no rule");
        assert!(found.len() == 1 && found[0].path.0.is_empty(), "{found:?}");
    }
    let found = refused(|rule| {
        let one = rule["examples"][0].clone();
        rule["examples"].as_array_mut().unwrap().extend(vec![one; EXAMPLES - 1]);
    });
    assert_eq!(codes(&found), [("TOO_MANY", "examples".into())]);
    assert!(OwnRule::is_reserved("ehia-of-ours") && !OwnRule::is_reserved("closure-notice"));
}

#[test]
fn hostile_conditions_are_refused_before_they_cost_anything() {
    for (condition, code) in [
        ("(".repeat(20_000), "TOO_LONG"),
        ("(".repeat(2_000), "TOO_DEEP"),
        ("!".repeat(2_000) + "true", "TOO_MANY"),
        ("impacts.all(a, impacts.all(b, impacts.all(c, true)))".to_owned(), "TOO_DEEP"),
        ("title.matches(\"(a+)+$\")".to_owned(), "NOT_FOUND"),
        ("nope(1) || true".to_owned(), "NOT_FOUND"),
        ("title".to_owned(), "TYPE"),
        (String::new(), "REQUIRED"),
    ] {
        let begun = Instant::now();
        let found = refused(|rule| rule["condition"] = json!(condition));
        assert_eq!(codes(&found), [(code, "condition".into())]);
        assert!(begun.elapsed() < Duration::from_secs(2), "{code}");
    }
}

#[test]
fn a_rule_that_cannot_be_run_says_so_and_breaks_nothing() {
    let large = 9_007_199_254_740_991_i64;
    for (condition, because) in [
        (
            "answers.review_date * answers.review_date * answers.review_date > 0",
            "it reckons with a number that is too large",
        ),
        ("answers.psed > 3", "it compares or reckons with values of different kinds"),
        ("answers.psed + 1 > 3", "it compares or reckons with values of different kinds"),
    ] {
        let mut world = closing(asking(condition));
        world.answer("review_date", json!(large));
        let failures = world.failures();
        let [failed] = failures.as_slice() else { panic!("{condition}: {failures:?}") };
        assert_eq!(failed.id, "own.closure-notice.failed@proposal/effectiveFrom");
        assert_eq!((failed.severity, failed.gate, failed.acceptable), (Severity::Advice, None, false));
        assert_eq!(failed.facts["failed"], because, "{condition}");
        assert!(failed.message.contains("publish a version that can be run"), "{}", failed.message);
        // It is no finding of the case, and what can be run says what it says.
        let well = OwnRule::prove(&notice().to_string()).unwrap();
        world.own.push(Arc::new(well));
        world.case.content.proposal.effective_from = None;
        let said = world.fires("own.closure-notice");
        assert_eq!(said.len(), 1, "{condition}: {said:?}");
        assert_eq!(said[0].facts["failed"], json!(null), "{condition}");
        world.own.clear();
        assert_eq!(world.failures(), []);
    }
}

#[test]
fn a_case_that_is_too_large_to_walk_is_said_to_be_so() {
    let world = closing(asking("impacts.all(a, impacts.exists(b, a.id == b.id))"));
    assert_eq!(world.fires("own.closure-notice").len(), 1, "it holds of ten");
    let one = world.case.content.impacts[0].clone();
    for (many, because) in [
        (200, "what it asks about is too much to walk through"),
        (201, "a list that it asks about has more than 200 elements"),
    ] {
        let mut world = closing(asking(if many == 200 {
            "impacts.all(a, impacts.exists(b, a.id == b.id))"
        } else {
            "impacts.size() > 3"
        }));
        world.case.content.impacts = vec![one.clone(); many];
        let begun = Instant::now();
        assert_eq!(world.fires("own.closure-notice"), []);
        assert_eq!(world.failures()[0].facts["failed"], because);
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn the_slowest_that_is_let_through_ends_soon() {
    let rationale = "a".repeat(20_000);
    let body = r#"!a.rationale.contains("aaaaaaaab")"#;
    let nested = |n: usize| format!("impacts.all(a, {})", vec![body; n].join(" && "));
    let content = |n: usize| json!({"impacts": vec![json!({"id": "x", "rationale": rationale}); n]});
    let pairs = "impacts.all(a, impacts.all(b, a.id == b.id))";
    for (rule, most) in [(asking(pairs), 200), (asking(&nested(8)), 200), (asking("title != \"\""), 200)] {
        // The largest case that it is still run on.
        let largest = (1..=most).rev().find(|n| rule.fires(&content(*n)).is_ok()).expect("it runs on one");
        let begun = Instant::now();
        assert!(rule.fires(&content(largest)).is_ok());
        assert!(begun.elapsed() < Duration::from_secs(5), "{largest}: {:?}", begun.elapsed());
    }
    assert!(asking(pairs).fires(&content(200)).is_err(), "{STEPS} steps are not enough for 40,000 pairs");
}

#[test]
fn a_rule_sees_answers_only_as_far_as_the_form_shows_them() {
    let mut rule = notice();
    rule["condition"] = json!("answers.armed_forces_healthcare == \"x\" || !has(answers.no_such_question)");
    let mut world = closing(OwnRule::draft(&rule.to_string()).unwrap());
    assert_eq!(world.fires("own.closure-notice"), [], "the form does not ask it");
    // A question that is only shown after another answer.
    let form = crate::check::world::shipped();
    let asked = form
        .questions()
        .find(|question| question.key == "engagement_none_reason" || question.show_if.is_some());
    let hidden = asked.expect("the form hides something").key.clone();
    rule["condition"] = json!(format!("has(answers.{hidden})"));
    rule["path"] = json!(["title"]);
    world.own = vec![Arc::new(OwnRule::draft(&rule.to_string()).unwrap())];
    world.case.content.answers.clear();
    world.answer(&hidden, json!("Synthetic"));
    let shown = ehia_domain::form::visibility(form, &world.case.content)[&hidden] == Some(true);
    assert!(!shown, "{hidden} is shown without any other answer; choose another");
    assert_eq!(world.fires("own.closure-notice"), [], "a hidden answer never counts");
    rule["condition"] = json!(format!("!has(answers.{hidden})"));
    rule["path"] = json!(["answers", hidden]);
    world.own = vec![Arc::new(OwnRule::draft(&rule.to_string()).unwrap())];
    assert_eq!(world.fires("own.closure-notice"), [], "nobody can answer what is not shown");
}

#[test]
fn a_published_rule_is_read_by_every_later_program() {
    let mut rule = notice();
    rule["condition"] = json!("gone(title)");
    let read = OwnRule::read(&rule.to_string()).unwrap();
    let world = closing(read);
    assert!(world.failures()[0].message.contains("can no longer run it"));
    let lost = OwnRule::unreadable(&Pinned { key: "lost".into(), version: 3 }, "its document is damaged");
    let world = closing(lost);
    let found = world.failures();
    assert!(found[0].path.0.is_empty() && found[0].message.contains("because this program"), "{found:?}");
}

#[test]
fn a_record_keeps_the_rules_that_were_in_force_as_they_were_written() {
    let rule = OwnRule::prove(&notice().to_string()).unwrap();
    let lost = OwnRule::unreadable(&Pinned { key: "lost".into(), version: 3 }, "it is damaged");
    let kept = versions(&[Arc::new(rule), Arc::new(lost)]);
    assert_eq!(kept["own"][0], notice());
    assert_eq!(kept["own"][1], json!({"key": "lost", "version": 3, "failed": "it is damaged"}));
    assert_eq!(kept["rules"], ehia_domain::check::versions()["rules"]);
}

#[test]
fn settings_name_each_rule_once_and_not_too_many() {
    let named = |keys: &[&str]| {
        let rules = keys.iter().map(|key| Pinned { key: (*key).into(), version: 1 });
        Settings { rules: rules.collect(), ..Settings::default() }.check()
    };
    assert_eq!(named(&["a", "b"]), Ok(()));
    assert_eq!(named(&["a", "b", "a"]).unwrap_err().path.to_string(), "settings/rules/2");
    assert_eq!(named(&vec!["a"; IN_FORCE + 1]).unwrap_err().code, "TOO_MANY");
    assert_eq!(serde_json::to_value(Settings::default()).unwrap().get("rules"), None);
}

#[test]
fn every_case_fits_what_conditions_may_ask() {
    let mut content = serde_json::to_value(&World::complete().case.content).unwrap();
    content.as_object_mut().unwrap().remove("format");
    for evidence in content["evidence"].as_array_mut().unwrap() {
        evidence.as_object_mut().unwrap().remove("attachments");
    }
    assert_eq!(Known::content().fits(&content), Ok(()));
}

#[test]
fn what_may_be_asked_is_written_down() {
    crate::golden::holds("../../definition/CONDITIONS.md", &vocabulary());
    let page = vocabulary();
    let rule = page.split("```").nth(1).unwrap().trim_start_matches("json");
    OwnRule::prove(rule).unwrap_or_else(|found| panic!("the rule on the page is not lawful: {found:?}"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_condition_breaks_a_case(condition in "([a-z.()\\[\\]\"'!&|<>=+*?:, 0-9-]|answers|psed|impacts|exists|has|in|true|proposal.saving){0,40}") {
        let mut rule = notice();
        rule["condition"] = json!(condition);
        if let Ok(rule) = OwnRule::draft(&rule.to_string()) {
            let world = closing(rule);
            prop_assert_eq!((world.findings(), world.failures()), (world.findings(), world.failures()));
        }
    }
}
