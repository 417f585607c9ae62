//! Planning backwards: by when a case must be submitted for a body to decide on a day.

use chrono::NaiveDate;

use crate::{
    calendar,
    text::{Path, Violation},
    words::words,
};

words! {
    /// The steps from a submission to a decision.
    PlanStepKind {
        /// The assessment is submitted.
        Submit = "SUBMIT",
        /// The panel's members have reviewed it.
        Review = "REVIEW",
        /// The panel meets and concludes.
        Panel = "PANEL",
        /// The papers go to the body.
        Papers = "PAPERS",
        /// The body decides.
        Decision = "DECISION",
    }
}

/// A step, with the last day for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// Which.
    pub kind: PlanStepKind,
    /// The day.
    pub on: NaiveDate,
}

/// What a plan rests on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The day of the decision.
    pub decision: NaiveDate,
    /// Working days before it by which its papers are due.
    pub paper_days: u32,
    /// Working days that reviewers have.
    pub review_days: u32,
    /// Days on which the panel meets, from today on; `None` when it concludes whenever its members have reviewed.
    pub meetings: Option<&'a [NaiveDate]>,
    /// Days on which the organisation is closed.
    pub closed: &'a [NaiveDate],
    /// Today.
    pub today: NaiveDate,
}

/// What must be done by when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The steps in order; without what cannot be told when no meeting is early enough.
    pub steps: Vec<PlanStep>,
    /// The last day for the submission; none when no meeting of the panel is early enough.
    pub submit_by: Option<NaiveDate>,
    /// Whether that has passed, or there is none.
    pub too_late: bool,
    /// The first day on which the body could decide what is submitted today; none when no meeting is known for it.
    pub earliest: Option<NaiveDate>,
}

/// The plan backwards from the day of a decision.
///
/// # Errors
/// When the day has passed, or lies in a year whose bank holidays are not known.
pub fn back(asked: &Asked) -> Result<Plan, Violation> {
    let Asked { decision, closed, today, .. } = *asked;
    let path = Path::of(["decisionDate"]);
    if decision < today {
        let message = "This day has passed: name today or a later day for the decision.";
        return Err(Violation::new("PAST", message, path));
    }
    calendar::known(decision, today, &path)?;
    let before = |day, days| calendar::last_day_before(day, days, closed);
    let papers = before(decision, asked.paper_days);
    let step = |kind, on| PlanStep { kind, on };
    let panel = match asked.meetings {
        Some(meetings) => meetings.iter().copied().filter(|day| *day <= papers).max(),
        None => Some(papers),
    };
    let mut steps = Vec::new();
    let submit_by = panel.map(|panel| before(panel, asked.review_days));
    if let (Some(panel), Some(submit_by)) = (panel, submit_by) {
        steps.push(step(PlanStepKind::Submit, submit_by));
        steps.push(step(PlanStepKind::Review, panel));
        if asked.meetings.is_some() {
            steps.push(step(PlanStepKind::Panel, panel));
        }
    }
    steps.push(step(PlanStepKind::Papers, papers));
    steps.push(step(PlanStepKind::Decision, decision));
    let too_late = submit_by.is_none_or(|day| day < today);
    Ok(Plan { steps, submit_by, too_late, earliest: asked.earliest() })
}

impl Asked<'_> {
    /// The first day on which the body could decide what is submitted today.
    fn earliest(&self) -> Option<NaiveDate> {
        let reviewed = calendar::add_working_days(self.today, self.review_days, self.closed);
        let panel = match self.meetings {
            Some(meetings) => meetings.iter().copied().filter(|day| *day >= reviewed).min()?,
            None => reviewed,
        };
        Some(calendar::add_working_days(panel, self.paper_days, self.closed))
    }
}
