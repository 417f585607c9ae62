//! What claims rest on, and who was listened to.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    id::{AttachmentId, EngagementId, EvidenceId},
    words::words,
};

words! {
    /// Where evidence comes from.
    EvidenceKind {
        /// Figures about people or services.
        Data = "DATA",
        /// Published research.
        Research = "RESEARCH",
        /// What people said when asked.
        Engagement = "ENGAGEMENT",
        /// What those who know the service or the group know.
        ExpertKnowledge = "EXPERT_KNOWLEDGE",
        /// Complaints, PALS, incidents.
        Complaints = "COMPLAINTS",
        /// Clinical or other audit.
        Audit = "AUDIT",
        /// Anything else.
        Other = "OTHER",
    }
}

words! {
    /// How much weight evidence bears.
    EvidenceStrength {
        /// Little.
        Weak = "WEAK",
        /// Some.
        Moderate = "MODERATE",
        /// Much.
        Strong = "STRONG",
    }
}

/// One source, or one known gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Evidence {
    /// Its identifier.
    pub id: EvidenceId,
    /// What it is called.
    pub title: String,
    /// What kind it is.
    pub kind: EvidenceKind,
    /// Where it can be found.
    #[serde(default)]
    pub source: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<NaiveDate>,
    /// Whether it is about this place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// How much weight it bears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strength: Option<EvidenceStrength>,
    /// What it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gap: Option<String>,
    /// Codes of the groups it is about.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Files kept with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentId>,
}

/// A file kept with a case, as records cite it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attachment {
    /// Its identifier.
    pub id: AttachmentId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// One engagement: who was involved, when, about which revision, and what changed because of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Engagement {
    /// Its identifier.
    pub id: EngagementId,
    /// Who was involved.
    pub who: String,
    /// Codes of the groups they belong to.
    #[serde(default)]
    pub groups: Vec<String>,
    /// How: survey, meeting, panel.
    pub method: String,
    /// When it began.
    pub from: NaiveDate,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// How many people took part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<u32>,
    /// The revision of this assessment they were asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about_revision: Option<u32>,
    /// What they said.
    #[serde(default)]
    pub heard: String,
    /// What changed because of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}
