//! Counting a picture: from the roll-up where it has what is asked, else case by case. The two come to the same.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::OnceCell;

use super::{Picture, fact::each_row};
use crate::{
    app::{App, Result},
    domain::{
        id::AssessmentId,
        place::{Code, Lsoas},
        risk::{
            Exposure, ExposureDimension, Exposures, Fact, Key, NONE, RollupKey, Standpoint, Tally, Totals,
        },
    },
    store::risk::{
        ledger::{Fold, Rows},
        rollup::Part,
    },
};

/// A picture that was cut.
#[derive(Debug)]
pub struct Cut {
    /// The picture.
    pub picture: Arc<Picture>,
    /// By what.
    pub by: Vec<ExposureDimension>,
    /// Its parts, the gravest first.
    pub parts: Vec<(Key, Exposure)>,
    placed: OnceCell<HashMap<Key, Lsoas>>,
}

impl App {
    /// What is counted in a picture as a whole.
    pub async fn totals(&self, picture: &Picture) -> Result<Arc<Totals>> {
        let counted = picture.totals.get_or_try_init(|| async {
            let mut totals = Totals::default();
            let mut rolled = Totals::default();
            let done = self
                .rolled_up(
                    picture,
                    &[],
                    &mut rolled,
                    |totals, _, key, tally| {
                        if key.standpoint == Standpoint::Draft {
                            totals.drafts += tally.cases;
                        } else {
                            totals.scales.entry(key.scale).or_default().add(&tally, 1);
                        }
                    },
                    |totals, fact, times| totals.add(fact, &picture.filter, times),
                )
                .await?;
            if !done {
                self.visit(picture, &mut |fact| totals.add(fact, &picture.filter, 1)).await?;
                rolled = totals;
            }
            Ok::<_, crate::app::Error>(Arc::new(rolled.finished()))
        });
        counted.await.cloned()
    }

    /// A picture part by part.
    pub async fn cut(&self, picture: Arc<Picture>, by: &[ExposureDimension]) -> Result<Cut> {
        let mut exposures = Exposures::new(by, false);
        let done = self
            .rolled_up(
                &picture,
                by,
                &mut exposures,
                |exposures, organisation, key, tally| {
                    if key.standpoint == Standpoint::Draft {
                        return;
                    }
                    let group =
                        (key.group != NONE && by.contains(&ExposureDimension::Group)).then_some(key.group);
                    let organisation = by.contains(&ExposureDimension::Organisation).then_some(organisation);
                    let key =
                        Key { group, district: Code::parse(&key.district), organisation, ..Key::default() };
                    exposures.parts.entry(key).or_default().tally.add(&tally, 1);
                },
                |exposures, fact, times| exposures.add(fact, &picture.filter, times),
            )
            .await?;
        if !done {
            exposures = Exposures::new(by, false);
            self.visit(&picture, &mut |fact| exposures.add(fact, &picture.filter, 1)).await?;
        }
        Ok(Cut { picture, by: by.to_vec(), parts: exposures.ranked(), placed: OnceCell::new() })
    }

