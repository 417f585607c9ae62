//! Inequalities in access, experience and outcomes: three questions, three answers.

use serde_json::{Value, json};

use super::{Answer, Draft, Fault, Gate, Rule, Subject, subject::says_something};
use crate::settings::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "inequality.access.missing",
        title: "Inequalities in access are answered",
        duty: "nhs2006.s14z35.access",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Who can reach a service is a question of its own in the Act.",
        run: |subject| unanswered(subject, "inequality_access", "people's ability to reach services"),
    },
    Rule {
        id: "inequality.experience.missing",
        title: "Inequalities in experience are answered",
        duty: "nhs2006.s14z35.experience",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "The quality of patients' experience is one of the outcomes that the Act names.",
        run: |subject| unanswered(subject, "inequality_experience", "people's experience of services"),
    },
    Rule {
        id: "inequality.outcomes.missing",
        title: "Inequalities in outcomes are answered",
        duty: "nhs2006.s14z35.outcomes",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "What services achieve for patients is a question of its own in the Act.",
        run: |subject| unanswered(subject, "inequality_outcomes", "what services achieve for people"),
    },
];

fn unanswered(subject: &Subject<'_>, key: &str, about: &str) -> Vec<Draft> {
    let silent = match subject.answer(key) {
        Answer::Missing => true,
        Answer::Given(Value::String(text)) => !says_something(text),
        Answer::Given(_) | Answer::NotAsked | Answer::Careless | Answer::Open(_) => false,
    };
    if !silent {
        return Vec::new();
    }
    let bound = subject.is_bound("nhs2006.s14z35");
    let message = format!(
        "Nothing is said about inequalities in {about}. {} whether the proposal narrows or widens them, for whom and why.",
        if bound { "The duty asks for it by name: say" } else { "Say" }
    );
    vec![Draft::new(["answers", key], message, json!({ "about": about }))]
}
