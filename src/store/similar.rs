//! Earlier cases that one may be like: what is compared of them, within what may be seen.
//!
//! Two statements, whatever there is: what the newest [`RECENT`] of them share with the case by rows that lists ask, and
//! the words of those that share most.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{
        CommonTableExpression, Expr, ExprTrait, Order, Query, SelectStatement, UnionType, WithClause,
    },
};
use uuid::Uuid;

use super::{Reader, Result, Scope, row};
use crate::domain::{
    id::{AssessmentId, Identifier},
    impact::Direction,
    proposal::KindOfChange,
    similar::Traits,
};

/// Cases that are looked at, the newest ones.
pub const RECENT: u64 = 1_000;
/// Areas of their footprints that are read.
const AREAS: u64 = 20_000;

impl Reader<'_> {
    /// Earlier cases that the scope shows and what they share with a case of these traits that was begun then: at most
    /// [`RECENT`]. Of their groups only the shared ones are told; words are left out.
    pub async fn earlier_cases(
        &self,
        case: AssessmentId,
        begun: DateTime<Utc>,
        traits: &Traits,
        scope: Scope<'_>,
    ) -> Result<BTreeMap<AssessmentId, Traits>> {
        let mut found: BTreeMap<AssessmentId, Traits> = BTreeMap::new();
        if let Some(recent) = recent(case, begun, scope) {
            let mut named = CommonTableExpression::new();
            named.table_name("recent").query(recent);
            let mut with = WithClause::new();
            with.cte(named);
            let query = shared(traits).with(with);
            for row in self.connection.query_all(&query).await? {
                let (id, what): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
                let value: Option<String> = row.try_get_by_index(2)?;
                let other = found.entry(id.into()).or_default();
                match (what.as_str(), value) {
                    ("line", line) => other.service_line = line,
                    ("kind", kind) => other.kind_of_change = kind.as_deref().and_then(KindOfChange::parse),
                    ("group", Some(code)) => drop(other.groups.insert(code)),
                    ("place", Some(code)) => drop(other.places.insert(code)),
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// The words that these cases are found by.
    pub async fn words_of(
        &self,
        cases: impl IntoIterator<Item = AssessmentId>,
    ) -> Result<BTreeMap<AssessmentId, String>> {
        use row::assessment_search::{Column, Entity};
        let found = Entity::find()
            .filter(Column::AssessmentId.is_in(cases.into_iter().map(Identifier::uuid)))
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(|row| (row.assessment_id.into(), row.words)).collect())
    }
}

/// The newest cases begun before this one, read in the order of an index, part by part of the scope.
fn recent(case: AssessmentId, begun: DateTime<Utc>, scope: Scope<'_>) -> Option<SelectStatement> {
    use row::assessment::{Column, Entity};
    let earlier = Condition::any()
        .add(Column::CreatedAt.lt(begun))
        .add(Condition::all().add(Column::CreatedAt.eq(begun)).add(Column::Id.lt(case.uuid())));
    let parts = scope.parts().into_iter().map(|part| {
        let part = Entity::find()
            .select_only()
            .columns([Column::Id, Column::CreatedAt, Column::ServiceLine, Column::KindOfChange])
            .filter(part.all())
            .filter(Column::CreatedAt.lte(begun))
            .filter(earlier.clone())
            .order_by_desc(Column::CreatedAt)
            .order_by_desc(Column::Id)
            .limit(RECENT)
            .into_query();
        Query::select().column(sea_orm::sea_query::Asterisk).from_subquery(part, "part").take()
    });
    let together = parts.reduce(|mut all, part| all.union(UnionType::All, part).take())?;
    let recent = Query::select()
        .columns([Column::Id, Column::ServiceLine, Column::KindOfChange])
        .from_subquery(together, "together")
        .order_by(Column::CreatedAt, Order::Desc)
        .order_by(Column::Id, Order::Desc)
        .limit(RECENT)
        .take();
    Some(recent)
}

/// What recent cases share with a case of these traits: case, what, value.
fn shared(traits: &Traits) -> SelectStatement {
    use row::{assessment::Column, assessment_area, assessment_impact, impact_group};
    let of = |what: &str, value: Column| {
        let what = Expr::val(what).cast_as("text");
        Query::select().column(Column::Id).expr(what).column(value).from("recent").take()
    };
    let among = || Query::select().column(Column::Id).from("recent").take();
    let groups = Query::select()
        .distinct()
        .column((impact_group::Entity, impact_group::Column::AssessmentId))
        .expr(Expr::val("group").cast_as("text"))
        .column((impact_group::Entity, impact_group::Column::GroupCode))
        .from(impact_group::Entity)
        .inner_join(
            assessment_impact::Entity,
            Condition::all()
                .add(
                    Expr::col((assessment_impact::Entity, assessment_impact::Column::AssessmentId))
                        .equals((impact_group::Entity, impact_group::Column::AssessmentId)),
                )
                .add(
                    Expr::col((assessment_impact::Entity, assessment_impact::Column::Id))
                        .equals((impact_group::Entity, impact_group::Column::ImpactId)),
                )
                .add(assessment_impact::Column::Direction.ne(Direction::Neutral.to_sql())),
        )
        .and_where(impact_group::Column::GroupCode.is_in(&traits.groups))
        .and_where(impact_group::Column::AssessmentId.in_subquery(among()))
        .take();
    let places = Query::select()
        .column(assessment_area::Column::AssessmentId)
        .expr(Expr::val("place").cast_as("text"))
        .column(assessment_area::Column::AreaCode)
        .from(assessment_area::Entity)
        .and_where(assessment_area::Column::AssessmentId.in_subquery(among()))
        .limit(AREAS)
        .take();
    // A limit stands in a part of a union only where that is a query of its own.
    let places = Query::select().column(sea_orm::sea_query::Asterisk).from_subquery(places, "place").take();
    of("line", Column::ServiceLine)
        .union(UnionType::All, of("kind", Column::KindOfChange))
        .union(UnionType::All, groups)
        .union(UnionType::All, places)
        .take()
}
