//! The tables of a picture, with names beside codes. Whoever asks: of every number of people that somebody typed they have the
//! rounding alone, and no chance that something comes about.

mod count;
mod counted;
mod heading;
mod link;
mod pile;
mod severe;
mod spend;
mod time;

use std::collections::BTreeMap;

pub use self::{
    count::{Part, bands, exposures, heat_map, key_cells, key_columns, summary},
    counted::Counted,
    heading::{Said, heading},
    link::{End, edges, partners, unassessed},
    pile::{Heap, concentrations, concurrency},
    severe::SevereCounts,
    spend::spend,
    time::{decisions, influence, promises, trend},
};
use super::{Rated, Stated, extract::Cell, rounding::FEW};
use crate::{
    group::Catalogue,
    id::OrganisationId,
    place::{Code, Reference},
    text::grouped,
    words::words,
};

words! {
    /// A table of the picture of risk.
    RiskTable {
        /// What is in the picture, and what is not.
        Summary = "SUMMARY",
        /// Impacts and cases by direction, basis and band.
        Bands = "BANDS",
        /// Impacts and cases by rating, each scale by itself.
        HeatMap = "HEAT_MAP",
        /// The parts of the picture, by what it is cut by.
        Exposures = "EXPOSURES",
        /// The cases behind each part.
        Cases = "CASES",
        /// Where several cases touch one group negatively in one place at one time.
        Concentrations = "CONCENTRATIONS",
        /// The places under one, two, three or more cases at once.
        Concurrency = "CONCURRENCY",
        /// How many cases rate a severe adverse impact, by group and likelihood.
        Severe = "SEVERE",
        /// What depends on what.
        Interdependencies = "INTERDEPENDENCIES",
        /// Registered decisions without an assessment.
        Unassessed = "UNASSESSED",
        /// What partners propose without a case here.
        Partners = "PARTNERS",
        /// Figures month by month, each as it was known then.
        Trend = "TREND",
        /// What became of mitigations that were promised, by group.
        Mitigations = "MITIGATIONS",
        /// What assessments changed: alterations, returns, refusals and ratings.
        Influence = "INFLUENCE",
        /// What the panel said and what the body then decided.
        Decisions = "DECISIONS",
        /// Change in what is spent every year, by national deprivation fifth.
        Spend = "SPEND",
    }
}

/// What codes and identifiers are called.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// Groups.
    pub groups: &'a Catalogue,
    /// Places, where something is known of them.
    pub reference: Option<&'a Reference>,
    /// ODS code and name of organisations.
    pub organisations: &'a BTreeMap<OrganisationId, (String, String)>,
}

impl Names<'_> {
    /// A group; its code where it is not known.
    #[must_use]
    pub fn group(&self, code: &str) -> String {
        self.groups.find(code).map_or_else(|| code.to_owned(), |group| group.name.clone())
    }

    /// A place; its code where it is not known.
    #[must_use]
    pub fn place(&self, code: Code) -> String {
        self.reference.map_or_else(|| code.to_string(), |reference| reference.gazetteer().name(code))
    }

    /// A place by what somebody wrote.
    #[must_use]
    pub fn coded(&self, code: &str) -> String {
        Code::parse(code).map_or_else(|| code.to_owned(), |code| self.place(code))
    }

    fn organisation(&self, id: OrganisationId) -> (Cell, Cell) {
        match self.organisations.get(&id) {
            Some((code, name)) => (code.as_str().into(), name.as_str().into()),
            None => (Cell::Empty, Cell::Empty),
        }
    }
}

/// The columns of a rating.
const RATING: [(&str, &str); 3] = [
    ("worstBand", "Gravest band"),
    ("worstLikelihood", "its likelihood"),
    ("worstConsequence", "its consequence"),
];

fn rating(rated: Option<Rated>) -> [Cell; 3] {
    match rated {
        Some(Rated { band, likelihood, consequence }) => {
            [band.as_str().into(), u32::from(likelihood).into(), u32::from(consequence).into()]
        }
        None => [Cell::Empty, Cell::Empty, Cell::Empty],
    }
}

/// The columns of a reach.
const REACH: [(&str, &str); 4] = [
    ("reachAssessments", "Cases that state a reach"),
    ("reachLow", "Stated reach, at least (rounded)"),
    ("reachHigh", "Stated reach, at most (rounded)"),
    ("reachInWords", "Stated reach in words"),
];

fn reach(stated: Stated) -> [Cell; 4] {
    if stated.cases == 0 {
        return [stated.cases.into(), Cell::Empty, Cell::Empty, "not stated".into()];
    }
    let high = (stated.open == 0).then_some(stated.rounded_high);
    [
        stated.cases.into(),
        at_least(stated.rounded_low).into(),
        high.into(),
        reach_in_words(stated.rounded_low, high).into(),
    ]
}

/// A rounded number of people at least, as a number: below ten it is not told, and is not nobody.
#[must_use]
pub fn at_least(low: i64) -> Option<i64> {
    (low >= FEW.into()).then_some(low)
}

/// Rounded numbers of people in words: below ten is "fewer than 10", and never how many.
#[must_use]
pub fn reach_in_words(low: i64, high: Option<i64>) -> String {
    let people = |number: i64| grouped(u32::try_from(number).unwrap_or(u32::MAX));
    match (low, high) {
        // A sum of numbers below ten begins at nothing, and each may be up to ten.
        (..10, Some(..=10)) => "fewer than 10".to_owned(),
        (..10, Some(high)) => format!("fewer than 10 to {}", people(high)),
        (..10, None) => "fewer than 10 or more, no upper figure".to_owned(),
        (low, None) => format!("{} or more", people(low)),
        (low, Some(high)) if low == high => people(low),
        (low, Some(high)) => format!("{} to {}", people(low), people(high)),
    }
}
