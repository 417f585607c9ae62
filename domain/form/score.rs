//! Forms that are scored: points by answer, a percentage and a level for each section and for the whole, and what to
//! do next.
//!
//! What is not answered, or answered by an honest unknown, may be anything the question allows: points, percentage and
//! level are then told from the least to the most that they can turn out to be, never guessed.

use std::{cmp::Ordering, collections::BTreeMap};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    assessment::Content,
    form::{Form, Question, Section, visibility},
    text::number,
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

/// What a form recommends where an answer falls short: in words, or with whose it is and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Objective {
    /// In words alone.
    Said(String),
    /// With its owner.
    Owned {
        /// Who on the board or below it answers for it, by office.
        owner: String,
        /// What is to be so.
        text: String,
        /// Where it comes from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
}

impl Objective {
    /// What is to be so.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Said(text) | Self::Owned { text, .. } => text,
        }
    }

    /// Who answers for it, by office.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        match self {
            Self::Said(_) => None,
            Self::Owned { owner, .. } => Some(owner),
        }
    }

    /// Where it comes from.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        match self {
            Self::Said(_) => None,
            Self::Owned { source, .. } => source.as_deref(),
        }
    }
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
    pub objectives: BTreeMap<String, Vec<Objective>>,
}

impl Scoring {
    /// The points that each option of the question gives; `None` for one that is not scored.
    pub(super) fn points_of(&self, question: &Question) -> Option<Vec<u32>> {
        let points: Option<Vec<u32>> =
            question.options.iter().map(|option| self.points.get(option).copied()).collect();
        points.filter(|points| points.iter().any(|points| *points > 0))
    }

    fn level(&self, percent: u32) -> String {
        let level = self.levels.iter().rev().find(|level| level.from <= percent);
        level.map_or_else(String::new, |level| level.name.clone())
    }
}

/// How far something is, from the least to the most that it can turn out to be; the same twice when all is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mark {
    /// The fewest points it can come to.
    pub low: u32,
    /// The most points it can come to.
    pub high: u32,
    /// Points that could be reached.
    pub possible: u32,
    /// The lowest percentage, a half rounded up.
    pub low_percent: u32,
    /// The highest percentage, a half rounded up.
    pub high_percent: u32,
    /// The level of the lowest percentage.
    pub low_level: String,
    /// The level of the highest percentage.
    pub high_level: String,
    /// Scored questions not answered, or answered by an honest unknown.
    pub unanswered: Vec<String>,
}

impl Mark {
    /// "63 %, Maturing", "between 40 % and 63 %, Developing to Maturing (two questions unanswered)".
    #[must_use]
    pub fn in_words(&self) -> String {
        let percent = match (self.low_percent, self.high_percent) {
            (low, high) if low == high => format!("{low} %"),
            (low, high) => format!("between {low} % and {high} %"),
        };
        let level = match (&self.low_level, &self.high_level) {
            (low, high) if low == high => low.clone(),
            (low, high) => format!("{low} to {high}"),
        };
        let questions = |count: usize| if count == 1 { "question" } else { "questions" };
        match self.unanswered.len() {
            0 => format!("{percent}, {level}"),
            count => format!("{percent}, {level} ({} {} unanswered)", number(count), questions(count)),
        }
    }
}

/// An objective that the answers recommend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recommended {
    /// The question whose answer falls short.
    pub question: String,
    /// What is to be so.
    pub text: String,
    /// Who answers for it, by office.
    pub owner: Option<String>,
    /// Where it comes from.
    pub source: Option<String>,
}

/// How one section stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Theme {
    /// The section's key.
    pub section: String,
    /// Its heading.
    pub title: String,
    /// How far it is.
    #[serde(flatten)]
    pub mark: Mark,
    /// What is recommended, in the order of the questions.
    pub objectives: Vec<Recommended>,
}

/// How a form that is scored stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// Where points and levels come from.
    pub basis: String,
    /// All sections together.
    pub overall: Mark,
    /// The sections that hold scored questions, in order.
    pub themes: Vec<Theme>,
}

