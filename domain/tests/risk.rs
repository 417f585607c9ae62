//! Laws of counting risk across cases: over random cases, against counts of their own.

mod extract;
mod overlap;
mod pile;
mod spend;
mod time;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use chrono::{Days, NaiveDate};
use ehia_domain::{
    impact::Direction,
    place::{Reference, shipped::reference},
    rating::{Band, Rating},
    risk::{
        ALL, Atlas, Contribution, Counts, ExposureDimension, Exposures, Fact, Figures, Filter, Impact, Key,
        NONE, Page, PageKey, Places, Rated, RatingBasis, Rollup, Standpoint, Tally, Totals, known, quarter,
        rounding, scale_name,
    },
    settings::Settings,
    workflow::Standing,
};
use proptest::prelude::*;
use uuid::Uuid;

/// What ships.
pub static SHIPPED: LazyLock<Arc<Reference>> = LazyLock::new(|| Arc::new(reference().expect("sound files")));

pub const GROUPS: [&str; 4] = ["age.older_people", "disability", "race", "core20"];
/// Great Yarmouth, Norwich, Broadland, a ward of the first, the board they lie in, an LSOA far away, and no place at
/// all.
pub const PLACES: [&str; 7] =
    ["E07000145", "E07000148", "E07000144", "E05012745", "E54000022", "E01000001", "E07009999"];

fn day(days: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, 1).unwrap() + Days::new(days)
}

fn rated() -> impl Strategy<Value = Option<Rated>> {
    let scale = Settings::default().scale;
    proptest::option::weighted(0.8, (1_u8..=5, 1_u8..=5)).prop_map(move |rated| {
        rated.map(|(likelihood, consequence)| {
            let band = scale.band(Some(Rating { likelihood, consequence }));
            Rated { band, likelihood, consequence }
        })
    })
}

fn impact() -> impl Strategy<Value = Impact> {
    let groups = proptest::sample::subsequence(GROUPS.to_vec(), 0..3);
    let direction = proptest::sample::select(Direction::ALL);
    let reach = proptest::option::of((0_u32..300, proptest::option::of(0_u32..100)));
    (groups, direction, [rated(), rated(), rated(), rated()], reach).prop_map(
        |(groups, direction, ratings, reach)| Impact {
            groups: groups.into_iter().map(str::to_owned).collect(),
            direction,
            ratings,
            reach: reach.map(|(low, more)| (low, more.map(|more| low + more))),
        },
    )
}

pub fn contribution() -> impl Strategy<Value = Contribution> {
    let standpoint = proptest::sample::select(Standpoint::ALL);
    let footprint = proptest::sample::subsequence(PLACES.to_vec(), 0..3);
    let impacts = proptest::collection::vec(impact(), 0..4);
    let dates = (proptest::option::of(0_u64..400), proptest::option::of(0_u64..400));
    let names = (proptest::option::of("[AB]"), proptest::option::of("[PQ]"));
    let open = proptest::collection::vec(proptest::collection::vec(0_usize..4, 0..3), 0..3);
    (standpoint, footprint, impacts, dates, names, open).prop_map(
        |(standpoint, footprint, impacts, (from, lasts), (service_line, programme), open)| Contribution {
            standpoint,
            scale: "nhs-5x5".into(),
            service_line,
            programme,
            effective_from: from.map(day),
            effective_to: lasts.map(|lasts| day(from.unwrap_or_default() + lasts)),
            footprint: footprint.into_iter().map(str::to_owned).collect(),
            impacts,
            open,
        },
    )
}

pub fn facts(of: &[Contribution], filter: &Filter) -> Vec<Fact> {
    let mut atlas = Atlas::new(Some(SHIPPED.clone()), &filter.areas);
    let numbered = of.iter().zip(1_u128..);
    let seen = numbered.filter_map(|(one, number)| {
        let organisation = Uuid::from_u128(number % 2 + 1).into();
        Fact::seen(Uuid::from_u128(number).into(), organisation, one.clone(), filter, &mut atlas)
    });
    seen.collect()
}

pub fn every_standing() -> Filter {
    Filter { standings: Standing::ALL.to_vec(), ..Filter::default() }
}

fn totals(facts: &[Fact], filter: &Filter) -> Totals {
    let mut totals = Totals::default();
    for fact in facts {
        totals.add(fact, filter, 1);
    }
    totals.finished()
}

