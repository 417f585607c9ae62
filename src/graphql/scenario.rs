//! Scenarios: what bundles of decisions would do, kept.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::{
    app::{self, ScenarioDraft},
    domain::{
        id::{AssessmentId, ScenarioId},
        scenario::{self, Fate, Moved},
    },
    graphql::{
        error::{Result, UserError, attempt, mendable},
        interdependency::AssessmentStub,
        limit::{SOME, listed},
        organisation::Organisation,
        page::Total,
        person::Person,
        risk::{Named, SupposedChange},
        scalar::{Global, Instant, Json, global, int},
        session::session,
        word::Word,
    },
};

/// A scenario.
pub struct Scenario(pub scenario::Scenario);

impl Scenario {
    /// The scenario with this identifier, where the viewer sees it.
    pub async fn find(ctx: &Context<'_>, id: ScenarioId) -> Result<Option<Self>> {
        let session = session(ctx);
        Ok(session.app.find_scenario(session.actor()?, id).await?.map(Self))
    }
}

/// What a bundle of decisions would do, kept under a name: ask `aggregatedRisk { whatIf(scenario: ..) }` for it. Whoever keeps it
/// sees it, and once it is shared all who oversee the cases of its organisation.
#[Object]
impl Scenario {
    /// The global identifier, `scenario:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// Counts its changes, for `expectedVersion`.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// Whose cases it is about, first of all.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it is for.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Whether all who oversee the organisation's cases see it; otherwise only whoever keeps it.
    async fn shared(&self) -> bool {
        self.0.shared
    }

    /// Whether it was dropped: it is kept, and listed no more.
    async fn withdrawn(&self) -> bool {
        self.0.withdrawn
    }

    /// Who keeps it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.owner).await
    }

    /// When it was kept last.
    async fn kept_at(&self) -> Instant {
        Instant(self.0.kept_at)
    }

    /// What it supposes, case by case.
    #[graphql(complexity = "100 + listed(SOME, child_complexity)")]
    async fn cases(&self, ctx: &Context<'_>) -> Result<Vec<SupposedCase>> {
        let session = session(ctx);
        let cases = session.app.supposed_cases(session.actor()?, &self.0, session.moment).await?;
        Ok(cases.into_iter().map(SupposedCase).collect())
    }
}

/// What a scenario supposes of a case.
pub struct SupposedCase(app::SupposedCase);

/// What a scenario supposes of a case. Of one that the viewer may not read nothing is told but that there is one.
#[Object]
impl SupposedCase {
    /// The case; null when the viewer may not know of it.
    async fn assessment(&self) -> Option<AssessmentStub> {
        self.0.case.clone().map(AssessmentStub)
    }

    /// What becomes of it; null: it stands as it does.
    async fn fate(&self) -> Option<Word<Fate>> {
        self.0.supposed.as_ref()?.fate.map(Word)
    }

    /// How it would be written otherwise.
    async fn edits(&self) -> Option<Json> {
        serde_json::to_value(&self.0.supposed.as_ref()?.edits).ok().map(Json)
    }

    /// How it moved on since the scenario was kept.
    async fn moved(&self) -> Vec<Word<Moved>> {
        self.0.moved.iter().copied().map(Word).collect()
    }
}

/// How many scenarios of the organisation with this code the viewer sees, counted when it is asked.
pub struct ScenarioTotal(pub String);

impl Total for ScenarioTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        Ok(int(session.app.count_scenarios(session.actor()?, &self.0).await?))
    }
}

/// A scenario, as it is to be kept.
#[derive(InputObject)]
pub struct ScenarioInput {
    /// Which one is changed; a new one when absent.
    id: Option<Global<ScenarioId>>,
    /// With `id`: the version that is known.
    expected_version: Option<u32>,
    /// Of a new one: the ODS code of the organisation whose cases it is about; the one where the viewer may, when absent.
    organisation: Option<String>,
    /// What it is called.
    name: String,
    /// What it is for.
    note: Option<String>,
    /// Cases that proceed.
    proceed: Option<Vec<Global<AssessmentId>>>,
    /// Cases that stop.
    stop: Option<Vec<Global<AssessmentId>>>,
    /// Cases that are written otherwise; each may proceed or stop, too.
    change: Option<Vec<SupposedChange>>,
    /// Whether all who oversee the organisation's cases see it.
    #[graphql(default = false)]
    shared: bool,
    /// Whether it is dropped: it stays as it was, and is listed no more.
    #[graphql(default = false)]
    withdrawn: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    idempotency_key: Option<String>,
}

/// What a command on a scenario did.
#[derive(SimpleObject)]
pub struct ScenarioPayload {
    /// The scenario as it now stands.
    scenario: Option<Scenario>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Commands on scenarios.
#[derive(Default)]
pub struct ScenarioMutation;

/// Commands on scenarios.
#[Object]
impl ScenarioMutation {
    /// Keeps what a bundle of decisions would do under a name, or changes what is kept. For governance and
    /// equality leads.
    #[graphql(complexity = "100 + child_complexity")]
    async fn keep_scenario(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scenario.")] mut input: ScenarioInput,
    ) -> Option<Result<ScenarioPayload>> {
        let session = session(ctx);
        let kept = async {
            let actor = session.actor()?;
            let key = input.idempotency_key.take();
            let id = input.id.as_ref().map(|id| id.0);
            let named = Named { proceed: input.proceed, stop: input.stop, change: input.change };
            let draft = ScenarioDraft {
                id: id.map(|id| (id, input.expected_version)),
                organisation: input.organisation,
                name: input.name,
                note: input.note,
                cases: named.cases()?,
                shared: input.shared,
                withdrawn: input.withdrawn,
            };
            let done =
                attempt(|| session.app.keep_scenario(actor, draft.clone(), key.clone(), session.moment));
            match done.await {
                Ok(scenario) => {
                    Ok(ScenarioPayload { scenario: Some(Scenario(scenario)), errors: Vec::new() })
                }
                Err(error) => {
                    let (errors, _) = mendable(error)?;
                    let scenario = match id {
                        Some(id) => Scenario::find(ctx, id).await?,
                        None => None,
                    };
                    Ok(ScenarioPayload { scenario, errors })
                }
            }
        };
        Some(kept.await)
    }
}
