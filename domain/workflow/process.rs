//! What people do with a case that is no transition: declare, report, judge.
//!
//! Every command is pure and ends like a transition, with the case as it is then and what happened.

use std::collections::BTreeSet;

use serde_json::json;

use crate::{
    case::{Case, Settled},
    event::{Audience, EventKind, Happening},
    form,
    id::{MitigationId, PersonId, Supply},
    mitigation::{MitigationReport, MitigationStatus},
    permission::{Action, Actor, Denied, permit, waits_for_principal, was_party},
    rating::Rating,
    review::{Declared, Interest, InterestStep, Panel},
    text::{self, Path, Violation},
    workflow::{
        Phase,
        effect::{self, freeze},
        engine::{Applied, Context, Refused, Request, apply, phase},
        interest,
    },
};

/// Says who is on the panel. Whoever ever sat on it keeps what they declared; reviews are kept.
///
/// # Errors
/// [`Refused::Invalid`] when the panel has no members, or one of those whose proposal it is.
pub fn assign_panel(case: &Case, panel: Panel, actor: &Actor, context: &Context) -> Result<Applied, Refused> {
    permitted(case, Action::AssignPanel, actor, context)?;
    open(case, context)?;
    let at = Path::of(["members"]);
    let mut violations = Vec::new();
    violations.extend(text::line(&panel.name, text::LINE, &Path::of(["name"])).err());
    violations.extend(text::bounded_list(panel.members.len(), &at).err());
    if panel.members.is_empty() {
        violations.push(Violation::new("REQUIRED", "Name at least one member.", at.clone()));
    }
    for member in &panel.members {
        let at = at.join(member.person);
        if was_party(case, member.person) {
            let message = "Author, contributors and SRO, present or former, do not sit on the panel of their own case: choose somebody else.";
            violations.push(Violation::new("SEPARATION_OF_DUTIES", message, at.clone()));
        }
        let times = panel.members.iter().filter(|other| other.person == member.person).count();
        if times > 2 {
            violations.push(Violation::new("TOO_MANY", "One person fills two seats at most.", at.clone()));
        }
        violations.extend(text::bounded_line(&member.seat, text::LINE, &at.join("seat")).err());
    }
    refuse(violations)?;
    let mut after = case.clone();
    let before = case.process.panel.iter().flat_map(|panel| &panel.members).map(|member| member.person);
    let before: Vec<PersonId> = before.collect();
    let people: Vec<PersonId> = panel.members.iter().map(|member| member.person).collect();
    let joined: Vec<&PersonId> = people.iter().filter(|person| !before.contains(person)).collect();
    let due = case.process.clocks.values().filter_map(|clock| clock.due).min();
    let mut payload =
        json!({"panel": panel.id, "members": people, "seats": panel.seats(), "joined": joined, "due": due});
    // A seat may make a quorum: that somebody who stays sits in another is told by itself.
    let was: BTreeSet<(PersonId, &str)> = case.process.panel.iter().flat_map(Panel::seats).collect();
    let is: BTreeSet<(PersonId, &str)> = panel.seats().into_iter().collect();
    let reseated = was.symmetric_difference(&is).map(|(person, _)| *person);
    let reseated: BTreeSet<PersonId> =
        reseated.filter(|person| before.contains(person) && people.contains(person)).collect();
    if !reseated.is_empty() {
        payload["reseated"] = json!(reseated);
    }
    if let Some(standing) = &panel.standing {
        payload["standing"] = json!(standing);
    }
    let judged = |person: PersonId| case.reviews_of(case.revision).any(|review| review.reviewer == person);
    if phase(case, context.workflow) == Phase::Review {
        let could =
            |person: &PersonId| case.process.interest(*person) != Interest::Withdrawn && !judged(*person);
        let off = before.iter().filter(|person| !people.contains(person) && could(person));
        after.process.unheard.extend(off);
        after.process.unheard.retain(|person| !people.contains(person));
    }
    after.process.seat(panel);
    Ok(done(after, vec![Happening::case(EventKind::PanelAssigned, payload)], context))
}

/// What a member declares, or how the chair answers for another member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The member; the actor, unless the chair answers.
    pub member: PersonId,
    /// What holds from now on.
    pub interest: Interest,
    /// What was said.
    pub note: Option<String>,
}

/// How often one person's interest is declared and answered before they declare no more; it is answered all the same.
const STEPS: usize = 50;

