//! Which areas there are, and of which LSOAs each consists.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Code, Lsoas,
    area::Area,
    file::{Fault, Sheet},
};
use crate::{area::AreaLevel, text::shortened};

/// The levels of the columns of [`Kind::Places`](super::Kind), in their order; the boards of 2024, then those since
/// 1 April 2026.
const LEVELS: [AreaLevel; 8] = [
    AreaLevel::Msoa,
    AreaLevel::Ward,
    AreaLevel::District,
    AreaLevel::County,
    AreaLevel::Region,
    AreaLevel::SubIcb,
    AreaLevel::Icb,
    AreaLevel::Icb,
];
const HEADER: [&str; 12] = [
    "lsoa", "letter", "msoa", "ward", "district", "county", "region", "sub_icb", "icb", "icb_2026", "rural",
    "coastal",
];
const FORMER_LEVELS: [AreaLevel; 4] =
    [AreaLevel::Msoa, AreaLevel::District, AreaLevel::SubIcb, AreaLevel::Icb];
const FORMER_HEADER: [&str; 5] = ["lsoa", "msoa", "district", "sub_icb", "icb"];
const MAPPING_HEADER: [&str; 3] = ["former", "lsoa", "change"];
/// London: its flags of the coast are of the tidal Thames, and not used.
const LONDON: &str = "E12000007";

/// The LSOAs of one vintage, by ordinal, with the areas each is part of.
#[derive(Clone, Debug, Default)]
pub(super) struct Vintage {
    pub codes: Vec<Code>,
    index: Vec<(Code, u32)>,
    columns: Vec<(AreaLevel, Vec<Option<Code>>)>,
}

impl Vintage {
    fn with(levels: &[AreaLevel], rows: usize) -> Self {
        let columns = levels.iter().map(|level| (*level, Vec::with_capacity(rows))).collect();
        Self { codes: Vec::with_capacity(rows), index: Vec::new(), columns }
    }

    /// The ordinal of a code.
    pub fn ordinal(&self, code: Code) -> Option<u32> {
        let at = self.index.binary_search_by_key(&code, |(code, _)| *code).ok()?;
        self.index.get(at).map(|(_, ordinal)| *ordinal)
    }

    pub fn code(&self, ordinal: u32) -> Option<Code> {
        self.codes.get(ordinal as usize).copied()
    }

    /// All of them.
    pub fn all(&self) -> Lsoas {
        Lsoas::of((0_u32..).zip(&self.codes).map(|(ordinal, _)| ordinal))
    }

    /// Those of an area; `None` when none is part of it.
    fn of(&self, code: Code) -> Option<Lsoas> {
        match code.level() {
            AreaLevel::Country => Some(self.all()),
            AreaLevel::Lsoa => self.ordinal(code).map(|ordinal| Lsoas::of([ordinal])),
            level => {
                let columns = self.columns.iter().filter(|(own, _)| *own == level);
                columns.map(|(_, column)| within(column, code)).find(|set| !set.is_empty())
            }
        }
    }

    fn column(&self, number: usize) -> &[Option<Code>] {
        self.columns.get(number).map(|(_, column)| column.as_slice()).unwrap_or_default()
    }

    fn sort(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        self.index = self.codes.iter().copied().zip(0..).collect();
        self.index.sort_unstable();
        let twice = self.index.windows(2).find_map(|pair| match pair {
            [(one, _), (other, ordinal)] if one == other => Some((*other, *ordinal)),
            _ => None,
        });
        match twice {
            None => Ok(()),
            Some((code, ordinal)) => {
                let line = sheet.first_line() + ordinal as usize;
                Err(Fault::at(&sheet.file, line, format!("{code} is there twice.")))
            }
        }
    }
}

fn within(column: &[Option<Code>], code: Code) -> Lsoas {
    Lsoas::of((0_u32..).zip(column).filter(|(_, own)| **own == Some(code)).map(|(ordinal, _)| ordinal))
}

