//! A case as rules read it: its content, its answers as far as the form shows them, and names for people.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::Facts;
use crate::{
    assessment::Content,
    case::Case,
    decision::DecisionOutcome,
    evidence::Engagement,
    form::{self, Question, YesNoUnknown},
    group::{Group, GroupKind},
    impact::{Direction, Impact, OpenQuestion},
    mitigation::{Mitigation, MitigationStatus},
    party::Party,
    settings::Settings,
    text::{self, Path},
};

/// What the case says to one question.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer<'a> {
    /// The form does not ask, or does not show the question to this case.
    NotAsked,
    /// The question stands and nothing, or nothing that says anything, was written.
    Missing,
    /// Not known, without the question, its owner or its date.
    Careless,
    /// Not known, with question, owner and date.
    Open(OpenQuestion),
    /// An answer.
    Given(&'a Value),
}

/// A case and what it is held against.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The case.
    pub case: &'a Case,
    /// The groups, settings and day.
    pub facts: &'a Facts<'a>,
    shown: BTreeMap<String, Option<bool>>,
}

impl<'a> Subject<'a> {
    /// The case as rules read it.
    #[must_use]
    pub fn of(case: &'a Case, facts: &'a Facts<'a>) -> Self {
        Self { case, facts, shown: form::visibility(facts.form, &case.content) }
    }

