//! What is where in the content document: the paths a section may name and a condition may ask.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    evidence::{EvidenceKind, EvidenceStrength},
    form::{Question, QuestionType, YesNoUnknown, answer},
    impact::Direction,
    interdependency::{InterdependencyKind, ReliancePremise},
    proposal::KindOfChange,
    text::{Path, Violation},
};

/// What kind of value stands at a path. Conditions are checked against it when they are published.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Free text.
    Text,
    /// One of these words.
    Word(Vec<String>),
    /// A date, as text that sorts.
    Date,
    /// A number that may have a fraction: compared, never reckoned with.
    Number,
    /// A whole number.
    Whole,
    /// True or false.
    Truth,
    /// A list of one shape.
    List(Box<Shape>),
    /// Named fields.
    Record(BTreeMap<String, Shape>),
    /// Any field may be asked and nothing is known of it.
    Open,
}

impl Shape {
    /// A record of these fields.
    #[must_use]
    pub fn record<const N: usize>(fields: [(&str, Self); N]) -> Self {
        Self::Record(fields.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect())
    }

    /// One of these words.
    pub fn word<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Word(words.into_iter().map(str::to_owned).collect())
    }

    /// A list of this shape.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// What stands below a record's field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Record(fields) => fields.get(name),
            Self::Open => Some(&Self::Open),
            _ => None,
        }
    }

    /// What stands at this path and below it, one row a path.
    pub(super) fn describe(&self, path: String, rows: &mut Vec<(String, String)>) {
        let said = match self {
            Self::Record(fields) => {
                return fields
                    .iter()
                    .for_each(|(name, field)| field.describe(format!("{path}.{name}"), rows));
            }
            Self::List(of) => {
                rows.push((path.clone(), "list".to_owned()));
                return of.describe(format!("{path}[]"), rows);
            }
            Self::Text => "text".to_owned(),
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                words.join(", ")
            }
            Self::Date => "date, as text `YYYY-MM-DD`".to_owned(),
            Self::Number => "number".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Truth => "true or false".to_owned(),
            Self::Open => "anything".to_owned(),
        };
        rows.push((path, said));
    }

    /// Refuses a value that could never stand here. What is absent fits everywhere.
    pub(super) fn fits(&self, value: &Value, path: &Path) -> Result<(), Violation> {
        let fit = match (self, value) {
            (_, Value::Null) | (Self::Open, _) => true,
            (_, value) if answer::unknown(value).is_some() => true,
            (Self::Record(fields), Value::Object(given)) => {
                for (name, value) in given {
                    let Some(shape) = fields.get(name) else {
                        let message = "No condition can ask about this; leave it out, or check the spelling.";
                        return Err(Violation::new("NOT_FOUND", message, path.join(name)));
                    };
                    shape.fits(value, &path.join(name))?;
                }
                true
            }
            (Self::List(of), Value::Array(given)) => {
                given.iter().enumerate().try_for_each(|(index, value)| of.fits(value, &path.join(index)))?;
                true
            }
            (Self::Word(words), Value::String(word)) => words.contains(word),
            (Self::Date, Value::String(day)) => day.parse::<chrono::NaiveDate>().is_ok(),
            (Self::Whole, Value::Number(number)) => number.is_i64(),
            (Self::Text, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Truth, Value::Bool(_)) => true,
            _ => false,
        };
        if fit {
            return Ok(());
        }
        let mut rows = Vec::new();
        self.describe(String::new(), &mut rows);
        let wanted = rows.into_iter().next().map_or_else(|| "fields".to_owned(), |(_, said)| said);
        Err(Violation::new("TYPE", format!("Something else stands in a case here: {wanted}."), path.clone()))
    }
}

