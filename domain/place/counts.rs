//! Counts of people and households of each LSOA or MSOA, column by column.

use std::collections::BTreeMap;

use super::{
    Gazetteer, Lsoas,
    edition::missing,
    file::{Fault, Sheet},
};
use crate::area::AreaLevel;

/// Every column that was read, under its heading; of two with the same heading the one that was published later.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    lsoa: BTreeMap<String, (Option<chrono::NaiveDate>, Vec<u16>)>,
    msoa: BTreeMap<String, (Option<chrono::NaiveDate>, Vec<u32>)>,
}

impl Counts {
    /// Reads the columns of a file, one row for every LSOA or every MSOA.
    pub fn read(&mut self, sheet: &Sheet, gazetteer: &Gazetteer, msoas: &Msoas) -> Result<(), Fault> {
        let large = match sheet.manifest.places.as_deref() {
            Some("LSOA 2021") => false,
            Some("MSOA 2021") => true,
            other => {
                let other = other.unwrap_or_default();
                let message =
                    format!("Its places are `{other}`; this program counts by LSOA 2021 and MSOA 2021.");
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
        let codes = if large { &msoas.codes } else { &gazetteer.now.codes };
        let width = header.len() - 1;
        let mut small = vec![vec![0_u16; codes.len()]; if large { 0 } else { width }];
        let mut wide = vec![vec![0_u32; codes.len()]; if large { width } else { 0 }];
        let mut seen = Lsoas::default();
        for mut row in sheet.rows() {
            let code = row.code()?;
            let ordinal = if large { msoas.ordinal(code) } else { gazetteer.now.ordinal(code) };
            let ordinal = ordinal.ok_or_else(|| row.wrong(format!("{code} is none of its places.")))?;
            if seen.contains(ordinal) {
                return Err(row.wrong(format!("{code} is there twice.")));
            }
            seen.insert(ordinal);
            for cell in small.iter_mut().filter_map(|column| column.get_mut(ordinal as usize)) {
                let count: u32 = row.number()?;
                let fits = u16::try_from(count).ok();
                *cell = fits.ok_or_else(|| {
                    row.wrong(format!("{count} is more than a place of this size can have."))
                })?;
            }
            for cell in wide.iter_mut().filter_map(|column| column.get_mut(ordinal as usize)) {
                *cell = row.number()?;
            }
            row.end()?;
        }
        missing(sheet, codes, &seen)?;
        let published = sheet.manifest.published;
        for (heading, column) in header.iter().skip(1).zip(small) {
            keep(&mut self.lsoa, heading, published, column);
        }
        for (heading, column) in header.iter().skip(1).zip(wide) {
            keep(&mut self.msoa, heading, published, column);
        }
        Ok(())
    }

    /// A column by LSOA.
    pub fn lsoa(&self, heading: &str) -> Option<&[u16]> {
        self.lsoa.get(heading).map(|(_, column)| column.as_slice())
    }

    /// A column by MSOA.
    pub fn msoa(&self, heading: &str) -> Option<&[u32]> {
        self.msoa.get(heading).map(|(_, column)| column.as_slice())
    }
}

fn keep<T>(
    columns: &mut BTreeMap<String, (Option<chrono::NaiveDate>, Vec<T>)>,
    heading: &str,
    published: Option<chrono::NaiveDate>,
    column: Vec<T>,
) {
    if columns.get(heading).is_none_or(|(known, _)| *known <= published) {
        columns.insert(heading.to_owned(), (published, column));
    }
}

/// The MSOAs of today, by an ordinal of their own.
#[derive(Clone, Debug, Default)]
pub(super) struct Msoas {
    codes: Vec<super::Code>,
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

    fn ordinal(&self, code: super::Code) -> Option<u32> {
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
