//! Edges to other assessments and to partners.

use async_graphql::{Context, ID, Object};

use crate::{
    app::Stub,
    domain::{
        interdependency::{self, Caveat, InterdependencyKind, ReliancePremise},
        workflow::Standing,
    },
    graphql::{
        assessment::Assessment,
        error::Result,
        involved::{InterestHint, InvolvedParty},
        limit::{SOME, listed},
        organisation::Organisation,
        page::Total,
        person::{Party, Person},
        scalar::{Date, Instant, global, int},
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

    /// Of a reliance: how often in a thousand it fails, as the author reckons.
    async fn failure(&self) -> Option<u16> {
        self.edge.failure
    }

    /// Whether it holds, by the day by which it must: as its target stands and says when it takes effect, or as its partner
    /// said on the latest day; null: not known.
    async fn holds(&self) -> Option<bool> {
        self.source.holds(self.edge.id)
    }

    /// What is to be known beside that: why it does not hold, why that is open, or that it holds only as far as is known;
    /// null: nothing.
    async fn caveat(&self) -> Option<Word<Caveat>> {
        self.source.caveat(self.edge.id).map(Word)
    }

    /// The same in words.
    async fn caveat_in_words(&self) -> Option<&'static str> {
        self.source.caveat(self.edge.id).map(Caveat::in_words)
    }

    /// What its partner said of it, in the order in which it was recorded; what they said on the latest day counts. Of a revision
    /// nothing.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn confirmations(&self) -> Vec<PartnerConfirmation> {
        let said = self.source.confirmations(self.edge.id).cloned();
        said.map(|said| PartnerConfirmation { stands: said.speaks_of(&self.edge), said }).collect()
    }

    /// Anything else.
    async fn note(&self) -> Option<&str> {
        self.edge.note.as_deref()
    }
}

/// What a partner said.
pub struct PartnerConfirmation {
    said: interdependency::Confirmation,
    stands: bool,
}

/// What somebody of a partner said of a reliance: that it holds, or that it does not or no longer.
#[Object]
impl PartnerConfirmation {
    /// Whether they confirmed it.
    async fn confirmed(&self) -> bool {
        self.said.confirmed
    }

    /// Who said so.
    async fn confirmed_by(&self) -> Party {
        Party(self.said.by.clone())
    }

    /// When they did.
    async fn on(&self) -> Date {
        Date(self.said.on)
    }

    /// Where that can be read or heard of.
    async fn note(&self) -> &str {
        &self.said.note
    }

    /// Who recorded it.
    async fn recorded_by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.said.recorded_by).await
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> Instant {
        Instant(self.said.recorded_at)
    }

    /// What they spoke of, in the words of then.
    async fn premise(&self) -> Option<&str> {
        self.said.of.premise.as_deref()
    }

    /// Whether that is the reliance as it stands; what was said of another partner, premise or day no longer counts.
    async fn stands(&self) -> bool {
        self.stands
    }
}

/// A stub.
pub struct AssessmentStub(pub Stub);

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

    /// The day by which somebody must judge whether a change was material; null when the case is not under
    /// re-examination.
    async fn reexamination_due(&self) -> Option<Date> {
        self.0.reexamination_due.map(Date)
    }

    /// Whose proposal it is: author, contributors and SRO, for members of its panel, whether or not they have declared,
    /// and for whoever may read the case; nobody to anybody else.
    #[graphql(complexity = "20 + listed(SOME, child_complexity)")]
    async fn people(&self, ctx: &Context<'_>) -> Result<Vec<InvolvedParty>> {
        let session = session(ctx);
        let people = Box::pin(session.app.involved(session.actor()?, self.0.id)).await?;
        Ok(people.into_iter().map(InvolvedParty).collect())
    }

    /// What in it may be the viewer's own interest, for members of its panel: same author, team or provider. Cases of the
    /// last years are looked through, the newest two hundred in which they had a hand.
    #[graphql(complexity = "50 + listed(SOME, child_complexity)")]
    async fn interest_hints(&self, ctx: &Context<'_>) -> Result<Vec<InterestHint>> {
        let session = session(ctx);
        let hints = Box::pin(session.app.interest_hints(session.actor()?, self.0.id)).await?;
        Ok(hints.into_iter().map(InterestHint).collect())
    }

    /// The case itself, for whoever may read it.
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<Assessment>> {
        if !self.0.readable {
            return None;
        }
        let summary = session(ctx).find_summary(self.0.id).await;
        summary.map(|summary| summary.map(Assessment::Summary)).transpose()
    }
}

/// How many cases were shared with the viewer's organisations, counted when it is asked.
pub struct SharedTotal;

impl Total for SharedTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(session.app.count_shared(session.actor()?).await?))
    }
}
