//! Counting a picture: from the roll-up where it has what is asked, else case by case. The two come to the same.
//!
//! From the roll-up nothing is read of any case but of those that the roll-up does not have as they stand, that were shared, or
//! that the actor is kept from: these are added to the cells that they are in, or taken from them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use tokio::sync::OnceCell;

use super::Picture;
use crate::{
    app::{App, Result},
    domain::{
        id::{AssessmentId, OrganisationId},
        place::{Code, Lsoas},
        risk::{
            Contribution, Exposure, ExposureDimension, Exposures, Fact, Figures, Key, NONE, Places, Rollup,
            RollupKey, Standpoint, Tally, Totals,
        },
        text::{self, Path, Violation},
    },
    store::risk::{
        Snapshot,
        ledger::{Fold, Line, Rows},
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
}

/// Some parts of a picture, of which more is asked.
#[derive(Debug)]
pub struct Shown {
    /// The picture, and all of its parts.
    pub cut: Arc<Cut>,
    /// Which parts.
    keys: Vec<Key>,
    placed: OnceCell<HashMap<Key, Lsoas>>,
}

impl Shown {
    /// These parts.
    #[must_use]
    pub fn new(cut: Arc<Cut>, keys: Vec<Key>) -> Self {
        Self { cut, keys, placed: OnceCell::new() }
    }
}

/// What the roll-up is asked, and what changes it.
struct Rolled<'p> {
    snapshot: Snapshot,
    /// As what cases count that are asked, and drafts.
    standpoints: Vec<Standpoint>,
    groups: Part<'p>,
    districts: Part<'p>,
    /// What is to be added to the cells of each organisation, and taken from them.
    changes: BTreeMap<OrganisationId, BTreeMap<RollupKey, Tally>>,
    /// Cases of others.
    shared: Vec<Fact>,
}

impl App {
    /// What is counted in a picture as a whole.
    pub async fn totals(&self, picture: &Picture) -> Result<Arc<Totals>> {
        let counted = picture.totals.get_or_try_init(|| async {
            if let Some(totals) = self.rolled_totals(picture).await? {
                return Ok(Arc::new(totals.finished()));
            }
            // Whoever cuts the same picture beside us counts it, too: they go first.
            tokio::task::yield_now().await;
            let mut pass = picture.pass.lock().await;
            if let Some(totals) = pass.as_ref() {
                return Ok(totals.clone());
            }
            let mut totals = Totals::default();
            self.visit(picture, &mut |fact| totals.add(fact, &picture.filter, 1)).await?;
            let totals = Arc::new(totals.finished());
            *pass = Some(totals.clone());
            Ok::<_, crate::app::Error>(totals)
        });
        counted.await.cloned()
    }

    async fn rolled_totals(&self, picture: &Picture) -> Result<Option<Totals>> {
        let Some(rolled) = self.rolled(picture, &[]).await? else { return Ok(None) };
        let (own, mut totals) = (&picture.selection.own, Totals::default());
        let read = rolled.snapshot.read();
        let cells = read.rollup(own, &rolled.standpoints, rolled.groups, rolled.districts).await?;
        let changes = rolled.changes.into_values().flatten();
        for (key, tally) in cells.into_iter().map(|(_, key, tally)| (key, tally)).chain(changes) {
            if key.standpoint == Standpoint::Draft {
                totals.drafts += tally.counts.cases;
            } else {
                totals.scales.entry(key.scale).or_default().add(&tally, 1);
            }
        }
        rolled.shared.iter().for_each(|fact| totals.add(fact, &picture.filter, 1));
        Ok(Some(totals))
    }

    /// A picture part by part; with those that no case is in, where partners propose something.
    ///
    /// # Errors
    /// [`crate::app::Error::Invalid`] when it has more parts than are told at once.
    pub async fn cut(&self, picture: Arc<Picture>, by: &[ExposureDimension]) -> Result<Cut> {
        let mut exposures = match self.rolled_cut(&picture, by).await? {
            Some(exposures) => exposures,
            None => self.counted_cut(&picture, by).await?,
        };
        for (key, partners) in self.partners_by_part(&picture, by).await? {
            if let Some(part) = exposures.part(key) {
                part.partners = partners;
            }
        }
        if exposures.too_many {
            let message = format!(
                "The picture has more than {} parts; cut it by fewer dimensions, or narrow the filter.",
                text::grouped(u32::try_from(Exposures::MOST).unwrap_or(u32::MAX))
            );
            return Err(Violation::new("TOO_MANY", message, Path::of(["by"])).into());
        }
        Ok(Cut { picture, by: by.to_vec(), parts: exposures.ranked() })
    }

