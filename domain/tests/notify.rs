//! Each event tells the right people the right thing once, and nothing to whoever may not hear it.

use std::collections::{BTreeMap, BTreeSet};

use ehia_domain::{
    case::{Case, Clock, Reexamination, Return},
    condition::{Condition, ConditionStatus},
    decision::DecisionOutcome,
    event::{Audience, EventKind, Happening},
    id::{ConditionId, ContactId, OutcomeId, ThreadId},
    notify::{Circumstances, Directory, Notice, NoticeKind, Recipient, notices},
    party::Party,
    permission::Role,
    preference::{MailPreferences, MailTiming, choices, usual},
    reading::ReadingAsked,
    review::{Interest, PanelOutcome, Ratification, Recommendation, Review},
    settings::Settings,
    text::Path,
    thread::{Remark, Thread},
    workflow::definition::Workflow,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

mod applies;
mod named;

use super::people::{
    AUTHOR, CONTRIBUTOR, DECLARED, MEMBER_WHO_OWNS, NOT_VOTING, OWNER, SRO, UNDECLARED, VERIFIER, WITHDRAWN,
    at, case, decision, member, person,
};

const LEAD: u128 = 103;
const CHAIR: u128 = 105;
const SECRETARY: u128 = 106;
const BODY: u128 = 107;
const GOVERNANCE: u128 = 108;
/// Governs the organisation that the case is shared with.
const PARTNER: u128 = 109;

/// Somebody for each role, the chair among the equality leads as well, and the withdrawn member among chairs.
fn directory() -> Directory {
    let of = |people: &[u128]| people.iter().map(|number| person(*number)).collect();
    BTreeMap::from([
        (Role::EqualityLead, of(&[LEAD, CHAIR])),
        (Role::PanelChair, of(&[CHAIR, WITHDRAWN])),
        (Role::PanelSecretary, of(&[SECRETARY])),
        (Role::DecisionMaker, of(&[BODY])),
        (Role::Governance, of(&[GOVERNANCE])),
    ])
}

fn happening(kind: EventKind, payload: Value) -> Happening {
    Happening { kind, audience: Audience::Case, payload }
}

struct Asked {
    workflow: &'static str,
    before: Case,
    after: Case,
    actor: Option<u128>,
    happenings: Vec<Happening>,
}

impl Asked {
    fn of(kind: EventKind) -> Self {
        Self {
            workflow: "ehia",
            before: case(),
            after: case(),
            actor: None,
            happenings: vec![happening(kind, Value::Null)],
        }
    }

    fn by(self, actor: u128) -> Self {
        Self { actor: Some(actor), ..self }
    }

    fn at(mut self, state: &str) -> Self {
        self.after.state = state.into();
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Case)) -> Self {
        change(&mut self.after);
        self
    }

    fn notices(&self) -> Vec<Notice> {
        let directory = directory();
        let circumstances = Circumstances {
            actor: self.actor.map(person),
            directory: &directory,
            before: &self.before,
            workflow: Workflow::shipped(self.workflow, 1).unwrap(),
            partners: &[person(PARTNER)],
            settings: &Settings { quorum: 2, quorum_seats: Vec::new(), ..Settings::default() },
        };
        let notices = notices(&self.after, &self.happenings, circumstances);
        let each: BTreeSet<_> = notices.iter().map(|notice| (notice.kind, notice.to)).collect();
        assert_eq!(each.len(), notices.len(), "each recipient of a kind once: {notices:#?}");
        notices
    }

    /// Who is told this, in order.
    fn told(&self, kind: NoticeKind) -> Vec<u128> {
        let notices = self.notices();
        let to = notices.iter().filter(|notice| notice.kind == kind).map(|notice| number(notice.to));
        let mut to: Vec<u128> = to.collect();
        to.sort_unstable();
        to
    }

    fn kinds(&self) -> BTreeSet<NoticeKind> {
        self.notices().iter().map(|notice| notice.kind).collect()
    }
}

fn number(to: Recipient) -> u128 {
    use ehia_domain::id::Identifier;
    match to {
        Recipient::Person(person) => person.uuid().as_u128(),
        Recipient::Contact(contact) => contact.uuid().as_u128(),
    }
}

fn review(by: u128) -> Review {
    Review {
        id: Uuid::from_u128(by).into(),
        reviewer: person(by),
        revision: 1,
        recommendation: Recommendation::Approve,
        summary: "Sound.".into(),
        opinions: Vec::new(),
        version: None,
        findings: Vec::new(),
        note: None,
        informed: false,
        at: at(),
    }
}

