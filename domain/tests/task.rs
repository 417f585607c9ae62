//! What is to be done in each phase, by whom and by when.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ehia_domain::{
    case::{Case, Clock, Reexamination, Return, ReturnAnswer},
    condition::ConditionStatus,
    id::{Identifier, ThreadId},
    interdependency::{Heard, Interdependency, InterdependencyKind, ReliancePremise},
    mitigation::{MitigationReport, MitigationStatus},
    party::Party,
    permission::{Action, Actor, Grant, Role, permit},
    reading::ReadingAsked,
    review::{Declared, Interest, InterestStep, PanelMember, Ratification, Recommendation, Review},
    screening::{Screened, ScreeningDepth},
    task::{Doer, Task, TaskKind, listed, near, tasks},
    text::Path,
    thread::{Remark, Thread},
    workflow::{
        Phase,
        breach::may_answer,
        condition::may_say,
        definition::{Transition, Workflow},
        engine::{permitted, phase},
        follow::may_look,
        quorum::Composition,
    },
};
use uuid::Uuid;

use super::people::{
    AUTHOR, DECLARED, HOME, MEMBER_WHO_OWNS, NOBODY, NOT_VOTING, OWNER, SRO, UNDECLARED, VERIFIER, at, case,
    member, organisation, person,
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
        paths: vec![Path::of(["impacts"])],
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
    let answer = ReturnAnswer {
        path: Path::of(["impacts"]),
        text: "It is said now.".into(),
        by: person(AUTHOR),
        at: at(),
    };
    case.process.returned.as_mut().unwrap().answers.push(answer);
    let told = |case: &Case| {
        let tasks = of("ehia", case).into_iter().filter(|task| task.doer == Doer::Person(person(AUTHOR)));
        tasks.map(|task| (task.kind.mutation(), task.due, task.reason)).collect::<Vec<_>>()
    };
    let answered = "All that was asked for is answered; submit it again.";
    assert_eq!(told(&case), [("transitionAssessment", due, answered.to_owned())]);
    // Whoever reopens a case asks for no answers.
    let returned = case.process.returned.as_mut().unwrap();
    (returned.asks, returned.answers) = (false, Vec::new());
    let reopened = "The case was reopened; change what is to be changed and submit it again.";
    assert_eq!(told(&case), [("transitionAssessment", due, reopened.to_owned())]);
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
    let ehia = [Role::EqualityLead, Role::PanelSecretary, Role::Governance];
    assert_eq!(told("ehia", &case, "proceeding"), ehia.map(|role| task(TaskKind::LookAgain, role)));
    // Nobody closes these where they are; whoever may reopen them looks.
    let screening = [Role::EqualityLead, Role::PanelChair];
    assert_eq!(
        told("screening", &case, "not_required"),
        screening.map(|role| task(TaskKind::LookAgain, role))
    );
    // Each is told what they may do themselves.
    let ends = |workflow: &str, state: &str| -> Vec<(String, String)> {
        let case = Case { state: state.into(), ..case.clone() };
        let looks = of(workflow, &case).into_iter().filter(|task| task.kind == TaskKind::LookAgain);
        let end = |task: Task| {
            let end = task.reason.strip_prefix(
                "This assessment is to be looked at again: say what you saw and when to look next, ",
            );
            (doer(task.doer), end.unwrap().to_owned())
        };
        looks.map(end).collect()
    };
    let ends_of = ["close it or reopen it.", "or close it.", "or close it."].map(str::to_owned);
    let ehia = ehia.map(|role| role.to_string()).into_iter().zip(ends_of);
    assert_eq!(ends("ehia", "proceeding"), ehia.collect::<Vec<_>>());
    let screening = screening.map(|role| (role.to_string(), "or reopen it.".to_owned()));
    assert_eq!(ends("screening", "not_required"), screening);
    let near = near(day("2027-01-04"));
    assert_eq!(near, day("2027-02-01"), "twenty working days");
}

