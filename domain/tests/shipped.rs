//! The header of documents that ship with the program. All documents here are synthetic.

use ehia_domain::shipped::read;
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    words: Vec<String>,
}

#[test]
fn a_document_is_read_by_its_own_format_only() {
    let words = |source| read::<Words>("words/1", source).map_err(|error| error.to_string());
    let whole = words(r#"{"format": "words/1", "version": 2, "words": ["one"]}"#);
    assert_eq!(whole, Ok(Words { words: vec!["one".into()] }));
    for (source, reason) in [
        (r#"{"format": "words/2", "version": 1, "words": []}"#, "its format is not `words/1`"),
        (r#"{"version": 1, "words": []}"#, "its format is not `words/1`"),
        (r#"{"format": "words/1", "version": 0, "words": []}"#, "its version is not a number from 1"),
        (r#"{"format": "words/1", "words": []}"#, "its version is not a number from 1"),
        (r#"{"format": "words/1", "version": 1, "words": [], "more": 1}"#, "unknown field `more`"),
    ] {
        let refused = words(source).expect_err("it is not that document");
        assert!(refused.contains(reason), "{source}: {refused}");
    }
}
