//! Checks: what the law and good practice ask of an assessment, held against what it says.
//!
//! [`check`] is pure: the same case, facts and day give the same findings in the same order. A rule is one
//! entry in the list of its family's file; a new family is one small file and one line in `FAMILIES`.
//!
//! Laws of the framework, proved over all rules by a test: only statute and case law may block; only a missing
//! or contradictory answer may be blocked, never an unwelcome one; an organisation may raise a severity but
//! not lower it, and never makes a blocker of what the law does not carry; what may be accepted with a reason stops
//! no step before there is somebody to accept it; a duty that is not in force on the day of the decision does not
//! fire, and one that does not bind the organisation stops nothing.

mod book;
mod characteristic;
mod connection;
mod continuing;
mod decision;
mod denial;
mod discrimination;
mod duty;
mod engagement;
mod evidence;
mod form;
mod group;
mod impact;
mod inequality;
mod involvement;
mod mitigation;
pub mod own;
mod paper;
mod place;
mod plus;
mod proposal;
mod psed;
mod rate;
mod rating;
mod reliance;
mod rights;
mod rigour;
mod screening;
mod scrutiny;
mod speech;
mod subject;
mod travel;
mod unknown;
mod vocabulary;
mod weight;

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::{
    book::{book, described},
    connection::POSITION,
    duty::{Authority, Duty, duties, duty},
    own::OwnRule,
    rate::{OFTEN, Rate, often, rates},
    screening::{NOTABLE_UNTOUCHED, PLACE_UNKNOWN, UNKNOWN_UNTOUCHED, YES_UNTOUCHED},
    subject::{Answer, Subject, is_unknown},
    vocabulary::vocabulary,
};
use crate::{
    canonical::{Spelling, Spelt},
    case::Case,
    form::{Form, FormSubject},
    group::Catalogue,
    organisation::OrganisationKind,
    place::{Population, Unanswered},
    review::Acceptance,
    risk::Alongside,
    settings::{Settings, Severity},
    text::{Path, Violation},
    words::words,
};

/// Every family of rules for what is proposed; a new one is added here.
const FAMILIES: &[&[Rule]] = &[
    proposal::RULES,
    decision::RULES,
    continuing::RULES,
    travel::RULES,
    scrutiny::RULES,
    group::RULES,
    characteristic::RULES,
    plus::RULES,
    impact::RULES,
    rigour::RULES,
    rating::RULES,
    mitigation::RULES,
    reliance::RULES,
    connection::RULES,
    unknown::RULES,
    psed::RULES,
    inequality::RULES,
    engagement::RULES,
    involvement::RULES,
    evidence::RULES,
    weight::RULES,
    discrimination::RULES,
    rights::RULES,
    paper::RULES,
    place::RULES,
    form::RULES,
];

words! {
    /// Which step a blocker stops.
    Gate {
        /// Submission to the panel.
        Submit = "SUBMIT",
        /// The decision of the body with authority.
        Decide = "DECIDE",
    }
}

words! {
    /// What is the matter with an answer.
    Fault {
        /// It is not there, or does not say what was asked.
        Missing = "MISSING",
        /// It contradicts itself or something else in the case.
        Contradictory = "CONTRADICTORY",
        /// It is there and says something one would rather not hear; never a reason to block.
        Unwelcome = "UNWELCOME",
    }
}

/// What a check says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Stable for rule and path, so that a decider can accept it: `rule@path/segments`.
    pub id: String,
    /// The id of the rule.
    pub rule: String,
    /// How grave it is.
    pub severity: Severity,
    /// Which step it stops, when it is a blocker.
    pub gate: Option<Gate>,
    /// Whether panel or body may accept it with a reason.
    pub acceptable: bool,
    /// A sentence for the author: what is missing or does not fit, and what to do.
    pub message: String,
    /// The field it is about.
    pub path: Path,
    /// The facts it rests on.
    pub facts: Value,
}

