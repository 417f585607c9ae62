//! Values parted by commas (RFC 4180): UTF-8, lines ended by CR and LF.
//!
//! Before the table stand lines that begin with `#`, each one value: what the table is, and what a reader must know.

use super::{Cell, Extract, Table};

/// Writes a table with what is said of all.
#[must_use]
pub fn write(extract: &Extract, table: &Table) -> String {
    let mut text = String::new();
    let said = [format!("# {}: {}", extract.title, table.title)];
    let heading = extract.heading.iter().map(|(label, told)| format!("# {label}: {told}"));
    for line in said.into_iter().chain(heading).chain(table.note.iter().map(|note| format!("# Note: {note}")))
    {
        text.push_str(&quoted(&line));
        text.push_str("\r\n");
    }
    row(&mut text, table.columns.iter().map(|column| spelt(&Cell::Text(column.title.clone()))));
    for cells in &table.rows {
        row(&mut text, cells.iter().map(spelt));
    }
    text
}

fn row(text: &mut String, cells: impl Iterator<Item = String>) {
    text.push_str(&cells.map(|cell| quoted(&cell)).collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

fn spelt(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Number(number) => number.to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::Money(money) => money.to_string(),
        Cell::Truth(true) => "yes".into(),
        Cell::Truth(false) => "no".into(),
    }
}

/// Text that a spreadsheet takes for text: what begins like a formula gets an apostrophe before it. Numbers are written by this
/// program alone, and may begin with a minus.
#[must_use]
pub fn harmless(text: &str) -> String {
    let begins = |letter: char| {
        matches!(
            letter,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}'
        )
    };
    // What some programs cut off before they look.
    let first = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '"', '\'']).chars().next();
    if text.starts_with(begins) || first.is_some_and(begins) { format!("'{text}") } else { text.to_owned() }
}

fn quoted(cell: &str) -> String {
    let needs = |letter: char| matches!(letter, ',' | '"' | '\r' | '\n' | ';' | '\t');
    if cell.contains(needs) || cell.starts_with(' ') || cell.ends_with(' ') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
