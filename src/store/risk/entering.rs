//! Entering cases: those that were there before there was a ledger, those of which it says something else, and rows that were
//! written before rows were packed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use super::ledger;
use crate::{
    domain::{
        case::{Case, Pinned},
        form::FormSubject,
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

/// What contributions rest on beside the cases, each read once.
#[derive(Default)]
struct Known {
    scales: HashMap<OrganisationId, Option<Arc<Scale>>>,
    /// Whether a form is about a proposal.
    forms: HashMap<(OrganisationId, Pinned), bool>,
}

impl Store {
    /// Packs rows that were written before rows were, and enters cases that the ledger does not have, as they stand
    /// since they last changed. A case that cannot be read is left out; the audit names it.
    pub(crate) async fn write_ledger(&self) -> Result<()> {
        self.pack_ledger().await?;
        let mut known = Known::default();
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

    /// A row that cannot be read stays as it is; `ehia risk verify` names its case.
    async fn pack_ledger(&self) -> Result<()> {
        let mut last: Option<(Uuid, i64)> = None;
        loop {
            let plain = Entity::find()
                .filter(Column::Packed.is_null())
                .apply_if(last, |query, (case, number)| {
                    let later =
                        Condition::all().add(Column::AssessmentId.eq(case)).add(Column::Number.gt(number));
                    query.filter(Condition::any().add(Column::AssessmentId.gt(case)).add(later))
                })
                .order_by_asc(Column::AssessmentId)
                .order_by_asc(Column::Number)
                .limit(CASES)
                .all(&self.read)
                .await?;
            let Some(end) = plain.last() else { return Ok(()) };
            last = Some((end.assessment_id, end.number));
            self.write(async |tx| {
                for row in plain {
                    let read = codec::document("risk_ledger", row.assessment_id, row.document.as_bytes());
                    let Ok(contribution) = read else { continue };
                    let contribution: Contribution = contribution;
                    let packed = ActiveModel {
                        packed: Set(Some(contribution.pack())),
                        document: Set(String::new()),
                        effective_from: Set(contribution.effective_from),
                        effective_to: Set(contribution.effective_to),
                        ..ActiveModel::default()
                    };
                    Entity::update_many()
                        .set(packed)
                        .filter(Column::AssessmentId.eq(row.assessment_id))
                        .filter(Column::Number.eq(row.number))
                        .exec(&tx.connection)
                        .await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        }
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
        let scale = if let Some(scale) = known.scales.get(&case.organisation) {
            scale.clone()
        } else {
            let id = case.organisation.uuid();
            let found = row::organisation::Entity::find_by_id(id).one(&self.read).await?;
            let settings = found.map(|found| serde_json::from_str::<Settings>(&found.settings));
            let scale = settings.and_then(|settings| Some(Arc::new(settings.ok()?.scale)));
            known.scales.insert(case.organisation, scale.clone());
            scale
        };
        let contribution =
            scale.filter(|_| about).map(|scale| Contribution::of(&case, phase, standing, &scale));
        Ok(contribution.map(|contribution| (case, contribution)))
    }
}

impl Tx {
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
