//! Where negative impacts pile up: on one group, in one place, at one time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{
    Counts, Fact, Filter, Place, Rated, RatingBasis, Stated,
    counts::Graver,
    figures::{grave, gravest},
};
use crate::{id::AssessmentId, impact::Direction, place::Lsoas};

/// Most places with different cases that are looked at of one group; of more, those under most cases.
const MOST: usize = 1_000;

/// One case that touches a group negatively: no more of it than is asked, for there may be many.
#[derive(Clone, Debug)]
struct Hit {
    case: AssessmentId,
    readable: bool,
    place: Arc<Place>,
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    service_line: Option<String>,
    /// Whom its negative impacts on the group touch, as its author says.
    reach: Stated,
    /// Their gravest current rating.
    worst: Option<Rated>,
    /// The scale it is on, by its place among those of the group.
    scale: usize,
    /// It lies on a whole board, and is known to be less than major.
    widespread: bool,
}

/// Cases that touch one group negatively.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    hits: Vec<Hit>,
    /// The scales that they are rated on.
    scales: Vec<String>,
}

/// Where cases that touch one group negatively pile up.
#[derive(Clone, Debug, Default)]
pub struct Concentrations {
    /// The places.
    pub found: Vec<Concentration>,
    /// Whether there are more than were looked at: then places under fewer cases are missing.
    pub truncated: bool,
}

/// A place where several cases touch one group negatively at the same time.
#[derive(Clone, Debug)]
pub struct Concentration {
    /// The group.
    pub group: String,
    /// The cases, in order.
    pub cases: Vec<AssessmentId>,
    /// Those of them that whoever looks may read, in order.
    pub readable: Vec<AssessmentId>,
    /// Where all of them are at once.
    pub lsoas: Lsoas,
    /// Whether it takes impacts on a whole board that are less than major to make it.
    pub widespread: bool,
    /// The gravest current rating: of several scales that have the gravest band, on the first by name.
    pub maximum: Option<Rated>,
    /// The scale that is on.
    scale: Option<String>,
    /// Whom their negative impacts on the group touch, anywhere, as authors say.
    pub reach: Stated,
    /// Their service lines.
    pub service_lines: Vec<String>,
}

/// The place under at least so many cases at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concurrency {
    /// So many.
    pub at_least: usize,
    /// Where.
    pub lsoas: Lsoas,
}

impl Hits {
    /// Takes a case in for each group that it touches negatively. `major` is the consequence from which on an impact
    /// on a whole board is not merely widespread.
    pub fn gather(into: &mut BTreeMap<String, Self>, fact: &Fact, filter: &Filter, major: u8) {
        if !filter.counts(fact.contribution.standpoint) || fact.place.lsoas.is_empty() {
            return;
        }
        let mut by_group: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
        for place in fact.counted(filter) {
            let Some(impact) = fact.contribution.impacts.get(place) else { continue };
            if impact.direction == Direction::Negative {
                for group in impact.groups.iter().filter(|group| filter.touches(std::slice::from_ref(group)))
                {
                    by_group.entry(group).or_default().push(place);
                }
            }
        }
        for (group, places) in by_group {
            let ratings: Vec<Option<Rated>> = places
                .iter()
                .filter_map(|place| fact.contribution.impacts.get(*place))
                .map(|impact| impact.rated(RatingBasis::Current))
                .collect();
            // What is not rated may be major.
            let minor = ratings.iter().all(|rated| rated.is_some_and(|rated| rated.consequence < major));
            let (counts, _) = Counts::of(&fact.contribution, &places);
            let counts = if fact.readable { counts } else { counts.rounded() };
            let worst = ratings.iter().fold(None, |worst: Option<Rated>, one| worst.max_by_gravity(*one));
            let widespread = fact.place.whole_board && minor;
            let one = &fact.contribution;
            let hits = into.entry(group.clone()).or_default();
            let scale = hits.scales.iter().position(|own| *own == one.scale).unwrap_or_else(|| {
                hits.scales.push(one.scale.clone());
                hits.scales.len() - 1
            });
            let hit = Hit {
                case: fact.case,
                readable: fact.readable,
                place: fact.place.clone(),
                from: one.effective_from,
                to: one.effective_to,
                service_line: one.service_line.clone(),
                reach: counts.reach,
                worst,
                scale,
                widespread,
            };
            hits.hits.push(hit);
        }
    }

    /// The places where at least `least` of them are at the same time, each with all cases that are there: where more
    /// come together within a place, that is one of its own, and what adds nothing to another is left out.
    #[must_use]
    pub fn concentrations(&self, group: &str, least: usize) -> Concentrations {
        // By which cases, without those that are merely widespread where the others are enough.
        let mut found: BTreeMap<(bool, BTreeSet<usize>), Lsoas> = BTreeMap::new();
        for moment in self.moments() {
            for (cases, lsoas) in self.places_on(moment) {
                let specific: BTreeSet<usize> =
                    cases.iter().copied().filter(|place| !self.is_widespread(*place)).collect();
                let widespread = specific.len() < least;
                let cases = if widespread { cases } else { specific };
                if cases.len() >= least {
                    found.entry((widespread, cases)).or_default().extend(&lsoas);
                }
            }
        }
        let mut found: Vec<((bool, BTreeSet<usize>), Lsoas)> = found.into_iter().collect();
        found.sort_by_key(|((widespread, cases), _)| (*widespread, Reverse(cases.len())));
        let truncated = found.len() > MOST;
        found.truncate(MOST);
        // Where all of some are, more may be.
        let whole: Vec<Lsoas> = found
            .iter()
            .map(|((_, cases), lsoas)| {
                let mut all = lsoas.clone();
                let more = found.iter().filter(|((_, others), _)| others.is_superset(cases));
                more.for_each(|(_, lsoas)| all.extend(lsoas));
                all
            })
            .collect();
        let told = found.iter().zip(&whole).filter(|(((_, cases), _), own)| {
            !found.iter().zip(&whole).any(|(((_, others), _), all)| {
                others.len() > cases.len() && others.is_superset(cases) && all.covers(own)
            })
        });
        let told =
            told.map(|(((widespread, cases), _), lsoas)| self.told(group, *widespread, cases, lsoas.clone()));
        Concentrations { found: told.collect(), truncated }
    }

