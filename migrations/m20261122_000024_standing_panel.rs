//! Standing panels: whose they are, and the document that says who sits on them.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, flag, instant, number, text, uuid};

creates! {
    NewTable::new("standing_panel", vec![
        uuid("id"),
        uuid("organisation_id"),
        text("name"),
        flag("usual"),
        number("version"),
        text("document"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .unique(["organisation_id", "name"])
    .refers("organisation_id", "organisation", Cascade),
}
