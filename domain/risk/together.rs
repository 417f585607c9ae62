//! Which cases are together: sets of them as bits, and the places where the same ones are.

use std::collections::{BTreeMap, HashMap};

use super::Place;
use crate::place::Lsoas;

/// Some of so many cases, each by its place among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Together(Box<[u64]>);

impl Together {
    /// None of so many.
    pub(super) fn none(of: usize) -> Self {
        Self(vec![0; of.div_ceil(64)].into())
    }

    /// Puts one in, or takes it out.
    pub(super) fn put(&mut self, place: usize, there: bool) {
        if let Some(word) = self.0.get_mut(place / 64) {
            let bit = 1 << (place % 64);
            *word = if there { *word | bit } else { *word & !bit };
        }
    }

    /// Those that are not among others.
    pub(super) fn without(&self, others: &Self) -> Self {
        Self(self.0.iter().zip(&others.0).map(|(own, other)| own & !other).collect())
    }

    /// How many.
    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| usize::try_from(word.count_ones()).unwrap_or_default()).sum()
    }

    /// Whether all of others are among them.
    pub(super) fn covers(&self, others: &Self) -> bool {
        self.0.iter().zip(&others.0).all(|(own, other)| other & !own == 0)
    }

    /// Their places, from the first.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        (0..).zip(&self.0).flat_map(|(index, word): (usize, &u64)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| index * 64 + bit)
        })
    }
}

/// LSOAs that are looked at together: what is held meanwhile is so many times the cases at most.
const AT_ONCE: usize = 1_024;

/// Shows where the same of these cases are, whenever, each LSOA once: which of them, by their places, and where. What is the same
/// may be shown in parts.
pub(super) fn each_place<'p>(
    places: impl IntoIterator<Item = &'p Place>,
    mut show: impl FnMut(&[usize], &Lsoas),
) {
    // Cases of one place are looked up together.
    let mut numbers: HashMap<*const Place, usize> = HashMap::new();
    let mut of: Vec<(&Place, Vec<usize>)> = Vec::new();
    let mut all = Lsoas::default();
    for (case, place) in places.into_iter().enumerate() {
        let number = *numbers.entry(std::ptr::from_ref(place)).or_insert(of.len());
        if let Some((_, cases)) = of.get_mut(number) {
            cases.push(case);
        } else {
            all.extend(&place.lsoas);
            of.push((place, vec![case]));
        }
    }
    let all: Vec<u32> = all.iter().collect();
    for some in all.chunks(AT_ONCE) {
        let some = Lsoas::of(some.iter().copied());
        let mut there: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (number, (place, _)) in of.iter().enumerate() {
            place.lsoas.both(&some).iter().for_each(|lsoa| there.entry(lsoa).or_default().push(number));
        }
        let mut alike: HashMap<Vec<usize>, Lsoas> = HashMap::new();
        for (lsoa, numbers) in there {
            alike.entry(numbers).or_default().insert(lsoa);
        }
        for (numbers, lsoas) in alike {
            let cases = numbers.iter().filter_map(|number| of.get(*number)).flat_map(|(_, cases)| cases);
            show(&cases.copied().collect::<Vec<usize>>(), &lsoas);
        }
    }
}
