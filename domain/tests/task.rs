//! What is to be done in each phase, by whom and by when.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ehia_domain::{
    case::{Case, Clock, Reexamination, Return},
    id::{Identifier, ThreadId},
    mitigation::{MitigationReport, MitigationStatus},
    permission::Role,
    reading::ReadingAsked,
    review::{
        ConditionStatus, Declared, Interest, InterestStep, PanelMember, Ratification, Recommendation, Review,
    },
    screening::{Screened, ScreeningDepth},
    task::{Doer, Task, TaskKind, listed, tasks},
    text::Path,
    thread::{Remark, Thread},
    workflow::{definition::Workflow, quorum::Composition},
};
use uuid::Uuid;

use super::people::{
    AUTHOR, DECLARED, MEMBER_WHO_OWNS, NOT_VOTING, OWNER, UNDECLARED, VERIFIER, at, case, member, person,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn of(workflow: &str, case: &Case) -> Vec<Task> {
    tasks(case, Workflow::shipped(workflow, 1).unwrap(), Composition::of(2))
}

fn doer(doer: Doer) -> String {
    match doer {
        Doer::Person(person) => person.uuid().as_u128().to_string(),
        Doer::Role(role) => role.to_string(),
    }
}

/// Kind and doer of every task of a case in that state, but those about conditions and mitigations.
fn told(workflow: &str, case: &Case, state: &str) -> Vec<(TaskKind, String)> {
    let aside = [TaskKind::MeetCondition, TaskKind::VerifyCondition, TaskKind::ReportMitigation];
    let case = Case { state: state.into(), ..case.clone() };
    let tasks = of(workflow, &case).into_iter().filter(|task| !aside.contains(&task.kind));
    tasks.map(|task| (task.kind, doer(task.doer))).collect()
}

fn task(kind: TaskKind, who: impl ToString) -> (TaskKind, String) {
    (kind, who.to_string())
}

fn clock(due: Option<&str>) -> Clock {
    Clock { since: at().date_naive(), days_left: 10, due: due.map(day), announced: false }
}

fn review(by: u128, revision: u32) -> Review {
    Review {
        id: Uuid::from_u128(by).into(),
        reviewer: person(by),
        revision,
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

#[test]
fn an_author_writes_and_answers_what_the_panel_asked() {
    let mut case = case();
    assert_eq!(told("ehia", &case, "draft"), [task(TaskKind::Write, AUTHOR)]);
    let due = Some(day("2026-02-20"));
    case.process.returned = Some(Return {
        at: at(),
        by: person(DECLARED),
        paths: Vec::new(),
        comment: "More.".into(),
        due,
        reasons: BTreeMap::new(),
        asks: true,
        answers: Vec::new(),
        revision: Some(1),
        resubmitted: None,
    });
    assert_eq!(told("ehia", &case, "changes_requested"), [task(TaskKind::AnswerReturn, AUTHOR)]);
    case.state = "changes_requested".into();
    assert_eq!(of("ehia", &case)[0].due, due);
}

#[test]
fn members_declare_then_review_and_then_the_chair_concludes() {
    let mut case = case();
    assert_eq!(
        told("ehia", &case, "panel_review"),
        [
            task(TaskKind::DeclareInterest, UNDECLARED),
            task(TaskKind::Review, DECLARED),
            task(TaskKind::Review, NOT_VOTING),
            task(TaskKind::Review, MEMBER_WHO_OWNS),
        ]
    );
    case.process.reviews = vec![review(DECLARED, 1), review(MEMBER_WHO_OWNS, 1)];
    assert_eq!(
        told("ehia", &case, "panel_review"),
        [task(TaskKind::DeclareInterest, UNDECLARED), task(TaskKind::Review, NOT_VOTING)],
        "who may yet vote is waited for"
    );
    case.process.panel.as_mut().unwrap().members.retain(|member| member.interest != Interest::Undeclared);
    assert_eq!(
        told("ehia", &case, "panel_review"),
        [task(TaskKind::Review, NOT_VOTING), task(TaskKind::Conclude, Role::PanelChair)],
        "who does not vote is not waited for"
    );
    case.revision = 2;
    assert_eq!(told("ehia", &case, "panel_review").len(), 3, "a review of another revision does not count");
}

#[test]
fn somebody_with_two_seats_has_one_task() {
    let mut case = case();
    let members = &mut case.process.panel.as_mut().unwrap().members;
    *members = vec![member(DECLARED, Interest::None), member(DECLARED, Interest::None)];
    assert_eq!(told("ehia", &case, "panel_review"), [task(TaskKind::Review, DECLARED)]);
}

#[test]
fn a_panel_is_assigned_where_there_is_none_or_nobody_votes() {
    let mut case = case();
    let assign = [task(TaskKind::AssignPanel, Role::PanelSecretary)];
    for member in &mut case.process.panel.as_mut().unwrap().members {
        member.interest = Interest::Withdrawn;
    }
    assert_eq!(told("ehia", &case, "panel_review"), assign);
    case.process.panel = None;
    assert_eq!(told("ehia", &case, "panel_review"), assign);
}

#[test]
fn what_a_panel_lacks_to_be_quorate_waits_for_its_secretary() {
    let lacks = |key: &str, case: &Case, quorum: u32| {
        let listed = listed(case, Workflow::shipped(key, 1).unwrap(), Composition::of(quorum));
        let mut told = listed.into_iter().filter(|task| task.kind == TaskKind::AssignPanel);
        let one = told.next().map(|task| (task.reason, task.doer));
        assert_eq!(told.next(), None, "it is told once");
        one
    };
    let secretary = Doer::Role(Role::PanelSecretary);
    let mut case = Case { state: "panel_review".into(), ..case() };
    assert_eq!(lacks("ehia", &case, 3), None, "two may vote, and one may yet say so");
    let (reason, doer) = lacks("ehia", &case, 4).unwrap();
    assert_eq!(
        reason,
        "The panel cannot be quorate: 3 of its members may vote, and 4 must. Say who else sits on it."
    );
    assert_eq!(doer, secretary);
    for member in &mut case.process.panel.as_mut().unwrap().members {
        member.interest = Interest::Withdrawn;
    }
    assert_eq!(lacks("ehia", &case, 4).unwrap().0, "Nobody on the panel may vote; say who else sits on it.");
    for state in ["draft", "approved", "deferred"] {
        assert_eq!(lacks("ehia", &Case { state: state.into(), ..case.clone() }, 4), None, "{state}");
    }
    let mut staged = Case { state: "stage_two_panel".into(), ..case };
    staged.process.panel.as_mut().unwrap().members = (1..5)
        .map(|number| PanelMember { seat: "nursing".into(), ..member(number, Interest::None) })
        .collect();
    let (reason, _) = lacks("qia-two-stage", &staged, 4).unwrap();
    assert!(reason.contains("nobody is left for the seat clinical or medical"), "{reason}");
}

#[test]
fn where_the_workflow_has_no_panel_whoever_judges_alone_concludes() {
    let mut case = case();
    case.process.panel = None;
    assert_eq!(
        told("two-person", &case, "independent_check"),
        [task(TaskKind::Conclude, Role::EqualityLead)]
    );
    assert_eq!(told("qia-two-stage", &case, "stage_one_check"), [task(TaskKind::Conclude, Role::PanelChair)]);
    assert_eq!(
        told("qia-two-stage", &case, "stage_two_panel"),
        [task(TaskKind::AssignPanel, Role::PanelSecretary)]
    );
}

#[test]
fn what_the_panel_escalated_or_put_off_asks_nobody_to_review() {
    let case = case();
    assert_eq!(told("ehia", &case, "not_supported"), [task(TaskKind::RecordDecision, Role::DecisionMaker)]);
    let deferred = told("ehia", &case, "deferred");
    assert_eq!(
        deferred,
        [task(TaskKind::Conclude, Role::PanelChair), task(TaskKind::Conclude, Role::PanelSecretary)]
    );
}

#[test]
fn the_day_is_the_one_of_the_workflow_s_own_clock() {
    let mut case = case();
    case.process.panel = None;
    case.process.clocks.insert("check".into(), clock(Some("2026-02-09")));
    case.process.clocks.insert("paused".into(), clock(None));
    case.process.clocks.insert("reexamination".into(), clock(Some("2026-01-01")));
    case.state = "independent_check".into();
    let found = of("two-person", &case);
    let conclude = found.iter().find(|task| task.kind == TaskKind::Conclude).unwrap();
    assert_eq!(conclude.due, Some(day("2026-02-09")));
}

#[test]
fn the_body_decides_what_was_approved_by_its_date() {
    let mut case = case();
    case.content.proposal.decision_date = Some(day("2026-03-26"));
    for state in ["approved", "approved_with_conditions"] {
        assert_eq!(told("ehia", &case, state), [task(TaskKind::RecordDecision, Role::DecisionMaker)]);
    }
    case.state = "approved".into();
    assert_eq!(of("ehia", &case)[0].due, Some(day("2026-03-26")));
}

#[test]
fn an_open_reexamination_is_judged_by_lead_or_chair_in_any_phase() {
    let mut case = case();
    let due = day("2026-02-09");
    case.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due });
    for state in ["approved", "proceeding", "stopped"] {
        case.state = state.into();
        let found = of("ehia", &case);
        let judges = found.iter().filter(|task| task.kind == TaskKind::JudgeMateriality);
        let judges: Vec<_> = judges.map(|task| (doer(task.doer), task.due)).collect();
        assert_eq!(
            judges,
            [("EQUALITY_LEAD".to_owned(), Some(due)), ("PANEL_CHAIR".to_owned(), Some(due))],
            "{state}"
        );
    }
}

#[test]
fn a_condition_is_met_by_its_owner_and_verified_by_its_verifier() {
    let mut case = case();
    case.state = "proceeding".into();
    for (status, expected) in [
        (ConditionStatus::Open, Some((TaskKind::MeetCondition, MEMBER_WHO_OWNS))),
        (ConditionStatus::Breached, Some((TaskKind::MeetCondition, MEMBER_WHO_OWNS))),
        (ConditionStatus::Evidenced, Some((TaskKind::VerifyCondition, VERIFIER))),
        (ConditionStatus::Verified, None),
        (ConditionStatus::Waived, None),
    ] {
        case.process.conditions[0].status = status;
        let found = of("ehia", &case);
        let kinds = [TaskKind::MeetCondition, TaskKind::VerifyCondition];
        let found = found.iter().find(|task| kinds.contains(&task.kind));
        assert_eq!(
            found.map(|task| (task.kind, doer(task.doer), task.due)),
            expected.map(|(kind, who)| (kind, who.to_string(), Some(day("2026-06-01")))),
            "{status}"
        );
    }
}

#[test]
fn owners_report_mitigations_until_they_are_done() {
    let mut case = case();
    let reports = |case: &Case, state: &str| {
        let case = Case { state: state.into(), ..case.clone() };
        let found = of("ehia", &case).into_iter().filter(|task| task.kind == TaskKind::ReportMitigation);
        found.map(|task| doer(task.doer)).collect::<Vec<_>>()
    };
    for (state, asked) in [
        ("draft", false),
        ("panel_review", false),
        ("approved", true),
        ("proceeding", true),
        ("withdrawn", false),
    ] {
        assert_eq!(reports(&case, state), if asked { vec![OWNER.to_string()] } else { vec![] }, "{state}");
    }
    case.process.progress.push(MitigationReport {
        mitigation: case.content.mitigations[0].id,
        at: at(),
        by: person(OWNER),
        status: MitigationStatus::Done,
        note: "Done.".into(),
        current: None,
        evidence: Vec::new(),
    });
    assert!(reports(&case, "proceeding").is_empty());
}

#[test]
fn a_stopped_or_withdrawn_proposal_asks_nobody_to_soften_it() {
    let mut case = case();
    case.process.review_due = Some(day("2027-02-02"));
    for state in ["stopped", "withdrawn"] {
        case.state = state.into();
        assert_eq!(of("ehia", &case), [], "{state}");
    }
    case.state = "a state the definition does not know".into();
    assert_eq!(of("ehia", &case), []);
}

#[test]
fn a_case_that_proceeds_is_looked_at_again() {
    let mut case = case();
    assert_eq!(told("ehia", &case, "proceeding"), []);
    case.process.review_due = Some(day("2027-02-02"));
    assert_eq!(told("ehia", &case, "proceeding"), [task(TaskKind::LookAgain, AUTHOR)]);
}

#[test]
fn every_kind_of_task_can_be_given() {
    let mut found = std::collections::BTreeSet::new();
    let mut case = case();
    case.process.review_due = Some(day("2027-02-02"));
    case.process.ratification_due = Some(day("2026-03-02"));
    let due = day("2026-02-09");
    case.process.ratifications = vec![Ratification {
        outcome: uuid::Uuid::from_u128(78).into(),
        ratified: false,
        reason: Some("The travel times were not before the chair.".into()),
        due,
        by: person(DECLARED),
        at: at() + chrono::TimeDelta::days(90),
        attendees: Vec::new(),
        apologies: Vec::new(),
        voted: Vec::new(),
        meeting: None,
        dissent: None,
        answer: None,
    }];
    case.process.screened = vec![Screened {
        depth: ScreeningDepth::Full,
        by: person(DECLARED),
        on_behalf_of: None,
        at: at(),
        on: day("2026-02-02"),
        revision: 1,
        reason: "Synthetic".into(),
        panel: false,
        drawn: false,
        borderline: false,
    }];
    let (interest, by) = (Interest::DeclaredNoted, person(DECLARED));
    let step = InterestStep { interest, by, at: at(), note: None, meeting: None, recorded_by: None };
    let declared = Declared { interest, note: None, own: true, steps: vec![step] };
    case.process.interests.insert(by, declared);
    case.process.recall();
    let asked = person(VERIFIER);
    case.process.readings_asked = vec![ReadingAsked { person: asked, meeting: due, by: asked, at: at() }];
    for status in [ConditionStatus::Open, ConditionStatus::Evidenced, ConditionStatus::Breached] {
        case.process.conditions[0].status = status;
        for state in &Workflow::shipped("ehia", 1).unwrap().states {
            case.state.clone_from(&state.name);
            found.extend(of("ehia", &case).iter().map(|task| task.kind));
        }
        case.process.panel = None;
        case.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due });
        case.process.returned = Some(Return {
            at: at(),
            by: person(DECLARED),
            paths: Vec::new(),
            comment: "More.".into(),
            due: None,
            reasons: BTreeMap::new(),
            asks: true,
            answers: Vec::new(),
            revision: Some(1),
            resubmitted: None,
        });
        case.process.threads = vec![Thread {
            id: ThreadId::from(uuid::Uuid::from_u128(77)),
            path: Path::of(["impacts"]),
            revision: 1,
            asks_author: true,
            remarks: vec![Remark { by: person(DECLARED), at: at(), text: "Why?".into() }],
            resolved: None,
        }];
    }
    assert_eq!(found, TaskKind::ALL.iter().copied().collect());
}
