//! Reviews: what each of a panel said.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::{
    app::View,
    domain::{
        permission::Action,
        review::{self, Recommendation, Stance},
    },
    graphql::{
        error::Result,
        limit::{SOME, listed},
        person::Person,
        scalar::{Instant, global, int},
        session::session,
        word::Word,
    },
};

/// A review.
pub struct Review {
    view: Arc<View>,
    review: review::Review,
}

impl Review {
    /// A review of the case, which the viewer may read.
    pub fn of(view: &Arc<View>, review: review::Review) -> Self {
        Self { view: view.clone(), review }
    }
}

/// One reviewer's judgement of one revision.
#[Object]
impl Review {
    /// The global identifier, `review:..`.
    pub async fn id(&self) -> ID {
        global(self.review.id)
    }

    /// Who judged.
    async fn reviewer(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.review.reviewer).await
    }

    /// Which revision they read.
    async fn revision(&self) -> i32 {
        int(self.review.revision)
    }

    /// What they recommend.
    async fn recommendation(&self) -> Word<Recommendation> {
        Word(self.review.recommendation)
    }

    /// In a few sentences.
    async fn summary(&self) -> &str {
        &self.review.summary
    }

    /// Field by field, with what they said of an earlier revision about places that have not changed since.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn opinions(&self) -> Vec<Opinion> {
        self.review.opinions.iter().cloned().map(Opinion::from).collect()
    }

    /// Findings they would accept or not.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn findings(&self) -> Vec<ReviewedFinding> {
        self.review.findings.iter().cloned().map(ReviewedFinding::from).collect()
    }

    /// What the panel alone reads, and its writer; null to everybody else. It is disclosable: it may have to be given
    /// to whoever asks for it by law (Freedom of Information Act 2000 s 1; UK GDPR art 15).
    async fn note(&self, ctx: &Context<'_>) -> Option<&str> {
        let actor = session(ctx).somebody()?;
        let may = actor.person == self.review.reviewer || self.view.permits(actor, Action::ReadDeliberation);
        self.review.note.as_deref().filter(|_| may)
    }

    /// Whether the others' reviews were shown already when it was written.
    async fn informed(&self) -> bool {
        self.review.informed
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.review.at)
    }
}

/// What a reviewer says of one field, section or impact.
#[derive(SimpleObject)]
pub struct Opinion {
    /// The field, in the canonical document, or `["sections", KEY]`.
    path: Vec<String>,
    /// Whether the reviewer agrees with it.
    agrees: bool,
    /// How they stand to it.
    stance: Word<Stance>,
    /// Why; empty when nothing was said.
    comment: String,
    /// The earlier revision on which it was said, when it stands since; null when it was said of this one.
    since: Option<i32>,
}

impl From<review::Opinion> for Opinion {
    fn from(opinion: review::Opinion) -> Self {
        let stance = Word(opinion.stance());
        Self {
            path: opinion.path.0,
            agrees: opinion.agrees,
            stance,
            comment: opinion.comment.unwrap_or_default(),
            since: opinion.since.map(int),
        }
    }
}

/// Whether a reviewer would accept a finding.
#[derive(SimpleObject)]
pub struct ReviewedFinding {
    /// The finding's identifier.
    finding_id: ID,
    /// Whether they would accept it.
    accepts: bool,
    /// Why.
    reason: String,
}

impl From<review::FindingOpinion> for ReviewedFinding {
    fn from(opinion: review::FindingOpinion) -> Self {
        Self { finding_id: ID(opinion.finding), accepts: opinion.accepts, reason: opinion.reason }
    }
}
