//! Conditions of an approval: reported, verified, waived or breached, by whoever has an account or by a link.
//!
//! Whoever owns or verifies a condition may have no account. They are mailed a link that is for one person, one
//! condition and one act; what it lets them do is asked here, of the case as it stands.

use serde_json::json;

use crate::{
    calendar::Moment,
    case::Case,
    condition::{Condition, ConditionNote, ConditionStatus},
    event::{EventKind, Happening},
    id::{ConditionId, ContactId, PersonId},
    party::Party,
    permission::{Action, Actor, Relation, Role, permit, relation, was_party},
    review::Interest,
    text::{self, Path, Violation},
    words::words,
    workflow::{
        Phase, Standing,
        deadline::Told,
        definition::Workflow,
        engine::{Applied, Context, Refused, phase},
        process::{done, invalid, permitted, refuse, seen},
        requirement::same_party,
    },
};

/// Longest address of evidence.
const ADDRESS: usize = 2000;

words! {
    /// What a link is for.
    LinkAct {
        /// Say what was done to meet the condition.
        Report = "REPORT",
        /// Say whether it is met.
        Verify = "VERIFY",
    }
}

/// How a condition stands, as it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionReport {
    /// The condition.
    pub condition: ConditionId,
    /// How it stands.
    pub status: ConditionStatus,
    /// What is reported: the evidence, or the reason.
    pub note: Option<String>,
    /// Where the evidence can be seen.
    pub evidence: Option<String>,
}

/// Keeps how a condition stands: evidenced by its owner or those whose proposal it is, verified by its
/// verifier or, where that has no account, by somebody who keeps the panel's business; waived with a reason
/// by the chair; breached by whoever verifies.
///
/// # Errors
/// [`Refused::Forbidden`] when the status is not the actor's to give, [`Refused::Invalid`] when it does not
/// follow from how the condition stands.
pub fn report_condition(
    case: &Case,
    report: &ConditionReport,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    seen(case, actor, context)?;
    let Some(condition) = case.process.conditions.iter().find(|one| one.id == report.condition) else {
        permitted(case, Action::Report, actor, context)?;
        return invalid("NOT_FOUND", "There is no such condition.", Path::of(["conditionId"]));
    };
    permitted(case, action_of(report.status), actor, context)?;
    if !may_report(case, condition, report.status, actor) {
        return Err(Refused::Forbidden);
    }
    let by = Party::person(actor.person);
    let on_behalf_of = actor
        .on_behalf_of(|who| may_say(case, condition.id, report.status, who, phase(case, context.workflow)));
    unlike_reporter(condition, report.status, &by, on_behalf_of)?;
    sound(condition, report)?;
    let mut after = case.clone();
    after.sign(actor.person);
    Ok(kept(after, report, Reporter { by, on_behalf_of, invited_by: None }, context))
}

/// Whether it is for the actor to say that this condition stands so.
#[must_use]
pub fn may_say(
    case: &Case,
    condition: ConditionId,
    status: ConditionStatus,
    actor: &Actor,
    phase: Phase,
) -> bool {
    let found = case.process.conditions.iter().find(|one| one.id == condition);
    permit(actor, action_of(status), case, phase).is_ok()
        && found.is_some_and(|found| may_report(case, found, status, actor))
}

/// What it is to say that a condition stands so.
const fn action_of(status: ConditionStatus) -> Action {
    match status {
        ConditionStatus::Waived => Action::AnswerInterest,
        _ => Action::Report,
    }
}

/// Who reports, in whose place, and on whose invitation.
struct Reporter {
    by: Party,
    on_behalf_of: Option<PersonId>,
    invited_by: Option<PersonId>,
}

/// Refuses the judgement of whoever owns a condition or said that it is met, though they act in another's place or are
/// named anew.
fn unlike_reporter(
    condition: &Condition,
    status: ConditionStatus,
    by: &Party,
    on_behalf_of: Option<PersonId>,
) -> Result<(), Refused> {
    if !matches!(status, ConditionStatus::Verified | ConditionStatus::Breached) {
        return Ok(());
    }
    let judges: Vec<Party> = [by.clone()].into_iter().chain(on_behalf_of.map(Party::person)).collect();
    let judges = |party: &Party| judges.iter().any(|one| same_party(one, party));
    if judges(&condition.owner) {
        let message = "Whoever sees to a condition does not verify it, nor whoever stands in for them: somebody else does.";
        return invalid("VERIFIER_IS_OWNER", message, Path::of(["status"]));
    }
    if condition.reporters().any(|reporter| judges(&reporter)) {
        let message = "Whoever reported the condition as met, or in whose place that was done, does not verify it: somebody else does.";
        return invalid("VERIFIER_REPORTED", message, Path::of(["status"]));
    }
    Ok(())
}

