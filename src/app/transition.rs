//! Moving a case through its workflow: submission, the panel's outcome, the body's decision and all else.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    app::{
        App, Changed, Error, PartyInput, Result, View,
        command::{Command, Decided},
        party::Parties,
    },
    clock,
    domain::{
        calendar::Moment,
        decision::DecisionOutcome,
        id::AssessmentId,
        permission::{Action, Actor},
        text::Path,
        workflow::engine::{self, ConditionDraft, DecisionDraft, OutcomeDraft, Request},
    },
    store::person::Contact,
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
            outcome.attendees.iter().chain(conditions)
        });
        let decision =
            self.decision.iter().flat_map(|decision| decision.present.iter().chain(&decision.read_by));
        outcome.chain(decision).collect()
    }

    fn request(self, parties: &mut Parties) -> Request {
        let outcome = self.outcome.map(|outcome| {
            let at = Path::of(["outcome"]);
            OutcomeDraft {
                attendees: list(parties, &outcome.attendees, &at.join("attendees")),
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
        Request {
            transition: self.transition,
            expected_revision: self.expected_revision,
            comment: self.comment,
            paths: self.paths,
            outcome,
            decision,
        }
    }
}

fn list(parties: &mut Parties, inputs: &[PartyInput], path: &Path) -> Vec<crate::domain::party::Party> {
    inputs.iter().enumerate().map(|(index, input)| parties.resolve(input, &path.join(index))).collect()
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
        let command = Command::new(actor, "transitionAssessment", key.as_deref(), &(id, &draft), moment)?;
        let case = self.known(actor, id).await?;
        let shared: Vec<_> = case.shares.keys().copied().collect();
        let named = draft.parties();
        let mut parties =
            self.parties(case.organisation, &shared, named.into_iter(), clock::supply()).await?;
        let dry_run = draft.dry_run;
        let request = draft.request(&mut parties);
        let found = parties.done();
        if dry_run {
            return self.rehearse(actor, id, &request, found, moment).await;
        }
        // The engine itself holds the transition to the policy, so here it is enough that the case may be known.
        self.command(command, id, Action::SeeStub, |view, supply| {
            let contacts = told(view, &request, actor, found)?;
            let applied =
                view.engine(|context| engine::apply(&view.case, &request, actor, context, supply))??;
            Ok(Decided { applied, contacts })
        })
        .await
    }

    async fn rehearse(
        &self,
        actor: &Actor,
        id: AssessmentId,
        request: &Request,
        found: Result<Vec<Contact>>,
        moment: Moment,
    ) -> Result<Changed> {
        let view = self.views_at(actor, &[id], moment).await?.remove(&id).ok_or(Error::NotFound)?;
        told(&view, request, actor, found)?;
        let mut blockers = view.engine(|context| engine::rehearse(&view.case, request, actor, context))??;
        blockers.sort();
        Ok(Changed { view, blockers })
    }
}

/// What is wrong with people is told only to whoever may make the transition; the engine refuses the others.
fn told(view: &View, request: &Request, actor: &Actor, found: Result<Vec<Contact>>) -> Result<Vec<Contact>> {
    let transition = view.workflow.transition(&request.transition);
    let may = transition.is_some_and(|one| engine::permitted(&view.case, one, actor, &view.workflow).is_ok());
    if may { found } else { Ok(Vec::new()) }
}
