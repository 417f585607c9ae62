//! What an object of a case is read from: the case as it stands, or its content as it was.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::{
    app::{RevisionView, View},
    domain::{
        assessment::Content,
        id::{ImpactId, InterdependencyId, MitigationId},
        interdependency::{Caveat, Confirmation},
        mitigation::{MitigationReport, MitigationStatus},
        rating::{Rating, Scale},
    },
};

/// A case, and the revision its content is read from; none for the content as it stands.
#[derive(Clone)]
pub struct Source {
    /// The case.
    pub view: Arc<View>,
    /// The revision.
    pub revision: Option<Arc<RevisionView>>,
}

impl Source {
    /// The case as it stands.
    pub fn live(view: Arc<View>) -> Self {
        Self { view, revision: None }
    }

    /// What its authors wrote.
    pub fn content(&self) -> &Content {
        self.revision.as_ref().map_or(&self.view.case.content, |revision| &revision.content)
    }

    /// Whether a question is shown; `None` while it cannot be told.
    pub fn visible(&self, question: &str) -> Option<bool> {
        let visibility = match &self.revision {
            None => self.view.visibility(),
            Some(revision) => revision.visibility(),
        };
        visibility.get(question).copied().flatten()
    }

    /// The scale of its ratings.
    pub fn scale(&self) -> &Scale {
        &self.view.frame.organisation.settings.scale
    }

    /// What was reported of a mitigation, the oldest first; of a frozen revision, until it was frozen.
    pub fn reports(&self, of: MitigationId) -> impl Iterator<Item = &MitigationReport> {
        let until: Option<DateTime<Utc>> = self.revision.as_ref().and_then(|revision| revision.frozen_at);
        let reports = self.view.case.process.progress.iter();
        reports.filter(move |report| report.mitigation == of && until.is_none_or(|until| report.at <= until))
    }

    /// How far a mitigation is, or was.
    pub fn status(&self, of: MitigationId) -> MitigationStatus {
        self.reports(of).last().map_or(MitigationStatus::Planned, |report| report.status)
    }

    /// How an impact stands, as last judged; of a revision, as its author rated it.
    pub fn current(&self, of: ImpactId) -> Option<Rating> {
        match &self.revision {
            None => self.view.case.current(of),
            Some(_) => self.initial(of),
        }
    }

    /// What is assured of an impact; of a revision, what was rated before any mitigation.
    pub fn assured(&self, of: ImpactId) -> Option<Rating> {
        match &self.revision {
            None => self.view.case.assured(of),
            Some(_) => self.initial(of),
        }
    }

    /// Whether a reliance holds, where it is known; of a revision it is not.
    pub fn holds(&self, of: InterdependencyId) -> Option<bool> {
        match &self.revision {
            None => self.view.case.process.holds.get(&of).copied(),
            Some(_) => None,
        }
    }

    /// What is to be known beside that; of a revision nothing.
    pub fn caveat(&self, of: InterdependencyId) -> Option<Caveat> {
        match &self.revision {
            None => self.view.case.process.caveats.get(&of).copied(),
            Some(_) => None,
        }
    }

    /// What its partner said of a reliance, the oldest first; of a revision nothing.
    pub fn confirmations(&self, of: InterdependencyId) -> impl Iterator<Item = &Confirmation> {
        let live = self.revision.is_none();
        let said = self.view.case.process.confirmations.iter();
        said.filter(move |said| live && said.of.id == of)
    }

    fn initial(&self, of: ImpactId) -> Option<Rating> {
        self.content().impacts.iter().find(|impact| impact.id == of).and_then(|impact| impact.initial)
    }
}
