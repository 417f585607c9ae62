//! Interests and who is there: what was declared counts once it was answered, and whoever was not there not at all.

use ehia_domain::{
    case::Process,
    event::EventKind,
    id::{Identifier, MeetingId},
    meeting::Meeting,
    notify::{Circumstances, Directory, NoticeKind, notices},
    party::Party,
    permission::{Action, Actor, Denied, Role, permit},
    review::{Interest, PanelMember, Seat},
    task::{Doer, TaskKind, tasks},
    workflow::{
        Phase,
        clock::tick,
        definition::Workflow,
        engine::{Refused, Request},
        interest::declared_there,
        process::{Declaration, Judgement, declare_interest, judge_materiality},
        quorum::Readiness,
    },
};
use uuid::Uuid;

use super::world::*;

const SISTER: &str = "My sister runs this provider.";

fn say(world: &mut World, by: u128, member: u128, interest: Interest) {
    let declaration = Declaration { member: person(member), interest, note: Some(SISTER.into()) };
    let applied = declare_interest(&world.case, &declaration, &actor(by), &world.context());
    world.case = applied.unwrap_or_else(|refused| panic!("{refused:?}")).case;
}

/// Who is asked to do something of this kind.
fn asked(world: &World, kind: TaskKind) -> Vec<Doer> {
    let tasks = tasks(&world.case, &world.workflow, world.settings.composition());
    tasks.into_iter().filter(|task| task.kind == kind).map(|task| task.doer).collect()
}

fn ready(world: &World) -> Option<Readiness> {
    world.workflow.readiness(&world.case, world.settings.composition())
}

/// Submitted to a panel of five whose quorum is four.
fn five() -> World {
    let mut world = World::of(Workflow::shipped("ehia", 3).unwrap().clone());
    world.settings.quorum_seats.clear();
    world.case.process.panel = Some(panel(5));
    world.step("submit", AUTHOR);
    world
}

fn messages(world: &World, name: &str) -> Vec<String> {
    world.blocked(&world.request(name), CHAIR).into_iter().map(|blocker| blocker.message).collect()
}

