//! What differs between two revisions.

use async_graphql::SimpleObject;

use crate::{app, graphql::scalar::Json};

/// One path that differs between two revisions.
#[derive(SimpleObject)]
pub struct Change {
    /// The field, in the canonical document.
    path: Vec<String>,
    /// What was there; null: nothing.
    before: Option<Json>,
    /// What is there; null: nothing.
    after: Option<Json>,
}

impl From<app::Change> for Change {
    fn from(change: app::Change) -> Self {
        Self { path: change.path.0, before: change.before.map(Json), after: change.after.map(Json) }
    }
}