/// The content document ([`crate::assessment::Content`]) without its answers.
pub fn content() -> BTreeMap<String, Shape> {
    let rating = || Shape::record([("likelihood", Shape::Whole), ("consequence", Shape::Whole)]);
    let texts = || Shape::Text.list();
    let option = Shape::record([
        ("title", Shape::Text),
        ("summary", Shape::Text),
        ("preferred", Shape::Truth),
        ("reason", Shape::Text),
    ]);
    let residence = Shape::record([("percent", Shape::Whole.list()), ("basis", Shape::Text)]);
    let proposal = Shape::record([
        ("summary", Shape::Text),
        ("kindOfChange", Shape::word(KindOfChange::ALL.iter().map(|word| word.as_str()))),
        ("serviceLine", Shape::Text),
        ("programme", Shape::Text),
        ("footprint", texts()),
        ("population", Shape::Text),
        ("decisionBody", Shape::Text),
        ("decisionDate", Shape::Date),
        ("effectiveFrom", Shape::Date),
        ("effectiveTo", Shape::Date),
        ("options", option.list()),
        ("saving", Shape::Text),
        ("spend", Shape::Text),
        ("recurrent", Shape::Truth),
        ("fullYear", Shape::Text),
        ("recurrentChange", Shape::Text),
        ("userResidence", residence),
    ]);
    let impact = Shape::record([
        ("id", Shape::Text),
        ("groups", texts()),
        ("direction", Shape::word(Direction::ALL.iter().map(|word| word.as_str()))),
        ("rationale", Shape::Text),
        ("initial", rating()),
        ("target", rating()),
        ("reach", range()),
        ("evidence", texts()),
        ("noMitigationBecause", Shape::Text),
        ("justification", Shape::Text),
        ("chance", chance()),
    ]);
    let evidence = Shape::record([
        ("id", Shape::Text),
        ("title", Shape::Text),
        ("kind", Shape::word(EvidenceKind::ALL.iter().map(|word| word.as_str()))),
        ("source", Shape::Text),
        ("date", Shape::Date),
        ("local", Shape::Truth),
        ("strength", Shape::word(EvidenceStrength::ALL.iter().map(|word| word.as_str()))),
        ("gap", Shape::Text),
        ("groups", texts()),
    ]);
    let engagement = Shape::record([
        ("id", Shape::Text),
        ("who", Shape::Text),
        ("groups", texts()),
        ("method", Shape::Text),
        ("from", Shape::Date),
        ("to", Shape::Date),
        ("people", Shape::Whole),
        ("aboutRevision", Shape::Whole),
        ("heard", Shape::Text),
        ("changed", Shape::Text),
    ]);
    let mitigation = Shape::record([
        ("id", Shape::Text),
        ("action", Shape::Text),
        ("impacts", texts()),
        ("owner", party()),
        ("due", Shape::Date),
        ("indicator", Shape::Text),
        ("baseline", Shape::Text),
        ("targetValue", Shape::Text),
        ("reliances", texts()),
    ]);
    BTreeMap::from([
        ("title".to_owned(), Shape::Text),
        ("proposal".to_owned(), proposal),
        ("contributors".to_owned(), texts()),
        ("sro".to_owned(), party()),
        ("impacts".to_owned(), impact.list()),
        ("evidence".to_owned(), evidence.list()),
        ("engagement".to_owned(), engagement.list()),
        ("mitigations".to_owned(), mitigation.list()),
        ("interdependencies".to_owned(), interdependency().list()),
    ])
}

fn party() -> Shape {
    Shape::record([
        ("person", Shape::Text),
        ("name", Shape::Text),
        ("organisation", Shape::Text),
        ("contact", Shape::Text),
    ])
}

fn interdependency() -> Shape {
    Shape::record([
        ("id", Shape::Text),
        ("kind", Shape::word(InterdependencyKind::ALL.iter().map(|word| word.as_str()))),
        ("target", Shape::Text),
        ("partner", party()),
        ("premise", Shape::Text),
        ("by", Shape::Date),
        ("holdsWhen", Shape::word(ReliancePremise::ALL.iter().map(|word| word.as_str()))),
        ("failure", Shape::Whole),
        ("note", Shape::Text),
    ])
}

fn chance() -> Shape {
    Shape::record([
        ("event", Shape::Text),
        ("months", Shape::Whole),
        ("low", Shape::Whole),
        ("high", Shape::Whole),
    ])
}

fn range() -> Shape {
    Shape::record([("low", Shape::Whole), ("high", Shape::Whole), ("basis", Shape::Text)])
}

/// What an answer to this question looks like to a condition.
pub fn of(question: &Question) -> Shape {
    let options = || Shape::word(question.options.iter().map(String::as_str));
    match question.kind {
        QuestionType::Text | QuestionType::Money => Shape::Text,
        QuestionType::Choice => options(),
        QuestionType::Choices => options().list(),
        QuestionType::YesNoUnknown => Shape::word(YesNoUnknown::ALL.iter().map(|word| word.as_str())),
        QuestionType::Date => Shape::Date,
        QuestionType::Number => Shape::Number,
        QuestionType::PeopleRange => range(),
        QuestionType::GroupMatrix => Shape::record([
            ("statements", Shape::record([("groups", Shape::Text.list()), ("reason", Shape::Text)]).list()),
            ("recommendations", Shape::Open),
        ]),
        QuestionType::PsedGrid => Shape::Record(
            answer::LIMBS
                .iter()
                .map(|limb| {
                    let effect = Shape::word(answer::DutyEffect::ALL.iter().map(|word| word.as_str()));
                    ((*limb).to_owned(), Shape::record([("effect", effect), ("reason", Shape::Text)]))
                })
                .collect(),
        ),
        QuestionType::Evidence | QuestionType::Engagement | QuestionType::Area => Shape::Text.list(),
    }
}
