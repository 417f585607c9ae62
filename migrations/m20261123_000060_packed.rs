//! The ledger packed, and the roll-up told by the page.
//!
//! What a case contributes is kept in few bytes beside the document that rows had before, which the store packs once this
//! step is applied; when the change touches people stands in columns, so that rows of other days are not read. Rows that
//! wait to be rolled up, of which there are few, have an index of their own. Roll-ups are made anew: they are counted
//! otherwise.

use sea_orm_migration::{
    prelude::{ForeignKeyAction::Cascade, *},
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::column::{NewTable, bytes, date, number, optional, text, uuid, word};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in
            [optional(bytes("packed")), optional(date("effective_from")), optional(date("effective_to"))]
        {
            let add = Table::alter().table("risk_ledger").add_column(column).take();
            manager.alter_table(add).await?;
        }
        let add = Table::alter().table("risk_rollup_state").add_column(optional(number("generation"))).take();
        manager.alter_table(add).await?;
        let mut every = Index::drop();
        every.name("index_risk_ledger_fold_organisation_id").table("risk_ledger");
        manager.drop_index(every).await?;
        // The words are those of `Rows::Unfolded`: a database uses an index of some rows where it is asked for just these.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX index_risk_ledger_unfolded ON risk_ledger (organisation_id, assessment_id, number) \
                 WHERE fold IN ('add', 'out')",
            )
            .await?;
        NewTable::new(
            "risk_page",
            vec![
                uuid("organisation_id"),
                word("standpoint", &["draft", "pending", "proceeding", "stopped"]),
                text("scale"),
                text("district"),
                bytes("page"),
            ],
        )
        .key(["organisation_id", "standpoint", "district", "scale"])
        .refers("organisation_id", "organisation", Cascade)
        .create(manager)
        .await?;
        if manager.get_database_backend() == DbBackend::Postgres {
            // Pages are packed already, and read as a whole.
            let plain = "ALTER TABLE risk_page ALTER COLUMN page SET STORAGE EXTERNAL";
            manager.get_connection().execute_unprepared(plain).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
