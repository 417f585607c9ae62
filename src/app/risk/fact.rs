//! The cases of a picture, one by one: from the ledger, as they stand or as they were known.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveTime, Utc};

use super::{Picture, Supposed};
use crate::{
    app::{App, Result},
    domain::{
        calendar::in_london,
        id::{AssessmentId, OrganisationId},
        risk::{Atlas, Contribution, ExposureDimension, Fact, Key},
    },
    store::{
        Reader,
        risk::{
            Entry,
            ledger::{After, Part, Rows},
        },
    },
};

/// Rows of the ledger that are read at once.
const ROWS: u64 = 2_000;
/// Rows that are read first of those behind a part, and four times as many each time they do not have enough.
const FIRST: u64 = 100;
/// Most cases of a picture that are held while it is asked; more are read again for every question.
const HELD: usize = 2_000;

impl Picture {
    /// The instant as at which cases are shown; `None` is now.
    pub(super) fn as_at(&self) -> Option<DateTime<Utc>> {
        let day = self.filter.as_at?.succ_opt()?;
        // The last microsecond of the day, which is what both databases keep.
        Some(in_london(day, NaiveTime::MIN) - chrono::TimeDelta::microseconds(1))
    }

    /// Its rows, or those of a part of it.
    fn rows<'a>(&'a self, part: Option<Part<'a>>) -> Rows<'a> {
        Rows::Picture { selection: &self.selection, as_at: self.as_at(), filter: &self.filter, part }
    }

    /// What of the atlas the picture has.
    pub(super) fn atlas(&self) -> Atlas {
        Atlas::new(self.reference.clone(), &self.filter.areas)
    }

    /// A case with what it contributes, as far as the picture has it.
    pub(super) fn fact(
        &self,
        case: AssessmentId,
        organisation: OrganisationId,
        contribution: Contribution,
        atlas: &mut Atlas,
    ) -> Option<Fact> {
        let fact = Fact::seen(case, organisation, contribution, &self.filter, atlas)?;
        // What was shared since the picture was asked for is not known to be readable.
        let known = self.selection.own.contains(&organisation) || self.selection.shared.contains(&case);
        let readable = self.actor.is_some() && known && !self.unreadable.contains(&case);
        Some(Fact { readable, ..fact })
    }

    /// What is supposed of cases that it has.
    pub(super) fn supposed(&self) -> impl Iterator<Item = (AssessmentId, OrganisationId, &Contribution)> {
        let here = move |(id, one): &(&AssessmentId, &Supposed)| self.has(**id, one.organisation);
        let cases = self.supposed.iter().filter(here);
        cases.filter_map(|(id, one)| Some((*id, one.organisation, one.contribution.as_ref()?)))
    }

    /// Whether it has cases of this organisation, or this one.
    pub(super) fn has(&self, case: AssessmentId, organisation: OrganisationId) -> bool {
        let selection = &self.selection;
        let kept = selection.kept.contains(&case);
        !kept && (selection.own.contains(&organisation) || selection.shared.contains(&case))
    }
}

/// Reads rows in the order of cases, page by page.
pub(super) async fn each_row(read: &Reader<'_>, rows: Rows<'_>, mut take: impl FnMut(Entry)) -> Result<()> {
    let mut after: Option<After> = None;
    loop {
        let page = read.ledger(rows, after, ROWS).await?;
        let full = page.len() as u64 == ROWS;
        after = page.last().map(|entry| (entry.case, entry.number));
        page.into_iter().for_each(&mut take);
        if !full {
            return Ok(());
        }
    }
}

impl App {
    /// Shows every case of a picture that passes its filter, in no order, drafts too: whoever counts asks
    /// [`crate::domain::risk::Filter::counts`]. Few cases are held for whoever asks next.
    pub async fn visit(&self, picture: &Picture, visit: &mut (dyn FnMut(&Fact) + Send)) -> Result<()> {
        if let Some(Some(held)) = picture.held.get() {
            held.iter().for_each(visit);
            return Ok(());
        }
        let mut held = Some(Vec::new());
        let mut atlas = picture.atlas();
        let mut take = |case, organisation, contribution| {
            if let Some(fact) = picture.fact(case, organisation, contribution, &mut atlas) {
                visit(&fact);
                match held.as_mut().filter(|held| held.len() < HELD) {
                    Some(held) => held.push(fact),
                    None => held = None,
                }
            }
        };
        let snapshot = self.store.snapshot().await?;
        snapshot
            .each_line(picture.rows(None), |line| {
                if !picture.supposed.contains_key(&line.case) {
                    take(line.case, line.organisation, line.contribution);
                }
            })
            .await?;
        for (case, organisation, contribution) in picture.supposed() {
            take(case, organisation, contribution.clone());
        }
        // Somebody who asks beside us may have held the same.
        let _ = picture.held.set(held.map(Arc::new));
        Ok(())
    }