    /// Counts by the roll-up, if it has what is asked: the cells of the organisations that are overseen, and what is
    /// not in it yet or no longer true; with cases that were shared, and without those that the actor is kept from.
    /// Whether it did.
    async fn rolled_up<C>(
        &self,
        picture: &Picture,
        by: &[ExposureDimension],
        count: &mut C,
        mut cell: impl FnMut(&mut C, crate::domain::id::OrganisationId, RollupKey, Tally),
        mut fact: impl FnMut(&mut C, &Fact, i64),
    ) -> Result<bool> {
        use ExposureDimension as By;
        let (filter, selection) = (&picture.filter, &picture.selection);
        let kept = |dimension: &By| matches!(dimension, By::Group | By::District | By::Organisation);
        let whole = filter.service_lines.is_empty()
            && filter.programmes.is_empty()
            && filter.areas.is_empty()
            && filter.live_on.is_none()
            && filter.as_at.is_none();
        let groups = match (by.contains(&By::Group), filter.groups.as_slice()) {
            (true, _) => Part::Each,
            (false, []) => Part::Together,
            (false, [group]) => Part::One(group),
            (false, _) => return Ok(false),
        };
        // The operator's picture rounds what is typed, case by case, which the roll-up has too; but it also counts
        // who may not read.
        if !whole || !by.iter().all(kept) || picture.actor.is_none() || selection.own.is_empty() {
            return Ok(false);
        }
        let snapshot = self.store.snapshot().await?;
        let read = snapshot.read();
        if read.rollup_editions(&selection.own).await?.values().any(|edition| *edition != picture.edition) {
            return Ok(false);
        }
        let districts = if by.contains(&By::District) { Part::Each } else { Part::Together };
        let mut standpoints: Vec<Standpoint> =
            filter.standings.iter().map(|standing| (*standing).into()).collect();
        standpoints.push(Standpoint::Draft);
        for (organisation, key, tally) in read.rollup(&selection.own, &standpoints, groups, districts).await?
        {
            if groups != Part::Each || filter.groups.is_empty() || filter.groups.contains(&key.group) {
                cell(count, organisation, key, tally);
            }
        }
        let mut atlas = picture.atlas();
        let mut add = |entry, times| {
            if let Some(one) = picture.fact(entry, &mut atlas) {
                fact(count, &one, times);
            }
            true
        };
        each_row(&read, Rows::Unfolded(&selection.own), |entry| {
            let times = if entry.fold == Fold::Add { 1 } else { -1 };
            add(entry, times)
        })
        .await?;
        if !selection.shared.is_empty() {
            each_row(&read, Rows::Of(&selection.shared), |entry| add(entry, 1)).await?;
        }
        if !selection.kept.is_empty() {
            let own = |entry: &crate::store::risk::Entry| selection.own.contains(&entry.organisation);
            each_row(&read, Rows::Of(&selection.kept), |entry| !own(&entry) || add(entry, -1)).await?;
        }
        Ok(true)
    }

    /// Where the cases of each part are.
    pub async fn placed<'c>(&self, cut: &'c Cut) -> Result<&'c HashMap<Key, Lsoas>> {
        let placed = cut.placed.get_or_try_init(|| async {
            let (picture, mut exposures) = (&cut.picture, Exposures::new(&cut.by, true));
            self.visit(picture, &mut |fact| exposures.add(fact, &picture.filter, 1)).await?;
            let reference = picture.reference.as_ref();
            let placed = exposures.parts.into_iter().map(|(key, part)| {
                let mut lsoas = part.lsoas;
                if let Some((district, reference)) = key.district.zip(reference) {
                    lsoas = lsoas.both(&reference.lsoas([district.to_string()]));
                }
                if let Some((board, reference)) = key.icb.zip(reference) {
                    lsoas = lsoas.both(&reference.lsoas_of_board(board));
                }
                (key, lsoas)
            });
            Ok::<_, crate::app::Error>(placed.collect())
        });
        placed.await
    }

    /// How many people live where the cases of a part are, each once; `None` where nothing is known of places, or
    /// none of the cases names one.
    pub async fn residents(&self, cut: &Cut, key: &Key) -> Result<Option<u32>> {
        let Some(reference) = cut.picture.reference.clone() else { return Ok(None) };
        let placed = self.placed(cut).await?;
        Ok(placed.get(key).filter(|lsoas| !lsoas.is_empty()).and_then(|lsoas| reference.residents(lsoas)))
    }

    /// The cases of a part: those that the actor may read, and how many others.
    pub async fn cases_in(&self, cut: &Cut, key: &Key) -> Result<(Vec<AssessmentId>, usize)> {
        let filter = &cut.picture.filter;
        self.cases_of(&cut.picture, |fact| fact.parts(&cut.by, filter).iter().any(|(own, _)| own == key))
            .await
    }
}
