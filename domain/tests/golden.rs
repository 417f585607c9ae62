//! Generated listings that are committed, so that a change of them is seen and read.

use std::path::Path;

/// Holds a listing to the committed one; with `EHIA_UPDATE` set, commits the listing.
pub fn holds(name: &str, listing: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("EHIA_UPDATE").is_some() {
        std::fs::write(&path, listing).unwrap();
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = agreed.lines().zip(listing.lines()).find(|(agreed, now)| agreed != now);
    assert!(
        agreed == listing,
        "{} is stale; the first line that differs: {differs:?}. If the change is meant, run again with \
         EHIA_UPDATE=1 and read what changed.",
        path.display()
    );
}
