//! Sharing a case with another organisation, and taking that back.

use std::collections::BTreeSet;

use serde_json::json;
use uuid::Uuid;

use crate::{
    case::{Case, ShareLevel},
    event::{EventKind, Happening},
    id::{OrganisationId, PersonId},
    permission::{Action, Actor, was_party},
    text::Path,
    workflow::{
        engine::{Applied, Context, Refused},
        process::{done, invalid, permitted},
    },
};

/// A share as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareDraft {
    /// With whom.
    pub organisation: OrganisationId,
    /// How much it may see from now on.
    pub level: ShareLevel,
    /// Who may sit on the panel by that organisation alone: they lose seat and vote when it may not review.
    pub only_there: BTreeSet<PersonId>,
    /// Something nobody guesses: it stands in the event, so that its digest does not tell with whom.
    pub blind: Uuid,
}

/// Shares a case, or no longer. Members of the panel who sat there for an organisation that may no longer review
/// leave it, with their votes; what they declared and said stays.
///
/// # Errors
/// [`Refused::Invalid`] when it is the case's own organisation, or when one of those whose proposal it is would
/// take members off the panel so.
pub fn share(case: &Case, draft: &ShareDraft, actor: &Actor, context: &Context) -> Result<Applied, Refused> {
    permitted(case, Action::Share, actor, context)?;
    let at = Path::of(["organisation"]);
    if draft.organisation == case.organisation {
        return invalid("INVALID", "The assessment already belongs to this organisation.", at);
    }
    let before = case.shares.get(&draft.organisation).copied().unwrap_or(ShareLevel::None);
    if before == draft.level {
        return Ok(Applied { case: case.clone(), happenings: Vec::new(), record: None });
    }
    let mut after = case.clone();
    if draft.level == ShareLevel::None {
        after.shares.remove(&draft.organisation);
    } else {
        after.shares.insert(draft.organisation, draft.level);
    }
    let payload = json!({ "organisation": draft.organisation, "level": draft.level, "blind": draft.blind });
    let mut happenings = vec![Happening::case(EventKind::AssessmentShared, payload)];
    let seated = case.process.panel.iter().flat_map(|panel| &panel.members).map(|member| member.person);
    let leave = |person: &PersonId| draft.level != ShareLevel::Review && draft.only_there.contains(person);
    let left: BTreeSet<PersonId> = seated.filter(leave).collect();
    if let Some(mut panel) = case.process.panel.clone().filter(|_| !left.is_empty()) {
        if was_party(case, actor.person) {
            let message = "People of this organisation sit on the panel: its secretary takes them off or ends the share, not those whose proposal it is.";
            return invalid("SEPARATION_OF_DUTIES", message, at);
        }
        panel.members.retain(|member| !left.contains(&member.person));
        let members: Vec<PersonId> = panel.members.iter().map(|member| member.person).collect();
        let payload = json!({ "panel": panel.id, "members": members, "seats": panel.seats(), "left": left });
        after.process.seat(panel);
        happenings.push(Happening::case(EventKind::PanelAssigned, payload));
    }
    Ok(done(after, happenings, context))
}
