//! Lists of cases: filtered, scoped, ordered, paged.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    Select,
    sea_query::{Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, UnionType, Value},
};
use uuid::Uuid;

use super::{
    Error, Reader, Result, Scope,
    case::FAR,
    page, row,
    scope::{Of, Part},
    search::{self, Search, Split, Way},
    summary::{self, Summary},
};
use crate::domain::{
    case::Head,
    id::{Identifier, PersonId},
    page::{Page, Window},
    proposal::KindOfChange,
    rating::Band,
    words,
    workflow::{Phase, Standing},
};

/// Which cases; an empty list asks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Beginnings of words that a case has, in any order ([`crate::domain::search`]).
    pub search: Option<String>,
    /// ODS codes.
    pub organisations: Vec<String>,
    /// Phases.
    pub phases: Vec<Phase>,
    /// Names of states.
    pub states: Vec<String>,
    /// Standings.
    pub standings: Vec<Standing>,
    /// Codes of groups that an impact is on.
    pub groups: Vec<String>,
    /// Codes of places in the footprint, as written there.
    pub areas: Vec<String>,
    /// Service lines.
    pub service_lines: Vec<String>,
    /// Programmes.
    pub programmes: Vec<String>,
    /// Worst current bands of negative impacts.
    pub bands: Vec<Band>,
    /// Whether a re-examination is open.
    pub under_reexamination: Option<bool>,
    /// Who began it.
    pub author: Option<PersonId>,
    /// Kinds of change.
    pub kinds_of_change: Vec<KindOfChange>,
    /// Keys of forms.
    pub forms: Vec<String>,
    /// Keys of workflows.
    pub workflows: Vec<String>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
    /// Changed before this instant.
    pub updated_before: Option<DateTime<Utc>>,
    /// Begun at or after this instant.
    pub created_since: Option<DateTime<Utc>>,
    /// Begun before this instant.
    pub created_before: Option<DateTime<Utc>>,
    /// To be decided on or after this day.
    pub decision_from: Option<NaiveDate>,
    /// To be decided on or before this day.
    pub decision_to: Option<NaiveDate>,
}

words! {
    /// What a list of cases is ordered by.
    OrderField {
        /// When it last changed.
        UpdatedAt = "UPDATED_AT",
        /// When it was begun.
        CreatedAt = "CREATED_AT",
        /// When it is to be decided; cases without a date come last.
        DecisionDate = "DECISION_DATE",
        /// Its reference.
        Reference = "REFERENCE",
        /// Its worst current band and score.
        Risk = "RISK",
    }
}

/// In which order; cases with the same value are ordered by identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub field: OrderField,
    /// The smallest, earliest or first first.
    pub ascending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Self { field: OrderField::UpdatedAt, ascending: false }
    }
}

impl Order {
    /// The cursor that stands on this case in this order.
    #[must_use]
    pub fn cursor(self, case: &Head) -> String {
        let key = match self.field {
            OrderField::UpdatedAt => case.updated_at.timestamp_micros().to_string(),
            OrderField::CreatedAt => case.created_at.timestamp_micros().to_string(),
            OrderField::DecisionDate => case.decision_date.unwrap_or(FAR).to_string(),
            OrderField::Reference => case.reference.clone(),
            OrderField::Risk => case.risk.to_string(),
        };
        format!("{}~{key}~{}", self.field.to_sql(), case.id)
    }

    fn parse(self, cursor: &str) -> Option<(Value, Uuid)> {
        let mut parts = cursor.splitn(3, '~');
        if parts.next()? != self.field.to_sql() {
            return None;
        }
        let key = parts.next()?;
        let id = Uuid::try_parse(parts.next()?).ok()?;
        let instant = || DateTime::from_timestamp_micros(key.parse().ok()?).map(Value::from);
        let value = match self.field {
            OrderField::UpdatedAt | OrderField::CreatedAt => instant()?,
            OrderField::DecisionDate => Value::from(key.parse::<NaiveDate>().ok()?),
            OrderField::Reference => Value::from(key.to_owned()),
            OrderField::Risk => Value::from(key.parse::<i64>().ok()?),
        };
        Some((value, id))
    }

    fn column(self) -> row::assessment::Column {
        use row::assessment::Column;
        match self.field {
            OrderField::UpdatedAt => Column::UpdatedAt,
            OrderField::CreatedAt => Column::CreatedAt,
            OrderField::DecisionDate => Column::DecisionOrder,
            OrderField::Reference => Column::Reference,
            OrderField::Risk => Column::RiskOrder,
        }
    }
}

