//! The ledger: what each case contributed, from when to when. A row is closed and never changed.
//!
//! A row is read in one of two ways: page by page in the order of cases ([`Reader::ledger`]), or as one stream in whatever order
//! the database finds best ([`Snapshot::each_line`]), of which no more is held than the row at hand.

use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, SimpleExpr},
};
use uuid::Uuid;

use super::{Selection, Snapshot};
use crate::{
    domain::{
        case::Case,
        id::{AssessmentId, Identifier, OrganisationId},
        risk::{Contribution, ExposureDimension, Filter, Key, Standpoint},
        words,
    },
    store::{
        Error, Reader, Result, Tx, codec,
        row::{
            impact_group,
            risk_ledger::{Column, Entity, Model},
        },
    },
};

words! {
    /// How a row of the ledger stands to the roll-up.
    Fold {
        /// It stands, and is to be added.
        Add = "ADD",
        /// It stands, and is in it.
        In = "IN",
        /// It was closed, and is to be taken out.
        Out = "OUT",
        /// It was closed, and is not in it.
        Past = "PAST",
    }
}

/// A row of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whose contribution.
    pub case: AssessmentId,
    /// Counts the case's rows, from 1.
    pub number: i64,
    /// The organisation of the case.
    pub organisation: OrganisationId,
    /// From when on.
    pub from: DateTime<Utc>,
    /// Until when; `None` while it stands.
    pub to: Option<DateTime<Utc>>,
    /// How it stands to the roll-up.
    pub fold: Fold,
    /// What the case contributed.
    pub contribution: Contribution,
    /// Whether it is packed, counts groups as they are counted today, and its columns say the same.
    pub sound: bool,
}

/// What of a row is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Whose contribution.
    pub case: AssessmentId,
    /// The organisation of the case.
    pub organisation: OrganisationId,
    /// How it stands to the roll-up.
    pub fold: Fold,
    /// What the case contributed.
    pub contribution: Contribution,
}

/// A part of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// What the picture was cut by.
    pub by: &'a [ExposureDimension],
    /// Which part it is.
    pub key: &'a Key,
    /// The codes of what counts for its group, as far as they are those of the organisations that are overseen.
    pub groups: &'a [String],
}

