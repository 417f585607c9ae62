//! The laws a definition must keep, proved when it is loaded.
//!
//! Laws of form come first; the others are asked only of a document in which every name resolves, and the
//! witnesses are run only when nothing else is wrong, so that one mistake is reported once.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    check::Gate,
    decision::DecisionOutcome,
    permission::Actor,
    review::Recommendation,
    screening::ScreeningDepth,
    text::Path,
    workflow::{
        Phase, Standing,
        definition::{Capability, Requirement, State, Transition, Workflow},
        document::{self, shown},
        engine,
        guard::Guard,
        matrix,
        quorum::Composition,
        witness::{self, Given, Stage},
    },
};

/// Most guards in CEL: each is worked out whenever somebody looks at what can be done with a case.
const EXPRESSIONS: usize = 50;

/// A law, with what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Law {
    /// Stable: `SAFETY_SUBMIT_GATE`.
    pub id: &'static str,
    /// What it says, in one sentence.
    pub statement: &'static str,
}

/// A law that a definition breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{law} at {at}: {message}")]
pub struct Broken {
    /// The law's id.
    pub law: &'static str,
    /// The state, transition, role, clock or witness that breaks it.
    pub at: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Broken {
    /// Where in the document that is: `transitions/submit`.
    #[must_use]
    pub fn path(&self) -> Path {
        let Some((kind, name)) = self.at.split_once(" `") else {
            return if self.at.contains(' ') { Path::default() } else { Path::of([&self.at]) };
        };
        let list = match kind {
            "witness" => "witnesses".to_owned(),
            one => format!("{one}s"),
        };
        Path::of([list.as_str(), name.trim_end_matches('`')])
    }
}

const LAWS: &[Law] = &[
    Law {
        id: "FORM_DOCUMENT",
        statement: "The document is JSON in the layout ehia/workflow/1, without unknown fields.",
    },
    Law {
        id: "FORM_BOUNDS",
        statement: "The document keeps the bounds on its size, on the length of its lists and on its guards in CEL.",
    },
    Law { id: "FORM_NAMES", statement: "Names are words and unique; labels are not blank." },
    Law {
        id: "FORM_STATES",
        statement: "Every state that is named exists, is named once, and a case begins in a drafting state that is pending.",
    },
    Law {
        id: "FORM_ROLES",
        statement: "Every role that is named exists, is named once and means somebody, once, and every transition has one whom the policy lets make it.",
    },
    Law { id: "FORM_GUARDS", statement: "Every guard exists and its parameters fit." },
    Law { id: "FORM_EFFECTS", statement: "Every effect exists and its parameters fit." },
    Law {
        id: "FORM_CLOCKS",
        statement: "Every clock gives at least one working day, runs in some phase and says who is told when, within bounds.",
    },
    Law {
        id: "FORM_STANDING",
        statement: "An approved state is pending, a decided or closed one is proceeding or stopped, and none before is stopped.",
    },
    Law {
        id: "FORM_CAPABILITIES",
        statement: "Roles that review conclude, roles that decide decide, and roles that write edit.",
    },
    Law {
        id: "FORM_CONCLUSIONS",
        statement: "What a transition concludes or decides fits the state it leads to.",
    },
    Law {
        id: "SAFETY_APPROVED_THROUGH_REVIEW",
        statement: "No path reaches an approved state except through review and a transition that concludes with approval.",
    },
    Law {
        id: "SAFETY_PROCEEDING_DECIDED",
        statement: "No path reaches a proceeding state except by a transition that decides to proceed.",
    },
    Law {
        id: "SAFETY_WRITER_NEVER_CONCLUDES",
        statement: "No role that may write concludes, decides or screens, nor one that means the same people.",
    },
    Law { id: "SAFETY_SUBMIT_GATE", statement: "Entering review requires no_blockers with the gate SUBMIT." },
    Law {
        id: "SAFETY_DECIDE_GATE",
        statement: "Deciding, other than to decide later, requires no_blockers with the gate DECIDE.",
    },
    Law { id: "SAFETY_REVIEWED_AS_SUBMITTED", statement: "Nobody edits what is under review." },
    Law {
        id: "SAFETY_DECIDED_AS_APPROVED",
        statement: "Deciding, other than to decide later, on an approved case that may be edited requires unchanged_since_review.",
    },
    Law {
        id: "SAFETY_REEXAMINATION",
        statement: "From every approved and every decided state somebody who does not write can reopen the case to drafting or review.",
    },
    Law {
        id: "SAFETY_DELEGATION_CITED",
        statement: "A transition both concludes and decides only where the written delegation to the panel is cited.",
    },
    Law {
        id: "SAFETY_URGENT_ACTION_RATIFIED",
        statement: "What asks why it cannot wait requires ratification and the other way round; it concludes with approval, and the definition has a quorum that ratifies.",
    },
    Law {
        id: "SAFETY_QUORUM",
        statement: "What a panel concludes asks for a quorum, or is an action between meetings that a quorum ratifies, or the definition says why neither in `withoutQuorum`.",
    },
    Law { id: "PROGRESS_REACHABLE", statement: "Every state can be reached from the initial one." },
    Law { id: "PROGRESS_FINISHABLE", statement: "From every state a decided or closed one can be reached." },
    Law {
        id: "WITNESS_BOUNDS",
        statement: "All witness cases together are played in a bounded number of steps: people and guards asked, reviews written, elements walked.",
    },
    Law { id: "WITNESS_PASSES", statement: "Every witness case passes, guards and all." },
    Law { id: "WITNESS_COMPLETE", statement: "Every state is reached by a witness case." },
];

/// All laws, in the order in which they are proved.
#[must_use]
pub fn laws() -> &'static [Law] {
    LAWS
}