    /// What its authors wrote.
    #[must_use]
    pub fn content(&self) -> &'a Content {
        &self.case.content
    }

    /// What its organisation set for itself.
    #[must_use]
    pub fn settings(&self) -> &'a Settings {
        self.facts.settings
    }

    /// The day whose law counts: that of the decision as it was recorded, unless a later meeting is planned, else that
    /// of the meeting planned. What is still to be decided is decided today at the earliest, whatever day was typed.
    #[must_use]
    pub fn day_of_law(&self) -> NaiveDate {
        let planned = self.content().proposal.decision_date;
        match self.decided_on() {
            Some(met) if planned.is_none_or(|day| day <= met) => met,
            _ => planned.map_or(self.facts.today, |day| day.max(self.facts.today)),
        }
    }

    /// The day of the last meeting that decided and did not put it off, if one is recorded.
    #[must_use]
    pub fn decided_on(&self) -> Option<NaiveDate> {
        let mut decisions = self.case.process.decisions.iter().rev();
        decisions.find(|decision| decision.outcome != DecisionOutcome::Defer).map(|decision| decision.meeting)
    }

    /// The question with this key, where the form has it and shows it to this case.
    #[must_use]
    pub fn question(&self, key: &str) -> Option<&'a Question> {
        let shown = self.shown.get(key).copied().flatten().unwrap_or(false);
        self.facts.form.question(key).filter(|_| shown)
    }

    /// Whether the path is that of a question which the form does not show to this case.
    #[must_use]
    pub fn hides(&self, path: &Path) -> bool {
        match path.0.as_slice() {
            [first, key, ..] if first == "answers" => self.question(key).is_none(),
            _ => false,
        }
    }

    /// The content as conditions ask it, with the answers to those questions that the form shows to this case.
    #[must_use]
    pub fn shown_content(&self) -> Value {
        let mut document = serde_json::to_value(self.content()).unwrap_or_default();
        if let Some(answers) = document.get_mut("answers").and_then(Value::as_object_mut) {
            answers.retain(|key, _| self.question(key).is_some());
        }
        document
    }

    /// What the case says to the question with this key.
    #[must_use]
    pub fn answer(&self, key: &str) -> Answer<'a> {
        match self.question(key) {
            None => Answer::NotAsked,
            Some(_) => read(self.content().answers.get(key)),
        }
    }

    /// The text or word the case answers with, if it does.
    #[must_use]
    pub fn word(&self, key: &str) -> Option<&'a str> {
        match self.answer(key) {
            Answer::Given(value) => value.as_str(),
            _ => None,
        }
    }

    /// Whether the duty with this id binds bodies of the kind that the organisation of the case is of.
    #[must_use]
    pub fn is_bound(&self, duty: &str) -> bool {
        super::duty(duty).is_some_and(|duty| duty.binds(self.facts.kind))
    }

    /// Where a path stands in the form: its section, then its question. An impact stands where its groups are
    /// asked about.
    #[must_use]
    pub fn place(&self, path: &Path) -> (usize, usize) {
        let form = self.facts.form;
        let impact = match path.0.as_slice() {
            [first, id, ..] if first == "impacts" => {
                self.content().impacts.iter().find(|impact| impact.id.to_string() == *id)
            }
            _ => None,
        };
        if impact.is_some_and(|impact| !self.on_characteristic(impact)) {
            return self.place(&Path::of(["answers", "health_inequalities_groups"]));
        }
        let section = form.section_of(path).map(|section| &section.key);
        let section = form.sections.iter().position(|s| Some(&s.key) == section);
        let question = match path.0.as_slice() {
            [first, key, ..] if first == "answers" => form.questions().position(|q| q.key == *key),
            _ => None,
        };
        (section.unwrap_or(usize::MAX), question.unwrap_or(0))
    }

    /// The name of the group with this code, or the code when there is none.
    #[must_use]
    pub fn group_name(&self, code: &str) -> String {
        self.facts.groups.find(code).map_or_else(|| code.to_owned(), |group| group.name.clone())
    }

    /// The name of the group as it stands within a sentence: what follows a colon is left out, and it is written small
    /// but for proper names. What an organisation called its own groups is left as it is, but for people.
    #[must_use]
    pub fn spoken(&self, code: &str) -> String {
        let name = self.group_name(code);
        let short = name.split(':').next().unwrap_or_default();
        let group = self.facts.groups.find(code);
        let first = short.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if code == "other.armed_forces" {
            return "the armed forces community".into();
        }
        let shipped = group.is_some_and(|group| !self.is_own(group)) && !PROPER.contains(&first);
        if shipped || short.starts_with("People ") {
            let mut rest = short.chars();
            rest.next()
                .map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + rest.as_str())
        } else {
            short.to_owned()
        }
    }

    /// The people an impact is about, as they stand within a sentence.
    #[must_use]
    pub fn people(&self, impact: &Impact) -> String {
        let names: Vec<_> = impact.groups.iter().map(|code| self.spoken(code)).collect();
        if names.is_empty() { "no group".into() } else { names.join(" and ") }
    }

    /// Facts about an impact for a finding, with more of the rule's own.
    #[must_use]
    pub fn impact_facts(&self, impact: &Impact, more: Value) -> Value {
        let names: Vec<_> = impact.groups.iter().map(|code| self.group_name(code)).collect();
        let mut facts = json!({
            "groups": impact.groups, "groupNames": names, "direction": impact.direction,
        });
        if let (Some(facts), Value::Object(more)) = (facts.as_object_mut(), more) {
            facts.extend(more);
        }
        facts
    }

    /// Whether an impact or engagement on `codes` speaks of `group` or of a part of it.
    #[must_use]
    pub fn speaks_of(&self, codes: &[String], group: &str) -> bool {
        codes.iter().any(|code| self.facts.groups.is_within(code, group))
    }

    /// Whether two sets of codes have people in common: one holds a group on or above one of the other.
    #[must_use]
    pub fn related(&self, one: &[String], other: &[String]) -> bool {
        one.iter().any(|code| self.speaks_of(other, code))
            || other.iter().any(|code| self.speaks_of(one, code))
    }

    /// Whether the impact is on a protected characteristic or a part of one.
    #[must_use]
    pub fn on_characteristic(&self, impact: &Impact) -> bool {
        let kind = |code: &String| self.facts.groups.find(code).map(|group| group.kind);
        impact.groups.iter().any(|code| kind(code) == Some(GroupKind::ProtectedCharacteristic))
    }

    /// Whether the organisation added this group itself.
    #[must_use]
    pub fn is_own(&self, group: &Group) -> bool {
        self.settings().groups.iter().any(|own| own.code == group.code)
    }

    /// The impacts that go this way.
    pub fn impacts(&self, direction: Direction) -> impl Iterator<Item = &'a Impact> {
        self.content().impacts.iter().filter(move |impact| impact.direction == direction)
    }

    /// The mitigations planned against an impact that have not failed or been given up.
    pub fn against(&self, impact: &Impact) -> impl Iterator<Item = &'a Mitigation> {
        let id = impact.id;
        self.live_mitigations().filter(move |mitigation| mitigation.impacts.contains(&id))
    }

    /// The mitigations that have not failed or been given up.
    pub fn live_mitigations(&self) -> impl Iterator<Item = &'a Mitigation> {
        let case = self.case;
        case.content.mitigations.iter().filter(move |mitigation| {
            !matches!(
                case.mitigation_status(mitigation.id),
                MitigationStatus::Failed | MitigationStatus::Cancelled
            )
        })
    }

    /// The negative impacts whose initial consequence the organisation calls significant.
    pub fn significant(&self) -> impl Iterator<Item = &'a Impact> {
        let from = self.settings().significant_consequence;
        self.impacts(Direction::Negative)
            .filter(move |impact| impact.initial.is_some_and(|rating| rating.consequence >= from))
    }

    /// The engagements that began before the day of the decision and so could inform it.
    pub fn engagements_in_time(&self) -> impl Iterator<Item = &'a Engagement> {
        let decision = self.content().proposal.decision_date;
        let engagements = self.content().engagement.iter();
        engagements.filter(move |engagement| decision.is_none_or(|day| engagement.from < day))
    }
}

