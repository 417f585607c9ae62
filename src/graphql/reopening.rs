//! Why a case is looked at again: a change that somebody has to judge.

use async_graphql::SimpleObject;

use crate::{
    domain::case,
    graphql::scalar::{Date, Instant},
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
