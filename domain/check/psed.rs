//! The public sector equality duty: its three aims, the second by its three limbs.
//!
//! Marriage and civil partnership counts for the first aim only (Equality Act 2010 s.149(7)); the grid is about
//! the aims, so it is asked in full as long as any other characteristic exists.

use serde_json::{Value, json};

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    speech::{listed, mentions},
    subject::{read, says_something},
};
use crate::{
    form::answer::{DutyEffect, LIMBS},
    impact::{Direction, Impact},
    settings::Severity,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "psed.eliminate",
        title: "The aim of eliminating discrimination is answered",
        duty: "eqa2010.s149.1.a",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Due regard is owed to each aim; this one holds for all nine characteristics.",
        run: |subject| {
            aims(subject, &[("eliminate", "eliminating discrimination, harassment and victimisation")])
        },
    },
    Rule {
        id: "psed.advance",
        title: "The aim of advancing equality of opportunity is answered by its three limbs",
        duty: "eqa2010.s149.3",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Disadvantage, different needs and participation are three questions.",
        run: |subject| {
            aims(
                subject,
                &[
                    ("advance_disadvantage", "removing or lessening disadvantages"),
                    ("advance_needs", "meeting different needs"),
                    ("advance_participation", "encouraging participation where it is low"),
                ],
            )
        },
    },
    Rule {
        id: "psed.foster",
        title: "The aim of fostering good relations is answered",
        duty: "eqa2010.s149.1.c",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Prejudice and understanding are asked about for themselves.",
        run: |subject| aims(subject, &[("foster", "fostering good relations between people")]),
    },
    Rule {
        id: "psed.disadvantage.irrelevant",
        title: "Disadvantage is not called irrelevant beside people who would be worse off",
        duty: "eqa2010.s149.3",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Who is worse off because of a characteristic is at a disadvantage that the duty is about.",
        run: |subject| {
            let hit =
                |impact: &&Impact| impact.direction == Direction::Negative && in_every_aim(subject, impact);
            let message = "Removing or lessening disadvantages is called not relevant, while {} would be worse off. \
                           Both cannot be true: say how the proposal bears on their disadvantage.";
            irrelevant(subject, "advance_disadvantage", hit, message)
        },
    },
    Rule {
        id: "psed.disabled.steps",
        title: "Meeting needs takes account of disabled people's disabilities",
        duty: "eqa2010.s149.4",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Where a proposal touches disabled people, steps that take account of their disabilities are part of the duty.",
        run: |subject| {
            let touched = |impact: &&Impact| {
                impact.direction != Direction::Neutral && subject.speaks_of(&impact.groups, "disability")
            };
            let message = "Meeting different needs is called not relevant, while the proposal touches {}. The duty \
                           includes steps that take account of disabled people's disabilities: say which are taken.";
            irrelevant(subject, "advance_needs", touched, message)
        },
    },
    Rule {
        id: "psed.support.unshown",
        title: "Support of equality of opportunity is shown by something",
        duty: "eqa2010.s149.1.b",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A proposal that supports the aim does somebody good, or has an action that will. One finding a case.",
        run: unshown,
    },
    Rule {
        id: "psed.hindrance.unfaced",
        title: "An aim that is hindered has an impact that says for whom",
        duty: "eqa2010.s149.1",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "If the proposal works against an aim, somebody is the worse for it. One finding a case.",
        run: unfaced,
    },
    Rule {
        id: "psed.marriage.other-aims",
        title: "Marriage and civil partnership stands under the first aim only",
        duty: "eqa2010.s149.7",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "For the other two aims the Act leaves this characteristic out.",
        run: |subject| {
            let misplaced = OTHER_AIMS.iter().filter(|aim| {
                let row = row(subject, aim);
                let reason = row.and_then(|row| row.get("reason")?.as_str());
                reason.is_some_and(|reason| mentions(reason, OF_MARRIAGE))
            });
            misplaced
                .map(|aim| {
                    let message = "Marriage and civil partnership is given as a reason under this aim. It counts for \
                                   eliminating discrimination only: move it there, and give a reason from the other \
                                   eight characteristics here.";
                    Draft::new(["answers", "psed", aim], message, json!({ "aim": aim }))
                })
                .collect()
        },
    },
];

const OTHER_AIMS: [&str; 4] = ["advance_disadvantage", "advance_needs", "advance_participation", "foster"];

const OF_MARRIAGE: &[&str] =
    &["marriage", "marriages", "married", "civil partner*", "spouse*", "husband*", "wife", "wives"];

