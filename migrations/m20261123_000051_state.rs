//! The cases of an organisation that are in a state, in the order in which lists show them.

use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut index = Index::create();
        index.name("index_assessment_organisation_id_state_updated_at_id").table("assessment");
        for column in ["organisation_id", "state", "updated_at", "id"] {
            index.col(column);
        }
        manager.create_index(index.take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
