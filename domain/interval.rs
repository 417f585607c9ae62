//! What an unknown leaves open: a range, never a guess.
//!
//! An impact that nobody rated may be anything on the scale, and one of which the direction is not known may be
//! negative or not. What depends on them is told from the least to the most that it can turn out to be.

use crate::{
    case::Case,
    impact::Direction,
    rating::{Band, Rating, Scale},
    text::number,
};

/// The highest current rating of a case's negative impacts, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Highest {
    /// The least it can be; `None` when it may turn out that no impact is negative.
    pub low: Option<u16>,
    /// The most it can be.
    pub high: u16,
    /// Where the least falls on the scale.
    pub low_band: Option<Band>,
    /// Where the most falls on the scale.
    pub high_band: Band,
    /// Negative impacts without a rating.
    pub unrated: usize,
    /// Impacts of which nobody knows yet whether they are negative, rated or not.
    pub unknown: usize,
}

impl Highest {
    /// The highest current rating of a case on its organisation's scale; `None` when no impact is or may be negative.
    ///
    /// A negative impact counts with its rating, and without one as anything from 1 to the scale's largest score. One
    /// of unknown direction counts in the same way in what may be, and not at all in what is at least.
    #[must_use]
    pub fn of(case: &Case, scale: &Scale) -> Option<Self> {
        let largest = scale.largest();
        let mut found: Option<Self> = None;
        for impact in &case.content.impacts {
            let unknown = match impact.direction {
                Direction::Negative => false,
                Direction::Unknown => true,
                Direction::Positive | Direction::Neutral => continue,
            };
            let score = case.current(impact.id).map(Rating::score);
            let so_far = found.get_or_insert(Self {
                low: None,
                high: 0,
                low_band: None,
                high_band: Band::Unrated,
                unrated: 0,
                unknown: 0,
            });
            so_far.high = so_far.high.max(score.unwrap_or(largest));
            if unknown {
                so_far.unknown += 1;
                continue;
            }
            so_far.low = so_far.low.max(Some(score.unwrap_or(1)));
            so_far.unrated += usize::from(score.is_none());
        }
        found.map(|found| Self {
            low_band: found.low.map(|low| scale.band_of(low)),
            high_band: scale.band_of(found.high),
            ..found
        })
    }

    /// "15", "between 6 and 15 (two impacts unrated)".
    #[must_use]
    pub fn in_words(&self) -> String {
        let range = match self.low {
            Some(low) if low == self.high => low.to_string(),
            Some(low) => format!("between {low} and {}", self.high),
            None => format!("between no negative impact and {}", self.high),
        };
        let impacts = |count: usize| format!("{} impact{}", number(count), if count == 1 { "" } else { "s" });
        match (self.unrated, self.unknown) {
            (0, 0) => range,
            (unrated, 0) => format!("{range} ({} unrated)", impacts(unrated)),
            (0, unknown) => format!("{range} ({} of unknown direction)", impacts(unknown)),
            (unrated, unknown) => {
                format!("{range} ({} unrated, {} of unknown direction)", impacts(unrated), number(unknown))
            }
        }
    }
}
