//! What is refused, and where.

use super::*;

/// What is wrong with each edit, and where.
#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn what_does_not_fit_is_told_at_its_path() {
    let impacts = |field: &str| path("impacts", IMPACT) + field;
    let on_impact = |value: Value| element(List::Impacts, IMPACT, value);
    let cases: Vec<(Edit, &str, String)> = vec![
        (Edit::Title(" ".into()), "REQUIRED", "title".into()),
        (Edit::Title("x".repeat(301)), "TOO_LONG", "title".into()),
        (Edit::Title("a\0b".into()), "INVALID", "title".into()),
        (Edit::Contributors(json!("me")), "INVALID", "contributors".into()),
        (Edit::Contributors(json!([uuid(1), "me"])), "INVALID", "contributors/1".into()),
        (Edit::Contributors(json!([uuid(80), uuid(81), uuid(80)])), "DUPLICATE", "contributors/2".into()),
        (Edit::Contributors(json!([uuid(80), case().author])), "DUPLICATE", "contributors/1".into()),
        (
            element(List::Interdependencies, RELIANCE, json!({"target": case().id})),
            "INVALID",
            path("interdependencies", RELIANCE) + "/target",
        ),
        (Edit::Sro(json!({})), "REQUIRED", "sro".into()),
        (Edit::Sro(json!({"name": "A", "email": "a@example.org"})), "INVALID", "sro/email".into()),
        (proposal(json!({"summary": 1})), "INVALID", "proposal/summary".into()),
        (proposal(json!({"colour": "red"})), "INVALID", "proposal/colour".into()),
        (proposal(json!({"saving": 12.5})), "INVALID", "proposal/saving".into()),
        (proposal(json!({"decisionDate": "2026-02-30"})), "INVALID", "proposal/decisionDate".into()),
        (proposal(json!({"decisionDate": "2061-01-04"})), "UNKNOWN_YEAR", "proposal/decisionDate".into()),
        (proposal(json!({"footprint": ["E07000145", "E99"]})), "INVALID", "proposal/footprint/1".into()),
        (
            proposal(json!({"footprint": ["E07000145", "E07000145"]})),
            "DUPLICATE",
            "proposal/footprint/1".into(),
        ),
        (
            proposal(json!({"effectiveFrom": "2026-04-01", "effectiveTo": "2026-03-31"})),
            "INVALID",
            "proposal/effectiveTo".into(),
        ),
        (
            proposal(json!({"options": [{"title": "Do nothing", "summary": "", "preferred": false}]})),
            "REQUIRED",
            "proposal/options/0/reason".into(),
        ),
        (answer("nope", json!("x")), "NOT_FOUND", "answers/nope".into()),
        (answer("aims", json!(["x"])), "INVALID", "answers/aims".into()),
        (answer("key_evidence", json!([uuid(NONE)])), "NOT_FOUND", "answers/key_evidence/0".into()),
        (on_impact(json!({"groups": []})), "REQUIRED", impacts("/groups")),
        (on_impact(json!({"groups": ["martians"]})), "NOT_FOUND", impacts("/groups")),
        (on_impact(json!({"groups": ["age", "age"]})), "DUPLICATE", impacts("/groups")),
        (on_impact(json!({"direction": "SIDEWAYS"})), "INVALID", impacts("/direction")),
        (on_impact(json!({"direction": null})), "REQUIRED", impacts("/direction")),
        (
            on_impact(json!({"initial": {"likelihood": "3", "consequence": 1}})),
            "INVALID",
            impacts("/initial/likelihood"),
        ),
        (on_impact(json!({"initial": {"likelihood": 3}})), "REQUIRED", impacts("/initial/consequence")),
        (
            on_impact(json!({"initial": {"likelihood": 6, "consequence": 1}})),
            "OFF_SCALE",
            impacts("/initial/likelihood"),
        ),
        (
            on_impact(json!({"target": {"likelihood": 1, "consequence": 0}})),
            "OFF_SCALE",
            impacts("/target/consequence"),
        ),
        (
            on_impact(json!({"target": {"likelihood": 300, "consequence": 1}})),
            "INVALID",
            impacts("/target/likelihood"),
        ),
        (
            on_impact(json!({"reach": {"low": 9, "high": 8, "basis": "Census"}})),
            "INVALID",
            impacts("/reach/high"),
        ),
        (on_impact(json!({"reach": {"low": -1, "basis": "Census"}})), "INVALID", impacts("/reach/low")),
        (on_impact(json!({"evidence": [uuid(NONE)]})), "NOT_FOUND", impacts("/evidence")),
        (on_impact(json!({"colour": "red"})), "INVALID", impacts("/colour")),
        (on_impact(json!({"id": uuid(NONE)})), "INVALID", impacts("/id")),
        (on_impact(json!({"id": null})), "INVALID", impacts("/id")),
        (on_impact(json!({"rationale": "x".repeat(20_001)})), "TOO_LONG", impacts("/rationale")),
        (new(List::Impacts, json!({"id": uuid(NONE)})), "INVALID", "impacts/id".into()),
        (new(List::Mitigations, json!({})), "REQUIRED", path("mitigations", 0x9001) + "/action"),
        (
            element(List::Mitigations, MITIGATION, json!({"reliances": [uuid(IMPACT)]})),
            "NOT_FOUND",
            path("mitigations", MITIGATION) + "/reliances",
        ),
        (
            element(List::Interdependencies, RELIANCE, json!({"holdsWhen": null})),
            "REQUIRED",
            path("interdependencies", RELIANCE) + "/holdsWhen",
        ),
        (element(List::Evidence, NONE, json!({"title": "x"})), "NOT_FOUND", path("evidence", NONE)),
        (element(List::Evidence, IMPACT, json!({"title": "x"})), "NOT_FOUND", path("evidence", IMPACT)),
        (Edit::Remove(uuid(NONE)), "NOT_FOUND", uuid(NONE).to_string()),
    ];
    let case = case();
    for (edit, code, at) in cases {
        // Something else that is right is touched first and last, so that it could be blamed.
        let edits = [answer("aims", json!("Right")), edit.clone(), Edit::Title("Right".into())];
        let edits = if matches!(edit, Edit::Title(_) | Edit::Answer { .. }) {
            vec![edit.clone()]
        } else {
            edits.to_vec()
        };
        let told: Vec<_> = wrong(&case, &edits)
            .into_iter()
            .map(|violation| (violation.code, violation.path.to_string()))
            .collect();
        assert_eq!(told, [(code.to_owned(), at)], "{edit:?}");
    }
}

