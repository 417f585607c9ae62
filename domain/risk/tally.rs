//! What is counted of many cases: sums that can be added to and taken from again, whatever the order.

use std::{collections::BTreeMap, ops::AddAssign};

use super::{Contribution, Impact, Rated, RatingBasis, rounding::rounded};
use crate::{impact::Direction, rating::Band};

/// How many impacts, and how many cases have one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Impacts.
    pub impacts: i64,
    /// Cases that have one.
    pub cases: i64,
}

impl Count {
    fn add(&mut self, other: Self, times: i64) {
        self.impacts += other.impacts * times;
        self.cases += other.cases * times;
    }
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.add(other, 1);
    }
}

/// How many people authors say that negative impacts touch: of each case the largest of its least figures, and all of
/// its greatest together; over cases added up, so that whoever several touch is there several times. What is rounded is each
/// number that somebody typed, so that no two of these sums tell more by what they differ in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Cases that say.
    pub cases: i64,
    /// Those of them that give no greatest figure.
    pub open: i64,
    /// At least.
    pub low: i64,
    /// At most, of those that say.
    pub high: i64,
    /// At least, each number rounded before it was compared and added.
    pub rounded_low: i64,
    /// At most, each number rounded before it was added.
    pub rounded_high: i64,
}

impl Stated {
    fn of<'a>(impacts: impl Iterator<Item = &'a Impact>) -> Self {
        let said: Vec<(u32, Option<u32>)> = impacts.filter_map(|impact| impact.reach).collect();
        let Some(low) = said.iter().map(|(low, _)| *low).max() else { return Self::default() };
        let high: Option<u32> =
            said.iter().map(|(_, high)| *high).try_fold(0_u32, |all, one| Some(all.saturating_add(one?)));
        // A case whose greatest figure is below its least says the least.
        let high = high.map(|high| high.max(low));
        let rounded_low = said.iter().map(|(low, _)| rounded(*low)).max().unwrap_or_default();
        let typed = said.iter().filter_map(|(_, high)| *high);
        let rounded_high: i64 = typed.map(|high| i64::from(rounded(high).1)).sum();
        Self {
            cases: 1,
            open: i64::from(high.is_none()),
            low: low.into(),
            high: high.unwrap_or_default().into(),
            rounded_low: rounded_low.0.into(),
            rounded_high: high.map_or(0, |_| rounded_high.max(rounded_low.1.into())),
        }
    }

    /// Adds another so many times, which may be less than none.
    pub fn add(&mut self, other: Self, times: i64) {
        self.cases += other.cases * times;
        self.open += other.open * times;
        self.low += other.low * times;
        self.high += other.high * times;
        self.rounded_low += other.rounded_low * times;
        self.rounded_high += other.rounded_high * times;
    }
}

/// Where impacts are counted: by direction, basis and rating; `None` is unrated.
pub type Cell = (Direction, RatingBasis, Option<Rated>);
/// Where cases are counted: by direction, basis and band.
pub type InBand = (Direction, RatingBasis, Band);

/// Counts of many cases. Nothing in it is a rating that was added to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases.
    pub cases: i64,
    /// Impacts, and cases that have one, by direction.
    pub directions: BTreeMap<Direction, Count>,
    /// Impacts, and cases that have one, by rating.
    pub cells: BTreeMap<Cell, Count>,
    /// Cases that have an impact in a band. They are not the sum of the cells: a case may have several.
    pub bands: BTreeMap<InBand, i64>,
    /// Mitigations of these impacts that are planned or under way.
    pub open: i64,
    /// How many people its negative impacts touch, as authors say.
    pub reach: Stated,
}

impl Tally {
    /// One case by those of its impacts that are at these places.
    #[must_use]
    pub fn of(one: &Contribution, places: &[usize]) -> Self {
        let mut tally = Self { cases: 1, ..Self::default() };
        let impacts = || places.iter().filter_map(|place| one.impacts.get(*place));
        for impact in impacts() {
            tally.directions.entry(impact.direction).or_default().impacts += 1;
            for basis in RatingBasis::ALL {
                let rated = impact.rated(*basis);
                tally.cells.entry((impact.direction, *basis, rated)).or_default().impacts += 1;
                tally
                    .bands
                    .insert((impact.direction, *basis, rated.map_or(Band::Unrated, |rated| rated.band)), 1);
            }
        }
        tally.directions.values_mut().chain(tally.cells.values_mut()).for_each(|count| count.cases = 1);
        let open = one.open.iter().filter(|against| against.iter().any(|place| places.contains(place)));
        tally.open = i64::try_from(open.count()).unwrap_or(i64::MAX);
        tally.reach = Stated::of(impacts().filter(|impact| impact.direction == Direction::Negative));
        tally
    }

