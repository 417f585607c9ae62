//! What stands in the way of moving a case to another version of its workflow.

use std::collections::BTreeMap;

use ehia_domain::workflow::{definition::Workflow, moving::Move};
use serde_json::{Value, json};

use super::world::{AUTHOR, BODY, World};

/// The shipped workflow, changed; every change here keeps the laws.
fn changed(change: impl FnOnce(&mut Value)) -> Workflow {
    let mut document: Value =
        serde_json::from_str(include_str!("../../definition/workflow-ehia.json")).unwrap();
    document["version"] = json!(2);
    change(&mut document);
    Workflow::parse(&document.to_string()).unwrap_or_else(|broken| panic!("{broken:#?}"))
}

fn codes(world: &World, to: &Workflow, states: &[(&str, &str)]) -> Vec<String> {
    let states: BTreeMap<String, String> =
        states.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).collect();
    let plan = Move { from: &world.workflow, to, states: &states };
    let obstacles = plan.apply(&world.case, &[], world.moment).err().unwrap_or_default();
    obstacles.into_iter().map(|one| one.code).collect()
}

#[test]
fn what_law_attaches_to_stays_as_it_is() {
    let to = changed(|_| {});
    let world = World::ehia().approved();
    assert_eq!(codes(&world, &to, &[]), [""; 0]);
    assert_eq!(codes(&world, &to, &[("approved", "approved_with_conditions")]), [""; 0]);
    assert_eq!(codes(&world, &to, &[("approved", "proceeding")]), ["PHASE_DIFFERS", "STANDING_DIFFERS"]);
    assert_eq!(codes(&world, &to, &[("approved", "gone")]), ["STATE_MISSING"]);
    let mut decided = World::ehia().approved();
    decided.step("proceed", BODY);
    assert_eq!(codes(&decided, &to, &[("proceeding", "stopped")]), ["STANDING_DIFFERS"]);
}

#[test]
fn no_case_is_moved_past_its_review() {
    let to = changed(|_| {});
    for panel in [true, false] {
        let mut world = World::ehia();
        if !panel {
            world.case.process.panel = None;
        }
        world.step("submit", AUTHOR);
        let expected = ["REVIEW_LOST", "PANEL_LOST", "DECISION_GAINED"];
        assert_eq!(codes(&world, &to, &[("panel_review", "not_supported")]), expected);
        assert_eq!(codes(&world, &to, &[("panel_review", "deferred")]), expected[..2]);
        assert_eq!(codes(&world, &to, &[]), [""; 0]);
    }
    let without_panel = changed(|workflow| {
        for transition in workflow["transitions"].as_array_mut().unwrap() {
            if let Some(guards) = transition.get_mut("guards").and_then(Value::as_array_mut) {
                guards.retain(|guard| {
                    !matches!(
                        guard["name"].as_str(),
                        Some("quorum" | "interests_declared" | "reviews_complete")
                    )
                });
            }
        }
    });
    assert_eq!(codes(&World::ehia().reviewed(), &without_panel, &[]), ["PANEL_LOST"]);
    let one_way_round = changed(|workflow| {
        for transition in workflow["transitions"].as_array_mut().unwrap() {
            if transition["name"] == "approve" {
                transition["guards"] = json!([]);
            }
        }
    });
    assert_eq!(codes(&World::ehia().reviewed(), &one_way_round, &[]), ["PANEL_LOST"]);
}

#[test]
fn clocks_go_with_the_case_and_run_where_the_new_version_lets_them() {
    let world = World::ehia().reviewed();
    let clock = world.case.process.clocks["review"].clone();
    assert!(clock.due.is_some());
    let states = BTreeMap::new();
    let to = |change: fn(&mut Value)| {
        let to = changed(change);
        Move { from: &world.workflow, to: &to, states: &states }.apply(&world.case, &[], world.moment)
    };
    let same = to(|_| {}).unwrap().case;
    assert_eq!(same.process.clocks["review"], clock);
    assert_eq!((same.workflow.version, same.version), (2, world.case.version + 1));
    assert_eq!(
        (&same.content, same.revision, same.frozen),
        (&world.case.content, world.case.revision, world.case.frozen)
    );
    let paused = to(|workflow| workflow["clocks"][0]["runsIn"] = json!(["APPROVED"])).unwrap().case;
    assert_eq!((paused.process.clocks["review"].due, paused.process.clocks["review"].days_left), (None, 10));
    let missing = to(|workflow| {
        workflow["clocks"][0]["name"] = json!("panel");
        let text = workflow["transitions"].to_string().replace("\"clock\":\"review\"", "\"clock\":\"panel\"");
        workflow["transitions"] = serde_json::from_str(&text).unwrap();
    });
    assert_eq!(missing.unwrap_err()[0].code, "CLOCK_MISSING");
    // The clock of a re-examination is the program's, and goes along.
    let mut reopened = World::ehia().approved();
    reopened.case.process.clocks.insert("reexamination".into(), clock);
    assert_eq!(codes(&reopened, &changed(|_| {}), &[]), [""; 0]);
}

#[test]
fn a_definition_that_was_published_is_read_though_a_law_was_added_since() {
    use ehia_domain::definition::Definition;
    let mut document: Value =
        serde_json::from_str(include_str!("../../definition/workflow-ehia.json")).unwrap();
    document["transitions"][0]["guards"] = json!([]);
    let text = document.to_string();
    assert_eq!(<Workflow as Definition>::prove(&text).unwrap_err()[0].code, "SAFETY_SUBMIT_GATE");
    assert_eq!(<Workflow as Definition>::read(&text).unwrap().key, "ehia");
    document["initial"] = json!("nowhere");
    assert!(<Workflow as Definition>::read(&document.to_string()).is_err());
}
