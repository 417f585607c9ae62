//! Clocks of a case: started and stopped by transitions, paused while it is with its author.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    calendar::{self, Moment},
    case::{Case, Clock, Process},
    event::{EventKind, Happening},
    workflow::{Phase, definition::Workflow},
};

/// The clock of an open re-examination. The program keeps it; no definition may use its name.
pub const REEXAMINATION: &str = "reexamination";
/// Working days in which a person judges a material change.
pub const REEXAMINATION_DAYS: u32 = 5;

/// What clocks are reckoned by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reckoning<'a> {
    pub workflow: &'a Workflow,
    pub closed: &'a [NaiveDate],
    pub today: NaiveDate,
}

impl Reckoning<'_> {
    /// Starts a clock of the definition, unless there is one that runs or is paused with days left: nobody is given no
    /// day at all.
    pub fn start(&self, process: &mut Process, name: &str, phase: Phase) {
        let Some(definition) = self.workflow.clock(name) else { return };
        if process.clocks.get(name).is_none_or(|clock| clock.days_left == 0) {
            self.begin(process, name, definition.days, definition.runs_in.contains(&phase));
        }
    }

    /// Puts a clock that gives `days` in the place of any of that name.
    pub fn begin(&self, process: &mut Process, name: &str, days: u32, runs: bool) {
        let clock = Clock {
            since: self.today,
            days_left: days,
            due: runs.then(|| calendar::add_working_days(self.today, days, self.closed)),
            announced: false,
        };
        process.clocks.insert(name.into(), clock);
    }

    /// Pauses what does not run in the phase, and lets run on what does.
    pub fn enter(&self, process: &mut Process, phase: Phase) {
        for (name, clock) in &mut process.clocks {
            let runs = self.workflow.clock(name).is_none_or(|definition| definition.runs_in.contains(&phase));
            match clock.due {
                Some(due) if !runs => {
                    clock.days_left = calendar::working_days_between(self.today, due, self.closed);
                    clock.since = self.today;
                    clock.due = None;
                }
                None if runs => {
                    clock.since = self.today;
                    clock.due = Some(calendar::add_working_days(self.today, clock.days_left, self.closed));
                }
                _ => {}
            }
        }
    }
}

/// Announces every clock that ran out, once; `None` when none did. A clock is overdue from the day after it was due.
#[must_use]
pub fn tick(case: &Case, workflow: &Workflow, moment: Moment) -> Option<super::engine::Applied> {
    let mut after = case.clone();
    let mut happenings = Vec::new();
    for (name, clock) in &mut after.process.clocks {
        let Some(due) = clock.due.filter(|due| *due < moment.today && !clock.announced) else { continue };
        clock.announced = true;
        let reaction = workflow.clock(name).map(|definition| definition.due);
        let payload = json!({"clock": name, "due": due, "reaction": reaction});
        happenings.push(Happening::case(EventKind::ClockOverdue, payload));
    }
    if happenings.is_empty() {
        return None;
    }
    after.version += 1;
    after.updated_at = moment.at;
    Some(super::engine::Applied { case: after, happenings, record: None })
}
