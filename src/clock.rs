//! The only place that reads the clock and makes identifiers. Everything inside takes them as parameters.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};
use uuid::Uuid;

use crate::domain::{calendar::Moment, id::Supply};

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

/// The time in London: British Summer Time runs from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last
/// Sunday of October (Summer Time Order 2002).
fn local(at: DateTime<Utc>) -> NaiveDateTime {
    use chrono::{Datelike, Weekday};
    let last_sunday = |month: u32| {
        let day = (25..=31).rev().filter_map(|day| NaiveDate::from_ymd_opt(at.year(), month, day));
        day.into_iter()
            .find(|day| day.weekday() == Weekday::Sun)
            .and_then(|day| day.and_hms_opt(1, 0, 0))
            .map(|local| local.and_utc())
    };
    let summer = match (last_sunday(3), last_sunday(10)) {
        (Some(from), Some(to)) => (from..to).contains(&at),
        _ => false,
    };
    (at + Duration::hours(i64::from(summer))).naive_utc()
}
