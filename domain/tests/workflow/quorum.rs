//! Seats and quorum, as each workflow asks for them.

use ehia_domain::{
    case::Clock,
    permission::Role,
    review::Interest,
    settings::Settings,
    task::{Doer, TaskKind, tasks},
    workflow::{
        definition::Workflow,
        guard::Guard,
        quorum::{Composition, Readiness},
    },
};

use super::world::{AUTHOR, CHAIR, MEMBER, World};

/// Settings with this quorum.
fn asking(members: u32, seats: &[&[&str]]) -> Settings {
    let seats = seats.iter().map(|any| any.iter().map(ToString::to_string).collect());
    Settings { quorum: members, quorum_seats: seats.collect(), ..Settings::default() }
}

#[test]
fn the_quorum_of_each_shipped_workflow_is_told_as_its_guards_ask_for_it() {
    let words = |key| Workflow::shipped(key, 1).unwrap().quorum_in_words(Composition::of(4));
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
                *seats = Some(vec![vec!["Chair".into()]]);
            }
        }
    }
    let told = workflow.quorum_in_words(Composition::of(2));
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
    let none = Composition::of(4);
    assert_eq!(workflow.seats(none), [own, roles].concat());
    assert_eq!(workflow.seat(none, " Nursing "), Some("nursing"));
    assert_eq!(workflow.seat(none, "treasurer"), None);
    assert_eq!(Workflow::shipped("ehia", 1).unwrap().seats(none), roles);
    // The organisation's are there in every workflow: a panel of its own sits on cases of each.
    let settings = asking(4, &[&["Treasurer"], &["Member"]]);
    let seats = [&own[..], &["Treasurer", "Member", "chair", "equality", "governance"]].concat();
    assert_eq!(workflow.seats(settings.composition()), seats);
    assert_eq!(workflow.seat(settings.composition(), "treasurer"), Some("Treasurer"));
}

#[test]
fn a_case_is_not_ready_while_somebody_has_still_to_declare() {
    let mut world = World::ehia();
    assert_eq!(world.workflow.readiness(&world.case, Composition::of(3)), None);
    world.step("submit", AUTHOR);
    assert_eq!(world.workflow.readiness(&world.case, Composition::of(3)), Some(Readiness::Expected));
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    assert_eq!(world.workflow.readiness(&world.case, Composition::of(3)), Some(Readiness::Ready));
    let fourth = &mut world.case.process.panel.as_mut().unwrap().members[3];
    fourth.interest = Interest::Undeclared;
    assert_eq!(
        world.workflow.readiness(&world.case, Composition::of(3)),
        Some(Readiness::Expected),
        "the chair could not conclude"
    );
}

#[test]
fn a_new_organisation_asks_for_chair_equality_and_health_among_four() {
    let told = Workflow::shipped("ehia", 3).unwrap().quorum_in_words(Settings::default().composition());
    let four = "4 voting members who have reviewed the revision, among them chair or vice chair, equality and clinical or public health.";
    assert!(told.contains(four), "{told}");
}

#[test]
fn the_organisations_seats_go_with_its_number() {
    let settings = Settings::default();
    let own = settings.composition();
    let (none, some) = ([], [vec!["finance".to_owned()]]);
    assert_eq!(own.asked(None, None), own);
    assert_eq!(own.asked(Some(2), None), Composition::of(2), "who states a number states the seats");
    assert_eq!(own.asked(None, Some(&none)), Composition::of(4), "none on purpose");
    assert_eq!(own.asked(None, Some(&some)), Composition { members: 4, seats: &some });
    assert_eq!(own.asked(Some(2), Some(&some)), Composition { members: 2, seats: &some });
    // None of what was released for small checks takes on the seats of a whole panel, and every whole panel does.
    for workflow in Workflow::shipped_all() {
        let told = workflow.quorum_in_words(own);
        let whole = workflow.key == "ehia";
        assert_eq!(
            told.contains("chair or vice chair"),
            whole,
            "{} {}: {told}",
            workflow.key,
            workflow.version
        );
    }
}

