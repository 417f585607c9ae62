//! Meetings of standing panels: their plan, their agenda, what is recorded of them, and their minutes.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{self, AgendaItem as Item, DocumentFormat, MeetingDraft, MeetingNote, MeetingView},
    domain::{
        id::{AssessmentId, MeetingId, PanelId, PersonId},
        meeting::DeclaredThere,
        permission::Action,
        text::{Path, Violation},
        workflow::quorum::Readiness,
    },
    graphql::{
        decision::{PanelOutcome, Ratification},
        edit::PartyInput,
        error::{Result, UserError, attempt, mendable},
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        panel::Panel,
        person::{Party, Person},
        scalar::{Date, Global, Instant, global, int},
        session::{Session, session},
        standing::time,
        word::Word,
    },
};

/// A meeting of a standing panel.
pub struct Meeting(pub MeetingView);

impl Meeting {
    /// The meeting with this identifier, of an organisation of the viewer.
    pub async fn find(ctx: &Context<'_>, id: MeetingId) -> Result<Option<Self>> {
        let session = session(ctx);
        Ok(Box::pin(session.app.find_meeting(session.actor()?, id)).await?.map(Self))
    }
}

/// A meeting of a standing panel. Whoever holds a role in its organisation may know when and where it is; what was
/// recorded of it, those who sit on the panel, hold its meetings, lead on equality or audit.
#[Object]
impl Meeting {
    /// The global identifier, `meeting:..`.
    pub async fn id(&self) -> ID {
        global(self.0.meeting.id)
    }

    /// Whose meeting it is.
    async fn panel(&self, ctx: &Context<'_>) -> Option<Result<Panel>> {
        Box::pin(Panel::find(ctx, self.0.meeting.panel)).await.transpose()
    }

    /// Counts its changes, for `expectedVersion`.
    async fn version(&self) -> i32 {
        int(self.0.meeting.version)
    }

    /// The day.
    async fn day(&self) -> Date {
        Date(self.0.meeting.day)
    }

    /// When it begins, in local time: `10:00`.
    async fn begins(&self) -> String {
        self.0.meeting.begins.format("%H:%M").to_string()
    }

    /// When it begins.
    async fn start(&self) -> Instant {
        Instant(self.0.meeting.start())
    }

    /// When it ends.
    async fn end(&self) -> Instant {
        Instant(self.0.meeting.end())
    }

    /// Where: a room, or a link.
    async fn place(&self) -> &str {
        &self.0.meeting.place
    }

