//! Ratification: what the chair concluded between meetings is put to the panel, which ratifies it or does not. Neither
//! undoes anything: the outcome stands, and so does what the body decided upon it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::{MeetingId, PersonId},
    party::Party,
    permission::{Action, Actor},
    review::{PanelMember, PanelOutcome, Ratification, RefusalAnswer, Seat},
    text::{self, Path, Violation},
    workflow::{
        attendance::Attendance,
        engine::{Applied, Context, Refused},
        process::{done, invalid, permitted, refuse, revision},
        requirement::same_party,
    },
};

/// The key of what is due until the panel has answered.
pub const RATIFICATION: &str = "ratification";

/// What the panel said, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatificationDraft {
    /// The revision the actor has before them.
    pub expected_revision: u32,
    /// Whether the panel ratifies it.
    pub ratified: bool,
    /// Why; needed when it does not.
    pub reason: Option<String>,
    /// Who was there.
    pub attendees: Vec<Party>,
    /// Who sent apologies.
    pub apologies: Vec<Party>,
    /// The meeting at which it was said, when it was at one.
    pub meeting: Option<MeetingId>,
    /// Who disagreed, and why.
    pub dissent: Option<String>,
}

/// Records whether the panel ratifies what the chair concluded between meetings.
///
/// # Errors
/// [`Refused::Conflict`] when nothing waits for that; [`Refused::Invalid`] when those who were there make no quorum, or
/// no reason is given for a refusal.
pub fn ratify(
    case: &Case,
    draft: RatificationDraft,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::Ratify, actor, context)?;
    revision(case, draft.expected_revision)?;
    let Some((outcome, due)) = case.process.unratified() else {
        let message = "Nothing waits to be ratified: the panel has answered, or the case was reopened since.";
        return Err(Refused::Conflict { message: message.into() });
    };
    let (outcome, acted) = (outcome.id, outcome.hands());
    if had_a_hand(case, &acted, actor, context) {
        let message = "You, or somebody you stand in for, concluded it: somebody else records whether the panel ratifies \
                       that, as its secretary.";
        return invalid("SEPARATION_OF_DUTIES", message, Path::default());
    }
    refuse(malformed(&draft))?;
    let attendance = Attendance::new(&draft.attendees, &draft.apologies, draft.meeting, context);
    let seated = voters_there(case, &draft.attendees, attendance);
    let free = |member: &&PanelMember| !context.one_hand(member.person, &acted);
    let there: Vec<&PanelMember> = seated.iter().copied().filter(free).collect();
    // Whoever acted does not vote on it, and still sits in the chair: most panels have nobody else for that.
    if let Some(short) = context.workflow.shortage_among(context.settings.composition(), &there, &seated) {
        let message = format!(
            "The panel answers with its quorum; of those who were there, members free to vote are counted, but for \
             whoever concluded it, in their own place or another's, and who stands in for them (they fill their seats and do not count), and {short}. Name all who were there, or put it to a meeting that is quorate."
        );
        refuse(vec![Violation::new("QUORUM", message, Path::of(["attendees"]))])?;
    }
    let mut after = case.clone();
    after.process.ratification_due = None;
    after.process.to_ratify = None;
    let attendees: Vec<Value> = draft
        .attendees
        .iter()
        .filter_map(|one| one.person.map(|id| json!(id)).or(one.contact.map(|id| json!(id))))
        .collect();
    let payload = json!({
        "outcome": outcome,
        "ratified": draft.ratified,
        "reason": draft.reason,
        "due": due,
        "late": context.moment.today > due,
        "meeting": draft.meeting,
        "attendees": attendees,
        "voted": there.iter().map(|member| member.person).collect::<Vec<_>>(),
        "dissent": draft.dissent,
    });
    after.process.ratifications.push(Ratification {
        outcome,
        ratified: draft.ratified,
        reason: draft.reason,
        due,
        by: actor.person,
        at: context.moment.at,
        attendees: draft.attendees,
        apologies: draft.apologies,
        voted: there.iter().map(|member| Seat { person: member.person, seat: member.seat.clone() }).collect(),
        meeting: draft.meeting,
        dissent: draft.dissent,
        answer: None,
    });
    Ok(done(after, vec![Happening::case(EventKind::RatificationRecorded, payload)], context))
}

