//! Leave: who is away from when to when, and who stands in; and the roles that are held on a day, one's own and those of
//! whoever one stands in for.

use sea_orm_migration::{
    prelude::{ForeignKeyAction::Cascade, *},
    sea_orm::{ConnectionTrait, DbBackend},
};

use crate::column::{NewTable, date, instant, optional, uuid};

/// This step.
#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        NewTable::new(
            "leave",
            vec![
                uuid("id"),
                uuid("organisation_id"),
                uuid("person_id"),
                optional(uuid("deputy_id")),
                date("first_day"),
                date("last_day"),
                instant("created_at"),
            ],
        )
        .key(["id"])
        .refers("organisation_id", "organisation", Cascade)
        .refers("person_id", "person", Cascade)
        .refers("deputy_id", "person", Cascade)
        .index(["organisation_id", "last_day"])
        .index(["person_id", "last_day"])
        .index(["deputy_id", "last_day"])
        .create(manager)
        .await?;
        let (day, person) = match manager.get_database_backend() {
            DbBackend::Sqlite => ("NULL", "NULL"),
            _ => ("NULL::date", "NULL::uuid"),
        };
        // The query builder has no word for a view. Whoever sits on panels, writes, audits or administers is not stood
        // in for: a seat has its alternate, a case its contributors, and the rest is granted by an administrator.
        let view = format!(
            "CREATE VIEW held_role AS
             SELECT person_id, organisation_id, role, until,
                    {person} AS on_behalf_of, {day} AS first_day, {day} AS last_day
             FROM role_grant
             UNION ALL
             SELECT l.deputy_id, g.organisation_id, g.role, g.until, l.person_id, l.first_day, l.last_day
             FROM leave l
             JOIN role_grant g ON g.person_id = l.person_id AND g.organisation_id = l.organisation_id
             WHERE l.deputy_id IS NOT NULL
               AND g.role IN ('equality_lead', 'panel_chair', 'panel_secretary', 'decision_maker', 'governance')"
        );
        manager.get_connection().execute_unprepared(&view).await.map(drop)
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