impl Reader<'_> {
    /// One page of the cases that pass the filter and that the scope lets be seen.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the window's cursor was made for another list or order.
    pub async fn list_cases(
        &self,
        filter: &Filter,
        scope: Scope<'_>,
        order: Order,
        window: &Window,
    ) -> Result<Page<Summary>> {
        let found = match self.statement(filter, scope, order, window).await? {
            Some(statement) => self.summarise(statement).await?,
            None => Vec::new(),
        };
        Ok(page::page(window, found))
    }

    /// How the database would find a page, in its own words, line by line: for tests, and for whoever wonders what a
    /// list costs.
    ///
    /// # Errors
    /// As [`Reader::list_cases`].
    pub async fn explain_cases(
        &self,
        filter: &Filter,
        scope: Scope<'_>,
        order: Order,
        window: &Window,
    ) -> Result<Vec<String>> {
        let Some(mut statement) = self.statement(filter, scope, order, window).await? else {
            return Ok(Vec::new());
        };
        summary::select(&mut statement);
        let backend = self.connection.get_database_backend();
        let mut explain = page::statement(backend, &statement);
        let (how, column) = match backend {
            DbBackend::Sqlite => ("EXPLAIN QUERY PLAN", "detail"),
            _ => ("EXPLAIN", "QUERY PLAN"),
        };
        explain.sql = format!("{how} {}", explain.sql);
        let lines = self.connection.query_all_raw(explain).await?;
        lines.iter().map(|line| Ok(line.try_get("", column)?)).collect()
    }

    /// What finds a page; nothing where nothing can be found.
    async fn statement(
        &self,
        filter: &Filter,
        scope: Scope<'_>,
        order: Order,
        window: &Window,
    ) -> Result<Option<SelectStatement>> {
        let beyond = match &window.cursor {
            Some(cursor) => {
                let (value, id) = order.parse(cursor).ok_or(Error::Cursor)?;
                let column = order.column().into_expr();
                let id_column = row::assessment::Column::Id.into_expr();
                page::beyond(window, order.ascending, vec![(column, value), (id_column, id.into())])
            }
            None => Condition::all(),
        };
        let direction = page::order(window, order.ascending);
        let paged = |query: &mut SelectStatement| {
            for column in [order.column(), row::assessment::Column::Id] {
                query.order_by((row::assessment::Entity, column), direction.clone());
            }
            query.limit(page::limit(window)).take()
        };
        let asked = asked(filter);
        let passing = asked.all();
        let in_order = |all: Condition| {
            let part = row::assessment::Entity::find().filter(all).filter(beyond.clone()).select_only();
            let part = part.columns(summary::COLUMNS.iter().copied());
            part.column(row::assessment::Column::DecisionOrder).into_query()
        };
        let by_index = |words: &Split, part: Part| {
            let mut page = Query::select()
                .column((row::assessment::Entity, row::assessment::Column::Id))
                .from_subquery(self.found(words, filter, &part.of), row::assessment::Entity)
                .cond_where(passing.clone().add(part.all()))
                .cond_where(beyond.clone())
                .take();
            let these = row::assessment::Column::Id.in_subquery(paged(&mut page));
            let part = row::assessment::Entity::find().filter(these).select_only();
            let part = part.columns(summary::COLUMNS.iter().copied());
            part.column(row::assessment::Column::DecisionOrder).into_query()
        };
        // One page of each part, and of those together the page.
        let parts = scope.parts();
        let parts: Vec<SelectStatement> = match Search::of(filter.search.as_deref()) {
            Search::Nothing => {
                parts.into_iter().map(|part| in_order(passing.clone().add(part.all()))).collect()
            }
            Search::Impossible => Vec::new(),
            Search::Words(words) => {
                let ways = self.ways(&words, &asked, filter, &parts).await?;
                let backend = self.connection.get_database_backend();
                let walked =
                    |part: &Part| in_order(passing.clone().add(search::in_order(backend, part, &words)));
                let each = parts.into_iter().zip(ways).flat_map(|(part, way)| match way {
                    Way::Order => vec![walked(&part)],
                    Way::Apart => part.apart().iter().map(walked).collect(),
                    Way::Index(words) => vec![by_index(&words, part)],
                });
                each.collect()
            }
        };
        let parts = parts
            .into_iter()
            .map(|mut part| Query::select().column(Asterisk).from_subquery(paged(&mut part), "part").take());
        let Some(together) = parts.reduce(|mut all, part| all.union(UnionType::All, part).take()) else {
            return Ok(None);
        };
        let mut query = Query::select().from_subquery(together, row::assessment::Entity).take();
        Ok(Some(paged(&mut query)))
    }

    /// How many cases pass the filter and may be seen in the scope.
    pub async fn count_cases(&self, filter: &Filter, scope: Scope<'_>) -> Result<u64> {
        let asked = asked(filter).all().add(scope.condition());
        let mut count = Query::select().expr(Func::count(Expr::col(Asterisk))).cond_where(asked).take();
        match Search::of(filter.search.as_deref()) {
            Search::Nothing => count.from(row::assessment::Entity),
            Search::Impossible => return Ok(0),
            Search::Words(words) => {
                let found = self.found(&Split::whole(&words), filter, &Of::Anybody);
                count.from_subquery(found, row::assessment::Entity)
            }
        };
        let row = self.connection.query_one(&count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(count.unsigned_abs())
    }
}

