//! The only place that reads the clock and makes identifiers. Everything inside takes them as parameters.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, SubsecRound, Timelike, Utc};
use uuid::Uuid;

use crate::domain::{
    calendar::{self, Moment},
    id::Supply,
};

/// Now, with the calendar date in London.
#[must_use]
pub fn now() -> Moment {
    Clock::default().now()
}

/// What time it is to a service: the system's time, or one that is held and set, for rehearsals.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<Mutex<DateTime<Utc>>>>);

impl Clock {
    /// A clock that stands until it is set; its clones stand with it.
    #[must_use]
    pub fn held(at: DateTime<Utc>) -> Self {
        Self(Some(Arc::new(Mutex::new(at))))
    }

    /// Sets a clock that is held; the system's is not set.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Some(at) = &self.0 {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }

    /// Now, with the calendar date in London.
    #[must_use]
    pub fn now(&self) -> Moment {
        #[expect(clippy::disallowed_methods, reason = "this is the one file that reads the clock")]
        let system = || Utc::now().trunc_subsecs(6);
        let held = self.0.as_ref().map(|at| *at.lock().unwrap_or_else(PoisonError::into_inner));
        let at = held.unwrap_or_else(system);
        Moment { at, today: london(at) }
    }
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
