//! What depends on what, in a picture.

use std::sync::Arc;

use async_graphql::Object;

use crate::{
    app::{Connected, Stub},
    domain::{
        interdependency::{Caveat, InterdependencyKind},
        risk::graph::Edge,
    },
    graphql::{
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        person::Party,
        scalar::{Date, global},
        word::Word,
    },
};

/// What depends on what.
pub struct InterdependencyGraph {
    pub connected: Arc<Connected>,
    pub today: chrono::NaiveDate,
}

impl InterdependencyGraph {
    fn some(&self, which: impl Fn(&Edge) -> bool) -> Vec<InterdependencyEdge> {
        let wanted = self.connected.edges.iter().filter(|edge| which(edge));
        wanted.filter_map(|edge| InterdependencyEdge::of(edge, &self.connected, self.today)).collect()
    }
}

/// What the cases of a picture depend on, as it stands now: edges to other cases and to partners. Of a case that the viewer
/// may not know of, nothing is told but that there is one.
#[Object]
impl InterdependencyGraph {
    /// The cases of the picture that have edges, and those that they lead to, as far as the viewer may know of them; by
    /// reference.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn nodes(&self) -> Vec<AssessmentStub> {
        self.connected.nodes.iter().cloned().map(AssessmentStub).collect()
    }

    /// The partners that edges lead to, each once.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn partners(&self) -> Vec<Party> {
        Party::list(&self.connected.partners)
    }

    /// All edges, by the reference of the case that they stand in.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn edges(&self) -> Vec<InterdependencyEdge> {
        self.some(|_| true)
    }

    /// The circles: cases that rely on, fund or shift demand to each other all around, each as their references in order. What
    /// compounds or shares a pathway does so in both directions and makes none.
    async fn cycles(&self) -> &[Vec<String>] {
        &self.connected.cycles
    }

    /// The reliances that are known not to hold.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn broken(&self) -> Vec<InterdependencyEdge> {
        self.some(Edge::is_broken)
    }

    /// The reliances of which nobody knows whether they hold, though the day by which they must has passed.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn late(&self) -> Vec<InterdependencyEdge> {
        self.some(|edge| edge.is_late(self.today))
    }

    /// Whether there are more cases with edges than are looked at, which are the first 2,000 by reference: then ask for part
    /// of them.
    async fn truncated(&self) -> bool {
        self.connected.truncated
    }
}

/// An edge of a picture.
pub struct InterdependencyEdge {
    from: Stub,
    to: Option<Stub>,
    edge: Edge,
    today: chrono::NaiveDate,
}

impl InterdependencyEdge {
    /// The edge, with as much of its ends as may be known.
    pub fn of(edge: &Edge, connected: &Connected, today: chrono::NaiveDate) -> Option<Self> {
        let from = connected.node(edge.from)?.clone();
        let to = edge.edge.target.and_then(|target| connected.node(target)).cloned();
        Some(Self { from, to, edge: edge.clone(), today })
    }

    /// The same with the stubs at hand.
    pub fn between(edge: Edge, from: Stub, to: Option<Stub>, today: chrono::NaiveDate) -> Self {
        Self { from, to, edge, today }
    }
}

/// An edge from a case to another or to a partner.
#[Object]
impl InterdependencyEdge {
    /// The identifier of the interdependency, `interdependency:..`.
    async fn interdependency_id(&self) -> async_graphql::ID {
        global(self.edge.edge.id)
    }

    /// The case that it stands in.
    async fn from(&self) -> AssessmentStub {
        AssessmentStub(self.from.clone())
    }

    /// The other case; null when it leads to a partner, or when nothing of the case may be known.
    async fn to(&self) -> Option<AssessmentStub> {
        self.to.clone().map(AssessmentStub)
    }

    /// Whether it leads to a case of which the viewer may know nothing else.
    async fn to_unknown(&self) -> bool {
        self.edge.edge.target.is_some() && self.to.is_none()
    }

    /// The partner, when it leads to no case.
    async fn partner(&self) -> Option<Party> {
        self.edge.edge.partner.clone().filter(|_| self.edge.edge.target.is_none()).map(Party)
    }

    /// Whether the partner agreed, as they said on the latest day of the edge as it stands; null when nobody has asked them.
    async fn agreed(&self) -> Option<bool> {
        self.edge.said.map(|(agreed, _)| agreed)
    }

    /// When they said so.
    async fn agreed_on(&self) -> Option<Date> {
        self.edge.said.map(|(_, on)| Date(on))
    }

    /// What it means.
    async fn kind(&self) -> Word<InterdependencyKind> {
        Word(self.edge.edge.kind)
    }

    /// What is relied on, in words.
    async fn premise(&self) -> Option<&str> {
        self.edge.edge.premise.as_deref()
    }

    /// By when it must hold.
    async fn by(&self) -> Option<Date> {
        self.edge.edge.by.map(Date)
    }

    /// Whether a reliance holds, by the day by which it must; null: not known.
    async fn holds(&self) -> Option<bool> {
        self.edge.holds
    }

    /// What is to be known beside that: why it does not hold, why that is open, or that it holds only as far as is known;
    /// null: nothing.
    async fn caveat(&self) -> Option<Word<Caveat>> {
        self.edge.caveat.map(Word)
    }

    /// The same in words.
    async fn caveat_in_words(&self) -> Option<&'static str> {
        self.edge.caveat.map(Caveat::in_words)
    }

    /// Whether that is not known though the day by which it must hold has passed.
    async fn late(&self) -> bool {
        self.edge.is_late(self.today)
    }
}
