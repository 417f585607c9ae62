//! The places that a case names.

use serde_json::Value;

use crate::{
    app::App,
    domain::{
        area,
        edit::Edit,
        text::{Path, Violation},
    },
};

/// The codes that edits put into the footprint and that were not there before, each with its place in it.
pub(super) fn placed(edits: &[Edit], before: &[String]) -> Vec<(usize, String)> {
    let footprints = edits.iter().filter_map(|edit| match edit {
        Edit::Proposal(fields) => fields.get("footprint").and_then(Value::as_array),
        _ => None,
    });
    let codes = footprints.flat_map(|codes| codes.iter().enumerate());
    let codes = codes.filter_map(|(index, code)| Some((index, area::spelt(code.as_str()?))));
    codes.filter(|(_, code)| !before.contains(code)).collect()
}

/// What is wrong with an edit as a whole, where codes of its footprint are: they are told once.
pub(super) fn with_places(mut found: Vec<Violation>, wrong: Vec<Violation>) -> Vec<Violation> {
    if wrong.is_empty() {
        return found;
    }
    let footprint = footprint();
    found.retain(|one| one.code != "INVALID" || !footprint.covers(&one.path));
    found.extend(wrong);
    found
}

fn footprint() -> Path {
    Path::of(["proposal", "footprint"])
}

impl App {
    /// What is wrong with codes of places: each must name one that is known. Nothing where nothing is known of places.
    pub(super) async fn misplaced(&self, codes: Vec<(usize, String)>) -> Vec<Violation> {
        if codes.is_empty() {
            return Vec::new();
        }
        let Ok(reference) = self.known_places().await else { return Vec::new() };
        let refused = codes.into_iter().filter_map(|(index, code)| {
            let why = reference.gazetteer().admit(&code).err()?;
            Some(Violation::new(why.code, why.message, footprint().join(index)))
        });
        refused.collect()
    }
}