    /// Who is expected.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn expected(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        Person::all(ctx, &self.0.meeting.expected).await
    }

    /// Whether it was cancelled.
    async fn cancelled(&self) -> bool {
        self.0.meeting.cancelled.is_some()
    }

    /// The cases on it, the gravest first, then what is to be decided soonest: what was put there, and what an earlier
    /// meeting did not reach.
    #[graphql(complexity = "100 + listed(SOME, child_complexity)")]
    async fn agenda(&self, ctx: &Context<'_>) -> Result<Vec<AgendaItem>> {
        let session = session(ctx);
        let items =
            Box::pin(session.app.agenda(session.actor()?, &self.0.meeting, session.moment.today)).await?;
        Ok(items.into_iter().map(AgendaItem).collect())
    }

    /// Cases that are before this panel, or before none yet, could be concluded on, and are on no agenda from that day
    /// on; for those who hold its meetings, to nobody else any.
    #[graphql(complexity = "200 + listed(SOME, child_complexity)")]
    async fn proposals(&self, ctx: &Context<'_>) -> Result<Vec<AgendaItem>> {
        let session = session(ctx);
        let items =
            Box::pin(session.app.agenda_proposals(session.actor()?, &self.0, session.moment.today)).await?;
        Ok(items.into_iter().map(AgendaItem).collect())
    }

    /// Who was there.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn present(&self) -> Vec<Party> {
        if self.0.privy { Party::list(&self.0.meeting.present) } else { Vec::new() }
    }

    /// Who sent apologies.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn apologies(&self) -> Vec<Party> {
        if self.0.privy { Party::list(&self.0.meeting.apologies) } else { Vec::new() }
    }

    /// What was declared there: about the meeting, and in cases whose deliberation the viewer may read.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn interests(&self, ctx: &Context<'_>) -> Result<Vec<MeetingInterest>> {
        let session = session(ctx);
        let actor = session.actor()?;
        let mut told = Vec::new();
        for interest in self.0.meeting.interests.iter().filter(|_| self.0.privy) {
            let may = match interest.assessment {
                None => true,
                Some(case) => {
                    let view = session.find_view(case).await?;
                    view.is_some_and(|view| view.permits(actor, Action::ReadDeliberation))
                }
            };
            if may {
                told.push(MeetingInterest(interest.clone()));
            }
        }
        Ok(told)
    }

    /// When that was recorded.
    async fn recorded_at(&self) -> Option<Instant> {
        self.0.meeting.recorded_at.map(Instant)
    }

    /// Its minutes, drafted from the record: of each item what the viewer may read. For those who may read what was
    /// recorded.
    #[graphql(complexity = "200")]
    async fn minutes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How they are written.", default_with = "Word(DocumentFormat::Html)")] format: Word<
            DocumentFormat,
        >,
    ) -> Option<Result<String>> {
        let session = session(ctx);
        let written = async {
            let actor = session.actor()?;
            Ok(Box::pin(session.app.minutes(actor, &self.0, format.0, session.moment.today)).await?)
        };
        Some(written.await)
    }
}

/// An interest that was declared at a meeting.
pub struct MeetingInterest(DeclaredThere);

/// An interest that was declared at a meeting.
#[Object]
impl MeetingInterest {
    /// Who declared it.
    async fn party(&self) -> Party {
        Party(self.0.party.clone())
    }

    /// In which case; null when it is about the meeting as a whole.
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<AssessmentStub>> {
        let found = session(ctx).find_stub(self.0.assessment?).await;
        found.map(|stub| stub.map(AssessmentStub)).transpose()
    }

    /// What was declared.
    async fn note(&self) -> &str {
        &self.0.note
    }
}

/// A case on an agenda.
pub struct AgendaItem(Item);

/// A case on the agenda of a meeting, or one that could be.
#[Object]
impl AgendaItem {
    /// As much of the case as the viewer may know.
    async fn assessment(&self) -> AssessmentStub {
        AssessmentStub(self.0.stub.clone())
    }

    /// When its decision is to be taken; null to whoever may not read the case.
    async fn decision_date(&self) -> Option<Date> {
        self.0.head.as_ref()?.decision_date.map(Date)
    }

    /// Whether an earlier meeting listed it and did not reach it.
    async fn carried_over(&self) -> bool {
        self.0.carried_from.is_some()
    }

    /// Whether the panel could conclude on it; null when it is not before the panel any more, and to whoever may not read
    /// the case.
    async fn readiness(&self) -> Option<Word<Readiness>> {
        self.0.readiness.map(Word)
    }

    /// Whether the panel is to say if it ratifies what the chair concluded between meetings.
    async fn ratifies(&self) -> bool {
        self.0.ratifies
    }

    /// What the panel said there of what the chair concluded between meetings; null when it did not, and to whoever may
    /// not read the case.
    async fn ratification(&self) -> Option<Ratification> {
        self.0.ratification.clone().map(Ratification)
    }

    /// What the panel concluded on it at the meeting; null when it did not, and to whoever may not read the case.
    async fn outcome(&self, ctx: &Context<'_>) -> Option<Result<PanelOutcome>> {
        let outcome = self.0.outcome.as_ref()?.id;
        let view = session(ctx).find_view(self.0.stub.id).await;
        let found =
            view.map(|view| view.and_then(|view| PanelOutcome::list(&view, |one| one.id == outcome).pop()));
        found.transpose()
    }
}