/// How the proof of a definition ended.
#[derive(Debug)]
pub struct Proof {
    /// The definition, or every law it breaks.
    pub workflow: Result<Workflow, Vec<Broken>>,
    /// How many steps its witnesses took, of [`witness::STEPS`](super::witness) at most.
    pub steps: usize,
}

/// Reads a definition and proves every law of it.
pub(super) fn prove(source: &str) -> Proof {
    let mut steps = 0;
    let workflow = proved(source, &mut steps);
    Proof { workflow, steps }
}

fn proved(source: &str, steps: &mut usize) -> Result<Workflow, Vec<Broken>> {
    let mut broken = Vec::new();
    let Some(workflow) = document::examine(source, &mut broken) else { return Err(broken) };
    let unresolved = |law: &Broken| matches!(law.law, "FORM_NAMES" | "FORM_STATES" | "FORM_ROLES");
    if !broken.iter().any(unresolved) {
        let graph = Graph { workflow: &workflow, broken: &mut broken, writers: BTreeMap::new() };
        graph.prove();
    }
    if broken.is_empty() {
        broken = witness::run(&workflow, steps);
    }
    if broken.is_empty() { Ok(workflow) } else { Err(broken) }
}

/// A definition in which every name resolves.
struct Graph<'a> {
    workflow: &'a Workflow,
    broken: &'a mut Vec<Broken>,
    /// Roles that may write, and why.
    writers: BTreeMap<&'a str, String>,
}

impl<'a> Graph<'a> {
    fn prove(mut self) {
        self.standings();
        let roles = self.workflow.roles.keys();
        self.writers = roles.filter_map(|role| Some((role.as_str(), self.writer(role)?))).collect();
        let guards_read = !self.broken.iter().any(|broken| broken.law == "FORM_GUARDS");
        for transition in &self.workflow.transitions {
            self.capabilities(transition);
            self.conclusions(transition);
            self.delegation(transition);
            self.urgent(transition);
            if guards_read {
                if let Some(message) = self.workflow.misses_quorum(transition) {
                    self.on_transition("SAFETY_QUORUM", transition, message);
                }
                self.gates(transition);
            }
            self.proceeding(transition);
        }
        self.sizes();
        self.makeable();
        self.approved();
        self.reexamination();
        self.progress();
    }

