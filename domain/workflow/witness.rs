//! Witness cases: synthetic cases that show that a workflow's states can be reached, guards and all.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    assessment::Content,
    calendar::Moment,
    canonical::Spelt,
    case::{Case, Process, RetentionClass},
    condition::ConditionStatus,
    form::Form,
    group::Catalogue,
    id::{AssessmentId, OrganisationId, PersonId, Supply},
    impact::{Direction, Impact},
    party::Party,
    permission::{Actor, Grant, Relation, Role, was_party},
    rating::Rating,
    review::{Declared, Interest, Panel, PanelMember, Recommendation, Review},
    settings::Settings,
    text::Path,
    workflow::{
        definition::{Granted, Requirement, Transition, Workflow},
        document::shown,
        engine::{
            Blocker, ConditionDraft, Context, DecisionDraft, OutcomeDraft, Refused, Request, apply, permitted,
        },
        guard::Guard,
        law::Broken,
    },
};

/// One impact of a synthetic case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WitnessImpact {
    /// Which way it goes.
    pub direction: Direction,
    /// Before mitigation.
    #[serde(default)]
    pub initial: Option<Rating>,
}

/// What the synthetic case says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Given {
    /// Its impacts.
    pub impacts: Vec<WitnessImpact>,
    /// Its answers by question key.
    pub answers: BTreeMap<String, Value>,
}

/// One synthetic case: what it says, and the transitions it makes from the initial state. Whatever a step asks
/// for (comment, outcome, reviews of a quorate panel, a decision) is supplied; conditions are verified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witness {
    /// What it shows.
    pub name: String,
    /// What the case says.
    #[serde(default)]
    pub given: Given,
    /// Names of transitions, in order.
    pub steps: Vec<String>,
}

/// Most steps that all witnesses together may take. A step is a person asked, a guard asked, a review written, an
/// outcome or decision carried along, a kilobyte of what a witness is given, or an element that a condition walks.
pub const STEPS: usize = 3_000;
/// Most synthetic cases that play one witness.
const TRIES: u128 = 16;

/// Why a witness was not played to its end.
enum Failed {
    /// A step fails; `drawn` when the draw alone stops it.
    Stopped { message: String, drawn: bool },
    /// No steps are left.
    Spent,
}

/// Runs every witness, counting the steps it takes, and says which fail and which states none reaches.
pub(super) fn run(workflow: &Workflow, steps: &mut usize) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut reached = BTreeSet::from([workflow.initial.clone()]);
    for witness in &workflow.witnesses {
        let at = format!("witness {}", shown(&witness.name));
        let mut outcome = Ok(Vec::new());
        for number in 0..TRIES {
            outcome = Stage::new(workflow, &witness.given, number).play(&witness.steps, steps);
            // A seeded draw may hit one synthetic case; the next one is as good a witness.
            if !matches!(outcome, Err(Failed::Stopped { drawn: true, .. })) {
                break;
            }
        }
        match outcome {
            Ok(states) => reached.extend(states),
            Err(Failed::Stopped { message, .. }) => {
                broken.push(Broken { law: "WITNESS_PASSES", at, message });
            }
            Err(Failed::Spent) => {
                let message = format!(
                    "The witnesses up to this one take more than {STEPS} steps to play: shorten them or the lists in their `given`, or leave out witnesses, guards or seats."
                );
                broken.push(Broken { law: "WITNESS_BOUNDS", at, message });
                break;
            }
        }
    }
    if broken.is_empty() {
        for state in workflow.states.iter().filter(|state| !reached.contains(&state.name)) {
            let message = "No witness reaches it: add one to `witnesses` whose steps lead here.".into();
            broken.push(Broken {
                law: "WITNESS_COMPLETE",
                at: format!("state {}", shown(&state.name)),
                message,
            });
        }
    }
    broken
}

/// Synthetic people, by number.
const AUTHOR: u128 = 1;
const CONTRIBUTOR: u128 = 2;
const SRO: u128 = 3;
const FIRST_ROLE: u128 = 100;
const FIRST_MEMBER: u128 = 1000;