/// Which rows are read.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// Those that a picture may have, as at an instant or as they stand: no row that it has is missing, and what of the filter
    /// is not in columns is asked of what was read.
    Picture {
        /// Which cases.
        selection: &'a Selection,
        /// When.
        as_at: Option<DateTime<Utc>>,
        /// What it asks.
        filter: &'a Filter,
        /// Only those that may be in this part of it.
        part: Option<Part<'a>>,
    },
    /// Those of these cases, as they stand.
    Of(&'a [AssessmentId]),
    /// Those of the cases that were shared, as they stand, but for those that are kept from whoever looks.
    Shared(&'a Selection),
    /// Those of these organisations that the roll-up does not have as they stand.
    Unfolded(&'a [OrganisationId]),
    /// Those of an organisation that are in the roll-up.
    Folded(OrganisationId),
    /// Every one of these cases.
    Every(&'a [AssessmentId]),
}

impl Rows<'_> {
    fn condition(self) -> Condition {
        match self {
            Self::Picture { selection, .. } => {
                self.beside().add(selection.has(Column::OrganisationId, Column::AssessmentId))
            }
            _ => self.beside(),
        }
    }

    /// The same in parts that have no row in common, for whoever reads them in no order.
    fn conditions(self) -> Vec<Condition> {
        match self {
            Self::Picture { selection, .. } => {
                let parts = selection.parts(Column::OrganisationId, Column::AssessmentId);
                parts.into_iter().map(|part| self.beside().add(part)).collect()
            }
            _ => vec![self.beside()],
        }
    }

    /// What rows must be beside being of a picture's cases.
    fn beside(self) -> Condition {
        let ids = |ids: &[AssessmentId]| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        let organisations = |ids: &[OrganisationId]| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        match self {
            Self::Picture { selection, as_at, filter, part } => {
                let mut all = asked(filter);
                all = match as_at {
                    None => all.add(Column::ValidTo.is_null()),
                    Some(at) => all
                        .add(Column::ValidFrom.lte(at))
                        .add(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gt(at))),
                };
                match part {
                    Some(part) => all.add(within(part, selection, as_at.is_none())),
                    None => all,
                }
            }
            Self::Of(cases) => {
                Condition::all().add(Column::AssessmentId.is_in(ids(cases))).add(Column::ValidTo.is_null())
            }
            Self::Shared(selection) => {
                let shared = selection.is_shared(Column::OrganisationId, Column::AssessmentId);
                let kept = Column::AssessmentId.is_not_in(selection.kept.iter().map(|id| id.uuid()));
                shared.add(kept).add(Column::ValidTo.is_null())
            }
            Self::Unfolded(of) => {
                Condition::all().add(unfolded()).add(Column::OrganisationId.is_in(organisations(of)))
            }
            Self::Folded(of) => Condition::all()
                .add(Column::Fold.is_in([Fold::In, Fold::Out].map(Fold::to_sql)))
                .add(Column::OrganisationId.eq(of.uuid())),
            Self::Every(cases) => Condition::all().add(Column::AssessmentId.is_in(ids(cases))),
        }
    }
}

/// What waits for the roll-up, in the words of the index over just these rows, which neither database uses for others.
pub(super) fn unfolded() -> SimpleExpr {
    Expr::cust("fold IN ('add', 'out')")
}

/// What a filter asks that stands in columns; a day that is missing may be any.
fn asked(filter: &Filter) -> Condition {
    let mut standpoints: Vec<Standpoint> =
        filter.standings.iter().map(|standing| Standpoint::from(*standing)).collect();
    standpoints.push(Standpoint::Draft);
    let mut all = Condition::all().add(Column::Standpoint.is_in(standpoints.iter().map(|one| one.to_sql())));
    if !filter.service_lines.is_empty() {
        all = all.add(Column::ServiceLine.is_in(&filter.service_lines));
    }
    if !filter.programmes.is_empty() {
        all = all.add(Column::Programme.is_in(&filter.programmes));
    }
    if let Some(day) = filter.live_on {
        all = all
            .add(Condition::any().add(Column::EffectiveFrom.is_null()).add(Column::EffectiveFrom.lte(day)))
            .add(Condition::any().add(Column::EffectiveTo.is_null()).add(Column::EffectiveTo.gte(day)));
    }
    all
}

/// What rows of this part have in common, as far as it stands in columns; as they stand now, by the groups of cases too.
fn within(part: Part<'_>, selection: &Selection, now: bool) -> Condition {
    let Part { by, key, groups } = part;
    let by = |dimension| by.contains(&dimension);
    let named = |column: Column, name: Option<&String>| match name {
        Some(name) => column.eq(name),
        None => column.is_null(),
    };
    let mut all = Condition::all();
    if by(ExposureDimension::Organisation) {
        all = all.add(Column::OrganisationId.is_in(key.organisation.map(Identifier::uuid)));
    }
    if by(ExposureDimension::ServiceLine) {
        all = all.add(named(Column::ServiceLine, key.service_line.as_ref()));
    }
    if by(ExposureDimension::Programme) {
        all = all.add(named(Column::Programme, key.programme.as_ref()));
    }
    if key.group.is_some() && now {
        let cases = impact_group::Entity::find()
            .select_only()
            .column(impact_group::Column::AssessmentId)
            .filter(impact_group::Column::GroupCode.is_in(groups));
        let on = Column::AssessmentId.in_subquery(cases.into_query());
        all = all.add(selection.or_shared(on, Column::OrganisationId, Column::AssessmentId));
    }
    all
}

/// Where the next page of rows begins.
pub type After = (AssessmentId, i64);

impl Reader<'_> {
    /// Rows of the ledger after this one, in order, at most `limit`.
    pub async fn ledger(&self, rows: Rows<'_>, after: Option<After>, limit: u64) -> Result<Vec<Entry>> {
        let found = Entity::find()
            .filter(rows.condition())
            .apply_if(after, |query, (case, number)| {
                let later =
                    Condition::all().add(Column::AssessmentId.eq(case.uuid())).add(Column::Number.gt(number));
                let after = Condition::any().add(Column::AssessmentId.gt(case.uuid())).add(later);
                // Said once more so that an index begins there.
                query.filter(Condition::all().add(Column::AssessmentId.gte(case.uuid())).add(after))
            })
            .order_by_asc(Column::AssessmentId)
            .order_by_asc(Column::Number)
            .limit(limit)
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }
}

impl Snapshot {
    /// Shows every one of these rows, in no order; nothing else may be asked of the snapshot until all are shown.
    pub async fn each_line(&self, rows: Rows<'_>, mut show: impl FnMut(Line)) -> Result<()> {
        type Columns = (Uuid, Uuid, String, Option<Vec<u8>>, String);
        for condition in rows.conditions() {
            let mut lines = Entity::find()
                .select_only()
                .columns([
                    Column::AssessmentId,
                    Column::OrganisationId,
                    Column::Fold,
                    Column::Packed,
                    Column::Document,
                ])
                .filter(condition)
                .into_tuple::<Columns>()
                .stream(&self.0)
                .await?;
            while let Some((case, organisation, fold, packed, document)) = lines.try_next().await? {
                show(Line {
                    case: case.into(),
                    organisation: organisation.into(),
                    fold: codec::word!(Fold, "risk_ledger", case, &fold)?,
                    contribution: contribution(case, packed.as_deref(), &document)?,
                });
            }
        }
        Ok(())
    }
}

