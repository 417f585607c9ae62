//! What a request must bring: its form, and what its transition asks of it.

use std::collections::BTreeSet;

use crate::{
    calendar::{day_in_london, known},
    case::Case,
    deliberation,
    id::{Identifier, PersonId},
    party::Party,
    review::{PanelOutcome, Recommendation},
    text::{self, Path, Violation},
    workflow::{
        condition::{unfit_owner, unfit_verifier},
        definition::{Requirement, Transition},
        engine::{AcceptedFinding, Blocker, Context, DecisionDraft, OutcomeDraft, Request},
    },
};

/// What is malformed in the request, whatever the transition: texts and lists beyond their bounds, parties
/// without a name.
pub(super) fn malformed(request: &Request) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut keep = |result: Result<(), Violation>| found.extend(result.err());
    let at = |segments: &[&str]| Path::of(segments);
    let parties = |list: &[Party], path: Path| -> Result<(), Violation> {
        text::bounded_list(list.len(), &path)?;
        list.iter().enumerate().try_for_each(|(index, party)| party.check(&path.join(index)))
    };
    let optional = |value: &Option<String>, path: Path| -> Result<(), Violation> {
        value.as_ref().map_or(Ok(()), |value| text::bounded(value, text::PARAGRAPH, &path))
    };
    keep(optional(&request.comment, at(&["comment"])));
    keep(text::bounded_list(request.paths.len(), &at(&["paths"])));
    for (index, path) in request.paths.iter().enumerate() {
        keep(path.check(&at(&["paths"]).join(index)));
    }
    for (path, reason) in &request.reasons {
        keep(text::check(reason, text::PARAGRAPH, &at(&["reasons"]).join(path)));
    }
    if let Some(outcome) = &request.outcome {
        keep(parties(&outcome.attendees, at(&["outcome", "attendees"])));
        keep(parties(&outcome.apologies, at(&["outcome", "apologies"])));
        keep(optional(&outcome.dissent, at(&["outcome", "dissent"])));
        keep(optional(&outcome.urgency, at(&["outcome", "urgency"])));
        keep(text::bounded_list(outcome.conditions.len(), &at(&["outcome", "conditions"])));
        for (index, condition) in outcome.conditions.iter().enumerate() {
            let path = at(&["outcome", "conditions"]).join(index);
            keep(text::check(&condition.text, text::PARAGRAPH, &path.join("text")));
            keep(condition.owner.check(&path.join("owner")));
            keep(condition.verifier.check(&path.join("verifier")));
            keep(optional(&condition.evidence_wanted, path.join("evidenceWanted")));
        }
        keep(text::bounded_list(outcome.accepted.len(), &at(&["outcome", "acceptedFindings"])));
    }
    if let Some(decision) = &request.decision {
        for (name, value) in [
            ("authority", &decision.authority),
            ("reasons", &decision.reasons),
            ("statement", &decision.statement),
        ] {
            keep(text::bounded(value, text::PARAGRAPH, &at(&["decision", name])));
        }
        for (name, value) in [
            ("body", Some(&decision.body)),
            ("minute", decision.minute.as_ref()),
            ("paper", decision.paper.as_ref()),
        ] {
            let path = at(&["decision", name]);
            keep(value.map_or(Ok(()), |value| text::bounded_line(value, text::LINE, &path)));
        }
        keep(parties(&decision.present, at(&["decision", "present"])));
        keep(parties(&decision.read_by, at(&["decision", "readBy"])));
        keep(text::bounded_list(decision.accepted.len(), &at(&["decision", "acceptedFindings"])));
    }
    let outcome = request.outcome.iter().map(|outcome| ("outcome", &outcome.accepted));
    let decision = request.decision.iter().map(|decision| ("decision", &decision.accepted));
    for (part, accepted) in outcome.chain(decision) {
        for accepted in accepted {
            let path = at(&[part, "acceptedFindings", &accepted.finding, "reason"]);
            keep(text::bounded(&accepted.reason, text::PARAGRAPH, &path));
        }
    }
    found
}

