//! The rule book on the command line.

use std::fs;

use ehia::domain::check::rules;
use serde_json::Value;

use crate::support::program::{ehia, ehia_with};

const EXAMPLE: &str = include_str!("../../examples/10-blood-pressure-core20.json");

#[tokio::test]
async fn the_rule_book_is_printed_as_it_is_kept_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let said = ehia(folder.path(), &["checks", "list"]).await.done();
    assert_eq!(said.out, include_str!("../../domain/definition/RULES.md"));

    let book = ehia(folder.path(), &["checks", "list", "--json"]).await.done().json();
    let described = book["rules"].as_array().unwrap();
    assert_eq!(described.len(), rules().len());
    let first = &described[0];
    assert!(first["duty"]["citation"].is_string() && first["explanation"].is_string(), "{first}");
}

#[tokio::test]
async fn rates_count_the_shipped_documents_and_those_that_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = ehia(folder.path(), &["checks", "rates", "--json"]).await.done().json();
    assert_eq!(shipped["cases"], 39);
    let fired = |rates: &Value, id: &str| {
        let rules = rates["rules"].as_array().unwrap();
        rules.iter().find(|rate| rate["rule"] == id).unwrap()["cases"].as_u64().unwrap()
    };
    assert_eq!(fired(&shipped, "psed.foster"), 29, "no example lacks an aim");

    let mut bare: Value = serde_json::from_str(EXAMPLE).unwrap();
    bare["answers"].as_object_mut().unwrap().remove("psed");
    fs::write(folder.path().join("bare.json"), bare.to_string()).unwrap();
    let more = ehia(folder.path(), &["checks", "rates", "bare.json", "--json"]).await.done().json();
    assert_eq!(more["cases"], 40);
    assert_eq!(fired(&more, "psed.foster"), 30);

    let said = ehia(folder.path(), &["checks", "rates"]).await.done();
    assert!(said.out.contains("39 of 39") && !said.out.contains("not explained"), "{}", said.out);
}

#[tokio::test]
async fn a_document_that_cannot_be_counted_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let said = ehia_with(folder.path(), &["checks", "rates", "-"], "{\"id\": 3}\nnot json\n").await.refused();
    assert!(said.err.contains("-, line 2"), "{said:?}");
    let said = ehia_with(folder.path(), &["checks", "rates", "-"], "{\"id\": 3}").await.refused();
    assert!(said.err.contains("-, line 1"), "{said:?}");
}
