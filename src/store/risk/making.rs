//! Who makes an organisation's roll-up anew: one at a time, by a lease in its row of `risk_rollup_state`.
//!
//! While the lease lives, whoever else would make it leaves it alone; when it ran out, because its owner died, the next
//! takes over, and what the first still does is refused: every making has a number of its own ([`Tx::mark_all`],
//! [`Tx::write_rollup`]).

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use uuid::Uuid;

use crate::{
    domain::id::{Identifier, OrganisationId},
    store::{
        Reader, Result, Store, Tx, codec,
        row::risk_rollup_state::{Column, Entity, Model},
    },
};

/// Whether somebody may make an organisation's roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Whoever asked makes it; what this making of it is called.
    Granted(i64),
    /// Somebody else does, until then unless they go on.
    Taken(DateTime<Utc>),
    /// It was made meanwhile.
    Made,
}

impl Tx {
    /// Begins to make an organisation's roll-up anew, until `now + lease` unless that is put off
    /// ([`Store::renew_rollup`]): nobody asks it until it is written, and nobody else begins until then. With `unless`
    /// it is not begun when it was made by that edition.
    pub async fn claim_rollup(
        &mut self,
        organisation: OrganisationId,
        maker: &str,
        (now, lease): (DateTime<Utc>, TimeDelta),
        unless: Option<&str>,
    ) -> Result<Claim> {
        let held = self.hold_row(organisation, "").await?;
        if unless.is_some_and(|edition| held.edition == edition) {
            return Ok(Claim::Made);
        }
        if let Some(until) = living(&held, now) {
            return Ok(Claim::Taken(until));
        }
        let generation = held.generation.unwrap_or_default() + 1;
        Entity::update_many()
            .col_expr(Column::Edition, Expr::value(""))
            .col_expr(Column::Generation, Expr::value(generation))
            .col_expr(Column::Maker, Expr::value(maker))
            .col_expr(Column::MadeUntil, Expr::value(codec::instant(now + lease)))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .exec(&self.connection)
            .await?;
        Ok(Claim::Granted(generation))
    }
}

/// Until when somebody makes a roll-up, where that has not run out.
fn living(row: &Model, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    row.made_until.filter(|until| row.maker.is_some() && *until > now)
}

impl Store {
    /// Puts off until then when a maker's lease of a roll-up runs out. `false` when it is no longer theirs.
    pub async fn renew_rollup(
        &self,
        organisation: OrganisationId,
        maker: &str,
        until: DateTime<Utc>,
    ) -> Result<bool> {
        let renewed = Entity::update_many()
            .col_expr(Column::MadeUntil, Expr::value(codec::instant(until)))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Maker.eq(maker))
            .exec(&self.write)
            .await?;
        Ok(renewed.rows_affected == 1)
    }

    /// Gives a maker's lease of a roll-up up before it runs out, so that the next need not wait; nothing when it is no longer
    /// theirs.
    pub async fn leave_rollup(&self, organisation: OrganisationId, maker: &str) -> Result<()> {
        Entity::update_many()
            .col_expr(Column::Maker, Expr::value(None::<String>))
            .col_expr(Column::MadeUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Maker.eq(maker))
            .exec(&self.write)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// Organisations whose roll-up was made by another edition than this, or was begun and left; not those of which somebody
    /// makes it at this time.
    pub async fn rolled_up_otherwise(
        &self,
        edition: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<OrganisationId>> {
        let left = Condition::any()
            .add(Column::Maker.is_null())
            .add(Column::MadeUntil.is_null())
            .add(Column::MadeUntil.lte(codec::instant(now)));
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .filter(Column::Edition.ne(edition))
            .filter(left)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(OrganisationId::from).collect())
    }
}
