//! Work that waits for its turn and is done under a lease: messages and reactions keep it in the same columns.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, DatabaseConnection, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, UpdateMany,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{Reader, Result, codec, row};

/// The words of `state` that both tables share.
pub(crate) const PENDING: &str = "pending";
const LEASED: &str = "leased";
pub(crate) const DEAD: &str = "dead";

/// The columns of a table of leased work.
pub(crate) struct Columns<C> {
    id: C,
    state: C,
    attempts: C,
    next_at: C,
    lease_owner: C,
    lease_until: C,
    reason: C,
}

/// A table of leased work.
pub(crate) trait Leased: EntityTrait {
    /// Its columns.
    const COLUMNS: Columns<Self::Column>;

    /// The key of a row.
    fn id(row: &Self::Model) -> Uuid;
}

macro_rules! leased {
    ($($table:ident),+) => { $(
        impl Leased for row::$table::Entity {
            const COLUMNS: Columns<row::$table::Column> = {
                use row::$table::Column as C;
                Columns {
                    id: C::Id,
                    state: C::State,
                    attempts: C::Attempts,
                    next_at: C::NextAt,
                    lease_owner: C::LeaseOwner,
                    lease_until: C::LeaseUntil,
                    reason: C::Reason,
                }
            };

            fn id(row: &row::$table::Model) -> Uuid {
                row.id
            }
        }
    )+ };
}

leased!(outbox_message, reaction);

/// Claims work whose turn has come, or whose lease ran out, for `owner` until `now + lease`. Two owners never hold
/// the same. A row that cannot be read is given up with its reason, so that it stops no other.
pub(crate) async fn claim<E: Leased, T>(
    connection: &DatabaseConnection,
    owner: &str,
    (now, lease): (DateTime<Utc>, TimeDelta),
    limit: u64,
    read: impl Fn(E::Model) -> Result<T>,
) -> Result<Vec<T>> {
    let columns = E::COLUMNS;
    let until = codec::instant(now + lease);
    let due = E::find()
        .select_only()
        .column(columns.id)
        .filter(columns.state.is_in([PENDING, LEASED]))
        .filter(columns.next_at.lte(codec::instant(now)))
        .order_by_asc(columns.next_at)
        .order_by_asc(columns.id)
        .limit(limit)
        // SQLite knows no row locks and has one writer.
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .into_query();
    let claimed = E::update_many()
        .col_expr(columns.state, Expr::value(LEASED))
        .col_expr(columns.lease_owner, Expr::value(owner))
        .col_expr(columns.lease_until, Expr::value(until))
        .col_expr(columns.next_at, Expr::value(until))
        .col_expr(columns.attempts, Expr::col(columns.attempts).add(1))
        .filter(columns.id.in_subquery(due))
        .exec_with_returning(connection)
        .await?;
    let mut work = Vec::with_capacity(claimed.len());
    for row in claimed {
        let id = E::id(&row);
        match read(row) {
            Ok(one) => work.push(one),
            Err(error) => {
                tracing::error!("{} {id} is given up: {error}", E::default().table_name());
                settling::<E>([id], owner, DEAD)
                    .col_expr(columns.reason, Expr::value(error.to_string()))
                    .exec(connection)
                    .await?;
            }
        }
    }
    Ok(work)
}

impl Reader<'_> {
    /// Whether there is a message or a reaction to be claimed now, whoever wrote it, of those that are asked for.
    pub async fn work_waits(&self, messages: bool, reactions: bool, now: DateTime<Utc>) -> Result<bool> {
        Ok((reactions && waits::<row::reaction::Entity>(&self.connection, now).await?)
            || (messages && waits::<row::outbox_message::Entity>(&self.connection, now).await?))
    }
}

/// Whether there is work whose turn has come, or whose lease ran out.
async fn waits<E: Leased>(connection: &DatabaseExecutor<'_>, now: DateTime<Utc>) -> Result<bool> {
    let columns = E::COLUMNS;
    let due: Option<Uuid> = E::find()
        .select_only()
        .column(columns.id)
        .filter(columns.state.is_in([PENDING, LEASED]))
        .filter(columns.next_at.lte(codec::instant(now)))
        .limit(1)
        .into_tuple()
        .one(connection)
        .await?;
    Ok(due.is_some())
}

/// Ends the owner's lease of rows and leaves them in this state; touches none whose lease is another's by now.
pub(crate) fn settling<E: Leased>(
    ids: impl IntoIterator<Item = Uuid>,
    owner: &str,
    state: &str,
) -> UpdateMany<E> {
    let columns = E::COLUMNS;
    E::update_many()
        .col_expr(columns.state, Expr::value(state))
        .col_expr(columns.lease_owner, Expr::value(None::<String>))
        .col_expr(columns.lease_until, Expr::value(None::<DateTime<Utc>>))
        .filter(columns.id.is_in(ids))
        .filter(columns.state.eq(LEASED))
        .filter(columns.lease_owner.eq(owner))
}
