//! Days: what "now" is, and NHS working days.
//!
//! A working day is none of Saturday, Sunday, a bank holiday in England, and a day on which the organisation
//! is closed. Bank holidays follow the Banking and Financial Dealings Act 1971, custom and the proclamations that have
//! repeated since 1978; those that follow no rule are in `definition/bank-holidays.json`. What will be proclaimed once
//! (a coronation, a funeral) nobody knows beforehand: until a version of the program knows it, an organisation enters
//! the day among those on which it is closed. Every year of the calendar is computed by the same rules and none
//! panics; where days are named that clocks or meetings rest on, [`known`] refuses years for which they are not the law.

use std::{collections::BTreeSet, sync::OnceLock};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::Deserialize;

use crate::text::{Path, Violation};

/// When a command happens; it comes from the door and never from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The instant, to the microsecond.
    pub at: DateTime<Utc>,
    /// The calendar date where the organisation is (Europe/London by default).
    pub today: NaiveDate,
}

/// Most working days that are counted; ten years.
pub const LONGEST: u32 = 2600;

/// The day `days` working days after `from`, which itself does not count; `from` when `days` is 0. `closed`
/// are days the organisation is closed besides. At most [`LONGEST`] days are counted.
#[must_use]
pub fn add_working_days(from: NaiveDate, days: u32, closed: &[NaiveDate]) -> NaiveDate {
    let mut at = from;
    let mut left = days.min(LONGEST);
    while left > 0 {
        let Some(next) = at.succ_opt() else { return at };
        at = next;
        if is_working_day(at, closed) {
            left -= 1;
        }
    }
    at
}

/// The day `days` working days before `to`, which itself does not count; `to` when `days` is 0. At most [`LONGEST`] days
/// are counted.
#[must_use]
pub fn working_days_before(to: NaiveDate, days: u32, closed: &[NaiveDate]) -> NaiveDate {
    let mut at = to;
    let mut left = days.min(LONGEST);
    while left > 0 {
        let Some(before) = at.pred_opt() else { return at };
        at = before;
        if is_working_day(at, closed) {
            left -= 1;
        }
    }
    at
}

/// How many working days lie after `from` up to and including `to`; 0 when `to` is not after `from`, and
/// [`LONGEST`] when it is more.
#[must_use]
pub fn working_days_between(from: NaiveDate, to: NaiveDate, closed: &[NaiveDate]) -> u32 {
    let mut at = from;
    let mut count = 0;
    while at < to && count < LONGEST {
        let Some(next) = at.succ_opt() else { return count };
        at = next;
        if is_working_day(at, closed) {
            count += 1;
        }
    }
    count
}

/// Whether the NHS in England works on that day, but for the days in `closed`.
#[must_use]
pub fn is_working_day(date: NaiveDate, closed: &[NaiveDate]) -> bool {
    !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
        && !closed.contains(&date)
        && !is_bank_holiday(date)
}

/// Whether the day is a bank holiday in England.
#[must_use]
pub fn is_bank_holiday(date: NaiveDate) -> bool {
    let proclaimed = proclaimed();
    proclaimed.added.contains(&date) || (is_by_rule(date) && !proclaimed.removed.contains(&date))
}

/// The last working day from which `days` working days lead to `day` at the latest; `day` itself, or the working day
/// before it, when `days` is 0. At most [`LONGEST`] days are counted.
#[must_use]
pub fn last_day_before(day: NaiveDate, days: u32, closed: &[NaiveDate]) -> NaiveDate {
    let mut at = day;
    let mut left = days.min(LONGEST);
    loop {
        if is_working_day(at, closed) {
            if left == 0 {
                return at;
            }
            left -= 1;
        }
        let Some(before) = at.pred_opt() else { return at };
        at = before;
    }
}

/// The first year with the holidays that are followed here: New Year's Day came in 1974, the first Monday of May in 1978.
const FIRST_YEAR: i32 = 1978;
/// How many years ahead bank holidays are taken as known: nobody proclaims further ahead, and law changes.
const YEARS_AHEAD: i32 = 10;

