//! What an operator does: sets up, adds people, imports, looks after messages, backs up, verifies, and asks how it
//! all is.

use std::{fs, path::Path};

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::program::{Running, ehia, ehia_with};

/// A database with an organisation and an author.
async fn set_up(folder: &Path) {
    ehia(folder, &["migrate"]).await.done();
    let organisation =
        ["organisation", "add", "--ods", "T6Y0W", "--name", "NHS Norfolk and Suffolk ICB", "--kind", "icb"];
    ehia(folder, &organisation).await.done();
    let author = [
        "user",
        "add",
        "--email",
        "author@example.org",
        "--name",
        "An Author",
        "--organisation",
        "T6Y0W",
        "--role",
        "author",
        "--password-file",
        "-",
    ];
    ehia_with(folder, &author, "a password to try\n").await.done();
}

fn example() -> Value {
    serde_json::from_str(include_str!("../../examples/10-blood-pressure-core20.json")).unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_and_their_password_told_once() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let add = [
        "user",
        "add",
        "--email",
        "first@example.org",
        "--name",
        "First",
        "--organisation",
        "T6Y0W",
        "--role",
        "ADMINISTRATOR",
        "--generate-password",
        "--json",
    ];
    let said = ehia(folder.path(), &add).await.done();
    assert_eq!(said.json()["roles"], json!(["ADMINISTRATOR"]));
    assert!(said.json()["password"].as_str().unwrap().len() >= 20);

    let grant = ["user", "grant", "first@example.org", "--organisation", "T6Y0W", "--role", "auditor"];
    ehia(folder.path(), &grant).await.done();
    let list = ehia(folder.path(), &["user", "list", "--organisation", "T6Y0W"]).await.done();
    assert!(list.out.contains("ADMINISTRATOR") && list.out.contains("AUDITOR"), "{}", list.out);
    let revoke = ["user", "revoke", "first@example.org", "--organisation", "T6Y0W", "--role", "auditor"];
    ehia(folder.path(), &revoke).await.done();
    ehia(folder.path(), &revoke).await.refused();
    ehia(folder.path(), &["user", "disable", "first@example.org"]).await.done();
    let said = ehia(folder.path(), &["token", "issue", "first@example.org", "--label", "x"]).await.refused();
    assert!(said.err.contains("is disabled"), "{said:?}");
    ehia(folder.path(), &["user", "enable", "first@example.org"]).await.done();
    let said = ehia(folder.path(), &["user", "disable", "nobody@example.org"]).await.refused();
    assert!(said.err.contains("there is no person with the address nobody@example.org"), "{said:?}");
}

#[tokio::test]
async fn whoever_is_added_without_a_password_is_told_how_to_come_by_one() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let add = ["user", "add", "--email", "next@example.org", "--name", "Next", "--organisation", "T6Y0W"];
    let add = [&add[..], &["--role", "ADMINISTRATOR"]].concat();
    let said = ehia(folder.path(), &add).await.done();
    assert!(said.out.contains("`requestPasswordReset`"), "{said:?}");
    let command = said.out.split('`').find(|part| part.starts_with("ehia user password")).unwrap();
    let command: Vec<&str> = command.split(' ').skip(1).collect();
    let said = ehia(folder.path(), &command).await.done();
    assert!(said.out.contains("Password, shown this once: "), "{said:?}");

    let add = ["user", "add", "--email", "third@example.org", "--name", "Third", "--organisation", "T6Y0W"];
    let generated = [&add[..], &["--role", "ADMINISTRATOR", "--generate-password"]].concat();
    let said = ehia(folder.path(), &generated).await.done();
    assert!(said.out.contains("Password, shown this once: "), "{said:?}");
    assert!(!said.out.contains("No password was set"), "{said:?}");
}

