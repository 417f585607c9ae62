//! The content of a case as it was.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::{RevisionAt, RevisionView, View},
    graphql::{
        assessment::Assessment,
        error::Result,
        evidence::{Engagement, Evidence},
        form::{Answer, Form},
        impact::Impact,
        interdependency::Interdependency,
        limit::{SOME, listed},
        mitigation::Mitigation,
        proposal::Proposal,
        scalar::{Instant, Json, global, int},
        session::session,
        source::Source,
    },
};

/// A revision of a case.
pub struct AssessmentRevision {
    source: Source,
    revision: Arc<RevisionView>,
}

impl AssessmentRevision {
    /// A revision of a case that is loaded.
    pub fn of(view: Arc<View>, revision: RevisionView) -> Self {
        let revision = Arc::new(revision);
        Self { source: Source { view, revision: Some(revision.clone()) }, revision }
    }

    /// A revision of a case that is loaded, by number.
    pub async fn find(ctx: &Context<'_>, view: &Arc<View>, number: u32) -> Result<Option<Self>> {
        let session = session(ctx);
        let at = RevisionAt::Number(number);
        let found = Box::pin(session.app.find_revision(session.actor()?, view.case.id, at)).await?;
        Ok(found.map(|revision| Self::of(view.clone(), revision)))
    }
}

/// The content of an assessment as it was: what was submitted, reviewed or decided on.
#[Object]
impl AssessmentRevision {
    /// The global identifier, `revision:..`.
    pub async fn id(&self) -> ID {
        global(self.revision.id)
    }

    /// The case as it stands now.
    async fn assessment(&self) -> Assessment {
        Assessment::View(self.source.view.clone())
    }

    /// Its number.
    async fn revision(&self) -> i32 {
        int(self.revision.number)
    }

    /// When it was frozen; null while it is the working revision.
    async fn frozen_at(&self) -> Option<Instant> {
        self.revision.frozen_at.map(Instant)
    }

    /// When the content was first changed after that and by the instant that was asked for, where what it said at that
    /// instant is not kept because nobody had frozen it; else null.
    async fn changed_since(&self) -> Option<Instant> {
        self.revision.changed_since.map(Instant)
    }

    /// The name of the case.
    async fn title(&self) -> &str {
        &self.revision.content.title
    }

    /// What was assessed.
    async fn proposal(&self) -> Proposal {
        Proposal(self.source.clone())
    }

    /// The form it answers.
    async fn form(&self) -> Form {
        Form(self.revision.form.clone())
    }

    /// The answers, in the order of the form.
    #[graphql(complexity = "listed(4 * SOME, child_complexity)")]
    async fn answers(&self) -> Vec<Answer> {
        Answer::list(&self.source)
    }

    /// The impacts.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn impacts(&self) -> Vec<Impact> {
        Impact::list(&self.source, |_| true)
    }

    /// What claims rested on.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn evidence(&self) -> Vec<Evidence> {
        Evidence::list(&self.source, |_| true)
    }

    /// Who had been listened to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn engagement(&self) -> Vec<Engagement> {
        Engagement::list(&self.source, |_| true)
    }

    /// Actions against impacts.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn mitigations(&self) -> Vec<Mitigation> {
        Mitigation::list(&self.source, |_| true)
    }

    /// Edges to other assessments and to partners.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn interdependencies(&self) -> Vec<Interdependency> {
        Interdependency::list(&self.source, |_| true)
    }

    /// The canonical document, whole.
    #[graphql(complexity = "200")]
    async fn content(&self) -> Json {
        Json(self.revision.document.clone())
    }

    /// SHA-256 of the canonical document's bytes, in hexadecimal.
    async fn sha256(&self) -> &str {
        &self.revision.sha256
    }
}
