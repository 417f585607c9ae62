//! What is followed up: mitigations, conditions, and changes after an approval.

use serde::Serialize;

use crate::{
    app::{
        App, Changed, Error, PartyInput, Result,
        command::{Command, Decided},
        party::{VERIFIER_IS_OWNER, Verified},
    },
    clock,
    domain::{
        calendar::Moment,
        condition::ConditionStatus,
        id::{AssessmentId, ConditionId, EvidenceId, MitigationId},
        mitigation::MitigationStatus,
        party::Party,
        permission::{Action, Actor},
        rating::Rating,
        text::{Path, Violation},
        workflow::{
            breach, condition,
            engine::Refused,
            follow::{self, LookDraft},
            process,
        },
    },
};

/// What is reported of a mitigation.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MitigationNote {
    /// The mitigation.
    pub mitigation: MitigationId,
    /// How far it is.
    pub status: MitigationStatus,
    /// What is reported.
    pub note: String,
    /// How the impacts it acts against stand now.
    pub current: Option<Rating>,
    /// What that rests on.
    pub evidence: Vec<EvidenceId>,
}

/// What is reported of a condition.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConditionNote {
    /// The condition.
    pub condition: ConditionId,
    /// How it stands.
    pub status: ConditionStatus,
    /// What is reported.
    pub note: String,
    /// Where the evidence can be seen.
    pub evidence: Option<String>,
}

/// Who is to own or verify a condition in the place of whoever does.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReassignmentNote {
    /// The condition.
    pub condition: ConditionId,
    /// Its owner; the one it has when absent.
    pub owner: Option<PartyInput>,
    /// Its verifier; the one it has when absent.
    pub verifier: Option<PartyInput>,
}

