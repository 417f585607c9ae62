//! The places that a case names.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    app::App,
    domain::{
        edit::Edit,
        text::{Path, Violation},
    },
};

/// The codes that edits put into the footprint and that were not there before.
pub(super) fn placed(edits: &[Edit], before: &[String]) -> Vec<String> {
    let footprints = edits.iter().filter_map(|edit| match edit {
        Edit::Proposal(fields) => fields.get("footprint").and_then(Value::as_array),
        _ => None,
    });
    let codes = footprints.flatten().filter_map(Value::as_str);
    codes.filter(|code| before.iter().all(|own| own != code)).map(str::to_owned).collect()
}

/// What is wrong with an edit as a whole, where codes of its footprint are: they are told once.
pub(super) fn with_places(mut found: Vec<Violation>, wrong: Vec<Violation>) -> Vec<Violation> {
    if wrong.is_empty() {
        return found;
    }
    let footprint = footprint();
    found.retain(|one| one.code != "INVALID" || one.path != footprint);
    found.extend(wrong);
    found
}

fn footprint() -> Path {
    Path::of(["proposal", "footprint"])
}

impl App {
    /// What is wrong with codes of places: each must name one that is known. Nothing where nothing is known of places.
    pub(super) async fn misplaced(&self, codes: Vec<String>) -> Vec<Violation> {
        if codes.is_empty() {
            return Vec::new();
        }
        let Ok(reference) = self.known_places().await else { return Vec::new() };
        let codes: BTreeSet<String> = codes.into_iter().collect();
        let refused = codes.iter().filter_map(|code| reference.gazetteer().admit(code).err());
        refused.map(|why| Violation::new(why.code, why.message, footprint())).collect()
    }
}
