//! Journeys: a change of place says who travels how far.

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject, rigour::touches_nobody, speech::gives_a_figure,
    subject::says_something,
};
use crate::{proposal::KindOfChange, settings::Severity};

const KEY: &str = "travel_and_access";
/// The question whether the place changes at all.
pub(super) const SITE: &str = "change_of_site";

/// Whether the service moves, whatever is answered.
pub(super) fn is_relocation(subject: &Subject<'_>) -> bool {
    subject.content().proposal.kind_of_change == Some(KindOfChange::Relocation)
}

/// Why it has to be said whether the place changes, as a sentence begins; a kind that is not named may be a relocation.
fn why_asked(subject: &Subject<'_>) -> Option<&'static str> {
    match subject.content().proposal.kind_of_change {
        Some(KindOfChange::Relocation) => Some("The proposal is a relocation"),
        None if !touches_nobody(subject) => Some("The kind of change is not named"),
        _ => None,
    }
}

/// Whether a case that has to say whether the place changes says nothing of it.
pub(super) fn is_site_missing(subject: &Subject<'_>) -> bool {
    subject.answer(SITE) == Answer::Missing && why_asked(subject).is_some()
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "travel.missing",
        title: "A change of place says how journeys change",
        duty: "nhs2006.s14z35.access",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Journeys decide who can still come, which is access. In the stroke units of Kent they had been looked at, and the decision stood: R (A and another) v South Kent Coastal CCG and others [2020] EWHC 372 (Admin).",
        run: |subject| {
            if let Some(why) = why_asked(subject).filter(|_| is_site_missing(subject)) {
                let kind = subject.content().proposal.kind_of_change;
                let answer = if kind.is_some() { "Answer yes" } else { "Answer no, or yes" };
                let message = format!(
                    "{why}, and it is not answered whether the place changes where people receive the service. {answer}, \
                     and say how journeys change."
                );
                return vec![Draft::new(["answers", SITE], message, json!({ "kindOfChange": kind }))];
            }
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
        duty: "nhs2006.s14z35.access",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Whoever answers no is not asked about journeys.",
        run: |subject| {
            if !is_relocation(subject) || subject.word(SITE) != Some("NO") {
                return Vec::new();
            }
            let message = "The proposal is a relocation, and the place is said not to change. Answer yes and say how \
                           journeys change, or choose another kind of change.";
            vec![Draft::new(["answers", SITE], message, json!({ "kindOfChange": "RELOCATION" }))]
        },
    },
    Rule {
        id: "travel.unmeasured",
        title: "Journeys are given in minutes or pounds",
        duty: "nhs2006.s14z35.access",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
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
