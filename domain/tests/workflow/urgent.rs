//! Urgent action: the chair concludes between meetings, and the panel ratifies that or does not. All synthetic.

use std::collections::BTreeMap;

use ehia_domain::{
    check::Gate,
    event::EventKind,
    notify::{Circumstances, Directory, NoticeKind, Recipient, notices},
    party::Party,
    permission::Role,
    review::{Interest, Recommendation},
    task::{TaskKind, tasks},
    workflow::{
        deadline,
        definition::Workflow,
        engine::{Refused, Request},
        ratification::{RatificationDraft, ratify},
    },
};

use super::world::{
    AUTHOR, BODY, CHAIR, LEAD, MEMBER, SECRETARY, SRO, World, actor, day, finding, person, with_roles,
};

/// Submitted to the panel, and reviewed by one member.
fn asked() -> World {
    let mut world = World::of(Workflow::shipped("ehia", 2).unwrap().clone());
    world.step("submit", AUTHOR);
    world.review_by(MEMBER + 1).unwrap();
    world
}

fn acted() -> World {
    let mut world = asked();
    let request = world.request("approve_urgently");
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    world
}

fn there(members: u128) -> RatificationDraft {
    RatificationDraft {
        ratified: true,
        attendees: (0..members).map(|number| Party::person(person(MEMBER + number))).collect(),
        ..RatificationDraft::default()
    }
}

fn answer(
    world: &World,
    draft: RatificationDraft,
    by: u128,
) -> Result<ehia_domain::workflow::engine::Applied, Refused> {
    let draft = RatificationDraft { expected_revision: world.case.revision, ..draft };
    ratify(&world.case, draft, &actor(by), &world.context())
}