/// What the transition asks for and the request does not bring.
pub(super) fn missing(
    case: &Case,
    transition: &Transition,
    request: &Request,
    context: &Context,
) -> Vec<Blocker> {
    let mut found = Vec::new();
    let comment = request.comment.as_ref().is_some_and(|comment| !comment.trim().is_empty());
    let said = request.outcome.as_ref().and_then(|outcome| outcome.urgency.as_ref());
    let urgent = said.is_some_and(|said| !said.trim().is_empty());
    if said.is_some() && !transition.requires.contains(&Requirement::Urgency) {
        let message = format!(
            "\"{}\" is no action between meetings: leave out why it could not wait.",
            transition.label
        );
        found.push(blocker("NOT_APPLICABLE", message, Path::of(["outcome", "urgency"])));
    }
    let met = request.outcome.as_ref().and_then(|outcome| outcome.meeting);
    if met.is_some() && transition.requires.contains(&Requirement::Urgency) {
        let message = format!(
            "\"{}\" is an action between meetings: leave the meeting out, or record what that meeting concluded.",
            transition.label
        );
        found.push(blocker("NOT_APPLICABLE", message, Path::of(["outcome", "meeting"])));
    }
    for requirement in &transition.requires {
        match requirement {
            Requirement::Comment if !comment => {
                found.push(required("Write a comment: it goes with the case.", Path::of(["comment"])));
            }
            Requirement::Reason if !comment => {
                found.push(required("Give the reason: it is kept with the case.", Path::of(["comment"])));
            }
            Requirement::Paths if request.paths.is_empty() => {
                found.push(required("Name the sections or fields this is about.", Path::of(["paths"])));
            }
            Requirement::Urgency if !urgent => {
                found.push(required(
                    "Say why it cannot wait for a meeting of the panel; what was considered goes into the comment.",
                    Path::of(["outcome", "urgency"]),
                ));
            }
            Requirement::Comment | Requirement::Reason | Requirement::Paths | Requirement::Urgency => {}
        }
    }
    match (&request.outcome, transition.concludes) {
        (None, None) => {}
        (Some(outcome), Some(recommendation)) => {
            of_outcome(&mut found, case, outcome, recommendation, context);
            if !comment {
                found.extend(against_reviews(case, outcome, transition, recommendation, context));
            }
        }
        (None, Some(_)) => {
            found.push(required("Say what the panel concluded, and who was there.", Path::of(["outcome"])));
        }
        (Some(_), None) => found.push(superfluous("outcome", transition)),
    }
    match (&request.decision, transition.decides.is_empty()) {
        (None, true) => {}
        (Some(decision), false) => {
            of_decision(&mut found, case, decision, transition, context);
            found.extend(recorded_already(case, decision, transition));
        }
        (None, false) => {
            found.push(required("Say what the body decided, where and why.", Path::of(["decision"])));
        }
        (Some(_), true) => found.push(superfluous("decision", transition)),
    }
    if case.revision != request.expected_revision {
        found.push(Blocker {
            code: super::engine::CONFLICT.into(),
            message: format!(
                "You have revision {} before you, but the case is at revision {}: look at what changed, then try again.",
                request.expected_revision, case.revision
            ),
            path: Path::of(["expectedRevision"]),
        });
    }
    found
}

fn of_outcome(
    found: &mut Vec<Blocker>,
    case: &Case,
    outcome: &OutcomeDraft,
    concludes: Recommendation,
    context: &Context,
) {
    if outcome.attendees.is_empty() {
        found.push(required("Say who was there.", Path::of(["outcome", "attendees"])));
    }
    named_twice(found, &outcome.attendees, &Path::of(["outcome", "attendees"]));
    named_twice(found, &outcome.apologies, &Path::of(["outcome", "apologies"]));
    for (index, absent) in outcome.apologies.iter().enumerate() {
        if outcome.attendees.iter().any(|present| same_party(present, absent)) {
            let message = "They are named among those who were there: whoever sent apologies was not.";
            found.push(blocker("CONTRADICTORY", message, Path::of(["outcome", "apologies"]).join(index)));
        }
    }
    let path = Path::of(["outcome", "conditions"]);
    let conditional = concludes == Recommendation::ApproveWithConditions;
    if conditional && outcome.conditions.is_empty() {
        found.push(required("Set at least one condition, or approve without.", path.clone()));
    }
    if !conditional && !outcome.conditions.is_empty() {
        let message = "Only an approval with conditions takes conditions: choose that, or leave them out.";
        found.push(blocker("NOT_APPLICABLE", message, path.clone()));
    }
    for (index, condition) in outcome.conditions.iter().enumerate() {
        if condition.due < context.moment.today {
            let message = "The day lies in the past: give one by which the condition can be met.";
            found.push(blocker("IN_THE_PAST", message, path.join(index).join("due")));
        }
        let unknown = known(condition.due, context.moment.today, &path.join(index).join("due")).err();
        found.extend(unknown.map(|one| blocker(&one.code, one.message, one.path)));
        for (code, message) in unfit_verifier(case, &condition.owner, &condition.verifier) {
            found.push(blocker(code, message, path.join(index).join("verifier")));
        }
        if let Some((code, message)) = unfit_owner(case, &condition.owner) {
            found.push(blocker(code, message, path.join(index).join("owner")));
        }
    }
    of_acceptances(found, &outcome.accepted, &Path::of(["outcome", "acceptedFindings"]), context);
}

