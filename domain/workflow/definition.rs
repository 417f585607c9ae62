//! A workflow as a document: its states, its transitions, and who may make them.
//!
//! The document is JSON in the layout [`FORMAT`]. Parsing proves the laws of [`super::law`], so a [`Workflow`]
//! in hand is one that broke none when it was published: every state and role a transition names exists, and so
//! do its clocks.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::OnceLock,
};

use serde::Serialize;

use crate::{
    canonical::{Spelling, Spelt},
    case::Pinned,
    decision::DecisionOutcome,
    definition::Definition as _,
    form::{Form, FormSubject},
    permission::{Action, Actor, Relation, Role, permit, relation},
    review::Recommendation,
    screening::ScreeningDepth,
    text::Violation,
    words::words,
    workflow::{
        Phase, Standing,
        deadline::{self, Step},
        effect::Effect,
        guard::Guard,
        law::{self, Broken, Proof},
        witness::Witness,
    },
};

/// The layout of a workflow document.
pub const FORMAT: &str = "ehia/workflow/1";

words! {
    /// What a role of the definition is for. Each transition of a role is held to the policy's action for it.
    Capability {
        /// Writes the assessment and sends it on.
        Write = "WRITE",
        /// Judges it and records what the panel concluded.
        Review = "REVIEW",
        /// Records what the body with authority decided.
        Decide = "DECIDE",
        /// Keeps the panel's business.
        Administer = "ADMINISTER",
        /// Watches over it: equality lead, governance.
        Oversee = "OVERSEE",
    }
}

words! {
    /// What a request must bring besides what its outcome or decision asks for.
    Requirement {
        /// A comment.
        Comment = "COMMENT",
        /// The sections or fields it is about.
        Paths = "PATHS",
        /// A reason, given as the comment.
        Reason = "REASON",
        /// Why it cannot wait for the panel, in the outcome; the comment says what was considered.
        Urgency = "URGENCY",
    }
}

words! {
    /// What the running out of a clock asks for.
    Reaction {
        /// Remind those who are to act.
        Remind = "REMIND",
        /// Tell those who oversee as well.
        Escalate = "ESCALATE",
    }
}

/// Whom a role of the definition means: people by what they are to the case, or by a role they hold. A word
/// that is both (`AUTHOR`, `SRO`) means what somebody is to the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Granted {
    /// Whoever is this to the case.
    Relation(Relation),
    /// Whoever holds this role in the case's organisation.
    Role(Role),
}

impl Granted {
    /// Reads the word; `None` when it is neither a relation nor a role.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let relation = Relation::ALL.iter().copied().find(|relation| relation.as_str() == word);
        let role = || Role::ALL.iter().copied().find(|role| role.as_str() == word);
        relation.map(Self::Relation).or_else(|| role().map(Self::Role))
    }

    /// Whether it means somebody whose proposal it is.
    #[must_use]
    pub const fn is_party(self) -> bool {
        matches!(self, Self::Relation(Relation::Author | Relation::Contributor | Relation::Sro))
    }
}

/// A role in the organisation's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkflowRole {
    /// What it is for.
    pub capability: Capability,
    /// Whom it means: any of these.
    pub grants: Vec<Granted>,
}

impl WorkflowRole {
    /// Whether it means the actor, who is this to the case.
    fn means(&self, is: Relation, actor: &Actor, case: &crate::case::Case) -> bool {
        self.grants.iter().any(|grant| match *grant {
            Granted::Relation(relation) => relation == is,
            Granted::Role(role) => actor.serves(case, role),
        })
    }
}

/// A state of a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Its name, `lower_snake`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What the program reasons about it.
    pub phase: Phase,
    /// Whether the proposal may touch people.
    pub standing: Standing,
    /// Roles that may edit the content; nobody when empty.
    pub editable_by: Vec<String>,
}

