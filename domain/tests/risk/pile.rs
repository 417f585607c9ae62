//! Concentrations against a slow look at every LSOA on every day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use ehia_domain::{
    group::Catalogue,
    id::AssessmentId,
    impact::Direction,
    place::Lsoas,
    rating::Band,
    risk::{Alongside, Concentration, Contribution, Fact, Filter, Hits, Impact, Rated, Standpoint},
    settings::Settings,
};
use proptest::prelude::*;

use super::{GROUPS, SHIPPED, contribution, every_standing, facts};

const MAJOR: u8 = 4;

fn hits(facts: &[Fact], filter: &Filter) -> BTreeMap<String, Hits> {
    let mut hits = BTreeMap::new();
    for fact in facts {
        Hits::gather(&mut hits, fact, filter, MAJOR);
    }
    hits
}

pub fn found(facts: &[Fact], filter: &Filter, least: usize) -> Vec<Concentration> {
    let hits = hits(facts, filter);
    let mut found: Vec<_> =
        hits.iter().flat_map(|(group, hits)| hits.concentrations(group, least).found).collect();
    Concentration::rank(&mut found);
    found
}

type Told = (String, Vec<AssessmentId>, Lsoas, bool, Option<Rated>);

/// What is told of each.
pub fn told(facts: &[Fact], filter: &Filter) -> Vec<Told> {
    let of = |one: Concentration| (one.group, one.cases, one.lsoas, one.widespread, one.maximum);
    found(facts, filter, 2).into_iter().map(of).collect()
}

/// The cases that touch a group negatively in an LSOA on a day.
fn there(facts: &[Fact], group: &str, ordinal: u32, day: NaiveDate) -> BTreeSet<AssessmentId> {
    let touches = |impact: &Impact| {
        impact.direction == Direction::Negative && impact.groups.iter().any(|own| own == group)
    };
    facts
        .iter()
        .filter(|fact| {
            let one = &fact.contribution;
            one.standpoint != Standpoint::Draft
                && one.impacts.iter().any(touches)
                && one.effective_from.is_none_or(|from| from <= day)
                && one.effective_to.is_none_or(|to| day <= to)
                && fact.place.lsoas.contains(ordinal)
        })
        .map(|fact| fact.case)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_place_with_enough_cases_is_in_one_and_every_one_is_such_a_place(
        cases in proptest::collection::vec(contribution(), 0..7),
    ) {
        let filter = every_standing();
        let facts = facts(&cases, &filter);
        let days: BTreeSet<NaiveDate> = (0..400_u64)
            .map(|days| NaiveDate::from_ymd_opt(2026, 3, 31).unwrap() + Days::new(days))
            .filter(|day| {
                // A day on which none begins has no more of them than the day before.
                *day == NaiveDate::from_ymd_opt(2026, 3, 31).unwrap()
                    || facts.iter().any(|fact| fact.contribution.effective_from == Some(*day))
            })
            .collect();
        let mut all = Lsoas::default();
        for fact in &facts {
        all.extend(&fact.place.lsoas);
    }
        let concentrations = found(&facts, &filter, 2);
        for group in GROUPS {
            let own: Vec<&Concentration> = concentrations.iter().filter(|one| one.group == group).collect();
            let concurrency = hits(&facts, &filter).get(group).map(Hits::concurrency).unwrap_or_default();
            // Every tenth is enough to look at.
            for ordinal in all.iter().step_by(10) {
                let slow: Vec<BTreeSet<AssessmentId>> =
                    days.iter().map(|day| there(&facts, group, ordinal, *day)).collect();
                let most = slow.iter().map(BTreeSet::len).max().unwrap_or_default();
                let covered = own.iter().any(|one| one.lsoas.contains(ordinal));
                prop_assert_eq!(covered, most >= 2, "{} {} {}", group, ordinal, most);
                for one in own.iter().filter(|one| one.lsoas.contains(ordinal)) {
                    let cases: BTreeSet<AssessmentId> = one.cases.iter().copied().collect();
                    prop_assert!(slow.iter().any(|there| there.is_superset(&cases)));
                }
                for at_least in 1..=3 {
                    let level = concurrency.iter().find(|level| level.at_least == at_least);
                    let under = level.is_some_and(|level| level.lsoas.contains(ordinal));
                    prop_assert_eq!(under, most >= at_least);
                }
            }
        }
    }

    #[test]
    fn order_never_matters(cases in proptest::collection::vec(contribution(), 0..7)) {
        let filter = every_standing();
        let mut facts = facts(&cases, &filter);
        let before = told(&facts, &filter);
        facts.reverse();
        prop_assert_eq!(before, told(&facts, &filter));
    }
}

