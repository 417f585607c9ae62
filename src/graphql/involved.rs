//! Whose case it is, and what of that is the viewer's own: for members of a panel before they declare.

use async_graphql::{Context, Object};

use crate::{
    app::{self, HintKind},
    domain::{permission::Relation, review},
    graphql::{
        error::Result,
        meeting::Meeting,
        person::{Party, Person},
        scalar::Instant,
        word::Word,
    },
};

/// Somebody involved in a case.
pub struct InvolvedParty(pub app::Involved);

/// Somebody whose proposal a case is.
#[Object]
impl InvolvedParty {
    /// What they are to it: `AUTHOR`, `CONTRIBUTOR` or `SRO`.
    async fn relation(&self) -> Word<Relation> {
        Word(self.0.relation)
    }

    /// Who.
    async fn party(&self) -> Party {
        Party(self.0.party.clone())
    }
}

/// Something to think of before one declares.
pub struct InterestHint(pub app::Hint);

/// What in a case may be the viewer's own interest. It decides nothing: they declare what there is.
#[Object]
impl InterestHint {
    /// What.
    async fn kind(&self) -> Word<HintKind> {
        Word(self.0.kind)
    }

    /// Whom it is about; null of a team or a provider.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        Some(Person::named(ctx, self.0.person?).await)
    }

    /// Of a provider: the organisation that is named.
    async fn organisation(&self) -> Option<&str> {
        self.0.organisation.as_deref()
    }

    /// References of the cases in which the viewer had a hand, the newest first.
    async fn references(&self) -> &[String] {
        &self.0.references
    }
}

/// One step of a declaration.
pub struct InterestStep(pub review::InterestStep);

/// What a member declared of their interest, or how they were answered. Nothing is written over.
#[Object]
impl InterestStep {
    /// What held from then on.
    async fn interest(&self) -> Word<review::Interest> {
        Word(self.0.interest)
    }

    /// Who said so: the member, or whoever answered them.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// What was declared, or why it was answered so.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// The meeting at which it was declared, where it was recorded with one; null to whoever holds no role in the
    /// organisation.
    async fn meeting(&self, ctx: &Context<'_>) -> Option<Result<Meeting>> {
        Box::pin(Meeting::find(ctx, self.0.meeting?)).await.transpose()
    }

    /// Who recorded it there.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        Some(Person::named(ctx, self.0.recorded_by?).await)
    }
}
