//! Journeys: a change of place says who travels how far.

use serde_json::json;

use super::{Answer, Draft, Fault, Gate, Rule, speech::gives_a_figure, subject::says_something};
use crate::{proposal::KindOfChange, settings::Severity};

const KEY: &str = "travel_and_access";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "travel.missing",
        title: "A change of place says how journeys change",
        duty: "skc.travel",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Journeys decide who can still come; where they had been looked at, the decision stood.",
        run: |subject| {
            let silent = match subject.answer(KEY) {
                Answer::Missing => true,
                Answer::Given(answer) => !answer.as_str().is_some_and(says_something),
                Answer::NotAsked | Answer::Careless | Answer::Open(_) => false,
            };
            if !silent {
                return Vec::new();
            }
            let message = "The place where people receive the service changes, and nothing is said about journeys. \
                           Say for whom they are longer, dearer or impossible, by public transport too.";
            vec![Draft::new(["answers", KEY], message, json!({}))]
        },
    },
    Rule {
        id: "travel.contradicted",
        title: "A relocation is a change of place",
        duty: "skc.travel",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Whoever answers no is not asked about journeys.",
        run: |subject| {
            let moved = subject.content().proposal.kind_of_change == Some(KindOfChange::Relocation);
            if !moved || subject.word("change_of_site") != Some("NO") {
                return Vec::new();
            }
            let message = "The proposal is a relocation, and the place is said not to change. Answer yes and say how \
                           journeys change, or choose another kind of change.";
            vec![Draft::new(["answers", "change_of_site"], message, json!({ "kindOfChange": "RELOCATION" }))]
        },
    },
    Rule {
        id: "travel.unmeasured",
        title: "Journeys are given in minutes or pounds",
        duty: "skc.travel",
        severity: Severity::Warning,
        gate: Some(Gate::Submit),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Longer by five minutes and longer by an hour are different decisions.",
        run: |subject| {
            let vague = |text: &str| says_something(text) && !gives_a_figure(text);
            if !subject.word(KEY).is_some_and(vague) {
                return Vec::new();
            }
            let message = "How journeys change is described without a figure. Give times and costs, by public \
                           transport from the most deprived and most rural places.";
            vec![Draft::new(["answers", KEY], message, json!({}))]
        },
    },
];