/// Every area this program knows, and the LSOAs it consists of.
#[derive(Clone, Debug)]
pub struct Gazetteer {
    pub(super) areas: Vec<Area>,
    pub(super) now: Vintage,
    pub(super) former: Vintage,
    /// The last letter of the name of each LSOA; what is before it is the name of its MSOA.
    pub(super) letters: Vec<char>,
    pub(super) rural: Lsoas,
    pub(super) coastal: Lsoas,
    pub(super) london: Lsoas,
    /// Former LSOA and LSOA, by former.
    forwards: Vec<(u32, u32)>,
    /// LSOA and former LSOA, by LSOA.
    backwards: Vec<(u32, u32)>,
    /// Boards to which part of a board that ended came, without its being known which: that board.
    pub(super) undivided: BTreeMap<Code, Code>,
}

impl Gazetteer {
    /// What is known of the areas above the LSOA.
    pub(super) fn new(areas: Vec<Area>) -> Self {
        Self {
            areas,
            now: Vintage::default(),
            former: Vintage::default(),
            letters: Vec::new(),
            rural: Lsoas::default(),
            coastal: Lsoas::default(),
            london: Lsoas::default(),
            forwards: Vec::new(),
            backwards: Vec::new(),
            undivided: BTreeMap::new(),
        }
    }

    /// Reads the LSOAs of today.
    pub(super) fn read_places(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        sheet.expect(&HEADER)?;
        let mut vintage = Vintage::with(&LEVELS, sheet.manifest.rows);
        let london = Code::parse(LONDON);
        for (ordinal, mut row) in (0_u32..).zip(sheet.rows()) {
            let code = row.code()?;
            if code.level() != AreaLevel::Lsoa {
                return Err(row.wrong(format!("{code} is not the code of an LSOA.")));
            }
            vintage.codes.push(code);
            let letter = row.text()?;
            let mut letters = letter.chars();
            match (letters.next(), letters.next()) {
                (Some(letter), None) if letter.is_ascii_uppercase() => self.letters.push(letter),
                _ => return Err(row.wrong(format!("`{}` is not one capital letter.", shortened(letter)))),
            }
            for (number, (level, column)) in vintage.columns.iter_mut().enumerate() {
                // Only counties are not everywhere, and of some LSOAs today's board is not known.
                let area = if matches!(number, 3 | 7) { row.code_if_any()? } else { Some(row.code()?) };
                if let Some(area) = area.filter(|area| area.level() != *level || self.named(*area).is_none())
                {
                    let level = level.as_str();
                    return Err(row.wrong(format!("{area} is not among the areas of level {level}.")));
                }
                if *level == AreaLevel::Region && area == london {
                    self.london.insert(ordinal);
                }
                column.push(area);
            }
            if row.flag()? {
                self.rural.insert(ordinal);
            }
            // The tidal Thames is no coast.
            if row.flag()? && !self.london.contains(ordinal) {
                self.coastal.insert(ordinal);
            }
            row.end()?;
        }
        vintage.sort(sheet)?;
        self.now = vintage;
        let boards: BTreeMap<Code, Code> = self
            .areas
            .iter()
            .filter(|area| area.level == AreaLevel::Icb && area.closed.is_some())
            .filter(|area| {
                let mut lsoas = self.now.column(6).iter().zip(self.now.column(7));
                lsoas.any(|(before, after)| *before == Some(area.code) && after.is_none())
            })
            .flat_map(|area| area.successors.iter().map(|successor| (*successor, area.code)))
            .collect();
        self.undivided = boards;
        Ok(())
    }

