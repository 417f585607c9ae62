//! Reading confirmations: about one revision, asked for and gathered before the body meets, and held to where the workflow
//! asks for them.

use ehia_domain::{
    event::EventKind,
    id::Identifier,
    party::Party,
    permission::Role,
    reading,
    task::{TaskKind, tasks},
    workflow::{
        engine::{Applied, Refused},
        guard::Guard,
        reading::{ask_readings, confirm_reading},
    },
};

use super::world::*;

const SECOND: u128 = 17;

/// Approved, where everybody present must have confirmed having read it.
fn gathered() -> World {
    let mut world = World::ehia().approved();
    for transition in &mut world.workflow.transitions {
        for guard in &mut transition.guards {
            if let Guard::ReadConfirmed { gathered } = guard {
                *gathered = true;
            }
        }
    }
    world
}

fn confirm(world: &mut World, by: u128) -> Result<Applied, Refused> {
    let actor = with_roles(by, &[Role::DecisionMaker]);
    let applied = confirm_reading(&world.case, world.case.revision, None, &actor, &world.context())?;
    world.case = applied.case.clone();
    Ok(applied)
}

/// An edit begins another revision of what somebody read.
fn edit(world: &mut World) {
    assert!(world.case.frozen, "what was read is frozen");
    world.case.revision += 1;
    world.case.frozen = false;
}

#[test]
fn a_confirmation_is_about_the_revision_that_was_read() {
    let mut world = World::ehia().approved();
    world.case.frozen = false;
    let applied = confirm(&mut world, BODY).unwrap();
    let kinds: Vec<EventKind> = applied.happenings.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [EventKind::RevisionFrozen, EventKind::ReadingConfirmed]);
    assert!(reading::is_current(&world.case, person(BODY)));
    assert!(confirm(&mut world, BODY).unwrap().happenings.is_empty(), "again changes nothing");
    edit(&mut world);
    assert!(!reading::is_current(&world.case, person(BODY)), "it was changed since");
    assert_eq!(reading::newest(&world.case, person(BODY)).unwrap().revision, world.case.revision - 1);
    let stale = confirm_reading(&world.case, 1, None, &actor(BODY), &world.context());
    assert!(matches!(stale, Err(Refused::Conflict { .. })));
    for by in [AUTHOR, CHAIR, SECRETARY, LEAD] {
        let revision = world.case.revision;
        let refused = confirm_reading(&world.case, revision, None, &actor(by), &world.context());
        assert!(matches!(refused, Err(Refused::Forbidden)), "{by}");
    }
    let been = confirm_reading(&world.case, 2, Some(day("2026-01-31")), &actor(BODY), &world.context());
    assert!(matches!(been, Err(Refused::Invalid(found)) if found[0].code == "IN_THE_PAST"));
}

#[test]
fn whoever_is_asked_has_a_task_until_they_read_what_is_decided() {
    let mut world = World::ehia().approved();
    let meeting = day("2026-03-02");
    let decides = |who| who == person(BODY) || who == person(SECOND);
    let ask = |world: &World, people: &[u128], by: u128| {
        let people: Vec<_> = people.iter().map(|number| person(*number)).collect();
        ask_readings(&world.case, &people, meeting, decides, &actor(by), &world.context())
    };
    assert!(matches!(ask(&world, &[BODY], AUTHOR), Err(Refused::Forbidden)));
    for wrong in [&[][..], &[BODY, BODY], &[LEAD]] {
        assert!(matches!(ask(&world, wrong, SECRETARY), Err(Refused::Invalid(_))), "{wrong:?}");
    }
    world.case = ask(&world, &[BODY, SECOND], SECRETARY).unwrap().case;
    let waiting = |world: &World| {
        let tasks = tasks(&world.case, &world.workflow, world.settings.composition()).into_iter();
        tasks.filter(|task| task.kind == TaskKind::ConfirmReading).collect::<Vec<_>>()
    };
    assert_eq!(waiting(&world).len(), 2);
    assert_eq!(waiting(&world)[0].due, Some(meeting));
    confirm(&mut world, BODY).unwrap();
    assert_eq!(waiting(&world).len(), 1);
    edit(&mut world);
    let again = waiting(&world).into_iter().find(|task| task.reason.contains("since")).unwrap();
    assert_eq!(
        again.reason,
        "You confirmed having read revision 1, and it was changed since: read revision 2 and confirm it."
    );
    world.case.revision = 1;
    world.step("proceed", BODY);
    assert!(waiting(&world).is_empty() && world.case.process.readings_asked.is_empty());
}

#[test]
fn a_workflow_that_asks_for_it_refuses_naming_who_has_not_read_which_revision() {
    let mut world = gathered();
    confirm(&mut world, BODY).unwrap();
    confirm(&mut world, SECOND).unwrap();
    edit(&mut world);
    confirm(&mut world, SECOND).unwrap();
    let mut request = world.request("proceed");
    let decision = request.decision.as_mut().unwrap();
    decision.present = [BODY, SECOND, 18].map(|number| Party::person(person(number))).to_vec();
    decision.present.push(Party::named("B. Oard"));
    let told: Vec<_> = (world.blocked(&request, BODY).into_iter())
        .filter(|one| one.code == "READ_CONFIRMED")
        .map(|one| (one.path.to_string(), one.message))
        .collect();
    let name = |number| person(number).global();
    assert_eq!(
        told,
        [
            (
                "decision/present/0".to_owned(),
                format!(
                    "{} confirmed having read revision 1, not revision 2, which is decided: ask them to read what changed and to confirm it.",
                    name(BODY)
                ),
            ),
            (
                "decision/present/2".to_owned(),
                format!("{} has not confirmed having read revision 2: ask them to confirm it.", name(18)),
            ),
        ]
    );
}

#[test]
fn what_was_gathered_counts_and_stands_in_the_decision() {
    for mut world in [World::ehia().approved(), gathered()] {
        confirm(&mut world, BODY).unwrap();
        let mut request = world.request("proceed");
        let decision = request.decision.as_mut().unwrap();
        decision.present = vec![Party::person(person(BODY)), Party::named("B. Oard")];
        decision.read_by.clear();
        let applied = world.try_apply(&request, &actor(BODY)).unwrap();
        let decided = &applied.case.process.decisions[0];
        assert_eq!(decided.read_by, [Party::person(person(BODY))]);
        assert_eq!(decided.readings, world.case.process.readings);
        let record = applied.record.unwrap().document();
        assert_eq!(record["decision"]["readings"][0]["revision"], 1);
        // Of somebody who was not there it says nothing of the meeting.
        request.decision.as_mut().unwrap().present = vec![Party::named("B. Oard")];
        let codes = world.codes(&request, BODY);
        assert_eq!(codes, ["READ_CONFIRMED"]);
    }
}
