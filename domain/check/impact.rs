//! Impacts: whom, which way and why; a negative one with what is done about it or why nothing is.

use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule, Subject, place,
    subject::{given, is_party, says_something},
};
use crate::{
    group::GroupKind,
    impact::{Direction, Impact},
    mitigation::Mitigation,
    proposal::KindOfChange,
    settings::Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "impact.group.missing",
        title: "An impact names groups that exist",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "An impact on nobody answers for nobody.",
        run: |subject| {
            let known = |impact: &Impact| {
                !impact.groups.is_empty()
                    && impact.groups.iter().all(|code| subject.facts.groups.find(code).is_some())
            };
            let lost = subject.content().impacts.iter().filter(|impact| !known(impact));
            lost.map(|impact| {
                let message = "This impact does not name groups that we know, so it answers for nobody. \
                               Choose the group or groups it is on.";
                Draft::new(
                    ["impacts", &impact.id.to_string(), "groups"],
                    message,
                    json!({ "groups": impact.groups }),
                )
            })
            .collect()
        },
    },
    Rule {
        id: "impact.reason.missing",
        title: "Each impact says why",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "A direction without a reason cannot be judged by anybody; this holds for \"no impact\" above all.",
        run: |subject| {
            let judged = subject.content().impacts.iter().filter(|i| i.direction != Direction::Unknown);
            let silent = judged.filter(|impact| !says_something(&impact.rationale));
            silent
                .map(|impact| {
                    let message = format!(
                        "The {} on {} has no reason. Say why you think so, so that panel and body can judge it.",
                        noun(impact.direction),
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({ "rationale": impact.rationale }));
                    Draft::new(["impacts", &impact.id.to_string(), "rationale"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "impact.neutral.unevidenced",
        title: "\"No impact\" rests on evidence",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "That nobody is affected is a claim like any other: something must have been looked at.",
        run: |subject| {
            if subject.content().evidence.is_empty() {
                return Vec::new();
            }
            let claims = subject.impacts(Direction::Neutral).filter(|impact| impact.evidence.is_empty());
            claims
                .filter(|impact| !place::is_claimed(subject, impact))
                .map(|impact| {
                    let message = format!(
                        "No impact is claimed for {}, and no evidence is given. Link what you looked at, or \
                         say that it is not known, with the question, who answers it and by when.",
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({}));
                    Draft::new(["impacts", &impact.id.to_string(), "evidence"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "impact.neutral.contradicted",
        title: "\"No impact\" stands beside no other impact on the same people",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "People may be better off in one way and worse off in another, but then there is an impact.",
        run: contradicted,
    },
    Rule {
        id: "impact.neutral.part",
        title: "\"No impact\" on all of a group fits what is said of a part of it",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Where people who are part of a group are touched, the group is: the claim holds for the others at most.",
        run: part_contradicted,
    },
    Rule {
        id: "impact.loss.nobody",
        title: "A closure or reduction says who would be worse off",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A service ends or shrinks for those who use it; that none of them is worse off wants showing. One finding a case.",
        run: nobody,
    },
    Rule {
        id: "impact.negative.unrated",
        title: "A negative impact on a protected characteristic is rated",
        duty: "bracking.risk",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "The body has to know how likely and how bad it is before it decides.",
        run: |subject| unrated(subject, Kind::Characteristic),
    },
    Rule {
        id: "impact.negative.unrated.inequality",
        title: "A negative impact on people who experience health inequalities is rated",
        duty: "nhs2006.s14z35",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard to an inequality includes how much a proposal would widen it.",
        run: |subject| unrated(subject, Kind::Inequality),
    },
    Rule {
        id: "impact.negative.unanswered",
        title: "A negative impact on a protected characteristic has a mitigation, or a reason and a justification",
        duty: "bracking.risk",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Ways to remove an adverse effect are looked for before deciding. That none is reasonable is an answer.",
        run: |subject| unmitigated(subject, Kind::Characteristic),
    },
    Rule {
        id: "impact.negative.unanswered.inequality",
        title: "A negative impact on people who experience health inequalities has a mitigation, or a reason and a justification",
        duty: "nhs2006.s14z35",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard to reducing inequalities includes what is done where a proposal would widen one.",
        run: |subject| unmitigated(subject, Kind::Inequality),
    },
    Rule {
        id: "impact.negative.unanswered.other",
        title: "A negative impact on staff, on other organisations or on a group of the organisation's own is rated and answered",
        duty: "practice.clear",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "No duty on inequalities or characteristics is about them, and a reader wants to know what is done all the same.",
        run: |subject| [unrated(subject, Kind::Other), unmitigated(subject, Kind::Other)].concat(),
    },
];

/// Which duty asks about an impact.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// On a protected characteristic.
    Characteristic,
    /// On people who experience health inequalities.
    Inequality,
    /// On nobody else than staff, other organisations, or groups that the organisation added and calls neither.
    Other,
}

impl Kind {
    fn of(subject: &Subject<'_>, impact: &Impact) -> Self {
        if subject.on_characteristic(impact) {
            return Self::Characteristic;
        }
        let other = |code: &String| {
            let group = subject.facts.groups.find(code);
            OUTSIDE.contains(&code.as_str())
                || group.is_some_and(|group| group.kind == GroupKind::Other && subject.is_own(group))
        };
        if !impact.groups.is_empty() && impact.groups.iter().all(other) {
            Self::Other
        } else {
            Self::Inequality
        }
    }
}

/// Groups on real forms whose members are not people who experience health inequalities.
const OUTSIDE: &[&str] = &["other.staff", "other.vcse"];

/// The direction as a sentence names it.
fn noun(direction: Direction) -> &'static str {
    match direction {
        Direction::Positive => "positive impact",
        Direction::Negative => "negative impact",
        Direction::Neutral => "finding of no impact",
        Direction::Unknown => "unknown impact",
    }
}

fn with_article(direction: Direction) -> String {
    let article = if direction == Direction::Unknown { "an" } else { "a" };
    format!("{article} {}", noun(direction))
}

/// A claim of no impact beside what is said of people all of whom it includes.
fn part_contradicted(subject: &Subject<'_>) -> Vec<Draft> {
    let groups = subject.facts.groups;
    let within = |part: &Impact, whole: &Impact| {
        let inside =
            |code: &String| whole.groups.iter().any(|other| groups.is_within(code, other) && code != other);
        !part.groups.is_empty() && part.groups.iter().all(inside)
    };
    let mut drafts = Vec::new();
    for neutral in subject.impacts(Direction::Neutral) {
        let others = subject.content().impacts.iter().filter(|other| other.direction != Direction::Neutral);
        let parts: Vec<_> = others.filter(|other| within(other, neutral)).collect();
        let Some(first) = parts.first() else { continue };
        let message = format!(
            "No impact is claimed for {people}, beside {} on {}, who are among them. Say which part of {people} the \
             claim holds for, or remove it.",
            with_article(first.direction),
            subject.people(first),
            people = subject.people(neutral),
        );
        let ids: Vec<_> = parts.iter().map(|impact| impact.id).collect();
        let facts = subject.impact_facts(neutral, json!({ "beside": ids }));
        drafts.push(Draft::new(["impacts", &neutral.id.to_string(), "direction"], message, facts));
    }
    drafts
}

fn nobody(subject: &Subject<'_>) -> Vec<Draft> {
    let content = subject.content();
    let kind = content.proposal.kind_of_change;
    let told = |impact: &Impact| matches!(impact.direction, Direction::Negative | Direction::Unknown);
    let ends = matches!(kind, Some(KindOfChange::Closure | KindOfChange::Reduction));
    if !ends || content.impacts.is_empty() || content.impacts.iter().any(told) {
        return Vec::new();
    }
    let message = "A service ends or shrinks, and nobody is said to be worse off. Describe the impacts on those who use \
                   it now, or say of whom it is not known; if nobody is, have the body accept why.";
    vec![Draft::new(["impacts"], message, json!({ "kindOfChange": kind, "impacts": content.impacts.len() }))]
}

fn contradicted(subject: &Subject<'_>) -> Vec<Draft> {
    let same = |one: &Impact, other: &Impact| {
        one.groups.len() == other.groups.len() && one.groups.iter().all(|code| other.groups.contains(code))
    };
    let mut drafts = Vec::new();
    for neutral in subject.impacts(Direction::Neutral) {
        let beside: Vec<_> = subject
            .content()
            .impacts
            .iter()
            .filter(|other| other.direction != Direction::Neutral && same(neutral, other))
            .collect();
        let Some(first) = beside.first() else { continue };
        let message = format!(
            "No impact is claimed for {people}, beside {} on the same people. Both cannot be true: remove \
             the claim of no impact, or say which part of {people} it holds for.",
            with_article(first.direction),
            people = subject.people(neutral),
        );
        let ids: Vec<_> = beside.iter().map(|impact| impact.id).collect();
        let facts = subject.impact_facts(neutral, json!({ "beside": ids }));
        drafts.push(Draft::new(["impacts", &neutral.id.to_string(), "direction"], message, facts));
    }
    drafts
}

fn unrated(subject: &Subject<'_>, kind: Kind) -> Vec<Draft> {
    let negative = subject.impacts(Direction::Negative);
    negative
        // That nobody can rate it yet is an answer, with a question that the rules of unknowns look at.
        .filter(|impact| impact.initial.is_none() && impact.open_question.is_none())
        .filter(|impact| Kind::of(subject, impact) == kind)
        .map(|impact| {
            let message = format!(
                "The negative impact on {} is not rated. The body must know how likely and how bad it is \
                 before it decides: give likelihood and consequence as they are before any mitigation, or say that it is \
                 not known yet, with the question, who answers it and by when.",
                subject.people(impact)
            );
            let facts = subject.impact_facts(impact, json!({ "scale": subject.settings().scale.key }));
            Draft::new(["impacts", &impact.id.to_string(), "initial"], message, facts)
        })
        .collect()
}

fn unmitigated(subject: &Subject<'_>, kind: Kind) -> Vec<Draft> {
    let negative = subject.impacts(Direction::Negative);
    negative
        .filter(|impact| Kind::of(subject, impact) == kind)
        .filter(|impact| !is_answered(subject, impact))
        .map(|impact| {
            let people = subject.people(impact);
            let against: Vec<_> = subject.against(impact).collect();
            let reason = given(impact.no_mitigation_because.as_ref());
            let justified = given(impact.justification.as_ref());
            let message = if !against.is_empty() {
                format!(
                    "What is to be done about the negative impact on {people} has no owner or no date, so \
                     nobody has promised it. Give at least one of its mitigations both."
                )
            } else if reason {
                format!(
                    "No mitigation of the negative impact on {people} is reasonable, you say. Say too why \
                     going ahead is justified all the same, so that the body can weigh it."
                )
            } else if justified {
                format!(
                    "Going ahead despite the negative impact on {people} is justified, you say. Say too why \
                     no mitigation is reasonable, or add one."
                )
            } else {
                format!(
                    "Nothing is said about what will be done about the negative impact on {people}. Add a \
                     mitigation with an owner and a date, or say why none is reasonable and why going ahead \
                     is justified."
                )
            };
            let facts = subject.impact_facts(
                impact,
                json!({ "mitigations": against.len(), "noMitigationBecause": reason, "justification": justified }),
            );
            Draft::new(["impacts", &impact.id.to_string()], message, facts)
        })
        .collect()
}

/// Whether something is promised against a negative impact, or it is said why nothing is.
pub(super) fn is_answered(subject: &Subject<'_>, impact: &Impact) -> bool {
    subject.against(impact).any(is_promise)
        || given(impact.no_mitigation_because.as_ref()) && given(impact.justification.as_ref())
}

/// Whether somebody has promised the mitigation for a day.
pub(super) fn is_promise(mitigation: &Mitigation) -> bool {
    mitigation.owner.as_ref().is_some_and(is_party) && mitigation.due.is_some()
}