#[test]
fn an_interest_that_nobody_answered_neither_votes_nor_lets_anything_be_concluded() {
    let mut world = five();
    say(&mut world, MEMBER + 3, MEMBER + 3, Interest::DeclaredNoted);
    world.review();
    for name in ["approve", "return", "not_support", "defer", "approve_urgently"] {
        let codes = world.codes(&world.request(name), CHAIR);
        assert!(codes.contains(&"INTEREST_UNANSWERED".to_owned()), "{name}: {codes:?}");
    }
    assert_eq!(world.codes(&world.request("withdraw"), AUTHOR), [""; 0], "what concludes nothing goes on");
    let told = messages(&world, "approve").remove(0);
    for part in [
        &person(MEMBER + 3).global(),
        "the chair of the panel, or else the equality lead or the panel's secretary, answers it",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(ready(&world), Some(Readiness::Expected), "the agenda says what the guards do");
    assert_eq!(asked(&world, TaskKind::AnswerInterest), [Doer::Role(Role::PanelChair)]);
    assert_eq!(asked(&world, TaskKind::Conclude), []);
    assert_eq!(TaskKind::AnswerInterest.mutation(), "declareInterest");
    world.settings.quorum = 5;
    let codes = world.codes(&world.request("approve"), CHAIR);
    assert_eq!(codes, ["INTEREST_UNANSWERED", "QUORUM"], "nor does it make the fifth vote");

    say(&mut world, CHAIR, MEMBER + 3, Interest::DeclaredNoted);
    assert_eq!(world.codes(&world.request("approve"), CHAIR), [""; 0]);
    assert_eq!(asked(&world, TaskKind::AnswerInterest), []);
    assert_eq!(asked(&world, TaskKind::Conclude), [Doer::Role(Role::PanelChair)]);
    // Whatever else they declare is declared again.
    say(&mut world, MEMBER + 3, MEMBER + 3, Interest::DeclaredNotVoting);
    assert_eq!(world.codes(&world.request("defer"), CHAIR), ["INTEREST_UNANSWERED"]);
    say(&mut world, CHAIR, MEMBER + 3, Interest::None);
    assert_eq!(world.codes(&world.request("approve"), CHAIR), [""; 0]);
    // A withdrawal needs nobody.
    say(&mut world, MEMBER + 3, MEMBER + 3, Interest::Withdrawn);
    world.settings.quorum = 4;
    assert_eq!(world.codes(&world.request("approve"), CHAIR), [""; 0]);
    let applied = world.step("approve", CHAIR);
    let outcome = &applied.case.process.outcomes[0];
    assert_eq!(outcome.voted.len(), 4);
    assert_eq!(outcome.answered(person(MEMBER + 3), None), None);
}

#[test]
fn the_chair_s_own_interest_is_answered_by_those_beside_them() {
    let mut world = five();
    let seat = PanelMember::from(Seat { person: person(CHAIR), seat: "chair".into() });
    world.case.process.panel.as_mut().unwrap().members[0] = seat;
    world.case.process.interests.clear();
    say(&mut world, CHAIR, CHAIR, Interest::DeclaredNoted);
    assert_eq!(
        asked(&world, TaskKind::AnswerInterest),
        [Doer::Role(Role::EqualityLead), Doer::Role(Role::PanelSecretary)]
    );
    let told = messages(&world, "approve").remove(0);
    assert!(told.contains("the equality lead, the panel's secretary or another chair answers it"), "{told}");
    say(&mut world, SECRETARY, CHAIR, Interest::DeclaredNoted);
    assert_eq!(asked(&world, TaskKind::AnswerInterest), []);
    // Taken off the panel with nothing answered, they conclude nothing either.
    say(&mut world, CHAIR, CHAIR, Interest::DeclaredNoted);
    world.case.process.seat(panel(5));
    world.case.process.panel.as_mut().unwrap().members[0].interest = Interest::None;
    world.review();
    let told = messages(&world, "approve");
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("What you declared of your own interest"), "{told:?}");
}

#[test]
fn what_whoever_would_answer_declared_is_answered_by_somebody_whatever_their_seat() {
    for (seat, leads) in [("vice chair", true), ("Deputy-Chair, clinical", true), ("clinical", false)] {
        let mut world = five();
        world.case.process.panel.as_mut().unwrap().members[1].seat = seat.into();
        let only = with_roles(MEMBER + 1, &[Role::PanelChair, Role::Reviewer]);
        let answer = |world: &World, by: &Actor| {
            let interest = Interest::DeclaredNoted;
            let declaration = Declaration { member: only.person, interest, note: Some(SISTER.into()) };
            declare_interest(&world.case, &declaration, by, &world.context())
        };
        world.case = answer(&world, &only).unwrap().case;
        let told = messages(&world, "defer").join(" ");
        assert_eq!(told.contains("the panel's secretary or another chair answers it"), leads, "{told}");
        let beside = [Doer::Role(Role::EqualityLead), Doer::Role(Role::PanelSecretary)];
        let chair = [Doer::Role(Role::PanelChair)];
        assert_eq!(asked(&world, TaskKind::AnswerInterest), if leads { &beside[..] } else { &chair[..] });
        assert_eq!(answer(&world, &actor(MEMBER + 2)).map(drop), Err(Refused::Forbidden));
        for by in [LEAD, SECRETARY, CHAIR] {
            assert!(answer(&world, &actor(by)).is_ok(), "{seat}: {by}");
        }
        world.case = answer(&world, &actor(LEAD)).unwrap().case;
        world.review();
        assert_eq!(world.codes(&world.request("approve"), CHAIR), [""; 0], "{seat}");
    }
}

