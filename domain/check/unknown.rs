//! Unknowns: honest with a question, an owner and a date, and put to the body that decides.

use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    denial::says_none,
    subject::{day, is_complete, party, read},
};
use crate::{
    form::answer::LIMBS,
    impact::{Direction, Impact, OpenQuestion},
    settings::Severity,
    text::{Path, capital},
};

/// The rule about what is put to the body.
const OPEN: &str = "unknown.open";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "unknown.careless",
        title: "An unknown has a question, an owner and a date",
        duty: "corby.complete",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Not knowing is honest when somebody is to find out; otherwise it is a gap that nobody closes.",
        run: careless,
    },
    Rule {
        id: OPEN,
        title: "What is not known is put to the body that decides",
        duty: "corby.complete",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "The body may decide without an answer, knowingly and with a reason; it may not decide unaware.",
        run: open,
    },
    Rule {
        id: "unknown.overdue",
        title: "What was to be found out by a day is found out, though the body went on without it",
        duty: "corby.complete",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Information that could have been had is what the court missed, and the duty goes on. As long as nobody accepted that it is open, that is told with the day that passed.",
        run: overdue,
    },
    Rule {
        id: "gaps.outstanding",
        title: "Outstanding questions are put to the body that decides",
        duty: "corby.complete",
        severity: Severity::Blocker,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Questions that are still open at the decision are accepted with a reason, or answered first.",
        run: |subject| {
            let Some(text) = subject.word("outstanding_questions").filter(|text| !says_none(text)) else {
                return Vec::new();
            };
            let message = "It reads as if questions were still open. Answer them before the decision and write \"None\", or have \
                           the body accept, with a reason, deciding without the answers.";
            vec![Draft::new(["answers", "outstanding_questions"], message, json!({ "questions": text }))]
        },
    },
    Rule {
        id: "gaps.evidence",
        title: "Known gaps in the evidence are put to the body that decides",
        duty: "corby.complete",
        severity: Severity::Advice,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Some gaps can be lived with; which ones is for the body to say. One finding a case.",
        run: |subject| {
            let told = subject.word("evidence_gaps").filter(|text| !says_none(text));
            let sources = subject.content().evidence.iter().filter_map(|evidence| {
                let gap = evidence.gap.as_deref().filter(|gap| !says_none(gap))?;
                Some(json!({ "evidence": evidence.id, "title": evidence.title, "gap": gap }))
            });
            let sources: Vec<_> = sources.collect();
            if told.is_none() && sources.is_empty() {
                return Vec::new();
            }
            let known =
                if sources.is_empty() { "It reads as if the evidence had" } else { "The evidence has" };
            let message = format!(
                "{known} known gaps. The body should have them before it, and say with a reason why it can decide all \
                 the same."
            );
            vec![Draft::new(
                ["answers", "evidence_gaps"],
                message,
                json!({ "gaps": told, "sources": sources }),
            )]
        },
    },
];

fn careless(subject: &Subject<'_>) -> Vec<Draft> {
    let vague = unsure(subject).filter(|impact| !impact.open_question.as_ref().is_some_and(is_complete));
    let mut drafts: Vec<_> = vague
        .map(|impact| {
            let what = match impact.direction {
                Direction::Negative => "how badly they would be hit",
                _ => "how they would be affected",
            };
            let message = format!(
                "Of {} it is not known {what}, and nobody is to find out. Give the question, who answers it and by \
                 when.",
                subject.people(impact)
            );
            let facts = subject.impact_facts(impact, json!({}));
            Draft::new(["impacts", &impact.id.to_string(), "openQuestion"], message, facts)
        })
        .collect();
    for (path, title, answer) in answers(subject) {
        if answer == Answer::Careless {
            let message = format!(
                "\"{title}\" is answered with not known, and nobody is to find out. Give the question, who \
                 answers it and by when."
            );
            drafts.push(Draft::new(path, message, json!({ "title": title })));
        }
    }
    drafts
}

