//! Equity of spend: what changes in what is spent every year, for whom.

use std::{collections::HashMap, sync::Arc};

use super::Picture;
use crate::{
    app::{App, Result, View},
    domain::{
        place::{Code, Lsoas, Reference},
        risk::spend::Spend,
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
        let mut views: Vec<Arc<View>> = Vec::new();
        let mut take = |some: &[Arc<View>]| views.extend(some.iter().cloned());
        let unreadable = self.each_case(picture, &mut take).await?;
        let reference = picture.reference.as_deref();
        let areas = reference.map(|reference| areas(picture, reference, &views)).unwrap_or_default();
        let heads = reference.filter(|_| !areas.is_empty()).and_then(|reference| {
            let fifths = reference.fifths(&reference.lsoas(&areas))?;
            fifths.iter().any(|people| *people > 0).then_some(fifths)
        });
        let mut found = Spend { heads, need_percent: weights(picture), ..Spend::default() };
        let mut residents: HashMap<&[String], Option<[u32; 5]>> = HashMap::new();
        for view in &views {
            let footprint = view.case.content.proposal.footprint.as_slice();
            let there = *residents.entry(footprint).or_insert_with(|| {
                reference.and_then(|reference| reference.fifths(&reference.lsoas(footprint)))
            });
            found.add(&view.case.content.proposal, there);
        }
        let edition = reference.and_then(Reference::edition_of_residents).map(|edition| edition.name.clone());
        Ok(SpendView { found, areas, edition, unreadable })
    }
}

/// The organisations whose cases these are.
fn own(picture: &Picture) -> impl Iterator<Item = &crate::domain::organisation::Organisation> {
    picture.overseen.iter().filter(|one| picture.selection.own.contains(&one.id))
}

/// Whose residents are the heads: of the areas that are asked for; else of those that the organisations set; else of the boards
/// that they are; else of the boards that the proposals touch.
fn areas(picture: &Picture, reference: &Reference, views: &[Arc<View>]) -> Vec<String> {
    if !picture.filter.areas.is_empty() {
        return picture.filter.areas.clone();
    }
    let set = own(picture).flat_map(|one| {
        let spending = &one.settings.spending.areas;
        if spending.is_empty() {
            reference
                .gazetteer()
                .board_of(&one.ods_code)
                .map(|code: Code| code.to_string())
                .into_iter()
                .collect()
        } else {
            spending.clone()
        }
    });
    let mut set: Vec<String> = set.collect();
    if set.is_empty() {
        let mut touched = Lsoas::default();
        for view in views {
            touched.extend(&reference.lsoas(&view.case.content.proposal.footprint));
        }
        set = reference.boards_of(&touched).iter().map(ToString::to_string).collect();
    }
    set.sort();
    set.dedup();
    set
}

/// The weights by need, where all these organisations give the same.
fn weights(picture: &Picture) -> Option<[u32; 5]> {
    let mut given = own(picture).map(|one| one.settings.spending.need_percent);
    let first = given.next()??;
    given.all(|other| other == Some(first)).then_some(first)
}
