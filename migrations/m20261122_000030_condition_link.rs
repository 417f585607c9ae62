//! Links by which people without an account report on a condition or verify it: each for one person, one condition, one act.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, digest, instant, optional, uuid, word};

creates! {
    NewTable::new("condition_link", vec![
        digest("token_sha256"),
        uuid("organisation_id"),
        uuid("assessment_id"),
        uuid("condition_id"),
        uuid("contact_id"),
        word("act", &["report", "verify"]),
        instant("created_at"),
        instant("expires_at"),
        optional(instant("used_at")),
    ])
    .key(["token_sha256"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("assessment_id", "assessment", Cascade)
    .refers("contact_id", "contact", Cascade)
    .index(["organisation_id"])
    .index(["assessment_id"])
    .index(["contact_id", "condition_id"])
    .index(["expires_at"]),
}
