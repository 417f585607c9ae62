//! The content of a case: what its authors write, what a revision numbers and what is frozen.
//!
//! The document is canonical JSON with camelCase keys; every path in the API and in findings is a path in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    evidence::{Engagement, Evidence},
    id::PersonId,
    impact::Impact,
    interdependency::Interdependency,
    mitigation::Mitigation,
    party::Party,
    proposal::Proposal,
};

/// The name of this layout; readers of old documents ask it first.
pub const FORMAT: &str = "ehia/content/1";

/// Everything the authors of an assessment write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Content {
    /// [`FORMAT`].
    pub format: String,
    /// The name of the case.
    pub title: String,
    /// What is assessed.
    #[serde(default)]
    pub proposal: Proposal,
    /// Who else writes it.
    #[serde(default)]
    pub contributors: Vec<PersonId>,
    /// The senior responsible officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sro: Option<Party>,
    /// Answers by question key; a value may be `{"unknown": OpenQuestion}` wherever it is honest to say so.
    #[serde(default)]
    pub answers: BTreeMap<String, Value>,
    /// Effects on groups.
    #[serde(default)]
    pub impacts: Vec<Impact>,
    /// What claims rest on.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Who was listened to.
    #[serde(default)]
    pub engagement: Vec<Engagement>,
    /// Actions against impacts.
    #[serde(default)]
    pub mitigations: Vec<Mitigation>,
    /// Edges to other cases and partners.
    #[serde(default)]
    pub interdependencies: Vec<Interdependency>,
}

impl Content {
    /// An empty assessment with this title.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            format: FORMAT.into(),
            title: title.into(),
            proposal: Proposal::default(),
            contributors: Vec::new(),
            sro: None,
            answers: BTreeMap::new(),
            impacts: Vec::new(),
            evidence: Vec::new(),
            engagement: Vec::new(),
            mitigations: Vec::new(),
            interdependencies: Vec::new(),
        }
    }
}