fn exposures(facts: &[Fact], filter: &Filter, by: &[ExposureDimension]) -> BTreeMap<Key, (Figures, u32)> {
    let mut exposures = Exposures::new(by);
    for fact in facts {
        exposures.add(fact, filter);
    }
    let mut places = Places::new(by, exposures.parts.keys().cloned());
    for fact in facts {
        places.add(fact, filter);
    }
    let parts = exposures.parts.into_iter();
    parts.map(|(key, part)| (key.clone(), (part.figures, places.parts[&key].count()))).collect()
}

const BOTH: fn() -> Vec<(RatingBasis, Band)> =
    || RatingBasis::ALL.iter().flat_map(|basis| Band::ALL.iter().map(move |band| (*basis, *band))).collect();

/// Every number that a count must not lower.
fn counts(counts: &Counts) -> Vec<i64> {
    let mut all =
        vec![counts.cases, counts.open, counts.reach.cases, counts.reach.low, counts.reach.rounded_low];
    for direction in Direction::ALL {
        let count = counts.direction(*direction);
        all.extend([count.impacts, count.cases]);
    }
    for (basis, band) in BOTH() {
        let count = counts.band(basis, band);
        all.extend([count.impacts, count.cases]);
    }
    all
}

/// The same of a whole, in every direction.
fn numbers(tally: &Tally) -> Vec<i64> {
    let mut all = counts(&tally.counts);
    for direction in Direction::ALL {
        for (basis, band) in BOTH() {
            let count = tally.band(*direction, basis, band);
            all.extend([count.impacts, count.cases]);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn adding_a_case_lowers_no_count_and_no_maximum(
        cases in proptest::collection::vec(contribution(), 1..6),
    ) {
        let filter = every_standing();
        let all = facts(&cases, &filter);
        let (fewer, more) = (totals(&all[1..], &filter).all(), totals(&all, &filter).all());
        for (before, after) in numbers(&fewer).into_iter().zip(numbers(&more)) {
            prop_assert!(before <= after, "{fewer:?} {more:?}");
        }
        for basis in RatingBasis::ALL {
            let grave = |tally: &Tally| tally.maximum(*basis).map(|rated| (rated.band, rated.score()));
            prop_assert!(grave(&fewer) <= grave(&more));
        }
        let by = [ExposureDimension::Group, ExposureDimension::District];
        let more = exposures(&all, &filter, &by);
        for (key, (figures, lsoas)) in exposures(&all[1..], &filter, &by) {
            let (after, wider) = &more[&key];
            let pairs = counts(&figures.counts).into_iter().zip(counts(&after.counts));
            prop_assert!(pairs.into_iter().all(|(before, after)| before <= after));
            prop_assert!(figures.maximum(RatingBasis::Target).map(|one| one.band)
                <= after.maximum(RatingBasis::Target).map(|one| one.band));
            prop_assert!(lsoas <= *wider);
        }
    }

    #[test]
    fn order_never_matters(cases in proptest::collection::vec(contribution(), 0..6)) {
        let filter = every_standing();
        let mut all = facts(&cases, &filter);
        let by = ExposureDimension::ALL;
        let before = (totals(&all, &filter), exposures(&all, &filter, by));
        all.reverse();
        prop_assert_eq!(before, (totals(&all, &filter), exposures(&all, &filter, by)));
    }

    #[test]
    fn what_is_taken_out_leaves_what_was_there_before(
        cases in proptest::collection::vec(contribution(), 1..6),
    ) {
        let filter = every_standing();
        let all = facts(&cases, &filter);
        let before = totals(&all[1..], &filter);
        let mut after = totals(&all, &filter);
        after.add(&all[0], &filter, -1);
        prop_assert_eq!(&after.finished(), &before);
        let tally = totals(&all, &filter).all();
        prop_assert_eq!(Tally::read(&tally.write()), Some(tally.clone()));
        let mut negated = Tally::default();
        negated.add(&tally, -3);
        prop_assert_eq!(Tally::read(&negated.write()), Some(negated));
        let written = tally.write();
        prop_assert_eq!(Tally::read(&written[..written.len() - 1]), None);
    }

    #[test]
    fn unknown_never_becomes_neutral(cases in proptest::collection::vec(contribution(), 0..6)) {
        let filter = every_standing();
        let tally = totals(&facts(&cases, &filter), &filter).all();
        for direction in Direction::ALL {
            let counted = cases.iter().filter(|one| one.standpoint != Standpoint::Draft);
            let impacts = counted.flat_map(|one| &one.impacts).filter(|impact| impact.direction == *direction);
            prop_assert_eq!(tally.impacts(*direction), i64::try_from(impacts.count()).unwrap());
        }
        let mut turned = cases.clone();
        turned.iter_mut().flat_map(|one| &mut one.impacts)
            .filter(|impact| impact.direction == Direction::Unknown)
            .for_each(|impact| impact.direction = Direction::Neutral);
        let turned = totals(&facts(&turned, &filter), &filter).all();
        prop_assert_eq!(tally.impacts(Direction::Negative), turned.impacts(Direction::Negative));
        prop_assert_eq!(
            tally.impacts(Direction::Unknown) + tally.impacts(Direction::Neutral),
            turned.impacts(Direction::Neutral)
        );
    }

    #[test]
    fn splitting_a_footprint_in_parts_changes_nothing(cases in proptest::collection::vec(contribution(), 0..5)) {
        let filter = every_standing();
        let gazetteer = SHIPPED.gazetteer();
        let mut split = cases.clone();
        for one in &mut split {
            let lsoas = SHIPPED.lsoas(&one.footprint);
            let mut codes: Vec<String> =
                lsoas.iter().map(|ordinal| gazetteer.lsoas()[ordinal as usize].to_string()).collect();
            codes.reverse();
            one.footprint = codes;
        }
        let by = [ExposureDimension::Group, ExposureDimension::District, ExposureDimension::Icb];
        let (whole, parts) = (facts(&cases, &filter), facts(&split, &filter));
        prop_assert_eq!(exposures(&whole, &filter, &by), exposures(&parts, &filter, &by));
        prop_assert_eq!(pile::told(&whole, &filter), pile::told(&parts, &filter));
    }

    #[test]
    fn the_roll_up_has_what_is_counted_case_by_case(
        cases in proptest::collection::vec(contribution(), 0..6),
        gone in proptest::collection::vec(contribution(), 0..4),
    ) {
        let filter = every_standing();
        let mut atlas = Atlas::new(Some(SHIPPED.clone()), &[]);
        let mut rollup = Rollup::default();
        // What came and went leaves nothing behind.
        for (some, times) in [(&gone, 1), (&cases, 1), (&gone, -1)] {
            for one in some {
                rollup.add(one, times, &mut atlas);
            }
        }
        let cells = rollup.cells(&mut atlas);
        let mut pages: BTreeMap<PageKey, Page> = BTreeMap::new();
        for (key, tally) in &cells {
            prop_assert_eq!(Tally::read(&tally.write()), Some(tally.clone()));
            pages.entry(key.page()).or_default().put(&key.group, tally, &key.scale);
        }
        for (key, page) in &pages {
            let (written, mut read) = (page.write(), Page::default());
            let told = Page::read(&written, &key.scale, usize::MAX, |group, figures| {
                read.0.insert(group.to_owned(), figures);
            });
            prop_assert_eq!((told, &read), (Some(()), page));
            let mut first = Vec::new();
            Page::read(&written, &key.scale, 1, |group, _| first.push(group.to_owned())).unwrap();
            prop_assert_eq!(first, vec![ALL.to_owned()]);
            let cut = Page::read(&written[..written.len() - 1], &key.scale, usize::MAX, |_, _| {});
            prop_assert_eq!(cut, None);
        }
        for (by, groups, districts) in [
            (vec![], false, false),
            (vec![ExposureDimension::Group], true, false),
            (vec![ExposureDimension::District], false, true),
            (vec![ExposureDimension::Group, ExposureDimension::District], true, true),
        ] {
            let mut rolled: BTreeMap<Key, Figures> = BTreeMap::new();
            for (district, page) in &pages {
                if (district.district != ALL) != districts || district.standpoint == Standpoint::Draft {
                    continue;
                }
                for (group, figures) in page.0.iter().filter(|(group, _)| (*group != ALL) == groups) {
                    let group = (groups && group != NONE).then(|| group.clone());
                    let district = ehia_domain::place::Code::parse(&district.district);
                    rolled.entry(Key { group, district, ..Key::default() }).or_default().add(figures);
                }
            }
            let counted = exposures(&facts(&cases, &filter), &filter, &by);
            let counted: BTreeMap<Key, Figures> =
                counted.into_iter().map(|(key, (figures, _))| (key, figures)).collect();
            prop_assert_eq!(rolled, counted);
        }
    }

    #[test]
    fn a_contribution_is_read_as_it_was_written(one in contribution()) {
        let text = serde_json::to_string(&one).unwrap();
        prop_assert_eq!(serde_json::from_str::<Contribution>(&text).unwrap(), one.clone());
        let packed = one.pack();
        prop_assert_eq!(Contribution::unpack(&packed), Some(one));
        for length in 0..packed.len() {
            prop_assert_eq!(Contribution::unpack(&packed[..length]), None);
        }
        prop_assert_eq!(Contribution::unpack(&[&packed[..], &[0]].concat()), None);
    }

    #[test]
    fn bytes_that_are_no_contribution_are_refused_and_nothing_else(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let with_format = [&[1][..], &bytes].concat();
        let _ = (Contribution::unpack(&bytes), Contribution::unpack(&with_format), Tally::read(&with_format));
    }

    #[test]
    fn cut_by_district_and_board_a_part_has_a_place(cases in proptest::collection::vec(contribution(), 0..6)) {
        let by = [ExposureDimension::District, ExposureDimension::Icb];
        let filter = every_standing();
        for (key, (_, lsoas)) in exposures(&facts(&cases, &filter), &filter, &by) {
            let (Some(district), Some(board)) = (key.district, key.icb) else { continue };
            let there = SHIPPED.lsoas([district.to_string()]).both(&SHIPPED.lsoas_of_board(board));
            prop_assert!(!there.is_empty() && lsoas > 0, "{key:?}");
        }
    }

    #[test]
    fn a_rounded_number_tells_no_more_than_its_five(people in 0_u32..2_000) {
        let (low, high) = rounding::rounded(people);
        prop_assert!(low % 5 == 0 && high % 5 == 0 && low <= people + 2 && people <= high + 2);
        if people < 10 {
            prop_assert_eq!((low, high), (0, 10));
        }
    }
}

#[test]
fn totals_of_rounded_numbers_do_not_change_with_what_rounding_hides() {
    let reach = |people| Impact {
        groups: vec!["age".into()],
        direction: Direction::Negative,
        ratings: [None; 4],
        reach: Some((people, Some(people))),
    };
    let one = |people| Contribution {
        standpoint: Standpoint::Pending,
        scale: "nhs-5x5".into(),
        service_line: None,
        programme: None,
        effective_from: None,
        effective_to: None,
        footprint: Vec::new(),
        impacts: vec![reach(people)],
        open: Vec::new(),
    };
    let told = |people: u32| {
        let mut all = Tally::default();
        for other in [34, people, 1_208] {
            all.add(&Tally::of(&one(other), &[0]).rounded(), 1);
        }
        all
    };
    let same = |some: std::ops::Range<u32>| {
        let first = told(some.start);
        some.map(told).all(|one| one == first)
    };
    assert!(same(0..10) && same(10..13) && same(13..18) && same(18..23));
    assert_ne!(told(12), told(13));
    assert_ne!(told(9), told(10));
}

proptest! {
    /// Whoever subtracts what they are told under one filter from what they are told under another learns what is told, and
    /// all of it is the same for every number that rounds to the same.
    #[test]
    fn no_two_filters_tell_numbers_apart_that_round_to_the_same(
        typed in prop::collection::vec((0_u32..3_000, prop::option::of(0_u32..3_000)), 1..6),
        moved in prop::collection::vec((0_u32..3_000, 0_u32..3_000), 6),
        subset in any::<u8>(),
    ) {
        let same = |people: u32, other: u32| if rounding::rounded(people) == rounding::rounded(other) {
            other
        } else {
            // The nearest that rounds to the same.
            [people.saturating_sub(1), people + 1].into_iter().find(|near| rounding::rounded(*near) == rounding::rounded(people)).unwrap_or(people)
        };
        let impact = |(low, high): (u32, Option<u32>)| Impact {
            groups: vec!["age".into()],
            direction: Direction::Negative,
            ratings: [None; 4],
            reach: Some((low, high)),
        };
        let case = |impacts: Vec<Impact>| Contribution {
            standpoint: Standpoint::Pending,
            scale: "nhs-5x5".into(),
            service_line: None,
            programme: None,
            effective_from: None,
            effective_to: None,
            footprint: Vec::new(),
            impacts,
            open: Vec::new(),
        };
        let other: Vec<(u32, Option<u32>)> = typed.iter().zip(&moved)
            .map(|((low, high), (first, second))| (same(*low, *first), high.map(|high| same(high, *second)))).collect();
        let asked: Vec<usize> = (0..typed.len()).filter(|place| subset >> place & 1 == 1).collect();
        let told = |typed: &[(u32, Option<u32>)]| Tally::of(&case(typed.iter().copied().map(impact).collect()), &asked).rounded();
        prop_assert_eq!(told(&typed), told(&other));
    }
}

#[test]
fn a_filter_admits_what_nobody_dated_and_refuses_days_to_come() {
    let today = day(100);
    let asked = |as_at| Filter { as_at, ..Filter::default() }.check(today);
    assert!(asked(Some(today)).is_ok() && asked(None).is_ok());
    assert_eq!(asked(Some(day(101))).unwrap_err()[0].path.to_string(), "filter/asAt");
    let many =
        Filter { groups: vec!["age".into(); 201], programmes: vec![String::new()], ..Filter::default() };
    let wrong: Vec<String> = many.check(today).unwrap_err().iter().map(|one| one.path.to_string()).collect();
    assert_eq!(wrong, ["filter/groups", "filter/programmes/0"]);
    assert_eq!(quarter(day(0)), "2026/27 Q1");
    assert_eq!(quarter(NaiveDate::from_ymd_opt(2027, 3, 31).unwrap()), "2026/27 Q4");
    assert_eq!(quarter(NaiveDate::from_ymd_opt(2099, 12, 1).unwrap()), "2099/00 Q3");
}

#[test]
fn names_are_only_ever_appended() {
    let mut once = known::NAMES.to_vec();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), known::NAMES.len());
    // What is in a ledger is read by these numbers.
    for (number, name) in [
        (0, "nhs-5x5"),
        (1, ALL),
        (2, NONE),
        (3, "age"),
        (44, "core20"),
        (known::NAMES.len() - 1, "other.local"),
    ] {
        assert_eq!(known::NAMES[number], name);
    }
    for group in ehia_domain::group::Catalogue::shipped().iter() {
        assert!(known::NAMES.contains(&group.code.as_str()), "append `{}` to `known::NAMES`", group.code);
    }
}

