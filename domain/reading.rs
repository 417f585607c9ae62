//! Readings: who of the body with authority confirms having read an assessment, at which revision.
//!
//! A confirmation is about one revision, which it freezes. What is changed afterwards is another one, so it no longer
//! counts for what is decided then; it stays to tell which was read.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{case::Case, id::PersonId, workflow::Phase};

/// That somebody read the assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reading {
    /// Who.
    pub by: PersonId,
    /// The revision they read.
    pub revision: u32,
    /// When they confirmed it.
    pub at: DateTime<Utc>,
    /// The day on which the body meets for which they read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<NaiveDate>,
}

/// That somebody was asked to read it before the body meets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadingAsked {
    /// Who is to read it.
    pub person: PersonId,
    /// The day on which the body meets.
    pub meeting: NaiveDate,
    /// Who asked.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest revision that the person confirmed having read.
#[must_use]
pub fn newest(case: &Case, person: PersonId) -> Option<&Reading> {
    case.process.readings.iter().filter(|reading| reading.by == person).max_by_key(|reading| reading.revision)
}

/// Whether the person confirmed having read the revision that the case is at.
#[must_use]
pub fn is_current(case: &Case, person: PersonId) -> bool {
    case.process.readings.iter().any(|reading| reading.by == person && reading.revision == case.revision)
}

/// Who was asked and has not read the revision that the case is at, with the revision they did read; nobody while it is
/// with its author, and once it was decided.
pub fn awaited(case: &Case, phase: Phase) -> impl Iterator<Item = (&ReadingAsked, Option<u32>)> {
    let open = matches!(phase, Phase::Review | Phase::Approved);
    let asked = case.process.readings_asked.iter().filter(move |_| open);
    asked
        .filter(|asked| !is_current(case, asked.person))
        .map(|asked| (asked, newest(case, asked.person).map(|reading| reading.revision)))
}
