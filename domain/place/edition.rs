//! An edition of the indices of deprivation.

use chrono::NaiveDate;

use super::{
    Code, Gazetteer, Lsoas,
    file::{Fault, Sheet},
};
use crate::text::shortened;

/// LSOAs of the most deprived two tenths are Core20.
const CORE20: u32 = 2;
const HEADER: [&str; 4] = ["lsoa", "rank", "decile", "people"];

/// An edition: which LSOAs are Core20, and how many people live in each.
#[derive(Clone, Debug)]
pub struct Edition {
    /// Its name: `IMD 2025`.
    pub name: String,
    /// When it was published.
    pub published: NaiveDate,
    /// The people it is counted in: `Census 2021`.
    pub base: String,
    /// Who published it.
    pub source: String,
    /// Whether its LSOAs are the former ones.
    pub(super) former: bool,
    people: Vec<u16>,
    core20: Lsoas,
    /// The tenth that each LSOA is in, 1 the most deprived.
    deciles: Vec<u8>,
    /// All of England: people, and those of them in Core20.
    pub(super) england: Tally,
}

/// People of a place, and those of them in Core20.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub people: u32,
    pub core20_people: u32,
    pub lsoas: u32,
    pub core20_lsoas: u32,
}

impl Edition {
    /// Reads an edition of LSOAs that the gazetteer knows, each once.
    pub(super) fn read(sheet: &Sheet, gazetteer: &Gazetteer) -> Result<Self, Fault> {
        sheet.expect(&HEADER)?;
        let said = |value: &Option<String>, key: &str| {
            value.clone().ok_or_else(|| Fault::whole(&sheet.file, format!("The heading lacks `#{key}`.")))
        };
        let manifest = &sheet.manifest;
        let former = match said(&manifest.places, "places")?.as_str() {
            "LSOA 2021" => false,
            "LSOA 2011" => true,
            other => {
                let message = format!(
                    "Its places are `{}`; this program knows LSOA 2021 and LSOA 2011.",
                    shortened(other)
                );
                return Err(Fault::whole(&sheet.file, message));
            }
        };
        let vintage = if former { &gazetteer.former } else { &gazetteer.now };
        let count = u32::try_from(vintage.codes.len()).unwrap_or(u32::MAX);
        let (mut people, mut core20) = (vec![0; vintage.codes.len()], Lsoas::default());
        let mut deciles = vec![0; vintage.codes.len()];
        let mut seen = Lsoas::default();
        let mut ranks = Vec::with_capacity(vintage.codes.len());
        for mut row in sheet.rows() {
            let code = row.code()?;
            let ordinal = vintage.ordinal(code);
            let ordinal = ordinal.ok_or_else(|| row.wrong(format!("{code} is none of its LSOAs.")))?;
            if seen.contains(ordinal) {
                return Err(row.wrong(format!("{code} is there twice.")));
            }
            seen.insert(ordinal);
            let rank: u32 = row.number()?;
            if !(1..=count).contains(&rank) {
                return Err(row.wrong(format!("The rank {rank} is not between 1 and {count}.")));
            }
            let decile: u32 = row.number()?;
            let due = (rank * 10).div_ceil(count);
            if decile != due {
                return Err(
                    row.wrong(format!("The rank {rank} of {count} is in decile {due}, not in {decile}."))
                );
            }
            ranks.push((rank, row.line));
            if decile <= CORE20 {
                core20.insert(ordinal);
            }
            if let Some(own) = deciles.get_mut(ordinal as usize) {
                *own = u8::try_from(decile).unwrap_or_default();
            }
            let living = row.number()?;
            if let Some(people) = people.get_mut(ordinal as usize) {
                *people = living;
            }
            row.end()?;
        }
        missing(sheet, &vintage.codes, &seen)?;
        ranked(sheet, ranks)?;
        let published = manifest.published;
        let published =
            published.ok_or_else(|| Fault::whole(&sheet.file, "The heading lacks `#published`."))?;
        let mut edition = Self {
            name: manifest.name.clone(),
            published,
            base: said(&manifest.people, "people")?,
            source: manifest.source.clone(),
            former,
            people,
            core20,
            deciles,
            england: Tally::default(),
        };
        edition.england = edition.tally(&seen);
        Ok(edition)
    }

    /// The people of a set of its LSOAs.
    pub(super) fn tally(&self, lsoas: &Lsoas) -> Tally {
        lsoas.iter().fold(Tally::default(), |mut tally, ordinal| {
            let people = self.people_of(ordinal);
            tally.people += people;
            tally.lsoas += 1;
            if self.core20.contains(ordinal) {
                tally.core20_people += people;
                tally.core20_lsoas += 1;
            }
            tally
        })
    }

    /// The people of a set of its LSOAs, by national deprivation fifth, the most deprived first.
    pub(super) fn fifths(&self, lsoas: &Lsoas) -> [u32; 5] {
        let mut fifths = [0; 5];
        for ordinal in lsoas.iter() {
            let decile = self.deciles.get(ordinal as usize).copied().unwrap_or_default();
            let fifth = usize::from(decile.saturating_sub(1) / 2);
            if let Some(people) = fifths.get_mut(fifth).filter(|_| decile > 0) {
                *people += self.people_of(ordinal);
            }
        }
        fifths
    }

    /// The people of one LSOA.
    pub(super) fn people_of(&self, ordinal: u32) -> u32 {
        self.people.get(ordinal as usize).copied().map_or(0, u32::from)
    }

    /// Whether one LSOA is Core20.
    pub(super) fn is_core20(&self, ordinal: u32) -> bool {
        self.core20.contains(ordinal)
    }
}

/// Refuses ranks that leave places out or count one twice. LSOAs may share a rank, as some did in 2019; the next one then
/// stands as many behind as share it.
fn ranked(sheet: &Sheet, mut ranks: Vec<(u32, usize)>) -> Result<(), Fault> {
    ranks.sort_unstable();
    let mut before = 0;
    for (place, (rank, line)) in (1..).zip(ranks) {
        if rank != before && rank != place {
            let message = if rank < place {
                format!(
                    "The rank {rank} is taken: {} LSOAs stand before it, so it must be {place}.",
                    place - 1
                )
            } else {
                format!("No LSOA has the rank {place}, and this one has the next, {rank}.")
            };
            let column = Some((2, HEADER[1].to_owned()));
            return Err(Fault { file: sheet.file.clone(), line, column, message });
        }
        before = rank;
    }
    Ok(())
}

/// Refuses a file that lacks one of these places.
pub(super) fn missing(sheet: &Sheet, codes: &[Code], seen: &Lsoas) -> Result<(), Fault> {
    match (0_u32..).zip(codes).find(|(ordinal, _)| !seen.contains(*ordinal)) {
        None => Ok(()),
        Some((_, code)) => Err(Fault::whole(&sheet.file, format!("{code} is not in it."))),
    }
}
