//! What became of mitigations that were promised, by the group they are for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::Filter;
use crate::{
    calendar,
    case::Case,
    group::Catalogue,
    id::MitigationId,
    mitigation::{Mitigation, MitigationReport, MitigationStatus},
};

/// How many mitigations are how far. `promised` is all of them; each is in exactly one of `planned`, `in_progress`, `done`,
/// `verified`, `failed` and `cancelled`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Promises {
    /// Cases that have one.
    pub cases: i64,
    /// All that were promised.
    pub promised: i64,
    /// Nothing was reported.
    pub planned: i64,
    /// Begun.
    pub in_progress: i64,
    /// Finished, says the owner; nobody has shown yet whether it works.
    pub done: i64,
    /// Shown to work.
    pub verified: i64,
    /// Finished, and shown not to work.
    pub failed: i64,
    /// Given up.
    pub cancelled: i64,
    /// Planned or under way although its day has passed.
    pub late: i64,
    /// Finished, but after its day.
    pub finished_late: i64,
    /// Planned or under way without a day by which.
    pub undated: i64,
}

/// The same by group, and of all together: a mitigation for several groups counts for each, and once of all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromisesByGroup {
    /// By the code of the group.
    pub groups: BTreeMap<String, Promises>,
    /// Of all.
    pub all: Promises,
}

/// As when it is told: what was reported by an instant, and which days have passed on a day.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// What was reported by then.
    pub at: DateTime<Utc>,
    /// The day it is.
    pub today: NaiveDate,
}

impl PromisesByGroup {
    /// Counts the mitigations of a case, as far as they are for groups that are asked for: each for the groups that its impacts count
    /// for in this catalogue.
    pub fn add(&mut self, case: &Case, groups: &Catalogue, filter: &Filter, until: Until) {
        let mut touched: BTreeSet<String> = BTreeSet::new();
        let mut any = false;
        for mitigation in &case.content.mitigations {
            let against =
                case.content.impacts.iter().filter(|impact| mitigation.impacts.contains(&impact.id));
            let on: BTreeSet<String> = against
                .flat_map(|impact| groups.counted(&impact.groups))
                .filter(|group| filter.touches(std::slice::from_ref(group)))
                .collect();
            if on.is_empty() && !filter.groups.is_empty() {
                continue;
            }
            let one = counted(mitigation, &case.process.progress, until);
            for group in on {
                self.groups.entry(group.clone()).or_default().add(one);
                touched.insert(group);
            }
            self.all.add(one);
            any = true;
        }
        for group in touched {
            self.groups.entry(group).or_default().cases += 1;
        }
        self.all.cases += i64::from(any);
    }
}

impl Promises {
    fn add(&mut self, one: Self) {
        let Self {
            cases,
            promised,
            planned,
            in_progress,
            done,
            verified,
            failed,
            cancelled,
            late,
            finished_late,
            undated,
        } = one;
        self.cases += cases;
        self.promised += promised;
        self.planned += planned;
        self.in_progress += in_progress;
        self.done += done;
        self.verified += verified;
        self.failed += failed;
        self.cancelled += cancelled;
        self.late += late;
        self.finished_late += finished_late;
        self.undated += undated;
    }
}

fn counted(mitigation: &Mitigation, reports: &[MitigationReport], until: Until) -> Promises {
    use MitigationStatus as Is;
    let status = status(mitigation.id, reports, until.at);
    let one = |is: bool| i64::from(is);
    let open = matches!(status, Is::Planned | Is::InProgress);
    let passed = mitigation.due.is_some_and(|due| due < until.today);
    let finished = finished(mitigation.id, reports, until.at);
    let after = finished.zip(mitigation.due).is_some_and(|(on, due)| on > due);
    Promises {
        cases: 0,
        promised: 1,
        planned: one(status == Is::Planned),
        in_progress: one(status == Is::InProgress),
        done: one(status == Is::Done),
        verified: one(status == Is::Verified),
        failed: one(status == Is::Failed),
        cancelled: one(status == Is::Cancelled),
        late: one(open && passed),
        finished_late: one(!open && status != Is::Cancelled && after),
        undated: one(open && mitigation.due.is_none()),
    }
}

/// How far it was by an instant: planned until something was reported.
fn status(id: MitigationId, reports: &[MitigationReport], at: DateTime<Utc>) -> MitigationStatus {
    let last = reports.iter().rfind(|report| report.mitigation == id && report.at <= at);
    last.map_or(MitigationStatus::Planned, |report| report.status)
}

/// The day in London on which it was finished: the first of the reports since which nobody said otherwise.
fn finished(id: MitigationId, reports: &[MitigationReport], at: DateTime<Utc>) -> Option<NaiveDate> {
    use MitigationStatus as Is;
    let own = reports.iter().rev().filter(|report| report.mitigation == id && report.at <= at);
    let since =
        own.take_while(|report| matches!(report.status, Is::Done | Is::Verified | Is::Failed)).last()?;
    Some(calendar::day_in_london(since.at))
}
