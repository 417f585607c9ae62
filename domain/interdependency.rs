//! Edges from one case to another, or to a partner.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AssessmentId, InterdependencyId},
    party::Party,
    words::words,
};

words! {
    /// What an edge means.
    InterdependencyKind {
        /// A mitigation or claim here stands only if the other does.
        ReliesOn = "RELIES_ON",
        /// Both hit the same people.
        Compounds = "COMPOUNDS",
        /// People will go there instead.
        ShiftsDemandTo = "SHIFTS_DEMAND_TO",
        /// The other pays.
        Funds = "FUNDS",
        /// Both are steps of one pathway.
        SharesPathway = "SHARES_PATHWAY",
    }
}

words! {
    /// When a reliance holds. A form that is returned breaks nothing; a decision can.
    ReliancePremise {
        /// When the target proceeds.
        TargetProceeds = "TARGET_PROCEEDS",
        /// When the target does not proceed (a closure that is not to happen).
        TargetDoesNotProceed = "TARGET_DOES_NOT_PROCEED",
        /// When the partner has confirmed it.
        PartnerConfirms = "PARTNER_CONFIRMS",
    }
}

/// An edge to another assessment or a partner. A reliance names its premise: a service, a capacity, a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interdependency {
    /// Its identifier.
    pub id: InterdependencyId,
    /// What it means.
    pub kind: InterdependencyKind,
    /// The other assessment, when it has one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AssessmentId>,
    /// The partner, when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Party>,
    /// What is relied on, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premise: Option<String>,
    /// By when it must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<NaiveDate>,
    /// When it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_when: Option<ReliancePremise>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
