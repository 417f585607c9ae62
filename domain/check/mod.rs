//! Checks: what the law and good practice ask of an assessment, held against what it says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{settings::Severity, text::Path, words::words};

words! {
    /// Which step a blocker stops.
    Gate {
        /// Submission to the panel.
        Submit = "SUBMIT",
        /// The decision of the body with authority.
        Decide = "DECIDE",
    }
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable for rule and path, so that a decider can accept it: `rule@path/segments`.
    pub id: String,
    /// The id of the rule.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// Which step it stops, when it is a blocker.
    pub gate: Option<Gate>,
    /// Whether panel or body may accept it with a reason.
    pub acceptable: bool,
    /// A sentence for the author: what is missing or does not fit, and what to do.
    pub message: String,
    /// The field it is about.
    pub path: Path,
    /// The facts it rests on.
    pub facts: Value,
}
