//! The engine: what stands in the way of a transition, and what making it does.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::Moment,
    canonical::Spelt,
    case::{Case, Return},
    check::Finding,
    decision::DecisionOutcome,
    event::Happening,
    evidence::Attachment,
    form::{self, Form, score::Score},
    group::Catalogue,
    id::{MeetingId, PersonId, Supply},
    meeting::Meeting,
    party::Party,
    permission::{Action, Actor, Denied, permit},
    review::{Panel, PanelMember},
    settings::Settings,
    text::{Path, Violation},
    workflow::{
        Phase, Standing,
        clock::Reckoning,
        definition::{State, Transition, Workflow},
        expression::Document,
        guard::{Asked, Guard},
        interest,
        record::Frozen,
        requirement::{self, blocker},
        step,
    },
};

/// What surrounds a command: all that is asked besides case, request and actor. Gathered before any lock.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The definition the case began with.
    pub workflow: &'a Workflow,
    /// The form it began with; frozen into records.
    pub form: &'a Form,
    /// What its answers come to, where the form is scored; frozen into records.
    pub score: Option<&'a Score>,
    /// Versions of the rules behind `findings`; frozen into records.
    pub rules: &'a Spelt,
    /// The groups of its organisation.
    pub groups: &'a Catalogue,
    /// The settings of its organisation.
    pub settings: &'a Settings,
    /// What the checks say of the case as it stands.
    pub findings: &'a [Finding],
    /// The files kept with the case; frozen into records.
    pub attachments: &'a [Attachment],
    /// The organisation's standing panel, for the effect `assign_panel`.
    pub panel: Option<&'a Panel>,
    /// Who is away today; `None` where nothing is asked for yet, and so nobody looked.
    pub away: Option<&'a [PersonId]>,
    /// Who stands in for whom today in the organisation of the case; nobody where nothing is asked for yet.
    pub deputies: &'a [(PersonId, PersonId)],
    /// The meeting that the request names, as it is recorded by then; `None` where it names none.
    pub meeting: Option<&'a Meeting>,
    /// When it happens.
    pub moment: Moment,
}

impl<'a> Context<'a> {
    /// What clocks are reckoned by.
    pub(super) fn reckoning(&self) -> Reckoning<'a> {
        Reckoning { workflow: self.workflow, closed: &self.settings.closed_days, today: self.moment.today }
    }

    /// Whether the person did what these people did, or stands in for one of them today: deputy and principal are one
    /// hand where somebody else is asked for.
    pub(super) fn one_hand(&self, person: PersonId, did: &[PersonId]) -> bool {
        did.contains(&person)
            || self.deputies.iter().any(|(deputy, of)| *deputy == person && did.contains(of))
    }

    /// The seats of those who vote on the case where it is.
    pub(super) fn voters<'c>(&self, case: &'c Case) -> Vec<&'c PanelMember> {
        let checked = self.workflow.checked(case);
        let mut voters = self.workflow.voters(case);
        voters.retain(|member| !self.one_hand(member.person, &checked));
        voters
    }
}

/// A finding that panel or body accepts, with why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptedFinding {
    /// The finding's stable id.
    pub finding: String,
    /// Why.
    pub reason: String,
}

/// A condition as the panel sets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConditionDraft {
    /// What must be so.
    pub text: String,
    /// Who sees to it.
    pub owner: Party,
    /// By when.
    pub due: NaiveDate,
    /// What will show it.
    #[serde(default)]
    pub evidence_wanted: Option<String>,
    /// Who judges that it is met; never the owner.
    pub verifier: Party,
}

/// What the panel concluded, as it is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutcomeDraft {
    /// Who was there.
    pub attendees: Vec<Party>,
    /// Who sent apologies.
    #[serde(default)]
    pub apologies: Vec<Party>,
    /// The meeting at which it was concluded, when it was at one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingId>,
    /// Why it cannot wait for a meeting, for the chair who concludes between two of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
    /// Who disagreed, and why.
    #[serde(default)]
    pub dissent: Option<String>,
    /// What an approval is subject to.
    #[serde(default)]
    pub conditions: Vec<ConditionDraft>,
    /// Findings the panel accepts.
    #[serde(default)]
    pub accepted: Vec<AcceptedFinding>,
}

