//! Rules, the duties they rest on, and what they found in a case.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::View,
    domain::{
        check::{self, Authority, Gate},
        permission::Actor,
        review,
        settings::Severity,
    },
    graphql::{
        error::{Result, missing},
        person::Person,
        scalar::{Date, Instant, Json},
        word::Word,
    },
};

/// A rule.
pub enum Rule {
    /// Of the rule book.
    Book(&'static check::Rule),
    /// Of an organisation.
    Own(Arc<check::OwnRule>),
}

/// One rule of the rule book, or of an organisation.
#[Object]
impl Rule {
    /// Stable and dotted: `impact.negative.unrated`; `own.KEY` for one of an organisation.
    async fn id(&self) -> String {
        match self {
            Self::Book(rule) => rule.id.to_owned(),
            Self::Own(rule) => rule.id(),
        }
    }

    /// What it looks for, in a few words.
    async fn title(&self) -> &str {
        match self {
            Self::Book(rule) => rule.title,
            Self::Own(rule) => &rule.document().title,
        }
    }

    /// The duty it rests on; null for a rule of an organisation, which explains itself.
    async fn duty(&self) -> Option<Duty> {
        match self {
            Self::Book(rule) => check::duty(rule.duty).map(Duty),
            Self::Own(_) => None,
        }
    }

    /// The severity below which an organisation cannot set it.
    async fn severity(&self) -> Word<Severity> {
        Word(match self {
            Self::Book(rule) => rule.severity,
            Self::Own(rule) => rule.document().severity,
        })
    }

    /// The step it stops where it is a blocker.
    async fn gate(&self) -> Option<Word<Gate>> {
        match self {
            Self::Book(rule) => rule.gate.map(Word),
            Self::Own(_) => None,
        }
    }

    /// Whether panel or body may accept what it finds, with a reason.
    async fn acceptable(&self) -> bool {
        match self {
            Self::Book(rule) => rule.acceptable,
            Self::Own(_) => true,
        }
    }

    /// Why it is asked, for the person who meets it.
    async fn explanation(&self) -> &str {
        match self {
            Self::Book(rule) => rule.explanation,
            Self::Own(rule) => rule.document().duty.as_deref().unwrap_or("The organisation asks for it."),
        }
    }
}

/// A duty.
pub struct Duty(pub &'static check::Duty);

/// A legal duty or test with its citation.
#[Object]
impl Duty {
    /// Stable and dotted: `eqa2010.s149.1.a`.
    async fn id(&self) -> &str {
        &self.0.id
    }

    /// What it asks.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// Where it is written.
    async fn citation(&self) -> &str {
        &self.0.citation
    }

    /// What gives it its weight. Only statute and case law may block.
    async fn authority(&self) -> Word<Authority> {
        Word(self.0.authority)
    }

    /// The first day it applied, where that is certain.
    async fn in_force_from(&self) -> Option<Date> {
        self.0.in_force_from.map(Date)
    }

    /// The last day it applied; null while it does.
    async fn in_force_to(&self) -> Option<Date> {
        self.0.in_force_to.map(Date)
    }

    /// Where it can be read.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// How a rule that cites it goes beyond what is settled, where it does.
    async fn disputed(&self) -> Option<&str> {
        self.0.disputed.as_deref()
    }
}

/// A finding of a case.
pub struct Finding {
    view: Arc<View>,
    finding: check::Finding,
}

impl Finding {
    /// The findings of a case for which `which` holds, and behind them, to administrators of its organisation, that rules
    /// of its own cannot be run on it.
    pub fn list(view: &Arc<View>, actor: &Actor, which: impl Fn(&check::Finding) -> bool) -> Vec<Self> {
        let all = view.findings().iter().chain(view.failures(actor));
        let wanted = all.filter(|finding| which(finding));
        wanted.map(|finding| Self { view: view.clone(), finding: finding.clone() }).collect()
    }
}

/// What a check says of a case.
#[Object]
impl Finding {
    /// Stable for rule and path, so that a decider can accept it.
    async fn id(&self) -> ID {
        ID(self.finding.id.clone())
    }

    /// The rule that found it.
    async fn rule(&self) -> Result<Rule> {
        let own = || {
            let mut own = self.view.frame.rules.iter();
            own.find(|rule| rule.id() == self.finding.rule).cloned().map(Rule::Own)
        };
        check::rule(&self.finding.rule)
            .map(Rule::Book)
            .or_else(own)
            .ok_or_else(|| missing(format!("rule {}", self.finding.rule)))
    }

    /// How grave it is here.
    async fn severity(&self) -> Word<Severity> {
        Word(self.finding.severity)
    }

    /// The step it stops, when it is a blocker.
    async fn gate(&self) -> Option<Word<Gate>> {
        self.finding.gate.map(Word)
    }

    /// Whether panel or body may accept it with a reason.
    async fn acceptable(&self) -> bool {
        self.finding.acceptable
    }

    /// What is missing or does not fit, and what to do.
    async fn message(&self) -> &str {
        &self.finding.message
    }

    /// The field it is about, in the canonical document.
    async fn path(&self) -> &[String] {
        &self.finding.path.0
    }

    /// The facts it rests on.
    async fn facts(&self) -> Json {
        Json(self.finding.facts.clone())
    }

    /// By whom it was accepted, and why.
    async fn accepted(&self) -> Option<Acceptance> {
        self.view.accepted(&self.finding.id).cloned().map(Acceptance)
    }
}

/// An acceptance.
pub struct Acceptance(pub review::Acceptance);

/// A finding that panel or body accepted.
#[Object]
impl Acceptance {
    /// The finding's identifier.
    async fn finding_id(&self) -> ID {
        ID(self.0.finding.clone())
    }

    /// Who accepted it.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }
}
