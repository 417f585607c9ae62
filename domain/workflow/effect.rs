//! Effects: what a transition does besides moving the case. One variant an effect, with its parameters.

use serde::{Deserialize, Serialize};

/// Something a transition does, in a definition an object with its `name` in `snake_case`:
/// `{"name": "start_clock", "clock": "review"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// Puts the organisation's standing panel before the case when it has none, without those whose proposal
    /// it is.
    AssignPanel {},
    /// Starts a clock of the definition, or lets it run on when it is paused.
    StartClock {
        /// Its name.
        clock: String,
    },
    /// Stops a clock for good.
    StopClock {
        /// Its name.
        clock: String,
    },
    /// Freezes the revision; submission, outcome and decision do so of themselves.
    FreezeRecord {},
    /// Opens a re-examination of the paths named.
    OpenReexamination {},
    /// Sets the day by which a chair's action must be ratified.
    RequireRatification {
        /// Working days from today.
        days: u32,
    },
    /// Marks the case as published.
    Publish {},
    /// Sets the day the case is to be looked at again.
    ScheduleReview {
        /// Months from today.
        months: u32,
    },
}
