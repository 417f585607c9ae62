//! What happened lately, for whoever waits for it: identifiers only, read from the events of every process.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::{Builder, Uuid};

use super::{Reader, Result, codec, row};
use crate::domain::{
    event::EventKind,
    id::{AssessmentId, EventId, Identifier, OrganisationId},
};

/// That something happened, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stir {
    /// The event.
    pub event: EventId,
    /// The case it is of; `None` for the administration of an organisation.
    pub assessment: Option<AssessmentId>,
    /// Whose chain it is in.
    pub organisation: OrganisationId,
    /// Its kind.
    pub kind: EventKind,
}

/// The first identifier that could have been made at this instant: they are in the order of their instants.
#[must_use]
pub fn from(at: DateTime<Utc>) -> EventId {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    EventId::from(Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid())
}

impl Reader<'_> {
    /// The events after an identifier in the order of theirs, at most so many. One whose transaction took longer than
    /// another's may appear behind it later, so whoever reads on looks back a while.
    pub async fn stirs(&self, after: EventId, most: u64) -> Result<Vec<Stir>> {
        use row::event::Column;
        let found: Vec<(Uuid, Option<Uuid>, Uuid, String)> = row::event::Entity::find()
            .select_only()
            .columns([Column::Id, Column::AssessmentId, Column::OrganisationId, Column::Kind])
            .filter(Column::Id.gt(after.uuid()))
            .order_by_asc(Column::Id)
            .limit(most)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let read = |(id, assessment, organisation, kind): (Uuid, Option<Uuid>, Uuid, String)| {
            Ok(Stir {
                event: id.into(),
                assessment: assessment.map(AssessmentId::from),
                organisation: organisation.into(),
                kind: codec::word!(EventKind, "event", id, &kind)?,
            })
        };
        found.into_iter().map(read).collect()
    }

    /// The organisations that any of these cases is shared with.
    pub async fn shared_with(&self, ids: &BTreeSet<AssessmentId>) -> Result<BTreeSet<OrganisationId>> {
        use row::assessment_share::Column;
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let found: Vec<Uuid> = row::assessment_share::Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .distinct()
            .filter(Column::AssessmentId.is_in(ids.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(OrganisationId::from).collect())
    }
}
