//! Rigour: words that would fit any case were not found by looking at this one.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    denial::says_nobody,
    speech::{has, length, listed, mentions},
    subject::{given, read, says_something},
};
use crate::{
    form::answer::LIMBS,
    impact::{Direction, Impact},
    proposal::KindOfChange,
    settings::Severity,
    text,
};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "text.repeated",
        title: "Reasons are not pasted, nor stock phrases",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Groups differ, and so do the questions of the duty; a sentence that fits all of them seldom looked at any. One finding a case, and none where a change behind the scenes honestly touches nobody.",
        run: repeated,
    },
    Rule {
        id: "psed.alike",
        title: "That all are treated alike is not taken for no impact",
        duty: "eqa2010.s149.6",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "The same rule can bear harder on some, and the Act says that regard may mean treating some more favourably. One finding a case.",
        run: alike,
    },
];

/// How often one reason may stand before it looks pasted.
const PASTED: usize = 3;

/// A reason of at most so many words that has one of these says nothing of its group.
const STOCK_WORDS: usize = 12;
const STOCK: &[&str] = &[
    "no impact",
    "no impacts",
    "no adverse",
    "no negative",
    "no differential",
    "no disproportionate",
    "no significant",
    "no specific",
    "no particular impact",
    "no anticipated",
    "no identified",
    "no known impact",
    "no direct impact",
    "not adversely",
    "none identified",
    "none anticipated",
    "neutral impact",
    "no evidence to suggest",
    "not applicable",
];

const ALIKE: &[&str] = &[
    "treated the same",
    "treated equally",
    "treat everyone the same",
    "treats everyone the same",
    "treat everyone equally",
    "same for everyone",
    "same for all",
    "applies equally",
    "apply equally",
    "applied equally",
    "applies to all",
    "applies to everyone",
    "apply to all",
    "open to all",
    "open to everyone",
    "available to all",
    "available to everyone",
    "regardless of",
    "irrespective of",
];

/// A reason of more words than this has room for more than the claim that all are treated alike.
const ALIKE_WORDS: usize = 25;

/// Whether the case says of itself that it touches nobody outside, and why, and changes nothing that people use. It may
/// say so once and mean it for everybody.
pub(super) fn touches_nobody(subject: &Subject<'_>) -> bool {
    let behind_the_scenes = match subject.content().proposal.kind_of_change {
        None
        | Some(
            KindOfChange::Procurement
            | KindOfChange::Workforce
            | KindOfChange::Investment
            | KindOfChange::Policy
            | KindOfChange::Other,
        ) => true,
        Some(
            KindOfChange::NewService
            | KindOfChange::Change
            | KindOfChange::Eligibility
            | KindOfChange::AccessRoute
            | KindOfChange::Relocation
            | KindOfChange::Reduction
            | KindOfChange::Closure
            | KindOfChange::ContractExpiry
            | KindOfChange::Temporary,
        ) => false,
    };
    let impacts = &subject.content().impacts;
    behind_the_scenes
        && !impacts.is_empty()
        && impacts.iter().all(|impact| impact.direction == Direction::Neutral)
        && subject.word("who_is_affected").is_some_and(says_nobody)
}

/// Whether a change behind the scenes that is bought or staffed touches nobody outside. It has no users to show figures
/// of, and who lives around says nothing of it.
pub(super) fn is_back_office(subject: &Subject<'_>) -> bool {
    let kind = subject.content().proposal.kind_of_change;
    matches!(kind, Some(KindOfChange::Procurement | KindOfChange::Workforce)) && touches_nobody(subject)
}

/// The same, also of a policy or of something that is none of the kinds.
pub(super) fn may_touch_nobody(subject: &Subject<'_>) -> bool {
    let kind = subject.content().proposal.kind_of_change;
    let inside = matches!(kind, Some(KindOfChange::Policy | KindOfChange::Other));
    is_back_office(subject) || inside && touches_nobody(subject)
}

