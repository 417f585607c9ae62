//! What the roll-up keeps: the cells that a case is counted in, whatever is asked later.

use std::collections::{BTreeMap, HashMap};

use super::{Atlas, Contribution, Standpoint, Tally};

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

/// Cells that are added to a roll-up.
#[derive(Debug, Default)]
pub struct Rollup {
    /// By standpoint, scale, group and footprint: places are looked up once for all cases that share one.
    by_footprint: HashMap<(Standpoint, String, String, Vec<String>), Tally>,
}

impl Rollup {
    /// Counts a case so many times.
    pub fn add(&mut self, one: &Contribution, times: i64) {
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
        for (group, places) in groups {
            let key = (one.standpoint, one.scale.clone(), group.to_owned(), one.footprint.clone());
            self.by_footprint.entry(key).or_default().add(&Tally::of(one, &places), times);
        }
    }

    /// The cells, each with what is to be added to it.
    #[must_use]
    pub fn cells(self, atlas: &mut Atlas) -> BTreeMap<RollupKey, Tally> {
        let mut cells: BTreeMap<RollupKey, Tally> = BTreeMap::new();
        for ((standpoint, scale, group, footprint), tally) in self.by_footprint {
            let place = atlas.place(&footprint).unwrap_or_default();
            let mut districts: Vec<String> = place.districts.iter().map(ToString::to_string).collect();
            if districts.is_empty() {
                districts.push(NONE.to_owned());
            }
            districts.push(ALL.to_owned());
            for district in districts {
                let key = RollupKey { standpoint, scale: scale.clone(), group: group.clone(), district };
                cells.entry(key).or_default().add(&tally, 1);
            }
        }
        cells.retain(|_, tally| !tally.is_empty());
        cells
    }
}
