//! The only place that reads the clock and makes identifiers. Everything inside takes them as parameters.

use chrono::{DateTime, Duration, NaiveDate, SubsecRound, Utc};
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
    (at + Duration::hours(i64::from(calendar::is_summer(at)))).date_naive()
}