fn one(footprint: &[&str], consequence: u8, months: Option<(u32, u32)>) -> Contribution {
    let rated = Some(Rated { band: Band::Moderate, likelihood: 2, consequence });
    let day = |month| NaiveDate::from_ymd_opt(2027, month, 1);
    Contribution {
        standpoint: Standpoint::Pending,
        scale: "nhs-5x5".into(),
        service_line: Some(format!("line {consequence}")),
        programme: None,
        effective_from: months.and_then(|(from, _)| day(from)),
        effective_to: months.and_then(|(_, to)| day(to)),
        footprint: footprint.iter().map(|code| (*code).to_owned()).collect(),
        impacts: vec![Impact {
            groups: vec!["disability".into()],
            direction: Direction::Negative,
            ratings: [rated; 4],
            reach: Some((20, None)),
        }],
        open: Vec::new(),
    }
}

#[test]
fn what_is_on_a_whole_board_and_less_than_major_stands_apart() {
    let filter = Filter::default();
    let yarmouth = "E07000145";
    let board = SHIPPED.boards_of(&SHIPPED.lsoas([yarmouth]))[0].to_string();
    let whole = SHIPPED.lsoas_of_board(ehia_domain::place::Code::parse(&board).unwrap());
    let all: Vec<String> =
        whole.iter().map(|ordinal| SHIPPED.gazetteer().lsoas()[ordinal as usize].to_string()).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let cases =
        [one(&[yarmouth], 3, None), one(&[yarmouth], 2, None), one(&all, 3, None), one(&all, 4, None)];
    let found = found(&facts(&cases, &filter), &filter, 3);
    let seen: Vec<(usize, bool, u32)> =
        found.iter().map(|one| (one.cases.len(), one.widespread, one.lsoas.count())).collect();
    let place = SHIPPED.lsoas([yarmouth]).count();
    // The major one counts everywhere; the other makes no concentration of its own.
    assert_eq!(seen, [(3, false, place)]);
    assert_eq!(found[0].service_lines, ["line 2", "line 3", "line 4"]);
    let cases = [one(&[yarmouth], 3, None), one(&all, 2, None), one(&all, 3, None)];
    let spread = super::pile::found(&facts(&cases, &filter), &filter, 3);
    assert_eq!(spread.iter().map(|one| (one.cases.len(), one.widespread)).collect::<Vec<_>>(), [(3, true)]);
    assert_eq!(spread[0].lsoas, SHIPPED.lsoas([yarmouth]));
}

#[test]
fn cases_that_never_meet_in_time_are_no_concentration() {
    let filter = Filter::default();
    let norwich = ["E07000148"];
    let apart = [one(&norwich, 3, Some((1, 2))), one(&norwich, 3, Some((3, 4)))];
    assert!(told(&facts(&apart, &filter), &filter).is_empty());
    let meet = [one(&norwich, 3, Some((1, 3))), one(&norwich, 3, Some((3, 4)))];
    assert_eq!(told(&facts(&meet, &filter), &filter).len(), 1);
    let undated = [one(&norwich, 3, Some((1, 2))), one(&norwich, 3, None)];
    assert_eq!(told(&facts(&undated, &filter), &filter).len(), 1);
    let live = Filter { live_on: NaiveDate::from_ymd_opt(2027, 4, 1), ..filter };
    assert!(told(&facts(&meet, &live), &live).is_empty());
}

