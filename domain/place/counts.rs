//! Counts of people and households of each LSOA or MSOA, column by column.

use super::{
    Code, Gazetteer, Lsoas,
    edition::missing,
    file::{Fault, Sheet},
    measure::{Size, Whole, wholes},
};
use crate::{area::AreaLevel, text::shortened};

/// By how many people each cell may be perturbed, its total included, before parts that exceed their total are refused.
/// The office does not publish the largest change; cells of one table agree in all that ships, and cells that are
/// rounded to five differ by less.
const PERTURBED: u64 = 5;

/// The tables that were read; of two columns with the same heading the one that was published later is told.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    lsoa: Vec<Table<u16>>,
    msoa: Vec<Table<u32>>,
}

/// One file: its cells column after column, in one piece.
#[derive(Clone, Debug)]
struct Table<T> {
    published: Option<chrono::NaiveDate>,
    headings: Vec<String>,
    cells: Vec<T>,
}

impl<T: Copy + Default + TryFrom<u32>> Table<T> {
    /// Reads one row for each of the places.
    fn read(
        sheet: &Sheet,
        places: Size,
        codes: &[Code],
        ordinal: impl Fn(Code) -> Option<u32>,
    ) -> Result<Self, Fault> {
        let sums = Sum::of(sheet, places)?;
        let headings: Vec<String> = sheet.header().iter().skip(1).cloned().collect();
        let mut told = Vec::with_capacity(headings.len());
        let mut cells = vec![T::default(); headings.len() * codes.len()];
        let mut seen = Lsoas::default();
        for mut row in sheet.rows() {
            let code = row.code()?;
            let ordinal = ordinal(code).ok_or_else(|| row.wrong(format!("{code} is none of its places.")))?;
            if seen.contains(ordinal) {
                return Err(row.wrong(format!("{code} is there twice.")));
            }
            seen.insert(ordinal);
            told.clear();
            for cell in cells.iter_mut().skip(ordinal as usize).step_by(codes.len()) {
                let count: u32 = row.number()?;
                let fits = T::try_from(count).ok();
                *cell = fits.ok_or_else(|| {
                    row.wrong(format!("{count} is more than a place of this size can have."))
                })?;
                told.push(count);
            }
            row.end()?;
            for sum in &sums {
                sum.holds(sheet, row.line, &told)?;
            }
        }
        missing(sheet, codes, &seen)?;
        Ok(Self { published: sheet.manifest.published, headings, cells })
    }
}

/// A total and its parts, by their columns behind the first.
struct Sum {
    of: usize,
    parts: Vec<usize>,
    per_million: bool,
}

impl Sum {
    /// The totals that a file has. Refused where one is there without all that is counted of it, or a part without its
    /// total: a share is never made of two tables. Refused as well where nothing in it is counted.
    fn of(sheet: &Sheet, places: Size) -> Result<Vec<Self>, Fault> {
        let column = |heading: &str| sheet.header().iter().skip(1).position(|own| own == heading);
        let has =
            |whole: &Whole| column(whole.of).is_some() || whole.parts.iter().any(|p| column(p).is_some());
        let wholes = wholes(places);
        let named: Vec<&str> = wholes.iter().filter(|whole| has(whole)).map(|whole| whole.of).collect();
        let refused = |number: usize, heading: &str, message: String| Fault {
            file: sheet.file.clone(),
            line: sheet.first_line() - 1,
            column: Some((number, heading.to_owned())),
            message,
        };
        if named.is_empty() {
            let first = sheet.header().get(1).map(String::as_str).unwrap_or_default();
            let message = "This program counts nothing that has this heading, nor any other of the file.";
            return Err(refused(2, first, message.into()));
        }
        let mut sums = Vec::new();
        for whole in wholes.iter().filter(|whole| named.contains(&whole.of)) {
            let find = |heading: &'static str| {
                column(heading).ok_or_else(|| {
                    let message = format!(
                        "The column is missing; what is counted of `{}` stands in one file.",
                        whole.of
                    );
                    refused(sheet.header().len() + 1, heading, message)
                })
            };
            let parts: Result<Vec<_>, _> = whole.parts.iter().map(|part| find(part)).collect();
            sums.push(Self { of: find(whole.of)?, parts: parts?, per_million: whole.per_million });
        }
        Ok(sums)
    }

    /// Refuses a row whose parts are more than their total.
    fn holds(&self, sheet: &Sheet, line: usize, told: &[u32]) -> Result<(), Fault> {
        let cell = |at: usize| told.get(at).copied().map_or(0, u64::from);
        let parts: u64 = self.parts.iter().map(|part| cell(*part)).sum();
        let (whole, cells) =
            if self.per_million { (1_000_000, 0) } else { (cell(self.of), self.parts.len() as u64 + 1) };
        if parts <= whole + cells * PERTURBED {
            return Ok(());
        }
        let heading = sheet.header().get(self.of + 1).cloned().unwrap_or_default();
        let message = if self.per_million {
            format!("What is counted of it in millionths adds up to {parts}, more than there are.")
        } else {
            format!(
                "What is counted of it adds up to {parts}, more than {whole} and than cells are perturbed by."
            )
        };
        let column = Some((self.of + 2, heading));
        Err(Fault { file: sheet.file.clone(), line, column, message })
    }
}

