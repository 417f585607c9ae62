//! A backup is the whole database as it stood.

use ehia::store::{Error, Options, Store};
use tokio::process::Command;

use crate::support::{cases::World, database::TestDatabase};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_sqlite_file_holds_every_case_and_overwrites_nothing() {
    let db = TestDatabase::sqlite().await;
    let mut world = World::new(&db.store).await;
    let case = world.stored(&db.store, "Kept safe").await;
    let copy = db.directory.path().join("copy.db");
    db.store.backup(&copy).await.unwrap();
    let restored = Store::open(&format!("sqlite://{}", copy.display()), Options::default()).await.unwrap();
    restored.require_schema().await.unwrap();
    assert_eq!(restored.read().case(case.id).await.unwrap(), Some(case));
    assert!(matches!(db.store.backup(&copy).await, Err(Error::Unavailable(_))));
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
    let restored =
        Command::new("pg_restore").arg("--dbname").arg(&empty.url).arg(&archive).output().await.unwrap();
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(empty.store.read().case(case.id).await.unwrap(), Some(case));
}
