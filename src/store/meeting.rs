//! Meetings of standing panels.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::{Error, Reader, Result, Tx, codec, row};
use crate::domain::{
    id::{Identifier, MeetingId, PanelId},
    meeting::Meeting,
};

impl Tx {
    /// The meeting, which does not change until the transaction ends.
    pub async fn meeting(&mut self, id: MeetingId) -> Result<Option<Meeting>> {
        let found =
            row::meeting::Entity::find_by_id(id.uuid()).lock_exclusive().one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// Adds a meeting.
    pub async fn add_meeting(&mut self, meeting: &Meeting, at: DateTime<Utc>) -> Result<()> {
        row::meeting::Entity::insert(row_of(meeting, at)?.into_active_model())
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }

    /// Saves a meeting that stood at the version `expected`.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it does not any more.
    pub async fn save_meeting(&mut self, meeting: &Meeting, expected: u32, at: DateTime<Utc>) -> Result<()> {
        use row::meeting::{Column, Entity};
        let mut columns = row_of(meeting, at)?.into_active_model().reset_all();
        columns.id = ActiveValue::NotSet;
        columns.created_at = ActiveValue::NotSet;
        let saved = Entity::update_many()
            .set(columns)
            .filter(Column::Id.eq(meeting.id.uuid()))
            .filter(Column::Version.eq(i64::from(expected)))
            .exec(&self.connection)
            .await?;
        if saved.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }
}

impl Reader<'_> {
    /// The meeting.
    pub async fn meeting(&self, id: MeetingId) -> Result<Option<Meeting>> {
        let found = row::meeting::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        found.map(read).transpose()
    }

    /// The meetings of a panel from a day on, the first first; cancelled ones too.
    pub async fn meetings_from(&self, panel: PanelId, from: NaiveDate, most: u64) -> Result<Vec<Meeting>> {
        use row::meeting::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PanelId.eq(panel.uuid()))
            .filter(Column::Day.gte(from))
            .order_by_asc(Column::Day)
            .order_by_asc(Column::Id)
            .limit(most)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// The meetings of a panel before a day, the last first; cancelled ones too.
    pub async fn meetings_before(&self, panel: PanelId, day: NaiveDate, most: u64) -> Result<Vec<Meeting>> {
        use row::meeting::{Column, Entity};
        let found = Entity::find()
            .filter(Column::PanelId.eq(panel.uuid()))
            .filter(Column::Day.lt(day))
            .order_by_desc(Column::Day)
            .order_by_desc(Column::Id)
            .limit(most)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }
}

fn row_of(meeting: &Meeting, at: DateTime<Utc>) -> Result<row::meeting::Model> {
    Ok(row::meeting::Model {
        id: meeting.id.uuid(),
        organisation_id: meeting.organisation.uuid(),
        panel_id: meeting.panel.uuid(),
        day: meeting.day,
        cancelled: meeting.cancelled.is_some(),
        version: i64::from(meeting.version),
        document: codec::text(meeting)?,
        created_at: codec::instant(at),
        updated_at: codec::instant(at),
    })
}

/// The meeting of a row: what stands in a column is the truth, and the document says the rest.
fn read(row: row::meeting::Model) -> Result<Meeting> {
    let kept: Meeting = codec::document("meeting", row.id, row.document.as_bytes())?;
    Ok(Meeting {
        id: row.id.into(),
        panel: row.panel_id.into(),
        organisation: row.organisation_id.into(),
        day: row.day,
        version: codec::count("meeting", row.id, row.version)?,
        ..kept
    })
}
