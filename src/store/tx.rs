//! One transaction: what a command reads for update and writes.

use std::collections::HashMap;

use sea_orm::{DatabaseExecutor, DatabaseTransaction};
use serde_json::Value;

use super::{Error, Reader, Result};
use crate::domain::{case::Case, event::EventKind, id::AssessmentId};

/// What was kept for ever and must be cited by an event before the transaction may commit.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    /// The chain the citation belongs in.
    pub(crate) assessment: AssessmentId,
    /// The kind of event that cites it.
    pub(crate) kind: EventKind,
    /// What the payload says under `kept`.
    pub(crate) citation: Value,
}

/// One transaction. It exists only inside [`super::Store::write`], which commits it or rolls it back.
#[derive(Debug)]
pub struct Tx {
    pub(crate) connection: DatabaseTransaction,
    /// Cases as they were read, so that a save writes only what changed.
    pub(crate) loaded: HashMap<AssessmentId, Case>,
    pub(crate) owed: Vec<Owed>,
}

impl Tx {
    pub(crate) fn new(connection: DatabaseTransaction) -> Self {
        Self { connection, loaded: HashMap::new(), owed: Vec::new() }
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
        Ok(self.connection.commit().await?)
    }

    pub(crate) async fn rollback(self) -> Result<()> {
        Ok(self.connection.rollback().await?)
    }
}
