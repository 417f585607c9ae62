//! The questionnaire of a case.

use std::sync::Arc;

use async_graphql::Object;

use crate::{
    domain::form::{self, FormSubject},
    graphql::{
        limit::{SOME, listed},
        scalar::{Json, int},
        source::Source,
        word::Word,
    },
};

/// A form.
pub struct Form(pub Arc<form::Form>);

/// A questionnaire: versioned, and immutable once published. A case keeps the version it began with.
#[Object]
impl Form {
    /// What it is called by settings and cases.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Its version, from 1.
    async fn version(&self) -> i32 {
        int(self.0.version)
    }

    /// What people call it.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What it is about: of a form about the organisation itself nothing is proposed, and the rule book is silent.
    async fn about(&self) -> Word<FormSubject> {
        Word(self.0.about)
    }

    /// The key of the workflow its cases begin with where none is named; null: the organisation's choice.
    async fn workflow(&self) -> Option<&str> {
        self.0.workflow.as_deref()
    }

    /// Whether its answers are scored.
    async fn scored(&self) -> bool {
        self.0.scoring.is_some()
    }

    /// Its sections, in order.
    #[graphql(complexity = "listed(2 * SOME, child_complexity)")]
    async fn sections(&self) -> Vec<Section<'_>> {
        self.0.sections.iter().map(Section).collect()
    }
}

/// A section.
struct Section<'a>(&'a form::Section);

/// A heading, and what is written under it.
#[Object]
impl Section<'_> {
    /// Stable, lower case with `_`, unique in the form.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// Its heading.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// How to write it.
    async fn guidance(&self) -> Option<&str> {
        self.0.guidance.as_deref()
    }

    /// Parts of the canonical document that are written here though they are no answers: `proposal.summary`,
    /// `impacts`.
    async fn fields(&self) -> &[String] {
        &self.0.fields
    }

    /// Its questions, in the order in which they are asked.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn questions(&self) -> Vec<Question<'_>> {
        self.0.questions.iter().map(Question).collect()
    }
}

/// A question.
struct Question<'a>(&'a form::Question);

/// One question of a form.
#[Object]
impl Question<'_> {
    /// Stable, lower case with `_`, unique in the form; answers are kept under it.
    async fn key(&self) -> &str {
        &self.0.key
    }

    /// What is asked.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What an answer is: `text`, `choice`, `choices`, `yes_no_unknown`, `date`, `number`, `money`, `people_range`,
    /// `group_matrix`, `psed_grid`, `evidence`, `engagement` or `area`.
    #[graphql(name = "type")]
    async fn kind(&self) -> &str {
        self.0.kind.as_str()
    }

    /// Whether it must be answered where it is shown. An unknown with question, owner and date is an answer.
    async fn required(&self) -> bool {
        self.0.required
    }

    /// Whether a change after approval opens a re-examination.
    async fn material(&self) -> bool {
        self.0.material
    }

    /// When it is shown, in CEL over the canonical document; null: always.
    async fn show_if(&self) -> Option<&str> {
        self.0.show_if.as_deref()
    }

    /// How to answer it.
    async fn guidance(&self) -> Option<&str> {
        self.0.guidance.as_deref()
    }

    /// The law or guidance it comes from.
    async fn citation(&self) -> Option<&str> {
        self.0.citation.as_deref()
    }

    /// What may be chosen, for `choice` and `choices`.
    async fn options(&self) -> &[String] {
        &self.0.options
    }
}

/// An answer of a case.
pub struct Answer {
    source: Source,
    question: String,
    value: Option<Json>,
}

impl Answer {
    /// The answers of a case in the order of its form, those to questions the form no longer has last.
    pub fn list(source: &Source) -> Vec<Self> {
        let (given, form) = (&source.content().answers, &source.view.form);
        let asked = form.questions().filter_map(|question| given.get_key_value(&question.key));
        let others = given.iter().filter(|(key, _)| form.question(key).is_none());
        let told = |(question, value): (&String, &serde_json::Value)| Self {
            source: source.clone(),
            question: question.clone(),
            value: (!value.is_null()).then(|| Json(value.clone())),
        };
        asked.chain(others).map(told).collect()
    }
}

/// One answer as its author gave it.
#[Object]
impl Answer {
    /// The question's key.
    async fn question(&self) -> &str {
        &self.question
    }

    /// The answer, as the type of the question asks; `{"unknown": {"question", "owner", "due"}}` where it is honest
    /// to say so.
    async fn value(&self) -> Option<&Json> {
        self.value.as_ref()
    }

    /// Whether the question is shown as the case now stands; null: undetermined. A hidden answer never counts.
    async fn visible(&self) -> Option<bool> {
        self.source.visible(&self.question)
    }
}
