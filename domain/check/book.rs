//! The rule book as people read it, generated from the rules.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Duty, EDITION, Fault, Gate, Rule, often, rules};
use crate::{settings::Severity, text::capital};

/// The rule book in Markdown.
#[must_use]
pub fn book() -> String {
    let mut text = String::from(INTRODUCTION);
    let counted = |severity: Severity| rules().iter().filter(|rule| rule.severity == severity).count();
    let _ = writeln!(
        text,
        "\nEdition {EDITION}: {} rules, of which {} block, {} warn and {} advise.\n",
        rules().len(),
        counted(Severity::Blocker),
        counted(Severity::Warning),
        counted(Severity::Advice)
    );
    text.push_str("| rule | what it looks for | weight | duty |\n|---|---|---|---|\n");
    for rule in rules() {
        let _ = writeln!(
            text,
            "| [`{id}`](#{anchor}) | {title} | {weight} | {citation} |",
            id = rule.id,
            anchor = rule.id.replace('.', ""),
            title = rule.title,
            weight = weight(rule),
            citation = rule.duty().citation,
        );
    }
    for rule in rules() {
        let duty = rule.duty();
        let _ = write!(
            text,
            "\n### {id}\n\n{title}. {weight}; {fault}. {explanation}\n\nDuty: {duty}.",
            id = rule.id,
            title = rule.title,
            weight = capital(&weight(rule)),
            fault = told(rule.fault),
            explanation = rule.explanation,
            duty = cited(duty),
        );
        if let Some(disputed) = &duty.disputed {
            let _ = write!(text, " {disputed}");
        }
        if let Some(reason) = often(rule.id) {
            let _ = write!(text, "\n\nFires often: {reason}");
        }
        text.push('\n');
    }
    text
}

/// The rule book for programs: everything that [`book`] says.
#[must_use]
pub fn described() -> Value {
    let described = rules().iter().map(|rule| {
        json!({
            "id": rule.id, "title": rule.title, "severity": rule.severity, "gate": rule.gate,
            "acceptable": rule.acceptable, "fault": rule.fault, "explanation": rule.explanation,
            "duty": rule.duty(), "firesOften": often(rule.id),
        })
    });
    json!({ "format": "ehia/rule-book/1", "edition": EDITION, "rules": described.collect::<Vec<_>>() })
}

const INTRODUCTION: &str = "# The rule book

<!-- Printed by `ehia checks list`; a test holds this file to it. Change the rules in domain/check/ instead. -->

What a case is held against as it is written, with the duty behind each rule. Only statute and case law may block, and
only an answer that is missing or contradicts itself, never an unwelcome one. A blocker stops the submission to the
panel or the decision of the body; where it may be accepted, it stops the decision alone, and the body can go on with a
reason that is recorded. An organisation may raise a severity and never lower it; a duty that is not in force on the day
of the decision does not fire, and where one does not bind bodies of the organisation's kind, its rules warn at most.
Where a rule rests on a reading that is not settled law, its duty says so. This is a guide for engineers and wants the
confirmation of counsel.
";

/// How grave it is, what it stops and whether it may be accepted.
fn weight(rule: &Rule) -> String {
    let gate = match rule.gate.filter(|_| rule.severity == Severity::Blocker) {
        Some(Gate::Submit) => "blocks submission",
        Some(Gate::Decide) => "blocks the decision",
        None => match rule.severity {
            Severity::Blocker | Severity::Warning => "warns",
            Severity::Advice => "advises",
        },
    };
    match (rule.severity, rule.acceptable, rule.gate) {
        (Severity::Blocker, true, _) => format!("{gate}, may be accepted"),
        (Severity::Warning | Severity::Advice, _, Some(_)) => format!("{gate}, can be raised to block"),
        _ => gate.to_owned(),
    }
}

const fn told(fault: Fault) -> &'static str {
    match fault {
        Fault::Missing => "something is missing",
        Fault::Contradictory => "something contradicts itself",
        Fault::Unwelcome => "something is there that the body should see",
    }
}

fn cited(duty: &Duty) -> String {
    let link =
        duty.url.as_ref().map_or_else(|| duty.citation.clone(), |url| format!("[{}]({url})", duty.citation));
    let dates = match (duty.in_force_from, duty.in_force_to) {
        (Some(from), Some(to)) => format!(", in force from {from} to {to}"),
        (Some(from), None) => format!(", in force from {from}"),
        (None, Some(to)) => format!(", in force until {to}"),
        (None, None) => String::new(),
    };
    let authority = duty.authority.as_str().to_lowercase().replace('_', " ");
    let kinds: Vec<&str> = duty.binds.iter().map(|kind| kind.as_str()).collect();
    let binds = if kinds.is_empty() { String::new() } else { format!("; binds {}", kinds.join(" or ")) };
    format!("{title} ({link}; {authority}{dates}{binds})", title = duty.title)
}
