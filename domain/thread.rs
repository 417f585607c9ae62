//! Threads: what a panel discusses about one place of a case, and what it asks the author.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{PersonId, ThreadId},
    text::Path,
};

/// Most threads of a case, and most remarks of a thread.
pub const MOST: usize = 500;

/// Most threads of a case that one person has begun and nobody has settled.
pub const UNSETTLED: usize = 50;

/// One thing somebody said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remark {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub text: String,
}

/// Who settled a thread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resolved {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A discussion of one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Thread {
    /// Its identifier.
    pub id: ThreadId,
    /// The place it is about.
    pub path: Path,
    /// The revision on which it was begun.
    pub revision: u32,
    /// Whether it asks the author, who then reads it and may answer; else it is the panel's alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_author: bool,
    /// What was said, the first by whoever began it.
    pub remarks: Vec<Remark>,
    /// Who settled it, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
}

impl Thread {
    /// Who began it.
    #[must_use]
    pub fn begun_by(&self) -> Option<PersonId> {
        self.remarks.first().map(|remark| remark.by)
    }

    /// Whether the author's side has something to answer: it asks them, is not settled, and they did not speak last.
    pub fn waits_for_author(&self, is_party: impl Fn(PersonId) -> bool) -> bool {
        self.asks_author
            && self.resolved.is_none()
            && self.remarks.last().is_some_and(|remark| !is_party(remark.by))
    }
}
