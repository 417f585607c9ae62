//! One area as the register of areas has it.

use chrono::NaiveDate;

use super::{
    Code,
    file::{Fault, Kind, Sheet},
};
use crate::{area::AreaLevel, spelling::fold, text::shortened};

/// A named area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Area {
    /// Its code.
    pub code: Code,
    /// Its level.
    pub level: AreaLevel,
    /// Its name.
    pub name: String,
    /// Its name among the people who live there; MSOAs have one.
    pub local: Option<String>,
    /// Its code in the NHS Organisation Data Service.
    pub nhs: Option<String>,
    /// When it began; `None` where it is not known.
    pub opened: Option<NaiveDate>,
    /// When it ended; `None` while it stands, and where it is not known.
    pub closed: Option<NaiveDate>,
    /// What succeeded it.
    pub successors: Vec<Code>,
}

const HEADER: [&str; 8] = ["code", "level", "name", "nhs", "local", "opened", "closed", "successors"];

/// Reads a file of areas, sorted by code.
pub(super) fn read(sheet: &Sheet) -> Result<Vec<Area>, Fault> {
    debug_assert_eq!(sheet.manifest.kind, Kind::Areas);
    sheet.expect(&HEADER)?;
    let mut areas: Vec<(usize, Area)> = Vec::with_capacity(sheet.manifest.rows);
    for mut row in sheet.rows() {
        let code = row.code()?;
        let level = row.text()?;
        let level = AreaLevel::parse(level)
            .filter(|level| *level == code.level())
            .ok_or_else(|| row.wrong(format!("`{}` is not the level of {code}.", shortened(level))))?;
        let name = row.text()?;
        if fold(name).is_empty() {
            return Err(row.wrong("The area has no name."));
        }
        let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (name, nhs, local) = (name.to_owned(), own(row.text()?), own(row.text()?));
        let (opened, closed) = (row.date_if_any()?, row.date_if_any()?);
        let successors = row.text()?;
        let successors = successors.split(';').filter(|code| !code.is_empty()).map(|code| {
            Code::parse(code)
                .ok_or_else(|| row.wrong(format!("`{}` is no code of a place in England.", shortened(code))))
        });
        let successors = successors.collect::<Result<Vec<_>, _>>()?;
        row.end()?;
        areas.push((row.line, Area { code, level, name, local, nhs, opened, closed, successors }));
    }
    areas.sort_by_key(|(line, area)| (area.code, *line));
    for pair in areas.windows(2) {
        let [(_, one), (line, other)] = pair else { continue };
        if one.code == other.code {
            return Err(Fault::at(&sheet.file, *line, format!("{} is there twice.", other.code)));
        }
    }
    let known = |code: &Code| areas.binary_search_by_key(code, |(_, area)| area.code).is_ok();
    for (line, area) in &areas {
        let lost = area.successors.iter().find(|code| area.level != AreaLevel::Lsoa && !known(code));
        if let Some(lost) = lost {
            return Err(Fault::at(&sheet.file, *line, format!("Its successor {lost} is not in the file.")));
        }
    }
    Ok(areas.into_iter().map(|(_, area)| area).collect())
}
