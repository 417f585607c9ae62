//! Effects: what a transition does besides moving the case. One variant an effect, with its parameters.

use std::collections::BTreeSet;

use chrono::Months;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    calendar,
    case::{Case, Reexamination},
    event::{EventKind, Happening},
    permission::was_party,
    text::Path,
    workflow::{
        clock,
        engine::{Context, Request, phase},
    },
};

/// Something a transition does, in a definition an object with its `name` in `snake_case`:
/// `{"name": "start_clock", "clock": "review"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// Gives the case the organisation's standing panel when it has none, without those whose proposal it is. An
    /// organisation without a standing panel leaves it to the secretary, who has a task.
    AssignPanel {},
    /// Starts a clock of the definition, or lets it run on when it is paused.
    StartClock {
        /// Its name.
        clock: String,
    },
    /// Stops a clock for good.
    StopClock {
        /// Its name.
        clock: String,
    },
    /// Freezes the revision; submission, outcome and decision do so of themselves.
    FreezeRecord {},
    /// Opens a re-examination of the paths named.
    OpenReexamination {},
    /// Sets the day by which a chair's action must be ratified.
    RequireRatification {
        /// Working days from today.
        days: u32,
    },
    /// Marks the case as published.
    Publish {},
    /// Sets the day the case is to be looked at again.
    ScheduleReview {
        /// Months from today.
        months: u32,
    },
}

impl Effect {
    /// Its name in a definition.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AssignPanel {} => "assign_panel",
            Self::StartClock { .. } => "start_clock",
            Self::StopClock { .. } => "stop_clock",
            Self::FreezeRecord {} => "freeze_record",
            Self::OpenReexamination {} => "open_reexamination",
            Self::RequireRatification { .. } => "require_ratification",
            Self::Publish {} => "publish",
            Self::ScheduleReview { .. } => "schedule_review",
        }
    }

    /// What is wrong with its parameters, given the names of the definition's clocks; `None` when they fit.
    pub(super) fn misfit(&self, clocks: &BTreeSet<&str>) -> Option<String> {
        match self {
            Self::StartClock { clock } | Self::StopClock { clock } if !clocks.contains(clock.as_str()) => {
                Some(format!("there is no clock `{clock}`: add it to `clocks`, or name one of them"))
            }
            Self::RequireRatification { days } if !(1..=calendar::LONGEST).contains(days) => {
                Some(format!("`days` goes from 1 to {}", calendar::LONGEST))
            }
            Self::ScheduleReview { months } if !(1..=120).contains(months) => {
                Some("`months` goes from 1 to 120".into())
            }
            _ => None,
        }
    }

    /// Does it to the case, which is already in its new state, and says what happened besides.
    pub(super) fn act(&self, case: &mut Case, request: &Request, context: &Context) -> Option<Happening> {
        let phase = phase(case, context.workflow);
        let reckoning = context.reckoning();
        match self {
            Self::AssignPanel {} => {
                if case.process.panel.is_some() {
                    return None;
                }
                let mut panel = context.panel?.clone();
                panel.members.retain(|member| !was_party(case, member.person));
                if panel.members.is_empty() {
                    return None;
                }
                let members: Vec<_> = panel.members.iter().map(|member| member.person).collect();
                let payload = json!({"panel": panel.id, "members": members, "seats": panel.seats()});
                case.process.seat(panel);
                Some(Happening::case(EventKind::PanelAssigned, payload))
            }
            Self::StartClock { clock } => {
                reckoning.start(&mut case.process, clock, phase);
                None
            }
            Self::StopClock { clock } => {
                case.process.clocks.remove(clock);
                None
            }
            Self::FreezeRecord {} => freeze(case, context),
            Self::OpenReexamination {} => Some(open_reexamination(case, request.paths.clone(), context)),
            Self::RequireRatification { days } => {
                let due =
                    calendar::add_working_days(context.moment.today, *days, &context.settings.closed_days);
                case.process.ratification_due = Some(due);
                None
            }
            Self::Publish {} => {
                case.process.published_at = Some(context.moment.at);
                None
            }
            Self::ScheduleReview { months } => {
                case.process.review_due = context.moment.today.checked_add_months(Months::new(*months));
                None
            }
        }
    }
}

/// Freezes the revision, unless it is frozen: the next change of content begins the next one.
pub(super) fn freeze(case: &mut Case, context: &Context) -> Option<Happening> {
    if case.frozen {
        return None;
    }
    case.frozen = true;
    case.process.frozen_on = Some(context.moment.today);
    // What is frozen stands under their names.
    case.process.wrote.extend(case.content.named());
    Some(Happening::case(EventKind::RevisionFrozen, json!({"revision": case.revision})))
}

/// Opens a re-examination of these paths, or adds them to the one that is open; its clock runs from the first.
pub(super) fn open_reexamination(case: &mut Case, paths: Vec<Path>, context: &Context) -> Happening {
    let due = calendar::add_working_days(
        context.moment.today,
        clock::REEXAMINATION_DAYS,
        &context.settings.closed_days,
    );
    if case.process.reexamination.is_none() {
        context.reckoning().begin(&mut case.process, clock::REEXAMINATION, clock::REEXAMINATION_DAYS, true);
    }
    let open = case.process.reexamination.get_or_insert_with(|| Reexamination {
        since: context.moment.at,
        paths: Vec::new(),
        due,
    });
    for path in paths {
        if !open.paths.contains(&path) {
            open.paths.push(path);
        }
    }
    let payload = json!({"paths": open.paths, "due": open.due, "revision": case.revision});
    Happening::case(EventKind::ReexaminationOpened, payload)
}
