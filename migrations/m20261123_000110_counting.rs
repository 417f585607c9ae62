//! By which way of counting groups a row of the ledger was made.
//!
//! Impacts once counted for no more than the groups they name; they count for those that these lie within, too. Rows that say
//! nothing here, or another way than the program's, are put right by the store once this step is applied; an index tells at every
//! start whether there are any.

use sea_orm_migration::prelude::*;

use crate::column::{number, optional};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("risk_ledger").add_column(optional(number("counting"))).take();
        manager.alter_table(add).await?;
        let index =
            Index::create().name("index_risk_ledger_counting").table("risk_ledger").col("counting").take();
        manager.create_index(index).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
