//! The roll-up: sums over the rows of the ledger, by organisation, standing, scale, group and district; and what is told of
//! them, a page for each district.
//!
//! What is asked is the roll-up, plus the rows that are not in it yet, less those that are no longer true; so it is
//! right at every moment, whenever the worker comes to them. Whoever folds holds the organisation's row of
//! `risk_rollup_state`; whoever makes it anew has a lease of it ([`super::making`]). The roll-up is always the sum of the
//! rows marked as in it ([`Fold::In`], [`Fold::Out`]), unless its edition says that it is being made: then nobody asks it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use uuid::Uuid;

use super::{
    Entry,
    ledger::{Fold, standpoint, unfolded},
};
use crate::{
    domain::{
        id::{AssessmentId, Identifier, OrganisationId},
        risk::{ALL, Figures, Page, PageKey, RollupKey, Standpoint, Tally},
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
    fn of(self, column: impl ColumnTrait) -> Condition {
        Condition::all().add(match self {
            Self::Together => column.eq(ALL),
            Self::Each => column.ne(ALL),
            Self::One(code) => column.eq(code),
        })
    }

    /// Whether it has this.
    #[must_use]
    pub fn has(self, code: &str) -> bool {
        match self {
            Self::Together => code == ALL,
            Self::Each => code != ALL,
            Self::One(one) => code == one,
        }
    }
}

/// How an organisation's roll-up stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollupState {
    /// Names what it was counted by; empty while it is being made.
    pub edition: String,
    /// Rises with every change of it.
    pub generation: i64,
}

impl RollupState {
    fn of(row: row::risk_rollup_state::Model) -> Self {
        Self { edition: row.edition, generation: row.generation.unwrap_or_default() }
    }
}

impl Reader<'_> {
    /// How the roll-ups of these organisations stand; those that have none are left out.
    pub async fn rollup_states(
        &self,
        organisations: &[OrganisationId],
    ) -> Result<BTreeMap<OrganisationId, RollupState>> {
        use row::risk_rollup_state::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())))
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(|row| (row.organisation_id.into(), RollupState::of(row))).collect())
    }

    /// Shows what is told of cells of the roll-ups of these organisations, page by page.
    pub async fn pages(
        &self,
        organisations: &[OrganisationId],
        standpoints: &[Standpoint],
        (groups, districts): (Part<'_>, Part<'_>),
        mut show: impl FnMut(OrganisationId, RollupKey, Figures),
    ) -> Result<()> {
        use row::risk_page::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.is_in(organisations.iter().map(|id| id.uuid())))
            .filter(Column::Standpoint.is_in(standpoints.iter().map(|one| one.to_sql())))
            .filter(districts.of(Column::District))
            .all(&self.connection)
            .await?;
        // All together stand first.
        let most = if groups == Part::Together { 1 } else { usize::MAX };
        for row in found {
            let (organisation, standpoint) =
                (row.organisation_id.into(), standpoint(row.organisation_id, &row.standpoint)?);
            let read = Page::read(&row.page, &row.scale, most, |group, figures| {
                if groups.has(group) {
                    let (scale, district) = (row.scale.clone(), row.district.clone());
                    let key = RollupKey { standpoint, scale, group: group.to_owned(), district };
                    show(organisation, key, figures);
                }
            });
            read.ok_or_else(|| corrupt_page(row.organisation_id))?;
        }
        Ok(())
    }

    /// Cells of the roll-ups of these organisations, with all their counts.
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

    /// The cells of an organisation's roll-up of cases that count as these, that are on these groups and in these districts, with
    /// all their counts.
    pub async fn cells_on(
        &self,
        organisation: OrganisationId,
        standpoints: &[Standpoint],
        groups: &BTreeSet<&str>,
        districts: &BTreeSet<&str>,
    ) -> Result<BTreeMap<RollupKey, Tally>> {
        use row::risk_rollup::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Standpoint.is_in(standpoints.iter().map(|one| one.to_sql())))
            .filter(Column::GroupCode.is_in(groups.iter().copied()))
            .filter(Column::District.is_in(districts.iter().copied()))
            .all(&self.connection)
            .await?;
        found.into_iter().map(|row| cell(row).map(|(_, key, tally)| (key, tally))).collect()
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

    /// All pages of an organisation's roll-up.
    pub async fn whole_pages(&self, organisation: OrganisationId) -> Result<BTreeMap<PageKey, Page>> {
        use row::risk_page::{Column, Entity};
        let found = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .all(&self.connection)
            .await?;
        found.into_iter().map(page).collect()
    }

    /// Organisations whose roll-up lacks rows of the ledger, or has some that are no longer true.
    pub async fn unfolded_organisations(&self) -> Result<Vec<OrganisationId>> {
        use row::risk_ledger::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::OrganisationId)
            .distinct()
            .filter(unfolded())
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

