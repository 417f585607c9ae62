//! Moving the running cases of an organisation to another version of their workflow: first said, then done.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use tracing::Instrument as _;

use crate::{
    app::{
        App, Error, Result,
        case::unknown_organisation,
        command::{self, Command},
    },
    clock,
    domain::{
        calendar::Moment,
        case::{Case, Pinned},
        definition::Definition as _,
        id::{AssessmentId, Identifier, OrganisationId},
        permission::{Action, Actor, Office, permit, permit_in},
        text::{Path, Violation},
        workflow::{definition::Workflow, engine, moving::Move},
    },
    store::{definition::DefinitionKind, walk::Versions},
};

/// Cases looked at in one request.
const CASES: usize = 50;
/// How often the move of one case is tried while the database is busy.
const TRIES: u32 = 3;

/// Which cases to move, and whereto.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
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

/// Some of the cases of a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MovedSome {
    /// They, in order.
    pub cases: Vec<MovedCase>,
    /// The last that was looked at, when there are more after it.
    pub next: Option<AssessmentId>,
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

/// What keeps these hands from the case: no administrator eases what is asked of their own. The operator is free.
fn separated(by: Option<&Actor>, case: &Case, workflow: &Workflow) -> Option<Violation> {
    permit(by?, Action::Move, case, engine::phase(case, workflow)).err()?;
    let message = "You wrote, sponsor or judge this assessment: another administrator moves it.";
    Some(Violation::new("SEPARATION_OF_DUTIES", message, Path::default()))
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
        let plan = self.plan(by, request).await?;
        let (mut told, mut after) = (Vec::new(), None);
        loop {
            let some = self.running(&plan, after).await?;
            let some = self.move_these(by, &plan, some, apply, moment).await;
            told.extend(some.cases);
            after = some.next;
            if after.is_none() {
                return Ok(told);
            }
        }
    }

    /// The same of at most [`CASES`] cases after this one, in order of identifier, for the organisation's
    /// administrators. What was done under a key is told again under it. Each case is a transaction of its own, so the
    /// key is claimed before the first: of several requests under it at once, one moves.
    ///
    /// # Errors
    /// As [`App::move_cases`]; when the key was used for another request; [`Error::Conflict`] while another request
    /// is under way under it.
    pub async fn move_some(
        &self,
        actor: &Actor,
        request: &MoveCases,
        after: Option<AssessmentId>,
        apply: bool,
        key: Option<&str>,
        moment: Moment,
    ) -> Result<MovedSome> {
        let command = Command::new(actor, "moveCases", key.filter(|_| apply), &(request, after), moment)?;
        let organisation = self.movable(Some(actor), &request.organisation).await?;
        if let Some(first) = self.first(&command).await? {
            return Ok(first);
        }
        let plan = self.plan_in(organisation, request).await?;
        let some = self.running(&plan, after).await?;
        let Some(key) = command.key.map(str::to_owned) else {
            return Ok(self.move_these(Some(actor), &plan, some, apply, moment).await);
        };
        // Whoever asked may be gone before it ends, and asks again then: what was begun under a key is done.
        let (app, actor) = (self.clone(), actor.clone());
        let work = async move { app.move_under(&key, &actor, &plan, some, after, moment).await };
        tokio::spawn(work.in_current_span()).await.map_err(|error| Error::Internal(error.into()))?
    }

    /// Moves these cases, which come after that one, under the key, unless another request does or did.
    async fn move_under(
        &self,
        key: &str,
        actor: &Actor,
        plan: &Plan,
        some: Running,
        after: Option<AssessmentId>,
        moment: Moment,
    ) -> Result<MovedSome> {
        let command = Command::new(actor, "moveCases", Some(key), &(&plan.request, after), moment)?;
        if let Some(first) = self.store.write(async |tx| command.claim_as(tx).await).await? {
            return Ok(first);
        }
        // Nothing below fails: whoever holds the key tells what was done.
        let moved = self.move_these(Some(actor), plan, some, true, moment).await;
        for _ in 0..TRIES {
            match self.store.write(async |tx| command.settle_as(tx, &moved).await).await {
                Ok(()) => break,
                Err(Error::Retry) => {}
                // It took so long that another request took the key over: that one's outcome is what is kept.
                Err(Error::Conflict(_)) => {
                    return self.first(&command).await.map(|first| first.unwrap_or(moved));
                }
                Err(error) => {
                    tracing::error!(error = error.to_string(), "the outcome of a move could not be kept");
                    break;
                }
            }
        }
        Ok(moved)
    }

    /// The organisation, when its cases may be moved.
    async fn movable(&self, by: Option<&Actor>, code: &str) -> Result<OrganisationId> {
        let found = self.store.read().organisation_by_ods_code(code).await?;
        let organisation = found.ok_or_else(|| unknown_organisation(code))?.id;
        if let Some(actor) = by {
            permit_in(actor, Office::MoveCases, organisation)?;
        }
        Ok(organisation)
    }

    async fn plan(&self, by: Option<&Actor>, request: &MoveCases) -> Result<Plan> {
        let organisation = self.movable(by, &request.organisation).await?;
        self.plan_in(organisation, request).await
    }

    /// The versions that cases are moved between; a version that cannot be read keeps only its own cases from moving.
    async fn plan_in(&self, organisation: OrganisationId, request: &MoveCases) -> Result<Plan> {
        let key = &request.key;
        let version = |version| Pinned { key: key.clone(), version };
        let to: Option<Arc<Workflow>> = self.find_pinned(organisation, &version(request.to)).await?;
        let Some(to) = to else {
            let message = format!(
                "Version {} of the workflow `{}` is not published here; name one that is.",
                request.to,
                key.chars().take(60).collect::<String>()
            );
            return Err(Violation::new("NOT_FOUND", message, Path::of(["to"])).into());
        };
        let versions: Vec<u32> = if Workflow::is_reserved(key) {
            Workflow::shipped_all().iter().filter(|one| one.key == *key).map(|one| one.version).collect()
        } else {
            let published = self.store.read().editions(DefinitionKind::Workflow, Some(organisation)).await?;
            published.into_iter().filter(|one| one.key == *key).map(|one| one.version).collect()
        };
        let mut from: BTreeMap<u32, Arc<Workflow>> = BTreeMap::new();
        for old in versions.into_iter().filter(|old| *old != request.to) {
            match self.pinned(organisation, &version(old)).await {
                Ok(workflow) => drop(from.insert(old, workflow)),
                Err(Error::Internal(error)) => tracing::error!("no case moves from version {old}: {error:#}"),
                Err(other) => return Err(other),
            }
        }
        let known: Vec<&Workflow> = from.values().map(|workflow| &**workflow).collect();
        let misnamed = Move::misnamed(&request.states, &known, &to);
        if misnamed.is_empty() {
            Ok(Plan { organisation, request: request.clone(), from, to })
        } else {
            Err(Error::Invalid(misnamed))
        }
    }

    /// The next cases after this one.
    async fn running(&self, plan: &Plan, after: Option<AssessmentId>) -> Result<Running> {
        let MoveCases { key, from, to, .. } = &plan.request;
        let versions = Versions { from: *from, to: *to };
        let mut running =
            self.store.read().running_on(plan.organisation, key, versions, after, CASES as u64 + 1).await?;
        let more = running.len() > CASES;
        running.truncate(CASES);
        let next = running.last().map(|(id, _)| *id).filter(|_| more);
        Ok(Running { cases: running, next })
    }

    /// Moves them, or says what that would do.
    async fn move_these(
        &self,
        by: Option<&Actor>,
        plan: &Plan,
        Running { cases, next }: Running,
        apply: bool,
        moment: Moment,
    ) -> MovedSome {
        let mut told = Vec::with_capacity(cases.len());
        for (id, version) in cases {
            let moved = match plan.from.get(&version) {
                Some(from) => {
                    let step = Step { by, from, to: &plan.to, states: &plan.request.states, apply, moment };
                    self.move_case(id, &step).await
                }
                None => Err(Error::Internal(anyhow::anyhow!("its version {version} cannot be read"))),
            };
            match moved {
                Ok(moved) => told.extend(moved),
                // One case that cannot be read keeps no other from moving.
                Err(error) => told.push(unreadable(id, version, &error)),
            }
        }
        if told.iter().any(|case| case.moved) {
            self.shared.committed.notify_one();
        }
        MovedSome { cases: told, next }
    }

    /// One case; `None` when it is at another version by now, or gone.
    async fn move_case(&self, id: AssessmentId, step: &Step<'_>) -> Result<Option<MovedCase>> {
        let Some(case) = self.store.read().case(id).await? else { return Ok(None) };
        if step.apply && case.workflow.version == step.to.version {
            return Ok(Some(step.done(&case)));
        }
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
            obstacles: match separated(step.by, &case, step.from) {
                Some(obstacle) => vec![obstacle],
                None => plan.apply(&case, closed, step.moment).err().unwrap_or_default(),
            },
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

    /// Load, authorise, decide, save, record. The state it is in then; `None` when somebody moved it elsewhere.
    async fn move_one(&self, id: AssessmentId, step: &Step<'_>) -> Result<Option<String>> {
        let surroundings = self.surroundings(id, step.moment).await?;
        let moment = step.moment;
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                if case.workflow.version == step.to.version {
                    return Ok(Some(case.state));
                }
                if case.workflow.version != step.from.version {
                    return Ok(None);
                }
                if let Some(obstacle) = separated(step.by, &case, step.from) {
                    return Err(obstacle.into());
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

/// A move that can be made.
struct Plan {
    organisation: OrganisationId,
    request: MoveCases,
    /// The versions that cases may have, as far as they can be read.
    from: BTreeMap<u32, Arc<Workflow>>,
    to: Arc<Workflow>,
}

/// Some of the cases that may be moved, with the version of each.
struct Running {
    cases: Vec<(AssessmentId, u32)>,
    /// The last of them, when there are more after it.
    next: Option<AssessmentId>,
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

impl Step<'_> {
    /// A case that somebody moved there since it was listed: it is where it was to be.
    fn done(&self, case: &Case) -> MovedCase {
        MovedCase {
            id: case.id,
            reference: case.reference.clone(),
            from: self.from.version,
            state: case.state.clone(),
            target: case.state.clone(),
            obstacles: Vec::new(),
            moved: true,
        }
    }
}
