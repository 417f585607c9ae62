//! Published definitions: forms, workflows, groups, scales, rules. Immutable once published.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, digest, instant, number, optional, text, uuid, word};

creates! {
    NewTable::new("definition", vec![
        uuid("id"),
        optional(uuid("organisation_id")),
        text("owner"),
        word("kind", &["form", "workflow", "groups", "scale", "rule"]),
        text("key"),
        number("version"),
        text("document"),
        digest("sha256"),
        instant("published_at"),
        instant("created_at"),
    ])
    .key(["id"])
    // NULLs are all different to a unique, so `owner` spells the organisation or is empty for shipped ones.
    .unique(["owner", "kind", "key", "version"])
    .refers("organisation_id", "organisation", Cascade)
    .index(["organisation_id"])
    .index(["kind", "key", "version"]),
}
