//! Cases one after the other, for work that walks them all.

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, sea_query::Expr,
};
use uuid::Uuid;

use super::{Reader, Result, Store, case::read, codec, row};
use crate::domain::{
    case::Case,
    id::{AssessmentId, Identifier, OrganisationId},
    workflow::Phase,
};

/// Which versions of a workflow cases are to be moved from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// This one; all others than `to` when absent.
    pub from: Option<u32>,
    /// Where they are to go: what is there already is not asked for.
    pub to: u32,
}

impl Reader<'_> {
    /// The cases of an organisation after this one, in order, at most `limit`: each read, or why it cannot be.
    pub async fn cases_of(
        &self,
        organisation: OrganisationId,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<(AssessmentId, Result<Case>)>> {
        let found = of(organisation, after, limit).all(&self.connection).await?;
        Ok(found.into_iter().map(|row| (AssessmentId::from(row.id), read(row))).collect())
    }

    /// The cases of an organisation of which something was screened on one of these days, both included, after this one,
    /// in order, at most `limit`: each read, with its phase, or why it cannot be.
    pub async fn screened(
        &self,
        organisation: OrganisationId,
        (from, to): (NaiveDate, NaiveDate),
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<(AssessmentId, Result<(Case, Phase)>)>> {
        use row::screening_day::{Column, Entity};
        let days = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Day.between(from, to))
            .into_query();
        let found = of(organisation, after, limit).filter(row::assessment::Column::Id.in_subquery(days));
        let found = found.all(&self.connection).await?;
        let whole = |row: row::assessment::Model| {
            let phase = codec::word!(Phase, "assessment", row.id, &row.phase)?;
            Ok((read(row)?, phase))
        };
        Ok(found.into_iter().map(|row| (AssessmentId::from(row.id), whole(row))).collect())
    }

    /// The identifiers and references of the cases of an organisation after this one, in order, at most `limit`.
    pub async fn references_of(
        &self,
        organisation: OrganisationId,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<(AssessmentId, String)>> {
        use row::assessment::Column;
        let found: Vec<(Uuid, String)> = of(organisation, after, limit)
            .select_only()
            .columns([Column::Id, Column::Reference])
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(|(id, reference)| (AssessmentId::from(id), reference)).collect())
    }

    /// The identifiers of the cases of an organisation after this one, in order, at most `limit`.
    pub async fn case_ids_of(
        &self,
        organisation: OrganisationId,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<AssessmentId>> {
        let found = self.references_of(organisation, after, limit).await?;
        Ok(found.into_iter().map(|(id, _)| id).collect())
    }

    /// The cases of an organisation that run on such a version of the workflow under this key and are not closed, with
    /// that version, after this one, in order, at most `limit`.
    pub async fn running_on(
        &self,
        organisation: OrganisationId,
        key: &str,
        versions: Versions,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<(AssessmentId, u32)>> {
        use row::assessment::Column;
        let found: Vec<(Uuid, i64)> = of(organisation, after, limit)
            .select_only()
            .columns([Column::Id, Column::WorkflowVersion])
            .filter(Column::WorkflowKey.eq(key))
            .filter(Column::WorkflowVersion.ne(i64::from(versions.to)))
            .apply_if(versions.from, |query, from| query.filter(Column::WorkflowVersion.eq(i64::from(from))))
            .filter(Column::Phase.ne(Phase::Closed.to_sql()))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let versioned =
            |(id, version)| Ok((AssessmentId::from(id), codec::count("assessment", id, version)?));
        found.into_iter().map(versioned).collect()
    }

    /// Cases with a clock whose day had passed on that day and was not announced, after this one, in order, at most
    /// `limit`.
    pub async fn overdue(
        &self,
        today: NaiveDate,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<AssessmentId>> {
        use row::assessment::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::ClockDue.lt(today))
            .apply_if(after, |query, after| query.filter(Column::Id.gt(after.uuid())))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }

    /// Cases in which somebody is to be told by that day of something due, after this one, in order, at most `limit`.
    pub async fn remindable(
        &self,
        today: NaiveDate,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<AssessmentId>> {
        use row::assessment::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::RemindOn.lte(today))
            .apply_if(after, |query, after| query.filter(Column::Id.gt(after.uuid())))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }

    /// The identifiers of all cases after this one, in order, at most `limit`.
    pub async fn case_ids(&self, after: Option<AssessmentId>, limit: u64) -> Result<Vec<AssessmentId>> {
        use row::assessment::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .apply_if(after, |query, after| query.filter(Column::Id.gt(after.uuid())))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }
}

fn of(
    organisation: OrganisationId,
    after: Option<AssessmentId>,
    limit: u64,
) -> Select<row::assessment::Entity> {
    use row::assessment::{Column, Entity};
    Entity::find()
        .filter(Column::OrganisationId.eq(organisation.uuid()))
        .apply_if(after, |query, after| query.filter(Column::Id.gt(after.uuid())))
        .order_by_asc(Column::Id)
        .limit(limit)
}

impl Store {
    /// Notes the next day on which somebody is to be told of something due in a case, if it is still at this version.
    pub async fn note_reminder(&self, id: AssessmentId, version: u32, next: Option<NaiveDate>) -> Result<()> {
        use row::assessment::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::RemindOn, Expr::value(next))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::Version.eq(i64::from(version)))
            .exec(&self.write)
            .await?;
        Ok(())
    }
}
