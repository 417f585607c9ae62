//! Moving the running cases of an organisation to another version of their workflow: first said, then done.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    app::{App, Error, Result, case::unknown_organisation, command},
    clock,
    domain::{
        calendar::Moment,
        case::Pinned,
        id::{AssessmentId, Identifier},
        permission::{Actor, Office, permit_in},
        text::{Path, Violation},
        workflow::{definition::Workflow, moving::Move},
    },
};

/// Cases read at once.
const CASES: u64 = 200;
/// How often the move of one case is tried while the database is busy.
const TRIES: u32 = 3;

/// Which cases to move, and whereto.
#[derive(Clone, Debug)]
pub struct MoveCases {
    /// The ODS code of the organisation whose cases they are.
    pub organisation: String,
    /// The key of the workflow; a case never leaves it.
    pub key: String,
    /// Only cases that have this version; all that have another than `to` when absent.
    pub from: Option<u32>,
    /// The version they are to have.
    pub to: u32,
    /// States of the new version by those of the old one; a state that is not named keeps its name.
    pub states: BTreeMap<String, String>,
}

/// One case: where it is, where it would be, and what stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedCase {
    /// The case.
    pub id: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// The version it has, or had.
    pub from: u32,
    /// The state it is in, or was.
    pub state: String,
    /// The state it would be in, or is in now.
    pub target: String,
    /// What stands in the way; it is not moved when anything does.
    pub obstacles: Vec<Violation>,
    /// Whether it was moved.
    pub moved: bool,
}

/// A case that cannot be read, and so is not moved.
fn unreadable(id: AssessmentId, from: u32, error: &Error) -> MovedCase {
    tracing::error!(case = %id, error = error.to_string(), "a case could not be moved");
    let message = "It cannot be read, and stays as it is: the log says why.";
    MovedCase {
        id,
        reference: id.global(),
        from,
        state: String::new(),
        target: String::new(),
        obstacles: vec![Violation::new("UNREADABLE", message, Path::default())],
        moved: false,
    }
}

impl App {
    /// Says of every running case what moving it would do, or with `apply` does it, each case in a transaction of
    /// its own; one in whose way something stands stays as it is. Closed cases stay where they ended. Doing it again
    /// moves what is left. `by` is nobody when the operator acts.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the version is not published, or a state is named that does not exist.
    pub async fn move_cases(
        &self,
        by: Option<&Actor>,
        request: &MoveCases,
        apply: bool,
        moment: Moment,
    ) -> Result<Vec<MovedCase>> {
        let read = self.store.read();
        let found = read.organisation_by_ods_code(&request.organisation).await?;
        let organisation = found.ok_or_else(|| unknown_organisation(&request.organisation))?;
        if let Some(actor) = by {
            permit_in(actor, Office::MoveCases, organisation.id)?;
        }
        let version = |version| Pinned { key: request.key.clone(), version };
        let to: Option<Arc<Workflow>> = self.find_pinned(organisation.id, &version(request.to)).await?;
        let Some(to) = to else {
            let message = format!(
                "Version {} of the workflow `{}` is not published; `ehia workflow list` names those that are.",
                request.to,
                request.key.chars().take(60).collect::<String>()
            );
            return Err(Violation::new("NOT_FOUND", message, Path::of(["to"])).into());
        };
        let mut running = Vec::new();
        loop {
            let after = running.last().map(|(id, _)| *id);
            let some = read.running_on(organisation.id, &request.key, after, CASES).await?;
            if some.is_empty() {
                break;
            }
            running.extend(some);
        }
        running.retain(|(_, version)| {
            *version != request.to && request.from.is_none_or(|from| from == *version)
        });
        let versions: BTreeSet<u32> = running.iter().map(|(_, version)| *version).collect();
        let mut from: BTreeMap<u32, Arc<Workflow>> = BTreeMap::new();
        for old in versions {
            from.insert(old, self.pinned(organisation.id, &version(old)).await?);
        }
        let known: Vec<&Workflow> = from.values().map(|workflow| &**workflow).collect();
        let misnamed =
            if known.is_empty() { Vec::new() } else { Move::misnamed(&request.states, &known, &to) };
        if !misnamed.is_empty() {
            return Err(Error::Invalid(misnamed));
        }
        let mut told = Vec::with_capacity(running.len());
        for (id, version) in running {
            let Some(from) = from.get(&version) else { continue };
            let step = Step { by, from, to: &to, states: &request.states, apply, moment };
            match self.move_case(id, &step).await {
                Ok(moved) => told.extend(moved),
                // One case that cannot be read keeps no other from moving.
                Err(error) => told.push(unreadable(id, version, &error)),
            }
        }
        if told.iter().any(|case| case.moved) {
            self.shared.committed.notify_one();
        }
        Ok(told)
    }

    /// One case; `None` when it is at the version already, or gone.
    async fn move_case(&self, id: AssessmentId, step: &Step<'_>) -> Result<Option<MovedCase>> {
        let Some(case) = self.store.read().case(id).await? else { return Ok(None) };
        if case.workflow.version != step.from.version {
            return Ok(None);
        }
        let surroundings = self.surroundings(id, step.moment).await?;
        let closed = &surroundings.organisation.settings.closed_days;
        let plan = Move { from: step.from, to: step.to, states: step.states };
        let mut told = MovedCase {
            id,
            reference: case.reference.clone(),
            from: step.from.version,
            state: case.state.clone(),
            target: plan.target(&case.state),
            obstacles: plan.apply(&case, closed, step.moment).err().unwrap_or_default(),
            moved: false,
        };
        if !step.apply || !told.obstacles.is_empty() {
            return Ok(Some(told));
        }
        for _ in 0..TRIES {
            match Box::pin(self.move_one(id, step)).await {
                Ok(Some(state)) => {
                    told.target = state;
                    told.moved = true;
                    return Ok(Some(told));
                }
                Ok(None) => return Ok(None),
                Err(Error::Invalid(obstacles)) => {
                    told.obstacles = obstacles;
                    return Ok(Some(told));
                }
                // It was changed or locked meanwhile: it is looked at again as it stands now.
                Err(Error::Retry | Error::Conflict(_)) => {}
                Err(other) => return Err(other),
            }
        }
        let message = "Others are changing it; run the command again.";
        told.obstacles = vec![Violation::new("CONFLICT", message, Path::default())];
        Ok(Some(told))
    }

    /// Load, decide, save, record; who may do it was asked of the organisation. The state it is in then; `None` when
    /// somebody moved it meanwhile.
    async fn move_one(&self, id: AssessmentId, step: &Step<'_>) -> Result<Option<String>> {
        let surroundings = self.surroundings(id, step.moment).await?;
        let moment = step.moment;
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                if case.workflow.version != step.from.version {
                    return Ok(None);
                }
                let before = surroundings.view(case, moment)?;
                let plan = Move { from: step.from, to: step.to, states: step.states };
                let closed = &surroundings.organisation.settings.closed_days;
                let applied = plan.apply(&before.case, closed, moment).map_err(Error::Invalid)?;
                let state = applied.case.state.clone();
                let after = surroundings.with_workflow(step.to.clone());
                let by = step.by.map(|actor| actor.person);
                let mut supply = clock::supply();
                Box::pin(command::commit(tx, &after, &before, applied, by, moment, &mut supply)).await?;
                Ok(Some(state))
            })
            .await
    }
}

/// How one case is moved.
struct Step<'a> {
    by: Option<&'a Actor>,
    from: &'a Arc<Workflow>,
    to: &'a Arc<Workflow>,
    states: &'a BTreeMap<String, String>,
    apply: bool,
    moment: Moment,
}