fn outcome(recommendation: Recommendation, conditions: Vec<ConditionId>) -> PanelOutcome {
    PanelOutcome {
        id: OutcomeId::from(Uuid::from_u128(800)),
        recommendation,
        by: person(CHAIR),
        on_behalf_of: None,
        at: at(),
        revision: 1,
        attendees: Vec::new(),
        apologies: Vec::new(),
        voted: Vec::new(),
        interests: BTreeMap::new(),
        findings: Vec::new(),
        meeting: None,
        urgency: None,
        dissent: None,
        comment: None,
        conditions,
        accepted: Vec::new(),
        record: String::new(),
    }
}

fn condition(number: u128, owner: Party, verifier: Party, due: &str) -> Condition {
    Condition {
        id: ConditionId::from(Uuid::from_u128(number)),
        text: "Publish the travel plan.".into(),
        owner,
        due: due.parse().unwrap(),
        evidence_wanted: None,
        verifier,
        status: ConditionStatus::Open,
        reports: Vec::new(),
        links_since: None,
        answers: Vec::new(),
    }
}

fn clock(due: &str) -> Clock {
    Clock { since: at().date_naive(), days_left: 10, due: Some(due.parse().unwrap()), announced: true }
}

fn due(deadline: &str, to: &[&str]) -> Vec<Happening> {
    vec![happening(EventKind::ReminderDue, json!({"deadline": deadline, "due": "2026-02-16", "to": to}))]
}

#[test]
fn a_submission_is_told_to_the_panel_and_received() {
    let asked = Asked::of(EventKind::AssessmentTransitioned)
        .by(AUTHOR)
        .at("panel_review")
        .with(|case| case.process.clocks.extend([("review".to_owned(), clock("2026-02-16"))]));
    assert_eq!(asked.told(NoticeKind::Submitted), [UNDECLARED, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS]);
    assert_eq!(asked.told(NoticeKind::ActionReceived), [AUTHOR]);
    let notices = asked.notices();
    let first = notices.iter().find(|notice| notice.kind == NoticeKind::Submitted).unwrap();
    assert_eq!(first.facts.reference, "T6Y0W-2026-0001");
    assert_eq!(first.facts.due, Some("2026-02-16".parse().unwrap()));
    assert_eq!(first.facts.what.as_deref(), Some("Panel review"));
    assert_eq!(first.facts.actor, Some(person(AUTHOR)));
    assert!(first.facts.sections.is_empty());
}

#[test]
fn without_a_panel_it_is_told_to_whoever_assigns_one_or_judges_alone() {
    let asked = Asked::of(EventKind::AssessmentTransitioned)
        .by(AUTHOR)
        .at("panel_review")
        .with(|case| case.process.panel = None);
    assert_eq!(
        asked.told(NoticeKind::Submitted),
        [WITHDRAWN, CHAIR, SECRETARY],
        "nobody is a member, so nobody withdrew"
    );
    let alone = Asked { workflow: "two-person", ..asked }.at("independent_check");
    assert_eq!(alone.told(NoticeKind::Submitted), [LEAD, CHAIR], "the equality leads");
}

#[test]
fn new_members_are_told_that_they_sit_on_the_panel() {
    let mut asked = Asked::of(EventKind::PanelAssigned).by(SECRETARY).at("panel_review");
    asked.after.process.panel.as_mut().unwrap().members.push(member(200, Interest::Undeclared));
    assert_eq!(asked.told(NoticeKind::PanelAssigned), [200]);
    asked.before.process.panel = None;
    assert_eq!(
        asked.told(NoticeKind::PanelAssigned),
        [UNDECLARED, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS, 200]
    );
}

#[test]
fn the_chair_is_told_once_when_nobody_is_waited_for_any_more() {
    let in_review = |kind| {
        let mut asked = Asked::of(kind).by(DECLARED).at("panel_review").with(|case| {
            case.process.panel.as_mut().unwrap().members.retain(|m| m.interest != Interest::Undeclared);
        });
        asked.before = asked.after.clone();
        asked
    };
    let one =
        in_review(EventKind::ReviewSubmitted).with(|case| case.process.reviews = vec![review(DECLARED)]);
    assert_eq!(one.kinds(), [NoticeKind::ActionReceived].into());
    let both = one.with(|case| case.process.reviews.push(review(MEMBER_WHO_OWNS)));
    assert_eq!(both.told(NoticeKind::ReviewsComplete), [CHAIR, SECRETARY], "and not the chair who withdrew");
    let mut again = both;
    again.before = again.after.clone();
    assert_eq!(
        again.told(NoticeKind::ReviewsComplete),
        [],
        "a review that is written anew completes nothing"
    );

    let mut waits = in_review(EventKind::InterestDeclared)
        .with(|case| case.process.reviews = vec![review(DECLARED), review(MEMBER_WHO_OWNS)]);
    waits.before = waits.after.clone();
    waits.before.process.panel.as_mut().unwrap().members.push(member(UNDECLARED, Interest::Undeclared));
    assert_eq!(waits.told(NoticeKind::ReviewsComplete), [CHAIR, SECRETARY], "the last one withdrew");
    let nobody = waits.with(|case| {
        for member in &mut case.process.panel.as_mut().unwrap().members {
            member.interest = Interest::DeclaredNotVoting;
        }
    });
    assert_eq!(nobody.told(NoticeKind::ReviewsComplete), [], "nobody votes");
}

