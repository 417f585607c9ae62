//! Definitions on the command line.

use std::fs;

use sea_orm::ConnectionTrait as _;
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

#[tokio::test]
async fn a_workflow_and_a_form_are_published_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| ehia(folder.path(), arguments).await;
    run(&["migrate"]).await.done();
    run(&["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic"]).await.done();
    let of = ["--organisation", "T6Y0W"];
    let publish = async |kind: &str, document: Value, more: &[&str]| {
        let arguments: Vec<&str> =
            [kind, "publish", "-"].into_iter().chain(of).chain(more.iter().copied()).collect();
        ehia_with(folder.path(), &arguments, &document.to_string()).await
    };
    let mut broken = crate::definition::workflow("local", 1, "Ours");
    broken["transitions"][0]["guards"] = json!([]);
    let said = publish("workflow", broken.clone(), &["--json"]).await.refused();
    assert_eq!(said.json()["errors"][0]["code"], "SAFETY_SUBMIT_GATE");
    let said = publish("workflow", broken, &[]).await.refused();
    assert!(
        said.err.contains("document/transitions/send: ") && said.err.contains("(SAFETY_SUBMIT_GATE)"),
        "{said:?}"
    );

    let ours = crate::definition::workflow("local", 1, "Ours");
    let said = publish("workflow", ours.clone(), &[]).await.done();
    assert!(said.out.starts_with("The workflow local version 1 is published for T6Y0W"), "{said:?}");
    let again = publish("workflow", ours, &[]).await.done();
    assert_eq!(again.out, said.out, "the same again is what is published");
    let other = crate::definition::workflow("local", 1, "Another");
    let said = publish("workflow", other, &[]).await.refused();
    assert!(said.err.contains("next free version is 2"), "{said:?}");
    let said = publish("form", crate::definition::form("short", 1, "what"), &["--json"]).await.done();
    assert_eq!(said.json()["published"], true);
    fs::write(folder.path().join("long.json"), " ".repeat(1024 * 1024 + 1)).unwrap();
    let said = run(&["form", "publish", "long.json", "--organisation", "T6Y0W"]).await.refused();
    assert!(said.err.contains("long.json is longer than 1048576 bytes"), "{said:?}");

    let said = run(&["workflow", "list"]).await.done();
    assert!(said.out.contains("shipped  two-person") && said.out.contains("T6Y0W    local"), "{said:?}");
    let said = run(&["form", "list", "--organisation", "T6Y0W", "--json"]).await.done();
    let last: Value = serde_json::from_str(said.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["key"], &last["organisation"]), (&json!("short"), &json!("T6Y0W")));
}

#[tokio::test]
async fn a_database_that_holds_another_meaning_of_what_ships_is_refused_at_start() {
    let folder = tempfile::tempdir().unwrap();
    ehia(folder.path(), &["migrate"]).await.done();
    let url = format!("sqlite://{}", folder.path().join(".ehia/ehia.db").display());
    let database = sea_orm::Database::connect(url).await.unwrap();
    database
        .execute_unprepared("UPDATE definition SET sha256 = 'other' WHERE key = 'two-person'")
        .await
        .unwrap();
    database.close().await.unwrap();
    for command in
        [&["migrate"][..], &["serve", "--listen", "127.0.0.1:0"], &["worker", "--public-url", "http://x/"]]
    {
        let said = ehia(folder.path(), command).await.refused();
        assert!(
            said.err.contains("holds the workflow `two-person` version 1 with other content"),
            "{said:?}"
        );
    }
}

#[tokio::test]
async fn moving_running_cases_is_said_first_and_then_done() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| ehia(folder.path(), arguments).await;
    run(&["migrate"]).await.done();
    run(&["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic"]).await.done();
    let author = [
        "user",
        "add",
        "--email",
        "a@example.org",
        "--name",
        "A",
        "--organisation",
        "T6Y0W",
        "--role",
        "author",
    ];
    run(&[&author[..], &["--generate-password"]].concat()).await.done();
    for version in [1, 2] {
        let mut document = crate::definition::workflow("local", version, "Ours");
        if version == 2 {
            document = serde_json::from_str(&document.to_string().replace("\"draft\"", "\"begun\"")).unwrap();
        } else {
            fs::write(folder.path().join("settings.json"), json!({"workflow": "local"}).to_string()).unwrap();
        }
        let publish = ["workflow", "publish", "-", "--organisation", "T6Y0W"];
        ehia_with(folder.path(), &publish, &document.to_string()).await.done();
        if version == 1 {
            run(&["organisation", "settings", "T6Y0W", "--set", "settings.json"]).await.done();
            fs::write(
                folder.path().join("case.json"),
                include_str!("../../examples/10-blood-pressure-core20.json"),
            )
            .unwrap();
            run(&["import", "case.json", "--organisation", "T6Y0W", "--as", "a@example.org"]).await.done();
        }
    }
    let base = ["workflow", "move", "local", "--organisation", "T6Y0W", "--to", "2"];
    let said = run(&base).await.refused();
    assert!(
        said.out.contains("Version 2 has no state `draft`") && said.out.contains("(STATE_MISSING)"),
        "{said:?}"
    );
    assert!(said.out.contains("0 case(s) would be moved to version 2, 1 would stay"), "{said:?}");
    let mapped = [&base[..], &["--state", "draft=begun"]].concat();
    let said = run(&mapped).await.done();
    assert!(
        said.out.contains("1 case(s) would be moved to version 2, 0 would stay. Nothing was changed"),
        "{said:?}"
    );
    let said = run(&[&mapped[..], &["--apply", "--json"]].concat()).await.done();
    assert_eq!((&said.json()["moved"], &said.json()["target"]), (&json!(true), &json!("begun")));
    let said = run(&[&base[..], &["--apply"]].concat()).await.done();
    assert_eq!(said.out, "0 case(s) moved to version 2; 0 stayed, for the reasons given.\n");
    let said = run(&[&base[..], &["--state", "draft"]].concat()).await;
    assert!(said.code == Some(2) && said.err.contains("OLD=NEW"), "{said:?}");
}
