//! What an author claims of Core20, held against who lives in real places. The cases are synthetic.

use ehia_domain::{
    check::{Finding, Gate},
    evidence::EvidenceKind,
    settings::Severity,
};

use super::profile;
use crate::check::world::World;

/// A synthetic case over a place whose impact on Core20 is called neutral and cites national research.
fn over(codes: &[&str]) -> World {
    let mut world = World::complete();
    world.case.content.proposal.footprint = codes.iter().map(|code| (*code).to_owned()).collect();
    let evidence = &mut world.case.content.evidence[0];
    (evidence.local, evidence.kind) = (Some(false), EvidenceKind::Research);
    world.population = Some(profile(codes, None).expect("a known place"));
    world
}

fn stopped(codes: &[&str]) -> Finding {
    let world = over(codes);
    let found = world.fires("place.core20.unexplained");
    assert_eq!(found.len(), 1, "{codes:?}");
    assert!(found[0].blocks(Gate::Submit));
    found[0].clone()
}

#[test]
fn neutral_over_city_and_hackney_is_stopped_with_figures_source_and_duty() {
    let found = stopped(&["E09000012", "E09000001"]);
    for said in ["267,736", "105,371", "39.4 %", "IMD 2025", "Census 2021", "s.14Z35", "residents, not users"]
    {
        assert!(found.message.contains(said), "{said}: {}", found.message);
    }
    assert_eq!(found.facts["core20People"], 105_371);
    assert!(found.facts["source"].as_str().unwrap().contains("English Indices of Deprivation 2025"));
    assert_eq!(found.facts["restsOn"], "RESIDENTS");
}

#[test]
fn neutral_over_norfolk_and_waveney_is_stopped_by_number_and_by_district() {
    let found = stopped(&["E54000022"]);
    for said in ["150,187", "14.5 %", "Great Yarmouth 34.5 %", "Norwich 31.6 %"] {
        assert!(found.message.contains(said), "{said}: {}", found.message);
    }
}

#[test]
fn what_is_true_of_a_part_of_a_district_is_not_said_of_the_district() {
    // Two wards of East Suffolk beside all of Ipswich.
    let found = stopped(&["E05012745", "E05012749", "E07000202"]);
    assert!(found.message.contains("the part of East Suffolk that it touches"), "{}", found.message);
    assert!(!found.message.contains("the part of Ipswich"), "{}", found.message);
    assert!(found.message.contains("; in England "), "{}", found.message);
}

#[test]
fn evidence_about_the_service_itself_leads() {
    let mut world = over(&["E54000022"]);
    world.case.content.evidence[0].local = Some(true);
    // Research is about other services, wherever it was made.
    assert_eq!(world.fires("place.core20.unexplained").len(), 1);
    for kind in [EvidenceKind::Data, EvidenceKind::Audit, EvidenceKind::Complaints, EvidenceKind::Engagement]
    {
        world.case.content.evidence[0].kind = kind;
        assert_eq!(world.fires("place.core20.unexplained"), [], "{kind}");
    }
    world.case.content.evidence[0].source = String::new();
    assert_eq!(world.fires("place.core20.unexplained").len(), 1, "a source that nobody can look up");
}

#[test]
fn a_place_with_none_stays_silent_and_so_does_one_that_is_not_known() {
    // Hart in Hampshire has none.
    assert_eq!(over(&["E07000089"]).fires("place.core20.unexplained"), []);
    let mut world = over(&["E54000022"]);
    world.population = None;
    assert_eq!(world.fires("place.core20.unexplained"), []);
    assert_eq!(world.fires("place.group.unexplained"), []);
}

#[test]
fn leaving_core20_out_is_stopped_with_the_same_figures() {
    let mut world = over(&["E54000022"]);
    world.case.content.impacts.retain(|impact| impact.groups != ["core20"]);
    let found = world.fires("place.core20.unexplained");
    assert_eq!(found.len(), 1);
    assert!(found[0].message.contains("150,187") && found[0].message.contains("does not speak of them"));
}

#[test]
fn an_effect_that_is_admitted_or_honestly_unknown_is_not_held_against_its_author() {
    use ehia_domain::impact::Direction;
    for direction in [Direction::Negative, Direction::Positive, Direction::Unknown] {
        let mut world = over(&["E54000022"]);
        world.impact(19).direction = direction;
        assert_eq!(world.fires("place.core20.unexplained"), [], "{direction}");
    }
}

#[test]
fn notable_groups_that_are_called_neutral_are_one_warning_a_case() {
    let found = over(&["E54000022"]).fires("place.group.unexplained");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity, Severity::Warning);
    assert!(
        found[0].message.contains("Older people") && found[0].message.contains("Residents by the census")
    );
    let mut world = over(&["E54000022"]);
    world.case.content.evidence[0].local = Some(true);
    world.case.content.evidence[0].kind = EvidenceKind::Data;
    assert_eq!(world.fires("place.group.unexplained"), []);
}
