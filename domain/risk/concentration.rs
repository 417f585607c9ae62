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
    together::{Together, each_place},
};
use crate::{group::Catalogue, id::AssessmentId, impact::Direction, place::Lsoas, rating::Band};

/// Most places with different cases that are looked at of one group, and that are told of all.
const MOST: usize = 1_000;
/// Most cases in all places that are told, each in every place it is in.
const MOST_CASES: usize = 200_000;

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

/// Where cases pile up that touch one group negatively, or each of several.
#[derive(Clone, Debug, Default)]
pub struct Concentrations {
    /// The places.
    pub found: Vec<Concentration>,
    /// Whether there are more than were looked at: then places that are merely widespread, less grave or under fewer cases are
    /// missing.
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
    /// From when on all of them may touch people there; not said: at any time until then.
    pub from: Option<NaiveDate>,
    /// Until when; not said: it lasts.
    pub to: Option<NaiveDate>,
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
    /// come together within a place, that is one of its own, and what adds nothing to another is left out. Of more than are looked
    /// at those stay that are specific, then gravest, then of most cases.
    #[must_use]
    pub fn concentrations(&self, group: &str, least: usize) -> Concentrations {
        let own = self.in_order();
        let mut spread = Together::none(own.len());
        for (place, hit) in own.iter().enumerate() {
            spread.put(place, hit.widespread);
        }
        let mut heaps = Heaps { own: &own, found: HashMap::new(), truncated: false };
        each_moment(&own, |cases, lsoas| {
            // By which cases, without those that are merely widespread where the others are enough.
            let specific = cases.without(&spread);
            let widespread = specific.count() < least;
            if !widespread {
                heaps.put((false, specific), lsoas);
            } else if cases.count() >= least {
                heaps.put((true, cases.clone()), lsoas);
            }
        });
        heaps.prune();
        let Heaps { found, truncated, .. } = heaps;
        let found: Vec<((bool, Together), Lsoas)> = found.into_iter().collect();
        // Where all of some are, more may be.
        let whole: Vec<Lsoas> = found
            .iter()
            .map(|((_, cases), lsoas)| {
                let mut all = lsoas.clone();
                let more = found.iter().filter(|((_, others), _)| others.covers(cases));
                more.for_each(|(_, lsoas)| all.extend(lsoas));
                all
            })
            .collect();
        let told = found.iter().zip(&whole).filter(|(((_, cases), _), own)| {
            !found
                .iter()
                .zip(&whole)
                .any(|(((_, others), _), all)| others != cases && others.covers(cases) && all.covers(own))
        });
        let told = told.map(|(((widespread, cases), _), lsoas)| {
            let hits: Vec<&Hit> = cases.iter().filter_map(|place| own.get(place).copied()).collect();
            self.told(group, *widespread, &hits, lsoas.clone())
        });
        let mut all = Concentrations { found: told.collect(), truncated };
        all.cut();
        all
    }

    /// Those of every group, the gravest first, without those of a group that say nothing else than one of a group below it in
    /// this catalogue: the same of the same cases.
    #[must_use]
    pub fn all(hits: &BTreeMap<String, Self>, least: usize, groups: &Catalogue) -> Concentrations {
        let mut all = Concentrations::default();
        for (group, hits) in hits {
            let Concentrations { found, truncated } = hits.concentrations(group, least);
            all.found.extend(found);
            all.truncated |= truncated;
            all.tell_once(groups);
            all.cut();
        }
        Concentration::rank(&mut all.found);
        all
    }

    /// The places under at least one, two and three of them at the same time.
    #[must_use]
    pub fn concurrency(&self) -> Vec<Concurrency> {
        let mut levels: Vec<Concurrency> =
            (1..=3).map(|at_least| Concurrency { at_least, lsoas: Lsoas::default() }).collect();
        each_moment(&self.in_order(), |cases, lsoas| {
            let count = cases.count();
            let under = levels.iter_mut().filter(|level| level.at_least <= count);
            under.for_each(|level| level.lsoas.extend(lsoas));
        });
        levels.retain(|level| !level.lsoas.is_empty());
        levels
    }

    /// By case, so that the order in which they came says nothing.
    fn in_order(&self) -> Vec<&Hit> {
        let mut own: Vec<&Hit> = self.hits.iter().collect();
        own.sort_by_key(|hit| hit.case);
        own
    }

