//! Who says that nobody is affected, and places of which part cannot be told.

use ehia_domain::{
    impact::Reach,
    place::{Population, Unanswered},
    proposal::KindOfChange,
};
use serde_json::json;

use super::{
    breaks::place,
    edge::{back_office, uncited},
    world::World,
};

/// Whether a text on who is affected spares a change of this kind the question of who lives there.
fn is_spared(kind: KindOfChange, text: &str) -> bool {
    let mut world = World::complete();
    back_office(&mut world, kind, true);
    world.answer("who_is_affected", json!(text));
    world.fires("place.core20.unexplained").is_empty()
}

#[test]
fn who_says_that_nobody_outside_is_affected_is_told_from_who_denies_a_harm() {
    let kinds =
        [KindOfChange::Procurement, KindOfChange::Workforce, KindOfChange::Policy, KindOfChange::Other];
    for nobody in [
        "Nobody outside the finance team: the ledger's software is renewed.",
        "Nobody outside accounts. Patients will notice nothing.",
        "No-one outside the ICB.",
        "No one: the payroll moves to another supplier.",
        "Nobody.",
        "No patients; only the ledger's software.",
        "No patients or members of the public.",
        "No patients are affected: it is the accounts system.",
        "No members of the public are affected.",
        "Only our own staff: 14 people in finance.",
        "Fourteen people in payroll, and nobody outside it.",
        "The finance team. Nobody else.",
        "Staff of the registry; no patients are involved.",
    ] {
        for kind in kinds {
            assert!(is_spared(kind, nobody), "{kind:?}: {nobody}");
        }
    }
    for somebody in [
        "The 41,000 people who use community dental clinics in Norfolk.",
        "Some 40,000 a year; no patients are expected to lose out.",
        "Some 40,000 a year. No patients are expected to lose out.",
        "None of them will have to travel further.",
        "Nobody will have to travel further.",
        "No patients will wait longer.",
        "No patients are adversely affected.",
        "Nobody is affected disproportionately.",
        "No one group is affected more than another.",
        "Internal guidance for referral changes.",
        "An internal policy on whom we refer.",
        "No patients.  41,000 people who use the clinics keep their dentist.",
        "The 41,000 people who use the clinics; nobody outside the county.",
        "The people who use the clinics, and nobody outside the county.",
        "Patients of the clinics. Nobody is affected otherwise.",
        "The 61 people who attend; 19 staff. Nobody from an ethnic minority community has started in five years.",
        "Only our own staff and the patients they see.",
        "Nobody outside the town.",
        "Nobody outside the ward.",
        "Nobody outside the practice.",
        "Nobody outside the clinics will wait longer.",
        "None.",
        "Not applicable",
    ] {
        for kind in kinds {
            assert!(!is_spared(kind, somebody), "{kind:?}: {somebody}");
        }
    }
}

#[test]
fn a_place_that_is_told_in_part_is_held_to_what_is_told() {
    let mut world = World::complete();
    uncited(&mut world);
    world.unplaced = Some(Unanswered::new("UNDIVIDED", "Part of a board came to it."));
    world.population = Some(Population { without: vec!["Somewhere".into()], ..place(30, 100) });
    world.impact(19).reach = Some(Reach { low: 5_000, high: None, basis: "A guess".into() });
    let told = &world.fires("place.core20.unexplained")[0];
    assert!(
        told.message.starts_with("Of 100 people who live where the proposal lands (without Somewhere), 30 ")
    );
    let missing = &world.fires("place.figures.missing")[0];
    assert!(
        missing.message.starts_with("Who lives in part of where the proposal lands cannot be told. Part of")
    );
    // Those whom it reaches may live in the rest.
    assert_eq!(world.fires("place.reach.exceeds"), []);
    world.population = Some(place(30, 100));
    assert_eq!(world.fires("place.reach.exceeds").len(), 1);
}
