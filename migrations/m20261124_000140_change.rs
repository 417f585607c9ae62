//! What each event changed of its case, so that a case is rebuilt from its events.
//!
//! An event says in its payload by which digest its change is known; the change itself, which tells what not everybody who
//! reads of the event may read, stands beside it. A chain has the digest of the case as its events tell it, so that the next one
//! tells what changed since; where that is not how the case stood, or nothing was told, it tells all of the case.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::column::{digest, optional, text};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let change = Table::alter().table("event").add_column(optional(text("change"))).take();
        manager.alter_table(change).await?;
        let told = Table::alter().table("chain").add_column(optional(digest("told_sha256"))).take();
        manager.alter_table(told).await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            manager.get_connection().execute_unprepared(COMPRESS).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// As the other documents are; a server that was built without LZ4 goes on as it does.
const COMPRESS: &str = "DO $$
BEGIN
  ALTER TABLE event ALTER COLUMN change SET COMPRESSION lz4;
  ALTER TABLE chain ALTER COLUMN told_sha256 SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$";