/// Declares an interest, or answers one. A member declares for themselves; what they declared the chair may answer with
/// another grade, and then nobody but those who answer changes it to one that takes more part. The equality lead and the
/// secretary may answer, too, or what whoever leads the panel declared would be answered by nobody: nobody answers for
/// themselves, nor while their own interest waits for an answer or that of whom they stand in for. An answer is never one
/// too many. Until an interest is answered whoever declared it does not vote and nothing is concluded; a withdrawal needs
/// no answer. Whoever never declared can only be withdrawn. Each answer says why, and those before stay beside it.
///
/// # Errors
/// [`Refused::Invalid`] when the person is not on the panel, the note is missing or too long, or the actor would answer in the
/// place of somebody who waits for an answer themselves.
pub fn declare_interest(
    case: &Case,
    declaration: &Declaration,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    let own = declaration.member == actor.person;
    permitted(case, declaring(case, declaration.member, actor.person), actor, context)?;
    open(case, context)?;
    if actor.stands_in_for_any(case.organisation, &[declaration.member]) {
        let message = "You stand in for them, and nobody answers for themselves: somebody else answers what they declared.";
        return invalid("SEPARATION_OF_DUTIES", message, Path::of(["member"]));
    }
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    let Some(before) = members.into_iter().find(|member| member.person == declaration.member) else {
        let message = "This person is not on the panel.";
        return invalid("NOT_FOUND", message, Path::of(["member"]));
    };
    if declaration.interest == Interest::Undeclared {
        let message = "Say that there is no interest, or which one: nothing can be undeclared again.";
        return invalid("INVALID", message, Path::of(["interest"]));
    }
    let kept = case.process.interests.get(&declaration.member);
    let said = own || kept.map_or(before.interest != Interest::Undeclared, |kept| kept.own);
    if !said && declaration.interest != Interest::Withdrawn {
        let message = "This member has not declared: only they can say what their interest is. Until then, withdraw them.";
        return invalid("UNDECLARED", message, Path::of(["interest"]));
    }
    let weight = |interest: Interest| match interest {
        Interest::Undeclared | Interest::None => 0,
        Interest::DeclaredNoted => 1,
        Interest::DeclaredNotVoting => 2,
        Interest::Withdrawn => 3,
    };
    if own && weight(declaration.interest) < weight(before.interest) {
        let message = "What you declared stands until somebody answers it: ask the chair to change it.";
        return invalid("ANSWERED", message, Path::of(["interest"]));
    }
    let noted = declaration.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    if own && declaration.interest != Interest::None && !noted && before.note.is_none() {
        return invalid("REQUIRED", "Say what the interest is.", Path::of(["note"]));
    }
    // To note what was declared as it was declared explains itself.
    if !own && !noted && declaration.interest != before.interest {
        let message = "Say why: what was declared or answered before stays beside this answer.";
        return invalid("REQUIRED", message, Path::of(["note"]));
    }
    if let Some(note) = &declaration.note {
        refuse(text::bounded(note, text::PARAGRAPH, &Path::of(["note"])).err().into_iter().collect())?;
    }
    let mut steps = kept.map(|kept| kept.steps.clone()).unwrap_or_default();
    if own && steps.len() >= STEPS {
        let message = "This was declared and answered many times: let somebody else sit in this seat.";
        return invalid("TOO_MANY", message, Path::of(["interest"]));
    }
    let said_now = declaration.note.clone().filter(|_| noted);
    let (interest, at) = (declaration.interest, context.moment.at);
    let note = said_now.clone();
    steps.push(InterestStep { interest, by: actor.person, at, note, meeting: None, recorded_by: None });
    // What the member said stays theirs; why it was answered so stands in the steps.
    let note = said_now.filter(|_| own).or_else(|| before.note.clone());
    let mut after = case.clone();
    let seats = after.process.panel.iter_mut().flat_map(|panel| &mut panel.members);
    for member in seats.filter(|member| member.person == declaration.member) {
        member.interest = interest;
        member.note.clone_from(&note);
    }
    let payload = json!({
        "member": declaration.member,
        "interest": interest,
        "before": before.interest,
        "answered": !own,
    });
    let declared = Declared { interest, note, own: said, steps };
    after.process.interests.insert(declaration.member, declared);
    after.process.recall();
    let happening = Happening { kind: EventKind::InterestDeclared, audience: Audience::Panel, payload };
    Ok(done(after, vec![happening], context))
}

