//! Moving a case through its workflow: submission, the panel's outcome, the body's decision and all else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    app::{
        App, Changed, Error, PartyInput, Result, View,
        command::{Around, Command, Decided},
        party::{HAS_ACCOUNT, NO_SUCH_PERSON, Parties, VERIFIER_IS_OWNER, VERIFIER_IS_PARTY, Verified},
        view::is_before_body,
    },
    clock,
    domain::{
        calendar::Moment,
        decision::DecisionOutcome,
        id::{AssessmentId, MeetingId, PersonId},
        leave,
        permission::{Action, Actor},
        text::{self, Path, Violation},
        workflow::{
            definition::{Requirement, Workflow},
            engine::{self, Blocker, ConditionDraft, DecisionDraft, OutcomeDraft, Refused, Request},
        },
    },
    store::record::Revision,
};

/// A finding that is accepted, with why.
pub type AcceptedFinding = engine::AcceptedFinding;

/// A condition as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionInput {
    /// What must be so.
    pub text: String,
    /// Who sees to it.
    pub owner: PartyInput,
    /// By when.
    pub due: NaiveDate,
    /// What will show it.
    pub evidence_wanted: Option<String>,
    /// Who judges that it is met.
    pub verifier: PartyInput,
}

/// A panel's outcome as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OutcomeInput {
    /// Who was there.
    pub attendees: Vec<PartyInput>,
    /// Who sent apologies.
    pub apologies: Vec<PartyInput>,
    /// The meeting at which it was concluded, when it was at one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingId>,
    /// Why it could not wait for a meeting, for an action between two of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
    /// Who disagreed, and why.
    pub dissent: Option<String>,
    /// What an approval is subject to.
    pub conditions: Vec<ConditionInput>,
    /// Findings the panel accepts.
    pub accepted: Vec<AcceptedFinding>,
}

/// A decision as it is typed.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionInput {
    /// The body.
    pub body: String,
    /// What gives it the authority.
    pub authority: String,
    /// The day it met.
    pub meeting: NaiveDate,
    /// Where it is minuted.
    pub minute: Option<String>,
    /// The paper before it.
    pub paper: Option<String>,
    /// What it decided.
    pub outcome: DecisionOutcome,
    /// Why.
    pub reasons: String,
    /// Who was present.
    pub present: Vec<PartyInput>,
    /// Who confirms having read the assessment.
    pub read_by: Vec<PartyInput>,
    /// The statement of due regard.
    pub statement: String,
    /// Findings the body accepts.
    pub accepted: Vec<AcceptedFinding>,
}

/// A section or field that must change, with why.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRequest {
    /// The section or field.
    pub path: Path,
    /// Why, or what is asked for.
    pub reason: String,
}

/// A transition as it is asked for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransitionDraft {
    /// Its name.
    pub transition: String,
    /// The revision the actor has before them.
    pub expected_revision: u32,
    /// Comment or reason.
    pub comment: Option<String>,
    /// The sections or fields it is about.
    pub paths: Vec<Path>,
    /// Sections or fields with a reason of their own.
    pub requests: Vec<ChangeRequest>,
    /// For one that concludes.
    pub outcome: Option<OutcomeInput>,
    /// For one that decides.
    pub decision: Option<DecisionInput>,
    /// Whether only to say what stands in the way.
    pub dry_run: bool,
}

impl TransitionDraft {
    fn parties(&self) -> Vec<&PartyInput> {
        let outcome = self.outcome.iter().flat_map(|outcome| {
            let conditions = outcome.conditions.iter().flat_map(|c| [&c.owner, &c.verifier]);
            outcome.attendees.iter().chain(&outcome.apologies).chain(conditions)
        });
        let decision =
            self.decision.iter().flat_map(|decision| decision.present.iter().chain(&decision.read_by));
        outcome.chain(decision).collect()
    }

