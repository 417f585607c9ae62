//! What is followed up: reports on conditions, the links mailed about them, readings for the body that decides, and what was looked
//! at again.

use async_graphql::{Context, InputObject, Object};

use crate::{
    app::{self, ReadingView, ReassignmentNote},
    domain::{
        condition::{self, ConditionNote, ConditionStatus},
        id::{AssessmentId, ConditionId, PersonId},
        reading,
        workflow::follow::{self, LookDraft},
    },
    graphql::{
        edit::PartyInput,
        error::Result,
        mutation::{AssessmentPayload, command},
        person::{Party, Person},
        scalar::{Date, Global, Instant, int},
        session::session,
        word::Word,
    },
};

/// A report on a condition.
pub struct ConditionReport(pub ConditionNote);

/// How a condition stood, as somebody reported it or as its day passed.
#[Object]
impl ConditionReport {
    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// How it stands since then.
    async fn status(&self) -> Word<ConditionStatus> {
        Word(self.0.status)
    }

    /// Who reported it; null when its day passed and nobody had.
    async fn by(&self) -> Option<Party> {
        self.0.by.clone().map(Party)
    }

    /// In whose place, when somebody who stands in for them reported it.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let on_behalf_of = self.0.on_behalf_of?;
        Some(Person::named(ctx, on_behalf_of).await)
    }

    /// On whose invitation, when it was reported by a link that was mailed to somebody without an account.
    async fn invited_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let invited_by = self.0.invited_by?;
        Some(Person::named(ctx, invited_by).await)
    }

    /// What was reported.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The address of a page where the evidence can be seen.
    async fn evidence(&self) -> Option<&str> {
        self.0.evidence.as_deref()
    }
}

/// An answer to a breach.
pub struct BreachAnswer(pub condition::BreachAnswer);

/// What is to be done about a condition that is breached, as its sponsor or the body that decides says.
#[Object]
impl BreachAnswer {
    /// What.
    async fn to_be_done(&self) -> &str {
        &self.0.to_be_done
    }

    /// Who says so.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// In whose place, when somebody who stands in for them says so.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let on_behalf_of = self.0.on_behalf_of?;
        Some(Person::named(ctx, on_behalf_of).await)
    }

    /// Whether they act for the body that decides; otherwise they sponsor the proposal.
    async fn for_body(&self) -> bool {
        self.0.body
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }
}

/// A look at what was decided.
pub struct Look(pub follow::Look);

/// Somebody looked at what was decided, and it stayed as it is.
#[Object]
impl Look {
    /// What was looked at and seen.
    async fn note(&self) -> &str {
        &self.0.note
    }

    /// The revision that was looked at; null of looks from before that was kept.
    async fn revision(&self) -> Option<i32> {
        self.0.revision.map(int)
    }

    /// The day on which it was to be looked at.
    async fn due(&self) -> Date {
        Date(self.0.due)
    }

    /// The day on which it is looked at next.
    async fn next(&self) -> Date {
        Date(self.0.next)
    }

    /// Who looked.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// In whose place, when somebody who stands in for them did.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let on_behalf_of = self.0.on_behalf_of?;
        Some(Person::named(ctx, on_behalf_of).await)
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }
}

/// A reading.
pub struct Reading(pub ReadingView);

/// That somebody of the body that decides read the assessment, or was asked to.
#[Object]
impl Reading {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.person).await
    }

    /// The revision they confirmed having read; null while they were only asked.
    async fn revision(&self) -> Option<i32> {
        self.0.read.as_ref().map(|read| int(read.revision))
    }

    /// When they confirmed it.
    async fn at(&self) -> Option<Instant> {
        self.0.read.as_ref().map(|read| Instant(read.at))
    }

    /// The day on which the body meets, where one was named.
    async fn meeting(&self) -> Option<Date> {
        self.0.meeting.map(Date)
    }

    /// Whether that is the revision the case is at; a change makes it stale.
    async fn current(&self) -> bool {
        self.0.current
    }

    /// Whether they were asked and have not read the revision the case is at.
    async fn awaited(&self) -> bool {
        self.0.awaited
    }
}

/// A reading that was confirmed before a decision.
pub struct ConfirmedReading(pub reading::Reading);

/// That somebody read a revision before it was decided.
#[Object]
impl ConfirmedReading {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// The revision they read.
    async fn revision(&self) -> i32 {
        int(self.0.revision)
    }

    /// When they confirmed it.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// The day of the meeting for which they read it, where they named one.
    async fn meeting(&self) -> Option<Date> {
        self.0.meeting.map(Date)
    }
}

/// That the viewer, who decides for the body, read an assessment.
#[derive(InputObject)]
pub struct ConfirmReadingInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// The revision that was read.
    expected_revision: u32,
    /// The day on which the body meets, where it was read for a meeting.
    meeting: Option<Date>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Who is to read an assessment before the body meets.
