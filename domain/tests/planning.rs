//! Planning backwards from a decision.

use chrono::NaiveDate;
use ehia_domain::{
    calendar::{add_working_days, is_working_day},
    planning::{
        Asked, Plan, PlanStepKind,
        PlanStepKind::{Decision, Panel, Papers, Review, Submit},
        back,
    },
};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn asked<'a>(decision: &str, meetings: Option<&'a [NaiveDate]>) -> Asked<'a> {
    Asked {
        decision: day(decision),
        paper_days: 5,
        review_days: 10,
        meetings,
        closed: &[],
        today: day("2027-01-04"),
    }
}

fn steps(plan: &Plan) -> Vec<(PlanStepKind, String)> {
    plan.steps.iter().map(|step| (step.kind, step.on.to_string())).collect()
}

#[test]
fn a_plan_goes_back_through_papers_panel_and_reviews() {
    let meetings = [day("2027-02-09"), day("2027-03-09"), day("2027-04-13")];
    // The board of 15 March 2027, a Monday: papers five working days before, the panel of 9 March too late for them.
    let plan = back(&asked("2027-03-15", Some(&meetings))).unwrap();
    let expected = [
        (Submit, "2027-01-26"),
        (Review, "2027-02-09"),
        (Panel, "2027-02-09"),
        (Papers, "2027-03-08"),
        (Decision, "2027-03-15"),
    ];
    assert_eq!(steps(&plan), expected.map(|(kind, on)| (kind, on.to_owned())));
    assert_eq!((plan.submit_by, plan.too_late), (Some(day("2027-01-26")), false));
    // A day later the panel of 9 March is in time.
    let plan = back(&asked("2027-03-16", Some(&meetings))).unwrap();
    assert_eq!(plan.submit_by, Some(day("2027-02-23")));
}

#[test]
fn what_is_too_late_is_said_with_what_is_not() {
    let meetings = [day("2027-01-12"), day("2027-02-09")];
    let plan = back(&asked("2027-01-20", Some(&meetings))).unwrap();
    assert!(plan.too_late);
    assert_eq!(plan.submit_by, Some(day("2026-12-24")), "Christmas and New Year do not count");
    // Submitted on 4 January, reviewed by the 18th, before the panel of 9 February, decided five working days on.
    assert_eq!(plan.earliest, Some(day("2027-02-16")));
    let none = back(&asked("2027-01-11", Some(&meetings))).unwrap();
    assert_eq!((none.submit_by, none.too_late, none.steps.len()), (None, true, 2));
    let last = back(&Asked { today: day("2027-02-10"), ..asked("2027-02-10", Some(&meetings)) }).unwrap();
    assert_eq!((last.too_late, last.earliest), (true, None));
}

#[test]
fn days_that_cannot_be_planned_for_are_refused() {
    assert_eq!(back(&asked("2027-01-03", None)).unwrap_err().code, "PAST");
    assert_eq!(back(&asked("2038-01-03", None)).unwrap_err().code, "UNKNOWN_YEAR");
}

proptest! {
    #[test]
    fn what_is_submitted_by_the_day_is_decided_in_time(
        ahead in 0_u64..400,
        gaps in proptest::collection::vec(1_u64..60, 0..8),
        paper_days in 0_u32..15,
        review_days in 0_u32..25,
        with_panel: bool,
    ) {
        let today = day("2027-01-04");
        let mut at = today;
        let meetings: Vec<NaiveDate> = gaps.iter().map(|gap| { at = at + chrono::Days::new(*gap); at }).collect();
        let decision = today + chrono::Days::new(ahead);
        let asked = Asked { decision, paper_days, review_days, meetings: with_panel.then_some(&meetings[..]), closed: &[], today };
        let plan = back(&asked).unwrap();
        let on = |kind| plan.steps.iter().find(|step| step.kind == kind).map(|step| step.on);
        prop_assert!(plan.steps.is_sorted_by_key(|step| step.on));
        if let Some(submit) = plan.submit_by {
            prop_assert!(is_working_day(submit, &[]));
            let reviewed = add_working_days(submit, review_days, &[]);
            if with_panel {
                let panel = on(PlanStepKind::Panel).unwrap();
                prop_assert!(meetings.contains(&panel) && reviewed <= panel);
                prop_assert!(add_working_days(panel, paper_days, &[]) <= decision);
            } else {
                prop_assert!(add_working_days(reviewed, paper_days, &[]) <= decision);
            }
        }
        prop_assert_eq!(plan.too_late, plan.submit_by.is_none_or(|day| day < today));
        if let Some(earliest) = plan.earliest {
            // In time today, and only what is in time can be decided as early as that.
            prop_assert!(plan.too_late || earliest <= decision);
        }
    }
}
