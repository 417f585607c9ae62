//! The roll-up: sums over the rows of the ledger, by organisation, standing, scale, group and district.
//!
//! What is asked is the roll-up, plus the rows that are not in it yet, less those that are no longer true; so it is
//! right at every moment, whenever the worker comes to them. Whoever folds holds the organisation's row of
//! `risk_rollup_state`.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{
    Entry,
    ledger::{Fold, standpoint},
};
use crate::{
    domain::{
        id::{Identifier, OrganisationId},
        risk::{ALL, RollupKey, Standpoint, Tally},
    },
    store::{Error, Reader, Result, Tx, row},
};

/// Which groups, or which districts, are read of the roll-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// All together.
    Together,
    /// Each apart.
    Each,
    /// One.
    One(&'a str),
}

impl Part<'_> {
    fn of(self, column: row::risk_rollup::Column) -> Condition {
        Condition::all().add(match self {
            Self::Together => column.eq(ALL),
            Self::Each => column.ne(ALL),
            Self::One(code) => column.eq(code),
        })
    }
}

impl Reader<'_> {
    /// The editions of places that the roll-ups of these organisations were made with; those that have none are left
    /// out.
    pub async fn rollup_editions(
        &self,
        organisations: &[OrganisationId],
    ) -> Result<BTreeMap<OrganisationId, String>> {
        use row::risk_rollup_state::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(|row| (row.organisation_id.into(), row.edition)).collect())
    }

    /// Cells of the roll-ups of these organisations.
    pub async fn rollup(
        &self,
        organisations: &[OrganisationId],
        standpoints: &[Standpoint],
        groups: Part<'_>,
        districts: Part<'_>,
    ) -> Result<Vec<(OrganisationId, RollupKey, Tally)>> {
        use row::risk_rollup::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())))
            .filter(Column::Standpoint.is_in(standpoints.iter().map(|one| one.to_sql())))
            .filter(groups.of(Column::GroupCode))
            .filter(districts.of(Column::District))
            .all(&self.connection)
            .await?;
        found.into_iter().map(cell).collect()
    }

    /// All cells of an organisation's roll-up.
    pub async fn whole_rollup(&self, organisation: OrganisationId) -> Result<BTreeMap<RollupKey, Tally>> {
        use row::risk_rollup::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .all(&self.connection)
            .await?;
        found.into_iter().map(|row| cell(row).map(|(_, key, tally)| (key, tally))).collect()
    }

    /// Organisations whose roll-up lacks rows of the ledger, or has some that are no longer true.
    pub async fn unfolded_organisations(&self) -> Result<Vec<OrganisationId>> {
        use row::risk_ledger::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .distinct()
            .filter(Column::Fold.is_in([Fold::Add, Fold::Out].map(Fold::to_sql)))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(OrganisationId::from).collect())
    }

    /// Organisations whose roll-up was made with another edition of places than this.
    pub async fn rolled_up_otherwise(&self, edition: &str) -> Result<Vec<OrganisationId>> {
        use row::risk_rollup_state::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .filter(Column::Edition.ne(edition))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(OrganisationId::from).collect())
    }
}

fn cell(row: row::risk_rollup::Model) -> Result<(OrganisationId, RollupKey, Tally)> {
    let id = row.organisation_id;
    let tally = Tally::read(&row.tally);
    let tally = tally.ok_or_else(|| Error::corrupt("risk_rollup", id, "the counts cannot be read"))?;
    let standpoint = standpoint(id, &row.standpoint)?;
    let key = RollupKey { standpoint, scale: row.scale, group: row.group_code, district: row.district };
    Ok((id.into(), key, tally))
}

