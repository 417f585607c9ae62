//! Looking again at what was decided.

use ehia_domain::{
    event::EventKind,
    task::{TaskKind, tasks},
    workflow::{
        engine::{Applied, Refused},
        follow::{LookDraft, look_again},
        quorum::Composition,
    },
};

use super::world::*;

/// Decided, and to be looked at again on 2 February 2027.
fn decided() -> World {
    let mut world = World::ehia().approved();
    world.step("proceed", BODY);
    world
}

fn look(world: &World, note: &str, next: &str, who: u128) -> Result<Applied, Refused> {
    let draft = LookDraft { note: note.into(), next: day(next) };
    look_again(&world.case, draft, &actor(who), &world.context())
}

/// The day of the task, for whoever has it.
fn asked(world: &World) -> Vec<String> {
    let all = tasks(&world.case, &world.workflow, Composition::of(2));
    let mut days: Vec<String> = all
        .iter()
        .filter(|task| task.kind == TaskKind::LookAgain)
        .map(|task| task.due.unwrap().to_string())
        .collect();
    days.dedup();
    days
}

#[test]
fn what_was_decided_is_looked_at_and_stays_as_it_is() {
    let mut world = decided();
    assert_eq!(asked(&world), ["2027-02-02"]);
    world.later("2027-01-25");
    let before = world.case.clone();
    let applied = look(&world, "Travel times are as they were expected.", "2028-01-31", LEAD).unwrap();
    assert_eq!(applied.happenings.iter().map(|one| one.kind).collect::<Vec<_>>(), [EventKind::LookedAgain]);
    world.case = applied.case;
    let look = &world.case.process.looks[0];
    assert_eq!((look.due, look.next, look.by), (day("2027-02-02"), day("2028-01-31"), person(LEAD)));
    assert_eq!(world.case.process.review_due, Some(day("2028-01-31")));
    assert_eq!((&world.case.state, world.case.revision), (&before.state, before.revision));
    assert_eq!(asked(&world), ["2028-01-31"]);
}

#[test]
fn whoever_can_neither_close_nor_reopen_a_case_does_not_look_for_the_others() {
    let world = decided();
    for who in [LEAD, SECRETARY, GOVERNANCE] {
        assert!(look(&world, "Looked at.", "2027-06-01", who).is_ok(), "{who}");
    }
    for who in [AUTHOR, BODY, MEMBER] {
        assert_eq!(look(&world, "Looked at.", "2027-06-01", who).map(drop), Err(Refused::Forbidden), "{who}");
    }
    assert_eq!(look(&world, "Looked at.", "2027-06-01", STRANGER).map(drop), Err(Refused::NotFound));
}

#[test]
fn it_is_said_what_was_seen_and_when_it_is_looked_at_next() {
    let world = decided();
    let today = world.moment.today;
    let farthest = today.checked_add_months(chrono::Months::new(36)).unwrap();
    for (note, next, codes) in [
        (" ", farthest, &["REQUIRED"][..]),
        ("Looked at.", today, &["OUT_OF_RANGE"]),
        ("Looked at.", farthest.succ_opt().unwrap(), &["OUT_OF_RANGE"]),
        ("Looked at.", farthest, &[]),
        ("Looked at.", today.succ_opt().unwrap(), &[]),
    ] {
        let told = match look(&world, note, &next.to_string(), LEAD) {
            Err(Refused::Invalid(wrong)) => wrong.into_iter().map(|one| one.code).collect(),
            told => told.map(|_| Vec::new()).unwrap(),
        };
        assert_eq!(told, codes, "{note} {next}");
    }
    let mut stopped = World::ehia().approved();
    stopped.step("stop", BODY);
    let refused = look(&stopped, "Looked at.", "2027-06-01", LEAD);
    assert!(matches!(refused, Err(Refused::Conflict { .. } | Refused::Forbidden)), "{refused:?}");
}
