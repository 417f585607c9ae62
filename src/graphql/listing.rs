//! Which cases are listed, and in which order.

use async_graphql::{Enum, InputObject};

use crate::{
    app::{Filter, Order, OrderField},
    domain::{
        id::PersonId,
        proposal::KindOfChange,
        rating::Band,
        workflow::{Phase, Standing},
    },
    graphql::{
        scalar::{Date, Global, Instant},
        word::Word,
    },
};

/// Which cases; a field that is absent asks nothing.
#[derive(Debug, Default, InputObject)]
pub struct AssessmentFilter {
    /// Words, or what they begin with, in any order and whatever their case and accents, that the case has in its
    /// reference, title, proposal, answers, impacts, mitigations or titles of evidence; at most ten.
    search: Option<String>,
    /// ODS codes of their organisations.
    organisations: Option<Vec<String>>,
    /// Keys of their forms: `ehia` for assessments of proposals, `board-maturity` for self-assessments.
    forms: Option<Vec<String>>,
    /// Phases of their states.
    phases: Option<Vec<Word<Phase>>>,
    /// Names of their states.
    states: Option<Vec<String>>,
    /// Standings of their states.
    standings: Option<Vec<Word<Standing>>>,
    /// Codes of groups that an impact is on.
    groups: Option<Vec<String>>,
    /// Codes of places in the footprint.
    areas: Option<Vec<String>>,
    /// Service lines.
    service_lines: Option<Vec<String>>,
    /// Programmes.
    programmes: Option<Vec<String>>,
    /// Worst current bands of their negative impacts.
    bands: Option<Vec<Word<Band>>>,
    /// Whether they are under re-examination: changed after a conclusion, and nobody has judged that yet.
    under_reexamination: Option<bool>,
    /// Who began them.
    author: Option<Global<PersonId>>,
    /// Changed at or after this instant.
    updated_since: Option<Instant>,
    /// Changed before this instant.
    updated_before: Option<Instant>,
    /// Begun at or after this instant.
    created_since: Option<Instant>,
    /// Begun before this instant.
    created_before: Option<Instant>,
    /// To be decided on or after this day; cases without a date are left out.
    decision_from: Option<Date>,
    /// To be decided on or before this day; cases without a date are left out.
    decision_to: Option<Date>,
    /// Kinds of change of their proposals.
    kinds_of_change: Option<Vec<Word<KindOfChange>>>,
    /// Keys of the workflows they began with.
    workflows: Option<Vec<String>>,
}

impl From<AssessmentFilter> for Filter {
    fn from(filter: AssessmentFilter) -> Self {
        fn words<T>(words: Option<Vec<Word<T>>>) -> Vec<T> {
            words.unwrap_or_default().into_iter().map(|word| word.0).collect()
        }
        Self {
            search: filter.search,
            organisations: filter.organisations.unwrap_or_default(),
            forms: filter.forms.unwrap_or_default(),
            phases: words(filter.phases),
            states: filter.states.unwrap_or_default(),
            standings: words(filter.standings),
            groups: filter.groups.unwrap_or_default(),
            areas: filter.areas.unwrap_or_default(),
            service_lines: filter.service_lines.unwrap_or_default(),
            programmes: filter.programmes.unwrap_or_default(),
            bands: words(filter.bands),
            under_reexamination: filter.under_reexamination,
            author: filter.author.map(|author| author.0),
            kinds_of_change: words(filter.kinds_of_change),
            workflows: filter.workflows.unwrap_or_default(),
            updated_since: filter.updated_since.map(|since| since.0),
            updated_before: filter.updated_before.map(|before| before.0),
            created_since: filter.created_since.map(|since| since.0),
            created_before: filter.created_before.map(|before| before.0),
            decision_from: filter.decision_from.map(|from| from.0),
            decision_to: filter.decision_to.map(|to| to.0),
        }
    }
}

/// In which order cases are listed.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct AssessmentOrder {
    /// By what.
    field: AssessmentOrderField,
    /// Which way.
    direction: OrderDirection,
}

impl From<AssessmentOrder> for Order {
    fn from(order: AssessmentOrder) -> Self {
        Self { field: order.field.into(), ascending: order.direction == OrderDirection::Asc }
    }
}

/// What cases are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderField")]
pub enum AssessmentOrderField {
    /// When they last changed.
    UpdatedAt,
    /// When they were begun.
    CreatedAt,
    /// When they are to be decided.
    DecisionDate,
    /// Their references.
    Reference,
    /// Their worst current band and score.
    Risk,
}

/// Which way a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// The smallest, earliest or first first.
    Asc,
    /// The largest, latest or last first.
    Desc,
}
