//! Workflows are data, phases are law.

mod attendance;
pub mod begun;
pub mod breach;
pub mod clock;
pub mod condition;
pub mod deadline;
pub mod definition;
pub mod diagram;
pub mod discussion;
pub(crate) mod document;
mod draw;
pub mod effect;
pub mod engine;
pub mod expression;
pub mod follow;
pub mod guard;
pub mod interest;
pub mod law;
mod matrix;
pub mod moving;
pub mod process;
pub mod quorum;
pub mod ratification;
pub mod reading;
pub mod record;
pub mod reliance;
mod requirement;
pub mod reviewing;
pub mod share;
mod step;
pub mod witness;

use crate::words::words;

words! {
    /// What the program reasons about a state, whatever an organisation calls it.
    Phase {
        /// Being written.
        Drafting = "DRAFTING",
        /// Before the panel.
        Review = "REVIEW",
        /// Assured by the panel, not yet decided.
        Approved = "APPROVED",
        /// Decided by the body with authority, or decided not to be required.
        Decided = "DECIDED",
        /// Over.
        Closed = "CLOSED",
    }
}

words! {
    /// May this proposal still, or already, touch people?
    Standing {
        /// Not decided.
        Pending = "PENDING",
        /// Going ahead.
        Proceeding = "PROCEEDING",
        /// Not going ahead.
        Stopped = "STOPPED",
    }
}
