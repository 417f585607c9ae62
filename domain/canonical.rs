//! One spelling of every document: the JSON Canonicalization Scheme (RFC 8785) and its SHA-256.

use std::sync::{Arc, OnceLock};

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
    let value = serde_json::to_value(document).map_err(|error| invalid(&error))?;
    sound(&value, &Path::default())?;
    spell(&value)
}

/// The canonical bytes of a document with these members beside its own, which were spelt before.
///
/// # Errors
/// As [`bytes`], and when the document is no object, or a member is one of its own.
pub fn bytes_with(document: &Value, members: &[(&str, &Spelt)]) -> Result<Vec<u8>, Violation> {
    enum Member<'a> {
        Own(&'a Value),
        Spelt(&'a Spelt),
    }
    sound(document, &Path::default())?;
    let Value::Object(own) = document else {
        return Err(Violation::new("INVALID", "Only an object has members.", Path::default()));
    };
    let mut all: Vec<(&str, Member<'_>)> = Vec::with_capacity(own.len() + members.len());
    all.extend(own.iter().map(|(key, value)| (key.as_str(), Member::Own(value))));
    all.extend(members.iter().map(|(key, spelt)| (*key, Member::Spelt(spelt))));
    // RFC 8785, section 3.2.3: members are ordered by the UTF-16 code units of their names.
    all.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    if let Some(twice) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(Violation::new("INVALID", "A document has each member once.", Path::of([twice[0].0])));
    }
    let mut bytes = vec![b'{'];
    for (key, member) in all {
        if bytes.len() > 1 {
            bytes.push(b',');
        }
        bytes.extend(spell(&key)?);
        bytes.push(b':');
        match member {
            Member::Own(value) => bytes.extend(spell(value)?),
            Member::Spelt(Spelt(spelt)) => bytes.extend_from_slice(spelt),
        }
    }
    bytes.push(b'}');
    Ok(bytes)
}

/// A document spelt once, for those that it is part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelt(Arc<[u8]>);

impl Spelt {
    /// Spells it.
    ///
    /// # Errors
    /// As [`bytes`].
    pub fn of(document: &impl Serialize) -> Result<Self, Violation> {
        Ok(Self(bytes(document)?.into()))
    }
}

/// Where a definition that no longer changes keeps how it is spelt. It is no part of what the definition says, and not
/// copied with it, because a copy may be changed.
#[derive(Debug, Default)]
pub struct Spelling(OnceLock<Spelt>);

impl Spelling {
    /// How the definition that keeps it is spelt.
    ///
    /// # Errors
    /// As [`bytes`].
    pub fn of(&self, definition: &impl Serialize) -> Result<&Spelt, Violation> {
        if let Some(spelt) = self.0.get() {
            return Ok(spelt);
        }
        let spelt = Spelt::of(definition)?;
        Ok(self.0.get_or_init(|| spelt))
    }
}

/// What says nothing.
impl Default for Spelt {
    fn default() -> Self {
        Self(Arc::from(*b"null"))
    }
}

impl Clone for Spelling {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Spelling {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

fn spell(value: &impl Serialize) -> Result<Vec<u8>, Violation> {
    serde_json_canonicalizer::to_vec(value).map_err(|error| invalid(&error))
}

fn invalid(error: &serde_json::Error) -> Violation {
    Violation::new("INVALID", error.to_string(), Path::default())
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
