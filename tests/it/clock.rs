//! The calendar date in London, across both changes of the clocks.

use chrono::{DateTime, NaiveDate, Timelike, Utc};
use ehia::{
    clock::{london, now, supply},
    domain::id::{AssessmentId, Identifier},
};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn midnight_in_london_is_an_hour_earlier_in_summer() {
    for (instant, expected) in [
        ("2026-01-15T23:59:59.999999Z", "2026-01-15"),
        ("2026-01-16T00:00:00Z", "2026-01-16"),
        ("2026-07-15T22:59:59.999999Z", "2026-07-15"),
        ("2026-07-15T23:00:00Z", "2026-07-16"),
        ("2026-12-31T23:59:59Z", "2026-12-31"),
        ("2026-06-30T23:00:00Z", "2026-07-01"),
    ] {
        assert_eq!(london(at(instant)), day(expected), "{instant}");
    }
}

/// Summer begins and ends at 01:00 UTC on the last Sundays of March and October.
#[test]
fn the_days_around_the_changes_of_the_clocks_are_right() {
    for (instant, expected) in [
        // 29 March 2026: the last midnight of winter, and the first of summer.
        ("2026-03-28T23:30:00Z", "2026-03-28"),
        ("2026-03-29T00:00:00Z", "2026-03-29"),
        ("2026-03-29T00:59:59.999999Z", "2026-03-29"),
        ("2026-03-29T01:00:00Z", "2026-03-29"),
        ("2026-03-29T22:59:59Z", "2026-03-29"),
        ("2026-03-29T23:00:00Z", "2026-03-30"),
        // 25 October 2026: the last midnight of summer, and the first of winter.
        ("2026-10-24T22:59:59Z", "2026-10-24"),
        ("2026-10-24T23:00:00Z", "2026-10-25"),
        ("2026-10-25T00:59:59.999999Z", "2026-10-25"),
        ("2026-10-25T01:00:00Z", "2026-10-25"),
        ("2026-10-25T23:30:00Z", "2026-10-25"),
        ("2026-10-26T00:00:00Z", "2026-10-26"),
        // The last Sunday is the 31st in March 2024 and October 2027, the 25th in March 2029.
        ("2024-03-30T23:30:00Z", "2024-03-30"),
        ("2024-03-31T23:00:00Z", "2024-04-01"),
        ("2027-10-30T23:00:00Z", "2027-10-31"),
        ("2027-10-31T23:00:00Z", "2027-10-31"),
        ("2029-03-24T23:30:00Z", "2029-03-24"),
        ("2029-03-25T23:00:00Z", "2029-03-26"),
    ] {
        assert_eq!(london(at(instant)), day(expected), "{instant}");
    }
}

#[test]
fn the_ends_of_time_are_no_panic() {
    let _ = (london(DateTime::<Utc>::MIN_UTC), london(DateTime::<Utc>::MAX_UTC));
}

#[test]
fn now_is_to_the_microsecond_with_the_date_in_london() {
    let moment = now();
    assert_eq!(moment.at.nanosecond() % 1_000, 0);
    assert_eq!(moment.today, london(moment.at));
}

#[test]
fn fresh_identifiers_are_version_7_and_rise() {
    let mut supply = supply();
    let ids: Vec<_> = (0..1_000).map(|_| supply.fresh::<AssessmentId>().uuid()).collect();
    assert!(ids.iter().all(|id| id.get_version_num() == 7));
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
}