/// What it is to declare, or to answer for this member. Which roles a member holds is in no case, so it is the same whatever
/// seat they sit in: the one who would answer may be the only chair there is.
#[must_use]
pub fn declaring(_: &Case, member: PersonId, by: PersonId) -> Action {
    if member == by { Action::DeclareInterest } else { Action::AnswerChair }
}

/// How far a mitigation is, as it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MitigationDraft {
    /// The action.
    pub mitigation: MitigationId,
    /// How far it is.
    pub status: MitigationStatus,
    /// What is reported.
    pub note: String,
    /// How the impacts it acts against stand now, when that was judged anew.
    pub current: Option<Rating>,
    /// What the judgement rests on.
    pub evidence: Vec<crate::id::EvidenceId>,
}

/// Keeps a report of a mitigation, and how the impacts it acts against stand now.
///
/// # Errors
/// [`Refused::Invalid`] when the mitigation or its evidence is not in the case, when a verification or a new
/// rating rests on nothing, when its owner or a party to the case, present or former, verifies or rates, when
/// either comes before the panel approved, or when the rating is off the scale.
pub fn report_mitigation(
    case: &Case,
    draft: MitigationDraft,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::Report, actor, context)?;
    let Some(mitigation) = case.content.mitigations.iter().find(|one| one.id == draft.mitigation) else {
        return invalid("NOT_FOUND", "There is no such mitigation.", Path::of(["mitigationId"]));
    };
    let mut violations = Vec::new();
    violations.extend(text::check(&draft.note, text::PARAGRAPH, &Path::of(["note"])).err());
    violations.extend(text::bounded_list(draft.evidence.len(), &Path::of(["evidence"])).err());
    for (index, id) in draft.evidence.iter().enumerate() {
        if !case.content.evidence.iter().any(|evidence| evidence.id == *id) {
            let message = "There is no such evidence in the case: add it first.";
            violations.push(Violation::new("NOT_FOUND", message, Path::of(["evidence"]).join(index)));
        }
    }
    let verified = draft.status == MitigationStatus::Verified;
    if (verified || draft.current.is_some()) && draft.evidence.is_empty() {
        let message = "Say what it rests on: a verification and a new rating need evidence.";
        violations.push(Violation::new("REQUIRED", message, Path::of(["evidence"])));
    }
    let early = matches!(phase(case, context.workflow), Phase::Drafting | Phase::Review);
    let owner = mitigation.owner.as_ref().and_then(|owner| owner.person);
    let concerned = owner == Some(actor.person) || was_party(case, actor.person);
    if verified && early {
        let message = "Until the panel approved there is nothing to verify: say that it is done.";
        violations.push(Violation::new("NOT_YET", message, Path::of(["status"])));
    } else if verified && concerned {
        let message = "Whoever owns the action, wrote the assessment or sponsors it does not verify it: somebody else does.";
        violations.push(Violation::new("VERIFIER_IS_OWNER", message, Path::of(["status"])));
    }
    if let Some(current) = draft.current {
        if early {
            let message = "Until the panel approved, the initial rating stands: leave the new one out.";
            violations.push(Violation::new("NOT_YET", message, Path::of(["current"])));
        } else if concerned {
            let message = "Whoever owns the action, wrote the assessment or sponsors it does not rate the risk anew: somebody else does.";
            violations.push(Violation::new("SEPARATION_OF_DUTIES", message, Path::of(["current"])));
        }
        violations.extend(context.settings.scale.admits(current, &Path::of(["current"])).err());
        if mitigation.impacts.is_empty() {
            let message = "The mitigation acts against no impact that could be rated: leave the rating out.";
            violations.push(Violation::new("NOT_APPLICABLE", message, Path::of(["current"])));
        }
    }
    refuse(violations)?;
    let mut after = case.clone();
    after.sign(actor.person);
    if let Some(current) = draft.current {
        after.process.current.extend(mitigation.impacts.iter().map(|impact| (*impact, current)));
    }
    let payload = json!({
        "mitigation": draft.mitigation,
        "status": draft.status,
        "current": draft.current,
        "evidence": draft.evidence,
    });
    after.process.progress.push(MitigationReport {
        mitigation: draft.mitigation,
        at: context.moment.at,
        by: actor.person,
        status: draft.status,
        note: draft.note,
        current: draft.current,
        evidence: draft.evidence,
    });
    Ok(done(after, vec![Happening::case(EventKind::MitigationReported, payload)], context))
}