/// A way from some states to one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Transition {
    /// Its name, `lower_snake`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// The states it starts from.
    pub from: Vec<String>,
    /// The state it leads to.
    pub to: String,
    /// Roles that may make it: any of these.
    pub roles: Vec<String>,
    /// What must be so.
    pub guards: Vec<Guard>,
    /// The panel's conclusion that it records; it then takes an outcome.
    pub concludes: Option<Recommendation>,
    /// The decisions of the body that it records; it takes a decision unless this is empty.
    pub decides: Vec<DecisionOutcome>,
    /// How deep an assessment it says is needed, where it screens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screens: Option<ScreeningDepth>,
    /// Why the panel concludes by it without a quorum, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_quorum: Option<String>,
    /// What a request must bring.
    pub requires: Vec<Requirement>,
    /// What else it does.
    pub effects: Vec<Effect>,
}

impl Transition {
    /// Whether it asks for a panel's votes or declarations.
    #[must_use]
    pub fn asks_panel(&self) -> bool {
        self.guards.iter().any(|guard| {
            matches!(guard, Guard::Quorum { .. } | Guard::ReviewsComplete {} | Guard::InterestsDeclared {})
        })
    }

    /// Whether it asks for a quorum.
    #[must_use]
    pub fn asks_quorum(&self) -> bool {
        self.guards.iter().any(|guard| matches!(guard, Guard::Quorum { .. }))
    }

    /// Within how many working days the panel is to ratify what it concludes, where it asks for that.
    #[must_use]
    pub fn ratified_within(&self) -> Option<u32> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::RequireRatification { days } => Some(*days),
            _ => None,
        })
    }

    /// The policy's action for making this transition in a role of that capability.
    #[must_use]
    pub const fn action(&self, capability: Capability) -> Action {
        match capability {
            // Where the panel decides by delegation it concludes, and separation of duties is the panel's.
            _ if self.concludes.is_some() => Action::Conclude,
            _ if self.screens.is_some() => Action::Screen,
            _ if !self.decides.is_empty() => Action::Decide,
            Capability::Write => Action::Submit,
            Capability::Decide => Action::Decide,
            Capability::Review | Capability::Administer | Capability::Oversee => Action::Steer,
        }
    }
}

/// A clock in NHS working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClockDefinition {
    /// Its name, `lower_snake`.
    pub name: String,
    /// Working days it gives.
    pub days: u32,
    /// Phases it runs in; in any other it pauses. By default all but `DRAFTING`, so that time with the author
    /// does not count.
    pub runs_in: Vec<Phase>,
    /// What its running out asks for, in a word.
    pub due: Reaction,
    /// Who is told how long before or after it is due; what the word stands for when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

impl ClockDefinition {
    /// Who is told how long before or after it is due.
    #[must_use]
    pub fn steps(&self) -> Cow<'_, [Step]> {
        if self.steps.is_empty() { deadline::steps_of(self.due).into() } else { Cow::Borrowed(&self.steps) }
    }
}

/// A workflow that broke no law.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workflow {
    /// Its key: `ehia`.
    pub key: String,
    /// Its version, from 1.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// The state a case begins in.
    pub initial: String,
    /// Keys of the forms whose cases may begin with it; any form when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
    /// Roles by the organisation's word.
    pub roles: BTreeMap<String, WorkflowRole>,
    /// Its states, in the order of the document.
    pub states: Vec<State>,
    /// Its transitions, in the order of the document.
    pub transitions: Vec<Transition>,
    /// Its clocks.
    pub clocks: Vec<ClockDefinition>,
    /// The written delegation that lets the panel decide, cited.
    pub delegation: Option<String>,
    /// Cases that reach each of its states; no part of what governs a case, and of no record.
    #[serde(skip)]
    pub witnesses: Vec<Witness>,
    #[serde(skip)]
    pub(super) spelling: Spelling,
}

