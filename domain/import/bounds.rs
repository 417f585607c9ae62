//! What any document is held to before anybody looks at what it says.

use serde_json::Value;

use crate::{
    canonical,
    text::{self, Path, Violation},
};

/// Deepest nesting of lists and objects.
const DEPTH: usize = 32;
/// Most violations that are told at once.
const TOLD: usize = 100;

/// Refuses what is nested too deep, too long, too many, or could not be read back the same everywhere.
pub(super) fn check(document: &Value) -> Result<(), Vec<Violation>> {
    let mut found = Vec::new();
    walk(document, &Path::default(), 0, &mut found);
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// At most 60 characters of what somebody typed, for a path or a message.
pub(super) fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}

fn walk(value: &Value, path: &Path, depth: usize, found: &mut Vec<Violation>) {
    if found.len() >= TOLD {
        return;
    }
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(_) => found.extend(canonical::sound(value, path).err()),
        Value::String(text) => found.extend(text::bounded(text, text::PARAGRAPH, path).err()),
        Value::Array(_) | Value::Object(_) if depth >= DEPTH => {
            let message = format!("This is nested more than {DEPTH} deep; flatten it.");
            found.push(Violation::new("TOO_DEEP", message, path.clone()));
        }
        Value::Array(list) => match text::bounded_list(list.len(), path) {
            Err(violation) => found.push(violation),
            Ok(()) => {
                for (index, element) in list.iter().enumerate() {
                    walk(element, &path.join(index), depth + 1, found);
                }
            }
        },
        Value::Object(fields) => match text::bounded_list(fields.len(), path) {
            Err(violation) => found.push(violation),
            Ok(()) => {
                for (key, element) in fields {
                    found.extend(text::bounded(key, text::LINE, path).err());
                    walk(element, &path.join(clip(key)), depth + 1, found);
                }
            }
        },
    }
}
