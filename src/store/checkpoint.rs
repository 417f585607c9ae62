//! Signed checkpoints over the heads of all chains, so that a chain that was rewritten with consistent digests,
//! or cut short, is found too. The key and a copy of every line live outside the database.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Reader, Result, Store, codec, row};
use crate::domain::canonical;

/// The layout of a checkpoint's document.
pub const FORMAT: &str = "ehia/checkpoint/1";

/// Most heads in one checkpoint; the rest go into the next.
const MOST_HEADS: u64 = 1_000;

/// Most checkpoints read at once; each may name a thousand heads.
const MOST_LINES: u64 = 8;

/// What a checkpoint says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) format: String,
    /// From 1, without gaps.
    pub(crate) sequence: u32,
    pub(crate) at: DateTime<Utc>,
    /// SHA-256 of the document before.
    pub(crate) previous: Option<String>,
    /// Length and head of every chain that grew since it was last in a checkpoint.
    pub(crate) heads: BTreeMap<Uuid, (u32, String)>,
}

/// A checkpoint as it is copied outside the database: one JSON object a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Line {
    /// The canonical bytes that were signed.
    pub(crate) document: String,
    /// Ed25519, hexadecimal.
    pub(crate) signature: String,
    pub(crate) key_id: String,
}

impl Line {
    /// Whether one of the keys signed it.
    pub(crate) fn is_signed_by(&self, keys: &[VerifyingKey]) -> bool {
        let Ok(signature) = self.signature.parse::<Signature>() else { return false };
        // Hexadecimal has two spellings; only ours is the one that was written.
        signature.to_string().eq_ignore_ascii_case(&self.signature)
            && self.signature.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
            && keys.iter().any(|key| {
                key_id(key) == self.key_id && key.verify_strict(self.document.as_bytes(), &signature).is_ok()
            })
    }
}

/// The name of a key: the beginning of its SHA-256.
#[must_use]
pub fn key_id(key: &VerifyingKey) -> String {
    canonical::sha256(key.as_bytes()).chars().take(16).collect()
}

impl Store {
    /// Signs the heads of the chains that grew since the last checkpoint, at most a thousand, and returns the
    /// line to append to the copy outside the database; `None` when nothing grew, or another worker was first.
    pub async fn checkpoint(&self, signer: &SigningKey, at: DateTime<Utc>) -> Result<Option<String>> {
        let written = self.write(async |tx| {
            let grown = row::chain::Entity::find()
                .filter(Expr::col(row::chain::Column::Length).ne(Expr::col(row::chain::Column::Checkpointed)))
                .order_by_asc(row::chain::Column::Stream)
                .limit(MOST_HEADS)
                // A chain that a command is writing to is left for the next checkpoint.
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
                .all(&tx.connection)
                .await?;
            if grown.is_empty() {
                return Ok(None);
            }
            let last = row::checkpoint::Entity::find()
                .order_by_desc(row::checkpoint::Column::Sequence)
                .one(&tx.connection)
                .await?;
            let mut heads = BTreeMap::new();
            for chain in &grown {
                let length = codec::count("chain", chain.stream, chain.length)?;
                heads.insert(chain.stream, (length, chain.head_sha256.clone()));
            }
            let sequence = last.as_ref().map_or(0, |last| last.sequence) + 1;
            let document = Document {
                format: FORMAT.into(),
                sequence: codec::count("checkpoint", sequence, sequence)?,
                at: codec::instant(at),
                previous: last.map(|last| canonical::sha256(&last.document)),
                heads,
            };
            let text = codec::text(&document)?;
            let line = Line {
                signature: format!("{:x}", signer.sign(text.as_bytes())),
                key_id: key_id(&signer.verifying_key()),
                document: text,
            };
            let row = row::checkpoint::Model {
                sequence,
                at: document.at,
                document: line.document.clone().into_bytes(),
                signature: line.signature.clone(),
                key_id: line.key_id.clone(),
            };
            row::checkpoint::Entity::insert(row.into_active_model())
                .exec_without_returning(&tx.connection)
                .await?;
            row::chain::Entity::update_many()
                .col_expr(row::chain::Column::Checkpointed, Expr::col(row::chain::Column::Length))
                .filter(row::chain::Column::Stream.is_in(grown.iter().map(|chain| chain.stream)))
                .exec(&tx.connection)
                .await?;
            Ok(Some(codec::text(&line)?))
        });
        match written.await {
            Err(Error::Unique { constraint }) if constraint == "checkpoint_pkey" => Ok(None),
            other => other,
        }
    }
}

impl Reader<'_> {
    /// The id of the key that signed the newest checkpoint; `None` when nothing was signed.
    pub async fn newest_signer(&self) -> Result<Option<String>> {
        use row::checkpoint::{Column, Entity};
        let newest = Entity::find().order_by_desc(Column::Sequence).one(&self.connection).await?;
        Ok(newest.map(|newest| newest.key_id))
    }

    /// The next few checkpoints after that many, in order, each as the line its copy outside the database has; none when
    /// there are no more.
    pub async fn checkpoint_lines(&self, after: u32) -> Result<Vec<String>> {
        use row::checkpoint::{Column, Entity};
        let rows = Entity::find()
            .filter(Column::Sequence.gt(i64::from(after)))
            .order_by_asc(Column::Sequence)
            .limit(MOST_LINES)
            .all(&self.connection)
            .await?;
        let lines = rows.into_iter().map(|row| {
            let document = String::from_utf8(row.document)
                .map_err(|_| Error::corrupt("checkpoint", row.sequence, "the document is not text"))?;
            codec::text(&Line { document, signature: row.signature, key_id: row.key_id })
        });
        lines.collect()
    }
}