/// A judgement of an open re-examination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The version of the case that was looked at: what changed of its content since is not judged unseen. Whatever stands is
    /// judged when absent.
    pub expected_version: Option<u32>,
    /// Whether the change is material: the case is then reopened.
    pub material: bool,
    /// Why, or what has to be done.
    pub reason: String,
    /// When it is material in part: which of what changed goes back to the panel; all of it when empty.
    pub paths: Vec<Path>,
}

/// Judges whether a change after approval is material. If not, the approval stands for the content as it is
/// now; if so, the case is reopened by the workflow's own transition.
///
/// # Errors
/// [`Refused::Conflict`] when no re-examination is open, or the content changed after the version that was looked at;
/// whatever the reopening transition is refused with.
pub fn judge_materiality(
    case: &Case,
    judgement: &Judgement,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Result<Applied, Refused> {
    permitted(case, Action::JudgeMateriality, actor, context)?;
    let Some(open) = &case.process.reexamination else {
        let message = "No re-examination is open: somebody judged it, or nothing changed.".into();
        return Err(Refused::Conflict { message });
    };
    looked_at(case, judgement.expected_version, context)?;
    refuse(
        text::check(&judgement.reason, text::PARAGRAPH, &Path::of(["reason"])).err().into_iter().collect(),
    )?;
    refuse(text::bounded_list(judgement.paths.len(), &Path::of(["paths"])).err().into_iter().collect())?;
    if let Some(other) = judgement.paths.iter().position(|path| !open.paths.contains(path)) {
        let message =
            "This is not among what changed: name paths of the re-examination, or none for all of them.";
        return invalid("NOT_FOUND", message, Path::of(["paths"]).join(other));
    }
    if !judgement.material && !judgement.paths.is_empty() {
        let message = "What is not material goes back to nobody: leave the paths out.";
        return invalid("NOT_APPLICABLE", message, Path::of(["paths"]));
    }
    let reopened = if judgement.paths.is_empty() { &open.paths } else { &judgement.paths };
    let payload = json!({
        "material": judgement.material,
        "reason": judgement.reason,
        "paths": open.paths,
        "reopened": judgement.material.then_some(reopened),
        "revision": case.revision,
    });
    let judged = Happening::case(EventKind::MaterialityJudged, payload);
    if judgement.material {
        let Some(transition) = context.workflow.reopening(&case.state) else {
            let message = "The workflow has no way to reopen the case from here.".into();
            return Err(Refused::Conflict { message });
        };
        let request = Request {
            transition: transition.name.clone(),
            expected_revision: case.revision,
            comment: Some(judgement.reason.clone()),
            paths: reopened.clone(),
            ..Request::default()
        };
        let mut applied = apply(case, &request, actor, context, supply)?;
        settle(&mut applied.case, open.paths.iter().filter(|path| !reopened.contains(path)), case);
        applied.case.process.reopened = Some(reopened.clone());
        applied.case.process.reopened_since = Some(open.since.date_naive());
        applied.happenings.insert(0, judged);
        return Ok(applied);
    }
    let mut after = case.clone();
    settle(&mut after, open.paths.iter(), case);
    after.process.reexamination = None;
    after.process.clocks.remove(super::clock::REEXAMINATION);
    if after.process.approved_revision.is_some() {
        after.process.approved_revision = Some(case.revision);
    }
    // What somebody judged is not written over: the next change begins a revision of its own.
    let happenings = [judged].into_iter().chain(freeze(&mut after, context)).collect();
    Ok(done(after, happenings, context))
}

/// Notes that these changes go back to nobody, as they stand in the case that was judged. That holds for whoever reviewed
/// the revision that was concluded on: who reviewed one before it saw something else.
fn settle<'a>(case: &mut Case, paths: impl Iterator<Item = &'a Path>, judged: &Case) {
    let process = &judged.process;
    let concluded = process.outcomes.last().map(|outcome| outcome.revision).max(process.submitted_revision);
    let of_it = process.reviews.iter().filter(|review| Some(review.revision) >= concluded);
    let since = of_it.filter_map(|review| review.version).min().unwrap_or(judged.version);
    let settled = Settled { since, judged: judged.version };
    case.process.settled.extend(paths.map(|path| (path.0.join("/"), settled)));
}

