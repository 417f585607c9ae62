//! Looking again at what was decided: what was seen, and when it is looked at next.

use chrono::{DateTime, Months, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::PersonId,
    permission::Actor,
    text::{self, Path, Violation},
    workflow::{
        Phase,
        definition::Workflow,
        engine::{self, Applied, Context, Refused, phase},
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
    /// What they looked at and saw.
    pub note: String,
    /// The day on which it is to be looked at next.
    pub next: NaiveDate,
}

/// Whether it is for the actor to look again at what was decided: whoever may close the case from where it is or, where it
/// is not closed from there, reopen it.
#[must_use]
pub fn may_look(case: &Case, actor: &Actor, workflow: &Workflow) -> bool {
    workflow.following(&case.state).iter().any(|one| engine::permitted(case, one, actor, workflow).is_ok())
}

/// Keeps that what was decided was looked at and stays as it is, and on which day it is looked at next.
///
/// # Errors
/// [`Refused::Forbidden`] to whoever may neither close nor reopen the case, [`Refused::Conflict`] when no day stands on which
/// it is to be looked at, [`Refused::Invalid`] when nothing is said, or the next day is not after today or too far.
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
    let due = case.process.review_due.filter(|_| phase(case, context.workflow) == Phase::Decided);
    let Some(due) = due else {
        let message = "There is no day on which this case is to be looked at again: a case is once it was decided, until it is closed or reopened.";
        return Err(Refused::Conflict { message: message.into() });
    };
    let LookDraft { note, next } = draft;
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
    let payload = json!({ "note": note, "due": due, "next": next });
    after.process.review_due = Some(next);
    after.process.looks.push(Look {
        note,
        due,
        next,
        by: actor.person,
        on_behalf_of: actor.on_behalf_of(|who| may_look(case, who, context.workflow)),
        at: context.moment.at,
    });
    after.sign(actor.person);
    Ok(done(after, vec![Happening::case(EventKind::LookedAgain, payload)], context))
}
