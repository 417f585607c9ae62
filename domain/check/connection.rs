//! Other decisions that touch the same people.

use serde_json::json;

use super::{Draft, Fault, Rule};
use crate::settings::Severity;

const KEY: &str = "interdependencies_considered";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "cumulative.unlooked",
        title: "Somebody looked for other decisions that touch the same people",
        duty: "meers.cumulative",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Small changes add up on the same people, and each of them looks harmless by itself.",
        run: |subject| {
            let recorded = !subject.content().interdependencies.is_empty();
            if subject.word(KEY) != Some("NO") || recorded {
                return Vec::new();
            }
            let message = "Nobody looked for other decisions that touch the same people. Ask the council, other \
                           providers and your own plans, and record what you find.";
            vec![Draft::new(["answers", KEY], message, json!({}))]
        },
    },
    Rule {
        id: "interdependency.contradictory",
        title: "What is said about other decisions agrees with what is recorded",
        duty: "practice.reliance",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Edges to other decisions that nobody looked for were found somehow.",
        run: |subject| {
            let recorded = subject.content().interdependencies.len();
            if subject.word(KEY) != Some("NO") || recorded == 0 {
                return Vec::new();
            }
            let message = "Nobody looked for other decisions, you say, and some are recorded. Answer yes and describe \
                           the combined effect, or remove what does not belong here.";
            vec![Draft::new(["answers", KEY], message, json!({ "recorded": recorded }))]
        },
    },
];