/// What the body decided, as it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DecisionDraft {
    /// The body.
    pub body: String,
    /// What gives it the authority.
    pub authority: String,
    /// The day it met.
    pub meeting: NaiveDate,
    /// Where it is minuted.
    #[serde(default)]
    pub minute: Option<String>,
    /// The paper that was before it.
    #[serde(default)]
    pub paper: Option<String>,
    /// What it decided.
    pub outcome: DecisionOutcome,
    /// Why.
    pub reasons: String,
    /// Who was present.
    pub present: Vec<Party>,
    /// Who confirms having read the assessment.
    pub read_by: Vec<Party>,
    /// The statement of due regard.
    pub statement: String,
    /// Findings the body accepts.
    #[serde(default)]
    pub accepted: Vec<AcceptedFinding>,
}

/// A transition that somebody asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Its name.
    pub transition: String,
    /// The revision the actor has before them.
    pub expected_revision: u32,
    /// Comment or reason.
    #[serde(default)]
    pub comment: Option<String>,
    /// The sections or fields it is about.
    #[serde(default)]
    pub paths: Vec<Path>,
    /// Why each of them, by the path as it is written with `/`, where it has a reason of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// For a transition that concludes.
    #[serde(default)]
    pub outcome: Option<OutcomeDraft>,
    /// For a transition that decides.
    #[serde(default)]
    pub decision: Option<DecisionDraft>,
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blocker {
    /// Stable and machine-readable, `SCREAMING_SNAKE`: [`NOT_FOUND`], [`FORBIDDEN`], [`CONFLICT`], `REQUIRED`,
    /// the name of a guard (`QUORUM`), the rule of a finding that nobody accepted, and the like.
    pub code: String,
    /// A sentence for the person it stops.
    pub message: String,
    /// The field it is about, in the request or in the content; empty when it is about the whole.
    pub path: Path,
}

/// The code of a blocker that means: the actor may not know of the case.
pub const NOT_FOUND: &str = "NOT_FOUND";
/// The code of a blocker that means: somebody else may, the actor may not.
pub const FORBIDDEN: &str = "FORBIDDEN";
/// The code of a blocker that means: the case moved since the actor looked.
pub const CONFLICT: &str = "CONFLICT";

/// Why a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Somebody moved the case since the actor looked.
    #[error("{message}")]
    Conflict {
        /// What happened and what to do.
        message: String,
    },
    /// Something stands in the way.
    #[error("{} blockers", .0.len())]
    Blocked(Vec<Blocker>),
    /// The request is malformed.
    #[error("{} violations", .0.len())]
    Invalid(Vec<Violation>),
    /// The actor may not know of the case.
    #[error("not found")]
    NotFound,
    /// The actor may not do this.
    #[error("not permitted")]
    Forbidden,
}

/// What a command made: the case to save and what to record.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The case as it is now.
    pub case: Case,
    /// What happened, in order.
    pub happenings: Vec<Happening>,
    /// The decision record that was frozen; its canonical bytes are kept, and their SHA-256 is in the outcome
    /// or decision.
    pub record: Option<Frozen>,
}

/// The state the case is in; `None` when the definition does not know it.
#[must_use]
pub fn state<'a>(case: &Case, workflow: &'a Workflow) -> Option<&'a State> {
    workflow.state(&case.state)
}

/// The phase the case is in. A state the definition does not know counts as closed: nothing starts from it.
#[must_use]
pub fn phase(case: &Case, workflow: &Workflow) -> Phase {
    state(case, workflow).map_or(Phase::Closed, |state| state.phase)
}

/// The phase and standing of the case. A state that the definition does not know counts as closed and stopped.
#[must_use]
pub fn stands(case: &Case, workflow: &Workflow) -> (Phase, Standing) {
    state(case, workflow).map_or((Phase::Closed, Standing::Stopped), |state| (state.phase, state.standing))
}

/// What stands between the actor and the transition: the one function that API, pages, tests and dry run ask.
///
/// Without a request it says what can be said before one is written. Whoever may not make the transition is
/// told that and nothing else.
#[must_use]
pub fn blockers(
    case: &Case,
    transition: &Transition,
    actor: &Actor,
    request: Option<&Request>,
    context: &Context,
) -> Vec<Blocker> {
    let document = Document::of(case);
    stopping(Asked { case, document: &document, actor, request, context, urgent: false }, transition)
}

