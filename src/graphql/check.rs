//! Rules, the duties they rest on, and what they found in a case.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::View,
    domain::{
        check::{self, Authority, Gate},
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
pub struct Rule(pub &'static check::Rule);

/// One rule of the rule book.
#[Object]
impl Rule {
    /// Stable and dotted: `impact.negative.unrated`.
    async fn id(&self) -> &str {
        self.0.id
    }

    /// What it looks for, in a few words.
    async fn title(&self) -> &str {
        self.0.title
    }

    /// The duty it rests on.
    async fn duty(&self) -> Option<Duty> {
        check::duty(self.0.duty).map(Duty)
    }

    /// The severity below which an organisation cannot set it.
    async fn severity(&self) -> Word<Severity> {
        Word(self.0.severity)
    }

    /// The step it stops where it is a blocker.
    async fn gate(&self) -> Option<Word<Gate>> {
        self.0.gate.map(Word)
    }

    /// Whether panel or body may accept what it finds, with a reason.
    async fn acceptable(&self) -> bool {
        self.0.acceptable
    }

    /// Why it is asked, for the person who meets it.
    async fn explanation(&self) -> &str {
        self.0.explanation
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
    /// The findings of a case for which `which` holds.
    pub fn list(view: &Arc<View>, which: impl Fn(&check::Finding) -> bool) -> Vec<Self> {
        let wanted = view.findings().iter().filter(|finding| which(finding));
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
        check::rule(&self.finding.rule)
            .map(Rule)
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