fn page(row: row::risk_page::Model) -> Result<(PageKey, Page)> {
    let mut page = Page::default();
    let read = Page::read(&row.page, &row.scale, usize::MAX, |group, figures| {
        page.0.insert(group.to_owned(), figures);
    });
    read.ok_or_else(|| corrupt_page(row.organisation_id))?;
    let standpoint = standpoint(row.organisation_id, &row.standpoint)?;
    Ok((PageKey { standpoint, scale: row.scale, district: row.district }, page))
}

fn corrupt_page(organisation: Uuid) -> Error {
    Error::corrupt("risk_page", organisation, "the figures cannot be read")
}

impl Tx {
    /// Holds an organisation's roll-up until the transaction ends, and says how it stands; as made by `edition` when
    /// there was none yet.
    pub async fn hold_rollup(&mut self, organisation: OrganisationId, edition: &str) -> Result<RollupState> {
        Ok(RollupState::of(self.hold_row(organisation, edition).await?))
    }

    /// The same, with who makes it.
    pub(super) async fn hold_row(
        &mut self,
        organisation: OrganisationId,
        edition: &str,
    ) -> Result<row::risk_rollup_state::Model> {
        use row::risk_rollup_state::{Column, Entity, Model};
        let row = Model {
            organisation_id: organisation.uuid(),
            edition: edition.to_owned(),
            generation: Some(0),
            maker: None,
            made_until: None,
        };
        Entity::insert(row.clone().into_active_model())
            .on_conflict(OnConflict::column(Column::OrganisationId).do_nothing().to_owned())
            .exec_without_returning(&self.connection)
            .await?;
        let held = Entity::find_by_id(organisation.uuid()).lock_exclusive().one(&self.connection).await?;
        Ok(held.unwrap_or(row))
    }

