//! Who lives in a set of LSOAs, and which districts and boards it lies in.

use std::collections::BTreeSet;

use super::{Code, Edition, Lsoas, Reference, measure::measures, population::CORE20};

impl Reference {
    /// The newest edition that counts in LSOAs of today: by it residents are told.
    #[must_use]
    pub fn edition_of_residents(&self) -> Option<&Edition> {
        self.editions.iter().find(|edition| !edition.former)
    }

    /// The residents of a place, each once, by the newest edition that counts in LSOAs of today; `None` where none
    /// does.
    #[must_use]
    pub fn residents(&self, place: &Lsoas) -> Option<u32> {
        let edition = self.edition_of_residents()?;
        Some(place.iter().map(|ordinal| edition.people_of(ordinal)).sum())
    }

    /// Those of them who are in a group, where the indices or the census count it.
    #[must_use]
    pub fn group_residents(&self, place: &Lsoas, group: &str) -> Option<u32> {
        if group == CORE20 {
            let edition = self.edition_of_residents()?;
            return Some(edition.tally(place).core20_people);
        }
        let counted = measures().iter().zip(self.shares(place));
        let mut found = counted.filter(|(measure, _)| measure.group.as_deref() == Some(group));
        found.next().and_then(|(_, share)| share).map(|share| share.count)
    }

    /// The residents of a place by national deprivation fifth, the most deprived first; `None` where no edition counts in LSOAs of
    /// today.
    #[must_use]
    pub fn fifths(&self, place: &Lsoas) -> Option<[u32; 5]> {
        Some(self.edition_of_residents()?.fifths(place))
    }

    /// The districts that a place lies in, in order.
    #[must_use]
    pub fn districts_of(&self, place: &Lsoas) -> Vec<Code> {
        let districts: BTreeSet<Code> =
            place.iter().filter_map(|ordinal| self.gazetteer.district(ordinal)).collect();
        districts.into_iter().collect()
    }

    /// The boards that a place lies in, in order: those of today where that is known.
    #[must_use]
    pub fn boards_of(&self, place: &Lsoas) -> Vec<Code> {
        let boards: BTreeSet<Code> =
            place.iter().filter_map(|ordinal| self.gazetteer.board(ordinal)).collect();
        boards.into_iter().collect()
    }

    /// The districts with the boards that some of a place lies in, both at once, in order. A district may lie in several boards,
    /// and a place in only one of them.
    #[must_use]
    pub fn districts_and_boards_of(&self, place: &Lsoas) -> Vec<(Option<Code>, Option<Code>)> {
        let pair = |ordinal| (self.gazetteer.district(ordinal), self.gazetteer.board(ordinal));
        let pairs: BTreeSet<_> = place.iter().map(pair).collect();
        pairs.into_iter().collect()
    }

    /// The LSOAs of a board, as [`Self::boards_of`] has them.
    #[must_use]
    pub fn lsoas_of_board(&self, board: Code) -> Lsoas {
        self.gazetteer.board_lsoas(board)
    }
}
