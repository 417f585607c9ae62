//! What tests stand on.

/// Whether a missing server program fails the run instead of leaving its tests out.
pub fn servers_required() -> bool {
    std::env::var_os("EHIA_REQUIRE_SERVERS").is_some_and(|value| value == "1")
}
