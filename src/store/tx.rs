//! One transaction: what a command reads for update and writes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use serde_json::Value;
use uuid::Uuid;

use super::{Error, Reader, Result, state::State};
use crate::domain::{case::Case, event::EventKind, id::AssessmentId};

/// What was kept for ever and must be cited by an event before the transaction may commit.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    /// The chain the citation belongs in.
    pub(crate) stream: Uuid,
    /// The kind of event that cites it.
    pub(crate) kind: EventKind,
    /// What the payload says under `kept`.
    pub(crate) citation: Value,
}

/// A case as its row stood when this transaction read or last wrote it.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) case: Case,
    /// Digest of the content as the row has it.
    pub(crate) content_sha256: String,
    /// What the row says.
    pub(crate) state: Arc<State>,
}

/// A case that this transaction saved: how it stood before and after, for the next event of its chain.
#[derive(Clone, Debug)]
pub(crate) struct Saved {
    /// `None` for a case that was added.
    pub(crate) before: Option<Arc<State>>,
    pub(crate) after: Arc<State>,
}

/// One transaction. It exists only inside [`super::Store::write`], which commits it or rolls it back.
#[derive(Debug)]
pub struct Tx {
    pub(crate) connection: DatabaseTransaction,
    /// Cases as they were read, so that a save writes only what changed.
    pub(crate) loaded: HashMap<AssessmentId, Loaded>,
    /// Cases that were saved and of which no event tells yet.
    pub(crate) saved: BTreeMap<AssessmentId, Saved>,
    pub(crate) owed: Vec<Owed>,
    /// Whether an event was recorded.
    pub(crate) recorded: bool,
}

impl Tx {
    pub(crate) fn new(connection: DatabaseTransaction) -> Self {
        Self { connection, loaded: HashMap::new(), saved: BTreeMap::new(), owed: Vec::new(), recorded: false }
    }

    /// Queries inside the transaction, which see what it has written.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { connection: DatabaseExecutor::Transaction(&self.connection) }
    }

    pub(crate) async fn commit(self) -> Result<()> {
        if let Some(owed) = self.owed.first() {
            return Err(Error::Uncited(owed.citation.to_string()));
        }
        if let Some(assessment) = self.saved.keys().next() {
            return Err(Error::Uncited(format!("assessment {assessment}")));
        }
        Ok(self.connection.commit().await?)
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        Ok(self.connection.rollback().await?)
    }
}