    fn told(&self, group: &str, widespread: bool, hits: &[&Hit], lsoas: Lsoas) -> Concentration {
        let mut reach = Stated::default();
        for hit in hits {
            reach.add(hit.reach, 1);
        }
        let lines = hits.iter().filter_map(|hit| hit.service_line.clone());
        let sorted = |which: &dyn Fn(&Hit) -> bool| {
            let ids = hits.iter().filter(|hit| which(hit)).map(|hit| hit.case);
            ids.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>()
        };
        // Each scale apart, in the order of their names.
        let mut worst: BTreeMap<&str, Option<Rated>> = BTreeMap::new();
        for hit in hits {
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
            from: hits.iter().filter_map(|hit| hit.from).max(),
            to: hits.iter().filter_map(|hit| hit.to).min(),
            widespread,
            maximum,
            scale: scale.map(|(scale, _)| (*scale).to_owned()),
            reach,
            service_lines: lines.collect::<BTreeSet<_>>().into_iter().collect(),
        }
    }
}

impl Concentrations {
    /// Leaves out what is told of the same cases of a group further down, unless that is merely widespread and this is not, or
    /// what they do to others of this group is graver or touches more: cases are in the same places at the same times, whichever
    /// of their groups is looked at, but not everything they do is to the same of them. What touches more only by less than
    /// rounding tells is the same, because that there are two would tell it to readers of what leaves.
    fn tell_once(&mut self, groups: &Catalogue) {
        let mut by_cases: HashMap<&[AssessmentId], Vec<&Concentration>> = HashMap::new();
        for one in &self.found {
            by_cases.entry(&one.cases).or_default().push(one);
        }
        let told = self.found.iter().map(|one| {
            let same = by_cases.get(one.cases.as_slice()).map(Vec::as_slice).unwrap_or_default();
            !same.iter().any(|other| {
                other.group != one.group
                    && groups.is_within(&other.group, &one.group)
                    && (one.widespread || !other.widespread)
                    && (other.maximum, other.reach.rounded()) == (one.maximum, one.reach.rounded())
            })
        });
        let told: Vec<bool> = told.collect();
        let mut told = told.into_iter();
        self.found.retain(|_| told.next().unwrap_or(true));
    }

    /// Leaves no more than are told, and says whether there were more.
    fn cut(&mut self) {
        self.found.sort_by_cached_key(|one| {
            let band = one.maximum.map(|worst| worst.band);
            (one.widespread, Reverse(band), Reverse(one.cases.len()), one.group.clone(), one.cases.clone())
        });
        let mut cases = 0;
        let told = self.found.iter().take(MOST).take_while(|one| {
            cases += one.cases.len();
            cases <= MOST_CASES
        });
        let told = told.count();
        self.truncated |= told < self.found.len();
        self.found.truncate(told);
    }
}

/// Where some of these are at one time, as it is found, and whether it is merely widespread: no more of it than are looked at, twice.
struct Heaps<'h> {
    own: &'h [&'h Hit],
    found: HashMap<(bool, Together), Lsoas>,
    truncated: bool,
}

impl Heaps<'_> {
    fn put(&mut self, which: (bool, Together), lsoas: &Lsoas) {
        self.found.entry(which).or_default().extend(lsoas);
        if self.found.len() > 2 * MOST {
            self.prune();
        }
    }

    /// Leaves those that come first. What decides does not change when more places are found, so what is left out here would be
    /// left out in the end.
    fn prune(&mut self) {
        if self.found.len() <= MOST {
            return;
        }
        self.truncated = true;
        let gravest = |cases: &Together| -> Option<Band> {
            cases.iter().filter_map(|place| Some(self.own.get(place)?.worst?.band)).max()
        };
        let mut all: Vec<_> = self.found.drain().collect();
        all.sort_by_cached_key(|((widespread, cases), _)| {
            (*widespread, Reverse(gravest(cases)), Reverse(cases.count()), cases.clone())
        });
        all.truncate(MOST);
        self.found.extend(all);
    }
}

/// Shows which of these are live where, whenever that changes: when most can be live together is on the days that one of them
/// begins, wherever it is, and before all of those.
fn each_moment(own: &[&Hit], mut show: impl FnMut(&Together, &Lsoas)) {
    let moments: BTreeSet<Option<NaiveDate>> = own.iter().map(|hit| hit.from).collect();
    let moments: Vec<Option<NaiveDate>> = moments.into_iter().collect();
    let mut turns: Vec<(usize, bool, usize)> = Vec::new();
    each_place(own.iter().map(|hit| &*hit.place), |cases, lsoas| {
        turns.clear();
        for (place, hit) in cases.iter().filter_map(|place| Some((*place, own.get(*place)?))) {
            let begin = moments.partition_point(|moment| *moment < hit.from);
            let end = match hit.to {
                Some(to) => moments.partition_point(|moment| *moment <= Some(to)),
                None => moments.len(),
            };
            if begin < end {
                turns.extend([(begin, true, place), (end, false, place)]);
            }
        }
        turns.sort_unstable();
        let mut live = Together::none(own.len());
        for at_once in turns.chunk_by(|one, next| one.0 == next.0) {
            for (_, begins, place) in at_once {
                live.put(*place, *begins);
            }
            show(&live, lsoas);
        }
    });
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