    /// Case by case, and the whole with it.
    async fn counted_cut(&self, picture: &Picture, by: &[ExposureDimension]) -> Result<Exposures> {
        let mut pass = picture.pass.lock().await;
        let (mut exposures, mut totals) = (Exposures::new(by), Totals::default());
        let filter = &picture.filter;
        if pass.is_some() {
            self.visit(picture, &mut |fact| exposures.add(fact, filter)).await?;
        } else {
            self.visit(picture, &mut |fact| {
                exposures.add(fact, filter);
                totals.add(fact, filter, 1);
            })
            .await?;
            *pass = Some(Arc::new(totals.finished()));
        }
        Ok(exposures)
    }

    async fn rolled_cut(&self, picture: &Picture, by: &[ExposureDimension]) -> Result<Option<Exposures>> {
        use ExposureDimension as By;
        let Some(rolled) = self.rolled(picture, by).await? else { return Ok(None) };
        let Rolled { snapshot, standpoints, groups, districts, changes, shared } = rolled;
        let (mut exposures, filter) = (Exposures::new(by), &picture.filter);
        let one_of = |group: &str| {
            groups != Part::Each || filter.groups.is_empty() || filter.groups.iter().any(|own| own == group)
        };
        let mut add = |organisation, key: &RollupKey, figures: &Figures| {
            let group = (key.group != NONE && by.contains(&By::Group)).then(|| key.group.clone());
            let organisation = by.contains(&By::Organisation).then_some(organisation);
            let district = by.contains(&By::District).then(|| Code::parse(&key.district)).flatten();
            if let Some(part) = exposures.part(Key { group, district, organisation, ..Key::default() }) {
                part.figures.add(figures);
            }
        };
        let read = snapshot.read();
        let mut changed: HashSet<(OrganisationId, RollupKey)> = HashSet::new();
        for (organisation, changes) in changes {
            let wanted = changes
                .into_iter()
                .filter(|(key, _)| key.standpoint != Standpoint::Draft && one_of(&key.group));
            let wanted: BTreeMap<RollupKey, Tally> = wanted.collect();
            if wanted.is_empty() {
                continue;
            }
            let on: BTreeSet<&str> = wanted.keys().map(|key| key.group.as_str()).collect();
            let there: BTreeSet<&str> = wanted.keys().map(|key| key.district.as_str()).collect();
            let mut there = read.cells_on(organisation, &standpoints, &on, &there).await?;
            for (key, more) in wanted {
                let mut tally = there.remove(&key).unwrap_or_default();
                tally.add(&more, 1);
                if !tally.is_empty() {
                    add(organisation, &key, &tally.figures(&key.scale));
                }
                changed.insert((organisation, key));
            }
        }
        let counted = standpoints.iter().copied().filter(|one| *one != Standpoint::Draft);
        let counted: Vec<Standpoint> = counted.collect();
        let own = &picture.selection.own;
        read.pages(own, &counted, (groups, districts), |organisation, key, figures| {
            let as_it_is = changed.is_empty() || !changed.contains(&(organisation, key.clone()));
            if as_it_is && one_of(&key.group) {
                add(organisation, &key, &figures);
            }
        })
        .await?;
        for fact in &shared {
            exposures.add(fact, filter);
        }
        Ok(Some(exposures))
    }

