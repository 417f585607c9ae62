//! Reference data: files as they were loaded, every version of each. The newest of a kind and name is in force.

use crate::column::{NewTable, bytes, creates, date, digest, instant, number, optional, text, word};

creates! {
    NewTable::new("reference_file", vec![
        word("kind", &["areas", "places", "former_places", "mapping", "deprivation", "counts"]),
        text("name"),
        number("version"),
        text("file"),
        optional(date("published")),
        text("source"),
        text("licence"),
        number("rows"),
        number("size"),
        digest("sha256"),
        bytes("bytes"),
        instant("loaded_at"),
    ])
    .key(["kind", "name", "version"]),
}