    /// The policy lets somebody in one of its roles make every transition, from wherever it starts: a law that asks for
    /// a way is not kept by one that nobody can go.
    fn makeable(&mut self) {
        let people = matrix::people();
        let mut stage = Stage::new(self.workflow, &Given::default(), 0);
        for transition in &self.workflow.transitions {
            // What the policy permits depends on the phase alone, so that one state of each speaks for the others.
            let mut phases = BTreeSet::new();
            for from in &transition.from {
                if !phases.insert(self.state(from).map(|state| state.phase)) {
                    continue;
                }
                stage.case.state.clone_from(from);
                let may =
                    |one: &Actor| engine::permitted(&stage.case, transition, one, self.workflow).is_ok();
                if !people.iter().any(|(_, one)| may(one)) {
                    let message = format!(
                        "The policy lets nobody in its roles make it from {}: name another role.",
                        shown(from)
                    );
                    self.on_transition("FORM_ROLES", transition, message);
                }
            }
        }
    }

    /// There are no more guards in CEL than can be worked out while somebody waits, and no more seats than a panel has.
    fn sizes(&mut self) {
        let seats = self.workflow.full_panel(Composition::of(0)).len();
        if seats > document::SEATS {
            let message = format!(
                "Its quorums ask for {seats} seats; at most {} are read. Leave some out.",
                document::SEATS
            );
            self.report("FORM_BOUNDS", "workflow", &self.workflow.key, message);
        }
        let conditions = self.workflow.transitions.iter().flat_map(|transition| &transition.guards);
        let conditions = conditions.filter(|guard| matches!(guard, Guard::Expression { .. })).count();
        if conditions > EXPRESSIONS {
            let message =
                format!("It has {conditions} guards in CEL; at most {EXPRESSIONS} are read. Leave some out.");
            self.report("FORM_BOUNDS", "workflow", &self.workflow.key, message);
        }
    }

    fn report(&mut self, law: &'static str, kind: &str, name: &str, message: impl Into<String>) {
        self.broken.push(Broken { law, at: format!("{kind} {}", shown(name)), message: message.into() });
    }

    fn on_transition(&mut self, law: &'static str, transition: &Transition, message: impl Into<String>) {
        self.report(law, "transition", &transition.name, message);
    }