#[tokio::test]
async fn whoever_is_there_is_not_added_again_and_keeps_their_password() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let file = folder.path().join(".ehia/ehia.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    let of_person = "SELECT name, password_hash FROM person";
    let statement = sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, of_person);
    let person = async || {
        let row = database.query_one_raw(statement.clone()).await.unwrap().unwrap();
        (row.try_get_by_index::<String>(0).unwrap(), row.try_get_by_index::<String>(1).unwrap())
    };
    let before = person().await;
    let add =
        ["user", "add", "--email", "Author@example.org", "--name", "Another", "--organisation", "T6Y0W"];
    let add = [&add[..], &["--role", "administrator", "--generate-password"]].concat();
    for disabled in [false, true] {
        if disabled {
            ehia(folder.path(), &["user", "disable", "author@example.org"]).await.done();
        }
        let said = ehia(folder.path(), &add).await.refused();
        assert!(said.err.contains("`ehia user grant Author@example.org`"), "{said:?}");
        assert!(said.err.contains("`ehia user password Author@example.org`"), "{said:?}");
        assert_eq!(said.out, "");
    }
    assert_eq!(person().await, before);
    let list = ehia(folder.path(), &["user", "list", "--organisation", "T6Y0W"]).await.done();
    assert!(!list.out.contains("ADMINISTRATOR"), "{list:?}");
}

#[tokio::test]
async fn a_role_does_not_end_before_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let add = ["user", "add", "--email", "late@example.org", "--name", "Late", "--organisation", "T6Y0W"];
    let add = [&add[..], &["--role", "reviewer", "--until", "2020-01-31"]].concat();
    let grant = ["user", "grant", "author@example.org", "--organisation", "T6Y0W", "--role", "reviewer"];
    let grant = |until| [&grant[..], &["--until", until]].concat();
    for past in [add, grant("2020-01-31")] {
        let said = ehia(folder.path(), &past).await.refused();
        assert!(said.err.contains("until: This day has passed"), "{said:?}");
    }
    let list = ehia(folder.path(), &["user", "list", "--organisation", "T6Y0W"]).await.done();
    assert!(!list.out.contains("REVIEWER") && !list.out.contains("late@"), "{list:?}");
    let today = ehia::clock::now().today.to_string();
    ehia(folder.path(), &grant(&today)).await.done();
}

#[tokio::test]
async fn tokens_are_made_listed_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let issue = ["token", "issue", "author@example.org", "--label", "nightly figures", "--json"];
    let token = ehia(folder.path(), &issue).await.done().json();
    assert!(token["token"].as_str().unwrap().starts_with("ehia_t_"));
    assert_eq!(token["readOnly"], true);
    let list = ehia(folder.path(), &["token", "list", "author@example.org"]).await.done();
    assert!(list.out.contains("nightly figures"));
    assert!(!list.out.contains("ehia_t_"), "a token's text is told once");
    let id = token["id"].as_str().unwrap().strip_prefix("token:").unwrap();
    ehia(folder.path(), &["token", "revoke", "author@example.org", id]).await.done();
    ehia(folder.path(), &["token", "revoke", "author@example.org", id]).await.refused();
}

#[tokio::test]
async fn nothing_is_disposed_of_before_its_term() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    fs::write(folder.path().join("one.json"), example().to_string()).unwrap();
    let import = ["import", "one.json", "--organisation", "T6Y0W", "--as", "author@example.org", "--json"];
    let said = ehia(folder.path(), &import).await.done().json();
    let reference = said["imported"][0]["reference"].as_str().unwrap();
    for due in [&["retention", "due"][..], &["retention", "due", "--organisation", "T6Y0W"]] {
        let said = ehia(folder.path(), due).await.done();
        assert_eq!(said.out, "Nothing is past its term.\n");
    }
    let dispose = ["retention", "dispose", reference, "--reason", "Tidying up.", "--apply"];
    let said = ehia(folder.path(), &dispose).await.refused();
    assert!(said.err.contains("is not closed") && said.err.contains("NOT_DUE"), "{said:?}");
    let nowhere = ["retention", "dispose", "T6Y0W-1900-0001", "--reason", "Tidying up."];
    let said = ehia(folder.path(), &nowhere).await.refused();
    assert!(said.err.contains("there is no assessment T6Y0W-1900-0001"), "{said:?}");
}

