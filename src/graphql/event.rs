//! The audit trail.

use async_graphql::{Context, ID, Object};

use crate::{
    app::EventView,
    domain::id::AssessmentId,
    graphql::{
        error::Result,
        page::Total,
        person::{Party, Person},
        scalar::{Instant, Json, global, int},
        session::session,
    },
};

/// An event.
pub struct Event(pub EventView);

/// Something that happened with a case. Events are append-only, and each carries the hash of the one before it.
#[Object]
impl Event {
    /// The global identifier, `event:..`.
    pub async fn id(&self) -> ID {
        global(self.0.event.id)
    }

    /// What happened: `ASSESSMENT_CREATED`, `OUTCOME_RECORDED` and the like.
    async fn kind(&self) -> &str {
        self.0.event.kind.as_str()
    }

    /// Its place in the chain of its case, from 1.
    async fn sequence(&self) -> i32 {
        int(self.0.event.sequence)
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.event.at)
    }

    /// Who did it; null for the operator or the worker.
    async fn by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        session(ctx).find_person(self.0.event.by?).await.map(|person| person.map(Person::Seen)).transpose()
    }

    /// For whom, when somebody acted for another.
    async fn on_behalf_of(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        session(ctx)
            .find_person(self.0.event.on_behalf_of?)
            .await
            .map(|person| person.map(Person::Seen))
            .transpose()
    }

    /// Who did it without an account, through the link that was mailed to them.
    async fn by_link(&self) -> Option<Party> {
        self.0.party.clone().map(Party)
    }

    /// On whose invitation they did.
    async fn invited_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let invited_by = self.0.invited_by?;
        Some(Person::named(ctx, invited_by).await)
    }

    /// In a sentence.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// The facts; null once they were lawfully disposed of, while their hash stays in the chain.
    async fn payload(&self) -> Option<Json> {
        self.0.payload.clone().map(Json)
    }

    /// SHA-256 of the canonical payload, in hexadecimal.
    async fn payload_sha256(&self) -> &str {
        &self.0.event.payload_sha256
    }

    /// SHA-256 of its canonical JSON, in hexadecimal.
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// SHA-256 of the event before it; null for the first.
    async fn previous(&self) -> Option<&str> {
        self.0.event.previous.as_deref()
    }
}

/// How many events there are, counted when it is asked.
pub struct EventTotal(pub AssessmentId);

impl Total for EventTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(Box::pin(session.app.count_history(session.actor()?, self.0)).await?))
    }
}