/// A panel may conclude otherwise than somebody who votes on it recommended of this revision, and says so: by their dissent, or
/// by a comment that says why. Until reviews are shown it is asked of every conclusion alike, whatever they say: nobody learns
/// from it what somebody recommended.
fn against_reviews(
    case: &Case,
    outcome: &OutcomeDraft,
    transition: &Transition,
    concludes: Recommendation,
    context: &Context,
) -> Option<Blocker> {
    let dissent = outcome.dissent.as_ref().is_some_and(|dissent| !dissent.trim().is_empty());
    if dissent || concludes == Recommendation::Defer {
        return None;
    }
    let voters: BTreeSet<PersonId> = context.voters(case).iter().map(|member| member.person).collect();
    let voted = || case.reviews_of(case.revision).filter(|review| voters.contains(&review.reviewer));
    let path = Path::of(["outcome", "dissent"]);
    if voted().next().is_some() && !deliberation::shown(case, case.revision, context.window(case)) {
        // Where a comment is asked for anyway, that is said.
        let asked = |one: &Requirement| matches!(one, Requirement::Comment | Requirement::Reason);
        let message = "Not all who may vote have judged this revision, and what the others recommend is not shown yet: say \
                       in the comment why the panel concludes now, or who disagreed.";
        let asked = transition.requires.iter().any(asked);
        return (!asked).then(|| blocker("REVIEWS_NOT_SHOWN", message, path));
    }
    // The id stands for the name, which is known to whoever tells it.
    let otherwise = voted().filter(|review| !review.recommendation.is_followed_by(concludes));
    let told =
        otherwise.map(|one| format!("{} recommended {}", one.reviewer.global(), one.recommendation.told()));
    let told: Vec<String> = told.collect();
    let message = format!(
        "{}; the panel would conclude {}. Give their dissent, or say in the comment why it concludes otherwise.",
        told.join(", "),
        concludes.told()
    );
    (!told.is_empty()).then(|| blocker("AGAINST_REVIEWS", message, path))
}

fn of_decision(
    found: &mut Vec<Blocker>,
    case: &Case,
    decision: &DecisionDraft,
    transition: &Transition,
    context: &Context,
) {
    let at = |field: &str| Path::of(["decision", field]);
    for (field, value, message) in [
        ("body", &decision.body, "Name the body that decided."),
        ("authority", &decision.authority, "Say what gives the body the authority to decide."),
        ("reasons", &decision.reasons, "Give the reasons for the decision."),
        ("statement", &decision.statement, "Give the statement of due regard."),
    ] {
        if value.trim().is_empty() {
            found.push(required(message, at(field)));
        }
    }
    if decision.present.is_empty() {
        found.push(required("Say who was present.", at("present")));
    }
    if !transition.decides.contains(&decision.outcome) {
        let admitted: Vec<_> = transition.decides.iter().map(|outcome| outcome.as_str()).collect();
        let message = format!(
            "\"{}\" records {}, not {}: choose the transition that fits.",
            transition.label,
            admitted.join(" or "),
            decision.outcome
        );
        found.push(blocker("NOT_ADMISSIBLE", message, at("outcome")));
    }
    if decision.meeting > context.moment.today {
        let message = "The meeting lies in the future: record the decision once it was made.";
        found.push(blocker("IN_THE_FUTURE", message, at("meeting")));
    }
    found.extend(before_it_was_there(case, decision, transition));
    found.extend(changed_since(case, decision));
    named_twice(found, &decision.present, &at("present"));
    named_twice(found, &decision.read_by, &at("readBy"));
    of_acceptances(found, &decision.accepted, &at("acceptedFindings"), context);
}

/// No body had an assessment before it that was not there: nobody decides before the day on which the panel concluded, or
/// where no panel did, on which the revision that is decided was frozen.
fn before_it_was_there(case: &Case, decision: &DecisionDraft, transition: &Transition) -> Option<Blocker> {
    let rests_on = |outcome: &&PanelOutcome| {
        !matches!(outcome.recommendation, Recommendation::Return | Recommendation::Defer)
    };
    // What concludes and decides in one has no outcome yet, and what was concluded before a reopening is about something
    // else.
    let submitted = case.process.submitted_revision.unwrap_or_default();
    let outcome = case.process.outcomes.iter().rfind(rests_on);
    let outcome = outcome.filter(|one| transition.concludes.is_none() && one.revision >= submitted);
    let (earliest, because) = if let Some(outcome) = outcome {
        (day_in_london(outcome.at), "the panel concluded on that day")
    } else {
        let frozen = case.process.frozen_on.filter(|_| case.frozen);
        let frozen = frozen.map(|day| (day, "the revision that is decided was frozen on that day"));
        frozen.unwrap_or_else(|| (day_in_london(case.created_at), "it was begun on that day"))
    };
    let message = format!(
        "On {} the body did not have this assessment before it: {because}. Give {earliest} or a later day.",
        decision.meeting
    );
    (decision.meeting < earliest).then(|| blocker("TOO_EARLY", message, Path::of(["decision", "meeting"])))
}

