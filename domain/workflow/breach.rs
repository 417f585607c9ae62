//! Breaches of conditions: whoever sponsors the proposal, and the body that decides it, say what is to be done.

use serde_json::json;

use crate::{
    case::Case,
    condition::{BreachAnswer, ConditionStatus},
    event::{EventKind, Happening},
    id::ConditionId,
    permission::{Action, Actor, permit},
    text::{self, Path},
    workflow::{
        definition::Workflow,
        engine::{self, Applied, Context, Refused, phase},
        process::{done, invalid, refuse, seen},
    },
};

/// Most times that the sponsor says what is to be done about one condition, and most times that the body does.
const ANSWERS: usize = 50;

/// Whether it is for the actor to say what is to be done about a condition of the case that is breached.
#[must_use]
pub fn may_answer(case: &Case, actor: &Actor, workflow: &Workflow) -> bool {
    sponsors(case, actor, workflow) || for_body(case, actor, workflow)
}

/// Whether they sponsor the proposal.
fn sponsors(case: &Case, actor: &Actor, workflow: &Workflow) -> bool {
    let sponsor = case.content.sro.as_ref().and_then(|sro| sro.person);
    sponsor == Some(actor.person) && permit(actor, Action::Report, case, phase(case, workflow)).is_ok()
}

/// Whether they act for the body that decides: whoever may record what it decides, from wherever that is recorded.
fn for_body(case: &Case, actor: &Actor, workflow: &Workflow) -> bool {
    let mut deciding = workflow.transitions.iter().filter(|transition| !transition.decides.is_empty());
    deciding.any(|transition| engine::permitted(case, transition, actor, workflow).is_ok())
}

/// Keeps what is to be done about a condition that is breached. It is breached all the same, until it is met or waived or
/// the case is reopened. A sponsor who sits on the body that decides answers as the sponsor: somebody else does for the body.
///
/// # Errors
/// [`Refused::Forbidden`] to whoever neither sponsors the proposal nor acts for the body that decides it,
/// [`Refused::Conflict`] when the condition is not breached, [`Refused::Invalid`] when there is no such condition,
/// nothing is said, or it was said many times.
pub fn answer_breach(
    case: &Case,
    condition: ConditionId,
    to_be_done: &str,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    seen(case, actor, context)?;
    if !may_answer(case, actor, context.workflow) {
        return Err(Refused::Forbidden);
    }
    let mut after = case.clone();
    let Some(found) = after.process.conditions.iter_mut().find(|one| one.id == condition) else {
        return invalid("NOT_FOUND", "There is no such condition.", Path::of(["conditionId"]));
    };
    if found.status != ConditionStatus::Breached {
        let message = format!("The condition is {}, not breached: look at how it stands.", found.status);
        return Err(Refused::Conflict { message });
    }
    let at = Path::of(["toBeDone"]);
    refuse(text::check(to_be_done, text::PARAGRAPH, &at).err().into_iter().collect())?;
    let body = !sponsors(case, actor, context.workflow);
    if found.answers.iter().filter(|answer| answer.body == body).count() >= ANSWERS {
        let message = "What is to be done about this condition was said many times: see that it is met or waived, or reopen the case.";
        return invalid("TOO_MANY", message, Path::of(["conditionId"]));
    }
    found.answers.push(BreachAnswer {
        breach: found.breaches(),
        to_be_done: to_be_done.to_owned(),
        by: actor.person,
        on_behalf_of: actor.on_behalf_of(|who| may_answer(case, who, context.workflow)),
        body,
        at: context.moment.at,
    });
    after.sign(actor.person);
    let payload = json!({ "condition": condition, "toBeDone": to_be_done, "body": body });
    Ok(done(after, vec![Happening::case(EventKind::BreachAnswered, payload)], context))
}
