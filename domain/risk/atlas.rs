//! Where footprints lie.

use std::{collections::HashMap, sync::Arc};

use crate::place::{Code, Lsoas, Reference};

/// Where a footprint lies, as far as a picture has it.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// Its LSOAs; none where no area is named, or nothing is known of those that are.
    pub lsoas: Lsoas,
    /// The districts that these lie in, in order.
    pub districts: Vec<Code>,
    /// The boards that they lie in, in order.
    pub boards: Vec<Code>,
    /// The districts with the boards that some of them lie in, both at once, in order.
    pub pairs: Vec<(Option<Code>, Option<Code>)>,
    /// Whether they are all of a board.
    pub whole_board: bool,
}

impl Place {
    /// The parts it is in where a picture is cut by districts, by boards, or by both: then only by those that some of it
    /// lies in at once. What lies nowhere that is known is in one part.
    #[must_use]
    pub fn cut(&self, districts: bool, boards: bool) -> Vec<(Option<Code>, Option<Code>)> {
        let parts: Vec<_> = match (districts, boards) {
            (true, true) => self.pairs.clone(),
            (true, false) => self.districts.iter().map(|code| (Some(*code), None)).collect(),
            (false, true) => self.boards.iter().map(|code| (None, Some(*code))).collect(),
            (false, false) => Vec::new(),
        };
        if parts.is_empty() { vec![(None, None)] } else { parts }
    }
}

/// Looks footprints up, each once.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    reference: Option<Arc<Reference>>,
    /// The areas that are asked for: only what lies there is looked at.
    areas: Vec<String>,
    within: Option<Lsoas>,
    codes: HashMap<String, Lsoas>,
    boards: HashMap<Code, Lsoas>,
    places: HashMap<Vec<String>, Option<Arc<Place>>>,
}

/// Most footprints that are kept at once.
const KEPT: usize = 4_000;

impl Atlas {
    /// An atlas of what is known of places, as far as it lies in these areas; of everything when none is named.
    #[must_use]
    pub fn new(reference: Option<Arc<Reference>>, areas: &[String]) -> Self {
        let mut atlas = Self { reference, areas: areas.to_vec(), ..Self::default() };
        if !areas.is_empty() && atlas.reference.is_some() {
            atlas.within = Some(atlas.lsoas(areas));
        }
        atlas
    }

    /// What is known of places; nothing where nothing was loaded.
    #[must_use]
    pub fn reference(&self) -> Option<&Arc<Reference>> {
        self.reference.as_ref()
    }

    /// Where a footprint lies; `None` when none of it lies in the areas that are asked for. Where nothing is known of
    /// places, areas are compared by their codes.
    pub fn place(&mut self, footprint: &[String]) -> Option<Arc<Place>> {
        if let Some(known) = self.places.get(footprint) {
            return known.clone();
        }
        if self.places.len() >= KEPT {
            self.places.clear();
        }
        let place = self.find(footprint).map(Arc::new);
        self.places.insert(footprint.to_vec(), place.clone());
        place
    }

    fn find(&mut self, footprint: &[String]) -> Option<Place> {
        let Some(reference) = self.reference.clone() else {
            let named = self.areas.is_empty() || footprint.iter().any(|code| self.areas.contains(code));
            return named.then(Place::default);
        };
        let mut lsoas = self.lsoas(footprint);
        let boards = reference.boards_of(&lsoas);
        let whole_board = boards.iter().any(|board| {
            let all = self.boards.entry(*board).or_insert_with(|| reference.lsoas_of_board(*board));
            lsoas.covers(all)
        });
        if let Some(within) = &self.within {
            lsoas = lsoas.both(within);
            if lsoas.is_empty() {
                return None;
            }
        }
        let (districts, boards) = (reference.districts_of(&lsoas), reference.boards_of(&lsoas));
        let pairs = reference.districts_and_boards_of(&lsoas);
        Some(Place { lsoas, districts, boards, pairs, whole_board })
    }

    /// The LSOAs of areas; those of codes that are not known are left out.
    pub fn lsoas(&mut self, codes: &[String]) -> Lsoas {
        let mut all = Lsoas::default();
        let Some(reference) = &self.reference else { return all };
        for code in codes {
            let own = self.codes.entry(code.clone()).or_insert_with(|| reference.lsoas([code]));
            all.extend(own);
        }
        all
    }
}
