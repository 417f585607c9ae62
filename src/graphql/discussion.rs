//! What panel and author say to each other: threads, what reviews come to, and what a return led to.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{AnswerNote, DeliberationView, RemarkNote, ReturnView, SinceView, View},
    domain::{
        deliberation::Divergence,
        id::{AssessmentId, PersonId, ThreadId},
        review::{self, FindingOpinion, Recommendation},
        text::Path,
        thread,
    },
    graphql::{
        change::Change,
        error::Result,
        limit::{SOME, listed},
        mutation::{AssessmentPayload, command},
        person::Person,
        review::{Opinion, ReviewedFinding},
        scalar::{Date, Global, Instant, global, int},
        session::session,
        word::Word,
    },
};

/// Discussing a case.
#[derive(Default)]
pub struct DiscussionMutation;

#[Object]
impl DiscussionMutation {
    /// Says something in a thread of a case, or begins one: the panel among itself, or with the author where it asks them.
    async fn remark(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What, and where.")] input: RemarkInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let note = RemarkNote {
            thread: input.thread_id.map(|thread| thread.0),
            path: Path(input.path.unwrap_or_default()),
            asks_author: input.asks_author,
            text: input.text,
        };
        command(session, Some(id), |app, actor| {
            app.remark(actor, id, note.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Settles a thread of a case, or opens it again.
    async fn resolve_thread(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which.")] input: ResolveThreadInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let (thread, resolved) = (input.thread_id.0, input.resolved);
        command(session, Some(id), |app, actor| {
            app.resolve_thread(actor, id, thread, resolved, key.clone(), session.moment)
        })
        .await
    }

    /// Says what was done about what the panel asked for when it returned a case. A case goes back to the panel once all
    /// of it is answered.
    async fn answer_return(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was done.")] input: AnswerReturnInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let answer = |answer: ReturnAnswerInput| AnswerNote { path: Path(answer.path), text: answer.text };
        let answers: Vec<AnswerNote> = input.answers.into_iter().map(answer).collect();
        command(session, Some(id), |app, actor| {
            app.answer_return(actor, id, answers.clone(), key.clone(), session.moment)
        })
        .await
    }
}

/// Something to say in a thread, or that begins one.
#[derive(InputObject)]
pub struct RemarkInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The thread; a new one when absent.
    pub thread_id: Option<Global<ThreadId>>,
    /// For a new one: the place it is about, in the canonical document, or `["sections", KEY]`.
    pub path: Option<Vec<String>>,
    /// For a new one: whether it asks the author, who then reads it and may answer; else it is the panel's alone.
    #[graphql(default = false)]
    pub asks_author: bool,
    /// What is said.
    pub text: String,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// A thread to settle, or to open again.
#[derive(InputObject)]
pub struct ResolveThreadInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The thread.
    pub thread_id: Global<ThreadId>,
    /// Whether it is settled.
    #[graphql(default = true)]
    pub resolved: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// What was done about what the panel asked for.
#[derive(InputObject)]
pub struct AnswerReturnInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// One by one; a later answer takes the place of an earlier one.
    pub answers: Vec<ReturnAnswerInput>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// What was done about one thing.
#[derive(InputObject)]
pub struct ReturnAnswerInput {
    /// The section or field that was named.
    pub path: Vec<String>,
    /// What was done about it, or why nothing was.
    pub text: String,
}

/// A thread.
pub struct Thread(pub thread::Thread);

/// A discussion of one place of a case: the panel's alone, or with its author.
#[Object]
impl Thread {
    /// The global identifier, `thread:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// The place it is about, in the canonical document, or `["sections", KEY]`.
    async fn path(&self) -> &[String] {
        &self.0.path.0
    }

    /// The revision on which it was begun.
    async fn revision(&self) -> i32 {
        int(self.0.revision)
    }

    /// Whether it asks the author, who then reads it and may answer.
    async fn asks_author(&self) -> bool {
        self.0.asks_author
    }

    /// What was said, in order.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn remarks(&self) -> Vec<Remark> {
        self.0.remarks.iter().cloned().map(Remark).collect()
    }

    /// Whether it is settled.
    async fn resolved(&self) -> bool {
        self.0.resolved.is_some()
    }

    /// Who settled it.
    async fn resolved_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let by = self.0.resolved.as_ref()?.by;
        Some(Person::named(ctx, by).await)
    }

    /// When.
    async fn resolved_at(&self) -> Option<Instant> {
        self.0.resolved.as_ref().map(|resolved| Instant(resolved.at))
    }
}

/// Something said in a thread.
pub struct Remark(thread::Remark);

/// Something said in a thread.
#[Object]
impl Remark {
    /// Who.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// What.
    async fn text(&self) -> &str {
        &self.0.text
    }
}

/// What the members see of each other's judgements.
pub struct Deliberation {
    pub view: Arc<View>,
    pub told: DeliberationView,
}

/// What the panel's members see of each other's judgements of the revision before them: who is awaited, and once the
/// reviews are shown, what they come to.
#[Object]
impl Deliberation {
    /// The revision before the panel.
    async fn revision(&self) -> i32 {
        int(self.view.case.revision)
    }

