//! What a set of LSOAs is called, and who lives there.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{Code, Lsoas, Reference};

/// Part of a place that lies in one district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The name of the district.
    pub name: String,
    /// Whether it is the whole district.
    pub whole: bool,
    /// The residents of the part; 0 where no edition counts them.
    pub people: u32,
}

impl Reference {
    /// The LSOAs of today of a list of areas of any levels; those of codes that are not known are left out.
    #[must_use]
    pub fn lsoas(&self, codes: impl IntoIterator<Item = impl AsRef<str>>) -> Lsoas {
        let mut all = Lsoas::default();
        for code in codes {
            if let Ok(extent) = self.gazetteer.extent(&[code.as_ref().to_owned()]) {
                all.extend(&extent.now);
            }
        }
        all
    }

    /// The districts of a place, the one where most of its people live first. People are those of the newest edition that
    /// counts in LSOAs of today.
    #[must_use]
    pub fn parts(&self, place: &Lsoas) -> Vec<Part> {
        let edition = self.editions.iter().find(|edition| !edition.former);
        let mut parts: BTreeMap<Code, (u32, u32)> = BTreeMap::new();
        for ordinal in place.iter() {
            if let Some(district) = self.gazetteer.district(ordinal) {
                let (lsoas, people) = parts.entry(district).or_default();
                *lsoas += 1;
                *people += edition.map_or(0, |edition| edition.people_of(ordinal));
            }
        }
        let all = |code| self.gazetteer.now_of(code).map_or(0, |all| all.count());
        let mut parts: Vec<Part> = parts
            .into_iter()
            .map(|(code, (lsoas, people))| Part {
                name: self.gazetteer.name(code),
                whole: lsoas == all(code),
                people,
            })
            .collect();
        parts.sort_by_key(|part| Reverse(part.people));
        parts
    }
}
