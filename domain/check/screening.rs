//! Screenings that come to no assessment, held against what they do not know and who lives where the proposal lands.

use serde_json::{Value, json};

use super::{
    Draft, Fault, Rule, Subject,
    place::{figures, notable_core20, of_group, told},
    subject::{is_unknown, some},
};
use crate::{group::GroupKind, place::GroupPopulation, settings::Severity};

/// The question about the depth that is recommended.
const RECOMMENDED: &str = "recommended_depth";

/// The rule that makes a screening borderline by who lives where the proposal lands.
pub const NOTABLE_UNTOUCHED: &str = "screening.none.notable";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "screening.none.unknown",
        title: "Nothing is screened out over what is not known",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Whoever does not know whether somebody is touched cannot know that nobody is. One finding a case.",
        run: unknown,
    },
    Rule {
        id: NOTABLE_UNTOUCHED,
        title: "Nothing is screened out in silence over groups that many residents belong to",
        duty: "nhs2006.s14z35",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Where many of the people live whom inequalities hit hardest, \"nobody is touched\" needs a second \
                      look: it may be right, and the one who screens sees the figures. One finding a case.",
        run: notable,
    },
];

fn recommends_none(subject: &Subject<'_>) -> bool {
    subject.word(RECOMMENDED) == Some("NONE")
}

fn unknown(subject: &Subject<'_>) -> Vec<Draft> {
    if !recommends_none(subject) {
        return Vec::new();
    }
    let shown = subject.facts.form.questions().filter(|question| subject.question(&question.key).is_some());
    let open: Vec<_> = shown
        .filter(|question| subject.content().answers.get(&question.key).is_some_and(is_unknown))
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let titles: Vec<String> = open.iter().map(|question| format!("\"{}\"", question.title)).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let message = format!(
        "No assessment is recommended, and this is not known: {}. Find it out first, or recommend a light assessment, \
         which asks whoever knows.",
        some(&titles)
    );
    let keys: Vec<&str> = open.iter().map(|question| question.key.as_str()).collect();
    vec![Draft::new(["answers", RECOMMENDED], message, json!({ "questions": keys }))]
}

fn notable(subject: &Subject<'_>) -> Vec<Draft> {
    let Some(place) = subject.facts.population.filter(|_| recommends_none(subject)) else {
        return Vec::new();
    };
    let kind = |code: &str| subject.facts.groups.find(code).map(|group| group.kind);
    let counted = |group: &&GroupPopulation| {
        matches!(kind(&group.group), Some(GroupKind::ProtectedCharacteristic | GroupKind::Other))
    };
    let others: Vec<&GroupPopulation> =
        place.groups.iter().filter(|group| group.notable).filter(counted).collect();
    let core20 = notable_core20(subject);
    if core20.is_none() && others.is_empty() {
        return Vec::new();
    }
    let mut message = String::from("No assessment is recommended.");
    if let Some((place, living)) = core20 {
        message.push(' ');
        message.push_str(&figures(place, living));
    }
    if !others.is_empty() {
        let told: Vec<String> = others.iter().map(|group| told(subject, group)).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        message.push_str(" Far more people than elsewhere in England belong to these groups there: ");
        message.push_str(&some(&told));
        message.push('.');
    }
    message.push_str(" Say in the reasons why none of them is touched, or recommend an assessment.");
    let groups: Vec<Value> =
        core20.map(|(_, living)| living).into_iter().chain(others).map(of_group).collect();
    let facts =
        json!({ "groups": groups, "people": place.people, "restsOn": "RESIDENTS", "notes": place.notes });
    vec![Draft::new(["answers", RECOMMENDED], message, facts)]
}
