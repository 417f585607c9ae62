//! What happened: sealed into its chain in the transaction that made it so.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, Iterable, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Select,
    sea_query::{Expr, OnConflict},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    Error, Reader, Result, Tx, codec, page, row,
    tx::{Owed, Saved},
};
use crate::domain::{
    canonical,
    event::{Audience, Event, EventKind, Happening},
    id::{AssessmentId, EventId, Identifier, OrganisationId, PersonId, Supply},
    page::{Page, Window},
    text::{Path, Violation},
};

/// A chain of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The chain of a case.
    Case {
        /// The case.
        assessment: AssessmentId,
        /// Its organisation.
        organisation: OrganisationId,
    },
    /// The administration of an organisation.
    Organisation(OrganisationId),
}

impl Stream {
    /// The chain's key.
    #[must_use]
    pub fn uuid(self) -> Uuid {
        match self {
            Self::Case { assessment, .. } => assessment.uuid(),
            Self::Organisation(organisation) => organisation.uuid(),
        }
    }

    /// The organisation that owns it.
    #[must_use]
    pub fn organisation(self) -> OrganisationId {
        match self {
            Self::Case { organisation, .. } | Self::Organisation(organisation) => organisation,
        }
    }

    fn assessment(self) -> Option<AssessmentId> {
        match self {
            Self::Case { assessment, .. } => Some(assessment),
            Self::Organisation(_) => None,
        }
    }
}

/// Who made it happen, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Who; `None` for the operator or the worker.
    pub by: Option<PersonId>,
    /// For whom, when somebody acted for another.
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// An event as it was recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// The event.
    pub event: Event,
    /// Its payload; `None` when it was lawfully disposed of.
    pub payload: Option<Value>,
    /// The event's own digest.
    pub sha256: String,
}

impl Recorded {
    /// The cursor that stands on this event.
    #[must_use]
    pub fn cursor(&self) -> String {
        self.event.sequence.to_string()
    }
}

/// The key of a payload under which the store cites what it keeps for ever.
pub(crate) const KEPT: &str = "kept";
/// The key under which the last event of a command on a case says how the case's row stood before and after it, by which
/// digest its change is known, and something nobody guesses, so that without what is under this key the event's digests tell
/// nothing of it.
pub(crate) const CASE: &str = "case";

impl Tx {
    /// Seals what happened into its chain. What the transaction froze, kept or attached before is cited in the
    /// payload of the first event of its kind, or in an event of its own. The last event says how a case that the
    /// transaction saved stands from now on, and what of it changed.
    pub async fn record(
        &mut self,
        stream: Stream,
        origin: Origin,
        happenings: &[Happening],
        supply: &mut Supply,
    ) -> Result<Vec<Event>> {
        let mut happenings = self.with_citations(stream, happenings)?;
        let Some(last) = happenings.last_mut() else { return Ok(Vec::new()) };
        let mut chain = self.chain(stream, origin.at).await?;
        let saved = stream.assessment().and_then(|assessment| self.saved.remove(&assessment));
        let mut change = None;
        if let Some(saved) = saved {
            change = tell(last, &saved, chain.told_sha256.as_deref(), supply)?;
            chain.told_sha256 = change.is_some().then(|| saved.after.sha256.clone());
        }
        let mut events = Vec::with_capacity(happenings.len());
        let mut rows = Vec::with_capacity(happenings.len());
        let count = happenings.len();
        for (index, happening) in happenings.iter().enumerate() {
            let payload = codec::text(&happening.payload)?;
            chain.length += 1;
            let event = Event {
                id: supply.fresh::<EventId>(),
                stream: stream.uuid(),
                sequence: codec::count("chain", chain.stream, chain.length)?,
                organisation: stream.organisation(),
                kind: happening.kind,
                at: codec::instant(origin.at),
                by: origin.by,
                on_behalf_of: origin.on_behalf_of,
                audience: happening.audience,
                payload_sha256: canonical::sha256(payload.as_bytes()),
                previous: (!chain.head_sha256.is_empty()).then(|| chain.head_sha256.clone()),
            };
            chain.head_sha256 = event.sha256()?;
            rows.push(row::event::Model {
                id: event.id.uuid(),
                stream: event.stream,
                sequence: chain.length,
                organisation_id: event.organisation.uuid(),
                assessment_id: stream.assessment().map(Identifier::uuid),
                kind: event.kind.to_sql(),
                at: event.at,
                by: event.by.map(Identifier::uuid),
                on_behalf_of: event.on_behalf_of.map(Identifier::uuid),
                audience: event.audience.to_sql(),
                payload: Some(payload),
                payload_sha256: event.payload_sha256.clone(),
                change: if index + 1 == count { change.take() } else { None },
                previous: event.previous.clone(),
                sha256: chain.head_sha256.clone(),
            });
            events.push(event);
        }
        row::event::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
            .exec_without_returning(&self.connection)
            .await?;
        row::chain::Entity::update_many()
            .col_expr(row::chain::Column::Length, Expr::value(chain.length))
            .col_expr(row::chain::Column::HeadSha256, Expr::value(chain.head_sha256))
            .col_expr(row::chain::Column::ToldSha256, Expr::value(chain.told_sha256))
            .filter(row::chain::Column::Stream.eq(chain.stream))
            .exec(&self.connection)
            .await?;
        self.recorded = true;
        Ok(events)
    }