/// A synthetic case among synthetic people.
pub(super) struct Stage<'a> {
    pub workflow: &'a Workflow,
    pub settings: Settings,
    pub groups: Catalogue,
    rules: Spelt,
    pub moment: Moment,
    pub case: Case,
    supply: Supply,
    /// Steps that reading through what it is given takes.
    said: usize,
    /// Steps that one condition takes: what it walks, in lists within lists.
    longest: usize,
}

impl<'a> Stage<'a> {
    /// A case in the initial state that says what is given, with a panel that has declared no interest and
    /// fills every seat that a quorum of the definition asks for.
    pub fn new(workflow: &'a Workflow, given: &Given, number: u128) -> Self {
        let settings = Settings::default();
        // Some day: the first Monday of 2026.
        let at = DateTime::from_timestamp(1_767_600_000, 0).unwrap_or_default();
        let moment = Moment { at, today: at.date_naive() };
        let mut content = Content::titled("Synthetic witness");
        content.contributors = vec![person(CONTRIBUTOR)];
        content.sro = Some(Party::person(person(SRO)));
        content.answers.clone_from(&given.answers);
        let mut supply = counting(1_000_000);
        content.impacts = given.impacts.iter().map(|impact| impact_of(impact, &mut supply)).collect();
        let seats = workflow.full_panel(settings.composition());
        let members = (FIRST_MEMBER..).zip(seats).map(|(number, seat)| PanelMember {
            person: person(number),
            seat: seat.to_owned(),
            interest: Interest::None,
            note: None,
            unanswered: false,
        });
        let panel = Panel {
            id: supply.fresh(),
            name: "Synthetic panel".into(),
            members: members.collect(),
            standing: None,
        };
        let case = Case {
            id: AssessmentId::from(Uuid::from_u128(2_000_000 + number)),
            reference: "SYNTHETIC-0001".into(),
            organisation: organisation(),
            version: 1,
            revision: 1,
            frozen: false,
            form: workflow.pinned(),
            workflow: workflow.pinned(),
            state: workflow.initial.clone(),
            author: person(AUTHOR),
            content,
            process: Process { panel: Some(panel), ..Process::default() },
            changed: BTreeMap::new(),
            shares: BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: at,
            updated_at: at,
        };
        let said =
            1 + given.answers.iter().map(|(key, answer)| key.len() + extent(answer)).sum::<usize>() / 1024;
        let longest = given.answers.values().map(longest).max().unwrap_or(0).max(given.impacts.len());
        let (groups, rules) = (Catalogue::shipped(), Spelt::default());
        Self { workflow, settings, groups, rules, moment, case, supply, said, longest }
    }

