//! Screening: how deep an assessment a proposal needs, who said so, what was drawn for the panel's check, and how often the
//! panel saw it otherwise.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{case::Process, id::PersonId, words::words};

/// The question about the depth that whoever wrote a screening recommends.
pub const RECOMMENDED_DEPTH: &str = "recommended_depth";

words! {
    /// How deep an assessment a proposal needs.
    ScreeningDepth {
        /// None: it is screened out.
        None = "NONE",
        /// A light one, without a panel.
        Light = "LIGHT",
        /// A full one, before a panel.
        Full = "FULL",
    }
}

impl ScreeningDepth {
    /// The workflow on which the assessment is made that a screening asks for; `None` for the organisation's usual one.
    #[must_use]
    pub const fn workflow(self) -> Option<&'static str> {
        match self {
            Self::Light => Some("two-person"),
            Self::None | Self::Full => None,
        }
    }
}

/// What a screening said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Screened {
    /// How deep an assessment is needed.
    pub depth: ScreeningDepth,
    /// Who recorded it.
    pub by: PersonId,
    /// In whose place, when it was recorded by somebody who stands in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
    /// On which day.
    pub on: NaiveDate,
    /// Of which revision.
    pub revision: u32,
    /// Why.
    pub reason: String,
    /// Whether it is the panel's check of what was said before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub panel: bool,
    /// Whether it was drawn for the panel's check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
    /// Whether it was borderline, and so drawn with a greater share.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub borderline: bool,
}

/// What a case drew, as it keeps it from its first submission on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lot {
    /// 0 to 99.
    pub number: u8,
    /// The day it was settled.
    pub on: NaiveDate,
    /// Whether it was drawn at some submission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub drawn: bool,
    /// Whether it was borderline at some submission.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub borderline: bool,
}

/// How screenings went, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tally {
    /// How many there were.
    pub screenings: u32,
    /// Of how many the screener said that no assessment is needed.
    pub out: u32,
    /// Of how many a light one.
    pub light: u32,
    /// Of how many a full one.
    pub full: u32,
    /// How many of those screened out were drawn for the panel's check.
    pub drawn: u32,
    /// How many of those drawn the panel has checked.
    pub checked: u32,
    /// How many that were drawn, when they were submitted or later, were withdrawn before the panel checked them.
    pub withdrawn: u32,
    /// Of how many of those the panel said that an assessment is needed: the wrong screen-outs.
    pub overturned: u32,
}

/// How screenings of a period went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// All of them. Borderline ones are drawn with a greater share, so its share of wrong ones is no estimate of all.
    pub all: Tally,
    /// Those that were borderline.
    pub borderline: Tally,
    /// The others.
    pub other: Tally,
}

impl Report {
    /// Counts what was said of one case within the period, both days included, and whether it was `withdrawn` since.
    pub fn count(&mut self, case: &Process, withdrawn: bool, from: NaiveDate, to: NaiveDate) {
        let within = |day: NaiveDate| (from..=to).contains(&day);
        let mut rest = case.screened.iter().peekable();
        let mut unchecked = case.lot.filter(|lot| lot.drawn).map(|lot| (lot.on, lot.borderline));
        while let Some(first) = rest.next() {
            let check = rest.next_if(|next| next.panel && !first.panel);
            if first.panel {
                continue;
            }
            let awaits = first.depth == ScreeningDepth::None && first.drawn && check.is_none();
            unchecked = awaits.then_some((first.on, first.borderline));
            if within(first.on) {
                self.all.count(first, check);
                self.part(first.borderline).count(first, check);
            }
        }
        if let Some((_, borderline)) = unchecked.filter(|(on, _)| withdrawn && within(*on)) {
            self.all.withdrawn += 1;
            self.part(borderline).withdrawn += 1;
        }
    }

    const fn part(&mut self, borderline: bool) -> &mut Tally {
        if borderline { &mut self.borderline } else { &mut self.other }
    }
}

impl Process {
    /// The days on which something of a screening was said or drawn, each once.
    #[must_use]
    pub fn screening_days(&self) -> BTreeSet<NaiveDate> {
        let said = self.screened.iter().map(|said| said.on);
        said.chain(self.lot.filter(|lot| lot.drawn).map(|lot| lot.on)).collect()
    }
}

impl Tally {
    fn count(&mut self, first: &Screened, check: Option<&Screened>) {
        self.screenings += 1;
        match first.depth {
            ScreeningDepth::None => self.out += 1,
            ScreeningDepth::Light => self.light += 1,
            ScreeningDepth::Full => self.full += 1,
        }
        // What somebody sent to the panel undrawn is no part of the sample.
        if first.depth != ScreeningDepth::None || !first.drawn {
            return;
        }
        self.drawn += 1;
        if let Some(check) = check {
            self.checked += 1;
            self.overturned += u32::from(check.depth != ScreeningDepth::None);
        }
    }

    /// In how many of a hundred screen-outs the panel would see it otherwise: the Wilson interval of 95 %, rounded;
    /// `None` while none is checked.
    #[must_use]
    pub fn wrong_in_100(&self) -> Option<(u32, u32)> {
        wilson(self.overturned, self.checked)
    }

    /// The share of wrong screen-outs in words: "2 of 14 checked (4 to 40 in 100)".
    #[must_use]
    pub fn wrong_in_words(&self) -> String {
        match self.wrong_in_100() {
            None => "none checked yet".into(),
            Some((low, high)) => {
                format!("{} of {} checked ({low} to {high} in 100)", self.overturned, self.checked)
            }
        }
    }
}

/// The Wilson score interval of 95 % of so many of so many, in whole numbers of a hundred.
fn wilson(of: u32, all: u32) -> Option<(u32, u32)> {
    const Z: f64 = 1.959_963_984_540_054;
    if all == 0 {
        return None;
    }
    let (count, share) = (f64::from(all), f64::from(of) / f64::from(all));
    let scale = 1.0 + Z * Z / count;
    let middle = (share + Z * Z / (2.0 * count)) / scale;
    let half = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt() / scale;
    Some((hundredths(middle - half), hundredths(middle + half)))
}

/// A share in whole hundredths.
fn hundredths(share: f64) -> u32 {
    (0..=100).rev().find(|whole| f64::from(*whole) <= share * 100.0 + 0.5).unwrap_or(0)
}
