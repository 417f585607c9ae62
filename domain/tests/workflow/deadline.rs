//! Who is told what is due, and when: each step once, and nobody of what is done.

use ehia_domain::{
    calendar,
    case::Clock,
    condition::ConditionStatus,
    event::EventKind,
    id::{ContactId, Identifier},
    mitigation::Mitigation,
    party::Party,
    permission::Role,
    workflow::{
        deadline::{Told, Waits, announce, deadlines, next, remind},
        definition::Workflow,
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{AUTHOR, CHAIR, LEAD, MEMBER, SRO, World, day, person};

/// What is announced today of which deadline: how far away, and to whom. The case goes on as announced.
fn told(world: &mut World) -> Vec<(String, i64, Vec<String>)> {
    let Some(applied) = remind(&world.case, &world.workflow, &world.settings, world.moment) else {
        return Vec::new();
    };
    assert_eq!(applied.case.version, world.case.version + 1);
    world.case = applied.case;
    let read = |payload: &Value| {
        let to = payload["to"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
        let key = payload["deadline"].as_str().unwrap().to_owned();
        (key, payload["workingDays"].as_i64().unwrap(), to.collect())
    };
    assert!(applied.happenings.iter().all(|happening| happening.kind == EventKind::ReminderDue));
    applied.happenings.iter().map(|happening| read(&happening.payload)).collect()
}

fn step(key: &str, days: i64, to: &[&str]) -> (String, i64, Vec<String>) {
    (key.to_owned(), days, to.iter().map(|word| (*word).to_owned()).collect())
}

#[test]
fn each_step_of_a_clock_goes_out_once_on_its_working_day() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    // Ten working days from Monday 2 February: due on Monday the 16th.
    assert_eq!(next(&world.case, &world.workflow, &world.settings), Some(day("2026-02-12")));
    world.later("2026-02-11");
    assert_eq!(told(&mut world), []);
    world.later("2026-02-12");
    assert_eq!(told(&mut world), [step("clock:review", -2, &["doer"])]);
    assert_eq!(told(&mut world), [], "once");
    assert_eq!(next(&world.case, &world.workflow, &world.settings), Some(day("2026-02-17")));
    world.later("2026-02-16");
    assert_eq!(told(&mut world), []);
    world.later("2026-02-17");
    let late = ["doer", "EQUALITY_LEAD", "PANEL_SECRETARY", "GOVERNANCE"];
    assert_eq!(told(&mut world), [step("clock:review", 1, &late)]);
    world.later("2026-06-01");
    assert_eq!(told(&mut world), [], "and no more of them");
    assert_eq!(next(&world.case, &world.workflow, &world.settings), None);
}

#[test]
fn days_on_which_the_organisation_is_closed_are_no_working_days() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.settings.closed_days = vec![day("2026-02-12"), day("2026-02-13")];
    assert_eq!(next(&world.case, &world.workflow, &world.settings), Some(day("2026-02-10")));
}

#[test]
fn what_was_missed_is_told_once_with_the_newest() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.later("2026-03-02");
    let late = ["doer", "EQUALITY_LEAD", "PANEL_SECRETARY", "GOVERNANCE"];
    assert_eq!(told(&mut world), [step("clock:review", 1, &late)]);
    assert_eq!(told(&mut world), []);
}

#[test]
fn a_clock_that_ran_out_is_announced_with_its_reminders_as_one_change() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.later("2026-02-17");
    let applied = announce(&world.case, &world.workflow, &world.settings, world.moment).unwrap();
    let kinds: Vec<EventKind> = applied.happenings.iter().map(|happening| happening.kind).collect();
    assert_eq!(kinds, [EventKind::ClockOverdue, EventKind::ReminderDue]);
    assert_eq!(applied.case.version, world.case.version + 1);
    assert_eq!(announce(&applied.case, &world.workflow, &world.settings, world.moment), None);
}

#[test]
fn a_day_that_moves_has_its_steps_anew_and_one_that_is_gone_has_none() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.later("2026-02-12");
    assert_eq!(told(&mut world).len(), 1);
    world.case.process.clocks.get_mut("review").unwrap().due = Some(day("2026-02-20"));
    assert_eq!(told(&mut world), []);
    world.later("2026-02-18");
    assert_eq!(told(&mut world), [step("clock:review", -2, &["doer"])]);
    world.case.process.clocks.clear();
    world.later("2026-03-30");
    assert_eq!(told(&mut world), []);
}

