//! Working days.

use chrono::{Datelike, NaiveDate};
use ehia_domain::calendar::{
    LONGEST, add_working_days, easter, is_bank_holiday, is_working_day, working_days_between,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// England and Wales, as published at <https://www.gov.uk/bank-holidays>; from 2028 by the same rules, worked
/// out by hand from a calendar.
const KNOWN: [(i32, &str); 12] = [
    (2019, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
    (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
    (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
    (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
    (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
    (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
    (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
    (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
    (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
    (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    (2029, "01-01 03-30 04-02 05-07 05-28 08-27 12-25 12-26"),
    (2030, "01-01 04-19 04-22 05-06 05-27 08-26 12-25 12-26"),
];

#[test]
fn bank_holidays_are_those_published_from_2019_to_2030() {
    for (year, expected) in KNOWN {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let holidays: Vec<String> = first
            .iter_days()
            .take_while(|date| date.year() == year)
            .filter(|date| is_bank_holiday(*date))
            .map(|date| date.format("%m-%d").to_string())
            .collect();
        assert_eq!(holidays.join(" "), expected, "{year}");
    }
}

#[test]
fn easter_is_where_the_church_has_it() {
    for known in
        ["1818-03-22", "1943-04-25", "2000-04-23", "2019-04-21", "2024-03-31", "2038-04-25", "2285-03-22"]
    {
        assert_eq!(easter(day(known).year()), Some(day(known)));
    }
}

#[test]
fn working_days_pass_over_weekends_and_bank_holidays() {
    assert_eq!(add_working_days(day("2026-04-01"), 10, &[]), day("2026-04-17"));
    assert_eq!(add_working_days(day("2026-12-24"), 1, &[]), day("2026-12-29"));
    assert_eq!(add_working_days(day("2026-01-02"), 5, &[]), day("2026-01-09"));
    assert_eq!(add_working_days(day("2026-01-03"), 0, &[]), day("2026-01-03"));
}

#[test]
fn days_on_which_the_organisation_is_closed_do_not_count() {
    let closed = [day("2026-12-29"), day("2026-12-30")];
    assert_eq!(add_working_days(day("2026-12-24"), 1, &closed), day("2026-12-31"));
    assert!(!is_working_day(day("2026-12-29"), &closed));
}

#[test]
fn counting_undoes_adding() {
    for from in day("2025-12-20").iter_days().take(400) {
        for days in [0, 1, 5, 10, 23] {
            let to = add_working_days(from, days, &[]);
            assert_eq!(working_days_between(from, to, &[]), days, "{from} + {days}");
        }
    }
    assert_eq!(working_days_between(day("2026-02-02"), day("2026-02-01"), &[]), 0);
}

#[test]
fn the_end_of_time_is_no_panic() {
    assert_eq!(add_working_days(NaiveDate::MAX, 10, &[]), NaiveDate::MAX);
    assert_eq!(working_days_between(NaiveDate::MIN, NaiveDate::MAX, &[]), LONGEST);
    let _ = easter(i32::MAX);
    let _ = easter(i32::MIN);
}
