//! The register of decisions, and how much of it is assessed.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{self, CoverageView, LoadedRegister, RegisterFile},
    domain::{
        id::{AssessmentId, RegisteredDecisionId},
        register::{self, RegisterKind, RegisterStep},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        interdependency::AssessmentStub,
        limit::{SOME, listed, paged},
        organisation::Organisation,
        page::{Connection, Total, connection, window},
        person::Person,
        scalar::{Date, Global, global, int},
        session::session,
        word::Word,
    },
};

/// How much of what is decided is assessed.
pub struct Coverage(pub CoverageView);

/// Decisions known to the organisations (registers that they load) against assessments: what a picture of risk does not
/// contain. Of the organisations and service lines that are asked about, as far as the viewer may read their registers;
/// a register knows no groups, places or dates in effect. Each decision is assessed, in draft or unassessed.
#[Object]
impl Coverage {
    /// Decisions that are known of and have not gone from their list.
    async fn decisions(&self) -> i32 {
        int(self.0.decisions)
    }

    /// Those with an assessment that was sent on.
    async fn assessed(&self) -> i32 {
        int(self.0.assessed)
    }

    /// Those whose assessment is still being written, or was returned.
    async fn drafts(&self) -> i32 {
        int(self.0.drafts)
    }

    /// Those that were decided, as the list says or because their day has passed, and of which no assessment was sent on.
    async fn decided_without_assessment(&self) -> i32 {
        int(self.0.decided_without_assessment)
    }

    /// Those without an assessment, or with one that was withdrawn before anybody decided; the earliest first.
    #[graphql(complexity = "50 + paged(first, None, child_complexity)")]
    async fn unassessed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<RegisteredDecision, UnassessedTotal>> {
        let window = window(first, after, None, None)?;
        let slice = Box::pin(session(ctx).app.list_unassessed(&self.0, &window)).await?;
        Ok(connection(slice, UnassessedTotal(self.0.clone()), RegisteredDecision))
    }
}

/// How many decisions have no assessment, counted when it is asked.
pub struct UnassessedTotal(CoverageView);

impl Total for UnassessedTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        Ok(int(session(ctx).app.count_unassessed(&self.0).await?))
    }
}

/// A registered decision.
pub struct RegisteredDecision(pub register::RegisteredDecision);

impl RegisteredDecision {
    /// The decision with this identifier, where the viewer may read the register.
    pub async fn find(ctx: &Context<'_>, id: RegisteredDecisionId) -> Result<Option<Self>> {
        let session = session(ctx);
        Ok(session.app.find_registered_decision(session.actor()?, id).await?.map(Self))
    }
}

/// A decision that an organisation knows of from its own plans. Those who oversee its cases read it.
#[Object]
impl RegisteredDecision {
    /// The global identifier, `registered_decision:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// What is to be decided.
    async fn title(&self) -> &str {
        &self.0.entry.title
    }

    /// Whose it is.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// Who decides.
    async fn body(&self) -> Option<&str> {
        self.0.entry.body.as_deref()
    }

    /// When it is or was decided.
    async fn date(&self) -> Option<Date> {
        self.0.entry.date.map(Date)
    }

    /// Where it stands: the plan, and the place in it.
    async fn source(&self) -> &str {
        &self.0.entry.source
    }

    /// What plan that is.
    async fn kind(&self) -> Word<RegisterKind> {
        Word(self.0.entry.kind)
    }

    /// The list of the organisation that it is in.
    async fn list(&self) -> &str {
        &self.0.list
    }

    /// What the list calls it.
    async fn key(&self) -> &str {
        &self.0.entry.key
    }

    /// Its service line.
    async fn service_line(&self) -> Option<&str> {
        self.0.entry.service_line.as_deref()
    }

    /// Whether it was decided: as the list says, else once its day has passed.
    async fn decided(&self, ctx: &Context<'_>) -> bool {
        self.0.is_decided(session(ctx).moment.today)
    }

    /// The day of the load that no longer had it; null while its list has it.
    async fn ended_on(&self) -> Option<Date> {
        self.0.ended_on.map(Date)
    }

    /// Its assessment: the one that the list names or that somebody confirmed; null where there is none, or where nothing
    /// of it may be known.
    async fn assessment(&self, ctx: &Context<'_>) -> Option<Result<AssessmentStub>> {
        let found = session(ctx).find_stub(self.0.assessment?).await;
        found.map(|stub| stub.map(AssessmentStub)).transpose()
    }

    /// Who confirmed that; null where the list names it.
    async fn matched_by(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        Some(Person::named(ctx, self.0.matched_by?).await)
    }

    /// Assessments that the viewer may read and that may be its own, by title, service line and day, the likeliest first;
    /// somebody confirms one by `matchDecision`. None where it has one.
    #[graphql(complexity = "100 + listed(3, child_complexity)")]
    async fn proposed_matches(&self, ctx: &Context<'_>) -> Result<Vec<MatchProposal>> {
        let session = session(ctx);
        let proposed = Box::pin(session.app.propose_matches(session.actor()?, &self.0)).await?;
        let told = |one: app::ProposedMatch| MatchProposal {
            assessment: AssessmentStub(one.stub),
            reasons: one.reasons,
        };
        Ok(proposed.into_iter().map(told).collect())
    }
}

/// An assessment that may be the one of a registered decision.
#[derive(SimpleObject)]
pub struct MatchProposal {
    /// As much of it as the viewer may know.
    assessment: AssessmentStub,
    /// What speaks for it.
    reasons: Vec<String>,
}

