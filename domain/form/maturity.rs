//! Forms that are scored: points by answer, a percentage and a level for each section, and what to do next.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    assessment::Content,
    form::{Form, Section, visibility},
};

/// A level of maturity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Level {
    /// The lowest percentage it begins at.
    pub from: u32,
    /// What it is called.
    pub name: String,
}

/// How a form is scored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scoring {
    /// Where points and levels come from.
    pub basis: String,
    /// Points by option. A choice is scored when all its options have points.
    pub points: BTreeMap<String, u32>,
    /// Levels from the lowest, which begins at 0, upwards.
    pub levels: Vec<Level>,
    /// What is recommended where the answer falls short of full points, by question.
    #[serde(default)]
    pub objectives: BTreeMap<String, Vec<String>>,
}

/// How one section stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Theme {
    /// The section's key.
    pub section: String,
    /// Points reached.
    pub score: u32,
    /// Points that could be reached.
    pub possible: u32,
    /// `score` of `possible` in percent, a half rounded up; `None` until every question is answered, because
    /// an answer not given is not a no.
    pub percent: Option<u32>,
    /// The level that the percentage reaches.
    pub level: Option<String>,
    /// Questions not answered, or answered by an honest unknown.
    pub unanswered: Vec<String>,
    /// What is recommended, in the order of the questions.
    pub objectives: Vec<String>,
}

/// Scores the sections of a form that hold scored questions; empty for a form that is not scored. Hidden
/// questions do not count.
#[must_use]
pub fn score(form: &Form, content: &Content) -> Vec<Theme> {
    let Some(scoring) = &form.scoring else { return Vec::new() };
    let shown = visibility(form, content);
    let sections = form.sections.iter();
    sections.filter_map(|section| theme(scoring, section, content, &shown)).collect()
}

fn theme(
    scoring: &Scoring,
    section: &Section,
    content: &Content,
    shown: &BTreeMap<String, Option<bool>>,
) -> Option<Theme> {
    let mut theme = Theme {
        section: section.key.clone(),
        score: 0,
        possible: 0,
        percent: None,
        level: None,
        unanswered: Vec::new(),
        objectives: Vec::new(),
    };
    for question in section.questions.iter().filter(|question| shown.get(&question.key) != Some(&Some(false)))
    {
        let points = |option: &String| scoring.points.get(option).copied();
        let Some(full) = question.options.iter().map(points).collect::<Option<Vec<_>>>() else { continue };
        let Some(full) = full.into_iter().max() else { continue };
        theme.possible += full;
        let answer = content.answers.get(&question.key).and_then(Value::as_str);
        match answer.filter(|answer| question.options.iter().any(|option| option == answer)) {
            None => theme.unanswered.push(question.key.clone()),
            Some(answer) => {
                let reached = scoring.points.get(answer).copied().unwrap_or(0);
                theme.score += reached;
                if reached < full {
                    let objectives = scoring.objectives.get(&question.key).into_iter().flatten();
                    theme.objectives.extend(objectives.cloned());
                }
            }
        }
    }
    if theme.possible == 0 {
        return None;
    }
    if theme.unanswered.is_empty() {
        let percent = (200 * theme.score + theme.possible) / (2 * theme.possible);
        let level = scoring.levels.iter().rev().find(|level| level.from <= percent);
        theme.percent = Some(percent);
        theme.level = level.map(|level| level.name.clone());
    }
    Some(theme)
}