#[test]
fn days_that_are_no_clock_have_steps_too() {
    let mut world = World::ehia().approved();
    let contact = ContactId::from(Uuid::from_u128(77));
    world.case.process.clocks.clear();
    let mut condition = World::ehia().reviewed();
    condition.step("approve_with_conditions", CHAIR);
    let mut condition = condition.case.process.conditions.remove(0);
    condition.due = day("2026-03-02");
    condition.owner = Party { contact: Some(contact), ..Party::named("N. Account") };
    let key = format!("condition:{}", condition.id);
    let verify = format!("verification:{}", condition.id);
    world.case.process.conditions = vec![condition];
    let of = |world: &World, key: &str| {
        deadlines(&world.case, &world.workflow, &world.settings)
            .into_iter()
            .find(|one| one.key == key)
            .map(|one| one.waits)
    };
    assert_eq!(of(&world, &key), Some(vec![Waits::Contact(contact)]));
    world.later("2026-02-26");
    assert_eq!(told(&mut world), [step(&key, -2, &["doer"])]);
    world.case.process.conditions[0].status = ConditionStatus::Evidenced;
    assert_eq!(of(&world, &key), None, "the owner has done it");
    assert_eq!(of(&world, &verify), Some(vec![Waits::Person(person(LEAD))]));
    assert_eq!(told(&mut world), [step(&verify, -2, &["doer"])]);
    world.later("2026-03-09");
    let overseen = ["doer", "EQUALITY_LEAD", "PANEL_SECRETARY", "GOVERNANCE"];
    assert_eq!(told(&mut world), [step(&verify, 5, &overseen)]);
    world.case.process.conditions[0].status = ConditionStatus::Verified;
    assert_eq!(of(&world, &verify), None);

    let mitigation = Mitigation {
        id: Uuid::from_u128(600).into(),
        action: "Run a shuttle bus.".into(),
        impacts: Vec::new(),
        owner: Some(Party::person(person(SRO))),
        due: Some(day("2026-05-01")),
        indicator: None,
        baseline: None,
        target_value: None,
        reliances: Vec::new(),
    };
    let key = format!("mitigation:{}", mitigation.id.uuid());
    world.case.content.mitigations = vec![mitigation];
    assert_eq!(of(&world, &key), Some(vec![Waits::Person(person(SRO))]));
    world.case.process.ratification_due = Some(day("2026-04-01"));
    let ratify = vec![Waits::Role(Role::PanelChair), Waits::Role(Role::PanelSecretary)];
    assert_eq!(of(&world, "ratification"), Some(ratify));
    world.case.process.review_due = Some(day("2027-02-02"));
    assert_eq!(of(&world, "review"), None, "it is not decided yet");
    world.case.state = "proceeding".into();
    assert_eq!(of(&world, "review"), None, "the panel is to answer for its chair first");
    let ratified = world.case.process.ratification_due.take();
    let look = [Role::EqualityLead, Role::PanelSecretary, Role::Governance].map(Waits::Role);
    assert_eq!(of(&world, "review"), Some(look.to_vec()), "those who can say what became of it");
    world.case.process.ratification_due = ratified;
    let clock =
        Clock { since: day("2026-03-09"), days_left: 5, due: Some(day("2026-03-16")), announced: false };
    world.case.process.clocks.insert("review".into(), clock);
    world.case.state = "stopped".into();
    let left: Vec<String> =
        deadlines(&world.case, &world.workflow, &world.settings).into_iter().map(|one| one.key).collect();
    let what = "nobody is asked to soften what will not happen, and the panel answers for its chair";
    assert_eq!(left, ["clock:review", "ratification"], "{what}");
    world.case.process.ratification_due = None;
    world.case.state = "withdrawn".into();
    assert!(
        deadlines(&world.case, &world.workflow, &world.settings).is_empty(),
        "what is over waits for nobody"
    );
}

#[test]
fn a_clock_waits_for_those_who_have_not_done_it() {
    let mut world = World::ehia();
    world.step("submit", AUTHOR);
    world.review_by(MEMBER).unwrap();
    let due = deadlines(&world.case, &world.workflow, &world.settings);
    let waits: Vec<Waits> = (1..4).map(|number| Waits::Person(person(MEMBER + number))).collect();
    assert_eq!(
        due.iter().map(|one| (one.key.as_str(), &one.waits)).collect::<Vec<_>>(),
        [("clock:review", &waits)]
    );
}