impl App {
    /// Says how far a mitigation is.
    pub async fn report_mitigation(
        &self,
        actor: &Actor,
        id: AssessmentId,
        note: MitigationNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "reportMitigation", key.as_deref(), &(id, &note), moment)?;
        self.command(command, id, Action::Report, |view, _| {
            let draft = process::MitigationDraft {
                mitigation: note.mitigation,
                status: note.status,
                note: note.note,
                current: note.current,
                evidence: note.evidence,
            };
            Ok(view.engine(|context| process::report_mitigation(&view.case, draft, actor, context))?)
        })
        .await
    }

    /// Says how a condition stands.
    pub async fn report_condition(
        &self,
        actor: &Actor,
        id: AssessmentId,
        note: ConditionNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "reportCondition", key.as_deref(), &(id, &note), moment)?;
        let (of, status) = (note.condition, note.status);
        command.may =
            Some(Box::new(move |view, who| condition::may_say(&view.case, of, status, who, view.head.phase)));
        let judges = matches!(note.status, ConditionStatus::Verified | ConditionStatus::Breached);
        let case = if judges { self.store.read().case(id).await? } else { None };
        let conditions = case.iter().flat_map(|case| &case.process.conditions);
        let same = match conditions.into_iter().find(|one| one.id == note.condition) {
            Some(condition) => self.shares_address(condition, &Party::person(actor.person)).await?,
            None => false,
        };
        self.command(command, id, Action::SeeStub, |view, _| {
            let draft = condition::ConditionReport {
                condition: note.condition,
                status: note.status,
                note: Some(note.note),
                evidence: note.evidence,
            };
            let told =
                view.engine(|context| condition::report_condition(&view.case, &draft, actor, context))?;
            if same {
                let message = "This condition is owned, or was reported as met, by somebody with your address: somebody else verifies it.";
                return Err(Violation::new(VERIFIER_IS_OWNER, message, Path::of(["status"])).into());
            }
            Ok(told)
        })
        .await
    }

    /// Says what is to be done about a condition that is breached.
    pub async fn answer_breach(
        &self,
        actor: &Actor,
        id: AssessmentId,
        (of, to_be_done): (ConditionId, String),
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command =
            Command::new(actor, "answerBreach", key.as_deref(), &(id, of, &to_be_done), moment)?;
        command.may = Some(Box::new(|view, who| breach::may_answer(&view.case, who, &view.workflow)));
        self.command(command, id, Action::SeeStub, |view, _| {
            Ok(view.engine(|context| breach::answer_breach(&view.case, of, &to_be_done, actor, context))?)
        })
        .await
    }

    /// Says that what was decided was looked at and stays as it is, and when it is looked at next.
    pub async fn look_again(
        &self,
        actor: &Actor,
        id: AssessmentId,
        draft: LookDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "lookAgain", key.as_deref(), &(id, &draft), moment)?;
        command.may = Some(Box::new(|view, who| follow::may_look(&view.case, who, &view.workflow)));
        self.command(command, id, Action::SeeStub, |view, _| {
            Ok(view.engine(|context| follow::look_again(&view.case, draft, actor, context))?)
        })
        .await
    }

    /// Names somebody else to own or verify a condition.
    pub async fn reassign_condition(
        &self,
        actor: &Actor,
        id: AssessmentId,
        note: ReassignmentNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "reassignCondition", key.as_deref(), &(id, &note), moment)?;
        let case = self.known(actor, id).await?;
        let shared: Vec<_> = case.shares.keys().copied().collect();
        let ReassignmentNote { condition, owner, verifier } = &note;
        let typed = [(owner, "owner"), (verifier, "verifier")].into_iter();
        let typed: Vec<_> =
            typed.filter_map(|(input, field)| Some((input.as_ref()?, Path::of([field])))).collect();
        let known = self.accounts_by_address(case.organisation, &typed).await?;
        let named = owner.iter().chain(verifier);
        let mut parties = self.parties(case.organisation, &shared, named, clock::supply()).await?;
        let owner = owner.as_ref().map(|owner| parties.resolve(owner, &Path::of(["owner"])));
        let at = Path::of(["verifier"]);
        let verifier = verifier.as_ref().map(|verifier| parties.resolve(verifier, &at));
        let (contacts, mut wrong) = parties.both();
        wrong.extend(known);
        if let Some(before) = case.process.conditions.iter().find(|one| one.id == *condition) {
            let then = Verified {
                owner: owner.as_ref().unwrap_or(&before.owner),
                verifier: verifier.as_ref().unwrap_or(&before.verifier),
                at,
            };
            wrong.extend(self.verifiers_by_address(&case, &[then], &contacts).await?);
        }
        let draft = condition::Reassignment { condition: *condition, owner, verifier };
        self.command(command, id, Action::AssignPanel, |view, _| {
            let told = view.engine(|context| condition::reassign(&view.case, draft, actor, context));
            // Who there is, is told to whoever may name them.
            let applied = match told {
                Err(Refused::Invalid(mut found)) => {
                    found.extend(wrong);
                    return Err(Error::Invalid(found));
                }
                told => told?,
            };
            if wrong.is_empty() { Ok(Decided { applied, contacts }) } else { Err(Error::Invalid(wrong)) }
        })
        .await
    }

    /// Revokes the links that were mailed about a condition.
    pub async fn revoke_condition_links(
        &self,
        actor: &Actor,
        id: AssessmentId,
        of: ConditionId,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "revokeConditionLinks", key.as_deref(), &(id, of), moment)?;
        self.command(command, id, Action::AssignPanel, |view, _| {
            Ok(view.engine(|context| condition::revoke_links(&view.case, of, actor, context))?)
        })
        .await
    }

    /// Judges whether a change after the panel's conclusion is material, all of it or in part.
    pub async fn judge_materiality(
        &self,
        actor: &Actor,
        id: AssessmentId,
        judgement: process::Judgement,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let process::Judgement { expected_version, material, reason, paths } = &judgement;
        let request = (id, expected_version, material, reason, paths);
        let mut command = Command::new(actor, "judgeMateriality", key.as_deref(), &request, moment)?;
        command.may = Some(Box::new(|view, who| view.permits(who, Action::JudgeMateriality)));
        self.command(command, id, Action::SeeStub, |view, supply| {
            Ok(view.engine(|context| {
                process::judge_materiality(&view.case, &judgement, actor, context, supply)
            })?)
        })
        .await
    }
}