    /// What the roll-up has to be asked, if it has what is: the cells of the organisations that are overseen, and what is
    /// not in it yet or no longer true; with cases that were shared, and without those that the actor is kept from.
    async fn rolled<'p>(&self, picture: &'p Picture, by: &[ExposureDimension]) -> Result<Option<Rolled<'p>>> {
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
            (false, _) => return Ok(None),
        };
        // The operator's picture rounds what is typed, case by case, which the roll-up has too; but it also counts
        // who may not read.
        if !whole || !by.iter().all(kept) || picture.actor.is_none() || selection.own.is_empty() {
            return Ok(None);
        }
        let snapshot = self.store.snapshot().await?;
        let states = snapshot.read().rollup_states(&selection.own).await?;
        if states.values().any(|state| state.edition != picture.edition) {
            return Ok(None);
        }
        let mut standpoints: Vec<Standpoint> =
            filter.standings.iter().map(|standing| (*standing).into()).collect();
        standpoints.push(Standpoint::Draft);
        let districts = if by.contains(&By::District) { Part::Each } else { Part::Together };
        let (changes, shared) = self.changes_to_rollup(picture, &snapshot).await?;
        let asked = |key: &RollupKey| {
            standpoints.contains(&key.standpoint) && groups.has(&key.group) && districts.has(&key.district)
        };
        let mut atlas = picture.atlas();
        let cells = changes.into_iter().map(|(organisation, rollup)| {
            let mut cells = rollup.cells(&mut atlas);
            cells.retain(|key, _| asked(key));
            (organisation, cells)
        });
        let changes = cells.collect();
        Ok(Some(Rolled { snapshot, standpoints, groups, districts, changes, shared }))
    }

    /// What is to be added to the roll-ups of a picture's organisations, or taken from them; and the cases of others.
    async fn changes_to_rollup(
        &self,
        picture: &Picture,
        snapshot: &Snapshot,
    ) -> Result<(BTreeMap<OrganisationId, Rollup>, Vec<Fact>)> {
        let selection = &picture.selection;
        let mut atlas = picture.atlas();
        let (mut changes, mut shared) = (BTreeMap::<OrganisationId, Rollup>::new(), Vec::new());
        let mut change = |organisation, contribution: &Contribution, times| {
            changes.entry(organisation).or_default().add(contribution, times, &mut atlas);
        };
        let waiting = |line: Line| {
            change(line.organisation, &line.contribution, if line.fold == Fold::Add { 1 } else { -1 });
        };
        snapshot.each_line(Rows::Unfolded(&selection.own), waiting).await?;
        let own = |organisation| selection.own.contains(&organisation);
        if !selection.kept.is_empty() {
            let kept = |line: Line| {
                if own(line.organisation) {
                    change(line.organisation, &line.contribution, -1);
                }
            };
            snapshot.each_line(Rows::Of(&selection.kept), kept).await?;
        }
        let supposed: Vec<AssessmentId> = picture.supposed.keys().copied().collect();
        if !supposed.is_empty() {
            let otherwise = |line: Line| {
                if own(line.organisation) && picture.has(line.case, line.organisation) {
                    change(line.organisation, &line.contribution, -1);
                }
            };
            snapshot.each_line(Rows::Of(&supposed), otherwise).await?;
        }
        let mut others = Vec::new();
        for (case, organisation, contribution) in picture.supposed() {
            if own(organisation) {
                change(organisation, contribution, 1);
            } else {
                others.push((case, organisation, contribution.clone()));
            }
        }
        if !selection.shared.is_empty() {
            let other = |line: Line| {
                if !picture.supposed.contains_key(&line.case) {
                    others.push((line.case, line.organisation, line.contribution));
                }
            };
            snapshot.each_line(Rows::Shared(selection), other).await?;
        }
        let facts = others.into_iter();
        shared.extend(facts.filter_map(|(case, of, one)| picture.fact(case, of, one, &mut atlas)));
        Ok((changes, shared))
    }

    /// Where the cases of each of these parts are.
    async fn placed<'s>(&self, shown: &'s Shown) -> Result<&'s HashMap<Key, Lsoas>> {
        let placed = shown.placed.get_or_try_init(|| async {
            let (cut, picture) = (&shown.cut, &shown.cut.picture);
            let mut whereabouts = Places::new(&cut.by, shown.keys.iter().cloned());
            self.visit(picture, &mut |fact| whereabouts.add(fact, &picture.filter)).await?;
            let reference = picture.reference.as_ref();
            let placed = whereabouts.parts.into_iter().map(|(key, mut lsoas)| {
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
    pub async fn residents(&self, shown: &Shown, key: &Key) -> Result<Option<u32>> {
        let Some(reference) = shown.cut.picture.reference.clone() else { return Ok(None) };
        let placed = self.placed(shown).await?;
        Ok(placed.get(key).filter(|lsoas| !lsoas.is_empty()).and_then(|lsoas| reference.residents(lsoas)))
    }

    /// The first cases after this one that are in a part and that the actor may read, in the order in which they were
    /// begun.
    pub async fn cases_in(
        &self,
        cut: &Cut,
        key: &Key,
        after: Option<AssessmentId>,
        most: usize,
    ) -> Result<Vec<AssessmentId>> {
        self.cases_behind(&cut.picture, (&cut.by, key), after, most).await
    }
}
