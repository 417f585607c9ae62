//! Systems, organisations and which followed which.

use sea_orm_migration::prelude::ForeignKeyAction::{Cascade, Restrict};

use crate::column::{NewTable, creates, date, instant, optional, text, uuid, word};

creates! {
    NewTable::new("system", vec![uuid("id"), text("name"), instant("created_at")]).key(["id"]).unique(["name"]),
    NewTable::new("organisation", vec![
        uuid("id"),
        optional(uuid("system_id")),
        text("ods_code"),
        text("name"),
        word("kind", &["icb", "trust", "council", "vcse", "other"]),
        optional(date("opened")),
        optional(date("closed")),
        text("settings"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .unique(["ods_code"])
    .refers("system_id", "system", Restrict)
    .index(["system_id"])
    .index(["name", "id"]),
    NewTable::new("organisation_succession", vec![
        uuid("predecessor_id"),
        uuid("successor_id"),
        instant("created_at"),
    ])
    .key(["predecessor_id", "successor_id"])
    .refers("predecessor_id", "organisation", Cascade)
    .refers("successor_id", "organisation", Cascade)
    .index(["successor_id"]),
}
