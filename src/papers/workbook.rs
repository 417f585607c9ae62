//! Tables as a workbook: a sheet for each, with real numbers, dates and amounts, its header frozen; before them a sheet that says
//! what they are. The same tables give the same bytes.

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

use crate::domain::risk::extract::{Cell, Extract, Table};

/// Most letters of a cell; the format has room for 32,767.
const LETTERS: usize = 32_000;
/// Columns are at least and at most so many letters wide.
const WIDTHS: (usize, usize) = (8, 60);
/// Most letters at the foot of a printed page.
const FOOT: usize = 200;

/// Writes the workbook, made on this day.
pub fn workbook(extract: &Extract, made: NaiveDate) -> anyhow::Result<Vec<u8>> {
    let mut book = Workbook::new();
    let day = ExcelDateTime::from_ymd(
        u16::try_from(made.year())?,
        u8::try_from(made.month())?,
        u8::try_from(made.day())?,
    )?;
    book.set_properties(&DocProperties::new().set_title(&extract.title).set_creation_datetime(&day));
    let formats = Formats::new();
    about(book.add_worksheet(), extract, &formats)?;
    for table in &extract.tables {
        sheet(book.add_worksheet(), extract, table, &formats)?;
    }
    Ok(book.save_to_buffer()?)
}

struct Formats {
    head: Format,
    day: Format,
    money: Format,
    prose: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            head: Format::new().set_bold().set_text_wrap(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            money: Format::new().set_num_format("£#,##0.00;-£#,##0.00"),
            prose: Format::new().set_text_wrap(),
        }
    }
}

fn about(sheet: &mut Worksheet, extract: &Extract, formats: &Formats) -> anyhow::Result<()> {
    sheet.set_name("about")?;
    sheet.write_string_with_format(0, 0, &extract.title, &formats.head)?;
    let notes = extract.tables.iter().map(|table| (table.key.to_owned(), told(table)));
    for (row, (label, text)) in (2..).zip(extract.heading.iter().cloned().chain(notes)) {
        sheet.write_string_with_format(row, 0, clipped(&label), &formats.head)?;
        sheet.write_string_with_format(row, 1, clipped(&text), &formats.prose)?;
    }
    sheet.set_column_width(0, 24)?;
    sheet.set_column_width(1, 100)?;
    Ok(())
}

fn told(table: &Table) -> String {
    match &table.note {
        Some(note) => format!("{}. {note}", table.title),
        None => format!("{}.", table.title),
    }
}

fn sheet(sheet: &mut Worksheet, extract: &Extract, table: &Table, formats: &Formats) -> anyhow::Result<()> {
    sheet.set_name(table.key)?;
    let mut widths = Vec::with_capacity(table.columns.len());
    for (column, head) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, &head.title, &formats.head)?;
        widths.push(head.title.chars().count().min(24));
    }
    for (row, cells) in (1..).zip(&table.rows) {
        for ((column, cell), width) in (0..).zip(cells).zip(&mut widths) {
            *width = (*width).max(write(sheet, row, column, cell, formats)?);
        }
    }
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, u16::try_from(width.clamp(WIDTHS.0, WIDTHS.1) + 2)?)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    if let (Ok(last), Some(column)) = (u32::try_from(table.rows.len()), table.columns.len().checked_sub(1)) {
        sheet.autofilter(0, 0, last, u16::try_from(column)?)?;
    }
    // What is printed says what it is, too.
    let said: Vec<String> = extract.heading.iter().map(|(label, text)| format!("{label}: {text}")).collect();
    let foot: String = said.join(". ").replace('&', "and").chars().take(FOOT).collect();
    sheet.set_header(format!("&L{}", table.title.replace('&', "and")));
    sheet.set_footer(format!("&L{foot}"));
    sheet.set_landscape();
    sheet.set_repeat_rows(0, 0)?;
    Ok(())
}

/// Writes a value; how many letters it is wide.
fn write(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    formats: &Formats,
) -> anyhow::Result<usize> {
    Ok(match cell {
        Cell::Empty => 0,
        Cell::Text(text) => {
            // Never a formula, whatever it begins with.
            sheet.write_string(row, column, clipped(text))?;
            text.chars().count()
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, whole(*number))?;
            number.to_string().len()
        }
        Cell::Money(money) => {
            sheet.write_number_with_format(row, column, whole(money.pence()) / 100.0, &formats.money)?;
            money.to_string().len() + 4
        }
        Cell::Date(day) => {
            match (u16::try_from(day.year()), u8::try_from(day.month()), u8::try_from(day.day())) {
                (Ok(year @ 1900..=9999), Ok(month), Ok(of)) => {
                    let at = ExcelDateTime::from_ymd(year, month, of)?;
                    sheet.write_datetime_with_format(row, column, &at, &formats.day)?;
                }
                // The format has no such days.
                _ => {
                    sheet.write_string(row, column, day.to_string())?;
                }
            }
            10
        }
        Cell::Truth(truth) => {
            sheet.write_boolean(row, column, *truth)?;
            5
        }
    })
}

/// A number as the format has them, which are exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts and pence are below 2^53")]
fn whole(number: i64) -> f64 {
    number as f64
}

fn clipped(text: &str) -> String {
    text.chars().take(LETTERS).collect()
}
