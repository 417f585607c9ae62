//! What people want to hear by mail and when, what waits for their daily digest, and who was written to on which day.

use sea_orm_migration::prelude::{ForeignKeyAction::Cascade, *};

use crate::column::{NewTable, date, instant, number, optional, text, uuid, word};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [
            ("person", optional(text("mail_preferences"))),
            ("person", optional(number("digest_hour"))),
            ("outbox_message", optional(instant("held_at"))),
            ("outbox_message", optional(uuid("digest_id"))),
        ];
        for (table, column) in columns {
            manager.alter_table(Table::alter().table(table).add_column(column).take()).await?;
        }
        for columns in [&["recipient_id", "created_at"][..], &["digest_id"]] {
            let mut index = Index::create();
            index.name(format!("index_outbox_message_{}", columns.join("_"))).table("outbox_message");
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index.take()).await?;
        }
        NewTable::new(
            "daily_mail",
            vec![
                uuid("person_id"),
                word("kind", &["daily_digest", "address_failed"]),
                date("day"),
                optional(uuid("outbox_id")),
                instant("created_at"),
            ],
        )
        .key(["person_id", "kind", "day"])
        .refers("person_id", "person", Cascade)
        .index(["day"])
        .create(manager)
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
