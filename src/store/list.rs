//! Lists of cases: filtered, scoped, ordered, paged.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, Func, Query, SelectStatement, UnionType, Value},
};
use uuid::Uuid;

use super::{
    Error, Reader, Result, Scope,
    case::FAR,
    page, row,
    search::{self, Search},
    summary::{self, Summary},
};
use crate::domain::{
    case::Head,
    id::{Identifier, PersonId},
    page::{Page, Window},
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
    /// Keys of forms.
    pub forms: Vec<String>,
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
    /// Who began it.
    pub author: Option<PersonId>,
    /// Changed at or after this instant.
    pub updated_since: Option<DateTime<Utc>>,
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
        let search = self.search(filter.search.as_deref()).await?;
        let direction = page::order(window, order.ascending);
        let paged = |query: &mut SelectStatement| {
            for column in [order.column(), row::assessment::Column::Id] {
                query.order_by((row::assessment::Entity, column), direction.clone());
            }
            query.limit(page::limit(window)).take()
        };
        // One page of each part, and of those together the page.
        let part = |all: Condition| {
            let part = row::assessment::Entity::find().filter(all).filter(beyond.clone()).select_only();
            let part = part.columns(summary::COLUMNS.iter().copied());
            part.column(row::assessment::Column::DecisionOrder).into_query()
        };
        let parts: Vec<SelectStatement> = match &search {
            Search::Nothing => scope.parts().into_iter().map(|one| part(asked(filter, one))).collect(),
            Search::Many(words) => {
                let each = scope.parts().into_iter();
                each.map(|one| part(asked(filter, one).add(search::has(words)))).collect()
            }
            Search::Few(words) => {
                let found = Query::select()
                    .column(Asterisk)
                    .from_subquery(self.found(words), row::assessment::Entity)
                    .cond_where(asked(filter, scope.condition()))
                    .cond_where(beyond)
                    .take();
                vec![found]
            }
            Search::Impossible => Vec::new(),
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
        let asked = asked(filter, scope.condition());
        let mut count = Query::select().expr(Func::count(Expr::col(Asterisk))).cond_where(asked).take();
        match self.search(filter.search.as_deref()).await? {
            Search::Nothing => {
                count.from(row::assessment::Entity);
            }
            Search::Impossible => return Ok(0),
            Search::Few(words) => {
                count.from_subquery(self.found(&words), row::assessment::Entity);
            }
            Search::Many(words) => {
                let hits = self.hits(&words, ALL);
                count.from(row::assessment::Entity);
                count.and_where(row::assessment::Column::Id.in_subquery(hits));
            }
        }
        let row = self.connection.query_one(&count).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        Ok(count.unsigned_abs())
    }

    /// The cases that have these words, read by their identifiers: a planner that walked through all of them in order
    /// to find these few does not see past the LIMIT, which cuts nothing off.
    fn found(&self, words: &[String]) -> SelectStatement {
        use row::assessment::{Column, Entity};
        Query::select()
            .columns(summary::COLUMNS.iter().copied())
            .column(Column::DecisionOrder)
            .from(Entity)
            .and_where(Column::Id.in_subquery(self.hits(words, ALL)))
            .limit(ALL)
            .take()
    }
}

/// As many as there are.
const ALL: u64 = i64::MAX.unsigned_abs();

/// What a filter asks, but for its search.
fn asked(filter: &Filter, scope: Condition) -> Condition {
    use row::assessment::Column;
    let mut all = Condition::all().add(scope);
    if !filter.organisations.is_empty() {
        let organisations = row::organisation::Entity::find()
            .select_only()
            .column(row::organisation::Column::Id)
            .filter(row::organisation::Column::OdsCode.is_in(&filter.organisations));
        all = all.add(Column::OrganisationId.in_subquery(organisations.into_query()));
    }
    if !filter.forms.is_empty() {
        all = all.add(Column::FormKey.is_in(&filter.forms));
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
    if !filter.groups.is_empty() {
        let on = row::impact_group::Entity::find()
            .select_only()
            .column(row::impact_group::Column::AssessmentId)
            .filter(row::impact_group::Column::GroupCode.is_in(&filter.groups));
        all = all.add(Column::Id.in_subquery(on.into_query()));
    }
    if !filter.areas.is_empty() {
        let at = row::assessment_area::Entity::find()
            .select_only()
            .column(row::assessment_area::Column::AssessmentId)
            .filter(row::assessment_area::Column::AreaCode.is_in(&filter.areas));
        all = all.add(Column::Id.in_subquery(at.into_query()));
    }
    if !filter.service_lines.is_empty() {
        all = all.add(Column::ServiceLine.is_in(&filter.service_lines));
    }
    if !filter.programmes.is_empty() {
        all = all.add(Column::Programme.is_in(&filter.programmes));
    }
    if !filter.bands.is_empty() {
        all = all.add(Column::Band.is_in(filter.bands.iter().map(|word| word.to_sql())));
    }
    if let Some(author) = filter.author {
        all = all.add(Column::AuthorId.eq(author.uuid()));
    }
    if let Some(since) = filter.updated_since {
        all = all.add(Column::UpdatedAt.gte(since));
    }
    all
}
