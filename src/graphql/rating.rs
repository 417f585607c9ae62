//! Ratings on the scale of the case's organisation.

use async_graphql::SimpleObject;

use crate::{
    domain::{
        interval::Highest,
        rating::{self, Band, Scale},
        risk::Rated,
    },
    graphql::{scalar::int, word::Word},
};

/// One judgement of likelihood and consequence, on the organisation's scale.
#[derive(SimpleObject)]
pub struct Rating {
    /// How likely, 1 the least.
    likelihood: u8,
    /// How bad, 1 the least.
    consequence: u8,
    /// Likelihood times consequence. It orders and is never added up.
    score: u16,
    /// Where the score falls on the scale.
    band: Word<Band>,
}

impl Rating {
    /// The rating with its band.
    pub fn of(rating: rating::Rating, scale: &Scale) -> Self {
        Self {
            likelihood: rating.likelihood,
            consequence: rating.consequence,
            score: rating.score(),
            band: Word(scale.band(Some(rating))),
        }
    }
}

impl From<Rated> for Rating {
    fn from(rated: Rated) -> Self {
        let Rated { band, likelihood, consequence } = rated;
        Self { likelihood, consequence, score: rated.score(), band: Word(band) }
    }
}

/// The highest current rating among negative impacts, from the least to the most that it can turn out to be: an impact
/// that is not rated may be anything on the scale, and one of unknown direction may be negative or not.
#[derive(SimpleObject)]
pub struct RatingRange {
    /// The least score it can be; null when it may turn out that no impact is negative.
    low: Option<u16>,
    /// The most it can be; the same as `low` when nothing is open.
    high: u16,
    /// Where the least falls on the scale.
    low_band: Option<Word<Band>>,
    /// Where the most falls on the scale.
    high_band: Word<Band>,
    /// How many negative impacts are not rated.
    unrated: i32,
    /// How many impacts may be negative or not, rated or not.
    unknown: i32,
    /// In words: `between 6 and 15 (two impacts unrated)`.
    in_words: String,
}

impl From<Highest> for RatingRange {
    fn from(highest: Highest) -> Self {
        Self {
            low: highest.low,
            high: highest.high,
            low_band: highest.low_band.map(Word),
            high_band: Word(highest.high_band),
            unrated: int(highest.unrated),
            unknown: int(highest.unknown),
            in_words: highest.in_words(),
        }
    }
}
