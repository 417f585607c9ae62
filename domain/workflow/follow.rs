//! Looking again at what was decided: what was seen, and when it is looked at next.

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    case::{Case, Process},
    event::{EventKind, Happening},
    id::PersonId,
    permission::{Actor, was_party},
    text::{self, Path, Violation},
    workflow::{
        Phase, Standing,
        definition::Workflow,
        engine::{self, Applied, Context, Refused},
        process::{done, invalid, refuse, seen},
    },
};

/// Farthest day on which a case is looked at again, in months from today. The public sector equality duty continues after
/// the decision, so that no case is put off for ever.
const FARTHEST: u32 = 36;
/// How often a case is looked at.
const LOOKS: usize = 50;

/// Somebody looked at what was decided, and it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Look {
    /// What was looked at and seen.
    pub note: String,
    /// The revision that was looked at; nothing of looks from before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The day on which it was to be looked at.
    pub due: NaiveDate,
    /// The day on which it is looked at next.
    pub next: NaiveDate,
    /// Who looked.
    pub by: PersonId,
    /// In whose place, when it was somebody who stands in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What somebody says who looked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LookDraft {
    /// The version of the case that they looked at.
    pub expected_version: u32,
    /// What they looked at and saw.
    pub note: String,
    /// The day on which it is to be looked at next.
    pub next: NaiveDate,
}

/// The day on which somebody is to look at the case again: nobody is while something is to be judged first, which has a task of
/// its own.
#[must_use]
pub fn due(case: &Case, workflow: &Workflow) -> Option<NaiveDate> {
    day(case, workflow).filter(|_| unjudged(&case.process).is_none())
}

/// The day on which the case is looked at again: one that was decided and goes ahead, until it is closed or reopened.
fn day(case: &Case, workflow: &Workflow) -> Option<NaiveDate> {
    let goes_ahead = engine::stands(case, workflow) == (Phase::Decided, Standing::Proceeding);
    case.process.review_due.filter(|_| goes_ahead)
}

/// Whether it is for the actor to look again at what was decided: whoever may close the case from where it is or, where it
/// is not closed from there, reopen it. Those whose proposal it is or was never do, whatever they may close.
#[must_use]
pub fn may_look(case: &Case, actor: &Actor, workflow: &Workflow) -> bool {
    let mut following = workflow.following(&case.state).into_iter();
    !was_party(case, actor.person)
        && following.any(|one| engine::permitted(case, one, actor, workflow).is_ok())
}

/// What is to be judged before anybody says that all stays as it is; nothing when that was done.
fn unjudged(process: &Process) -> Option<String> {
    if process.reexamination.is_some() {
        return Some(engine::UNJUDGED.into());
    }
    if process.refused().is_some() {
        let message = "The panel did not ratify what its chair concluded between meetings: equality lead or chair must answer that first.";
        return Some(message.into());
    }
    process.ratification_due.map(engine::to_ratify)
}

/// Keeps that what was decided was looked at and stays as it is, and on which day it is looked at next.
///
/// # Errors
/// [`Refused::Forbidden`] to whoever may neither close nor reopen the case and to those whose proposal it is or was,
/// [`Refused::Conflict`] when no day stands on which it is to be looked at, something is to be judged first, or the case
/// changed since it was looked at, [`Refused::Invalid`] when nothing is said, or the next day is not after today or too far.
pub fn look_again(
    case: &Case,
    draft: LookDraft,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    seen(case, actor, context)?;
    if !may_look(case, actor, context.workflow) {
        return Err(Refused::Forbidden);
    }
    let Some(due) = day(case, context.workflow) else {
        let message = "There is no day on which this case is to be looked at again: a case is once it was decided and goes ahead, until it is closed or reopened.";
        return Err(Refused::Conflict { message: message.into() });
    };
    if let Some(message) = unjudged(&case.process) {
        return Err(Refused::Conflict { message });
    }
    let LookDraft { expected_version, note, next } = draft;
    if expected_version != case.version {
        let message = format!(
            "You have version {expected_version} before you, but the case is at version {}: look at what changed, then try again.",
            case.version
        );
        return Err(Refused::Conflict { message });
    }
    let today = context.moment.today;
    let farthest = today.checked_add_months(Months::new(FARTHEST)).unwrap_or(NaiveDate::MAX);
    let mut wrong: Vec<Violation> = Vec::new();
    wrong.extend(text::check(&note, text::PARAGRAPH, &Path::of(["note"])).err());
    if next <= today || next > farthest {
        let message = format!(
            "Name a day after today and no later than {}, on which it is looked at next.",
            farthest.format("%-d %B %Y")
        );
        wrong.push(Violation::new("OUT_OF_RANGE", message, Path::of(["next"])));
    }
    refuse(wrong)?;
    if case.process.looks.len() >= LOOKS {
        let message = "This case was looked at many times: close it, or reopen it.";
        return invalid("TOO_MANY", message, Path::of(["assessmentId"]));
    }
    let mut after = case.clone();
    let payload = json!({ "note": note, "revision": case.revision, "due": due, "next": next });
    after.process.review_due = Some(next);
    after.process.looks.push(Look {
        note,
        revision: Some(case.revision),
        due,
        next,
        by: actor.person,
        on_behalf_of: actor.on_behalf_of(|who| may_look(case, who, context.workflow)),
        at: context.moment.at,
    });
    Ok(done(after, vec![Happening::case(EventKind::LookedAgain, payload)], context))
}
