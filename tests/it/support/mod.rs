//! What tests share: databases of their own, and cases to put into them.

pub mod cases;
pub mod database;
mod postgres;

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
