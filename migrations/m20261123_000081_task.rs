//! What waits for a person or a role in the order in which it is listed, so that a page is read from its own rows however
//! much waits.

use sea_orm_migration::prelude::*;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for of in [&["person_id"][..], &["organisation_id", "role"]] {
            let columns = || of.iter().chain(&["due_order"]);
            let name = |columns: &[&str]| format!("index_task_{}", columns.join("_"));
            let before: Vec<&str> = columns().copied().collect();
            let after: Vec<&str> = columns().chain(&["assessment_id", "place"]).copied().collect();
            let mut index = Index::create();
            index.name(name(&after)).table("task");
            for column in &after {
                index.col(*column);
            }
            manager.create_index(index.take()).await?;
            manager.drop_index(Index::drop().name(name(&before)).table("task").to_owned()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
