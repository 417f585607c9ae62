//! Tasks of stored cases, derived anew once a version of the program derives them otherwise.

use std::{collections::HashMap, sync::Arc};

use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{LockType, OnConflict},
};
use uuid::Uuid;

use super::{
    Error, Result, Store, Tx, case,
    definition::DefinitionKind,
    projection, row,
    task::{TaskRow, rows},
};
use crate::domain::{
    case::{Case, Pinned},
    definition::Definition as _,
    id::{Identifier, OrganisationId},
    settings::Settings,
    task,
    workflow::definition::Workflow,
};

/// Cases of which tasks are derived in one transaction.
const CASES: u64 = 100;
/// What is derived, as the database calls it.
const TASKS: &str = "task";
/// The way in which [`task::listed`] derives tasks. A version that derives others, or says
/// something else of them, raises it, and those of stored cases follow.
const EDITION: i64 = 3;

/// What tasks rest on beside the cases, each read once; nothing where it cannot be read.
#[derive(Default)]
struct Known {
    workflows: HashMap<(OrganisationId, Pinned), Option<Arc<Workflow>>>,
    settings: HashMap<OrganisationId, Option<Arc<Settings>>>,
}

impl Store {
    /// Derives the tasks of all cases anew where that was last done in another way. Cut off, it begins again, and writes no
    /// more than is not as it should be. A case that cannot be read is left out; the audit names it.
    pub(super) async fn write_tasks(&self) -> Result<()> {
        use row::derivation::{Column, Entity, Model};
        let last = Entity::find_by_id(TASKS.to_owned()).one(&self.read).await?;
        if last.is_some_and(|last| last.edition == EDITION) {
            return Ok(());
        }
        let mut known = Known::default();
        let mut next = Some(Uuid::nil());
        while let Some(after) = next {
            next = self.write(async |tx| tx.derive_tasks(after, &mut known).await).await?;
        }
        let done = Model { name: TASKS.to_owned(), edition: EDITION };
        let anew = OnConflict::column(Column::Name).update_column(Column::Edition).to_owned();
        Entity::insert(done.into_active_model())
            .on_conflict(anew)
            .exec_without_returning(&self.write)
            .await?;
        Ok(())
    }
}

impl Tx {
    /// Derives the tasks of some cases after this one, none of which changes meanwhile. The last of those; nothing when there
    /// are none.
    async fn derive_tasks(&mut self, after: Uuid, known: &mut Known) -> Result<Option<Uuid>> {
        use row::{
            assessment,
            task::{Column, Entity},
        };
        let some = assessment::Entity::find()
            .filter(assessment::Column::Id.gt(after))
            .order_by_asc(assessment::Column::Id)
            .limit(CASES)
            .lock(LockType::NoKeyUpdate)
            .all(&self.connection)
            .await?;
        let last = some.last().map(|row| row.id);
        let (mut derived, mut tasks) = (Vec::new(), Vec::new());
        for case in some.into_iter().filter_map(|row| case::read(row).ok()) {
            let workflow = self.workflow_of(&case, known).await?;
            let settings = self.settings_of(case.organisation, known).await?;
            let (Some(workflow), Some(settings)) = (workflow, settings) else { continue };
            let listed = task::listed(&case, &workflow, settings.composition());
            let listed: Vec<TaskRow> = listed.into_iter().map(TaskRow::from).collect();
            tasks.extend(rows(&case, &listed));
            derived.push(case.id.uuid());
        }
        let before = Entity::find().filter(Column::AssessmentId.is_in(derived)).all(&self.connection).await?;
        projection::sync::<Entity>(before, tasks, &self.connection).await?;
        Ok(last)
    }

    /// The workflow that a case keeps.
    async fn workflow_of(&self, case: &Case, known: &mut Known) -> Result<Option<Arc<Workflow>>> {
        let of = (case.organisation, case.workflow.clone());
        if let Some(workflow) = known.workflows.get(&of) {
            return Ok(workflow.clone());
        }
        let Pinned { key, version } = &case.workflow;
        let owner = (!Workflow::is_reserved(key)).then_some(case.organisation);
        let workflow = match self.read().definition(DefinitionKind::Workflow, key, *version, owner).await {
            Ok(found) => found.and_then(|found| Workflow::read(&found.document).ok()).map(Arc::new),
            Err(Error::Corrupt { .. }) => None,
            Err(other) => return Err(other),
        };
        known.workflows.insert(of, workflow.clone());
        Ok(workflow)
    }

    /// The settings of an organisation.
    async fn settings_of(&self, id: OrganisationId, known: &mut Known) -> Result<Option<Arc<Settings>>> {
        if let Some(settings) = known.settings.get(&id) {
            return Ok(settings.clone());
        }
        let found = row::organisation::Entity::find_by_id(id.uuid()).one(&self.connection).await?;
        let settings = found.and_then(|found| serde_json::from_str::<Settings>(&found.settings).ok());
        let settings = settings.map(Arc::new);
        known.settings.insert(id, settings.clone());
        Ok(settings)
    }
}