/// A reason as it would read for any group: the names of its own groups, figures and punctuation left out.
fn template(subject: &Subject<'_>, impact: &Impact) -> String {
    let mut text = text::fold(&impact.rationale);
    for code in &impact.groups {
        let last = code.rsplit('.').next().unwrap_or(code).replace('_', " ");
        for name in [text::fold(&subject.spoken(code)), last] {
            text = text.replace(&name, "_");
        }
    }
    let kept = text.replace(|c: char| !c.is_alphabetic() && c != '_', " ");
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_stock(folded: &str) -> bool {
    length(folded) <= STOCK_WORDS && STOCK.iter().any(|phrase| has(folded, phrase))
}

fn repeated(subject: &Subject<'_>) -> Vec<Draft> {
    if touches_nobody(subject) {
        return Vec::new();
    }
    let mut by_text: BTreeMap<String, Vec<&Impact>> = BTreeMap::new();
    for impact in subject.content().impacts.iter().filter(|impact| says_something(&impact.rationale)) {
        let template = template(subject, impact);
        let key = if is_stock(&template) { String::new() } else { template };
        by_text.entry(key).or_default().push(impact);
    }
    by_text.retain(|_, impacts| impacts.len() >= PASTED);
    let impacts: Vec<_> = by_text.values().flatten().map(|impact| impact.id).collect();
    let mut texts: Vec<_> =
        by_text.values().filter_map(|same| same.first()).map(|impact| impact.rationale.clone()).collect();

    let (aims, questions) = (repeated_aims(subject, &mut texts), repeated_inequalities(subject, &mut texts));
    let mut where_to: Vec<String> = Vec::new();
    where_to.extend((!impacts.is_empty()).then(|| format!("the reasons of {} impacts", impacts.len())));
    where_to.extend((!aims.is_empty()).then(|| format!("the reasons of {} aims of the duty", aims.len())));
    where_to
        .extend((!questions.is_empty()).then(|| "the answers on access, experience and outcomes".to_owned()));
    let path: &[&str] = match (impacts.is_empty(), aims.is_empty(), questions.is_empty()) {
        (true, true, true) => return Vec::new(),
        (false, ..) => &["impacts"],
        (true, false, _) => &["answers", "psed"],
        (true, true, false) => &["answers", "inequality_access"],
    };
    let message = format!(
        "The same or a stock sentence stands in {}. Groups and questions differ: say for each what is true of it, \
         or put groups that may share an answer into one statement.",
        where_to.join(", and in ")
    );
    let facts = json!({
        "count": impacts.len() + aims.len() + questions.len(), "impacts": impacts, "aims": aims,
        "questions": questions, "texts": texts,
    });
    vec![Draft::new(path, message, facts)]
}

/// The rows of the duty's grid that share one reason, when three or more do.
fn repeated_aims(subject: &Subject<'_>, texts: &mut Vec<String>) -> Vec<&'static str> {
    let Answer::Given(grid) = subject.answer("psed") else { return Vec::new() };
    let mut by_text: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for limb in LIMBS {
        let Answer::Given(row) = read(grid.get(limb)) else { continue };
        let Some(reason) = row.get("reason").and_then(|reason| reason.as_str()) else { continue };
        if says_something(reason) {
            by_text.entry(text::fold(reason)).or_default().push(limb);
        }
    }
    by_text.retain(|_, limbs| limbs.len() >= PASTED);
    texts.extend(by_text.keys().cloned());
    by_text.into_values().flatten().collect()
}

/// The three questions on inequalities, where two or more of them have one answer.
fn repeated_inequalities(subject: &Subject<'_>, texts: &mut Vec<String>) -> Vec<&'static str> {
    let mut by_text: BTreeMap<String, Vec<&'static str>> = BTreeMap::new();
    for key in ["inequality_access", "inequality_experience", "inequality_outcomes"] {
        if let Some(answer) = subject.word(key).filter(|answer| says_something(answer)) {
            by_text.entry(text::fold(answer)).or_default().push(key);
        }
    }
    by_text.retain(|_, keys| keys.len() >= 2);
    texts.extend(by_text.keys().cloned());
    by_text.into_values().flatten().collect()
}

fn alike(subject: &Subject<'_>) -> Vec<Draft> {
    let rests_on_it = |text: &str| length(text) <= ALIKE_WORDS && mentions(text, ALIKE);
    let on_it = |impact: &&Impact| {
        let reasons = [
            impact.no_mitigation_because.as_deref().unwrap_or_default(),
            impact.justification.as_deref().unwrap_or_default(),
        ];
        match impact.direction {
            Direction::Neutral => rests_on_it(&impact.rationale),
            Direction::Negative => reasons.into_iter().any(rests_on_it),
            Direction::Positive | Direction::Unknown => false,
        }
    };
    if touches_nobody(subject) {
        return Vec::new();
    }
    let relying: Vec<&Impact> = subject
        .content()
        .impacts
        .iter()
        .filter(|impact| subject.on_characteristic(impact) && given(Some(&impact.rationale)))
        .filter(on_it)
        .collect();
    let Some(first) = relying.first() else { return Vec::new() };
    let mut names: Vec<_> = relying.iter().map(|impact| subject.people(impact)).collect();
    names.sort();
    names.dedup();
    let message = format!(
        "It is said of {} only that all are treated alike. The same rule can bear harder on some, and the duty may \
         mean treating them more favourably: say what the rule does to these people, and what more they need.",
        listed(&names)
    );
    let ids: Vec<_> = relying.iter().map(|impact| impact.id).collect();
    let facts = json!({ "groupNames": names, "impacts": ids, "rationale": first.rationale });
    vec![Draft::new(["impacts"], message, facts)]
}
