//! One spelling of every document: the JSON Canonicalization Scheme (RFC 8785) and its SHA-256.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::text::{Path, Violation};

/// The largest integer that every reader of JSON keeps exactly, 2^53 - 1 (RFC 8785, section 3.2.2.3).
pub const LARGEST: i64 = 9_007_199_254_740_991;

/// The canonical bytes of a document.
///
/// # Errors
/// When it cannot be spelt: a number beyond [`LARGEST`], NaN, or a map with keys that are not text.
pub fn bytes(document: &impl Serialize) -> Result<Vec<u8>, Violation> {
    let value = serde_json::to_value(document)
        .map_err(|error| Violation::new("INVALID", error.to_string(), Path::default()))?;
    sound(&value, &Path::default())?;
    serde_json_canonicalizer::to_vec(&value)
        .map_err(|error| Violation::new("INVALID", error.to_string(), Path::default()))
}

/// SHA-256 as 64 lower-case hexadecimal digits.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Refuses what could not be read back the same everywhere: integers beyond 2^53 and U+0000.
pub fn sound(value: &Value, path: &Path) -> Result<(), Violation> {
    let mut at = Vec::new();
    let Err(message) = is_sound(value, &mut at) else { return Ok(()) };
    let whole = at.iter().fold(path.clone(), |path, part| match part {
        Part::Key(key) => path.join(key),
        Part::Index(index) => path.join(index),
    });
    Err(Violation::new("INVALID", message, whole))
}

/// A step into a document. Paths are spelt only where something is wrong.
enum Part<'a> {
    Key(&'a str),
    Index(usize),
}

/// What is wrong, with `at` standing on it.
fn is_sound<'a>(value: &'a Value, at: &mut Vec<Part<'a>>) -> Result<(), &'static str> {
    match value {
        Value::Number(number) => {
            let small = number.as_i64().is_some_and(|n| n.unsigned_abs() <= LARGEST.unsigned_abs())
                || (number.is_f64() && number.as_f64().is_some_and(|n| n.abs() <= 9_007_199_254_740_991.0));
            if small { Ok(()) } else { Err("Numbers beyond 2^53 cannot be kept exactly.") }
        }
        Value::String(text) if text.contains('\0') => Err("The character U+0000 cannot be kept; remove it."),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Array(list) => list.iter().enumerate().try_for_each(|(index, element)| {
            at.push(Part::Index(index));
            is_sound(element, at)?;
            at.pop();
            Ok(())
        }),
        Value::Object(fields) => fields.iter().try_for_each(|(key, element)| {
            if key.contains('\0') {
                return Err("A key holds U+0000; remove it.");
            }
            at.push(Part::Key(key));
            is_sound(element, at)?;
            at.pop();
            Ok(())
        }),
    }
}