#[tokio::test]
async fn an_import_takes_the_good_lines_in_and_names_the_bad_ones() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let published = include_str!("../../examples/published.jsonl");
    let lines: Vec<&str> = published.lines().take(2).collect();
    let text =
        format!("{}\n{{\"id\": broken\n\n{}\n{{\"format\": \"ehia/assessment/1\"}}\n", lines[0], lines[1]);
    fs::write(folder.path().join("some.jsonl"), text).unwrap();
    let import = ["import", "some.jsonl", "--organisation", "T6Y0W", "--as", "author@example.org", "--json"];
    let said = ehia(folder.path(), &import).await.refused();
    let summary = said.json();
    let numbers = |list: &str| -> Vec<u64> {
        summary[list].as_array().unwrap().iter().map(|one| one["line"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers("imported"), [1, 4]);
    assert_eq!(numbers("bad"), [2, 5]);
    assert!(said.err.contains("line 2: this is no JSON"), "{}", said.err);
    assert!(said.err.contains("line 5: "), "{}", said.err);
    assert!(said.err.contains("2 of 4 documents came in"), "{}", said.err);
}

#[tokio::test]
async fn a_document_that_is_none_is_one_error_and_not_as_many_as_it_has_lines() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let import = ["import", "-", "--organisation", "T6Y0W", "--as", "author@example.org"];
    let said = ehia_with(folder.path(), &import, "{\n  \"format\":\n  oh\n}\n").await.refused();
    assert!(said.err.contains("neither a JSON document nor JSON lines"), "{said:?}");
    let said = ehia_with(
        folder.path(),
        &["import", "-", "--organisation", "NONE", "--as", "author@example.org"],
        "{}",
    );
    assert!(said.await.refused().err.contains("There is no organisation `NONE` here"));
}

#[tokio::test]
async fn what_was_imported_is_exported_and_imported_again() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let import = ["import", "-", "--organisation", "T6Y0W", "--as", "author@example.org"];
    let reference = ehia_with(folder.path(), &import, &example().to_string()).await.done().out;
    let export = ["export", reference.trim(), "--as", "author@example.org"];
    let exported = ehia(folder.path(), &export).await.done();
    assert_eq!(exported.json()["format"], "ehia/assessment/1");
    let title = exported.json()["title"].as_str().unwrap().to_owned();
    assert_eq!(title, format!("{} (synthetic)", example()["title"].as_str().unwrap()));
    ehia_with(folder.path(), &import, &exported.out).await.done();
    let said =
        ehia(folder.path(), &["export", "T6Y0W-2026-9999", "--as", "author@example.org"]).await.refused();
    assert!(said.err.contains("there is no assessment T6Y0W-2026-9999"), "{said:?}");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_an_older_one_wants_migrating() {
    let folder = tempfile::tempdir().unwrap();
    let said = ehia(folder.path(), &["serve", "--listen", "127.0.0.1:0"]).await.refused();
    assert!(said.err.contains("run `ehia migrate`"), "{said:?}");
    ehia(folder.path(), &["migrate"]).await.done();
    let file = folder.path().join(".ehia/ehia.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m99990101_000001_future', 0)";
    database.execute_unprepared(newer).await.unwrap();
    database.close().await.unwrap();
    for arguments in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["user", "list", "--organisation", "X"]]
    {
        let said = ehia(folder.path(), arguments).await.refused();
        assert!(said.err.contains("newer version of this program"), "{said:?}");
    }
}