/// Most places that a conflict names.
const NAMED: usize = 5;

/// Refuses to judge content that changed after the version that was looked at, and says what of it.
fn looked_at(case: &Case, expected: Option<u32>, context: &Context) -> Result<(), Refused> {
    let Some(expected) = expected else { return Ok(()) };
    if expected > case.version {
        let message = format!("The assessment is at version {}: look at that, then judge.", case.version);
        return Err(Refused::Conflict { message });
    }
    let later = case.changed.iter().filter(|(_, at)| **at > expected);
    let place = |path: &str| {
        let called = form::called(&Path::of(path.split('/')), context.form, &case.content, context.groups);
        if called == path { called } else { format!("{called} ({path})") }
    };
    let mut places: Vec<String> = later.map(|(path, _)| place(path)).collect();
    if places.is_empty() {
        return Ok(());
    }
    let more = places.len().saturating_sub(NAMED);
    places.truncate(NAMED);
    if more > 0 {
        places.push(format!("{} more", text::number(more)));
    }
    let message = format!(
        "You have version {expected} before you, and the content changed since: {}. Look at version {}, then judge all of it.",
        places.join(", "),
        case.version
    );
    Err(Refused::Conflict { message })
}

/// Opens a re-examination when content changed after approval and one of the paths is material by the form.
/// `after` is the case with its new content, not yet saved; it is returned as it is when nothing is to be
/// judged. The version is the edit's: this adds nothing to it.
#[must_use]
pub fn content_changed(
    before: &Case,
    after: &Case,
    paths: &[Path],
    material: impl Fn(&Path) -> bool,
    context: &Context,
) -> Applied {
    let mut case = after.clone();
    let assured = matches!(phase(before, context.workflow), Phase::Approved | Phase::Decided);
    let touched: Vec<Path> = paths.iter().filter(|path| material(path)).cloned().collect();
    let mut happenings = Vec::new();
    if assured && !paths.is_empty() {
        case.process.edited_on = Some(context.moment.today);
    }
    if assured && !touched.is_empty() {
        happenings.push(effect::open_reexamination(&mut case, touched, context));
    }
    Applied { case, happenings, record: None }
}

pub(super) fn seen(case: &Case, actor: &Actor, context: &Context) -> Result<(), Refused> {
    permitted(case, Action::SeeStub, actor, context)
}

pub(super) fn permitted(
    case: &Case,
    action: Action,
    actor: &Actor,
    context: &Context,
) -> Result<(), Refused> {
    let phase = phase(case, context.workflow);
    match permit(actor, action, case, phase) {
        Ok(()) => Ok(()),
        Err(Denied::NotFound) => Err(Refused::NotFound),
        Err(Denied::Forbidden) if waits_for_principal(actor, action, case, phase) => {
            let message = "Somebody whom you stand in for declared an interest in this case that waits for its answer: until then nobody does this in their place. Leave it to somebody in whose own right it is, or let that be answered first.";
            invalid(interest::UNANSWERED, message, Path::default())
        }
        Err(Denied::Forbidden) => Err(Refused::Forbidden),
    }
}

/// Refuses what makes no sense once a case is closed.
pub(super) fn open(case: &Case, context: &Context) -> Result<(), Refused> {
    if phase(case, context.workflow) == Phase::Closed {
        return Err(Refused::Conflict { message: "The case is closed.".into() });
    }
    Ok(())
}

pub(super) fn revision(case: &Case, expected: u32) -> Result<(), Refused> {
    if case.revision == expected {
        return Ok(());
    }
    let message = format!(
        "You have revision {expected} before you, but the case is at revision {}: look at what changed, then try again.",
        case.revision
    );
    Err(Refused::Conflict { message })
}

pub(super) fn refuse(violations: Vec<Violation>) -> Result<(), Refused> {
    if violations.is_empty() { Ok(()) } else { Err(Refused::Invalid(violations)) }
}

pub(super) fn invalid<T>(code: &str, message: impl Into<String>, path: Path) -> Result<T, Refused> {
    Err(Refused::Invalid(vec![Violation::new(code, message, path)]))
}

pub(super) fn done(mut after: Case, happenings: Vec<Happening>, context: &Context) -> Applied {
    after.version += 1;
    after.updated_at = context.moment.at;
    Applied { case: after, happenings, record: None }
}
