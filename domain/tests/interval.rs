//! What is not known is told as a range.

use ehia_domain::{
    case::Case,
    impact::{Direction, Impact},
    interval::Highest,
    rating::{Band, Level, Rating, Scale, Threshold},
    settings::Settings,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::people;

type Given = (Direction, Option<(u8, u8)>);

fn case(impacts: &[Given]) -> Case {
    let mut case = people::case();
    let each = impacts.iter().zip(1..).map(|((direction, rating), number)| Impact {
        id: Uuid::from_u128(number).into(),
        groups: vec!["age".into()],
        direction: *direction,
        rationale: String::new(),
        initial: rating.map(|(likelihood, consequence)| Rating { likelihood, consequence }),
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    });
    case.content.impacts = each.collect();
    case
}

fn highest(impacts: &[Given]) -> Option<Highest> {
    Highest::of(&case(impacts), &Settings::default().scale)
}

fn told(impacts: &[Given]) -> (Option<u16>, u16, String) {
    let found = highest(impacts).unwrap();
    (found.low, found.high, found.in_words())
}

fn steps(count: usize) -> Vec<Level> {
    (1..=count).map(|step| Level { label: format!("Step {step}"), meaning: String::new() }).collect()
}

fn scale(likelihood: usize, consequence: usize) -> Scale {
    let bands = [(Band::Low, 1), (Band::Moderate, 6), (Band::High, 12)];
    Scale {
        key: "own".into(),
        title: "Own".into(),
        likelihood: steps(likelihood),
        consequence: steps(consequence),
        bands: bands.map(|(band, from)| Threshold { band, from }).to_vec(),
    }
}

const NEGATIVE: Direction = Direction::Negative;
const UNKNOWN: Direction = Direction::Unknown;

#[test]
fn what_is_rated_throughout_is_one_number() {
    assert_eq!(told(&[(NEGATIVE, Some((3, 2))), (NEGATIVE, Some((3, 5)))]), (Some(15), 15, "15".into()));
    let found = highest(&[(NEGATIVE, Some((3, 5)))]).unwrap();
    assert_eq!((found.low_band, found.high_band), (Some(Band::Extreme), Band::Extreme));
}

#[test]
fn where_nothing_is_rated_it_is_the_whole_scale() {
    assert_eq!(
        told(&[(NEGATIVE, None), (NEGATIVE, None)]),
        (Some(1), 25, "between 1 and 25 (two impacts unrated)".into())
    );
    let found = highest(&[(NEGATIVE, None)]).unwrap();
    assert_eq!((found.low_band, found.high_band), (Some(Band::Low), Band::Extreme));
}

#[test]
fn what_is_rated_holds_up_the_low_end() {
    assert_eq!(
        told(&[(NEGATIVE, Some((2, 3))), (NEGATIVE, None)]),
        (Some(6), 25, "between 6 and 25 (one impact unrated)".into())
    );
    assert_eq!(
        told(&[(NEGATIVE, Some((5, 5))), (NEGATIVE, None)]),
        (Some(25), 25, "25 (one impact unrated)".into()),
        "nothing is above the largest"
    );
}

#[test]
fn an_unknown_direction_is_possibly_negative() {
    assert_eq!(
        told(&[(NEGATIVE, Some((2, 3))), (UNKNOWN, Some((3, 5)))]),
        (Some(6), 15, "between 6 and 15 (one impact of unknown direction)".into())
    );
    assert_eq!(
        told(&[(UNKNOWN, Some((3, 5)))]),
        (None, 15, "between no negative impact and 15 (one impact of unknown direction)".into())
    );
    assert_eq!(
        told(&[(UNKNOWN, None), (NEGATIVE, None), (UNKNOWN, None)]),
        (Some(1), 25, "between 1 and 25 (one impact unrated, two of unknown direction)".into())
    );
}

#[test]
fn a_case_that_harms_nobody_has_none() {
    assert_eq!(highest(&[]), None);
    assert_eq!(highest(&[(Direction::Positive, Some((5, 5))), (Direction::Neutral, None)]), None);
}

#[test]
fn what_was_judged_since_counts() {
    let mut case = case(&[(NEGATIVE, Some((4, 4))), (NEGATIVE, None)]);
    case.process.current.insert(Uuid::from_u128(1).into(), Rating { likelihood: 2, consequence: 2 });
    case.process.current.insert(Uuid::from_u128(2).into(), Rating { likelihood: 1, consequence: 3 });
    assert_eq!(Highest::of(&case, &Settings::default().scale).unwrap().in_words(), "4");
}

#[test]
fn the_whole_scale_is_the_organisation_s_own() {
    let case = case(&[(NEGATIVE, Some((2, 3))), (NEGATIVE, None), (NEGATIVE, None)]);
    let four = Highest::of(&case, &scale(4, 4)).unwrap();
    assert_eq!(four.in_words(), "between 6 and 16 (two impacts unrated)");
    assert_eq!((four.low_band, four.high_band), (Some(Band::Moderate), Band::High));
    assert_eq!(
        Highest::of(&case, &scale(5, 3)).unwrap().in_words(),
        "between 6 and 15 (two impacts unrated)"
    );
}

#[test]
fn a_rating_from_a_larger_scale_is_not_cut_down() {
    let case = case(&[(NEGATIVE, Some((5, 5))), (NEGATIVE, None)]);
    let found = Highest::of(&case, &scale(4, 4)).unwrap();
    assert_eq!((found.low, found.high), (Some(25), 25));
}

#[test]
fn many_are_counted_in_figures() {
    let found = highest(&[(NEGATIVE, None); 11]).unwrap();
    assert_eq!(found.in_words(), "between 1 and 25 (11 impacts unrated)");
}

fn given() -> impl Strategy<Value = Given> {
    let direction = proptest::sample::select(Direction::ALL);
    (direction, proptest::option::of((1_u8..=5, 1_u8..=5)))
}

proptest! {
    /// However the unknown turns out, the highest rating lies in the range, and both ends can be met.
    #[test]
    fn whatever_turns_out_lies_in_the_range(
        impacts in proptest::collection::vec((given(), any::<bool>(), (1_u8..=5, 1_u8..=5)), 0..6),
    ) {
        let open: Vec<Given> = impacts.iter().map(|(given, ..)| *given).collect();
        let settled: Vec<Given> = impacts.iter().map(|((direction, rating), negative, otherwise)| {
            let direction = match (direction, negative) {
                (Direction::Unknown, true) => Direction::Negative,
                (Direction::Unknown, false) => Direction::Neutral,
                (known, _) => *known,
            };
            (direction, rating.or(Some(*otherwise)))
        }).collect();
        let (range, known) = (highest(&open), highest(&settled));
        match (range, known) {
            (None, known) => prop_assert_eq!(known, None),
            (Some(range), None) => prop_assert_eq!(range.low, None),
            (Some(range), Some(known)) => {
                prop_assert_eq!(known.low, Some(known.high));
                prop_assert!(range.low <= known.low && known.high <= range.high, "{range:?} {known:?}");
            }
        }
    }
}
