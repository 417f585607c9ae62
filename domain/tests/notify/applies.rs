//! What waited to be sent and no longer applies is dropped, kind by kind, with the reason.

use ehia_domain::{
    condition::ConditionStatus,
    id::PersonId,
    notify::{
        Notice, NoticeFacts, NoticeKind, Recipient,
        applies::{DONE, NO_PART, Now, UNSEEN, superseded},
        may_hear,
    },
    party::Party,
    permission::Role,
    review::Interest,
    workflow::{
        condition::{ConditionReport, Reassignment, reassign, report_condition},
        definition::Workflow,
        process::{Declaration, assign_panel, declare_interest},
    },
};

use crate::workflow::world::*;

fn notice(kind: NoticeKind, to: PersonId) -> Notice {
    Notice { kind, to: Recipient::Person(to), facts: NoticeFacts::default() }
}

/// Why it is dropped now, if it is.
fn dropped(world: &World, kind: NoticeKind, to: u128) -> Option<&'static str> {
    let now = Now { case: &world.case, workflow: &world.workflow, settings: &world.settings };
    superseded(&notice(kind, person(to)), world.moment.at, &actor(to), now)
}

fn submitted() -> World {
    let mut world = World::of(Workflow::shipped("ehia", 3).unwrap().clone());
    world.settings.quorum = 2;
    world.step("submit", AUTHOR);
    world
}

/// The member withdraws; whoever they were, the chair says so.
fn withdraw(world: &mut World, member: u128) {
    let note = Some("Too close.".into());
    let declaration = Declaration { member: person(member), interest: Interest::Withdrawn, note };
    let done = declare_interest(&world.case, &declaration, &actor(member), &world.context());
    world.case = done.unwrap().case;
}

fn seat(world: &mut World, members: std::ops::Range<usize>) {
    let mut panel = panel(5);
    panel.members = panel.members[members].to_vec();
    world.case = assign_panel(&world.case, panel, &actor(SECRETARY), &world.context()).unwrap().case;
}

#[test]
fn whoever_withdrew_is_told_nothing_on_the_panel_or_off_it_or_seated_again() {
    let mut world = submitted();
    world.review();
    withdraw(&mut world, MEMBER);
    for kind in NoticeKind::ALL {
        assert_eq!(dropped(&world, *kind, MEMBER), Some(NO_PART), "{kind}");
    }
    seat(&mut world, 1..4);
    for kind in NoticeKind::ALL {
        assert!(!may_hear(&world.case, *kind, person(MEMBER)), "{kind} to whoever was taken off since");
        assert_eq!(dropped(&world, *kind, MEMBER), Some(NO_PART), "{kind}");
    }
    seat(&mut world, 0..4);
    assert_eq!(world.case.process.interest(person(MEMBER)), Interest::Withdrawn, "it stands for the case");
    assert_eq!(dropped(&world, NoticeKind::PanelAssigned, MEMBER), Some(NO_PART));
}

#[test]
fn whoever_was_taken_off_the_panel_is_told_nothing_of_it() {
    let mut world = submitted();
    assert_eq!(dropped(&world, NoticeKind::PanelAssigned, MEMBER), None);
    assert_eq!(dropped(&world, NoticeKind::OutcomeRecorded, MEMBER), None);
    seat(&mut world, 1..4);
    for kind in [NoticeKind::PanelAssigned, NoticeKind::OutcomeRecorded, NoticeKind::DecisionRecorded] {
        assert_eq!(dropped(&world, kind, MEMBER), Some(DONE), "{kind}");
    }
    assert_eq!(dropped(&world, NoticeKind::PanelAssigned, STRANGER), Some(UNSEEN));
}

#[test]
fn nobody_is_asked_for_a_review_that_is_in() {
    let mut world = submitted();
    for kind in [NoticeKind::PanelAssigned, NoticeKind::Submitted] {
        assert_eq!(dropped(&world, kind, MEMBER), None, "{kind}");
    }
    assert_eq!(dropped(&world, NoticeKind::ReviewsComplete, CHAIR), Some(DONE), "nobody judged yet");
    world.review();
    for kind in [NoticeKind::PanelAssigned, NoticeKind::Submitted] {
        assert_eq!(dropped(&world, kind, MEMBER), Some(DONE), "{kind}");
    }
    assert_eq!(dropped(&world, NoticeKind::ReviewsComplete, CHAIR), None);
    assert_eq!(dropped(&world, NoticeKind::ReviewsComplete, SECRETARY), None);
    assert_eq!(
        dropped(&world, NoticeKind::ReviewsComplete, GOVERNANCE),
        Some(DONE),
        "not theirs to conclude"
    );
    world.step("approve", CHAIR);
    assert_eq!(dropped(&world, NoticeKind::ReviewsComplete, CHAIR), Some(DONE));
}

