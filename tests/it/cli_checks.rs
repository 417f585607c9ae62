//! The rule book on the command line.

use std::fs;

use ehia::domain::check::rules;
use serde_json::{Value, json};

use crate::{
    own_rules,
    support::program::{ehia, ehia_with},
};

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
    assert_eq!(shipped["cases"], 40);
    let fired = |rates: &Value, id: &str| {
        let rules = rates["rules"].as_array().unwrap();
        rules.iter().find(|rate| rate["rule"] == id).unwrap()["cases"].as_u64().unwrap()
    };
    assert_eq!(fired(&shipped, "psed.foster"), 29, "no example lacks an aim");

    let mut bare: Value = serde_json::from_str(EXAMPLE).unwrap();
    bare["answers"].as_object_mut().unwrap().remove("psed");
    fs::write(folder.path().join("bare.json"), bare.to_string()).unwrap();
    let more = ehia(folder.path(), &["checks", "rates", "bare.json", "--json"]).await.done().json();
    assert_eq!(more["cases"], 41);
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

#[tokio::test]
async fn a_rule_is_proved_published_put_in_force_and_listed() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| ehia(folder.path(), arguments).await;
    let write =
        |name: &str, document: &Value| fs::write(folder.path().join(name), document.to_string()).unwrap();
    let said = run(&["rule", "vocabulary"]).await.done();
    assert_eq!(said.out, include_str!("../../domain/definition/CONDITIONS.md"));

    let ours = own_rules::rule(1, own_rules::CLOSES);
    write("ours.json", &ours);
    let said = run(&["rule", "check", "ours.json"]).await.done();
    assert_eq!(said.out, "closing version 1 may be published: 2 examples behave.\n");
    let mut wrong = ours.clone();
    wrong["severity"] = json!("BLOCKER");
    wrong["condition"] = json!("proposal.kind == \"CLOSURE\"");
    write("wrong.json", &wrong);
    let said = run(&["rule", "check", "wrong.json"]).await.refused();
    assert!(said.out.contains("INVALID at severity: Only statute and case law block"), "{said:?}");
    assert!(said.out.contains("NOT_FOUND at condition: There is no `proposal.kind`"), "{said:?}");

    run(&["migrate"]).await.done();
    run(&["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic"]).await.done();
    let said = run(&["rule", "publish", "wrong.json", "--organisation", "T6Y0W"]).await.refused();
    assert!(said.err.contains("document/severity: "), "{said:?}");
    write("settings.json", &json!({"rules": [{"key": "closing", "version": 1}]}));
    let set = ["organisation", "settings", "T6Y0W", "--set", "settings.json"];
    let said = run(&set).await.refused();
    assert!(said.err.contains("There is no rule `closing` version 1 here; publish it first."), "{said:?}");
    let said = run(&["rule", "publish", "ours.json", "--organisation", "T6Y0W"]).await.done();
    assert!(said.out.contains("name it in the organisation's settings to put it in force"), "{said:?}");
    run(&set).await.done();
    let said = run(&["rule", "list"]).await.done();
    assert!(said.out.contains("T6Y0W  closing  1") && said.out.contains("Closures are told"), "{said:?}");

    // It is counted with the rule book for its organisation, and for nobody else.
    let closure = include_str!("../../examples/01-marram-house.json");
    fs::write(folder.path().join("closure.json"), closure).unwrap();
    let counted = async |more: &[&str]| {
        let rates = run(&[&["checks", "rates", "--json"], more].concat()).await.done().json();
        let all = rates["rules"].as_array().unwrap().clone();
        all.iter().find(|rate| rate["rule"] == "own.closing").map(|rate| rate["cases"].as_u64().unwrap())
    };
    assert_eq!(counted(&[]).await, None);
    let shipped = counted(&["--organisation", "T6Y0W"]).await.unwrap();
    assert!(shipped > 0, "a closure is among what ships");
    assert_eq!(counted(&["--organisation", "T6Y0W", "closure.json"]).await, Some(shipped + 1));
    let said = run(&["checks", "rates", "--organisation", "T6Y0W"]).await.done();
    let line = said.out.lines().find(|line| line.contains("own.closing")).unwrap();
    assert!(line.contains(&format!("{shipped} of 39")), "{line}");
    let said = run(&["checks", "rates", "--organisation", "QMM"]).await.refused();
    assert!(said.err.contains("QMM"), "{said:?}");
}

