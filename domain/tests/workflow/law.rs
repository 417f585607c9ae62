//! Each law, broken in turn.

use std::collections::BTreeSet;

use ehia_domain::workflow::{
    definition::Workflow,
    law::{Broken, laws},
};
use serde_json::{Value, json};

const EHIA: &str = include_str!("../../definition/workflow-ehia.json");

pub fn ehia() -> Value {
    serde_json::from_str(EHIA).unwrap()
}

pub fn broken(document: &Value) -> Vec<Broken> {
    Workflow::parse(&document.to_string()).err().unwrap_or_default()
}

fn broken_laws(document: &Value) -> BTreeSet<&'static str> {
    broken(document).iter().map(|broken| broken.law).collect()
}

fn named<'a>(document: &'a mut Value, list: &str, name: &str) -> &'a mut Value {
    let list = document[list].as_array_mut().unwrap();
    list.iter_mut().find(|one| one["name"] == name).unwrap()
}

pub fn transition<'a>(document: &'a mut Value, name: &str) -> &'a mut Value {
    named(document, "transitions", name)
}

pub fn add(list: &mut Value, value: Value) {
    list.as_array_mut().unwrap().push(value);
}

fn remove(list: &mut Value, value: &str) {
    list.as_array_mut().unwrap().retain(|one| one != value && one["name"] != value);
}

pub fn shortcut(from: &str, to: &str, role: &str) -> Value {
    json!({"name": "shortcut", "label": "Shortcut", "from": [from], "to": to, "roles": [role]})
}

fn urgent(transition: &mut Value) {
    transition["requires"] = json!(["REASON", "URGENCY"]);
    transition["effects"] = json!([{"name": "require_ratification", "days": 20}]);
}

#[test]
fn an_action_between_meetings_that_keeps_its_law_is_published() {
    let mut document = ehia();
    urgent(transition(&mut document, "approve"));
    assert!(broken(&document).is_empty(), "{:#?}", broken(&document));
}

/// A law, where its breaking is told, and how it is broken.
type Breach = (&'static str, &'static str, fn(&mut Value));

