//! The next day on which somebody is to be told of something due in a case: derived from the case and its workflow, for
//! the worker to find. What there is already is looked at once, whenever the worker comes to it.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::column::{date, optional};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional(date("remind_on"));
        manager.alter_table(Table::alter().table("assessment").add_column(column).take()).await?;
        let long_ago = sea_orm_migration::sea_orm::prelude::Date::default();
        let fill = Query::update().table("assessment").value("remind_on", long_ago).take();
        manager.get_connection().execute(&fill).await?;
        let mut index = Index::create();
        index.name("index_assessment_remind_on_id").table("assessment").col("remind_on").col("id");
        manager.create_index(index.take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