/// A meeting as it is to be.
#[derive(InputObject)]
pub struct SaveMeetingInput {
    /// Which one is moved; a new one is planned when absent.
    id: Option<Global<MeetingId>>,
    /// Of one that exists: the version the user has before them.
    expected_version: Option<u32>,
    /// The standing panel.
    panel_id: Global<PanelId>,
    /// The day.
    day: Date,
    /// When it begins, in local time: `10:00`; as before, or as the panel usually does, when absent.
    begins: Option<String>,
    /// How many minutes it lasts, 15 to 600.
    #[graphql(default = 120)]
    minutes: i32,
    /// Where: a room, or a link.
    place: String,
    /// Who is expected; as before, or those who serve on the panel that day and alternates for those away, when absent.
    expected: Option<Vec<Global<PersonId>>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// A meeting that is not to be held.
#[derive(InputObject)]
pub struct CancelMeetingInput {
    /// The meeting.
    meeting_id: Global<MeetingId>,
    /// Why; it is not sent by mail.
    reason: String,
}

/// What is to be on an agenda, and what is not.
#[derive(InputObject)]
pub struct SetAgendaInput {
    /// The meeting.
    meeting_id: Global<MeetingId>,
    /// Cases to put on it.
    add: Option<Vec<Global<AssessmentId>>>,
    /// Cases to take off it, carried over or not.
    remove: Option<Vec<Global<AssessmentId>>>,
}

/// What is recorded of a meeting, in the place of what was recorded before.
#[derive(InputObject)]
pub struct RecordMeetingInput {
    /// The meeting.
    meeting_id: Global<MeetingId>,
    /// Who was there.
    present: Vec<PartyInput>,
    /// Who sent apologies.
    apologies: Option<Vec<PartyInput>>,
    /// What was declared there.
    interests: Option<Vec<MeetingInterestInput>>,
}

/// An interest that was declared at a meeting.
#[derive(InputObject)]
pub struct MeetingInterestInput {
    /// Who declared it.
    party: PartyInput,
    /// In which case on the agenda; none when it is about the meeting as a whole.
    assessment_id: Option<Global<AssessmentId>>,
    /// What was declared.
    note: String,
}

/// What a command on a meeting did.
#[derive(SimpleObject)]
pub struct MeetingPayload {
    /// The meeting as it now stands; null when there is none.
    meeting: Option<Meeting>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
    /// What the user should know, though it was done: that nobody works on that day.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    warnings: Vec<UserError>,
}

/// The meeting, or what the user can mend beside the meeting as it stands.
async fn told(
    session: &Session,
    id: Option<MeetingId>,
    done: app::Result<MeetingView>,
) -> Result<MeetingPayload> {
    match done {
        Ok(view) => {
            let warnings = view.warnings.iter().cloned().map(UserError::from).collect();
            Ok(MeetingPayload { meeting: Some(Meeting(view)), errors: Vec::new(), warnings })
        }
        Err(error) => {
            let (errors, _) = mendable(error)?;
            let meeting = match id {
                Some(id) => session.app.find_meeting(session.actor()?, id).await?.map(Meeting),
                None => None,
            };
            Ok(MeetingPayload { meeting, errors, warnings: Vec::new() })
        }
    }
}

impl SaveMeetingInput {
    fn draft(self) -> Result<MeetingDraft, Violation> {
        let meeting = match (self.id, self.expected_version) {
            (Some(id), Some(version)) => Some((id.0, version)),
            (Some(_), None) => {
                let message = "Say which version of the meeting you have before you.";
                return Err(Violation::new("REQUIRED", message, Path::of(["expectedVersion"])));
            }
            (None, _) => None,
        };
        let begins = self.begins.map(|text| time(&text, Path::of(["begins"]))).transpose()?;
        Ok(MeetingDraft {
            meeting,
            panel: self.panel_id.0,
            day: self.day.0,
            begins,
            minutes: u32::try_from(self.minutes).unwrap_or_default(),
            place: self.place,
            expected: self.expected.map(|people| people.into_iter().map(|person| person.0).collect()),
        })
    }
}

/// Commands on meetings.
#[derive(Default)]
pub struct MeetingMutation;

/// Commands on meetings; for panel secretaries and chairs.
#[Object]
impl MeetingMutation {
    /// Plans a meeting of a standing panel, or moves one. Whoever is expected is sent an invitation for their calendar, or
    /// hears that it moved or that they are no longer expected.
    #[graphql(complexity = "50 + child_complexity")]
    async fn save_meeting(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The meeting.")] mut input: SaveMeetingInput,
    ) -> Option<Result<MeetingPayload>> {
        let session = session(ctx);
        let saved = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let id = input.id.as_ref().map(|id| id.0);
            let panel = input.panel_id.0;
            let done = match input.draft() {
                Ok(draft) => {
                    attempt(|| session.app.save_meeting(actor, draft.clone(), key.clone(), session.moment))
                        .await
                }
                // What is wrong with a request is told about a panel that the viewer may know.
                Err(violation) => match session.app.find_standing_panel(actor, panel).await? {
                    Some(_) => Err(app::Error::from(violation)),
                    None => Err(app::Error::NotFound),
                },
            };
            told(session, id, done).await
        };
        Some(saved.await)
    }

