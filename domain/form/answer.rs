//! What an answer may be, by the type of its question.
//!
//! A value is refused only for what it is, never for what it says, and never for being absent: what must be
//! answered is a check's to say. Anywhere `{"unknown": {question, owner, due}}` may stand instead, an honest
//! unknown; `null` clears.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    area,
    assessment::Content,
    canonical,
    form::{Form, FormSubject, Question, QuestionType, YesNoUnknown},
    group::Catalogue,
    impact::{OpenQuestion, Reach},
    proposal::{Money, Proposal},
    text::{self, Path, Violation, shortened},
    words::words,
};

words! {
    /// How a proposal bears on an aim of the public sector equality duty.
    DutyEffect {
        /// It will support the aim.
        Supports = "SUPPORTS",
        /// It may support the aim.
        MaySupport = "MAY_SUPPORT",
        /// It cannot be said yet.
        Uncertain = "UNCERTAIN",
        /// It works against the aim.
        Hinders = "HINDERS",
        /// The aim has no bearing here, for the reason given.
        NotRelevant = "NOT_RELEVANT",
    }
}

/// The rows of the public sector equality duty grid: aim (a), aim (b) by its three limbs (Equality Act 2010
/// s.149(3)), aim (c).
pub const LIMBS: [&str; 5] =
    ["eliminate", "advance_disadvantage", "advance_needs", "advance_participation", "foster"];

/// How the proposal bears on one aim or limb, and why.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyAnswer {
    /// How.
    pub effect: DutyEffect,
    /// Why.
    pub reason: String,
}

/// One reasoned statement for several groups that need not be answered singly.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Codes of the groups.
    pub groups: Vec<String>,
    /// The reason that holds for all of them.
    pub reason: String,
}

/// What the answer to a group matrix holds beside the impacts, which are content of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matrix {
    /// What several groups share.
    pub statements: Vec<Statement>,
    /// The main recommendation, by the code of its group.
    pub recommendations: BTreeMap<String, String>,
}

/// The unknown that stands for an answer, when it is one and well formed.
#[must_use]
pub fn open_question(value: &Value) -> Option<OpenQuestion> {
    unknown(value).and_then(|open| OpenQuestion::deserialize(open).ok())
}

/// What stands under the sole key `unknown`.
pub(super) fn unknown(value: &Value) -> Option<&Value> {
    let fields = value.as_object()?;
    if fields.len() == 1 { fields.get("unknown") } else { None }
}

/// Checks the value given for the question `key` against its type. `path` is where the value stands.
///
/// # Errors
/// Everything that is wrong with it, each with its path; `NOT_FOUND` when the form has no such question.
pub fn check_answer(
    form: &Form,
    key: &str,
    value: &Value,
    groups: &Catalogue,
    path: &Path,
) -> Result<(), Vec<Violation>> {
    let mut check = Check { groups, found: Vec::new() };
    match form.question(key) {
        None => check.say("NOT_FOUND", format!("The form has no question `{}`.", shortened(key)), path),
        Some(question) => check.answer(question, value, path),
    }
    if check.found.is_empty() { Ok(()) } else { Err(check.found) }
}

/// Checks every answer of a content document, for documents that come whole, and that evidence and engagements
/// they name are in it.
#[must_use]
pub fn check_answers(form: &Form, content: &Content, groups: &Catalogue) -> Vec<Violation> {
    let mut found = proposed(form, content);
    for (key, value) in &content.answers {
        let path = Path::of(["answers", key]);
        if let Err(violations) = check_answer(form, key, value, groups, &path) {
            found.extend(violations);
            continue;
        }
        let known = match form.question(key).map(|question| question.kind) {
            Some(QuestionType::Evidence) => content.evidence.iter().map(|e| e.id.to_string()).collect(),
            Some(QuestionType::Engagement) => content.engagement.iter().map(|e| e.id.to_string()).collect(),
            _ => continue,
        };
        found.extend(missing(value, known, &path));
    }
    found
}

/// What of a proposal stands in a content whose form is about the organisation itself: no rule would look at it.
fn proposed(form: &Form, content: &Content) -> Vec<Violation> {
    // By when the body meets is said of any case.
    let planned = Proposal { decision_body: None, decision_date: None, ..content.proposal.clone() };
    let stands = [
        ("impacts", !content.impacts.is_empty()),
        ("mitigations", !content.mitigations.is_empty()),
        ("interdependencies", !content.interdependencies.is_empty()),
        ("proposal", planned != Proposal::default()),
    ];
    let stands = stands.into_iter().filter(|(_, stands)| *stands && form.about == FormSubject::Organisation);
    let told = |(part, _)| {
        let message = "The form is about the organisation itself and takes no part of a proposal but who decides and when: leave this out, or \
                       begin a case with a form about a proposal.";
        Violation::new("NOT_APPLICABLE", message, Path::of([part]))
    };
    stands.map(told).collect()
}

