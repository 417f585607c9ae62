//! What is followed up: mitigations, conditions, and changes after an approval.

use serde::Serialize;

use crate::{
    app::{App, Changed, Result, command::Command},
    domain::{
        calendar::Moment,
        id::{AssessmentId, ConditionId, EvidenceId, MitigationId},
        mitigation::MitigationStatus,
        permission::{Action, Actor},
        rating::Rating,
        review::ConditionStatus,
        workflow::process,
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
        self.command(command, id, Action::SeeStub, |view, _| {
            let draft = process::MitigationDraft {
                mitigation: note.mitigation,
                status: note.status,
                note: note.note,
                current: note.current,
                evidence: note.evidence,
            };
            Ok(view.engine(|context| process::report_mitigation(&view.case, draft, actor, context))??)
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
        let command = Command::new(actor, "reportCondition", key.as_deref(), &(id, &note), moment)?;
        self.command(command, id, Action::SeeStub, |view, _| {
            let draft = process::ConditionReport {
                condition: note.condition,
                status: note.status,
                note: Some(note.note),
            };
            Ok(view.engine(|context| process::report_condition(&view.case, &draft, actor, context))??)
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
        let process::Judgement { material, reason, paths } = &judgement;
        let command =
            Command::new(actor, "judgeMateriality", key.as_deref(), &(id, material, reason, paths), moment)?;
        self.command(command, id, Action::SeeStub, |view, supply| {
            Ok(view.engine(|context| {
                process::judge_materiality(&view.case, &judgement, actor, context, supply)
            })??)
        })
        .await
    }
}