/// Says why what the panel did not ratify stands all the same. Whoever reopens the case answers by that, and so does the
/// body by what it decides.
///
/// # Errors
/// [`Refused::Conflict`] when nothing waits for that; [`Refused::Invalid`] without a reason, or of whoever concluded it.
pub fn answer_refusal(
    case: &Case,
    expected_revision: u32,
    reason: &str,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::JudgeMateriality, actor, context)?;
    revision(case, expected_revision)?;
    let Some(refusal) = case.process.refused() else {
        let message =
            "No refusal waits for an answer: it was answered, or something was concluded or decided since.";
        return Err(Refused::Conflict { message: message.into() });
    };
    let outcome = refusal.outcome;
    let acted = case.process.outcomes.iter().find(|one| one.id == outcome).map(PanelOutcome::hands);
    if had_a_hand(case, &acted.unwrap_or_default(), actor, context) {
        let message = "You, or somebody you stand in for, concluded it: somebody else says why it stands, as the equality lead.";
        return invalid("SEPARATION_OF_DUTIES", message, Path::default());
    }
    refuse(text::check(reason, text::PARAGRAPH, &Path::of(["reason"])).err().into_iter().collect())?;
    let mut after = case.clone();
    if let Some(refusal) = after.process.ratifications.last_mut() {
        let answer = RefusalAnswer { reason: reason.to_owned(), by: actor.person, at: context.moment.at };
        refusal.answer = Some(answer);
    }
    let payload = json!({ "outcome": outcome, "reason": reason });
    Ok(done(after, vec![Happening::case(EventKind::RefusalAnswered, payload)], context))
}

/// Whether the actor is one of those who acted, or stands in for one of them.
fn had_a_hand(case: &Case, acted: &[PersonId], actor: &Actor, context: &Context) -> bool {
    context.one_hand(actor.person, acted) || actor.stands_in_for_any(case.organisation, acted)
}

fn malformed(draft: &RatificationDraft) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut keep = |result: Result<(), Violation>| found.extend(result.err());
    for (field, parties) in [("attendees", &draft.attendees), ("apologies", &draft.apologies)] {
        let at = Path::of([field]);
        keep(text::bounded_list(parties.len(), &at));
        for (index, party) in parties.iter().enumerate() {
            keep(party.check(&at.join(index)));
        }
    }
    for (field, said) in [("reason", &draft.reason), ("dissent", &draft.dissent)] {
        keep(said.as_ref().map_or(Ok(()), |said| text::bounded(said, text::PARAGRAPH, &Path::of([field]))));
    }
    if draft.attendees.is_empty() {
        found.push(Violation::new("REQUIRED", "Say who was there.", Path::of(["attendees"])));
    }
    for (index, absent) in draft.apologies.iter().enumerate() {
        if draft.attendees.iter().any(|present| same_party(present, absent)) {
            let message = "They are named among those who were there: whoever sent apologies was not.";
            found.push(Violation::new("CONTRADICTORY", message, Path::of(["apologies"]).join(index)));
        }
    }
    if !draft.ratified && draft.reason.as_ref().is_none_or(|reason| reason.trim().is_empty()) {
        let message = "Say why the panel does not ratify it: the record says so, and nothing is undone.";
        found.push(Violation::new("REQUIRED", message, Path::of(["reason"])));
    }
    found
}

/// Members of the panel who may vote and were there, each seat on its own; by the record of the meeting, too.
fn voters_there<'a>(case: &'a Case, attendees: &[Party], by: Attendance<'_>) -> Vec<&'a PanelMember> {
    let there: BTreeSet<PersonId> = attendees.iter().filter_map(|party| party.person).collect();
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    let counts = |person: PersonId| there.contains(&person) && by.without(person).is_none();
    members.filter(|member| member.votes() && counts(member.person)).collect()
}
