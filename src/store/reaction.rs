//! Cases that must react to what happened to another: one row each, handled by the worker in a transaction of
//! its own, so that no command locks another organisation's cases.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, sea_query::Expr,
};
use uuid::Uuid;

use super::{Reader, Result, Store, Tx, codec, lease, projection, row};
use crate::domain::{
    case::{Case, ShareLevel},
    id::{AssessmentId, Identifier, OrganisationId, Supply},
    interdependency::Interdependency,
    risk::graph::Reliance,
    words,
    workflow::{Phase, Standing},
};

words! {
    /// What a case must react to.
    ReactionKind {
        /// The standing of a case it relies on changed.
        StandingChanged = "STANDING_CHANGED",
        /// A case it relies on, which proceeds, takes effect on other days.
        DatesChanged = "DATES_CHANGED",
        /// A case it relies on was shared further with its organisation, so that more of it is known there.
        SharedFurther = "SHARED_FURTHER",
        /// A partner answered in another case, or of another reliance, that is on the same.
        PartnerAnswered = "PARTNER_ANSWERED",
        /// What it relies on is to be read again, because an operator asked for it.
        ReadAgain = "READ_AGAIN",
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
    /// The case that something happened to; the same case when it came to rely on others.
    pub source: AssessmentId,
    /// What it must react to.
    pub kind: ReactionKind,
    /// How often it was claimed.
    pub attempts: u32,
    /// When it was written.
    pub created_at: DateTime<Utc>,
}

impl Tx {
    /// Writes one reaction for every case that relies on `source`, of its own organisation or of one that it is shared with by now:
    /// of what one may not know of any longer one hears nothing. Says how many.
    pub async fn react(
        &mut self,
        source: AssessmentId,
        kind: ReactionKind,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        let own = row::assessment::Entity::find()
            .select_only()
            .column(row::assessment::Column::OrganisationId)
            .filter(row::assessment::Column::Id.eq(source.uuid()));
        let shared = row::assessment_share::Entity::find()
            .select_only()
            .column(row::assessment_share::Column::OrganisationId)
            .filter(row::assessment_share::Column::AssessmentId.eq(source.uuid()));
        let of = row::reliance::Column::OrganisationId;
        let knows =
            Condition::any().add(of.in_subquery(own.into_query())).add(of.in_subquery(shared.into_query()));
        let relying = self.relying(source, knows).await?;
        let rows = relying.into_iter().map(|of| pending(of, source.uuid(), kind, at, supply));
        let rows: Vec<_> = rows.collect();
        self.queue(&rows).await
    }

    /// The same for the cases of these organisations only, which came to know more of `source`.
    pub async fn react_of(
        &mut self,
        organisations: &[OrganisationId],
        source: AssessmentId,
        kind: ReactionKind,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        if organisations.is_empty() {
            return Ok(0);
        }
        let of = organisations.iter().map(|id| id.uuid());
        let theirs = Condition::all().add(row::reliance::Column::OrganisationId.is_in(of));
        let relying = self.relying(source, theirs).await?;
        let rows = relying.into_iter().map(|of| pending(of, source.uuid(), kind, at, supply));
        let rows: Vec<_> = rows.collect();
        self.queue(&rows).await
    }

    /// The cases that rely on `source`, each with its organisation, of those rows that are meant.
    async fn relying(&mut self, source: AssessmentId, which: Condition) -> Result<Vec<(Uuid, Uuid)>> {
        use row::reliance::{Column, Entity};
        Ok(Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .column(Column::OrganisationId)
            .distinct()
            .filter(Column::TargetId.eq(source.uuid()))
            .filter(which)
            .into_tuple()
            .all(&self.connection)
            .await?)
    }

    /// Writes one reaction to what a partner said of a reliance of `source` for every other live case that relies on the same, of its
    /// own organisation or of one that may read it by now; for `source` itself, when another of its reliances does. Says how many.
    pub async fn react_to_answer(
        &mut self,
        source: &Case,
        of: &Interdependency,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        use row::interdependency::Column;
        let Some(reliance) = Reliance::confirmed(of) else { return Ok(0) };
        let read = source.shares.iter().filter(|(_, level)| **level >= ShareLevel::Read);
        let organisations: Vec<Uuid> =
            read.map(|(organisation, _)| organisation.uuid()).chain([source.organisation.uuid()]).collect();
        let itself = Condition::all()
            .add(Column::AssessmentId.eq(source.id.uuid()))
            .add(Column::InterdependencyId.eq(of.id.uuid()));
        let which = Condition::all()
            .add(Column::RestsOn.eq(reliance.digest()))
            .add(Column::OrganisationId.is_in(organisations))
            .add(itself.not());
        self.react_to_word(source.id, which, at, supply).await
    }

    /// The same to all that partners ever said of reliances of `source`, for live cases of these organisations, which came to read
    /// it. Says how many.
    pub async fn react_to_answers(
        &mut self,
        organisations: &[OrganisationId],
        source: &Case,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        use row::interdependency::Column;
        if organisations.is_empty() {
            return Ok(0);
        }
        let said = source.process.confirmations.iter();
        let said = said.filter_map(|said| Reliance::confirmed(&said.of)).map(|reliance| reliance.digest());
        let said: BTreeSet<String> = said.collect();
        if said.is_empty() {
            return Ok(0);
        }
        let which = Condition::all()
            .add(Column::RestsOn.is_in(said))
            .add(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())));
        self.react_to_word(source.id, which, at, supply).await
    }

    /// Writes one reaction of a case, a reliance of which came to rest on something else than before, to what partners said of the same
    /// meanwhile: for each case that rests on it and that its organisation may read; for itself, when
    /// another of its reliances does. Says how many.
    pub async fn react_to_what_was_said(
        &mut self,
        case: &Case,
        of: &Interdependency,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        use row::interdependency::{Column, Entity};
        let Some(reliance) = Reliance::confirmed(of) else { return Ok(0) };
        let (id, organisation) = (case.id.uuid(), case.organisation.uuid());
        let levels = [ShareLevel::Read, ShareLevel::Review].map(ShareLevel::to_sql);
        let shared = row::assessment_share::Entity::find()
            .select_only()
            .column(row::assessment_share::Column::AssessmentId)
            .filter(row::assessment_share::Column::OrganisationId.eq(organisation))
            .filter(row::assessment_share::Column::Level.is_in(levels));
        let readable = Condition::any()
            .add(Column::OrganisationId.eq(organisation))
            .add(Column::AssessmentId.in_subquery(shared.into_query()));
        let itself =
            Condition::all().add(Column::AssessmentId.eq(id)).add(Column::InterdependencyId.eq(of.id.uuid()));
        let sources: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .distinct()
            .filter(Column::RestsOn.eq(reliance.digest()))
            .filter(readable)
            .filter(itself.not())
            .into_tuple()
            .all(&self.connection)
            .await?;
        let kind = ReactionKind::PartnerAnswered;
        let rows = sources.into_iter().map(|source| pending((id, organisation), source, kind, at, supply));
        let rows: Vec<_> = rows.collect();
        self.queue(&rows).await
    }

    /// Writes one reaction to what a partner said for every live case with one of the rows that are meant.
    async fn react_to_word(
        &mut self,
        source: AssessmentId,
        which: Condition,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        use row::interdependency::{Column, Entity};
        let live = row::assessment::Entity::find()
            .select_only()
            .column(row::assessment::Column::Id)
            .filter(row::assessment::Column::Standing.ne(Standing::Stopped.to_sql()))
            .filter(row::assessment::Column::Phase.ne(Phase::Closed.to_sql()));
        let resting: Vec<(Uuid, Uuid)> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .column(Column::OrganisationId)
            .distinct()
            .filter(which)
            .filter(Column::AssessmentId.in_subquery(live.into_query()))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let kind = ReactionKind::PartnerAnswered;
        let rows = resting.into_iter().map(|of| pending(of, source.uuid(), kind, at, supply));
        let rows: Vec<_> = rows.collect();
        self.queue(&rows).await
    }

    /// Writes one reaction of a case to what it came to rely on itself: that may have changed while the case was
    /// written, and whoever changed it could not see the reliance yet. It names no other case, so that none is locked.
    pub async fn react_itself(
        &mut self,
        case: &Case,
        kind: ReactionKind,
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<()> {
        let (id, organisation) = (case.id.uuid(), case.organisation.uuid());
        self.queue(&[pending((id, organisation), id, kind, at, supply)]).await.map(drop)
    }

    /// Writes one reaction of each of these cases to what it relies on, but of those of which one waits already. Says how many.
    pub async fn react_again(
        &mut self,
        cases: &[(AssessmentId, OrganisationId)],
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<usize> {
        use row::reaction::{Column, Entity};
        let waiting: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .distinct()
            .filter(Column::AssessmentId.is_in(cases.iter().map(|(id, _)| id.uuid())))
            .filter(Column::State.eq(lease::PENDING))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let others = cases.iter().filter(|(id, _)| !waiting.contains(&id.uuid()));
        let rows = others.map(|(id, organisation)| {
            pending((id.uuid(), organisation.uuid()), id.uuid(), ReactionKind::ReadAgain, at, supply)
        });
        let rows: Vec<_> = rows.collect();
        self.queue(&rows).await
    }

    async fn queue(&mut self, rows: &[row::reaction::Model]) -> Result<usize> {
        for some in rows.chunks(projection::AT_ONCE) {
            let rows = some.iter().map(|row| row.clone().into_active_model());
            row::reaction::Entity::insert_many(rows).exec_without_returning(&self.connection).await?;
        }
        Ok(rows.len())
    }

    /// Records, in the transaction that does its work, that a reaction is done. `false` when the lease is no
    /// longer the owner's: then the work must not be committed.
    pub async fn reaction_done(&mut self, id: Uuid, owner: &str) -> Result<bool> {
        let settling = lease::settling::<row::reaction::Entity>([id], owner, &ReactionState::Done.to_sql());
        let done = settling.exec(&self.connection).await?;
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
        let mut reactions =
            lease::claim::<row::reaction::Entity, _>(&self.write, owner, (now, lease), limit, read).await?;
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
        let state = if next_at.is_some() { lease::PENDING } else { lease::DEAD };
        let mut update =
            lease::settling::<Entity>([id], owner, state).col_expr(Column::Reason, Expr::value(reason));
        if let Some(next_at) = next_at {
            update = update.col_expr(Column::NextAt, Expr::value(codec::instant(next_at)));
        }
        let postponed = update.exec(&self.write).await?;
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

/// A reaction of a case of an organisation to `source`, whose turn is now.
fn pending(
    (assessment, organisation): (Uuid, Uuid),
    source: Uuid,
    kind: ReactionKind,
    at: DateTime<Utc>,
    supply: &mut Supply,
) -> row::reaction::Model {
    let at = codec::instant(at);
    row::reaction::Model {
        id: supply.fresh::<AssessmentId>().uuid(),
        organisation_id: organisation,
        assessment_id: assessment,
        source_id: source,
        kind: kind.to_sql(),
        state: lease::PENDING.to_owned(),
        attempts: 0,
        next_at: at,
        lease_owner: None,
        lease_until: None,
        reason: None,
        created_at: at,
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
