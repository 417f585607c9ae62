//! Meetings of standing panels: when they are, and the document that says where, of whom and about what.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, date, flag, instant, number, text, uuid};

creates! {
    NewTable::new("meeting", vec![
        uuid("id"),
        uuid("organisation_id"),
        uuid("panel_id"),
        date("day"),
        flag("cancelled"),
        number("version"),
        text("document"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("panel_id", "standing_panel", Cascade)
    .index(["panel_id", "day", "id"])
    .index(["organisation_id"]),
}