fn code(refused: Refused) -> String {
    match refused {
        Refused::Invalid(violations) => violations[0].code.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn the_chair_acts_alone_only_with_due_regard_recorded_and_another_member_asked() {
    let mut world = asked();
    let whole = world.request("approve_urgently");
    assert_eq!(world.codes(&whole, CHAIR), [""; 0]);

    let mut silent = whole.clone();
    silent.outcome.as_mut().unwrap().urgency = None;
    assert_eq!(world.codes(&silent, CHAIR), ["REQUIRED"], "why it cannot wait");
    let unsaid = Request { comment: None, ..whole.clone() };
    assert_eq!(world.codes(&unsaid, CHAIR), ["REQUIRED"], "what was considered");
    let mut usual = world.request("defer");
    usual.outcome.as_mut().unwrap().urgency = Some("In a hurry.".into());
    assert_eq!(world.codes(&usual, CHAIR), ["NOT_APPLICABLE"], "only an action between meetings is urgent");

    world.findings.push(finding("psed.eliminate@answers/psed", Gate::Submit, false));
    assert_eq!(world.codes(&whole, CHAIR), ["psed.eliminate"], "due regard comes before acting");
    world.findings.clear();

    let reviews = std::mem::take(&mut world.case.process.reviews);
    assert_eq!(world.codes(&whole, CHAIR), ["OTHERS_REVIEWED"]);
    world.case.process.reviews = reviews;
    world.case.process.panel.as_mut().unwrap().members[2].interest = Interest::Undeclared;
    assert_eq!(world.codes(&whole, CHAIR), ["INTERESTS_DECLARED"]);
    world.case.process.panel.as_mut().unwrap().members[2].interest = Interest::None;
    world.case.revision += 1;
    let moved = Request { expected_revision: world.case.revision, ..whole };
    assert_eq!(world.codes(&moved, CHAIR), ["OTHERS_REVIEWED", "UNCHANGED_SINCE_REVIEW"]);
}

#[test]
fn what_the_chair_said_of_it_is_no_other_member_s_advice() {
    let mut world = World::of(Workflow::shipped("ehia", 2).unwrap().clone());
    world.step("submit", AUTHOR);
    world.review_by(MEMBER).unwrap();
    let request = world.request("approve_urgently");
    let chair = with_roles(MEMBER, &[Role::PanelChair]);
    let refused = world.try_apply(&request, &chair).unwrap_err();
    assert!(matches!(&refused, Refused::Blocked(all) if all[0].code == "OTHERS_REVIEWED"), "{refused:?}");
    world.review_by(MEMBER + 1).unwrap();
    world.try_apply(&request, &chair).unwrap();
}

#[test]
fn the_vice_chair_acts_where_the_chair_may_not_and_nobody_barred_does() {
    let mut world = asked();
    world.review_by(MEMBER + 2).unwrap();
    world.case.process.panel.as_mut().unwrap().members[1].seat = "vice chair".into();
    let request = world.request("approve_urgently");
    let vice = with_roles(MEMBER + 1, &[Role::PanelChair]);
    let stopped = |world: &mut World| match world.try_apply(&request, &vice) {
        Err(Refused::Blocked(all)) => all.into_iter().map(|blocker| blocker.code).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(stopped(&mut world), ["IN_THE_CHAIR"]);
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::Withdrawn;
    world.try_apply(&request, &vice).unwrap();
    for barred in [Interest::Undeclared, Interest::DeclaredNotVoting, Interest::Withdrawn] {
        world.case.process.panel.as_mut().unwrap().members[1].interest = barred;
        assert_eq!(world.try_apply(&request, &vice).unwrap_err(), Refused::Forbidden, "{barred}");
    }
    for party in [AUTHOR, SRO] {
        let every = with_roles(party, Role::ALL);
        assert_eq!(world.try_apply(&request, &every).unwrap_err(), Refused::Forbidden);
    }
}

#[test]
fn the_panel_ratifies_with_its_quorum_and_nothing_moves() {
    let mut world = acted();
    assert_eq!(world.case.state, "approved");
    let outcome = world.case.process.outcomes.last().unwrap().clone();
    assert_eq!(outcome.urgency.as_deref(), Some("The contract ends on Friday."));
    let due = world.case.process.ratification_due.unwrap();
    assert_eq!(due, day("2026-03-02"));
    let waits = |world: &World| {
        tasks(&world.case, &world.workflow)
            .into_iter()
            .any(|task| task.kind == TaskKind::Ratify && task.due == Some(due))
    };
    assert!(waits(&world));

    assert_eq!(code(answer(&world, there(3), SECRETARY).unwrap_err()), "QUORUM");
    let mut absent = there(4);
    absent.attendees.pop();
    absent.attendees.push(Party::named("A. Nother"));
    assert_eq!(code(answer(&world, absent, CHAIR).unwrap_err()), "QUORUM", "somebody else does not count");
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::DeclaredNotVoting;
    assert_eq!(code(answer(&world, there(4), CHAIR).unwrap_err()), "QUORUM", "nor who may not vote");
    world.case.process.panel.as_mut().unwrap().members[3].interest = Interest::None;
    for other in [AUTHOR, SRO, LEAD, BODY, MEMBER] {
        assert_eq!(answer(&world, there(4), other).unwrap_err(), Refused::Forbidden, "{other}");
    }

    // The body decided meanwhile: the answer is the panel's all the same.
    world.step("proceed", BODY);
    let before = world.case.clone();
    let applied = answer(&world, there(4), SECRETARY).unwrap();
    assert_eq!(applied.happenings[0].kind, EventKind::RatificationRecorded);
    assert_eq!(applied.case.state, before.state);
    assert_eq!(
        (&applied.case.process.outcomes, &applied.case.process.decisions),
        (&before.process.outcomes, &before.process.decisions)
    );
    assert_eq!(applied.case.process.ratification_due, None);
    let said = applied.case.process.ratifications.last().unwrap();
    assert_eq!((said.outcome, said.ratified, said.voted.len()), (outcome.id, true, 4));
    world.case = applied.case;
    assert!(!waits(&world));
    assert!(matches!(answer(&world, there(4), SECRETARY), Err(Refused::Conflict { .. })), "it was answered");
}

#[test]
fn a_refusal_says_why_escalates_and_undoes_nothing() {
    let mut world = asked();
    let request = world.request("approve_urgently_with_conditions");
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    let refusal = RatificationDraft { ratified: false, ..there(4) };
    assert_eq!(code(answer(&world, refusal.clone(), CHAIR).unwrap_err()), "REQUIRED");
    let refusal =
        RatificationDraft { reason: Some("The travel times were not before us.".into()), ..refusal };
    let before = world.case.clone();
    let applied = answer(&world, refusal, CHAIR).unwrap();
    assert_eq!(applied.case.state, "approved_with_conditions");
    assert_eq!(applied.case.process.approving(), before.process.approving(), "the outcome stands");
    assert_eq!(
        applied.case.process.approving().unwrap().recommendation,
        Recommendation::ApproveWithConditions
    );
    assert_eq!(applied.case.process.conditions, before.process.conditions);
    let said = applied.case.process.ratifications.last().unwrap();
    assert_eq!(
        (said.ratified, said.reason.as_deref()),
        (false, Some("The travel times were not before us."))
    );

    let directory: Directory = BTreeMap::from([
        (Role::DecisionMaker, vec![person(BODY)]),
        (Role::EqualityLead, vec![person(LEAD)]),
        (Role::PanelSecretary, vec![person(SECRETARY)]),
    ]);
    let circumstances = Circumstances {
        settings: &world.settings,
        actor: Some(person(CHAIR)),
        directory: &directory,
        before: &before,
        workflow: &world.workflow,
        sections: &[],
        partners: &[],
    };
    let told = notices(&applied.case, &applied.happenings, circumstances);
    let told: Vec<Recipient> =
        told.iter().filter(|notice| notice.kind == NoticeKind::NotRatified).map(|notice| notice.to).collect();
    for concerned in [SRO, BODY, LEAD] {
        assert!(told.contains(&Recipient::Person(person(concerned))), "{concerned}: {told:?}");
    }
    assert!(!told.contains(&Recipient::Person(person(SECRETARY))), "{told:?}");
}

#[test]
fn what_is_not_ratified_in_time_is_told_to_sponsor_body_and_equality_lead() {
    let mut world = acted();
    let due = world.case.process.ratification_due.unwrap();
    let deadline = deadline::deadlines(&world.case, &world.workflow, &world.settings);
    let deadline = deadline.iter().find(|one| one.key == "ratification").unwrap();
    assert_eq!(deadline.due, due);
    world.later("2026-02-27");
    let told = deadline::remind(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    assert_eq!(
        told.happenings[0].payload["to"],
        serde_json::json!(["doer"]),
        "before it is due, whoever is to do it"
    );
    world.case = told.case;
    world.later("2026-03-03");
    let told = deadline::remind(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    assert_eq!(
        told.happenings[0].payload["to"],
        serde_json::json!(["doer", "SRO", "EQUALITY_LEAD", "DECISION_MAKER"])
    );
    assert_eq!(told.case.state, "approved", "a machine undoes nothing");
}

#[test]
fn what_was_reopened_is_not_ratified() {
    let mut world = acted();
    world.step("reexamine", LEAD);
    assert_eq!(world.case.process.ratification_due, None);
    assert!(matches!(answer(&world, there(4), CHAIR), Err(Refused::Conflict { .. })));
}

#[test]
fn nothing_is_closed_before_the_panel_answered_for_its_chair() {
    let mut world = acted();
    world.step("proceed", BODY);
    let complete = world.request("complete");
    assert_eq!(world.codes(&complete, LEAD), ["CONDITIONS_MET"]);
    world.case = answer(&world, there(4), CHAIR).unwrap().case;
    assert_eq!(world.codes(&complete, LEAD), [""; 0]);
}