#[test]
fn what_was_declared_the_last_time_is_answered_all_the_same() {
    let mut world = five();
    for _ in 0..50 {
        say(&mut world, MEMBER, MEMBER, Interest::DeclaredNoted);
    }
    let interest = Interest::DeclaredNotVoting;
    let more = Declaration { member: person(MEMBER), interest, note: Some(SISTER.into()) };
    let told = declare_interest(&world.case, &more, &actor(MEMBER), &world.context());
    assert!(matches!(told, Err(Refused::Invalid(_))), "{told:?}");
    say(&mut world, CHAIR, MEMBER, Interest::DeclaredNoted);
    assert!(world.case.process.unanswered().is_empty());
}

#[test]
fn whoever_waits_for_an_answer_does_not_say_how_others_take_part() {
    let mut world = five();
    let seat = PanelMember { person: person(CHAIR), ..panel(1).members[0].clone() };
    world.case.process.panel.as_mut().unwrap().members[0] = seat;
    say(&mut world, CHAIR, CHAIR, Interest::DeclaredNoted);
    say(&mut world, MEMBER + 1, MEMBER + 1, Interest::DeclaredNoted);
    let may = |world: &World, by: u128, action: Action| {
        permit(&actor(by), action, &world.case, Phase::Review).is_ok()
    };
    let judging = [Action::AnswerInterest, Action::AnswerChair, Action::JudgeMateriality];
    for action in judging {
        assert!(!may(&world, CHAIR, action), "{action}");
    }
    let none = Declaration { member: person(MEMBER + 1), interest: Interest::None, note: Some("No.".into()) };
    let told = declare_interest(&world.case, &none, &actor(CHAIR), &world.context());
    assert_eq!(told.map(drop), Err(Refused::Forbidden));
    assert!(may(&world, LEAD, Action::JudgeMateriality) && may(&world, SECRETARY, Action::AnswerChair));
    say(&mut world, SECRETARY, CHAIR, Interest::DeclaredNoted);
    for action in judging {
        assert!(may(&world, CHAIR, action), "{action}");
    }
    say(&mut world, CHAIR, MEMBER + 1, Interest::None);
    assert!(world.case.process.unanswered().is_empty());
}

#[test]
fn nor_does_anybody_say_it_in_the_place_of_whoever_waits_for_an_answer() {
    let mut world = five();
    let seat = PanelMember { person: person(CHAIR), ..panel(1).members[0].clone() };
    world.case.process.panel.as_mut().unwrap().members[0] = seat;
    let for_chair = deputised(Role::PanelChair, person(CHAIR));
    let deputy = Actor { deputises: vec![for_chair], ..with_roles(GOVERNANCE, &[Role::Governance]) };
    let may = |world: &World, by: &Actor, action| permit(by, action, &world.case, Phase::Review);
    let judging = [Action::AnswerInterest, Action::AnswerChair, Action::JudgeMateriality];
    for action in judging {
        assert_eq!(may(&world, &deputy, action), Ok(()), "{action}: nothing waits");
    }
    say(&mut world, CHAIR, CHAIR, Interest::DeclaredNoted);
    say(&mut world, MEMBER + 1, MEMBER + 1, Interest::DeclaredNoted);
    for action in judging {
        assert_eq!(may(&world, &deputy, action), Err(Denied::Forbidden), "{action}");
    }
    assert_eq!(may(&world, &deputy, Action::AssignPanel), Ok(()), "what judges nobody goes on");
    let answer = |world: &World, by: &Actor| {
        let none =
            Declaration { member: person(MEMBER + 1), interest: Interest::None, note: Some("No.".into()) };
        declare_interest(&world.case, &none, by, &world.context()).map(drop)
    };
    let judge = |world: &World, by: &Actor| {
        let reason = "A word.".to_owned();
        let judgement = Judgement {
            expected_version: Some(world.case.version),
            material: false,
            reason,
            paths: Vec::new(),
        };
        judge_materiality(&world.case, &judgement, by, &world.context(), &mut supply()).map(drop)
    };
    for refused in [answer(&world, &deputy), judge(&world, &deputy)] {
        let Err(Refused::Invalid(violations)) = &refused else { panic!("{refused:?}") };
        assert_eq!(violations[0].code, "INTEREST_UNANSWERED");
        assert!(violations[0].message.contains("whom you stand in for"), "{violations:?}");
    }
    let nobody = with_roles(GOVERNANCE, &[Role::Governance]);
    assert_eq!(answer(&world, &nobody), Err(Refused::Forbidden), "who would not anyway is told no more");

    // In their own right they may, or in the place of somebody of whom nothing waits.
    assert_eq!(answer(&world, &Actor { grants: actor(LEAD).grants, ..deputy.clone() }), Ok(()));
    let mut for_both = deputy.clone();
    for_both.deputises.push(deputised(Role::EqualityLead, person(LEAD)));
    assert_eq!(answer(&world, &for_both), Ok(()));
    let principal = for_both.on_behalf_of(|who| may(&world, who, Action::AnswerChair).is_ok());
    assert_eq!(principal, Some(person(LEAD)));
    say(&mut world, SECRETARY, CHAIR, Interest::DeclaredNoted);
    for action in judging {
        assert_eq!(may(&world, &deputy, action), Ok(()), "{action}: it was answered");
    }
    assert_eq!(answer(&world, &deputy), Ok(()));
}

