//! Whoever acts in another's place and that other are one hand where somebody else is asked for; and nobody concludes who
//! declared nothing. All synthetic.

use ehia_domain::{
    id::PersonId,
    party::Party,
    permission::{Actor, Role},
    review::Interest,
    workflow::{
        definition::Workflow,
        engine::{Applied, Refused, blockers},
        process::{Declaration, declare_interest},
        ratification::{RatificationDraft, answer_refusal, ratify},
    },
};

use super::world::*;

/// Somebody in this role who stands in for the chair, too.
fn for_the_chair(number: u128, role: Role) -> Actor {
    Actor { deputises: vec![deputised(Role::PanelChair, person(MEMBER))], ..with_roles(number, &[role]) }
}

/// Approved between meetings by the second member for the chair, who is away; a panel of six.
fn acted() -> World {
    let mut world = World::of(Workflow::shipped("ehia", 3).unwrap().clone());
    world.case.process.panel = Some(panel(6));
    world.step("submit", AUTHOR);
    world.review_by(MEMBER + 2).unwrap();
    let request = world.request("approve_urgently");
    world.case = world.try_apply(&request, &for_the_chair(MEMBER + 1, Role::Reviewer)).unwrap().case;
    world
}

fn say(world: &World, ratified: bool, by: &Actor) -> Result<Applied, Refused> {
    let draft = RatificationDraft {
        expected_revision: world.case.revision,
        ratified,
        reason: Some("Because.".into()),
        attendees: (0..6).map(|number| Party::person(person(MEMBER + number))).collect(),
        ..RatificationDraft::default()
    };
    ratify(&world.case, draft, by, &world.context())
}