#[test]
fn changes_requested_go_to_those_who_write_and_name_no_place() {
    let asked = Asked::of(EventKind::OutcomeRecorded).by(CHAIR).at("changes_requested").with(|case| {
        case.process.outcomes.push(outcome(Recommendation::Return, Vec::new()));
        let due = Some("2026-02-20".parse().unwrap());
        case.process.returned = Some(Return {
            at: at(),
            by: person(CHAIR),
            paths: Vec::new(),
            comment: "More.".into(),
            due,
            reasons: BTreeMap::new(),
            asks: true,
            answers: Vec::new(),
            revision: Some(1),
            resubmitted: None,
        });
    });
    assert_eq!(asked.kinds(), [NoticeKind::ChangesRequested].into());
    assert_eq!(asked.told(NoticeKind::ChangesRequested), [AUTHOR, CONTRIBUTOR, SRO]);
    let facts = &asked.notices()[0].facts;
    assert!(facts.sections.is_empty(), "which places, and why, is read in the case");
    assert_eq!(facts.due, Some("2026-02-20".parse().unwrap()));
}

#[test]
fn those_who_write_are_told_when_somebody_else_reopens_their_case() {
    let asked = Asked::of(EventKind::AssessmentTransitioned).by(LEAD).at("changes_requested");
    assert_eq!(asked.told(NoticeKind::ChangesRequested), [AUTHOR, CONTRIBUTOR, SRO]);
    assert_eq!(asked.told(NoticeKind::ActionReceived), [LEAD]);
    let own = Asked::of(EventKind::AssessmentTransitioned).by(AUTHOR).at("changes_requested");
    assert_eq!(own.kinds(), [NoticeKind::ActionReceived].into());
}

#[test]
fn an_outcome_is_told_to_those_whose_proposal_it_is_the_panel_and_the_body() {
    let asked = Asked::of(EventKind::OutcomeRecorded)
        .by(CHAIR)
        .at("approved")
        .with(|case| case.process.outcomes.push(outcome(Recommendation::Approve, Vec::new())));
    assert_eq!(
        asked.told(NoticeKind::OutcomeRecorded),
        [AUTHOR, CONTRIBUTOR, SRO, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS],
        "neither who withdrew nor who never declared"
    );
    assert_eq!(asked.told(NoticeKind::DecisionAwaited), [BODY]);
    let escalated = asked.at("not_supported");
    assert_eq!(escalated.told(NoticeKind::DecisionAwaited), [BODY], "escalated is for the body too");
    let put_off = escalated.at("deferred");
    assert_eq!(put_off.kinds(), [NoticeKind::OutcomeRecorded].into());
}

#[test]
fn owners_and_verifiers_of_conditions_are_told_with_and_without_an_account() {
    let contact = |number| Party {
        contact: Some(ContactId::from(Uuid::from_u128(number))),
        ..Party::named("A. Nother")
    };
    let asked = Asked::of(EventKind::OutcomeRecorded).by(CHAIR).at("approved_with_conditions").with(|case| {
        let conditions = vec![
            condition(701, contact(401), Party::person(person(VERIFIER)), "2026-07-01"),
            condition(702, Party::person(person(AUTHOR)), contact(402), "2026-06-01"),
            condition(703, Party::named("Unreachable"), Party::person(person(CHAIR)), "2026-06-01"),
            condition(704, Party::person(person(AUTHOR)), Party::person(person(WITHDRAWN)), "2026-05-01"),
        ];
        let set = conditions.iter().map(|condition| condition.id).collect();
        case.process.conditions.extend(conditions);
        case.process.outcomes.push(outcome(Recommendation::ApproveWithConditions, set));
    });
    assert_eq!(
        asked.told(NoticeKind::ConditionAssigned),
        [AUTHOR, VERIFIER, 401, 402],
        "not who named them, nor the owner of a condition of another outcome"
    );
    let notices = asked.notices();
    let author = notices
        .iter()
        .find(|n| (n.kind, n.to) == (NoticeKind::ConditionAssigned, Recipient::Person(person(AUTHOR))));
    assert_eq!(author.unwrap().facts.due, Some("2026-05-01".parse().unwrap()), "the earliest of two");
}