fn open(subject: &Subject<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for impact in unsure(subject) {
        let Some(open) = impact.open_question.as_ref().filter(|open| is_complete(open)) else { continue };
        let people = subject.people(impact);
        let what = match impact.direction {
            Direction::Negative => format!("how badly {people} would be hit"),
            _ => format!("for {people}"),
        };
        let facts = subject.impact_facts(impact, told(subject, open));
        let path = ["impacts", &impact.id.to_string(), "openQuestion"];
        drafts.push(Draft::new(path, sentence(subject, &what, open), facts));
    }
    for (path, title, answer) in answers(subject) {
        if let Answer::Open(open) = answer {
            let message = sentence(subject, &format!("under \"{title}\""), &open);
            drafts.push(Draft::new(path, message, told(subject, &open)));
        }
    }
    drafts
}

fn overdue(subject: &Subject<'_>) -> Vec<Draft> {
    let today = subject.facts.today;
    let impacts = unsure(subject).filter_map(|impact| {
        let open = impact.open_question.clone().filter(is_complete)?;
        Some((vec!["impacts".to_owned(), impact.id.to_string(), "openQuestion".to_owned()], open))
    });
    let answered = answers(subject).into_iter().filter_map(|(path, _, answer)| match answer {
        Answer::Open(open) => Some((path, open)),
        _ => None,
    });
    // Until somebody accepts it, the open question itself is told with its date.
    let accepted =
        |path: &[String]| subject.case.process.accepted.contains_key(&format!("{OPEN}@{}", Path::of(path)));
    let late = impacts.chain(answered).filter(|(path, open)| open.due < today && accepted(path));
    late.map(|(path, open)| {
        let message = format!(
            "{} was to answer \"{}\" by {}. Put in what was found out, or set a new day and say what it means for the \
             decision.",
            capital(&party(&open.owner)),
            open.question,
            day(open.due)
        );
        Draft::new(path, message, told(subject, &open))
    })
    .collect()
}

/// What the case says to every question shown to it, the rows of the duty's grid apart.
fn answers<'a>(subject: &Subject<'a>) -> Vec<(Vec<String>, &'a str, Answer<'a>)> {
    let mut found = Vec::new();
    for question in subject.facts.form.questions() {
        let answer = subject.answer(&question.key);
        let path = vec!["answers".to_owned(), question.key.clone()];
        if let Answer::Given(value) = &answer {
            for limb in LIMBS.iter().filter(|_| question.key == "psed") {
                let Some(row) = value.get(limb) else { continue };
                let path = path.iter().cloned().chain([(*limb).to_owned()]).collect();
                found.push((path, question.title.as_str(), read(Some(row))));
            }
        }
        found.push((path, question.title.as_str(), answer));
    }
    found
}

fn told(subject: &Subject<'_>, open: &OpenQuestion) -> serde_json::Value {
    json!({
        "question": open.question,
        "owner": open.owner,
        "due": open.due,
        "afterDecision": subject.content().proposal.decision_date.map(|decided| open.due > decided),
    })
}

/// The impacts of which something is not known: which way they go, or how bad it is where somebody asks.
fn unsure<'a>(subject: &Subject<'a>) -> impl Iterator<Item = &'a Impact> {
    subject.content().impacts.iter().filter(|impact| match impact.direction {
        Direction::Unknown => true,
        Direction::Negative => impact.initial.is_none() && impact.open_question.is_some(),
        Direction::Positive | Direction::Neutral => false,
    })
}

fn sentence(subject: &Subject<'_>, what: &str, open: &OpenQuestion) -> String {
    let after = subject.content().proposal.decision_date.is_some_and(|decided| open.due > decided);
    let late = if open.due < subject.facts.today {
        ", which has passed"
    } else if after {
        ", after the decision"
    } else {
        ""
    };
    format!(
        "Still open {what}: \"{}\" {} is to answer by {}{late}. Find out before the decision, or have the body \
         accept with a reason that it decides without knowing.",
        open.question,
        party(&open.owner),
        day(open.due),
    )
}