    /// Makes the steps; the states it comes through, or why a step fails.
    fn play(mut self, steps: &[String], taken: &mut usize) -> Result<Vec<String>, Failed> {
        let mut states = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let place = format!("Step {}, {} from {}", number + 1, shown(step), shown(&self.case.state));
            let Some(transition) = self.workflow.transition(step) else {
                let message = format!("{place}: there is no such transition. Name one of them.");
                return Err(Failed::Stopped { message, drawn: false });
            };
            let cost = self.cost(transition);
            if *taken + cost > STEPS {
                return Err(Failed::Spent);
            }
            *taken += cost;
            self.prepare();
            if let Err(refused) = self.make(transition) {
                let message = format!("{place}: {} Change the witness, or what stops it.", told(&refused));
                return Err(Failed::Stopped { message, drawn: drawn(&refused) });
            }
            states.push(self.case.state.clone());
        }
        Ok(states)
    }

    /// What people do between transitions: the panel reviews and ratifies, its questions are answered, conditions are
    /// verified.
    fn prepare(&mut self) {
        let revision = self.case.revision;
        // Nothing asks for reviews of an earlier revision.
        self.case.process.reviews.retain(|review| review.revision == revision);
        let reviewed: BTreeSet<PersonId> =
            self.case.process.reviews.iter().map(|review| review.reviewer).collect();
        let members = self.case.process.panel.iter().flat_map(|panel| &panel.members);
        let reviewers: Vec<PersonId> = members.map(|member| member.person).collect();
        for reviewer in reviewers {
            if !reviewed.contains(&reviewer) {
                let review = Review {
                    id: self.supply.fresh(),
                    reviewer,
                    revision,
                    recommendation: Recommendation::Approve,
                    summary: "Synthetic review".into(),
                    opinions: Vec::new(),
                    version: None,
                    findings: Vec::new(),
                    note: None,
                    informed: false,
                    at: self.moment.at,
                };
                self.case.process.reviews.push(review);
            }
        }
        if let Some(returned) = &mut self.case.process.returned {
            // Whoever wrote it has answered.
            returned.asks = false;
        }
        // The panel has answered for what its chair did.
        self.case.process.ratification_due = None;
        self.case.process.to_ratify = None;
        for condition in &mut self.case.process.conditions {
            condition.status = ConditionStatus::Verified;
        }
    }

    /// How many steps making the transition takes at most.
    fn cost(&self, transition: &Transition) -> usize {
        let process = &self.case.process;
        let guard = |guard: &Guard| match guard {
            Guard::Expression { source, .. } => source.cost(self.longest),
            Guard::Quorum { .. } | Guard::ReviewsComplete {} => process.panel.iter().map(size).sum(),
            _ => 1,
        };
        let guards: usize = transition.guards.iter().map(guard).sum();
        let reviews: usize = process.panel.iter().map(size).sum();
        let kept = process.outcomes.len() + process.decisions.len() + process.conditions.len();
        self.actors(transition).len() + guards + reviews + kept + self.said
    }

    /// Synthetic people whom its roles mean, each once.
    fn actors(&self, transition: &Transition) -> Vec<Actor> {
        let roles = transition.roles.iter().filter_map(|role| self.workflow.roles.get(role));
        let mut grants: Vec<Granted> = Vec::new();
        for grant in roles.flat_map(|role| &role.grants) {
            if !grants.contains(grant) {
                grants.push(*grant);
            }
        }
        grants.into_iter().map(actor).collect()
    }

    /// Makes the transition by the first of its people who may. Who may is asked before what stands in the way, which
    /// is the same for all of them, but for `not_author`.
    fn make(&mut self, transition: &Transition) -> Result<(), Refused> {
        let request = self.request(transition);
        let mut actors = self.actors(transition);
        actors.retain(|actor| permitted(&self.case, transition, actor, self.workflow).is_ok());
        let others = |actor: &&Actor| !was_party(&self.case, actor.person);
        let actor = actors.iter().find(others).or(actors.first()).ok_or(Refused::Forbidden)?.clone();
        if transition.guards.contains(&Guard::InterestsDeclared {}) {
            let declared = Declared { interest: Interest::None, note: None, own: true, steps: Vec::new() };
            self.case.process.interests.entry(actor.person).or_insert(declared);
        }
        if transition.guards.contains(&Guard::InTheChair {}) {
            self.seat_in_the_chair(actor.person);
        }
        let mut supply = std::mem::replace(&mut self.supply, counting(0));
        let applied = apply(&self.case, &request, &actor, &self.context(), &mut supply);
        self.supply = supply;
        self.case = applied?.case;
        Ok(())
    }

    /// What surrounds it.
    pub fn context(&self) -> Context<'_> {
        Context {
            workflow: self.workflow,
            form: Form::blank(),
            score: None,
            rules: &self.rules,
            groups: &self.groups,
            settings: &self.settings,
            findings: &[],
            attachments: &[],
            panel: None,
            away: Some(&[]),
            deputies: &[],
            meeting: None,
            moment: self.moment,
        }
    }

    /// Whoever acts for the panel sits on it, in the chair.
    fn seat_in_the_chair(&mut self, person: PersonId) {
        let Some(panel) = &mut self.case.process.panel else { return };
        if panel.members.iter().all(|member| member.person != person) {
            let seat = "chair".to_owned();
            panel.members.retain(|member| member.seat != seat);
            panel.members.push(PanelMember {
                person,
                seat,
                interest: Interest::None,
                note: None,
                unanswered: false,
            });
        }
    }

    /// A request that brings whatever the transition asks for.
    pub fn request(&self, transition: &Transition) -> Request {
        let due: NaiveDate =
            self.moment.today.checked_add_months(Months::new(3)).unwrap_or(self.moment.today);
        let condition = ConditionDraft {
            text: "Synthetic condition".into(),
            owner: Party::person(self.case.author),
            due,
            evidence_wanted: None,
            verifier: Party::named("Synthetic verifier"),
        };
        let conditional = transition.concludes == Some(Recommendation::ApproveWithConditions);
        let present = vec![Party::named("Synthetic member")];
        Request {
            transition: transition.name.clone(),
            expected_revision: self.case.revision,
            comment: Some("Synthetic comment".into()),
            paths: vec![Path::of(["impacts"])],
            reasons: BTreeMap::new(),
            outcome: transition.concludes.map(|_| OutcomeDraft {
                meeting: None,
                attendees: present.clone(),
                apologies: Vec::new(),
                urgency: transition
                    .requires
                    .contains(&Requirement::Urgency)
                    .then(|| "Synthetic urgency".into()),
                dissent: None,
                conditions: if conditional { vec![condition] } else { Vec::new() },
                accepted: Vec::new(),
            }),
            decision: transition.decides.first().map(|outcome| DecisionDraft {
                body: "Synthetic board".into(),
                authority: "Synthetic scheme of delegation".into(),
                meeting: self.moment.today,
                minute: None,
                paper: None,
                outcome: *outcome,
                reasons: "Synthetic reasons".into(),
                present: present.clone(),
                read_by: present,
                statement: "Synthetic statement of due regard".into(),
                accepted: Vec::new(),
            }),
        }
    }
}

