//! How a case stands, and how its events tell it.
//!
//! Content is kept by its documents and told here by its digest; everything else that a row says of its case is told by the
//! events of its chain: each says how the case stood before and after it, and what it changed (JSON Patch, RFC 6902). Replayed in
//! order they give what is stored, byte by byte.

use json_patch::{Patch, PatchOperation, diff, patch};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::ExprTrait};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Error, Result, Store, codec, event, row};
use crate::domain::{
    canonical,
    id::{AssessmentId, Identifier},
};

/// What is told by its digest where the state as a whole has one, for it is long.
const LONG: [&str; 2] = ["process", "changed"];

/// All that a row says of its case, but for what is computed anew when a scale changes and for spellings that follow from it.
/// Its content stands in it by its digest.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    facts: Value,
    /// SHA-256 of the facts, in which the long ones stand by theirs.
    pub(crate) sha256: String,
}

impl State {
    /// What the row says.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when its process cannot be unpacked, or a document of it cannot be read.
    pub(crate) fn of(row: &row::assessment::Model) -> Result<Self> {
        let process = codec::unpack(&row.process)
            .ok_or_else(|| Error::corrupt("assessment", row.id, "the process cannot be unpacked"))?;
        Self::with(row, &process)
    }

    /// The same where its process is at hand as it was before it was packed.
    pub(crate) fn with(row: &row::assessment::Model, process: &[u8]) -> Result<Self> {
        let changed = row.changed.as_bytes();
        let facts = json!({
            "id": row.id,
            "organisation": row.organisation_id,
            "reference": row.reference,
            "title": row.title,
            "version": row.version,
            "revision": row.revision,
            "frozen": row.frozen,
            "form": [row.form_key, row.form_version.to_string()],
            "workflow": [row.workflow_key, row.workflow_version.to_string()],
            "state": row.state,
            "phase": row.phase,
            "standing": row.standing,
            "author": row.author_id,
            "content": row.content_sha256,
            "process": codec::document::<Value>("assessment", row.id, process)?,
            "changed": codec::document::<Value>("assessment", row.id, changed)?,
            "shares": row.shares,
            "retention": row.retention,
            "legalHold": row.legal_hold,
            "serviceLine": row.service_line,
            "programme": row.programme,
            "kindOfChange": row.kind_of_change,
            "decisionDate": row.decision_date,
            "effective": [row.effective_from, row.effective_to],
            "createdAt": row.created_at,
            "updatedAt": row.updated_at,
        });
        let digests = [canonical::sha256(process), canonical::sha256(changed)];
        let sha256 = digest(&facts, digests)?;
        Ok(Self { facts, sha256 })
    }

    /// What changed since, as the store keeps it beside an event: all of it where nothing was told before. Nobody guesses its
    /// digest, because `blind` is in it.
    pub(crate) fn since(&self, before: Option<&Self>, blind: Uuid) -> Result<String> {
        static NOTHING: Value = Value::Null;
        let before = before.map_or(&NOTHING, |before| &before.facts);
        codec::text(&Change { blind, patch: diff(before, &self.facts) })
    }
}

/// SHA-256 of facts with the long ones by these digests, in the order of [`LONG`].
fn digest(facts: &Value, long: [String; 2]) -> Result<String> {
    let short = facts.as_object().into_iter().flatten().filter(|(key, _)| !LONG.contains(&key.as_str()));
    let mut told: Map<String, Value> = short.map(|(key, fact)| (key.clone(), fact.clone())).collect();
    told.extend(LONG.into_iter().zip(long).map(|(key, digest)| (key.to_owned(), digest.into())));
    Ok(canonical::sha256(&canonical::bytes(&told)?))
}

/// The digest of facts that were replayed; nothing where they are no state of a case.
fn told_as(facts: &Value) -> Option<String> {
    let of = |key: &str| Some(canonical::sha256(&canonical::bytes(facts.get(key)?).ok()?));
    let [process, changed] = LONG.map(of);
    digest(facts, [process?, changed?]).ok()
}

/// What an event changed of its case.
#[derive(Serialize, Deserialize)]
struct Change {
    /// What makes its digest one that nobody guesses.
    blind: Uuid,
    /// What is to be done to what the events before came to.
    patch: Patch,
}

/// What the payload of the last event of a command says of its case, under [`event::CASE`].
#[derive(Debug, Deserialize)]
pub(crate) struct Stood {
    /// The digest of how it stood before.
    pub(crate) before: Option<String>,
    /// The digest of how it stands since.
    pub(crate) after: String,
    /// The digest of what changed; nothing where the event was recorded before events told that.
    #[serde(default)]
    pub(crate) change: Option<String>,
}

