//! Finds what was changed behind the program's back, and names the place.
//!
//! One pass over all chains, then over what they cite: every event must carry the digest of what it says and of
//! the event before it; every chain must be as long as it says and pass through every signed checkpoint; every
//! frozen revision, decision record and attachment must be what its chain says was kept, and still be there;
//! every case must stand as the last command on it left it, every command have found it so, and what the events say they changed
//! come to it when it is replayed; and every row
//! that is derived from a case must follow from it, and no other be there.

mod derived;
mod kept;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, SecondsFormat, Utc};
use ed25519_dalek::VerifyingKey;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait},
};
use serde::Deserialize as _;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Result, Store,
    checkpoint::{Document, FORMAT, Line},
    event, retention, row,
    state::{Replay, Stood},
};
use crate::domain::{canonical, event::EventKind, evidence::Attachment};

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where: `event 3 of chain <uuid>`, `checkpoint 2`, `revision 1 of assessment <uuid>` and the like.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What an audit found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audited {
    /// Everything that is not as it was written.
    pub faults: Vec<Fault>,
    /// Events whose payload was lawfully disposed of: their digest is there, and an event that says so.
    pub disposed: u64,
}

/// Rows read at once: most events are small, documents are not.
const EVENTS: u64 = 500;
const DOCUMENTS: u64 = 50;

/// A chain as far as it has been read.
#[derive(Debug, Default)]
struct Walk {
    stream: Uuid,
    organisation: Option<Uuid>,
    length: i64,
    head: Option<String>,
    /// Sequences of events without payload.
    disposed: Vec<i64>,
    /// Sequences whose disposal was recorded.
    lawful: HashSet<i64>,
    /// What its events told of its case.
    replay: Replay,
    /// Whether what an event changed was found to be another, so that what comes after it is not known.
    torn: bool,
}

/// Everything the audit has found and still expects.
struct Audit<'a> {
    connection: &'a DatabaseTransaction,
    faults: Vec<Fault>,
    chains: HashMap<Uuid, row::chain::Model>,
    /// Signed heads by chain and length.
    signed: HashMap<Uuid, BTreeMap<i64, (String, u32)>>,
    /// How long each chain was in the last checkpoint of the database that names it, whoever signed that.
    checkpointed: HashMap<Uuid, i64>,
    /// Digests of citations by what they cite, until it is found.
    cited: HashMap<String, (Uuid, String)>,
    /// Cases in whose chain a payload was altered, so that what it cited is not known.
    unknown: HashSet<Uuid>,
    /// How many payloads were lawfully disposed of.
    disposed: u64,
    /// Files that decision records cite, by identifier: in which record, and of which case and with which facts.
    files: HashMap<Uuid, Vec<(String, Uuid, Attachment)>>,
    /// Chains of cases, until the case is found.
    cases: HashSet<Uuid>,
    /// How cases stand by the last event that tells; nothing where that event's payload was disposed of.
    stand: HashMap<Uuid, Option<String>>,
}

impl Store {
    /// Verifies every chain, checkpoint, revision, decision record, attachment and saved content, as they stand
    /// at one instant. `keys` are those checkpoints may be signed by; `copy` holds the lines of the copy outside
    /// the database, in order; `progress` hears how many events were read.
    ///
    /// # Errors
    /// Only when the database cannot be read; what is wrong with what it says is a [`Fault`].
    pub async fn verify(
        &self,
        keys: &[VerifyingKey],
        copy: &[String],
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Audited> {
        let transaction = self.one_state().await?;
        let mut audit = Audit {
            connection: &transaction,
            faults: Vec::new(),
            chains: HashMap::new(),
            signed: HashMap::new(),
            checkpointed: HashMap::new(),
            cited: HashMap::new(),
            unknown: HashSet::new(),
            disposed: 0,
            files: HashMap::new(),
            cases: HashSet::new(),
            stand: HashMap::new(),
        };
        audit.chains().await?;
        audit.checkpoints(keys, copy).await?;
        audit.events(progress).await?;
        audit.revisions().await?;
        audit.records().await?;
        audit.attachments().await?;
        audit.definitions().await?;
        audit.contents().await?;
        let mut lost: Vec<(String, Uuid)> = (audit.files.drain())
            .flat_map(|(id, citing)| citing.into_iter().map(move |(record, ..)| (record, id)))
            .collect();
        lost.sort();
        for (record, id) in lost {
            audit.fault(record, format!("cites attachment {id}, which is missing"));
        }
        let mut missing: Vec<String> = audit.cited.keys().cloned().collect();
        missing.sort();
        for place in missing {
            audit.fault(place, "is cited by its chain and missing");
        }
        let mut gone: Vec<Uuid> = audit.cases.iter().copied().collect();
        gone.sort();
        for case in gone {
            audit.fault(format!("assessment {case}"), "has a chain and is missing");
        }
        Ok(Audited { faults: audit.faults, disposed: audit.disposed })
    }
}

impl Audit<'_> {
    fn fault(&mut self, place: impl Into<String>, reason: impl Into<String>) {
        self.faults.push(Fault { place: place.into(), reason: reason.into() });
    }

