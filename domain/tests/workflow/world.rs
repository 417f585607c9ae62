//! A synthetic case among synthetic people, for tests.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use ehia_domain::{
    assessment::Content,
    calendar::Moment,
    canonical::Spelt,
    case::{Case, Process, RetentionClass, Return},
    check::{Finding, Gate},
    decision::DecisionOutcome,
    evidence::Attachment,
    form::Form,
    group::Catalogue,
    id::{AssessmentId, OrganisationId, PanelId, PersonId, Supply},
    impact::{Direction, Impact},
    meeting::Meeting,
    party::Party,
    permission::{Actor, Deputised, Grant, Role},
    rating::Rating,
    review::{Declared, Interest, Panel, PanelMember, Recommendation},
    settings::{Settings, Severity},
    text::Path,
    workflow::{
        definition::{Requirement, Transition, Workflow},
        discussion::{AnswerDraft, answer_return},
        engine::{
            AcceptedFinding, Applied, Blocker, ConditionDraft, Context, DecisionDraft, OutcomeDraft, Refused,
            Request, apply, blockers,
        },
        record::Frozen,
        reviewing::{ReviewDraft, submit_review},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

pub const AUTHOR: u128 = 1;
pub const CONTRIBUTOR: u128 = 2;
pub const SRO: u128 = 3;
pub const CHAIR: u128 = 4;
pub const SECRETARY: u128 = 5;
pub const LEAD: u128 = 6;
pub const BODY: u128 = 7;
pub const GOVERNANCE: u128 = 8;
/// The first of four members of the panel.
pub const MEMBER: u128 = 10;
pub const STRANGER: u128 = 99;

/// Every place is one.
pub fn anywhere(path: &Path) -> Vec<Path> {
    vec![path.clone()]
}

pub fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

pub fn organisation() -> OrganisationId {
    OrganisationId::from(Uuid::from_u128(1))
}

pub fn supply() -> Supply {
    supply_from(1_000)
}

pub fn supply_from(mut next: u128) -> Supply {
    Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

pub fn with_roles(number: u128, roles: &[Role]) -> Actor {
    let grants = roles.iter().map(|role| Grant { organisation: organisation(), role: *role, until: None });
    Actor { person: person(number), grants: grants.collect(), deputises: Vec::new(), read_only: false }
}

pub fn actor(number: u128) -> Actor {
    let roles: &[Role] = match number {
        AUTHOR | CONTRIBUTOR => &[Role::Author],
        SRO => &[Role::Sro],
        CHAIR => &[Role::PanelChair],
        SECRETARY => &[Role::PanelSecretary],
        LEAD => &[Role::EqualityLead],
        BODY => &[Role::DecisionMaker],
        GOVERNANCE => &[Role::Governance],
        STRANGER => &[],
        _ => &[Role::Reviewer],
    };
    with_roles(number, roles)
}

/// A role of somebody who is away.
pub fn deputised(role: Role, on_behalf_of: PersonId) -> Deputised {
    Deputised { organisation: organisation(), role, on_behalf_of, until: day("2026-12-31") }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub struct World {
    pub workflow: Workflow,
    pub case: Case,
    pub groups: Catalogue,
    pub settings: Settings,
    pub findings: Vec<Finding>,
    pub attachments: Vec<Attachment>,
    pub standing_panel: Option<Panel>,
    pub away: Vec<PersonId>,
    pub deputies: Vec<(PersonId, PersonId)>,
    pub meeting: Option<Meeting>,
    pub moment: Moment,
    pub supply: Supply,
    pub form: &'static Form,
    pub rules: Spelt,
}

impl World {
    /// A draft in the shipped workflow with a panel of four who declared no interest, on Monday 2 February 2026.
    pub fn new(key: &str) -> Self {
        Self::of(Workflow::shipped(key, 1).unwrap().clone())
    }

    pub fn ehia() -> Self {
        Self::new("ehia")
    }

    pub fn of(workflow: Workflow) -> Self {
        let at = DateTime::from_timestamp(1_770_026_400, 0).unwrap();
        let mut content = Content::titled("Synthetic case");
        content.contributors = vec![person(CONTRIBUTOR)];
        content.sro = Some(Party::person(person(SRO)));
        let case = Case {
            id: AssessmentId::from(Uuid::from_u128(500)),
            reference: "T6Y0W-2026-0001".into(),
            organisation: organisation(),
            version: 1,
            revision: 1,
            frozen: false,
            form: workflow.pinned(),
            workflow: workflow.pinned(),
            state: workflow.initial.clone(),
            author: person(AUTHOR),
            content,
            // The chair sits in no seat here that votes, and declared all the same.
            process: Process {
                panel: Some(panel(4)),
                interests: BTreeMap::from([(person(CHAIR), none())]),
                ..Process::default()
            },
            changed: BTreeMap::new(),
            shares: BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: at,
            updated_at: at,
        };
        Self {
            workflow,
            case,
            groups: Catalogue::shipped(),
            settings: Settings::default(),
            findings: Vec::new(),
            attachments: Vec::new(),
            standing_panel: None,
            away: Vec::new(),
            deputies: Vec::new(),
            meeting: None,
            moment: Moment { at, today: at.date_naive() },
            supply: supply(),
            form: Form::shipped("ehia", 1).unwrap(),
            rules: Spelt::of(&json!({"edition": 1})).unwrap(),
        }
    }

    pub fn context(&self) -> Context<'_> {
        Context {
            workflow: &self.workflow,
            form: self.form,
            score: None,
            rules: &self.rules,
            groups: &self.groups,
            settings: &self.settings,
            findings: &self.findings,
            attachments: &self.attachments,
            panel: self.standing_panel.as_ref(),
            away: Some(&self.away),
            deputies: &self.deputies,
            meeting: self.meeting.as_ref(),
            moment: self.moment,
        }
    }

    pub fn transition(&self, name: &str) -> &Transition {
        self.workflow.transition(name).unwrap()
    }

    /// A request that brings all that the transition asks for.
    pub fn request(&self, name: &str) -> Request {
        let transition = self.workflow.transition(name);
        let concludes = transition.and_then(|transition| transition.concludes);
        let urgent = transition.is_some_and(|one| one.requires.contains(&Requirement::Urgency));
        Request {
            transition: name.into(),
            expected_revision: self.case.revision,
            comment: Some("Because.".into()),
            paths: vec![Path::of(["answers", "engagement"])],
            reasons: BTreeMap::new(),
            outcome: concludes.map(|recommendation| OutcomeDraft {
                urgency: urgent.then(|| "The contract ends on Friday.".into()),
                attendees: vec![Party::person(person(MEMBER)), Party::named("A. Nother")],
                conditions: if recommendation == Recommendation::ApproveWithConditions {
                    vec![condition()]
                } else {
                    Vec::new()
                },
                ..OutcomeDraft::default()
            }),
            decision: transition
                .and_then(|transition| transition.decides.first())
                .map(|outcome| DecisionDraft { meeting: self.moment.today, ..decision(*outcome) }),
        }
    }

    pub fn try_apply(&mut self, request: &Request, by: &Actor) -> Result<Applied, Refused> {
        let mut supply = std::mem::replace(&mut self.supply, supply());
        let result = apply(&self.case, request, by, &self.context(), &mut supply);
        self.supply = supply;
        result
    }

    /// Its author says what was done about all that the panel asked for.
    pub fn answer(&mut self) {
        let asked = self.case.process.returned.iter().flat_map(Return::unanswered);
        let answer = |path: &Path| AnswerDraft { path: path.clone(), text: "Done.".into() };
        let answers: Vec<AnswerDraft> = asked.map(answer).collect();
        if !answers.is_empty() {
            let applied = answer_return(&self.case, &answers, &actor(AUTHOR), &self.context());
            self.case = applied.unwrap().case;
        }
    }

    /// Makes the transition, complete, and moves the world on.
    pub fn step(&mut self, name: &str, by: u128) -> Applied {
        self.answer();
        let request = self.request(name);
        let applied =
            self.try_apply(&request, &actor(by)).unwrap_or_else(|refused| panic!("{name}: {refused:?}"));
        self.case = applied.case.clone();
        applied
    }

    /// What an otherwise complete request is blocked by.
    pub fn blocked(&self, request: &Request, by: u128) -> Vec<Blocker> {
        blockers(&self.case, self.transition(&request.transition), &actor(by), Some(request), &self.context())
    }

    pub fn codes(&self, request: &Request, by: u128) -> Vec<String> {
        self.blocked(request, by).into_iter().map(|blocker| blocker.code).collect()
    }

    /// Every member of the panel who may reviews the present revision.
    pub fn review(&mut self) {
        let members = self.case.process.panel.iter().flat_map(|panel| &panel.members);
        let members: Vec<PersonId> = members.map(|member| member.person).collect();
        for member in members {
            self.review_by(member.uuid_number()).unwrap();
        }
    }

    pub fn review_by(&mut self, number: u128) -> Result<(), Refused> {
        let draft = ReviewDraft {
            expected_revision: self.case.revision,
            recommendation: Recommendation::Approve,
            summary: "Sound.".into(),
            opinions: Vec::new(),
            findings: Vec::new(),
            note: None,
        };
        self.submit(draft, number).map(|_| ())
    }

    /// Hands in a judgement, and moves the world on.
    pub fn submit(&mut self, draft: ReviewDraft, number: u128) -> Result<Applied, Refused> {
        let mut supply = std::mem::replace(&mut self.supply, supply());
        let result = submit_review(&self.case, draft, anywhere, &actor(number), &self.context(), &mut supply);
        self.supply = supply;
        let applied = result?;
        self.case = applied.case.clone();
        Ok(applied)
    }

    /// Submitted and reviewed by everybody.
    pub fn reviewed(mut self) -> Self {
        self.step("submit", AUTHOR);
        self.review();
        self
    }

    pub fn approved(self) -> Self {
        let mut world = self.reviewed();
        world.step("approve", CHAIR);
        world
    }

    pub fn later(&mut self, today: &str) {
        let today = day(today);
        let at = today.and_hms_opt(10, 0, 0).unwrap().and_utc();
        self.moment = Moment { at, today };
    }
}

trait Number {
    fn uuid_number(&self) -> u128;
}

impl Number for PersonId {
    fn uuid_number(&self) -> u128 {
        use ehia_domain::id::Identifier;
        self.uuid().as_u128()
    }
}

pub fn panel(members: u128) -> Panel {
    let seats = ["chair", "equality", "clinical", "public health"];
    Panel {
        id: PanelId::from(Uuid::from_u128(900)),
        name: "Synthetic panel".into(),
        members: (0..members)
            .map(|number| PanelMember {
                person: person(MEMBER + number),
                seat: seats.get(usize::try_from(number).unwrap()).map_or("member", |seat| seat).into(),
                interest: Interest::None,
                note: None,
                unanswered: false,
            })
            .collect(),
        standing: None,
    }
}

/// That somebody has no interest.
pub fn none() -> Declared {
    Declared { interest: Interest::None, note: None, own: true, steps: Vec::new() }
}

pub fn condition() -> ConditionDraft {
    ConditionDraft {
        text: "Publish the travel plan.".into(),
        owner: Party::person(person(AUTHOR)),
        due: day("2026-06-01"),
        evidence_wanted: Some("The plan.".into()),
        verifier: Party::person(person(LEAD)),
    }
}

pub fn decision(outcome: DecisionOutcome) -> DecisionDraft {
    DecisionDraft {
        body: "Board".into(),
        authority: "Scheme of delegation 4.2".into(),
        meeting: day("2026-02-02"),
        minute: Some("12.1".into()),
        paper: None,
        outcome,
        reasons: "The benefits outweigh the harm, which is mitigated.".into(),
        present: vec![Party::person(person(BODY)), Party::named("B. Oard")],
        read_by: vec![Party::named("b. oard")],
        statement: "The board had due regard to the three aims.".into(),
        accepted: Vec::new(),
    }
}

pub fn accepted(finding: &str) -> AcceptedFinding {
    AcceptedFinding { finding: finding.into(), reason: "It will be known by June.".into() }
}

pub fn finding(id: &str, gate: Gate, acceptable: bool) -> Finding {
    Finding {
        id: id.into(),
        rule: id.split('@').next().unwrap().into(),
        severity: Severity::Blocker,
        gate: Some(gate),
        acceptable,
        message: "Say what is missing.".into(),
        path: Path::of(["impacts"]),
        facts: Value::Null,
    }
}

pub fn impact(number: u128, direction: Direction, initial: Option<(u8, u8)>) -> Impact {
    Impact {
        id: Uuid::from_u128(number).into(),
        groups: vec!["age".into()],
        direction,
        rationale: "Synthetic".into(),
        initial: initial.map(|(likelihood, consequence)| Rating { likelihood, consequence }),
        target: None,
        reach: None,
        evidence: Vec::new(),
        no_mitigation_because: None,
        justification: None,
        chance: None,
        open_question: None,
    }
}

/// A record as its reader reads it.
pub trait ReadBack {
    /// What it says.
    fn document(&self) -> Value;
}

impl ReadBack for Frozen {
    fn document(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }
}
