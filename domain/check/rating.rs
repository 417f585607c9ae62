//! Ratings that cannot be: off the scale, worse after mitigation than before, better for no reason.

use serde_json::json;

use super::{Draft, Fault, Gate, Rule, Subject};
use crate::{
    impact::{Direction, Impact},
    rating::Rating,
    settings::Severity,
    text::Path,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "rating.off-scale",
        title: "Ratings lie on the organisation's scale",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "A step that the scale does not have says nothing about the risk.",
        run: off_scale,
    },
    Rule {
        id: "rating.target.above",
        title: "The target is not above the initial rating",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Mitigation that makes things worse is none.",
        run: |subject| {
            rated(
                subject,
                |initial, target, _| target.score() > initial.score(),
                |people, initial, target, _| {
                    format!(
                        "The negative impact on {people} is rated {target} once mitigated, above {initial} \
                     before. Mitigation does not make things worse: correct one of the ratings."
                    )
                },
            )
        },
    },
    Rule {
        id: "rating.target.unearned",
        title: "A lower target rests on a mitigation",
        duty: "brown.rigour",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Without an action there is no reason why the risk should fall.",
        run: |subject| {
            let unearned = |initial: Rating, target: Rating, actions: usize| {
                actions == 0 && target.score() < initial.score()
            };
            rated(subject, unearned, |people, initial, target, _| {
                format!(
                    "The negative impact on {people} is to fall from {initial} to {target}, and nothing is \
                     planned that would lower it. Add the mitigation, or remove the target."
                )
            })
        },
    },
    Rule {
        id: "rating.target.unmoved",
        title: "A mitigation lowers the rating",
        duty: "npsa.matrix",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A mitigation without effect comforts nobody but its author.",
        run: |subject| {
            let unmoved = |initial: Rating, target: Rating, actions: usize| {
                actions > 0 && target.score() == initial.score()
            };
            rated(subject, unmoved, |people, initial, _, actions| {
                format!(
                    "The negative impact on {people} is rated {initial} with and without its {}. Say what \
                     effect is expected, plan something that has one, or say why none is reasonable.",
                    if actions == 1 { "mitigation".to_owned() } else { format!("{actions} mitigations") }
                )
            })
        },
    },
    Rule {
        id: "rating.target.missing",
        title: "A mitigated impact has a target",
        duty: "npsa.matrix",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "What the mitigation is expected to achieve lets somebody see later whether it did.",
        run: |subject| {
            let open = subject.impacts(Direction::Negative).filter(|impact| {
                impact.initial.is_some()
                    && impact.target.is_none()
                    && subject.against(impact).next().is_some()
            });
            open.map(|impact| {
                let message = format!(
                    "The negative impact on {} is mitigated, and it is not said how far. Rate it as it would \
                     be if every planned mitigation works.",
                    subject.people(impact)
                );
                let facts = subject.impact_facts(impact, json!({ "initial": impact.initial }));
                Draft::new(["impacts", &impact.id.to_string(), "target"], message, facts)
            })
            .collect()
        },
    },
    Rule {
        id: "rating.neutral",
        title: "What has no impact is not rated",
        duty: "npsa.matrix",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A rating says that something may happen to people; \"no impact\" says that nothing will.",
        run: |subject| {
            let rated = subject.impacts(Direction::Neutral).filter(|impact| impact.initial.is_some());
            rated
                .map(|impact| {
                    let message = format!(
                        "No impact is claimed for {}, and it is rated. Remove the rating, or say that the \
                         impact is negative.",
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({ "initial": impact.initial }));
                    Draft::new(["impacts", &impact.id.to_string(), "initial"], message, facts)
                })
                .collect()
        },
    },
];

fn off_scale(subject: &Subject<'_>) -> Vec<Draft> {
    let scale = &subject.settings().scale;
    let mut drafts = Vec::new();
    for impact in &subject.content().impacts {
        for (field, rating) in [("initial", impact.initial), ("target", impact.target)] {
            let path = Path::of(["impacts", &impact.id.to_string(), field]);
            let Some(Err(violation)) = rating.map(|rating| scale.admits(rating, &path)) else { continue };
            let message = format!(
                "The {field} rating of the impact on {} is off the scale. {} Choose a step of the scale.",
                subject.people(impact),
                violation.message
            );
            let facts = subject.impact_facts(impact, json!({ "scale": scale.key, "rating": rating }));
            drafts.push(Draft { path, message, facts });
        }
    }
    drafts
}

/// A finding for each negative impact with both ratings that is `wrong`, given its ratings and how many
/// mitigations act against it.
fn rated(
    subject: &Subject<'_>,
    wrong: impl Fn(Rating, Rating, usize) -> bool,
    sentence: impl Fn(&str, u16, u16, usize) -> String,
) -> Vec<Draft> {
    let both = |impact: &Impact| Some((impact.initial?, impact.target?));
    let mut drafts = Vec::new();
    for impact in subject.impacts(Direction::Negative) {
        let Some((initial, target)) = both(impact) else { continue };
        let actions = subject.against(impact).count();
        if wrong(initial, target, actions) {
            let message = sentence(&subject.people(impact), initial.score(), target.score(), actions);
            let facts = subject.impact_facts(
                impact,
                json!({ "initial": initial, "target": target, "mitigations": actions }),
            );
            drafts.push(Draft::new(["impacts", &impact.id.to_string(), "target"], message, facts));
        }
    }
    drafts
}
