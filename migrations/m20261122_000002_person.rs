//! People with accounts, what they may do where, and how to reach parties without accounts.

use sea_orm_migration::prelude::ForeignKeyAction::Cascade;

use crate::column::{NewTable, creates, date, instant, optional, text, uuid, word};

creates! {
    NewTable::new("person", vec![
        uuid("id"),
        text("name"),
        text("email"),
        text("email_folded"),
        optional(text("password_hash")),
        optional(instant("disabled_at")),
        instant("created_at"),
        instant("updated_at"),
    ])
    .key(["id"])
    .unique(["email_folded"]),
    NewTable::new("role_grant", vec![
        uuid("person_id"),
        uuid("organisation_id"),
        word("role", &[
            "author", "sro", "equality_lead", "reviewer", "panel_chair", "panel_secretary", "decision_maker",
            "governance", "auditor", "administrator",
        ]),
        optional(date("until")),
        instant("created_at"),
    ])
    .key(["person_id", "organisation_id", "role"])
    .refers("person_id", "person", Cascade)
    .refers("organisation_id", "organisation", Cascade)
    .index(["organisation_id", "role"]),
    NewTable::new("contact", vec![
        uuid("id"),
        uuid("organisation_id"),
        text("name"),
        text("email"),
        instant("created_at"),
    ])
    .key(["id"])
    .refers("organisation_id", "organisation", Cascade)
    .index(["organisation_id"]),
}
