//! Definitions that mean harm: each is proved or refused within a bound that is counted, and in no time.

use std::time::{Duration, Instant};

use ehia_domain::{
    definition::Definition,
    permission::{Relation, Role},
    workflow::{definition::Workflow, law::Proof, witness::STEPS},
};
use serde_json::{Value, json};

use super::law::{add, ehia, shortcut, transition};

/// Generous for an unoptimised build on a busy machine.
const LONG: Duration = Duration::from_secs(5);

#[test]
fn hostile_documents_are_refused_in_no_time() {
    let started = std::time::Instant::now();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut tangle = ehia();
    let names: Vec<String> = (0..88).map(|number| format!("s{number}")).collect();
    for name in &names {
        add(
            &mut tangle["states"],
            json!({"name": name, "label": name, "phase": "DRAFTING", "standing": "PENDING"}),
        );
    }
    for number in 0..380 {
        let mut one = shortcut("draft", &names[number % 88], "author");
        one["name"] = json!(format!("t{number}"));
        one["from"] = json!(names);
        add(&mut tangle["transitions"], one);
    }
    let tangle = tangle.to_string();
    for source in ["", "null", "{", "[]", "{}", "\u{0}", "{\"format\":1e999}", deep.as_str(), tangle.as_str()]
    {
        assert!(Workflow::parse(source).is_err());
    }
    assert!(started.elapsed() < LONG);
}

/// The shipped workflow with as many roles as may be, each meaning everybody, who may all withdraw a case.
fn crowd(document: &mut Value) {
    let words =
        Role::ALL.iter().map(|role| role.as_str()).chain(Relation::ALL.iter().map(|one| one.as_str()));
    let mut words: Vec<&str> = words.collect();
    words.sort_unstable();
    words.dedup();
    let free = 50 - document["roles"].as_object().unwrap().len();
    for number in 0..free {
        let name = format!("role_{number}");
        document["roles"][&name] = json!({"capability": "ADMINISTER", "grants": words});
        for transition in ["resubmit", "withdraw", "resume"] {
            let roles = &mut self::transition(document, transition)["roles"];
            if roles.as_array().unwrap().len() < 50 {
                add(roles, json!(name));
            }
        }
    }
}