const BREACHES: &[Breach] = &[
    ("SAFETY_URGENT_ACTION_RATIFIED", "transition `approve`", |d| {
        transition(d, "approve")["requires"] = json!(["URGENCY"]);
    }),
    ("SAFETY_URGENT_ACTION_RATIFIED", "transition `approve`", |d| {
        transition(d, "approve")["effects"] = json!([{"name": "require_ratification", "days": 20}]);
    }),
    ("SAFETY_URGENT_ACTION_RATIFIED", "transition `defer`", |d| urgent(transition(d, "defer"))),
    ("SAFETY_URGENT_ACTION_RATIFIED", "transition `approve`", |d| {
        for transition in d["transitions"].as_array_mut().unwrap() {
            if !transition["guards"].is_null() {
                remove(&mut transition["guards"], "quorum");
            }
        }
        urgent(transition(d, "approve"));
    }),
    ("FORM_DOCUMENT", "the document", |d| d["colour"] = json!("blue")),
    ("FORM_DOCUMENT", "the document", |d| d["format"] = json!("ehia/workflow/2")),
    ("FORM_DOCUMENT", "the document", |d| transition(d, "approve")["concludes"] = json!("CHEER")),
    ("FORM_BOUNDS", "the document", |d| {
        for number in 0..100 {
            add(
                &mut d["states"],
                json!({"name": format!("s{number}"), "label": "S", "phase": "DRAFTING", "standing": "PENDING"}),
            );
        }
    }),
    ("FORM_BOUNDS", "the document", |d| d["title"] = json!("x".repeat(300_000))),
    ("FORM_NAMES", "state `draft`", |d| {
        let draft = d["states"][0].clone();
        add(&mut d["states"], draft);
    }),
    ("FORM_NAMES", "transition `withdraw`", |d| transition(d, "withdraw")["label"] = json!(" ")),
    ("FORM_NAMES", "clock `re view`", |d| {
        add(&mut d["clocks"], json!({"name": "re view", "days": 3, "due": "REMIND"}));
    }),
    ("FORM_STATES", "transition `submit`", |d| transition(d, "submit")["to"] = json!("nowhere")),
    ("FORM_STATES", "transition `submit`", |d| transition(d, "submit")["from"] = json!([])),
    ("FORM_STATES", "transition `submit`", |d| add(&mut transition(d, "submit")["from"], json!("draft"))),
    ("FORM_STATES", "state `panel_review`", |d| {
        d["initial"] = json!("panel_review");
        add(&mut d["transitions"], shortcut("panel_review", "draft", "chair"));
    }),
    ("FORM_ROLES", "role `chair`", |d| add(&mut d["roles"]["chair"]["grants"], json!("WIZARD"))),
    ("FORM_ROLES", "role `chair`", |d| d["roles"]["chair"]["grants"] = json!([])),
    ("FORM_ROLES", "role `chair`", |d| add(&mut d["roles"]["chair"]["grants"], json!("PANEL_CHAIR"))),
    ("FORM_ROLES", "transition `approve`", |d| add(&mut transition(d, "approve")["roles"], json!("chair"))),
    ("FORM_ROLES", "state `draft`", |d| {
        add(&mut named(d, "states", "draft")["editableBy"], json!("author"));
    }),
    ("FORM_ROLES", "transition `resume`", |d| transition(d, "resume")["roles"] = json!([])),
    ("FORM_ROLES", "transition `resume`", |d| {
        d["roles"]["watcher"] = json!({"capability": "OVERSEE", "grants": ["AUTHOR"]});
        transition(d, "resume")["roles"] = json!(["watcher"]);
    }),
    ("FORM_BOUNDS", "workflow `ehia`", |d| {
        let guard = json!({"name": "expression", "source": "size(impacts) > 0", "message": "Add an impact."});
        for transition in ["submit", "resubmit"] {
            for _ in 0..26 {
                add(&mut self::transition(d, transition)["guards"], guard.clone());
            }
        }
    }),
    ("FORM_ROLES", "state `draft`", |d| named(d, "states", "draft")["editableBy"] = json!(["nobody"])),
    ("FORM_GUARDS", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["guards"], json!({"name": "telepathy"}));
    }),
    ("FORM_GUARDS", "transition `submit`", |d| {
        transition(d, "submit")["guards"] = json!([{"name": "no_blockers"}]);
    }),
    ("FORM_GUARDS", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["guards"], json!({"name": "not_author", "really": true}));
    }),
    ("FORM_GUARDS", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["guards"], json!({"name": "quorum", "members": 0}));
    }),
    ("FORM_GUARDS", "transition `approve`", |d| {
        let guard = json!({"name": "expression", "source": "nope(1) || true", "message": "No."});
        add(&mut transition(d, "approve")["guards"], guard);
    }),
    ("FORM_EFFECTS", "transition `submit`", |d| {
        add(&mut transition(d, "submit")["effects"], json!({"name": "start_clock", "clock": "cuckoo"}));
    }),
    ("FORM_EFFECTS", "transition `submit`", |d| {
        add(&mut transition(d, "submit")["effects"], json!({"name": "applaud"}));
    }),
    ("FORM_CLOCKS", "clock `review`", |d| named(d, "clocks", "review")["days"] = json!(0)),
    ("FORM_CLOCKS", "clock `reexamination`", |d| {
        add(&mut d["clocks"], json!({"name": "reexamination", "days": 3, "due": "REMIND"}));
    }),
    ("FORM_STANDING", "state `approved`", |d| named(d, "states", "approved")["standing"] = json!("STOPPED")),
    ("FORM_CAPABILITIES", "transition `proceed`", |d| {
        add(&mut transition(d, "proceed")["roles"], json!("governance"));
    }),
    ("FORM_CAPABILITIES", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["roles"], json!("body"));
    }),
    ("FORM_CAPABILITIES", "state `draft`", |d| named(d, "states", "draft")["editableBy"] = json!(["chair"])),
    ("FORM_CONCLUSIONS", "transition `return`", |d| transition(d, "return")["concludes"] = json!("DEFER")),
    ("FORM_CONCLUSIONS", "transition `stop`", |d| {
        transition(d, "stop")["decides"] = json!(["STOP", "PROCEED"]);
    }),
    ("FORM_CONCLUSIONS", "transition `return`", |d| {
        add(&mut transition(d, "return")["from"], json!("approved"));
    }),
    ("SAFETY_APPROVED_THROUGH_REVIEW", "transition `shortcut`", |d| {
        add(&mut d["transitions"], shortcut("draft", "approved", "secretary"));
    }),
    ("SAFETY_APPROVED_THROUGH_REVIEW", "transition `shortcut`", |d| {
        add(&mut d["transitions"], shortcut("panel_review", "approved", "secretary"));
    }),
    ("SAFETY_APPROVED_THROUGH_REVIEW", "transition `shortcut`", |d| {
        // Round about: screened out first, which no panel saw.
        add(&mut d["transitions"], shortcut("not_required", "approved", "secretary"));
    }),
    ("SAFETY_APPROVED_THROUGH_REVIEW", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["from"], json!("draft"));
    }),
    ("SAFETY_PROCEEDING_DECIDED", "transition `shortcut`", |d| {
        add(&mut d["transitions"], shortcut("approved", "proceeding", "secretary"));
    }),
    ("SAFETY_PROCEEDING_DECIDED", "transition `proceed`", |d| {
        transition(d, "proceed")["decides"] = json!([]);
    }),
    ("SAFETY_WRITER_NEVER_CONCLUDES", "transition `approve`", |d| {
        add(&mut transition(d, "approve")["roles"], json!("author"));
    }),
    ("SAFETY_WRITER_NEVER_CONCLUDES", "transition `proceed`", |d| {
        add(&mut transition(d, "proceed")["roles"], json!("sponsor"));
    }),
    ("SAFETY_WRITER_NEVER_CONCLUDES", "transition `approve`", |d| {
        add(&mut d["roles"]["chair"]["grants"], json!("CONTRIBUTOR"));
    }),
    ("SAFETY_WRITER_NEVER_CONCLUDES", "transition `proceed`", |d| {
        add(&mut d["roles"]["author"]["grants"], json!("DECISION_MAKER"));
    }),
    ("SAFETY_SUBMIT_GATE", "transition `submit`", |d| {
        remove(&mut transition(d, "submit")["guards"], "no_blockers");
    }),
    ("SAFETY_SUBMIT_GATE", "transition `resume`", |d| {
        add(&mut transition(d, "resume")["from"], json!("changes_requested"));
    }),
    ("SAFETY_SUBMIT_GATE", "transition `submit`", |d| {
        transition(d, "submit")["guards"] = json!([{"name": "no_blockers", "gate": "DECIDE"}]);
    }),
    ("SAFETY_DECIDE_GATE", "transition `proceed`", |d| {
        remove(&mut transition(d, "proceed")["guards"], "no_blockers");
    }),
    ("SAFETY_DECIDE_GATE", "transition `screen_out`", |d| {
        remove(&mut transition(d, "screen_out")["guards"], "no_blockers");
    }),
    ("SAFETY_REVIEWED_AS_SUBMITTED", "state `panel_review`", |d| {
        named(d, "states", "panel_review")["editableBy"] = json!(["author"]);
    }),
    ("SAFETY_DECIDED_AS_APPROVED", "transition `stop`", |d| {
        remove(&mut transition(d, "stop")["guards"], "unchanged_since_review");
    }),
    ("SAFETY_REEXAMINATION", "state `approved`", |d| {
        remove(&mut transition(d, "reexamine")["from"], "approved");
    }),
    ("SAFETY_REEXAMINATION", "state `stopped`", |d| transition(d, "reexamine")["roles"] = json!(["author"])),
    ("SAFETY_DELEGATION_CITED", "transition `shortcut`", |d| {
        let mut both = shortcut("panel_review", "proceeding", "chair");
        both["concludes"] = json!("APPROVE");
        both["decides"] = json!(["PROCEED"]);
        both["guards"] = json!([{"name": "no_blockers", "gate": "DECIDE"}]);
        add(&mut d["transitions"], both);
    }),
    ("SAFETY_QUORUM", "transition `return`", |d| d["version"] = json!(3)),
    ("SAFETY_QUORUM", "transition `approve`", |d| {
        d["key"] = json!("of-our-own");
        for name in ["return", "defer"] {
            transition(d, name)["withoutQuorum"] =
                json!("The chair sends back what is not fit to be judged.");
        }
        transition(d, "approve")["withoutQuorum"] = json!("There is one.");
    }),
    ("SAFETY_QUORUM", "transition `defer`", |d| {
        d["version"] = json!(3);
        transition(d, "return")["withoutQuorum"] = json!("x".repeat(301));
        transition(d, "defer")["withoutQuorum"] = json!(" ");
    }),
    ("PROGRESS_REACHABLE", "state `island`", |d| {
        add(
            &mut d["states"],
            json!({"name": "island", "label": "Island", "phase": "DRAFTING", "standing": "PENDING"}),
        );
        add(&mut d["transitions"], shortcut("island", "withdrawn", "author"));
    }),
    ("PROGRESS_FINISHABLE", "state `limbo`", |d| {
        add(
            &mut d["states"],
            json!({"name": "limbo", "label": "Limbo", "phase": "DRAFTING", "standing": "PENDING"}),
        );
        add(&mut d["transitions"], shortcut("draft", "limbo", "author"));
    }),
    ("FORM_NAMES", "witness ` `", |d| named(d, "witnesses", "withdrawn")["name"] = json!(" ")),
    ("FORM_NAMES", "delegation", |d| d["delegation"] = json!("x".repeat(301))),
    ("FORM_BOUNDS", "workflow `ehia`", |d| {
        for transition in ["approve", "approve_with_conditions"] {
            let seats: Vec<_> = (0..10).map(|number| json!([format!("{transition} {number}")])).collect();
            for number in 0..6 {
                let seats: Vec<_> =
                    seats.iter().map(|seat| json!([format!("{number} {}", seat[0])])).collect();
                add(
                    &mut self::transition(d, transition)["guards"],
                    json!({"name": "quorum", "seats": seats}),
                );
            }
        }
    }),
    ("FORM_GUARDS", "transition `submit`", |d| {
        let message = "x".repeat(301);
        let guard = json!({"name": "expression", "source": "size(impacts) > 0", "message": message});
        add(&mut transition(d, "submit")["guards"], guard);
    }),
    ("WITNESS_BOUNDS", "witness `again and again`", |d| {
        let mut steps = vec!["submit"];
        steps.extend(["return", "resubmit"].repeat(400));
        add(&mut d["witnesses"], json!({"name": "again and again", "steps": steps}));
    }),
    ("WITNESS_PASSES", "witness `withdrawn`", |d| {
        named(d, "witnesses", "withdrawn")["steps"] = json!(["approve"]);
    }),
    ("WITNESS_PASSES", "witness `screened out, then reopened`", |d| {
        named(d, "witnesses", "screened out, then reopened")["given"] = json!({});
    }),
    ("WITNESS_PASSES", "witness", |d| {
        // Lawful as a graph, and impassable: nobody could ever be screened out.
        transition(d, "screen_out")["guards"][2]["percent"] = json!(100);
    }),
    ("WITNESS_COMPLETE", "state `withdrawn`", |d| remove(&mut d["witnesses"], "withdrawn")),
];

