//! The day by which an open re-examination of a case must be judged, for lists and stubs: derived from the case. Of the
//! cases there are already, the tasks tell: whoever is to judge has one.

use sea_orm_migration::{prelude::*, sea_orm::ConnectionTrait};

use crate::column::{date, optional};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional(date("reexamination_due"));
        manager.alter_table(Table::alter().table("assessment").add_column(column).take()).await?;
        let due = Query::select()
            .expr(Func::min(Expr::col(("task", "due"))))
            .from("task")
            .and_where(Expr::col(("task", "assessment_id")).equals(("assessment", "id")))
            .and_where(Expr::col(("task", "kind")).eq("JUDGE_MATERIALITY"))
            .take();
        let due = Expr::SubQuery(None, Box::new(due.into()));
        let fill = Query::update().table("assessment").value("reexamination_due", due).take();
        manager.get_connection().execute(&fill).await?;
        let mut index = Index::create();
        index.name("index_assessment_reexamination_due").table("assessment").col("reexamination_due");
        manager.create_index(index.take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