/// The body has before it what the content is on the day it meets: the newest revision after a change, and the one that
/// the panel approved before it. On the day of the change it may be either.
fn changed_since(case: &Case, decision: &DecisionDraft) -> Option<Blocker> {
    let edited = case.process.edited_on?;
    let approved = case.process.approving().map_or(case.revision, |outcome| outcome.revision);
    let path = Path::of(["decision", "meeting"]);
    if decision.meeting < edited && approved != case.revision {
        let message = format!(
            "The content changed on {edited}, after the meeting of {}, so the body did not have revision {} before it. \
             Record the decision about revision {approved}, which the panel approved and the body had: give {approved} \
             as `expectedRevision`. Or put what changed before the body at another meeting, and record that one.",
            decision.meeting, case.revision
        );
        return Some(blocker("CHANGED_AFTER_MEETING", message, path));
    }
    if decision.meeting > edited && approved == case.revision {
        let message = format!(
            "The content changed on {edited}, before the meeting of {}, so revision {approved} was no longer current when \
             the body met: record the decision about the revision that the case is at.",
            decision.meeting
        );
        return Some(blocker("CHANGED_BEFORE_MEETING", message, path));
    }
    None
}

/// A decision that leaves the case where it is could be recorded twice, because nothing moves.
fn recorded_already(case: &Case, decision: &DecisionDraft, transition: &Transition) -> Option<Blocker> {
    let last = case.process.decisions.last()?;
    let same = (last.outcome, last.meeting, last.revision)
        == (decision.outcome, decision.meeting, case.revision)
        && text::fold(&last.body) == text::fold(&decision.body);
    let message = "Somebody recorded this decision already: look at the case again.";
    (same && transition.to == case.state)
        .then(|| blocker(super::engine::CONFLICT, message, Path::of(["decision"])))
}

fn of_acceptances(found: &mut Vec<Blocker>, accepted: &[AcceptedFinding], path: &Path, context: &Context) {
    let mut seen = BTreeSet::new();
    for acceptance in accepted {
        let at = path.join(&acceptance.finding);
        match context.findings.iter().find(|finding| finding.id == acceptance.finding) {
            None => {
                let message =
                    "There is no such finding on the case as it stands: look at its findings again.";
                found.push(blocker("FINDING_NOT_FOUND", message, at.clone()));
            }
            Some(finding) if !finding.acceptable => {
                let message = "This finding cannot be accepted: what it names has to be mended.";
                found.push(blocker("NOT_ACCEPTABLE", message, at.clone()));
            }
            Some(_) => {}
        }
        if acceptance.reason.trim().is_empty() {
            found.push(required("Give the reason for accepting the finding.", at.join("reason")));
        }
        if !seen.insert(&acceptance.finding) {
            found.push(blocker("DUPLICATE", "This finding is accepted twice: keep one of them.", at));
        }
    }
}

/// Whoever is in a list is in it once: the same account, or all the same words.
fn named_twice(found: &mut Vec<Blocker>, parties: &[Party], path: &Path) {
    for (index, party) in parties.iter().enumerate() {
        let same = |other: &Party| match party.person {
            Some(person) => other.person == Some(person),
            None => other == party,
        };
        if parties.iter().take(index).any(same) {
            found.push(blocker("DUPLICATE", "They are named twice: keep one of them.", path.join(index)));
        }
    }
}

/// Whether two parties are the same person: the same account, or without accounts the same address or name.
pub(super) fn same_party(one: &Party, other: &Party) -> bool {
    match (one.person, other.person) {
        (Some(one), Some(other)) => one == other,
        (None, None) => {
            let fold = |party: &Party| party.name.as_deref().map(text::fold);
            (one.contact.is_some() && one.contact == other.contact) || fold(one) == fold(other)
        }
        _ => false,
    }
}

pub(super) fn blocker(code: &str, message: impl Into<String>, path: Path) -> Blocker {
    Blocker { code: code.into(), message: message.into(), path }
}

fn required(message: &str, path: Path) -> Blocker {
    blocker("REQUIRED", message, path)
}

fn superfluous(part: &str, transition: &Transition) -> Blocker {
    let message =
        format!("\"{}\" takes no {part}: leave it out, or choose another transition.", transition.label);
    blocker("NOT_APPLICABLE", message, Path::of([part]))
}
