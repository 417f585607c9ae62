//! Entering cases: those that were there before there was a ledger, those of which it says something else, and rows that were
//! written by an earlier version, before rows were packed or groups counted for those that they lie within.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{Expr, ExprTrait, LockType, OnConflict, Order},
};
use uuid::Uuid;

use super::ledger;
use crate::{
    domain::{
        assessment::Frame,
        case::{Case, Pinned},
        form::FormSubject,
        group::Catalogue,
        id::{AssessmentId, Identifier, OrganisationId},
        rating::Scale,
        risk::Contribution,
        settings::Settings,
        workflow::{Phase, Standing},
    },
    store::{
        Error, Result, Store, Tx,
        case::{self, Noun},
        codec, projection,
        row::{
            self,
            risk_ledger::{ActiveModel, Column, Entity, Model},
        },
    },
};

/// Cases that are entered at once.
const CASES: u64 = 500;
/// Rows in one statement.
const AT_ONCE: usize = 100;
/// The edition of a roll-up that no edition made.
const STALE: &str = "stale";

/// A row, by its case and number.
type Place = (Uuid, i64);

/// By what the contributions of an organisation's cases are counted.
struct Counted {
    scale: Scale,
    groups: Catalogue,
}

/// What contributions rest on beside the cases, each read once.
#[derive(Default)]
struct Known {
    /// Nothing of an organisation whose settings cannot be read.
    counted: HashMap<OrganisationId, Option<Arc<Counted>>>,
    /// Whether a form is about a proposal.
    forms: HashMap<(OrganisationId, Pinned), bool>,
}

impl Store {
    /// Puts right rows that were written by an earlier version, and enters cases that the ledger does not have, as they stand
    /// since they last changed. A case that cannot be read is left out; the audit names it.
    pub(crate) async fn write_ledger(&self) -> Result<()> {
        let mut known = Known::default();
        self.recount_ledger(&mut known).await?;
        let mut last = Uuid::nil();
        loop {
            use row::assessment;
            let done = Entity::find().select_only().column(Column::AssessmentId);
            let without = assessment::Entity::find()
                .filter(assessment::Column::Id.gt(last))
                .filter(assessment::Column::Id.not_in_subquery(done.into_query()))
                .order_by_asc(assessment::Column::Id)
                .limit(CASES)
                .all(&self.read)
                .await?;
            let Some(end) = without.last() else { return Ok(()) };
            last = end.id;
            let mut entries = Vec::new();
            for row in without {
                if let Some((case, contribution)) = self.contributed(row, &mut known).await? {
                    entries.push(ledger::entry(&case, &contribution, case.updated_at));
                }
            }
            self.write(async |tx| tx.add_rows(entries).await).await?;
        }
    }

