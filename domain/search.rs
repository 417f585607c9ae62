//! The words a case is found by, and the words somebody asks for: one folding for both, so that every database finds
//! the same.
//!
//! A word is what stands between two characters that are neither letter nor digit, without case, accents and
//! apostrophes: `Women’s café` is `womens` and `cafe`. A case is found by every word that begins one of its own, in any
//! order: `mat norw` finds "Maternity in Norwich".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{
    assessment::Content,
    form::{Form, QuestionType},
    spelling,
};

/// Longest word in characters; what is longer is found by its beginning.
const WORD: usize = 40;
/// Most bytes that are kept of a case's words. What is written first counts first: title, proposal, impacts.
const BYTES: usize = 128 * 1024;

/// The distinct words a case is found by, in order, a blank between two: those of its reference, title, proposal,
/// impacts, mitigations and evidence, and of its answers but for hidden ones, which never count. Of a form that is not
/// known no answer counts. Names of people are not among them.
#[must_use]
pub fn words(
    reference: &str,
    content: &Content,
    form: Option<&Form>,
    visibility: &BTreeMap<String, Option<bool>>,
) -> String {
    let mut kept = BTreeSet::new();
    let mut bytes = 0;
    // The number of a reference is found without its leading zeros, too.
    let number = reference.rsplit('-').next().map(|number| number.trim_start_matches('0'));
    let texts = number.into_iter().chain([reference]).chain(content_texts(content));
    let answers = form.into_iter().flat_map(|form| answer_texts(content, form, visibility));
    for word in texts.chain(answers).flat_map(split) {
        if bytes + word.len() >= BYTES {
            break;
        }
        let length = word.len() + 1;
        if kept.insert(word) {
            bytes += length;
        }
    }
    kept.into_iter().collect::<Vec<_>>().join(" ")
}

/// The words of a search, each to begin a word of what is found; `None` when nothing is asked. A search without any
/// word, `"%"`, asks for what no case has: it finds nothing.
#[must_use]
pub fn asked(search: &str) -> Option<Vec<String>> {
    if search.trim().is_empty() {
        return None;
    }
    let words: BTreeSet<String> = split(search).collect();
    // What another word begins with is found with that.
    let longer =
        |word: &String| words.range(word.clone()..).nth(1).is_some_and(|next| next.starts_with(word));
    Some(words.iter().filter(|word| !longer(word)).cloned().collect())
}

/// The words of a text.
fn split(text: &str) -> impl Iterator<Item = String> {
    let folded = spelling::fold(text);
    let words = folded.split(' ').filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(WORD).collect()).collect::<Vec<String>>().into_iter()
}

fn content_texts(content: &Content) -> impl Iterator<Item = &str> {
    let proposal = &content.proposal;
    let lines = [&proposal.service_line, &proposal.programme, &proposal.decision_body, &proposal.population];
    let impacts = content.impacts.iter().flat_map(|impact| {
        let reasons = [&impact.no_mitigation_because, &impact.justification];
        [impact.rationale.as_str()].into_iter().chain(reasons.into_iter().flatten().map(String::as_str))
    });
    [content.title.as_str(), &proposal.summary]
        .into_iter()
        .chain(lines.into_iter().flatten().map(String::as_str))
        .chain(impacts)
        .chain(content.mitigations.iter().map(|mitigation| mitigation.action.as_str()))
        .chain(content.evidence.iter().map(|evidence| evidence.title.as_str()))
}

fn answer_texts<'a>(
    content: &'a Content,
    form: &'a Form,
    visibility: &'a BTreeMap<String, Option<bool>>,
) -> impl Iterator<Item = &'a str> {
    let questions = form.sections.iter().flat_map(|section| &section.questions);
    let shown = questions.filter(|question| visibility.get(&question.key).is_some_and(|v| *v != Some(false)));
    shown.flat_map(|question| {
        let Some(value) = content.answers.get(&question.key) else { return Vec::new() };
        if let Some(open) = value.pointer("/unknown/question").and_then(Value::as_str) {
            return vec![open];
        }
        match question.kind {
            QuestionType::Text | QuestionType::Choice | QuestionType::Choices => strings(value),
            QuestionType::PsedGrid => {
                let rows = value.as_object().into_iter().flat_map(serde_json::Map::values);
                rows.filter_map(|row| row.get("reason")?.as_str()).collect()
            }
            QuestionType::GroupMatrix => {
                let statements = value.get("statements").and_then(Value::as_array).into_iter().flatten();
                let reasons = statements.filter_map(|statement| statement.get("reason")?.as_str());
                let recommendations = value.get("recommendations").and_then(Value::as_object);
                let each = recommendations.into_iter().flat_map(serde_json::Map::values);
                reasons.chain(each.filter_map(Value::as_str)).collect()
            }
            QuestionType::YesNoUnknown
            | QuestionType::Date
            | QuestionType::Number
            | QuestionType::Money
            | QuestionType::PeopleRange
            | QuestionType::Evidence
            | QuestionType::Engagement
            | QuestionType::Area => Vec::new(),
        }
    })
}

/// A text, or the texts of a list.
fn strings(value: &Value) -> Vec<&str> {
    let list = value.as_array().into_iter().flatten();
    value.as_str().into_iter().chain(list.filter_map(Value::as_str)).collect()
}