    /// How many cases the actor is kept from that would be counted, as they stand and by no more than somebody may know of
    /// them: whose they are and how they stand. What else a filter asks of them is not said, for it would say what they are.
    pub async fn not_shown(&self, picture: &Picture) -> Result<usize> {
        let found = picture.not_shown.get_or_try_init(|| async {
            let mut found = 0;
            if !picture.selection.kept.is_empty() {
                let kept = Rows::Of(&picture.selection.kept);
                let count = |line: crate::store::risk::ledger::Line| {
                    found += usize::from(picture.filter.counts(line.contribution.standpoint));
                };
                self.store.snapshot().await?.each_line(kept, count).await?;
            }
            Ok::<_, crate::app::Error>(found)
        });
        found.await.copied()
    }

    /// The first cases after this one, in the order in which they were begun, that are in a part of a picture and that the
    /// actor may read, at most `most`. Rows are read until there are so many, from those that the part's own columns and
    /// groups lead to.
    pub(super) async fn cases_behind(
        &self,
        picture: &Picture,
        (by, key): (&[ExposureDimension], &Key),
        after: Option<AssessmentId>,
        most: usize,
    ) -> Result<Vec<AssessmentId>> {
        let filter = &picture.filter;
        let is_in = |fact: &Fact| {
            fact.readable
                && after.is_none_or(|after| fact.case > after)
                && filter.counts(fact.contribution.standpoint)
                && fact.parts(by, filter).iter().any(|(own, _)| own == key)
        };
        let mut found: Vec<AssessmentId> = Vec::new();
        if let Some(Some(held)) = picture.held.get() {
            found.extend(held.iter().filter(|fact| is_in(fact)).map(|fact| fact.case));
        } else {
            let groups =
                key.group.as_ref().map(|group| picture.below([group])).transpose()?.unwrap_or_default();
            let part = Part { by, key, groups: &groups };
            let mut atlas = picture.atlas();
            let (mut last, mut size) = (after.map(|after| (after, i64::MAX)), FIRST);
            while found.len() < most {
                let page = self.store.read().ledger(picture.rows(Some(part)), last, size).await?;
                let full = page.len() as u64 == size;
                last = page.last().map(|entry| (entry.case, entry.number));
                for entry in page.into_iter().filter(|entry| !picture.supposed.contains_key(&entry.case)) {
                    let fact = picture.fact(entry.case, entry.organisation, entry.contribution, &mut atlas);
                    found.extend(fact.filter(&is_in).map(|fact| fact.case));
                }
                if !full {
                    break;
                }
                size = (size * 4).min(ROWS);
            }
            for (case, organisation, contribution) in picture.supposed() {
                let fact = picture.fact(case, organisation, contribution.clone(), &mut atlas);
                found.extend(fact.filter(&is_in).map(|fact| fact.case));
            }
        }
        found.sort_unstable();
        found.dedup();
        found.truncate(most);
        Ok(found)
    }

    /// What those of these cases contribute that a picture has, as they stand, with whose they are: for whoever supposes
    /// otherwise ([`Picture::supposing`]).
    pub async fn contributions(
        &self,
        picture: &Picture,
        cases: &[AssessmentId],
    ) -> Result<BTreeMap<AssessmentId, (OrganisationId, Contribution)>> {
        let mut found = BTreeMap::new();
        each_row(&self.store.read(), Rows::Of(cases), |entry| {
            if picture.has(entry.case, entry.organisation) {
                found.insert(entry.case, (entry.organisation, entry.contribution));
            }
        })
        .await?;
        Ok(found)
    }
}
