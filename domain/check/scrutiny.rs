//! Substantial change: the council's health scrutiny is consulted, and the Secretary of State told.

use serde_json::{Value, json};

use super::{Draft, Fault, Gate, Rule, Subject, proposal::loss_or_move, speech::mentions};
use crate::settings::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "scrutiny.unmentioned",
        title: "It is said what health scrutiny makes of a substantial change",
        duty: "lahs2013.r23",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Whether a change of a health service is substantial is for the bodies to judge together, and somebody must ask.",
        run: |subject| {
            let message = "A health service that people would lose, be kept from or have to follow may be varied substantially, \
                           and nothing is said of the council's health scrutiny. Say under engagement when it was \
                           asked and what it judged, or that this is no health service.";
            unmentioned(subject, SCRUTINY, message)
        },
    },
    Rule {
        id: "notification.unmentioned",
        title: "It is said whether the Secretary of State is told",
        duty: "nhs2006.sch10a",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A reconfiguration of which scrutiny must be consulted is notified as well, and may be called in.",
        run: |subject| {
            let message = "A reconfiguration of NHS services of which scrutiny must be consulted is also notified to \
                           the Secretary of State, who may call it in. Say under engagement whether it was, or why \
                           it need not be.";
            unmentioned(subject, NOTIFICATION, message)
        },
    },
];

const SCRUTINY: &[&str] = &["scrutin*", "hosc", "jhosc", "joint health committee"];
const NOTIFICATION: &[&str] =
    &["secretary of state*", "notif*", "department of health*", "dhsc", "schedule 10a", "call-in"];

/// A finding where none of the places in which an assessment would say so has one of the words.
fn unmentioned(subject: &Subject<'_>, words: &[&str], message: &str) -> Vec<Draft> {
    let content = subject.content();
    let key = "engagement_done";
    if loss_or_move(subject).is_none() || subject.question(key).is_none() {
        return Vec::new();
    }
    let answers = [
        "engagement_detail",
        "engagement_not_done_because",
        "consultation_promises",
        "outstanding_questions",
    ];
    let answers = answers.into_iter().filter_map(|key| content.answers.get(key)).filter_map(Value::as_str);
    let heard = content.engagement.iter().flat_map(|e| {
        [Some(&e.who), Some(&e.method), Some(&e.heard), e.changed.as_ref()].into_iter().flatten()
    });
    let said = answers
        .chain(heard.map(String::as_str))
        .chain([content.proposal.summary.as_str()])
        .any(|text| mentions(text, words));
    if said {
        return Vec::new();
    }
    let facts = json!({ "kindOfChange": content.proposal.kind_of_change });
    vec![Draft::new(["answers", key], message, facts)]
}
