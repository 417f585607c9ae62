//! One case. What lists show of it is at hand; everything deeper loads the case itself, once for all objects of the
//! request together.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::{Stub, Summary, View},
    domain::{
        case::{Head, RetentionClass},
        check::Gate,
        id::AssessmentId,
        impact::Direction,
        interval::Highest,
        permission::Action,
        rating::Band,
        retention,
        settings::Severity,
        workflow::{Phase, Standing},
    },
    graphql::{
        attachment::Attachment,
        change::Change,
        check::Finding,
        clock::Clock,
        decision::{Condition, Decision, PanelOutcome},
        delivery::{Delivery, DeliveryTotal},
        discussion::{Deliberation, Return, SinceReviewed, Thread},
        error::{Result, bad},
        event::{Event, EventTotal},
        evidence::{Engagement, Evidence},
        follow::{Look, Reading},
        form::{Answer, Form},
        impact::Impact,
        interdependency::Interdependency,
        limit::{SOME, listed, paged},
        mitigation::Mitigation,
        organisation::Organisation,
        page::{Connection, connection, window},
        panel::Panel,
        person::{Party, Person},
        population::PopulationProfile,
        proposal::Proposal,
        rating::RatingRange,
        reopening::Reexamination,
        retention::RetentionRule,
        review::Review,
        scalar::{Date, Instant, global, int},
        score::Score,
        screening::Screening,
        session::session,
        share::Share,
        similar::{SimilarAssessment, alike},
        source::Source,
        word::Word,
        workflow::{AvailableTransition, Workflow, WorkflowState},
    },
};

/// A case, as far as it is loaded.
#[derive(Clone)]
pub enum Assessment {
    /// What lists show of it.
    Summary(Arc<Summary>),
    /// All of it.
    View(Arc<View>),
    /// As much as somebody who may not read it can know.
    Stub(Stub),
}

impl Assessment {
    fn key(&self) -> AssessmentId {
        match self {
            Self::Summary(summary) => summary.head.id,
            Self::View(view) => view.head.id,
            Self::Stub(stub) => stub.id,
        }
    }

    fn head(&self) -> Result<&Head> {
        match self {
            Self::Summary(summary) => Ok(&summary.head),
            Self::View(view) => Ok(&view.head),
            Self::Stub(_) => Err(crate::app::Error::Forbidden.into()),
        }
    }

    async fn view(&self, ctx: &Context<'_>) -> Result<Arc<View>> {
        match self {
            Self::View(view) => Ok(view.clone()),
            Self::Summary(summary) => session(ctx).view(summary.head.id).await,
            Self::Stub(_) => Err(crate::app::Error::Forbidden.into()),
        }
    }

    async fn source(&self, ctx: &Context<'_>) -> Result<Source> {
        Ok(Source::live(self.view(ctx).await?))
    }
}

/// One case: one assessment of one proposal.
#[Object]
impl Assessment {
    /// The global identifier, `assessment:..`.
    pub async fn id(&self) -> ID {
        global(self.key())
    }

    /// Unique and readable: ODS code, year, number.
    async fn reference(&self) -> &str {
        match self {
            Self::Summary(summary) => &summary.head.reference,
            Self::View(view) => &view.head.reference,
            Self::Stub(stub) => &stub.reference,
        }
    }

    /// Counts every change of the case; an edit says which one it was written against.
    async fn version(&self) -> Result<i32> {
        Ok(int(self.head()?.version))
    }

    /// Numbers the content. A revision is frozen when something refers to it: submission, review, return, decision.
    async fn revision(&self) -> Result<i32> {
        Ok(int(self.head()?.revision))
    }