#[test]
fn nor_in_the_place_of_whoever_never_said_whether_they_have_an_interest() {
    let mut world = five();
    let seat = PanelMember {
        person: person(CHAIR),
        interest: Interest::Undeclared,
        note: None,
        ..panel(1).members[0].clone()
    };
    world.case.process.panel.as_mut().unwrap().members[0] = seat;
    let for_chair = deputised(Role::PanelChair, person(CHAIR));
    let deputy = Actor { deputises: vec![for_chair], ..with_roles(GOVERNANCE, &[Role::Governance]) };
    let may = |world: &World, by: &Actor, action| permit(by, action, &world.case, Phase::Review);
    let judging = [Action::AnswerInterest, Action::AnswerChair, Action::JudgeMateriality];
    for action in judging {
        for by in [&actor(CHAIR), &deputy] {
            assert_eq!(may(&world, by, action), Err(Denied::Forbidden), "{action}");
        }
    }
    assert_eq!(may(&world, &deputy, Action::AssignPanel), Ok(()), "what judges nobody goes on");
    say(&mut world, MEMBER + 1, MEMBER + 1, Interest::DeclaredNoted);
    let none = Declaration { member: person(MEMBER + 1), interest: Interest::None, note: Some("No.".into()) };
    let told = declare_interest(&world.case, &none, &deputy, &world.context()).map(drop);
    assert_eq!(told, Err(Refused::Forbidden), "nothing waits for its answer that they could wait for");
    let mut for_both = deputy.clone();
    for_both.deputises.push(deputised(Role::EqualityLead, person(LEAD)));
    assert_eq!(may(&world, &for_both, Action::JudgeMateriality), Ok(()), "in the place of somebody else");
    say(&mut world, CHAIR, CHAIR, Interest::None);
    for action in judging {
        assert_eq!(may(&world, &deputy, action), Ok(()), "{action}: they said it");
    }
}

