//! Which cases are like another, and why.

use std::collections::BTreeMap;

use ehia_domain::{
    assessment::Content,
    group::Catalogue,
    id::AssessmentId,
    impact::{Direction, Impact},
    place::Lsoas,
    proposal::KindOfChange,
    settings::Settings,
    similar::{LEAST, Similar, Traits, similar},
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::place::SHIPPED;

fn id(number: u128) -> AssessmentId {
    Uuid::from_u128(number).into()
}

fn codes(codes: &[&str]) -> std::collections::BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn traits() -> Traits {
    Traits {
        groups: codes(&["age", "disability", "sex"]),
        service_line: Some("Renal  medicine".into()),
        kind_of_change: Some(KindOfChange::Relocation),
        places: codes(&["E07000145", "E07000148"]),
        lsoas: SHIPPED.lsoas(["E07000145", "E07000148"]),
        words: "dialysis fistula journeys kidney parking people renal service station transport".into(),
    }
}

/// What says nothing but where it is.
fn in_places(places: &[&str]) -> Traits {
    Traits { places: codes(places), lsoas: SHIPPED.lsoas(places), ..Traits::default() }
}

fn like(case: &Traits, others: &[Traits]) -> Vec<Similar> {
    let others: BTreeMap<AssessmentId, Traits> = (1..).map(id).zip(others.iter().cloned()).collect();
    similar(case, &others, &Catalogue::shipped(), Some(&SHIPPED), 100)
}

#[test]
fn a_case_that_shares_everything_has_all_points_and_says_why() {
    let found = like(&traits(), &[Traits { service_line: Some("renal medicine".into()), ..traits() }]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].points, 100);
    assert_eq!(
        found[0].reasons,
        [
            "It touches the same groups: Age, Disability and Sex.",
            "The same service line: Renal  medicine.",
            "The same places: Norwich and Great Yarmouth, where 243,660 people live.",
            "The same kind of change: relocation.",
            "Many of the same words: transport, dialysis, journeys, fistula, parking and three more.",
        ]
    );
}

#[test]
fn points_are_given_for_each_thing_shared() {
    let none = Traits::default();
    let line = Traits { service_line: traits().service_line, ..none.clone() };
    let kind = Traits { kind_of_change: traits().kind_of_change, ..none.clone() };
    let some = Traits { groups: codes(&["age", "sex", "race"]), ..none.clone() };
    let place = in_places(&["E07000148", "E07000146"]);
    let words = Traits { words: traits().words, ..none.clone() };
    let few = Traits { words: "dialysis kidney renal transport".into(), ..none.clone() };
    assert_eq!(traits().points_without_words(&line), 25);
    assert_eq!(traits().points_without_words(&kind), 10);
    assert_eq!(traits().points_without_words(&some), 20, "two of three groups");
    assert_eq!(traits().points_without_words(&place), 7, "about half of either");
    assert_eq!(traits().points_without_words(&none), 0);
    let found = like(&traits(), &[none.clone(), line, kind, some, place, words, few]);
    let order: Vec<_> = found.iter().map(|similar| (similar.case, similar.points)).collect();
    assert_eq!(order, [(id(2), 25), (id(6), 20), (id(4), 20)], "the later one of two alike first");
    assert_eq!(like(&none, &[none.clone(), traits()]), [], "what says nothing is like nothing");
}

#[test]
fn places_are_compared_whatever_areas_name_them() {
    let line = |traits: Traits| Traits { service_line: Some("Renal".into()), ..traits };
    let norwich = line(in_places(&["E07000148"]));
    let wards = SHIPPED.gazetteer().lsoas().iter().map(ToString::to_string);
    let parts: Vec<String> = wards.filter(|code| SHIPPED.lsoas([code]).meets(&norwich.lsoas)).collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let by_lsoas = line(in_places(&parts));
    assert!(by_lsoas.places.is_disjoint(&norwich.places));
    let board = line(in_places(&["E54000022"]));
    let cut = line(in_places(&[parts[0], "E07000146"]));
    let elsewhere = line(in_places(&["E09000012"]));
    let unknown = line(Traits { places: codes(&["E07000148"]), ..Traits::default() });
    let found = like(&norwich, &[by_lsoas, board.clone(), cut, elsewhere, unknown]);
    let said = |number| {
        let similar = found.iter().find(|similar| similar.case == id(number)).unwrap();
        (similar.points, similar.reasons[1..].join(" "))
    };
    let own = ["E07000148".to_owned()];
    let people = SHIPPED.population(&own, None, &Settings::default().notable).unwrap().people;
    assert_eq!(people, 143_913, "as its profile says");
    assert_eq!(said(1), (40, "The same places: Norwich, where 143,913 people live.".into()));
    let (points, reason) = said(2);
    assert!((33..36).contains(&points), "{points}: all of one and a seventh of the other");
    assert_eq!(reason, "Places that overlap: Norwich, where 143,913 people live.");
    let (points, reason) = said(3);
    assert!(
        (25..27).contains(&points) && reason.starts_with("Places that overlap: part of Norwich, where 1,"),
        "{points} {reason}"
    );
    assert_eq!(said(4), (25, String::new()));
    assert_eq!(said(5), (40, "The same places: E07000148.".into()), "nothing is known of the other's places");
    assert_eq!(norwich.points_without_words(&board), board.points_without_words(&norwich), "either way");
    assert_eq!(SHIPPED.lsoas(["X", "E99999999", ""]), Lsoas::default());
}

