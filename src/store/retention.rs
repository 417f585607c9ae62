//! What is kept no longer: closed cases whose term may have ended, and the disposal of payloads.

use sea_orm::{
    ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::Expr,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Reader, Result, Tx, case, codec, event, row};
use crate::domain::{
    case::Case,
    event::{Audience, EventKind, Happening},
    id::{AssessmentId, Identifier, OrganisationId},
    workflow::Phase,
};

/// The key under which a disposal names the events whose payload is gone.
pub(crate) const SEQUENCES: &str = "sequences";

impl Reader<'_> {
    /// Closed cases without a legal hold after this one, in order, at most `limit`; of one organisation or of all.
    pub async fn closed_cases(
        &self,
        organisation: Option<OrganisationId>,
        after: Option<AssessmentId>,
        limit: u64,
    ) -> Result<Vec<Case>> {
        use row::assessment::{Column, Entity};
        let found = Entity::find()
            .filter(Column::Phase.eq(Phase::Closed.to_sql()))
            .filter(Column::LegalHold.eq(false))
            .apply_if(organisation, |query, of| query.filter(Column::OrganisationId.eq(of.uuid())))
            .apply_if(after, |query, after| query.filter(Column::Id.gt(after.uuid())))
            .order_by_asc(Column::Id)
            .limit(limit)
            .all(&self.connection)
            .await?;
        found.into_iter().map(case::read).collect()
    }

    /// How many events of a case have a payload that could be disposed of.
    pub async fn count_payloads(&self, assessment: AssessmentId) -> Result<u64> {
        Ok(payloads(assessment.uuid()).count(&self.connection).await?)
    }
}

impl Tx {
    /// Disposes of every payload of a case's chain but those of disposals, and of what they changed, leaving the digests, and returns what
    /// is to be recorded of it with `facts`: which payloads are gone, and what they cited as kept for ever, so
    /// that the chain still vouches for it. Nothing to record when there was nothing to dispose of.
    pub async fn dispose_payloads(
        &mut self,
        assessment: AssessmentId,
        facts: serde_json::Map<String, Value>,
    ) -> Result<Option<Happening>> {
        use row::event::Column;
        let rows = payloads(assessment.uuid())
            .select_only()
            .columns([Column::Id, Column::Sequence, Column::Payload])
            .order_by_asc(Column::Sequence)
            .into_tuple::<(Uuid, i64, String)>()
            .all(&self.connection)
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let (mut sequences, mut kept) = (Vec::with_capacity(rows.len()), Vec::new());
        for (id, sequence, payload) in rows {
            let payload: Value = codec::document("event", id, payload.as_bytes())?;
            kept.extend(payload.get(event::KEPT).and_then(Value::as_array).cloned().unwrap_or_default());
            sequences.push(sequence);
        }
        row::event::Entity::update_many()
            .col_expr(Column::Payload, Expr::value(None::<String>))
            .col_expr(Column::Change, Expr::value(None::<String>))
            .filter(Column::Stream.eq(assessment.uuid()))
            .filter(Column::Kind.ne(EventKind::PayloadDisposed.to_sql()))
            .exec(&self.connection)
            .await?;
        // What happens next tells all of the case again.
        row::chain::Entity::update_many()
            .col_expr(row::chain::Column::ToldSha256, Expr::value(None::<String>))
            .filter(row::chain::Column::Stream.eq(assessment.uuid()))
            .exec(&self.connection)
            .await?;
        let mut payload = facts;
        payload.insert(SEQUENCES.into(), json!(sequences));
        payload.insert(event::KEPT.into(), Value::Array(kept));
        Ok(Some(Happening {
            kind: EventKind::PayloadDisposed,
            audience: Audience::Administration,
            payload: Value::Object(payload),
        }))
    }
}

/// The events of a chain whose payload could be disposed of.
fn payloads(stream: Uuid) -> sea_orm::Select<row::event::Entity> {
    use row::event::Column;
    row::event::Entity::find()
        .filter(Column::Stream.eq(stream))
        .filter(Column::Payload.is_not_null())
        .filter(Column::Kind.ne(EventKind::PayloadDisposed.to_sql()))
}