/// A list of decisions to load.
#[derive(InputObject)]
pub struct LoadRegisterInput {
    /// Whose, by ODS code.
    organisation: String,
    /// Which of the organisation's lists, loaded whole each time; `decisions` when absent.
    list: Option<String>,
    /// The list as CSV with a heading. Columns: `key`, `title` and `source` on every line; `kind` (`SAVINGS`,
    /// `CONTRACT_EXPIRY`, `FORWARD_PLAN`, `OTHER`), `body`, `date` (2027-03-31 or 31/03/2027), `service_line`, `decided`
    /// (yes, no) and `assessment` (a reference) where they are known.
    csv: String,
    /// Only says what would be done.
    #[graphql(default = false)]
    preview: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// Which assessment a registered decision has.
#[derive(InputObject)]
pub struct MatchDecisionInput {
    /// The decision.
    decision_id: Global<RegisteredDecisionId>,
    /// Its assessment; none after all when absent.
    assessment_id: Option<Global<AssessmentId>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// What a load did or would do.
#[derive(SimpleObject)]
pub struct LoadRegisterPayload {
    /// What is done with the decisions of the list; null when nothing was loaded.
    loaded: Option<RegisterLoad>,
    /// What is wrong with the file, line by line (`csv`, line, column); nothing was loaded when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// What a load did or would do.
pub struct RegisterLoad(LoadedRegister);

/// What a load did with the decisions of a list, or would do.
#[Object]
impl RegisterLoad {
    /// Whether it was only looked at.
    async fn preview(&self) -> bool {
        self.0.preview
    }

    /// Decisions that are new.
    async fn added(&self) -> i32 {
        int(self.0.added)
    }

    /// Of which the list says something else than before.
    async fn changed(&self) -> i32 {
        int(self.0.changed)
    }

    /// That had ended and are back.
    async fn resumed(&self) -> i32 {
        int(self.0.resumed)
    }

    /// That the list no longer has: they are kept, and marked.
    async fn ended(&self) -> i32 {
        int(self.0.ended)
    }

    /// That are as before.
    async fn unchanged(&self) -> i32 {
        int(self.0.unchanged)
    }

    /// What is done with each that changes, in the order of the file; the first two hundred.
    #[graphql(complexity = "listed(200, child_complexity)")]
    async fn lines(&self) -> Vec<RegisterLine> {
        let told = |line: &app::RegisterLine| RegisterLine {
            line: line.line.map(int),
            step: Word(line.step),
            key: line.key.clone(),
            title: line.title.clone(),
            matched: line.matched,
        };
        self.0.lines.iter().map(told).collect()
    }
}

/// What a load does with one decision.
#[derive(SimpleObject)]
pub struct RegisterLine {
    /// Its line in the file, from 1; null when the file no longer has it.
    line: Option<i32>,
    /// What is done with it.
    step: Word<RegisterStep>,
    /// What the list calls it.
    key: String,
    /// What is to be decided.
    title: String,
    /// Whether it has an assessment.
    matched: bool,
}

/// What a command on a registered decision did.
#[derive(SimpleObject)]
pub struct RegisteredDecisionPayload {
    /// The decision as it now stands.
    decision: Option<RegisteredDecision>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Commands on the register.
#[derive(Default)]
pub struct RegisterMutation;

/// Commands on the register.
#[Object]
impl RegisterMutation {
    /// Loads a list of decisions into the register of an organisation, or with `preview` says what that would do: all of
    /// it, or nothing where a line is wrong. The same list again changes nothing; what it no longer has is kept and marked.
    /// For governance and equality leads.
    #[graphql(complexity = "200 + child_complexity")]
    async fn load_register(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The list.")] mut input: LoadRegisterInput,
    ) -> Option<Result<LoadRegisterPayload>> {
        let session = session(ctx);
        let loaded = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let file = RegisterFile {
                organisation: input.organisation,
                list: input.list,
                csv: input.csv.into_bytes(),
                preview: input.preview,
            };
            let done =
                attempt(|| session.app.load_register(actor, file.clone(), key.clone(), session.moment)).await;
            match done {
                Ok(done) => Ok(LoadRegisterPayload { loaded: Some(RegisterLoad(done)), errors: Vec::new() }),
                Err(error) => {
                    let (errors, _) = mendable(error)?;
                    Ok(LoadRegisterPayload { loaded: None, errors })
                }
            }
        };
        Some(loaded.await)
    }

    /// Says which assessment a registered decision has, or that it has none after all. For governance and equality leads.
    #[graphql(complexity = "50 + child_complexity")]
    async fn match_decision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The decision, and its assessment.")] mut input: MatchDecisionInput,
    ) -> Option<Result<RegisteredDecisionPayload>> {
        let session = session(ctx);
        let matched = async {
            let actor = session.actor()?;
            let (id, key) = (input.decision_id.0, input.idempotency_key.take());
            let assessment = input.assessment_id.as_ref().map(|id| id.0);
            let done =
                attempt(|| session.app.match_decision(actor, id, assessment, key.clone(), session.moment));
            match done.await {
                Ok(decision) => {
                    let decision = Some(RegisteredDecision(decision));
                    Ok(RegisteredDecisionPayload { decision, errors: Vec::new() })
                }
                Err(error) => {
                    let (errors, _) = mendable(error)?;
                    Ok(RegisteredDecisionPayload {
                        decision: RegisteredDecision::find(ctx, id).await?,
                        errors,
                    })
                }
            }
        };
        Some(matched.await)
    }
}