/// The column with this heading.
fn column<'a, T>(tables: &'a [Table<T>], heading: &str) -> Option<&'a [T]> {
    let at = |table: &'a Table<T>| table.headings.iter().position(|own| own == heading);
    let tables = tables.iter().filter(|table| at(table).is_some());
    // Of several that were published on one day the one that was read last.
    let table = tables.max_by_key(|table| table.published)?;
    let length = table.cells.len() / table.headings.len();
    table.cells.chunks(length).nth(at(table)?)
}

impl Counts {
    /// Reads the columns of a file, one row for every LSOA or every MSOA.
    pub fn read(&mut self, sheet: &Sheet, gazetteer: &Gazetteer, msoas: &Msoas) -> Result<(), Fault> {
        let large = match sheet.manifest.places.as_deref() {
            Some("LSOA 2021") => false,
            Some("MSOA 2021") => true,
            other => {
                let other = other.unwrap_or_default();
                let message = format!(
                    "Its places are `{}`; this program counts by LSOA 2021 and MSOA 2021.",
                    shortened(other)
                );
                return Err(Fault::whole(&sheet.file, message));
            }
        };
        let header = sheet.header();
        let key = if large { "msoa" } else { "lsoa" };
        if header.first().is_none_or(|first| first != key) || header.len() < 2 {
            let message =
                format!("The header must begin with {key}, and name at least one column of counts.");
            return Err(Fault::at(&sheet.file, sheet.first_line() - 1, message));
        }
        if large {
            self.msoa.push(Table::read(sheet, Size::Msoa, &msoas.codes, |code| msoas.ordinal(code))?);
        } else {
            let now = &gazetteer.now;
            self.lsoa.push(Table::read(sheet, Size::Lsoa, &now.codes, |code| now.ordinal(code))?);
        }
        Ok(())
    }

    /// A column by LSOA.
    pub fn lsoa(&self, heading: &str) -> Option<&[u16]> {
        column(&self.lsoa, heading)
    }

    /// A column by MSOA.
    pub fn msoa(&self, heading: &str) -> Option<&[u32]> {
        column(&self.msoa, heading)
    }
}

/// The MSOAs of today, by an ordinal of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Msoas {
    codes: Vec<Code>,
    /// The MSOA of each LSOA.
    of: Vec<u32>,
}

impl Msoas {
    pub fn new(gazetteer: &Gazetteer) -> Self {
        let all = || (0_u32..).zip(&gazetteer.now.codes).filter_map(|(ordinal, _)| gazetteer.msoa(ordinal));
        let mut codes: Vec<_> = all().collect();
        debug_assert!(codes.iter().all(|code| code.level() == AreaLevel::Msoa));
        codes.sort_unstable();
        codes.dedup();
        let mut msoas = Self { codes, of: Vec::new() };
        msoas.of = all().map(|code| msoas.ordinal(code).unwrap_or_default()).collect();
        msoas
    }

    fn ordinal(&self, code: Code) -> Option<u32> {
        self.codes.binary_search(&code).ok().and_then(|at| u32::try_from(at).ok())
    }

    /// What each MSOA has of a column, all of it and the part of it in a set of LSOAs.
    pub fn parts(&self, column: &[u16], lsoas: &Lsoas) -> Vec<(u64, u64)> {
        let mut parts = vec![(0, 0); self.codes.len()];
        for ((ordinal, msoa), count) in (0_u32..).zip(&self.of).zip(column) {
            if let Some((whole, part)) = parts.get_mut(*msoa as usize) {
                *whole += u64::from(*count);
                if lsoas.contains(ordinal) {
                    *part += u64::from(*count);
                }
            }
        }
        parts
    }
}