#[test]
fn a_decision_is_told_to_all_who_worked_towards_it() {
    let asked = Asked::of(EventKind::DecisionRecorded)
        .by(BODY)
        .at("proceeding")
        .with(|case| case.process.decisions.push(decision(DecisionOutcome::Proceed)));
    assert_eq!(
        asked.told(NoticeKind::DecisionRecorded),
        [AUTHOR, CONTRIBUTOR, SRO, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS, LEAD, CHAIR, SECRETARY]
    );
}

#[test]
fn a_decision_is_told_by_what_was_decided_and_not_by_where_the_case_is() {
    for (outcome, said) in [
        (DecisionOutcome::Proceed, "Proceed"),
        (DecisionOutcome::ProceedWithChanges, "Proceed with changes"),
        (DecisionOutcome::ProceedDespiteAdverseImpact, "Proceed despite adverse impact"),
        (DecisionOutcome::Stop, "Stop"),
        (DecisionOutcome::Defer, "Put off"),
    ] {
        let asked = Asked::of(EventKind::DecisionRecorded)
            .by(BODY)
            .at("approved_with_conditions")
            .with(|case| case.process.decisions.push(decision(outcome)));
        let notices = asked.notices();
        assert!(notices.iter().any(|notice| notice.to == Recipient::Person(person(LEAD))));
        assert!(notices.iter().all(|notice| notice.facts.what.as_deref() == Some(said)), "{notices:#?}");
    }
}

#[test]
fn whoever_has_a_condition_is_told_whether_to_meet_or_to_verify_it() {
    let by = |number| Party::person(person(number));
    let asked = Asked::of(EventKind::OutcomeRecorded).by(CHAIR).at("approved_with_conditions").with(|case| {
        let conditions = vec![
            condition(701, by(AUTHOR), by(VERIFIER), "2026-06-01"),
            condition(702, by(SRO), by(AUTHOR), "2026-07-01"),
        ];
        let set = conditions.iter().map(|condition| condition.id).collect();
        case.process.conditions.extend(conditions);
        case.process.outcomes.push(outcome(Recommendation::ApproveWithConditions, set));
    });
    let notices = asked.notices();
    let said = |number| {
        let mut told = notices.iter().filter(|notice| notice.kind == NoticeKind::ConditionAssigned);
        told.find(|notice| notice.to == Recipient::Person(person(number)))
            .unwrap()
            .facts
            .what
            .clone()
            .unwrap()
    };
    assert_eq!(said(SRO), "you own it");
    assert_eq!(said(VERIFIER), "you verify it");
    assert_eq!(said(AUTHOR), "you own one and verify another");
}

#[test]
fn reports_are_received() {
    for kind in [EventKind::MitigationReported, EventKind::ConditionReported] {
        let asked = Asked::of(kind).by(VERIFIER).at("proceeding");
        assert_eq!(asked.kinds(), [NoticeKind::ActionReceived].into());
        assert_eq!(asked.told(NoticeKind::ActionReceived), [VERIFIER]);
        assert!(Asked::of(kind).notices().is_empty(), "the worker needs no receipt");
    }
}

#[test]
fn a_reexamination_is_put_to_lead_and_chair() {
    let asked = Asked::of(EventKind::ReexaminationOpened).by(AUTHOR).at("approved").with(|case| {
        let due = "2026-02-09".parse().unwrap();
        case.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due });
    });
    assert_eq!(asked.told(NoticeKind::ReexaminationOpened), [LEAD, CHAIR]);
    assert_eq!(asked.notices()[0].facts.due, Some("2026-02-09".parse().unwrap()));
    assert_eq!(asked.notices()[0].facts.what, None, "where the case is says nothing of what changed");
}

#[test]
fn a_reliance_that_changed_is_told_to_those_whose_proposal_rests_on_it() {
    let asked = Asked::of(EventKind::RelianceChanged).at("approved");
    assert_eq!(asked.told(NoticeKind::RelianceChanged), [AUTHOR, CONTRIBUTOR, SRO, CHAIR]);
}

