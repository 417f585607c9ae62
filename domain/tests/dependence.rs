//! What depends on what, severe impacts in words, bounds that hold whatever hangs together, and reliances drawn by chance,
//! held against every outcome. All synthetic.

use ehia_domain::{
    assessment::Frame,
    case::Case,
    group::Catalogue,
    id::{AssessmentId, ImpactId, InterdependencyId},
    impact::{Chance, Direction, Impact},
    interdependency::{Confirmation, Interdependency, InterdependencyKind, ReliancePremise},
    mitigation::{MitigationReport, MitigationStatus},
    partner::{Confidence, PartnerProposal},
    party::Party,
    rating::Rating,
    risk::{
        Atlas, Contribution, Fact, Filter, RatingBasis,
        graph::{self, Edge},
        severe::{self, Asked, Severe, Untold},
        simulation::{DRAWS, Odds, SplitMix},
    },
    settings::Settings,
    workflow::{Phase, Standing},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::people;

/// How often impacts are let come about.
const TRIES: u32 = 2000;
const GROUP: &str = "age.older_people";

fn id(number: u128) -> AssessmentId {
    Uuid::from_u128(number).into()
}

fn edge_id(number: u128) -> InterdependencyId {
    Uuid::from_u128(number).into()
}

/// An edge to a case, or to a partner called like this.
fn edge(number: u128, kind: InterdependencyKind, to: Result<u128, &str>) -> Interdependency {
    Interdependency {
        id: edge_id(number),
        kind,
        target: to.ok().map(id),
        partner: to.err().map(Party::named),
        premise: Some(format!("Premise {number}")),
        by: None,
        holds_when: (kind == InterdependencyKind::ReliesOn).then_some(match to {
            Ok(_) => ReliancePremise::TargetProceeds,
            Err(_) => ReliancePremise::PartnerConfirms,
        }),
        failure: None,
        note: None,
    }
}

fn relies(number: u128, to: Result<u128, &str>) -> Interdependency {
    edge(number, InterdependencyKind::ReliesOn, to)
}

/// The case of a number, with these edges.
fn case(number: u128, edges: Vec<Interdependency>) -> Case {
    let mut case = people::case();
    (case.id, case.reference) = (id(number), format!("T6Y0W-2026-{number:04}"));
    case.content.mitigations.clear();
    case.content.interdependencies = edges;
    case
}

fn impact(number: u128, rating: Option<(u8, u8)>, chance: Option<(u16, u16, u16)>) -> Impact {
    Impact {
        id: Uuid::from_u128(number).into(),
        groups: vec![GROUP.into()],
        direction: Direction::Negative,
        rationale: "Synthetic".into(),
        initial: rating.map(|(likelihood, consequence)| Rating { likelihood, consequence }),
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: chance.map(|(months, low, high)| Chance {
            event: "Somebody is admitted to hospital who would not have been".into(),
            months,
            low,
            high,
        }),
        open_question: None,
    }
}

/// A case with these impacts, all of them mitigated by something that rests on all its edges.
fn adverse(number: u128, impacts: Vec<Impact>, edges: Vec<Interdependency>) -> Case {
    let mut case = case(number, edges);
    let mut mitigation = people::mitigation();
    mitigation.impacts = impacts.iter().map(|impact| impact.id).collect::<Vec<ImpactId>>();
    mitigation.reliances = case.content.interdependencies.iter().map(|edge| edge.id).collect();
    case.content.impacts = impacts;
    case.content.mitigations = vec![mitigation];
    case
}

fn severe_of(case: &Case) -> Option<Severe> {
    severe_on(case, GROUP, &Filter::default())
}

fn severe_on(case: &Case, group: &str, filter: &Filter) -> Option<Severe> {
    let (groups, scale) = (Catalogue::shipped(), Settings::default().scale);
    let asked = Asked { group, consequence: 4, basis: RatingBasis::Current, filter };
    let found = Severe::of(case, Frame { groups: &groups, scale: &scale }, asked);
    // By what it contributes it is the same case.
    let frame = Frame { groups: &groups, scale: &scale };
    let contribution = Contribution::of(case, Phase::Review, Standing::Pending, frame);
    let fact = Fact::seen(case.id, case.organisation, contribution, filter, &mut Atlas::default());
    assert_eq!(fact.is_some_and(|fact| asked.counts(&fact)), found.is_some(), "{group}");
    found
}

fn severe(cases: &[Case]) -> Vec<Severe> {
    cases.iter().filter_map(severe_of).collect()
}

fn edges(cases: &[Case]) -> Vec<Edge> {
    cases.iter().flat_map(Edge::of).collect()
}

#[test]
fn circles_of_reliance_are_found_and_named_and_what_only_compounds_makes_none() {
    use InterdependencyKind as K;
    let cases = [
        case(1, vec![relies(11, Ok(2))]),
        case(2, vec![edge(21, K::Funds, Ok(3)), relies(22, Err("The council"))]),
        case(3, vec![edge(31, K::ShiftsDemandTo, Ok(1)), relies(32, Ok(4))]),
        case(4, vec![edge(41, K::Compounds, Ok(3)), edge(42, K::SharesPathway, Ok(3)), relies(43, Ok(9))]),
        case(6, vec![relies(61, Ok(5))]),
        case(5, vec![relies(51, Ok(6))]),
        case(7, vec![relies(71, Ok(7))]),
    ];
    let name = |number: u128| format!("T6Y0W-2026-{number:04}");
    let expected = vec![vec![name(1), name(2), name(3)], vec![name(5), name(6)], vec![name(7)]];
    let mut edges = edges(&cases);
    assert_eq!(graph::cycles(&edges), expected);
    edges.reverse();
    assert_eq!(graph::cycles(&edges), expected, "whatever the order");
    assert_eq!(graph::cycles(&edges[..0]), Vec::<Vec<String>>::new());
}

#[test]
fn a_long_way_and_a_large_circle_are_walked_like_any_other() {
    let long: Vec<Case> =
        (1..=20_000).map(|n| case(n, vec![relies(100_000 + n, Ok(n % 20_000 + 1))])).collect();
    let cycles = graph::cycles(&edges(&long));
    assert_eq!((cycles.len(), cycles[0].len()), (1, 20_000));
    let way: Vec<Case> = (1..=20_000).map(|n| case(n, vec![relies(100_000 + n, Ok(n + 1))])).collect();
    assert_eq!(graph::cycles(&edges(&way)), Vec::<Vec<String>>::new());
}

#[test]
fn partners_are_told_once_and_what_they_said_of_the_edge_as_it_stands() {
    let mut one = case(1, vec![relies(11, Err("The  Council")), relies(12, Ok(2))]);
    let two = case(2, vec![edge(21, InterdependencyKind::Funds, Err("the council"))]);
    one.content.interdependencies[1].partner = Some(Party::named("Beside a case"));
    let said = Confirmation {
        of: one.content.interdependencies[0].clone(),
        confirmed: false,
        by: Party::named("Somebody"),
        on: "2026-01-15".parse().unwrap(),
        note: "A letter.".into(),
        recorded_by: one.author,
        recorded_at: people::at(),
    };
    one.process.confirmations.push(said);
    let edges = edges(&[one.clone(), two]);
    assert_eq!(graph::partners(&edges), [Party::named("The  Council")]);
    assert_eq!(edges[0].said, Some((false, "2026-01-15".parse().unwrap())));
    one.content.interdependencies[0].premise = Some("Another".into());
    assert_eq!(Edge::of(&one).next().unwrap().said, None, "they spoke of something else");
}

#[test]
fn a_reliance_is_late_once_its_day_has_passed_and_nobody_knows_whether_it_holds() {
    let mut one = case(1, vec![relies(11, Ok(2))]);
    one.content.interdependencies[0].by = Some("2026-02-01".parse().unwrap());
    let late = |case: &Case, today: &str| Edge::of(case).next().unwrap().is_late(today.parse().unwrap());
    assert!(!late(&one, "2026-02-01") && late(&one, "2026-02-02"));
    one.process.holds.insert(edge_id(11), false);
    assert!(!late(&one, "2026-02-02"));
    assert!(Edge::of(&one).next().unwrap().is_broken());
}

#[test]
fn severe_impacts_are_counted_by_case_in_words_that_say_what_they_are() {
    let shared = || relies(11, Ok(9));
    let mut other = relies(12, Ok(9));
    other.premise = Some("The other premise".into());
    let mut cases = vec![
        adverse(1, vec![impact(1, Some((5, 4)), None), impact(2, Some((2, 5)), None)], vec![shared()]),
        adverse(2, vec![impact(3, Some((4, 5)), None)], vec![other]),
        adverse(
            3,
            vec![impact(4, Some((4, 4)), None), impact(5, None, None)],
            vec![relies(13, Err("A trust"))],
        ),
        adverse(4, vec![impact(6, None, None)], Vec::new()),
        adverse(5, vec![impact(7, Some((5, 3)), None)], Vec::new()),
    ];
    cases[1].process.holds.insert(edge_id(12), false);
    let found = severe(&cases);
    assert_eq!(found.len(), 4, "what is not severe and rated is not there");
    let steps: Vec<_> =
        severe::steps(&found).into_iter().map(|step| (step.likelihood, step.label, step.cases)).collect();
    assert_eq!(steps, [(5, "Almost certain".into(), 1), (4, "Likely".into(), 2)]);
    assert_eq!(severe::unrated(&found), 1);
    let (most, count) = severe::most_relied(&found).unwrap();
    assert_eq!((most.edge.id, count), (edge_id(11), 2));
    assert_eq!(severe::broken(&found).count(), 1);
    assert_eq!(
        severe::in_words(&found, "older people", "“major” or worse", Untold::default()),
        "Of four live proposals with an adverse impact on older people that is “major” or worse or not rated: one “almost \
         certain”, two “likely”, one not rated. Three rest on something elsewhere, two of them on that the same case proceeds, one of \
         them because “Premise 11”. One \
         reliance is known not to hold. These are counts of proposals, not a probability: how far they hang together is not known."
    );
    assert!(
        severe::in_words(&[], "older people", "severe", Untold::default()).starts_with("No live proposal")
    );
    let some =
        severe::in_words(&found, "older people", "severe", Untold { looked_at: Some(2_000), unreadable: 0 });
    assert!(
        some.contains("Three rest on something elsewhere. One reliance"),
        "of some cases that is not told: {some}"
    );
    assert!(some.starts_with("This is of the first 2,000 cases by reference"), "{some}");
    let mut alike = found.clone();
    alike[1].rests[0].edge.premise = Some("premise  11".into());
    let alike = severe::in_words(&alike, "older people", "severe", Untold::default());
    assert!(alike.contains("two of them on the same: “Premise 11”."), "{alike}");

    // Those that may not be read are said to be there.
    let unread = |cases: &[Severe], unreadable| {
        severe::in_words(cases, "older people", "severe", Untold { looked_at: None, unreadable })
    };
    let one = unread(&found, 1);
    assert!(
        one.contains(
            "one not rated. One more has such an impact or one that is not rated, and may not be read"
        ),
        "{one}"
    );
    let two = unread(&[], 2);
    assert!(two.starts_with("No live proposal in this picture that may be read rates"), "{two}");
    assert!(
        two.contains("unrated. Two more have such an impact") && two.ends_with("none of these counts."),
        "{two}"
    );

    // What was given up protects nobody; what is positive, or on others, is not counted.
    let report = MitigationReport {
        mitigation: cases[0].content.mitigations[0].id,
        at: people::at(),
        by: cases[0].author,
        status: MitigationStatus::Failed,
        note: "It did not work.".into(),
        current: None,
        evidence: Vec::new(),
    };
    cases[0].process.progress.push(report);
    assert_eq!(severe_of(&cases[0]).unwrap().rests, []);
    cases[3].content.impacts[0].direction = Direction::Unknown;
    assert_eq!(severe_of(&cases[3]), None);
    cases[3].content.impacts[0].direction = Direction::Negative;
    cases[3].content.impacts[0].groups = vec!["age".into()];
    assert_eq!(severe_of(&cases[3]), None);
}

#[test]
fn an_impact_on_part_of_a_group_is_on_the_group_and_only_those_that_a_filter_counts_are_looked_at() {
    let mut case = adverse(1, vec![impact(1, Some((3, 4)), None), impact(2, Some((5, 5)), None)], Vec::new());
    case.content.impacts[1].groups = vec!["disability.autism".into()];
    let all = Filter::default();
    let likelihood =
        |group: &str, filter: &Filter| severe_on(&case, group, filter).and_then(|one| one.likelihood);
    assert_eq!((likelihood("age", &all), likelihood("disability", &all)), (Some(3), Some(5)));
    assert_eq!((likelihood("age.middle_years", &all), likelihood("sex", &all)), (None, None));
    let only = |group: &str| Filter { groups: vec![group.into()], ..Filter::default() };
    assert_eq!(likelihood("disability", &only("disability.autism")), Some(5));
    assert_eq!(likelihood("disability", &only("age")), None);
    case.content.impacts[0].groups.push("disability.physical".into());
    let both = |group: &str| severe_on(&case, "disability", &only(group)).and_then(|one| one.likelihood);
    assert_eq!((both("age"), both("disability")), (Some(3), Some(5)));
}

#[test]
fn bounds_are_told_only_where_every_impact_has_a_chance_within_the_same_time() {
    let of = |impacts: Vec<Impact>| severe::bounds(&severe(&[adverse(1, impacts, Vec::new())]));
    let one = || impact(1, Some((3, 4)), Some((12, 100, 200)));
    let bounds = of(vec![one(), impact(2, Some((3, 5)), Some((12, 50, 300)))]).unwrap();
    assert_eq!((bounds.lower, bounds.upper, bounds.months), (0.1, 0.5, 12));
    assert!((bounds.independent_low - 0.145).abs() < 1e-12 && (bounds.independent_high - 0.44).abs() < 1e-12);
    assert_eq!(of(vec![one(), impact(2, Some((3, 5)), Some((24, 50, 300)))]), None, "not the same time");
    assert_eq!(of(vec![one(), impact(2, Some((3, 5)), None)]), None, "a likelihood is no probability");
    assert_eq!(of(vec![one(), impact(2, None, Some((12, 50, 300)))]), None, "one is unrated");
    assert!(of(vec![one(), impact(2, Some((3, 3)), None)]).is_some(), "what is not severe needs none");
    assert_eq!(
        of(vec![one(), impact(2, Some((3, 5)), Some((12, 0, 401)))]),
        None,
        "too wide to say anything"
    );
    assert!(of(vec![one(), impact(2, Some((3, 5)), Some((12, 0, 400)))]).is_some());
    assert_eq!(severe::bounds(&[]), None);
}

#[test]
fn reliances_are_one_where_the_same_must_come_about() {
    let one = || relies(11, Ok(9));
    let on = |edge: Interdependency| Edge::of(&case(1, vec![edge])).next().unwrap().on();
    let worded =
        |premise: &str, edge: Interdependency| Interdependency { premise: Some(premise.into()), ..edge };
    assert_eq!(on(one()), on(worded("In other words", one())), "one decision, whatever it is called");
    let opposite = Interdependency { holds_when: Some(ReliancePremise::TargetDoesNotProceed), ..one() };
    assert_ne!(on(one()), on(opposite));
    let said = |premise: &str| worded(premise, relies(12, Err("A trust")));
    assert_eq!(on(said("Ten beds stay open")), on(said("Ten  beds stay OPEN")));
    assert_ne!(on(said("Ten beds stay open")), on(said("A ward is built")), "a partner promises two things");

    // Two promises of one partner fail each by itself, and are told apart.
    let promised = |premise: &str, number: u128, fails: u16| Interdependency {
        failure: Some(fails),
        ..worded(premise, relies(number, Err("A trust")))
    };
    let cases = [
        adverse(1, vec![impact(1, Some((4, 4)), None)], vec![promised("Ten beds stay open", 21, 300)]),
        adverse(2, vec![impact(2, Some((4, 4)), None)], vec![promised("A ward is built", 22, 200)]),
    ];
    let found = severe(&cases);
    assert_eq!(severe::most_relied(&found).map(|(_, count)| count), Some(1));
    assert!(!severe::in_words(&found, "older people", "severe", Untold::default()).contains("of them on"));
    let exact = Odds::of(&found).unwrap().enumerate().unwrap();
    assert!((exact.any - (1.0 - 0.7 * 0.8)).abs() < 1e-12, "{}", exact.any);
}

/// An edge that fails so often in a thousand.
fn failing(number: u128, to: u128, fails: u16) -> Interdependency {
    Interdependency { failure: Some(fails), ..relies(number, Ok(to)) }
}

#[test]
fn drawing_comes_near_to_every_outcome_and_ranks_what_matters() {
    let cases = [
        adverse(1, vec![impact(1, Some((4, 4)), None)], vec![failing(11, 101, 300), failing(12, 102, 100)]),
        adverse(2, vec![impact(2, Some((4, 4)), None)], vec![failing(21, 101, 200)]),
        adverse(
            3,
            vec![impact(3, Some((4, 4)), None)],
            vec![failing(31, 103, 50), relies(32, Err("Undeclared"))],
        ),
    ];
    let odds = Odds::of(&severe(&cases)).unwrap();
    assert_eq!((odds.reliances.len(), odds.undeclared), (3, 1));
    let exact = odds.enumerate().unwrap();
    // By hand: reliances on 101 (0.3, the more afraid), 102 (0.1) and 103 (0.05).
    assert!((exact.any - (1.0 - 0.7 * 0.9 * 0.95)).abs() < 1e-12);
    assert!((exact.cases - ((1.0 - 0.7 * 0.9) + 0.3 + 0.05)).abs() < 1e-12);
    let spared: Vec<_> = exact.ranked.iter().map(|one| (one.edge.edge.id, one.cases, one.spared)).collect();
    assert_eq!((spared[0].0, spared[0].1), (edge_id(11), 2));
    assert!((spared[0].2 - (0.3 * 0.9 + 0.3)).abs() < 1e-12);
    assert_eq!((spared[1].0, spared[2].0), (edge_id(12), edge_id(31)));
    let drawn = odds.draw(odds.seed(), DRAWS);
    assert_eq!(drawn, odds.draw(odds.seed(), DRAWS), "the same seed, the same figures");
    assert_ne!(drawn.ranked, odds.draw(odds.seed() + 1, DRAWS).ranked);
    assert!((drawn.any - exact.any).abs() < 4.0 * drawn.error, "{} {}", drawn.any, exact.any);
    assert!((drawn.error - 0.005).abs() < 1e-12);
    let order = |of: &ehia_domain::risk::simulation::Drawn| {
        of.ranked.iter().map(|one| one.edge.edge.id).collect::<Vec<_>>()
    };
    assert_eq!(order(&drawn), order(&exact));

    // What is known is not drawn; where nobody reckons anything, nothing is.
    let mut known = cases.clone();
    known[0].process.holds.insert(edge_id(11), false);
    let odds = Odds::of(&severe(&known)).unwrap();
    assert_eq!(odds.reliances.iter().map(|(_, fails)| *fails).max(), Some(1000));
    let silent = [adverse(1, vec![impact(1, Some((4, 4)), None)], vec![relies(11, Ok(101))])];
    assert_eq!(Odds::of(&severe(&silent)), None);
}

#[test]
fn a_partners_proposal_says_whom_it_touches_where_and_who_said_so() {
    let proposal = PartnerProposal {
        id: Uuid::from_u128(1).into(),
        organisation: people::organisation(people::HOME),
        version: 1,
        partner: Party::named("Synthetic council"),
        title: "Fewer library hours".into(),
        groups: vec!["age".into()],
        direction: Direction::Negative,
        footprint: vec!["E07000145".into()],
        from: Some("2027-04-01".parse().unwrap()),
        to: Some("2027-04-30".parse().unwrap()),
        source: "Forward plan".into(),
        confidence: Confidence::Announced,
        agreed_on: None,
        withdrawn: false,
        recorded_by: people::person(1),
        recorded_at: people::at(),
    };
    let wrong = |change: fn(&mut PartnerProposal)| {
        let mut proposal = proposal.clone();
        change(&mut proposal);
        let wrong = proposal.check(&Catalogue::shipped(), "2027-01-01".parse().unwrap());
        wrong.into_iter().map(|one| format!("{} {}", one.code, one.path)).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(wrong(|_| ()), "");
    assert_eq!(wrong(|one| one.source = " ".into()), "REQUIRED source");
    assert_eq!(wrong(|one| one.groups.clear()), "REQUIRED groups");
    assert_eq!(wrong(|one| one.footprint.clear()), "REQUIRED footprint");
    assert_eq!(
        wrong(|one| one.groups = vec!["age".into(), "nobody".into(), "age".into()]),
        "NOT_FOUND groups/1, DUPLICATE groups/2"
    );
    assert_eq!(
        wrong(|one| one.footprint = vec!["Eastbourne".into(), "W06000001".into()]),
        "INVALID footprint/0, INVALID footprint/1"
    );
    assert_eq!(wrong(|one| one.to = one.from.unwrap().pred_opt()), "INVALID to");
    assert_eq!(wrong(|one| one.agreed_on = "2027-01-02".parse().ok()), "IN_THE_FUTURE agreedOn");
    assert_eq!(wrong(|one| one.partner = Party::default()), "REQUIRED partner");
    let live = |day: &str| proposal.is_live_on(day.parse().unwrap());
    assert_eq!(
        ["2027-03-31", "2027-04-01", "2027-04-30", "2027-05-01"].map(live),
        [false, true, true, false]
    );
    assert!(
        !PartnerProposal { withdrawn: true, from: None, to: None, ..proposal }
            .is_live_on("2027-04-01".parse().unwrap())
    );
}

/// Chances of one to six impacts, and uniform numbers that decide what comes about.
fn chances() -> impl Strategy<Value = Vec<(u16, u16)>> {
    let one = (0_u16..=1000, 0_u16..=1000).prop_map(|(a, b)| (a.min(b), a.max(b)));
    proptest::collection::vec(one, 1..6)
}

proptest! {
    #[test]
    fn bounds_are_ordered_and_contain_what_is_simulated_however_impacts_hang_together(chances in chances(), seed in any::<u64>()) {
        let impacts = (1..).zip(&chances).map(|(n, (low, high))| impact(n, Some((3, 4)), Some((12, *low, *high)))).collect();
        let Some(bounds) = severe::bounds(&severe(&[adverse(1, impacts, Vec::new())])) else { return Ok(()) };
        prop_assert!(bounds.lower <= bounds.independent_low && bounds.independent_low <= bounds.independent_high);
        prop_assert!(bounds.independent_high <= bounds.upper && bounds.upper <= 1.0 && bounds.lower >= 0.0);
        // Each has a chance within its bounds; they come about by themselves, all together, or as much apart as can be.
        let mut random = SplitMix(seed);
        let odds: Vec<f64> = chances.iter().map(|(low, high)| {
            let width = u64::from(high - low) + 1;
            (f64::from(*low) + f64::from(u32::try_from(random.below(width)).unwrap())) / 1000.0
        }).collect();
        let mut any = [0_u32; 3];
        let mut uniform = || f64::from(u32::try_from(random.below(1 << 30)).unwrap()) / f64::from(1_u32 << 30);
        for _ in 0..TRIES {
            let alone = odds.iter().fold(false, |come, odds| (uniform() < *odds) | come);
            let one = uniform();
            let together = odds.iter().any(|odds| one < *odds);
            let mut from = 0.0;
            let apart = odds.iter().any(|odds| {
                let (start, end) = (from, from + odds);
                from = end;
                (start <= one && one < end) || (end > 1.0 && one < end - 1.0)
            });
            for (count, come) in any.iter_mut().zip([alone, together, apart]) {
                *count += u32::from(come);
            }
        }
        let error = 5.0 * 0.5 / f64::from(TRIES).sqrt();
        for come in any.map(|count| f64::from(count) / f64::from(TRIES)) {
            prop_assert!(bounds.lower - error <= come && come <= bounds.upper + error, "{bounds:?} {come}");
        }
        let alone = f64::from(any[0]) / f64::from(TRIES);
        prop_assert!(bounds.independent_low - error <= alone && alone <= bounds.independent_high + error);
    }

    #[test]
    fn another_case_lowers_no_count_and_order_never_matters(rated in proptest::collection::vec(proptest::option::of((1_u8..=5, 1_u8..=5)), 1..8)) {
        let cases: Vec<Case> = (1..).zip(&rated).map(|(n, rating)| adverse(n, vec![impact(n, *rating, None)], vec![relies(1000 + n, Ok(100 + n % 2))])).collect();
        let all = severe(&cases);
        let fewer = severe(&cases[1..]);
        prop_assert!(all.len() >= fewer.len() && severe::unrated(&all) >= severe::unrated(&fewer));
        for step in severe::steps(&fewer) {
            let more = severe::steps(&all).into_iter().find(|other| other.likelihood == step.likelihood);
            prop_assert!(more.is_some_and(|more| more.cases >= step.cases));
        }
        let mut reversed = all.clone();
        reversed.reverse();
        prop_assert_eq!(severe::steps(&all), severe::steps(&reversed));
        prop_assert_eq!(severe::most_relied(&all), severe::most_relied(&reversed));
    }

    #[test]
    fn drawing_is_within_its_error_of_every_outcome(fails in proptest::collection::vec(0_u16..=1000, 1..6), rests in proptest::collection::vec(proptest::collection::btree_set(0_usize..6, 1..4), 1..5)) {
        let cases: Vec<Case> = (1..).zip(&rests).map(|(n, on)| {
            let edges = on.iter().filter_map(|place| {
                let at = u128::try_from(*place).unwrap();
                Some(failing(n * 100 + at, 1000 + at, *fails.get(*place)?))
            });
            adverse(n, vec![impact(n, Some((4, 4)), None)], edges.collect())
        }).collect();
        let Some(odds) = Odds::of(&severe(&cases)) else { return Ok(()) };
        let (exact, drawn) = (odds.enumerate().unwrap(), odds.draw(odds.seed(), DRAWS));
        prop_assert!((exact.any - drawn.any).abs() <= 5.0 * drawn.error, "{} {}", exact.any, drawn.any);
        for one in &drawn.ranked {
            let same = exact.ranked.iter().find(|other| other.edge == one.edge).unwrap();
            prop_assert!((same.spared - one.spared).abs() <= 6.0 * one.error + 0.005, "{} {}", same.spared, one.spared);
        }
    }
}