/// What a filter asks, but for its search.
pub(super) struct Asked {
    /// Of the content, which the index of words has too.
    pub(super) content: Condition,
    /// Of the row alone.
    pub(super) row: Condition,
}

impl Asked {
    fn all(&self) -> Condition {
        self.content.clone().add(self.row.clone())
    }
}

fn asked(filter: &Filter) -> Asked {
    use row::assessment::Column;
    let (mut content, mut all) = (Condition::all(), Condition::all());
    if !filter.groups.is_empty() {
        let on = row::impact_group::Entity::find()
            .select_only()
            .column(row::impact_group::Column::AssessmentId)
            .filter(row::impact_group::Column::GroupCode.is_in(&filter.groups));
        content = content.add(among(on, row::impact_group::Column::AssessmentId, filter));
    }
    if !filter.areas.is_empty() {
        let at = row::assessment_area::Entity::find()
            .select_only()
            .column(row::assessment_area::Column::AssessmentId)
            .filter(row::assessment_area::Column::AreaCode.is_in(&filter.areas));
        content = content.add(among(at, row::assessment_area::Column::AssessmentId, filter));
    }
    if !filter.service_lines.is_empty() {
        content = content.add(Column::ServiceLine.is_in(&filter.service_lines));
    }
    if !filter.programmes.is_empty() {
        content = content.add(Column::Programme.is_in(&filter.programmes));
    }
    if !filter.organisations.is_empty() {
        let organisations = row::organisation::Entity::find()
            .select_only()
            .column(row::organisation::Column::Id)
            .filter(row::organisation::Column::OdsCode.is_in(&filter.organisations));
        all = all.add(Column::OrganisationId.in_subquery(organisations.into_query()));
    }
    if !filter.phases.is_empty() {
        all = all.add(Column::Phase.is_in(filter.phases.iter().map(|word| word.to_sql())));
    }
    if !filter.states.is_empty() {
        all = all.add(Column::State.is_in(&filter.states));
    }
    if !filter.standings.is_empty() {
        all = all.add(Column::Standing.is_in(filter.standings.iter().map(|word| word.to_sql())));
    }
    if !filter.bands.is_empty() {
        all = all.add(Column::Band.is_in(filter.bands.iter().map(|word| word.to_sql())));
    }
    if let Some(open) = filter.under_reexamination {
        let due = Column::ReexaminationDue;
        all = all.add(if open { due.is_not_null() } else { due.is_null() });
    }
    if let Some(author) = filter.author {
        all = all.add(Column::AuthorId.eq(author.uuid()));
    }
    if !filter.kinds_of_change.is_empty() {
        all = all.add(Column::KindOfChange.is_in(filter.kinds_of_change.iter().map(|word| word.to_sql())));
    }
    if !filter.forms.is_empty() {
        all = all.add(Column::FormKey.is_in(&filter.forms));
    }
    if !filter.workflows.is_empty() {
        all = all.add(Column::WorkflowKey.is_in(&filter.workflows));
    }
    let since = [(Column::UpdatedAt, filter.updated_since), (Column::CreatedAt, filter.created_since)];
    for (column, since) in since {
        all = all.add_option(since.map(|since| column.gte(since)));
    }
    let before = [(Column::UpdatedAt, filter.updated_before), (Column::CreatedAt, filter.created_before)];
    for (column, before) in before {
        all = all.add_option(before.map(|before| column.lt(before)));
    }
    // The column that is in an index; what has no date stands there as if it were far away.
    if filter.decision_from.is_some() || filter.decision_to.is_some() {
        all = all.add(Column::DecisionOrder.lt(FAR));
    }
    all = all.add_option(filter.decision_from.map(|from| Column::DecisionOrder.gte(from)));
    all = all.add_option(filter.decision_to.map(|to| Column::DecisionOrder.lte(to)));
    Asked { content, row: all }
}

/// The case is among those that a query finds by this column. A search leaves few, of which each is looked up there;
/// without one, those that are found there may be the few.
fn among<E: EntityTrait>(found: Select<E>, column: E::Column, filter: &Filter) -> Expr {
    use row::assessment::{Column, Entity};
    if filter.search.is_none() {
        return Column::Id.in_subquery(found.into_query());
    }
    let same = Expr::col((E::default(), column)).equals((Entity, Column::Id));
    Expr::exists(found.filter(same).into_query())
}