#[test]
fn a_guard_is_kept_as_it_was_written() {
    for text in [
        r#"{"name":"quorum"}"#,
        r#"{"name":"quorum","members":2}"#,
        r#"{"name":"quorum","seats":[]}"#,
        r#"{"name":"quorum","members":3,"seats":[["clinical","medical"]]}"#,
    ] {
        let guard: Guard = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&guard).unwrap(), text);
    }
}

/// The case of a panel in these seats, everybody of which has reviewed it.
fn sitting(seats: &[&str]) -> World {
    let mut world = World::ehia();
    let mut panel = super::world::panel(u128::try_from(seats.len()).unwrap());
    for (member, seat) in panel.members.iter_mut().zip(seats) {
        member.seat = (*seat).into();
    }
    world.case.process.panel = Some(panel);
    world.step("submit", AUTHOR);
    world.review();
    world
}

/// What stops the panel from approving.
fn stops(world: &World) -> Vec<String> {
    let found = world.blocked(&world.request("approve"), CHAIR);
    found.into_iter().map(|blocker| blocker.message).collect()
}

#[test]
fn each_seat_that_a_panel_lacks_is_named() {
    assert_eq!(stops(&sitting(&["vice chair", "equality", "public health", "member"])), [""; 0]);
    for (seats, missing) in [
        (["member", "equality", "clinical", "member"], "chair or vice chair"),
        (["chair", "member", "clinical", "member"], "equality"),
        (["chair", "equality", "member", "member"], "clinical or public health"),
    ] {
        let world = sitting(&seats);
        let own = world.settings.composition();
        assert_eq!(stops(&world), [format!("Quorum needs the seat {missing} among those who reviewed.")]);
        assert_eq!(world.workflow.readiness(&world.case, own), Some(Readiness::NotQuorate));
        let members = world.case.process.panel.as_ref().unwrap().members.clone();
        let short = world.workflow.shortage(own, &members).unwrap();
        assert_eq!(short.to_string(), format!("a quorum asks for the seat {missing}, which nobody fills"));
        let lacking = world.workflow.lacking("panel_review", &members.iter().collect::<Vec<_>>(), own);
        assert_eq!(lacking, Some(format!("nobody is left for the seat {missing}")));
    }
}

#[test]
fn somebody_fills_two_of_the_organisations_seats_and_nobody_three() {
    let two = sitting(&["chair, equality", "clinical", "member", "member"]);
    assert_eq!(stops(&two), [""; 0]);
    let three = sitting(&["chair, equality, clinical", "member", "member", "member"]);
    assert_eq!(stops(&three), ["Quorum needs the seat clinical or public health among those who reviewed."]);
    // Seats of their own, as they are given one by one.
    let mut apart = sitting(&["chair", "equality", "clinical", "member", "member", "member"]);
    let members = &mut apart.case.process.panel.as_mut().unwrap().members;
    let chair = members[0].person;
    members[1].person = chair;
    assert_eq!(stops(&apart), [""; 0]);
    apart.case.process.panel.as_mut().unwrap().members[2].person = chair;
    assert_eq!(stops(&apart), ["Quorum needs the seat clinical or public health among those who reviewed."]);
}

#[test]
fn before_anything_concludes_a_panel_suffices_for_one_of_several_quorums() {
    let mut workflow = Workflow::shipped("ehia", 3).unwrap().clone();
    for transition in workflow.transitions.iter_mut().filter(|one| one.name == "approve") {
        for guard in &mut transition.guards {
            if let Guard::Quorum { members, .. } = guard {
                *members = Some(2);
            }
        }
    }
    let mut case = World::ehia().case;
    let own = Settings::default();
    let mut lacks = |many: u128, state: &str| {
        case.state = state.into();
        case.process.panel = Some(super::world::panel(many));
        workflow.panel_lacks(&case, own.composition())
    };
    assert_eq!(lacks(2, "draft"), None);
    assert_eq!(lacks(1, "draft").unwrap(), "a quorum asks for 2 voting members, and there are 1");
    // There, the panel is to be able to come to each.
    let told = lacks(2, "panel_review").unwrap();
    assert!(told.contains("2 of its members may vote, and 4 must"), "{told}");
}