/// The same by a link: of the owner that the condition is met, of the verifier that it is or is not. Nobody who has an
/// account acts in this way.
///
/// # Errors
/// [`Refused::NotFound`] when the link lets nobody do that now, [`Refused::Invalid`] when what is said does not follow.
pub fn report_by_link(
    case: &Case,
    report: &ConditionReport,
    (contact, act): (ContactId, LinkAct),
    context: &Context,
) -> Result<Applied, Refused> {
    let condition =
        linked(case, report.condition, (contact, act), context.workflow).ok_or(Refused::NotFound)?;
    let theirs = match act {
        LinkAct::Report => report.status == ConditionStatus::Evidenced,
        LinkAct::Verify => matches!(report.status, ConditionStatus::Verified | ConditionStatus::Breached),
    };
    if !theirs {
        return Err(Refused::NotFound);
    }
    sound(condition, report)?;
    let by = match act {
        LinkAct::Report => condition.owner.clone(),
        LinkAct::Verify => condition.verifier.clone(),
    };
    unlike_reporter(condition, report.status, &by, None)?;
    let invited = inviter(case, report.condition);
    let reporter = Reporter { by, on_behalf_of: None, invited_by: invited };
    let mut applied = kept(case.clone(), report, reporter, context);
    for happening in &mut applied.happenings {
        if let Some(facts) = happening.payload.as_object_mut() {
            facts.extend([
                ("link".to_owned(), json!(act)),
                ("contact".to_owned(), json!(contact)),
                ("invitedBy".to_owned(), json!(invited)),
            ]);
        }
    }
    Ok(applied)
}

/// The condition, when a link mailed to this contact for this act still leads somewhere: they are still its owner or
/// verifier, it is not settled, what it asks of them is not done, and the proposal may still touch people.
#[must_use]
pub fn linked<'a>(
    case: &'a Case,
    condition: ConditionId,
    (contact, act): (ContactId, LinkAct),
    workflow: &Workflow,
) -> Option<&'a Condition> {
    if workflow.state(&case.state).is_none_or(|state| state.standing == Standing::Stopped) {
        return None;
    }
    let condition = case.process.conditions.iter().find(|one| one.id == condition)?;
    let (party, open) = match act {
        LinkAct::Report => {
            (&condition.owner, matches!(condition.status, ConditionStatus::Open | ConditionStatus::Breached))
        }
        LinkAct::Verify => (
            &condition.verifier,
            !matches!(condition.status, ConditionStatus::Verified | ConditionStatus::Waived),
        ),
    };
    (open && party.person.is_none() && party.contact == Some(contact)).then_some(condition)
}

/// The condition of this case that waits for a contact, and for what; the one due first.
#[must_use]
pub fn waiting<'a>(
    case: &'a Case,
    contact: ContactId,
    workflow: &Workflow,
) -> Option<(&'a Condition, LinkAct)> {
    let of = |act| {
        let conditions = case.process.conditions.iter();
        conditions.filter_map(move |one| Some((linked(case, one.id, (contact, act), workflow)?, act)))
    };
    of(LinkAct::Report).chain(of(LinkAct::Verify)).min_by_key(|(condition, _)| condition.due)
}

/// Who set the condition, and so invited those whom it names.
#[must_use]
pub fn inviter(case: &Case, condition: ConditionId) -> Option<PersonId> {
    let outcomes = case.process.outcomes.iter();
    outcomes.rev().find(|outcome| outcome.conditions.contains(&condition)).map(|outcome| outcome.by)
}

/// Revokes the links that were mailed about a condition: one that somebody passed on, or mailed to the wrong address.
/// The next reminder brings a fresh one.
///
/// # Errors
/// [`Refused::Invalid`] when there is no such condition.
pub fn revoke_links(
    case: &Case,
    condition: ConditionId,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::AssignPanel, actor, context)?;
    let mut after = case.clone();
    let Some(found) = after.process.conditions.iter_mut().find(|one| one.id == condition) else {
        return invalid("NOT_FOUND", "There is no such condition.", Path::of(["conditionId"]));
    };
    found.links_since = Some(context.moment.at);
    let happening = Happening::case(EventKind::LinksRevoked, json!({ "condition": condition }));
    Ok(done(after, vec![happening], context))
}

/// Who is to own or verify a condition from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassignment {
    /// The condition.
    pub condition: ConditionId,
    /// Its owner; the one it has when absent.
    pub owner: Option<Party>,
    /// Its verifier; the one it has when absent.
    pub verifier: Option<Party>,
}