#[tokio::test]
async fn a_draft_is_tried_over_cases_and_documents_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| ehia(folder.path(), arguments).await;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let mut draft = own_rules::rule(1, own_rules::CLOSES);
    draft["examples"][1]["document"]["proposal"]["kindOfChange"] = json!("CLOSURE");
    write("draft.json", &draft.to_string());
    let closure = include_str!("../../examples/01-marram-house.json");
    write("closure.json", closure);
    let lines = [closure, EXAMPLE].map(|text| serde_json::from_str::<Value>(text).unwrap().to_string());
    write("both.jsonl", &lines.join("\n"));
    let of_both = ["checks", "try", "draft.json", "--on", "both.jsonl"];
    let said = run(&of_both).await.done();
    assert!(
        said.out.contains("The rule would have flagged 1 of 2 document(s). Nothing was changed."),
        "{said:?}"
    );
    assert!(said.out.contains("1     warning  Marram House"), "{said:?}");
    let said = run(&[&of_both[..], &["--json"]].concat()).await.done().json();
    assert_eq!(
        (said["cases"].as_u64(), &said["flagged"][0]["finding"]["rule"]),
        (Some(2), &json!("own.closing"))
    );

    run(&["migrate"]).await.done();
    run(&["organisation", "add", "--ods", "T6Y0W", "--name", "Synthetic"]).await.done();
    let author = ["user", "add", "--email", "a@example.org", "--name", "A", "--organisation", "T6Y0W"];
    run(&[&author[..], &["--role", "author", "--generate-password"]].concat()).await.done();
    for file in ["closure.json", "both.jsonl"] {
        run(&["import", file, "--organisation", "T6Y0W", "--as", "a@example.org"]).await.done();
    }
    let of_all = ["checks", "try", "draft.json", "--on", "all"];
    let said = run(&of_all).await.done();
    assert!(
        said.out.contains("The rule would have flagged 2 of 3 case(s). Nothing was changed."),
        "{said:?}"
    );
    assert!(said.out.contains("T6Y0W-2026-0001  warning  Draft"), "{said:?}");
    draft["condition"] = json!("answers.psed + 1 > 1");
    write("draft.json", &draft.to_string());
    let said = run(&[&of_all[..], &["--organisation", "T6Y0W", "--json"]].concat()).await.done().json();
    assert_eq!(
        (said["flagged"].as_array().map(Vec::len), said["failed"].as_array().map(Vec::len)),
        (Some(0), Some(3))
    );

    draft["condition"] = json!("nope(title)");
    write("draft.json", &draft.to_string());
    let said = run(&of_all).await.refused();
    assert!(
        said.err.contains("draft.json is no rule that can be tried:\n  condition: There is no `nope`"),
        "{said:?}"
    );
    let said = run(&["rule", "list", "--json"]).await.done();
    assert_eq!(said.out, "", "nothing was published");
}

#[tokio::test]
async fn a_draft_that_is_tried_over_published_facts_says_what_became_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let run = async |arguments: &[&str]| ehia(folder.path(), arguments).await;
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let draft = own_rules::rule(1, "impacts.exists(i, i.direction == \"NEGATIVE\")");
    write("draft.json", &draft.to_string());
    let published = include_str!("../../examples/published.jsonl");
    let lines: Vec<&str> = published.lines().filter(|line| line.contains("\"escc-2025-")).take(5).collect();
    write("published.jsonl", &lines.join("\n"));
    let of_facts = ["checks", "try", "draft.json", "--on", "published.jsonl"];
    let said = run(&of_facts).await.done();
    let first = said.out.lines().find(|line| line.starts_with("1 ")).unwrap();
    assert!(first.contains("Linden Court day services"), "{first}");
    assert!(
        first.ends_with("Recommendation to Cabinet: close Linden Court with the partial mitigations"),
        "{first}"
    );
    assert!(said.out.starts_with("LINE  SAYS     TITLE") && said.out.contains("DECISION"), "{said:?}");
    let said = run(&[&of_facts[..], &["--json"]].concat()).await.done().json();
    let decisions: Vec<&Value> =
        said["flagged"].as_array().unwrap().iter().map(|one| &one["decision"]).collect();
    assert_eq!(decisions[1], &json!("Proposal changed: keep open with reduced capacity"));
    assert_eq!(decisions[4], &Value::Null, "floating support gives none");
}
