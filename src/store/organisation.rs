//! Organisations, their systems and which followed which.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{Identifier, OrganisationId, SystemId},
    organisation::{Organisation, OrganisationKind},
    settings::Settings,
};

/// A system of organisations (an ICS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// Its identifier.
    pub id: SystemId,
    /// What it is called.
    pub name: String,
}

/// One organisation followed another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Succession {
    /// The one that was.
    pub predecessor: OrganisationId,
    /// The one that followed.
    pub successor: OrganisationId,
}

impl Tx {
    /// Adds a system.
    pub async fn add_system(&mut self, system: &System, at: DateTime<Utc>) -> Result<()> {
        let row = row::system::Model {
            id: system.id.uuid(),
            name: system.name.clone(),
            created_at: codec::instant(at),
        };
        row::system::Entity::insert(row.into_active_model()).exec_without_returning(&self.connection).await?;
        Ok(())
    }

    /// Adds an organisation.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_organisation_ods_code` when the code is taken.
    pub async fn add_organisation(&mut self, organisation: &Organisation, at: DateTime<Utc>) -> Result<()> {
        row::organisation::Entity::insert(row_of(organisation, at)?.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Saves an organisation that exists.
    pub async fn save_organisation(&mut self, organisation: &Organisation, at: DateTime<Utc>) -> Result<()> {
        let mut columns = row_of(organisation, at)?.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        columns.created_at = ActiveValue::NotSet;
        let saved = row::organisation::Entity::update_many()
            .set(columns)
            .filter(row::organisation::Column::Id.eq(organisation.id.uuid()))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The settings of an organisation, which do not change until the transaction ends.
    pub async fn settings(&mut self, id: OrganisationId) -> Result<Option<Settings>> {
        let found =
            row::organisation::Entity::find_by_id(id.uuid()).lock_shared().one(&self.connection).await?;
        Ok(found.map(read).transpose()?.map(|organisation| organisation.settings))
    }

    /// Records that one organisation followed another.
    pub async fn add_succession(&mut self, succession: Succession, at: DateTime<Utc>) -> Result<()> {
        let row = row::organisation_succession::Model {
            predecessor_id: succession.predecessor.uuid(),
            successor_id: succession.successor.uuid(),
            created_at: codec::instant(at),
        };
        row::organisation_succession::Entity::insert(row.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The organisation.
    pub async fn organisation(&self, id: OrganisationId) -> Result<Option<Organisation>> {
        let found = row::organisation::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The organisation with this ODS code.
    pub async fn organisation_by_ods_code(&self, ods_code: &str) -> Result<Option<Organisation>> {
        // PostgreSQL keeps no such text, and does not even compare with it.
        if ods_code.contains('\0') {
            return Ok(None);
        }
        let found = row::organisation::Entity::find()
            .filter(row::organisation::Column::OdsCode.eq(ods_code))
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// The organisations with these identifiers, in no order.
    pub async fn organisations(&self, ids: &[OrganisationId]) -> Result<Vec<Organisation>> {
        let found = row::organisation::Entity::find()
            .filter(row::organisation::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// All organisations, by name.
    pub async fn all_organisations(&self) -> Result<Vec<Organisation>> {
        let found = row::organisation::Entity::find()
            .order_by_asc(row::organisation::Column::Name)
            .order_by_asc(row::organisation::Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The organisations of a system, by name.
    pub async fn organisations_of_system(&self, system: SystemId) -> Result<Vec<Organisation>> {
        let found = row::organisation::Entity::find()
            .filter(row::organisation::Column::SystemId.eq(system.uuid()))
            .order_by_asc(row::organisation::Column::Name)
            .order_by_asc(row::organisation::Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// All systems, by name.
    pub async fn systems(&self) -> Result<Vec<System>> {
        let found =
            row::system::Entity::find().order_by_asc(row::system::Column::Name).all(&self.connection).await?;
        Ok(found.into_iter().map(|row| System { id: row.id.into(), name: row.name }).collect())
    }

    /// Which organisations these followed, and which followed them.
    pub async fn successions(&self, of: &[OrganisationId]) -> Result<Vec<Succession>> {
        use row::organisation_succession::{Column, Entity};
        let ids: Vec<Uuid> = of.iter().map(|id| id.uuid()).collect();
        let found = Entity::find()
            .filter(
                Condition::any()
                    .add(Column::PredecessorId.is_in(ids.clone()))
                    .add(Column::SuccessorId.is_in(ids)),
            )
            .all(&self.connection)
            .await?;
        Ok(found
            .into_iter()
            .map(|row| Succession {
                predecessor: row.predecessor_id.into(),
                successor: row.successor_id.into(),
            })
            .collect())
    }
}

fn row_of(organisation: &Organisation, at: DateTime<Utc>) -> Result<row::organisation::Model> {
    Ok(row::organisation::Model {
        id: organisation.id.uuid(),
        system_id: organisation.system.map(Identifier::uuid),
        ods_code: organisation.ods_code.clone(),
        name: organisation.name.clone(),
        kind: organisation.kind.to_sql(),
        opened: organisation.opened,
        closed: organisation.closed,
        settings: codec::text(&organisation.settings)?,
        created_at: codec::instant(at),
        updated_at: codec::instant(at),
    })
}

fn read(row: row::organisation::Model) -> Result<Organisation> {
    Ok(Organisation {
        id: row.id.into(),
        system: row.system_id.map(SystemId::from),
        kind: codec::word!(OrganisationKind, "organisation", row.id, &row.kind)?,
        settings: codec::document("organisation", row.id, row.settings.as_bytes())?,
        ods_code: row.ods_code,
        name: row.name,
        opened: row.opened,
        closed: row.closed,
    })
}