    /// Whether the reviews are shown: all are in, or the window has closed.
    async fn shown(&self) -> bool {
        self.told.shown
    }

    /// Who has still to declare, or to judge with a vote.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn awaited(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        people(ctx, self.told.awaited.iter().copied()).await
    }

    /// The last day on which reviews stay hidden; null where no clock runs.
    async fn closes(&self) -> Option<Date> {
        self.view.case.process.due().map(Date)
    }

    /// Who recommends what; empty while the reviews are not shown.
    #[graphql(complexity = "listed(4, child_complexity)")]
    async fn recommendations(&self) -> Vec<RecommendationSpread> {
        let spread = self.told.spread.iter().flat_map(|spread| &spread.recommendations);
        let told = |(recommendation, reviewers): (&Recommendation, &Vec<PersonId>)| RecommendationSpread {
            recommendation: *recommendation,
            reviewers: reviewers.clone(),
        };
        spread.map(told).collect()
    }

    /// Places that members stand to differently, put forward for discussion; empty while the reviews are not shown.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn divergent(&self) -> Vec<Divergent> {
        let spread = self.told.spread.iter().flat_map(|spread| &spread.places);
        spread.cloned().map(Divergent).collect()
    }

    /// Findings that some would accept and others not; empty while the reviews are not shown.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn findings(&self) -> Vec<DivergentFinding> {
        let spread = self.told.spread.iter().flat_map(|spread| &spread.findings);
        spread.cloned().map(DivergentFinding).collect()
    }
}

async fn people(ctx: &Context<'_>, ids: impl Iterator<Item = PersonId>) -> Result<Vec<Person>> {
    let mut people = Vec::new();
    for id in ids {
        people.push(Person::named(ctx, id).await?);
    }
    Ok(people)
}

/// Who recommends one thing.
pub struct RecommendationSpread {
    recommendation: Recommendation,
    reviewers: Vec<PersonId>,
}

/// Who recommends one thing.
#[Object]
impl RecommendationSpread {
    /// What.
    async fn recommendation(&self) -> Word<Recommendation> {
        Word(self.recommendation)
    }

    /// Who, in the order of their reviews.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn reviewers(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        people(ctx, self.reviewers.iter().copied()).await
    }
}

/// A place that members stand to differently.
pub struct Divergent(Divergence<review::Opinion>);

/// A place that members stand to differently.
#[Object]
impl Divergent {
    /// The place, in the canonical document, or `["sections", KEY]`.
    async fn path(&self) -> &[String] {
        &self.0.path.0
    }

    /// Who said what.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn said(&self) -> Vec<SaidOfPlace> {
        self.0.said.iter().cloned().map(|(by, opinion)| SaidOfPlace { by, opinion }).collect()
    }
}

/// What one member said of a place.
pub struct SaidOfPlace {
    by: PersonId,
    opinion: review::Opinion,
}

/// What one member said of a place.
#[Object]
impl SaidOfPlace {
    /// Who.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.by).await
    }

    /// What.
    async fn opinion(&self) -> Opinion {
        Opinion::from(self.opinion.clone())
    }
}

/// A finding that some would accept.
pub struct DivergentFinding(Divergence<FindingOpinion>);

