//! What tests share: databases of their own, and cases to put into them.

pub mod cases;
pub mod database;
pub mod people;
pub mod play;
mod postgres;
pub mod program;
pub mod proxy;
pub mod service;
pub mod smtp;
pub mod socket;
pub mod stage;

use std::{collections::BTreeSet, io::Write, sync::Mutex};

/// Whether a missing server program fails the run instead of leaving its tests out.
pub fn servers_required() -> bool {
    std::env::var_os("EHIA_REQUIRE_SERVERS").is_some_and(|value| value == "1")
}

/// Says once, past the capture of a passing test's output, that something was not tested.
pub fn left_out(what: &'static str) {
    static SAID: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap().insert(what) {
        std::io::stderr().write_all(format!("LEFT OUT: {what}\n").as_bytes()).unwrap();
    }
}

/// Declares tests that run on SQLite and on PostgreSQL, each on a migrated database of its own:
/// `on_both! { async fn the_rule(db) { .. } }` with `db: &TestDatabase`.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($database:ident) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn holds($database: &$crate::support::database::TestDatabase) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                holds(&$crate::support::database::TestDatabase::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                if let Some(database) = $crate::support::database::TestDatabase::postgres().await {
                    holds(&database).await;
                }
            }
        }
    )+ };
}

pub(crate) use on_both;

/// Holds what was built against the file that was agreed on, by its path in the repository; with `EHIA_UPDATE` it is
/// written anew, to be read line by line.
pub fn agreed(path: &str, built: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("EHIA_UPDATE").is_some() {
        std::fs::write(&file, built).unwrap();
    }
    let agreed = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = agreed.lines().zip(built.lines()).find(|(agreed, now)| agreed != now);
    assert!(
        agreed == built,
        "{path} is stale, first in {differs:?}; run with EHIA_UPDATE=1 and read what changed"
    );
}
