//! What differs between two documents of a case, field by field: list elements are told apart by their `id`, other
//! lists are one value.
//!
//! ```
//! # use ehia_domain::difference::between;
//! let before = serde_json::json!({"title": "Old", "impacts": [{"id": "a", "rationale": "Why"}]});
//! let after = serde_json::json!({"title": "New", "impacts": [{"id": "a", "rationale": "Why"}]});
//! assert_eq!(between(&before, &after)[0].path.to_string(), "title");
//! ```

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{edit, text::Path};

/// One path that differs between two revisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Where.
    pub path: Path,
    /// What was there.
    pub before: Option<Value>,
    /// What is there.
    pub after: Option<Value>,
}

/// What differs, in the order of the paths.
#[must_use]
pub fn between(before: &Value, after: &Value) -> Vec<Change> {
    let mut paths = BTreeSet::new();
    leaves(before, &Path::default(), &mut paths);
    leaves(after, &Path::default(), &mut paths);
    let changes = paths.into_iter().filter_map(|path| {
        let (old, new) = (edit::at(before, &path), edit::at(after, &path));
        (old != new).then(|| Change { before: old.cloned(), after: new.cloned(), path })
    });
    changes.collect()
}

/// The paths of all leaves of a document; lists of elements are entered by id, other lists are leaves.
fn leaves(value: &Value, path: &Path, paths: &mut BTreeSet<Path>) {
    let id = |element: &Value| element.get("id").and_then(Value::as_str).map(str::to_owned);
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            fields.iter().for_each(|(key, field)| leaves(field, &path.join(key), paths));
        }
        Value::Array(elements) if !elements.is_empty() && elements.iter().all(|e| id(e).is_some()) => {
            for element in elements {
                leaves(element, &path.join(id(element).unwrap_or_default()), paths);
            }
        }
        _ => {
            paths.insert(path.clone());
        }
    }
}
