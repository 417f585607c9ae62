//! Entering cases that were there before there was a ledger.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    sea_query::OnConflict,
};
use uuid::Uuid;

use super::ledger;
use crate::{
    domain::{
        case::{Case, Pinned},
        form::FormSubject,
        id::{Identifier, OrganisationId},
        rating::Scale,
        risk::Contribution,
        settings::Settings,
        workflow::{Phase, Standing},
    },
    store::{Error, Result, Store, case, codec, row},
};

/// Cases that are entered at once.
const CASES: u64 = 200;

/// What contributions rest on beside the cases, each read once.
#[derive(Default)]
struct Known {
    scales: HashMap<OrganisationId, Option<Arc<Scale>>>,
    /// Whether a form is about a proposal.
    forms: HashMap<(OrganisationId, Pinned), bool>,
}

impl Store {
    /// Enters cases that the ledger does not have, as they stand since they last changed. A case that cannot be read
    /// is left out; the audit names it.
    pub(crate) async fn write_ledger(&self) -> Result<()> {
        use row::{assessment, risk_ledger};
        let mut known = Known::default();
        let mut last = Uuid::nil();
        loop {
            let done = risk_ledger::Entity::find().select_only().column(risk_ledger::Column::AssessmentId);
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
                    entries.push(ledger::entry(&case, &contribution, case.updated_at)?);
                }
            }
            self.write(async |tx| {
                let key = [risk_ledger::Column::AssessmentId, risk_ledger::Column::Number];
                for row in entries {
                    risk_ledger::Entity::insert(row.into_active_model())
                        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
                        .exec_without_returning(&tx.connection)
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