#[test]
fn a_group_is_told_where_it_has_other_cases_than_a_group_below_it() {
    let filter = Filter::default();
    let catalogue = Catalogue::shipped();
    let on = |groups: &[&str], consequence: u8, footprint: &[&str]| {
        let mut case = one(footprint, consequence, Some((1, 4)));
        case.impacts[0].groups = groups.iter().map(|group| (*group).to_owned()).collect();
        case.with_ancestors(&catalogue)
    };
    let all = |cases: &[Contribution]| {
        let hits = hits(&facts(cases, &filter), &filter);
        let found = Hits::all(&hits, 2, &catalogue).found;
        let told = found.into_iter().map(|one| (one.group.clone(), one.cases.len(), one.widespread));
        told.collect::<Vec<_>>()
    };
    let (breckland, norwich) = (["E07000143"], ["E07000148"]);
    let told = |group: &str, cases| (group.to_owned(), cases, false);
    // Three in Breckland, of which two are on the same part; two in Norwich on one part, where nobody else is.
    let cases = [
        on(&["disability.autism"], 3, &breckland),
        on(&["disability.learning_disability", "disability.autism"], 3, &breckland),
        on(&["disability.mental_health"], 3, &breckland),
        on(&["sex.female"], 3, &norwich),
        on(&["sex.female"], 3, &norwich),
    ];
    let mut found = all(&cases);
    found.sort();
    assert_eq!(found, [told("disability", 3), told("disability.autism", 2), told("sex.female", 2)]);
    // They are beside each other from when the last begins until the first ends.
    let mut dated = cases[..2].to_vec();
    dated[0].effective_from = NaiveDate::from_ymd_opt(2027, 2, 1);
    dated[1].effective_to = None;
    let hits = hits(&facts(&dated, &filter), &filter);
    let found = Hits::all(&hits, 2, &catalogue).found;
    let days: Vec<_> = found.iter().map(|one| (one.from, one.to)).collect();
    assert_eq!(days, [(dated[0].effective_from, dated[0].effective_to)]);
    // What only the group makes specific is told of it, beside what is merely widespread on part of it.
    let board = SHIPPED.boards_of(&SHIPPED.lsoas(norwich))[0];
    let whole = SHIPPED.lsoas_of_board(board);
    let whole: Vec<String> =
        whole.iter().map(|ordinal| SHIPPED.gazetteer().lsoas()[ordinal as usize].to_string()).collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    let mut wide = on(&["disability.autism"], 2, &whole);
    let grave = on(&["disability.physical"], 5, &whole).impacts;
    wide.impacts.extend(grave);
    let found = all(&[wide, on(&["disability.autism"], 3, &norwich)]);
    assert_eq!(found, [told("disability", 2), ("disability.autism".to_owned(), 2, true)]);
}

#[test]
fn a_group_is_told_where_the_same_cases_do_more_to_it_than_to_a_group_below_it() {
    let filter = Filter::default();
    let catalogue = Catalogue::shipped();
    let on = |impacts: &[(&str, Band, u8, u32)]| {
        let mut case = one(&["E07000148"], 3, None);
        let impact = |(group, band, rating, people): &(&str, Band, u8, u32)| Impact {
            groups: vec![(*group).to_owned()],
            direction: Direction::Negative,
            ratings: [Some(Rated { band: *band, likelihood: *rating, consequence: *rating }); 4],
            reach: Some((*people, None)),
        };
        case.impacts = impacts.iter().map(impact).collect();
        case.with_ancestors(&catalogue)
    };
    let all = |more: &[(&str, Band, u8, u32)]| {
        let autism = ("disability.autism", Band::Moderate, 2, 20);
        let first: Vec<_> = [more, &[autism]].concat();
        let cases = [on(&first), on(&[autism]), on(&[autism])];
        let found = Hits::all(&hits(&facts(&cases, &filter), &filter), 3, &catalogue).found;
        let told = found.into_iter().map(|one| {
            let band = one.maximum.map(|worst| worst.band);
            (one.group, one.cases.len(), band, one.reach.low)
        });
        told.collect::<Vec<_>>()
    };
    let told = |group: &str, band: Band, low: i64| (group.to_owned(), 3_usize, Some(band), low);
    let autism = told("disability.autism", Band::Moderate, 60);
    // The same three cases: what one of them does to others is graver, touches more, or is no more than what is told.
    let grave = all(&[("disability.physical", Band::Extreme, 5, 20)]);
    assert_eq!(grave, [told("disability", Band::Extreme, 60), autism.clone()]);
    let many = all(&[("disability.physical", Band::Moderate, 2, 500)]);
    assert_eq!(many, [told("disability", Band::Moderate, 540), autism.clone()]);
    assert_eq!(all(&[("disability.physical", Band::Low, 1, 10)]), std::slice::from_ref(&autism));
    // Nor is what touches more by less than rounding tells: 22 are told as 20.
    assert_eq!(all(&[("disability.physical", Band::Moderate, 2, 22)]), std::slice::from_ref(&autism));
    assert_eq!(all(&[]), [autism]);
}

