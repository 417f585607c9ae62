//! What tests stand on.

pub mod proxy;
pub mod smtp;

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
