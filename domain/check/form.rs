//! Required questions that no rule with a duty of its own asks for.

use serde_json::json;

use super::{Answer, Draft, Fault, Rule, Subject, engagement, paper, travel};
use crate::{
    form::{Question, QuestionType},
    impact::Direction,
    settings::Severity,
};

/// Questions whose absence another rule tells, under the duty they come from.
const TOLD_ELSEWHERE: &[&str] = &[
    "psed",
    "inequality_access",
    "inequality_experience",
    "inequality_outcomes",
    "review_date",
    "indirect_discrimination_justification",
    "reasonable_adjustments",
    "human_rights",
    "accessible_information",
    "travel_and_access",
];

pub(super) const RULES: &[Rule] = &[Rule {
    id: "form.required",
    title: "Required questions are answered",
    duty: "nhse.ehia",
    severity: Severity::Warning,
    gate: None,
    acceptable: true,
    fault: Fault::Missing,
    explanation: "The form asks for it, and the panel will look for it; no statute makes it a condition.",
    run: |subject| {
        missing(subject, |question| {
            !TOLD_ELSEWHERE.contains(&question.key.as_str())
                && !question.key.starts_with("armed_forces_")
                && question.kind != QuestionType::GroupMatrix
                && !is_told(subject, &question.key)
        })
    },
}];

/// Of forms about the organisation itself and of screenings, which no rule of a proposal is asked of.
pub(super) const OF_THE_ORGANISATION: &[Rule] = &[Rule {
    id: "form.answer.missing",
    title: "Required questions of a form about the organisation, or of a screening, are answered",
    duty: "practice.whole",
    severity: Severity::Warning,
    gate: None,
    acceptable: false,
    fault: Fault::Missing,
    explanation: "What an organisation says of itself is compared from year to year, a screening is decided on few answers, and a gap is not a no.",
    run: |subject| missing(subject, |_| true),
}];

/// Whether another rule tells, of a case like this one, that a question is not answered.
fn is_told(subject: &Subject<'_>, key: &str) -> bool {
    match key {
        paper::SUMMARY => subject.impacts(Direction::Negative).next().is_some(),
        engagement::KEY => engagement::is_missing(subject),
        travel::SITE => travel::is_site_missing(subject),
        _ => false,
    }
}

/// Required questions among those that nobody answered.
fn missing(subject: &Subject<'_>, among: impl Fn(&Question) -> bool) -> Vec<Draft> {
    let required = subject.facts.form.questions().filter(|question| {
        question.required && among(question) && subject.answer(&question.key) == Answer::Missing
    });
    required
        .map(|question| {
            let message = format!(
                "\"{}\" is not answered. Answer it, or say that it is not known, with the question, who \
                 answers it and by when.",
                question.title
            );
            let facts = json!({ "question": question.key, "title": question.title });
            Draft::new(["answers", &question.key], message, facts)
        })
        .collect()
}