    async fn chains(&mut self) -> Result<()> {
        let query = row::chain::Entity::find().into_query();
        for row in self.connection.query_all(&query).await? {
            match row::chain::Model::from_query_result(&row, "") {
                Ok(chain) => {
                    self.chains.insert(chain.stream, chain);
                }
                Err(error) => self.fault(format!("chain {}", name(&row, "stream")), error.to_string()),
            }
        }
        Ok(())
    }

    async fn checkpoints(&mut self, keys: &[VerifyingKey], copy: &[String]) -> Result<()> {
        let query =
            row::checkpoint::Entity::find().order_by_asc(row::checkpoint::Column::Sequence).into_query();
        let mut kept: Vec<Line> = Vec::new();
        let mut previous = None;
        for row in self.connection.query_all(&dated(query, self.connection, "at")).await? {
            let expected = kept.len() + 1;
            let place = format!("checkpoint {expected}");
            let found = row::checkpoint::Model::from_query_result(&row, "");
            let Ok(found) = found else {
                self.fault(place, "cannot be read");
                continue;
            };
            let Ok(text) = String::from_utf8(found.document) else {
                self.fault(place, "its document is not text");
                continue;
            };
            let line = Line { document: text, signature: found.signature, key_id: found.key_id };
            if !spelt(&row, found.at) {
                self.fault(&place, "its time is not spelt as it was written");
            }
            if let Ok(Document { heads, .. }) = serde_json::from_str(&line.document) {
                let told = heads.into_iter().map(|(stream, (length, _))| (stream, i64::from(length)));
                self.checkpointed.extend(told);
            }
            if let Some(document) = self.signed_line(&line, keys, expected, previous.as_deref(), &place)
                && (i64::from(document.sequence) != found.sequence || document.at != found.at)
            {
                self.fault(&place, "its columns do not say what its document says");
            }
            previous = Some(canonical::sha256(line.document.as_bytes()));
            kept.push(line);
        }
        let mut previous = None;
        for (index, line) in copy.iter().enumerate() {
            let number = index + 1;
            let place = format!("checkpoint {number} of the copy");
            let Ok(line) = serde_json::from_str::<Line>(line) else {
                self.fault(place, "cannot be read");
                continue;
            };
            match kept.get(index) {
                Some(kept) if *kept == line => {}
                Some(_) => {
                    self.fault(format!("checkpoint {number}"), "differs from the copy outside the database");
                }
                None => {
                    self.fault(
                        format!("checkpoint {number}"),
                        "is in the copy outside the database and missing",
                    );
                }
            }
            self.signed_line(&line, keys, number, previous.as_deref(), &place);
            previous = Some(canonical::sha256(line.document.as_bytes()));
        }
        Ok(())
    }

    /// Takes the heads of a checkpoint that is what it should be, or says what is wrong with it.
    fn signed_line(
        &mut self,
        line: &Line,
        keys: &[VerifyingKey],
        number: usize,
        previous: Option<&str>,
        place: &str,
    ) -> Option<Document> {
        if !line.is_signed_by(keys) {
            self.fault(place, "no known key signed it");
            return None;
        }
        let Ok(document) = serde_json::from_str::<Document>(&line.document) else {
            self.fault(place, "its document cannot be read");
            return None;
        };
        if document.format != FORMAT {
            self.fault(place, format!("its format is not {FORMAT}"));
        }
        if usize::try_from(document.sequence) != Ok(number) {
            self.fault(place, format!("checkpoint {} stands in its place", document.sequence));
        }
        if document.previous.as_deref() != previous {
            self.fault(place, "it does not follow the one before it");
        }
        for (stream, (length, head)) in &document.heads {
            self.signed
                .entry(*stream)
                .or_default()
                .insert((*length).into(), (head.clone(), document.sequence));
        }
        Some(document)
    }

