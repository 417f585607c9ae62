//! What the viewer is to do.

use async_graphql::{Context, ID, Object};

use crate::{
    domain::{
        id::{AssessmentId, Identifier},
        task,
        words::Words as _,
    },
    graphql::{
        assessment::Assessment,
        error::{Result, missing},
        interdependency::AssessmentStub,
        page::Total,
        scalar::{Date, global, int},
        session::session,
    },
};

/// A task.
pub struct Task {
    assessment: AssessmentId,
    task: task::Task,
}

impl Task {
    /// A task on a case.
    pub fn of((assessment, task): (AssessmentId, task::Task)) -> Self {
        Self { assessment, task }
    }
}

/// One thing that the viewer is to do with a case.
#[Object]
impl Task {
    /// What: `WRITE`, `REVIEW`, `RECORD_DECISION` and the like.
    async fn kind(&self) -> &str {
        self.task.kind.as_str()
    }

    /// The same in a sentence.
    async fn what(&self) -> &'static str {
        self.task.kind.meaning()
    }

    /// The mutation that deals with it.
    async fn mutation(&self) -> &'static str {
        self.task.kind.mutation()
    }

    /// With which case. A panel member who has not declared yet may ask its identifier, reference, title,
    /// organisation, standing and re-examination, and is refused everything else.
    async fn assessment(&self, ctx: &Context<'_>) -> Result<Assessment> {
        let session = session(ctx);
        if let Some(summary) = session.find_summary(self.assessment).await? {
            return Ok(Assessment::Summary(summary));
        }
        let stub = session.find_stub(self.assessment).await?;
        stub.map(Assessment::Stub).ok_or_else(|| missing(self.assessment.global()))
    }

    /// The global identifier of that case.
    async fn assessment_id(&self) -> ID {
        global(self.assessment)
    }

    /// As much of that case as whoever has a task there may know, declared or not: what a list of tasks asks that no
    /// refusal is to empty. Null once the case is no longer theirs to know.
    async fn stub(&self, ctx: &Context<'_>) -> Option<Result<AssessmentStub>> {
        let found = session(ctx).find_stub(self.assessment).await;
        found.map(|stub| stub.map(AssessmentStub)).transpose()
    }

    /// By when.
    async fn due(&self) -> Option<Date> {
        self.task.due.map(Date)
    }

    /// Whether that day has passed.
    async fn overdue(&self, ctx: &Context<'_>) -> bool {
        self.task.due.is_some_and(|due| due < session(ctx).moment.today)
    }

    /// Why, in a sentence.
    async fn reason(&self) -> &str {
        &self.task.reason
    }
}

/// How many tasks there are, counted when it is asked.
pub struct TaskTotal;

impl Total for TaskTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(session.app.count_tasks(session.actor()?, session.moment).await?))
    }
}