/// What a row says: packed, or in the document that rows had before.
pub(super) fn contribution(case: Uuid, packed: Option<&[u8]>, document: &str) -> Result<Contribution> {
    match packed {
        Some(packed) => Contribution::unpack(packed)
            .ok_or_else(|| Error::corrupt("risk_ledger", case, "what it contributed cannot be read")),
        None => codec::document("risk_ledger", case, document.as_bytes()),
    }
}

pub(super) fn read(row: Model) -> Result<Entry> {
    let id = format!("{} {}", row.assessment_id, row.number);
    let contribution = contribution(row.assessment_id, row.packed.as_deref(), &row.document)?;
    let Contribution { service_line, programme, effective_from, effective_to, .. } = &contribution;
    let sound = row.packed.is_some()
        && row.counting == Some(Contribution::COUNTING)
        && row.standpoint == contribution.standpoint.to_sql()
        && (&row.service_line, &row.programme) == (service_line, programme)
        && (&row.effective_from, &row.effective_to) == (effective_from, effective_to);
    Ok(Entry {
        case: row.assessment_id.into(),
        number: row.number,
        organisation: row.organisation_id.into(),
        from: row.valid_from,
        to: row.valid_to,
        fold: codec::word!(Fold, "risk_ledger", &id, &row.fold)?,
        contribution,
        sound,
    })
}

/// What a closed row is to the roll-up.
pub(super) fn closing() -> SimpleExpr {
    let is = Expr::col(Column::Fold).eq(Fold::Add.to_sql());
    Expr::case(is, Fold::Past.to_sql()).finally(Fold::Out.to_sql()).into()
}

/// Enters what a case contributes from now on, when that is not what it contributed before.
pub(crate) async fn keep(
    case: &Case,
    contribution: &Contribution,
    at: DateTime<Utc>,
    tx: &DatabaseTransaction,
) -> Result<()> {
    let last = Entity::find()
        .filter(Column::AssessmentId.eq(case.id.uuid()))
        .order_by_desc(Column::Number)
        .limit(2)
        .all(tx)
        .await?;
    let mut row = entry(case, contribution, at);
    if let Some(stands) = last.first() {
        let one = last.iter().filter(|row| row.valid_to.is_none()).count() == 1;
        let same = says_the_same(stands, &row);
        if one && stands.valid_to.is_none() && same {
            return Ok(());
        }
        // Clocks of several processes may differ: nothing ends before it began.
        row.valid_from = stands.valid_to.unwrap_or_else(|| Ord::max(row.valid_from, stands.valid_from));
        row.number = stands.number + 1;
        Entity::update_many()
            .col_expr(Column::ValidTo, Expr::value(row.valid_from))
            .col_expr(Column::Fold, closing())
            .filter(Column::AssessmentId.eq(stands.assessment_id))
            .filter(Column::ValidTo.is_null())
            .exec(tx)
            .await?;
    }
    Entity::insert(row.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// Whether two rows say the same of their case, in columns too.
pub(super) fn says_the_same(one: &Model, other: &Model) -> bool {
    let columns = |row: &Model| {
        let names = (row.standpoint.clone(), row.service_line.clone(), row.programme.clone());
        (row.organisation_id, names, row.effective_from, row.effective_to)
    };
    let bytes = one.packed.is_some() && one.packed == other.packed;
    bytes && one.counting == other.counting && columns(one) == columns(other)
}

impl Tx {
    /// Enters what a case contributes, whatever the ledger says of it.
    pub async fn enter_case(
        &mut self,
        case: &Case,
        contribution: &Contribution,
        at: DateTime<Utc>,
    ) -> Result<()> {
        keep(case, contribution, at, &self.connection).await
    }
}

/// The first row of a case.
pub(super) fn entry(case: &Case, contribution: &Contribution, at: DateTime<Utc>) -> Model {
    Model {
        assessment_id: case.id.uuid(),
        number: 1,
        organisation_id: case.organisation.uuid(),
        valid_from: codec::instant(at),
        valid_to: None,
        standpoint: contribution.standpoint.to_sql(),
        service_line: contribution.service_line.clone(),
        programme: contribution.programme.clone(),
        document: String::new(),
        fold: Fold::Add.to_sql(),
        packed: Some(contribution.pack()),
        effective_from: contribution.effective_from,
        effective_to: contribution.effective_to,
        counting: Some(Contribution::COUNTING),
    }
}

/// As what a case counts, by its row.
pub(super) fn standpoint(id: Uuid, text: &str) -> Result<Standpoint> {
    codec::word!(Standpoint, "risk_rollup", id, text)
}