#[tokio::test]
async fn serve_binds_the_port_it_is_given_and_ends_in_order_when_told() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let mut serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let line = serving.line().await;
    let url = line.trim().strip_prefix("Listening on ").unwrap().to_owned();
    let healthy = reqwest::get(format!("{url}/healthz")).await.unwrap();
    assert!(healthy.status().is_success());
    let address = url.strip_prefix("http://").unwrap();
    let said = ehia(folder.path(), &["serve", "--listen", address]).await.refused();
    assert!(said.err.contains("another program listens there already; name another address"), "{said:?}");
    let (code, _) = serving.terminate().await;
    assert_eq!(code, Some(0));
    assert!(reqwest::get(format!("{url}/healthz")).await.is_err());

    let said = ehia(folder.path(), &["audit", "verify", "--json"]).await.done();
    assert_eq!(said.json()["sound"], true);
    assert_eq!(said.json()["checkpointsInCopy"], 1, "the last thing it does is to sign");

    // A crash may cut the last line of the copy short; the next start mends it.
    let copy = folder.path().join(".ehia/audit/checkpoints.jsonl");
    let whole = fs::read_to_string(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() / 2]).unwrap();
    ehia(folder.path(), &["audit", "verify"]).await.refused();
    let mut serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    serving.line().await;
    assert_eq!(serving.terminate().await.0, Some(0));
    assert_eq!(fs::read_to_string(&copy).unwrap(), whole);
}

#[tokio::test]
async fn an_audit_that_was_tampered_with_fails_and_names_the_place() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let file = folder.path().join(".ehia/ehia.db");
    let database = sea_orm::Database::connect(format!("sqlite://{}", file.display())).await.unwrap();
    database
        .execute_unprepared("UPDATE event SET kind = 'role_revoked' WHERE kind = 'role_granted'")
        .await
        .unwrap();
    database.close().await.unwrap();
    let said = ehia(folder.path(), &["audit", "verify"]).await.refused();
    assert!(said.out.starts_with("event "), "{said:?}");
}

#[tokio::test]
async fn a_backup_is_a_database_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    ehia(folder.path(), &["backup", "copy.db"]).await.done();
    let said = ehia(folder.path(), &["backup", "copy.db"]).await.refused();
    assert!(said.err.contains("exists"), "{said:?}");
    let list = ["user", "list", "--organisation", "T6Y0W", "--database", "sqlite://copy.db", "--json"];
    assert_eq!(ehia(folder.path(), &list).await.done().json()["email"], "author@example.org");
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_saved_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["backup", "copy.db"][..], &["organisation", "list"]] {
        let said = ehia(folder.path(), arguments).await.refused();
        assert!(said.err.contains("run `ehia migrate`"), "{said:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{arguments:?}");
    }
    fs::write(folder.path().join("empty.db"), "").unwrap();
    let empty = ["backup", "copy.db", "--database", "sqlite://empty.db?mode=rwc"];
    let said = ehia(folder.path(), &empty).await.refused();
    assert!(said.err.contains("lacks") && said.err.contains("run `ehia migrate`"), "{said:?}");
    assert!(!folder.path().join("copy.db").exists());
}

#[tokio::test]
async fn the_doctor_says_what_is_not_well_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let doctor = ["doctor", "--listen", "127.0.0.1:0"];
    let said = ehia(folder.path(), &doctor).await.refused();
    assert!(said.out.contains("FAIL  database: It lacks"), "{said:?}");
    assert!(said.out.contains("run `ehia migrate`"), "{said:?}");
    let said = ehia(folder.path(), &["migrate", "--dry-run"]).await.done();
    assert!(said.out.contains("m20261122_000001_organisation"), "{said:?}");
    assert!(!folder.path().join(".ehia/ehia.db").exists(), "who only looks makes no database");
    ehia(folder.path(), &["migrate"]).await.done();
    let said = ehia(folder.path(), &["migrate", "--dry-run"]).await.done();
    assert!(!said.out.contains("m20261122"), "{said:?}");
    let said = ehia(folder.path(), &doctor).await.done();
    assert!(said.out.contains("ok    database: "), "{said:?}");
    assert!(said.out.contains("warn  mail: "), "{said:?}");
    let said =
        ehia(folder.path(), &["doctor", "--json", "--mail", "smtp://127.0.0.1:1?tls=none"]).await.refused();
    assert_eq!(said.json()["well"], false);
    let mail =
        said.json()["checks"].as_array().unwrap().iter().find(|c| c["name"] == "mail").unwrap().clone();
    assert_eq!(mail["state"], "fail");
}

