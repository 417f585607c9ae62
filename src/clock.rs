//! The only place that reads the clock and makes identifiers. Everything inside takes them as parameters.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};
use uuid::Uuid;

use crate::domain::{
    calendar::{self, Moment},
    id::Supply,
};

/// Now, with the calendar date in London.
#[must_use]
pub fn now() -> Moment {
    #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the clock")]
    let at = Utc::now().trunc_subsecs(6);
    Moment { at, today: london(at) }
}

/// A supply of fresh identifiers, UUID version 7.
#[must_use]
pub fn supply() -> Supply {
    #[expect(clippy::disallowed_methods, reason = "this is the one file that makes identifiers")]
    Supply::new(Uuid::now_v7)
}

/// The calendar date in London.
#[must_use]
pub fn london(at: DateTime<Utc>) -> NaiveDate {
    local(at).date()
}

/// The hour of the day in London, 0 to 23.
#[must_use]
pub fn london_hour(at: DateTime<Utc>) -> u32 {
    local(at).hour()
}

/// The time in London.
fn local(at: DateTime<Utc>) -> NaiveDateTime {
    (at + Duration::hours(i64::from(calendar::is_summer(at)))).naive_utc()
}
