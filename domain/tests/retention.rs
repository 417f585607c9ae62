//! The schedule, when a term ends, and what may be disposed of.

use ehia_domain::{
    calendar::Moment,
    case::{Case, RetentionClass},
    event::EventKind,
    retention::{self, Retention, disposable, kept_until},
    workflow::{
        Phase::{self, Closed, Decided},
        Standing::{self, Proceeding, Stopped},
    },
};

use crate::{
    people,
    workflow::world::{BODY, World, day},
};

fn case(class: RetentionClass) -> Case {
    let mut case = World::ehia().case;
    case.retention = class;
    case.updated_at = people::at();
    case
}

fn until(case: &Case, phase: Phase, standing: Standing) -> Option<String> {
    kept_until(case, phase, standing).map(|day| day.to_string())
}

/// When the synthetic case began: no day that is typed lets its term begin before.
fn case_began() -> chrono::NaiveDate {
    case(RetentionClass::WithDecision).created_at.date_naive()
}

fn long_ago() -> chrono::DateTime<chrono::Utc> {
    day("2019-01-01").and_time(chrono::NaiveTime::MIN).and_utc()
}

#[test]
fn every_class_has_one_rule_with_its_term_and_its_source() {
    assert_eq!(retention::schedule().len(), RetentionClass::ALL.len());
    for class in RetentionClass::ALL {
        let rule = retention::rule(*class);
        assert!(!rule.title.is_empty() && !rule.source.is_empty() && !rule.then.is_empty(), "{rule:?}");
        assert_eq!(rule.years.is_none(), rule.begins == retention::TermStart::Never, "{rule:?}");
    }
}

#[test]
fn a_case_is_kept_as_long_as_the_papers_of_its_last_decision() {
    let mut case = case(RetentionClass::WithDecision);
    let closed = people::at().date_naive();
    assert_eq!(kept_until(&case, Closed, Stopped), closed.checked_add_months(chrono::Months::new(240)));
    let mut decided = World::ehia().approved();
    decided.step("proceed", BODY);
    case.process.decisions = decided.case.process.decisions;
    case.process.decisions[0].meeting = day("2024-02-29");
    assert_eq!(kept_until(&case, Closed, Stopped), case_began().checked_add_months(chrono::Months::new(240)));
    case.created_at = long_ago();
    assert_eq!(until(&case, Closed, Stopped).as_deref(), Some("2044-02-29"));
    assert_eq!(until(&case, Decided, Proceeding), None, "while it can still move, no term runs");
}

#[test]
fn a_policy_is_kept_six_years_beyond_its_end_and_without_an_end_for_ever() {
    let mut case = case(RetentionClass::PolicyLifeSixYears);
    assert_eq!(until(&case, Closed, Proceeding), None);
    case.content.proposal.effective_to = Some(day("2030-03-31"));
    assert_eq!(until(&case, Closed, Proceeding).as_deref(), Some("2036-03-31"));
    let closed = people::at().date_naive();
    assert_eq!(kept_until(&case, Closed, Stopped), closed.checked_add_months(chrono::Months::new(72)));
    case.retention = RetentionClass::Permanent;
    assert_eq!(until(&case, Closed, Stopped), None);
}

#[test]
fn nothing_is_disposed_of_under_hold_or_on_the_last_day_of_the_term() {
    let mut case = case(RetentionClass::PolicyLifeSixYears);
    case.content.proposal.effective_to = Some(day("2020-03-31"));
    case.created_at = long_ago();
    let ask = |case: &Case, phase, today: &str| {
        disposable(case, phase, Proceeding, day(today)).map_err(|violation| violation.code)
    };
    assert_eq!(ask(&case, Closed, "2026-03-31"), Err("NOT_DUE".into()));
    assert_eq!(ask(&case, Closed, "2026-04-01"), Ok(day("2026-03-31")));
    assert_eq!(ask(&case, Decided, "2026-04-01"), Err("NOT_DUE".into()));
    case.legal_hold = true;
    assert_eq!(ask(&case, Closed, "2026-04-01"), Err("LEGAL_HOLD".into()));
    case.legal_hold = false;
    case.retention = RetentionClass::Permanent;
    assert_eq!(ask(&case, Closed, "2326-04-01"), Err("NOT_DUE".into()));
}

#[test]
fn class_and_hold_are_set_apart_with_a_reason_and_told_once() {
    let case = case(RetentionClass::WithDecision);
    let moment = Moment { at: people::at(), today: people::at().date_naive() };
    let hold = |reason: &str| Retention { class: None, legal_hold: Some(true), reason: reason.into() };
    assert_eq!(retention::set(&case, &hold(" "), moment).unwrap_err().code, "REQUIRED");
    let nothing = Retention { reason: "Nothing.".into(), ..Retention::default() };
    assert_eq!(retention::set(&case, &nothing, moment).unwrap_err().code, "REQUIRED");
    let (after, told) = retention::set(&case, &hold("Judicial review."), moment).unwrap().unwrap();
    assert_eq!((after.legal_hold, after.retention, after.version), (true, case.retention, case.version + 1));
    assert_eq!(told.kind, EventKind::RetentionSet);
    assert_eq!(told.payload["reason"], "Judicial review.");
    assert_eq!(retention::set(&after, &hold("Again."), moment).unwrap(), None);
}