#[test]
fn a_seat_is_not_filled_by_who_may_not_vote() {
    let mut world = sitting(&["chair", "equality", "clinical", "member", "member"]);
    assert_eq!(stops(&world), [""; 0]);
    world.case.process.panel.as_mut().unwrap().members[2].interest = Interest::DeclaredNotVoting;
    assert_eq!(stops(&world), ["Quorum needs the seat clinical or public health among those who reviewed."]);
    let own = world.settings.composition();
    assert_eq!(world.workflow.readiness(&world.case, own), Some(Readiness::NotQuorate));
}

#[test]
fn settings_that_were_stored_before_seats_were_asked_for_ask_for_none() {
    let mut stored = serde_json::to_value(Settings::default()).unwrap();
    stored.as_object_mut().unwrap().remove("quorumSeats").unwrap();
    let mut world = sitting(&["member", "member", "member", "member"]);
    assert_eq!(stops(&world).len(), 3);
    world.settings = serde_json::from_value(stored).unwrap();
    assert_eq!(world.settings.composition(), Composition::of(4));
    assert_eq!(stops(&world), [""; 0]);
}

/// The clock of the panel's window, whose day has passed and was announced.
fn close_window(world: &mut World) {
    let today = world.moment.today;
    let clock = Clock { since: today, days_left: 0, due: Some(today), announced: true };
    world.case.process.clocks.insert("panel".into(), clock);
}

#[test]
fn where_it_is_approved_with_every_review_those_who_declared_are_waited_for_and_the_silent_are_not() {
    let mut world = World::of(Workflow::shipped("qia-two-stage", 3).unwrap().clone());
    let seats = ["clinical", "nursing", "member", "member"];
    let mut panel = super::world::panel(4);
    for (member, seat) in panel.members.iter_mut().zip(seats) {
        member.seat = seat.into();
    }
    world.case.process.panel = Some(panel);
    world.case.state = "stage_two_panel".into();
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    close_window(&mut world);
    let own = Settings::default();
    let asks = |world: &World| world.workflow.asks_conclusion(&world.case, own.composition());
    assert_eq!(world.workflow.readiness(&world.case, own.composition()), Some(Readiness::Ready));
    assert!(world.codes(&world.request("endorse"), CHAIR).contains(&"REVIEWS_COMPLETE".to_owned()));
    assert!(!asks(&world), "nothing can be endorsed");
    let last = |world: &mut World, interest| {
        world.case.process.panel.as_mut().unwrap().members[3].interest = interest;
    };
    last(&mut world, Interest::Undeclared);
    assert!(!world.codes(&world.request("endorse"), CHAIR).contains(&"REVIEWS_COMPLETE".to_owned()));
    assert!(asks(&world), "who is silent took no part");
    last(&mut world, Interest::None);
    world.review_by(MEMBER + 3).unwrap();
    assert!(asks(&world));
}

#[test]
fn whoever_judges_alone_is_asked_at_once_though_a_panel_sits_from_before() {
    let mut world = World::of(Workflow::shipped("screening", 2).unwrap().clone());
    world.step("submit", AUTHOR);
    assert_eq!(world.case.state, "with_equality_lead");
    assert_eq!(world.case.process.panel.as_ref().unwrap().members.len(), 4, "as a check before left it");
    let own = Settings::default();
    assert!(world.workflow.asks_conclusion(&world.case, own.composition()));
    let concludes = |world: &World| {
        let tasks = tasks(&world.case, &world.workflow, own.composition()).into_iter();
        let concludes = tasks.filter(|task| task.kind == TaskKind::Conclude);
        concludes.map(|task| (task.doer, task.reason)).collect::<Vec<_>>()
    };
    let alone = (Doer::Role(Role::EqualityLead), "The case waits for your conclusion.".to_owned());
    assert_eq!(concludes(&world), std::slice::from_ref(&alone));
    close_window(&mut world);
    assert_eq!(concludes(&world), [alone]);
}