    fn state(&self, name: &str) -> Option<&'a State> {
        self.workflow.state(name)
    }

    fn sources(&self, transition: &'a Transition) -> impl Iterator<Item = &'a State> + use<'a> {
        let workflow = self.workflow;
        transition.from.iter().filter_map(move |from| workflow.state(from))
    }

    fn capability(&self, role: &str) -> Option<Capability> {
        self.workflow.roles.get(role).map(|role| role.capability)
    }

    fn standings(&mut self) {
        if let Some(initial) = self.state(&self.workflow.initial)
            && (initial.phase, initial.standing) != (Phase::Drafting, Standing::Pending)
        {
            let message = "A case begins in this state: make it DRAFTING and PENDING, or begin in another.";
            self.report("FORM_STATES", "state", &initial.name, message);
        }
        for state in &self.workflow.states {
            let fits = match state.phase {
                Phase::Drafting | Phase::Review => state.standing != Standing::Stopped,
                Phase::Approved => state.standing == Standing::Pending,
                Phase::Decided | Phase::Closed => state.standing != Standing::Pending,
            };
            if !fits {
                let message =
                    format!("{} and {} do not go together: change one of them.", state.phase, state.standing);
                self.report("FORM_STANDING", "state", &state.name, message);
            }
            if state.phase == Phase::Review && !state.editable_by.is_empty() {
                let message = "The panel would judge what nobody submitted: leave `editableBy` out, or let the case be returned first.";
                self.report("SAFETY_REVIEWED_AS_SUBMITTED", "state", &state.name, message);
            }
            for role in &state.editable_by {
                if self.capability(role).is_some_and(|capability| capability != Capability::Write) {
                    let message = format!(
                        "{} edits, but its capability is not WRITE: leave it out, or change that.",
                        shown(role)
                    );
                    self.report("FORM_CAPABILITIES", "state", &state.name, message);
                }
            }
        }
    }

    /// Who concludes and who decides.
    fn capabilities(&mut self, transition: &Transition) {
        let (concludes, decides) = (transition.concludes.is_some(), !transition.decides.is_empty());
        let screens = transition.screens.is_some();
        if !concludes && !decides && !screens {
            return;
        }
        let wanted = if concludes || !decides { Capability::Review } else { Capability::Decide };
        for role in &transition.roles {
            if let Some(writer) = self.writers.get(role.as_str()) {
                let message = format!(
                    "{} may write ({writer}), so it may not {}: leave it out of `roles`.",
                    shown(role),
                    match (concludes, decides) {
                        (true, _) => "conclude",
                        (false, true) => "decide",
                        (false, false) => "screen",
                    }
                );
                self.on_transition("SAFETY_WRITER_NEVER_CONCLUDES", transition, message);
            } else if self.capability(role) != Some(wanted) {
                let message =
                    format!("{} does not have the capability {wanted}: name a role that does.", shown(role));
                self.on_transition("FORM_CAPABILITIES", transition, message);
            }
        }
    }

    /// Why the role may write: of itself, or because it means the same people as one that does.
    fn writer(&self, role: &str) -> Option<String> {
        let asked = self.workflow.roles.get(role)?;
        if asked.capability == Capability::Write {
            return Some("its capability is WRITE".into());
        }
        if asked.grants.iter().any(|grant| grant.is_party()) {
            return Some("it means those whose proposal it is".into());
        }
        let writers = self.workflow.roles.iter().filter(|(_, other)| other.capability == Capability::Write);
        let mut same =
            writers.filter(|(_, other)| other.grants.iter().any(|grant| asked.grants.contains(grant)));
        same.next().map(|(other, _)| format!("it means the same people as {}", shown(other)))
    }

    /// Whether what is concluded or decided fits where the transition leads.
    fn conclusions(&mut self, transition: &'a Transition) {
        let Some(to) = self.state(&transition.to) else { return };
        let decides = !transition.decides.is_empty();
        let deepens = transition.screens.is_some_and(|depth| depth != ScreeningDepth::None);
        if deepens && (decides || matches!(to.phase, Phase::Decided | Phase::Closed)) {
            let message = "Where an assessment is needed nothing is decided yet: let it lead to a state that is pending.";
            self.on_transition("FORM_CONCLUSIONS", transition, message);
        }
        if let Some(recommendation) = transition.concludes {
            let fits = match recommendation {
                Recommendation::Approve | Recommendation::ApproveWithConditions => {
                    to.phase == Phase::Approved || (decides && to.phase == Phase::Decided)
                }
                Recommendation::Return => to.phase == Phase::Drafting,
                Recommendation::Defer => to.phase == Phase::Review,
                Recommendation::NotSupport => {
                    to.phase == Phase::Review || (decides && to.standing == Standing::Stopped)
                }
            };
            if !fits {
                let message = format!(
                    "{recommendation} does not lead to a state of phase {}: change `concludes` or `to`.",
                    to.phase
                );
                self.on_transition("FORM_CONCLUSIONS", transition, message);
            }
            if !recommendation.approves() && self.sources(transition).any(|from| from.phase != Phase::Review)
            {
                let message =
                    "The panel concludes on what is before it: let it start from states of phase REVIEW.";
                self.on_transition("FORM_CONCLUSIONS", transition, message);
            }
        }
        for outcome in &transition.decides {
            let fits = match outcome {
                DecisionOutcome::Defer => !matches!(to.phase, Phase::Decided | Phase::Closed),
                DecisionOutcome::Stop => to.standing == Standing::Stopped,
                // Where it proceeds is the law of safety's to say.
                proceeds => proceeds.proceeds() && to.standing != Standing::Stopped,
            };
            if !fits {
                let message = format!(
                    "{outcome} does not lead to a state that is {} and {}: change `decides` or `to`.",
                    to.phase, to.standing
                );
                self.on_transition("FORM_CONCLUSIONS", transition, message);
            }
        }
    }

    fn delegation(&mut self, transition: &Transition) {
        let both = transition.concludes.is_some() && !transition.decides.is_empty();
        let cited = self.workflow.delegation.as_ref().is_some_and(|citation| !citation.trim().is_empty());
        if both && !cited {
            let message = "The panel would decide: cite the written delegation in `delegation`, or let the body decide.";
            self.on_transition("SAFETY_DELEGATION_CITED", transition, message);
        }
    }

    /// An action between meetings says why, and is answered by a quorum. A version that was released before this was asked
    /// is what it was.
    fn urgent(&mut self, transition: &Transition) {
        let urgent = transition.requires.contains(&Requirement::Urgency);
        let ratified = transition.ratified_within().is_some();
        let released = (self.workflow.key.as_str(), self.workflow.version) == ("qia-two-stage", 1);
        if !(urgent || ratified) || released {
            return;
        }
        let wrong = [
            (!urgent, "Its ratification is required: let it also require URGENCY, or leave the effect out."),
            (
                !ratified,
                "It is an action between meetings: add the effect require_ratification, or leave URGENCY out.",
            ),
            (
                !transition.concludes.is_some_and(Recommendation::approves),
                "Only what approves is acted on before the panel meets: let it conclude with an approval.",
            ),
            (
                !self.workflow.asks_quorum(),
                "The panel ratifies with its quorum: add the guard quorum to a conclusion of the whole panel.",
            ),
        ];
        for (_, message) in wrong.into_iter().filter(|(is, _)| *is) {
            self.on_transition("SAFETY_URGENT_ACTION_RATIFIED", transition, message);
        }
    }

    fn gates(&mut self, transition: &'a Transition) {
        let has = |gate: Gate| transition.guards.contains(&Guard::NoBlockers { gate });
        let enters = self.state(&transition.to).is_some_and(|to| to.phase == Phase::Review)
            && self.sources(transition).any(|from| from.phase != Phase::Review);
        if enters && !has(Gate::Submit) {
            let message = "It enters review: add the guard no_blockers with the gate SUBMIT.";
            self.on_transition("SAFETY_SUBMIT_GATE", transition, message);
        }
        let decides = transition.decides.iter().any(|outcome| *outcome != DecisionOutcome::Defer);
        if decides && !has(Gate::Decide) {
            let message = "It decides: add the guard no_blockers with the gate DECIDE.";
            self.on_transition("SAFETY_DECIDE_GATE", transition, message);
        }
        let edited = self
            .sources(transition)
            .any(|from| from.phase == Phase::Approved && !from.editable_by.is_empty());
        if decides && edited && !transition.guards.contains(&(Guard::UnchangedSinceReview {})) {
            let message =
                "The body could decide on what the panel did not see: add the guard unchanged_since_review.";
            self.on_transition("SAFETY_DECIDED_AS_APPROVED", transition, message);
        }
    }

    /// A proceeding state is entered by a decision to proceed; what proceeds may go on proceeding.
    fn proceeding(&mut self, transition: &'a Transition) {
        let enters = self.state(&transition.to).is_some_and(|to| to.standing == Standing::Proceeding)
            && self.sources(transition).any(|from| from.standing != Standing::Proceeding);
        let decided =
            !transition.decides.is_empty() && transition.decides.iter().all(|outcome| outcome.proceeds());
        if enters && !decided {
            let message = format!(
                "It lets the proposal proceed without a decision to do so: let it decide, or lead elsewhere than {}.",
                shown(&transition.to)
            );
            self.on_transition("SAFETY_PROCEEDING_DECIDED", transition, message);
        }
    }

    /// Walks every path with one bit: whether the panel approved since the content was last open.
    fn approved(&mut self) {
        let mut seen = BTreeSet::from([(self.workflow.initial.as_str(), false)]);
        let mut reached = vec![(self.workflow.initial.as_str(), false)];
        let mut reported = BTreeSet::new();
        while let Some((at, approved)) = reached.pop() {
            let Some(from) = self.state(at) else { continue };
            for transition in self.workflow.leaving(at) {
                let Some(to) = self.state(&transition.to) else { continue };
                let concludes =
                    from.phase == Phase::Review && transition.concludes.is_some_and(Recommendation::approves);
                let approved = match to.phase {
                    Phase::Drafting | Phase::Review => false,
                    Phase::Approved | Phase::Decided | Phase::Closed => approved || concludes,
                };
                if to.phase == Phase::Approved && !approved && reported.insert(transition.name.as_str()) {
                    let message = format!(
                        "It leads from {} to the approved state {} without the panel's approval: start from review and conclude with it.",
                        shown(at),
                        shown(&to.name)
                    );
                    self.on_transition("SAFETY_APPROVED_THROUGH_REVIEW", transition, message);
                }
                if seen.insert((to.name.as_str(), approved)) {
                    reached.push((to.name.as_str(), approved));
                }
            }
        }
    }

    fn reexamination(&mut self) {
        let states = self.workflow.states.iter();
        for state in states.filter(|state| matches!(state.phase, Phase::Approved | Phase::Decided)) {
            if self.workflow.reopening(&state.name).is_none() {
                let message = "What changes after approval could not be examined again: add a transition to drafting or review, open to a role that does not write.";
                self.report("SAFETY_REEXAMINATION", "state", &state.name, message);
            }
        }
    }

    fn progress(&mut self) {
        let forward = self.spread(vec![self.workflow.initial.as_str()], |transition, at| {
            if transition.from.iter().any(|from| from == at) {
                vec![transition.to.as_str()]
            } else {
                Vec::new()
            }
        });
        let ends = self.workflow.states.iter();
        let ends = ends.filter(|state| matches!(state.phase, Phase::Decided | Phase::Closed));
        let backward = self.spread(ends.map(|state| state.name.as_str()).collect(), |transition, at| {
            if transition.to == at {
                transition.from.iter().map(String::as_str).collect()
            } else {
                Vec::new()
            }
        });
        for state in &self.workflow.states {
            if !forward.contains(state.name.as_str()) {
                let message =
                    "No transition leads here from the initial state: add one, or leave the state out.";
                self.report("PROGRESS_REACHABLE", "state", &state.name, message);
            }
            if !backward.contains(state.name.as_str()) {
                let message =
                    "No decided or closed state can be reached from here: add a transition towards one.";
                self.report("PROGRESS_FINISHABLE", "state", &state.name, message);
            }
        }
    }

    fn spread(
        &self,
        mut reached: Vec<&'a str>,
        next: impl Fn(&'a Transition, &str) -> Vec<&'a str>,
    ) -> BTreeSet<&'a str> {
        let mut seen: BTreeSet<&str> = reached.iter().copied().collect();
        while let Some(at) = reached.pop() {
            for state in self.workflow.transitions.iter().flat_map(|transition| next(transition, at)) {
                if seen.insert(state) {
                    reached.push(state);
                }
            }
        }
        seen
    }
}

impl Workflow {
    /// The transition that reopens a case from this state, to drafting or review, in a role that does not
    /// write: what a change that is judged material makes.
    #[must_use]
    pub fn reopening(&self, state: &str) -> Option<&Transition> {
        self.leaving(state).find(|transition| {
            let to = self.state(&transition.to).map(|to| to.phase);
            let others = transition.roles.iter().filter_map(|role| self.roles.get(role));
            matches!(to, Some(Phase::Drafting | Phase::Review))
                && transition.concludes.is_none()
                && transition.decides.is_empty()
                && others.into_iter().any(|role| role.capability != Capability::Write)
        })
    }
}
