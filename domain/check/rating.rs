//! Ratings that cannot be: off the scale, worse after mitigation than before, better for no reason.

use serde_json::json;

use super::{Draft, Fault, Gate, Rule, Subject, impact::is_answered};
use crate::{
    impact::{Direction, Impact},
    rating::{Band, Rating},
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
            // That nothing at all is said of what is done about it has a finding of its own.
            let answered = |impact: &Impact| is_answered(subject, impact);
            let unearned = |initial: Rating, target: Rating, actions: usize| {
                actions == 0 && target.score() < initial.score()
            };
            rated_among(subject, answered, unearned, |people, initial, target, _| {
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
    Rule {
        id: "rating.target.leap",
        title: "Mitigation is not expected to do wonders",
        duty: "npsa.matrix",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Ratings after mitigation are hopeful as a rule; a fall from extreme to moderate or low wants a reason.",
        run: |subject| {
            let scale = &subject.settings().scale;
            let leap = |impact: &&Impact| {
                let after = scale.band(impact.target);
                scale.band(impact.initial) == Band::Extreme && matches!(after, Band::Moderate | Band::Low)
            };
            let leaping = subject.impacts(Direction::Negative).filter(leap);
            leaping
                .map(|impact| {
                    let message = format!(
                        "The negative impact on {} is to fall from extreme to moderate or low. Say what makes you expect so \
                         much of the mitigation, or rate more carefully.",
                        subject.people(impact)
                    );
                    let facts = subject
                        .impact_facts(impact, json!({ "initial": impact.initial, "target": impact.target }));
                    Draft::new(["impacts", &impact.id.to_string(), "target"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "rating.uniform",
        title: "Impacts are rated one by one",
        duty: "npsa.matrix",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Five people or more who are all hit equally hard were seldom looked at singly. One finding a case.",
        run: |subject| {
            let rated: Vec<_> =
                subject.impacts(Direction::Negative).filter_map(|impact| impact.initial).collect();
            let Some(first) = rated.first().filter(|first| rated.iter().all(|rating| rating == *first))
            else {
                return Vec::new();
            };
            if rated.len() < UNIFORM {
                return Vec::new();
            }
            let message = format!(
                "All {} negative impacts have the same rating. Rate each by how likely and how bad it is for those \
                 people.",
                rated.len()
            );
            vec![Draft::new(["impacts"], message, json!({ "impacts": rated.len(), "rating": first }))]
        },
    },
    Rule {
        id: "impact.reach.missing",
        title: "A significant negative impact says how many people it is on",
        duty: "practice.clear",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "How many people are hit is asked by everybody who has to weigh it; a range with its basis will do.",
        run: |subject| {
            let unknown = subject.significant().filter(|impact| impact.reach.is_none());
            unknown
                .map(|impact| {
                    let message = format!(
                        "It is not said how many people the negative impact on {} is on. Give a range and where it \
                         comes from; figures of the service come before figures of residents.",
                        subject.people(impact)
                    );
                    let facts = subject.impact_facts(impact, json!({ "initial": impact.initial }));
                    Draft::new(["impacts", &impact.id.to_string(), "reach"], message, facts)
                })
                .collect()
        },
    },
];

/// From how many equal ratings on they look like one.
const UNIFORM: usize = 5;

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
    rated_among(subject, |_| true, wrong, sentence)
}

/// The same of those impacts that are `among` what is asked about.
fn rated_among(
    subject: &Subject<'_>,
    among: impl Fn(&Impact) -> bool,
    wrong: impl Fn(Rating, Rating, usize) -> bool,
    sentence: impl Fn(&str, u16, u16, usize) -> String,
) -> Vec<Draft> {
    let both = |impact: &Impact| Some((impact.initial?, impact.target?));
    let mut drafts = Vec::new();
    for impact in subject.impacts(Direction::Negative).filter(|impact| among(impact)) {
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
