//! Counting a picture: as a whole, and part by part.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use super::{
    Counts, ExposureDimension, Fact, Figures, Filter, Key, Rated, RatingBasis, Standpoint, Tally,
    figures::{grave, gravest},
};
use crate::{impact::Direction, place::Lsoas};

/// A picture as a whole, scale by scale: what is rated on one says nothing of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// What is counted on each scale.
    pub scales: BTreeMap<String, Tally>,
    /// Cases that are still being written.
    pub drafts: i64,
}

impl Totals {
    /// Counts a case so many times.
    pub fn add(&mut self, fact: &Fact, filter: &Filter, times: i64) {
        let one = &fact.contribution;
        if one.standpoint == Standpoint::Draft {
            self.drafts += times;
        }
        if filter.counts(one.standpoint) {
            let places = fact.counted(filter);
            let own = if let Some(own) = self.scales.get_mut(&one.scale) {
                own
            } else {
                self.scales.entry(one.scale.clone()).or_default()
            };
            if fact.readable {
                own.count(one, &places, times);
            } else {
                own.add(&Tally::of(one, &places).rounded(), times);
            }
        }
    }

    /// Without scales on which nothing is left.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.scales.retain(|_, tally| !tally.is_empty());
        self
    }

    /// The gravest rating of a negative impact: of several scales that have the gravest band, on the first by name.
    #[must_use]
    pub fn maximum(&self, basis: RatingBasis) -> Option<Rated> {
        gravest(self.scales.values().filter_map(|tally| tally.maximum(basis)))
    }

    /// All scales together: what is counted by direction and band.
    #[must_use]
    pub fn all(&self) -> Tally {
        self.scales.values().fold(Tally::default(), |mut all, one| {
            all.add(one, 1);
            all
        })
    }

    /// What is told of all of it, as of a part.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.scales.iter().fold(Figures::default(), |mut all, (scale, one)| {
            all.add(&one.figures(scale));
            all
        })
    }
}

/// One part of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// What is counted.
    pub figures: Figures,
    /// Cases that whoever looks may not read.
    pub unreadable: i64,
    /// What partners propose there without a case, whichever way it goes.
    pub partners: usize,
}

/// The parts of a picture, which are added to case by case.
#[derive(Clone, Debug)]
pub struct Exposures {
    /// What it is cut by.
    pub cut: Vec<ExposureDimension>,
    /// Each part.
    pub parts: HashMap<Key, Exposure>,
    /// Whether there were more than [`Self::MOST`]: then some are missing.
    pub too_many: bool,
}

impl Exposures {
    /// Most parts of one picture: so many are held at once.
    pub const MOST: usize = 50_000;

    /// Nothing yet.
    #[must_use]
    pub fn new(cut: &[ExposureDimension]) -> Self {
        Self { cut: cut.to_vec(), parts: HashMap::new(), too_many: false }
    }

    /// The part under this key; `None` when there are too many.
    pub fn part(&mut self, key: Key) -> Option<&mut Exposure> {
        if self.parts.len() >= Self::MOST && !self.parts.contains_key(&key) {
            self.too_many = true;
            return None;
        }
        Some(self.parts.entry(key).or_default())
    }

    /// Counts a case in every part that it is in.
    pub fn add(&mut self, fact: &Fact, filter: &Filter) {
        if !filter.counts(fact.contribution.standpoint) {
            return;
        }
        let mut last: Option<(Vec<usize>, Figures)> = None;
        for (key, places) in fact.parts(&self.cut, filter) {
            let figures = match last.take() {
                Some((same, figures)) if same == places => figures,
                _ => figures(fact, &places),
            };
            if let Some(part) = self.part(key) {
                part.figures.add(&figures);
                part.unreadable += i64::from(!fact.readable);
            }
            last = Some((places, figures));
        }
    }

    /// The parts in which something is counted or partners propose something, the gravest first: by the worst current rating of a negative impact,
    /// then by how many cases have one, then by how many people authors say these touch. Where ratings are on several
    /// scales, whose scores do not compare, the worst is a band.
    #[must_use]
    pub fn ranked(self) -> Vec<(Key, Exposure)> {
        let mut parts: Vec<_> = self.parts.into_iter().collect();
        parts.retain(|(_, part)| !part.figures.is_empty() || part.partners > 0);
        let scales: BTreeSet<&str> = parts.iter().flat_map(|(_, part)| part.figures.scales()).collect();
        let one_scale = scales.len() < 2;
        parts.sort_by_cached_key(|(key, Exposure { figures, .. })| {
            let Counts { reach, .. } = figures.counts;
            let negative = figures.counts.direction(Direction::Negative).cases;
            let worst = grave(figures.maximum(RatingBasis::Current), one_scale);
            (Reverse(worst), Reverse(negative), Reverse(reach.rounded_low), key.clone())
        });
        parts
    }
}

/// Where the cases of some parts of a picture are.
#[derive(Clone, Debug)]
pub struct Places {
    cut: Vec<ExposureDimension>,
    /// The places of each part, together.
    pub parts: HashMap<Key, Lsoas>,
}

impl Places {
    /// Nowhere yet.
    #[must_use]
    pub fn new(cut: &[ExposureDimension], of: impl IntoIterator<Item = Key>) -> Self {
        Self { cut: cut.to_vec(), parts: of.into_iter().map(|key| (key, Lsoas::default())).collect() }
    }

    /// Adds where a case is to those of the parts that it is in.
    pub fn add(&mut self, fact: &Fact, filter: &Filter) {
        if !filter.counts(fact.contribution.standpoint) {
            return;
        }
        for (key, _) in fact.parts(&self.cut, filter) {
            if let Some(place) = self.parts.get_mut(&key) {
                place.extend(&fact.place.lsoas);
            }
        }
    }
}

/// One case by those of its impacts that are at these places, as far as it may be told.
pub(super) fn figures(fact: &Fact, places: &[usize]) -> Figures {
    let (counts, worst) = Counts::of(&fact.contribution, places);
    let figures = Figures::on(&fact.contribution.scale, counts, worst);
    if fact.readable { figures } else { figures.rounded() }
}
