//! The cases of an organisation that everybody there may read, in a state, in the order in which lists show them: who asks
//! for a state that is not for them finds at once that there is none.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The query builder has no word for an index of some rows.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX index_assessment_published ON assessment (organisation_id, state, updated_at, id)
                WHERE phase IN ('approved', 'decided', 'closed')",
            )
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