    /// Cancels a meeting. Whoever was expected hears of it, and its agenda goes over to the next.
    #[graphql(complexity = "50 + child_complexity")]
    async fn cancel_meeting(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The meeting.")] input: CancelMeetingInput,
    ) -> Option<Result<MeetingPayload>> {
        let session = session(ctx);
        let saved = async {
            let (actor, id) = (session.actor()?, input.meeting_id.0);
            let done =
                attempt(|| session.app.cancel_meeting(actor, id, input.reason.clone(), session.moment)).await;
            told(session, Some(id), done).await
        };
        Some(saved.await)
    }

    /// Puts cases on the agenda of a meeting, or takes them off it.
    #[graphql(complexity = "50 + child_complexity")]
    async fn set_agenda(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be on it.")] input: SetAgendaInput,
    ) -> Option<Result<MeetingPayload>> {
        let session = session(ctx);
        let saved = async {
            let (actor, id) = (session.actor()?, input.meeting_id.0);
            let ids = |cases: Option<Vec<Global<AssessmentId>>>| -> Vec<AssessmentId> {
                cases.unwrap_or_default().into_iter().map(|case| case.0).collect()
            };
            let (add, remove) = (ids(input.add), ids(input.remove));
            let done =
                attempt(|| session.app.set_agenda(actor, id, add.clone(), remove.clone(), session.moment))
                    .await;
            told(session, Some(id), done).await
        };
        Some(saved.await)
    }

    /// Records who was at a meeting, who sent apologies, and what was declared there. What it concluded is recorded case
    /// by case, with `outcome.meeting` of `transitionAssessment`.
    #[graphql(complexity = "50 + child_complexity")]
    async fn record_meeting(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: RecordMeetingInput,
    ) -> Option<Result<MeetingPayload>> {
        let session = session(ctx);
        let saved = async {
            let (actor, id) = (session.actor()?, input.meeting_id.0);
            let all = |parties: Vec<PartyInput>| parties.into_iter().map(app::PartyInput::from).collect();
            let interest = |one: MeetingInterestInput| {
                (app::PartyInput::from(one.party), one.assessment_id.map(|case| case.0), one.note)
            };
            let note = MeetingNote {
                present: all(input.present),
                apologies: all(input.apologies.unwrap_or_default()),
                interests: input.interests.unwrap_or_default().into_iter().map(interest).collect(),
            };
            let done = attempt(|| session.app.record_meeting(actor, id, note.clone(), session.moment)).await;
            told(session, Some(id), done).await
        };
        Some(saved.await)
    }
}