/// A finding that some members would accept and others not.
#[Object]
impl DivergentFinding {
    /// The finding's identifier.
    async fn finding_id(&self) -> ID {
        ID(self.0.path.0.first().cloned().unwrap_or_default())
    }

    /// Who said what.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn said(&self) -> Vec<SaidOfFinding> {
        self.0.said.iter().cloned().map(|(by, opinion)| SaidOfFinding { by, opinion }).collect()
    }
}

/// What one member said of a finding.
pub struct SaidOfFinding {
    by: PersonId,
    opinion: FindingOpinion,
}

/// What one member said of a finding.
#[Object]
impl SaidOfFinding {
    /// Who.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.by).await
    }

    /// What.
    async fn opinion(&self) -> ReviewedFinding {
        ReviewedFinding::from(self.opinion.clone())
    }
}

/// What changed since the viewer judged the case.
pub struct SinceReviewed(pub SinceView);

/// What a reviewer finds who judged an earlier revision of a case: what changed since, what of their judgement still
/// stands, and what awaits them.
#[Object]
impl SinceReviewed {
    /// The revision they judged.
    async fn revision(&self) -> i32 {
        int(self.0.review.revision)
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.review.at)
    }

    /// What changed since, field by field.
    #[graphql(complexity = "listed(4 * SOME, child_complexity)")]
    async fn changes(&self) -> Vec<Change> {
        self.0.changes.iter().cloned().map(Change::from).collect()
    }

    /// What they said about what has not changed; it stands unless they say something else.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn stands(&self) -> Vec<Opinion> {
        self.0.standing.stands.iter().cloned().map(Opinion::from).collect()
    }

    /// What they said about what has changed; it awaits them.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn awaits(&self) -> Vec<Opinion> {
        self.0.standing.awaits.iter().cloned().map(Opinion::from).collect()
    }
}

/// A return.
pub struct Return(pub ReturnView);

/// What was asked for when a case went back to its author, and what was done about it.
#[Object]
impl Return {
    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.returned.at)
    }

    /// By whom.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.returned.by).await
    }

    /// What must change, in the canonical document.
    async fn paths(&self) -> Vec<&[String]> {
        self.0.returned.paths.iter().map(|path| path.0.as_slice()).collect()
    }

    /// Why.
    async fn comment(&self) -> &str {
        &self.0.returned.comment
    }

    /// By when it is expected back.
    async fn due(&self) -> Option<Date> {
        self.0.returned.due.map(Date)
    }

    /// The revision that went back.
    async fn revision(&self) -> Option<i32> {
        self.0.returned.revision.map(int)
    }

    /// The revision that came back; null until then.
    async fn resubmitted(&self) -> Option<i32> {
        self.0.returned.resubmitted.map(int)
    }

    /// What was asked for, one by one, with what was done about it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn requests(&self) -> Vec<ChangeRequest> {
        let told = |path: &Path| ChangeRequest {
            path: path.0.clone(),
            reason: self.0.returned.reasons.get(&path.to_string()).cloned(),
            answer: self.0.returned.answer(path).map(|answer| answer.text.clone()),
            answered_at: self.0.returned.answer(path).map(|answer| Instant(answer.at)),
            changes: self.0.about.get(path).into_iter().flatten().cloned().map(Change::from).collect(),
        };
        self.0.returned.paths.iter().map(told).collect()
    }

    /// What changed besides what was asked for: the duty continues, so other corrections are allowed, and shown.
    #[graphql(complexity = "listed(4 * SOME, child_complexity)")]
    async fn other_changes(&self) -> Vec<Change> {
        self.0.besides.iter().cloned().map(Change::from).collect()
    }
}

/// One thing that was asked for.
#[derive(SimpleObject)]
pub struct ChangeRequest {
    /// The section or field, in the canonical document, or `["sections", KEY]`.
    path: Vec<String>,
    /// Why, where it has a reason of its own.
    reason: Option<String>,
    /// What the author says was done about it, or why nothing was; null until they do.
    answer: Option<String>,
    /// When they said so.
    answered_at: Option<Instant>,
    /// What changed there since.
    changes: Vec<Change>,
}
