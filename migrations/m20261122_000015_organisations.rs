//! Reference data: files of NHS organisations, too.

use sea_orm_migration::{
    prelude::*,
    sea_orm::{ConnectionTrait, DbBackend},
};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The query builder has no word for another check.
        let sql = if manager.get_database_backend() == DbBackend::Sqlite { SQLITE } else { POSTGRES };
        for statement in sql {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// A check is part of its table: a table with the new one takes over what the old one has.
const SQLITE: &[&str] = &[
    "CREATE TABLE reference_file_next (
        kind text NOT NULL CHECK (kind IN
            ('areas', 'places', 'former_places', 'mapping', 'deprivation', 'counts', 'organisations')),
        name text NOT NULL,
        version integer NOT NULL,
        file text NOT NULL,
        published date_text,
        source text NOT NULL,
        licence text NOT NULL,
        \"rows\" integer NOT NULL,
        size integer NOT NULL,
        sha256 text NOT NULL,
        bytes blob NOT NULL,
        loaded_at timestamp_with_timezone_text NOT NULL,
        PRIMARY KEY (kind, name, version)
    )",
    "INSERT INTO reference_file_next SELECT * FROM reference_file",
    "DROP TABLE reference_file",
    "ALTER TABLE reference_file_next RENAME TO reference_file",
];

const POSTGRES: &[&str] = &[
    "ALTER TABLE reference_file DROP CONSTRAINT reference_file_kind_check",
    "ALTER TABLE reference_file ADD CONSTRAINT reference_file_kind_check CHECK (kind IN
        ('areas', 'places', 'former_places', 'mapping', 'deprivation', 'counts', 'organisations'))",
];