#[tokio::test]
async fn the_doctor_makes_nothing_and_misses_the_key_that_signed() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let there = |path: &str| folder.path().join(path).exists();
    let doctor = ["doctor", "--listen", "127.0.0.1:0"];
    let said = ehia(folder.path(), &doctor).await.done();
    assert!(said.out.contains("warn  audit: There is no signing key in .ehia/audit"), "{said:?}");
    assert!(!there(".ehia/audit") && !there(".ehia/mail"));
    let inside = format!("file://{}", folder.path().join(".ehia/ehia.db/mail").display());
    let said = ehia(folder.path(), &[&doctor[..], &["--mail", &inside]].concat()).await.refused();
    assert!(said.out.contains("FAIL  mail: Messages cannot leave now"), "{said:?}");

    let mut serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    serving.line().await;
    assert_eq!(serving.terminate().await.0, Some(0));
    let said = ehia(folder.path(), &doctor).await.done();
    assert!(said.out.contains("ok    audit: "), "{said:?}");
    let (key, kept) = (folder.path().join(".ehia/audit/signing.key"), folder.path().join("kept.key"));
    fs::rename(&key, &kept).unwrap();
    let said = ehia(folder.path(), &doctor).await.done();
    assert!(said.out.contains("warn  audit: ") && !key.exists(), "checkpoints can be verified: {said:?}");
    fs::rename(&kept, &key).unwrap();
    fs::rename(folder.path().join(".ehia/audit"), folder.path().join("elsewhere")).unwrap();
    let said = ehia(folder.path(), &doctor).await.refused();
    assert!(said.out.contains("FAIL  audit: The newest checkpoint was signed by the key "), "{said:?}");
    assert!(!there(".ehia/audit"));
    let said = ehia(folder.path(), &[&doctor[..], &["--audit-dir", "elsewhere"]].concat()).await.done();
    assert!(said.out.contains("ok    audit: "), "{said:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_signing_key_and_the_folder_of_the_database_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let mut serving = Running::start(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    serving.line().await;
    assert_eq!(serving.terminate().await.0, Some(0));
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".ehia/audit/signing.key"), 0o600);
    assert_eq!(mode(".ehia"), 0o700);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_of_the_database_is_its_owners_alone_and_one_that_is_there_stays_as_it_is() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let mode = |path: &str| fs::metadata(folder.path().join(path)).unwrap().permissions().mode() & 0o777;
    let set = |path: &str, mode| {
        fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(folder.path().join("open")).unwrap();
    set("open", 0o755);
    fs::write(folder.path().join("open/old.db"), "").unwrap();
    set("open/old.db", 0o644);
    for (file, wanted) in [("open/new.db", 0o600), ("open/old.db", 0o644)] {
        let database = format!("sqlite://{file}?mode=rwc");
        ehia(folder.path(), &["migrate", "--database", &database]).await.done();
        assert_eq!(mode(file), wanted, "{file}");
        let serve = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
        let mut serving = Running::start(folder.path(), &serve);
        serving.line().await;
        for beside in ["-wal", "-shm"] {
            assert_eq!(mode(&format!("{file}{beside}")), wanted, "{file}{beside}");
        }
        assert_eq!(serving.terminate().await.0, Some(0));
        let said = ehia(folder.path(), &["doctor", "--listen", "127.0.0.1:0", "--database", &database]).await;
        assert_eq!(said.out.contains("chmod 600"), wanted == 0o644, "{said:?}");
    }
    let elsewhere = "sqlite://open/none.db";
    ehia(folder.path(), &["migrate", "--database", elsewhere]).await.refused();
    assert!(!folder.path().join("open/none.db").exists(), "only `mode=rwc` makes a file");
}

