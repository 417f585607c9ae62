//! Edits apply all or none, merge by path, conflict by path, and are refused where they are wrong.

use std::sync::LazyLock;

use ehia_domain::{
    assessment::{Content, Frame},
    canonical,
    case::Case,
    edit::{Context, Edit, Edited, List, Refused, apply, at},
    event::EventKind,
    evidence::{Engagement, Evidence, EvidenceKind},
    form::Form,
    group::Catalogue,
    id::{Identifier, Supply},
    impact::{Direction, Impact},
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise},
    party::Party,
    rating::Rating,
    settings::Settings,
    text::{LIST, Path, Violation},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::people;

const IMPACT: u128 = 0x101;
const OTHER_IMPACT: u128 = 0x102;
const EVIDENCE: u128 = 0x201;
const ENGAGEMENT: u128 = 0x301;
const MITIGATION: u128 = 0x600;
const RELIANCE: u128 = 0x501;
/// No element has it.
const NONE: u128 = 0xfff;

fn uuid(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn impact(number: u128, direction: Direction) -> Impact {
    Impact {
        id: uuid(number).into(),
        groups: vec!["age".into()],
        direction,
        rationale: "Synthetic".into(),
        initial: (direction == Direction::Negative).then_some(Rating { likelihood: 3, consequence: 4 }),
        target: None,
        reach: None,
        evidence: vec![uuid(EVIDENCE).into()],
        no_mitigation_because: None,
        justification: None,
        open_question: None,
    }
}

/// At version 3, with one of everything, each mentioning the others.
fn case() -> Case {
    let mut case = people::case();
    let mut content = Content::titled("Synthetic case");
    content.impacts = vec![impact(IMPACT, Direction::Negative), impact(OTHER_IMPACT, Direction::Positive)];
    content.evidence = vec![Evidence {
        id: uuid(EVIDENCE).into(),
        title: "Synthetic audit".into(),
        kind: EvidenceKind::Audit,
        source: String::new(),
        date: None,
        local: None,
        strength: None,
        gap: None,
        groups: Vec::new(),
        attachments: Vec::new(),
    }];
    content.engagement = vec![Engagement {
        id: uuid(ENGAGEMENT).into(),
        who: "Synthetic patients".into(),
        groups: Vec::new(),
        method: "Survey".into(),
        from: "2026-01-05".parse().unwrap(),
        to: None,
        people: None,
        about_revision: None,
        heard: String::new(),
        changed: None,
    }];
    content.mitigations = vec![people::mitigation()];
    content.mitigations[0].id = uuid(MITIGATION).into();
    content.mitigations[0].impacts = vec![uuid(IMPACT).into(), uuid(OTHER_IMPACT).into()];
    content.mitigations[0].reliances = vec![uuid(RELIANCE).into()];
    content.interdependencies = vec![Interdependency {
        id: uuid(RELIANCE).into(),
        kind: InterdependencyKind::ReliesOn,
        target: None,
        partner: Some(Party::named("Synthetic partner")),
        premise: None,
        by: None,
        holds_when: Some(ReliancePremise::PartnerConfirms),
        note: None,
    }];
    content.answers.insert("key_evidence".into(), json!([uuid(EVIDENCE)]));
    case.content = content;
    case.version = 3;
    case
}

fn frame() -> Frame<'static> {
    static GROUPS: LazyLock<Catalogue> = LazyLock::new(Catalogue::shipped);
    static SETTINGS: LazyLock<Settings> = LazyLock::new(Settings::default);
    Frame { groups: &GROUPS, scale: &SETTINGS.scale }
}

fn try_with(case: &Case, edits: &[Edit], expected: u32, supply: &mut Supply) -> Result<Edited, Refused> {
    let context =
        Context { form: Form::shipped("ehia", 1).unwrap(), frame: frame(), moment: people::moment() };
    let before = case.clone();
    let result = apply(case, edits, expected, context, supply);
    assert_eq!(*case, before);
    result
}

fn try_apply(case: &Case, edits: &[Edit], expected: u32) -> Result<Edited, Refused> {
    try_with(case, edits, expected, &mut people::supply(0x9000))
}

/// The case after edits that must succeed.
fn after(case: &Case, edits: &[Edit]) -> Case {
    try_apply(case, edits, case.version).unwrap().case
}

fn wrong(case: &Case, edits: &[Edit]) -> Vec<Violation> {
    match try_apply(case, edits, case.version) {
        Err(Refused::Invalid(violations)) => violations,
        other => panic!("{other:?}"),
    }
}

