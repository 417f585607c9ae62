//! Groups that are answered one by one, and what does not answer for them.

use std::collections::{BTreeMap, BTreeSet};

use ehia_domain::{check::Gate, impact::Impact};
use serde_json::json;

use super::world::{NINE, World, id, neutral};

#[test]
fn an_empty_draft_names_all_ten_groups_that_are_answered_singly() {
    let draft = World::titled("Synthetic");
    let blockers: BTreeSet<_> = draft
        .findings()
        .into_iter()
        .filter(|finding| finding.stops(Gate::Submit, &BTreeMap::new()))
        .filter_map(|finding| finding.facts.get("group")?.as_str().map(str::to_owned))
        .collect();
    let ten: BTreeSet<_> = NINE.iter().chain(&["core20"]).map(|code| (*code).to_owned()).collect();
    assert_eq!(blockers, ten);
}

#[test]
fn a_part_of_a_group_answers_for_it_and_an_intersection_with_another_does_not() {
    let mut world = World::complete();
    world.impact(10).groups = vec!["age.older_people".into()];
    assert!(world.fires("groups.characteristic.unanswered").is_empty());
    world.impact(10).groups = vec!["age.older_people".into(), "core20".into()];
    let finding = world.fires("groups.characteristic.unanswered").remove(0);
    assert!(finding.message.contains("together with other groups only"), "{}", finding.message);
    world.impact(10).groups = vec!["age.older_people".into(), "sex".into()];
    assert!(world.fires("groups.characteristic.unanswered").is_empty(), "one finding, on the bundle");
    assert_eq!(world.fires("groups.characteristic.bundled")[0].facts["unanswered"], json!(["age"]));
}

#[test]
fn nine_in_pairs_answer_for_none_of_them() {
    let mut world = World::complete();
    let neutral_on = |n: u128, codes: &[&str]| Impact {
        groups: codes.iter().map(ToString::to_string).collect(),
        ..neutral(n, codes[0])
    };
    world.case.content.mitigations.clear();
    world.case.content.impacts = vec![
        neutral_on(30, &["age", "disability"]),
        neutral_on(31, &["gender_reassignment", "race"]),
        neutral_on(32, &["marriage_civil_partnership", "pregnancy_maternity"]),
        neutral_on(33, &["religion_belief", "sexual_orientation"]),
        neutral_on(34, &["sex", "core20"]),
    ];
    let bundled: BTreeSet<_> = world
        .fires("groups.characteristic.bundled")
        .iter()
        .flat_map(|finding| finding.facts["unanswered"].as_array().unwrap().clone())
        .chain(
            world
                .fires("groups.characteristic.unanswered")
                .iter()
                .map(|finding| finding.facts["group"].clone()),
        )
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bundled, NINE.iter().map(|code| (*code).to_owned()).collect());
    assert_eq!(world.fires("groups.core20.unanswered").len(), 1);
}

#[test]
fn a_shared_statement_does_not_answer_for_a_characteristic() {
    let mut world = World::complete();
    world.case.content.impacts.retain(|impact| impact.id != id(10));
    world.answer(
        "protected_characteristics",
        json!({ "statements": [{ "groups": ["age"], "reason": "Nobody is affected." }] }),
    );
    assert_eq!(
        world.stopped_at(Gate::Submit),
        ["groups.characteristic.unanswered@answers/protected_characteristics/age"]
    );
}

#[test]
fn a_statement_without_a_reason_answers_for_nobody() {
    let mut world = World::complete();
    let statement = world.case.content.answers.get_mut("health_inequalities_groups").unwrap();
    statement["statements"][0]["reason"] = json!("N/A");
    assert_eq!(world.fires("groups.others.unconsidered").len(), 1);
    assert!(world.fires("groups.others.unanswered").is_empty(), "one finding, not two");
}