impl Finding {
    /// Whether it stands in the way of this step. What is not fit to be submitted is not fit to be decided on.
    #[must_use]
    pub fn blocks(&self, gate: Gate) -> bool {
        self.severity == Severity::Blocker && self.gate.is_some_and(|own| own <= gate)
    }

    /// Whether it stops this step: it blocks, and nobody accepted it who might.
    #[must_use]
    pub fn stops(&self, gate: Gate, accepted: &BTreeMap<String, Acceptance>) -> bool {
        self.blocks(gate) && !(self.acceptable && accepted.contains_key(&self.id))
    }
}

/// What a rule found, before the framework gives it id and severity.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The field it is about.
    pub path: Path,
    /// A sentence for the author.
    pub message: String,
    /// The facts it rests on.
    pub facts: Value,
}

impl Draft {
    /// A finding about the field at `path`.
    pub fn new<S: ToString>(
        path: impl IntoIterator<Item = S>,
        message: impl Into<String>,
        facts: Value,
    ) -> Self {
        Self { path: Path::of(path), message: message.into(), facts }
    }
}

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable and dotted, for ever: `impact.negative.unrated`.
    pub id: &'static str,
    /// What it looks for, in a few words.
    pub title: &'static str,
    /// The id of the duty it rests on.
    pub duty: &'static str,
    /// The severity below which an organisation cannot set it.
    pub severity: Severity,
    /// The step it stops when it is a blocker; `None` for what can never be one.
    pub gate: Option<Gate>,
    /// Whether panel or body may accept it with a reason.
    pub acceptable: bool,
    /// What is the matter when it fires.
    pub fault: Fault,
    /// Why it is asked, for the person who meets it.
    pub explanation: &'static str,
    /// Looks at a case.
    pub run: fn(&Subject<'_>) -> Vec<Draft>,
}

impl Rule {
    /// The duty it rests on.
    ///
    /// # Panics
    /// Never in a build whose tests passed: they look up the duty of every rule.
    #[must_use]
    pub fn duty(&self) -> &'static Duty {
        duty(self.duty).expect("a test looks up the duty of every rule")
    }

    /// Whether the law lets it block: its duty binds, its fault is a missing or contradictory answer, and
    /// it names the step.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.gate.is_some() && self.fault != Fault::Unwelcome && self.duty().authority.binds()
    }

    /// Its severity where an organisation may have raised it: never below the rule's own, and never a
    /// blocker that the law does not carry.
    #[must_use]
    pub fn severity_in(&self, settings: &Settings) -> Severity {
        match settings.severities.get(self.id) {
            Some(Severity::Blocker) if !self.may_block() => self.severity.min(Severity::Warning),
            Some(&wished) => self.severity.min(wished),
            None => self.severity,
        }
    }

    /// The same for an organisation of this kind: where its duty binds others, it warns at most.
    #[must_use]
    pub fn severity_for(&self, kind: OrganisationKind, settings: &Settings) -> Severity {
        let severity = self.severity_in(settings);
        if self.duty().binds(kind) { severity } else { severity.max(Severity::Warning) }
    }
}

static OF_PROPOSALS: LazyLock<Vec<Rule>> = LazyLock::new(|| FAMILIES.concat());
static OF_SCREENINGS: LazyLock<Vec<Rule>> =
    LazyLock::new(|| [form::OF_THE_ORGANISATION, screening::RULES].concat());
static RULES: LazyLock<Vec<Rule>> =
    LazyLock::new(|| [&OF_PROPOSALS[..], form::OF_THE_ORGANISATION, screening::RULES].concat());

/// Every rule, family by family.
#[must_use]
pub fn rules() -> &'static [Rule] {
    &RULES
}

/// The rules that a case of a form is held against, by what the form is about.
#[must_use]
pub fn rules_about(about: FormSubject) -> &'static [Rule] {
    match about {
        FormSubject::Proposal => &OF_PROPOSALS,
        FormSubject::Organisation => form::OF_THE_ORGANISATION,
        FormSubject::Screening => &OF_SCREENINGS,
    }
}

