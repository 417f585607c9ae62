//! The public sector equality duty: its three aims, the second by its three limbs.
//!
//! Marriage and civil partnership counts for the first aim only (Equality Act 2010 s.149(7)); the grid is about
//! the aims, so it is asked in full as long as any other characteristic exists.

use serde_json::{Value, json};

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    subject::{read, says_something},
};
use crate::settings::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "psed.eliminate",
        title: "The aim of eliminating discrimination is answered",
        duty: "eqa2010.s149.1.a",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Due regard is owed to each aim; this one holds for all nine characteristics.",
        run: |subject| {
            aims(subject, &[("eliminate", "eliminating discrimination, harassment and victimisation")])
        },
    },
    Rule {
        id: "psed.advance",
        title: "The aim of advancing equality of opportunity is answered by its three limbs",
        duty: "eqa2010.s149.3",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Disadvantage, different needs and participation are three questions.",
        run: |subject| {
            aims(
                subject,
                &[
                    ("advance_disadvantage", "removing or lessening disadvantages"),
                    ("advance_needs", "meeting different needs"),
                    ("advance_participation", "encouraging participation where it is low"),
                ],
            )
        },
    },
    Rule {
        id: "psed.foster",
        title: "The aim of fostering good relations is answered",
        duty: "eqa2010.s149.1.c",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Prejudice and understanding are asked about for themselves.",
        run: |subject| aims(subject, &[("foster", "fostering good relations between people")]),
    },
];

fn aims(subject: &Subject<'_>, wanted: &[(&str, &str)]) -> Vec<Draft> {
    let grid = match subject.answer("psed") {
        Answer::Missing => None,
        Answer::Given(grid) => Some(grid),
        Answer::NotAsked | Answer::Careless | Answer::Open(_) => return Vec::new(),
    };
    let silent = wanted.iter().filter(|(aim, _)| !is_answered(grid.and_then(|grid| grid.get(aim))));
    silent
        .map(|(aim, title)| {
            let message = format!(
                "It is not said how the proposal bears on {title}. Due regard is owed to this aim for itself: \
                 choose the effect and give the reason."
            );
            Draft::new(["answers", "psed", aim], message, json!({ "aim": aim, "title": title }))
        })
        .collect()
}

/// Whether a row has both effect and reason; an unknown row is another rule's.
fn is_answered(row: Option<&Value>) -> bool {
    match read(row) {
        Answer::Given(row) => {
            let text = |key: &str| row.get(key).and_then(Value::as_str);
            text("effect").is_some() && text("reason").is_some_and(says_something)
        }
        Answer::Careless | Answer::Open(_) => true,
        Answer::Missing | Answer::NotAsked => false,
    }
}