    async fn events(&mut self, progress: &mut (dyn FnMut(u64) + Send)) -> Result<()> {
        use row::event::{Column, Entity};
        let mut walk: Option<Walk> = None;
        let mut after: Option<(Uuid, i64)> = None;
        let mut seen = 0_u64;
        loop {
            let query = Entity::find()
                .apply_if(after, |query, (stream, sequence)| {
                    query.filter(
                        Column::Stream
                            .gt(stream)
                            .or(Column::Stream.eq(stream).and(Column::Sequence.gt(sequence))),
                    )
                })
                .order_by_asc(Column::Stream)
                .order_by_asc(Column::Sequence)
                .limit(EVENTS)
                .into_query();
            let rows = self.connection.query_all(&dated(query, self.connection, "at")).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get("", "stream").ok().zip(last.try_get("", "sequence").ok());
            if after.is_none() {
                let place = format!("event {} of chain {}", name(last, "sequence"), name(last, "stream"));
                self.fault(place, "cannot be read; events behind it were not verified");
            }
            seen += rows.len() as u64;
            for row in &rows {
                self.event(row, &mut walk);
            }
            progress(seen);
            if after.is_none() {
                break;
            }
        }
        if let Some(walk) = walk {
            self.ended(&walk);
        }
        // What is left was not met among the events.
        let mut bare: Vec<Uuid> = self.chains.keys().copied().collect();
        bare.extend(self.signed.keys().copied().filter(|stream| !self.chains.contains_key(stream)));
        bare.sort();
        for stream in bare {
            self.fault(format!("chain {stream}"), "its events are missing");
        }
        Ok(())
    }

    fn event(&mut self, row: &QueryResult, walk: &mut Option<Walk>) {
        let place = format!("event {} of chain {}", name(row, "sequence"), name(row, "stream"));
        let found = match row::event::Model::from_query_result(row, "") {
            Ok(found) => found,
            Err(error) => {
                self.fault(place, error.to_string());
                return;
            }
        };
        if walk.as_ref().is_none_or(|walk| walk.stream != found.stream) {
            if let Some(ended) = walk.take() {
                self.ended(&ended);
            }
            *walk = Some(Walk { stream: found.stream, ..Walk::default() });
        }
        let Some(walk) = walk.as_mut() else { return };
        if !spelt(row, found.at) {
            self.fault(&place, "its time is not spelt as it was written");
        }
        if found.sequence != walk.length + 1 {
            let reason = format!("event {} is missing before it", walk.length + 1);
            self.fault(&place, reason);
        } else if found.previous != walk.head {
            self.fault(&place, "it does not follow the event before it");
        }
        let of_case = found.assessment_id.is_some();
        if found.assessment_id.unwrap_or(found.organisation_id) != found.stream {
            self.fault(&place, "it is not of the case or organisation whose chain it is in");
        }
        if of_case && found.sequence == 1 {
            self.cases.insert(found.stream);
        }
        walk.organisation = Some(found.organisation_id);
        walk.length = found.sequence;
        walk.head = Some(found.sha256.clone());
        if let Some((head, checkpoint)) =
            self.signed.get(&found.stream).and_then(|at| at.get(&found.sequence))
            && *head != found.sha256
        {
            let reason = format!("checkpoint {checkpoint} was signed over another event here");
            self.fault(&place, reason);
        }
        let (payload, stream, sequence) = (found.payload.clone(), found.stream, found.sequence);
        let change = found.change.clone();
        match event::read(found) {
            Ok(recorded) => {
                if recorded.event.sha256().ok().as_deref() != Some(&recorded.sha256) {
                    self.fault(&place, "its digest is not that of what it says");
                }
                let (Some(text), Some(value)) = (&payload, recorded.payload) else {
                    walk.disposed.push(sequence);
                    walk.replay.lose();
                    if change.is_some() {
                        self.fault(&place, "what it changed is there and its payload is not");
                    }
                    self.stand.insert(stream, None);
                    return;
                };
                if canonical::sha256(text.as_bytes()) != recorded.event.payload_sha256 {
                    // What it says now was never said; what it said is not known.
                    self.fault(&place, "its payload is not the one that was recorded");
                    self.unknown.insert(stream);
                    self.stand.insert(stream, None);
                    walk.replay.lose();
                    return;
                }
                self.citations(&value, stream, &place);
                if recorded.event.kind == EventKind::PayloadDisposed {
                    let disposed = value.get(retention::SEQUENCES).and_then(Value::as_array);
                    walk.lawful.extend(disposed.into_iter().flatten().filter_map(Value::as_i64));
                }
                let told = value.get(event::CASE).filter(|_| of_case);
                self.stands(told, change.as_deref(), walk, &place);
            }
            Err(error) => {
                walk.replay.lose();
                walk.torn = true;
                self.fault(place, error.to_string());
            }
        }
    }

