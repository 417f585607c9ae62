//! What became of messages, for those who follow them.

use async_graphql::{Context, Object};

use crate::{
    app::{DeliveryStatus, DeliveryView, Unreachable},
    domain::{id::AssessmentId, notify::NoticeKind},
    graphql::{
        error::Result,
        page::Total,
        person::Person,
        scalar::{Instant, int},
        session::session,
        word::Word,
    },
};

/// A message about a case.
pub struct Delivery(pub DeliveryView);

/// One message about a case: who was mailed what, when, and what became of it. It tells no address.
#[Object]
impl Delivery {
    /// What kind of message.
    async fn kind(&self) -> Word<NoticeKind> {
        Word(self.0.kind)
    }

    /// What its recipient is called; null when their account or contact is gone.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The recipient's account; null for a party without one.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let found = session(ctx).find_person(self.0.to.person()?).await;
        found.map(|person| person.map(Person::Seen)).transpose()
    }

    /// When it was written.
    async fn queued_at(&self) -> Instant {
        Instant(self.0.queued_at)
    }

    /// What became of it.
    async fn status(&self) -> Word<DeliveryStatus> {
        Word(self.0.status)
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        int(self.0.attempts)
    }

    /// When it is tried next; null when it is not, or waits for a digest.
    async fn next_attempt_at(&self) -> Option<Instant> {
        self.0.next_at.map(Instant)
    }

    /// When a server took it, alone or in a digest.
    async fn sent_at(&self) -> Option<Instant> {
        self.0.sent_at.map(Instant)
    }

    /// Why it is tried again, was given up or was dropped.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Since when mail does not reach this recipient; null when it does.
    async fn address_failed_at(&self) -> Option<Instant> {
        self.0.failing_since.map(Instant)
    }
}

/// How many deliveries there are, counted when it is asked.
pub struct DeliveryTotal(pub AssessmentId);

impl Total for DeliveryTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(Box::pin(session.app.count_deliveries(session.actor()?, self.0)).await?))
    }
}

/// An address that mail does not reach.
pub struct UnreachableAddress(pub Unreachable);

/// Somebody whom mail does not reach. It tells no address.
#[Object]
impl UnreachableAddress {
    /// What they are called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Their account; null for a party without one.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let found = session(ctx).find_person(self.0.whose.person()?).await;
        found.map(|person| person.map(Person::Seen)).transpose()
    }

    /// Since when. It is over when a message reaches them, or their address is changed.
    async fn since(&self) -> Instant {
        Instant(self.0.since)
    }

    /// Why, as far as the mail server said.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}
