//! What an approval is subject to: who meets it, who verifies it, and what is said when nobody did.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{ConditionId, PersonId},
    party::Party,
    words::words,
};

words! {
    /// How a condition stands.
    ConditionStatus {
        /// To be met.
        Open = "OPEN",
        /// Its owner says it is met, with evidence.
        Evidenced = "EVIDENCED",
        /// Its verifier, who is not its owner, says so too.
        Verified = "VERIFIED",
        /// No longer asked for, with a reason.
        Waived = "WAIVED",
        /// Not met.
        Breached = "BREACHED",
    }
}

/// What an approval is subject to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Condition {
    /// Its identifier.
    pub id: ConditionId,
    /// What must be so.
    pub text: String,
    /// Who sees to it.
    pub owner: Party,
    /// By when.
    pub due: NaiveDate,
    /// What will show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence_wanted: Option<String>,
    /// Who judges that it is met; never the owner.
    pub verifier: Party,
    /// How it stands.
    pub status: ConditionStatus,
    /// What was reported of it, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ConditionNote>,
    /// Since when links mailed about it count; those mailed before were revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links_since: Option<DateTime<Utc>>,
    /// What was to be done whenever it was breached, as its sponsor and the body that decides said, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<BreachAnswer>,
}

impl Condition {
    /// How often it was breached.
    #[must_use]
    pub fn breaches(&self) -> usize {
        self.reports.iter().filter(|note| note.status == ConditionStatus::Breached).count()
    }

    /// What was said is to be done about its breach; nothing of one that is not breached.
    pub fn answered(&self) -> impl Iterator<Item = &BreachAnswer> {
        let breach = (self.status == ConditionStatus::Breached).then(|| self.breaches());
        self.answers.iter().filter(move |answer| Some(answer.breach) == breach)
    }

    /// Who last reported it as met, and in whose place.
    pub fn reporters(&self) -> impl Iterator<Item = Party> + use<> {
        let met = self.reports.iter().rfind(|note| note.status == ConditionStatus::Evidenced);
        let by = met.and_then(|note| note.by.clone());
        let on_behalf_of = met.and_then(|note| note.on_behalf_of).map(Party::person);
        by.into_iter().chain(on_behalf_of)
    }
}

/// How a condition stood, as somebody reported it or as its day passed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionNote {
    /// When.
    pub at: DateTime<Utc>,
    /// How it stands since then.
    pub status: ConditionStatus,
    /// Who reported it; nobody when its day passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Party>,
    /// On whose invitation, when it was reported by a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<PersonId>,
    /// In whose place, when it was reported by somebody who stands in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// What was reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where the evidence can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What is to be done about a condition that is breached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BreachAnswer {
    /// Which breach of the condition it answers, the first of them 1.
    pub breach: usize,
    /// What.
    pub to_be_done: String,
    /// Who says so.
    pub by: PersonId,
    /// In whose place, when it was said by somebody who stands in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// Whether they act for the body that decides; otherwise they sponsor the proposal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub body: bool,
    /// When.
    pub at: DateTime<Utc>,
}
