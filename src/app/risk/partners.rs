//! What partners propose beside a picture: a column of its own, in every part and wherever cases pile up.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::NaiveDate;

use super::{Picture, Pile};
use crate::{
    app::{App, Result},
    domain::{
        impact::Direction,
        partner::PartnerProposal,
        risk::{Concentration, ExposureDimension as By, Filter, Key, Place, quarter},
    },
};

/// A partner's proposal with whom it touches and where it lands.
#[derive(Debug)]
pub(super) struct Placed {
    proposal: PartnerProposal,
    /// The groups that it counts for.
    groups: Vec<String>,
    place: Arc<Place>,
}

impl Placed {
    /// The parts of a picture that it belongs in, like a case without service line and programme would.
    fn parts(&self, by: &[By], filter: &Filter) -> BTreeSet<Key> {
        let cut = |dimension| by.contains(&dimension);
        let groups: Vec<Option<&String>> = if cut(By::Group) {
            let asked = |group: &&String| filter.touches(std::slice::from_ref(group));
            self.groups.iter().filter(asked).map(Some).collect()
        } else {
            vec![None]
        };
        let there = self.place.cut(cut(By::District), cut(By::Icb));
        let key = |group: Option<&String>, (district, icb)| Key {
            group: group.cloned(),
            district,
            icb,
            organisation: cut(By::Organisation).then_some(self.proposal.organisation),
            quarter: self.proposal.from.filter(|_| cut(By::Quarter)).map(quarter),
            ..Key::default()
        };
        groups.into_iter().flat_map(|group| there.iter().map(move |place| key(group, *place))).collect()
    }

    /// Whether it is bad for the people of a concentration, where its cases are and while they are.
    fn is_beside(&self, pile: &Concentration) -> bool {
        let PartnerProposal { direction, from, to, .. } = self.proposal;
        let ends_before =
            |to: Option<NaiveDate>, from: Option<NaiveDate>| to.zip(from).is_some_and(|(to, from)| to < from);
        direction == Direction::Negative
            && self.groups.contains(&pile.group)
            && self.place.lsoas.meets(&pile.lsoas)
            && !ends_before(to, pile.from)
            && !ends_before(pile.to, from)
    }
}

impl App {
    async fn placed_partners<'p>(&self, picture: &'p Picture) -> Result<&'p [Placed]> {
        let found = picture.partners.get_or_try_init(|| async {
            let proposals = self.partners_in(picture).await?;
            let mut atlas = picture.atlas();
            let placed = proposals.into_iter().map(|proposal| Placed {
                groups: picture.counted(proposal.organisation, &proposal.groups),
                place: atlas.place(&proposal.footprint).unwrap_or_default(),
                proposal,
            });
            Ok::<_, crate::app::Error>(placed.collect::<Arc<[Placed]>>())
        });
        found.await.map(AsRef::as_ref)
    }

    /// How many partners' proposals belong in each part of a picture that is cut by these, whichever way they go; parts without any
    /// are left out.
    pub(super) async fn partners_by_part(
        &self,
        picture: &Picture,
        by: &[By],
    ) -> Result<BTreeMap<Key, usize>> {
        let mut found: BTreeMap<Key, usize> = BTreeMap::new();
        for one in self.placed_partners(picture).await? {
            for key in one.parts(by, &picture.filter) {
                *found.entry(key).or_default() += 1;
            }
        }
        Ok(found)
    }

    /// How many partners' proposals are bad for the same group in the place where cases pile up, while they do.
    pub async fn partners_beside(&self, pile: &Pile) -> Result<usize> {
        let found = self.placed_partners(&pile.picture).await?;
        Ok(found.iter().filter(|one| one.is_beside(&pile.found)).count())
    }
}
