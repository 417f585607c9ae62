//! The days on which something of a screening was said or drawn, so that a period is counted without reading every case.

use sea_orm_migration::{prelude::ForeignKeyAction::Cascade, prelude::*};

use crate::column::{NewTable, date, uuid};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::new("screening_day", vec![uuid("assessment_id"), date("day"), uuid("organisation_id")])
            .key(["assessment_id", "day"])
            .refers("assessment_id", "assessment", Cascade)
            .index(["organisation_id", "day", "assessment_id"])
            .create(manager)
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
