//! Addresses that mail does not reach: since when, and why.

use sea_orm_migration::prelude::*;

use crate::column::{instant, optional, text};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["person", "contact"] {
            for column in [optional(instant("address_failed_at")), optional(text("address_failure"))] {
                manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
            }
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