#[test]
fn a_broken_law_is_refused_with_its_id_and_its_place_and_no_other() {
    for (law, at, breach) in BREACHES {
        let mut document = ehia();
        breach(&mut document);
        let broken = broken(&document);
        assert!(!broken.is_empty(), "{law} at {at} was let through");
        let laws: BTreeSet<_> = broken.iter().map(|broken| broken.law).collect();
        assert_eq!(laws, BTreeSet::from([*law]), "{at}: {broken:#?}");
        assert!(broken.iter().any(|broken| broken.at.starts_with(at)), "{law} at {at}: {broken:#?}");
        assert!(broken.iter().all(|broken| broken.message.ends_with('.')), "{broken:#?}");
    }
}

#[test]
fn every_law_was_broken_once_above() {
    let tried: BTreeSet<_> = BREACHES.iter().map(|(law, ..)| *law).collect();
    let all: BTreeSet<_> = laws().iter().map(|law| law.id).collect();
    assert_eq!(tried, all);
    assert_eq!(all.len(), laws().len(), "ids are unique");
}

#[test]
fn all_broken_laws_are_reported_at_once() {
    let mut document = ehia();
    remove(&mut transition(&mut document, "submit")["guards"], "no_blockers");
    remove(&mut transition(&mut document, "proceed")["guards"], "no_blockers");
    named(&mut document, "clocks", "review")["days"] = json!(0);
    add(&mut document["transitions"], shortcut("draft", "approved", "secretary"));
    let expected =
        ["FORM_CLOCKS", "SAFETY_APPROVED_THROUGH_REVIEW", "SAFETY_DECIDE_GATE", "SAFETY_SUBMIT_GATE"];
    assert_eq!(broken_laws(&document), BTreeSet::from(expected));
}

#[test]
fn a_cited_delegation_lets_the_panel_decide() {
    assert!(broken(&delegated()).is_empty(), "{:#?}", broken(&delegated()));
}

/// The shipped workflow in which the panel may approve and decide at once.
pub fn delegated() -> Value {
    let mut document = ehia();
    let mut both = shortcut("panel_review", "proceeding", "chair");
    both["concludes"] = json!("APPROVE");
    both["decides"] = json!(["PROCEED"]);
    both["guards"] = json!([{"name": "no_blockers", "gate": "DECIDE"}, {"name": "quorum"}]);
    add(&mut document["transitions"], both);
    document["delegation"] = json!("Synthetic scheme of delegation, section 4");
    document
}

#[test]
fn a_role_that_is_written_twice_is_refused_and_not_the_last_one_taken() {
    let twice = r#""roles": {"chair": {"capability": "WRITE", "grants": ["AUTHOR"]},"#;
    let source = EHIA.replacen(r#""roles": {"#, twice, 1);
    let broken = Workflow::parse(&source).unwrap_err();
    assert!(
        broken.iter().any(|one| (one.law, one.at.as_str()) == ("FORM_NAMES", "role `chair`")),
        "{broken:#?}"
    );
}
