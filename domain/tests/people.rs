//! A synthetic case with somebody for everything that one can be to it, for tests.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ehia_domain::{
    assessment::Content,
    calendar::Moment,
    case::{Case, Pinned, Process, RetentionClass, ShareLevel},
    condition::{Condition, ConditionStatus},
    decision::{Decision, DecisionOutcome},
    id::{AssessmentId, ConditionId, OrganisationId, PanelId, PersonId, Supply},
    mitigation::Mitigation,
    party::Party,
    permission::{Actor, Grant, Relation, Role},
    review::{Interest, Panel, PanelMember},
};
use uuid::Uuid;

pub fn person(number: u128) -> PersonId {
    PersonId::from(Uuid::from_u128(number))
}

/// The organisation of the case; the others are those it is shared with.
pub const HOME: u128 = 1;
pub const REVIEWS: u128 = 2;
pub const READS: u128 = 3;
pub const STUB: u128 = 4;
pub const NOTHING: u128 = 5;
pub const ELSEWHERE: u128 = 6;

pub fn organisation(number: u128) -> OrganisationId {
    OrganisationId::from(Uuid::from_u128(number))
}

pub const AUTHOR: u128 = 11;
pub const CONTRIBUTOR: u128 = 12;
pub const SRO: u128 = 13;
pub const UNDECLARED: u128 = 14;
pub const DECLARED: u128 = 15;
pub const NOT_VOTING: u128 = 16;
pub const WITHDRAWN: u128 = 17;
/// Owns the mitigation.
pub const OWNER: u128 = 18;
/// Verifies the condition.
pub const VERIFIER: u128 = 19;
/// On the panel without voting, and owns the condition.
pub const MEMBER_WHO_OWNS: u128 = 20;
/// Named by nobody.
pub const NOBODY: u128 = 99;

pub fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_770_026_400, 0).unwrap()
}

/// Monday 2 February 2026.
pub fn moment() -> Moment {
    Moment { at: at(), today: at().date_naive() }
}

pub fn supply(mut next: u128) -> Supply {
    Supply::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

pub fn member(number: u128, interest: Interest) -> PanelMember {
    PanelMember { person: person(number), seat: "member".into(), interest, note: None, unanswered: false }
}

pub fn condition() -> Condition {
    Condition {
        id: ConditionId::from(Uuid::from_u128(700)),
        text: "Publish the travel plan.".into(),
        owner: Party::person(person(MEMBER_WHO_OWNS)),
        due: "2026-06-01".parse().unwrap(),
        evidence_wanted: None,
        verifier: Party::person(person(VERIFIER)),
        status: ConditionStatus::Open,
        reports: Vec::new(),
        links_since: None,
        answers: Vec::new(),
    }
}

pub fn decision(outcome: DecisionOutcome) -> Decision {
    Decision {
        id: Uuid::from_u128(810).into(),
        body: "Board".into(),
        authority: "Scheme of delegation 4.2".into(),
        meeting: at().date_naive(),
        minute: None,
        paper: None,
        outcome,
        reasons: "Synthetic".into(),
        revision: 1,
        present: Vec::new(),
        sponsor_sat: false,
        read_by: Vec::new(),
        readings: Vec::new(),
        options_considered: Vec::new(),
        statement: "Synthetic".into(),
        accepted: Vec::new(),
        at: at(),
        by: person(NOBODY),
        record: String::new(),
    }
}

pub fn mitigation() -> Mitigation {
    Mitigation {
        id: Uuid::from_u128(600).into(),
        action: "Run a shuttle bus.".into(),
        impacts: Vec::new(),
        owner: Some(Party::person(person(OWNER))),
        due: Some("2026-05-01".parse().unwrap()),
        indicator: None,
        baseline: None,
        target_value: None,
        reliances: Vec::new(),
    }
}

pub fn case() -> Case {
    let pinned = Pinned { key: "ehia".into(), version: 1 };
    let mut content = Content::titled("Synthetic case");
    content.contributors = vec![person(CONTRIBUTOR)];
    content.sro = Some(Party::person(person(SRO)));
    content.mitigations = vec![mitigation()];
    let members = vec![
        member(UNDECLARED, Interest::Undeclared),
        member(DECLARED, Interest::None),
        member(NOT_VOTING, Interest::DeclaredNotVoting),
        member(WITHDRAWN, Interest::Withdrawn),
        member(MEMBER_WHO_OWNS, Interest::DeclaredNoted),
    ];
    let panel = Panel {
        id: PanelId::from(Uuid::from_u128(900)),
        name: "Synthetic panel".into(),
        members,
        standing: None,
    };
    Case {
        id: AssessmentId::from(Uuid::from_u128(500)),
        reference: "T6Y0W-2026-0001".into(),
        organisation: organisation(HOME),
        version: 1,
        revision: 1,
        frozen: false,
        form: pinned.clone(),
        workflow: pinned,
        state: "draft".into(),
        author: person(AUTHOR),
        content,
        process: Process { panel: Some(panel), conditions: vec![condition()], ..Process::default() },
        changed: BTreeMap::new(),
        shares: BTreeMap::from([
            (organisation(REVIEWS), ShareLevel::Review),
            (organisation(READS), ShareLevel::Read),
            (organisation(STUB), ShareLevel::Stub),
            (organisation(NOTHING), ShareLevel::None),
        ]),
        retention: RetentionClass::WithDecision,
        legal_hold: false,
        created_at: at(),
        updated_at: at(),
    }
}

pub fn grant(organisation_number: u128, role: Role) -> Grant {
    Grant { organisation: organisation(organisation_number), role, until: None }
}

/// The person with these roles in that organisation.
pub fn actor(number: u128, organisation: u128, roles: &[Role]) -> Actor {
    let grants = roles.iter().map(|role| grant(organisation, *role)).collect();
    Actor { person: person(number), grants, deputises: Vec::new(), read_only: false }
}

/// Who is what to the case, and where they hold their roles.
pub const WHO: [(Relation, u128, u128); 13] = [
    (Relation::Author, AUTHOR, HOME),
    (Relation::Contributor, CONTRIBUTOR, HOME),
    (Relation::Sro, SRO, HOME),
    (Relation::Undeclared, UNDECLARED, HOME),
    (Relation::Declared, DECLARED, HOME),
    (Relation::NotVoting, NOT_VOTING, HOME),
    (Relation::Withdrawn, WITHDRAWN, HOME),
    (Relation::Named, OWNER, HOME),
    (Relation::Colleague, NOBODY, HOME),
    (Relation::SharedForReview, NOBODY, REVIEWS),
    (Relation::SharedToRead, NOBODY, READS),
    (Relation::SharedAsStub, NOBODY, STUB),
    (Relation::Stranger, NOBODY, ELSEWHERE),
];