    /// Those of its people of whom it counts who they are, with where they are typed: who is to own and who to verify its
    /// conditions, who was there and who sent apologies.
    fn responsible(&self) -> Vec<(&PartyInput, Path)> {
        let conditions = self.outcome.iter().flat_map(|outcome| &outcome.conditions).enumerate();
        let at = |index: usize, field: &str| Path::of(["outcome", "conditions"]).join(index).join(field);
        let responsible = conditions.flat_map(|(index, one)| {
            [(&one.owner, at(index, "owner")), (&one.verifier, at(index, "verifier"))]
        });
        let there = self.outcome.iter().flat_map(|outcome| {
            let at = Path::of(["outcome"]);
            typed(&outcome.attendees, &at.join("attendees"))
                .into_iter()
                .chain(typed(&outcome.apologies, &at.join("apologies")))
        });
        responsible.chain(there).collect()
    }

    fn request(self, parties: &mut Parties) -> Request {
        let outcome = self.outcome.map(|outcome| {
            let at = Path::of(["outcome"]);
            OutcomeDraft {
                attendees: list(parties, &outcome.attendees, &at.join("attendees")),
                apologies: list(parties, &outcome.apologies, &at.join("apologies")),
                meeting: outcome.meeting,
                urgency: outcome.urgency,
                dissent: outcome.dissent,
                conditions: outcome
                    .conditions
                    .into_iter()
                    .enumerate()
                    .map(|(index, condition)| {
                        let at = at.join("conditions").join(index);
                        ConditionDraft {
                            text: condition.text,
                            owner: parties.resolve(&condition.owner, &at.join("owner")),
                            due: condition.due,
                            evidence_wanted: condition.evidence_wanted,
                            verifier: parties.resolve(&condition.verifier, &at.join("verifier")),
                        }
                    })
                    .collect(),
                accepted: outcome.accepted,
            }
        });
        let decision = self.decision.map(|decision| {
            let at = Path::of(["decision"]);
            DecisionDraft {
                body: decision.body,
                authority: decision.authority,
                meeting: decision.meeting,
                minute: decision.minute,
                paper: decision.paper,
                outcome: decision.outcome,
                reasons: decision.reasons,
                present: list(parties, &decision.present, &at.join("present")),
                read_by: list(parties, &decision.read_by, &at.join("readBy")),
                statement: decision.statement,
                accepted: decision.accepted,
            }
        });
        let mut paths: Vec<Path> = Vec::new();
        for path in self.paths.iter().chain(self.requests.iter().map(|request| &request.path)) {
            if !paths.contains(path) {
                paths.push(path.clone());
            }
        }
        let reasons = self.requests.into_iter().map(|request| (request.path.to_string(), request.reason));
        Request {
            transition: self.transition,
            expected_revision: self.expected_revision,
            comment: self.comment,
            paths,
            reasons: reasons.collect(),
            outcome,
            decision,
        }
    }
}

/// People as they are typed, each with where; of a list that is too long, which is refused, no more than are kept.
pub(super) fn typed<'a>(inputs: &'a [PartyInput], path: &Path) -> Vec<(&'a PartyInput, Path)> {
    let inputs = inputs.iter().take(text::LIST).enumerate();
    inputs.map(|(index, input)| (input, path.join(index))).collect()
}

pub(super) fn list(
    parties: &mut Parties,
    inputs: &[PartyInput],
    path: &Path,
) -> Vec<crate::domain::party::Party> {
    inputs.iter().enumerate().map(|(index, input)| parties.resolve(input, &path.join(index))).collect()
}

/// Where each path of a request was named: among `paths`, or among `requests` with a reason of its own.
struct Named(Vec<Path>, BTreeMap<String, Path>);

impl Named {
    /// In the order of [`TransitionDraft::request`].
    fn of(draft: &TransitionDraft) -> Self {
        let (mut seen, mut at) = (BTreeSet::new(), Vec::new());
        let mut reasons = BTreeMap::new();
        for (index, path) in draft.paths.iter().enumerate() {
            if seen.insert(path) {
                at.push(Path::of(["paths"]).join(index));
            }
        }
        for (index, request) in draft.requests.iter().enumerate() {
            let named = Path::of(["requests"]).join(index);
            if seen.insert(&request.path) {
                at.push(named.join("path"));
            }
            reasons.insert(request.path.to_string(), named.join("reason"));
        }
        Self(at, reasons)
    }

    /// What is wrong with a path or its reason, told where it was typed.
    fn tell(&self, path: &mut Path) {
        let at = match path.0.as_slice() {
            [part, index] if part == "paths" => index.parse().ok().and_then(|index: usize| self.0.get(index)),
            [part, of] if part == "reasons" => self.1.get(of),
            _ => None,
        };
        if let Some(at) = at {
            path.clone_from(at);
        }
    }