#[test]
fn whoever_does_what_rests_on_a_reliance_that_turned_is_told_too() {
    let reliance = Uuid::from_u128(5);
    let rests = |case: &mut Case| {
        let mut edge = relies(reliance);
        edge.premise = Some("It stays open.".into());
        case.content.interdependencies = vec![edge];
        case.content.mitigations[0].reliances = vec![reliance.into()];
    };
    let mut asked = Asked::of(EventKind::RelianceChanged).at("approved").with(rests);
    rests(&mut asked.before);
    assert_eq!(asked.told(NoticeKind::RelianceChanged), [AUTHOR, CONTRIBUTOR, SRO, CHAIR], "nothing turned");
    asked.after.process.holds.insert(reliance.into(), false);
    assert_eq!(asked.told(NoticeKind::RelianceChanged), [AUTHOR, CONTRIBUTOR, SRO, OWNER, CHAIR]);
    let what = asked.notices().into_iter().find_map(|notice| notice.facts.what);
    assert_eq!(what.as_deref(), Some("one reliance known not to hold"));
}

fn relies(id: Uuid) -> ehia_domain::interdependency::Interdependency {
    use ehia_domain::interdependency::{Interdependency, InterdependencyKind, ReliancePremise};
    Interdependency {
        id: id.into(),
        kind: InterdependencyKind::ReliesOn,
        target: Some(Uuid::from_u128(77).into()),
        partner: None,
        premise: None,
        by: None,
        holds_when: Some(ReliancePremise::TargetDoesNotProceed),
        failure: None,
        note: None,
    }
}

#[test]
fn a_step_tells_whoever_something_waits_for_and_whom_it_names() {
    let on = || "2026-02-16".parse().unwrap();
    let mut asked = Asked::of(EventKind::ReminderDue).at("panel_review").with(|case| {
        case.process.clocks.insert("review".into(), clock("2026-02-16"));
        case.process.reviews = vec![review(DECLARED)];
    });
    asked.happenings = due("clock:review", &["doer"]);
    assert_eq!(
        asked.told(NoticeKind::Reminder),
        [UNDECLARED, NOT_VOTING, MEMBER_WHO_OWNS],
        "not who has reviewed"
    );
    assert_eq!(asked.notices()[0].facts.due, Some(on()));
    asked.happenings = due("clock:review", &["doer", "PANEL_SECRETARY", "EQUALITY_LEAD", "GOVERNANCE"]);
    assert_eq!(
        asked.told(NoticeKind::Reminder),
        [UNDECLARED, NOT_VOTING, MEMBER_WHO_OWNS, LEAD, CHAIR, SECRETARY, GOVERNANCE]
    );
    asked.happenings = due("clock:review", &["SRO", "AUTHOR", "PANEL_CHAIR"]);
    assert_eq!(asked.told(NoticeKind::Reminder), [AUTHOR, SRO, CHAIR], "not the chair who withdrew");
    asked.happenings = due("clock:changes", &["doer", "GOVERNANCE"]);
    assert!(asked.told(NoticeKind::Reminder).is_empty(), "there is no such clock any more");
    asked.happenings = due("clock:review", &["doer"]);
    asked.after.process.clocks.insert("review".into(), clock("2026-02-20"));
    assert!(asked.told(NoticeKind::Reminder).is_empty(), "its day has moved");

    let mut with_author = Asked::of(EventKind::ReminderDue).at("changes_requested").with(|case| {
        let due = Some(on());
        case.process.clocks.insert("changes".into(), clock("2026-02-16"));
        case.process.returned = Some(Return {
            at: at(),
            by: person(CHAIR),
            paths: Vec::new(),
            comment: "More.".into(),
            due,
            reasons: BTreeMap::new(),
            asks: true,
            answers: Vec::new(),
            revision: Some(1),
            resubmitted: None,
        });
    });
    with_author.happenings = due("clock:changes", &["doer"]);
    assert_eq!(with_author.told(NoticeKind::Reminder), [AUTHOR], "the panel waits, and is not reminded");

    let mut reexamined = Asked::of(EventKind::ReminderDue).at("approved").with(|case| {
        case.process.clocks.insert("reexamination".into(), clock("2026-02-16"));
        case.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due: on() });
    });
    reexamined.happenings = due("clock:reexamination", &["doer"]);
    assert_eq!(reexamined.told(NoticeKind::Reminder), [LEAD, CHAIR]);

    let outside = ContactId::from(Uuid::from_u128(701));
    let mut owed = Asked::of(EventKind::ReminderDue).at("approved").with(|case| {
        case.process.conditions[0].due = on();
        case.process.conditions[0].owner = Party { contact: Some(outside), ..Party::named("N. Account") };
    });
    let key = format!("condition:{}", owed.after.process.conditions[0].id);
    owed.happenings = due(&key, &["doer"]);
    assert_eq!(owed.told(NoticeKind::Reminder), [701], "a party without an account, too");
}

