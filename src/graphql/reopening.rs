//! Why a case is looked at again: a change that somebody has to judge, or what was asked for when it went back.

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    domain::case,
    graphql::{
        error::Result,
        person::Person,
        scalar::{Date, Instant},
    },
};

/// A material change after approval that somebody has to judge.
#[derive(SimpleObject)]
pub struct Reexamination {
    /// When the change was made.
    since: Instant,
    /// What changed, in the canonical document.
    paths: Vec<Vec<String>>,
    /// When it must be judged.
    due: Date,
}

impl From<case::Reexamination> for Reexamination {
    fn from(open: case::Reexamination) -> Self {
        Self {
            since: Instant(open.since),
            paths: open.paths.into_iter().map(|path| path.0).collect(),
            due: Date(open.due),
        }
    }
}

/// A return.
pub struct Return(pub case::Return);

/// What was asked for when a case went back to its author.
#[Object]
impl Return {
    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// By whom.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// What must change, in the canonical document.
    async fn paths(&self) -> Vec<&[String]> {
        self.0.paths.iter().map(|path| path.0.as_slice()).collect()
    }

    /// Why.
    async fn comment(&self) -> &str {
        &self.0.comment
    }

    /// By when it is expected back.
    async fn due(&self) -> Option<Date> {
        self.0.due.map(Date)
    }
}
