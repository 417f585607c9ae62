//! How impacts stand now, and what is assured: derived, never typed in.

use ehia_domain::{
    case::Case,
    id::{ImpactId, InterdependencyId, MitigationId},
    impact::{Direction, Impact},
    mitigation::{MitigationReport, MitigationStatus},
    rating::Rating,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::people;

const FIRST: u128 = 601;
const SECOND: u128 = 602;
const RELIANCE: u128 = 501;

fn rating(likelihood: u8, consequence: u8) -> Rating {
    Rating { likelihood, consequence }
}

fn impact() -> ImpactId {
    Uuid::from_u128(1).into()
}

fn mitigation(number: u128) -> MitigationId {
    Uuid::from_u128(number).into()
}

fn reliance() -> InterdependencyId {
    Uuid::from_u128(RELIANCE).into()
}

/// An impact of 4 x 4 with a target of 2 x 2, two mitigations against it, one of which rests on a reliance.
fn case() -> Case {
    let mut case = people::case();
    case.content.impacts = vec![Impact {
        id: impact(),
        groups: vec!["age".into()],
        direction: Direction::Negative,
        rationale: "Synthetic".into(),
        initial: Some(rating(4, 4)),
        target: Some(rating(2, 2)),
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }];
    let against = |number| {
        let mut one = people::mitigation();
        one.id = mitigation(number);
        one.impacts = vec![impact()];
        one
    };
    case.content.mitigations = vec![against(FIRST), against(SECOND)];
    case.content.mitigations[1].reliances = vec![reliance()];
    case
}

fn report(case: &mut Case, number: u128, status: MitigationStatus) {
    case.process.progress.push(MitigationReport {
        mitigation: mitigation(number),
        at: people::at(),
        by: people::person(people::OWNER),
        status,
        note: "Reported.".into(),
        current: None,
        evidence: Vec::new(),
    });
}

#[test]
fn a_mitigation_is_as_it_was_last_reported_and_planned_until_then() {
    let mut case = case();
    assert_eq!(case.mitigation_status(mitigation(FIRST)), MitigationStatus::Planned);
    report(&mut case, FIRST, MitigationStatus::Verified);
    report(&mut case, SECOND, MitigationStatus::Done);
    report(&mut case, FIRST, MitigationStatus::Failed);
    assert_eq!(case.mitigation_status(mitigation(FIRST)), MitigationStatus::Failed);
    assert_eq!(case.mitigation_status(mitigation(SECOND)), MitigationStatus::Done);
}

#[test]
fn current_is_the_initial_rating_until_somebody_judged_it() {
    let mut case = case();
    assert_eq!(case.current(impact()), Some(rating(4, 4)));
    case.process.current.insert(impact(), rating(3, 4));
    assert_eq!(case.current(impact()), Some(rating(3, 4)));
    assert_eq!(case.current(Uuid::from_u128(99).into()), None);
}

#[test]
fn current_is_that_of_an_impact_that_is_there() {
    let mut case = case();
    case.process.current.insert(impact(), rating(3, 4));
    case.content.impacts.clear();
    assert_eq!(case.current(impact()), None, "a judgement of an impact that was removed is none");
}

#[test]
fn assured_is_the_target_once_all_it_rests_on_is_verified_and_every_reliance_holds() {
    let mut case = case();
    let (initial, target) = (Some(rating(4, 4)), Some(rating(2, 2)));
    assert_eq!(case.assured(impact()), initial);
    report(&mut case, FIRST, MitigationStatus::Verified);
    assert_eq!(case.assured(impact()), initial, "one of two");
    report(&mut case, SECOND, MitigationStatus::Verified);
    assert_eq!(case.assured(impact()), initial, "whether the reliance holds is not known");
    case.process.holds.insert(reliance(), false);
    assert_eq!(case.assured(impact()), initial, "it does not hold");
    case.process.holds.insert(reliance(), true);
    assert_eq!(case.assured(impact()), target);
    case.process.current.insert(impact(), rating(1, 1));
    assert_eq!(case.assured(impact()), target, "what was judged is another thing");
    report(&mut case, FIRST, MitigationStatus::Failed);
    assert_eq!(case.assured(impact()), initial, "what failed assures nothing");
}

#[test]
fn without_a_mitigation_or_a_target_assured_is_the_initial_rating() {
    let mut case = case();
    case.content.impacts[0].target = None;
    for number in [FIRST, SECOND] {
        report(&mut case, number, MitigationStatus::Verified);
    }
    case.process.holds.insert(reliance(), true);
    assert_eq!(case.assured(impact()), Some(rating(4, 4)));
    let mut bare = self::case();
    bare.content.mitigations.clear();
    assert_eq!(bare.assured(impact()), Some(rating(4, 4)), "a target nobody works towards");
    bare.content.impacts[0].initial = None;
    assert_eq!(bare.assured(impact()), None);
    assert_eq!(bare.assured(Uuid::from_u128(99).into()), None);
}

proptest! {
    #[test]
    fn assured_is_the_target_if_and_only_if_everything_stands(
        statuses in proptest::collection::vec(proptest::sample::select(MitigationStatus::ALL), 2),
        holds in proptest::option::of(any::<bool>()),
    ) {
        let mut case = case();
        for (number, status) in [FIRST, SECOND].into_iter().zip(&statuses) {
            report(&mut case, number, *status);
        }
        case.process.holds.extend(holds.map(|holds| (reliance(), holds)));
        let stands = statuses.iter().all(|status| *status == MitigationStatus::Verified) && holds == Some(true);
        prop_assert_eq!(case.assured(impact()) == Some(rating(2, 2)), stands);
    }
}

#[test]
fn when_what_it_rests_on_falls_the_assured_rating_falls_back_and_the_event_says_of_which_impact() {
    use ehia_domain::interdependency::{
        Interdependency, InterdependencyKind, ReliancePremise, consequences, turned,
    };
    let mut before = case();
    before.content.interdependencies = vec![Interdependency {
        id: reliance(),
        kind: InterdependencyKind::ReliesOn,
        target: Some(Uuid::from_u128(9).into()),
        partner: None,
        premise: Some("It stays open.".into()),
        by: None,
        holds_when: Some(ReliancePremise::TargetDoesNotProceed),
        failure: None,
        note: None,
    }];
    report(&mut before, FIRST, MitigationStatus::Verified);
    report(&mut before, SECOND, MitigationStatus::Verified);
    before.process.holds.insert(reliance(), true);
    assert_eq!(before.assured(impact()), Some(rating(2, 2)));
    let mut after = before.clone();
    after.process.holds.insert(reliance(), false);
    assert_eq!(after.assured(impact()), Some(rating(4, 4)));
    let (reliance, impact) = (reliance(), impact());
    let expected = serde_json::json!({
        "turned": [{ "reliance": reliance, "holds": false }], "fellBack": [impact], "assured": [],
    });
    assert_eq!(consequences(&before, &after), expected);
    assert_eq!(consequences(&after, &before)["assured"], serde_json::json!([impact]));
    assert_eq!(turned(&after, &after), []);
    after.process.holds.clear();
    assert_eq!(turned(&before, &after)[0].holds, None, "open again");
}
