//! What partners propose.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};

use super::{Error, Reader, Result, Tx, codec, page, row};
use crate::domain::{
    id::{Identifier, OrganisationId, PartnerProposalId},
    page::{Page, Window},
    partner::PartnerProposal,
};

impl Tx {
    /// The proposal, which does not change until the transaction ends.
    pub async fn partner_proposal(&mut self, id: PartnerProposalId) -> Result<Option<PartnerProposal>> {
        let found = row::partner_proposal::Entity::find_by_id(id.uuid())
            .lock_exclusive()
            .one(&self.connection)
            .await?;
        found.map(read).transpose()
    }

    /// Adds a proposal.
    pub async fn add_partner_proposal(&mut self, proposal: &PartnerProposal) -> Result<()> {
        row::partner_proposal::Entity::insert(row_of(proposal)?.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Saves a proposal that stood at the version `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not any more.
    pub async fn save_partner_proposal(&mut self, proposal: &PartnerProposal, expected: u32) -> Result<()> {
        use row::partner_proposal::{Column, Entity};
        let mut columns = row_of(proposal)?.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        columns.created_at = ActiveValue::NotSet;
        let saved = Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(proposal.id.uuid()))
            .filter(Column::Version.eq(i64::from(expected)))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Reader<'_> {
    /// The proposal.
    pub async fn partner_proposal(&self, id: PartnerProposalId) -> Result<Option<PartnerProposal>> {
        let found = row::partner_proposal::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// A page of what is recorded in an organisation, the oldest first, dropped proposals too; each with its cursor.
    ///
    /// # Errors
    /// [`Error::Cursor`] when the window's cursor is not one of this list.
    pub async fn list_partner_proposals(
        &self,
        organisation: OrganisationId,
        window: &Window,
    ) -> Result<Page<(String, PartnerProposal)>> {
        use row::partner_proposal::{Column, Entity};
        let mut all = Condition::all().add(Column::OrganisationId.eq(organisation.uuid()));
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
        let read = |row: row::partner_proposal::Model| {
            let cursor = format!("{}~{}", row.created_at.timestamp_micros(), row.id);
            Ok((cursor, read(row)?))
        };
        let found = found.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, found))
    }

    /// How many are recorded in an organisation.
    pub async fn count_partner_proposals(&self, organisation: OrganisationId) -> Result<u64> {
        use row::partner_proposal::{Column, Entity};
        let all = Entity::find().filter(Column::OrganisationId.eq(organisation.uuid()));
        Ok(all.count(&self.connection).await?)
    }

    /// What partners of these organisations propose, the oldest first: what was not dropped and counts on that day; without
    /// a day all that was not dropped.
    pub async fn partner_proposals_of(
        &self,
        organisations: &[OrganisationId],
        live_on: Option<NaiveDate>,
    ) -> Result<Vec<PartnerProposal>> {
        use row::partner_proposal::{Column, Entity};
        let organisations = organisations.iter().map(|id| id.uuid());
        let mut all = Condition::all()
            .add(Column::OrganisationId.is_in(organisations))
            .add(Column::Withdrawn.eq(false));
        if let Some(day) = live_on {
            all = all
                .add(Condition::any().add(Column::FirstDay.is_null()).add(Column::FirstDay.lte(day)))
                .add(Condition::any().add(Column::LastDay.is_null()).add(Column::LastDay.gte(day)));
        }
        let found = Entity::find()
            .filter(all)
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }
}

fn row_of(proposal: &PartnerProposal) -> Result<row::partner_proposal::Model> {
    let at: DateTime<Utc> = codec::instant(proposal.recorded_at);
    Ok(row::partner_proposal::Model {
        id: proposal.id.uuid(),
        organisation_id: proposal.organisation.uuid(),
        version: i64::from(proposal.version),
        withdrawn: proposal.withdrawn,
        first_day: proposal.from,
        last_day: proposal.to,
        document: codec::text(proposal)?,
        created_at: at,
        updated_at: at,
    })
}

/// The proposal of a row: what stands in a column is the truth, and the document says the rest.
fn read(row: row::partner_proposal::Model) -> Result<PartnerProposal> {
    let kept: PartnerProposal = codec::document("partner_proposal", row.id, row.document.as_bytes())?;
    Ok(PartnerProposal {
        id: row.id.into(),
        organisation: row.organisation_id.into(),
        version: codec::count("partner_proposal", row.id, row.version)?,
        withdrawn: row.withdrawn,
        from: row.first_day,
        to: row.last_day,
        ..kept
    })
}