/// The shipped definition with these steps of its review.
fn with(steps: &Value) -> Result<Workflow, String> {
    let mut document: Value =
        serde_json::from_str(include_str!("../../definition/workflow-ehia.json")).unwrap();
    let clock = document["clocks"].as_array_mut().unwrap().iter_mut().find(|clock| clock["name"] == "review");
    let clock = clock.unwrap().as_object_mut().unwrap();
    clock.remove("due");
    for (key, value) in steps.as_object().unwrap() {
        clock.insert(key.clone(), value.clone());
    }
    Workflow::parse(&document.to_string()).map_err(|broken| format!("{broken:?}"))
}

#[test]
fn a_definition_says_who_is_told_when() {
    let steps = json!({"steps": [
        {"workingDays": 5, "to": ["PANEL_CHAIR", "SRO"]},
        {"workingDays": -2, "to": ["doer"]},
        {"workingDays": 1, "to": ["doer"]},
    ]});
    let workflow = with(&steps).unwrap();
    let clock = workflow.clock("review").unwrap();
    let days: Vec<i32> = clock.steps().iter().map(|step| step.working_days).collect();
    assert_eq!(days, [-2, 1, 5], "in the order in which they go out");
    assert_eq!(clock.steps[2].to, [Told::Role(Role::PanelChair), Told::Sro]);
    let mut world = World::of(workflow);
    world.step("submit", AUTHOR);
    world.later("2026-02-12");
    assert_eq!(told(&mut world), [step("clock:review", -2, &["doer"])]);
    world.later("2026-02-17");
    assert_eq!(told(&mut world), [step("clock:review", 1, &["doer"])]);
    world.later("2026-02-23");
    assert_eq!(told(&mut world), [step("clock:review", 5, &["SRO", "PANEL_CHAIR"])]);
}

#[test]
fn nonsense_is_refused_and_says_what_to_write() {
    let doer = |days: i64| json!({"workingDays": days, "to": ["doer"]});
    let many: Vec<Value> = (1..8).map(doer).collect();
    for (steps, said) in [
        (json!({}), "write `due`: REMIND or ESCALATE"),
        (json!({"due": "REMIND", "steps": [doer(1)]}), "write `due` or `steps`"),
        (json!({"steps": []}), "give 1 to 6"),
        (json!({"steps": many}), "give 1 to 6"),
        (json!({"steps": [doer(61)]}), "give -60 to 60"),
        (json!({"steps": [doer(1), doer(1)]}), "make them one"),
        (json!({"steps": [doer(-11)]}), "before the clock begins to run"),
        (json!({"steps": [{"workingDays": 1, "to": []}]}), "tells nobody"),
        (json!({"steps": [{"workingDays": 1, "to": ["doer", "doer"]}]}), "twice"),
        (json!({"steps": [{"workingDays": 1, "to": ["the board"]}]}), "neither `doer`, `body` nor a role"),
        (json!({"steps": [{"workingDays": 1, "to": ["doer"], "cc": []}]}), "unknown field"),
    ] {
        let broken = with(&steps).unwrap_err();
        assert!(broken.contains(said), "{steps}: {broken}");
    }
}

#[test]
fn what_was_published_without_steps_reads_as_it_did() {
    for workflow in Workflow::shipped_all() {
        let document = serde_json::to_value(workflow).unwrap();
        for clock in document["clocks"].as_array().unwrap() {
            assert!(clock.get("steps").is_none() && clock["due"].is_string(), "{clock}");
        }
    }
}

#[test]
fn working_days_are_counted_backwards_too() {
    for (to, days, expected) in [
        ("2026-02-16", 0, "2026-02-16"),
        ("2026-02-16", 1, "2026-02-13"),
        ("2026-02-15", 1, "2026-02-13"),
        // Easter of 2026: Good Friday on 3 April, Monday the 6th.
        ("2026-04-07", 1, "2026-04-02"),
    ] {
        let before = calendar::working_days_before(day(to), days, &[]);
        assert_eq!(before, day(expected), "{days} before {to}");
        assert_eq!(
            calendar::working_days_between(before, day(to), &[]),
            if to == "2026-02-15" { 0 } else { days }
        );
    }
}
