//! Screenings, held against what they do not know, what they answer with yes and who lives where the proposal lands. What
//! one of these rules finds makes a screen-out borderline.

use serde_json::{Value, json};

use super::{
    Draft, Fault, Rule, Subject,
    place::{figures, notable_core20, of_group, told, untold},
    subject::{is_unknown, some},
};
use crate::{
    form::YesNoUnknown,
    group::GroupKind,
    place::GroupPopulation,
    screening::{RECOMMENDED_DEPTH, ScreeningDepth},
    settings::Severity,
};

/// The rule about what is not known.
pub const UNKNOWN_UNTOUCHED: &str = "screening.none.unknown";
/// The rule about what is answered with yes.
pub const YES_UNTOUCHED: &str = "screening.none.contradicted";
/// The rule about who lives where the proposal lands.
pub const NOTABLE_UNTOUCHED: &str = "screening.none.notable";
/// The rule about places of which that is not known.
pub const PLACE_UNKNOWN: &str = "screening.place.unknown";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: UNKNOWN_UNTOUCHED,
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
        id: YES_UNTOUCHED,
        title: "Nothing is screened out over what is answered with yes",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "The questions of a screening ask what speaks for a closer look: a yes and \"no assessment\" do not go \
                      together without a reason. One finding a case.",
        run: contradicted,
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
                      look: it may be right, and the one who screens sees the figures, whatever is recommended. One \
                      finding a case.",
        run: notable,
    },
    Rule {
        id: PLACE_UNKNOWN,
        title: "Who lives where the proposal lands is known before it is screened",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Where no place is named, or nothing is known of it, nobody can see whom the proposal meets: that no \
                      rule speaks of them says nothing. One finding a case.",
        run: place_unknown,
    },
];

fn recommends_none(subject: &Subject<'_>) -> bool {
    subject.word(RECOMMENDED_DEPTH) == Some(ScreeningDepth::None.as_str())
}

fn unknown(subject: &Subject<'_>) -> Vec<Draft> {
    if !recommends_none(subject) {
        return Vec::new();
    }
    let told = |titles: &str| {
        format!(
            "No assessment is recommended, and this is not known: {titles}. Find it out first, or recommend a light \
             assessment, which asks whoever knows."
        )
    };
    answered(subject, is_unknown, told)
}

fn contradicted(subject: &Subject<'_>) -> Vec<Draft> {
    if !recommends_none(subject) {
        return Vec::new();
    }
    let yes = |answer: &Value| *answer == YesNoUnknown::Yes.as_str();
    let told = |titles: &str| {
        format!(
            "No assessment is recommended, and this is answered with yes: {titles}. Recommend an assessment, or say in the \
             reasons why it needs none all the same."
        )
    };
    answered(subject, yes, told)
}

/// One finding of the questions that are shown and answered so.
fn answered(
    subject: &Subject<'_>,
    so: impl Fn(&Value) -> bool,
    told: impl FnOnce(&str) -> String,
) -> Vec<Draft> {
    let shown = subject.facts.form.questions().filter(|question| subject.question(&question.key).is_some());
    let of: Vec<_> =
        shown.filter(|question| subject.content().answers.get(&question.key).is_some_and(&so)).collect();
    if of.is_empty() {
        return Vec::new();
    }
    let titles: Vec<String> = of.iter().map(|question| format!("\"{}\"", question.title)).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let keys: Vec<&str> = of.iter().map(|question| question.key.as_str()).collect();
    vec![Draft::new(["answers", RECOMMENDED_DEPTH], told(&some(&titles)), json!({ "questions": keys }))]
}

fn place_unknown(subject: &Subject<'_>) -> Vec<Draft> {
    if subject.facts.population.is_some() && subject.facts.unplaced.is_none() {
        return Vec::new();
    }
    let (why, reason) = match subject.facts.unplaced {
        Some(why) => (why.message.as_str(), why.code),
        None if subject.content().proposal.footprint.is_empty() => ("No place is named.", "NO_PLACE"),
        // It was not looked up: nothing is said of it.
        None => return Vec::new(),
    };
    let message = format!(
        "Who lives {} cannot be told. {why} Name the places, or say in the reasons from figures of your own who lives \
         there: until then the check by the panel is likelier.",
        untold(subject)
    );
    vec![Draft::new(["proposal", "footprint"], message, json!({ "reason": reason }))]
}

fn notable(subject: &Subject<'_>) -> Vec<Draft> {
    let Some(place) = subject.facts.population else { return Vec::new() };
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
    let none = recommends_none(subject);
    let mut sentences = Vec::new();
    if none {
        sentences.push("No assessment is recommended.".to_owned());
    }
    sentences.extend(core20.map(|(place, living)| figures(place, living)));
    if !others.is_empty() {
        let told: Vec<String> = others.iter().map(|group| told(subject, group)).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let belong = "A larger share of residents than in England belongs to these groups there:";
        sentences.push(format!("{belong} {}.", some(&told)));
    }
    let ask = if none {
        "Say in the reasons why none of them is touched, or recommend an assessment."
    } else {
        "Whoever screens this out all the same says in the reasons why none of them is touched."
    };
    sentences.push(ask.to_owned());
    let groups: Vec<Value> =
        core20.map(|(_, living)| living).into_iter().chain(others).map(of_group).collect();
    let facts =
        json!({ "groups": groups, "people": place.people, "restsOn": "RESIDENTS", "notes": place.notes });
    vec![Draft::new(["answers", RECOMMENDED_DEPTH], sentences.join(" "), facts)]
}
