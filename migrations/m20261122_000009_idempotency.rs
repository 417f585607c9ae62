//! Commands done once, and the numbers of references.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, digest, instant, number, optional, text, uuid};

creates! {
    NewTable::new("idempotency", vec![
        uuid("person_id"),
        text("operation"),
        text("key"),
        digest("request_sha256"),
        optional(text("outcome")),
        instant("created_at"),
        instant("expires_at"),
    ])
    .key(["person_id", "operation", "key"])
    .refers("person_id", "person", Cascade)
    .index(["expires_at"]),
    NewTable::new("reference_counter", vec![
        uuid("organisation_id"),
        number("year"),
        number("last"),
        instant("created_at"),
    ])
    .key(["organisation_id", "year"])
    .refers("organisation_id", "organisation", Cascade),
}
