//! Looking again at what was decided.

use ehia_domain::{
    case::Reexamination,
    event::{Audience, EventKind},
    permission::Role,
    review::Ratification,
    task::{TaskKind, tasks},
    workflow::{
        deadline::deadlines,
        engine::{Applied, Refused},
        follow::{Look, LookDraft, look_again},
        quorum::Composition,
        record::{Judged, RecordKind, record},
    },
};
use serde_json::{Value, json};

use super::world::*;

/// Decided, and to be looked at again on 2 February 2027.
fn decided() -> World {
    let mut world = World::ehia().approved();
    world.step("proceed", BODY);
    world
}

fn look(world: &World, note: &str, next: &str, who: u128) -> Result<Applied, Refused> {
    look_again(&world.case, draft(world, note, next), &actor(who), &world.context())
}

fn draft(world: &World, note: &str, next: &str) -> LookDraft {
    LookDraft { expected_version: world.case.version, note: note.into(), next: day(next) }
}

/// What whoever is told to look at something else first is told.
fn conflict(told: Result<Applied, Refused>) -> String {
    match told {
        Err(Refused::Conflict { message }) => message,
        other => panic!("{other:?}"),
    }
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

/// Whether a day on which it is looked at again is told, and reminded of.
fn reminded(world: &World) -> bool {
    let mut told = deadlines(&world.case, &world.workflow, &world.settings).into_iter();
    told.any(|deadline| deadline.key == "review")
}

#[test]
fn what_was_decided_is_looked_at_and_stays_as_it_is() {
    let mut world = decided();
    assert_eq!(asked(&world), ["2027-02-02"]);
    world.later("2027-01-25");
    let before = world.case.clone();
    let applied = look(&world, "Travel times are as they were expected.", "2028-01-31", LEAD).unwrap();
    let [happened] = &applied.happenings[..] else { panic!("{:?}", applied.happenings) };
    assert_eq!((happened.kind, happened.audience), (EventKind::LookedAgain, Audience::Case));
    let note = "Travel times are as they were expected.";
    let said =
        json!({ "note": note, "revision": before.revision, "due": "2027-02-02", "next": "2028-01-31" });
    assert_eq!(happened.payload, said);
    world.case = applied.case;
    let look = &world.case.process.looks[0];
    assert_eq!((look.due, look.next, look.by), (day("2027-02-02"), day("2028-01-31"), person(LEAD)));
    assert_eq!((look.note.as_str(), look.revision, look.on_behalf_of), (note, Some(before.revision), None));
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

#[test]
fn those_whose_proposal_it_is_look_not_for_the_others_whatever_they_may_close() {
    let mut world = World::new("two-person");
    world.case.state = "in_force".into();
    world.case.process.review_due = Some(day("2026-06-01"));
    for who in [AUTHOR, CONTRIBUTOR] {
        assert!(world.blocked(&world.request("retire"), who).is_empty(), "{who} may close it");
        assert_eq!(look(&world, "Seen.", "2027-06-01", who).map(drop), Err(Refused::Forbidden), "{who}");
    }
    assert!(look(&world, "Seen.", "2027-06-01", GOVERNANCE).is_ok());
    world.case.process.wrote.insert(person(GOVERNANCE));
    assert_eq!(look(&world, "Seen.", "2027-06-01", GOVERNANCE).map(drop), Err(Refused::Forbidden));
}

#[test]
fn a_deputy_looks_in_the_place_of_whoever_is_away() {
    let world = decided();
    let mut by = actor(MEMBER);
    by.deputises = vec![deputised(Role::EqualityLead, person(LEAD))];
    let applied =
        look_again(&world.case, draft(&world, "Seen.", "2027-06-01"), &by, &world.context()).unwrap();
    let look = &applied.case.process.looks[0];
    assert_eq!((look.by, look.on_behalf_of), (person(MEMBER), Some(person(LEAD))));
}

#[test]
fn what_is_to_be_judged_is_judged_before_anybody_says_that_it_stays_as_it_is() {
    let world = decided();
    let refusal = Ratification {
        outcome: world.case.process.outcomes[0].id,
        ratified: false,
        reason: Some("The travel times were not before the chair.".into()),
        due: day("2026-03-02"),
        by: person(SECRETARY),
        at: world.moment.at + chrono::TimeDelta::days(1),
        attendees: Vec::new(),
        apologies: Vec::new(),
        voted: Vec::new(),
        meeting: None,
        dissent: None,
        answer: None,
    };
    let changed = Reexamination { since: world.moment.at, paths: Vec::new(), due: day("2026-02-09") };
    let first = |change: &dyn Fn(&mut World), says: &str| {
        let mut world = decided();
        assert_eq!((asked(&world), reminded(&world)), (vec!["2027-02-02".to_owned()], true));
        change(&mut world);
        assert_eq!(
            (asked(&world), reminded(&world)),
            (Vec::new(), false),
            "{says}: it is not asked for in vain"
        );
        let told = conflict(look(&world, "Looked at.", "2027-06-01", LEAD));
        assert!(told.contains(says), "{told}");
    };
    first(&|world| world.case.process.reexamination = Some(changed.clone()), "must judge the change first");
    first(&|world| world.case.process.ratifications = vec![refusal.clone()], "did not ratify");
    first(&|world| world.case.process.ratification_due = Some(day("2026-03-02")), "has still to say");
}

#[test]
fn nobody_writes_over_what_somebody_else_saw() {
    let mut world = decided();
    let second = draft(&world, "Nothing changed.", "2028-06-01");
    world.case = look(&world, "It changed.", "2026-06-01", LEAD).unwrap().case;
    let told = conflict(look_again(&world.case, second.clone(), &actor(GOVERNANCE), &world.context()));
    assert!(told.contains("look at what changed"), "{told}");
    let seen = LookDraft { expected_version: world.case.version, ..second };
    let applied = look_again(&world.case, seen, &actor(GOVERNANCE), &world.context()).unwrap();
    let process = applied.case.process;
    assert_eq!((process.looks.len(), process.looks[1].due), (2, day("2026-06-01")));
}

#[test]
fn what_does_not_go_ahead_is_not_looked_at_again() {
    for state in ["approved", "stopped"] {
        let mut world = decided();
        world.case.state = state.into();
        assert!(world.case.process.review_due.is_some());
        let told = conflict(look(&world, "Looked at.", "2027-06-01", LEAD));
        assert!(told.contains("There is no day"), "{state}: {told}");
        assert_eq!(asked(&world), [""; 0], "{state}");
    }
}

#[test]
fn a_case_is_not_looked_at_for_ever() {
    let mut world = decided();
    for _ in 0..50 {
        world.case = look(&world, "Looked at.", "2027-06-01", LEAD).unwrap().case;
    }
    let Err(Refused::Invalid(wrong)) = look(&world, "Looked at.", "2027-06-01", LEAD) else {
        panic!("it was looked at once more")
    };
    assert_eq!(wrong[0].code, "TOO_MANY");
}

#[test]
fn a_look_from_before_revisions_were_kept_is_read_as_it_was_written() {
    let old = json!({
        "note": "Seen.", "due": "2027-02-02", "next": "2027-06-01", "by": person(LEAD), "at": "2026-02-02T10:00:00Z",
    });
    let look: Look = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((look.revision, json!(look)), (None, old));
}

#[test]
fn the_next_record_keeps_what_was_looked_at() {
    let mut world = decided();
    let kept = |world: &World| -> Value {
        record(RecordKind::Decision, &world.case, &Judged::default(), &world.context()).unwrap().document()
    };
    assert_eq!(kept(&world).get("looks"), None);
    world.case = look(&world, "Looked at.", "2027-06-01", LEAD).unwrap().case;
    let looks = kept(&world)["looks"].clone();
    assert_eq!((looks.as_array().unwrap().len(), &looks[0]["note"]), (1, &json!("Looked at.")));
    assert_eq!(looks, json!(world.case.process.looks));
}