/// A case as far as its events were replayed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replay {
    /// The last event that was heard, in the order of the chain; 0 before the first.
    pub sequence: u32,
    /// The digest of that event.
    head: Option<String>,
    /// The digest of what the events came to.
    told: Option<String>,
    /// What the events came to: every fact of the case's row, with its process whole and its content by digest. Nothing where
    /// no event told all of it since the first, since one that was recorded before events told what they change, or since
    /// payloads were disposed of.
    pub facts: Option<Value>,
}

impl Replay {
    /// Hears what an event says of its case, with the change that stands beside it.
    ///
    /// # Errors
    /// What does not hold together, in words. From then on nothing is known until an event tells all of the case.
    pub(crate) fn hear(&mut self, stood: &Stood, change: Option<&str>) -> Result<(), &'static str> {
        let (facts, told) = (self.facts.take(), self.told.take());
        let Some(digest) = &stood.change else {
            return if change.is_none() { Ok(()) } else { Err("it names nothing that it changed") };
        };
        let change = change.ok_or("what it changed is missing")?;
        if canonical::sha256(change.as_bytes()) != *digest {
            return Err("what it changed is not what was recorded");
        }
        let Change { patch: change, .. } =
            serde_json::from_str(change).map_err(|_| "what it changed cannot be read")?;
        let mut facts = match facts {
            _ if tells_all(&change) => Value::Null,
            Some(facts) if told == stood.before => facts,
            Some(_) => return Err("it changed what no event before it told"),
            None => return Ok(()),
        };
        if patch(&mut facts, &change).is_err() || told_as(&facts).as_ref() != Some(&stood.after) {
            return Err("what the events up to it tell is not how the assessment stood");
        }
        (self.facts, self.told) = (Some(facts), Some(stood.after.clone()));
        Ok(())
    }

    /// What the events say is not known from here on: a payload was disposed of, or altered.
    pub(crate) fn lose(&mut self) {
        (self.facts, self.told) = (None, None);
    }

    /// The digest of what the events came to.
    pub(crate) fn told(&self) -> Option<&String> {
        self.told.as_ref()
    }

    /// Hears an event as its row has it, which must follow the one that was heard last.
    fn take(&mut self, row: row::event::Model) -> Result<(), &'static str> {
        let (change, payload) = (row.change.clone(), row.payload.clone());
        let event = event::read(row).map_err(|_| "it cannot be read")?;
        if event.event.sequence != self.sequence + 1 || event.event.previous != self.head {
            return Err("it does not follow the event before it");
        }
        if event.event.sha256().ok().as_ref() != Some(&event.sha256) {
            return Err("its digest is not that of what it says");
        }
        (self.sequence, self.head) = (event.event.sequence, Some(event.sha256));
        let (Some(text), Some(payload)) = (payload, event.payload) else {
            self.lose();
            return Ok(());
        };
        if canonical::sha256(text.as_bytes()) != event.event.payload_sha256 {
            return Err("its payload is not the one that was recorded");
        }
        let Some(stood) = payload.get(event::CASE) else { return Ok(()) };
        let stood = Stood::deserialize(stood).map_err(|_| "it does not say how the assessment stood")?;
        self.hear(&stood, change.as_deref())
    }
}

/// Whether a change is all of a case.
fn tells_all(change: &Patch) -> bool {
    matches!(change.0.as_slice(), [PatchOperation::Replace(all)] if all.path.is_root())
}

/// Events that are read at once: what they changed may be long.
const EVENTS: u64 = 200;

impl Store {
    /// Hears the events of a case that come after those heard so far, up to and including the event of that number, or all of
    /// them. Each is held against its digest and the event before it. Beside it what is stored of the case at the same instant,
    /// in the same terms; nothing where there is no such case.
    ///
    /// # Errors
    /// [`Error::Corrupt`] with the event that does not hold together with those before it.
    pub async fn replay(
        &self,
        case: AssessmentId,
        so_far: Replay,
        until: Option<u32>,
    ) -> Result<(Replay, Option<Value>)> {
        use row::event::{Column, Entity};
        let transaction = self.one_state().await?;
        let mut replay = so_far;
        loop {
            let until = i64::from(until.unwrap_or(u32::MAX));
            let rows = Entity::find()
                .filter(Column::Stream.eq(case.uuid()))
                .filter(Column::Sequence.gt(i64::from(replay.sequence)).and(Column::Sequence.lte(until)))
                .order_by_asc(Column::Sequence)
                .limit(EVENTS)
                .all(&transaction)
                .await?;
            if rows.is_empty() {
                break;
            }
            for row in rows {
                let place = format!("{} of chain {}", row.sequence, row.stream);
                replay.take(row).map_err(|reason| Error::corrupt("event", place, reason))?;
            }
        }
        let stored = row::assessment::Entity::find_by_id(case.uuid()).one(&transaction).await?;
        let stored = stored.as_ref().map(State::of).transpose()?.map(|state| state.facts);
        transaction.commit().await?;
        Ok((replay, stored))
    }
}
