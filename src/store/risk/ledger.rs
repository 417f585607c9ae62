//! The ledger: what each case contributed, from when to when. A row is closed and never changed.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::Selection;
use crate::{
    domain::{
        case::Case,
        id::{AssessmentId, Identifier, OrganisationId},
        risk::{Contribution, Standpoint},
        words,
    },
    store::{
        Reader, Result, Tx, codec,
        row::risk_ledger::{Column, Entity, Model},
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
}

/// Which rows are read.
#[derive(Clone, Copy, Debug)]
pub enum Rows<'a> {
    /// Those of a picture, as at an instant or as they stand, in these service lines and programmes where some are
    /// named.
    Picture {
        /// Which cases.
        selection: &'a Selection,
        /// When.
        as_at: Option<DateTime<Utc>>,
        /// Service lines.
        service_lines: &'a [String],
        /// Programmes.
        programmes: &'a [String],
    },
    /// Those of these cases, as they stand.
    Of(&'a [AssessmentId]),
    /// Those of these organisations that the roll-up does not have as they stand.
    Unfolded(&'a [OrganisationId]),
    /// Those of an organisation that are in the roll-up.
    Folded(OrganisationId),
    /// Every one of these cases.
    Every(&'a [AssessmentId]),
}

impl Rows<'_> {
    fn condition(self) -> Condition {
        let ids = |ids: &[AssessmentId]| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        let organisations = |ids: &[OrganisationId]| ids.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>();
        match self {
            Self::Picture { selection, as_at, service_lines, programmes } => {
                let mut of =
                    Condition::any().add(Column::OrganisationId.is_in(organisations(&selection.own)));
                if !selection.shared.is_empty() {
                    of = of.add(Column::AssessmentId.is_in(ids(&selection.shared)));
                }
                let mut all = Condition::all().add(of);
                all = match as_at {
                    None => all.add(Column::ValidTo.is_null()),
                    Some(at) => all
                        .add(Column::ValidFrom.lte(at))
                        .add(Condition::any().add(Column::ValidTo.is_null()).add(Column::ValidTo.gt(at))),
                };
                if !selection.kept.is_empty() {
                    all = all.add(Column::AssessmentId.is_not_in(ids(&selection.kept)));
                }
                if !service_lines.is_empty() {
                    all = all.add(Column::ServiceLine.is_in(service_lines));
                }
                if !programmes.is_empty() {
                    all = all.add(Column::Programme.is_in(programmes));
                }
                all
            }
            Self::Of(cases) => {
                Condition::all().add(Column::AssessmentId.is_in(ids(cases))).add(Column::ValidTo.is_null())
            }
            Self::Unfolded(of) => Condition::all()
                .add(Column::Fold.is_in([Fold::Add, Fold::Out].map(Fold::to_sql)))
                .add(Column::OrganisationId.is_in(organisations(of))),
            Self::Folded(of) => Condition::all()
                .add(Column::Fold.is_in([Fold::In, Fold::Out].map(Fold::to_sql)))
                .add(Column::OrganisationId.eq(of.uuid())),
            Self::Every(cases) => Condition::all().add(Column::AssessmentId.is_in(ids(cases))),
        }
    }
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

pub(super) fn read(row: Model) -> Result<Entry> {
    let id = format!("{} {}", row.assessment_id, row.number);
    Ok(Entry {
        case: row.assessment_id.into(),
        number: row.number,
        organisation: row.organisation_id.into(),
        from: row.valid_from,
        to: row.valid_to,
        fold: codec::word!(Fold, "risk_ledger", &id, &row.fold)?,
        contribution: codec::document("risk_ledger", &id, row.document.as_bytes())?,
    })
}

/// What a closed row is to the roll-up.
pub(super) fn closing() -> sea_orm::sea_query::SimpleExpr {
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
    let mut row = entry(case, contribution, at)?;
    if let Some(stands) = last.first() {
        let one = last.iter().filter(|row| row.valid_to.is_none()).count() == 1;
        let columns = |row: &Model| (row.standpoint.clone(), row.service_line.clone(), row.programme.clone());
        let same = stands.document == row.document
            && stands.organisation_id == row.organisation_id
            && columns(stands) == columns(&row);
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
pub(super) fn entry(case: &Case, contribution: &Contribution, at: DateTime<Utc>) -> Result<Model> {
    Ok(Model {
        assessment_id: case.id.uuid(),
        number: 1,
        organisation_id: case.organisation.uuid(),
        valid_from: codec::instant(at),
        valid_to: None,
        standpoint: contribution.standpoint.to_sql(),
        service_line: contribution.service_line.clone(),
        programme: contribution.programme.clone(),
        document: codec::text(contribution)?,
        fold: Fold::Add.to_sql(),
    })
}

/// As what a case counts, by its row.
pub(super) fn standpoint(id: Uuid, text: &str) -> Result<Standpoint> {
    codec::word!(Standpoint, "risk_rollup", id, text)
}