    /// Reads the LSOAs of before.
    pub(super) fn read_former(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        sheet.expect(&FORMER_HEADER)?;
        let mut vintage = Vintage::with(&FORMER_LEVELS, sheet.manifest.rows);
        for mut row in sheet.rows() {
            let code = row.code()?;
            let known = self.now.ordinal(code).is_some() || self.named(code).is_some();
            if code.level() != AreaLevel::Lsoa || !known {
                return Err(row.wrong(format!("{code} is neither an LSOA nor among the areas that ended.")));
            }
            vintage.codes.push(code);
            for (level, column) in &mut vintage.columns {
                let area = row.code()?;
                if area.level() != *level || self.named(area).is_none() {
                    let level = level.as_str();
                    return Err(row.wrong(format!("{area} is not among the areas of level {level}.")));
                }
                column.push(Some(area));
            }
            row.end()?;
        }
        vintage.sort(sheet)?;
        self.former = vintage;
        Ok(())
    }

    /// Reads what became of the LSOAs of before.
    pub(super) fn read_mapping(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        sheet.expect(&MAPPING_HEADER)?;
        let mut pairs = Vec::with_capacity(sheet.manifest.rows);
        for mut row in sheet.rows() {
            let code = row.code()?;
            let former = self.former.ordinal(code);
            let former = former.ok_or_else(|| row.wrong(format!("{code} is not among the former LSOAs.")))?;
            let code = row.code()?;
            let now = self.now.ordinal(code);
            let now = now.ok_or_else(|| row.wrong(format!("{code} is not among the LSOAs.")))?;
            let change = row.text()?;
            if !["U", "S", "M", "X"].contains(&change) {
                return Err(row.wrong(format!("`{}` is none of U, S, M and X.", shortened(change))));
            }
            row.end()?;
            pairs.push((former, now, row.line));
        }
        pairs.sort_unstable();
        for pair in pairs.windows(2) {
            if let [(a, b, _), (c, d, line)] = pair
                && (a, b) == (c, d)
            {
                return Err(Fault::at(&sheet.file, *line, "The pair is there twice."));
            }
        }
        self.forwards = pairs.iter().map(|(former, now, _)| (*former, *now)).collect();
        self.backwards = pairs.iter().map(|(former, now, _)| (*now, *former)).collect();
        self.backwards.sort_unstable();
        let lost = |vintage: &Vintage, pairs: &[(u32, u32)]| {
            let all = Lsoas::of(pairs.iter().map(|(ordinal, _)| *ordinal));
            vintage
                .all()
                .iter()
                .find(|ordinal| !all.contains(*ordinal))
                .and_then(|ordinal| vintage.code(ordinal))
        };
        match lost(&self.former, &self.forwards).or_else(|| lost(&self.now, &self.backwards)) {
            None => Ok(()),
            Some(code) => Err(Fault::whole(&sheet.file, format!("{code} is not in it."))),
        }
    }

    /// The area with this code, as the register has it; `None` for LSOAs of today.
    pub(super) fn named(&self, code: Code) -> Option<&Area> {
        let at = self.areas.binary_search_by_key(&code, |area| area.code).ok()?;
        self.areas.get(at)
    }

    /// The area with this code.
    #[must_use]
    pub fn find(&self, code: Code) -> Option<Area> {
        if let Some(area) = self.named(code) {
            return Some(area.clone());
        }
        let ordinal = self.now.ordinal(code)?;
        Some(Area {
            code,
            level: AreaLevel::Lsoa,
            name: self.lsoa_name(ordinal),
            local: None,
            nhs: None,
            opened: None,
            closed: None,
            successors: Vec::new(),
        })
    }

    /// How an area is called; its code where it is not known.
    #[must_use]
    pub fn name(&self, code: Code) -> String {
        self.find(code).map_or_else(|| code.to_string(), |area| area.name)
    }

    /// The name of an LSOA of today.
    pub(super) fn lsoa_name(&self, ordinal: u32) -> String {
        let msoa = self.now.column(0).get(ordinal as usize).copied().flatten();
        let msoa = msoa.and_then(|msoa| self.named(msoa)).map(|msoa| msoa.name.as_str()).unwrap_or_default();
        self.letters.get(ordinal as usize).map_or_else(|| msoa.to_owned(), |letter| format!("{msoa}{letter}"))
    }