    /// The same, knowing of what authors typed no more than its rounding.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        (self.reach.low, self.reach.high) = (self.reach.rounded_low, self.reach.rounded_high);
        self
    }

    /// Adds another so many times, which may be less than none.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.cases += other.cases * times;
        self.open += other.open * times;
        self.reach.add(other.reach, times);
        for (key, count) in &other.directions {
            self.directions.entry(*key).or_default().add(*count, times);
        }
        for (key, count) in &other.cells {
            self.cells.entry(*key).or_default().add(*count, times);
        }
        for (key, count) in &other.bands {
            *self.bands.entry(*key).or_default() += count * times;
        }
        self.directions.retain(|_, count| *count != Count::default());
        self.cells.retain(|_, count| *count != Count::default());
        self.bands.retain(|_, count| *count != 0);
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Impacts in one direction.
    #[must_use]
    pub fn impacts(&self, direction: Direction) -> i64 {
        self.directions.get(&direction).map_or(0, |count| count.impacts)
    }

    /// Impacts, and cases that have one, of one direction by band.
    #[must_use]
    pub fn band(&self, direction: Direction, basis: RatingBasis, band: Band) -> Count {
        let in_band = |rated: &Option<Rated>| rated.map_or(Band::Unrated, |rated| rated.band) == band;
        let cells = self
            .cells
            .iter()
            .filter(|((of, on, rated), _)| (*of, *on) == (direction, basis) && in_band(rated));
        let impacts = cells.map(|(_, count)| count.impacts).sum();
        Count { impacts, cases: self.bands.get(&(direction, basis, band)).copied().unwrap_or_default() }
    }

    /// The gravest rating of a negative impact: by band first, for scores of different scales do not compare.
    #[must_use]
    pub fn maximum(&self, basis: RatingBasis) -> Option<Rated> {
        let negative =
            self.cells.keys().filter(|(direction, on, _)| (*direction, *on) == (Direction::Negative, basis));
        negative.filter_map(|(_, _, rated)| *rated).max_by_key(|rated| gravity(*rated))
    }

    /// As numbers, for [`Self::read`].
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut to = Writer(Vec::new());
        let Stated { cases, open, low, high, rounded_low, rounded_high } = self.reach;
        to.numbers([FORMAT, self.cases, self.open, cases, open, low, high, rounded_low, rounded_high]);
        to.length(self.directions.len());
        for (direction, count) in &self.directions {
            to.numbers([*direction as i64, count.impacts, count.cases]);
        }
        to.length(self.cells.len());
        for ((direction, basis, rated), count) in &self.cells {
            let (band, likelihood, consequence) = match rated {
                Some(Rated { band, likelihood, consequence }) => (*band, *likelihood, *consequence),
                None => (Band::Unrated, 0, 0),
            };
            to.numbers([
                *direction as i64,
                *basis as i64,
                band as i64,
                likelihood.into(),
                consequence.into(),
            ]);
            to.numbers([count.impacts, count.cases]);
        }
        to.length(self.bands.len());
        for ((direction, basis, band), cases) in &self.bands {
            to.numbers([*direction as i64, *basis as i64, *band as i64, *cases]);
        }
        to.0
    }

    /// Reads what [`Self::write`] wrote; `None` when it is anything else.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut from = bytes;
        let mut next = || number(&mut from);
        if next()? != FORMAT {
            return None;
        }
        let mut tally = Self { cases: next()?, open: next()?, ..Self::default() };
        tally.reach = Stated {
            cases: next()?,
            open: next()?,
            low: next()?,
            high: next()?,
            rounded_low: next()?,
            rounded_high: next()?,
        };
        for _ in 0..next()? {
            let direction = word(Direction::ALL, next()?)?;
            tally.directions.insert(direction, Count { impacts: next()?, cases: next()? });
        }
        for _ in 0..next()? {
            let (direction, basis) = (word(Direction::ALL, next()?)?, word(RatingBasis::ALL, next()?)?);
            let band = word(Band::ALL, next()?)?;
            let (likelihood, consequence) = (u8::try_from(next()?).ok()?, u8::try_from(next()?).ok()?);
            let rated = (likelihood > 0).then_some(Rated { band, likelihood, consequence });
            tally.cells.insert((direction, basis, rated), Count { impacts: next()?, cases: next()? });
        }
        for _ in 0..next()? {
            let (direction, basis) = (word(Direction::ALL, next()?)?, word(RatingBasis::ALL, next()?)?);
            tally.bands.insert((direction, basis, word(Band::ALL, next()?)?), next()?);
        }
        from.is_empty().then_some(tally)
    }
}

/// What orders ratings: the band, then the score, then the consequence.
#[must_use]
pub fn gravity(rated: Rated) -> (Band, u16, u8) {
    (rated.band, rated.score(), rated.consequence)
}

/// The format that is written.
const FORMAT: i64 = 1;

/// Numbers of few bytes: seven bits each, the sign in the lowest.
struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: i64) {
        let mut rest = number.unsigned_abs().wrapping_shl(1) | u64::from(number < 0);
        while rest >= 0x80 {
            self.0.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.0.push(rest.to_le_bytes()[0]);
    }

    fn numbers<const N: usize>(&mut self, numbers: [i64; N]) {
        for number in numbers {
            self.number(number);
        }
    }

    fn length(&mut self, length: usize) {
        self.number(i64::try_from(length).unwrap_or(i64::MAX));
    }
}

fn number(from: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            let number = i64::try_from(value >> 1).ok()?;
            return Some(if value & 1 == 1 { -number } else { number });
        }
    }
    None
}

fn word<T: Copy>(words: &[T], place: i64) -> Option<T> {
    words.get(usize::try_from(place).ok()?).copied()
}
