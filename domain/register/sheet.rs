//! The file of a list: CSV with a heading, UTF-8, one decision a line. All of it is sound, or it is told line by line.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use csv::{ReaderBuilder, StringRecord};

use super::{Entry, RegisterKind};
use crate::text::{self, Path, Violation};

/// The columns of a list in any order; the first three are required, and so is something in them on every line.
pub const COLUMNS: [&str; 9] =
    ["key", "title", "source", "kind", "body", "date", "service_line", "decided", "assessment"];
/// How many of them are required.
const REQUIRED: usize = 3;
/// Most decisions of a list.
pub const MOST: usize = 20_000;
/// Most bytes of a file.
pub const LARGEST: usize = 8 * 1024 * 1024;
/// Most that is told of a bad file.
const TOLD: usize = 200;
/// Longest key.
const KEY: usize = 100;

/// A decision with the number of its line, from 1; the heading is a line, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it begins.
    pub number: u64,
    /// What it says.
    pub entry: Entry,
}

/// Reads a list.
///
/// # Errors
/// Everything that is wrong, each with line and column (`csv/12/date`); after two hundred no more is told.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, Vec<Violation>> {
    if bytes.len() > LARGEST {
        let message = format!("The file has {} bytes; at most {LARGEST} are read.", bytes.len());
        return Err(vec![whole("TOO_LONG", message)]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        let line = bytes.split(|byte| *byte == b'\n').position(|line| std::str::from_utf8(line).is_err());
        let line = line.map_or(1, |index| index + 1);
        let message = format!("Line {line} is not UTF-8: save the file as \"CSV UTF-8\" and load that.");
        return Err(vec![Violation::new("INVALID", message, Path::of(["csv".to_owned(), line.to_string()]))]);
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let heading = text.lines().next().unwrap_or_default();
    // Where a comma writes decimals, spreadsheets part columns by semicolons.
    let part = if heading.contains(';') && !heading.contains(',') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(part).flexible(true).from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(headers) => heads(headers)?,
        Err(error) => return Err(vec![broken(&error)]),
    };
    let mut place = Place { text, byte: 0, line: 1 };
    let (mut lines, mut wrong, mut keys) = (Vec::new(), Vec::new(), BTreeMap::new());
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                wrong.push(broken(&error));
                break;
            }
        };
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        if lines.len() == MOST {
            wrong.push(whole("TOO_MANY", format!("There are more than {MOST} decisions; part the list.")));
            break;
        }
        let number = place.line(record.position());
        let mut row = Row { number, record: &record, columns: &columns, wrong: Vec::new() };
        let entry = row.entry();
        if let Some(first) = keys.get(&entry.key) {
            let message = format!("Line {first} has this key, too: each decision has a key of its own.");
            row.say("key", "DUPLICATE", message);
        } else if !entry.key.is_empty() {
            keys.insert(entry.key.clone(), number);
        }
        wrong.append(&mut row.wrong);
        lines.push(Line { number, entry });
        if wrong.len() >= TOLD {
            break;
        }
    }
    if lines.is_empty() && wrong.is_empty() {
        let message =
            "There is no decision in this file: nothing is loaded, so that nothing ends by mistake.";
        wrong.push(whole("REQUIRED", message));
    }
    wrong.truncate(TOLD);
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

/// Where each column is, by its name.
fn heads(headers: &StringRecord) -> Result<BTreeMap<&'static str, usize>, Vec<Violation>> {
    let (mut columns, mut wrong) = (BTreeMap::new(), Vec::new());
    let mut say = |code: &str, message: String, column: &str| {
        wrong.push(Violation::new(code, message, Path::of(["csv", "1", column])));
    };
    for (index, header) in headers.iter().enumerate() {
        let header = header.trim();
        let folded = text::fold(header).replace([' ', '-'], "_");
        match COLUMNS.iter().find(|name| **name == folded) {
            Some(name) if columns.insert(*name, index).is_some() => {
                say("DUPLICATE", format!("The column `{name}` is there twice."), name);
            }
            Some(_) => {}
            None => {
                let told: String = header.chars().take(60).collect();
                let message = format!("There is no column `{told}`; the columns are {}.", COLUMNS.join(", "));
                say("INVALID", message, &told);
            }
        }
    }
    for name in COLUMNS.iter().take(REQUIRED).filter(|name| !columns.contains_key(*name)) {
        say("REQUIRED", format!("The first line names no column `{name}`; add it."), name);
    }
    if wrong.is_empty() { Ok(columns) } else { Err(wrong) }
}