/// What the grid says of an aim, where it says something that is not an unknown.
fn row<'a>(subject: &Subject<'a>, aim: &str) -> Option<&'a Value> {
    let Answer::Given(grid) = subject.answer("psed") else { return None };
    match read(grid.get(aim)) {
        Answer::Given(row) => Some(row),
        _ => None,
    }
}

fn effect(subject: &Subject<'_>, aim: &str) -> Option<DutyEffect> {
    let word = row(subject, aim)?.get("effect")?.as_str()?;
    DutyEffect::ALL.iter().find(|effect| effect.as_str() == word).copied()
}

/// Whether the impact is on a characteristic that counts for every aim: marriage and civil partnership does not.
fn in_every_aim(subject: &Subject<'_>, impact: &Impact) -> bool {
    let counts = |code: &&String| !subject.speaks_of(&[(*code).clone()], "marriage_civil_partnership");
    subject.on_characteristic(impact) && impact.groups.iter().any(|code| counts(&code))
}

/// A finding where the aim is called not relevant beside impacts that `touch` it; `{}` in the message is the people.
fn irrelevant(
    subject: &Subject<'_>,
    aim: &str,
    touch: impl Fn(&&Impact) -> bool,
    message: &str,
) -> Vec<Draft> {
    if effect(subject, aim) != Some(DutyEffect::NotRelevant) {
        return Vec::new();
    }
    let mut names: Vec<_> =
        subject.content().impacts.iter().filter(touch).map(|impact| subject.people(impact)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Vec::new();
    }
    let message = message.replace("{}", &listed(&names));
    vec![Draft::new(["answers", "psed", aim], message, json!({ "aim": aim, "groupNames": names }))]
}

fn unshown(subject: &Subject<'_>) -> Vec<Draft> {
    let claimed: Vec<_> =
        OTHER_AIMS[..3].iter().filter(|aim| effect(subject, aim) == Some(DutyEffect::Supports)).collect();
    let shown = subject.content().impacts.iter().any(|impact| {
        in_every_aim(subject, impact)
            && (impact.direction == Direction::Positive || subject.against(impact).next().is_some())
    });
    let Some(first) = claimed.first().filter(|_| !shown) else { return Vec::new() };
    let message = "The proposal is said to support equality of opportunity, and no positive impact on people who \
                   share a characteristic and no action for them is described. Describe whom it does good and how, \
                   or correct the effect.";
    vec![Draft::new(["answers", "psed", first], message, json!({ "aims": claimed }))]
}

fn unfaced(subject: &Subject<'_>) -> Vec<Draft> {
    let hindered: Vec<_> =
        LIMBS.iter().filter(|aim| effect(subject, aim) == Some(DutyEffect::Hinders)).collect();
    let faced = subject.content().impacts.iter().any(|impact| {
        matches!(impact.direction, Direction::Negative | Direction::Unknown)
            && subject.on_characteristic(impact)
    });
    let Some(first) = hindered.first().filter(|_| !faced) else { return Vec::new() };
    let message = "The proposal is said to work against an aim of the duty, and no impact says who would be the worse \
                   for it. Describe the impact and on whom it is, or correct the effect.";
    vec![Draft::new(["answers", "psed", first], message, json!({ "aims": hindered }))]
}

fn aims(subject: &Subject<'_>, wanted: &[(&str, &str)]) -> Vec<Draft> {
    let grid = match subject.answer("psed") {
        Answer::Missing => None,
        Answer::Given(grid) => Some(grid),
        Answer::NotAsked | Answer::Careless | Answer::Open(_) => return Vec::new(),
    };
    let silent = wanted.iter().filter(|(aim, _)| !is_answered(grid.and_then(|grid| grid.get(aim))));
    silent
        .map(|(aim, title)| {
            let message = format!(
                "It is not said how the proposal bears on {title}. Due regard is owed to this aim for itself: \
                 choose the effect and give the reason."
            );
            Draft::new(["answers", "psed", aim], message, json!({ "aim": aim, "title": title }))
        })
        .collect()
}

/// Whether a row has both effect and reason; an unknown row is another rule's.
fn is_answered(row: Option<&Value>) -> bool {
    match read(row) {
        Answer::Given(row) => {
            let text = |key: &str| row.get(key).and_then(Value::as_str);
            text("effect").is_some() && text("reason").is_some_and(says_something)
        }
        Answer::Careless | Answer::Open(_) => true,
        Answer::Missing | Answer::NotAsked => false,
    }
}
