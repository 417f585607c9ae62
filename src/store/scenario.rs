//! What bundles of decisions would do, kept under a name.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{Error, Reader, Result, Tx, codec, page, row};
use crate::domain::{
    id::{Identifier, OrganisationId, PersonId, ScenarioId},
    page::{Page, Window},
    scenario::Scenario,
};

impl Tx {
    /// The scenario, which does not change until the transaction ends.
    pub async fn scenario(&mut self, id: ScenarioId) -> Result<Option<Scenario>> {
        let found =
            row::scenario::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// Adds a scenario.
    pub async fn add_scenario(&mut self, scenario: &Scenario) -> Result<()> {
        row::scenario::Entity::insert(row_of(scenario)?.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Saves a scenario that stood at the version `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not any more.
    pub async fn save_scenario(&mut self, scenario: &Scenario, expected: u32) -> Result<()> {
        use row::scenario::{Column, Entity};
        let mut columns = row_of(scenario)?.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        columns.created_at = ActiveValue::NotSet;
        let saved = Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(scenario.id.uuid()))
            .filter(Column::Version.eq(i64::from(expected)))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Reader<'_> {
    /// The scenario.
    pub async fn scenario(&self, id: ScenarioId) -> Result<Option<Scenario>> {
        let found = row::scenario::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// A page of those of an organisation that are shared or this person's own, the oldest first, without those that were
    /// dropped; each with its cursor.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the window's cursor is not one of this list.
    pub async fn list_scenarios(
        &self,
        organisation: OrganisationId,
        seen_by: PersonId,
        window: &Window,
    ) -> Result<Page<(String, Scenario)>> {
        use row::scenario::{Column, Entity};
        let mut all = listed(organisation, seen_by);
        if let Some(cursor) = &window.cursor {
            let (at, id) = page::instant_cursor(cursor).ok_or(Error::Cursor)?;
            let key = |column: Column| Expr::col((Entity, column));
            let keys = vec![(key(Column::CreatedAt), at.into()), (key(Column::Id), id.into())];
            all = all.add(page::beyond(window, true, keys));
        }
        let direction = page::order(window, true);
        let found = Entity::find()
            .filter(all)
            .order_by(Column::CreatedAt, direction.clone())
            .order_by(Column::Id, direction)
            .limit(page::limit(window))
            .all(&self.connection)
            .await?;
        let read = |row: row::scenario::Model| {
            let cursor = format!("{}~{}", row.created_at.timestamp_micros(), row.id);
            Ok((cursor, read(row)?))
        };
        let found = found.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, found))
    }

    /// How many of them there are.
    pub async fn count_scenarios(&self, organisation: OrganisationId, seen_by: PersonId) -> Result<u64> {
        Ok(row::scenario::Entity::find()
            .filter(listed(organisation, seen_by))
            .count(&self.connection)
            .await?)
    }
}

/// Those of an organisation that this person sees.
fn listed(organisation: OrganisationId, seen_by: PersonId) -> Condition {
    use row::scenario::Column;
    Condition::all()
        .add(Column::OrganisationId.eq(organisation.uuid()))
        .add(Column::Withdrawn.eq(false))
        .add(Condition::any().add(Column::Shared.eq(true)).add(Column::OwnerId.eq(seen_by.uuid())))
}

fn row_of(scenario: &Scenario) -> Result<row::scenario::Model> {
    let at: DateTime<Utc> = codec::instant(scenario.kept_at);
    Ok(row::scenario::Model {
        id: scenario.id.uuid(),
        organisation_id: scenario.organisation.uuid(),
        owner_id: scenario.owner.uuid(),
        version: i64::from(scenario.version),
        shared: scenario.shared,
        withdrawn: scenario.withdrawn,
        document: codec::text(scenario)?,
        created_at: at,
        updated_at: at,
    })
}

/// The scenario of a row: what stands in a column is the truth, and the document says the rest.
fn read(row: row::scenario::Model) -> Result<Scenario> {
    let kept: Scenario = codec::document("scenario", row.id, row.document.as_bytes())?;
    Ok(Scenario {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        owner: row.owner_id.into(),
        version: codec::count("scenario", row.id, row.version)?,
        shared: row.shared,
        withdrawn: row.withdrawn,
        ..kept
    })
}
