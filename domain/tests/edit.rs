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
    id::{Identifier, PersonId, Supply},
    impact::{Direction, Impact},
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise},
    party::Party,
    rating::Rating,
    settings::Settings,
    text::{LIST, Path, Violation},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::people;

mod party;
mod property;
mod refusal;

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
        chance: None,
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
        failure: None,
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
    try_by(case.author, case, edits, expected, supply)
}

fn try_by(
    by: PersonId,
    case: &Case,
    edits: &[Edit],
    expected: u32,
    supply: &mut Supply,
) -> Result<Edited, Refused> {
    let context =
        Context { form: Form::shipped("ehia", 1).unwrap(), frame: frame(), by, moment: people::moment() };
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
    assert_eq!(violations[0].path, Path::of(["proposal", "footprint", "0"]));
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
