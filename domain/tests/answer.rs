//! Answers: what each type of question takes, and where what is wrong with one stands.

use std::sync::LazyLock;

use ehia_domain::{
    assessment::Content,
    form::{Form, answer::LIMBS, answer::open_question, check_answer, check_answers},
    group::Catalogue,
    text::Path,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn form() -> &'static Form {
    static FORM: LazyLock<Form> = LazyLock::new(types);
    &FORM
}

/// A form with one question of every type.
fn types() -> Form {
    let question = |key: &str, kind: &str| json!({"key": key, "title": key, "type": kind});
    let with = |mut question: Value, more: Value| {
        for (key, value) in more.as_object().expect("an object") {
            question[key] = value.clone();
        }
        question
    };
    let options = json!({"options": ["One", "Two"]});
    let document = json!({
        "format": "ehia/form/1", "key": "types", "version": 1, "title": "Types (synthetic)",
        "sections": [{"key": "all", "title": "All", "questions": [
            with(question("text", "text"), json!({"maxLength": 10})),
            with(question("choice", "choice"), options.clone()),
            with(question("choices", "choices"), options),
            question("yes_no_unknown", "yes_no_unknown"),
            question("date", "date"),
            with(question("number", "number"), json!({"min": 0, "max": 100})),
            question("money", "money"),
            question("people_range", "people_range"),
            with(question("group_matrix", "group_matrix"), json!({"groups": ["OTHER", "CORE20", "PROTECTED_CHARACTERISTIC"]})),
            question("psed_grid", "psed_grid"),
            question("evidence", "evidence"),
            question("engagement", "engagement"),
            question("area", "area"),
        ]}],
    });
    Form::parse(&document.to_string()).expect("a lawful form")
}

fn check(key: &str, value: &Value) -> Vec<(String, String)> {
    let path = Path::of(["answers", key]);
    let violations = check_answer(form(), key, value, &Catalogue::shipped(), &path).err().unwrap_or_default();
    violations
        .into_iter()
        .map(|violation| {
            assert!(path.covers(&violation.path), "{}", violation.path);
            assert!(violation.message.ends_with('.'), "{}", violation.message);
            (violation.code, violation.path.0[2..].join("/"))
        })
        .collect()
}

fn party() -> Value {
    json!({"name": "Ward clerk (synthetic)"})
}

#[test]
fn every_type_takes_what_it_is_for() {
    let row = json!({"effect": "MAY_SUPPORT", "reason": "Because."});
    let open = json!({"unknown": {"question": "How many?", "owner": party(), "due": "2026-05-01"}});
    let grid: serde_json::Map<_, _> = LIMBS.iter().map(|limb| ((*limb).to_owned(), row.clone())).collect();
    let id = "0196a8f0-0000-7000-8000-000000000001";
    let cases = [
        ("text", json!("ten\nchars.")),
        ("choice", json!("Two")),
        ("choices", json!(["Two", "One"])),
        ("choices", json!([])),
        ("yes_no_unknown", json!("UNKNOWN")),
        ("date", json!("2028-02-29")),
        ("number", json!(0)),
        ("number", json!(99.5)),
        ("money", json!("-1250.5")),
        ("people_range", json!({"low": 10, "high": 10, "basis": "Register"})),
        ("people_range", json!({"low": 0, "basis": "Register"})),
        ("group_matrix", json!({})),
        (
            "group_matrix",
            json!({"statements": [{"groups": ["other.rural", "age.older_people"], "reason": "Same."}],
            "recommendations": {"core20": "Outreach.", "age": "Transport."}}),
        ),
        ("psed_grid", Value::Object(grid)),
        ("psed_grid", json!({"foster": open})),
        ("evidence", json!([id])),
        ("engagement", json!([])),
        ("area", json!(["E07000148", "E01026777"])),
    ];
    for (key, value) in cases {
        assert_eq!(check(key, &value), [], "{key}: {value}");
        assert_eq!(check(key, &Value::Null), [], "{key}");
        assert_eq!(check(key, &open), [], "{key}");
    }
}

