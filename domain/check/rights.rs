//! Other statutes that a form asks about: discrimination, adjustments, armed forces, human rights, information.

use serde_json::json;

use super::{Answer, Draft, Fault, Gate, Rule, Subject, subject::says_something};
use crate::{form::QuestionType, impact::Direction, settings::Severity, text::capital};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "discrimination.justification.missing",
        title: "A particular disadvantage is justified",
        duty: "eqa2010.s19",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "A rule that puts people at a particular disadvantage is lawful only as a proportionate means to a legitimate aim.",
        run: |subject| {
            let message = "A rule or practice may put people who share a characteristic at a particular \
                           disadvantage, you say. That is lawful only if it is justified: state the legitimate \
                           aim and why the means are proportionate.";
            unanswered(subject, "indirect_discrimination_justification", message)
        },
    },
    Rule {
        id: "discrimination.unconsidered",
        title: "A negative impact on a characteristic is looked at for indirect discrimination",
        duty: "eqa2010.s19",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Not every negative impact comes of a rule or practice, but many do.",
        run: |subject| {
            if subject.word("indirect_discrimination_risk") != Some("NO") {
                return Vec::new();
            }
            let negative = subject.impacts(Direction::Negative).filter(|i| subject.on_characteristic(i));
            let mut names: Vec<_> = negative.map(|impact| subject.people(impact)).collect();
            names.sort();
            names.dedup();
            if names.is_empty() {
                return Vec::new();
            }
            let message = format!(
                "{} would be worse off, and no rule, criterion or practice is said to put people who share a \
                 characteristic at a particular disadvantage. Look again, and justify it if one does.",
                capital(&names.join("; "))
            );
            let facts = json!({ "groupNames": names });
            vec![Draft::new(["answers", "indirect_discrimination_risk"], message, facts)]
        },
    },
    Rule {
        id: "adjustments.missing",
        title: "Reasonable adjustments are described",
        duty: "eqa2010.s20",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "In services the duty is owed before anybody asks, so it is part of the plan.",
        run: |subject| {
            let message = "Adjustments for disabled people are not described. They are owed before anybody \
                           asks: say which are made, or why none is needed.";
            unanswered(subject, "reasonable_adjustments", message)
        },
    },
    Rule {
        id: "armed-forces.missing",
        title: "The armed forces community is considered",
        duty: "afa2006.s343aa",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Due regard is owed to obligations and sacrifices, to disadvantages, and to special provision.",
        run: |subject| {
            let asked = subject.facts.form.questions().filter(|q| q.key.starts_with("armed_forces_"));
            let message = |title: &str| {
                format!(
                    "\"{title}\" is not answered. Due regard to people who serve or served in the armed forces, and \
                     their families, is owed in healthcare: answer it, if only to say that they are not affected."
                )
            };
            asked.flat_map(|q| unanswered(subject, &q.key, &message(&q.title))).collect()
        },
    },
    Rule {
        id: "armed-forces.contradicted",
        title: "What is said of the armed forces community agrees with its impacts",
        duty: "afa2006.s343aa",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Whoever answers no is not asked about obligations, disadvantages and special provision.",
        run: |subject| {
            let touched = subject.content().impacts.iter().find(|impact| {
                impact.direction != Direction::Neutral
                    && subject.speaks_of(&impact.groups, "other.armed_forces")
            });
            let Some(impact) = touched.filter(|_| subject.word("armed_forces_affected") == Some("NO")) else {
                return Vec::new();
            };
            let message = "The armed forces community is said not to be touched, beside an impact on it. Answer yes \
                           and the questions that follow, or correct the impact.";
            let facts = subject.impact_facts(impact, json!({ "impact": impact.id }));
            vec![Draft::new(["answers", "armed_forces_affected"], message, facts)]
        },
    },
    Rule {
        id: "armed-forces.unrecorded",
        title: "An effect on the armed forces community is an impact like any other",
        duty: "afa2006.s343aa",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Only an impact has a direction, a rating and an action, and is seen beside other cases.",
        run: |subject| {
            let named = subject
                .content()
                .impacts
                .iter()
                .any(|impact| subject.speaks_of(&impact.groups, "other.armed_forces"));
            if subject.word("armed_forces_affected") != Some("YES") || named {
                return Vec::new();
            }
            let message = "The armed forces community is touched, and no impact on it is described. Add one that says \
                           which way it goes and why.";
            vec![Draft::new(["answers", "armed_forces_affected"], message, json!({}))]
        },
    },
    Rule {
        id: "human-rights.missing",
        title: "Human rights are considered",
        duty: "hra1998.s6",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "A public authority may not act against a Convention right; somebody must have looked.",
        run: |subject| {
            let message = "Nothing is said about human rights. Say which rights are engaged and how they are \
                           respected, or why none is.";
            unanswered(subject, "human_rights", message)
        },
    },
    Rule {
        id: "accessible-information.missing",
        title: "Accessible information is planned",
        duty: "hsca2012.s250.accessible-information",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "People who cannot read a letter about a change are the first to lose the service.",
        run: |subject| {
            let message = "It is not said how information will reach people in a form they can use. Say which \
                           formats and languages are planned.";
            unanswered(subject, "accessible_information", message)
        },
    },
];

/// A finding where nothing is answered, or in text nothing but a claim such as "n/a".
fn unanswered(subject: &Subject<'_>, key: &str, message: &str) -> Vec<Draft> {
    let text = subject.question(key).is_some_and(|question| question.kind == QuestionType::Text);
    let silent = match subject.answer(key) {
        Answer::Missing => true,
        Answer::Given(answer) => text && !answer.as_str().is_some_and(says_something),
        Answer::NotAsked | Answer::Careless | Answer::Open(_) => false,
    };
    if silent { vec![Draft::new(["answers", key], message, json!({ "question": key }))] } else { Vec::new() }
}
