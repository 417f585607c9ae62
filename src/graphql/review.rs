//! Reviews: what each of a panel said.

use async_graphql::{Context, ID, Object, SimpleObject};

use crate::{
    domain::review::{self, Recommendation},
    graphql::{
        error::Result,
        limit::{SOME, listed},
        person::Person,
        scalar::{Instant, global, int},
        word::Word,
    },
};

/// A review.
pub struct Review(pub review::Review);

/// One reviewer's judgement of one revision.
#[Object]
impl Review {
    /// The global identifier, `review:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// Who judged.
    async fn reviewer(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.reviewer).await
    }

    /// Which revision they read.
    async fn revision(&self) -> i32 {
        int(self.0.revision)
    }

    /// What they recommend.
    async fn recommendation(&self) -> Word<Recommendation> {
        Word(self.0.recommendation)
    }

    /// In a few sentences.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// Field by field.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn opinions(&self) -> Vec<Opinion> {
        let opinions = self.0.opinions.iter().cloned();
        let told = |opinion: review::Opinion| Opinion {
            path: opinion.path.0,
            agrees: opinion.agrees,
            comment: opinion.comment.unwrap_or_default(),
        };
        opinions.map(told).collect()
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }
}

/// What a reviewer says of one field.
#[derive(SimpleObject)]
pub struct Opinion {
    /// The field, in the canonical document.
    path: Vec<String>,
    /// Whether the reviewer agrees with it.
    agrees: bool,
    /// Why; empty when nothing was said.
    comment: String,
}