/// Witnesses that send a case to and fro, a thousand steps in all.
fn to_and_fro(document: &mut Value, given: &Value) {
    let steps: usize = document["witnesses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["steps"].as_array().unwrap().len())
        .sum();
    let mut left = 1000 - steps;
    while left > 2 {
        let rounds = left.min(80) / 2;
        let mut steps = vec!["submit"];
        steps.extend(["return", "resubmit"].repeat(rounds).into_iter().take(left.min(80) - 1));
        left -= steps.len();
        let name = format!("{left} left");
        add(&mut document["witnesses"], json!({"name": name, "given": given, "steps": steps}));
    }
}

fn guard_all(document: &mut Value, names: &[&str], guards: &[Value]) {
    for name in names {
        let list = &mut transition(document, name)["guards"];
        for guard in guards {
            if list.as_array().unwrap().len() < 50 {
                add(list, guard.clone());
            }
        }
    }
}

fn harm(what: &str) -> Value {
    let mut document = ehia();
    let impacts: Vec<_> = (0..50)
        .map(|_| json!({"direction": "NEGATIVE", "initial": {"likelihood": 2, "consequence": 2}}))
        .collect();
    let mut given = json!({});
    match what {
        "nothing more" => {}
        "a crowd of roles" => crowd(&mut document),
        "conditions that walk lists in lists" => {
            let sum = ["i.initial.likelihood * j.initial.likelihood"; 8].join("+");
            let source = format!("impacts.all(i, impacts.all(j, {sum} > 0 || true))");
            let guard = json!({"name": "expression", "source": source, "message": "Never."});
            guard_all(&mut document, &["resubmit"], &vec![guard; 6]);
            given = json!({"impacts": impacts[..20]});
        }
        "a panel of a hundred" => {
            let seats: Vec<_> =
                (0..10).map(|_| json!(["chair", "b", "c", "d", "e", "f", "g", "h", "i", "j"])).collect();
            let guard = json!({"name": "quorum", "members": 100, "seats": seats});
            guard_all(&mut document, &["return", "resubmit"], &vec![guard; 6]);
        }
        "much that is said" => given = json!({"answers": {"much": "x".repeat(3_000)}, "impacts": impacts}),
        "a draw that nobody survives" => {
            let guard = json!({"name": "sampled_out", "percent": 100, "seed": "x"});
            guard_all(&mut document, &["resubmit"], &[guard]);
        }
        other => panic!("{other}"),
    }
    to_and_fro(&mut document, &given);
    document
}

#[test]
fn what_means_harm_is_proved_or_refused_within_so_many_steps() {
    for what in [
        "nothing more",
        "a crowd of roles",
        "conditions that walk lists in lists",
        "a panel of a hundred",
        "much that is said",
        "a draw that nobody survives",
    ] {
        let source = harm(what).to_string();
        let started = Instant::now();
        let Proof { workflow, steps } = Workflow::prove(&source);
        let took = started.elapsed();
        assert!(steps <= STEPS, "{what} took {steps}");
        assert!(steps > STEPS / 3, "{what} is no harm: {steps}, {:?}", workflow.err());
        let laws: Vec<_> = workflow.err().unwrap_or_default().into_iter().map(|broken| broken.law).collect();
        assert!(laws.iter().all(|law| law.starts_with("WITNESS_")), "{what}: {laws:?}");
        assert!(took < LONG, "{what} took {took:?}");
    }
}

/// What was published before a law was made is still read as it was published: its cases run on it.
#[test]
fn what_is_refused_today_and_was_published_is_still_read() {
    let mut document = ehia();
    for list in ["from", "roles"] {
        let names = &mut transition(&mut document, "withdraw")[list];
        let again = names[0].clone();
        add(names, again);
    }
    let grants = &mut document["roles"]["author"]["grants"];
    let again = grants[0].clone();
    add(grants, again);
    document["delegation"] = json!("x".repeat(400));
    document["witnesses"][0]["name"] = json!("");
    let wordy = json!({"name": "expression", "source": "title != ''", "message": "x".repeat(400)});
    transition(&mut document, "withdraw")["guards"] = json!([wordy]);
    let document = document.to_string();
    let broken = Workflow::prove(&document).workflow.unwrap_err();
    assert!(broken.len() >= 6 && broken.iter().all(|one| one.law.starts_with("FORM_")), "{broken:?}");
    let read = <Workflow as Definition>::read(&document).unwrap();
    assert_eq!(read.transition("withdraw").unwrap().guards.len(), 1, "nothing of it is lost");
}

/// A condition that walks no list costs nothing for the lists that a witness is given.
#[test]
fn what_is_asked_of_long_lists_costs_what_it_walks() {
    let mut steps = Vec::new();
    for source in [
        "title != ''",
        "impacts.all(i, i.direction != 'NEUTRAL' || true)",
        "impacts.all(i, impacts.all(j, i.id != j.id || true))",
    ] {
        let mut document = ehia();
        let guard = json!({"name": "expression", "source": source, "message": "Never."});
        guard_all(&mut document, &["submit"], &[guard]);
        for witness in document["witnesses"].as_array_mut().unwrap() {
            witness["given"]["answers"]["long"] = json!(vec!["word"; 15]);
        }
        let Proof { workflow, steps: taken } = Workflow::prove(&document.to_string());
        assert_eq!(workflow.err(), None, "{source}");
        steps.push(taken);
    }
    let submitted = ehia()["witnesses"].as_array().unwrap().len();
    assert!(steps[1] - steps[0] >= 15, "{steps:?}");
    assert!(steps[2] - steps[1] >= 15 * 14 && steps[2] - steps[1] <= submitted * 15 * 14, "{steps:?}");
}

#[test]
fn what_ships_is_far_from_the_bound() {
    for workflow in [
        include_str!("../../definition/workflow-ehia.json"),
        include_str!("../../definition/workflow-qia-two-stage.json"),
        include_str!("../../definition/workflow-two-person.json"),
    ] {
        let Proof { workflow, steps } = Workflow::prove(workflow);
        assert!(workflow.is_ok() && (1..STEPS / 5).contains(&steps), "{steps}");
    }
}
