//! What changed over time: figures by month, promises kept or not, what assessments changed.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Picture;
use crate::{
    app::{App, Result, View},
    clock,
    domain::{
        id::AssessmentId,
        risk::{
            influence::{Influence, Influences},
            promise::{PromisesByGroup, Until},
            trend::{self, Month},
        },
        text::{Path, Violation},
    },
};

/// A month of a trend.
#[derive(Clone, Debug)]
pub struct TrendMonth {
    /// Which.
    pub month: Month,
    /// Whether something was on record by then.
    pub recorded: bool,
    /// The picture as it was known at its end.
    pub picture: Arc<Picture>,
}

/// What became of mitigations, and how many cases are not in that because they may not be read.
#[derive(Clone, Debug)]
pub struct PromisesView {
    /// The picture.
    pub picture: Arc<Picture>,
    /// The counts.
    pub found: PromisesByGroup,
    /// Cases that may not be read.
    pub unreadable: usize,
}

/// What assessments changed, and how many cases are not in that because they may not be read.
#[derive(Clone, Debug)]
pub struct InfluenceView {
    /// The counts.
    pub found: Influences,
    /// The cases whose proposal was altered, that were returned, not supported or stopped, in the order of their references.
    pub cases: Vec<Influence>,
    /// Cases that may not be read.
    pub unreadable: usize,
}

impl App {
    /// A picture month by month: so many months until that of a day, the oldest first; until the day as at which the picture is, or
    /// today, when none is given.
    pub async fn trend(
        &self,
        picture: &Arc<Picture>,
        count: u32,
        until: Option<NaiveDate>,
    ) -> Result<Vec<TrendMonth>> {
        picture.as_it_stands("What was known of old")?;
        let today = picture.moment.today;
        let until = until.or(picture.filter.as_at).unwrap_or(today);
        let months = trend::months(count, until, today)?;
        let begun = self.store.read().ledger_begun(&picture.selection).await?.map(clock::london);
        let told = months.into_iter().map(|month| TrendMonth {
            month,
            recorded: begun.is_some_and(|begun| begun <= month.as_at),
            picture: Arc::new(picture.known_on(month.as_at)),
        });
        Ok(told.collect())
    }

    /// What became of the mitigations of a picture's cases, by what was reported by the day as at which it is.
    pub async fn promises(&self, picture: &Arc<Picture>) -> Result<PromisesView> {
        let until = Until {
            at: picture.as_at().unwrap_or(picture.moment.at),
            today: picture.filter.as_at.unwrap_or(picture.moment.today),
        };
        let mut found = PromisesByGroup::default();
        let mut take = |views: &[Arc<View>]| {
            for view in views {
                found.add(&view.case, &view.frame.groups, &picture.filter, until);
            }
        };
        let unreadable = self.each_case(picture, &mut take).await?;
        Ok(PromisesView { picture: picture.clone(), found, unreadable })
    }

    /// What assessments changed, of the cases of a picture that were first sent on within these days, whatever became of them.
    pub async fn influence(
        &self,
        picture: &Picture,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<InfluenceView> {
        if let Some((from, to)) = from.zip(to).filter(|(from, to)| from > to) {
            let told = |day: NaiveDate| day.format("%-d %B %Y");
            let message = format!(
                "No case was first sent on both from {} and until {}: give a `from` that is no later than `to`.",
                told(from),
                told(to)
            );
            return Err(Violation::new("INVALID", message, Path::of(["from"])).into());
        }
        let every = picture.of_every_standing();
        let mut whole = self.whole_cases(&every).await?;
        let (mut found, mut cases) = (Influences::default(), Vec::new());
        while let Some(some) = self.next_cases(&every, &mut whole).await? {
            let ids: Vec<AssessmentId> = some.iter().map(|view| view.case.id).collect();
            let mut first = self.store.read().first_revisions(&ids).await?;
            for view in &some {
                let Some(revision) = first.remove(&view.case.id) else { continue };
                let sent = clock::london(revision.frozen_at);
                if from.is_some_and(|from| sent < from) || to.is_some_and(|to| sent > to) {
                    continue;
                }
                let scale = &view.frame.organisation.settings.scale;
                let one = Influence::of(&view.case, &revision.content, sent, view.head.standing, scale);
                found.add(&one);
                if one.is_altered() || one.returned > 0 || one.not_supported || one.stopped {
                    cases.push(one);
                }
            }
        }
        cases.sort_by(|one, other| one.reference.cmp(&other.reference));
        Ok(InfluenceView { found, cases, unreadable: whole.unreadable })
    }
}
