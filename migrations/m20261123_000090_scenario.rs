//! What a bundle of decisions would do, kept under a name.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, flag, instant, number, text, uuid};

creates! {
    NewTable::new("scenario", vec![
        uuid("id"),
        uuid("organisation_id"),
        uuid("owner_id"),
        number("version"),
        flag("shared"),
        flag("withdrawn"),
        text("document"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("owner_id", "person", Cascade)
    .index(["organisation_id", "created_at", "id"])
    .index(["owner_id"]),
}
