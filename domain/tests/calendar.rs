//! Working days.

use chrono::{Datelike, NaiveDate};
use ehia_domain::{
    calendar::{
        LONGEST, add_working_days, easter, in_london, is_bank_holiday, is_working_day, known,
        last_day_before, working_days_between,
    },
    text::Path,
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

#[test]
fn every_year_is_computed_by_rule_and_has_eight_holidays_but_for_what_was_proclaimed_once() {
    let holidays = |year: i32| {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        first.iter_days().take_while(|date| date.year() == year).filter(|date| is_bank_holiday(*date)).count()
    };
    for year in [1583, 1752, 1900, 1981, 1995, 1999, 2022, 2023, 2038, 2100, 2400, 9999] {
        let more = match year {
            1981 | 1999 | 2023 => 1,
            2022 => 2,
            _ => 0,
        };
        assert_eq!(holidays(year), 8 + more, "{year}");
    }
    for date in [NaiveDate::MIN, NaiveDate::MAX, day("0000-02-29"), day("2100-02-28")] {
        let _ = is_working_day(date, &[]);
    }
}

#[test]
fn counting_back_is_the_last_day_that_is_early_enough() {
    for to in day("2025-12-20").iter_days().take(400) {
        for days in [0, 1, 5, 10, 23] {
            let last = last_day_before(to, days, &[]);
            assert!(is_working_day(last, &[]), "{last}");
            assert!(add_working_days(last, days, &[]) <= to, "{days} before {to}");
            let next = add_working_days(last, 1, &[]);
            assert!(add_working_days(next, days, &[]) > to, "{days} before {to}: {next} would do");
        }
    }
    // Over Easter, by a calendar: 14 April 2026 less five, over Monday the 6th.
    assert_eq!(last_day_before(day("2026-04-14"), 5, &[]), day("2026-04-07"));
    assert_eq!(last_day_before(day("2026-04-13"), 5, &[]), day("2026-04-02"));
    assert_eq!(last_day_before(NaiveDate::MIN, 3, &[]), NaiveDate::MIN);
}

#[test]
fn days_in_years_whose_bank_holidays_are_not_known_are_refused() {
    let today = day("2026-11-22");
    let asked = |text: &str| known(day(text), today, &Path::of(["day"]));
    for fine in ["1978-01-01", "2026-11-22", "2036-12-31"] {
        assert_eq!(asked(fine), Ok(()), "{fine}");
    }
    for unknown in ["1977-12-31", "2037-01-01", "9999-12-31"] {
        let refused = asked(unknown).unwrap_err();
        assert_eq!(refused.code, "UNKNOWN_YEAR");
        assert!(refused.message.contains("from 1978 to 2036"), "{}", refused.message);
    }
}

#[test]
fn a_time_of_day_in_london_is_an_hour_earlier_in_summer() {
    let at = |date: &str, time: &str| in_london(day(date), time.parse().unwrap()).to_rfc3339();
    assert_eq!(at("2027-01-12", "10:00:00"), "2027-01-12T10:00:00+00:00");
    assert_eq!(at("2027-04-06", "10:00:00"), "2027-04-06T09:00:00+00:00");
    // On the days the clocks change: what is shown twice is the earlier, what is left out an hour later.
    assert_eq!(at("2027-03-28", "00:59:00"), "2027-03-28T00:59:00+00:00");
    assert_eq!(at("2027-03-28", "02:00:00"), "2027-03-28T01:00:00+00:00");
    assert_eq!(at("2027-03-28", "01:30:00"), "2027-03-28T01:30:00+00:00");
    assert_eq!(at("2027-10-31", "01:30:00"), "2027-10-31T00:30:00+00:00");
    assert_eq!(at("2027-10-31", "02:00:00"), "2027-10-31T02:00:00+00:00");
}