/// Names somebody else to own or verify a condition: who was named has left, or their address was wrong. Links mailed to
/// them lead nowhere from then on.
///
/// # Errors
/// [`Refused::Invalid`] when there is no such condition, it is settled, nobody is named, or its owner would verify.
pub fn reassign(
    case: &Case,
    draft: Reassignment,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::AssignPanel, actor, context)?;
    let mut after = case.clone();
    let Some(found) = after.process.conditions.iter_mut().find(|one| one.id == draft.condition) else {
        return invalid("NOT_FOUND", "There is no such condition.", Path::of(["conditionId"]));
    };
    if matches!(found.status, ConditionStatus::Verified | ConditionStatus::Waived) {
        let message = "The condition is settled: nobody is to do anything about it.";
        return invalid("SETTLED", message, Path::of(["conditionId"]));
    }
    let payload = json!({
        "condition": draft.condition,
        "owner": draft.owner.as_ref().map(named),
        "verifier": draft.verifier.as_ref().map(named),
    });
    let mut violations: Vec<Violation> = Vec::new();
    if draft.owner.is_none() && draft.verifier.is_none() {
        let message = "Name who is to own or to verify the condition.";
        violations.push(Violation::new("REQUIRED", message, Path::of(["owner"])));
    }
    violations.extend(draft.owner.iter().filter_map(|owner| owner.check(&Path::of(["owner"])).err()));
    let verifier = draft.verifier.iter();
    violations.extend(verifier.filter_map(|verifier| verifier.check(&Path::of(["verifier"])).err()));
    if let Some(owner) = draft.owner {
        found.owner = owner;
    }
    if let Some(verifier) = draft.verifier {
        found.verifier = verifier;
    }
    violations.extend(
        unfit_verifier(case, &found.owner, &found.verifier)
            .map(|(code, message)| Violation::new(code, message, Path::of(["verifier"]))),
    );
    violations.extend(
        unfit_owner(case, &found.owner)
            .map(|(code, message)| Violation::new(code, message, Path::of(["owner"]))),
    );
    if found.reporters().any(|reporter| same_party(&reporter, &found.verifier)) {
        let message = "They reported this condition as met, so they do not verify it: name somebody else.";
        violations.push(Violation::new("VERIFIER_REPORTED", message, Path::of(["verifier"])));
    }
    refuse(violations)?;
    Ok(done(after, vec![Happening::case(EventKind::ConditionReassigned, payload)], context))
}

/// Whom an event names: by id, and of whoever has none only that there is somebody.
fn named(party: &Party) -> serde_json::Value {
    json!({"person": party.person, "contact": party.contact})
}

/// Why somebody may not verify a condition that somebody owns.
pub(super) fn unfit_verifier(
    case: &Case,
    owner: &Party,
    verifier: &Party,
) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let owns = same_party(owner, verifier).then_some((
        "VERIFIER_IS_OWNER",
        "Whoever sees to a condition does not verify it: name somebody else.",
    ));
    let party = verifier.person.is_some_and(|person| was_party(case, person)).then_some((
        "VERIFIER_IS_PARTY",
        "Whose proposal it is does not verify a condition of it: name somebody else.",
    ));
    let withdrew = verifier.person.filter(|person| has_withdrawn(case, *person));
    owns.into_iter().chain(party).chain(withdrew.map(|_| WITHDREW))
}

/// Why somebody may not own a condition.
pub(super) fn unfit_owner(case: &Case, owner: &Party) -> Option<(&'static str, &'static str)> {
    owner.person.filter(|person| has_withdrawn(case, *person)).map(|_| WITHDREW)
}

/// Whoever withdrew sees nothing of the case, and so could do nothing about a condition of it.
const WITHDREW: (&str, &str) = (
    "WITHDREW",
    "They withdrew from this case because of an interest, and are told nothing of it: name somebody else.",
);

fn has_withdrawn(case: &Case, person: PersonId) -> bool {
    case.process.interest(person) == Interest::Withdrawn && !was_party(case, person)
}

/// A condition whose day passed and that nobody reported as met is breached; told to those whom the step names.
pub(super) fn lapse(
    case: &mut Case,
    condition: ConditionId,
    to: &[Told],
    moment: Moment,
) -> Option<Happening> {
    let found = case.process.conditions.iter_mut().find(|one| one.id == condition)?;
    found.status = ConditionStatus::Breached;
    found.reports.push(ConditionNote {
        at: moment.at,
        status: ConditionStatus::Breached,
        by: None,
        invited_by: None,
        on_behalf_of: None,
        note: None,
        evidence: None,
    });
    let payload = json!({"condition": condition, "due": found.due, "to": to});
    Some(Happening::case(EventKind::ConditionBreached, payload))
}

