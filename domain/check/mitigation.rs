//! Mitigations: each somebody's, by a day, against something.

use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule,
    impact::{is_answered, is_promise},
    subject::{day, given, is_party},
};
use crate::settings::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "mitigation.unpromised",
        title: "Each mitigation has an owner and a date",
        duty: "practice.actions",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "An action that is nobody's and has no day is not done.",
        run: |subject| {
            let unanswered = subject.content().impacts.iter().filter(|impact| !is_answered(subject, impact));
            let unanswered: Vec<_> = unanswered.map(|impact| impact.id).collect();
            let vague = subject.live_mitigations().filter(|mitigation| {
                // Where it is an impact's only mitigation, that impact already has its own finding.
                !is_promise(mitigation) && !mitigation.impacts.iter().any(|id| unanswered.contains(id))
            });
            vague
                .map(|mitigation| {
                    let owner = mitigation.owner.as_ref().is_some_and(is_party);
                    let message = format!(
                        "The mitigation \"{}\" has no {}. Say who does it and by when.",
                        mitigation.action,
                        match (owner, mitigation.due) {
                            (true, _) => "date",
                            (false, Some(_)) => "owner",
                            (false, None) => "owner and no date",
                        }
                    );
                    let facts = json!({ "action": mitigation.action, "owner": owner, "due": mitigation.due });
                    Draft::new(["mitigations", &mitigation.id.to_string()], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "mitigation.aimless",
        title: "Each mitigation acts against an impact",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: Some(Gate::Submit),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A mitigation of nothing suggests that an impact is missing.",
        run: |subject| {
            let aimless = subject.live_mitigations().filter(|mitigation| mitigation.impacts.is_empty());
            aimless
                .map(|mitigation| {
                    let message = format!(
                        "The mitigation \"{}\" acts against no impact. Link it to the impacts it lessens, or \
                         add the impact that it answers.",
                        mitigation.action
                    );
                    let facts = json!({ "action": mitigation.action });
                    Draft::new(["mitigations", &mitigation.id.to_string(), "impacts"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "mitigation.unmeasured",
        title: "Each mitigation has something that shows it works",
        duty: "practice.actions",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Without an indicator nobody can verify it later.",
        run: |subject| {
            let unmeasured = subject.live_mitigations().filter(|m| !given(m.indicator.as_ref()));
            unmeasured
                .map(|mitigation| {
                    let message = format!(
                        "Nothing would show whether the mitigation \"{}\" works. Name an indicator.",
                        mitigation.action
                    );
                    let facts = json!({ "action": mitigation.action });
                    Draft::new(["mitigations", &mitigation.id.to_string(), "indicator"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "mitigation.late",
        title: "A mitigation comes before the review",
        duty: "heat.review",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A review that comes before the mitigation cannot see whether it worked.",
        run: |subject| {
            let review = subject.word("review_date").and_then(|t| t.parse::<chrono::NaiveDate>().ok());
            let Some(review) = review else { return Vec::new() };
            let late =
                subject.live_mitigations().filter_map(|m| Some((m, m.due.filter(|due| *due > review)?)));
            late.map(|(mitigation, due)| {
                let message = format!(
                    "The mitigation \"{}\" is due on {}, after the review on {}. Review later, or act earlier.",
                    mitigation.action,
                    day(due),
                    day(review)
                );
                let facts = json!({ "action": mitigation.action, "due": due, "reviewDate": review });
                Draft::new(["mitigations", &mitigation.id.to_string(), "due"], message, facts)
            })
            .collect()
        },
    },
];
