//! Documents that ship with the program as data: each says its format and version above what it holds.

use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Error, Map, Value};

/// What the document of this format holds, apart from its header.
///
/// # Errors
/// When it is another document, or says what is not known.
pub fn read<T: DeserializeOwned>(format: &str, source: &str) -> Result<T, Error> {
    let mut document: Map<String, Value> = serde_json::from_str(source)?;
    if document.remove("format").is_none_or(|named| named != format) {
        return Err(Error::custom(format!("its format is not `{format}`")));
    }
    if document.remove("version").is_none_or(|version| version.as_u64().is_none_or(|version| version == 0)) {
        return Err(Error::custom("its version is not a number from 1"));
    }
    serde_json::from_value(Value::Object(document))
}
