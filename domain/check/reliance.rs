//! Reliances: what a promise here rests on elsewhere.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    Draft, Fault, Gate, Rule, Subject,
    subject::{day, given, is_party},
};
use crate::{
    interdependency::{Caveat, Interdependency, InterdependencyKind},
    mitigation::Mitigation,
    settings::Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "reliance.broken",
        title: "No mitigation rests on what is known not to hold",
        duty: "bracking.risk",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "What the body is told will lessen the harm must not rest on what is known not to happen.",
        run: broken,
    },
    Rule {
        id: "reliance.unconfirmed",
        title: "What a mitigation rests on is known to hold",
        duty: "practice.reliance",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Until it is confirmed the target is a hope.",
        run: |subject| {
            let process = &subject.case.process;
            let waiting = relied_on(subject).filter_map(|(mitigation, reliance)| {
                let caveat = process.caveats.get(&reliance.id).copied();
                match process.holds.get(&reliance.id) {
                    None => Some((mitigation, reliance, false, caveat)),
                    Some(true) => caveat.map(|caveat| (mitigation, reliance, true, Some(caveat))),
                    Some(false) => None,
                }
            });
            waiting
                .map(|(mitigation, reliance, holds, caveat)| {
                    let known = match (holds, caveat) {
                        (true, Some(caveat)) => {
                            format!("and that holds only as far as is known: {}", caveat.in_words())
                        }
                        (_, Some(caveat)) => {
                            format!("and nobody knows whether that holds: {}", caveat.in_words())
                        }
                        (_, None) => "and nobody knows yet whether that holds".to_owned(),
                    };
                    let message = format!(
                        "The mitigation \"{}\" rests on {}, {known}. Ask for confirmation before the decision.",
                        mitigation.action,
                        premise(reliance)
                    );
                    let mut facts =
                        json!({ "action": mitigation.action, "reliance": reliance.id, "by": reliance.by });
                    tell(&mut facts, caveat);
                    let path =
                        ["mitigations", &mitigation.id.to_string(), "reliances", &reliance.id.to_string()];
                    Draft::new(path, message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "reliance.late",
        title: "What a mitigation rests on is there before it",
        duty: "practice.reliance",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "An action cannot be done by a day on which what it needs is not there yet.",
        run: |subject| {
            let late = relied_on(subject).filter_map(|(mitigation, reliance)| {
                let (due, by) = (mitigation.due?, reliance.by?);
                (by > due).then_some((mitigation, reliance, due, by))
            });
            late.map(|(mitigation, reliance, due, by)| {
                let message = format!(
                    "The mitigation \"{}\" is due on {}, and rests on {}, which need hold only by {}. Correct one of \
                     the dates.",
                    mitigation.action,
                    day(due),
                    premise(reliance),
                    day(by)
                );
                let facts = json!({ "action": mitigation.action, "due": due, "reliance": reliance.id, "by": by });
                Draft::new(["interdependencies", &reliance.id.to_string(), "by"], message, facts)
            })
            .collect()
        },
    },
    Rule {
        id: "reliance.vague",
        title: "A reliance names whom it is on, its premise and when it holds",
        duty: "practice.reliance",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Only a stated premise can be confirmed, or seen to fall.",
        run: |subject| {
            let reliances = subject
                .content()
                .interdependencies
                .iter()
                .filter(|edge| edge.kind == InterdependencyKind::ReliesOn);
            reliances
                .filter_map(|edge| {
                    let somebody = edge.target.is_some() || edge.partner.as_ref().is_some_and(is_party);
                    let mut missing = Vec::new();
                    missing.extend((!somebody).then_some("whom it is on"));
                    missing.extend((!given(edge.premise.as_ref())).then_some("what exactly is relied on"));
                    missing.extend(edge.holds_when.is_none().then_some("when it counts as holding"));
                    if missing.is_empty() {
                        return None;
                    }
                    let message = format!(
                        "A reliance does not say {}. Add it, so that somebody can confirm it or see it fall.",
                        missing.join(", nor ")
                    );
                    let facts = json!({ "missing": missing });
                    Some(Draft::new(["interdependencies", &edge.id.to_string()], message, facts))
                })
                .collect()
        },
    },
    Rule {
        id: "reference.dangling",
        title: "What is referred to exists",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Evidence, impacts and reliances that are cited and not there mislead the reader.",
        run: dangling,
    },
];

/// Every reliance of a mitigation that has not failed or been given up.
fn relied_on<'a>(subject: &Subject<'a>) -> impl Iterator<Item = (&'a Mitigation, &'a Interdependency)> {
    let edges = &subject.content().interdependencies;
    subject.live_mitigations().flat_map(move |mitigation| {
        edges
            .iter()
            .filter(|edge| mitigation.reliances.contains(&edge.id))
            .map(move |edge| (mitigation, edge))
    })
}

/// Puts among the facts what is to be known of a reliance beside whether it holds.
fn tell(facts: &mut Value, caveat: Option<Caveat>) {
    if let Some(caveat) = caveat {
        facts["caveat"] = json!(caveat);
    }
}

fn premise(reliance: &Interdependency) -> String {
    match &reliance.premise {
        Some(premise) if given(reliance.premise.as_ref()) => format!("\"{premise}\""),
        _ => "something elsewhere".into(),
    }
}

fn broken(subject: &Subject<'_>) -> Vec<Draft> {
    let holds = &subject.case.process.holds;
    relied_on(subject)
        .filter(|(_, reliance)| holds.get(&reliance.id) == Some(&false))
        .map(|(mitigation, reliance)| {
            let lost = mitigation.impacts.iter();
            let names: Vec<_> = lost
                .filter_map(|id| subject.content().impacts.iter().find(|impact| impact.id == *id))
                .map(|impact| subject.people(impact))
                .collect();
            let caveat = subject.case.process.caveats.get(&reliance.id).copied();
            let message = format!(
                "The mitigation \"{}\" rests on {}, which is known not to hold{}. Plan something else for {}, or \
                 have the body accept with a reason that this protection may not come.",
                mitigation.action,
                premise(reliance),
                caveat.map(|caveat| format!(": {}", caveat.in_words())).unwrap_or_default(),
                if names.is_empty() { "the people it was for".to_owned() } else { names.join("; ") }
            );
            let mut facts = json!({
                "action": mitigation.action, "reliance": reliance.id, "impacts": mitigation.impacts,
                "groupNames": names,
            });
            tell(&mut facts, caveat);
            let path = ["mitigations", &mitigation.id.to_string(), "reliances", &reliance.id.to_string()];
            Draft::new(path, message, facts)
        })
        .collect()
}

fn dangling(subject: &Subject<'_>) -> Vec<Draft> {
    let content = subject.content();
    let evidence: BTreeSet<_> = content.evidence.iter().map(|evidence| evidence.id).collect();
    let impacts: BTreeSet<_> = content.impacts.iter().map(|impact| impact.id).collect();
    let edges: BTreeSet<_> = content.interdependencies.iter().map(|edge| edge.id).collect();
    let mut drafts = Vec::new();
    for impact in &content.impacts {
        for id in impact.evidence.iter().filter(|id| !evidence.contains(id)) {
            let message = format!(
                "The impact on {} cites evidence that is not in this assessment. Add the evidence, or remove \
                 the reference.",
                subject.people(impact)
            );
            let path = ["impacts", &impact.id.to_string(), "evidence", &id.to_string()];
            drafts.push(Draft::new(path, message, subject.impact_facts(impact, json!({ "missing": id }))));
        }
    }
    for mitigation in &content.mitigations {
        let at = mitigation.id.to_string();
        let lost_impacts = mitigation.impacts.iter().filter(|id| !impacts.contains(id));
        let lost_edges = mitigation.reliances.iter().filter(|id| !edges.contains(id));
        let lost = lost_impacts
            .map(|id| ("impacts", "an impact", id.to_string()))
            .chain(lost_edges.map(|id| ("reliances", "a reliance", id.to_string())));
        for (field, noun, id) in lost {
            let message = format!(
                "The mitigation \"{}\" refers to {noun} that is not in this assessment. Add it, or remove the \
                 reference.",
                mitigation.action
            );
            let facts = json!({ "action": mitigation.action, "missing": id });
            drafts.push(Draft::new(["mitigations", &at, field, &id], message, facts));
        }
    }
    drafts
}
