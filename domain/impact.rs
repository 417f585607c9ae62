//! One effect on one group of people, or on a named intersection of groups.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    id::{EvidenceId, ImpactId},
    party::Party,
    rating::Rating,
    words::words,
};

words! {
    /// Which way an impact goes. Unknown is never shown, counted or scored as neutral.
    Direction {
        /// For the better.
        Positive = "POSITIVE",
        /// For the worse.
        Negative = "NEGATIVE",
        /// Looked at, and none found.
        Neutral = "NEUTRAL",
        /// Not known yet.
        Unknown = "UNKNOWN",
    }
}

/// How many people, as a range with its basis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reach {
    /// At least.
    pub low: u32,
    /// At most; absent when no upper figure can be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<u32>,
    /// Where the figures come from.
    pub basis: String,
}

/// How likely an impact is as a probability, where its author means one: of a stated event, within a stated time. A
/// likelihood on a scale is no probability, whatever its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chance {
    /// What would have happened.
    pub event: String,
    /// Within how many months.
    pub months: u16,
    /// At least so many times in a thousand.
    pub low: u16,
    /// At most.
    pub high: u16,
}

/// What makes an unknown honest: the question, who answers it and by when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenQuestion {
    /// What has to be found out.
    pub question: String,
    /// Who finds it out.
    pub owner: Party,
    /// By when.
    pub due: NaiveDate,
}

/// An impact as its author wrote it. How it stands now ([`crate::case::Process::current`]) is judged later
/// and is not content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Impact {
    /// Its identifier.
    pub id: ImpactId,
    /// Codes of the groups; several mean their intersection.
    pub groups: Vec<String>,
    /// Which way it goes.
    pub direction: Direction,
    /// Why the author thinks so.
    #[serde(default)]
    pub rationale: String,
    /// Before any mitigation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<Rating>,
    /// If every planned mitigation works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Rating>,
    /// How many people it touches, as the author states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// What it rests on.
    #[serde(default)]
    pub evidence: Vec<EvidenceId>,
    /// Why no mitigation is reasonable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub no_mitigation_because: Option<String>,
    /// Why proceeding is justified although nothing mitigates it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub justification: Option<String>,
    /// How likely it is as a probability, where its author means one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<Chance>,
    /// For an unknown, and for a negative impact that nobody can rate yet: the question, who answers it and by when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_question: Option<OpenQuestion>,
}
