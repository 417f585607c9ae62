//! Likelihood x consequence, on a scale that belongs to the organisation.
//!
//! Ratings are ordinal: they are counted and compared, never added, averaged or netted.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{
    text::{self, LINE, PARAGRAPH, Path, Violation},
    words::words,
};

words! {
    /// Where a rating falls on the organisation's scale.
    Band {
        /// By default scores 1 to 3.
        Low = "LOW",
        /// By default scores 4 to 6.
        Moderate = "MODERATE",
        /// By default scores 8 to 12.
        High = "HIGH",
        /// By default scores 15 to 25.
        Extreme = "EXTREME",
        /// Nothing was rated.
        Unrated = "UNRATED",
    }
}

/// One judgement of likelihood and consequence, each from 1 to the scale's largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rating {
    /// How likely, 1 the least.
    pub likelihood: u8,
    /// How bad, 1 the least.
    pub consequence: u8,
}

impl Rating {
    /// Likelihood x consequence; 1 to 25 on the NHS scale (seven and eleven never occur).
    #[must_use]
    pub fn score(self) -> u16 {
        u16::from(self.likelihood) * u16::from(self.consequence)
    }
}

/// One step of likelihood or consequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Level {
    /// The word: "Possible", "Major".
    pub label: String,
    /// What the word means here.
    #[serde(default)]
    pub meaning: String,
}

/// A band begins at this score and ends where the next one begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Threshold {
    /// The band.
    pub band: Band,
    /// Its lowest score.
    pub from: u16,
}

/// A scale: its steps and where its bands begin. The default is the NHS 5x5 (NPSA, A risk matrix for risk
/// managers, 2008) with bands 1-3, 4-6, 8-12 and 15-25.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scale {
    /// Stable name: `nhs-5x5`.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// Steps of likelihood, the least first.
    pub likelihood: Vec<Level>,
    /// Steps of consequence, the least first.
    pub consequence: Vec<Level>,
    /// Where bands begin, the lowest first.
    pub bands: Vec<Threshold>,
}

impl Scale {
    /// A scale has two to ten named steps each way, a band that begins at 1, and bands that rise and that some
    /// score falls into.
    pub fn check(&self) -> Result<(), Violation> {
        let at = |field: &str| Path::of(["scale", &self.key, field]);
        text::line(&self.key, LINE, &at("key"))?;
        text::line(&self.title, LINE, &at("title"))?;
        for (field, steps) in [("likelihood", &self.likelihood), ("consequence", &self.consequence)] {
            if !(2..=10).contains(&steps.len()) {
                return Err(Violation::new("INVALID", "A scale has two to ten steps.", at(field)));
            }
            for (index, step) in steps.iter().enumerate() {
                text::line(&step.label, LINE, &at(field).join(index).join("label"))?;
                text::bounded(&step.meaning, PARAGRAPH, &at(field).join(index).join("meaning"))?;
            }
        }
        if self.bands.first().is_none_or(|first| first.from != 1) {
            return Err(Violation::new("INVALID", "The lowest band begins at 1.", at("bands")));
        }
        let rising = self.bands.windows(2).all(|pair| match pair {
            [low, high] => low.from < high.from && low.band < high.band,
            _ => true,
        });
        let largest = self.largest();
        let reachable = self.bands.iter().all(|band| band.from <= largest && band.band != Band::Unrated);
        if !(rising && reachable) {
            return Err(Violation::new(
                "INVALID",
                format!("Bands rise from LOW to EXTREME and begin at scores from 1 to {largest}."),
                at("bands"),
            ));
        }
        let products = (1..=self.likelihood.len())
            .flat_map(|likelihood| (1..=self.consequence.len()).map(move |step| likelihood * step));
        let met: BTreeSet<Band> =
            products.filter_map(|score| u16::try_from(score).ok()).map(|score| self.band_of(score)).collect();
        match self.bands.iter().find(|threshold| !met.contains(&threshold.band)) {
            None => Ok(()),
            Some(empty) => {
                let message = format!("No score falls into {}; give it another range.", empty.band);
                Err(Violation::new("INVALID", message, at("bands")))
            }
        }
    }

    /// The band of a rating; [`Band::Unrated`] when nothing was rated.
    #[must_use]
    pub fn band(&self, rating: Option<Rating>) -> Band {
        rating.map_or(Band::Unrated, |rating| self.band_of(rating.score()))
    }

    /// The band of a score.
    #[must_use]
    pub fn band_of(&self, score: u16) -> Band {
        let band = self.bands.iter().rev().find(|band| band.from <= score);
        band.map_or(Band::Unrated, |threshold| threshold.band)
    }

    /// The largest score it has.
    #[must_use]
    pub fn largest(&self) -> u16 {
        u16::try_from(self.likelihood.len() * self.consequence.len()).unwrap_or(u16::MAX)
    }

    /// Whether the rating lies on the scale; the message names the field that does not.
    pub fn admits(&self, rating: Rating, path: &Path) -> Result<(), Violation> {
        for (field, value, steps) in [
            ("likelihood", rating.likelihood, &self.likelihood),
            ("consequence", rating.consequence, &self.consequence),
        ] {
            if value == 0 || usize::from(value) > steps.len() {
                return Err(Violation::new(
                    "OFF_SCALE",
                    format!("{} goes from 1 to {} in {field}; this says {value}.", self.title, steps.len()),
                    path.join(field),
                ));
            }
        }
        Ok(())
    }
}
