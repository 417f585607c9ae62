//! Ratings on the scale of the case's organisation.

use async_graphql::SimpleObject;

use crate::{
    domain::rating::{self, Band, Scale},
    graphql::word::Word,
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