#[test]
fn what_was_stored_before_is_read_by_the_steps_that_are_kept() {
    let mut world = five();
    say(&mut world, MEMBER, MEMBER, Interest::DeclaredNoted);
    say(&mut world, MEMBER + 1, MEMBER + 1, Interest::DeclaredNoted);
    say(&mut world, CHAIR, MEMBER + 1, Interest::DeclaredNoted);
    let mut stored = serde_json::to_value(&world.case.process).unwrap();
    for member in stored["panel"]["members"].as_array_mut().unwrap() {
        member.as_object_mut().unwrap().remove("unanswered");
    }
    let mut read: Process = serde_json::from_value(stored.clone()).unwrap();
    read.recall();
    assert_eq!(read.unanswered().into_keys().collect::<Vec<_>>(), [person(MEMBER)]);
    assert_eq!(read.panel, world.case.process.panel);
    // Where no steps were kept, nobody knows, and it stands.
    for kept in stored["interests"].as_object_mut().unwrap().values_mut() {
        kept.as_object_mut().unwrap().remove("steps");
    }
    let mut read: Process = serde_json::from_value(stored).unwrap();
    read.recall();
    assert!(read.unanswered().is_empty());
}

#[test]
fn a_case_concluded_before_asks_nobody_to_answer() {
    let mut world = five();
    world.review();
    world.step("approve", CHAIR);
    let outcome = world.case.process.outcomes[0].at;
    say(&mut world, MEMBER + 2, MEMBER + 2, Interest::DeclaredNoted);
    let kept = world.case.process.interests.get_mut(&person(MEMBER + 2)).unwrap();
    kept.steps[0].at = outcome - chrono::TimeDelta::days(2);
    assert_eq!(asked(&world, TaskKind::AnswerInterest), [], "it was concluded with it");
    let kept = world.case.process.interests.get_mut(&person(MEMBER + 2)).unwrap();
    kept.steps[0].at = outcome + chrono::TimeDelta::days(2);
    assert_eq!(asked(&world, TaskKind::AnswerInterest).len(), 1, "what was declared since is answered");
}

pub fn meeting_of(world: &World, number: u128) -> Meeting {
    Meeting {
        id: MeetingId::from(Uuid::from_u128(number)),
        panel: world.case.process.panel.as_ref().unwrap().id,
        organisation: organisation(),
        version: 1,
        sequence: 0,
        day: world.moment.today,
        begins: "10:00:00".parse().unwrap(),
        minutes: 60,
        place: "Room 4".into(),
        expected: Vec::new(),
        cancelled: None,
        items: vec![world.case.id],
        removed: Vec::new(),
        present: Vec::new(),
        apologies: Vec::new(),
        interests: Vec::new(),
        recorded_at: None,
    }
}

fn people(numbers: impl IntoIterator<Item = u128>) -> Vec<Party> {
    numbers.into_iter().map(|number| Party::person(person(number))).collect()
}

fn at_meeting(world: &World, there: Vec<Party>, apologies: Vec<Party>) -> Request {
    let mut request = world.request("approve");
    let outcome = request.outcome.as_mut().unwrap();
    (outcome.attendees, outcome.apologies) = (there, apologies);
    outcome.meeting = world.meeting.as_ref().map(|meeting| meeting.id);
    request
}