/// What each event may lead to, and the state it is tried in.
fn every() -> Vec<Asked> {
    let concluded = |recommendation| {
        move |case: &mut Case| {
            let set = case.process.conditions.iter().map(|condition| condition.id).collect();
            case.process.outcomes.push(outcome(recommendation, set));
        }
    };
    let mut assigned = Asked::of(EventKind::PanelAssigned).by(SECRETARY).at("panel_review");
    assigned.before.process.panel = None;
    let complete = Asked::of(EventKind::ReviewSubmitted).by(DECLARED).at("panel_review").with(|case| {
        case.process.panel.as_mut().unwrap().members.retain(|m| m.interest != Interest::Undeclared);
        case.process.reviews = vec![review(DECLARED), review(MEMBER_WHO_OWNS)];
    });
    let mut late = Asked::of(EventKind::ReminderDue).at("panel_review").with(|case| {
        case.process.clocks.insert("review".into(), clock("2026-02-16"));
    });
    late.happenings = due("clock:review", &["doer", "PANEL_SECRETARY", "EQUALITY_LEAD", "GOVERNANCE"]);
    let mut shared = Asked::of(EventKind::AssessmentShared).by(AUTHOR).at("panel_review");
    shared.happenings = vec![happening(EventKind::AssessmentShared, json!({"level": "READ"}))];
    let thread = ThreadId::from(Uuid::from_u128(70));
    let mut question = Asked::of(EventKind::RemarkMade).by(DECLARED).at("panel_review").with(|case| {
        case.process.threads = vec![asks(thread, &[DECLARED])];
    });
    question.happenings = vec![happening(EventKind::RemarkMade, json!({"thread": thread}))];
    let mut evidenced = Asked::of(EventKind::ConditionReported).by(AUTHOR).at("approved").with(|case| {
        case.process.conditions[0].status = ConditionStatus::Evidenced;
    });
    let id = evidenced.after.process.conditions[0].id;
    evidenced.happenings = vec![happening(EventKind::ConditionReported, json!({"condition": id}))];
    let mut breached = Asked::of(EventKind::ConditionBreached).at("approved");
    let to = ["doer", "SRO", "body"];
    breached.happenings = vec![happening(EventKind::ConditionBreached, json!({"condition": id, "to": to}))];
    let mut answered = Asked::of(EventKind::BreachAnswered).by(SRO).at("approved").with(|case| {
        case.process.conditions[0].status = ConditionStatus::Breached;
    });
    answered.happenings = vec![happening(EventKind::BreachAnswered, json!({"condition": id, "body": false}))];
    let mut reading = Asked::of(EventKind::ReadingAsked).by(SECRETARY).at("approved").with(|case| {
        let meeting = "2026-03-02".parse().unwrap();
        let asked = ReadingAsked { person: person(BODY), meeting, by: person(SECRETARY), at: at() };
        case.process.readings_asked = vec![asked];
    });
    reading.happenings = vec![happening(EventKind::ReadingAsked, json!({"people": [person(BODY)]}))];
    vec![
        evidenced,
        breached,
        answered,
        reading,
        shared,
        question,
        Asked::of(EventKind::AssessmentTransitioned).by(AUTHOR).at("withdrawn"),
        assigned,
        complete,
        late,
        Asked::of(EventKind::AssessmentTransitioned).by(AUTHOR).at("panel_review"),
        Asked::of(EventKind::OutcomeRecorded)
            .by(CHAIR)
            .at("changes_requested")
            .with(concluded(Recommendation::Return)),
        Asked::of(EventKind::OutcomeRecorded)
            .by(CHAIR)
            .at("approved")
            .with(concluded(Recommendation::ApproveWithConditions)),
        Asked::of(EventKind::DecisionRecorded).by(BODY).at("proceeding"),
        Asked::of(EventKind::ReexaminationOpened).by(AUTHOR).at("approved"),
        Asked::of(EventKind::RelianceChanged).at("approved"),
        Asked::of(EventKind::RatificationRecorded).by(CHAIR).at("approved").with(|case| {
            case.process.ratifications.push(Ratification {
                outcome: OutcomeId::from(Uuid::from_u128(800)),
                ratified: false,
                reason: Some("The travel times were not shown.".into()),
                due: at().date_naive(),
                by: person(CHAIR),
                at: at(),
                attendees: Vec::new(),
                apologies: Vec::new(),
                voted: Vec::new(),
                meeting: None,
                dissent: None,
                answer: None,
            });
        }),
        Asked::of(EventKind::AssessmentEdited)
            .by(AUTHOR)
            .with(|case| case.content.sro = Some(Party::person(person(GOVERNANCE)))),
    ]
}

