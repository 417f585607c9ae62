//! Risk across cases: the ledger of what each contributes, and what is rolled up of it.
//!
//! A row of the ledger is one case's contribution for as long as it stood: closed and never changed, so that the past
//! can be asked. `fold` says how it stands to the roll-up: to be added, in it, to be taken out, or past. Cases that
//! are there already are entered by the store once this step is applied.

use sea_orm_migration::prelude::ForeignKeyAction::{Cascade, Restrict};

use crate::column::{NewTable, bytes, creates, instant, number, optional, text, uuid, word};

creates! {
    NewTable::new("risk_ledger", vec![
        uuid("assessment_id"),
        number("number"),
        uuid("organisation_id"),
        instant("valid_from"),
        optional(instant("valid_to")),
        word("standpoint", &["draft", "pending", "proceeding", "stopped"]),
        optional(text("service_line")),
        optional(text("programme")),
        text("document"),
        word("fold", &["add", "in", "out", "past"]),
    ])
    .key(["assessment_id", "number"])
    .refers("assessment_id", "assessment", Cascade)
    .refers("organisation_id", "organisation", Restrict)
    .index(["organisation_id", "valid_to", "assessment_id", "number"])
    .index(["fold", "organisation_id"]),
    NewTable::new("risk_rollup", vec![
        uuid("organisation_id"),
        word("standpoint", &["draft", "pending", "proceeding", "stopped"]),
        text("scale"),
        text("group_code"),
        text("district"),
        bytes("tally"),
    ])
    .key(["organisation_id", "standpoint", "group_code", "district", "scale"])
    .refers("organisation_id", "organisation", Cascade),
    NewTable::new("risk_rollup_state", vec![uuid("organisation_id"), text("edition")])
        .key(["organisation_id"])
        .refers("organisation_id", "organisation", Cascade),
}
