//! Words for groups, as published assessments use them, and the codes they stand for.
//!
//! The table is a shipped document. The longest phrase wins; phrases joined by "and", "or", a comma or a slash
//! are groups beside each other, phrases without such a joint are one intersection ("older Asian people").
//! Words before a colon name the heading; a more precise group after it takes the heading's place.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::{group::Catalogue, shipped};

/// The table, `definition/import-groups.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Table {
    unmapped: String,
    connectors: Vec<String>,
    phrases: BTreeMap<String, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    shipped::read("ehia/import-groups/1", include_str!("../definition/import-groups.json"))
        .expect("the shipped table is tested")
});

/// The words of the longest phrase.
static LONGEST: LazyLock<usize> =
    LazyLock::new(|| TABLE.phrases.keys().map(|phrase| phrase.split(' ').count()).max().unwrap_or(1));

/// What a phrase stands for: groups beside each other, each one or an intersection; and whether the table knew.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Codes; an inner list of several is an intersection.
    pub(super) groups: Vec<Vec<String>>,
    /// False when nothing in the phrase is in the table, and the group is the one for anything else.
    pub(super) known: bool,
}

/// The groups that this phrase stands for; never none.
pub(super) fn meaning(phrase: &str, catalogue: &Catalogue) -> Meaning {
    let (heading, rest) = phrase.split_once(':').unwrap_or(("", phrase));
    let headings: Vec<String> = parts(heading, catalogue).concat();
    let mut groups = Vec::new();
    for part in parts(rest, catalogue) {
        let refined = |heading: &String| part.iter().any(|code| catalogue.is_within(code, heading));
        let mut broad = headings.iter().filter(|heading| !refined(heading)).peekable();
        if broad.peek().is_none() {
            push(&mut groups, part.clone());
        } else {
            for heading in broad {
                push(&mut groups, [vec![heading.clone()], part.clone()].concat());
            }
        }
    }
    if groups.is_empty() {
        for heading in headings {
            push(&mut groups, vec![heading]);
        }
    }
    let known = !groups.is_empty();
    if !known {
        groups.push(vec![TABLE.unmapped.clone()]);
    }
    Meaning { groups, known }
}

fn push(groups: &mut Vec<Vec<String>>, group: Vec<String>) {
    if !groups.contains(&group) {
        groups.push(group);
    }
}

/// The groups named in a phrase without a heading, part by part.
fn parts(phrase: &str, catalogue: &Catalogue) -> Vec<Vec<String>> {
    let tokens = tokens(phrase);
    let mut parts: Vec<Vec<String>> = Vec::new();
    let mut joined = true;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let matched = (1..=(*LONGEST).min(tokens.len() - at)).rev().find_map(|length| {
            let words = tokens.get(at..at + length)?;
            let code = TABLE.phrases.get(&words.join(" "))?;
            catalogue.find(code).map(|_| (length, code.clone()))
        });
        let Some((length, code)) = matched else {
            joined |= token == "," || TABLE.connectors.contains(token);
            at += 1;
            continue;
        };
        match parts.last_mut().filter(|_| !joined) {
            Some(part) => {
                part.retain(|other| !catalogue.is_within(&code, other));
                if !part.iter().any(|other| catalogue.is_within(other, &code)) {
                    part.push(code);
                }
            }
            None => parts.push(vec![code]),
        }
        joined = false;
        at += length;
    }
    parts
}

/// Lower-case words; a comma, slash or ampersand is a word of its own, spelt as a comma.
fn tokens(phrase: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(phrase.len());
    for letter in phrase.to_lowercase().chars() {
        match letter {
            ',' | '/' | '&' | ';' => spaced.push_str(" , "),
            letter if letter.is_alphanumeric() => spaced.push(letter),
            _ => spaced.push(' '),
        }
    }
    spaced.split_whitespace().map(str::to_owned).collect()
}
