//! Mitigations: each somebody's, by a day, against something.

use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule,
    impact::{is_answered, is_promise},
    subject::{day, given, is_party},
};
use crate::{impact::Direction, settings::Severity, text};

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
                // One that acts against nothing is told so first.
                !is_promise(mitigation)
                    && !mitigation.impacts.is_empty()
                    && !mitigation.impacts.iter().any(|id| unanswered.contains(id))
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
        gate: Some(Gate::Decide),
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
            // What nobody has promised yet has its own finding, and wants that first.
            let promised = subject.live_mitigations().filter(|m| is_promise(m) && !m.impacts.is_empty());
            let unmeasured = promised.filter(|m| !given(m.indicator.as_ref()));
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
    Rule {
        id: "mitigation.after-change",
        title: "A mitigation is there when the change begins",
        duty: "practice.actions",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Between the change and the mitigation people bear the whole impact. Two months are let pass.",
        run: |subject| {
            let Some(begins) = subject.content().proposal.effective_from else { return Vec::new() };
            let late = subject.live_mitigations().filter_map(|mitigation| {
                Some((mitigation, mitigation.due.filter(|due| (*due - begins).num_days() > LATE)?))
            });
            late.map(|(mitigation, due)| {
                let message = format!(
                    "The mitigation \"{}\" is due on {}, and the change begins on {}. Do it sooner, or say who bears \
                     the impact until then.",
                    mitigation.action,
                    day(due),
                    day(begins)
                );
                let facts = json!({ "action": mitigation.action, "due": due, "effectiveFrom": begins });
                Draft::new(["mitigations", &mitigation.id.to_string(), "due"], message, facts)
            })
            .collect()
        },
    },
    Rule {
        id: "mitigation.watching",
        title: "What is done about an impact is more than watching it",
        duty: "practice.actions",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Watching shows harm and lessens none; it is honest to say that no mitigation is reasonable.",
        run: |subject| {
            let watched = subject.impacts(Direction::Negative).filter(|impact| {
                let mut against = subject.against(impact).peekable();
                against.peek().is_some() && against.all(|mitigation| is_watching(&mitigation.action))
            });
            watched
                .map(|impact| {
                    let message = format!(
                        "All that is planned against the negative impact on {} is to watch it. Add what would be done, \
                         or say why no mitigation is reasonable and why going ahead is justified.",
                        subject.people(impact)
                    );
                    let actions: Vec<_> =
                        subject.against(impact).map(|mitigation| mitigation.action.as_str()).collect();
                    let facts = subject.impact_facts(impact, json!({ "actions": actions }));
                    Draft::new(["impacts", &impact.id.to_string()], message, facts)
                })
                .collect()
        },
    },
];

/// Days after the beginning of the change from which on a mitigation is late.
const LATE: i64 = 60;

/// Whether an action only looks on.
fn is_watching(action: &str) -> bool {
    let action = text::fold(action);
    ["monitor", "keep under review", "review ", "watch ", "observe", "continue to monitor"]
        .iter()
        .any(|word| action.starts_with(word))
}