fn conflicts(result: Result<Edited, Refused>) -> Vec<String> {
    match result {
        Err(Refused::Conflict(violations)) => {
            assert!(violations.iter().all(|violation| violation.code == "CONFLICT"));
            violations.into_iter().map(|violation| violation.path.to_string()).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn fields(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn element(list: List, number: u128, value: Value) -> Edit {
    Edit::Element { list, id: Some(uuid(number)), fields: fields(value) }
}

fn new(list: List, value: Value) -> Edit {
    Edit::Element { list, id: None, fields: fields(value) }
}

fn proposal(value: Value) -> Edit {
    Edit::Proposal(fields(value))
}

fn answer(question: &str, value: Value) -> Edit {
    Edit::Answer { question: question.into(), value }
}

fn path(list: &str, number: u128) -> String {
    format!("{list}/{}", uuid(number))
}

#[test]
fn edits_apply_and_say_what_changed() {
    let case = case();
    let edits = [
        Edit::Title("A better title".into()),
        proposal(json!({"summary": "In a sentence.", "footprint": ["E07000145"]})),
        answer("kind_of_document", json!("Business case")),
        element(List::Impacts, IMPACT, json!({"initial": {"likelihood": 2, "consequence": 2}})),
        new(List::Evidence, json!({"title": "Census", "kind": "DATA"})),
    ];
    let edited = try_apply(&case, &edits, 3).unwrap();
    assert_eq!((edited.case.version, edited.case.revision), (4, 1));
    assert_eq!(edited.case.content.title, "A better title");
    assert_eq!(edited.case.content.impacts[0].initial.unwrap().score(), 4);
    assert_eq!(edited.case.content.impacts[0].rationale, "Synthetic", "fields that are absent stay");
    assert_eq!(edited.case.content.evidence[1].title, "Census");
    let new = edited.case.content.evidence[1].id.uuid();
    let paths: Vec<_> = edited.paths.iter().map(ToString::to_string).collect();
    assert_eq!(
        paths,
        [
            "answers/kind_of_document".to_owned(),
            format!("evidence/{new}/kind"),
            format!("evidence/{new}/title"),
            path("impacts", IMPACT) + "/initial",
            "proposal/footprint".into(),
            "proposal/summary".into(),
            "title".into(),
        ]
    );
    assert!(paths.iter().all(|path| edited.case.changed[path] == 4));
    let [happening] = edited.happenings.as_slice() else { panic!("one event") };
    assert_eq!(happening.kind, EventKind::AssessmentEdited);
    let bytes = canonical::bytes(&edited.case.content).unwrap();
    assert_eq!(happening.payload["content"], canonical::sha256(&bytes));
    assert_eq!(happening.payload["paths"], json!(edited.paths));
    assert_eq!(edited.case.process, case.process);
}

#[test]
fn one_edit_that_is_wrong_keeps_all_of_them_from_being_made() {
    let case = case();
    let edits = [Edit::Title("A better title".into()), proposal(json!({"footprint": ["nowhere"]}))];
    let violations = wrong(&case, &edits);
    assert_eq!(violations[0].path, Path::of(["proposal", "footprint"]));
}

#[test]
fn what_changes_nothing_is_the_same_version() {
    let mut case = case();
    case.frozen = true;
    let edits = [
        Edit::Title("Synthetic case".into()),
        proposal(json!({"programme": null})),
        answer("aims", json!(null)),
    ];
    let edited = try_apply(&case, &edits, 3).unwrap();
    assert_eq!(edited.case, case);
    assert!(edited.paths.is_empty() && edited.happenings.is_empty());
    assert_eq!(try_apply(&case, &[], 3).unwrap().case, case);
}

#[test]
fn the_first_change_after_a_freeze_begins_the_next_revision() {
    let mut case = case();
    case.frozen = true;
    let edited = after(&case, &[Edit::Title("After the freeze".into())]);
    assert_eq!((edited.revision, edited.frozen, edited.version), (2, false, 4));
    let again = after(&edited, &[Edit::Title("Once more".into())]);
    assert_eq!((again.revision, again.version), (2, 5), "the working revision is amended in place");
}

#[test]
fn null_clears() {
    let case = after(
        &case(),
        &[
            Edit::Sro(json!({"name": "Synthetic sponsor"})),
            proposal(json!({"programme": "Winter"})),
            answer("aims", json!("To be nearer.")),
        ],
    );
    assert!(case.content.sro.is_some());
    let cleared = after(
        &case,
        &[
            Edit::Sro(Value::Null),
            proposal(json!({"programme": null})),
            answer("aims", Value::Null),
            element(List::Impacts, IMPACT, json!({"initial": null, "rationale": null})),
        ],
    );
    assert_eq!(cleared.content.sro, None);
    assert_eq!(cleared.content.proposal.programme, None);
    assert!(!cleared.content.answers.contains_key("aims"));
    assert_eq!(
        (cleared.content.impacts[0].initial, cleared.content.impacts[0].rationale.as_str()),
        (None, "")
    );
}

#[test]
fn edits_to_different_paths_merge() {
    let case = case();
    let first = after(
        &case,
        &[element(List::Impacts, IMPACT, json!({"rationale": "First"})), answer("aims", json!("First"))],
    );
    let edits = [
        element(List::Impacts, IMPACT, json!({"direction": "POSITIVE"})),
        element(List::Impacts, OTHER_IMPACT, json!({"rationale": "Second"})),
        answer("who_is_affected", json!("Second")),
    ];
    let second = try_apply(&first, &edits, case.version).unwrap().case;
    assert_eq!(second.content.impacts[0].rationale, "First");
    assert_eq!(second.content.impacts[0].direction, Direction::Positive);
    assert_eq!(second.content.impacts[1].rationale, "Second");
    assert_eq!(second.content.answers.len(), 3);
    assert_eq!(second.version, 5);
}

#[test]
fn a_path_that_somebody_else_changed_is_a_conflict_that_names_it() {
    let case = case();
    let first = after(&case, &[Edit::Title("First".into()), answer("aims", json!("First"))]);
    let edits = [Edit::Title("Second".into()), answer("who_is_affected", json!("Second"))];
    assert_eq!(conflicts(try_apply(&first, &edits, case.version)), ["title"]);
    assert!(try_apply(&first, &edits, first.version).is_ok(), "seen, it is no conflict");
    assert_eq!(
        conflicts(try_apply(&first, &edits, first.version + 1)),
        [""],
        "no version is from the future"
    );
}

#[test]
fn a_conflict_is_told_before_what_is_wrong() {
    let case = case();
    let first = after(&case, &[Edit::Title("First".into())]);
    let edits = [Edit::Title("Second".into()), Edit::Remove(uuid(NONE)), Edit::Sro(json!(7))];
    assert_eq!(conflicts(try_apply(&first, &edits, case.version)), ["title"]);
}

#[test]
fn a_removal_conflicts_with_changes_below_it_and_changes_below_conflict_with_it() {
    let case = case();
    let changed = after(&case, &[element(List::Impacts, IMPACT, json!({"rationale": "First"}))]);
    assert_eq!(
        conflicts(try_apply(&changed, &[Edit::Remove(uuid(IMPACT))], case.version)),
        [path("impacts", IMPACT)]
    );
    let removed = after(&case, &[Edit::Remove(uuid(IMPACT))]);
    let edit = element(List::Impacts, IMPACT, json!({"rationale": "Second"}));
    assert_eq!(
        conflicts(try_apply(&removed, std::slice::from_ref(&edit), case.version)),
        [path("impacts", IMPACT)]
    );
    assert_eq!(
        conflicts(try_apply(&removed, &[Edit::Remove(uuid(IMPACT))], case.version)),
        [path("impacts", IMPACT)],
        "removed twice"
    );
    let missing = &wrong(&removed, &[edit])[0];
    assert_eq!((missing.code.as_str(), missing.path.to_string()), ("NOT_FOUND", path("impacts", IMPACT)));
    let mentions = element(List::Mitigations, MITIGATION, json!({"impacts": [uuid(OTHER_IMPACT)]}));
    assert_eq!(
        conflicts(try_apply(&removed, &[mentions], case.version)),
        [path("mitigations", MITIGATION) + "/impacts"],
        "the removal changed the mention"
    );
}

#[test]
fn a_new_element_never_conflicts() {
    let case = case();
    let add = [new(List::Impacts, json!({"groups": ["sex"], "direction": "NEUTRAL"}))];
    let first = after(&case, &[add[0].clone(), Edit::Remove(uuid(OTHER_IMPACT))]);
    let second = try_with(&first, &add, case.version, &mut people::supply(0xa000)).unwrap().case;
    assert_eq!(second.content.impacts.len(), 3);
}

#[test]
fn a_removal_takes_every_mention_with_it() {
    let case = case();
    let edited = try_apply(&case, &[Edit::Remove(uuid(EVIDENCE))], 3).unwrap();
    assert!(edited.case.content.evidence.is_empty());
    assert!(edited.case.content.impacts.iter().all(|impact| impact.evidence.is_empty()));
    assert_eq!(edited.case.content.answers["key_evidence"], json!([]));
    assert_eq!(edited.paths.len(), 4);
    let without = after(&case, &[Edit::Remove(uuid(IMPACT)), Edit::Remove(uuid(RELIANCE))]);
    assert_eq!(without.content.mitigations[0].impacts, [uuid(OTHER_IMPACT).into()]);
    assert!(without.content.mitigations[0].reliances.is_empty());
    let document = serde_json::to_string(&without.content).unwrap();
    assert!(!document.contains(&uuid(IMPACT).to_string()) && !document.contains(&uuid(RELIANCE).to_string()));
}

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
        (proposal(json!({"footprint": ["E07000145", "E99"]})), "INVALID", "proposal/footprint".into()),
        (
            proposal(json!({"footprint": ["E07000145", "E07000145"]})),
            "DUPLICATE",
            "proposal/footprint".into(),
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

fn text() -> impl Strategy<Value = String> {
    "[a-z]{1,12}"
}

/// Edits with a path of their own each.
fn disjoint() -> impl Strategy<Value = Vec<(Edit, bool)>> {
    let edits = (
        text().prop_map(Edit::Title),
        text().prop_map(|text| proposal(json!({"summary": text}))),
        text().prop_map(|text| proposal(json!({"programme": text, "serviceLine": null}))),
        text().prop_map(|text| Edit::Sro(json!({"name": text}))),
        (80_u128..89).prop_map(|person| Edit::Contributors(json!([uuid(person)]))),
        text().prop_map(|text| answer("aims", json!(text))),
        text().prop_map(|text| element(List::Impacts, IMPACT, json!({"rationale": text}))),
        Just(element(List::Impacts, IMPACT, json!({"initial": null}))),
        text().prop_map(|text| element(List::Evidence, EVIDENCE, json!({"title": text}))),
        Just(Edit::Remove(uuid(OTHER_IMPACT))),
        text().prop_map(|text| new(List::Evidence, json!({"title": text, "kind": "DATA"}))),
        text().prop_map(|text| {
            new(List::Impacts, json!({"groups": ["sex"], "direction": "POSITIVE", "rationale": text}))
        }),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i, j, k, l)| vec![a, b, c, d, e, f, g, h, i, j, k, l]);
    (edits, proptest::collection::vec(any::<bool>(), 12))
        .prop_map(|(edits, whose)| edits.into_iter().zip(whose).collect::<Vec<_>>())
        .prop_shuffle()
}

/// The content with its elements in the order of their identifiers.
fn sorted(case: &Case) -> Value {
    let mut document = serde_json::to_value(&case.content).unwrap();
    for list in List::ALL {
        let elements = document[list.as_str()].as_array_mut().unwrap();
        elements.sort_by_key(|element| element["id"].as_str().unwrap().to_owned());
    }
    document
}

fn words() -> impl Strategy<Value = String> {
    let known = [
        "id",
        "format",
        "title",
        "groups",
        "direction",
        "initial",
        "likelihood",
        "evidence",
        "impacts",
        "reliances",
        "unknown",
        "low",
        "basis",
        "name",
        "",
        "answers",
        "aims",
        "key_evidence",
        "psed",
        "footprint",
        "saving",
    ];
    prop_oneof![proptest::sample::select(known.to_vec()).prop_map(str::to_owned), ".{0,6}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!(i64::MIN)),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(vec!["NEGATIVE", "E07000145", "2026-02-30", "\0", "age", "12.50"])
            .prop_map(Value::from),
        proptest::sample::select(vec![IMPACT, EVIDENCE, RELIANCE, NONE])
            .prop_map(|number| json!(uuid(number))),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(words(), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn arbitrary() -> impl Strategy<Value = Edit> {
    let map = || {
        proptest::collection::btree_map(words(), values(), 0..4)
            .prop_map(|map| map.into_iter().collect::<Map<String, Value>>())
    };
    let ids = || {
        proptest::sample::select(vec![IMPACT, OTHER_IMPACT, EVIDENCE, ENGAGEMENT, MITIGATION, RELIANCE, NONE])
    };
    prop_oneof![
        ".{0,20}".prop_map(Edit::Title),
        map().prop_map(Edit::Proposal),
        values().prop_map(Edit::Contributors),
        values().prop_map(Edit::Sro),
        (words(), values()).prop_map(|(question, value)| Edit::Answer { question, value }),
        (proptest::sample::select(List::ALL), proptest::option::of(ids()), map())
            .prop_map(|(list, id, fields)| Edit::Element { list, id: id.map(uuid), fields }),
        ids().prop_map(|id| Edit::Remove(uuid(id))),
    ]
}

proptest! {
    #[test]
    fn two_people_s_edits_to_different_paths_come_to_the_same_in_either_order(edits in disjoint()) {
        let case = case();
        let of = |whose: bool| -> Vec<Edit> {
            edits.iter().filter(|(_, mine)| *mine == whose).map(|(edit, _)| edit.clone()).collect()
        };
        let (mine, theirs) = (of(true), of(false));
        let both = |first: &[Edit], from: u128, second: &[Edit], then: u128| {
            let once = try_with(&case, first, case.version, &mut people::supply(from)).unwrap().case;
            try_with(&once, second, case.version, &mut people::supply(then)).unwrap().case
        };
        let one = both(&mine, 0xa000, &theirs, 0xb000);
        let other = both(&theirs, 0xb000, &mine, 0xa000);
        prop_assert_eq!(sorted(&one), sorted(&other));
    }

    #[test]
    fn no_edit_panics_and_what_is_kept_is_sound(edits in proptest::collection::vec(arbitrary(), 0..4), expected in 0_u32..5) {
        let case = case();
        match try_apply(&case, &edits, expected) {
            Ok(edited) => {
                prop_assert_eq!(edited.case.content.violations(frame()), vec![]);
                prop_assert!(canonical::bytes(&edited.case.content).is_ok());
                prop_assert_eq!(edited.case.version, case.version + u32::from(!edited.paths.is_empty()));
                prop_assert_eq!(edited.paths.is_empty(), edited.case == case);
                let (was, is) = (json!(case.content), json!(edited.case.content));
                for path in &edited.paths {
                    prop_assert_ne!(at(&was, path), at(&is, path));
                }
            }
            Err(Refused::Invalid(violations) | Refused::Conflict(violations)) => {
                prop_assert!(!violations.is_empty());
            }
        }
    }
}

#[test]
fn whose_proposal_it_ever_was_is_kept() {
    let mut case = case();
    case.content.sro = Some(Party::person(uuid(71).into()));
    case.content.contributors = vec![uuid(72).into()];
    let case = after(&case, &[Edit::Sro(Value::Null), Edit::Contributors(json!([uuid(73)]))]);
    let case = after(&case, &[Edit::Contributors(json!([])), Edit::Sro(json!({"person": uuid(74)}))]);
    let case = after(&case, &[Edit::Sro(json!({"name": "A. Nother"}))]);
    assert_eq!(case.process.wrote, [71, 72, 73, 74].map(|number| uuid(number).into()).into());
    let stored = serde_json::to_value(&case.process).unwrap();
    assert_eq!(serde_json::from_value::<ehia_domain::case::Process>(stored).unwrap(), case.process);
}

#[test]
fn nobody_is_taken_off_the_panel_by_being_named() {
    let mut case = case();
    let member = case.process.panel.as_ref().unwrap().members[0].person;
    for (edit, path) in [
        (Edit::Contributors(json!([uuid(80), member])), "contributors/1"),
        (Edit::Sro(json!({"person": member})), "sro/person"),
    ] {
        let told = &wrong(&case, &[edit])[0];
        assert_eq!((told.code.as_str(), told.path.to_string()), ("ON_THE_PANEL", path.into()));
    }
    // Whom it names already stays in it, or nothing else could be edited.
    case.content.contributors = vec![member];
    after(&case, &[Edit::Contributors(json!([member, uuid(80)]))]);
}

#[test]
fn an_edit_knows_where_it_names_a_party() {
    let id = Uuid::from_u128(7);
    let element = |list, id, fields: Value| Edit::Element {
        list,
        id,
        fields: fields.as_object().cloned().unwrap_or_default(),
    };
    let party = json!({ "name": "A. Nother" });
    let own = format!("mitigations/{id}/owner");
    for (mut edit, path) in [
        (Edit::Sro(party.clone()), Some("sro")),
        (Edit::Sro(Value::Null), None),
        (element(List::Mitigations, Some(id), json!({ "owner": party })), Some(own.as_str())),
        (element(List::Mitigations, None, json!({ "owner": null, "action": "x" })), None),
        (
            element(List::Interdependencies, None, json!({ "partner": party })),
            Some("interdependencies/partner"),
        ),
        (
            element(List::Impacts, None, json!({ "openQuestion": { "owner": party } })),
            Some("impacts/openQuestion/owner"),
        ),
        (element(List::Impacts, None, json!({ "openQuestion": null })), None),
        (element(List::Evidence, None, json!({ "owner": party })), None),
        (Edit::Title("x".into()), None),
    ] {
        let named = edit.party_mut();
        assert_eq!(named.as_ref().map(|(path, _)| path.to_string()).as_deref(), path);
        assert!(named.is_none_or(|(_, named)| *named == party));
    }
}
