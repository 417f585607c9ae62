//! The demonstration, as somebody sees it who has just cloned the repository.

use std::{collections::BTreeSet, fs};

use ehia::domain::permission::Role;
use serde_json::{Value, json};

use crate::support::program::{Running, ehia};

const DEMO: [&str; 6] = ["demo", "--listen", "127.0.0.1:0", "--data", "data", "--json"];

/// Asks the service, with a token when there is one.
async fn ask(url: &str, token: Option<&str>, query: &str, variables: Value) -> Value {
    let mut request = reqwest::Client::new()
        .post(format!("{url}/graphql"))
        .json(&json!({ "query": query, "variables": variables }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().json().await.unwrap()
}

async fn sign_in(url: &str, account: &Value) -> String {
    let input = json!({ "input": { "email": account["email"], "password": account["password"] } });
    let query = "mutation($input: SignInInput!) { signIn(input: $input) { token errors { message } } }";
    let answer = ask(url, None, query, input).await;
    answer["data"]["signIn"]["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn the_demonstration_tells_how_to_sign_in_serves_and_starts_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Running::start(folder.path(), &DEMO);
    let first: Value = serde_json::from_str(&demo.line().await).unwrap();
    let url = first["url"].as_str().unwrap();
    let accounts = first["accounts"].as_array().unwrap();

    // An account for every role, and a quorum of reviewers.
    let held = |account: &Value| -> Vec<String> {
        account["roles"].as_array().unwrap().iter().map(|role| role.as_str().unwrap().to_owned()).collect()
    };
    let roles: Vec<String> = accounts.iter().flat_map(held).collect();
    let every: BTreeSet<String> = Role::ALL.iter().map(|role| role.as_str().to_owned()).collect();
    assert_eq!(roles.iter().cloned().collect::<BTreeSet<_>>(), every);
    assert!(roles.iter().filter(|role| *role == "REVIEWER").count() >= 4);

    // Everybody can sign in, over HTTP.
    let mut tokens = Vec::new();
    for account in accounts {
        tokens.push((held(account), sign_in(url, account).await));
    }
    let governance = &tokens.iter().find(|(roles, _)| roles.contains(&"GOVERNANCE".to_owned())).unwrap().1;
    let query = "{ assessments(first: 100) { nodes { title state { name } } } }";
    let answer = ask(url, Some(governance), query, json!({})).await;
    let cases =
        answer["data"]["assessments"]["nodes"].as_array().unwrap_or_else(|| panic!("{answer}")).clone();
    assert_eq!(cases.len(), 13);
    assert!(cases.iter().all(|case| case["title"].as_str().unwrap().contains("synthetic")));
    let states: BTreeSet<&str> = cases.iter().map(|case| case["state"]["name"].as_str().unwrap()).collect();
    let wanted = [
        "approved",
        "approved_with_conditions",
        "changes_requested",
        "draft",
        "moderation",
        "not_required",
        "panel_check",
        "panel_review",
        "proceeding",
    ];
    assert_eq!(states, BTreeSet::from(wanted));

    // Its panels have the seats that its organisation asks for.
    let secretary =
        &tokens.iter().find(|(roles, _)| roles.contains(&"PANEL_SECRETARY".to_owned())).unwrap().1;
    let panels = "{ viewer { tasks(first: 100) { nodes { reason } } }
        organisation(odsCode: \"T6Y0W\") { panels { quorum members { seat } } } }";
    let answer = ask(url, Some(secretary), panels, json!({})).await;
    let told = answer["data"]["viewer"]["tasks"].to_string();
    assert!(!told.contains("cannot be quorate"), "{told}");
    let panel = &answer["data"]["organisation"]["panels"][0];
    assert!(
        panel["quorum"]
            .as_str()
            .unwrap()
            .contains("among them chair or vice chair, equality and clinical or public health"),
        "{panel}"
    );

    let (code, rest) = demo.terminate().await;
    assert_eq!(code, Some(0));
    assert_eq!(rest, "", "nothing but the first line goes to standard output");
    assert!(fs::read_dir(folder.path().join("data/mail")).unwrap().count() > 0);

    let mut again = Running::start(folder.path(), &DEMO);
    let second: Value = serde_json::from_str(&again.line().await).unwrap();
    assert_eq!(first["accounts"], second["accounts"]);
    let url = second["url"].as_str().unwrap();
    let answer = ask(url, Some(governance), query, json!({})).await;
    assert_eq!(answer["data"]["assessments"]["nodes"].as_array().unwrap(), &cases);
    assert_eq!(again.terminate().await.0, Some(0));

    let audit =
        ["audit", "verify", "--database", "sqlite://data/ehia.db", "--audit-dir", "data/audit", "--json"];
    assert_eq!(ehia(folder.path(), &audit).await.done().json()["sound"], true);
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = ehia(folder.path(), &["demo", "--listen", &address]).await.refused();
    assert!(said.err.contains("--listen"), "{said:?}");
    assert!(!folder.path().join(".ehia").exists());
}

#[tokio::test]
async fn what_is_added_to_the_demonstration_keeps_it_from_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let setup = ["demo", "--setup-only", "--data", "data", "--json"];
    let first = ehia(folder.path(), &setup).await.done().json();
    let database = ["--database", "sqlite://data/ehia.db?mode=rwc"];
    let organisation = ["organisation", "add", "--ods", "MINE", "--name", "A Partner of Mine"];
    ehia(folder.path(), &[&organisation[..], &database].concat()).await.done();
    assert_eq!(ehia(folder.path(), &setup).await.done().json(), first);

    // What the folder says of its own database it does not say of another.
    ehia(folder.path(), &["migrate"]).await.done();
    ehia(folder.path(), &organisation).await.done();
    let elsewhere = [&setup[..], &["--database", "sqlite://.ehia/ehia.db?mode=rwc"]].concat();
    let said = ehia(folder.path(), &elsewhere).await.refused();
    assert!(said.err.contains("give the demonstration a database of its own"), "{said:?}");
}

#[tokio::test]
async fn the_demonstration_keeps_out_of_a_database_that_others_use() {
    let folder = tempfile::tempdir().unwrap();
    ehia(folder.path(), &["migrate"]).await.done();
    ehia(folder.path(), &["organisation", "add", "--ods", "REAL", "--name", "A Real Body"]).await.done();
    let demo = ["demo", "--setup-only", "--data", "data", "--database", "sqlite://.ehia/ehia.db?mode=rwc"];
    let said = ehia(folder.path(), &demo).await.refused();
    assert!(said.err.contains("give the demonstration a database of its own"), "{said:?}");
}
