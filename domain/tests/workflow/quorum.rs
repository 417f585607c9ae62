//! Seats and quorum, as each workflow asks for them.

use ehia_domain::{
    review::Interest,
    workflow::{definition::Workflow, guard::Guard, quorum::Readiness},
};

use super::world::{AUTHOR, MEMBER, World};

#[test]
fn the_quorum_of_each_shipped_workflow_is_told_as_its_guards_ask_for_it() {
    let words = |key| Workflow::shipped(key, 1).unwrap().quorum_in_words(4);
    assert_eq!(
        words("ehia"),
        "\"Approve\", \"Approve with conditions\" and \"Do not support, and escalate\": 4 voting members who have reviewed the revision."
    );
    assert_eq!(
        words("qia-two-stage"),
        "\"Endorse\" and \"Endorse with conditions\": 3 voting members who have reviewed the revision, among them clinical or medical and nursing or quality."
    );
    assert_eq!(words("two-person"), "No conclusion asks for a quorum.");
}

#[test]
fn quorums_that_differ_are_told_one_by_one() {
    let mut workflow = Workflow::shipped("ehia", 1).unwrap().clone();
    for transition in workflow.transitions.iter_mut().filter(|one| one.name == "approve") {
        for guard in &mut transition.guards {
            if let Guard::Quorum { members, seats } = guard {
                *members = Some(1);
                *seats = vec![vec!["Chair".into()]];
            }
        }
    }
    let told = workflow.quorum_in_words(2);
    assert!(
        told.contains("\"Approve\": one voting member who has reviewed the revision, among them Chair."),
        "{told}"
    );
    assert!(told.contains(": 2 voting members who have reviewed the revision."), "{told}");
}

#[test]
fn a_seat_is_one_the_quorum_asks_for_or_one_that_goes_with_a_role() {
    let workflow = Workflow::shipped("qia-two-stage", 1).unwrap();
    let own = ["clinical", "medical", "nursing", "quality"];
    let roles = ["chair", "equality", "member", "governance"];
    assert_eq!(workflow.seats(), [own, roles].concat());
    assert_eq!(workflow.seat(" Nursing "), Some("nursing"));
    assert_eq!(workflow.seat("treasurer"), None);
    assert_eq!(Workflow::shipped("ehia", 1).unwrap().seats(), roles);
}

#[test]
fn a_case_is_not_ready_while_somebody_has_still_to_declare() {
    let mut world = World::ehia();
    assert_eq!(world.workflow.readiness(&world.case, 3), None);
    world.step("submit", AUTHOR);
    assert_eq!(world.workflow.readiness(&world.case, 3), Some(Readiness::Expected));
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    assert_eq!(world.workflow.readiness(&world.case, 3), Some(Readiness::Ready));
    let fourth = &mut world.case.process.panel.as_mut().unwrap().members[3];
    fourth.interest = Interest::Undeclared;
    assert_eq!(
        world.workflow.readiness(&world.case, 3),
        Some(Readiness::Expected),
        "the chair could not conclude"
    );
}
