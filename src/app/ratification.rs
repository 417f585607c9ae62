//! What the chair concluded between meetings, put to the panel.

use std::sync::Arc;

use serde::Serialize;

use crate::{
    app::{
        App, Changed, Error, PartyInput, Result,
        command::{Command, Decided},
        transition::{list, with_parties},
    },
    clock,
    domain::{
        calendar::Moment,
        id::{AssessmentId, MeetingId},
        permission::{Action, Actor, permit},
        text::Path,
        workflow::{definition::Workflow, engine, ratification},
    },
};

/// What the panel said.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RatificationNote {
    /// The revision the actor has before them.
    pub expected_revision: u32,
    /// Whether it ratifies what the chair concluded.
    pub ratified: bool,
    /// Why; needed when it does not.
    pub reason: Option<String>,
    /// Who was there.
    pub attendees: Vec<PartyInput>,
    /// Who sent apologies.
    pub apologies: Vec<PartyInput>,
    /// The meeting at which it was said, when it was at one.
    pub meeting: Option<MeetingId>,
    /// Who disagreed, and why.
    pub dissent: Option<String>,
}

impl App {
    /// Records whether the panel ratifies what the chair concluded between meetings. Nothing is undone by it.
    pub async fn record_ratification(
        &self,
        actor: &Actor,
        id: AssessmentId,
        note: RatificationNote,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command = Command::new(actor, "recordRatification", key.as_deref(), &(id, &note), moment)?;
        command.meeting = note.meeting;
        let case = self.known(actor, id).await?;
        let shared: Vec<_> = case.shares.keys().copied().collect();
        let named = note.attendees.iter().chain(&note.apologies);
        let mut parties = self.parties(case.organisation, &shared, named, clock::supply()).await?;
        let draft = ratification::RatificationDraft {
            expected_revision: note.expected_revision,
            ratified: note.ratified,
            reason: note.reason,
            attendees: list(&mut parties, &note.attendees, &Path::of(["attendees"])),
            apologies: list(&mut parties, &note.apologies, &Path::of(["apologies"])),
            meeting: note.meeting,
            dissent: note.dissent,
        };
        let (contacts, mut wrong) = parties.both();
        if let Some(meeting) = note.meeting {
            let first: Option<serde_json::Value> = self.first(&command).await?;
            if first.is_none() {
                wrong.extend(
                    self.not_held_at(&case, meeting, Self::acted_on(&case), Path::of(["meeting"]), moment)
                        .await?,
                );
                let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
                let phase = engine::phase(&case, &workflow);
                if wrong.is_empty() && permit(actor, Action::Ratify, &case, phase).is_ok() {
                    self.keep_on_agenda(actor, meeting, id, moment).await?;
                }
            }
        }
        self.command(command, id, Action::Ratify, |view, _| {
            let told = view.engine(|context| ratification::ratify(&view.case, draft, actor, context));
            let applied = with_parties(told, wrong, |_| false)?;
            Ok::<_, Error>(Decided { applied, contacts })
        })
        .await
    }

    /// Says why what the panel did not ratify stands all the same.
    pub async fn answer_refusal(
        &self,
        actor: &Actor,
        id: AssessmentId,
        expected_revision: u32,
        reason: String,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let request = (id, expected_revision, &reason);
        let mut command = Command::new(actor, "answerRefusal", key.as_deref(), &request, moment)?;
        command.may = Some(Box::new(|view, who| view.permits(who, Action::JudgeMateriality)));
        self.command(command, id, Action::SeeStub, |view, _| {
            let answered = view.engine(|context| {
                ratification::answer_refusal(&view.case, expected_revision, &reason, actor, context)
            });
            Ok::<_, Error>(Decided::from(answered?))
        })
        .await
    }
}
