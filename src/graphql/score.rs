//! What the answers of a scored form come to.

use async_graphql::SimpleObject;

use crate::{
    domain::form::score,
    graphql::{
        limit::{SOME, listed},
        scalar::int,
    },
};

/// How far something is, from the least to the most that it can turn out to be: an answer not given, or not known, may be
/// any that the question allows. Both ends are the same when all is answered.
#[derive(SimpleObject)]
pub struct Mark {
    /// The fewest points it can come to.
    low: i32,
    /// The most points it can come to.
    high: i32,
    /// Points that could be reached.
    possible: i32,
    /// The lowest percentage, a half rounded up.
    low_percent: i32,
    /// The highest percentage, a half rounded up.
    high_percent: i32,
    /// The level of the lowest percentage.
    low_level: String,
    /// The level of the highest percentage.
    high_level: String,
    /// Keys of scored questions that are not answered, or answered by an honest unknown.
    unanswered: Vec<String>,
    /// In words: `64 %, Maturing`, `between 40 % and 63 %, Developing to Maturing (two questions unanswered)`.
    in_words: String,
}

impl From<score::Mark> for Mark {
    fn from(mark: score::Mark) -> Self {
        Self {
            in_words: mark.in_words(),
            low: int(mark.low),
            high: int(mark.high),
            possible: int(mark.possible),
            low_percent: int(mark.low_percent),
            high_percent: int(mark.high_percent),
            low_level: mark.low_level,
            high_level: mark.high_level,
            unanswered: mark.unanswered,
        }
    }
}

/// An objective that the answers recommend: what follows from one that falls short of full points.
#[derive(SimpleObject)]
pub struct RecommendedObjective {
    /// The key of the question whose answer falls short.
    question: String,
    /// What is to be so.
    text: String,
    /// Who answers for it, by office; null where the form does not say.
    owner: Option<String>,
    /// Where it comes from; null where the form does not say.
    source: Option<String>,
}

/// How one section of a scored form stands.
#[derive(SimpleObject)]
pub struct ScoreTheme {
    /// The section's key.
    section: String,
    /// Its heading.
    title: String,
    /// How far it is.
    mark: Mark,
    /// What is recommended, in the order of the questions.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    objectives: Vec<RecommendedObjective>,
}

/// What the answers of a scored form come to.
#[derive(SimpleObject)]
pub struct Score {
    /// Where points and levels come from, in the words of the form.
    basis: String,
    /// All its themes together.
    overall: Mark,
    /// Its sections that are scored, in the order of the form.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    themes: Vec<ScoreTheme>,
}

impl From<score::Score> for Score {
    fn from(score: score::Score) -> Self {
        let objective = |one: score::Recommended| RecommendedObjective {
            question: one.question,
            text: one.text,
            owner: one.owner,
            source: one.source,
        };
        let theme = |theme: score::Theme| ScoreTheme {
            section: theme.section,
            title: theme.title,
            mark: theme.mark.into(),
            objectives: theme.objectives.into_iter().map(objective).collect(),
        };
        Self {
            basis: score.basis,
            overall: score.overall.into(),
            themes: score.themes.into_iter().map(theme).collect(),
        }
    }
}
