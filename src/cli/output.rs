//! What goes to standard output. Logs and errors go to standard error; nothing else prints.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use serde::Serialize;

/// One line of text.
pub fn line(text: impl Display) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// One JSON document on one line.
pub fn json(document: &impl Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(document)?)
}

/// Bytes as they are, nothing added.
pub fn bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Rows under headings, each column as wide as its widest cell.
pub fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> anyhow::Result<()> {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].chars().count()]).max().unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let mut out = io::stdout().lock();
    let mut write = |cells: [&str; N]| {
        let padded: Vec<String> =
            std::iter::zip(cells, widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    write(headings)?;
    for row in rows {
        write(row.each_ref().map(String::as_str))?;
    }
    Ok(())
}

/// Whether an error only says that the reader of our output has gone, as `head` does.
#[must_use]
pub fn is_reader_gone(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