#[tokio::test]
async fn a_standing_panel_is_written_as_people_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let chair =
        ["user", "add", "--email", "chair@example.org", "--name", "A Chair", "--organisation", "T6Y0W"];
    let chair = [&chair[..], &["--role", "panel_chair", "--generate-password"]].concat();
    ehia(folder.path(), &chair).await.done();
    let listed = ehia(folder.path(), &["user", "list", "--organisation", "T6Y0W", "--json"]).await.done();
    let people = listed.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let chair = people.into_iter().find(|one| one["email"] == "chair@example.org").unwrap();
    let id = chair["id"].as_str().unwrap();
    let bare = id.strip_prefix("person:").unwrap();
    let file = folder.path().join("settings.json");
    let set = ["organisation", "settings", "T6Y0W", "--set", "settings.json"];
    for written in [id, bare] {
        fs::write(&file, json!({"panel": [{"person": written, "seat": "chair"}]}).to_string()).unwrap();
        ehia(folder.path(), &set).await.done();
        let told = ehia(folder.path(), &["organisation", "settings", "T6Y0W"]).await.done();
        assert_eq!(told.json()["panel"], json!([{"person": id, "seat": "chair"}]), "{told:?}");
    }
    for wrong in [format!("organisation:{bare}"), "A Chair".to_owned()] {
        fs::write(&file, json!({"panel": [{"person": wrong, "seat": "chair"}]}).to_string()).unwrap();
        let told = ehia(folder.path(), &set).await;
        assert!(told.code == Some(1) && told.err.contains("write `person:` and a UUID"), "{told:?}");
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_listed_with_what_deals_with_it() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    let said = ehia(folder.path(), &["tasks", "author@example.org"]).await.done();
    assert_eq!(said.out, "Nothing waits for author@example.org.\n");
    fs::write(folder.path().join("one.json"), example().to_string()).unwrap();
    let import = ["import", "one.json", "--organisation", "T6Y0W", "--as", "author@example.org", "--json"];
    let imported = ehia(folder.path(), &import).await.done().json();
    let reference = imported["imported"][0]["reference"].as_str().unwrap();

    let task = ehia(folder.path(), &["tasks", "author@example.org", "--json"]).await.done().json();
    assert_eq!(task["assessment"]["reference"], reference);
    assert_eq!(task["assessment"]["reexaminationDue"], Value::Null);
    assert_eq!(
        (&task["kind"], &task["reason"], &task["mutation"], &task["overdue"]),
        (
            &json!("WRITE"),
            &json!("The assessment is still being written."),
            &json!("transitionAssessment"),
            &json!(false)
        )
    );
    let table = ehia(folder.path(), &["tasks", "author@example.org"]).await.done().out;
    for word in ["DUE", "BY MUTATION", reference, "transitionAssessment", "still being written"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let said = ehia(folder.path(), &["tasks", "nobody@example.org"]).await.refused();
    assert!(said.err.contains("there is no person with the address nobody@example.org"), "{said:?}");
}

#[tokio::test]
async fn a_case_is_rebuilt_from_its_events() {
    let folder = tempfile::tempdir().unwrap();
    set_up(folder.path()).await;
    fs::write(folder.path().join("one.json"), example().to_string()).unwrap();
    let import = ["import", "one.json", "--organisation", "T6Y0W", "--as", "author@example.org", "--json"];
    let said = ehia(folder.path(), &import).await.done().json();
    let reference = said["imported"][0]["reference"].as_str().unwrap();
    let told = ehia(folder.path(), &["audit", "replay", reference]).await.done().json();
    assert_eq!(told["reference"], reference);
    assert_eq!((&told["facts"]["reference"], &told["facts"]["state"]), (&json!(reference), &json!("draft")));
    assert!(told["facts"]["process"].is_object());
    let first = ehia(folder.path(), &["audit", "replay", reference, "--event", "1"]).await.done().json();
    assert_eq!(first["event"], 1);
    let later = ["audit", "replay", reference, "--at", "2999-01-01T00:00:00Z"];
    assert_eq!(ehia(folder.path(), &later).await.done().json(), told);
    let before = ["audit", "replay", reference, "--at", "2001-01-01T00:00:00Z"];
    let said = ehia(folder.path(), &before).await.refused();
    assert!(said.err.contains("the case had not begun"), "{said:?}");
    let said = ehia(folder.path(), &["audit", "replay", "T6Y0W-2001-0001"]).await.refused();
    assert!(said.err.contains("there is no assessment T6Y0W-2001-0001"), "{said:?}");
}