fn stopping(asked: Asked, transition: &Transition) -> Vec<Blocker> {
    let asked = Asked { urgent: transition.ratified_within().is_some(), ..asked };
    let Asked { case, actor, request, context, .. } = asked;
    if let Err(denied) = permitted(case, transition, actor, context.workflow) {
        let (code, message) = match denied {
            Denied::NotFound => (NOT_FOUND, "There is no such assessment.".to_owned()),
            Denied::Forbidden => (FORBIDDEN, format!("\"{}\" is for others to do.", transition.label)),
        };
        return vec![blocker(code, message, Path::default())];
    }
    let mut found = Vec::new();
    if !transition.from.contains(&case.state) {
        let label = state(case, context.workflow).map_or(case.state.as_str(), |state| state.label.as_str());
        let message = format!("\"{}\" does not start from \"{label}\".", transition.label);
        found.push(blocker(CONFLICT, message, Path::of(["transition"])));
    }
    if let Some(request) = request {
        found.extend(requirement::missing(case, transition, request, context));
    }
    found.extend(unjudged(case, transition, context.workflow));
    found.extend(undecided(case, transition, context.workflow));
    found.extend(unanswered(case, transition, context));
    found.extend(unratified(case, transition));
    found.extend(interest::unanswered(asked, transition));
    found.extend(transition.guards.iter().flat_map(|guard| guard.blockers(asked)));
    found
}

/// A change that nobody judged is neither carried into what goes ahead nor closed with it. Withdrawing and
/// reopening stay possible, and a transition that asks for an unchanged revision says so itself.
fn unjudged(case: &Case, transition: &Transition, workflow: &Workflow) -> Option<Blocker> {
    case.process.reexamination.as_ref()?;
    let (from, to) = (state(case, workflow)?, workflow.state(&transition.to)?);
    let withdraws = to.standing == Standing::Stopped && from.standing == Standing::Pending;
    let ends = to.standing == Standing::Proceeding || (to.phase == Phase::Closed && !withdraws);
    let asks = transition.guards.iter().any(|guard| matches!(guard, Guard::UnchangedSinceReview {}));
    (ends && !asks).then(|| blocker("REEXAMINATION_OPEN", UNJUDGED, Path::of(["reexamination"])))
}

/// What whoever comes before that is told.
pub(super) const UNJUDGED: &str =
    "The content changed after approval: equality lead or chair must judge the change first.";

/// What the body let proceed may touch people already. Reopened, it looks pending, but nobody but the body stops it.
/// How what is in force comes to an end is the workflow's to say.
fn undecided(case: &Case, transition: &Transition, workflow: &Workflow) -> Option<Blocker> {
    let (from, to) = (state(case, workflow)?, workflow.state(&transition.to)?);
    let stops = from.standing == Standing::Pending && to.standing == Standing::Stopped;
    let stops = stops && transition.decides.is_empty();
    let mut decisions = case.process.decisions.iter().rev();
    let newest = decisions.find(|decision| decision.outcome != DecisionOutcome::Defer)?;
    let message =
        "The body decided that this goes ahead, so it may touch people already: only the body stops it.";
    (stops && newest.outcome.proceeds()).then(|| blocker("DECIDED", message, Path::of(["transition"])))
}

/// The chair acts between meetings again only once the panel has answered for the last time: an action is not lost behind
/// the next.
fn unratified(case: &Case, transition: &Transition) -> Option<Blocker> {
    let due = case.process.ratification_due.filter(|_| transition.ratified_within().is_some())?;
    Some(blocker("RATIFICATION_DUE", to_ratify(due), Path::of(["ratificationDue"])))
}

/// What whoever comes before the panel's answer is told.
pub(super) fn to_ratify(due: NaiveDate) -> String {
    format!(
        "The panel has still to say, by {due}, whether it ratifies what its chair concluded between meetings: record that first."
    )
}