/// What is wrong with a report, whoever brings it.
fn sound(condition: &Condition, report: &ConditionReport) -> Result<(), Refused> {
    let follows = match report.status {
        ConditionStatus::Open => false,
        ConditionStatus::Evidenced => {
            matches!(
                condition.status,
                ConditionStatus::Open | ConditionStatus::Evidenced | ConditionStatus::Breached
            )
        }
        ConditionStatus::Verified => condition.status == ConditionStatus::Evidenced,
        ConditionStatus::Waived => {
            !matches!(condition.status, ConditionStatus::Verified | ConditionStatus::Waived)
        }
        ConditionStatus::Breached => {
            matches!(condition.status, ConditionStatus::Open | ConditionStatus::Evidenced)
        }
    };
    if !follows {
        let message = format!(
            "A condition that is {} does not become {}: its owner evidences it first, then its verifier verifies it.",
            condition.status, report.status
        );
        return invalid("INVALID", message, Path::of(["status"]));
    }
    let blank = report.note.as_ref().is_none_or(|note| note.trim().is_empty());
    let mut found: Vec<Violation> = Vec::new();
    if report.status != ConditionStatus::Verified && blank {
        let message = "Say what shows it, or why: it is kept with the case.";
        found.push(Violation::new("REQUIRED", message, Path::of(["note"])));
    }
    let note = report.note.as_ref();
    found.extend(note.and_then(|note| text::bounded(note, text::PARAGRAPH, &Path::of(["note"])).err()));
    let evidence = report.evidence.as_ref();
    found.extend(evidence.and_then(|address| address_of_evidence(address).err()));
    refuse(found)
}

/// An address of evidence is one of a page.
fn address_of_evidence(address: &str) -> Result<(), Violation> {
    let at = Path::of(["evidence"]);
    text::line(address, ADDRESS, &at)?;
    let host = ["https://", "http://"].into_iter().find_map(|scheme| address.strip_prefix(scheme));
    if host.is_some_and(|rest| !rest.is_empty()) && !address.contains(char::is_whitespace) {
        return Ok(());
    }
    let message = "This is no address of a page; write one that begins with https://, or leave it out.";
    Err(Violation::new("INVALID", message, at))
}

/// The case with a report that is sound.
fn kept(
    mut after: Case,
    report: &ConditionReport,
    Reporter { by, on_behalf_of, invited_by }: Reporter,
    context: &Context,
) -> Applied {
    let mut payload = json!({"condition": report.condition, "status": report.status, "note": report.note});
    if let (Some(facts), Some(evidence)) = (payload.as_object_mut(), &report.evidence) {
        facts.insert("evidence".into(), json!(evidence));
    }
    for one in after.process.conditions.iter_mut().filter(|one| one.id == report.condition) {
        one.status = report.status;
        one.reports.push(ConditionNote {
            at: context.moment.at,
            status: report.status,
            by: Some(by.clone()),
            invited_by,
            on_behalf_of,
            note: report.note.clone().filter(|note| !note.trim().is_empty()),
            evidence: report.evidence.clone(),
        });
        if let (ConditionStatus::Breached, Some(facts)) = (report.status, payload.as_object_mut()) {
            facts.insert("due".into(), json!(one.due));
            facts.insert("to".into(), json!(context.settings.conditions.breach_tells()));
        }
    }
    let kind = match report.status {
        ConditionStatus::Breached => EventKind::ConditionBreached,
        _ => EventKind::ConditionReported,
    };
    done(after, vec![Happening::case(kind, payload)], context)
}

fn may_report(case: &Case, condition: &Condition, status: ConditionStatus, actor: &Actor) -> bool {
    let me = Party::person(actor.person);
    let party = matches!(relation(actor, case), Relation::Author | Relation::Contributor | Relation::Sro);
    let owns = same_party(&condition.owner, &me);
    let keeps = [Role::PanelSecretary, Role::EqualityLead].iter().any(|role| actor.serves(case, *role));
    let verifies = same_party(&condition.verifier, &me) || (condition.verifier.person.is_none() && keeps);
    match status {
        ConditionStatus::Open => true,
        // Who keeps the panel's business writes down what an owner without an account says.
        ConditionStatus::Evidenced => owns || party || (condition.owner.person.is_none() && keeps),
        ConditionStatus::Verified | ConditionStatus::Breached => {
            verifies && !owns && !was_party(case, actor.person)
        }
        ConditionStatus::Waived => !owns,
    }
}
