//! Guards: what must be so before a transition is made. One variant a guard, with its parameters.

use serde::{Deserialize, Serialize};

use crate::{check::Gate, rating::Band};

/// A predicate over the case, the request and what surrounds them.
///
/// In a definition it is an object with its `name` in `snake_case` and its parameters beside it:
/// `{"name": "no_blockers", "gate": "SUBMIT"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Guard {
    /// No blocking finding of the gate is left that nobody accepted.
    NoBlockers {
        /// The gate.
        gate: Gate,
    },
    /// Enough voting members reviewed the revision before the panel.
    Quorum {
        /// How many; the organisation's setting when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<u32>,
        /// Seats that must be among them: of each inner list one. One person fills two at most.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seats: Vec<Vec<String>>,
    },
    /// Every voting member of the panel reviewed the revision before it.
    ReviewsComplete {},
    /// Every member of the panel declared.
    InterestsDeclared {},
    /// The actor is neither author nor contributor nor SRO.
    NotAuthor {},
    /// The content is what was reviewed, or a person judged what changed since.
    UnchangedSinceReview {},
    /// Every condition of the approval in force is verified or waived.
    ConditionsMet {},
    /// Somebody present confirms having read the assessment, and nobody absent does.
    ReadConfirmed {},
    /// Impacts are recorded, none is unknown, and no negative one scores above the threshold or is unrated.
    ScreeningAllows {
        /// The highest initial score that needs no full assessment.
        maximum: u16,
    },
    /// The case is not in the share of screen-outs that goes to the panel all the same.
    SampledOut {
        /// The share, in percent.
        percent: u8,
        /// Makes the draw this definition's own.
        #[serde(default)]
        seed: String,
    },
    /// No negative impact is rated above the band, unrated, or unknown.
    BandAtMost {
        /// The band.
        band: Band,
    },
    /// A condition of the organisation's own, in CEL over the content of the case.
    Expression {
        /// The expression.
        source: String,
        /// What to tell whom it stops.
        message: String,
    },
}