/// A synthetic person who is this to the synthetic case, or holds this role.
pub(super) fn actor(granted: Granted) -> Actor {
    let (number, role) = match granted {
        Granted::Relation(Relation::Author) => (AUTHOR, Role::Author),
        Granted::Relation(Relation::Contributor) => (CONTRIBUTOR, Role::Author),
        Granted::Relation(Relation::Sro) => (SRO, Role::Sro),
        Granted::Relation(Relation::Declared) => (FIRST_MEMBER, Role::Reviewer),
        Granted::Relation(_) => (FIRST_ROLE - 1, Role::Author),
        Granted::Role(role) => (FIRST_ROLE + role as u128, role),
    };
    let grant = Grant { organisation: organisation(), role, until: None };
    Actor { person: person(number), grants: vec![grant], deputises: Vec::new(), read_only: false }
}

/// Identifiers that count.
pub(super) fn counting(mut next: u128) -> Supply {
    Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

fn organisation() -> OrganisationId {
    OrganisationId::from(Uuid::from_u128(1))
}

fn impact_of(impact: &WitnessImpact, supply: &mut Supply) -> Impact {
    Impact {
        id: supply.fresh(),
        groups: vec!["age".into()],
        direction: impact.direction,
        rationale: "Synthetic".into(),
        initial: impact.initial,
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }
}

fn size(panel: &Panel) -> usize {
    panel.members.len()
}

/// About how many bytes a value takes.
fn extent(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(extent).sum::<usize>() + list.len(),
        Value::Object(fields) => fields.iter().map(|(key, value)| key.len() + extent(value)).sum(),
        _ => 8,
    }
}

/// The length of the longest list in a value.
fn longest(value: &Value) -> usize {
    match value {
        Value::Array(list) => list.iter().map(longest).max().unwrap_or(0).max(list.len()),
        Value::Object(fields) => fields.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

/// Whether the draw alone refused it.
fn drawn(refused: &Refused) -> bool {
    matches!(refused, Refused::Blocked(all) if all.iter().all(|blocker| blocker.code == "SAMPLED_OUT"))
}

fn told(refused: &Refused) -> String {
    let sentences =
        |all: &[Blocker]| all.iter().map(|blocker| blocker.message.as_str()).collect::<Vec<_>>().join(" ");
    match refused {
        Refused::Conflict { message } => message.clone(),
        Refused::Blocked(blockers) => sentences(blockers),
        Refused::Invalid(violations) => {
            violations.iter().map(|violation| violation.message.as_str()).collect::<Vec<_>>().join(" ")
        }
        Refused::NotFound | Refused::Forbidden => "nobody in its roles is permitted to make it.".into(),
    }
}