fn asks(id: ThreadId, spoke: &[u128]) -> Thread {
    let remark = |by: &u128| Remark { by: person(*by), at: at(), text: "Why?".into() };
    Thread {
        id,
        path: Path::of(["impacts"]),
        revision: 1,
        asks_author: true,
        remarks: spoke.iter().map(remark).collect(),
        resolved: None,
    }
}

#[test]
fn whoever_owns_a_breached_condition_is_told_what_is_to_be_done_and_its_sponsor_what_the_body_says() {
    for (body, by, to) in [(false, SRO, vec![MEMBER_WHO_OWNS]), (true, BODY, vec![SRO, MEMBER_WHO_OWNS])] {
        let mut asked = Asked::of(EventKind::BreachAnswered).by(by).at("approved");
        let id = asked.after.process.conditions[0].id;
        let payload = json!({"condition": id, "toBeDone": "Order a bus.", "body": body});
        asked.happenings = vec![happening(EventKind::BreachAnswered, payload)];
        assert_eq!(asked.told(NoticeKind::ConditionBreached), to);
        assert_eq!(asked.told(NoticeKind::ActionReceived), [by]);
        let notices = asked.notices();
        let told = notices.iter().find(|notice| notice.kind == NoticeKind::ConditionBreached).unwrap();
        let facts = told.facts.what.as_deref().unwrap();
        assert!(facts.ends_with("has said what is to be done"), "and not what that is: {facts}");
    }
}

#[test]
fn a_question_goes_to_those_whose_proposal_it_is_and_the_answer_to_whoever_asked() {
    let id = ThreadId::from(Uuid::from_u128(70));
    let told = |by, spoke: &[u128], asks_author| {
        let mut asked = Asked::of(EventKind::RemarkMade).by(by).at("panel_review").with(|case| {
            case.process.threads = vec![Thread { asks_author, ..asks(id, spoke) }];
        });
        asked.happenings = vec![happening(EventKind::RemarkMade, json!({"thread": id}))];
        asked.told(NoticeKind::Question)
    };
    assert_eq!(told(DECLARED, &[DECLARED], true), [AUTHOR, CONTRIBUTOR, SRO]);
    assert_eq!(told(AUTHOR, &[DECLARED, AUTHOR], true), [DECLARED]);
    assert_eq!(
        told(DECLARED, &[DECLARED], false),
        [] as [u128; 0],
        "what the panel discusses is told to nobody"
    );
}

#[test]
fn every_kind_of_message_is_sent_by_some_event_but_those_about_no_case() {
    let mut sent: BTreeSet<NoticeKind> = every().iter().flat_map(Asked::kinds).collect();
    let none = [
        NoticeKind::PasswordReset,
        NoticeKind::DailyDigest,
        NoticeKind::DeputyNamed,
        NoticeKind::AddressFailed,
        NoticeKind::MeetingInvited,
        NoticeKind::MeetingMoved,
        NoticeKind::MeetingCancelled,
    ];
    for kind in none {
        assert!(sent.insert(kind), "{kind} is about no case");
    }
    assert_eq!(sent, NoticeKind::ALL.iter().copied().collect());
}

#[test]
fn events_that_ask_nothing_of_anybody_send_nothing() {
    let speaks = [
        EventKind::AssessmentTransitioned,
        EventKind::PanelAssigned,
        EventKind::InterestDeclared,
        EventKind::ReviewSubmitted,
        EventKind::OutcomeRecorded,
        EventKind::DecisionRecorded,
        EventKind::MitigationReported,
        EventKind::ConditionReported,
        EventKind::BreachAnswered,
        EventKind::ReexaminationOpened,
        EventKind::RelianceChanged,
        EventKind::ReminderDue,
    ];
    for kind in EventKind::ALL.iter().filter(|kind| !speaks.contains(kind)) {
        assert!(Asked::of(*kind).by(AUTHOR).at("panel_review").notices().is_empty(), "{kind}");
    }
}

proptest! {
    #[test]
    fn nobody_is_told_what_they_did_and_nobody_who_withdrew_is_told_anything(
        which in 0_usize..9,
        actor in proptest::sample::select(vec![AUTHOR, DECLARED, LEAD, CHAIR, SECRETARY, BODY, WITHDRAWN]),
        withdrawn in proptest::collection::btree_set(
            proptest::sample::select(vec![UNDECLARED, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS, CHAIR, LEAD, VERIFIER]), 0..5),
    ) {
        let mut asked = every().remove(which).by(actor);
        let panel = asked.after.process.panel.as_mut().unwrap();
        panel.members.retain(|member| !withdrawn.iter().any(|number| member.person == person(*number)));
        panel.members.extend(withdrawn.iter().map(|number| member(*number, Interest::Withdrawn)));
        for notice in asked.notices() {
            let to = number(notice.to);
            prop_assert!(to != actor || notice.kind == NoticeKind::ActionReceived, "{:?} to the actor", notice.kind);
            let gone = to == WITHDRAWN || withdrawn.contains(&to);
            prop_assert!(!gone || to == actor, "{:?} to who withdrew", notice.kind);
        }
    }
}

