//! What the body with authority decided about the proposal, and the record of what was before it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{DecisionId, PersonId},
    party::Party,
    proposal::ProposalOption,
    reading::Reading,
    review::Acceptance,
    words::words,
};

words! {
    /// What the body decided.
    DecisionOutcome {
        /// Go ahead.
        Proceed = "PROCEED",
        /// Go ahead, changed.
        ProceedWithChanges = "PROCEED_WITH_CHANGES",
        /// Go ahead although people will be worse off, with the reasons; lawful when regard was due and had.
        ProceedDespiteAdverseImpact = "PROCEED_DESPITE_ADVERSE_IMPACT",
        /// Do not go ahead.
        Stop = "STOP",
        /// Decide later.
        Defer = "DEFER",
    }
}

impl DecisionOutcome {
    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Proceed => "Proceed",
            Self::ProceedWithChanges => "Proceed with changes",
            Self::ProceedDespiteAdverseImpact => "Proceed despite adverse impact",
            Self::Stop => "Stop",
            Self::Defer => "Put off",
        }
    }
}

/// What is said of a decision that the proposal's sponsor took part in.
pub const SPONSOR_SAT: &str = "its senior responsible officer sat on the body";

/// The decision of the body with authority under the scheme of delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Decision {
    /// Its identifier.
    pub id: DecisionId,
    /// The body: board, committee, cabinet.
    pub body: String,
    /// What gives it the authority.
    pub authority: String,
    /// The day it met.
    pub meeting: NaiveDate,
    /// Where it is minuted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<String>,
    /// The paper that was before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<String>,
    /// What it decided.
    pub outcome: DecisionOutcome,
    /// Why.
    pub reasons: String,
    /// The revision in the pack.
    pub revision: u32,
    /// Who was present.
    pub present: Vec<Party>,
    /// Whether whoever sponsors the proposal sat on the body: recorded the decision, or was present.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sponsor_sat: bool,
    /// Who confirms having read the assessment.
    pub read_by: Vec<Party>,
    /// What was confirmed before the meeting: who read which revision, when.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// The options considered, as they stood in the revision.
    pub options_considered: Vec<ProposalOption>,
    /// The statement of due regard.
    pub statement: String,
    /// The findings the body accepted.
    #[serde(default)]
    pub accepted: Vec<Acceptance>,
    /// When it was recorded.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
    /// SHA-256 of the decision record.
    #[serde(default)]
    pub record: String,
}

impl Decision {
    /// What was decided, in words, and whether the proposal's sponsor took part.
    #[must_use]
    pub fn told(&self) -> String {
        let label = self.outcome.label();
        if self.sponsor_sat { format!("{label}; {SPONSOR_SAT}") } else { label.to_owned() }
    }
}