#[test]
fn numbers_and_characters_that_cannot_be_kept_are_told_at_their_path() {
    let case = case();
    for value in [json!(9_007_199_254_740_993_i64), json!(i64::MIN), json!(u64::MAX), json!(1e300)] {
        let edits =
            [Edit::Title("Right".into()), answer("contact_details", json!({"unknown": value.clone()}))];
        let violations = wrong(&case, &edits);
        assert!(
            violations.iter().all(|violation| violation.path.0.starts_with(&["answers".into()])),
            "{violations:?}"
        );
    }
    let violations = wrong(&case, &[Edit::Title("Right".into()), answer("aims", json!("a\0b"))]);
    assert_eq!(violations.len(), 1, "{violations:?}");
    assert_eq!(violations[0].path, Path::of(["answers", "aims"]));
}

#[test]
fn more_than_a_list_holds_is_too_many() {
    let case = case();
    let people: Vec<_> = (0..=LIST).map(|number| uuid(0x1000 + number as u128)).collect();
    let too_many = &wrong(&case, &[Edit::Contributors(json!(people))])[0];
    assert_eq!((too_many.code.as_str(), too_many.path.to_string()), ("TOO_MANY", "contributors".into()));
    let add = new(List::Evidence, json!({"title": "Census", "kind": "DATA"}));
    let too_many = &wrong(&case, &vec![add; LIST])[0];
    assert_eq!((too_many.code.as_str(), too_many.path.to_string()), ("TOO_MANY", "evidence".into()));
}

#[test]
fn an_identifier_that_is_taken_is_refused() {
    let case = case();
    let mut taken = Supply::new(|| uuid(IMPACT));
    let edits = [new(List::Impacts, json!({"groups": ["sex"], "direction": "NEUTRAL"}))];
    let Err(Refused::Invalid(violations)) = try_with(&case, &edits, 3, &mut taken) else {
        panic!("two of them")
    };
    assert!(!violations.is_empty());
}
