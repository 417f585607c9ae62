//! What is counted of cases on one scale, down to each rating.

use std::collections::BTreeMap;

use super::{
    Contribution, Count, Counts, Figures, Rated, RatingBasis,
    bytes::{Bytes, Writer, word},
    counts::{Graver, Worst},
};
use crate::{impact::Direction, rating::Band};

/// Where impacts are counted: by direction, basis and rating; `None` is unrated.
pub type Cell = (Direction, RatingBasis, Option<Rated>);
/// Where they are counted by band.
type InBand = (Direction, RatingBasis, Band);

/// Counts of many cases, by rating too. Nothing in it is a rating that was added to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// What is counted whatever is asked.
    pub counts: Counts,
    /// Impacts, and cases that have one, by rating.
    pub cells: BTreeMap<Cell, Count>,
    /// Impacts that are not negative, and cases that have one, by band. Cases are not the sum of the cells: a case may have
    /// several.
    bands: BTreeMap<InBand, Count>,
}

impl Tally {
    /// One case by those of its impacts that are at these places.
    #[must_use]
    pub fn of(one: &Contribution, places: &[usize]) -> Self {
        let mut tally = Self::default();
        tally.count(one, places, 1);
        tally
    }

    /// Counts a case by those of its impacts that are at these places, so many times.
    pub fn count(&mut self, one: &Contribution, places: &[usize], times: i64) {
        self.counts.add(&Counts::of(one, places).0, times);
        let impacts = places.iter().filter_map(|place| one.impacts.get(*place));
        let rated = impacts.flat_map(|impact| {
            let ratings = RatingBasis::ALL.iter().zip(&impact.ratings);
            ratings.map(|(basis, rated)| (impact.direction, *basis, *rated))
        });
        let mut cells: Vec<Cell> = rated.collect();
        cells.sort_unstable();
        for same in cells.chunk_by(PartialEq::eq) {
            if let Some(cell) = same.first() {
                put(&mut self.cells, *cell, same.len(), times);
            }
        }
        let mut bands: Vec<InBand> = cells
            .into_iter()
            .filter(|(direction, ..)| *direction != Direction::Negative)
            .map(|(direction, basis, rated)| (direction, basis, band_of(rated)))
            .collect();
        bands.sort_unstable();
        for same in bands.chunk_by(PartialEq::eq) {
            if let Some(band) = same.first() {
                put(&mut self.bands, *band, same.len(), times);
            }
        }
    }

    /// The same, knowing of what authors typed no more than its rounding.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        self.counts = self.counts.rounded();
        self
    }

    /// Adds another so many times, which may be less than none.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.counts.add(&other.counts, times);
        for (key, count) in &other.cells {
            add(&mut self.cells, *key, *count, times);
        }
        for (key, count) in &other.bands {
            add(&mut self.bands, *key, *count, times);
        }
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Impacts in one direction.
    #[must_use]
    pub fn impacts(&self, direction: Direction) -> i64 {
        self.counts.impacts(direction)
    }

    /// Impacts, and cases that have one, of one direction by band.
    #[must_use]
    pub fn band(&self, direction: Direction, basis: RatingBasis, band: Band) -> Count {
        match direction {
            Direction::Negative => self.counts.band(basis, band),
            _ => self.bands.get(&(direction, basis, band)).copied().unwrap_or_default(),
        }
    }

    /// The gravest rating of a negative impact.
    #[must_use]
    pub fn maximum(&self, basis: RatingBasis) -> Option<Rated> {
        self.worst().get(basis as usize).copied().flatten()
    }

    fn worst(&self) -> Worst {
        let mut worst = Worst::default();
        let (first, last) = (
            (Direction::Negative, RatingBasis::Initial, None),
            (Direction::Neutral, RatingBasis::Initial, None),
        );
        for (_, basis, rated) in self.cells.range(first..last).map(|(cell, _)| cell) {
            if let Some(worst) = worst.get_mut(*basis as usize) {
                *worst = worst.max_by_gravity(*rated);
            }
        }
        worst
    }

    /// What is told of it where it is a part of a picture, counted on this scale.
    #[must_use]
    pub fn figures(&self, scale: &str) -> Figures {
        Figures::on(scale, self.counts.clone(), self.worst())
    }

    /// The same without the ratings of impacts that are not negative, which no part of a picture tells.
    #[must_use]
    pub(super) fn negative(mut self) -> Self {
        self.cells.retain(|(direction, ..), _| *direction == Direction::Negative);
        self.bands.clear();
        self
    }

    /// As bytes, for [`Self::read`].
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(FORMAT);
        self.counts.write(&mut to);
        to.length(self.cells.len());
        for ((direction, basis, rated), count) in &self.cells {
            to.number(place(*direction, *basis, band_of(*rated)));
            let (likelihood, consequence) =
                rated.map_or((0, 0), |rated| (rated.likelihood, rated.consequence));
            to.number(likelihood);
            to.number(consequence);
            to.signed(count.impacts);
            to.signed(count.cases);
        }
        to.length(self.bands.len());
        for ((direction, basis, band), count) in &self.bands {
            to.number(place(*direction, *basis, *band));
            to.signed(count.impacts);
            to.signed(count.cases);
        }
        to.0
    }

    /// Reads what [`Self::write`] wrote; `None` when it is anything else.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = Bytes(bytes);
        if from.number()? != FORMAT {
            return None;
        }
        let mut tally = Self { counts: Counts::read(&mut from)?, ..Self::default() };
        for _ in 0..from.length()? {
            let (direction, basis, band) = placed(from.number()?)?;
            let (likelihood, consequence) =
                (u8::try_from(from.number()?).ok()?, u8::try_from(from.number()?).ok()?);
            let rated = (likelihood > 0).then_some(Rated { band, likelihood, consequence });
            let count = Count { impacts: from.signed()?, cases: from.signed()? };
            tally.cells.insert((direction, basis, rated), count);
        }
        for _ in 0..from.length()? {
            let band = placed(from.number()?)?;
            tally.bands.insert(band, Count { impacts: from.signed()?, cases: from.signed()? });
        }
        from.is_empty().then_some(tally)
    }
}

/// The format that is written.
const FORMAT: u64 = 2;

/// One case with so many impacts there.
fn put<K: Ord + Copy>(counts: &mut BTreeMap<K, Count>, key: K, impacts: usize, times: i64) {
    let impacts = i64::try_from(impacts).unwrap_or(i64::MAX);
    add(counts, key, Count { impacts, cases: 1 }, times);
}

/// Adds to what is there; what comes to nothing is not there.
fn add<K: Ord + Copy>(counts: &mut BTreeMap<K, Count>, key: K, count: Count, times: i64) {
    let own = counts.entry(key).or_default();
    own.add(count, times);
    if *own == Count::default() {
        counts.remove(&key);
    }
}

fn band_of(rated: Option<Rated>) -> Band {
    rated.map_or(Band::Unrated, |rated| rated.band)
}

fn place(direction: Direction, basis: RatingBasis, band: Band) -> u64 {
    (u64::from(direction as u8) * 4 + u64::from(basis as u8)) * 5 + u64::from(band as u8)
}

fn placed(place: u64) -> Option<InBand> {
    let (direction, basis) = (word(Direction::ALL, place / 20)?, word(RatingBasis::ALL, place / 5 % 4)?);
    Some((direction, basis, word(Band::ALL, place % 5)?))
}