    /// Notes that a roll-up which is held was changed, as made by this edition, and that nobody makes it any more.
    async fn changed(&mut self, organisation: OrganisationId, edition: &str) -> Result<()> {
        use row::risk_rollup_state::{Column, Entity};
        let generation = Expr::col(Column::Generation).if_null(0_i64).add(1_i64);
        Entity::update_many()
            .col_expr(Column::Edition, Expr::value(edition))
            .col_expr(Column::Generation, generation)
            .col_expr(Column::Maker, Expr::value(None::<String>))
            .col_expr(Column::MadeUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .exec(&self.connection)
            .await?;
        Ok(())
    }

    /// Marks rows of an organisation's cases after one and up to another as in the roll-up that is being made while they
    /// stand, and as past when they do not.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else makes it by now.
    pub async fn mark_all(
        &mut self,
        organisation: OrganisationId,
        (after, to): (Option<AssessmentId>, Option<AssessmentId>),
        generation: i64,
    ) -> Result<()> {
        use row::risk_ledger::{Column, Entity};
        if self.hold_rollup(organisation, "").await?.generation != generation {
            return Err(Error::Conflict);
        }
        let stands = Expr::col(Column::ValidTo).is_null();
        for (which, mark) in [(stands.clone(), Fold::In), (stands.not(), Fold::Past)] {
            Entity::update_many()
                .col_expr(Column::Fold, Expr::value(mark.to_sql()))
                .filter(Column::OrganisationId.eq(organisation.uuid()))
                .apply_if(after, |query, after| query.filter(Column::AssessmentId.gt(after.uuid())))
                .apply_if(to, |query, to| query.filter(Column::AssessmentId.lte(to.uuid())))
                .filter(Column::Fold.ne(mark.to_sql()))
                .filter(which)
                .exec(&self.connection)
                .await?;
        }
        Ok(())
    }

    /// Writes an organisation's roll-up that was made anew by this edition, in the place of what was there.
    ///
    /// # Errors
    /// [`Error::Conflict`] when somebody else makes it by now.
    pub async fn write_rollup(
        &mut self,
        organisation: OrganisationId,
        edition: &str,
        generation: i64,
        cells: BTreeMap<RollupKey, Tally>,
    ) -> Result<()> {
        use row::{risk_page, risk_rollup};
        if self.hold_rollup(organisation, "").await?.generation != generation {
            return Err(Error::Conflict);
        }
        let id = organisation.uuid();
        risk_rollup::Entity::delete_many()
            .filter(risk_rollup::Column::OrganisationId.eq(id))
            .exec(&self.connection)
            .await?;
        risk_page::Entity::delete_many()
            .filter(risk_page::Column::OrganisationId.eq(id))
            .exec(&self.connection)
            .await?;
        let mut pages: BTreeMap<PageKey, Page> = BTreeMap::new();
        for (key, tally) in &cells {
            pages.entry(key.page()).or_default().put(&key.group, tally, &key.scale);
        }
        self.put_cells(organisation, cells).await?;
        self.put_pages(organisation, pages).await?;
        self.changed(organisation, edition).await
    }

    /// Adds to the cells of an organisation's roll-up, which is held, what these rows come to, and notes that the rows are
    /// in it, or no longer.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one of the rows stands to the roll-up otherwise by now: nothing of this may be
    /// committed.
    pub async fn fold(
        &mut self,
        organisation: OrganisationId,
        edition: &str,
        entries: &[Entry],
        cells: BTreeMap<RollupKey, Tally>,
    ) -> Result<()> {
        use row::risk_page::{Column, Entity};
        let groups: BTreeSet<&str> = cells.keys().map(|key| key.group.as_str()).collect();
        let districts: BTreeSet<&str> = cells.keys().map(|key| key.district.as_str()).collect();
        let mut there = self.read().cells_on(organisation, Standpoint::ALL, &groups, &districts).await?;
        let pages = Entity::find()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::District.is_in(districts.iter().copied()))
            .all(&self.connection)
            .await?;
        let pages = pages.into_iter().map(page);
        let mut pages: BTreeMap<PageKey, Page> = pages.collect::<Result<_>>()?;
        let touched: BTreeSet<PageKey> = cells.keys().map(RollupKey::page).collect();
        pages.retain(|key, _| touched.contains(key));
        let mut written = BTreeMap::new();
        for (key, more) in cells {
            let mut tally = there.remove(&key).unwrap_or_default();
            tally.add(&more, 1);
            pages.entry(key.page()).or_default().put(&key.group, &tally, &key.scale);
            written.insert(key, tally);
        }
        self.put_cells(organisation, written).await?;
        self.put_pages(organisation, pages).await?;
        for (from, to) in [(Fold::Add, Fold::In), (Fold::Out, Fold::Past)] {
            let of = entries.iter().filter(|entry| entry.fold == from);
            let keys: Vec<_> = of.map(|entry| (entry.case.uuid(), entry.number)).collect();
            for some in keys.chunks(AT_ONCE) {
                if self.mark(some, from, to).await? != some.len() as u64 {
                    return Err(Error::Conflict);
                }
            }
        }
        self.changed(organisation, edition).await
    }

    async fn put_cells(&mut self, of: OrganisationId, cells: BTreeMap<RollupKey, Tally>) -> Result<()> {
        use row::risk_rollup::{Column, Entity, Model};
        let rows: Vec<Model> = cells
            .into_iter()
            .map(|(key, tally)| Model {
                organisation_id: of.uuid(),
                standpoint: key.standpoint.to_sql(),
                scale: key.scale,
                group_code: key.group,
                district: key.district,
                tally: tally.write(),
            })
            .collect();
        let key =
            [Column::OrganisationId, Column::Standpoint, Column::GroupCode, Column::District, Column::Scale];
        let written = OnConflict::columns(key).update_column(Column::Tally).to_owned();
        for some in rows.chunks(AT_ONCE) {
            Entity::insert_many(some.iter().map(|row| row.clone().into_active_model()))
                .on_conflict(written.clone())
                .exec_without_returning(&self.connection)
                .await?;
        }
        Ok(())
    }

    async fn put_pages(&mut self, of: OrganisationId, pages: BTreeMap<PageKey, Page>) -> Result<()> {
        use row::risk_page::{Column, Entity, Model};
        let rows: Vec<Model> = pages
            .into_iter()
            .map(|(key, page)| Model {
                organisation_id: of.uuid(),
                standpoint: key.standpoint.to_sql(),
                scale: key.scale,
                district: key.district,
                page: page.write(),
            })
            .collect();
        let key = [Column::OrganisationId, Column::Standpoint, Column::District, Column::Scale];
        let written = OnConflict::columns(key).update_column(Column::Page).to_owned();
        for some in rows.chunks(AT_ONCE) {
            Entity::insert_many(some.iter().map(|row| row.clone().into_active_model()))
                .on_conflict(written.clone())
                .exec_without_returning(&self.connection)
                .await?;
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
