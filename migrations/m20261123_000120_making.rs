//! Who makes an organisation's roll-up, and until when it is theirs: one at a time, and the next when that ran out.

use sea_orm_migration::prelude::*;

use crate::column::{instant, optional, text};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [optional(text("maker")), optional(instant("made_until"))] {
            let add = Table::alter().table("risk_rollup_state").add_column(column).take();
            manager.alter_table(add).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
