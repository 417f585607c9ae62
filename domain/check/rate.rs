//! How often rules fire over many cases: one that fires on nearly everything is read by nobody, so it explains
//! itself or is demoted.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Finding, OwnRule, Rule, rules, rules_about};
use crate::{form::FormSubject, settings::Severity};

/// From how many cases in a hundred on a rule fires often.
pub const OFTEN: usize = 30;

/// How often one rule fires.
#[derive(Clone, Debug)]
pub struct Rate {
    /// The rule's id.
    pub rule: String,
    /// The rule's own severity.
    pub severity: Severity,
    /// On how many cases it fires.
    pub cases: usize,
    /// How many findings it has on them.
    pub findings: usize,
    /// How many cases it was asked of: those whose form is about what the rule is about.
    pub of: usize,
}

impl Rate {
    /// Whether it fires on more cases than [`OFTEN`] in a hundred.
    #[must_use]
    pub fn is_often(&self) -> bool {
        self.cases * 100 > self.of * OFTEN
    }

    /// On how many cases in a hundred it fires, rounded down.
    #[must_use]
    pub fn percent(&self) -> usize {
        (self.cases * 100).checked_div(self.of).unwrap_or_default()
    }
}

/// How often each rule fires over the findings of cases, each with what its form is about: those of the book in its
/// order, then these of an organisation, which ask about proposals.
#[must_use]
pub fn rates(cases: &[(FormSubject, Vec<Finding>)], own: &[Arc<OwnRule>]) -> Vec<Rate> {
    let mut fired: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (_, findings) in cases {
        for finding in findings {
            fired.entry(&finding.rule).or_default().1 += 1;
        }
        let once: BTreeSet<&str> = findings.iter().map(|finding| finding.rule.as_str()).collect();
        for rule in once {
            fired.entry(rule).or_default().0 += 1;
        }
    }
    let rate = |rule: String, severity: Severity, about: &[FormSubject]| {
        let (on, findings) = fired.get(rule.as_str()).copied().unwrap_or_default();
        let of = cases.iter().filter(|(is, _)| about.contains(is)).count();
        Rate { rule, severity, cases: on, findings, of }
    };
    let told = |rule: &Rule| {
        let asks = |about: &&FormSubject| rules_about(**about).iter().any(|one| one.id == rule.id);
        let about: Vec<FormSubject> = FormSubject::ALL.iter().filter(asks).copied().collect();
        rate(rule.id.to_owned(), rule.severity, &about)
    };
    let book = rules().iter().map(told);
    let own = own.iter().map(|rule| rate(rule.id(), rule.document().severity, &[FormSubject::Proposal]));
    book.chain(own).collect()
}

/// Why a rule fires often over the shipped examples and published assessments, where it does and is right to.
#[must_use]
pub fn often(rule: &str) -> Option<&'static str> {
    EXPLAINED.iter().find(|(rules, _)| rules.contains(&rule)).map(|(_, reason)| *reason)
}

const EXPLAINED: &[(&[&str], &str)] = &[
    (
        &[
            "proposal.kind.missing",
            "proposal.footprint.missing",
            "proposal.sro.missing",
            "decision.body.missing",
            "decision.date.missing",
            "review.date.missing",
            "groups.characteristic.unanswered",
            "groups.core20.unanswered",
            "psed.eliminate",
            "psed.advance",
            "psed.foster",
            "inequality.access.missing",
            "inequality.experience.missing",
            "inequality.outcomes.missing",
            "adjustments.missing",
            "armed-forces.missing",
            "human-rights.missing",
            "accessible-information.missing",
            "engagement.missing",
            "travel.missing",
            "form.required",
            "summary.omits",
        ],
        "published assessments answered other forms, and the facts taken from them have no place for this; no \
         complete example lacks it.",
    ),
    (
        &["groups.others.unconsidered", "groups.others.unanswered"],
        "published assessments name the groups they found affected and are silent on all others; no complete \
         example is.",
    ),
    (
        &["impact.negative.unrated", "impact.negative.unanswered"],
        "published forms seldom rate an impact, and name actions without an owner and a date; every complete \
         example does both.",
    ),
    (
        &["evidence.unweighed"],
        "the facts of published assessments seldom give date, strength and place of a source; every complete \
         example does.",
    ),
    (
        &["gaps.evidence"],
        "every honest assessment names gaps, and the facts of published ones are themselves a part of more. It \
         advises for that reason, once a case, so that the body has the gaps before it.",
    ),
];
