//! What claims rest on, and who was listened to.

use async_graphql::{Context, ID, Object};

use crate::{
    domain::evidence::{self, EvidenceKind, EvidenceStrength},
    graphql::{
        attachment::Attachment,
        error::Result,
        group::Group,
        limit::{SOME, listed},
        scalar::{Date, global, int},
        session::session,
        source::Source,
        word::Word,
    },
};

/// Evidence of a case.
pub struct Evidence {
    source: Source,
    evidence: evidence::Evidence,
}

impl Evidence {
    /// The evidence of a case for which `which` holds.
    pub fn list(source: &Source, which: impl Fn(&evidence::Evidence) -> bool) -> Vec<Self> {
        let wanted = source.content().evidence.iter().filter(|evidence| which(evidence));
        wanted.map(|evidence| Self { source: source.clone(), evidence: evidence.clone() }).collect()
    }
}

/// One source, or one known gap.
#[Object]
impl Evidence {
    /// The global identifier, `evidence:..`.
    pub async fn id(&self) -> ID {
        global(self.evidence.id)
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.evidence.title
    }

    /// What kind it is.
    async fn kind(&self) -> Word<EvidenceKind> {
        Word(self.evidence.kind)
    }

    /// Where it can be found.
    async fn source(&self) -> &str {
        &self.evidence.source
    }

    /// When it was made.
    async fn date(&self) -> Option<Date> {
        self.evidence.date.map(Date)
    }

    /// Whether it is about this place; null: not said.
    async fn local(&self) -> Option<bool> {
        self.evidence.local
    }

    /// How much weight it bears.
    async fn strength(&self) -> Option<Word<EvidenceStrength>> {
        self.evidence.strength.map(Word)
    }

    /// What it does not say.
    async fn gap(&self) -> Option<&str> {
        self.evidence.gap.as_deref()
    }

    /// The groups it is about.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn groups(&self) -> Vec<Group> {
        Group::list(&self.source.view.frame.groups, &self.evidence.groups)
    }

    /// Files kept with it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        if self.evidence.attachments.is_empty() {
            return Ok(Vec::new());
        }
        let kept = session(ctx).attachments(self.source.view.case.id).await?;
        let own = kept.into_iter().filter(|kept| self.evidence.attachments.contains(&kept.id));
        Ok(own.map(Attachment).collect())
    }
}

/// An engagement of a case.
pub struct Engagement {
    source: Source,
    engagement: evidence::Engagement,
}

impl Engagement {
    /// The engagements of a case for which `which` holds.
    pub fn list(source: &Source, which: impl Fn(&evidence::Engagement) -> bool) -> Vec<Self> {
        let wanted = source.content().engagement.iter().filter(|engagement| which(engagement));
        wanted.map(|engagement| Self { source: source.clone(), engagement: engagement.clone() }).collect()
    }
}

/// One engagement: who was involved, when, about which revision, and what changed because of it.
#[Object]
impl Engagement {
    /// The global identifier, `engagement:..`.
    pub async fn id(&self) -> ID {
        global(self.engagement.id)
    }

    /// Who was involved.
    async fn who(&self) -> &str {
        &self.engagement.who
    }

    /// The groups they belong to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn groups(&self) -> Vec<Group> {
        Group::list(&self.source.view.frame.groups, &self.engagement.groups)
    }

    /// How: survey, meeting, panel.
    async fn method(&self) -> &str {
        &self.engagement.method
    }

    /// When it began.
    async fn from(&self) -> Date {
        Date(self.engagement.from)
    }

    /// When it ended.
    async fn to(&self) -> Option<Date> {
        self.engagement.to.map(Date)
    }

    /// How many people took part.
    async fn people(&self) -> Option<i32> {
        self.engagement.people.map(int)
    }

    /// The revision of this assessment they were asked about.
    async fn about_revision(&self) -> Option<i32> {
        self.engagement.about_revision.map(int)
    }

    /// What they said.
    async fn heard(&self) -> &str {
        &self.engagement.heard
    }

    /// What changed because of it.
    async fn changed(&self) -> Option<&str> {
        self.engagement.changed.as_deref()
    }
}