/// Scores a content; `None` for a form that is not scored, or while it shows no scored question. Hidden questions do
/// not count; one of which it cannot be told yet whether it is shown counts in neither end of the range, or in
/// either, whichever is further out.
#[must_use]
pub fn score(form: &Form, content: &Content) -> Option<Score> {
    let scoring = form.scoring.as_ref()?;
    let shown = visibility(form, content);
    let mut all = Vec::new();
    let mut themes = Vec::new();
    for section in &form.sections {
        let asked = asked(scoring, section, content, &shown);
        let Some(mark) = mark(scoring, &asked) else { continue };
        let short = asked.iter().filter(|asked| asked.answered && asked.most < asked.full);
        let objectives = short.flat_map(|asked| recommended(scoring, asked.key)).collect();
        themes.push(Theme { section: section.key.clone(), title: section.title.clone(), mark, objectives });
        all.extend(asked);
    }
    Some(Score { basis: scoring.basis.clone(), overall: mark(scoring, &all)?, themes })
}

/// A scored question that is asked, or may be.
struct Asked<'a> {
    key: &'a str,
    /// Whether it is certain to be asked.
    certain: bool,
    answered: bool,
    /// The fewest points it can give.
    least: u32,
    /// The most it can.
    most: u32,
    /// The most that any answer gives.
    full: u32,
}

fn asked<'a>(
    scoring: &Scoring,
    section: &'a Section,
    content: &Content,
    shown: &BTreeMap<String, Option<bool>>,
) -> Vec<Asked<'a>> {
    let asked = |question: &'a Question| {
        let visible = shown.get(&question.key).copied().flatten();
        let hidden = visible == Some(false);
        let points = scoring.points_of(question).filter(|_| !hidden)?;
        let answer = content.answers.get(&question.key).and_then(Value::as_str);
        let given = answer.and_then(|answer| question.options.iter().position(|option| option == answer));
        let given = given.and_then(|at| points.get(at).copied());
        let (fewest, full) = (points.iter().min().copied()?, points.iter().max().copied()?);
        Some(Asked {
            key: &question.key,
            certain: visible == Some(true),
            answered: given.is_some(),
            least: given.unwrap_or(fewest),
            most: given.unwrap_or(full),
            full,
        })
    };
    section.questions.iter().filter_map(asked).collect()
}

fn recommended<'a>(scoring: &'a Scoring, key: &'a str) -> impl Iterator<Item = Recommended> + use<'a> {
    let objectives = scoring.objectives.get(key).into_iter().flatten();
    objectives.map(move |objective| Recommended {
        question: key.to_owned(),
        text: objective.text().to_owned(),
        owner: objective.owner().map(str::to_owned),
        source: objective.source().map(str::to_owned),
    })
}

/// How far the questions together are; `None` for none.
fn mark(scoring: &Scoring, asked: &[Asked]) -> Option<Mark> {
    let certain = || asked.iter().filter(|asked| asked.certain);
    let low_percent = furthest(asked, |asked| asked.least, Ordering::Less)?;
    let high_percent = furthest(asked, |asked| asked.most, Ordering::Greater)?;
    let open = asked.iter().filter(|asked| !asked.answered);
    Some(Mark {
        low: certain().map(|asked| asked.least).sum(),
        high: asked.iter().map(|asked| asked.most).sum(),
        possible: asked.iter().map(|asked| asked.full).sum(),
        low_level: scoring.level(low_percent),
        high_level: scoring.level(high_percent),
        low_percent,
        high_percent,
        unanswered: open.map(|asked| asked.key.to_owned()).collect(),
    })
}

/// The percentage that lies furthest this way, over every choice of the questions that may or may not be asked. Taking
/// them in the order of their own share, each in for as long as it moves the whole that way, finds it.
fn furthest(asked: &[Asked], points: impl Fn(&Asked) -> u32, way: Ordering) -> Option<u32> {
    let beyond = |one: (u32, u32), other: (u32, u32)| (one.0 * other.1).cmp(&(other.0 * one.1));
    let share = |asked: &Asked| (points(asked), asked.full);
    let sum = |all: (u32, u32), one: (u32, u32)| (all.0 + one.0, all.1 + one.1);
    let (certain, mut perhaps): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|asked| asked.certain);
    perhaps.sort_by(|one, other| {
        let order = beyond(share(one), share(other));
        if way == Ordering::Less { order } else { order.reverse() }
    });
    let mut all = certain.into_iter().map(share).fold((0, 0), sum);
    for one in perhaps.into_iter().map(share) {
        if all.1 == 0 || beyond(one, all) == way {
            all = sum(all, one);
        }
    }
    (all.1 > 0).then(|| (200 * all.0 + all.1) / (2 * all.1))
}