    /// Whether the revision is frozen, so that the next change of content begins another.
    async fn frozen(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.view(ctx).await?.case.frozen)
    }

    /// Whose it is.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        match self {
            Self::Stub(stub) => Organisation::named(ctx, stub.organisation).await,
            Self::Summary(summary) => {
                Ok(Organisation::Named { id: summary.head.organisation, name: summary.organisation.clone() })
            }
            Self::View(view) => Ok(Organisation::Seen(view.frame.organisation.clone())),
        }
    }

    /// Who began it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Person> {
        match self {
            Self::Summary(summary) => {
                Ok(Person::Named { id: summary.head.author, name: summary.author.clone() })
            }
            Self::View(_) | Self::Stub(_) => Person::named(ctx, self.head()?.author).await,
        }
    }

    /// Who else writes it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn contributors(&self, ctx: &Context<'_>) -> Result<Vec<Person>> {
        Person::all(ctx, &self.view(ctx).await?.case.content.contributors).await
    }

    /// The senior responsible officer.
    async fn sro(&self, ctx: &Context<'_>) -> Option<Result<Party>> {
        self.view(ctx).await.map(|view| view.case.content.sro.clone().map(Party)).transpose()
    }

    /// Its name.
    async fn title(&self) -> &str {
        match self {
            Self::Summary(summary) => &summary.head.title,
            Self::View(view) => &view.head.title,
            Self::Stub(stub) => &stub.title,
        }
    }

    /// What is assessed.
    async fn proposal(&self, ctx: &Context<'_>) -> Result<Proposal> {
        Ok(Proposal(self.source(ctx).await?))
    }

    /// The form it keeps.
    async fn form(&self, ctx: &Context<'_>) -> Result<Form> {
        Ok(Form(session(ctx).form(self.head()?).await?))
    }

    /// The workflow it keeps: the version it began with, until it is moved to another.
    async fn workflow(&self, ctx: &Context<'_>) -> Result<Workflow> {
        let head = self.head()?;
        let workflow = session(ctx).workflow(head).await?;
        Ok(Workflow { workflow, organisation: Some(head.organisation) })
    }

    /// The state it is in.
    async fn state(&self, ctx: &Context<'_>) -> Result<WorkflowState> {
        let head = self.head()?;
        Ok(WorkflowState::named(head, &*session(ctx).workflow(head).await?))
    }

    /// The phase of its state.
    async fn phase(&self) -> Result<Word<Phase>> {
        Ok(Word(self.head()?.phase))
    }

    /// Whether its proposal may still, or already, touch people.
    async fn standing(&self) -> Result<Word<Standing>> {
        match self {
            Self::Stub(stub) => Ok(Word(stub.standing)),
            Self::Summary(_) | Self::View(_) => Ok(Word(self.head()?.standing)),
        }
    }

    /// The worst current band of its negative impacts; null when it has none.
    async fn band(&self) -> Option<Result<Word<Band>>> {
        self.head().map(|head| head.band.map(Word)).transpose()
    }

    /// The highest current rating of its negative impacts, as a range where something is not known; null when no impact
    /// is or may be negative.
    async fn highest_rating(&self, ctx: &Context<'_>) -> Option<Result<RatingRange>> {
        let view = self.view(ctx).await;
        let highest = |view: Arc<View>| Highest::of(&view.case, &view.frame.organisation.settings.scale);
        view.map(|view| highest(view).map(RatingRange::from)).transpose()
    }

    /// What its answers come to, as a range where something is not known; null where its form is not scored.
    async fn score(&self, ctx: &Context<'_>) -> Option<Result<Score>> {
        self.view(ctx).await.map(|view| view.score().map(Score::from)).transpose()
    }

    /// The answers to its form, in the order of the form.
    #[graphql(complexity = "listed(4 * SOME, child_complexity)")]
    async fn answers(&self, ctx: &Context<'_>) -> Result<Vec<Answer>> {
        Ok(Answer::list(&self.source(ctx).await?))
    }

    /// Its impacts.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn impacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those on this group or a group below it, by code.")] group: Option<String>,
        #[graphql(desc = "Only those that go this way.")] direction: Option<Word<Direction>>,
    ) -> Result<Vec<Impact>> {
        let source = self.source(ctx).await?;
        let groups = &source.view.frame.groups;
        let on = |codes: &[String]| {
            group.as_ref().is_none_or(|group| codes.iter().any(|code| groups.is_within(code, group)))
        };
        Ok(Impact::list(&source, |impact| {
            on(&impact.groups) && direction.is_none_or(|direction| impact.direction == direction.0)
        }))
    }

    /// What its claims rest on.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn evidence(&self, ctx: &Context<'_>) -> Result<Vec<Evidence>> {
        Ok(Evidence::list(&self.source(ctx).await?, |_| true))
    }

    /// Who was listened to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn engagement(&self, ctx: &Context<'_>) -> Result<Vec<Engagement>> {
        Ok(Engagement::list(&self.source(ctx).await?, |_| true))
    }

    /// Actions against its impacts.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn mitigations(&self, ctx: &Context<'_>) -> Result<Vec<Mitigation>> {
        Ok(Mitigation::list(&self.source(ctx).await?, |_| true))
    }

    /// Edges to other assessments and to partners.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn interdependencies(&self, ctx: &Context<'_>) -> Result<Vec<Interdependency>> {
        Ok(Interdependency::list(&self.source(ctx).await?, |_| true))
    }

    /// Files kept with it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        self.head()?;
        Ok(session(ctx).attachments(self.key()).await?.into_iter().map(Attachment).collect())
    }

    /// Who lives in its footprint, by its organisation's thresholds of what is notable; null while it names no place, and
    /// with the reason among the errors where it cannot be told.
    #[graphql(complexity = "200 + child_complexity")]
    async fn population(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The edition of the indices of deprivation, `IMD 2025`; the newest when absent.")]
        edition: Option<String>,
    ) -> Option<Result<PopulationProfile>> {
        let told = async {
            let view = self.view(ctx).await?;
            if view.case.content.proposal.footprint.is_empty() {
                return Ok(None);
            }
            Box::pin(session(ctx).app.place(&view)).await;
            let found = view.population(edition.as_deref()).transpose();
            Ok(found.map_err(|unanswered| bad(unanswered.message))?.map(PopulationProfile))
        };
        told.await.transpose()
    }

    /// What the checks say of it as it stands, the gravest first, and of other cases no more than the viewer may know; to
    /// administrators of its organisation, last, which rules of its own cannot be run on it (`own.KEY.failed@path`).
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn findings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this severity.")] severity: Option<Word<Severity>>,
        #[graphql(desc = "Only those of rules that guard this step.")] gate: Option<Word<Gate>>,
    ) -> Result<Vec<Finding>> {
        let view = self.view(ctx).await?;
        session(ctx).inform(&view).await?;
        Ok(Finding::list(&view, session(ctx).actor()?, |finding| {
            severity.is_none_or(|severity| finding.severity == severity.0)
                && gate.is_none_or(|gate| finding.gate == Some(gate.0))
        }))
    }

    /// The transitions that start from its state, each with what stands in the viewer's way.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn available_transitions(&self, ctx: &Context<'_>) -> Result<Vec<AvailableTransition>> {
        let view = self.view(ctx).await?;
        let session = session(ctx);
        Box::pin(session.app.place(&view)).await;
        let available = Box::pin(session.app.available(session.actor()?, &view)).await?;
        Ok(available
            .into_iter()
            .map(|(transition, blockers)| AvailableTransition::of(transition, blockers))
            .collect())
    }

    /// Whether the viewer may edit its content as things are.
    async fn editable(&self, ctx: &Context<'_>) -> Result<bool> {
        let view = self.view(ctx).await?;
        let actor = session(ctx).actor()?;
        Ok(view.workflow.may_edit(actor, &view.case))
    }

    /// Who judges it.
    async fn panel(&self, ctx: &Context<'_>) -> Option<Result<Panel>> {
        self.view(ctx).await.map(|view| Panel::of(&view)).transpose()
    }

    /// What reviewers said, as far as the viewer may read it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn reviews(&self, ctx: &Context<'_>) -> Result<Vec<Review>> {
        let view = self.view(ctx).await?;
        let reviews = view.reviews(session(ctx).actor()?);
        Ok(reviews.into_iter().map(|review| Review::of(&view, review)).collect())
    }

    /// What the panel's members see of each other's judgements of the revision before them; null to whoever may not read
    /// the panel's deliberation, and where there is no panel.
    async fn deliberation(&self, ctx: &Context<'_>) -> Option<Result<Deliberation>> {
        let told = async {
            let view = self.view(ctx).await?;
            let told = view.deliberation(session(ctx).actor()?);
            Ok(told.map(|told| Deliberation { view, told }))
        };
        told.await.transpose()
    }

    /// What the viewer finds changed since they judged it; null to whoever judged no earlier revision.
    async fn since_reviewed(&self, ctx: &Context<'_>) -> Option<Result<SinceReviewed>> {
        let told = async {
            let (view, session) = (self.view(ctx).await?, session(ctx));
            let since = Box::pin(session.app.since_reviewed(session.actor()?, &view)).await?;
            Ok(since.map(SinceReviewed))
        };
        told.await.transpose()
    }

    /// What is discussed of it, and what its author is asked, as far as the viewer may read it.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn threads(&self, ctx: &Context<'_>) -> Result<Vec<Thread>> {
        let view = self.view(ctx).await?;
        Ok(view.threads(session(ctx).actor()?).into_iter().map(Thread).collect())
    }

    /// What of a reopened case goes back to the panel, in the canonical document; the rest stands as it was approved.
    /// Null when the case was not reopened in part.
    async fn reopened(&self, ctx: &Context<'_>) -> Option<Result<Vec<Vec<String>>>> {
        let paths = |view: Arc<View>| {
            let reopened = view.case.process.reopened.clone();
            reopened.map(|paths| paths.into_iter().map(|path| path.0).collect())
        };
        self.view(ctx).await.map(paths).transpose()
    }

    /// What the panel concluded, the newest last.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn outcomes(&self, ctx: &Context<'_>) -> Result<Vec<PanelOutcome>> {
        Ok(PanelOutcome::list(&self.view(ctx).await?, |_| true))
    }

    /// What the body with authority decided, the newest last.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn decisions(&self, ctx: &Context<'_>) -> Result<Vec<Decision>> {
        Ok(Decision::list(&self.view(ctx).await?, |_| true))
    }

    /// What its approvals are subject to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn conditions(&self, ctx: &Context<'_>) -> Result<Vec<Condition>> {
        let view = self.view(ctx).await?;
        Ok(Condition::list(&view, |_| true))
    }

    /// Who of the body that decides confirmed having read it, at which revision, and who was asked to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn readings(&self, ctx: &Context<'_>) -> Result<Vec<Reading>> {
        Ok(self.view(ctx).await?.readings().into_iter().map(Reading).collect())
    }

    /// Open after a material change, until someone judges it.
    async fn reexamination(&self, ctx: &Context<'_>) -> Option<Result<Reexamination>> {
        let view = self.view(ctx).await;
        let open = |view: Arc<View>| view.case.process.reexamination.clone().map(Reexamination::from);
        view.map(open).transpose()
    }

    /// The day by which somebody must judge whether a change was material; null when the case is not under
    /// re-examination.
    async fn reexamination_due(&self) -> Option<Date> {
        let due = match self {
            Self::Summary(summary) => summary.head.reexamination_due,
            Self::View(view) => view.head.reexamination_due,
            Self::Stub(stub) => stub.reexamination_due,
        };
        due.map(Date)
    }

    /// What was asked for when it last went back to its author, until it comes back.
    async fn returned(&self, ctx: &Context<'_>) -> Option<Result<Return>> {
        let told = async {
            let (view, session) = (self.view(ctx).await?, session(ctx));
            let Some(returned) = view.case.process.returned.clone() else { return Ok(None) };
            let told = Box::pin(session.app.returned(session.actor()?, &view, returned)).await?;
            Ok(Some(Return(told)))
        };
        told.await.transpose()
    }

    /// What was asked for before, and what was done about it by the time it came back, the newest last.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn returns(&self, ctx: &Context<'_>) -> Result<Vec<Return>> {
        let (view, session) = (self.view(ctx).await?, session(ctx));
        let mut told = Vec::new();
        for returned in view.case.process.returns.clone() {
            told.push(Return(Box::pin(session.app.returned(session.actor()?, &view, returned)).await?));
        }
        Ok(told)
    }

    /// What differs between two revisions, field by field.
    #[graphql(complexity = "listed(4 * SOME, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The earlier revision.")] from: u32,
        #[graphql(desc = "The later revision.")] to: u32,
    ) -> Result<Vec<Change>> {
        self.head()?;
        let session = session(ctx);
        let changes = Box::pin(session.app.changes(session.actor()?, self.key(), from, to)).await?;
        Ok(changes.into_iter().map(Change::from).collect())
    }

    /// Earlier cases that the viewer may read and that are like it, the most alike first: by the groups they touch,
    /// service line, words, footprint and kind of change.
    #[graphql(complexity = "300 + listed(alike(first), child_complexity)")]
    async fn similar(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 20; 5 when absent.")] first: Option<i32>,
    ) -> Result<Vec<SimilarAssessment>> {
        SimilarAssessment::list(ctx, &*self.view(ctx).await?, first).await
    }

    /// What happened with it, the oldest first, as far as the viewer may hear of it.
    #[graphql(complexity = "paged(first, None, child_complexity)")]
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Event, EventTotal>> {
        self.head()?;
        let session = session(ctx);
        let window = window(first, after, None, None)?;
        let slice = Box::pin(session.app.history(session.actor()?, self.key(), &window)).await?;
        Ok(connection(slice, EventTotal(self.key()), Event))
    }

    /// The messages about it, the oldest first: who was mailed what, when, and whether it was sent. Only for those who keep
    /// the panel's business, chair or secretary, and for administrators; nothing for anybody else or on their own case.
    #[graphql(complexity = "paged(first, last, child_complexity)")]
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "The cursor before which they end.")] before: Option<String>,
    ) -> Result<Connection<Delivery, DeliveryTotal>> {
        self.head()?;
        let session = session(ctx);
        let window = window(first, after, last, before)?;
        let slice = Box::pin(session.app.list_deliveries(session.actor()?, self.key(), &window)).await?;
        Ok(connection(slice, DeliveryTotal(self.key()), Delivery))
    }

    /// The organisations it is shared with; only for whoever may share it.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn shares(&self, ctx: &Context<'_>) -> Result<Vec<Share>> {
        let view = self.view(ctx).await?;
        if !view.permits(session(ctx).actor()?, Action::Share) {
            return Ok(Vec::new());
        }
        Ok(view.case.shares.iter().map(Share::from).collect())
    }

    /// How long it is kept.
    async fn retention(&self, ctx: &Context<'_>) -> Result<Word<RetentionClass>> {
        Ok(Word(self.view(ctx).await?.case.retention))
    }

    /// Whether nothing of it may be disposed of.
    async fn legal_hold(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.view(ctx).await?.case.legal_hold)
    }

    /// What the retention schedule says of its class.
    async fn retention_rule(&self, ctx: &Context<'_>) -> Result<RetentionRule> {
        Ok(RetentionRule(retention::rule(self.view(ctx).await?.case.retention)))
    }

    /// The last day of its term; null while it is not closed, or for ever.
    async fn kept_until(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.view(ctx).await.map(|view| view.kept_until().map(Date)).transpose()
    }

    /// The revision last submitted to the panel.
    async fn submitted_revision(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        self.view(ctx).await.map(|view| view.case.process.submitted_revision.map(int)).transpose()
    }

    /// The revision the panel approved, until it is reopened.
    async fn approved_revision(&self, ctx: &Context<'_>) -> Option<Result<i32>> {
        self.view(ctx).await.map(|view| view.case.process.approved_revision.map(int)).transpose()
    }

    /// The day by which a chair's action between meetings must be ratified.
    async fn ratification_due(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.view(ctx).await.map(|view| view.case.process.ratification_due.map(Date)).transpose()
    }

    /// What a screening said and led to, or which one asked for this assessment; null where there is none.
    async fn screening(&self, ctx: &Context<'_>) -> Option<Result<Screening>> {
        self.view(ctx).await.map(|view| Screening::of(view.clone())).transpose()
    }

    /// The day it is to be looked at again; null unless it was decided and goes ahead, and while something is to be judged first.
    async fn review_due(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.view(ctx).await.map(|view| view.review_due().map(Date)).transpose()
    }

    /// Each time it was looked at again and stayed as it is, in order.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn looks(&self, ctx: &Context<'_>) -> Result<Vec<Look>> {
        Ok(self.view(ctx).await?.case.process.looks.iter().cloned().map(Look).collect())
    }

    /// When it was published.
    async fn published_at(&self, ctx: &Context<'_>) -> Option<Result<Instant>> {
        self.view(ctx).await.map(|view| view.case.process.published_at.map(Instant)).transpose()
    }

    /// Its clocks, in NHS working days.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn clocks(&self, ctx: &Context<'_>) -> Result<Vec<Clock>> {
        let view = self.view(ctx).await?;
        Ok(view.case.process.clocks.iter().map(Clock::from).collect())
    }

    /// When it was begun.
    async fn created_at(&self) -> Result<Instant> {
        Ok(Instant(self.head()?.created_at))
    }

    /// When it last changed.
    async fn updated_at(&self) -> Result<Instant> {
        Ok(Instant(self.head()?.updated_at))
    }
}