/// Refuses a day in a year whose bank holidays are not known: before those that are followed here were all kept, or more
/// than ten years ahead.
///
/// # Errors
/// That, with what would be accepted.
pub fn known(day: NaiveDate, today: NaiveDate, path: &Path) -> Result<(), Violation> {
    let last = today.year() + YEARS_AHEAD;
    if (FIRST_YEAR..=last).contains(&day.year()) {
        return Ok(());
    }
    let message = format!(
        "The bank holidays of {} are not known, so no working days can be counted there: name a day from {FIRST_YEAR} \
         to {last}.",
        day.year()
    );
    Err(Violation::new("UNKNOWN_YEAR", message, path.clone()))
}

/// Whether clocks in London are an hour ahead: British Summer Time runs from 01:00 UTC on the last Sunday of March to
/// 01:00 UTC on the last Sunday of October (Summer Time Order 2002).
#[must_use]
pub fn is_summer(at: DateTime<Utc>) -> bool {
    let last_sunday = |month: u32| {
        let mut days = (25..=31).rev().filter_map(|day| NaiveDate::from_ymd_opt(at.year(), month, day));
        let sunday = days.find(|day| day.weekday() == Weekday::Sun);
        sunday.and_then(|day| day.and_hms_opt(1, 0, 0)).map(|local| local.and_utc())
    };
    match (last_sunday(3), last_sunday(10)) {
        (Some(from), Some(to)) => (from..to).contains(&at),
        _ => false,
    }
}

/// The instant of a time of day in London. What the clocks show twice is the earlier; what they leave out is an hour
/// later.
#[must_use]
pub fn in_london(day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    let local = day.and_time(time).and_utc();
    let earlier = local - TimeDelta::hours(1);
    if is_summer(earlier) { earlier } else { local }
}

/// The day on which an instant falls in London.
#[must_use]
pub fn day_in_london(at: DateTime<Utc>) -> NaiveDate {
    (at + TimeDelta::hours(i64::from(is_summer(at)))).date_naive()
}

/// Easter Sunday of a year of the Gregorian calendar (computus of Meeus, Jones and Butcher).
#[must_use]
pub fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year.rem_euclid(19), year.div_euclid(100), year.rem_euclid(100));
    let moon = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - moon + 15).rem_euclid(30);
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4).rem_euclid(7);
    let shift = (golden + 11 * epact + 22 * sunday) / 451;
    let day = epact + sunday - 7 * shift + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(day / 31).ok()?, u32::try_from(day % 31 + 1).ok()?)
}

fn is_by_rule(date: NaiveDate) -> bool {
    use Weekday::{Fri, Mon, Sat, Sun, Tue};
    let (month, day, weekday) = (date.month(), date.day(), date.weekday());
    let easter = || easter(date.year());
    match (month, day) {
        // New Year's Day, Christmas Day and Boxing Day.
        (1, 1) | (12, 25 | 26) => !matches!(weekday, Sat | Sun),
        // In their place, the next days that are neither weekend nor taken.
        (12, 27 | 28) => matches!(weekday, Mon | Tue),
        // New Year's Day moved; early May, spring and summer.
        (1, 2 | 3) | (5, 1..=7 | 25..=31) | (8, 25..=31) => weekday == Mon,
        _ if weekday == Fri => {
            easter().is_some_and(|sunday| sunday.checked_sub_days(Days::new(2)) == Some(date))
        }
        _ if weekday == Mon => easter().is_some_and(|sunday| sunday.succ_opt() == Some(date)),
        _ => false,
    }
}

/// What follows no rule.
struct Proclaimed {
    added: BTreeSet<NaiveDate>,
    removed: BTreeSet<NaiveDate>,
}

fn proclaimed() -> &'static Proclaimed {
    #[derive(Deserialize)]
    struct Day {
        date: NaiveDate,
    }
    #[derive(Deserialize)]
    struct Document {
        added: Vec<Day>,
        removed: Vec<Day>,
    }
    static DAYS: OnceLock<Proclaimed> = OnceLock::new();
    DAYS.get_or_init(|| {
        let document: Document = serde_json::from_str(include_str!("definition/bank-holidays.json"))
            .expect("the shipped bank holidays are tested");
        let dates = |days: Vec<Day>| days.into_iter().map(|day| day.date).collect();
        Proclaimed { added: dates(document.added), removed: dates(document.removed) }
    })
}