/// What the panel asked for when it returned the case is answered, one by one, before the case comes back to it.
fn unanswered(case: &Case, transition: &Transition, context: &Context) -> Vec<Blocker> {
    let enters = context.workflow.state(&transition.to).is_some_and(|state| state.phase == Phase::Review);
    let asked = case.process.returned.iter().filter(|_| enters);
    asked
        .flat_map(Return::unanswered)
        .map(|path| {
            let place = form::called(path, context.form, &case.content, context.groups);
            let message = format!(
                "The panel asked for changes to \u{201c}{place}\u{201d}: say what was done about it, or why nothing was."
            );
            blocker("UNANSWERED", message, path.clone())
        })
        .collect()
}

/// Whether the policy permits the transition and the definition means the actor: the workflow only narrows.
///
/// # Errors
/// Why the actor may not make it.
pub fn permitted(
    case: &Case,
    transition: &Transition,
    actor: &Actor,
    workflow: &Workflow,
) -> Result<(), Denied> {
    let phase = phase(case, workflow);
    permit(actor, Action::SeeStub, case, phase)?;
    let mut capabilities = workflow.capabilities(&transition.roles, actor, case).into_iter();
    let may =
        capabilities.any(|capability| permit(actor, transition.action(capability), case, phase).is_ok());
    if may { Ok(()) } else { Err(Denied::Forbidden) }
}

/// In whose place the actor would make the transition: nobody's where they may in their own right, seat in the chair
/// included.
#[must_use]
pub fn in_whose_place(
    case: &Case,
    transition: &Transition,
    actor: &Actor,
    context: &Context,
) -> Option<PersonId> {
    let chairs = transition.guards.iter().find(|guard| matches!(guard, Guard::InTheChair {}));
    let document = Document::of(case);
    actor.on_behalf_of(|who| {
        let asked = Asked { case, document: &document, actor: who, request: None, context, urgent: true };
        permitted(case, transition, who, context.workflow).is_ok()
            && chairs.is_none_or(|guard| guard.blockers(asked).is_empty())
    })
}

/// The transitions that start from where the case is, each with what stands in the way.
#[must_use]
pub fn available<'a>(
    case: &'a Case,
    actor: &Actor,
    context: &Context<'a>,
) -> Vec<(&'a Transition, Vec<Blocker>)> {
    let leaving = context.workflow.leaving(&case.state);
    let document = Document::of(case);
    let asked = Asked { case, document: &document, actor, request: None, context, urgent: false };
    leaving.map(|transition| (transition, stopping(asked, transition))).collect()
}

/// What stands in the way of what is asked for, which a dry run says without making it.
///
/// # Errors
/// In this order: the actor may not know of the case, the transition does not exist, the request is malformed.
/// Whoever may not make the transition, or asks of a case that somebody moved, is told that first.
pub fn rehearse(
    case: &Case,
    request: &Request,
    actor: &Actor,
    context: &Context,
) -> Result<Vec<Blocker>, Refused> {
    if permit(actor, Action::SeeStub, case, phase(case, context.workflow)).is_err() {
        return Err(Refused::NotFound);
    }
    let Some(transition) = context.workflow.transition(&request.transition) else {
        let message = "The workflow has no such transition: choose one of those available.";
        return Err(Refused::Invalid(vec![Violation::new("INVALID", message, Path::of(["transition"]))]));
    };
    let found = blockers(case, transition, actor, Some(request), context);
    if found.iter().any(|blocker| matches!(blocker.code.as_str(), FORBIDDEN | CONFLICT)) {
        return Ok(found);
    }
    let malformed = requirement::malformed(request);
    if malformed.is_empty() { Ok(found) } else { Err(Refused::Invalid(malformed)) }
}

/// Makes the transition: the case as it is then, and what happened.
///
/// # Errors
/// In this order: the actor may not know of the case, the transition does not exist, the actor may not make
/// it, somebody moved the case, the request is malformed, something stands in the way.
pub fn apply(
    case: &Case,
    request: &Request,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Result<Applied, Refused> {
    let found = rehearse(case, request, actor, context)?;
    let of = |code: &str| found.iter().find(|blocker| blocker.code == code);
    if of(FORBIDDEN).is_some() {
        return Err(Refused::Forbidden);
    }
    if let Some(conflict) = of(CONFLICT) {
        return Err(Refused::Conflict { message: conflict.message.clone() });
    }
    match context.workflow.transition(&request.transition) {
        Some(transition) if found.is_empty() => step::make(case, transition, request, actor, context, supply),
        _ => Err(Refused::Blocked(found)),
    }
}
