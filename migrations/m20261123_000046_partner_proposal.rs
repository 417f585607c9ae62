//! What partners propose without an assessment here.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, date, flag, instant, number, optional, text, uuid};

creates! {
    NewTable::new("partner_proposal", vec![
        uuid("id"),
        uuid("organisation_id"),
        number("version"),
        flag("withdrawn"),
        optional(date("first_day")),
        optional(date("last_day")),
        text("document"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .index(["organisation_id", "created_at", "id"]),
}