    /// The happenings with what this transaction owes this chain cited in them.
    fn with_citations(&mut self, stream: Stream, happenings: &[Happening]) -> Result<Vec<Happening>> {
        let (owed, rest): (Vec<Owed>, Vec<Owed>) =
            self.owed.drain(..).partition(|owed| owed.stream == stream.uuid());
        self.owed = rest;
        let mut happenings = happenings.to_vec();
        let mut citations: BTreeMap<EventKind, Vec<Value>> = BTreeMap::new();
        for owed in owed {
            citations.entry(owed.kind).or_default().push(owed.citation);
        }
        for (kind, kept) in citations {
            if !happenings.iter().any(|happening| happening.kind == kind) {
                happenings.push(Happening::case(kind, serde_json::json!({})));
            }
            for happening in happenings.iter_mut().filter(|happening| happening.kind == kind).take(1) {
                add(happening, KEPT, Value::Array(kept.clone()))?;
            }
        }
        Ok(happenings)
    }

    /// The chain, locked until the transaction ends; begun when it is not there.
    async fn chain(&mut self, stream: Stream, at: DateTime<Utc>) -> Result<row::chain::Model> {
        let find = || row::chain::Entity::find_by_id(stream.uuid()).lock_exclusive();
        if let Some(chain) = find().one(&self.connection).await? {
            return Ok(chain);
        }
        let begun = row::chain::Model {
            stream: stream.uuid(),
            organisation_id: stream.organisation().uuid(),
            length: 0,
            head_sha256: String::new(),
            checkpointed: 0,
            told_sha256: None,
            created_at: codec::instant(at),
        };
        row::chain::Entity::insert(begun.into_active_model())
            .on_conflict(OnConflict::column(row::chain::Column::Stream).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        find().one(&self.connection).await?.ok_or(Error::Conflict)
    }
}

/// Says in the last event of a command what it did to the row of its case. What is returned is kept beside it: what changed, or
/// all there is where the events before told something else. A disposal says that it was one, and tells nothing of the case.
fn tell(
    last: &mut Happening,
    saved: &Saved,
    told: Option<&str>,
    supply: &mut Supply,
) -> Result<Option<String>> {
    let mut blind = || supply.fresh::<EventId>().uuid();
    let mut stood = serde_json::json!({
        "before": saved.before.as_ref().map(|before| &before.sha256),
        "after": saved.after.sha256,
        "blind": blind(),
    });
    let before = saved.before.as_deref().filter(|before| told == Some(&before.sha256));
    let tells = last.kind != EventKind::PayloadDisposed;
    let change = tells.then(|| saved.after.since(before, blind())).transpose()?;
    if let Some(change) = &change {
        stood["change"] = canonical::sha256(change.as_bytes()).into();
    }
    add(last, CASE, stood)?;
    Ok(change)
}

fn add(happening: &mut Happening, key: &str, value: Value) -> Result<()> {
    let Value::Object(payload) = &mut happening.payload else {
        let message = "The payload of an event is an object.";
        return Err(Violation::new("INVALID", message, Path::default()).into());
    };
    payload.insert(key.into(), value);
    Ok(())
}

impl Reader<'_> {
    /// One page of a chain, the oldest first, of events for these audiences.
    pub async fn list_events(
        &self,
        stream: Uuid,
        audiences: &[Audience],
        window: &Window,
    ) -> Result<Page<Recorded>> {
        use row::event::Column;
        let cursor = match &window.cursor {
            Some(cursor) => Some(cursor.parse::<u32>().map_err(|_| Error::Cursor)?),
            None => None,
        };
        let rows = said()
            .filter(Column::Stream.eq(stream))
            .filter(Column::Audience.is_in(audiences.iter().map(|audience| audience.to_sql())))
            .apply_if(cursor, |query, cursor| {
                let key = (Column::Sequence.into_expr(), i64::from(cursor).into());
                query.filter(page::beyond(window, true, vec![key]))
            })
            .order_by(Column::Sequence, page::order(window, true))
            .limit(page::limit(window))
            .all(&self.connection)
            .await?;
        let events = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, events))
    }

    /// How many events of a chain are for these audiences.
    pub async fn count_events(&self, stream: Uuid, audiences: &[Audience]) -> Result<u64> {
        Ok(row::event::Entity::find()
            .filter(row::event::Column::Stream.eq(stream))
            .filter(row::event::Column::Audience.is_in(audiences.iter().map(|audience| audience.to_sql())))
            .count(&self.connection)
            .await?)
    }

    /// When the content of a case was first edited after one instant and by another.
    pub async fn edited_between(
        &self,
        assessment: AssessmentId,
        after: DateTime<Utc>,
        by: Option<DateTime<Utc>>,
    ) -> Result<Option<DateTime<Utc>>> {
        use row::event::Column;
        let found: Option<DateTime<Utc>> = row::event::Entity::find()
            .select_only()
            .column(Column::At)
            .filter(Column::Stream.eq(assessment.uuid()))
            .filter(Column::Kind.eq(EventKind::AssessmentEdited.to_sql()))
            .filter(Column::At.gt(codec::instant(after)))
            .apply_if(by, |query, by| query.filter(Column::At.lte(codec::instant(by))))
            .order_by_asc(Column::Sequence)
            .into_tuple()
            .one(&self.connection)
            .await?;
        Ok(found)
    }

    /// The number of the last event of a case that had happened by then; 0 when none had.
    pub async fn event_by(&self, case: AssessmentId, at: DateTime<Utc>) -> Result<u32> {
        use row::event::Column;
        let found: Option<i64> = row::event::Entity::find()
            .select_only()
            .column(Column::Sequence)
            .filter(Column::Stream.eq(case.uuid()))
            .filter(Column::At.lte(codec::instant(at)))
            .order_by_desc(Column::Sequence)
            .into_tuple()
            .one(&self.connection)
            .await?;
        found.map_or(Ok(0), |sequence| codec::count("event", case, sequence))
    }

    /// One event.
    pub async fn event(&self, id: EventId) -> Result<Option<Recorded>> {
        let found = said().filter(row::event::Column::Id.eq(id.uuid())).one(&self.connection).await?;
        found.map(read).transpose()
    }
}

/// Events without what they changed, which is long and told to nobody who asks for history.
fn said() -> Select<row::event::Entity> {
    use row::event::Column;
    let columns = Column::iter().filter(|column| !matches!(column, Column::Change));
    row::event::Entity::find().select_only().columns(columns).expr_as(Expr::cust("NULL"), "change")
}

/// The event of a row. Digests are verified by the audit, not here.
pub(crate) fn read(row: row::event::Model) -> Result<Recorded> {
    let id = row.id;
    Ok(Recorded {
        event: Event {
            id: id.into(),
            stream: row.stream,
            sequence: codec::count("event", id, row.sequence)?,
            organisation: row.organisation_id.into(),
            kind: codec::word!(EventKind, "event", id, &row.kind)?,
            at: row.at,
            by: row.by.map(PersonId::from),
            on_behalf_of: row.on_behalf_of.map(PersonId::from),
            audience: codec::word!(Audience, "event", id, &row.audience)?,
            payload_sha256: row.payload_sha256,
            previous: row.previous,
        },
        payload: match &row.payload {
            Some(payload) => Some(codec::document("event", id, payload.as_bytes())?),
            None => None,
        },
        sha256: row.sha256,
    })
}
