//! Definitions on the command line.

use std::fs;

use serde_json::{Value, json};

use crate::support::program::{ehia, ehia_with};

const SHIPPED: &str = include_str!("../../domain/definition/workflow-ehia.json");

#[tokio::test]
async fn a_workflow_that_breaks_a_law_is_refused_with_the_name_of_the_law() {
    let folder = tempfile::tempdir().unwrap();
    let mut workflow: Value = serde_json::from_str(SHIPPED).unwrap();
    let transitions = workflow["transitions"].as_array_mut().unwrap();
    let submit = transitions.iter_mut().find(|transition| transition["name"] == "submit").unwrap();
    submit["guards"] = json!([]);
    fs::write(folder.path().join("broken.json"), workflow.to_string()).unwrap();

    let said = ehia(folder.path(), &["workflow", "check", "broken.json"]).await.refused();
    assert!(said.out.starts_with("SAFETY_SUBMIT_GATE at transition `submit`: "), "{said:?}");
    assert!(said.err.contains("broken.json breaks 1 law"), "{said:?}");

    let said = ehia(folder.path(), &["workflow", "check", "broken.json", "--json"]).await.refused();
    assert_eq!(said.json()["broken"][0]["law"], "SAFETY_SUBMIT_GATE");
}

#[tokio::test]
async fn a_lawful_workflow_is_proved_drawn_and_tabulated() {
    let folder = tempfile::tempdir().unwrap();
    let said = ehia_with(folder.path(), &["workflow", "check", "-"], SHIPPED).await.done();
    assert!(said.out.starts_with("ehia version 1 keeps every law: 12 states"), "{said:?}");
    let said = ehia(folder.path(), &["workflow", "diagram"]).await.done();
    assert!(said.out.starts_with("stateDiagram-v2"), "{said:?}");
    let said = ehia(folder.path(), &["workflow", "diagram", "two-person", "--format", "svg"]).await.done();
    assert!(said.out.starts_with("<svg"), "{said:?}");
    let said = ehia(folder.path(), &["workflow", "matrix"]).await.done();
    assert!(said.out.contains("panel_review"), "{said:?}");
    let said = ehia(folder.path(), &["workflow", "diagram", "nowhere"]).await.refused();
    assert!(said.err.contains("shipped are ehia, "), "{said:?}");
}

#[tokio::test]
async fn a_form_that_cannot_be_published_is_refused_with_every_reason() {
    let folder = tempfile::tempdir().unwrap();
    let form = json!({
        "format": "ehia/form/1", "key": "f", "version": 1, "title": "F",
        "sections": [{"key": "a", "title": "A", "questions": [
            {"key": "q", "title": "Q", "type": "choice"},
            {"key": "q", "title": "Q", "type": "text"},
        ]}],
    });
    fs::write(folder.path().join("form.json"), form.to_string()).unwrap();
    let said = ehia(folder.path(), &["form", "check", "form.json"]).await.refused();
    assert!(said.out.lines().count() >= 2, "{said:?}");
    let said = ehia(folder.path(), &["form", "show"]).await.done();
    assert!(said.out.contains("required"), "{said:?}");
}
