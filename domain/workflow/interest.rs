//! What members declare of an interest and how it is answered: what stops a conclusion until then, and what they declare at
//! a meeting.

use serde_json::json;

use crate::{
    calendar::Moment,
    case::Case,
    deliberation,
    event::{Audience, EventKind, Happening},
    id::{Identifier, MeetingId, PersonId},
    review::{Declared, Interest, InterestStep},
    text::Path,
    workflow::{
        Phase,
        definition::{Transition, Workflow},
        engine::{Applied, Blocker, phase},
        guard::{Asked, Stop},
        requirement::blocker,
    },
};

/// What stands in the way until everybody declared, the actor too. Who is silent is waited for until the window for
/// reviews has closed, and not at all by an action between meetings: they took no part, and the record says so.
pub(super) fn undeclared(asked: Asked) -> Vec<Stop> {
    let Asked { case, actor, context, urgent, .. } = asked;
    let Some(panel) = &case.process.panel else { return Vec::new() };
    let last = deliberation::closes(case);
    let closed = case.process.window_closed() || last.is_some_and(|last| last < context.moment.today);
    let members = panel.members.iter();
    let silent = members.filter(|member| member.interest == Interest::Undeclared).count();
    let until = match last {
        Some(last) => format!(" They are waited for until {last}, when the window for reviews closes."),
        None => String::new(),
    };
    let message = match if urgent || closed { 0 } else { silent } {
        0 if case.process.interest(actor.person) != Interest::Undeclared => return Vec::new(),
        0 => "You have declared nothing of your own interest in this case: be seated on its panel and declare, or leave it to somebody who has.".into(),
        1 => format!("One member has still to declare.{until}"),
        count => format!("{count} members have still to declare.{until}"),
    };
    vec![(message, Path::of(["panel"]))]
}

/// An interest that a member of the panel declared and nobody answered stops whatever concludes: how they take part is not
/// for them to say. So does that of the actor, who may have left the panel since.
pub(super) fn unanswered(asked: Asked, transition: &Transition) -> Vec<Blocker> {
    let Asked { case, actor, .. } = asked;
    if transition.concludes.is_none() {
        return Vec::new();
    }
    let waiting = case.process.unanswered();
    let left = case.process.awaits_answer(actor.person) && !waiting.contains_key(&actor.person);
    let left = left.then(|| {
        let message = "What you declared of your own interest in this case was never answered: be seated on its panel and let it be answered, or leave this to somebody else.";
        blocker(UNANSWERED, message, Path::of(["panel"]))
    });
    let leads = |person: PersonId| {
        let mut members = case.process.panel.iter().flat_map(|panel| &panel.members);
        members.any(|member| member.person == person && member.leads())
    };
    let told = waiting.into_keys().map(|person| {
        // The id stands for the name, which is known to whoever tells it.
        let message = format!(
            "{} declared an interest that nobody has answered: {} answers it, as it was declared or in another grade. Until then they do not vote, and nothing is concluded.",
            person.global(),
            who_answers(leads(person))
        );
        blocker(UNANSWERED, message, Path::of(["panel"]).join(person))
    });
    told.chain(left).collect()
}

/// The code that means: an interest waits for its answer.
pub(super) const UNANSWERED: &str = "INTEREST_UNANSWERED";

/// Who may answer what a member declared, in words: the chair first, and somebody beside them where the member leads the
/// panel.
#[must_use]
pub const fn who_answers(leads: bool) -> &'static str {
    if leads {
        "the equality lead, the panel's secretary or another chair"
    } else {
        "the chair of the panel, or else the equality lead or the panel's secretary,"
    }
}

/// Whether what somebody declared is still to be answered where the case is: while the panel has it before it, or is to
/// answer for its chair; and what was declared since it concluded, until the body has decided.
#[must_use]
pub fn asks_answer(case: &Case, workflow: &Workflow, person: PersonId) -> bool {
    let Some(step) = case.process.interests.get(&person).and_then(|kept| kept.unanswered(person)) else {
        return false;
    };
    let since = || case.process.outcomes.last().is_none_or(|outcome| step.at >= outcome.at);
    match phase(case, workflow) {
        Phase::Review => true,
        Phase::Approved => case.process.ratification_due.is_some() || since(),
        Phase::Decided => case.process.ratification_due.is_some(),
        Phase::Drafting | Phase::Closed => false,
    }
}

/// Records what members of the panel declared in the case at a meeting, as a declaration like any other: answered as one,
/// and until then they do not vote. Nothing when none of it is new, or the case is closed. Whoever withdrew is out
/// already; whoever may not vote does not get that back by declaring again. Where the record of the meeting is mended before
/// anybody answered, what it said before is written over. What was concluded before stays as it is.
#[must_use]
pub fn declared_there(
    case: &Case,
    said: &[(PersonId, &str)],
    meeting: MeetingId,
    recorded_by: PersonId,
    workflow: &Workflow,
    moment: Moment,
) -> Option<Applied> {
    if phase(case, workflow) == Phase::Closed {
        return None;
    }
    let mut after = case.clone();
    let mut happenings = Vec::new();
    for (person, note) in said {
        let members = after.process.panel.iter().flat_map(|panel| &panel.members);
        let Some(seat) = members.into_iter().find(|member| member.person == *person).cloned() else {
            continue;
        };
        let kept = after.process.interests.get(person);
        let mut steps = kept.map(|kept| kept.steps.clone()).unwrap_or_default();
        // The record of a meeting may be written anew.
        let known =
            |step: &InterestStep| step.meeting == Some(meeting) && step.note.as_deref() == Some(*note);
        let interest = match seat.interest {
            Interest::Withdrawn => continue,
            Interest::DeclaredNotVoting => Interest::DeclaredNotVoting,
            Interest::Undeclared | Interest::None | Interest::DeclaredNoted => Interest::DeclaredNoted,
        };
        if steps.iter().any(known) {
            continue;
        }
        let note = Some((*note).to_owned());
        let open = |step: &&InterestStep| step.meeting == Some(meeting) && step.asks_answer(*person);
        let from = steps.len() - steps.iter().rev().take_while(open).count();
        let still_said = |step: &InterestStep| {
            said.iter().any(|(who, said)| who == person && step.note.as_deref() == Some(*said))
        };
        let mended = steps.iter().skip(from).position(|step| !still_said(step)).map(|index| from + index);
        if let Some(step) = mended.and_then(|index| steps.get_mut(index)) {
            step.note.clone_from(&note);
            step.recorded_by = Some(recorded_by);
        } else {
            steps.push(InterestStep {
                interest,
                by: *person,
                at: moment.at,
                note: note.clone(),
                meeting: Some(meeting),
                recorded_by: Some(recorded_by),
            });
        }
        let seats = after.process.panel.iter_mut().flat_map(|panel| &mut panel.members);
        for member in seats.filter(|member| member.person == *person) {
            member.interest = interest;
            member.note.clone_from(&note);
        }
        after.process.interests.insert(*person, Declared { interest, note, own: true, steps });
        let payload = json!({
            "member": person,
            "interest": interest,
            "before": seat.interest,
            "answered": false,
            "meeting": meeting,
        });
        happenings.push(Happening { kind: EventKind::InterestDeclared, audience: Audience::Panel, payload });
    }
    if happenings.is_empty() {
        return None;
    }
    after.process.recall();
    after.version += 1;
    after.updated_at = moment.at;
    Some(Applied { case: after, happenings, record: None })
}
