//! What partners say of the reliances of a case.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::InterdependencyId,
    interdependency::{self, Confirmation, Interdependency, InterdependencyKind, ReliancePremise},
    party::Party,
    permission::{Action, Actor, was_party},
    text::{self, Path, Violation},
    workflow::{
        engine::{Applied, Context, Refused},
        process::{done, invalid, open, permitted, refuse},
    },
};

/// What a partner said, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationDraft {
    /// The reliance.
    pub interdependency: InterdependencyId,
    /// Whether the partner confirms it; otherwise it does not, or no longer.
    pub confirmed: bool,
    /// Who of the partner said so; whoever speaks for the partner themselves need not say.
    pub by: Option<Party>,
    /// When they did.
    pub on: NaiveDate,
    /// Where that can be read or heard of.
    pub note: String,
}

/// Records what a partner said of a reliance that holds when the partner confirms it: from then on it holds, or does not, by what
/// they said on the latest day ([`interdependency::said_last`]). Of any other edge to a partner it is kept whether they agreed. Those of the case's own organisation say who of the partner said so; somebody of another
/// organisation only speaks for a partner with one of the names in `speaks_for`, or who is themselves.
///
/// # Errors
/// [`Refused::Forbidden`] to whoever is not the partner, [`Refused::Invalid`] when there is no such reliance or
/// it is not said who, when or where.
pub fn confirm_reliance(
    case: &Case,
    draft: ConfirmationDraft,
    speaks_for: &[String],
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::ConfirmReliance, actor, context)?;
    open(case, context)?;
    let edges = case.content.interdependencies.iter();
    let Some(edge) = edges.into_iter().find(|edge| edge.id == draft.interdependency) else {
        return invalid("NOT_FOUND", "There is no such reliance.", Path::of(["interdependencyId"]));
    };
    let own = actor.belongs(case.organisation);
    if !own && !is_partner(edge, actor, speaks_for) {
        return Err(Refused::Forbidden);
    }
    let relies = edge.kind == InterdependencyKind::ReliesOn;
    let applies = match edge.holds_when {
        Some(ReliancePremise::PartnerConfirms) => true,
        _ => !relies && edge.target.is_none() && edge.partner.is_some(),
    };
    if !applies {
        let message = "This does not rest on a partner's word: only a reliance that holds when its partner confirms it does, \
                       and what is said to be shared with, paid by or shifted to a partner.";
        return invalid("NOT_APPLICABLE", message, Path::of(["interdependencyId"]));
    }
    let mut violations = Vec::new();
    let at = Path::of(["confirmedBy"]);
    let by = if own { draft.by } else { Some(Party::person(actor.person)) };
    match &by {
        None => {
            let message = "Say who of the partner said so.";
            violations.push(Violation::new("REQUIRED", message, at));
        }
        Some(by) if by.person.is_some_and(|person| was_party(case, person)) => {
            let message =
                "Author, contributors and SRO do not confirm what they rely on: name who of the partner did.";
            violations.push(Violation::new("SEPARATION_OF_DUTIES", message, at));
        }
        Some(by) => violations.extend(by.check(&at).err()),
    }
    if draft.on > context.moment.today {
        let message = "This day lies in the future: record it once it was said.";
        violations.push(Violation::new("IN_THE_FUTURE", message, Path::of(["on"])));
    }
    violations.extend(text::check(&draft.note, text::PARAGRAPH, &Path::of(["note"])).err());
    refuse(violations)?;
    let mut after = case.clone();
    after.sign(actor.person);
    let person = by.as_ref().and_then(|by| by.person);
    after.process.confirmations.extend(by.map(|by| Confirmation {
        of: edge.clone(),
        confirmed: draft.confirmed,
        by,
        on: draft.on,
        note: draft.note,
        recorded_by: actor.person,
        recorded_at: context.moment.at,
    }));
    if relies {
        // What was heard of it elsewhere is answered; not by a letter from before that, or from before what they said last here.
        let last = interdependency::said_last(case, edge).is_none_or(|said| said.on <= draft.on);
        let heard = case.process.heard.get(&edge.id);
        if last && heard.is_some_and(|heard| heard.answered(draft.confirmed, draft.on)) {
            after.process.heard.remove(&edge.id);
        }
        interdependency::settle_said(&mut after, edge);
    }
    let mut payload = interdependency::consequences(case, &after);
    for (field, said) in [
        ("interdependency", json!(edge.id)),
        ("confirmed", json!(draft.confirmed)),
        ("by", json!(person)),
        ("on", json!(draft.on)),
    ] {
        payload[field] = said;
    }
    Ok(done(after, vec![Happening::case(EventKind::RelianceConfirmed, payload)], context))
}

/// Whether the partner of the edge is the actor, or is called like somebody they may speak for.
fn is_partner(edge: &Interdependency, actor: &Actor, speaks_for: &[String]) -> bool {
    let Some(partner) = &edge.partner else { return false };
    let called = |name: &Option<String>| {
        name.as_ref().is_some_and(|name| speaks_for.iter().any(|own| text::fold(own) == text::fold(name)))
    };
    match partner.person {
        Some(person) => person == actor.person,
        None => called(&partner.organisation) || (partner.organisation.is_none() && called(&partner.name)),
    }
}