/// Counts lines up to where a record begins: the reader counts a line that ends in two characters after the first of them.
struct Place<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Place<'_> {
    fn line(&mut self, at: Option<&csv::Position>) -> u64 {
        let at = at.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.byte);
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let between = self.text.as_bytes().get(self.byte..at + ends).unwrap_or_default();
        self.line += between.split(|byte| *byte == b'\n').skip(1).map(|_| 1).sum::<u64>();
        self.byte = at + ends;
        self.line
    }
}

/// A line that is being read.
struct Row<'a> {
    number: u64,
    record: &'a StringRecord,
    columns: &'a BTreeMap<&'static str, usize>,
    wrong: Vec<Violation>,
}

impl Row<'_> {
    fn entry(&mut self) -> Entry {
        let known = self.columns.len();
        if self.record.len() > known {
            let message = format!(
                "There are {} cells and {known} columns: put a cell that holds commas into quotes.",
                self.record.len()
            );
            self.say("", "INVALID", message);
        }
        Entry {
            key: self.required("key", KEY),
            title: self.required("title", text::LINE),
            source: self.required("source", text::LINE),
            kind: self.kind(),
            body: self.optional("body"),
            date: self.date(),
            service_line: self.optional("service_line"),
            decided: self.decided(),
            assessment: self.optional("assessment"),
        }
    }

    fn cell(&self, column: &str) -> &str {
        let cell = self.columns.get(column).and_then(|index| self.record.get(*index));
        cell.unwrap_or_default().trim()
    }

    fn required(&mut self, column: &'static str, most: usize) -> String {
        let cell = self.cell(column).to_owned();
        if cell.is_empty() {
            self.say(column, "REQUIRED", "There is nothing here; every decision has one.".to_owned());
        } else {
            self.line(column, &cell, most);
        }
        cell
    }

    fn optional(&mut self, column: &'static str) -> Option<String> {
        let cell = self.cell(column).to_owned();
        self.line(column, &cell, text::LINE);
        (!cell.is_empty()).then_some(cell)
    }

    fn line(&mut self, column: &'static str, cell: &str, most: usize) {
        if let Err(wrong) = text::bounded_line(cell, most, &Path::default()) {
            self.say(column, &wrong.code, wrong.message);
        }
    }

    fn kind(&mut self) -> RegisterKind {
        let cell = text::fold(self.cell("kind")).replace([' ', '-'], "_");
        if cell.is_empty() {
            return RegisterKind::Other;
        }
        RegisterKind::parse(&cell).unwrap_or_else(|| {
            let words: Vec<_> = RegisterKind::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("Write one of {}, or nothing.", words.join(", "));
            self.say("kind", "INVALID", message);
            RegisterKind::Other
        })
    }

    /// ISO 8601, or day, month and year with slashes, as spreadsheets here write it.
    fn date(&mut self) -> Option<NaiveDate> {
        let cell = self.cell("date").to_owned();
        if cell.is_empty() {
            return None;
        }
        let plain =
            cell.len() == 10 && cell.bytes().all(|byte| byte.is_ascii_digit() || b"-/".contains(&byte));
        let forms = ["%Y-%m-%d", "%d/%m/%Y"];
        let read =
            forms.iter().filter(|_| plain).find_map(|form| NaiveDate::parse_from_str(&cell, form).ok());
        if read.is_none() {
            let told: String = cell.chars().take(20).collect();
            let message = format!("`{told}` is no day; write 2027-03-31 or 31/03/2027.");
            self.say("date", "INVALID", message);
        }
        read
    }

    fn decided(&mut self) -> Option<bool> {
        match text::fold(self.cell("decided")).as_str() {
            "" => None,
            "yes" | "y" | "true" => Some(true),
            "no" | "n" | "false" => Some(false),
            _ => {
                self.say("decided", "INVALID", "Write yes or no, or nothing.".to_owned());
                None
            }
        }
    }

    fn say(&mut self, column: &str, code: &str, message: String) {
        let mut path = Path::of(["csv".to_owned(), self.number.to_string()]);
        let place = if column.is_empty() {
            format!("Line {}", self.number)
        } else {
            path = path.join(column);
            format!("Line {}, {column}", self.number)
        };
        self.wrong.push(Violation::new(code, format!("{place}: {message}"), path));
    }
}

fn whole(code: &str, message: impl Into<String>) -> Violation {
    Violation::new(code, message, Path::of(["csv"]))
}

/// A file that is no CSV from some line on.
fn broken(error: &csv::Error) -> Violation {
    let line = error.position().map_or(1, csv::Position::line);
    let message = format!("Line {line}: this is no CSV: {error}.");
    Violation::new("INVALID", message, Path::of(["csv".to_owned(), line.to_string()]))
}