    fn told(&self, mut error: Error) -> Error {
        match &mut error {
            Error::Invalid(found) => found.iter_mut().for_each(|one| self.tell(&mut one.path)),
            Error::Blocked(found) => found.iter_mut().for_each(|one| self.tell(&mut one.path)),
            _ => {}
        }
        error
    }
}

/// What the engine says, and what is wrong with the people of the request beside it. Whoever may not make the
/// transition, or asks of a case that moved, is told that and nothing of people; `first` says so of what is no refusal.
pub(super) fn with_parties<T>(
    told: Result<T, Refused>,
    wrong: Vec<Violation>,
    first: impl FnOnce(&T) -> bool,
) -> Result<T> {
    match told {
        Err(refused @ (Refused::NotFound | Refused::Forbidden | Refused::Conflict { .. })) => {
            Err(refused.into())
        }
        Err(Refused::Invalid(mut malformed)) => {
            malformed.extend(wrong);
            Err(Error::Invalid(malformed))
        }
        Ok(told) if wrong.is_empty() || first(&told) => Ok(told),
        Err(refused @ Refused::Blocked(_)) if wrong.is_empty() => Err(refused.into()),
        Ok(_) | Err(Refused::Blocked(_)) => Err(Error::Invalid(wrong)),
    }
}

/// What is named that the case has not.
fn no_places(view: &View, request: &Request) -> Result<Vec<Violation>> {
    let places = view.places()?;
    let named = request.paths.iter().enumerate().filter(|(_, path)| places(path).is_empty());
    let message = "There is no such section or field: name one of the form, or of the content.";
    let told = |(index, _)| Violation::new("NOT_FOUND", message, Path::of(["paths"]).join(index));
    Ok(named.map(told).collect())
}

/// What may be told of what is wrong with people. Nobody may make what there is not, so nobody is told by it who there is.
fn of_people(view: &View, request: &Request, mut wrong: Vec<Violation>) -> Vec<Violation> {
    if view.workflow.transition(&request.transition).is_none() {
        let of_people = [NO_SUCH_PERSON, HAS_ACCOUNT, VERIFIER_IS_OWNER, VERIFIER_IS_PARTY];
        wrong.retain(|violation| !of_people.contains(&violation.code.as_str()));
    }
    wrong
}