    /// Writes what the interdependencies of cases rest on that were there before that was kept. A case that cannot be read is left
    /// out; the audit names it.
    pub(crate) async fn write_interdependencies(&self) -> Result<()> {
        use row::{assessment, element, interdependency};
        let mut last = Uuid::nil();
        loop {
            let named = element::Entity::find()
                .select_only()
                .column(element::Column::AssessmentId)
                .filter(element::Column::Noun.eq(Noun::Interdependency.to_sql()));
            let done =
                interdependency::Entity::find().select_only().column(interdependency::Column::AssessmentId);
            let without = assessment::Entity::find()
                .filter(assessment::Column::Id.gt(last))
                .filter(assessment::Column::Id.in_subquery(named.into_query()))
                .filter(assessment::Column::Id.not_in_subquery(done.into_query()))
                .order_by_asc(assessment::Column::Id)
                .limit(CASES)
                .all(&self.read)
                .await?;
            let Some(end) = without.last() else { return Ok(()) };
            last = end.id;
            let cases = without.into_iter().filter_map(|row| case::read(row).ok());
            let rows: Vec<_> = cases.flat_map(|case| projection::interdependencies(&case)).collect();
            self.write(async |tx| {
                use interdependency::{Column, Entity};
                let key = OnConflict::columns([Column::AssessmentId, Column::InterdependencyId]);
                let key = key.clone().do_nothing().to_owned();
                for some in rows.chunks(AT_ONCE) {
                    Entity::insert_many(some.iter().map(|row| row.clone().into_active_model()))
                        .on_conflict(key.clone())
                        .exec_without_returning(&tx.connection)
                        .await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        }
    }

    /// Packs rows of earlier versions and has their impacts count for the groups that theirs lie within, by the organisation's
    /// groups as they are today: what was known on days of the past is then counted like the rest. Nothing else of a row changes. A
    /// row that cannot be read stays as it is; `ehia risk verify` names its case.
    async fn recount_ledger(&self, known: &mut Known) -> Result<()> {
        let mut last = None;
        while let Some((end, rows)) = self.counted_otherwise(last, known).await? {
            last = Some(end);
            self.write(async |tx| tx.put_right(rows).await).await?;
        }
        Ok(())
    }

    /// Whether the ledger has rows that were counted otherwise than this version counts and that can be put right, as after a
    /// migration that was cut off. Where it has none of any other counting, that is two looks at the ends of an index.
    pub(crate) async fn ledger_waits(&self) -> Result<bool> {
        let (mut known, mut last) = (Known::default(), None);
        while let Some((end, rows)) = self.counted_otherwise(last, &mut known).await? {
            if !rows.is_empty() {
                return Ok(true);
            }
            last = Some(end);
        }
        Ok(false)
    }

    /// The next rows after one that were counted otherwise, as they are counted today, without those that cannot be read; with the
    /// last that was looked at. Nothing when there are no more.
    async fn counted_otherwise(
        &self,
        last: Option<Place>,
        known: &mut Known,
    ) -> Result<Option<(Place, Vec<(Model, Contribution)>)>> {
        if last.is_none() && !self.any_counted_otherwise().await? {
            return Ok(None);
        }
        let otherwise =
            Condition::any().add(Column::Counting.is_null()).add(Column::Counting.ne(Contribution::COUNTING));
        let found = Entity::find()
            .filter(otherwise)
            .apply_if(last, |query, (case, number)| {
                let later =
                    Condition::all().add(Column::AssessmentId.eq(case)).add(Column::Number.gt(number));
                // The first says nothing more, but lets the search begin there.
                query
                    .filter(Column::AssessmentId.gte(case))
                    .filter(Condition::any().add(Column::AssessmentId.gt(case)).add(later))
            })
            .order_by_asc(Column::AssessmentId)
            .order_by_asc(Column::Number)
            .limit(CASES)
            .all(&self.read)
            .await?;
        let Some(end) = found.last().map(|end| (end.assessment_id, end.number)) else { return Ok(None) };
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let counted = self.counted_by(row.organisation_id.into(), known).await?;
            let read = ledger::contribution(row.assessment_id, row.packed.as_deref(), &row.document);
            let (Some(counted), Ok(contribution)) = (counted, read) else { continue };
            rows.push((row, contribution.with_ancestors(&counted.groups)));
        }
        Ok(Some((end, rows)))
    }

    /// Whether any row was counted otherwise: then the first or the last of all countings is another, or none, which stands at
    /// the one end on SQLite and at the other on PostgreSQL.
    async fn any_counted_otherwise(&self) -> Result<bool> {
        for order in [Order::Asc, Order::Desc] {
            let end: Option<Option<i64>> = Entity::find()
                .select_only()
                .column(Column::Counting)
                .order_by(Column::Counting, order)
                .limit(1)
                .into_tuple()
                .one(&self.read)
                .await?;
            if end.is_some_and(|counting| counting != Some(Contribution::COUNTING)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// By what the cases of an organisation are counted.
    async fn counted_by(&self, id: OrganisationId, known: &mut Known) -> Result<Option<Arc<Counted>>> {
        if let Some(counted) = known.counted.get(&id) {
            return Ok(counted.clone());
        }
        let found = row::organisation::Entity::find_by_id(id.uuid()).one(&self.read).await?;
        let settings = found.and_then(|found| serde_json::from_str::<Settings>(&found.settings).ok());
        let counted = settings.and_then(|settings| {
            let groups = Catalogue::extended(&settings.groups).ok()?;
            Some(Arc::new(Counted { scale: settings.scale, groups }))
        });
        known.counted.insert(id, counted.clone());
        Ok(counted)
    }

    /// What the case of a row contributes, if it can be read and is about a proposal.
    async fn contributed(
        &self,
        row: row::assessment::Model,
        known: &mut Known,
    ) -> Result<Option<(Case, Contribution)>> {
        let phase = codec::word!(Phase, "assessment", row.id, &row.phase);
        let standing = codec::word!(Standing, "assessment", row.id, &row.standing);
        let (Ok(phase), Ok(standing), Ok(case)) = (phase, standing, case::read(row)) else { return Ok(None) };
        let form = (case.organisation, case.form.clone());
        let about = if let Some(about) = known.forms.get(&form) {
            *about
        } else {
            let found = self.form(form.0, &form.1).await?;
            let about = found.is_none_or(|found| found.about == FormSubject::Proposal);
            known.forms.insert(form, about);
            about
        };
        let counted = self.counted_by(case.organisation, known).await?.filter(|_| about);
        let contribution = counted.map(|counted| {
            let frame = Frame { groups: &counted.groups, scale: &counted.scale };
            Contribution::of(&case, phase, standing, frame)
        });
        Ok(contribution.map(|contribution| (case, contribution)))
    }
}

impl Tx {
    /// Writes what rows of earlier versions say as it is counted today. A roll-up that may have any of them is asked by nobody from
    /// now on, and made anew by the worker; whoever is making it has lost it.
    async fn put_right(&mut self, rows: Vec<(Model, Contribution)>) -> Result<()> {
        use row::risk_rollup_state as state;
        let of: BTreeSet<Uuid> = rows.iter().map(|(row, _)| row.organisation_id).collect();
        let generation = Expr::col(state::Column::Generation).if_null(0_i64).add(1_i64);
        state::Entity::update_many()
            .col_expr(state::Column::Edition, Expr::value(STALE))
            .col_expr(state::Column::Generation, generation)
            .filter(state::Column::OrganisationId.is_in(of))
            .exec(&self.connection)
            .await?;
        for (row, contribution) in rows {
            let right = ActiveModel {
                packed: Set(Some(contribution.pack())),
                document: Set(String::new()),
                effective_from: Set(contribution.effective_from),
                effective_to: Set(contribution.effective_to),
                counting: Set(Some(Contribution::COUNTING)),
                ..ActiveModel::default()
            };
            Entity::update_many()
                .set(right)
                .filter(Column::AssessmentId.eq(row.assessment_id))
                .filter(Column::Number.eq(row.number))
                .exec(&self.connection)
                .await?;
        }
        Ok(())
    }

    /// Adds first rows; of a case that has one by now, nothing.
    async fn add_rows(&mut self, rows: Vec<Model>) -> Result<()> {
        let key = OnConflict::columns([Column::AssessmentId, Column::Number]).do_nothing().to_owned();
        for some in rows.chunks(AT_ONCE) {
            Entity::insert_many(some.iter().map(|row| row.clone().into_active_model()))
                .on_conflict(key.clone())
                .exec_without_returning(&self.connection)
                .await?;
        }
        Ok(())
    }

    /// Enters what these cases contribute, as they were read, in place of what the ledger says of them: of those that have
    /// not changed since. Which these were; of the others nothing is written.
    pub async fn enter_cases(
        &mut self,
        cases: &[(Case, Contribution)],
        at: DateTime<Utc>,
    ) -> Result<Vec<AssessmentId>> {
        use row::assessment;
        let ids = || cases.iter().map(|(case, _)| case.id.uuid());
        let versions: Vec<(Uuid, i64)> = assessment::Entity::find()
            .select_only()
            .columns([assessment::Column::Id, assessment::Column::Version])
            .filter(assessment::Column::Id.is_in(ids()))
            .order_by_asc(assessment::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let versions: BTreeMap<Uuid, i64> = versions.into_iter().collect();
        let there: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .distinct()
            .filter(Column::AssessmentId.is_in(ids()))
            .into_tuple()
            .all(&self.connection)
            .await?;
        let (mut first, mut entered) = (Vec::new(), Vec::new());
        for (case, contribution) in cases {
            if versions.get(&case.id.uuid()) != Some(&i64::from(case.version)) {
                continue;
            }
            entered.push(case.id);
            if there.contains(&case.id.uuid()) {
                ledger::keep(case, contribution, at, &self.connection).await?;
            } else {
                first.push(ledger::entry(case, contribution, case.updated_at));
            }
        }
        self.add_rows(first).await?;
        Ok(entered)
    }
}
