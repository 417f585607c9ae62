//! What every interdependency rests on, where its partner confirms it, so that what the partner says in one case finds the others
//! that rest on the same. The store writes the rows of cases that were there before.

use sea_orm_migration::{prelude::ForeignKeyAction::Cascade, prelude::*};

use crate::column::{NewTable, digest, optional, uuid};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::new(
            "interdependency",
            vec![
                uuid("assessment_id"),
                uuid("interdependency_id"),
                uuid("organisation_id"),
                optional(digest("rests_on")),
            ],
        )
        .key(["assessment_id", "interdependency_id"])
        .refers("assessment_id", "assessment", Cascade)
        .index(["rests_on"])
        .create(manager)
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
