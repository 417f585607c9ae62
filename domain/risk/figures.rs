//! What is told of one part of a picture.

use super::{
    Counts, Rated, RatingBasis,
    bytes::{Bytes, Writer, word},
    counts::{Graver, Worst, gravity},
};
use crate::rating::Band;

/// What is told of one part of a picture: what is counted, and the gravest ratings, each scale apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// What is counted.
    pub counts: Counts,
    /// Of negative impacts, by the scale, which are mostly one.
    worst: Vec<(Box<str>, Worst)>,
}

impl Figures {
    /// Of cases that are rated on one scale.
    pub(super) fn on(scale: &str, counts: Counts, worst: Worst) -> Self {
        let rated = worst.iter().any(Option::is_some);
        Self { counts, worst: if rated { vec![(scale.into(), worst)] } else { Vec::new() } }
    }

    /// Adds others. What was the gravest cannot be taken away again: where cases leave, a [`super::Tally`] knows the next.
    pub fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts, 1);
        for (scale, worst) in &other.worst {
            match self.worst.binary_search_by(|(own, _)| own.cmp(scale)) {
                Ok(place) => {
                    if let Some((_, own)) = self.worst.get_mut(place) {
                        own.iter_mut().zip(worst).for_each(|(own, other)| *own = own.max_by_gravity(*other));
                    }
                }
                Err(place) => self.worst.insert(place, (scale.clone(), *worst)),
            }
        }
    }

    /// The same, knowing of what authors typed no more than its rounding.
    #[must_use]
    pub fn rounded(mut self) -> Self {
        self.counts = self.counts.rounded();
        self
    }

    /// The gravest rating of a negative impact. Scores of different scales do not compare: between scales it is the gravest
    /// band, and of several scales that have it the first by name tells its rating.
    #[must_use]
    pub fn maximum(&self, basis: RatingBasis) -> Option<Rated> {
        let rated = self.worst.iter().filter_map(|(_, worst)| worst.get(basis as usize).copied().flatten());
        gravest(rated)
    }

    /// The scales that are in it.
    pub fn scales(&self) -> impl Iterator<Item = &str> {
        self.worst.iter().map(|(scale, _)| &**scale)
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.counts == Counts::default()
    }

    pub(super) fn write(&self, to: &mut Writer) {
        self.counts.write(to);
        let worst = self.worst.first().map(|(_, worst)| *worst).unwrap_or_default();
        for rated in worst {
            to.number(rated.map_or(0, |rated| 1 + u64::from(rated.band as u8)));
            if let Some(rated) = rated {
                to.number(rated.likelihood);
                to.number(rated.consequence);
            }
        }
    }

    pub(super) fn read(scale: &str, from: &mut Bytes<'_>) -> Option<Self> {
        let counts = Counts::read(from)?;
        let mut worst = Worst::default();
        for one in &mut worst {
            if let Some(band) = from.number()?.checked_sub(1) {
                let band = word(Band::ALL, band)?;
                let (likelihood, consequence) = (from.number()?, from.number()?);
                let likelihood = u8::try_from(likelihood).ok()?;
                *one = Some(Rated { band, likelihood, consequence: u8::try_from(consequence).ok()? });
            }
        }
        Some(Self::on(scale, counts, worst))
    }
}

/// The gravest of ratings on different scales, which come in the order of these: by band, and of those that share it the
/// first.
pub(super) fn gravest(rated: impl Iterator<Item = Rated>) -> Option<Rated> {
    rated.fold(None, |worst: Option<Rated>, one| match worst {
        Some(worst) if worst.band >= one.band => Some(worst),
        _ => Some(one),
    })
}

/// What orders what may not be rated: by band, and by the rating where all of them are on one scale.
pub(super) fn grave(worst: Option<Rated>, one_scale: bool) -> Option<(Band, u16, u8)> {
    worst.map(|worst| if one_scale { gravity(worst) } else { (worst.band, 0, 0) })
}
