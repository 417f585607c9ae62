//! What partners propose beside a picture: a column of its own, in every part and wherever cases pile up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;
use tokio::sync::OnceCell;

use super::{Picture, Pile};
use crate::{
    app::{App, Result},
    domain::{
        id::OrganisationId,
        impact::Direction,
        partner::PartnerProposal,
        place::Code,
        risk::{Concentration, ExposureDimension as By, Filter, Key, Place, quarter},
    },
};

/// What partners propose beside a picture: read once and placed once, each only when it is asked.
#[derive(Debug, Default)]
pub(super) struct Partners {
    found: OnceCell<Vec<Proposed>>,
    /// Where each of them lands, in their order.
    places: OnceCell<Vec<Arc<Place>>>,
}

/// A partner's proposal with whom it touches.
#[derive(Debug)]
struct Proposed {
    proposal: PartnerProposal,
    /// The groups that it counts for.
    groups: Vec<String>,
    /// Of the groups that it names, those that a group the picture is narrowed to lies within.
    wider: Vec<String>,
}

impl Proposed {
    /// The parts of a picture that it belongs in, like a case without service line and programme would; and the part of a wider group
    /// than is asked for, where it is on that: of whom of it the partner speaks nobody knows.
    fn parts(&self, by: &[By], filter: &Filter, there: &[(Option<Code>, Option<Code>)]) -> BTreeSet<Key> {
        let cut = |dimension| by.contains(&dimension);
        let groups: Vec<Option<&String>> = if cut(By::Group) {
            let asked = |group: &&String| filter.touches(std::slice::from_ref(group));
            self.groups.iter().filter(asked).chain(&self.wider).map(Some).collect()
        } else {
            vec![None]
        };
        let key = |group: Option<&String>, (district, icb)| Key {
            group: group.cloned(),
            district,
            icb,
            organisation: cut(By::Organisation).then_some(self.proposal.organisation),
            quarter: self.proposal.from.filter(|_| cut(By::Quarter)).map(quarter),
            ..Key::default()
        };
        let mut parts = BTreeSet::new();
        for group in groups {
            parts.extend(there.iter().map(|place| key(group, *place)));
        }
        parts
    }

    /// Whether it is bad for somebody where the cases of a concentration are, and while they are.
    fn meets(&self, place: &Place, pile: &Concentration) -> bool {
        let PartnerProposal { direction, from, to, .. } = self.proposal;
        let ends_before =
            |to: Option<NaiveDate>, from: Option<NaiveDate>| to.zip(from).is_some_and(|(to, from)| to < from);
        direction == Direction::Negative
            && place.lsoas.meets(&pile.lsoas)
            && !ends_before(to, pile.from)
            && !ends_before(pile.to, from)
    }

    /// Whether it touches people of a group: it is on the group, on part of it, or on a group that the whole of it is part of
    /// (`wholes`), as what is done to disabled people is done to people with a learning disability.
    fn touches(&self, group: &str, wholes: &[String]) -> bool {
        self.groups.iter().any(|own| own == group)
            || self.proposal.groups.iter().any(|named| wholes.contains(named))
    }
}

impl App {
    async fn proposed<'p>(&self, picture: &'p Picture) -> Result<&'p [Proposed]> {
        let found = picture.partners.found.get_or_try_init(|| async {
            let proposals = self.partners_in(picture).await?;
            let found = proposals.into_iter().map(|proposal| Proposed {
                groups: picture.counted(proposal.organisation, &proposal.groups),
                wider: picture.wider(proposal.organisation, &proposal.groups),
                proposal,
            });
            Ok::<_, crate::app::Error>(found.collect())
        });
        found.await.map(Vec::as_slice)
    }

    /// How many partners' proposals belong beside a picture.
    pub(super) async fn count_partners(&self, picture: &Picture) -> Result<usize> {
        Ok(self.proposed(picture).await?.len())
    }

    /// How many partners' proposals belong in each part of a picture that is cut by these, whichever way they go; parts without any
    /// are left out.
    pub(super) async fn partners_by_part(
        &self,
        picture: &Picture,
        by: &[By],
    ) -> Result<BTreeMap<Key, usize>> {
        let (districts, boards) = (by.contains(&By::District), by.contains(&By::Icb));
        let proposed = self.proposed(picture).await?;
        // Where they land is looked up for nobody who does not ask.
        let there: Vec<Vec<(Option<Code>, Option<Code>)>> = if districts || boards {
            picture.placed(proposed).await.iter().map(|place| place.cut(districts, boards)).collect()
        } else {
            vec![vec![(None, None)]; proposed.len()]
        };
        let mut found: BTreeMap<Key, usize> = BTreeMap::new();
        for (one, there) in proposed.iter().zip(&there) {
            for key in one.parts(by, &picture.filter, there) {
                *found.entry(key).or_default() += 1;
            }
        }
        Ok(found)
    }

    /// How many partners' proposals are bad for people of the same group in the place where cases pile up, while they do: those on
    /// the group, on part of it, or on a wider group that it is part of.
    pub async fn partners_beside(&self, pile: &Pile) -> Result<usize> {
        let (picture, pile) = (&pile.picture, &pile.found);
        let proposed = self.proposed(picture).await?;
        if proposed.is_empty() {
            return Ok(0);
        }
        // What a group is part of is for whoever keeps the proposal to say.
        let mut wholes: BTreeMap<OrganisationId, Vec<String>> = BTreeMap::new();
        let there = proposed.iter().zip(picture.placed(proposed).await);
        let beside = there.filter(|(one, place)| one.meets(place, pile)).filter(|(one, _)| {
            let of = one.proposal.organisation;
            let counted = || picture.counted(of, std::slice::from_ref(&pile.group));
            one.touches(&pile.group, wholes.entry(of).or_insert_with(counted))
        });
        Ok(beside.count())
    }
}

impl Picture {
    /// Where these proposals of its partners land.
    async fn placed(&self, proposed: &[Proposed]) -> &[Arc<Place>] {
        let places = self.partners.places.get_or_init(|| async {
            if proposed.is_empty() {
                return Vec::new();
            }
            let mut atlas = self.atlas();
            let places = proposed.iter().map(|one| atlas.place(&one.proposal.footprint).unwrap_or_default());
            places.collect()
        });
        places.await
    }
}
