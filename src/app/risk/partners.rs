//! What partners propose beside a picture: a column of its own, in every part and wherever cases pile up.

use std::sync::Arc;

use super::{Cut, Picture, Pile};
use crate::{
    app::{App, Result},
    domain::{
        impact::Direction,
        partner::PartnerProposal,
        place::{Lsoas, Reference},
        risk::{ExposureDimension as By, Key, quarter},
    },
};

/// A partner's proposal and where it lands.
#[derive(Debug)]
pub(super) struct Placed {
    proposal: PartnerProposal,
    lsoas: Lsoas,
}

impl Placed {
    /// Whether it belongs in this part of a picture. It has no service line and no programme.
    fn is_in(&self, by: &[By], key: &Key, reference: Option<&Reference>) -> bool {
        let of = by.iter().all(|dimension| match dimension {
            By::Group => key.group.as_ref().is_some_and(|group| self.proposal.groups.contains(group)),
            By::ServiceLine => key.service_line.is_none(),
            By::Programme => key.programme.is_none(),
            By::Organisation => key.organisation == Some(self.proposal.organisation),
            By::Quarter => key.quarter == self.proposal.from.map(quarter),
            By::District | By::Icb => true,
        });
        of && self.is_there(by, key, reference)
    }

    /// Whether it lands in the place of a part: in district and board at once, where it is cut by both.
    fn is_there(&self, by: &[By], key: &Key, reference: Option<&Reference>) -> bool {
        let district = by.contains(&By::District).then_some(key.district);
        let board = by.contains(&By::Icb).then_some(key.icb);
        match (district.flatten(), board.flatten(), reference) {
            (None, None, _) => (district.is_none() && board.is_none()) || self.lsoas.is_empty(),
            (_, _, None) => false,
            (district, board, Some(reference)) => {
                let mut there = self.lsoas.clone();
                if let Some(district) = district {
                    there = there.both(&reference.lsoas([district.to_string()]));
                }
                if let Some(board) = board {
                    there = there.both(&reference.lsoas_of_board(board));
                }
                !there.is_empty()
            }
        }
    }
}

impl App {
    async fn placed_partners<'p>(&self, picture: &'p Picture) -> Result<&'p [Placed]> {
        let found = picture.partners.get_or_try_init(|| async {
            let proposals = self.partners_in(picture).await?;
            let placed = proposals.into_iter().map(|proposal| {
                let there = picture.reference.as_ref().map(|reference| reference.lsoas(&proposal.footprint));
                Placed { lsoas: there.unwrap_or_default(), proposal }
            });
            Ok::<_, crate::app::Error>(placed.collect::<Arc<[Placed]>>())
        });
        found.await.map(AsRef::as_ref)
    }

    /// How many partners' proposals belong in a part of a picture, whichever way they go.
    pub async fn partners_at(&self, cut: &Cut, key: &Key) -> Result<usize> {
        let reference = cut.picture.reference.as_deref();
        let found = self.placed_partners(&cut.picture).await?;
        Ok(found.iter().filter(|one| one.is_in(&cut.by, key, reference)).count())
    }

    /// How many partners' proposals are bad for the same group in the place where cases pile up.
    pub async fn partners_beside(&self, pile: &Pile) -> Result<usize> {
        let bad = |one: &&Placed| {
            one.proposal.direction == Direction::Negative
                && one.proposal.groups.contains(&pile.found.group)
                && one.lsoas.meets(&pile.found.lsoas)
        };
        Ok(self.placed_partners(&pile.picture).await?.iter().filter(bad).count())
    }
}
