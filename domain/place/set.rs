//! Sets of small areas.

/// A set of the LSOAs of one vintage, a bit for each by its ordinal.
///
/// A plain bitmap, not a compressed one: there are 33,755 ordinals and no more will come before another census, so
/// that a set is 4 KiB whatever is in it and a union is 528 instructions. Ordinals are only ever appended (see
/// [`super::Assembly`]), so that a set that was kept stays true.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Lsoas {
    words: Vec<u64>,
}

impl Lsoas {
    /// The set of these ordinals.
    pub fn of(ordinals: impl IntoIterator<Item = u32>) -> Self {
        let mut set = Self::default();
        ordinals.into_iter().for_each(|ordinal| set.insert(ordinal));
        set
    }

    /// Adds one.
    pub fn insert(&mut self, ordinal: u32) {
        let (word, bit) = place(ordinal);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Whether it is in the set.
    #[must_use]
    pub fn contains(&self, ordinal: u32) -> bool {
        let (word, bit) = place(ordinal);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Whether the two have any in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(one, other)| one & other != 0)
    }

    /// How many the two have in common.
    #[must_use]
    pub fn common(&self, other: &Self) -> u32 {
        self.words.iter().zip(&other.words).map(|(one, other)| (one & other).count_ones()).sum()
    }

    /// Those that the two have in common.
    #[must_use]
    pub fn both(&self, other: &Self) -> Self {
        Self { words: self.words.iter().zip(&other.words).map(|(one, other)| one & other).collect() }
    }

    /// Whether all of another are in it.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        let own = self.words.iter().copied().chain(std::iter::repeat(0));
        other.words.iter().zip(own).all(|(other, own)| other & !own == 0)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Their ordinals, from the first.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        (0_u32..).zip(&self.words).flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                (rest != 0).then(|| {
                    let bit = rest.trailing_zeros();
                    rest &= rest - 1;
                    index * 64 + bit
                })
            })
        })
    }
}

fn place(ordinal: u32) -> (usize, u64) {
    ((ordinal / 64) as usize, 1 << (ordinal % 64))
}
