//! Engagement: who was listened to, about this, and in time.

use serde_json::{Value, json};

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    proposal::loss_or_move,
    rigour::touches_nobody,
    subject::{day, given, says_something},
};
use crate::{impact::Direction, proposal::KindOfChange, settings::Severity, text::capital};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "engagement.missing",
        title: "A loss of service, another way to it, a change for the worse or of no named kind says whether people were involved",
        duty: "nhs2006.s14z45",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Those whose service changes must have been heard, or it must be said that they were not.",
        run: |subject| {
            let asked = concerned(subject).or_else(|| Some((unnamed(subject)?.to_owned(), Vec::new())));
            let Some((who, hit)) = asked.filter(|_| is_missing(subject)) else {
                return Vec::new();
            };
            let message = format!(
                "{who}, and nothing is said about involving them. Record who was heard, when and what changed, or say \
                 that nobody was and why."
            );
            vec![Draft::new(["answers", KEY], message, facts(subject, &hit))]
        },
    },
    Rule {
        id: "engagement.contradictory",
        title: "What is said about engagement agrees with what is recorded",
        duty: "corby.engagement",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "A decision fell because a report said that people had been engaged on what they had not seen.",
        run: |subject| {
            let recorded = subject.content().engagement.len();
            let message = match (subject.word(KEY), recorded) {
                (Some("YES"), 0) => {
                    "People were involved, you say, and no engagement is recorded. Record who, when and about \
                     what, or answer no."
                }
                (Some("NO"), 1..) => {
                    "Nobody was involved, you say, and engagement is recorded. Answer yes, or remove what was \
                     not about this proposal."
                }
                _ => return Vec::new(),
            };
            vec![Draft::new(["answers", KEY], message, json!({ "recorded": recorded }))]
        },
    },
    Rule {
        id: "engagement.none",
        title: "People who would lose a service or be significantly worse off were heard",
        duty: "nhs2006.s14z45",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Saying that nobody was heard is honest; the body should see it.",
        run: |subject| {
            // Beside an engagement that is recorded, the answer contradicts itself, which another rule tells.
            let nobody = subject.word(KEY) == Some("NO") && subject.content().engagement.is_empty();
            let Some((who, hit)) = concerned(subject).filter(|_| nobody) else {
                return Vec::new();
            };
            let message = format!(
                "{who}, and they were not involved. Consider hearing them before the decision; the body should know why \
                 they were not."
            );
            vec![Draft::new(["answers", KEY], message, facts(subject, &hit))]
        },
    },
    Rule {
        id: "engagement.group.unheard",
        title: "Each group that would be significantly worse off was among those heard",
        duty: "nhs2006.s14z45",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Hearing others does not stand for hearing the people who are hit.",
        run: |subject| {
            if subject.engagements_in_time().next().is_none() {
                return Vec::new();
            }
            let unheard = subject.significant().filter(|impact| {
                !subject.engagements_in_time().any(|e| subject.related(&e.groups, &impact.groups))
            });
            unheard
                .map(|impact| {
                    let message = format!(
                        "{} would be significantly worse off, and no recorded engagement names them. Hear them \
                         or those who speak for them, or add the group to the engagement that did.",
                        capital(&subject.people(impact))
                    );
                    let facts = subject.impact_facts(impact, json!({ "initial": impact.initial }));
                    Draft::new(["impacts", &impact.id.to_string(), "groups"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "engagement.after-decision",
        title: "Engagement comes before the decision",
        duty: "gunning",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Where all that is recorded comes after the decision, nothing that was heard can have been taken into account. One finding a case.",
        run: |subject| {
            if subject.engagements_in_time().next().is_some() {
                return Vec::new();
            }
            let told = |who: &str, from: &str, decided: &str| {
                format!(
                    "No engagement comes before the decision: the one with {who} begins on {from}, when the decision of \
                     {decided} has been taken. Hear people before, or correct the date; what is planned for later is a \
                     mitigation."
                )
            };
            late(subject, told)
        },
    },
    Rule {
        id: "engagement.later",
        title: "What is heard after the decision is not counted on for it",
        duty: "gunning",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Listening goes on after a decision, as the duty does; what is heard then informs the next one. One finding a case.",
        run: |subject| {
            if subject.engagements_in_time().next().is_none() {
                return Vec::new();
            }
            let told = |who: &str, from: &str, decided: &str| {
                format!(
                    "The engagement with {who} begins on {from}, when the decision of {decided} has been taken, and cannot \
                     inform it. See that nothing in the assessment rests on it, and say who acts on what is heard."
                )
            };
            late(subject, told)
        },
    },
    Rule {
        id: "engagement.open-at-decision",
        title: "Engagement has ended when the decision is taken",
        duty: "gunning",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Answers still coming in cannot be considered; a standing forum is another matter.",
        run: |subject| {
            let Some(decided) = subject.content().proposal.decision_date else { return Vec::new() };
            let begun = subject.engagements_in_time();
            let running = begun.filter_map(|e| Some((e, e.to.filter(|to| *to >= decided)?)));
            running
                .map(|(engagement, to)| {
                    let message = format!(
                        "The engagement with {} ends on {}, and the decision is on {}. Leave time to consider \
                         what they say, or accept that a standing forum goes on.",
                        engagement.who,
                        day(to),
                        day(decided)
                    );
                    let facts = json!({ "who": engagement.who, "to": to, "decisionDate": decided });
                    Draft::new(["engagement", &engagement.id.to_string(), "to"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "engagement.unanswered",
        title: "What people said led to something, or it is said why not",
        duty: "gunning",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Considering what people say shows in what changed, even if the answer is nothing, because.",
        run: |subject| {
            let heard = subject.content().engagement.iter().filter(|e| says_something(&e.heard));
            heard
                .filter(|engagement| !given(engagement.changed.as_ref()))
                .map(|engagement| {
                    let message = format!(
                        "It is not said what changed because of what {} said. Say it, or why nothing did.",
                        engagement.who
                    );
                    let facts = json!({ "who": engagement.who });
                    Draft::new(["engagement", &engagement.id.to_string(), "changed"], message, facts)
                })
                .collect()
        },
    },
];

/// The question whether people were involved.
pub(super) const KEY: &str = "engagement_done";

/// Whether a case in which people are to be involved says nothing of it.
pub(super) fn is_missing(subject: &Subject<'_>) -> bool {
    subject.answer(KEY) == Answer::Missing
        && subject.content().engagement.is_empty()
        && (concerned(subject).is_some() || unnamed(subject).is_some())
}

/// Why people are to be involved, as a sentence begins, and the names of those who would be significantly worse off.
fn concerned(subject: &Subject<'_>) -> Option<(String, Vec<String>)> {
    let hit = significant(subject);
    if hit.is_empty() {
        return Some((loss_or_move(subject).or_else(|| other_way(subject))?.to_owned(), hit));
    }
    Some((format!("{} would be significantly worse off", capital(&hit.join("; "))), hit))
}

/// How people would come to what they use, where that changes: the Act asks for involvement by the manner in which
/// services are delivered or their range, not by how badly anybody is hit.
fn other_way(subject: &Subject<'_>) -> Option<&'static str> {
    match subject.content().proposal.kind_of_change? {
        KindOfChange::AccessRoute => Some("People would come to a service by another way"),
        KindOfChange::Eligibility => Some("Another rule would say which people may use a service"),
        KindOfChange::Temporary => Some("People would find a service changed for a time"),
        KindOfChange::NewService
        | KindOfChange::Change
        | KindOfChange::Relocation
        | KindOfChange::Reduction
        | KindOfChange::Closure
        | KindOfChange::ContractExpiry
        | KindOfChange::Investment
        | KindOfChange::Procurement
        | KindOfChange::Policy
        | KindOfChange::Workforce
        | KindOfChange::Other => None,
    }
}

/// Why it has to be said whether people were involved where the kind of change does not tell: it is not named, or
/// somebody is worse off by what may be any of the others. That nobody was is an answer.
fn unnamed(subject: &Subject<'_>) -> Option<&'static str> {
    let is_worse = || subject.impacts(Direction::Negative).next().is_some();
    match subject.content().proposal.kind_of_change {
        None => (!touches_nobody(subject)).then_some("It is not said which kind of change people would find"),
        Some(KindOfChange::Change) => {
            is_worse().then_some("People would be worse off by a change of a service")
        }
        Some(KindOfChange::Policy | KindOfChange::Other) => {
            is_worse().then_some("People would be worse off by what is proposed")
        }
        Some(_) => None,
    }
}

fn facts(subject: &Subject<'_>, hit: &[String]) -> Value {
    json!({ "groupNames": hit, "kindOfChange": subject.content().proposal.kind_of_change })
}

/// A finding on the first engagement that begins when the decision has been taken, as long as none is recorded: what
/// comes after a decision that was taken is as it should be.
fn late(subject: &Subject<'_>, told: impl Fn(&str, &str, &str) -> String) -> Vec<Draft> {
    let planned = subject.content().proposal.decision_date.filter(|_| subject.decided_on().is_none());
    let Some(decided) = planned else { return Vec::new() };
    let late = subject.content().engagement.iter().filter(|engagement| engagement.from >= decided);
    let Some(first) = late.clone().min_by_key(|engagement| engagement.from) else { return Vec::new() };
    let message = told(&first.who, &day(first.from), &day(decided));
    let facts = json!({
        "who": first.who, "from": first.from, "decisionDate": decided, "late": late.count(),
    });
    vec![Draft::new(["engagement", &first.id.to_string(), "from"], message, facts)]
}

/// The people who would be significantly worse off, each once.
fn significant(subject: &Subject<'_>) -> Vec<String> {
    let mut names: Vec<String> = subject.significant().map(|impact| subject.people(impact)).collect();
    names.sort();
    names.dedup();
    names
}
