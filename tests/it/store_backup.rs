//! A backup is the whole database as it stood.

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use ehia::store::{Error, Options, Store};
use tokio::process::Command;

use crate::support::{cases::World, database::TestDatabase};

/// The permissions of the file, as `chmod` writes them.
fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_sqlite_file_holds_every_case_and_overwrites_nothing() {
    let db = TestDatabase::sqlite().await;
    let mut world = World::new(&db.store).await;
    let case = world.stored(&db.store, "Kept safe").await;
    let copy = db.directory.path().join("copy.db");
    db.store.backup(&copy).await.unwrap();
    assert_eq!(mode(&copy), 0o600, "whoever else is on the machine does not read it");
    let restored = Store::open(&format!("sqlite://{}", copy.display()), Options::default()).await.unwrap();
    restored.require_schema().await.unwrap();
    assert_eq!(restored.read().case(case.id).await.unwrap(), Some(case));
    let before = std::fs::read(&copy).unwrap();
    assert!(matches!(db.store.backup(&copy).await, Err(Error::Unavailable(_))));
    assert_eq!(std::fs::read(&copy).unwrap(), before, "what was there is left as it was");
    let nowhere = db.directory.path().join("no such folder/copy.db");
    assert!(matches!(db.store.backup(&nowhere).await, Err(Error::Unavailable(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_of_postgres_restores_every_case() {
    let (Some(db), Some(empty)) = (TestDatabase::postgres().await, TestDatabase::empty_postgres().await)
    else {
        return;
    };
    let mut world = World::new(&db.store).await;
    let case = world.stored(&db.store, "Kept safe").await;
    let archive = db.directory.path().join("ehia.dump");
    db.store.backup(&archive).await.unwrap();
    assert_eq!(mode(&archive), 0o600, "whoever else is on the machine does not read it");
    let restored =
        Command::new("pg_restore").arg("--dbname").arg(&empty.url).arg(&archive).output().await.unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(empty.store.read().case(case.id).await.unwrap(), Some(case));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_failed_leaves_no_file() {
    let Some(db) = TestDatabase::postgres().await else { return };
    let folder = db.directory.path();
    let program = folder.join("pg_dump");
    std::fs::write(&program, "#!/bin/sh\necho half > \"$5\"\nexit 1\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let to = folder.join("half.dump");
    let mut backup = Command::new(env!("CARGO_BIN_EXE_ehia"));
    backup.arg("backup").arg(&to).env("PATH", folder).env("EHIA_DATABASE_URL", &db.url);
    let said = backup.output().await.unwrap();
    let why = String::from_utf8_lossy(&said.stderr);
    assert!(!said.status.success() && why.contains("pg_dump failed"), "{why}");
    assert!(!to.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_the_database_is_in_no_argument() {
    let Some(db) = TestDatabase::postgres().await else { return };
    let folder = db.directory.path();
    // What stands in for `pg_dump` notes how it was called.
    let program = folder.join("pg_dump");
    let script = "#!/bin/sh\n: > \"$5\"\nprintf '%s\\n' \"$@\" > \"$5.arguments\"\nprintf %s \"$PGPASSWORD\" > \"$5.password\"\n";
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), env!("PATH"));
    let user = db.url.replace("ehia@", "ehia:p%40ss+w&rd%25@");
    let query = format!("{}&password=p%40ss%2Bw%26rd%25", db.url);
    for (name, url) in [("user", user), ("query", query), ("none", db.url.clone())] {
        let to = folder.join(name);
        let said = Command::new(env!("CARGO_BIN_EXE_ehia"))
            .arg("backup")
            .arg(&to)
            .env("PATH", &path)
            .env("EHIA_DATABASE_URL", &url)
            .output()
            .await
            .unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let read = |end: &str| std::fs::read_to_string(folder.join(format!("{name}.{end}"))).unwrap();
        let arguments = read("arguments");
        assert!(arguments.contains("--dbname\npostgres://ehia@localhost/"), "{arguments}");
        assert!(arguments.contains("host="), "{arguments}");
        assert!(!arguments.contains("p%40ss") && !arguments.contains("p@ss"), "{arguments}");
        assert_eq!(read("password"), if name == "none" { "" } else { "p@ss+w&rd%" }, "{name}");
    }
}