#[test]
fn whoever_sent_apologies_never_counts_and_at_a_meeting_only_those_who_were_there() {
    let mut world = five();
    world.review();
    let all = || people(MEMBER..MEMBER + 5);
    // At none, whoever reviewed counts but for those who sent apologies.
    let chair = people([MEMBER]);
    let alone = at_meeting(&world, chair.clone(), Vec::new());
    assert_eq!(world.codes(&alone, CHAIR), [""; 0]);
    let request = at_meeting(&world, chair.clone(), people([MEMBER + 1, MEMBER + 2]));
    let blocked = world.blocked(&request, CHAIR);
    assert_eq!(blocked.len(), 1);
    let told = &blocked[0].message;
    for part in [
        "3 did so far and count here",
        &person(MEMBER + 1).global(),
        &person(MEMBER + 2).global(),
        "sent apologies",
    ] {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains(&person(MEMBER + 3).global()), "{told}");
    // At one, the chair alone is no quorum, whoever reviewed.
    world.meeting = Some(meeting_of(&world, 77));
    let request = at_meeting(&world, chair, Vec::new());
    let blocked = world.blocked(&request, CHAIR);
    assert_eq!(blocked.len(), 1);
    assert!(blocked[0].message.contains("not among those who were at the meeting"), "{blocked:?}");
    assert_eq!(world.codes(&at_meeting(&world, people(MEMBER..MEMBER + 3), Vec::new()), CHAIR), ["QUORUM"]);
    assert_eq!(world.codes(&at_meeting(&world, all(), Vec::new()), CHAIR), [""; 0]);
    // What is recorded of the meeting counts against what the outcome says of itself.
    let recorded = |present: Vec<Party>, apologies: Vec<Party>, world: &World| {
        let meeting = meeting_of(world, 77);
        Some(Meeting { present, apologies, recorded_at: Some(world.moment.at), ..meeting })
    };
    world.meeting = recorded(all(), people([MEMBER, MEMBER + 1]), &world);
    assert_eq!(world.codes(&at_meeting(&world, all(), Vec::new()), CHAIR), ["QUORUM"]);
    world.meeting = recorded(people([MEMBER]), Vec::new(), &world);
    assert_eq!(world.codes(&at_meeting(&world, all(), Vec::new()), CHAIR), ["QUORUM"]);
    world.meeting = recorded(people(MEMBER..MEMBER + 4), people([MEMBER + 4]), &world);
    let request = at_meeting(&world, all(), Vec::new());
    let applied = world.try_apply(&request, &actor(CHAIR)).unwrap();
    let voted: Vec<_> = applied.case.process.outcomes[0].voted.iter().map(|seat| seat.person).collect();
    assert_eq!(voted, (MEMBER..MEMBER + 4).map(person).collect::<Vec<_>>());
}

#[test]
fn whoever_sent_apologies_is_not_the_other_who_reviewed() {
    let mut world = five();
    let seat = PanelMember { person: person(CHAIR), ..panel(1).members[0].clone() };
    world.case.process.panel.as_mut().unwrap().members[0] = seat;
    world.review_by(MEMBER + 1).unwrap();
    let mut request = world.request("approve_urgently");
    assert_eq!(world.codes(&request, CHAIR), [""; 0]);
    request.outcome.as_mut().unwrap().apologies = people([MEMBER + 1]);
    assert_eq!(world.codes(&request, CHAIR), ["OTHERS_REVIEWED"]);
}