impl App {
    /// Makes a transition, or with `dry_run` says what stands in its way and changes nothing.
    pub async fn transition(
        &self,
        actor: &Actor,
        id: AssessmentId,
        draft: TransitionDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "transitionAssessment", key.as_deref(), &(id, &draft), moment)?;
        let case = self.known(actor, id).await?;
        let shared: Vec<_> = case.shares.keys().copied().collect();
        let named = draft.parties();
        let mut parties =
            self.parties(case.organisation, &shared, named.into_iter(), clock::supply()).await?;
        command.around = Some(Around::from(&case));
        command.transition = Some(draft.transition.clone());
        let dry_run = draft.dry_run;
        let at = draft.outcome.as_ref().and_then(|outcome| outcome.meeting);
        command.meeting = at;
        let named = Named::of(&draft);
        let known = self.accounts_by_address(case.organisation, &draft.responsible()).await?;
        let request = draft.request(&mut parties);
        let (contacts, mut wrong) = parties.both();
        wrong.extend(known);
        let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
        let step = workflow.transition(&request.transition);
        let urgent = step.is_some_and(|step| step.requires.contains(&Requirement::Urgency));
        // An action between meetings is at none, which the engine says.
        if let Some(meeting) = at.filter(|_| !urgent) {
            let at = Path::of(["outcome", "meeting"]);
            wrong.extend(self.not_held_at(&case, meeting, None, at, moment).await?);
        } else if request.outcome.is_some() && !urgent {
            wrong.extend(self.met_unnamed(&case, moment).await?);
        }
        let conditions = request.outcome.iter().flat_map(|outcome| &outcome.conditions).enumerate();
        let verified: Vec<Verified> = conditions
            .map(|(index, condition)| Verified {
                owner: &condition.owner,
                verifier: &condition.verifier,
                at: Path::of(["outcome", "conditions"]).join(index).join("verifier"),
            })
            .collect();
        wrong.extend(self.verifiers_by_address(&case, &verified, &contacts).await?);
        let present = request.decision.iter().flat_map(|decision| &decision.present);
        // Whom a blocker may name: who was present, who reviewed, and who sits on the panel.
        let reviewed = case.process.reviews.iter().map(|review| review.reviewer);
        let seated = case.process.panel.iter().flat_map(|panel| &panel.members).map(|seat| seat.person);
        let named_by: Vec<PersonId> =
            present.filter_map(|party| party.person).chain(reviewed).chain(seated).collect();
        let earlier = request.decision.is_some() && request.expected_revision < case.revision;
        let approved =
            if earlier { self.store.read().revision(id, request.expected_revision).await? } else { None };
        if dry_run {
            let rehearsed = self.rehearse(actor, id, &request, approved.as_ref(), wrong, moment).await;
            return match rehearsed {
                Ok(changed) => {
                    let blockers = self.with_names(changed.blockers, &named_by).await?;
                    Ok(Changed { blockers, ..changed })
                }
                Err(error) => Err(named.told(error)),
            };
        }
        let placed = !case.content.proposal.footprint.is_empty();
        command.places = if placed { Some(self.known_places().await) } else { None };
        if request.outcome.is_some() || request.decision.is_some() {
            let earlier = approved.as_ref().filter(|approved| is_before_body(&case, approved));
            let content = earlier.map_or(&case.content, |approved| &approved.content);
            command.alongside = Some(self.gather(actor, &case, content, &workflow).await?);
        }
        let gathered = command.alongside.clone();
        // The engine itself holds the transition to the policy, so here it is enough that the case may be known.
        let done = self.command(command, id, Action::SeeStub, |view, supply| {
            // It was given its first place meanwhile, by which it is judged.
            if view.unplaced() {
                return Err(Error::Retry);
            }
            let about = approved.as_ref().and_then(|approved| view.about(approved));
            let before = about.as_ref().unwrap_or(view);
            // It touches others by now, or was submitted meanwhile.
            if gathered.is_some_and(|gathered| !gathered.fits(actor, before)) {
                return Err(Error::Retry);
            }
            let told = before.engine(|context| engine::apply(&before.case, &request, actor, context, supply));
            let mut wrong = of_people(view, &request, wrong);
            wrong.extend(no_places(view, &request)?);
            let applied = with_parties(told, wrong, |_| false)?;
            let applied = if about.is_some() { view.as_it_stands(applied) } else { applied };
            Ok(Decided { applied, contacts })
        });
        match done.await {
            Err(error) => Err(self.naming(named.told(error), &named_by).await),
            done => done,
        }
    }

    async fn rehearse(
        &self,
        actor: &Actor,
        id: AssessmentId,
        request: &Request,
        approved: Option<&Revision>,
        wrong: Vec<Violation>,
        moment: Moment,
    ) -> Result<Changed> {
        let view = self.views_at(actor, &[id], moment).await?.remove(&id).ok_or(Error::NotFound)?;
        let leave = self.store.read().leave_from(view.case.organisation, moment.today).await?;
        let mut before = approved
            .and_then(|approved| view.about(approved))
            .unwrap_or_else(|| view.with(view.case.clone()));
        if request.outcome.is_some() || request.decision.is_some() {
            self.inform(actor, &[&before]).await?;
        } else {
            self.place(&before).await;
        }
        before.away = Some(leave::away(&leave, moment.today));
        before.deputies = leave::deputies(&leave, moment.today);
        if let Some(meeting) = request.outcome.as_ref().and_then(|outcome| outcome.meeting) {
            before.meeting = self.store.read().meeting(meeting).await?;
        }
        let told = before.engine(|context| engine::rehearse(&before.case, request, actor, context));
        let first = |found: &Vec<Blocker>| {
            found.iter().any(|one| matches!(one.code.as_str(), engine::FORBIDDEN | engine::CONFLICT))
        };
        let mut wrong = of_people(&view, request, wrong);
        wrong.extend(no_places(&view, request)?);
        let mut blockers = with_parties(told, wrong, first)?;
        blockers.sort();
        Ok(Changed { view, blockers })
    }
}
