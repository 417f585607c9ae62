//! Leave and deputies.

use chrono::NaiveDate;
use ehia_domain::{
    id::LeaveId,
    leave::{Leave, away},
    permission::Role,
};
use uuid::Uuid;

use super::people::{HOME, organisation, person};

const TODAY: &str = "2027-03-08";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Leave of somebody from a day to a day, with a deputy.
fn leave(number: u128, from: &str, until: &str, deputy: Option<u128>) -> Leave {
    Leave {
        id: LeaveId::from(Uuid::from_u128(number)),
        organisation: organisation(HOME),
        person: person(number),
        deputy: deputy.map(person),
        from: day(from),
        until: day(until),
    }
}

/// The codes with their fields, where 1 chairs, 2 leads on equality, 3 reviews and nobody else is there.
fn wrong(leave: &Leave, others: &[Leave]) -> Vec<(String, String)> {
    let roles = |who| match () {
        () if who == person(1) => vec![Role::Author, Role::PanelChair],
        () if who == person(2) => vec![Role::EqualityLead],
        () if who == person(3) => vec![Role::Reviewer],
        () => Vec::new(),
    };
    let found = leave.check(others, roles, day(TODAY));
    found.into_iter().map(|violation| (violation.code.clone(), violation.path.to_string())).collect()
}

fn one(code: &str, field: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), field.to_owned())]
}

#[test]
fn leave_that_cannot_be_is_refused_and_said_where() {
    let fine = leave(1, "2027-03-01", "2027-03-08", Some(2));
    assert_eq!(wrong(&fine, &[]), [], "it began before today, and this is its last day");
    assert_eq!(wrong(&leave(1, "2027-03-01", "2027-03-07", None), &[]), one("PAST", "until"));
    assert_eq!(wrong(&leave(1, "2027-03-10", "2027-03-09", None), &[]), one("INVALID", "until"));
    assert_eq!(wrong(&leave(1, "2027-03-10", "2028-04-12", None), &[]), [], "four hundred days");
    assert_eq!(wrong(&leave(1, "2027-03-10", "2028-04-13", None), &[]), one("TOO_LONG", "until"));
    let far = leave(1, "2038-03-10", "2038-03-12", None);
    assert_eq!(wrong(&far, &[]), [one("UNKNOWN_YEAR", "from"), one("UNKNOWN_YEAR", "until")].concat());
    assert_eq!(wrong(&leave(9, "2027-03-10", "2027-03-11", None), &[]), one("NOT_FOUND", "person"));
    assert_eq!(wrong(&leave(1, "2027-03-10", "2027-03-11", Some(9)), &[]), one("NOT_FOUND", "deputy"));
    assert_eq!(wrong(&leave(1, "2027-03-10", "2027-03-11", Some(1)), &[]), one("INVALID", "deputy"));
    assert_eq!(wrong(&leave(3, "2027-03-10", "2027-03-11", Some(1)), &[]), one("NOTHING_TO_DO", "deputy"));
    assert_eq!(wrong(&leave(3, "2027-03-10", "2027-03-11", None), &[]), []);
}

#[test]
fn deputies_do_not_clash() {
    let one_off = leave(1, "2027-03-15", "2027-03-19", Some(2));
    let other = |from, until, deputy| Leave {
        id: LeaveId::from(Uuid::from_u128(77)),
        ..leave(1, from, until, deputy)
    };
    assert_eq!(wrong(&one_off, &[other("2027-03-19", "2027-03-26", Some(3))]), one("CLASH", "from"));
    assert_eq!(wrong(&one_off, &[other("2027-03-20", "2027-03-26", Some(3))]), []);
    assert_eq!(wrong(&one_off, &[leave(2, "2027-03-10", "2027-03-15", None)]), one("CLASH", "deputy"));
    assert_eq!(wrong(&one_off, &[leave(2, "2027-03-10", "2027-03-14", None)]), []);
    // Whoever stands in for somebody has that given to somebody else before they are away themselves.
    assert_eq!(wrong(&leave(2, "2027-03-19", "2027-03-22", None), &[one_off]), one("CLASH", "from"));
    assert_eq!(wrong(&leave(2, "2027-03-20", "2027-03-22", None), &[one_off]), []);
    assert_eq!(wrong(&one_off, &[one_off]), [], "it does not clash with itself when it is changed");
}

#[test]
fn who_is_away_is_away_on_the_first_day_and_the_last() {
    let gone = [leave(1, "2027-03-15", "2027-03-19", None)];
    for (on, expected) in
        [("2027-03-14", false), ("2027-03-15", true), ("2027-03-19", true), ("2027-03-20", false)]
    {
        assert_eq!(away(&gone, day(on)) == [person(1)], expected, "{on}");
    }
}
