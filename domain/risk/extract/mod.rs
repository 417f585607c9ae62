//! Tables as they leave the service, with what a reader must know of them written on each: which cases, as of when, which
//! edition of data, how numbers were rounded.
//!
//! [`csv`] and [`json`] write tables, [`heat`] and [`matrix`] draw pictures that are read without colour. The same tables give
//! the same bytes.

pub mod csv;
pub mod heat;
pub mod json;
pub mod matrix;
mod svg;

use chrono::NaiveDate;

use crate::{
    proposal::Money,
    text::{Path, Violation, grouped},
    words::words,
};

words! {
    /// What a table or picture leaves as.
    ExtractFormat {
        /// A file of values for each table, parted by commas (RFC 4180, UTF-8): lines that begin with `#` say what it is.
        Csv = "CSV",
        /// A workbook with a sheet for each table.
        Xlsx = "XLSX",
        /// One document with every table.
        Json = "JSON",
        /// Drawings: the heat map, and exposure by group and place.
        Svg = "SVG",
    }
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is said.
    Empty,
    /// Text.
    Text(String),
    /// A number.
    Number(i64),
    /// A calendar date.
    Date(NaiveDate),
    /// Pounds.
    Money(Money),
    /// Yes or no.
    Truth(bool),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<NaiveDate> for Cell {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl From<Money> for Cell {
    fn from(money: Money) -> Self {
        Self::Money(money)
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Truth(truth)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name for programs, in camelCase.
    pub key: String,
    /// Its heading.
    pub title: String,
}

/// A table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name for programs and files, in kebab-case.
    pub key: &'static str,
    /// What it shows.
    pub title: String,
    /// What a reader must know of it beside what is said of all.
    pub note: Option<String>,
    /// What stands in its columns.
    pub columns: Vec<Column>,
    /// Its rows, each with a value for every column.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// One without rows.
    #[must_use]
    pub fn new(key: &'static str, title: impl Into<String>, columns: &[(&str, &str)]) -> Self {
        let mut table = Self { key, title: title.into(), note: None, columns: Vec::new(), rows: Vec::new() };
        table.head(columns);
        table
    }

    /// Adds columns behind those that there are.
    pub fn head(&mut self, columns: &[(&str, &str)]) {
        let named =
            |(key, title): &(&str, &str)| Column { key: (*key).to_owned(), title: (*title).to_owned() };
        self.columns.extend(columns.iter().map(named));
    }

    /// The same with a note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// Tables that leave together.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// What they are.
    pub title: String,
    /// What a reader must know, as label and text: which cases, as of when, which data, how rounded.
    pub heading: Vec<(String, String)>,
    /// The tables.
    pub tables: Vec<Table>,
}

impl Extract {
    /// What a workbook of so many cells has room for: of all tables (`of_all`) the longest are left out until the others fit, and say
    /// so.
    ///
    /// # Errors
    /// `TOO_MANY` where tables were asked for that do not fit together.
    pub fn fitting(mut self, cells: usize, of_all: bool) -> Result<Self, Violation> {
        let size = |table: &Table| table.rows.len() * table.columns.len();
        let why = format!(
            "A workbook has {} cells at most. Ask for CSV or JSON, for fewer tables, or narrow the filter.",
            grouped(u32::try_from(cells).unwrap_or(u32::MAX))
        );
        while self.tables.iter().map(size).sum::<usize>() > cells {
            let Some(table) = self.tables.iter_mut().max_by_key(|table| size(table)).filter(|_| of_all)
            else {
                return Err(Violation::new("TOO_MANY", why, Path::of(["tables"])));
            };
            *table = Table::new(table.key, table.title.clone(), &[]).noted(format!("Left out: {why}"));
        }
        Ok(self)
    }
}