impl Tx {
    /// Holds an organisation's roll-up until the transaction ends, and says with which edition of places it was made;
    /// `edition` when there was none yet.
    pub async fn hold_rollup(&mut self, organisation: OrganisationId, edition: &str) -> Result<String> {
        use row::risk_rollup_state::{Column, Entity, Model};
        let row = Model { organisation_id: organisation.uuid(), edition: edition.to_owned() };
        Entity::insert(row.into_active_model())
            .on_conflict(OnConflict::column(Column::OrganisationId).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        let held = Entity::find_by_id(organisation.uuid()).lock_exclusive().one(&self.connection).await?;
        Ok(held.map_or_else(|| edition.to_owned(), |row| row.edition))
    }

    /// Begins an organisation's roll-up anew, with this edition of places: nothing is in it.
    pub async fn empty_rollup(&mut self, organisation: OrganisationId, edition: &str) -> Result<()> {
        use row::{risk_ledger, risk_rollup, risk_rollup_state};
        let id = organisation.uuid();
        risk_rollup::Entity::delete_many()
            .filter(risk_rollup::Column::OrganisationId.eq(id))
            .exec(&self.connection)
            .await?;
        let stands = Expr::col(risk_ledger::Column::ValidTo).is_null();
        for (which, to) in [(stands.clone(), Fold::Add), (stands.not(), Fold::Past)] {
            risk_ledger::Entity::update_many()
                .col_expr(risk_ledger::Column::Fold, Expr::value(to.to_sql()))
                .filter(risk_ledger::Column::OrganisationId.eq(id))
                .filter(risk_ledger::Column::Fold.ne(to.to_sql()))
                .filter(which)
                .exec(&self.connection)
                .await?;
        }
        risk_rollup_state::Entity::update_many()
            .col_expr(risk_rollup_state::Column::Edition, Expr::value(edition))
            .filter(risk_rollup_state::Column::OrganisationId.eq(id))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Adds to the cells of an organisation's roll-up what these rows come to, and notes that the rows are in it, or
    /// no longer.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one of the rows stands to the roll-up otherwise by now: nothing of this may be
    /// committed.
    pub async fn fold(
        &mut self,
        organisation: OrganisationId,
        entries: &[Entry],
        cells: BTreeMap<RollupKey, Tally>,
    ) -> Result<()> {
        use row::risk_rollup::{Column, Entity, Model};
        let id = organisation.uuid();
        let groups: BTreeSet<&str> = cells.keys().map(|key| key.group.as_str()).collect();
        let districts: BTreeSet<&str> = cells.keys().map(|key| key.district.as_str()).collect();
        let there = Entity::find()
            .filter(Column::OrganisationId.eq(id))
            .filter(Column::GroupCode.is_in(groups))
            .filter(Column::District.is_in(districts))
            .all(&self.connection)
            .await?;
        let mut there: BTreeMap<RollupKey, Tally> = there
            .into_iter()
            .map(|row| cell(row).map(|(_, key, tally)| (key, tally)))
            .collect::<Result<_>>()?;
        let mut rows = Vec::new();
        for (key, more) in cells {
            let mut tally = there.remove(&key).unwrap_or_default();
            tally.add(&more, 1);
            rows.push(Model {
                organisation_id: id,
                standpoint: key.standpoint.to_sql(),
                scale: key.scale,
                group_code: key.group,
                district: key.district,
                tally: tally.write(),
            });
        }
        let written = OnConflict::columns([
            Column::OrganisationId,
            Column::Standpoint,
            Column::GroupCode,
            Column::District,
            Column::Scale,
        ])
        .update_column(Column::Tally)
        .to_owned();
        for some in rows.chunks(AT_ONCE) {
            let rows = some.iter().map(|row| row.clone().into_active_model());
            Entity::insert_many(rows)
                .on_conflict(written.clone())
                .exec_without_returning(&self.connection)
                .await?;
        }
        for (from, to) in [(Fold::Add, Fold::In), (Fold::Out, Fold::Past)] {
            let of = entries.iter().filter(|entry| entry.fold == from);
            let keys: Vec<_> = of.map(|entry| (entry.case.uuid(), entry.number)).collect();
            for some in keys.chunks(AT_ONCE) {
                if self.mark(some, from, to).await? != some.len() as u64 {
                    return Err(Error::Conflict);
                }
            }
        }
        Ok(())
    }

    async fn mark(&mut self, rows: &[(Uuid, i64)], from: Fold, to: Fold) -> Result<u64> {
        use row::risk_ledger::{Column, Entity};
        let these = rows.iter().fold(Condition::any(), |any, (case, number)| {
            any.add(Condition::all().add(Column::AssessmentId.eq(*case)).add(Column::Number.eq(*number)))
        });
        let marked = Entity::update_many()
            .col_expr(Column::Fold, Expr::value(to.to_sql()))
            .filter(Expr::col(Column::Fold).eq(from.to_sql()))
            .filter(these)
            .exec(&self.connection)
            .await?;
        Ok(marked.rows_affected)
    }
}

/// Rows in one statement: SQLite bounds the depth of a condition, and both bound the parameters.
const AT_ONCE: usize = 200;
