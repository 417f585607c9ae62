//! The private PostgreSQL of the tests.

#[path = "../../tests/it/support/postgres.rs"]
#[expect(clippy::unwrap_used, reason = "written for tests, where what cannot be arranged has failed")]
pub mod postgres;

/// Without PostgreSQL there is nothing to compare with.
fn servers_required() -> bool {
    true
}

fn left_out(what: &'static str) {
    crate::report::note(what);
}
