//! What lists, permission and tasks ask of a case: rebuilt from its document, never the truth.

use sea_orm_migration::prelude::ForeignKeyAction::{Cascade, Restrict};

use crate::column::{NewTable, creates, date, flag, number, optional, text, uuid, word};

creates! {
    NewTable::new("assessment_impact", vec![
        uuid("id"),
        uuid("assessment_id"),
        uuid("organisation_id"),
        word("direction", &["positive", "negative", "neutral", "unknown"]),
        optional(number("initial_likelihood")),
        optional(number("initial_consequence")),
        optional(number("current_likelihood")),
        optional(number("current_consequence")),
        optional(number("target_likelihood")),
        optional(number("target_consequence")),
        optional(number("reach_low")),
        optional(number("reach_high")),
    ])
    .key(["assessment_id", "id"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["organisation_id", "direction"]),
    NewTable::new("impact_group", vec![
        uuid("impact_id"),
        text("group_code"),
        uuid("assessment_id"),
        uuid("organisation_id"),
    ])
    .key(["assessment_id", "impact_id", "group_code"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["group_code", "assessment_id"]),
    NewTable::new("assessment_area", vec![uuid("assessment_id"), text("area_code"), uuid("organisation_id")])
        .key(["assessment_id", "area_code"])
        .refers("assessment_id", "assessment", Cascade)
        .index(["area_code", "assessment_id"]),
    NewTable::new("element", vec![
        uuid("id"),
        word("noun", &[
            "impact", "evidence", "engagement", "mitigation", "interdependency", "review", "outcome", "decision",
            "condition", "panel",
        ]),
        uuid("assessment_id"),
        uuid("organisation_id"),
    ])
    // A standing panel's identifier stands in many cases.
    .key(["id", "assessment_id"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["assessment_id"]),
    NewTable::new("involvement", vec![
        uuid("assessment_id"),
        uuid("person_id"),
        word("relation", &[
            "author", "contributor", "sro", "undeclared", "declared", "not_voting", "withdrawn", "named",
        ]),
        uuid("organisation_id"),
    ])
    .key(["assessment_id", "person_id", "relation"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["person_id", "assessment_id"]),
    NewTable::new("assessment_share", vec![
        uuid("assessment_id"),
        uuid("organisation_id"),
        word("level", &["stub", "read", "review"]),
    ])
    .key(["assessment_id", "organisation_id"])
    .refers("assessment_id", "assessment", Cascade)
    .refers("organisation_id", "organisation", Restrict)
    .index(["organisation_id", "assessment_id"]),
    NewTable::new("task", vec![
        uuid("assessment_id"),
        number("place"),
        uuid("organisation_id"),
        text("kind"),
        optional(uuid("person_id")),
        optional(word("role", &[
            "author", "sro", "equality_lead", "reviewer", "panel_chair", "panel_secretary", "decision_maker",
            "governance", "auditor", "administrator",
        ])),
        optional(date("due")),
        date("due_order"),
        text("reason"),
    ])
    .key(["assessment_id", "place"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["person_id", "due_order"])
    .index(["organisation_id", "role", "due_order"]),
    NewTable::new("reliance", vec![
        uuid("interdependency_id"),
        uuid("assessment_id"),
        uuid("organisation_id"),
        uuid("target_id"),
        optional(flag("holds")),
    ])
    .key(["assessment_id", "interdependency_id"])
    .refers("assessment_id", "assessment", Cascade)
    .index(["target_id"]),
}