    /// The places under at least one, two and three of them at the same time.
    #[must_use]
    pub fn concurrency(&self) -> Vec<Concurrency> {
        let mut most: BTreeMap<u32, usize> = BTreeMap::new();
        for moment in self.moments() {
            for (cases, lsoas) in self.places_on(moment) {
                for ordinal in lsoas.iter() {
                    let there = most.entry(ordinal).or_default();
                    *there = (*there).max(cases.len());
                }
            }
        }
        let levels = (1..=3).map(|at_least| {
            let under = most.iter().filter(|(_, cases)| **cases >= at_least);
            Concurrency { at_least, lsoas: Lsoas::of(under.map(|(ordinal, _)| *ordinal)) }
        });
        levels.filter(|level| !level.lsoas.is_empty()).collect()
    }

    fn is_widespread(&self, place: usize) -> bool {
        self.hits.get(place).is_some_and(|hit| hit.widespread)
    }

    /// When most can be live together: on the days that one begins. `None` is before all of them.
    fn moments(&self) -> BTreeSet<Option<NaiveDate>> {
        self.hits.iter().map(|hit| hit.from).collect()
    }

    /// Which of them are live where at a moment: the LSOAs by the cases that are there.
    fn places_on(&self, moment: Option<NaiveDate>) -> HashMap<BTreeSet<usize>, Lsoas> {
        let live = self.hits.iter().enumerate().filter(|(_, hit)| match moment {
            Some(day) => hit.from.is_none_or(|from| from <= day) && hit.to.is_none_or(|to| to >= day),
            None => hit.from.is_none(),
        });
        // Cases of one place are looked up together.
        let mut places: HashMap<*const Place, (usize, Vec<usize>)> = HashMap::new();
        let mut there: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (index, hit) in live {
            let number = places.len();
            let (number, cases) =
                places.entry(Arc::as_ptr(&hit.place)).or_insert_with(|| (number, Vec::new()));
            if cases.is_empty() {
                hit.place.lsoas.iter().for_each(|ordinal| there.entry(ordinal).or_default().push(*number));
            }
            cases.push(index);
        }
        let mut cases: Vec<(usize, Vec<usize>)> = places.into_values().collect();
        cases.sort_unstable();
        let mut by_places: HashMap<Vec<usize>, Lsoas> = HashMap::new();
        for (ordinal, numbers) in there {
            by_places.entry(numbers).or_default().insert(ordinal);
        }
        let mut found: HashMap<BTreeSet<usize>, Lsoas> = HashMap::new();
        for (numbers, lsoas) in by_places {
            let of = numbers.iter().filter_map(|number| cases.get(*number)).flat_map(|(_, cases)| cases);
            found.entry(of.copied().collect()).or_default().extend(&lsoas);
        }
        found
    }

    fn told(&self, group: &str, widespread: bool, cases: &BTreeSet<usize>, lsoas: Lsoas) -> Concentration {
        let hits: Vec<&Hit> = cases.iter().filter_map(|place| self.hits.get(*place)).collect();
        let mut reach = Stated::default();
        for hit in &hits {
            reach.add(hit.reach, 1);
        }
        let lines = hits.iter().filter_map(|hit| hit.service_line.clone());
        let sorted = |which: &dyn Fn(&Hit) -> bool| {
            let ids = hits.iter().filter(|hit| which(hit)).map(|hit| hit.case);
            ids.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        };
        // Each scale apart, in the order of their names.
        let mut worst: BTreeMap<&str, Option<Rated>> = BTreeMap::new();
        for hit in &hits {
            let scale = self.scales.get(hit.scale).map_or("", String::as_str);
            let own = worst.entry(scale).or_default();
            *own = own.max_by_gravity(hit.worst);
        }
        let maximum = gravest(worst.values().copied().flatten());
        let scale = worst.iter().find(|(_, own)| own.is_some() && **own == maximum);
        Concentration {
            group: group.to_owned(),
            cases: sorted(&|_| true),
            readable: sorted(&|hit| hit.readable),
            lsoas,
            widespread,
            maximum,
            scale: scale.map(|(scale, _)| (*scale).to_owned()),
            reach,
            service_lines: lines.collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }
}

impl Concentration {
    /// Puts them in order: the specific before the widespread, then by severity (by band alone where they are rated on several
    /// scales), by stated reach, by how specific the
    /// place is.
    pub fn rank(found: &mut [Self]) {
        let scales: BTreeSet<&str> = found.iter().filter_map(|one| one.scale.as_deref()).collect();
        let one_scale = scales.len() < 2;
        found.sort_by_cached_key(|one| {
            (
                one.widespread,
                Reverse(grave(one.maximum, one_scale)),
                Reverse(one.reach.rounded_low),
                one.lsoas.count(),
                one.group.clone(),
                one.cases.clone(),
            )
        });
    }
}