#[derive(InputObject)]
pub struct AskReadingsInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// People who decide for the body.
    people: Vec<Global<PersonId>>,
    /// The day on which it meets.
    meeting: Date,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// What is to be done about a condition that is breached.
#[derive(InputObject)]
pub struct AnswerBreachInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// The condition.
    condition_id: Global<ConditionId>,
    /// What is to be done, by whom and by when.
    to_be_done: String,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// That what was decided was looked at again and stays as it is.
#[derive(InputObject)]
pub struct LookAgainInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// The version that was looked at. When the case changed after it, as when somebody else looked, that is a conflict.
    expected_version: u32,
    /// What was looked at and seen.
    note: String,
    /// The day on which it is to be looked at next: after today, and at most three years ahead.
    next: Date,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Who is to own or verify a condition in the place of whoever does.
#[derive(InputObject)]
pub struct ReassignConditionInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// The condition.
    condition_id: Global<ConditionId>,
    /// Who is to see to it; the one who does when absent.
    owner: Option<PartyInput>,
    /// Who is to judge that it is met; the one who does when absent.
    verifier: Option<PartyInput>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Links that are to work no longer.
#[derive(InputObject)]
pub struct RevokeConditionLinksInput {
    /// The case.
    assessment_id: Global<AssessmentId>,
    /// The condition that they are about.
    condition_id: Global<ConditionId>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Commands on what is followed up.
#[derive(Default)]
pub struct FollowMutation;

/// Commands on what is followed up.
#[Object]
impl FollowMutation {
    /// Confirms that the viewer, who decides for the body, read the assessment at this revision. A change afterwards makes
    /// that stale.
    async fn confirm_reading(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was read.")] input: ConfirmReadingInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, revision, key) = (input.assessment_id.0, input.expected_revision, input.idempotency_key);
        let meeting = input.meeting.map(|meeting| meeting.0);
        command(session, Some(id), |app, actor| {
            app.confirm_reading(actor, id, revision, meeting, key.clone(), session.moment)
        })
        .await
    }

    /// Asks people who decide for the body to read the assessment before it meets.
    async fn ask_readings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and by when.")] input: AskReadingsInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, meeting, key) = (input.assessment_id.0, input.meeting.0, input.idempotency_key);
        let people: Vec<PersonId> = input.people.into_iter().map(|person| person.0).collect();
        command(session, Some(id), |app, actor| {
            app.ask_readings(actor, id, people.clone(), meeting, key.clone(), session.moment)
        })
        .await
    }

    /// Says what is to be done about a condition that is breached; for whoever sponsors the proposal, and for the body that
    /// decides it. Its owner is told. It stays breached until it is met or waived, or the case is reopened.
    async fn answer_breach(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and about which condition.")] input: AnswerBreachInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, of, key) = (input.assessment_id.0, input.condition_id.0, input.idempotency_key);
        command(session, Some(id), |app, actor| {
            let said = (of, input.to_be_done.clone());
            app.answer_breach(actor, id, said, key.clone(), session.moment)
        })
        .await
    }

    /// Says that what was decided was looked at again, what was seen, and when it is looked at next; for whoever may close the
    /// case from where it is or, where it is not closed from there, reopen it, and never for those whose proposal it is or
    /// was. It stays as it is; a conflict while a re-examination is open, the panel is still to ratify what its chair
    /// concluded between meetings, or nobody has answered that it did not.
    async fn look_again(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was seen, and when next.")] input: LookAgainInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let draft =
            LookDraft { expected_version: input.expected_version, note: input.note, next: input.next.0 };
        command(session, Some(id), |app, actor| {
            app.look_again(actor, id, draft.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Names somebody else to own or verify a condition, or the same with another address. Links mailed to whoever it was
    /// lead nowhere from then on.
    async fn reassign_condition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and of which condition.")] input: ReassignConditionInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let note = ReassignmentNote {
            condition: input.condition_id.0,
            owner: input.owner.map(app::PartyInput::from),
            verifier: input.verifier.map(app::PartyInput::from),
        };
        command(session, Some(id), |app, actor| {
            app.reassign_condition(actor, id, note.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Revokes the links that were mailed about a condition to people without an account. The next reminder brings a
    /// fresh one.
    async fn revoke_condition_links(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of which condition.")] input: RevokeConditionLinksInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, condition, key) = (input.assessment_id.0, input.condition_id.0, input.idempotency_key);
        command(session, Some(id), |app, actor| {
            app.revoke_condition_links(actor, id, condition, key.clone(), session.moment)
        })
        .await
    }
}
