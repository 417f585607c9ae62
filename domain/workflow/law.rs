//! The laws a definition must keep, proved when it is loaded.

use crate::workflow::definition::Workflow;

/// A law, with what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    /// Stable: `SAFETY_SUBMIT_GATE`.
    pub id: &'static str,
    /// What it says, in one sentence.
    pub statement: &'static str,
}

/// A law that a definition breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{law} at {at}: {message}")]
pub struct Broken {
    /// The law's id.
    pub law: &'static str,
    /// The state, transition, role, clock or witness that breaks it.
    pub at: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// All laws.
#[must_use]
pub fn laws() -> &'static [Law] {
    &[]
}

/// Reads a definition and proves every law of it.
pub(super) fn prove(_source: &str) -> Result<Workflow, Vec<Broken>> {
    Err(Vec::new())
}
