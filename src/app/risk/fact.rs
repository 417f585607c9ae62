//! The cases of a picture, one by one: from the ledger, as they stand or as they were known.

use std::sync::Arc;

use chrono::{DateTime, NaiveTime, Utc};

use super::Picture;
use crate::{
    app::{App, Result},
    domain::{
        calendar::in_london,
        id::AssessmentId,
        risk::{Atlas, Fact},
    },
    store::{
        Reader,
        risk::{
            Entry, Selection,
            ledger::{After, Rows},
        },
    },
};

/// Rows of the ledger that are read at once.
const ROWS: u64 = 2_000;
/// Most cases of a picture that are held while it is asked; more are read again for every question.
const HELD: usize = 2_000;

impl Picture {
    /// The instant as at which cases are shown; `None` is now.
    pub(super) fn as_at(&self) -> Option<DateTime<Utc>> {
        let day = self.filter.as_at?.succ_opt()?;
        // The last microsecond of the day, which is what both databases keep.
        Some(in_london(day, NaiveTime::MIN) - chrono::TimeDelta::microseconds(1))
    }

    /// Rows of these cases.
    fn rows<'a>(&'a self, selection: &'a Selection) -> Rows<'a> {
        Rows::Picture {
            selection,
            as_at: self.as_at(),
            service_lines: &self.filter.service_lines,
            programmes: &self.filter.programmes,
        }
    }

    /// What of the atlas the picture has.
    pub(super) fn atlas(&self) -> Atlas {
        Atlas::new(self.reference.clone(), &self.filter.areas)
    }

    /// The case of a row, as far as the picture has it.
    pub(super) fn fact(&self, entry: Entry, atlas: &mut Atlas) -> Option<Fact> {
        let Entry { case, organisation, contribution, .. } = entry;
        let fact = Fact::seen(case, organisation, contribution, &self.filter, atlas)?;
        let readable = self.actor.is_some() && !self.unreadable.contains(&case);
        Some(Fact { readable, ..fact })
    }
}

/// Reads rows, page by page; `take` says whether to go on.
pub(super) async fn each_row(
    read: &Reader<'_>,
    rows: Rows<'_>,
    mut take: impl FnMut(Entry) -> bool,
) -> Result<()> {
    let mut after: Option<After> = None;
    loop {
        let page = read.ledger(rows, after, ROWS).await?;
        let full = page.len() as u64 == ROWS;
        after = page.last().map(|entry| (entry.case, entry.number));
        for entry in page {
            if !take(entry) {
                return Ok(());
            }
        }
        if !full {
            return Ok(());
        }
    }
}

impl App {
    /// Shows every case of a picture that passes its filter, drafts and those of other standings too: whoever counts
    /// asks [`crate::domain::risk::Filter::counts`].
    pub async fn visit(&self, picture: &Picture, visit: &mut (dyn FnMut(&Fact) + Send)) -> Result<()> {
        let held = picture.held.get_or_try_init(|| async {
            let mut held = Some(Vec::new());
            self.stream(picture, &picture.selection, |fact| {
                match held.as_mut().filter(|held| held.len() < HELD) {
                    Some(held) => held.push(fact),
                    None => held = None,
                }
                held.is_some()
            })
            .await?;
            Ok::<_, crate::app::Error>(held.map(Arc::new))
        });
        if let Some(held) = held.await? {
            held.iter().for_each(visit);
            return Ok(());
        }
        self.stream(picture, &picture.selection, |fact| {
            visit(&fact);
            true
        })
        .await
    }

    async fn stream(
        &self,
        picture: &Picture,
        selection: &Selection,
        mut take: impl FnMut(Fact) -> bool,
    ) -> Result<()> {
        let mut atlas = picture.atlas();
        let snapshot = self.store.snapshot().await?;
        let read = snapshot.read();
        each_row(&read, picture.rows(selection), |entry| match picture.fact(entry, &mut atlas) {
            Some(fact) => take(fact),
            None => true,
        })
        .await
    }

    /// How many cases the actor is kept from that would be counted, as they stand and by no more than somebody may know of
    /// them: whose they are and how they stand. What else a filter asks of them is not said, for it would say what they are.
    pub async fn not_shown(&self, picture: &Picture) -> Result<usize> {
        let found = picture.not_shown.get_or_try_init(|| async {
            let mut found = 0;
            if !picture.selection.kept.is_empty() {
                let snapshot = self.store.snapshot().await?;
                each_row(&snapshot.read(), Rows::Of(&picture.selection.kept), |entry| {
                    found += usize::from(picture.filter.counts(entry.contribution.standpoint));
                    true
                })
                .await?;
            }
            Ok::<_, crate::app::Error>(found)
        });
        found.await.copied()
    }

    /// Those of a picture's cases that are counted and that `which` holds of, in order: those that the actor may
    /// read, and how many others.
    pub async fn cases_of(
        &self,
        picture: &Picture,
        which: impl Fn(&Fact) -> bool + Send + Sync,
    ) -> Result<(Vec<AssessmentId>, usize)> {
        let (mut readable, mut others) = (Vec::new(), 0);
        self.visit(picture, &mut |fact| {
            if picture.filter.counts(fact.contribution.standpoint) && which(fact) {
                if fact.readable {
                    readable.push(fact.case);
                } else {
                    others += 1;
                }
            }
        })
        .await?;
        readable.sort_unstable();
        Ok((readable, others))
    }
}
