//! Moving the running cases of an organisation to another version of their workflow.

use std::collections::BTreeMap;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject, connection::PageInfo};

use crate::{
    app::{self, MoveCases},
    domain::{
        id::{AssessmentId, Identifier},
        text::{Path, Violation},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        limit::{SOME, listed},
        scalar::{Global, global, int},
        session::{Session, session},
    },
};

/// Which cases to move, and whereto.
#[derive(InputObject)]
pub struct MoveCasesInput {
    /// The ODS code of the organisation whose cases they are.
    organisation: String,
    /// The key of the workflow; a case never leaves it.
    workflow: String,
    /// The version they are to have.
    to: u32,
    /// Only cases that have this version; all that have another when absent.
    from: Option<u32>,
    /// What states of the old version are called in the new one; one that is not named keeps its name.
    states: Option<Vec<StateMoveInput>>,
    /// Whether to do it; otherwise it is only said of each case what would be, and nothing is changed.
    #[graphql(default = false)]
    apply: bool,
    /// The last case of the page before, its `endCursor`; from the first case when absent.
    after: Option<Global<AssessmentId>>,
    /// The same key from the same person returns the first outcome; another request under it is refused. While the first
    /// is under way it is `CONFLICT`: ask again. If it never ended, asking ten minutes after it began moves what is
    /// left. Without `apply` nothing is kept under it.
    idempotency_key: Option<String>,
}

/// A state that is called otherwise in the new version.
#[derive(InputObject)]
pub struct StateMoveInput {
    /// Its name in the old version.
    from: String,
    /// Its name in the new version.
    to: String,
}

/// What moving cases did, or would do.
#[derive(Default, SimpleObject)]
pub struct MoveCasesPayload {
    /// The running cases that have another version, at most 50 in one request; none when there are errors.
    #[graphql(complexity = "listed(50, child_complexity)")]
    cases: Vec<MovedCase>,
    /// Whether there are more, and the last of these to ask for them by.
    page_info: Option<PageInfo>,
    /// What the user can mend; nothing was moved when there is any, unless `CONFLICT` says that the request is under way
    /// under its key: ask again.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// A case: where it is, where it would be, and what stands in the way.
#[derive(SimpleObject)]
pub struct MovedCase {
    /// The case.
    id: ID,
    /// Its reference.
    reference: String,
    /// The version it has, or had.
    from: i32,
    /// The state it is in, or was; empty when it cannot be read.
    state: String,
    /// The state it would be in, or is in now; empty when it cannot be read.
    target: String,
    /// Whether it was moved.
    moved: bool,
    /// What stands in the way; it stays as it is when anything does.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    obstacles: Vec<UserError>,
}

impl MovedCase {
    fn of(case: app::MovedCase) -> Self {
        Self {
            id: global(case.id),
            reference: case.reference,
            from: int(case.from),
            state: case.state,
            target: case.target,
            moved: case.moved,
            obstacles: case.obstacles.into_iter().map(UserError::from).collect(),
        }
    }
}

/// The states by their old names; one that is named twice is refused.
fn named(states: Vec<StateMoveInput>) -> app::Result<BTreeMap<String, String>> {
    let mut named = BTreeMap::new();
    for (index, StateMoveInput { from, to }) in states.into_iter().enumerate() {
        if named.insert(from, to).is_some() {
            let message = "This state is named already: say once what it becomes.";
            let path = Path::of(["states"]).join(index).join("from");
            return Err(Violation::new("DUPLICATE", message, path).into());
        }
    }
    Ok(named)
}

/// Moves; what was moved, or what the user can mend.
async fn moved(session: &Session, input: MoveCasesInput) -> Result<MoveCasesPayload> {
    let actor = session.actor()?;
    let (apply, after, key) = (input.apply, input.after.map(|after| after.0), input.idempotency_key);
    let done = async {
        let request = MoveCases {
            organisation: input.organisation,
            key: input.workflow,
            from: input.from,
            to: input.to,
            states: named(input.states.unwrap_or_default())?,
        };
        session.forget();
        attempt(|| session.app.move_some(actor, &request, after, apply, key.as_deref(), session.moment)).await
    };
    match done.await {
        Ok(some) => {
            let start = some.cases.first().map(|case| case.id.global());
            let end = some.next.or(some.cases.last().map(|case| case.id)).map(Identifier::global);
            Ok(MoveCasesPayload {
                page_info: Some(PageInfo {
                    has_previous_page: after.is_some(),
                    has_next_page: some.next.is_some(),
                    start_cursor: start,
                    end_cursor: end,
                }),
                cases: some.cases.into_iter().map(MovedCase::of).collect(),
                errors: Vec::new(),
            })
        }
        Err(error) => {
            mendable(error).map(|(errors, _)| MoveCasesPayload { errors, ..MoveCasesPayload::default() })
        }
    }
}

/// Commands on many cases.
#[derive(Default)]
pub struct MovingMutation;

/// Commands on many cases.
#[Object]
impl MovingMutation {
    /// Moves the running cases of an organisation to another version of their workflow, each on its own; without
    /// `apply` it only says of each where it would be and what stands in the way. A case in whose way something stands
    /// stays as it is, closed cases stay where they ended, and what was frozen stays as it was. Doing it again moves
    /// what is left. For administrators, but not of what they wrote, sponsor or judge.
    #[graphql(complexity = "200 + child_complexity")]
    async fn move_cases(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which, and whereto.")] input: MoveCasesInput,
    ) -> Option<Result<MoveCasesPayload>> {
        Some(moved(session(ctx), input).await)
    }
}
