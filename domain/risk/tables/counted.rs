//! The figures of a picture or of a part of it, as a table or drawing has them.

use std::collections::BTreeMap;

use crate::{
    impact::Direction,
    rating::Band,
    risk::{Count, Figures, Rated, RatingBasis, Stated},
};

/// Figures by one judgement of impacts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Cases.
    pub cases: i64,
    /// Impacts, and cases that have one, by direction.
    pub directions: BTreeMap<Direction, Count>,
    /// Negative impacts, and cases that have one, in the order of [`Band::ALL`].
    pub bands: Vec<Count>,
    /// The gravest rating of a negative impact.
    pub maximum: Option<Rated>,
    /// Mitigations that are planned or under way.
    pub open: i64,
    /// How many people its negative impacts touch, as authors say.
    pub reach: Stated,
}

impl Counted {
    /// What figures say by a judgement.
    #[must_use]
    pub fn of(figures: &Figures, basis: RatingBasis) -> Self {
        let counts = &figures.counts;
        let directions = Direction::ALL.iter().map(|direction| (*direction, counts.direction(*direction)));
        Self {
            cases: counts.cases,
            directions: directions.filter(|(_, count)| *count != Count::default()).collect(),
            bands: Band::ALL.iter().map(|band| counts.band(basis, *band)).collect(),
            maximum: figures.maximum(basis),
            open: counts.open,
            reach: counts.reach,
        }
    }

    /// Impacts that go this way, and cases that have one.
    #[must_use]
    pub fn direction(&self, direction: Direction) -> Count {
        self.directions.get(&direction).copied().unwrap_or_default()
    }
}
