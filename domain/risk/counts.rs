//! What is counted of many cases whatever is asked: sums that can be added to and taken from again, whatever the order.

use std::ops::AddAssign;

use super::{
    Contribution, Impact, Rated, RatingBasis,
    bytes::{Bytes, Writer},
    rounding::rounded,
};
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
    pub(super) fn add(&mut self, other: Self, times: i64) {
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
    fn of<'a>(impacts: impl Iterator<Item = &'a Impact> + Clone) -> Self {
        let said = || impacts.clone().filter_map(|impact| impact.reach);
        let Some(low) = said().map(|(low, _)| low).max() else { return Self::default() };
        let high: Option<u32> =
            said().map(|(_, high)| high).try_fold(0_u32, |all, one| Some(all.saturating_add(one?)));
        // A case whose greatest figure is below its least says the least.
        let high = high.map(|high| high.max(low));
        let rounded_low = said().map(|(low, _)| rounded(low)).max().unwrap_or_default();
        let typed = said().filter_map(|(_, high)| high);
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

    /// The same, knowing no more of it than its rounding.
    #[must_use]
    pub const fn rounded(self) -> Self {
        Self { low: self.rounded_low, high: self.rounded_high, ..self }
    }

    fn numbers(self) -> [i64; 6] {
        [self.cases, self.open, self.low, self.high, self.rounded_low, self.rounded_high]
    }
}

/// The gravest rating on each basis, in the order of [`RatingBasis::ALL`].
pub(super) type Worst = [Option<Rated>; 4];

/// What is counted of many cases, of a whole or of a part. Nothing in it is a rating that was added to another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases.
    pub cases: i64,
    /// Mitigations of these impacts that are planned or under way.
    pub open: i64,
    /// How many people its negative impacts touch, as authors say.
    pub reach: Stated,
    directions: [Count; 4],
    /// Of negative impacts, by basis and band. Cases in them are not the sum over ratings: a case may have several.
    bands: [[Count; 5]; 4],
}

impl Counts {
    /// One case by those of its impacts that are at these places, and the gravest ratings of negative ones among them.
    pub(super) fn of(one: &Contribution, places: &[usize]) -> (Self, Worst) {
        let (mut counts, mut worst) = (Self { cases: 1, ..Self::default() }, Worst::default());
        let impacts = places.iter().filter_map(|place| one.impacts.get(*place));
        for impact in impacts.clone() {
            if let Some(count) = counts.directions.get_mut(impact.direction as usize) {
                *count = Count { impacts: count.impacts + 1, cases: 1 };
            }
            if impact.direction != Direction::Negative {
                continue;
            }
            for ((rated, worst), bands) in impact.ratings.iter().zip(&mut worst).zip(&mut counts.bands) {
                let band = rated.map_or(Band::Unrated, |rated| rated.band);
                if let Some(count) = bands.get_mut(band as usize) {
                    *count = Count { impacts: count.impacts + 1, cases: 1 };
                }
                *worst = (*worst).max_by_gravity(*rated);
            }
        }
        if !one.open.is_empty() {
            let open = one.open.iter().filter(|against| against.iter().any(|place| places.contains(place)));
            counts.open = i64::try_from(open.count()).unwrap_or(i64::MAX);
        }
        counts.reach = Stated::of(impacts.filter(|impact| impact.direction == Direction::Negative));
        (counts, worst)
    }

    /// Adds another so many times, which may be less than none.
    pub fn add(&mut self, other: &Self, times: i64) {
        self.cases += other.cases * times;
        self.open += other.open * times;
        self.reach.add(other.reach, times);
        let own = self.directions.iter_mut().chain(self.bands.iter_mut().flatten());
        let others = other.directions.iter().chain(other.bands.iter().flatten());
        own.zip(others).for_each(|(own, other)| own.add(*other, times));
    }

    /// The same, knowing of what authors typed no more than its rounding.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self { reach: self.reach.rounded(), ..self }
    }

    /// Impacts in one direction, and cases that have one.
    #[must_use]
    pub fn direction(&self, direction: Direction) -> Count {
        self.directions.get(direction as usize).copied().unwrap_or_default()
    }

    /// Impacts in one direction.
    #[must_use]
    pub fn impacts(&self, direction: Direction) -> i64 {
        self.direction(direction).impacts
    }

    /// Negative impacts, and cases that have one, by band.
    #[must_use]
    pub fn band(&self, basis: RatingBasis, band: Band) -> Count {
        let bands = self.bands.get(basis as usize);
        bands.and_then(|bands| bands.get(band as usize)).copied().unwrap_or_default()
    }

    pub(super) fn write(&self, to: &mut Writer) {
        to.signed(self.cases);
        to.signed(self.open);
        let reach = self.reach.numbers();
        to.number(u8::from(reach != [0; 6]));
        if reach != [0; 6] {
            for number in reach {
                to.signed(number);
            }
        }
        // Most are none: a bit for each, then those that are not.
        let all = || self.directions.iter().chain(self.bands.iter().flatten());
        let there = all().enumerate().filter(|(_, count)| **count != Count::default());
        to.number(there.clone().fold(0_u64, |bits, (place, _)| bits | 1 << place));
        for (_, count) in there {
            to.signed(count.impacts);
            to.signed(count.cases);
        }
    }

    pub(super) fn read(from: &mut Bytes<'_>) -> Option<Self> {
        let mut counts = Self { cases: from.signed()?, open: from.signed()?, ..Self::default() };
        if from.number()? == 1 {
            counts.reach = Stated {
                cases: from.signed()?,
                open: from.signed()?,
                low: from.signed()?,
                high: from.signed()?,
                rounded_low: from.signed()?,
                rounded_high: from.signed()?,
            };
        }
        let bits = from.number()?;
        let all = counts.directions.iter_mut().chain(counts.bands.iter_mut().flatten());
        for (place, count) in all.enumerate() {
            if bits >> place & 1 == 1 {
                *count = Count { impacts: from.signed()?, cases: from.signed()? };
            }
        }
        Some(counts)
    }
}

/// The graver of two ratings on one scale.
pub(super) trait Graver {
    fn max_by_gravity(self, other: Self) -> Self;
}

impl Graver for Option<Rated> {
    fn max_by_gravity(self, other: Self) -> Self {
        if other.map(gravity) > self.map(gravity) { other } else { self }
    }
}

/// What orders ratings on one scale: the band, then the score, then the consequence. Between scales only bands compare.
#[must_use]
pub fn gravity(rated: Rated) -> (Band, u16, u8) {
    (rated.band, rated.score(), rated.consequence)
}
