//! Expressions: what may be published, and what the published says of a document.

use std::time::{Duration, Instant};

use ehia_domain::form::{Expression, Form, Known, expression::Shape};
use proptest::prelude::*;
use serde_json::{Value, json};

fn known() -> Known {
    Known::of(Form::shipped("ehia", 1).expect("it is shipped"))
}

fn refused(source: &str) -> String {
    let violation = Expression::publish(source, &known()).expect_err(source);
    assert!(violation.path.0.is_empty());
    assert!(violation.message.ends_with('.'), "{}", violation.message);
    assert!(violation.message.chars().count() < 400, "{}", violation.message);
    violation.code
}

fn evaluate(source: &str, document: &Value) -> Option<bool> {
    Expression::publish(source, &known()).unwrap_or_else(|v| panic!("{source}: {v}")).evaluate(document)
}

#[test]
fn hostile_sources_are_refused_before_they_cost_anything() {
    let nested = |n: usize| format!("{}true{}", "(".repeat(n), ")".repeat(n));
    let cases = [
        (nested(20_000), "TOO_LONG"),
        (nested(1000), "TOO_DEEP"),
        (nested(13), "TOO_DEEP"),
        ("(".repeat(2000), "TOO_DEEP"),
        ("[".repeat(2000), "TOO_DEEP"),
        ("{".repeat(2000), "INVALID"),
        ("true ? true : ".repeat(120) + "true", "TOO_MANY"),
        ("-".repeat(2000) + "1 > 1", "TOO_MANY"),
        ("!".repeat(2000) + "true", "TOO_MANY"),
        (format!("answers{}", ".a".repeat(900)), "TOO_MANY"),
        (format!("1{} == 1", " in title".repeat(200)), "TOO_MANY"),
        (vec!["1"; 90].join("+") + " > 1", "TOO_DEEP"),
        (format!("title in [{}]", vec!["\"a\""; 201].join(",")), "TOO_MANY"),
        (",".repeat(2000), "INVALID"),
        ("@".repeat(2000), "INVALID"),
        ("é".repeat(1000), "INVALID"),
        ("(".repeat(12), "INVALID"),
    ];
    for (source, code) in cases {
        let begun = Instant::now();
        assert_eq!(refused(&source), code, "{}", &source.chars().take(40).collect::<String>());
        assert!(begun.elapsed() < Duration::from_secs(2), "{code}");
    }
}

#[test]
fn macros_lie_two_deep_at_most_and_are_few() {
    let pair = "impacts.all(a, impacts.all(b, a.id == b.id))";
    assert_eq!(evaluate(pair, &json!({"impacts": [{"id": "1"}]})), Some(true));
    assert_eq!(refused("impacts.all(a, impacts.all(b, impacts.all(c, a.id == c.id)))"), "TOO_DEEP");
    assert_eq!(
        refused("impacts.exists(a, evidence.exists(b, engagement.filter(c, c.id == a.id).size() > 0))"),
        "TOO_DEEP"
    );
    assert_eq!(refused(&[r"impacts.exists(a, true)"; 9].join(" || ")), "TOO_MANY");
}

