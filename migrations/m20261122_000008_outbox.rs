//! What the worker has to do: messages to send, and cases that must react to another's decision.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, instant, number, optional, text, uuid, word};

creates! {
    NewTable::new("outbox_message", vec![
        uuid("id"),
        uuid("organisation_id"),
        optional(uuid("assessment_id")),
        optional(uuid("event_id")),
        text("kind"),
        word("recipient", &["person", "contact"]),
        uuid("recipient_id"),
        text("facts"),
        word("state", &["pending", "leased", "sent", "dead", "dropped"]),
        number("attempts"),
        instant("next_at"),
        optional(text("lease_owner")),
        optional(instant("lease_until")),
        instant("deadline"),
        optional(instant("sent_at")),
        optional(text("reason")),
        instant("created_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("assessment_id", "assessment", Cascade)
    .index(["state", "next_at", "id"])
    .index(["organisation_id", "created_at", "id"])
    .index(["assessment_id"]),
    NewTable::new("reaction", vec![
        uuid("id"),
        uuid("organisation_id"),
        uuid("assessment_id"),
        uuid("source_id"),
        text("kind"),
        word("state", &["pending", "leased", "done", "dead"]),
        number("attempts"),
        instant("next_at"),
        optional(text("lease_owner")),
        optional(instant("lease_until")),
        optional(text("reason")),
        instant("created_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("assessment_id", "assessment", Cascade)
    .refers("source_id", "assessment", Cascade)
    .index(["state", "next_at", "id"])
    .index(["organisation_id"])
    .index(["assessment_id"])
    .index(["source_id"]),
}
