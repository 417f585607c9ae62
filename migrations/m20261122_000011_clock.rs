//! The next day whose passing is to be announced of a case: derived from its process, for the worker to find.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use sea_orm_migration::{
    prelude::*,
    sea_orm::{
        ConnectionTrait,
        prelude::{Date, Uuid},
    },
};
use serde_json::Value;

use crate::column::{date, optional};

/// Cases read at once.
const CASES: u64 = 100;
/// Largest document that is unpacked, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = optional(date("clock_due"));
        manager.alter_table(Table::alter().table("assessment").add_column(column).take()).await?;
        fill(manager.get_connection()).await?;
        let mut index = Index::create();
        index.name("index_assessment_clock_due_id").table("assessment").col("clock_due").col("id");
        manager.create_index(index.take()).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Derives the day of every case there is. One whose process cannot be read has none: the audit names it.
async fn fill(connection: &SchemaManagerConnection<'_>) -> Result<(), DbErr> {
    let mut last: Option<Uuid> = None;
    loop {
        let mut page = Query::select();
        page.columns(["id", "process"]).from("assessment").order_by("id", Order::Asc).limit(CASES);
        if let Some(last) = last {
            page.and_where(Expr::col("id").gt(last));
        }
        let rows = connection.query_all(&page).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let id: Uuid = row.try_get("", "id")?;
            last = Some(id);
            let process: Vec<u8> = row.try_get("", "process")?;
            let Some(due) = unpacked(&process).as_ref().and_then(due) else { continue };
            let mut update = Query::update();
            update.table("assessment").value("clock_due", due).and_where(Expr::col("id").eq(id));
            connection.execute(&update).await?;
        }
    }
}

fn unpacked(process: &[u8]) -> Option<Value> {
    let mut text = Vec::new();
    ZlibDecoder::new(process).take(LARGEST).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The earliest day of a running clock that was not announced.
fn due(process: &Value) -> Option<Date> {
    let day = |of: &Value| of.as_str().and_then(|day| day.parse().ok());
    let clocks = process["clocks"].as_object().into_iter().flat_map(serde_json::Map::values);
    let running = clocks.filter(|clock| clock["announced"] != Value::Bool(true));
    running.filter_map(|clock| day(&clock["due"])).min()
}
