//! What the roll-up keeps: the cells that a case is counted in, whatever is asked later.
//!
//! A cell is one organisation's cases of one standpoint and scale, on one group or all, in one district or all. It has a
//! [`Tally`], from which cases can be taken again. What is told of the cells of one district stands beside them on one
//! [`Page`], so that a picture is read from as many rows as there are districts in it.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
};

use super::{
    Atlas, Contribution, Figures, Standpoint, Tally,
    bytes::{Bytes, Writer},
};

/// Every group, or every place, together.
pub const ALL: &str = "*";
/// Impacts on no group, or cases without a place that is known.
pub const NONE: &str = "-";

/// One cell of an organisation's roll-up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RollupKey {
    /// As what the cases count.
    pub standpoint: Standpoint,
    /// The scale they are rated on.
    pub scale: String,
    /// The code of a group, [`ALL`] or [`NONE`].
    pub group: String,
    /// The code of a district, [`ALL`] or [`NONE`].
    pub district: String,
}

/// Which page of an organisation's roll-up a cell is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageKey {
    /// As what the cases count.
    pub standpoint: Standpoint,
    /// The scale they are rated on.
    pub scale: String,
    /// The code of a district, [`ALL`] or [`NONE`].
    pub district: String,
}

impl RollupKey {
    /// The page it is on.
    #[must_use]
    pub fn page(&self) -> PageKey {
        PageKey { standpoint: self.standpoint, scale: self.scale.clone(), district: self.district.clone() }
    }
}

/// What is told of each group of a page, by its code; [`ALL`] is the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page(pub BTreeMap<String, Figures>);

impl Page {
    /// Puts a cell on it, or takes it off when nothing is counted there any more.
    pub fn put(&mut self, group: &str, tally: &Tally, scale: &str) {
        if tally.is_empty() {
            self.0.remove(group);
        } else {
            self.0.insert(group.to_owned(), tally.figures(scale));
        }
    }

    /// As bytes, for [`Self::read`].
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(FORMAT);
        to.length(self.0.len());
        for (group, figures) in &self.0 {
            to.name(group);
            figures.write(&mut to);
        }
        to.0
    }

    /// Reads what [`Self::write`] wrote of groups rated on this scale, no more than the first that `most` says; `None` when
    /// it is anything else.
    pub fn read<'b>(
        bytes: &'b [u8],
        scale: &str,
        most: usize,
        mut group: impl FnMut(&'b str, Figures),
    ) -> Option<()> {
        let mut from = Bytes(bytes);
        if from.number()? != FORMAT {
            return None;
        }
        let groups = from.length()?;
        for _ in 0..groups.min(most) {
            group(from.name()?, Figures::read(scale, &mut from)?);
        }
        (most < groups || from.is_empty()).then_some(())
    }
}

/// The format of pages that is written.
const FORMAT: u64 = 1;

/// Cases that are added to a roll-up, or taken from it.
#[derive(Debug, Default)]
pub struct Rollup {
    /// By standpoint, scale, group and footprint: places are looked up once for all cases that share one.
    by_footprint: HashMap<(Standpoint, String, Vec<String>), BTreeMap<String, Tally>>,
    waiting: usize,
    cells: BTreeMap<RollupKey, Tally>,
}

/// Most tallies by footprint that are held before they are added to the cells.
const MOST: usize = 8_000;

impl Rollup {
    /// Counts a case so many times.
    pub fn add(&mut self, one: &Contribution, times: i64, atlas: &mut Atlas) {
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        groups.insert(ALL, (0..one.impacts.len()).collect());
        for (place, impact) in one.impacts.iter().enumerate() {
            if impact.groups.is_empty() {
                groups.entry(NONE).or_default().push(place);
            }
            for group in &impact.groups {
                groups.entry(group).or_default().push(place);
            }
        }
        let key = (one.standpoint, one.scale.clone(), one.footprint.clone());
        let there = self.by_footprint.entry(key).or_default();
        for (group, places) in groups {
            if let Some(tally) = there.get_mut(group) {
                tally.count(one, &places, times);
            } else {
                let mut tally = Tally::default();
                tally.count(one, &places, times);
                there.insert(group.to_owned(), tally);
                self.waiting += 1;
            }
        }
        if self.waiting > MOST {
            self.settle(atlas);
        }
    }

    /// Adds what waits to the cells.
    fn settle(&mut self, atlas: &mut Atlas) {
        self.waiting = 0;
        for ((standpoint, scale, footprint), groups) in mem::take(&mut self.by_footprint) {
            let place = atlas.place(&footprint).unwrap_or_default();
            let mut districts: Vec<String> = place.districts.iter().map(ToString::to_string).collect();
            if districts.is_empty() {
                districts.push(NONE.to_owned());
            }
            for (group, tally) in groups {
                let key = |district: &str| RollupKey {
                    standpoint,
                    scale: scale.clone(),
                    group: group.clone(),
                    district: district.to_owned(),
                };
                self.cells.entry(key(ALL)).or_default().add(&tally, 1);
                let tally = tally.negative();
                for district in &districts {
                    self.cells.entry(key(district)).or_default().add(&tally, 1);
                }
            }
        }
    }

    /// The cells, each with what is to be added to it.
    #[must_use]
    pub fn cells(mut self, atlas: &mut Atlas) -> BTreeMap<RollupKey, Tally> {
        self.settle(atlas);
        self.cells.retain(|_, tally| !tally.is_empty());
        self.cells
    }

    /// Whether nothing was added or taken.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_footprint.is_empty() && self.cells.is_empty()
    }
}
