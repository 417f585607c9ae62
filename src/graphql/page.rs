//! Connections: pages of a list, with their size bounded and their total counted only when it is asked for.

use async_graphql::{ComplexObject, Context, OutputType, SimpleObject, connection::PageInfo};

use crate::{
    app::{Filter, Slice},
    domain::page::{DEFAULT, MOST, Window},
    graphql::{
        area::{Area, AreaTotal},
        assessment::Assessment,
        delivery::{Delivery, DeliveryTotal},
        edition::{DefinitionEdition, EditionTotal, OwnRuleTotal},
        error::{Result, bad},
        event::{Event, EventTotal},
        interdependency::{AssessmentStub, SharedTotal},
        own::OwnRule,
        partner::{PartnerProposal, PartnerProposalTotal},
        register::{RegisteredDecision, UnassessedTotal},
        risk::{Concentration, Exposure, InfluencedAssessment},
        scalar::int,
        scenario::{Scenario, ScenarioTotal},
        session::session,
        task::{Task, TaskTotal},
    },
};

/// Which page the arguments of a connection ask for.
pub fn window(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Window> {
    let (name, size, forwards, cursor) = match (first, after, last, before) {
        (first, after, None, None) => ("first", first, true, after),
        (None, None, last, before) => ("last", last, false, before),
        _ => {
            return Err(bad(
                "Ask for a page by `first` and `after`, or by `last` and `before`, not by both.",
            ));
        }
    };
    let size = size.map_or(Ok(DEFAULT), u32::try_from);
    match size {
        Ok(size) if (1..=MOST).contains(&size) => Ok(Window { size, forwards, cursor }),
        _ => Err(bad(format!("`{name}` is between 1 and {MOST}."))),
    }
}

/// Counts a whole list, when that is asked.
pub trait Total: Send + Sync {
    /// How many elements there are in all, as far as the viewer may see them.
    fn count(&self, ctx: &Context<'_>) -> impl Future<Output = Result<i32>> + Send;
}

/// One page of a list.
#[expect(
    clippy::duplicated_attributes,
    reason = "two lists that say no more of themselves than how many there are"
)]
#[derive(SimpleObject)]
#[graphql(
    complex,
    concrete(name = "AssessmentConnection", params(Assessment, AssessmentTotal)),
    concrete(name = "EventConnection", params(Event, EventTotal)),
    concrete(name = "DeliveryConnection", params(Delivery, DeliveryTotal)),
    concrete(name = "TaskConnection", params(Task, TaskTotal)),
    concrete(name = "AssessmentStubConnection", params(AssessmentStub, SharedTotal)),
    concrete(name = "DefinitionEditionConnection", params(DefinitionEdition, EditionTotal)),
    concrete(name = "OwnRuleConnection", params(OwnRule, OwnRuleTotal)),
    concrete(name = "AreaConnection", params(Area, AreaTotal)),
    concrete(name = "ExposureConnection", params(Exposure, Counted)),
    concrete(name = "ConcentrationConnection", params(Concentration, ConcentrationTotal)),
    concrete(name = "InfluencedAssessmentConnection", params(InfluencedAssessment, Counted)),
    concrete(name = "RegisteredDecisionConnection", params(RegisteredDecision, UnassessedTotal)),
    concrete(name = "PartnerProposalConnection", params(PartnerProposal, PartnerProposalTotal)),
    concrete(name = "ScenarioConnection", params(Scenario, ScenarioTotal))
)]
pub struct Connection<N, C>
where
    N: OutputType,
    C: Total,
    Edge<N>: OutputType,
{
    /// Its elements in order, each with its cursor.
    edges: Vec<Edge<N>>,
    /// Where it lies in the list.
    page_info: PageInfo,
    #[graphql(skip)]
    total: C,
}

/// An element of a list, with the cursor of its place.
#[derive(SimpleObject)]
#[graphql(
    concrete(name = "AssessmentEdge", params(Assessment)),
    concrete(name = "EventEdge", params(Event)),
    concrete(name = "DeliveryEdge", params(Delivery)),
    concrete(name = "TaskEdge", params(Task)),
    concrete(name = "AssessmentStubEdge", params(AssessmentStub)),
    concrete(name = "DefinitionEditionEdge", params(DefinitionEdition)),
    concrete(name = "OwnRuleEdge", params(OwnRule)),
    concrete(name = "AreaEdge", params(Area)),
    concrete(name = "ExposureEdge", params(Exposure)),
    concrete(name = "ConcentrationEdge", params(Concentration)),
    concrete(name = "InfluencedAssessmentEdge", params(InfluencedAssessment)),
    concrete(name = "RegisteredDecisionEdge", params(RegisteredDecision)),
    concrete(name = "PartnerProposalEdge", params(PartnerProposal)),
    concrete(name = "ScenarioEdge", params(Scenario))
)]
pub struct Edge<N: OutputType> {
    /// Its place, for `after` and `before`; it says nothing else.
    cursor: String,
    /// The element.
    node: N,
}

/// One page of a list.
#[ComplexObject]
impl<N, C> Connection<N, C>
where
    N: OutputType,
    C: Total,
    Edge<N>: OutputType,
{
    /// Its elements in order.
    async fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// How many there are in all, as far as the viewer may see them; counted when it is asked.
    #[graphql(complexity = "50")]
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        self.total.count(ctx).await
    }
}

/// A page as a connection; `total` counts when asked.
pub fn connection<T, N, C>(slice: Slice<T>, total: C, node: impl Fn(T) -> N) -> Connection<N, C>
where
    N: OutputType,
    C: Total,
    Edge<N>: OutputType,
{
    let edges: Vec<_> =
        slice.nodes.into_iter().map(|(cursor, element)| Edge { cursor, node: node(element) }).collect();
    let page_info = PageInfo {
        has_previous_page: slice.has_previous,
        has_next_page: slice.has_next,
        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
    };
    Connection { edges, page_info, total }
}

/// How many assessments there are.
pub enum AssessmentTotal {
    /// That pass a filter, counted when it is asked.
    Listed(Box<Filter>),
    /// That were counted already.
    Counted(usize),
}

impl Total for AssessmentTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        match self {
            Self::Listed(filter) => {
                Ok(int(Box::pin(session.app.count_assessments(session.actor()?, filter)).await?))
            }
            Self::Counted(all) => Ok(int(*all)),
        }
    }
}

/// How many there are of what was counted already.
pub struct Counted(pub usize);

impl Total for Counted {
    async fn count(&self, _: &Context<'_>) -> Result<i32> {
        Ok(int(self.0))
    }
}

/// How many concentrations there are.
pub struct ConcentrationTotal(pub usize);

impl Total for ConcentrationTotal {
    async fn count(&self, _: &Context<'_>) -> Result<i32> {
        Ok(int(self.0))
    }
}

/// A page of what is held whole, in its order.
pub fn page_of<T>(all: Vec<T>, window: &Window, cursor: impl Fn(&T) -> String) -> Result<Slice<T>> {
    let from = match &window.cursor {
        None => 0,
        Some(after) => {
            let place = all.iter().position(|one| cursor(one) == *after);
            place.ok_or_else(|| bad("This cursor is not one of this list; begin again without it."))? + 1
        }
    };
    let (size, whole) = (window.size as usize, all.len());
    let nodes: Vec<(String, T)> =
        all.into_iter().skip(from).take(size).map(|one| (cursor(&one), one)).collect();
    Ok(Slice { has_previous: from > 0, has_next: from + nodes.len() < whole, nodes })
}
