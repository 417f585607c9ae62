//! Who is signed in, by which token, and how often somebody tried.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, digest, flag, instant, number, optional, text, uuid};

creates! {
    NewTable::new("session", vec![
        uuid("id"),
        uuid("person_id"),
        digest("token_sha256"),
        text("user_agent"),
        instant("created_at"),
        instant("expires_at"),
        instant("last_seen_at"),
        optional(instant("revoked_at")),
    ])
    .key(["id"])
    .unique(["token_sha256"])
    .refers("person_id", "person", Cascade)
    .index(["person_id", "created_at"])
    .index(["expires_at"]),
    NewTable::new("api_token", vec![
        uuid("id"),
        uuid("person_id"),
        text("label"),
        digest("token_sha256"),
        flag("read_only"),
        instant("created_at"),
        optional(instant("expires_at")),
        optional(instant("revoked_at")),
    ])
    .key(["id"])
    .unique(["token_sha256"])
    .refers("person_id", "person", Cascade)
    .index(["person_id", "created_at"]),
    NewTable::new("password_reset", vec![
        digest("token_sha256"),
        uuid("person_id"),
        instant("created_at"),
        instant("expires_at"),
        optional(instant("used_at")),
    ])
    .key(["token_sha256"])
    .refers("person_id", "person", Cascade)
    .index(["person_id"])
    .index(["expires_at"]),
    NewTable::new("sign_in_attempt", vec![
        text("key"),
        instant("window_start"),
        number("failures"),
        instant("created_at"),
    ])
    .key(["key"])
    .index(["window_start"]),
}
