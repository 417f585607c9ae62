//! Standing panels.

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, sea_query::Expr,
};

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{Identifier, OrganisationId, PanelId},
    panel::StandingPanel,
};

impl Tx {
    /// The panel, which does not change until the transaction ends.
    pub async fn standing_panel(&mut self, id: PanelId) -> Result<Option<StandingPanel>> {
        let found =
            row::standing_panel::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// Adds a panel.
    ///
    /// # Errors
    /// [`Error::Unique`] `unique_standing_panel_organisation_id_name` when the organisation has one of that name.
    pub async fn add_panel(&mut self, panel: &StandingPanel, at: DateTime<Utc>) -> Result<()> {
        row::standing_panel::Entity::insert(row_of(panel, at)?.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Saves a panel that stood at the version `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not any more.
    pub async fn save_panel(
        &mut self,
        panel: &StandingPanel,
        expected: u32,
        at: DateTime<Utc>,
    ) -> Result<()> {
        use row::standing_panel::{Column, Entity};
        let mut columns = row_of(panel, at)?.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        columns.created_at = ActiveValue::NotSet;
        let saved = Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(panel.id.uuid()))
            .filter(Column::Version.eq(i64::from(expected)))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// Lets no other panel of the organisation be the usual one.
    pub async fn only_usual(&mut self, organisation: OrganisationId, panel: PanelId) -> Result<()> {
        use row::standing_panel::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::Usual, Expr::value(false))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Id.ne(panel.uuid()))
            .exec(&self.connection)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The panel.
    pub async fn standing_panel(&self, id: PanelId) -> Result<Option<StandingPanel>> {
        let found = row::standing_panel::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The panels of an organisation, by name.
    pub async fn standing_panels(&self, organisation: OrganisationId) -> Result<Vec<StandingPanel>> {
        use row::standing_panel::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .order_by_asc(Column::Name)
            .order_by_asc(Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The panel of an organisation that judges what is submitted without one.
    pub async fn usual_panel(&self, organisation: OrganisationId) -> Result<Option<StandingPanel>> {
        use row::standing_panel::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Usual.eq(true))
            .order_by_asc(Column::Id)
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }
}

fn row_of(panel: &StandingPanel, at: DateTime<Utc>) -> Result<row::standing_panel::Model> {
    Ok(row::standing_panel::Model {
        id: panel.id.uuid(),
        organisation_id: panel.organisation.uuid(),
        name: panel.name.clone(),
        usual: panel.usual,
        version: i64::from(panel.version),
        document: codec::text(panel)?,
        created_at: codec::instant(at),
        updated_at: codec::instant(at),
    })
}

/// The panel of a row: what stands in a column is the truth, and the document says the rest.
fn read(row: row::standing_panel::Model) -> Result<StandingPanel> {
    let kept: StandingPanel = codec::document("standing_panel", row.id, row.document.as_bytes())?;
    Ok(StandingPanel {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        version: codec::count("standing_panel", row.id, row.version)?,
        usual: row.usual,
        name: row.name,
        ..kept
    })
}