#[test]
fn a_withdrawal_is_told_to_the_panel_and_to_those_whose_proposal_it_is() {
    let withdrawn = |submitted| {
        Asked::of(EventKind::AssessmentTransitioned)
            .by(AUTHOR)
            .at("withdrawn")
            .with(|case| case.process.submitted_revision = submitted)
    };
    let panel = [UNDECLARED, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS];
    let mut told = vec![CONTRIBUTOR, SRO];
    told.extend(panel);
    assert_eq!(withdrawn(None).told(NoticeKind::Withdrawn), told);
    told.push(SECRETARY);
    let submitted = withdrawn(Some(1));
    assert_eq!(submitted.told(NoticeKind::Withdrawn), told, "the secretary of what was submitted");
    assert_eq!(submitted.told(NoticeKind::ActionReceived), [AUTHOR]);
    assert!(submitted.notices().iter().all(|notice| notice.facts.what.as_deref() == Some("Withdrawn")));
    let closed = Asked::of(EventKind::AssessmentTransitioned).by(LEAD).at("implemented_and_reviewed");
    assert_eq!(closed.told(NoticeKind::Withdrawn), []);
}

#[test]
fn those_who_govern_the_other_organisation_are_told_what_was_shared_and_nothing_of_what_no_longer_is() {
    for (level, what) in [
        ("STUB", Some("its reference, title and standing")),
        ("READ", Some("to read")),
        ("REVIEW", Some("to read and to review")),
        ("NONE", None),
    ] {
        let mut asked = Asked::of(EventKind::AssessmentShared).by(AUTHOR);
        asked.happenings[0].payload = json!({ "level": level });
        let told: Vec<_> = asked.notices().into_iter().map(|one| (number(one.to), one.facts.what)).collect();
        let wanted: Vec<_> = what.iter().map(|what| (PARTNER, Some((*what).to_owned()))).collect();
        assert_eq!(told, wanted, "{level}");
    }
}

#[test]
fn whoever_relies_is_told_once_a_partner_says_something_else() {
    let mut asked = Asked::of(EventKind::RelianceConfirmed)
        .by(SECRETARY)
        .with(|case| case.process.holds.extend([(Uuid::from_u128(5).into(), true)]));
    assert_eq!(asked.told(NoticeKind::RelianceChanged), [AUTHOR, CONTRIBUTOR, SRO, CHAIR]);
    asked.before = asked.after.clone();
    assert_eq!(asked.kinds(), BTreeSet::new());
}

#[test]
fn whom_a_submission_puts_on_the_panel_is_told_that_alone() {
    let mut asked = Asked::of(EventKind::AssessmentTransitioned).by(AUTHOR).at("panel_review");
    asked.happenings.push(happening(EventKind::PanelAssigned, Value::Null));
    asked.before.process.panel = None;
    assert_eq!(asked.told(NoticeKind::Submitted), []);
    assert_eq!(asked.told(NoticeKind::PanelAssigned), [UNDECLARED, DECLARED, NOT_VOTING, MEMBER_WHO_OWNS]);
}

#[test]
fn what_is_usual_for_a_kind_may_be_chosen_and_only_what_may_be_chosen_counts() {
    for kind in NoticeKind::ALL {
        assert!(choices(*kind).contains(&usual(*kind)), "{kind}");
        for timing in MailTiming::ALL {
            let chosen =
                MailPreferences { kinds: BTreeMap::from([(*kind, *timing)]), ..MailPreferences::default() };
            let offered = choices(*kind).contains(timing);
            assert_eq!(chosen.check().is_ok(), offered, "{kind} {timing}");
            assert_eq!(chosen.timing(*kind), if offered { *timing } else { usual(*kind) }, "{kind} {timing}");
        }
    }
    let kept = serde_json::to_string(&MailPreferences::default()).unwrap();
    assert_eq!(serde_json::from_str::<MailPreferences>(&kept).unwrap(), MailPreferences::default());
    assert_eq!(serde_json::from_str::<MailPreferences>("{}").unwrap(), MailPreferences::default());
}
