//! Counting a picture: as a whole, and part by part.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::{ExposureDimension, Fact, Filter, Key, Rated, RatingBasis, Standpoint, Tally, tally::gravity};
use crate::{impact::Direction, place::Lsoas, rating::Band};

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
            let tally = tally(fact, &fact.counted(filter));
            self.scales.entry(one.scale.clone()).or_default().add(&tally, times);
        }
    }

    /// Without scales on which nothing is left.
    #[must_use]
    pub fn finished(mut self) -> Self {
        self.scales.retain(|_, tally| !tally.is_empty());
        self
    }

    /// All scales together: what is counted by direction and band.
    #[must_use]
    pub fn all(&self) -> Tally {
        self.scales.values().fold(Tally::default(), |mut all, one| {
            all.add(one, 1);
            all
        })
    }
}

/// One part of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// What is counted.
    pub tally: Tally,
    /// Cases that whoever looks may not read.
    pub unreadable: i64,
    /// Where its cases are, when that is asked.
    pub lsoas: Lsoas,
}

/// The parts of a picture.
#[derive(Clone, Debug)]
pub struct Exposures {
    /// What it is cut by.
    pub cut: Vec<ExposureDimension>,
    /// Whether it is asked where the cases of each are.
    pub placed: bool,
    /// Each part.
    pub parts: HashMap<Key, Exposure>,
}

impl Exposures {
    /// Nothing yet.
    #[must_use]
    pub fn new(cut: &[ExposureDimension], placed: bool) -> Self {
        Self { cut: cut.to_vec(), placed, parts: HashMap::new() }
    }

    /// Counts a case so many times. Where cases are is a union, from which nothing can be taken.
    pub fn add(&mut self, fact: &Fact, filter: &Filter, times: i64) {
        if !filter.counts(fact.contribution.standpoint) {
            return;
        }
        let mut last: Option<(Vec<usize>, Tally)> = None;
        for (key, places) in fact.parts(&self.cut, filter) {
            let (places, tally) = match last.take() {
                Some(same) if same.0 == places => same,
                _ => {
                    let tally = tally(fact, &places);
                    (places, tally)
                }
            };
            let part = self.parts.entry(key).or_default();
            part.tally.add(&tally, times);
            part.unreadable += if fact.readable { 0 } else { times };
            if self.placed {
                part.lsoas.extend(&fact.place.lsoas);
            }
            last = Some((places, tally));
        }
    }

    /// The parts in which something is counted, the gravest first: by the worst current rating of a negative impact,
    /// then by how many cases have one, then by how many people authors say these touch.
    #[must_use]
    pub fn ranked(self) -> Vec<(Key, Exposure)> {
        let mut parts: Vec<_> = self.parts.into_iter().filter(|(_, part)| !part.tally.is_empty()).collect();
        parts.sort_by_cached_key(|(key, part)| {
            let negative = part.tally.directions.get(&Direction::Negative).map_or(0, |count| count.cases);
            let worst = part.tally.maximum(RatingBasis::Current);
            (Reverse(grave(worst)), Reverse(negative), Reverse(part.tally.reach.rounded_low), key.clone())
        });
        parts
    }
}

/// What orders what may not be rated.
#[must_use]
pub fn grave(worst: Option<Rated>) -> Option<(Band, u16, u8)> {
    worst.map(gravity)
}

/// One case by those of its impacts that are at these places, as far as it may be told.
#[must_use]
pub fn tally(fact: &Fact, places: &[usize]) -> Tally {
    let tally = Tally::of(&fact.contribution, places);
    if fact.readable { tally } else { tally.rounded() }
}
