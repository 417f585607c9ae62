//! Duties: what the law, guidance and good practice ask, each with its citation and the dates it is in force.
//!
//! The shipped list is `definition/duties.json`. A rule cites exactly one duty; only a duty that
//! [binds](Authority::binds) may block a step.

use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{organisation::OrganisationKind, shipped, words::words};

words! {
    /// What gives a duty its weight.
    Authority {
        /// An Act or regulations.
        Statute = "STATUTE",
        /// A judgment of the Court of Appeal or the Supreme Court.
        Appellate = "APPELLATE",
        /// A judgment of the High Court.
        FirstInstance = "FIRST_INSTANCE",
        /// Guidance of a body with standing, which is followed or departed from with reasons.
        Guidance = "GUIDANCE",
        /// What careful organisations do.
        GoodPractice = "GOOD_PRACTICE",
        /// What somebody argues the law to be.
        Argument = "ARGUMENT",
    }
}

impl Authority {
    /// Whether a rule that rests on it may block: statute and case law do, nothing else.
    #[must_use]
    pub const fn binds(self) -> bool {
        match self {
            Self::Statute | Self::Appellate | Self::FirstInstance => true,
            Self::Guidance | Self::GoodPractice | Self::Argument => false,
        }
    }
}

/// A legal duty or test with its citation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Duty {
    /// Stable and dotted: `eqa2010.s149.1.a`.
    pub id: String,
    /// What it asks, in our own words.
    pub title: String,
    /// Where it is written.
    pub citation: String,
    /// What gives it its weight.
    pub authority: Authority,
    /// The first day it applied, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_from: Option<NaiveDate>,
    /// The last day it applied; absent while it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force_to: Option<NaiveDate>,
    /// The kinds of organisation that it binds or may bind; none named binds all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<OrganisationKind>,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How a rule that cites it goes beyond what is settled, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disputed: Option<String>,
}

impl Duty {
    /// Whether it binds, or may bind, organisations of this kind.
    #[must_use]
    pub fn binds(&self, kind: OrganisationKind) -> bool {
        self.binds.is_empty() || self.binds.contains(&kind)
    }

    /// Whether it applies on this day, the first and the last included.
    #[must_use]
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.in_force_from.is_none_or(|from| from <= day) && self.in_force_to.is_none_or(|to| day <= to)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    duties: Vec<Duty>,
}

static DUTIES: LazyLock<Vec<Duty>> = LazyLock::new(|| {
    let document: Document = shipped::read("ehia/duties/1", include_str!("../definition/duties.json"))
        .expect("the shipped duties are tested");
    document.duties
});

/// Every shipped duty, in the order of the document.
#[must_use]
pub fn duties() -> &'static [Duty] {
    &DUTIES
}

/// The duty with this id.
#[must_use]
pub fn duty(id: &str) -> Option<&'static Duty> {
    duties().iter().find(|duty| duty.id == id)
}
