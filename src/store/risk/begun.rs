//! Since when something is on record, and how cases were first sent on.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::Selection;
use crate::{
    domain::id::{AssessmentId, Identifier},
    store::{Reader, Result, record, row},
};

impl Reader<'_> {
    /// When the first of the cases of a selection came into the ledger; `None` while there is none.
    pub async fn ledger_begun(&self, selection: &Selection) -> Result<Option<DateTime<Utc>>> {
        use row::risk_ledger::{Column, Entity};
        let mut begun: Option<DateTime<Utc>> = None;
        for part in selection.parts(Column::OrganisationId, Column::AssessmentId) {
            let first: Option<DateTime<Utc>> = Entity::find()
                .select_only()
                .column(Column::ValidFrom)
                .filter(part)
                .order_by_asc(Column::ValidFrom)
                .limit(1)
                .into_tuple()
                .one(&self.connection)
                .await?;
            begun = begun.into_iter().chain(first).min();
        }
        Ok(begun)
    }

    /// The content with which cases were first sent on: their first revision, which is frozen then. Cases that never were are not
    /// among them.
    pub async fn first_revisions(
        &self,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, record::Revision>> {
        use row::revision::{Column, Entity};
        let found = Entity::find()
            .filter(Column::AssessmentId.is_in(ids.iter().map(|id| id.uuid())))
            .filter(Column::Number.eq(1_i64))
            .all(&self.connection)
            .await?;
        let read = found.into_iter().map(record::read);
        read.map(|one| one.map(|one| (one.assessment, one))).collect()
    }
}
