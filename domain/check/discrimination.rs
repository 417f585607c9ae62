//! Indirect discrimination that is claimed for nobody or justified by money alone, and adjustments that come late
//! or not at all.

use serde_json::json;

use super::{
    Draft, Fault, Gate, Rule,
    denial::says_none,
    speech::{length, listed, mentions},
    subject::says_something,
};
use crate::{impact::Direction, settings::Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "discrimination.nobody",
        title: "A particular disadvantage has an impact that says whose",
        duty: "eqa2010.s19",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A practice that disadvantages people who share a characteristic has a negative impact on them.",
        run: |subject| {
            let faced = subject.content().impacts.iter().any(|impact| {
                matches!(impact.direction, Direction::Negative | Direction::Unknown)
                    && subject.on_characteristic(impact)
            });
            if subject.word("indirect_discrimination_risk") != Some("YES") || faced {
                return Vec::new();
            }
            let message = "A rule or practice may put people who share a characteristic at a disadvantage, you say, \
                           and no impact says whom. Describe the negative impact, or say that it is not known.";
            vec![Draft::new(["answers", "indirect_discrimination_risk"], message, json!({}))]
        },
    },
    Rule {
        id: "discrimination.cost-only",
        title: "A disadvantage is not justified by money alone",
        duty: "heskett.cost",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "To save money is not by itself a legitimate aim; what the money protects may be one.",
        run: |subject| {
            let key = "indirect_discrimination_justification";
            let about_money = |text: &&str| mentions(text, MONEY) && !mentions(text, OTHER_AIMS);
            let Some(text) = subject.word(key).filter(|text| says_something(text)).filter(about_money) else {
                return Vec::new();
            };
            let message = "The justification speaks of money only, and saving money alone is not a legitimate aim. \
                           Name what else the proposal is for, and why no less harmful way would reach it.";
            vec![Draft::new(["answers", key], message, json!({ "justification": text }))]
        },
    },
    Rule {
        id: "adjustments.contradicted",
        title: "Disabled people who would be worse off have adjustments",
        duty: "eqa2010.s20",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "That no adjustment is needed does not fit disabled people who would be worse off. The words are looked for, in short answers only.",
        run: |subject| {
            let key = "reasonable_adjustments";
            let denies = |text: &&str| {
                says_none(text) || length(text) <= DENIAL_WORDS && mentions(text, NO_ADJUSTMENTS)
            };
            let Some(text) = subject.word(key).filter(denies) else { return Vec::new() };
            let hit: Vec<_> = subject
                .impacts(Direction::Negative)
                .filter(|impact| subject.speaks_of(&impact.groups, "disability"))
                .map(|impact| subject.people(impact))
                .collect();
            if hit.is_empty() {
                return Vec::new();
            }
            let message = format!(
                "No adjustments are needed, you say, and {} would be worse off. Say which adjustments are made for \
                 them before anybody asks, or have the body accept why none would help.",
                listed(&hit)
            );
            vec![Draft::new(["answers", key], message, json!({ "adjustments": text, "groupNames": hit }))]
        },
    },
    Rule {
        id: "adjustments.on-request",
        title: "Adjustments do not wait until somebody asks",
        duty: "eqa2010.s20",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "In services the duty looks ahead: it is owed to disabled people in general.",
        run: |subject| {
            let key = "reasonable_adjustments";
            let waits = |text: &&str| mentions(text, ON_REQUEST);
            let Some(text) = subject.word(key).filter(waits) else { return Vec::new() };
            let message = "Adjustments are to be made when somebody asks for them. Say which are there before anybody \
                           asks, and keep the offer for what cannot be foreseen.";
            vec![Draft::new(["answers", key], message, json!({ "adjustments": text }))]
        },
    },
];

const MONEY: &[&str] = &[
    "sav*",
    "cost",
    "costs",
    "costly",
    "budget*",
    "money",
    "afford*",
    "financ*",
    "deficit*",
    "cheap*",
    "value for money",
];

/// Words of what else a proposal may be for.
const OTHER_AIMS: &[&str] = &[
    "safe*",
    "quality",
    "outcome*",
    "clinical*",
    "access*",
    "fair*",
    "health*",
    "wait*",
    "continuity of care",
    "quality of care",
    "better care",
    "care for",
    "their needs",
    "needs of",
    "in need",
    "in most need",
    "who need*",
    "risk*",
    "harm*",
    "sustain*",
    "equit*",
    "equal*",
    "protect*",
    "gap*",
    "evidence*",
    "infection*",
    "keep*",
    "open",
];

/// An answer of more words than this has room for the adjustments themselves.
const DENIAL_WORDS: usize = 12;
const NO_ADJUSTMENTS: &[&str] = &[
    "none needed",
    "none required",
    "none necessary",
    "none is needed",
    "none are needed",
    "adjustments are not",
    "adjustments not",
    "no adjustments",
    "no reasonable adjustments",
    "no adjustment is",
];

const ON_REQUEST: &[&str] = &[
    "on request",
    "upon request",
    "if requested",
    "when requested",
    "if asked",
    "when asked",
    "as requested",
    "if they ask",
    "who ask for",
];