#[test]
fn what_a_member_declares_at_a_meeting_is_declared_in_the_case() {
    let mut world = five();
    world.review();
    let before = world.case.clone();
    let meeting = MeetingId::from(Uuid::from_u128(77));
    let there = |world: &World, said: &[(u128, &'static str)]| {
        let said: Vec<_> = said.iter().map(|(who, note)| (person(*who), *note)).collect();
        declared_there(&world.case, &said, meeting, person(SECRETARY), &world.workflow, world.moment)
    };
    assert_eq!(there(&world, &[(STRANGER, SISTER)]), None, "a guest sits in no seat");
    let applied = there(&world, &[(MEMBER, SISTER), (MEMBER + 1, "A cousin."), (STRANGER, "None.")]).unwrap();
    assert_eq!(applied.happenings.len(), 2);
    assert!(!applied.happenings[0].payload.to_string().contains("sister"), "the note is the panel's own");
    assert_eq!(applied.happenings[0].kind, EventKind::InterestDeclared);
    world.case = applied.case;
    let step = world.case.process.interests[&person(MEMBER)].steps.last().unwrap().clone();
    assert_eq!(
        (step.by, step.recorded_by, step.meeting),
        (person(MEMBER), Some(person(SECRETARY)), Some(meeting))
    );
    assert_eq!(world.codes(&world.request("defer"), CHAIR), ["INTEREST_UNANSWERED"; 2]);
    assert_eq!(there(&world, &[(MEMBER, SISTER)]), None, "the record written anew says nothing new");
    // It is answered as any other, and takes nothing back that was answered before.
    say(&mut world, CHAIR, MEMBER, Interest::DeclaredNoted);
    say(&mut world, CHAIR, MEMBER + 1, Interest::DeclaredNotVoting);
    world.case = there(&world, &[(MEMBER + 1, "Two cousins.")]).unwrap().case;
    assert_eq!(world.case.process.interest(person(MEMBER + 1)), Interest::DeclaredNotVoting);
    assert_eq!(world.codes(&world.request("defer"), CHAIR), ["INTEREST_UNANSWERED"]);
    say(&mut world, MEMBER + 1, MEMBER + 1, Interest::Withdrawn);
    assert_eq!(there(&world, &[(MEMBER + 1, "Three cousins.")]), None, "they are out already");

    // What was concluded before stays, and says it beside.
    world.case = before;
    world.meeting = Some(meeting_of(&world, 77));
    let request = at_meeting(&world, people(MEMBER..MEMBER + 5), Vec::new());
    world.case = world.try_apply(&request, &actor(CHAIR)).unwrap().case;
    let concluded = world.case.process.outcomes.clone();
    world.moment.at += chrono::TimeDelta::hours(3);
    world.case = there(&world, &[(MEMBER + 2, SISTER)]).unwrap().case;
    assert_eq!(world.case.process.outcomes, concluded);
    let since: Vec<_> =
        concluded[0].declared_since(&world.case.process.interests).map(|(who, _)| who).collect();
    assert_eq!(since, [person(MEMBER + 2)]);
    assert_eq!(asked(&world, TaskKind::AnswerInterest), [Doer::Role(Role::PanelChair)]);
    world.step("withdraw", AUTHOR);
    assert_eq!(there(&world, &[(MEMBER + 3, SISTER)]), None, "a closed case is closed");
}

#[test]
fn a_record_that_is_mended_before_the_answer_declares_nothing_twice() {
    let mut world = five();
    let meeting = MeetingId::from(Uuid::from_u128(77));
    let there = |world: &World, said: &[&'static str]| {
        let said: Vec<_> = said.iter().map(|note| (person(MEMBER), *note)).collect();
        declared_there(&world.case, &said, meeting, person(SECRETARY), &world.workflow, world.moment)
    };
    let notes = |world: &World| -> Vec<String> {
        let steps = &world.case.process.interests[&person(MEMBER)].steps;
        steps.iter().map(|step| step.note.clone().unwrap()).collect()
    };
    world.case = there(&world, &["My brother runs it."]).unwrap().case;
    let mended = there(&world, &[SISTER]).unwrap();
    assert_eq!(mended.happenings.len(), 1, "the history has both");
    world.case = mended.case;
    assert_eq!(notes(&world), [SISTER]);
    let note = &world.case.process.panel.as_ref().unwrap().members[0].note;
    assert_eq!(note.as_deref(), Some(SISTER));
    // Two of one person are two, however often they are recorded.
    world.case = there(&world, &[SISTER, "And a cousin."]).unwrap().case;
    assert_eq!(there(&world, &[SISTER, "And a cousin."]), None);
    assert_eq!(notes(&world), [SISTER, "And a cousin."]);
    // What was answered stands.
    say(&mut world, CHAIR, MEMBER, Interest::DeclaredNoted);
    world.case = there(&world, &["Two cousins."]).unwrap().case;
    assert_eq!(notes(&world), [SISTER, "And a cousin.", SISTER, "Two cousins."]);
}

#[test]
fn those_who_conclude_are_asked_once_it_is_ready_and_the_window_has_closed() {
    let mut world = five();
    let members = &mut world.case.process.panel.as_mut().unwrap().members;
    members[4].interest = Interest::Undeclared;
    for member in MEMBER..MEMBER + 3 {
        world.review_by(member).unwrap();
    }
    let closes = world.case.process.due().unwrap();
    let codes = |world: &World, name: &str| world.codes(&world.request(name), CHAIR);
    assert_eq!(codes(&world, "approve"), ["INTERESTS_DECLARED", "QUORUM"]);
    let told = messages(&world, "defer");
    assert!(told[0].contains(&closes.to_string()), "{told:?}");
    let announce = |world: &mut World| {
        let before = world.case.clone();
        let applied = tick(&world.case, &world.workflow, world.moment).unwrap();
        world.case = applied.case;
        let directory = Directory::from([
            (Role::PanelChair, vec![person(CHAIR)]),
            (Role::PanelSecretary, vec![person(SECRETARY)]),
        ]);
        let circumstances = Circumstances {
            actor: None,
            directory: &directory,
            before: &before,
            workflow: &world.workflow,
            settings: &world.settings,
            partners: &[],
        };
        let notices = notices(&world.case, &applied.happenings, circumstances);
        let told = notices.into_iter().filter(|notice| notice.kind == NoticeKind::ReviewsComplete);
        told.filter_map(|notice| notice.to.person()).collect::<std::collections::BTreeSet<_>>()
    };
    // Without a quorum nothing is asked, whatever closes.
    let fewer = world.case.clone();
    world.later(&closes.succ_opt().unwrap().to_string());
    assert!(announce(&mut world).is_empty());
    assert_eq!(asked(&world, TaskKind::Conclude), []);
    // With one it waits for the last while they have time, and no longer.
    world.case = fewer;
    world.review_by(MEMBER + 3).unwrap();
    assert_eq!((ready(&world), asked(&world, TaskKind::Conclude)), (Some(Readiness::Expected), vec![]));
    let mut all_in = five();
    for member in MEMBER..MEMBER + 4 {
        all_in.review_by(member).unwrap();
    }
    assert_eq!(ready(&all_in), Some(Readiness::Ready), "a quorum makes it ready");
    assert_eq!(asked(&all_in, TaskKind::Conclude), [], "one may yet review");
    assert_eq!(codes(&all_in, "approve"), [""; 0], "whoever moves it all the same may");
    all_in.review_by(MEMBER + 4).unwrap();
    assert_eq!(asked(&all_in, TaskKind::Conclude), [Doer::Role(Role::PanelChair)]);

    assert_eq!(codes(&world, "approve"), [""; 0], "the day has passed");
    assert_eq!(announce(&mut world), [CHAIR, SECRETARY].map(person).into());
    assert_eq!(
        (ready(&world), asked(&world, TaskKind::Conclude)),
        (Some(Readiness::Ready), vec![Doer::Role(Role::PanelChair)])
    );
    let outcome = world.step("approve", CHAIR).case.process.outcomes[0].clone();
    assert_eq!(outcome.interests[&person(MEMBER + 4)], Interest::Undeclared, "the record says so");
    assert_eq!(outcome.voted.len(), 4);
}

#[test]
fn an_urgent_action_waits_for_nobody_s_declaration_but_the_actor_s() {
    let mut world = five();
    let members = &mut world.case.process.panel.as_mut().unwrap().members;
    members[0].person = person(CHAIR);
    members[4].interest = Interest::Undeclared;
    world.review_by(MEMBER + 1).unwrap();
    let codes = |world: &World, name: &str| world.codes(&world.request(name), CHAIR);
    assert_eq!(codes(&world, "defer"), ["INTERESTS_DECLARED"]);
    assert_eq!(codes(&world, "approve_urgently"), [""; 0]);
    let mut silent = world.case.clone();
    silent.process.interests.clear();
    silent.process.panel.as_mut().unwrap().members[0].interest = Interest::Undeclared;
    std::mem::swap(&mut world.case, &mut silent);
    assert!(!codes(&world, "approve_urgently").is_empty(), "the chair declares");
    std::mem::swap(&mut world.case, &mut silent);
    // Whoever never declared has to, to answer for it.
    world.step("approve_urgently", CHAIR);
    assert_eq!(asked(&world, TaskKind::DeclareInterest), [Doer::Person(person(MEMBER + 4))]);
}
