//! Forms are data: sections and questions, their visibility and their answers.
//!
//! A form is read from JSON once, proved fit to be published ([`Form::parse`]) and never changed again; a case
//! keeps the version it began with. Conditions are CEL and live in [`expression`]; what an answer may be lives
//! in [`answer`]; what of a case a reader may see and what a change reopens lives in [`visibility`] and
//! [`material`]; what answers come to lives in [`score`].

pub mod answer;
mod called;
pub mod expression;
pub mod material;
mod places;
mod publish;
pub mod score;
mod shape;
pub mod visibility;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Spelling, Spelt},
    case::Pinned,
    group::GroupKind,
    text::{Path, Violation},
    words::words,
};
pub use answer::{check_answer, check_answers};
pub use called::called;
pub use expression::{Expression, Known};
pub use material::{is_material, redact};
pub use visibility::visibility;

/// The name of this layout; readers of old documents ask it first.
pub const FORMAT: &str = "ehia/form/1";

/// What an answer is. The words are lower case in documents, because organisations write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionType {
    /// Text of one or more paragraphs.
    Text,
    /// One of the options.
    Choice,
    /// Any of the options, none twice.
    Choices,
    /// `YES`, `NO` or `UNKNOWN`.
    YesNoUnknown,
    /// A calendar date, `YYYY-MM-DD`.
    Date,
    /// A number.
    Number,
    /// Pounds as text with at most two places, `"1250.00"`.
    Money,
    /// How many people, as a range with its basis.
    PeopleRange,
    /// Effects by group: impacts are content of their own, the answer holds what several groups share.
    GroupMatrix,
    /// The three aims of the public sector equality duty, the second by its three limbs.
    PsedGrid,
    /// Identifiers of evidence of this assessment.
    Evidence,
    /// Identifiers of engagements of this assessment.
    Engagement,
    /// ONS codes of places.
    Area,
}

impl QuestionType {
    /// Every type, in the order of declaration.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Choice,
        Self::Choices,
        Self::YesNoUnknown,
        Self::Date,
        Self::Number,
        Self::Money,
        Self::PeopleRange,
        Self::GroupMatrix,
        Self::PsedGrid,
        Self::Evidence,
        Self::Engagement,
        Self::Area,
    ];

    /// The word in documents and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::YesNoUnknown => "yes_no_unknown",
            Self::Date => "date",
            Self::Number => "number",
            Self::Money => "money",
            Self::PeopleRange => "people_range",
            Self::GroupMatrix => "group_matrix",
            Self::PsedGrid => "psed_grid",
            Self::Evidence => "evidence",
            Self::Engagement => "engagement",
            Self::Area => "area",
        }
    }
}

words! {
    /// The answer to a question of type `yes_no_unknown`.
    YesNoUnknown {
        /// Yes.
        Yes = "YES",
        /// No.
        No = "NO",
        /// Not known. `{"unknown": ..}` with a question, an owner and a date says more.
        Unknown = "UNKNOWN",
    }
}

words! {
    /// What a form is about, and so what a case of it is held against.
    FormSubject {
        /// Something that is proposed, with its effects on people: the rule book asks its questions.
        Proposal = "PROPOSAL",
        /// The organisation itself. Nothing is proposed, so nothing is asked of a proposal and none is taken in.
        Organisation = "ORGANISATION",
        /// Whether something that is proposed needs an assessment: what is asked of one is not asked yet.
        Screening = "SCREENING",
    }
}

impl FormSubject {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_proposal(&self) -> bool {
        *self == Self::Proposal
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Stable, lower case with `_`, unique in the form; answers are kept under it.
    pub key: String,
    /// What is asked.
    pub title: String,
    /// What an answer is.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// Whether it must be answered where it is shown. An unknown with question, owner and date is an answer.
    #[serde(default)]
    pub required: bool,
    /// Whether a change after approval opens a re-examination.
    #[serde(default)]
    pub material: bool,
    /// When it is shown, in CEL over the content document; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub show_if: Option<String>,
    /// How to answer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// Law or guidance it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub citation: Option<String>,
    /// What may be chosen, for `choice` and `choices`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// The kinds of groups a group matrix asks about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupKind>,
    /// The longest text, in characters, for `text`; absent: [`crate::text::PARAGRAPH`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// The smallest number, for `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    /// The largest number, for `number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

/// A section: a heading, the parts of the content document that are written under it, and its questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Section {
    /// Stable, lower case with `_`, unique in the form.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// How to write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance: Option<String>,
    /// Parts of the content document that belong here though they are no answers: `proposal.summary`,
    /// `impacts`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// Its questions, in the order in which they are asked.
    pub questions: Vec<Question>,
}

/// A published form. It can only be made by [`Form::parse`], so whatever holds one holds a lawful one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Form {
    /// [`FORMAT`].
    pub format: String,
    /// What the form is called by settings and cases.
    pub key: String,
    /// From 1; a published version never changes.
    pub version: u32,
    /// What people call it.
    pub title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "FormSubject::is_proposal")]
    pub about: FormSubject,
    /// The workflow its cases begin with where none is named; absent: the organisation's choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Its sections, in order.
    pub sections: Vec<Section>,
    /// How it is scored, when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scoring: Option<score::Scoring>,
    /// The compiled conditions, in the order of the questions.
    #[serde(skip)]
    conditions: Vec<Option<Expression>>,
    #[serde(skip)]
    spelling: Spelling,
}

