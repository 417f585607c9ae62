//! The database's history: one file a step, named for its noun, never edited once landed.
//!
//! Steps only add (expand, then contract in a later release); every step runs in one transaction on either
//! database. `seaql_migrations` keeps the names of those applied; the store refuses a database that knows a name
//! which is not in this list.

use sea_orm_migration::{
    MigrationTrait, MigratorTrait, SchemaManager, async_trait,
    sea_orm::{ConnectionTrait, DatabaseConnection, DbErr},
    sea_query::{Alias, Order, Query},
};

mod column;
mod m20261122_000001_organisation;
mod m20261122_000002_person;
mod m20261122_000003_session;
mod m20261122_000004_definition;
mod m20261122_000005_assessment;
mod m20261122_000006_projection;
mod m20261122_000007_event;
mod m20261122_000008_outbox;
mod m20261122_000009_idempotency;
mod m20261122_000010_attachment;
mod m20261122_000011_clock;
mod m20261122_000012_reference;
mod m20261122_000013_search;
mod m20261122_000015_organisations;
mod m20261122_000021_daily_mail;
mod m20261122_000022_remind;
mod m20261122_000023_address;
mod m20261122_000024_standing_panel;
mod m20261122_000025_meeting;
mod m20261122_000026_reexamination;
mod m20261122_000027_finding;
mod m20261122_000030_condition_link;
mod m20261122_000034_leave;
mod m20261123_000040_risk;
mod m20261123_000045_registered_decision;
mod m20261123_000046_partner_proposal;
mod m20261123_000050_screening;
mod m20261123_000051_state;
mod m20261123_000060_packed;
mod m20261123_000080_published;
mod m20261123_000081_task;
mod m20261123_000090_scenario;
mod m20261123_000110_counting;
mod m20261123_000120_making;
mod m20261123_000121_interdependency;
mod m20261123_000131_derivation;
mod m20261123_000132_compression;
mod m20261124_000140_change;

/// All steps, in order.
#[derive(Debug)]
struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_organisation::Migration),
            Box::new(m20261122_000002_person::Migration),
            Box::new(m20261122_000003_session::Migration),
            Box::new(m20261122_000004_definition::Migration),
            Box::new(m20261122_000005_assessment::Migration),
            Box::new(m20261122_000006_projection::Migration),
            Box::new(m20261122_000007_event::Migration),
            Box::new(m20261122_000008_outbox::Migration),
            Box::new(m20261122_000009_idempotency::Migration),
            Box::new(m20261122_000010_attachment::Migration),
            Box::new(m20261122_000011_clock::Migration),
            Box::new(m20261122_000012_reference::Migration),
            Box::new(m20261122_000013_search::Migration),
            Box::new(m20261122_000015_organisations::Migration),
            Box::new(m20261122_000021_daily_mail::Migration),
            Box::new(m20261122_000022_remind::Migration),
            Box::new(m20261122_000023_address::Migration),
            Box::new(m20261122_000024_standing_panel::Migration),
            Box::new(m20261122_000025_meeting::Migration),
            Box::new(m20261122_000026_reexamination::Migration),
            Box::new(m20261122_000027_finding::Migration),
            Box::new(m20261122_000030_condition_link::Migration),
            Box::new(m20261122_000034_leave::Migration),
            Box::new(m20261123_000040_risk::Migration),
            Box::new(m20261123_000045_registered_decision::Migration),
            Box::new(m20261123_000046_partner_proposal::Migration),
            Box::new(m20261123_000050_screening::Migration),
            Box::new(m20261123_000051_state::Migration),
            Box::new(m20261123_000060_packed::Migration),
            Box::new(m20261123_000080_published::Migration),
            Box::new(m20261123_000081_task::Migration),
            Box::new(m20261123_000090_scenario::Migration),
            Box::new(m20261123_000110_counting::Migration),
            Box::new(m20261123_000120_making::Migration),
            Box::new(m20261123_000121_interdependency::Migration),
            Box::new(m20261123_000131_derivation::Migration),
            Box::new(m20261123_000132_compression::Migration),
            Box::new(m20261124_000140_change::Migration),
        ]
    }
}

/// The names of all steps, in order.
#[must_use]
pub fn names() -> Vec<String> {
    Migrator::migrations().iter().map(|step| step.name().to_owned()).collect()
}

/// Applies every step that is pending.
pub async fn apply(database: &DatabaseConnection) -> Result<(), DbErr> {
    Migrator::up(database, None).await
}

/// The names of the steps that were applied, in order, known here or not; changes nothing.
pub async fn applied(database: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    if !SchemaManager::new(database).has_table("seaql_migrations").await? {
        return Ok(Vec::new());
    }
    let version = Alias::new("version");
    let query = Query::select()
        .column(version.clone())
        .from(Alias::new("seaql_migrations"))
        .order_by(version, Order::Asc)
        .take();
    database.query_all(&query).await?.iter().map(|row| row.try_get("", "version")).collect()
}
