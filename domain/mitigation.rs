//! Actions against impacts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{EvidenceId, ImpactId, InterdependencyId, MitigationId, PersonId},
    party::Party,
    rating::Rating,
    words::words,
};

words! {
    /// How far an action is.
    MitigationStatus {
        /// Promised.
        Planned = "PLANNED",
        /// Begun.
        InProgress = "IN_PROGRESS",
        /// Finished, says its owner.
        Done = "DONE",
        /// Shown to work, says somebody else with evidence.
        Verified = "VERIFIED",
        /// Finished, and it did not work.
        Failed = "FAILED",
        /// Given up.
        Cancelled = "CANCELLED",
    }
}

/// An action as its author planned it. How far it is ([`MitigationReport`]) is not content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Mitigation {
    /// Its identifier.
    pub id: MitigationId,
    /// What will be done.
    pub action: String,
    /// The impacts it acts against.
    #[serde(default)]
    pub impacts: Vec<ImpactId>,
    /// Who does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Party>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<NaiveDate>,
    /// What will show that it works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub indicator: Option<String>,
    /// Where the indicator is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// Where it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_value: Option<String>,
    /// What it rests on elsewhere.
    #[serde(default)]
    pub reliances: Vec<InterdependencyId>,
}

/// What somebody reported of an action, with how the impacts it acts against stand now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MitigationReport {
    /// The action.
    pub mitigation: MitigationId,
    /// When it was reported.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
    /// How far it is.
    pub status: MitigationStatus,
    /// What was reported.
    pub note: String,
    /// The current rating of the impacts it acts against, when it was judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Rating>,
    /// What the judgement rests on.
    #[serde(default)]
    pub evidence: Vec<EvidenceId>,
}
