//! Files kept with cases, their bytes once by digest.

use sea_orm_migration::prelude::ForeignKeyAction::Restrict;

use crate::column::{NewTable, bytes, creates, digest, instant, number, text, uuid};

creates! {
    NewTable::new("blob", vec![digest("sha256"), bytes("bytes"), number("size"), instant("created_at")])
        .key(["sha256"]),
    NewTable::new("attachment", vec![
        uuid("id"),
        uuid("organisation_id"),
        uuid("assessment_id"),
        digest("sha256"),
        text("name"),
        text("media_type"),
        number("size"),
        uuid("by"),
        instant("at"),
    ])
    .key(["id"])
    .refers("assessment_id", "assessment", Restrict)
    .refers_to("sha256", "blob", "sha256", Restrict)
    .index(["assessment_id", "at", "id"])
    .index(["sha256"])
    .index(["organisation_id"]),
}
