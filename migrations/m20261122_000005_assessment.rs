//! Cases, their frozen revisions, and what was before panel and body.

use sea_orm_migration::prelude::ForeignKeyAction::Restrict;

use crate::column::{
    NewTable, bytes, creates, date, digest, flag, instant, number, optional, text, uuid, word,
};

creates! {
    NewTable::new("assessment", vec![
        uuid("id"),
        uuid("organisation_id"),
        text("reference"),
        text("title"),
        text("title_folded"),
        number("version"),
        number("revision"),
        flag("frozen"),
        text("form_key"),
        number("form_version"),
        text("workflow_key"),
        number("workflow_version"),
        text("state"),
        word("phase", &["drafting", "review", "approved", "decided", "closed"]),
        word("standing", &["pending", "proceeding", "stopped"]),
        uuid("author_id"),
        bytes("working"),
        digest("content_sha256"),
        bytes("process"),
        text("changed"),
        text("shares"),
        word("retention", &["with_decision", "policy_life_six_years", "permanent"]),
        flag("legal_hold"),
        optional(text("service_line")),
        optional(text("programme")),
        optional(text("kind_of_change")),
        optional(date("decision_date")),
        date("decision_order"),
        optional(date("effective_from")),
        optional(date("effective_to")),
        optional(word("band", &["low", "moderate", "high", "extreme", "unrated"])),
        number("risk_order"),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .unique(["reference"])
    .refers("organisation_id", "organisation", Restrict)
    .refers("author_id", "person", Restrict)
    .index(["organisation_id", "updated_at", "id"])
    .index(["organisation_id", "created_at", "id"])
    .index(["organisation_id", "decision_order", "id"])
    .index(["organisation_id", "reference", "id"])
    .index(["organisation_id", "risk_order", "id"])
    .index(["author_id"]),
    NewTable::new("revision", vec![
        uuid("id"),
        uuid("assessment_id"),
        uuid("organisation_id"),
        number("number"),
        bytes("content"),
        digest("sha256"),
        digest("stored_sha256"),
        instant("frozen_at"),
    ])
    .key(["id"])
    .unique(["assessment_id", "number"])
    .refers("assessment_id", "assessment", Restrict)
    .index(["organisation_id"]),
    NewTable::new("decision_record", vec![
                digest("sha256"),
        uuid("assessment_id"),
        uuid("organisation_id"),
        word("kind", &["outcome", "decision"]),
        uuid("subject_id"),
        bytes("bytes"),
        instant("at"),
    ])
    .key(["sha256"])
    .unique(["subject_id"])
    .refers("assessment_id", "assessment", Restrict)
    .index(["assessment_id"])
    .index(["organisation_id"]),
}
