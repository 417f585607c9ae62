//! What is counted of the people of a place: which columns of which tables are which group
//! (`definition/population.json`).

use std::sync::LazyLock;

use serde::Deserialize;

use super::{
    Gazetteer, Lsoas,
    counts::{Counts, Msoas},
};
use crate::shipped;

/// Residents aged 16 and over of each LSOA, by whom figures of MSOAs that a place cuts are parted.
const ADULTS: &str = "marital_total_16plus";
/// Gender identity is not given below so many residents aged 16 and over. England's share is 0.55 %, so that a place
/// of this size has some 550 people whose identity differs; ONS labels the figures as in development, and in smaller
/// places mistaken answers of others outnumber them.
const GENDER_IDENTITY_ADULTS: u64 = 100_000;
/// Figures of MSOAs are not given where more than one in ten of the adults live in MSOAs that the place cuts.
const CUT_ONE_IN: u64 = 10;

/// One thing that is counted.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Measure {
    /// The group it counts.
    #[serde(default)]
    pub group: Option<String>,
    /// Its name, when it counts no group.
    #[serde(default)]
    pub indicator: Option<String>,
    /// Who is counted, in words.
    pub is: String,
    /// The columns that are added.
    pub count: Vec<String>,
    /// The column they are a share of: the table's own total.
    pub of: String,
    /// Who published it, and in which table.
    pub source: String,
    /// Whether the columns are of MSOAs.
    #[serde(default)]
    pub places: Size,
    /// Whether the one column has millionths of the total.
    #[serde(default)]
    pub per_million: bool,
    /// Whether households are counted, not people.
    #[serde(default)]
    pub households: bool,
    /// Whose residents alone are counted.
    #[serde(default)]
    pub only: Option<Flag>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Size {
    #[default]
    Lsoa,
    Msoa,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Flag {
    Rural,
    Coastal,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    measures: Vec<Measure>,
}

static MEASURES: LazyLock<Vec<Measure>> = LazyLock::new(|| {
    let document: Document =
        shipped::read("ehia/population/1", include_str!("../definition/population.json"))
            .expect("the shipped measures are tested");
    document.measures
});

/// What is counted of one total, by all measures together: parts that no resident is in twice.
#[derive(Debug)]
pub(super) struct Whole {
    pub of: &'static str,
    pub parts: Vec<&'static str>,
    /// Whether a part has millionths of the total.
    pub per_million: bool,
}

/// What is counted by LSOA or by MSOA, total by total.
pub(super) fn wholes(places: Size) -> Vec<Whole> {
    let mut wholes: Vec<Whole> = Vec::new();
    for measure in measures().iter().filter(|measure| measure.places == places) {
        let same = |whole: &Whole| whole.of == measure.of && whole.per_million == measure.per_million;
        let at = wholes.iter().position(same).unwrap_or_else(|| {
            wholes.push(Whole { of: &measure.of, parts: Vec::new(), per_million: measure.per_million });
            wholes.len() - 1
        });
        let Some(whole) = wholes.get_mut(at) else { continue };
        // A measure of some LSOAs only counts the total itself.
        let parts = measure.count.iter().map(String::as_str).filter(|part| *part != measure.of);
        let new: Vec<_> = parts.filter(|part| !whole.parts.contains(part)).collect();
        whole.parts.extend(new);
    }
    wholes
}

/// All that is counted, in the order in which it is told.
pub(super) fn measures() -> &'static [Measure] {
    &MEASURES
}

/// How many, of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Share {
    pub count: u32,
    pub of: u32,
}

impl Share {
    /// 0 to 1; 0 of nobody.
    pub fn value(self) -> f64 {
        if self.of == 0 { 0.0 } else { f64::from(self.count) / f64::from(self.of) }
    }
}

/// What the counts say of one set of LSOAs, measure by measure; `None` where nothing is to be said.
pub(super) fn shares(
    lsoas: &Lsoas,
    gazetteer: &Gazetteer,
    counts: &Counts,
    msoas: &Msoas,
) -> Vec<Option<Share>> {
    let parts = counts.lsoa(ADULTS).map(|adults| msoas.parts(adults, lsoas));
    let share = |measure: &Measure| match measure.places {
        Size::Lsoa => small(measure, lsoas, gazetteer, counts),
        Size::Msoa => large(measure, parts.as_ref()?, counts),
    };
    measures().iter().map(share).collect()
}

fn small(measure: &Measure, lsoas: &Lsoas, gazetteer: &Gazetteer, counts: &Counts) -> Option<Share> {
    let of = counts.lsoa(&measure.of)?;
    let columns: Option<Vec<_>> = measure.count.iter().map(|heading| counts.lsoa(heading)).collect();
    let columns = columns?;
    let mut share = Share::default();
    let cell = |column: &[u16], ordinal: u32| column.get(ordinal as usize).copied().map_or(0, u32::from);
    for ordinal in lsoas.iter() {
        if measure.only == Some(Flag::Coastal) && gazetteer.london.contains(ordinal) {
            continue;
        }
        share.of += cell(of, ordinal);
        let counted = match measure.only {
            None => true,
            Some(Flag::Rural) => gazetteer.rural.contains(ordinal),
            Some(Flag::Coastal) => gazetteer.coastal.contains(ordinal),
        };
        if counted {
            share.count += columns.iter().map(|column| cell(column, ordinal)).sum::<u32>();
        }
    }
    (share.of > 0).then_some(share)
}

/// An MSOA that the place cuts counts by the part of its adults who live in the place.
fn large(measure: &Measure, parts: &[(u64, u64)], counts: &Counts) -> Option<Share> {
    let of = counts.msoa(&measure.of)?;
    let columns: Option<Vec<_>> = measure.count.iter().map(|heading| counts.msoa(heading)).collect();
    let columns = columns?;
    let (mut adults, mut cut) = (0, 0);
    let (mut count_in_thousandths, mut of_in_thousandths) = (0_u64, 0_u64);
    for (index, (whole, part)) in parts.iter().enumerate() {
        if *part == 0 {
            continue;
        }
        adults += part;
        if part < whole {
            cut += part;
        }
        let at = |column: &[u32]| column.get(index).copied().map_or(0, u64::from);
        let parted = |thousandths: u64| thousandths * part / whole;
        let sum: u64 = columns.iter().map(|column| at(column)).sum();
        let counted = if measure.per_million { at(of) * sum / 1_000 } else { sum * 1_000 };
        count_in_thousandths += parted(counted);
        of_in_thousandths += parted(at(of) * 1_000);
    }
    let small = measure.per_million && adults < GENDER_IDENTITY_ADULTS;
    if adults == 0 || small || cut * CUT_ONE_IN > adults {
        return None;
    }
    let people = |thousandths: u64| u32::try_from((thousandths + 500) / 1_000).unwrap_or(u32::MAX);
    Some(Share { count: people(count_in_thousandths), of: people(of_in_thousandths) })
}