/// A negative impact on `age` with this rating on every basis.
fn rated_on(scale: &str, likelihood: u8, consequence: u8, band: Band) -> Contribution {
    let rated = Some(Rated { band, likelihood, consequence });
    Contribution {
        standpoint: Standpoint::Pending,
        scale: scale.into(),
        service_line: Some(format!("{scale} {likelihood}x{consequence}")),
        programme: None,
        effective_from: None,
        effective_to: None,
        footprint: Vec::new(),
        impacts: vec![Impact {
            groups: vec!["age".into()],
            direction: Direction::Negative,
            ratings: [rated; 4],
            reach: None,
        }],
        open: Vec::new(),
    }
}

#[test]
fn between_scales_bands_compare_and_scores_do_not() {
    let filter = every_standing();
    let ranked = |cases: &[Contribution]| -> Vec<String> {
        let mut exposures = Exposures::new(&[ExposureDimension::ServiceLine]);
        for fact in &facts(cases, &filter) {
            exposures.add(fact, &filter);
        }
        exposures.ranked().into_iter().filter_map(|(key, _)| key.service_line).collect()
    };
    let (small, large) = (rated_on("a", 2, 2, Band::High), rated_on("a", 2, 3, Band::High));
    assert_eq!(ranked(&[small.clone(), large.clone()]), ["a 2x3", "a 2x2"]);
    // On another scale 9 of 9 is no graver than 4: both are high, and the names decide.
    let other = rated_on("b", 9, 9, Band::High);
    assert_eq!(ranked(&[other.clone(), large.clone(), small.clone()]), ["a 2x2", "a 2x3", "b 9x9"]);
    assert_eq!(ranked(&[small.clone(), rated_on("b", 1, 1, Band::Extreme)])[0], "b 1x1");
    let maximum = |cases: &[Contribution]| {
        let all = exposures(&facts(cases, &filter), &filter, &[]);
        let worst = all.values().next().unwrap().0.maximum(RatingBasis::Current).unwrap();
        (worst.band, worst.score())
    };
    assert_eq!(
        maximum(&[other.clone(), small.clone()]),
        (Band::High, 4),
        "the first scale by name tells its rating"
    );
    assert_eq!(maximum(&[small, other, large]), (Band::High, 6), "and its gravest");
}

#[test]
fn a_case_that_went_back_to_its_author_is_no_draft() {
    use ehia_domain::workflow::Phase;
    let of = |phase, submitted| Standpoint::of(phase, Standing::Pending, submitted);
    assert_eq!(
        (of(Phase::Drafting, false), of(Phase::Drafting, true)),
        (Standpoint::Draft, Standpoint::Pending)
    );
    assert_eq!(of(Phase::Review, false), Standpoint::Pending);
    assert_eq!(Standpoint::of(Phase::Drafting, Standing::Stopped, true), Standpoint::Stopped);
}

#[test]
fn scales_of_one_name_and_other_bands_are_told_apart() {
    let usual = Settings::default().scale;
    let mut other = usual.clone();
    other.bands[1].from = 5;
    assert_eq!(scale_name(&usual), "nhs-5x5");
    assert!(scale_name(&other).starts_with("nhs-5x5~"));
}
