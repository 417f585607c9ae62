//! Other decisions that touch the same people.

use serde_json::json;

use super::{Draft, Fault, Rule, Subject};
use crate::{rating::Band, risk::Alongside, settings::Severity, text};

/// The rule of the cumulative position, which rests on what whoever asks may know of other cases.
pub const POSITION: &str = "cumulative.position";

const KEY: &str = "interdependencies_considered";
/// How many groups and places a message names.
const TOLD: usize = 5;
/// How many stand in the facts.
const KEPT: usize = 50;

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
        id: POSITION,
        title: "What else touches the same people is before those who judge",
        duty: "meers.cumulative",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Several decisions that look harmless one by one can be severe for whoever is touched by all of them. \
                      From submission until it is decided, whoever oversees the organisation's cases sees on which groups, in \
                      which districts as many live ones come together as the organisation calls a concentration, whenever \
                      each takes effect; panel and body say why they go on.",
        run: |subject| position(subject).into_iter().collect(),
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

/// Where the case and others make as many as the organisation calls a concentration.
fn position(subject: &Subject<'_>) -> Option<Draft> {
    let least = usize::from(subject.facts.settings.concentrations.least);
    // The case is one of them.
    let alongside = subject.facts.alongside.iter().filter(|one| one.cases + 1 >= least);
    let found: Vec<&Alongside> = alongside.collect();
    let told = found.iter().take(TOLD).map(|one| told(subject, one));
    let more = found.len().saturating_sub(TOLD);
    let rest = (more > 0).then(|| format!("and {} more like these", text::number(more)));
    let places = told.chain(rest).collect::<Vec<_>>().join("; ");
    let message = format!(
        "Other live proposals of this organisation touch the same people for the worse in the same places: {places}. Say what \
         all of it together means for them, and accept with a reason what is decided all the same."
    );
    let facts = json!({
        "alongside": found.iter().take(KEPT).collect::<Vec<_>>(), "found": found.len(), "least": least,
    });
    (!found.is_empty()).then(|| Draft::new(["impacts"], message, facts))
}

/// `disabled people in Norwich (two others, the gravest rated high)`.
fn told(subject: &Subject<'_>, one: &Alongside) -> String {
    let (group, others) = (subject.spoken(&one.group), text::counted(one.cases, "other"));
    let rated = match one.gravest {
        None | Some(Band::Unrated) => "none of them rated",
        Some(Band::Low) => "the gravest rated low",
        Some(Band::Moderate) => "the gravest rated moderate",
        Some(Band::High) => "the gravest rated high",
        Some(Band::Extreme) => "the gravest rated extreme",
    };
    let unrated = match one.unrated {
        some if some > 0 && one.gravest.is_some() => format!(", {} not rated throughout", text::number(some)),
        _ => String::new(),
    };
    format!("{group} in {} ({others}, {rated}{unrated})", one.area_name)
}