#[test]
fn a_position_is_told_of_a_group_where_the_same_cases_are_graver_or_less_rated_on_it() {
    let there = |group: &str, unrated, gravest| Alongside {
        group: group.into(),
        area: "E07000148".into(),
        area_name: "Norwich".into(),
        cases: 3,
        unrated,
        gravest,
    };
    let autism = there("disability.autism", 0, Some(Band::Moderate));
    for (unrated, gravest, told) in
        [(0, Some(Band::Moderate), false), (0, Some(Band::Extreme), true), (1, Some(Band::Moderate), true)]
    {
        let whole = there("disability", unrated, gravest);
        let mut found = vec![whole.clone(), autism.clone()];
        Alongside::tell_once(&mut found, &Catalogue::shipped());
        assert_eq!(found.contains(&whole), told, "{whole:?}");
        assert!(found.contains(&autism), "{whole:?}");
    }
}

#[test]
fn more_places_than_are_looked_at_are_told() {
    let filter = Filter::default();
    // Every case in 45 places of its own with each other one: about a thousand pairs that meet nowhere else.
    let lsoas = SHIPPED.gazetteer().lsoas();
    let pairs: Vec<(usize, usize)> =
        (0..46).flat_map(|one| (0..one).map(move |other| (one, other))).collect();
    let cases = |most: usize| -> Vec<Contribution> {
        let places = |case: usize| {
            let own = pairs.iter().enumerate().filter(|(_, (one, other))| *one == case || *other == case);
            own.map(|(place, _)| lsoas[place].to_string()).collect::<Vec<_>>()
        };
        let of = |case| Contribution { footprint: places(case), ..one(&[], 3, None) };
        (0..most).map(of).collect()
    };
    for (most, truncated) in [(44, false), (46, true)] {
        let facts = facts(&cases(most), &filter);
        let found = hits(&facts, &filter)["disability"].concentrations("disability", 2);
        assert_eq!((found.truncated, found.found.len()), (truncated, 1_000.min(most * (most - 1) / 2)));
    }
    // What is grave stays, whatever comes first; and of all groups no more are told than of one.
    let mut some = cases(46);
    for case in [44, 45] {
        some[case].impacts[0].ratings =
            [Some(Rated { band: Band::Extreme, likelihood: 5, consequence: 5 }); 4];
        some[case].impacts[0].groups.push("race".into());
    }
    let facts = facts(&some, &filter);
    let hits = hits(&facts, &filter);
    let all = Hits::all(&hits, 2, &Catalogue::shipped());
    assert_eq!((all.truncated, all.found.len()), (true, 1_000));
    let grave = |one: &&Concentration| one.maximum.is_some_and(|worst| worst.band == Band::Extreme);
    assert_eq!(
        all.found.iter().filter(grave).count(),
        45 + 44 + 1,
        "those with either, and the two on another group"
    );
    assert!(all.found.iter().take(90).all(|one| grave(&one)), "the gravest first");
}

#[test]
fn thresholds_are_bounded() {
    let refused = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check().err().map(|wrong| wrong.path.to_string())
    };
    assert_eq!(refused(|own| (own.concentrations.least, own.concentrations.severe) = (2, 10)), None);
    assert_eq!(refused(|own| own.concentrations.least = 1).unwrap(), "settings/concentrations/least");
    assert_eq!(refused(|own| own.concentrations.severe = 0).unwrap(), "settings/concentrations/severe");
}
