//! Edges to other assessments and to partners.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::Stub,
    domain::{
        interdependency::{self, InterdependencyKind, ReliancePremise},
        workflow::Standing,
    },
    graphql::{
        assessment::Assessment,
        error::Result,
        organisation::Organisation,
        person::Party,
        scalar::{Date, global},
        session::session,
        source::Source,
        word::Word,
    },
};

/// An interdependency of a case.
pub struct Interdependency {
    source: Source,
    edge: interdependency::Interdependency,
}

impl Interdependency {
    /// The interdependencies of a case for which `which` holds.
    pub fn list(source: &Source, which: impl Fn(&interdependency::Interdependency) -> bool) -> Vec<Self> {
        let wanted = source.content().interdependencies.iter().filter(|edge| which(edge));
        wanted.map(|edge| Self { source: source.clone(), edge: edge.clone() }).collect()
    }
}

/// An edge to another assessment or a partner. A reliance names its premise: a service, a capacity, a date.
#[Object]
impl Interdependency {
    /// The global identifier, `interdependency:..`.
    pub async fn id(&self) -> ID {
        global(self.edge.id)
    }

    /// What it means.
    async fn kind(&self) -> Word<InterdependencyKind> {
        Word(self.edge.kind)
    }

    /// The other assessment, as much of it as one may know; null when it has none here, or when nothing of it may
    /// be known.
    async fn target(&self, ctx: &Context<'_>) -> Option<Result<AssessmentStub>> {
        let found = session(ctx).find_stub(self.edge.target?).await;
        found.map(|stub| stub.map(AssessmentStub)).transpose()
    }

    /// The partner, when it has no assessment here.
    async fn partner(&self) -> Option<Party> {
        self.edge.partner.clone().map(Party)
    }

    /// What is relied on, in words.
    async fn premise(&self) -> Option<&str> {
        self.edge.premise.as_deref()
    }

    /// By when it must hold.
    async fn by(&self) -> Option<Date> {
        self.edge.by.map(Date)
    }

    /// When it holds.
    async fn holds_when(&self) -> Option<Word<ReliancePremise>> {
        self.edge.holds_when.map(Word)
    }

    /// Whether it holds; null: not yet known.
    async fn holds(&self) -> Option<bool> {
        self.source.holds(self.edge.id)
    }

    /// Anything else.
    async fn note(&self) -> Option<&str> {
        self.edge.note.as_deref()
    }
}

/// A stub.
pub struct AssessmentStub(Stub);

/// As much of a case as someone who may not read it can know.
#[Object]
impl AssessmentStub {
    /// Its reference.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Whose it is.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// Whether its proposal may still, or already, touch people.
    async fn standing(&self) -> Word<Standing> {
        Word(self.0.standing)
    }

    /// The case itself, for whoever may read it.
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<Assessment>> {
        if !self.0.readable {
            return None;
        }
        let head = session(ctx).find_head(self.0.id).await;
        head.map(|head| head.map(|head| Assessment::of_head(Arc::clone(&head)))).transpose()
    }
}