#[test]
fn the_worst_that_can_be_published_ends_soon() {
    let source = ["impacts.all(a, impacts.all(b, a.id != title))"; 4].join(" && ");
    let impacts: Vec<_> = (0..200).map(|n| json!({"id": n.to_string()})).collect();
    let begun = Instant::now();
    assert_eq!(evaluate(&source, &json!({"impacts": impacts, "title": "x"})), Some(true));
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn names_that_are_not_known_are_refused_even_where_they_would_not_matter() {
    for source in [
        "nope(1) || true",
        "true || nope",
        "true || answers.nope == \"x\"",
        "true || proposal.kind_of_change == \"POLICY\"",
        "true || impacts.exists(i, i.nope == \"x\")",
        "true || sro.email == \"x\"",
        "title.matches(\"a+\")",
        "matches(title, \"a+\")",
        "title.replace(\"a\", \"b\") == title",
        "impacts.map(i, i.id) == evidence",
        "answers[\"engagement_done\"] == \"YES\"",
        "timestamp(title) == title",
        "dyn(title)",
        "has(title)",
        "answers.?engagement_done == title",
    ] {
        let code = refused(source);
        assert!(code == "NOT_FOUND" || code == "INVALID", "{source}: {code}");
    }
}

#[test]
fn types_that_can_never_fit_are_refused() {
    for source in [
        "title",
        "1",
        "title == 1",
        "answers.engagement_done == \"Yes\"",
        "\"YSE\" == answers.engagement_done",
        "answers.engagement_done in [\"YES\", \"NOPE\"]",
        "answers.publication != \"Secretly\"",
        "impacts.exists(i, i.direction == \"BAD\")",
        "impacts.exists(i, i.initial.likelihood == \"5\")",
        "impacts.exists(i, i.id)",
        "title.exists(i, true)",
        "impacts.size() && true",
        "!title",
        "title < title",
        "proposal.saving > 1000",
        "proposal.decisionDate > \"soon\"",
        "title + title == title",
        "size(proposal.recurrent) > 1",
        "title.contains(1)",
        "title == null",
        "[] == []",
        "[1, \"a\"].exists(i, true)",
        "1u < 2u",
        "b\"a\" == b\"a\"",
        "impacts.exists(title, true)",
        "impacts.exists(i, evidence.exists(i, true))",
        "impacts.exists(i.j, true)",
        "(title == \"a\" ? 1 : title) == 1",
    ] {
        let code = refused(source);
        assert!(code == "TYPE" || code == "INVALID", "{source}: {code}");
    }
}

#[test]
fn text_is_written_one_way_and_hides_no_brackets() {
    for source in
        ["", "  ", "title == 'a", "title == r'a'", "title == '''a'''", "true // no", "title == \"a\\\""]
    {
        refused(source);
    }
    let brackets = format!("title == \"{}\"", "(".repeat(500));
    assert_eq!(evaluate(&brackets, &json!({"title": "("})), Some(false));
    assert_eq!(evaluate("title == 'it\\'s (here'", &json!({"title": "it's (here"})), Some(true));
}

#[test]
fn what_a_document_does_not_say_is_undetermined_unless_the_rest_decides() {
    let nothing = json!({"answers": {}});
    let asked = "answers.engagement_done == \"YES\"";
    assert_eq!(evaluate(asked, &nothing), None);
    assert_eq!(evaluate(asked, &json!({})), None);
    assert_eq!(evaluate(asked, &json!({"answers": {"engagement_done": null}})), None);
    assert_eq!(
        evaluate(asked, &json!({"answers": {"engagement_done": {"unknown": {"question": "?"}}}})),
        None
    );
    assert_eq!(evaluate(asked, &json!({"answers": {"engagement_done": "YES"}})), Some(true));
    assert_eq!(evaluate(asked, &json!({"answers": {"engagement_done": "NO"}})), Some(false));
    assert_eq!(evaluate(&format!("!({asked})"), &nothing), None);
    assert_eq!(evaluate(&format!("{asked} || true"), &nothing), Some(true));
    assert_eq!(evaluate(&format!("false && {asked}"), &nothing), Some(false));
    assert_eq!(evaluate(&format!("{asked} && true"), &nothing), None);
    assert_eq!(evaluate("has(answers.engagement_done)", &nothing), Some(false));
}

#[test]
fn impacts_dates_and_numbers_can_be_asked_about() {
    let document = json!({
        "proposal": {"decisionDate": "2026-03-01", "footprint": ["E07000148"]},
        "impacts": [
            {"direction": "POSITIVE", "groups": ["age"]},
            {"direction": "NEGATIVE", "groups": ["core20"], "initial": {"likelihood": 4, "consequence": 3}},
        ],
    });
    for (source, wanted) in [
        ("impacts.exists(i, i.direction == \"NEGATIVE\" && \"core20\" in i.groups)", Some(true)),
        ("impacts.exists(i, i.initial.likelihood * i.initial.consequence >= 12)", Some(true)),
        ("impacts.all(i, i.initial.likelihood >= 4)", None),
        ("impacts.exists_one(i, i.direction == \"POSITIVE\")", Some(true)),
        ("impacts.filter(i, i.direction == \"NEGATIVE\").size() == 1", Some(true)),
        ("proposal.decisionDate < \"2026-04-01\"", Some(true)),
        ("size(proposal.footprint) > 1", Some(false)),
        ("proposal.effectiveFrom > proposal.decisionDate", None),
        ("proposal.footprint.exists(c, c.startsWith(\"E07\"))", Some(true)),
    ] {
        assert_eq!(evaluate(source, &document), wanted, "{source}");
    }
}

#[test]
fn a_list_too_long_to_walk_leaves_it_undetermined() {
    let impacts: Vec<_> = (0..201).map(|_| json!({"direction": "NEGATIVE"})).collect();
    let asked = "impacts.exists(i, i.direction == \"NEGATIVE\")";
    assert_eq!(evaluate(asked, &json!({"impacts": impacts[1..]})), Some(true));
    assert_eq!(evaluate(asked, &json!({"impacts": impacts})), None);
    assert_eq!(evaluate("title == \"a\"", &json!({"impacts": impacts, "title": "a"})), Some(true));
}

#[test]
fn without_a_form_any_answer_can_be_asked_about_and_names_can_be_added() {
    let known = Known::content().with("state", Shape::Text);
    let expression = Expression::publish("state == \"draft\" && answers.anything == 3", &known).unwrap();
    assert_eq!(expression.evaluate(&json!({"state": "draft", "answers": {"anything": 3}})), Some(true));
    assert_eq!(expression.evaluate(&json!({"state": "draft", "answers": {"anything": "3"}})), Some(false));
    assert!(Expression::publish("nostate == \"draft\"", &known).is_err());
}

#[test]
fn the_deepest_that_is_published_runs_on_an_ordinary_stack() {
    let sum = vec!["answers.n"; 15].join("+");
    let source = format!("impacts.exists(i, impacts.exists(j, {sum} > 14))");
    let expression = Expression::publish(&source, &Known::content()).unwrap();
    assert_eq!(expression.evaluate(&json!({"answers": {"n": 1}, "impacts": [{}]})), Some(true));
}

proptest! {
    // Every case compiles; a few dozen find what thousands would.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_source_breaks_publication_or_evaluation(source in "([a-z.()\\[\\]\"'!&|<>=+*?:, 0-9-]|answers|engagement_done|impacts|exists|has|in|true){0,40}") {
        if let Ok(expression) = Expression::publish(&source, &Known::content()) {
            let document = json!({"answers": {"engagement_done": "YES"}, "impacts": [{"id": "a"}]});
            prop_assert_eq!(expression.evaluate(&document), expression.evaluate(&document));
        }
    }

    #[test]
    fn what_is_decided_without_an_answer_stays_so_whatever_it_is(
        (left, right) in (0_usize..4, 0_usize..4), and: bool, answer in "YES|NO|UNKNOWN"
    ) {
        let terms = ["answers.engagement_done == \"YES\"", "true", "false", "answers.change_of_site == \"NO\""];
        let source = format!("({}) {} !({})", terms[left], if and { "&&" } else { "||" }, terms[right]);
        let before = evaluate(&source, &json!({"answers": {"change_of_site": "NO"}}));
        let after = evaluate(&source, &json!({"answers": {"change_of_site": "NO", "engagement_done": answer}}));
        prop_assert!(after.is_some());
        prop_assert!(before.is_none() || before == after);
    }
}
