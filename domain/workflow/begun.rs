//! The assessment that a screening asked for is begun: said in the screening, which stays as it is.

use serde_json::json;

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::AssessmentId,
    permission::{Action, Actor},
    screening::ScreeningDepth,
    text::Path,
    workflow::{
        Phase,
        engine::{Applied, Context, Refused, phase},
        process::{done, invalid, permitted},
    },
};

/// How deep an assessment the screening asks for, of whoever may begin it. `stopped` says whether all those that were
/// begun from it before will not happen.
///
/// # Errors
/// When it asks for none, or one is on its way.
pub fn asked(
    case: &Case,
    stopped: bool,
    actor: &Actor,
    context: &Context,
) -> Result<ScreeningDepth, Refused> {
    permitted(case, Action::Submit, actor, context)?;
    let at = Path::of(["screening"]);
    let newest = case.process.screened.last().map(|said| said.depth);
    match newest.filter(|_| phase(case, context.workflow) == Phase::Approved) {
        Some(depth @ (ScreeningDepth::Light | ScreeningDepth::Full))
            if case.process.leads_to.is_empty() || stopped =>
        {
            Ok(depth)
        }
        Some(ScreeningDepth::Light | ScreeningDepth::Full) => {
            let message = "The assessment that this screening asks for was begun: go on with that one.";
            invalid("BEGUN", message, at)
        }
        Some(ScreeningDepth::None) | None => {
            let message = "This is no screening that asks for an assessment: it is not decided yet, or it was screened out.";
            invalid("NOT_REQUIRED", message, at)
        }
    }
}

/// Keeps which assessment was begun. Whoever reads the screening may not know of that one: nothing is told but that.
#[must_use]
pub fn begun(case: &Case, assessment: AssessmentId, context: &Context) -> Applied {
    let mut after = case.clone();
    after.process.leads_to.push(assessment);
    let payload = json!({ "assessment": assessment });
    done(after, vec![Happening::case(EventKind::AssessmentBegun, payload)], context)
}
