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
    columns(&headings, rows)
}

/// The same of as many columns as there are headings.
pub fn columns<R: AsRef<[String]>>(headings: &[&str], rows: &[R]) -> anyhow::Result<()> {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row.as_ref()) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = io::stdout().lock();
    let mut write = |cells: &mut dyn Iterator<Item = &str>| {
        let padded: Vec<String> = cells.zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(out, "{}", padded.join("  ").trim_end())
    };
    write(&mut headings.iter().copied())?;
    for row in rows {
        write(&mut row.as_ref().iter().map(String::as_str))?;
    }
    Ok(())
}

/// Whether an error only says that the reader of our output has gone, as `head` does.
#[must_use]
pub fn is_reader_gone(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