/// Whether findings of this rule say that nobody answered a required question.
#[must_use]
pub fn asks_for_answer(rule: &str) -> bool {
    form::RULES.iter().chain(form::OF_THE_ORGANISATION).any(|one| one.id == rule)
}

/// Whether a finding of this id is one of the rule.
#[must_use]
pub fn is_of(rule: &str, finding: &str) -> bool {
    finding.split_once('@').is_some_and(|(own, _)| own == rule)
}

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.id == id)
}

/// Counts the changes of what rules do: results are kept with it, and it is raised with every such change.
pub const EDITION: u32 = 9;

static VERSIONS: LazyLock<Value> = LazyLock::new(|| {
    let described = rules().iter().map(|rule| {
        let duty = rule.duty();
        json!({
            "id": rule.id, "title": rule.title, "severity": rule.severity, "gate": rule.gate,
            "acceptable": rule.acceptable, "duty": duty.id, "citation": duty.citation,
            "authority": duty.authority,
        })
    });
    json!({ "format": "ehia/rules/1", "edition": EDITION, "rules": described.collect::<Vec<_>>() })
});

/// The rule book as records keep it: its edition, and every rule with the citation of its duty.
#[must_use]
pub fn versions() -> &'static Value {
    &VERSIONS
}

/// The same, spelt.
///
/// # Errors
/// When it cannot be spelt; see [`crate::canonical::bytes`].
pub fn spelt() -> Result<&'static Spelt, Violation> {
    static SPELLING: LazyLock<Spelling> = LazyLock::new(Spelling::default);
    SPELLING.of(versions())
}

/// What a case is held against, gathered before any lock.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The form the case began with.
    pub form: &'a Form,
    /// The groups its organisation considers.
    pub groups: &'a Catalogue,
    /// What its organisation set for itself.
    pub settings: &'a Settings,
    /// What kind of body its organisation is, because not every duty binds every body.
    pub kind: OrganisationKind,
    /// The calendar date where the organisation is.
    pub today: NaiveDate,
    /// Who lives in the footprint; `None` where that is not known.
    pub population: Option<&'a Population>,
    /// Why that is not known, where a footprint is named.
    pub unplaced: Option<&'a Unanswered>,
    /// What else touches its groups in its districts, the gravest first, as far as whoever asks may know of that; nothing
    /// before it was sent to its panel and after it was decided.
    pub alongside: &'a [Alongside],
    /// The rules of its own that are in force for its organisation.
    pub own: &'a [Arc<OwnRule>],
}

/// Holds a case against every rule about what its form is about whose duty is in force on the day of its decision, and,
/// where something is proposed, against the rules of its organisation as far as they can be run ([`own::failures`]).
/// Ordered by severity, the organisation's own after the rule book's, then by the order of the form,
/// then by path.
#[must_use]
pub fn check(case: &Case, facts: &Facts<'_>) -> Vec<Finding> {
    let subject = Subject::of(case, facts);
    let day = subject.day_of_law();
    let mut findings = Vec::new();
    for rule in rules_about(facts.form.about).iter().filter(|rule| rule.duty().in_force(day)) {
        let severity = rule.severity_for(facts.kind, facts.settings);
        findings.extend((rule.run)(&subject).into_iter().map(|draft| Finding {
            id: format!("{}@{}", rule.id, draft.path),
            rule: rule.id.into(),
            severity,
            gate: if severity == Severity::Blocker { rule.gate } else { None },
            acceptable: rule.acceptable,
            message: draft.message,
            path: draft.path,
            facts: draft.facts,
        }));
    }
    findings.extend(own::findings(&subject));
    findings.sort_by_cached_key(|finding| {
        let own = rule(&finding.rule).is_none();
        (finding.severity, own, subject.place(&finding.path), finding.path.clone(), finding.id.clone())
    });
    // One element named twice is still one finding.
    findings.dedup_by(|later, earlier| later.id == earlier.id);
    findings
}