impl Workflow {
    pub(crate) const SHIPPED: [&str; 14] = [
        include_str!("../definition/workflow-ehia.json"),
        include_str!("../definition/workflow-qia-two-stage.json"),
        include_str!("../definition/workflow-two-person.json"),
        include_str!("../definition/workflow-self-assessment.json"),
        include_str!("../definition/workflow-ehia-2.json"),
        include_str!("../definition/workflow-qia-two-stage-2.json"),
        include_str!("../definition/workflow-two-person-2.json"),
        include_str!("../definition/workflow-self-assessment-2.json"),
        include_str!("../definition/workflow-screening.json"),
        include_str!("../definition/workflow-ehia-3.json"),
        include_str!("../definition/workflow-qia-two-stage-3.json"),
        include_str!("../definition/workflow-two-person-3.json"),
        include_str!("../definition/workflow-self-assessment-3.json"),
        include_str!("../definition/workflow-screening-2.json"),
    ];

    /// How it is spelt, as records keep it.
    ///
    /// # Errors
    /// When it cannot be spelt; see [`crate::canonical::bytes`].
    pub fn spelt(&self) -> Result<&Spelt, Violation> {
        self.spelling.of(self)
    }

    /// Reads a definition and proves it, and says how long the way was.
    #[must_use]
    pub fn prove(source: &str) -> Proof {
        law::prove(source)
    }

    /// Reads a definition and proves it.
    ///
    /// # Errors
    /// Every law it breaks, with where and what to do.
    pub fn parse(source: &str) -> Result<Self, Vec<Broken>> {
        law::prove(source).workflow
    }

