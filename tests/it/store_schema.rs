//! The schema: made from nothing, checked at start, never older or newer than the program.

use ehia::store::{Error, Options, SchemaState, Store};

use crate::support::database::TestDatabase;

async fn a_new_database_is_brought_up_to_date(database: TestDatabase) {
    let store = &database.store;
    let SchemaState::Older { pending } = store.schema().await.unwrap() else { panic!("it has no tables") };
    assert!(matches!(store.require_schema().await, Err(Error::Unavailable(_))));
    assert_eq!(store.migrate().await.unwrap(), pending);
    assert_eq!(store.schema().await.unwrap(), SchemaState::UpToDate);
    store.require_schema().await.unwrap();
    assert_eq!(store.migrate().await.unwrap(), Vec::<String>::new());
}

async fn a_database_of_a_newer_program_is_refused(database: TestDatabase) {
    let store = &database.store;
    store.migrate().await.unwrap();
    database
        .tamper("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20991231_000001_future', 0)")
        .await;
    assert_eq!(
        store.schema().await.unwrap(),
        SchemaState::Newer { unknown: vec!["m20991231_000001_future".into()] }
    );
    for refused in [store.require_schema().await, store.migrate().await.map(drop)] {
        let Err(Error::Unavailable(sentence)) = refused else { panic!("it was not refused") };
        assert!(sentence.contains("newer version"), "{sentence}");
    }
}

#[tokio::test]
async fn a_new_sqlite_file_is_brought_up_to_date() {
    a_new_database_is_brought_up_to_date(TestDatabase::empty_sqlite().await).await;
}

#[tokio::test]
async fn a_new_postgres_database_is_brought_up_to_date() {
    if let Some(database) = TestDatabase::empty_postgres().await {
        a_new_database_is_brought_up_to_date(database).await;
    }
}

#[tokio::test]
async fn a_sqlite_file_of_a_newer_program_is_refused() {
    a_database_of_a_newer_program_is_refused(TestDatabase::empty_sqlite().await).await;
}

#[tokio::test]
async fn a_postgres_database_of_a_newer_program_is_refused() {
    if let Some(database) = TestDatabase::empty_postgres().await {
        a_database_of_a_newer_program_is_refused(database).await;
    }
}

#[tokio::test]
async fn what_is_long_is_compressed_in_less_time_where_the_server_can() {
    let Some(database) = TestDatabase::postgres().await else { return };
    let can = "SELECT count(*) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)";
    let long = |how: &str| {
        format!(
            "SELECT count(*) FROM pg_attribute attribute
             JOIN pg_class class ON class.oid = attribute.attrelid AND class.relkind IN ('r', 'p')
             WHERE class.relnamespace = current_schema()::regnamespace
               AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attstorage = 'x'
               AND attribute.atttypid IN ('text'::regtype, 'bytea'::regtype, 'json'::regtype, 'jsonb'::regtype)
               AND attribute.attcompression::text {how}"
        )
    };
    let (by_lz4, all) = (database.number(&long("= 'l'")).await, database.number(&long("IS NOT NULL")).await);
    assert!(all > 0);
    assert_eq!(by_lz4, if database.number(can).await == 1 { all } else { 0 });
}

#[tokio::test]
async fn what_is_no_database_is_refused_with_a_sentence_and_without_a_password() {
    let refused = Store::open("mysql://me:secret@host/db", Options::default()).await;
    let Err(Error::Unavailable(sentence)) = refused else { panic!("it was opened") };
    assert!(sentence.contains("sqlite://") && !sentence.contains("secret"), "{sentence}");
}