/// A form as it is written, before anything is proved of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Draft {
    format: String,
    key: String,
    version: u32,
    title: String,
    #[serde(default = "proposal")]
    about: FormSubject,
    #[serde(default)]
    workflow: Option<String>,
    sections: Vec<Section>,
    #[serde(default)]
    scoring: Option<score::Scoring>,
}

const fn proposal() -> FormSubject {
    FormSubject::Proposal
}

/// Longest form document, in bytes.
pub(crate) const DOCUMENT: usize = 512 * 1024;

impl Form {
    pub(crate) const SHIPPED: [&str; 5] = [
        include_str!("../definition/form-ehia.json"),
        include_str!("../definition/form-ehia-2.json"),
        include_str!("../definition/form-board-maturity.json"),
        include_str!("../definition/form-board-maturity-2.json"),
        include_str!("../definition/form-screening.json"),
    ];

    /// Reads a form and proves it fit to be published: keys unique and well spelt, options and bounds where the
    /// type asks for them, texts and lists bounded, and every condition safe to run and about what exists.
    ///
    /// # Errors
    /// Every rule that is broken, each with the path of what breaks it; the first only when the document is
    /// no form at all.
    pub fn parse(document: &str) -> Result<Self, Vec<Violation>> {
        publish::parse(document)
    }

    /// A form shipped with the program.
    #[must_use]
    pub fn shipped(key: &str, version: u32) -> Option<&'static Self> {
        Self::shipped_all().iter().find(|form| form.key == key && form.version == version)
    }

    /// Every form shipped with the program, all versions.
    ///
    /// # Panics
    /// Never in a build whose tests passed: they read every shipped form.
    #[must_use]
    pub fn shipped_all() -> &'static [Self] {
        static SHIPPED: LazyLock<Vec<Form>> = LazyLock::new(|| {
            let read = |document: &&str| Form::parse(document).expect("the shipped forms are tested");
            Form::SHIPPED.iter().map(read).collect()
        });
        &SHIPPED
    }

    /// A form that asks nothing, of a case that is played and not kept.
    #[must_use]
    pub(crate) fn blank() -> &'static Self {
        static BLANK: LazyLock<Form> = LazyLock::new(|| Form {
            format: FORMAT.to_owned(),
            key: "blank".to_owned(),
            version: 1,
            title: "Blank".to_owned(),
            about: FormSubject::Proposal,
            workflow: None,
            sections: Vec::new(),
            scoring: None,
            conditions: Vec::new(),
            spelling: Spelling::default(),
        });
        &BLANK
    }

    /// What a case keeps of it.
    #[must_use]
    pub fn pinned(&self) -> Pinned {
        Pinned { key: self.key.clone(), version: self.version }
    }

    /// How it is spelt, as records keep it.
    ///
    /// # Errors
    /// When it cannot be spelt; see [`crate::canonical::bytes`].
    pub fn spelt(&self) -> Result<&Spelt, Violation> {
        self.spelling.of(self)
    }

    /// All questions, in order.
    pub fn questions(&self) -> impl Iterator<Item = &Question> {
        self.sections.iter().flat_map(|section| &section.questions)
    }

    /// The question with this key.
    #[must_use]
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions().find(|question| question.key == key)
    }

    /// The section with this key.
    #[must_use]
    pub fn section(&self, key: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.key == key)
    }

    /// The first section under which `path` is written: an answer's by its question, anything else by the
    /// section's fields.
    #[must_use]
    pub fn section_of(&self, path: &Path) -> Option<&Section> {
        match path.0.split_first() {
            Some((first, rest)) if first == "answers" => {
                let key = rest.first()?;
                self.sections.iter().find(|section| section.questions.iter().any(|q| q.key == *key))
            }
            _ => self
                .sections
                .iter()
                .find(|section| section.fields.iter().any(|field| Path::of(field.split('.')).covers(path))),
        }
    }

    /// Each question with its compiled condition, in order.
    fn conditioned(&self) -> impl Iterator<Item = (&Question, Option<&Expression>)> {
        self.questions().zip(self.conditions.iter().map(Option::as_ref))
    }
}

impl PartialEq for Form {
    fn eq(&self, other: &Self) -> bool {
        let of = |form: &Self| {
            (form.key.clone(), form.version, form.title.clone(), form.about, form.workflow.clone())
        };
        of(self) == of(other) && (&self.sections, &self.scoring) == (&other.sections, &other.scoring)
    }
}