#[test]
fn other_kinds_of_change_have_nothing_in_common() {
    let other = Traits { kind_of_change: Some(KindOfChange::Other), ..Traits::default() };
    assert_eq!(other.points_without_words(&other), 0);
}

#[test]
fn what_is_neutral_does_not_count() {
    let mut content = Content::titled("x");
    for (number, direction) in (1..).zip(Direction::ALL) {
        content.impacts.push(Impact {
            id: Uuid::from_u128(number).into(),
            groups: vec![direction.as_str().to_lowercase()],
            direction: *direction,
            rationale: String::new(),
            initial: None,
            target: None,
            reach: None,
            evidence: Vec::new(),
            no_mitigation_because: None,
            justification: None,
            chance: None,
            open_question: None,
        });
    }
    assert_eq!(Traits::of(&content, String::new()).groups, codes(&["negative", "positive", "unknown"]));
}

#[test]
fn words_of_most_cases_and_of_every_assessment_tell_nothing() {
    let word = |words: &str| Traits { words: words.into(), ..Traits::default() };
    let own = word("alpha bravo charlie delta echoes");
    assert_eq!(like(&own, std::slice::from_ref(&own)).len(), 1);
    assert_eq!(like(&own, &vec![own.clone(); 8]), [], "all of eight have them");
    let common = word("health impact people service services with would");
    assert_eq!(like(&common, std::slice::from_ref(&common)), []);
    let numbers = word("2026 0042 1234 5678 9012 t6y0w e07000145");
    assert_eq!(like(&numbers, std::slice::from_ref(&numbers)), []);
}

#[test]
fn no_more_are_told_than_were_asked_for() {
    let others: BTreeMap<AssessmentId, Traits> = (1..6).map(|number| (id(number), traits())).collect();
    let found = similar(&traits(), &others, &Catalogue::shipped(), None, 2);
    assert_eq!(found.iter().map(|similar| similar.case).collect::<Vec<_>>(), [id(5), id(4)]);
}

fn any_traits() -> impl Strategy<Value = Traits> {
    let some = |of: &'static [&'static str]| proptest::sample::subsequence(of, 0..=of.len());
    (
        some(&["age", "disability", "sex", "race"]),
        proptest::option::of(proptest::sample::select(vec!["Renal", "Maternity"])),
        proptest::option::of(proptest::sample::select(KindOfChange::ALL)),
        some(&["E07000145", "E07000148"]),
        some(&["alpha", "bravo", "charlie", "delta", "echoes", "foxtrot", "people"]),
    )
        .prop_map(|(groups, line, kind_of_change, places, words)| Traits {
            groups: codes(&groups),
            service_line: line.map(str::to_owned),
            kind_of_change,
            places: codes(&places),
            lsoas: SHIPPED.lsoas(&places),
            words: words.join(" "),
        })
}

proptest! {
    #[test]
    fn what_is_told_is_ordered_and_reasoned(
        case in any_traits(), others in proptest::collection::vec(any_traits(), 0..12),
    ) {
        let found = like(&case, &others);
        for one in &found {
            prop_assert!((LEAST..=100).contains(&one.points) && !one.reasons.is_empty(), "{one:?}");
        }
        prop_assert!(found.windows(2).all(|pair| (pair[0].points, pair[0].case) > (pair[1].points, pair[1].case)));
        prop_assert_eq!(&found, &like(&case, &others));
    }
}