    /// The LSOAs of an area; `None` when it is none of those of today.
    pub(super) fn now_of(&self, code: Code) -> Option<Lsoas> {
        self.now.of(code)
    }

    /// The former LSOAs that were assigned to an area under its code or, for the NHS, under its ODS code: codes of
    /// boards changed in 2023.
    pub(super) fn former_of(&self, code: Code) -> Option<Lsoas> {
        if let Some(found) = self.former.of(code) {
            return Some(found);
        }
        let nhs = self.named(code)?.nhs.as_ref()?;
        let others =
            self.areas.iter().filter(|area| area.level == code.level() && area.nhs.as_ref() == Some(nhs));
        others.filter(|area| area.code != code).find_map(|area| self.former.of(area.code))
    }

    /// What a former LSOA became.
    pub(super) fn forwards(&self, former: u32) -> impl Iterator<Item = u32> {
        pairs(&self.forwards, former)
    }

    /// What an LSOA was made of.
    pub(super) fn backwards(&self, now: u32) -> impl Iterator<Item = u32> {
        pairs(&self.backwards, now)
    }

    /// The district of an LSOA.
    pub(super) fn district(&self, ordinal: u32) -> Option<Code> {
        self.now.column(2).get(ordinal as usize).copied().flatten()
    }

    /// The districts of which something lies outside these LSOAs.
    pub(super) fn districts_beyond(&self, within: &Lsoas) -> BTreeSet<Code> {
        let mut found = BTreeSet::new();
        let mut last = None;
        for (ordinal, district) in (0_u32..).zip(self.now.column(2)) {
            // Those of one district mostly follow each other.
            if *district != last && !within.contains(ordinal) {
                last = *district;
                found.extend(last);
            }
        }
        found
    }

    /// The MSOA of an LSOA.
    pub(super) fn msoa(&self, ordinal: u32) -> Option<Code> {
        self.now.column(0).get(ordinal as usize).copied().flatten()
    }

    /// The board of an LSOA: the one of today where it is known, else the one of 2024.
    pub(super) fn board(&self, ordinal: u32) -> Option<Code> {
        let at = |column: usize| self.now.column(column).get(ordinal as usize).copied().flatten();
        at(7).or_else(|| at(6))
    }

    /// The LSOAs of a board, as [`Gazetteer::board`] has it.
    pub(super) fn board_lsoas(&self, board: Code) -> Lsoas {
        let (before, after) = (self.now.column(6), self.now.column(7));
        let of = (0_u32..)
            .zip(before.iter().zip(after))
            .filter(|(_, (before, after))| after.or(**before) == Some(board));
        Lsoas::of(of.map(|(ordinal, _)| ordinal))
    }

    /// The place of the board with this NHS code: of several the one whose LSOAs are known.
    #[must_use]
    pub fn board_of(&self, nhs: &str) -> Option<Code> {
        let boards = || {
            let boards = self.areas.iter().filter(|area| area.level == AreaLevel::Icb);
            boards.filter(|area| area.nhs.as_deref() == Some(nhs)).map(|area| area.code)
        };
        boards().find(|code| self.now_of(*code).is_some()).or_else(|| boards().next_back())
    }

    /// Whether a board that ended went to several, without its being known which part to which.
    #[must_use]
    pub fn is_undivided(&self, board: Code) -> bool {
        self.undivided.values().any(|parted| *parted == board)
    }

    /// The codes of the register, which has no LSOAs of today.
    pub fn codes(&self) -> impl Iterator<Item = Code> {
        self.areas.iter().map(|area| area.code)
    }

    /// The codes of the LSOAs in the order of their ordinals.
    #[must_use]
    pub fn lsoas(&self) -> &[Code] {
        &self.now.codes
    }
}

fn pairs(pairs: &[(u32, u32)], of: u32) -> impl Iterator<Item = u32> {
    let from = pairs.partition_point(|(own, _)| *own < of);
    let rest = pairs.get(from..).unwrap_or_default();
    rest.iter().take_while(move |(own, _)| *own == of).map(|(_, other)| *other)
}
