//! What happened, chained, and the signed checkpoints over all chains. Nothing updates an event, but for the
//! lawful disposal of its payload.

use sea_orm_migration::prelude::ForeignKeyAction::Restrict;

use crate::column::{NewTable, bytes, creates, digest, instant, number, optional, text, uuid, word};

creates! {
    NewTable::new("chain", vec![
        uuid("stream"),
        uuid("organisation_id"),
        number("length"),
        digest("head_sha256"),
        number("checkpointed"),
        instant("created_at"),
    ])
    .key(["stream"])
    .refers("organisation_id", "organisation", Restrict)
    .index(["organisation_id"]),
    NewTable::new("event", vec![
        uuid("id"),
        uuid("stream"),
        number("sequence"),
        uuid("organisation_id"),
        optional(uuid("assessment_id")),
        text("kind"),
        instant("at"),
        optional(uuid("by")),
        optional(uuid("on_behalf_of")),
        word("audience", &["case", "panel", "administration"]),
        optional(text("payload")),
        digest("payload_sha256"),
        optional(digest("previous")),
        digest("sha256"),
    ])
    .key(["id"])
    .unique(["stream", "sequence"])
    .refers_to("stream", "chain", "stream", Restrict)
    .refers("assessment_id", "assessment", Restrict)
    .index(["assessment_id"])
    .index(["organisation_id", "at"]),
    NewTable::new("checkpoint", vec![
        number("sequence"),
        instant("at"),
        bytes("document"),
        text("signature"),
        text("key_id"),
    ])
    .key(["sequence"]),
}