fn code(result: Result<Applied, Refused>) -> String {
    match result {
        Err(Refused::Invalid(violations)) => violations[0].code.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn an_outcome_says_in_whose_place_it_was_concluded() {
    let world = acted();
    let outcome = &world.case.process.outcomes[0];
    assert_eq!((outcome.by, outcome.on_behalf_of), (person(MEMBER + 1), Some(person(MEMBER))));
    // The role is theirs as well; the seat in the chair is not.
    let mut world = World::of(Workflow::shipped("ehia", 3).unwrap().clone());
    world.step("submit", AUTHOR);
    world.review_by(MEMBER + 2).unwrap();
    let request = world.request("approve_urgently");
    let vice = for_the_chair(MEMBER + 1, Role::PanelChair);
    let applied = world.try_apply(&request, &vice).unwrap();
    assert_eq!(applied.case.process.outcomes[0].on_behalf_of, Some(person(MEMBER)));
    // At a meeting they conclude in their own right.
    world.review();
    let applied = world.try_apply(&world.request("approve"), &vice).unwrap();
    assert_eq!(applied.case.process.outcomes[0].on_behalf_of, None);
}

#[test]
fn neither_deputy_nor_principal_nor_who_stands_in_for_them_answers_what_they_did() {
    let world = acted();
    let hands = [
        with_roles(MEMBER, &[Role::PanelSecretary]),
        with_roles(MEMBER + 1, &[Role::PanelSecretary]),
        for_the_chair(SECRETARY, Role::PanelSecretary),
    ];
    for by in &hands {
        assert_eq!(code(say(&world, true, by)), "SEPARATION_OF_DUTIES", "{}", by.person);
    }
    let applied = say(&world, false, &actor(SECRETARY)).unwrap();
    let voted: Vec<PersonId> =
        applied.case.process.ratifications[0].voted.iter().map(|one| one.person).collect();
    assert_eq!(voted, (2..6).map(|number| person(MEMBER + number)).collect::<Vec<_>>());
    let refused = World { case: applied.case, ..world };
    let answer = |by: &Actor| {
        answer_refusal(&refused.case, refused.case.revision, "It stands.", by, &refused.context())
    };
    for by in [
        with_roles(MEMBER, &[Role::EqualityLead]),
        with_roles(MEMBER + 1, &[Role::EqualityLead]),
        for_the_chair(LEAD, Role::EqualityLead),
    ] {
        assert_eq!(code(answer(&by)), "SEPARATION_OF_DUTIES", "{}", by.person);
    }
    answer(&actor(LEAD)).unwrap();
}

#[test]
fn who_stands_in_for_whoever_concluded_makes_no_quorum_of_the_answer() {
    let mut world = acted();
    say(&world, true, &actor(SECRETARY)).unwrap();
    for of in [MEMBER, MEMBER + 1] {
        world.deputies = vec![(person(MEMBER + 2), person(of))];
        assert_eq!(
            code(say(&world, true, &actor(SECRETARY))),
            "QUORUM",
            "four are asked for, and three are left"
        );
    }
    world.deputies = vec![(person(MEMBER + 2), person(MEMBER + 3))];
    say(&world, true, &actor(SECRETARY)).unwrap();
}

#[test]
fn nobody_answers_what_they_declared_through_their_deputy() {
    let mut world = World::ehia();
    let seat = &mut world.case.process.panel.as_mut().unwrap().members[0];
    seat.interest = Interest::Undeclared;
    let answer = |world: &World, interest, by: &Actor| {
        let declaration = Declaration { member: person(MEMBER), interest, note: Some("Because.".into()) };
        declare_interest(&world.case, &declaration, by, &world.context())
    };
    world.case = answer(&world, Interest::DeclaredNotVoting, &actor(MEMBER)).unwrap().case;
    // Whoever stands in for the chair, in that role or holding one of their own; the chair must not be kept out for that.
    world.case.process.interests.get_mut(&person(MEMBER)).unwrap().interest = Interest::DeclaredNoted;
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::DeclaredNoted;
    // By their own role they might answer, but not what is theirs by standing in; in the place of whoever waits they answer nothing.
    let expected = [
        (Role::Reviewer, "INTEREST_UNANSWERED"),
        (Role::EqualityLead, "SEPARATION_OF_DUTIES"),
        (Role::PanelChair, "SEPARATION_OF_DUTIES"),
    ];
    for (role, expected) in expected {
        let told = answer(&world, Interest::None, &for_the_chair(MEMBER + 20, role));
        assert_eq!(code(told), expected, "{role}");
    }
    answer(&world, Interest::None, &actor(SECRETARY)).unwrap();
}

#[test]
fn what_was_screened_in_anothers_place_is_checked_by_neither() {
    let mut numbers = (1..).map(|number| {
        let mut world = World::of(Workflow::shipped("screening", 2).unwrap().clone());
        world.case.id = uuid::Uuid::from_u128(number).into();
        world.step("submit", AUTHOR);
        world
    });
    let drawn = |world: &World| world.codes(&world.request("screen_out"), LEAD) == ["SAMPLED_OUT"];
    let mut world = numbers.find(drawn).unwrap();
    let deputy = Actor {
        deputises: vec![deputised(Role::EqualityLead, person(LEAD))],
        ..with_roles(MEMBER + 1, &[Role::Reviewer])
    };
    world.case = world.try_apply(&world.request("put_to_panel"), &deputy).unwrap().case;
    let said = &world.case.process.screened[0];
    assert_eq!((said.by, said.on_behalf_of), (person(MEMBER + 1), Some(person(LEAD))));
    world.case.process.panel.as_mut().unwrap().members[2].person = person(LEAD);
    let voters = |world: &World| -> Vec<PersonId> {
        world.workflow.voters(&world.case).iter().map(|member| member.person).collect()
    };
    assert_eq!(voters(&world), [person(MEMBER), person(MEMBER + 3)]);
    world.review();
    let request = world.request("confirm");
    let stops = |world: &World, by: &Actor| -> Vec<String> {
        let found = blockers(&world.case, world.transition("confirm"), by, Some(&request), &world.context());
        found.into_iter().map(|one| one.code).collect()
    };
    assert_eq!(stops(&world, &actor(CHAIR)), [""; 0]);
    for hand in [LEAD, MEMBER + 1] {
        assert_eq!(stops(&world, &with_roles(hand, &[Role::PanelChair])), ["NOT_SCREENER"], "{hand}");
        let mut second = actor(CHAIR);
        second.deputises = vec![deputised(Role::EqualityLead, person(hand))];
        assert_eq!(stops(&world, &second), ["NOT_SCREENER"], "who stands in for {hand}");
    }
    world.deputies = vec![(person(MEMBER), person(LEAD))];
    assert_eq!(stops(&world, &actor(CHAIR)), ["QUORUM"], "one of two is left");
}

#[test]
fn nobody_concludes_who_declared_nothing() {
    for (key, version, conclude) in [("ehia", 1, "approve"), ("ehia", 3, "approve"), ("ehia", 3, "defer")] {
        let mut world = World::of(Workflow::shipped(key, version).unwrap().clone()).reviewed();
        let request = world.request(conclude);
        assert_eq!(world.codes(&request, CHAIR), [""; 0]);
        world.case.process.interests.clear();
        assert_eq!(world.codes(&request, CHAIR), ["INTERESTS_DECLARED"], "{key} {version} {conclude}");
        world.case.process.panel.as_mut().unwrap().members[0].person = person(CHAIR);
        world.case.process.reviews[0].reviewer = person(CHAIR);
        assert_eq!(world.codes(&request, CHAIR), [""; 0], "seated and declared");
    }
    // Where nobody judges for a panel, there is nothing to declare on.
    let mut world = World::of(Workflow::shipped("two-person", 3).unwrap().clone());
    world.step("send", AUTHOR);
    assert_eq!(world.codes(&world.request("recommend"), LEAD), [""; 0]);
}
