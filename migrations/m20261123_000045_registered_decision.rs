//! Decisions that organisations know of, held against their assessments.

use sea_orm_migration::prelude::ForeignKeyAction::{Cascade, SetNull};

use crate::column::{NewTable, creates, date, flag, instant, optional, text, uuid, word};

creates! {
    NewTable::new("registered_decision", vec![
        uuid("id"),
        uuid("organisation_id"),
        text("list"),
        text("key"),
        text("title"),
        text("source"),
        word("kind", &["savings", "contract_expiry", "forward_plan", "other"]),
        optional(text("body")),
        optional(date("day")),
        date("day_order"),
        optional(text("service_line")),
        optional(flag("decided")),
        optional(text("named")),
        optional(uuid("assessment_id")),
        optional(uuid("matched_by")),
        optional(date("ended_on")),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .unique(["organisation_id", "list", "key"])
    .refers("organisation_id", "organisation", Cascade)
    .refers("assessment_id", "assessment", SetNull)
    .refers("matched_by", "person", SetNull)
    .index(["organisation_id", "day_order", "id"])
    .index(["assessment_id"])
    .index(["matched_by"]),
}
