//! Commands done once, and references given once.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use serde_json::Value;

use super::{Error, Reader, Result, Store, Tx, codec, row};
use crate::domain::id::{Identifier, OrganisationId, PersonId};

/// How long a key is remembered.
pub const LIFETIME: TimeDelta = TimeDelta::hours(24);
/// How long a claim without an outcome is believed to be under way; the same request takes it over then.
pub const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// What a key says of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// Never seen, or left without an outcome: do it, then settle the key. In the same transaction, unless it takes
    /// many; then the claim is committed before the first of them.
    New,
    /// Claimed by a request that has not told its outcome.
    UnderWay,
    /// Done before, with this outcome.
    Replay(Value),
    /// Used before for another request.
    Mismatch,
}

/// A key of a command: unique by person, operation and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    /// Who sent it.
    pub person: PersonId,
    /// What was asked.
    pub operation: &'a str,
    /// The key they chose.
    pub key: &'a str,
}

impl Tx {
    /// Claims a key before anything else is done. Whoever claims the same key meanwhile waits until this
    /// transaction ends.
    pub async fn claim_key(
        &mut self,
        key: Key<'_>,
        request_sha256: &str,
        at: DateTime<Utc>,
    ) -> Result<Claim> {
        use row::idempotency::{Column, Entity};
        let at = codec::instant(at);
        Entity::delete_many()
            .filter(Column::PersonId.eq(key.person.uuid()))
            .filter(Column::Operation.eq(key.operation))
            .filter(Column::Key.eq(key.key))
            .filter(over(request_sha256, at))
            .exec(&self.connection)
            .await?;
        let claim = row::idempotency::Model {
            person_id: key.person.uuid(),
            operation: key.operation.into(),
            key: key.key.into(),
            request_sha256: request_sha256.into(),
            outcome: None,
            created_at: at,
            expires_at: at + LIFETIME,
        };
        let unique = [Column::PersonId, Column::Operation, Column::Key];
        let inserted = Entity::insert(claim.into_active_model())
            .on_conflict(OnConflict::columns(unique).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        if inserted == 1 {
            return Ok(Claim::New);
        }
        let id = (key.person.uuid(), key.operation.to_owned(), key.key.to_owned());
        let Some(row) = Entity::find_by_id(id).one(&self.connection).await? else {
            return Err(Error::Conflict);
        };
        claimed(row, request_sha256)
    }

    /// Keeps the outcome of the request that claimed its key at this instant and holds it still.
    pub async fn settle_key(&mut self, key: Key<'_>, claimed: DateTime<Utc>, outcome: &Value) -> Result<()> {
        use row::idempotency::{Column, Entity};
        let settled = Entity::update_many()
            .col_expr(Column::Outcome, Expr::value(codec::text(outcome)?))
            .filter(Column::PersonId.eq(key.person.uuid()))
            .filter(Column::Operation.eq(key.operation))
            .filter(Column::Key.eq(key.key))
            .filter(Column::CreatedAt.eq(codec::instant(claimed)))
            .exec(&self.connection)
            .await?;
        if settled.rows_affected == 1 { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The next reference of an organisation in a year: `T6Y0W-2026-0042`.
    pub async fn next_reference(
        &mut self,
        organisation: OrganisationId,
        ods_code: &str,
        year: i32,
        at: DateTime<Utc>,
    ) -> Result<String> {
        use row::reference_counter::{Column, Entity};
        let begun = row::reference_counter::Model {
            organisation_id: organisation.uuid(),
            year: year.into(),
            last: 0,
            created_at: codec::instant(at),
        };
        let unique = [Column::OrganisationId, Column::Year];
        Entity::insert(begun.into_active_model())
            .on_conflict(OnConflict::columns(unique).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        let counted = Entity::update_many()
            .col_expr(Column::Last, Expr::col(Column::Last).add(1))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Year.eq(i64::from(year)))
            .exec_with_returning(&self.connection)
            .await?;
        let last = counted.first().ok_or(Error::Conflict)?.last;
        Ok(format!("{ods_code}-{year}-{last:04}"))
    }
}

impl Reader<'_> {
    /// What a key says of a request, without claiming it.
    pub async fn find_key(&self, key: Key<'_>, request_sha256: &str, at: DateTime<Utc>) -> Result<Claim> {
        let id = (key.person.uuid(), key.operation.to_owned(), key.key.to_owned());
        let found = row::idempotency::Entity::find_by_id(id)
            .filter(over(request_sha256, codec::instant(at)).not())
            .one(&self.connection)
            .await?;
        found.map_or(Ok(Claim::New), |row| claimed(row, request_sha256))
    }
}

/// Which claims are over for this request: those that expired, and its own that has been without an outcome for too long.
fn over(request_sha256: &str, at: DateTime<Utc>) -> Condition {
    use row::idempotency::Column;
    let left = Condition::all()
        .add(Column::Outcome.is_null())
        .add(Column::RequestSha256.eq(request_sha256))
        .add(Column::CreatedAt.lte(at - PATIENCE));
    Condition::any().add(Column::ExpiresAt.lte(at)).add(left)
}

/// What a key that was claimed says of a request.
fn claimed(row: row::idempotency::Model, request_sha256: &str) -> Result<Claim> {
    if row.request_sha256 != request_sha256 {
        return Ok(Claim::Mismatch);
    }
    match row.outcome {
        Some(outcome) => Ok(Claim::Replay(codec::document("idempotency", &row.key, outcome.as_bytes())?)),
        None => Ok(Claim::UnderWay),
    }
}

impl Store {
    /// Forgets keys that have expired, and says how many.
    pub async fn forget_keys(&self, at: DateTime<Utc>) -> Result<u64> {
        let forgotten = row::idempotency::Entity::delete_many()
            .filter(row::idempotency::Column::ExpiresAt.lte(codec::instant(at)))
            .exec(&self.write)
            .await?;
        Ok(forgotten.rows_affected)
    }
}
