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