fn missing(value: &Value, known: Vec<String>, path: &Path) -> Vec<Violation> {
    let named = value.as_array().into_iter().flatten().enumerate();
    named
        .filter(|(_, id)| !id.as_str().is_some_and(|id| known.iter().any(|k| k.eq_ignore_ascii_case(id))))
        .map(|(index, _)| {
            Violation::new("NOT_FOUND", "This assessment has no entry with this id.", path.join(index))
        })
        .collect()
}

struct Check<'a> {
    groups: &'a Catalogue,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn say(&mut self, code: &str, message: impl Into<String>, path: &Path) {
        self.found.push(Violation::new(code, message, path.clone()));
    }

    fn keep(&mut self, result: Result<(), Violation>) {
        self.found.extend(result.err());
    }

    fn answer(&mut self, question: &Question, value: &Value, path: &Path) {
        if value.is_null() {
            return;
        }
        if let Some(open) = unknown(value) {
            return self.unknown(open, &path.join("unknown"));
        }
        match question.kind {
            QuestionType::Text => {
                self.text(value, question.max_length.unwrap_or(text::PARAGRAPH), path);
            }
            QuestionType::Choice => self.choice(&question.options, value, path),
            QuestionType::Choices => {
                for (index, choice) in self.list(value, path).into_iter().enumerate() {
                    self.choice(&question.options, choice, &path.join(index));
                }
            }
            QuestionType::YesNoUnknown => {
                if !YesNoUnknown::ALL.iter().any(|word| value == word.as_str()) {
                    self.say("INVALID", "Answer YES, NO or UNKNOWN.", path);
                }
            }
            QuestionType::Date => self.date(value, path),
            QuestionType::Number => self.number(question, value, path),
            QuestionType::Money => {
                if value.as_str().and_then(Money::parse).is_none() {
                    self.say("INVALID", "Write pounds as text with at most two places: \"1250.00\".", path);
                }
            }
            QuestionType::PeopleRange => self.range(value, path),
            QuestionType::GroupMatrix => self.matrix(question, value, path),
            QuestionType::PsedGrid => self.grid(value, path),
            QuestionType::Evidence | QuestionType::Engagement => {
                for (index, id) in self.list(value, path).into_iter().enumerate() {
                    if id.as_str().and_then(|id| uuid::Uuid::try_parse(id).ok()).is_none() {
                        self.say("INVALID", "Give the id of an entry of this assessment.", &path.join(index));
                    }
                }
            }
            QuestionType::Area => {
                for (index, code) in self.list(value, path).into_iter().enumerate() {
                    if code.as_str().and_then(area::level).is_none() {
                        let message = "Give a nine-character ONS code of a place in England: \"E07000148\".";
                        self.say("INVALID", message, &path.join(index));
                    }
                }
            }
        }
    }

    fn unknown(&mut self, open: &Value, path: &Path) {
        let Some(fields) = self.record(open, &["question", "owner", "due"], path) else { return };
        self.required_text(fields, "question", text::PARAGRAPH, path);
        match fields.get("owner").map(crate::party::Party::deserialize) {
            Some(Ok(owner)) => self.keep(owner.check(&path.join("owner"))),
            _ => self.say("REQUIRED", "Say who finds it out: a name, or an account.", &path.join("owner")),
        }
        match fields.get("due") {
            Some(due) => self.date(due, &path.join("due")),
            None => self.say("REQUIRED", "Say by when it will be known.", &path.join("due")),
        }
    }

    fn text(&mut self, value: &Value, most: usize, path: &Path) {
        match value.as_str() {
            Some(text) => self.keep(text::check(text, most, path)),
            None => self.say("INVALID", "Answer in text.", path),
        }
    }

    fn required_text(&mut self, fields: &Map<String, Value>, key: &str, most: usize, path: &Path) {
        match fields.get(key) {
            Some(value) => self.text(value, most, &path.join(key)),
            None => self.say("REQUIRED", format!("Give a {key}."), &path.join(key)),
        }
    }

    fn choice(&mut self, options: &[String], value: &Value, path: &Path) {
        if !options.iter().any(|option| value == option.as_str()) {
            self.say("INVALID", format!("Choose one of: {}.", options.join("; ")), path);
        }
    }

    /// The elements of a list without repetition; empty and said so when it is none.
    fn list<'v>(&mut self, value: &'v Value, path: &Path) -> Vec<&'v Value> {
        let Some(list) = value.as_array() else {
            self.say("INVALID", "Give a list.", path);
            return Vec::new();
        };
        if let Err(violation) = text::bounded_list(list.len(), path) {
            self.found.push(violation);
            return Vec::new();
        }
        for (index, element) in list.iter().enumerate() {
            if list.iter().take(index).any(|earlier| earlier == element) {
                self.say("DUPLICATE", "This is in the list already; remove it.", &path.join(index));
            }
        }
        list.iter().collect()
    }

    /// The fields of a record that has no others than these; `None` and said so when it is none.
    fn record<'v>(
        &mut self,
        value: &'v Value,
        known: &[&str],
        path: &Path,
    ) -> Option<&'v Map<String, Value>> {
        let Some(fields) = value.as_object() else {
            self.say("INVALID", format!("Give an object with {}.", known.join(", ")), path);
            return None;
        };
        for key in fields.keys().filter(|key| !known.contains(&key.as_str())).take(20) {
            let message = format!("There is no such field; the fields are {}.", known.join(", "));
            self.say("NOT_FOUND", message, &path.join(shortened(key)));
        }
        Some(fields)
    }

    fn date(&mut self, value: &Value, path: &Path) {
        let date =
            value.as_str().filter(|text| text.len() == 10).and_then(|text| text.parse::<NaiveDate>().ok());
        if !date.is_some_and(|date| (1900..2200).contains(&date.year())) {
            self.say("INVALID", "Write a date of this or the last century as YYYY-MM-DD.", path);
        }
    }

    fn number(&mut self, question: &Question, value: &Value, path: &Path) {
        let Some(number) = value.as_f64().filter(|_| canonical::sound(value, path).is_ok()) else {
            return self.say("INVALID", "Answer with a number below 2^53.", path);
        };
        if question.min.is_some_and(|min| number < min) || question.max.is_some_and(|max| number > max) {
            let bound = |bound: Option<f64>| bound.map_or_else(|| "any".to_owned(), |b| b.to_string());
            let message =
                format!("The number must lie between {} and {}.", bound(question.min), bound(question.max));
            self.say("OUT_OF_RANGE", message, path);
        }
    }

    fn range(&mut self, value: &Value, path: &Path) {
        let Some(fields) = self.record(value, &["low", "high", "basis"], path) else { return };
        for key in ["low", "high"] {
            let sound = fields.get(key).map(|count| count.as_u64().is_some_and(|n| u32::try_from(n).is_ok()));
            match sound {
                Some(true) => {}
                None if key == "high" => {}
                None => self.say("REQUIRED", "Say how many people at least.", &path.join(key)),
                Some(false) => self.say("INVALID", "Give a whole number of people.", &path.join(key)),
            }
        }
        self.required_text(fields, "basis", text::LINE, path);
        if Reach::deserialize(value).is_ok_and(|reach| reach.high.is_some_and(|high| high < reach.low)) {
            self.say("OUT_OF_RANGE", "At most is less than at least; swap them.", &path.join("high"));
        }
    }

    fn matrix(&mut self, question: &Question, value: &Value, path: &Path) {
        let Some(fields) = self.record(value, &["statements", "recommendations"], path) else { return };
        if let Some(statements) = fields.get("statements") {
            let path = path.join("statements");
            for (index, statement) in self.list(statements, &path).into_iter().enumerate() {
                self.statement(question, statement, &path.join(index));
            }
        }
        let Some(recommendations) = fields.get("recommendations") else { return };
        let path = path.join("recommendations");
        let Some(recommendations) = recommendations.as_object() else {
            return self.say("INVALID", "Give an object of recommendations by group code.", &path);
        };
        if let Err(violation) = text::bounded_list(recommendations.len(), &path) {
            return self.found.push(violation);
        }
        for (code, recommendation) in recommendations {
            let path = path.join(shortened(code));
            if self.groups.find(code).is_none() {
                self.say("NOT_FOUND", "There is no group with this code.", &path);
            }
            self.text(recommendation, text::PARAGRAPH, &path);
        }
    }

    fn statement(&mut self, question: &Question, value: &Value, path: &Path) {
        let Some(fields) = self.record(value, &["groups", "reason"], path) else { return };
        self.required_text(fields, "reason", text::PARAGRAPH, path);
        let path = path.join("groups");
        let codes = match fields.get("groups") {
            Some(codes) => self.list(codes, &path),
            None => return self.say("REQUIRED", "Name the groups the statement is about.", &path),
        };
        for (index, code) in codes.into_iter().enumerate() {
            let path = path.join(index);
            match code.as_str().and_then(|code| self.groups.find(code)) {
                None => self.say("NOT_FOUND", "There is no group with this code.", &path),
                Some(group) if group.singly => {
                    let message = format!(
                        "{} must be answered for itself, by an impact; take it out of the statement.",
                        group.name
                    );
                    self.say("SINGLY", message, &path);
                }
                Some(group) if !question.groups.contains(&group.kind) => {
                    let message = format!("{} is asked about elsewhere in this form.", group.name);
                    self.say("INVALID", message, &path);
                }
                Some(_) => {}
            }
        }
    }

    fn grid(&mut self, value: &Value, path: &Path) {
        let Some(fields) = self.record(value, &LIMBS, path) else { return };
        for limb in LIMBS {
            let Some(row) = fields.get(limb) else { continue };
            let path = path.join(limb);
            if let Some(open) = unknown(row) {
                self.unknown(open, &path.join("unknown"));
                continue;
            }
            let Some(row) = self.record(row, &["effect", "reason"], &path) else { continue };
            let effect = row.get("effect").and_then(Value::as_str);
            if !DutyEffect::ALL.iter().any(|word| effect == Some(word.as_str())) {
                let words: Vec<_> = DutyEffect::ALL.iter().map(|word| word.as_str()).collect();
                self.say("INVALID", format!("Choose one of: {}.", words.join(", ")), &path.join("effect"));
            }
            self.required_text(row, "reason", text::PARAGRAPH, &path);
        }
    }
}
