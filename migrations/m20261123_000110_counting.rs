//! By which way of counting groups a row of the ledger was made.
//!
//! Impacts once counted for no more than the groups they name; they count for those that these lie within, too. Rows that say
//! nothing here are put right by the store once this step is applied, and have an index of their own until then.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::column::{number, optional};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("risk_ledger").add_column(optional(number("counting"))).take();
        manager.alter_table(add).await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX index_risk_ledger_uncounted ON risk_ledger (assessment_id, number) WHERE counting IS NULL",
            )
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
