//! NHS organisations: boards, trusts and hospital sites, what is part of what, and what succeeded what.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::file::{Fault, Sheet};
use crate::{spelling::fold, text::shortened, words::words};

words! {
    /// What kind of NHS organisation it is.
    HealthOrganisationKind {
        /// An integrated care board.
        Board = "BOARD",
        /// An NHS trust or foundation trust.
        Trust = "TRUST",
        /// A hospital or clinic of a trust.
        Site = "SITE",
    }
}

/// An NHS organisation as the Organisation Data Service has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthOrganisation {
    /// Its ODS code.
    pub code: String,
    /// Its kind.
    pub kind: HealthOrganisationKind,
    /// Its name.
    pub name: String,
    /// The board of a trust, the trust of a site; `None` where the source does not say.
    pub parent: Option<String>,
    /// When it opened; `None` where the source does not say.
    pub opened: Option<NaiveDate>,
    /// When it closed; `None` while it is open, and where the source does not say.
    pub closed: Option<NaiveDate>,
    /// Whether it is open.
    pub open: bool,
    /// What succeeded it.
    pub successors: Vec<String>,
}

/// The NHS organisations that are known, by code.
#[derive(Clone, Debug, Default)]
pub struct HealthOrganisations(BTreeMap<String, HealthOrganisation>);

const HEADER: [&str; 8] = ["code", "kind", "name", "parent", "opened", "closed", "open", "successors"];

impl HealthOrganisations {
    /// Reads a file in which every parent and successor is.
    pub(super) fn read(sheet: &Sheet) -> Result<Self, Fault> {
        sheet.expect(&HEADER)?;
        let mut all = BTreeMap::new();
        let mut named = Vec::new();
        for mut row in sheet.rows() {
            let code = row.text()?.to_owned();
            let plain = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit();
            if code.is_empty() || code.len() > 8 || !code.bytes().all(plain) {
                return Err(row.wrong(format!("`{}` is no ODS code.", shortened(&code))));
            }
            let kind = row.text()?;
            let kind = HealthOrganisationKind::parse(kind).ok_or_else(|| {
                row.wrong(format!("`{}` is none of BOARD, TRUST and SITE.", shortened(kind)))
            })?;
            let name = row.text()?.to_owned();
            if fold(&name).is_empty() {
                return Err(row.wrong("The organisation has no name."));
            }
            let parent = row.text()?;
            let parent = (!parent.is_empty()).then(|| parent.to_owned());
            let (opened, closed, open) = (row.date_if_any()?, row.date_if_any()?, row.flag()?);
            if open && closed.is_some() {
                return Err(row.wrong("It closed and is open."));
            }
            let successors = row.text()?.split(';').filter(|code| !code.is_empty());
            let successors: Vec<String> = successors.map(str::to_owned).collect();
            row.end()?;
            named.extend(parent.iter().chain(&successors).map(|code| (row.line, code.clone())));
            let one = HealthOrganisation {
                code: code.clone(),
                kind,
                name,
                parent,
                opened,
                closed,
                open,
                successors,
            };
            if all.insert(code.clone(), one).is_some() {
                return Err(Fault::at(&sheet.file, row.line, format!("{code} is there twice.")));
            }
        }
        match named.into_iter().find(|(_, code)| !all.contains_key(code)) {
            None => Ok(Self(all)),
            Some((line, code)) => Err(Fault::at(&sheet.file, line, format!("{code} is not in the file."))),
        }
    }

    /// The organisation with this code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&HealthOrganisation> {
        self.0.get(&code.trim().to_ascii_uppercase())
    }

    /// What it succeeded.
    pub fn predecessors(&self, code: &str) -> impl Iterator<Item = &HealthOrganisation> {
        self.0.values().filter(move |one| one.successors.iter().any(|successor| successor == code))
    }

    /// Those that a text may mean, blind to accents, hyphens and capitals: the code first, then names that begin with
    /// it, then names that have it; of each those that are open first.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<&HealthOrganisation> {
        let wanted = fold(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let mut found: Vec<(u8, bool, &str, &HealthOrganisation)> = Vec::new();
        for one in self.0.values() {
            let name = fold(&one.name);
            let rank = if one.code.eq_ignore_ascii_case(&wanted) {
                0
            } else if name.strip_prefix("nhs ").unwrap_or(&name).starts_with(&wanted)
                || name.starts_with(&wanted)
            {
                1
            } else if name.contains(&wanted) {
                2
            } else {
                continue;
            };
            found.push((rank, !one.open, &one.name, one));
        }
        found.sort_by(|one, other| {
            (one.0, one.1, one.2, &one.3.code).cmp(&(other.0, other.1, other.2, &other.3.code))
        });
        found.into_iter().map(|(.., one)| one).collect()
    }
}
