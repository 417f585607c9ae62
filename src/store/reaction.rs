//! Cases that must react to what happened to another: one row each, handled by the worker in a transaction of
//! its own, so that no command locks another organisation's cases.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{Expr, ExprTrait, LockBehavior, LockType},
};
use uuid::Uuid;

use super::{Reader, Result, Store, Tx, codec, row};
use crate::domain::{
    id::{AssessmentId, Identifier, OrganisationId, Supply},
    words,
};

words! {
    /// What a case must react to.
    ReactionKind {
        /// The standing of a case it relies on changed.
        StandingChanged = "STANDING_CHANGED",
    }
}

words! {
    /// How a reaction stands.
    ReactionState {
        /// Waits for its turn.
        Pending = "PENDING",
        /// A worker has it.
        Leased = "LEASED",
        /// Worked through.
        Done = "DONE",
        /// Given up.
        Dead = "DEAD",
    }
}

/// One case's reaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Its identifier.
    pub id: Uuid,
    /// The organisation of the case that reacts.
    pub organisation: OrganisationId,
    /// The case that reacts.
    pub assessment: AssessmentId,
    /// The case that something happened to.
    pub source: AssessmentId,
    /// What it must react to.
    pub kind: ReactionKind,
    /// How often it was claimed.
    pub attempts: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Tx {
    /// Writes one reaction for every case that relies on `source`, and says how many.
    pub async fn react(
        &mut self,
        source: AssessmentId,
        kind: ReactionKind,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        let relying: Vec<(Uuid, Uuid)> = row::reliance::Entity::find()
            .select_only()
            .column(row::reliance::Column::AssessmentId)
            .column(row::reliance::Column::OrganisationId)
            .distinct()
            .filter(row::reliance::Column::TargetId.eq(source.uuid()))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let at = codec::instant(at);
        let mut rows = Vec::with_capacity(relying.len());
        for (assessment, organisation) in &relying {
            rows.push(
                row::reaction::Model {
                    id: supply.fresh::<AssessmentId>().uuid(),
                    organisation_id: *organisation,
                    assessment_id: *assessment,
                    source_id: source.uuid(),
                    kind: kind.to_sql(),
                    state: ReactionState::Pending.to_sql(),
                    attempts: 0,
                    next_at: at,
                    lease_owner: None,
                    lease_until: None,
                    reason: None,
                    created_at: at,
                }
                .into_active_model(),
            );
        }
        if !rows.is_empty() {
            row::reaction::Entity::insert_many(rows).exec_without_returning(&self.connection).await?;
        }
        Ok(relying.len())
    }

    /// Records, in the transaction that does its work, that a reaction is done. `false` when the lease is no
    /// longer the owner's: then the work must not be committed.
    pub async fn reaction_done(&mut self, id: Uuid, owner: &str) -> Result<bool> {
        use row::reaction::{Column, Entity};
        let done = Entity::update_many()
            .col_expr(Column::State, Expr::value(ReactionState::Done.to_sql()))
            .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(ReactionState::Leased.to_sql()))
            .filter(Column::LeaseOwner.eq(owner))
            .exec(&self.connection)
            .await?;
        Ok(done.rows_affected == 1)
    }
}

impl Store {
    /// Claims reactions whose turn has come, or whose lease ran out, for `owner` until `now + lease`.
    pub async fn claim_reactions(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: u64,
    ) -> Result<Vec<Reaction>> {
        use row::reaction::{Column, Entity};
        let until = codec::instant(now + lease);
        let due = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(
                Column::State
                    .is_in([ReactionState::Pending, ReactionState::Leased].map(ReactionState::to_sql)),
            )
            .filter(Column::NextAt.lte(codec::instant(now)))
            .order_by_asc(Column::NextAt)
            .order_by_asc(Column::Id)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_query();
        let claimed = Entity::update_many()
            .col_expr(Column::State, Expr::value(ReactionState::Leased.to_sql()))
            .col_expr(Column::LeaseOwner, Expr::value(owner))
            .col_expr(Column::LeaseUntil, Expr::value(until))
            .col_expr(Column::NextAt, Expr::value(until))
            .col_expr(Column::Attempts, Expr::col(Column::Attempts).add(1))
            .filter(Column::Id.in_subquery(due))
            .exec_with_returning(&self.write)
            .await?;
        let mut reactions = claimed.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        reactions.sort_by_key(|reaction| (reaction.created_at, reaction.id));
        Ok(reactions)
    }

    /// Lets a reaction wait until `next_at`, or gives it up when that is `None`. `false` when the lease is no
    /// longer the owner's.
    pub async fn postpone_reaction(
        &self,
        id: Uuid,
        owner: &str,
        next_at: Option<DateTime<Utc>>,
        reason: &str,
    ) -> Result<bool> {
        use row::reaction::{Column, Entity};
        let state = if next_at.is_some() { ReactionState::Pending } else { ReactionState::Dead };
        let mut update = Entity::update_many()
            .col_expr(Column::State, Expr::value(state.to_sql()))
            .col_expr(Column::LeaseOwner, Expr::value(None::<String>))
            .col_expr(Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
            .col_expr(Column::Reason, Expr::value(reason));
        if let Some(next_at) = next_at {
            update = update.col_expr(Column::NextAt, Expr::value(codec::instant(next_at)));
        }
        let postponed = update
            .filter(Column::Id.eq(id))
            .filter(Column::State.eq(ReactionState::Leased.to_sql()))
            .filter(Column::LeaseOwner.eq(owner))
            .exec(&self.write)
            .await?;
        Ok(postponed.rows_affected == 1)
    }
}

impl Reader<'_> {
    /// How many reactions have not been worked through in these organisations.
    pub async fn count_pending_reactions(&self, organisations: &[OrganisationId]) -> Result<u64> {
        use row::reaction::{Column, Entity};
        Ok(Entity::find()
            .filter(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())))
            .filter(Column::State.ne(ReactionState::Done.to_sql()))
            .count(&self.connection)
            .await?)
    }
}

fn read(row: row::reaction::Model) -> Result<Reaction> {
    Ok(Reaction {
        id: row.id,
        organisation: row.organisation_id.into(),
        assessment: row.assessment_id.into(),
        source: row.source_id.into(),
        kind: codec::word!(ReactionKind, "reaction", row.id, &row.kind)?,
        attempts: codec::count("reaction", row.id, row.attempts)?,
        created_at: row.created_at,
    })
}
