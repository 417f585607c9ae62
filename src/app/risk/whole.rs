//! The cases of a picture, whole: for what is asked of their documents, not of what each contributes.

use std::{collections::HashMap, sync::Arc};

use super::Picture;
use crate::{
    app::{App, Result, View},
    domain::{
        id::AssessmentId,
        text::{self, Path, Violation},
    },
};

/// Most cases that are read whole for one answer.
const MOST: usize = 5_000;
/// Cases that are read at once.
const AT_ONCE: usize = 100;

/// The cases of a picture that are still to be read whole.
#[derive(Debug)]
pub(super) struct Whole {
    ids: Vec<AssessmentId>,
    read: usize,
    /// Those that may not be read, as far as is known by now.
    pub unreadable: usize,
}

impl App {
    /// Shows every case that a picture counts and that whoever sees it may read, whole, in the order in which they were begun; how many others
    /// there are. No more of them is held than is shown at once.
    pub(super) async fn each_case(
        &self,
        picture: &Picture,
        take: &mut (dyn FnMut(&[Arc<View>]) + Send),
    ) -> Result<usize> {
        let mut whole = self.whole_cases(picture).await?;
        while let Some(views) = self.next_cases(picture, &mut whole).await? {
            take(&views);
        }
        Ok(whole.unreadable)
    }

    /// Which they are.
    pub(super) async fn whole_cases(&self, picture: &Picture) -> Result<Whole> {
        picture.as_it_stands("What stands in the cases themselves")?;
        let (mut ids, mut unreadable): (Vec<AssessmentId>, usize) = (Vec::new(), 0);
        self.visit(picture, &mut |fact| {
            if picture.filter.counts(fact.contribution.standpoint) {
                if !(fact.readable || picture.actor.is_none()) {
                    unreadable += 1;
                } else if ids.len() <= MOST {
                    ids.push(fact.case);
                }
            }
        })
        .await?;
        if ids.len() > MOST {
            let message = format!(
                "The picture has more than {} cases, which are read one by one for this; narrow the filter to some organisations, areas, \
                 service lines, programmes or a day.",
                text::grouped(u32::try_from(MOST).unwrap_or(u32::MAX))
            );
            return Err(Violation::new("TOO_MANY", message, Path::of(["filter"])).into());
        }
        ids.sort_unstable();
        Ok(Whole { ids, read: 0, unreadable })
    }

    /// The next of them, some at once; `None` when all are read.
    pub(super) async fn next_cases(
        &self,
        picture: &Picture,
        whole: &mut Whole,
    ) -> Result<Option<Vec<Arc<View>>>> {
        let left = whole.ids.get(whole.read..).unwrap_or_default();
        if left.is_empty() {
            return Ok(None);
        }
        let some = left.get(..AT_ONCE).unwrap_or(left);
        let mut views: HashMap<AssessmentId, Arc<View>> = self.views_in(picture, some).await?;
        let found: Vec<Arc<View>> = some.iter().filter_map(|id| views.remove(id)).collect();
        (whole.read, whole.unreadable) =
            (whole.read + some.len(), whole.unreadable + some.len() - found.len());
        Ok(Some(found))
    }
}