#[test]
fn a_return_that_came_back_asks_for_nothing_and_the_next_has_a_message_of_its_own() {
    let mut world = submitted();
    world.review();
    world.step("return", CHAIR);
    let first = world.moment.at;
    let changes = |world: &World, written, who| {
        let now = Now { case: &world.case, workflow: &world.workflow, settings: &world.settings };
        superseded(&notice(NoticeKind::ChangesRequested, person(who)), written, &actor(who), now)
    };
    assert_eq!(changes(&world, first, AUTHOR), None);
    assert_eq!(changes(&world, first, LEAD), Some(DONE), "it is nobody else's to mend");
    world.later("2026-02-03");
    world.step("resubmit", AUTHOR);
    assert_eq!(changes(&world, first, AUTHOR), Some(DONE));
    assert_eq!(dropped(&world, NoticeKind::ReviewsComplete, CHAIR), Some(DONE), "the panel judges anew");
    world.later("2026-02-04");
    world.review();
    world.step("return", CHAIR);
    assert_eq!(changes(&world, first, AUTHOR), Some(DONE), "the first one");
    assert_eq!(changes(&world, world.moment.at, AUTHOR), None);
}

#[test]
fn nobody_is_asked_for_a_decision_or_a_judgement_that_was_made() {
    let mut world = submitted();
    world.review();
    world.step("approve", CHAIR);
    assert_eq!(dropped(&world, NoticeKind::DecisionAwaited, BODY), None);
    assert_eq!(dropped(&world, NoticeKind::ReexaminationOpened, LEAD), Some(DONE));
    world.step("proceed", BODY);
    assert_eq!(dropped(&world, NoticeKind::DecisionAwaited, BODY), Some(DONE));
    assert_eq!(dropped(&world, NoticeKind::DecisionRecorded, AUTHOR), None, "news of what was decided");
    assert_eq!(dropped(&world, NoticeKind::Named, SRO), None);
}

#[test]
fn a_condition_that_is_settled_or_somebody_elses_or_will_not_happen_is_asked_of_nobody() {
    let conditional = || {
        let mut world = submitted();
        world.review();
        world.step("approve_with_conditions", CHAIR);
        world
    };
    let told = |world: &World| [AUTHOR, LEAD].map(|who| dropped(world, NoticeKind::ConditionAssigned, who));
    let mut world = conditional();
    assert_eq!(told(&world), [None, None]);
    assert_eq!(dropped(&world, NoticeKind::VerificationAwaited, LEAD), Some(DONE), "nothing is reported");
    let condition = world.case.process.conditions[0].id;
    let verifier = Some(Party::person(person(SECRETARY)));
    let draft = Reassignment { condition, owner: None, verifier };
    world.case = reassign(&world.case, draft, &actor(SECRETARY), &world.context()).unwrap().case;
    assert_eq!(told(&world), [None, Some(DONE)]);
    let status = ConditionStatus::Evidenced;
    let report = ConditionReport { condition, status, note: Some("Done.".into()), evidence: None };
    world.case = report_condition(&world.case, &report, &actor(AUTHOR), &world.context()).unwrap().case;
    assert_eq!(dropped(&world, NoticeKind::VerificationAwaited, SECRETARY), None);
    assert_eq!(dropped(&world, NoticeKind::VerificationAwaited, LEAD), Some(DONE));
    world.step("stop", BODY);
    assert_eq!(told(&world), [Some(DONE), Some(DONE)]);
    assert_eq!(dropped(&world, NoticeKind::VerificationAwaited, SECRETARY), Some(DONE));
    let withdrew = conditional();
    let mut withdrew = World { case: withdrew.case.clone(), ..withdrew };
    withdraw(&mut withdrew, MEMBER);
    let owner = Some(Party::person(person(MEMBER)));
    let draft = Reassignment { condition: withdrew.case.process.conditions[0].id, owner, verifier: None };
    assert!(
        reassign(&withdrew.case, draft, &actor(SECRETARY), &withdrew.context()).is_err(),
        "whoever withdrew could do nothing about it"
    );
}

#[test]
fn a_role_is_not_asked_to_act_on_a_case_of_its_holder() {
    let mut world = submitted();
    world.review();
    let chair = with_roles(SRO, &[Role::Sro, Role::PanelChair]);
    let now = Now { case: &world.case, workflow: &world.workflow, settings: &world.settings };
    let complete = notice(NoticeKind::ReviewsComplete, person(SRO));
    assert_eq!(superseded(&complete, world.moment.at, &chair, now), Some(DONE));
}
