//! The retention schedule.

use async_graphql::Object;

use crate::{
    domain::{
        case::RetentionClass,
        retention::{self, TermStart},
    },
    graphql::{scalar::int, word::Word},
};

/// What the schedule says of a class.
pub struct RetentionRule(pub &'static retention::RetentionRule);

/// How long cases of a retention class are kept, by the shipped schedule.
#[Object]
impl RetentionRule {
    /// The class.
    async fn class(&self) -> Word<RetentionClass> {
        Word(self.0.class)
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What its term is counted from.
    async fn begins(&self) -> Word<TermStart> {
        Word(self.0.begins)
    }

    /// How many years it lasts; null: for ever.
    async fn years(&self) -> Option<i32> {
        self.0.years.map(int)
    }

    /// What is done when it has ended.
    async fn then(&self) -> &str {
        &self.0.then
    }

    /// Where it is written.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Where that can be read.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// What the organisation's records manager has to confirm before anybody relies on it.
    async fn unconfirmed(&self) -> Option<&str> {
        self.0.unconfirmed.as_deref()
    }
}
