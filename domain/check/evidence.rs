//! Evidence: what the assessment rests on.

use serde_json::json;

use super::{Draft, Fault, Gate, Rule, subject::day};
use crate::{impact::Direction, settings::Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "evidence.none",
        title: "The assessment rests on evidence",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Without any source at all, nothing that is claimed can be judged. What is said not to be known needs none.",
        run: |subject| {
            let judged = subject.content().impacts.iter().filter(|i| i.direction != Direction::Unknown);
            let impacts = judged.count();
            if !subject.content().evidence.is_empty() || impacts == 0 {
                return Vec::new();
            }
            let described = if impacts == 1 {
                "One impact is described and no evidence is given for it".to_owned()
            } else {
                format!("{impacts} impacts are described and no evidence is given for any of them")
            };
            let message = format!(
                "{described}. Add what you looked at: figures, what people said, research, or what those who know the \
                 service told you."
            );
            vec![Draft::new(["evidence"], message, json!({ "impacts": impacts }))]
        },
    },
    Rule {
        id: "evidence.future",
        title: "Evidence is not dated in the future",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A date that has not come is a slip, or a source that does not exist yet.",
        run: |subject| {
            let today = subject.facts.today;
            let dated =
                subject.content().evidence.iter().filter_map(|e| Some((e, e.date.filter(|d| *d > today)?)));
            dated
                .map(|(evidence, date)| {
                    let message = format!(
                        "The evidence \"{}\" is dated {}, which has not come yet. Correct the date.",
                        evidence.title,
                        day(date)
                    );
                    let facts = json!({ "title": evidence.title, "date": date, "today": today });
                    Draft::new(["evidence", &evidence.id.to_string(), "date"], message, facts)
                })
                .collect()
        },
    },
];