/// First words of names of groups that are written with a capital everywhere.
const PROPER: &[&str] = &[
    "Asian",
    "Black",
    "White",
    "Gypsy",
    "Buddhists",
    "Christians",
    "Hindus",
    "Jews",
    "Muslims",
    "Sikhs",
    "Core20",
];

/// What a stored value says.
#[must_use]
pub fn read(value: Option<&Value>) -> Answer<'_> {
    match value {
        None | Some(Value::Null) => Answer::Missing,
        Some(value) if is_unknown(value) => {
            form::answer::open_question(value).filter(is_complete).map_or(Answer::Careless, Answer::Open)
        }
        Some(Value::String(text)) if !is_written(text) => Answer::Missing,
        Some(Value::Array(list)) if list.is_empty() => Answer::Missing,
        Some(Value::Object(fields)) if fields.is_empty() => Answer::Missing,
        Some(value) => Answer::Given(value),
    }
}

/// Whether a stored answer says that something is not known.
#[must_use]
pub fn is_unknown(value: &Value) -> bool {
    *value == YesNoUnknown::Unknown.as_str() || value.as_object().is_some_and(|o| o.contains_key("unknown"))
}

/// Whether an unknown says what has to be found out and who does it; its date is always there.
#[must_use]
pub fn is_complete(open: &OpenQuestion) -> bool {
    says_something(&open.question) && is_party(&open.owner)
}

/// Whether a party names somebody.
#[must_use]
pub fn is_party(party: &Party) -> bool {
    party.person.is_some() || party.name.as_deref().is_some_and(says_something)
}

/// Words that hold a place until somebody writes.
const PLACEHOLDERS: &[&str] =
    &["", "-", "?", "x", "tbc", "tbd", "to be confirmed", "to be completed", "to follow"];

/// Words that claim and give no reason.
const CLAIMS: &[&str] = &[
    "n/a",
    "na",
    "not applicable",
    "none",
    "nil",
    "no",
    "unknown",
    "not known",
    "no impact",
    "no effect",
    "no change",
    "neutral",
    "as above",
    "see above",
];

/// Whether a text is more than a placeholder. "None" can be an honest answer to a question about gaps.
#[must_use]
pub fn is_written(text: &str) -> bool {
    !PLACEHOLDERS.contains(&folded(text).as_str())
}

/// Whether a text says why, rather than being a placeholder or a bare claim such as "no impact".
#[must_use]
pub fn says_something(text: &str) -> bool {
    is_written(text) && !CLAIMS.contains(&folded(text).as_str())
}

/// The text as it is compared: small, without what ends a sentence.
pub(super) fn folded(text: &str) -> String {
    text::fold(text).trim_end_matches(['.', '!', ' ']).to_owned()
}

/// Whether an optional text says anything.
#[must_use]
pub fn given(text: Option<&String>) -> bool {
    text.is_some_and(|text| says_something(text))
}

/// At most five of many names, and how many more there are.
#[must_use]
pub fn some(names: &[&str]) -> String {
    match names.get(..5) {
        Some(first) if names.len() > 5 => format!("{}; and {} more", first.join("; "), names.len() - 5),
        _ => names.join("; "),
    }
}

/// A date as people in the NHS write it: 4 March 2026.
#[must_use]
pub fn day(date: NaiveDate) -> String {
    date.format("%-d %B %Y").to_string()
}

/// The party as a sentence names it.
#[must_use]
pub fn party(party: &Party) -> String {
    party.name.clone().unwrap_or_else(|| "The person named".into())
}