    /// The shipped definitions, the default first.
    ///
    /// # Panics
    /// Never in a build whose tests passed: they prove every shipped definition.
    #[must_use]
    pub fn shipped_all() -> &'static [Self] {
        static ALL: OnceLock<Vec<Workflow>> = OnceLock::new();
        ALL.get_or_init(|| {
            Self::SHIPPED
                .iter()
                .map(|source| Self::parse(source).expect("the shipped workflows are tested"))
                .collect()
        })
    }

    /// The shipped definition with this key and version.
    #[must_use]
    pub fn shipped(key: &str, version: u32) -> Option<&'static Self> {
        Self::shipped_all().iter().find(|workflow| workflow.key == key && workflow.version == version)
    }

    /// What a case keeps of it.
    #[must_use]
    pub fn pinned(&self) -> Pinned {
        Pinned { key: self.key.clone(), version: self.version }
    }

    /// Whether cases of the form may begin with it: it names the form, or no form at all; the form names it; or it is
    /// the program's and the form the organisation's own, of which the program knows nothing.
    #[must_use]
    pub fn fits(&self, form: &Form) -> bool {
        let own = !Form::is_reserved(&form.key) && Self::is_reserved(&self.key);
        self.forms.is_empty()
            || self.forms.contains(&form.key)
            || form.workflow.as_ref() == Some(&self.key)
            || (own
                && form.workflow.is_none()
                && (form.about == FormSubject::Screening || !self.only_screens()))
    }

    /// Whether all that may begin with it are screenings.
    fn only_screens(&self) -> bool {
        let screens =
            |key: &String| Form::newest_shipped(key).is_some_and(|f| f.about == FormSubject::Screening);
        !self.forms.is_empty() && self.forms.iter().all(screens)
    }

    /// Whether some conclusion asks for a quorum.
    #[must_use]
    pub fn asks_quorum(&self) -> bool {
        self.transitions.iter().any(Transition::asks_quorum)
    }

    /// The state with this name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        self.states.iter().find(|state| state.name == name)
    }

    /// The transition with this name.
    #[must_use]
    pub fn transition(&self, name: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.name == name)
    }

    /// The clock with this name.
    #[must_use]
    pub fn clock(&self, name: &str) -> Option<&ClockDefinition> {
        self.clocks.iter().find(|clock| clock.name == name)
    }

    /// The transitions that start from this state.
    pub fn leaving<'a, 's>(&'a self, state: &'s str) -> impl Iterator<Item = &'a Transition> + use<'a, 's> {
        self.transitions.iter().filter(move |transition| transition.from.iter().any(|from| from == state))
    }

    /// The roles that may make one of the transitions; who may by what they are to a case is not among them.
    pub fn roles_of<'a>(&self, transitions: impl Iterator<Item = &'a Transition>) -> BTreeSet<Role> {
        let words = transitions.flat_map(|transition| &transition.roles);
        let grants = words.filter_map(|word| self.roles.get(word)).flat_map(|role| &role.grants);
        let held = grants.filter_map(|grant| match grant {
            Granted::Role(role) => Some(*role),
            Granted::Relation(_) => None,
        });
        held.collect()
    }

    /// The roles that conclude from this state; empty when it offers no conclusion.
    #[must_use]
    pub fn concluders(&self, state: &str) -> BTreeSet<Role> {
        self.roles_of(self.leaving(state).filter(|transition| transition.concludes.is_some()))
    }

    /// The roles that decide from this state; empty when it offers no decision.
    #[must_use]
    pub fn deciders(&self, state: &str) -> BTreeSet<Role> {
        self.roles_of(self.leaving(state).filter(|transition| !transition.decides.is_empty()))
    }

    /// The roles that decide from any state: those who act for the body with authority.
    #[must_use]
    pub fn body(&self) -> BTreeSet<Role> {
        self.roles_of(self.transitions.iter().filter(|transition| !transition.decides.is_empty()))
    }

    /// The roles that say what became of what was decided: those that close it from this state, or where none does, that
    /// reopen it.
    #[must_use]
    pub fn followers(&self, state: &str) -> BTreeSet<Role> {
        self.roles_of(self.following(state).into_iter())
    }

    /// The transitions by which those say it.
    #[must_use]
    pub fn following(&self, state: &str) -> Vec<&Transition> {
        if self.closers(state).is_empty() {
            self.reopening(state).into_iter().collect()
        } else {
            self.closing(state).collect()
        }
    }

    /// The roles that reopen a case from this state; empty when none does.
    #[must_use]
    pub fn reopeners(&self, state: &str) -> BTreeSet<Role> {
        self.roles_of(self.reopening(state).into_iter())
    }

    /// The roles that close a case from this state; empty when none does.
    #[must_use]
    pub fn closers(&self, state: &str) -> BTreeSet<Role> {
        self.roles_of(self.closing(state))
    }

    /// The transitions by which they do.
    fn closing<'a, 's>(&'a self, state: &'s str) -> impl Iterator<Item = &'a Transition> + use<'a, 's> {
        self.leaving(state)
            .filter(move |transition| self.state(&transition.to).is_some_and(|to| to.phase == Phase::Closed))
    }

    /// Whether a conclusion from this state asks for a panel's votes or declarations.
    #[must_use]
    pub fn asks_panel(&self, state: &str) -> bool {
        self.leaving(state).any(|transition| transition.concludes.is_some() && transition.asks_panel())
    }

    /// Whether the actor is somebody this role of the definition means.
    #[must_use]
    pub fn means(&self, role: &str, actor: &Actor, case: &crate::case::Case) -> bool {
        let is = relation(actor, case);
        self.roles.get(role).is_some_and(|role| role.means(is, actor, case))
    }

    /// What those of the roles that mean the actor are for.
    pub(super) fn capabilities(
        &self,
        roles: &[String],
        actor: &Actor,
        case: &crate::case::Case,
    ) -> BTreeSet<Capability> {
        let is = relation(actor, case);
        let roles = roles.iter().filter_map(|role| self.roles.get(role));
        roles.filter(|role| role.means(is, actor, case)).map(|role| role.capability).collect()
    }

    /// Whether the actor may edit the content in the state the case is in: by the policy, narrowed here.
    #[must_use]
    pub fn may_edit(&self, actor: &Actor, case: &crate::case::Case) -> bool {
        self.state(&case.state).is_some_and(|state| {
            permit(actor, Action::Edit, case, state.phase).is_ok()
                && state.editable_by.iter().any(|role| self.means(role, actor, case))
        })
    }
}