/// A case with something to do for everybody, for as long as it is where that is to be done.
fn busy() -> Case {
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
    let relied = Interdependency {
        id: uuid::Uuid::from_u128(79).into(),
        kind: InterdependencyKind::ReliesOn,
        target: None,
        partner: Some(Party::named("The trust")),
        premise: Some("It staffs the rota.".into()),
        by: None,
        holds_when: Some(ReliancePremise::PartnerConfirms),
        failure: None,
        note: None,
    };
    case.process.heard.insert(relied.id, Heard { confirmed: false, on: due });
    case.content.interdependencies.push(relied);
    let asked = person(VERIFIER);
    case.process.readings_asked = vec![ReadingAsked { person: asked, meeting: due, by: asked, at: at() }];
    case.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due });
    case.process.returned = Some(Return {
        at: at(),
        by: person(DECLARED),
        paths: vec![Path::of(["impacts"])],
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
    case
}

/// The same in every way in which something else is to be done: with its condition in every status, with and without what was
/// returned and answered, with its panel still to declare, to review, done, and gone, and with nothing left to be judged first.
fn all_sorts() -> Vec<Case> {
    let answered = |case: &mut Case| {
        let path = Path::of(["impacts"]);
        let answer = ReturnAnswer { path, text: "Done.".into(), by: person(AUTHOR), at: at() };
        case.process.returned.as_mut().unwrap().answers = vec![answer];
    };
    let reviewed = |case: &mut Case| {
        case.process.panel.as_mut().unwrap().members.retain(|one| one.interest != Interest::Undeclared);
        case.process.reviews = vec![review(DECLARED, 1), review(MEMBER_WHO_OWNS, 1), review(NOT_VOTING, 1)];
    };
    let judged = |case: &mut Case| {
        case.process.reexamination = None;
        case.process.ratification_due = None;
        case.process.ratifications.clear();
    };
    let ways: [&dyn Fn(&mut Case); 7] = [
        &|_| {},
        &answered,
        &|case| case.process.returned.as_mut().unwrap().asks = false,
        &|case| case.process.returned = None,
        &reviewed,
        &|case| case.process.panel = None,
        &judged,
    ];
    let mut cases = Vec::new();
    for status in ConditionStatus::ALL {
        for change in ways {
            let mut case = busy();
            case.process.conditions[0].status = *status;
            change(&mut case);
            cases.push(case);
        }
    }
    cases
}

#[test]
fn every_kind_of_task_can_be_given() {
    let mut found = BTreeSet::new();
    for case in all_sorts() {
        for state in &Workflow::shipped("ehia", 1).unwrap().states {
            let case = Case { state: state.name.clone(), ..case.clone() };
            found.extend(of("ehia", &case).iter().map(|task| task.kind));
        }
    }
    assert_eq!(found, TaskKind::ALL.iter().copied().collect());
}

/// Somebody who has the task: the one it names, with the least that lets them be named, or whoever holds the role.
fn whoever(task: &Task) -> Actor {
    let (who, role) = match task.doer {
        Doer::Role(role) => (person(NOBODY), role),
        Doer::Person(who) if task.kind == TaskKind::ConfirmReading => (who, Role::DecisionMaker),
        Doer::Person(who) if who == person(AUTHOR) => (who, Role::Author),
        Doer::Person(who) if who == person(SRO) => (who, Role::Sro),
        Doer::Person(who) => (who, Role::Reviewer),
    };
    let grants = vec![Grant { organisation: organisation(HOME), role, until: None }];
    Actor { person: who, grants, deputises: Vec::new(), read_only: false }
}

/// Whether the command that the task names is theirs to give, in a way that deals with it.
fn may_do(task: &Task, case: &Case, workflow: &Workflow, actor: &Actor) -> bool {
    let phase = phase(case, workflow);
    let may = |action| permit(actor, action, case, phase).is_ok();
    let goes = |which: &dyn Fn(&Transition) -> bool| {
        let mut leaving = workflow.leaving(&case.state).filter(|transition| which(transition));
        leaving.any(|transition| permitted(case, transition, actor, workflow).is_ok())
    };
    let to = |transition: &Transition| workflow.state(&transition.to).unwrap().phase;
    let says = |status| {
        let mut conditions = case.process.conditions.iter();
        conditions.any(|one| may_say(case, one.id, status, actor, phase))
    };
    match (task.kind, task.kind.mutation()) {
        (TaskKind::Write, "transitionAssessment") => goes(&|one| to(one) == Phase::Review),
        (TaskKind::Conclude, "transitionAssessment") => {
            goes(&|one| one.concludes.is_some() || !workflow.concluders(&one.to).is_empty())
        }
        (TaskKind::RecordDecision, "transitionAssessment") => goes(&|one| !one.decides.is_empty()),
        (_, "lookAgain") => may_look(case, actor, workflow),
        (_, "answerReturn") => {
            let asked = case.process.returned.as_ref();
            may(Action::Answer) && asked.is_some_and(|returned| returned.unanswered().next().is_some())
        }
        (_, "remark") => may(Action::Answer),
        (_, "assignPanel") => may(Action::AssignPanel),
        (TaskKind::AnswerInterest, "declareInterest") => may(Action::AnswerChair),
        (_, "declareInterest") => may(Action::DeclareInterest),
        (_, "confirmReliance") => may(Action::ConfirmReliance),
        (_, "submitReview") => may(Action::Review),
        (_, "judgeMateriality" | "answerRefusal") => may(Action::JudgeMateriality),
        (_, "confirmReading") => may(Action::ConfirmReading),
        (_, "recordRatification") => may(Action::Ratify),
        (_, "reportMitigation") => may(Action::Report),
        (TaskKind::MeetCondition, "reportCondition") => says(ConditionStatus::Evidenced),
        (TaskKind::VerifyCondition, "reportCondition") => says(ConditionStatus::Verified),
        // As a breach could be dealt with by reporting on it.
        (TaskKind::AnswerBreach, "reportCondition") => {
            says(ConditionStatus::Evidenced) || says(ConditionStatus::Waived)
        }
        (_, "answerBreach") => may_answer(case, actor, workflow),
        // Whoever writes assessments begins one.
        (_, "createAssessment") => actor.holds(case.organisation, Role::Author),
        (kind, mutation) => panic!("say how {mutation} deals with {kind}"),
    }
}

#[test]
fn whoever_has_a_task_may_do_it_by_the_command_that_it_names() {
    let mut refused = BTreeSet::new();
    for workflow in Workflow::shipped_all() {
        for case in all_sorts() {
            for state in &workflow.states {
                let case = Case { state: state.name.clone(), workflow: workflow.pinned(), ..case.clone() };
                for task in tasks(&case, workflow, Composition::of(2)) {
                    if !may_do(&task, &case, workflow, &whoever(&task)) {
                        let of = format!("{} {} at {}", workflow.key, workflow.version, state.name);
                        refused.insert(format!("{of}: {} by {}", task.kind, doer(task.doer)));
                    }
                }
            }
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn whoever_never_declared_is_asked_to_while_something_is_open_again() {
    let asked = |case: &Case, state: &str| {
        let told = told("ehia", case, state).into_iter();
        told.filter(|(kind, _)| *kind == TaskKind::DeclareInterest).map(|(_, who)| who).collect::<Vec<_>>()
    };
    let silent = [UNDECLARED.to_string()];
    let concluded = case();
    let mut changed = concluded.clone();
    let due = day("2026-02-09");
    changed.process.reexamination = Some(Reexamination { since: at(), paths: Vec::new(), due });
    let mut refused = concluded.clone();
    refused.process.ratifications = busy().process.ratifications;
    let mut acted = concluded.clone();
    acted.process.ratification_due = Some(due);
    for state in ["approved", "proceeding"] {
        assert_eq!(asked(&concluded, state), [""; 0], "{state}");
        for open in [&changed, &refused, &acted] {
            assert_eq!(asked(open, state), silent, "{state}");
        }
    }
    changed.state = "approved".into();
    let declare =
        of("ehia", &changed).into_iter().find(|task| task.kind == TaskKind::DeclareInterest).unwrap();
    assert_eq!(declare.due, Some(due));
    assert_eq!(
        declare.reason,
        "You are on the panel, and what it concluded on was changed since; declare your interest first."
    );
    for open in [&changed, &refused, &acted] {
        assert_eq!(asked(open, "withdrawn"), [""; 0], "nothing is declared in what is closed");
    }
    assert_eq!(asked(&refused, "stopped"), [""; 0], "nobody answers for it there");
}
