//! How values are spelt in rows: closed words, numbers, compressed documents, instants.

use std::io::{Read, Write};

use chrono::{DateTime, SubsecRound, Utc};
use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::{Serialize, de::DeserializeOwned};

use super::{Error, Result};
use crate::domain::canonical;

/// Largest document that is unpacked, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads a closed word exactly as the store spells it; any other spelling is a changed row.
pub(crate) fn strict<T: Copy>(
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    spell: impl Fn(T) -> String,
) -> Option<T> {
    parse(text).filter(|value| spell(*value) == text)
}

/// Reads a closed word of a row, or says which row is wrong.
macro_rules! word {
    ($type:ty, $table:literal, $id:expr, $text:expr) => {
        $crate::store::codec::strict($text, <$type>::parse, <$type>::to_sql).ok_or_else(|| {
            $crate::store::Error::corrupt($table, $id, format!("`{}` is not a {}", $text, stringify!($type)))
        })
    };
}

pub(crate) use word;

/// A number of a row as the domain has it.
pub(crate) fn count(table: &'static str, id: impl ToString, number: i64) -> Result<u32> {
    u32::try_from(number).map_err(|_| Error::corrupt(table, id, format!("{number} is out of range")))
}

/// An instant to the microsecond: what both databases keep.
pub(crate) fn instant(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// Packs bytes with zlib.
pub(crate) fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_err(|error| Error::Unavailable(format!("The document cannot be compressed: {error}.")))
}

/// Unpacks bytes; `None` when they are no zlib stream or too large.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    let mut decoder = ZlibDecoder::new(bytes);
    decoder.by_ref().take(LARGEST).read_to_end(&mut unpacked).ok()?;
    // The whole input must have been one stream: a byte after its end is a changed byte.
    (decoder.total_in() == bytes.len() as u64 && (unpacked.len() as u64) < LARGEST).then_some(unpacked)
}

/// A document as canonical text.
pub(crate) fn text(document: &impl Serialize) -> Result<String> {
    String::from_utf8(canonical::bytes(document)?)
        .map_err(|_| Error::Unavailable("Canonical JSON is always UTF-8.".into()))
}

/// Reads a document of a row, or says which row is wrong.
pub(crate) fn document<T: DeserializeOwned>(
    table: &'static str,
    id: impl ToString,
    bytes: &[u8],
) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| Error::corrupt(table, id, error.to_string()))
}
