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

impl App {
    /// Shows every case that a picture counts and that whoever sees it may read, whole, in the order in which they were begun; how many others
    /// there are.
    pub(super) async fn each_case(
        &self,
        picture: &Picture,
        take: &mut (dyn FnMut(&[Arc<View>]) + Send),
    ) -> Result<usize> {
        picture.as_it_stands("What stands in the cases themselves")?;
        let (mut ids, mut others): (Vec<AssessmentId>, usize) = (Vec::new(), 0);
        self.visit(picture, &mut |fact| {
            if picture.filter.counts(fact.contribution.standpoint) {
                if !(fact.readable || picture.actor.is_none()) {
                    others += 1;
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
        for some in ids.chunks(AT_ONCE) {
            let mut views: HashMap<AssessmentId, Arc<View>> = self.views_in(picture, some).await?;
            let found: Vec<Arc<View>> = some.iter().filter_map(|id| views.remove(id)).collect();
            others += some.len() - found.len();
            take(&found);
        }
        Ok(others)
    }
}
