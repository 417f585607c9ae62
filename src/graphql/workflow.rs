//! Workflows, their states and transitions, and what stands in the way of one.

use std::sync::Arc;

use async_graphql::{Context, Enum, Object, Result, SimpleObject};

use crate::{
    domain::{
        case::Head,
        decision::DecisionOutcome,
        id::OrganisationId,
        review::Recommendation,
        screening::ScreeningDepth,
        workflow::{
            Phase, Standing,
            definition::{self, Requirement},
            diagram::Format,
            engine,
            quorum::Composition,
        },
    },
    graphql::{
        limit::{SOME, listed},
        scalar::int,
        session::session,
        word::Word,
    },
};

/// A workflow.
pub struct Workflow {
    pub workflow: Arc<definition::Workflow>,
    /// Whose case keeps it, when it is read from one.
    pub organisation: Option<OrganisationId>,
}

impl From<Arc<definition::Workflow>> for Workflow {
    fn from(workflow: Arc<definition::Workflow>) -> Self {
        Self { workflow, organisation: None }
    }
}

/// How a diagram is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Enum)]
pub enum DiagramFormat {
    /// Text in the Mermaid language.
    Mermaid,
    /// A picture.
    Svg,
}

/// A workflow: versioned, and proved safe before it was published. A case keeps the version it began with.
#[Object]
impl Workflow {
    /// Its key.
    async fn key(&self) -> &str {
        &self.workflow.key
    }

    /// Its version, from 1.
    async fn version(&self) -> i32 {
        int(self.workflow.version)
    }

    /// What people call it.
    async fn title(&self) -> &str {
        &self.workflow.title
    }

    /// Keys of the forms whose cases may begin with it; any form when there are none. The form may name it as well, and
    /// organisations' own forms begin with any that ships.
    async fn forms(&self) -> &[String] {
        &self.workflow.forms
    }

    /// The states a case may be in.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn states(&self) -> Vec<WorkflowState> {
        self.workflow.states.iter().map(WorkflowState::of).collect()
    }

    /// The ways from one state to another.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn transitions(&self) -> Vec<Transition> {
        self.workflow.transitions.iter().cloned().map(Transition).collect()
    }

    /// The seats its panels have: those its quorum asks for, on a case its organisation's too, and those of a role.
    async fn seats(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let organisation = match self.organisation {
            Some(organisation) => session(ctx).find_organisation(organisation).await?,
            None => None,
        };
        let own = organisation.as_ref().map_or(Composition::of(1), |one| one.settings.composition());
        Ok(self.workflow.seats(own).into_iter().map(ToOwned::to_owned).collect())
    }

    /// Its diagram.
    #[graphql(complexity = "100")]
    async fn diagram(
        &self,
        #[graphql(default_with = "DiagramFormat::Mermaid", desc = "How it is drawn.")] format: DiagramFormat,
    ) -> String {
        match format {
            DiagramFormat::Mermaid => self.workflow.diagram(Format::Mermaid),
            DiagramFormat::Svg => self.workflow.diagram(Format::Svg),
        }
    }
}

/// A state of a case.
#[derive(SimpleObject)]
pub struct WorkflowState {
    /// Its name in the definition.
    name: String,
    /// What people call it.
    label: String,
    /// What the program reasons about it.
    phase: Word<Phase>,
    /// Whether the proposal may still, or already, touch people.
    standing: Word<Standing>,
}

impl WorkflowState {
    fn of(state: &definition::State) -> Self {
        Self {
            name: state.name.clone(),
            label: state.label.clone(),
            phase: Word(state.phase),
            standing: Word(state.standing),
        }
    }

    /// The state a case is in.
    pub fn named(head: &Head, workflow: &definition::Workflow) -> Self {
        let label = workflow.state(&head.state).map_or(&head.state, |state| &state.label);
        Self {
            name: head.state.clone(),
            label: label.clone(),
            phase: Word(head.phase),
            standing: Word(head.standing),
        }
    }
}

/// A transition.
pub struct Transition(pub definition::Transition);

/// A way from some states to one.
#[Object]
impl Transition {
    /// Its name in the definition.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What people call it.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// The names of the states it starts from.
    async fn from(&self) -> &[String] {
        &self.0.from
    }

    /// The name of the state it leads to.
    async fn to(&self) -> &str {
        &self.0.to
    }

    /// Whether it records what the panel concluded; it then takes an outcome.
    async fn concludes(&self) -> bool {
        self.0.concludes.is_some()
    }

    /// What the panel concludes by it.
    async fn recommendation(&self) -> Option<Word<Recommendation>> {
        self.0.concludes.map(Word)
    }

    /// Whether it records what the body decided; it then takes a decision.
    async fn decides(&self) -> bool {
        !self.0.decides.is_empty()
    }

    /// What the body may decide by it.
    async fn decision_outcomes(&self) -> Vec<Word<DecisionOutcome>> {
        self.0.decides.iter().copied().map(Word).collect()
    }

    /// How deep an assessment it says is needed, where it screens.
    async fn screens(&self) -> Option<Word<ScreeningDepth>> {
        self.0.screens.map(Word)
    }

    /// The roles that may make it, in the organisation's words: any of these.
    async fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// The names of the guards it must pass.
    async fn guards(&self) -> Vec<&str> {
        self.0.guards.iter().map(crate::domain::workflow::guard::Guard::name).collect()
    }

    /// What a request must bring beside an outcome or decision.
    async fn requires(&self) -> Vec<Word<Requirement>> {
        self.0.requires.iter().copied().map(Word).collect()
    }
}

/// A transition that starts from the state a case is in, with what stands in the viewer's way.
#[derive(SimpleObject)]
pub struct AvailableTransition {
    /// The transition.
    transition: Transition,
    /// Whether nothing stands in the way.
    allowed: bool,
    /// What stands in the way.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    blockers: Vec<Blocker>,
}

impl AvailableTransition {
    /// The transition with what stands in its way.
    pub fn of(transition: definition::Transition, blockers: Vec<engine::Blocker>) -> Self {
        Self {
            transition: Transition(transition),
            allowed: blockers.is_empty(),
            blockers: blockers.into_iter().map(Blocker::from).collect(),
        }
    }
}

/// One thing that stands in the way of a transition.
#[derive(SimpleObject)]
pub struct Blocker {
    /// Stable and machine-readable: `FORBIDDEN`, `REQUIRED`, the name of a guard or the like.
    code: String,
    /// A sentence for the person it stops.
    message: String,
    /// The field it is about, in the canonical document or in the input; empty when it is about the whole.
    path: Vec<String>,
}

impl From<engine::Blocker> for Blocker {
    fn from(blocker: engine::Blocker) -> Self {
        Self { code: blocker.code, message: blocker.message, path: blocker.path.0 }
    }
}
