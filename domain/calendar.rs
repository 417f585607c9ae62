//! Days: what "now" is, and NHS working days.

use chrono::{DateTime, NaiveDate, Utc};

/// When a command happens; it comes from the door and never from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant, to the microsecond.
    pub at: DateTime<Utc>,
    /// The calendar date where the organisation is (Europe/London by default).
    pub today: NaiveDate,
}