    /// The chain's last event has been read.
    fn ended(&mut self, walk: &Walk) {
        let place = format!("chain {}", walk.stream);
        let (lawful, other): (Vec<i64>, Vec<i64>) =
            walk.disposed.iter().partition(|sequence| walk.lawful.contains(sequence));
        self.disposed += lawful.len() as u64;
        for sequence in other {
            let place = format!("event {sequence} of chain {}", walk.stream);
            self.fault(place, "its payload is gone and no disposal was recorded");
        }
        match self.chains.remove(&walk.stream) {
            None => self.fault(&place, "its events are there and its head is missing"),
            Some(chain) => {
                if Some(chain.organisation_id) != walk.organisation {
                    self.fault(&place, "it is not of the organisation that its events are of");
                }
                if chain.length != walk.length {
                    let reason = format!("it has {} events and should have {}", walk.length, chain.length);
                    self.fault(&place, reason);
                } else if Some(&chain.head_sha256) != walk.head.as_ref() {
                    self.fault(&place, "its head is not its last event");
                }
                let known = self.stand.get(&walk.stream).and_then(Option::as_ref);
                let told = match walk.replay.told() {
                    Some(told) => chain.told_sha256.as_ref() == Some(told),
                    // One that was begun, or went on, before events told what they changed has another, or none.
                    None => chain.told_sha256.is_none() || chain.told_sha256.as_ref() != known,
                };
                let known =
                    walk.replay.told().is_some() || !(walk.torn || self.unknown.contains(&walk.stream));
                if !told && known {
                    self.fault(&place, "it does not say truly what its events tell of the assessment");
                }
                let signed = self.checkpointed.get(&walk.stream).copied().unwrap_or_default();
                if chain.checkpointed != signed {
                    let reason = format!(
                        "it says that {} of its events are in a checkpoint, and {signed} are",
                        chain.checkpointed
                    );
                    self.fault(&place, reason);
                }
            }
        }
        if let Some(signed) = self.signed.remove(&walk.stream)
            && let Some((length, (_, checkpoint))) = signed.last_key_value()
            && *length > walk.length
        {
            let reason = format!(
                "it has {} events and had {length} when checkpoint {checkpoint} was signed",
                walk.length
            );
            self.fault(&place, reason);
        }
    }

    fn citations(&mut self, payload: &Value, stream: Uuid, at: &str) {
        for citation in payload.get(event::KEPT).and_then(Value::as_array).into_iter().flatten() {
            let of = |key: &str| citation.get(key).and_then(Value::as_str);
            let id = if of("noun") == Some("record") { of("sha256") } else { of("id") };
            match of("noun").zip(id) {
                Some((noun, id)) => {
                    self.cited.insert(format!("{noun} {id}"), (stream, digest(citation)));
                }
                None => self.fault(at, "it cites something without a name"),
            }
        }
    }

    /// Takes what an event says of its case, which must have stood as the event before left it, and stand since as its change
    /// says.
    fn stands(&mut self, told: Option<&Value>, change: Option<&str>, walk: &mut Walk, place: &str) {
        let Some(told) = told else {
            if change.is_some() {
                self.fault(place, "something stands beside it as its change, and it changed nothing");
            }
            return;
        };
        let Ok(stood) = Stood::deserialize(told) else {
            walk.replay.lose();
            walk.torn = true;
            self.fault(place, "it does not say how the assessment stood");
            return;
        };
        let known = self.stand.insert(walk.stream, Some(stood.after.clone()));
        if !matches!(known, Some(None)) && known.flatten() != stood.before {
            self.fault(place, "the assessment had been changed since the event before it");
        }
        if let Err(reason) = walk.replay.hear(&stood, change) {
            walk.torn = true;
            self.fault(place, reason);
        }
    }

    /// Holds a row against what its chain says was kept.
    fn kept(&mut self, place: &str, citation: &Value, assessment: Uuid) {
        match self.cited.remove(place) {
            Some((stream, cited)) if stream == assessment && cited == digest(citation) => {}
            Some(_) => self.fault(place, "it is not what its chain says was kept"),
            None if self.unknown.contains(&assessment) => {}
            None => self.fault(place, "no event cites it"),
        }
    }
}

fn digest(citation: &Value) -> String {
    canonical::bytes(citation).map_or_else(|_| String::new(), |bytes| canonical::sha256(&bytes))
}

/// The query with the time column as the text that SQLite keeps: it reads many spellings as the same instant.
fn dated(
    mut query: sea_orm::sea_query::SelectStatement,
    connection: &DatabaseTransaction,
    column: &'static str,
) -> sea_orm::sea_query::SelectStatement {
    if connection.get_database_backend() == DbBackend::Sqlite {
        query.expr_as(Expr::col(Alias::new(column)).cast_as("text"), Alias::new("spelling"));
    }
    query
}

fn spelt(row: &QueryResult, at: DateTime<Utc>) -> bool {
    match row.try_get::<String>("", "spelling") {
        Ok(spelling) => spelling == at.to_rfc3339_opts(SecondsFormat::AutoSi, false),
        // PostgreSQL keeps instants, not spellings.
        Err(_) => true,
    }
}

/// What can be read of a key of a row that may be damaged.
fn name(row: &QueryResult, column: &str) -> String {
    row.try_get::<Uuid>("", column)
        .map(|id| id.to_string())
        .or_else(|_| row.try_get::<i64>("", column).map(|number| number.to_string()))
        .unwrap_or_else(|_| "?".into())
}
