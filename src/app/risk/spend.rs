//! Equity of spend: what changes in what is spent every year, for whom.

use std::{collections::HashMap, sync::Arc};

use super::Picture;
use crate::{
    app::{App, Result, View},
    domain::{
        organisation::Organisation,
        place::{Code, Lsoas, Reference},
        risk::spend::{Caveats, Spend},
    },
};

/// Change in spend, and what it is told per head of.
#[derive(Clone, Debug)]
pub struct SpendView {
    /// The figures.
    pub found: Spend,
    /// Codes of the areas whose residents are the heads.
    pub areas: Vec<String>,
    /// The edition of the index that fifths are of; `None` where nothing is known of places.
    pub edition: Option<String>,
    /// Cases that may not be read, which are in no figure.
    pub unreadable: usize,
}

impl App {
    /// Change in recurrent full-year spend by national deprivation fifth, over the cases of a picture.
    pub async fn spend(&self, picture: &Picture) -> Result<SpendView> {
        let reference = picture.reference.as_deref();
        let areas = match reference {
            None => Vec::new(),
            Some(reference) => {
                let set = areas(picture, reference);
                if set.is_empty() { self.boards_touched(picture, reference).await? } else { set }
            }
        };
        let heads = reference.filter(|_| !areas.is_empty()).and_then(|reference| {
            let fifths = reference.fifths(&reference.lsoas(&areas))?;
            fifths.iter().any(|people| *people > 0).then_some(fifths)
        });
        let (need_percent, weighting) = weights(picture);
        let caveats = Caveats { narrowed: !picture.filter.areas.is_empty(), of_others: 0, weighting };
        let mut found = Spend { heads, need_percent, caveats, ..Spend::default() };
        let mut residents: HashMap<Vec<String>, Option<[u32; 5]>> = HashMap::new();
        let mut take = |views: &[Arc<View>]| {
            for view in views {
                let proposal = &view.case.content.proposal;
                let there = if let Some(there) = residents.get(&proposal.footprint) {
                    *there
                } else {
                    let there = reference
                        .and_then(|reference| reference.fifths(&reference.lsoas(&proposal.footprint)));
                    residents.insert(proposal.footprint.clone(), there);
                    there
                };
                found.caveats.of_others +=
                    i64::from(!picture.selection.own.contains(&view.case.organisation));
                found.add(proposal, there);
            }
        };
        let unreadable = self.each_case(picture, &mut take).await?;
        let edition = reference.and_then(Reference::edition_of_residents).map(|edition| edition.name.clone());
        Ok(SpendView { found, areas, edition, unreadable })
    }

    /// The boards that the proposals of a picture touch.
    async fn boards_touched(&self, picture: &Picture, reference: &Reference) -> Result<Vec<String>> {
        let mut touched = Lsoas::default();
        let mut take = |views: &[Arc<View>]| {
            for view in views {
                touched.extend(&reference.lsoas(&view.case.content.proposal.footprint));
            }
        };
        self.each_case(picture, &mut take).await?;
        Ok(reference.boards_of(&touched).iter().map(ToString::to_string).collect())
    }
}

/// The organisations whose cases these are.
fn own(picture: &Picture) -> impl Iterator<Item = &Organisation> {
    picture.overseen.iter().filter(|one| picture.selection.own.contains(&one.id))
}

/// Whose residents are the heads: of the areas that the organisations set, else of the boards that they are; none where none does
/// and none is. Never of the areas that a filter asks for: the money of a case is not only theirs.
fn areas(picture: &Picture, reference: &Reference) -> Vec<String> {
    let mut set: Vec<String> = own(picture)
        .flat_map(|one| {
            let spending = &one.settings.spending.areas;
            let board = reference.gazetteer().board_of(&one.ods_code).filter(|_| spending.is_empty());
            spending.iter().cloned().chain(board.map(|code: Code| code.to_string()))
        })
        .collect();
    set.sort();
    set.dedup();
    set
}

/// The weights by need, where all these organisations give the same; else who gives which.
fn weights(picture: &Picture) -> (Option<[u32; 5]>, Vec<String>) {
    let given = |one: &Organisation| one.settings.spending.need_percent;
    let Some(first) = own(picture).next().map(given) else { return (None, Vec::new()) };
    if own(picture).all(|one| given(one) == first) {
        return (first, Vec::new());
    }
    let told = |one: &Organisation| match given(one) {
        None => format!("{} each the same", one.name),
        Some(weights) => {
            format!("{} {} percent by fifth", one.name, weights.map(|weight| weight.to_string()).join(", "))
        }
    };
    (None, own(picture).map(told).collect())
}