#[test]
fn every_error_has_the_path_of_what_is_wrong() {
    let s = |codes: &[(&str, &str)]| {
        codes.iter().map(|(code, path)| ((*code).to_owned(), (*path).to_owned())).collect::<Vec<_>>()
    };
    let id = "0196a8f0-0000-7000-8000-000000000001";
    let cases = [
        ("text", json!("eleven chars"), s(&[("TOO_LONG", "")])),
        ("text", json!(" "), s(&[("REQUIRED", "")])),
        ("text", json!("a\u{0}"), s(&[("INVALID", "")])),
        ("text", json!(5), s(&[("INVALID", "")])),
        ("choice", json!("Three"), s(&[("INVALID", "")])),
        ("choice", json!(["One"]), s(&[("INVALID", "")])),
        ("choices", json!("One"), s(&[("INVALID", "")])),
        ("choices", json!(["One", "Six", "One"]), s(&[("DUPLICATE", "2"), ("INVALID", "1")])),
        ("choices", json!(vec!["One"; 501]), s(&[("TOO_MANY", "")])),
        ("yes_no_unknown", json!("yes"), s(&[("INVALID", "")])),
        ("yes_no_unknown", json!(true), s(&[("INVALID", "")])),
        ("date", json!("2026-02-29"), s(&[("INVALID", "")])),
        ("date", json!("2026-2-1"), s(&[("INVALID", "")])),
        ("date", json!("20260-1-01"), s(&[("INVALID", "")])),
        ("number", json!(-1), s(&[("OUT_OF_RANGE", "")])),
        ("number", json!(100.5), s(&[("OUT_OF_RANGE", "")])),
        ("number", json!(9_007_199_254_740_993_i64), s(&[("INVALID", "")])),
        ("number", json!("5"), s(&[("INVALID", "")])),
        ("money", json!(12), s(&[("INVALID", "")])),
        ("money", json!("12,000.00"), s(&[("INVALID", "")])),
        ("people_range", json!({"low": 9, "high": 3, "basis": "x"}), s(&[("OUT_OF_RANGE", "high")])),
        (
            "people_range",
            json!({"high": -3, "about": 2}),
            s(&[("NOT_FOUND", "about"), ("REQUIRED", "low"), ("INVALID", "high"), ("REQUIRED", "basis")]),
        ),
        ("people_range", json!(12), s(&[("INVALID", "")])),
        (
            "group_matrix",
            json!({"statements": [{"groups": ["other.rural"], "reason": "Same."},
            {"groups": ["core20", "nobody", "inclusion.sex_workers", 4], "reason": ""}]}),
            s(&[
                ("REQUIRED", "statements/1/reason"),
                ("SINGLY", "statements/1/groups/0"),
                ("NOT_FOUND", "statements/1/groups/1"),
                ("INVALID", "statements/1/groups/2"),
                ("NOT_FOUND", "statements/1/groups/3"),
            ]),
        ),
        (
            "group_matrix",
            json!({"statements": [{}]}),
            s(&[("REQUIRED", "statements/0/reason"), ("REQUIRED", "statements/0/groups")]),
        ),
        (
            "group_matrix",
            json!({"statements": {}, "recommendations": []}),
            s(&[("INVALID", "statements"), ("INVALID", "recommendations")]),
        ),
        (
            "group_matrix",
            json!({"recommendations": {"nobody": ""}}),
            s(&[("NOT_FOUND", "recommendations/nobody"), ("REQUIRED", "recommendations/nobody")]),
        ),
        (
            "psed_grid",
            json!({"foster": {"effect": "YES", "reason": "x"}, "other": {}}),
            s(&[("NOT_FOUND", "other"), ("INVALID", "foster/effect")]),
        ),
        (
            "psed_grid",
            json!({"eliminate": {"effect": "HINDERS"}, "foster": "SUPPORTS"}),
            s(&[("REQUIRED", "eliminate/reason"), ("INVALID", "foster")]),
        ),
        (
            "psed_grid",
            json!({"foster": {"unknown": {"question": "x", "owner": party()}}}),
            s(&[("REQUIRED", "foster/unknown/due")]),
        ),
        ("evidence", json!([id, "x", id]), s(&[("DUPLICATE", "2"), ("INVALID", "1")])),
        ("engagement", json!({}), s(&[("INVALID", "")])),
        ("area", json!(["E07000148", "W06000001"]), s(&[("INVALID", "1")])),
        ("nobody_asked", json!("x"), s(&[("NOT_FOUND", "")])),
    ];
    for (key, value, wanted) in cases {
        assert_eq!(check(key, &value), wanted, "{key}: {value}");
    }
}

#[test]
fn an_unknown_is_honest_only_with_question_owner_and_date() {
    let complete = json!({"question": "How many use it?", "owner": party(), "due": "2026-05-01"});
    let value = json!({"unknown": complete});
    assert_eq!(open_question(&value).map(|open| open.question), Some("How many use it?".to_owned()));
    for (field, code) in [("question", "REQUIRED"), ("owner", "REQUIRED"), ("due", "REQUIRED")] {
        let mut value = value.clone();
        value["unknown"].as_object_mut().unwrap().remove(field);
        for key in ["text", "choice", "group_matrix", "area"] {
            assert_eq!(check(key, &value), [(code.to_owned(), format!("unknown/{field}"))]);
        }
        assert_eq!(open_question(&value), None);
    }
    assert_eq!(check("text", &json!({"unknown": true})), [("INVALID".to_owned(), "unknown".to_owned())]);
    let mut nobody = value;
    nobody["unknown"]["owner"] = json!({});
    assert_eq!(check("text", &nobody), [("REQUIRED".to_owned(), "unknown/owner".to_owned())]);
}

#[test]
fn a_whole_document_is_checked_with_what_its_answers_point_to() {
    let id = "0196a8f0-0000-7000-8000-000000000001";
    let mut content = Content::titled("Clinic hours (synthetic)");
    content.answers = serde_json::from_value(json!({
        "evidence": [id, "0196a8f0-0000-7000-8000-000000000002"], "text": "fine", "nobody_asked": 1, "date": "soon",
    }))
    .unwrap();
    content.evidence =
        serde_json::from_value(json!([{"id": id, "title": "Register", "kind": "DATA"}])).unwrap();
    let found = check_answers(form(), &content, &Catalogue::shipped());
    let found: Vec<_> = found.iter().map(|v| (v.code.as_str(), v.path.to_string())).collect();
    assert_eq!(
        found,
        [
            ("INVALID", "answers/date".to_owned()),
            ("NOT_FOUND", "answers/evidence/1".to_owned()),
            ("NOT_FOUND", "answers/nobody_asked".to_owned()),
        ]
    );
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "One|YES|core20|2026-01-01|SUPPORTS|E07000148".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let key =
            "unknown|question|owner|due|statements|groups|reason|recommendations|foster|effect|low|basis|x";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_taken_or_refused_with_a_path_below_the_answer(value in any_json()) {
        for question in form().questions() {
            check(&question.key, &value);
        }
    }
}
