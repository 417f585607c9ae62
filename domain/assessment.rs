//! The content of a case: what its authors write, what a revision numbers and what is frozen.
//!
//! The document is canonical JSON with camelCase keys; every path in the API and in findings is a path in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    area,
    evidence::{Engagement, Evidence},
    group::Catalogue,
    id::{Identifier, PersonId},
    impact::{Direction, Impact},
    interdependency::{Interdependency, InterdependencyKind},
    mitigation::Mitigation,
    party::Party,
    proposal::Proposal,
    rating::Scale,
    text::{LINE, PARAGRAPH, Path, Violation, bounded, bounded_list, check, line},
};

/// The name of this layout; readers of old documents ask it first.
pub const FORMAT: &str = "ehia/content/1";

/// The longest time that a chance is reckoned over: ten years.
const MONTHS: u16 = 120;
/// Chances are told in a thousand.
pub const THOUSAND: u16 = 1000;

/// Everything the authors of an assessment write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Content {
    /// [`FORMAT`].
    pub format: String,
    /// The name of the case.
    pub title: String,
    /// What is assessed.
    #[serde(default)]
    pub proposal: Proposal,
    /// Who else writes it.
    #[serde(default)]
    pub contributors: Vec<PersonId>,
    /// The senior responsible officer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sro: Option<Party>,
    /// Answers by question key; a value may be `{"unknown": OpenQuestion}` wherever it is honest to say so.
    #[serde(default)]
    pub answers: BTreeMap<String, Value>,
    /// Effects on groups.
    #[serde(default)]
    pub impacts: Vec<Impact>,
    /// What claims rest on.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Who was listened to.
    #[serde(default)]
    pub engagement: Vec<Engagement>,
    /// Actions against impacts.
    #[serde(default)]
    pub mitigations: Vec<Mitigation>,
    /// Edges to other cases and partners.
    #[serde(default)]
    pub interdependencies: Vec<Interdependency>,
}

impl Content {
    /// Whom it names as those whose proposal it is, beside its author: contributors, and the SRO's account.
    pub fn named(&self) -> impl Iterator<Item = PersonId> {
        let sro = self.sro.iter().filter_map(|sro| sro.person);
        self.contributors.iter().copied().chain(sro)
    }

    /// An empty assessment with this title.
    pub fn titled(title: impl Into<String>) -> Self {
        Self {
            format: FORMAT.into(),
            title: title.into(),
            proposal: Proposal::default(),
            contributors: Vec::new(),
            sro: None,
            answers: BTreeMap::new(),
            impacts: Vec::new(),
            evidence: Vec::new(),
            engagement: Vec::new(),
            mitigations: Vec::new(),
            interdependencies: Vec::new(),
        }
    }
}

/// What content is checked against, beside its form.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// The groups the organisation considers.
    pub groups: &'a Catalogue,
    /// Its scale.
    pub scale: &'a Scale,
}

impl Content {
    /// Everything that cannot be kept: text out of bounds, references to nothing, ratings off the scale, ranges
    /// upside down. What is merely missing is not wrong here; checks say what is missing.
    #[must_use]
    pub fn violations(&self, frame: Frame<'_>) -> Vec<Violation> {
        let mut found = Collector::default();
        found.keep(line(&self.title, LINE, &Path::of(["title"])));
        self.check_proposal(&mut found);
        if let Some(sro) = &self.sro {
            found.keep(sro.check(&Path::of(["sro"])));
        }
        self.check_ids(&mut found);
        for impact in &self.impacts {
            self.check_impact(impact, frame, &mut found);
        }
        for evidence in &self.evidence {
            let path = Path::of(["evidence".to_owned(), evidence.id.to_string()]);
            found.keep(line(&evidence.title, LINE, &path.join("title")));
            found.keep(bounded(&evidence.source, PARAGRAPH, &path.join("source")));
            found.optional(evidence.gap.as_deref(), PARAGRAPH, &path.join("gap"));
            found.groups(&evidence.groups, frame.groups, &path.join("groups"));
        }
        for engagement in &self.engagement {
            let path = Path::of(["engagement".to_owned(), engagement.id.to_string()]);
            found.keep(line(&engagement.who, LINE, &path.join("who")));
            found.keep(line(&engagement.method, LINE, &path.join("method")));
            found.keep(bounded(&engagement.heard, PARAGRAPH, &path.join("heard")));
            found.optional(engagement.changed.as_deref(), PARAGRAPH, &path.join("changed"));
            found.groups(&engagement.groups, frame.groups, &path.join("groups"));
            if engagement.to.is_some_and(|to| to < engagement.from) {
                found.add("INVALID", "The engagement ends before it begins.", path.join("to"));
            }
        }
        for mitigation in &self.mitigations {
            self.check_mitigation(mitigation, &mut found);
        }
        for edge in &self.interdependencies {
            check_interdependency(edge, &mut found);
        }
        found.violations
    }

    fn check_proposal(&self, found: &mut Collector) {
        let proposal = &self.proposal;
        let path = Path::of(["proposal"]);
        found.keep(bounded(&proposal.summary, PARAGRAPH, &path.join("summary")));
        for (field, text) in [
            ("serviceLine", &proposal.service_line),
            ("programme", &proposal.programme),
            ("decisionBody", &proposal.decision_body),
        ] {
            found.line(text.as_deref(), &path.join(field));
        }
        found.optional(proposal.population.as_deref(), PARAGRAPH, &path.join("population"));
        found.keep(bounded_list(proposal.footprint.len(), &path.join("footprint")));
        let mut seen = BTreeSet::new();
        for (index, code) in proposal.footprint.iter().enumerate() {
            let path = path.join("footprint").join(index);
            if area::level(code).is_none() {
                let message = area::unkept(code).unwrap_or_else(|| {
                    format!("`{code}` is not an English area code; write an ONS code such as E07000145.")
                });
                found.add("INVALID", message, path);
            } else if !seen.insert(code) {
                found.add("DUPLICATE", format!("`{code}` is there twice."), path);
            }
        }
        found.keep(bounded_list(proposal.options.len(), &path.join("options")));
        for (index, option) in proposal.options.iter().enumerate() {
            let path = path.join("options").join(index);
            found.keep(line(&option.title, LINE, &path.join("title")));
            found.keep(bounded(&option.summary, PARAGRAPH, &path.join("summary")));
            found.keep(bounded(&option.reason, PARAGRAPH, &path.join("reason")));
        }
        if let Some(residence) = &proposal.user_residence {
            found.keep(residence.check(&path.join("userResidence")));
        }
        if let (Some(from), Some(to)) = (proposal.effective_from, proposal.effective_to)
            && to < from
        {
            found.add("INVALID", "The change ends before it begins.", path.join("effectiveTo"));
        }
    }

    fn check_ids(&self, found: &mut Collector) {
        let lists = [
            ("impacts", self.impacts.len()),
            ("evidence", self.evidence.len()),
            ("engagement", self.engagement.len()),
            ("mitigations", self.mitigations.len()),
            ("interdependencies", self.interdependencies.len()),
            ("contributors", self.contributors.len()),
            ("answers", self.answers.len()),
        ];
        for (name, length) in lists {
            found.keep(bounded_list(length, &Path::of([name])));
        }
        for (index, person) in self.contributors.iter().enumerate() {
            if self.contributors.iter().take(index).any(|other| other == person) {
                let path = Path::of(["contributors"]).join(index);
                found.add("DUPLICATE", "This person is there twice.", path);
            }
        }
        let mut seen = BTreeSet::new();
        for (list, id) in self.elements() {
            if !seen.insert(id) {
                found.add(
                    "DUPLICATE",
                    "Two elements have this identifier.",
                    Path::of([list.to_owned(), id.to_string()]),
                );
            }
        }
    }

    fn check_impact(&self, impact: &Impact, frame: Frame<'_>, found: &mut Collector) {
        let path = Path::of(["impacts".to_owned(), impact.id.to_string()]);
        if impact.groups.is_empty() {
            found.add("REQUIRED", "Say which group the impact is on.", path.join("groups"));
        }
        found.groups(&impact.groups, frame.groups, &path.join("groups"));
        found.keep(bounded(&impact.rationale, PARAGRAPH, &path.join("rationale")));
        found.optional(impact.no_mitigation_because.as_deref(), PARAGRAPH, &path.join("noMitigationBecause"));
        found.optional(impact.justification.as_deref(), PARAGRAPH, &path.join("justification"));
        for (field, rating) in [("initial", impact.initial), ("target", impact.target)] {
            if let Some(rating) = rating {
                found.keep(frame.scale.admits(rating, &path.join(field)));
            }
        }
        if let Some(reach) = &impact.reach {
            found.keep(line(&reach.basis, LINE, &path.join("reach").join("basis")));
            if reach.high.is_some_and(|high| high < reach.low) {
                found.add(
                    "INVALID",
                    "The highest figure is below the lowest.",
                    path.join("reach").join("high"),
                );
            }
        }
        if let Some(chance) = &impact.chance {
            let path = path.join("chance");
            found.keep(check(&chance.event, LINE, &path.join("event")));
            if !(1..=MONTHS).contains(&chance.months) {
                let message = format!("Say within how many months, 1 to {MONTHS}.");
                found.add("INVALID", message, path.join("months"));
            }
            if chance.high > THOUSAND || chance.high < chance.low {
                let message = "Chances are told in a thousand, 0 to 1000, the lower one first.";
                found.add("INVALID", message, path.join("high"));
            }
        }
        if let Some(open) = &impact.open_question {
            let path = path.join("openQuestion");
            found.keep(check(&open.question, PARAGRAPH, &path.join("question")));
            found.keep(open.owner.check(&path.join("owner")));
            let unrated = impact.direction == Direction::Negative && impact.initial.is_none();
            if impact.direction != Direction::Unknown && !unrated {
                let message = "Only an unknown impact, or a negative one that is not rated yet, carries an open question.";
                found.add("INVALID", message, path);
            }
        }
        for id in &impact.evidence {
            if !self.evidence.iter().any(|evidence| evidence.id == *id) {
                found.add("NOT_FOUND", format!("There is no {} here.", id.global()), path.join("evidence"));
            }
        }
    }

    fn check_mitigation(&self, mitigation: &Mitigation, found: &mut Collector) {
        let path = Path::of(["mitigations".to_owned(), mitigation.id.to_string()]);
        found.keep(check(&mitigation.action, PARAGRAPH, &path.join("action")));
        for (field, text) in [
            ("indicator", &mitigation.indicator),
            ("baseline", &mitigation.baseline),
            ("targetValue", &mitigation.target_value),
        ] {
            found.line(text.as_deref(), &path.join(field));
        }
        if let Some(owner) = &mitigation.owner {
            found.keep(owner.check(&path.join("owner")));
        }
        for id in &mitigation.impacts {
            if !self.impacts.iter().any(|impact| impact.id == *id) {
                found.add("NOT_FOUND", format!("There is no {} here.", id.global()), path.join("impacts"));
            }
        }
        for id in &mitigation.reliances {
            let edge = self.interdependencies.iter().find(|edge| edge.id == *id);
            if edge.is_none_or(|edge| edge.kind != InterdependencyKind::ReliesOn) {
                found.add(
                    "NOT_FOUND",
                    format!("There is no reliance {} here.", id.global()),
                    path.join("reliances"),
                );
            }
        }
    }

    /// The list and identifier of every element that has one.
    pub fn elements(&self) -> impl Iterator<Item = (&'static str, Uuid)> {
        (self.impacts.iter().map(|e| ("impacts", e.id.uuid())))
            .chain(self.evidence.iter().map(|e| ("evidence", e.id.uuid())))
            .chain(self.engagement.iter().map(|e| ("engagement", e.id.uuid())))
            .chain(self.mitigations.iter().map(|e| ("mitigations", e.id.uuid())))
            .chain(self.interdependencies.iter().map(|e| ("interdependencies", e.id.uuid())))
    }
}

fn check_interdependency(edge: &Interdependency, found: &mut Collector) {
    let path = Path::of(["interdependencies".to_owned(), edge.id.to_string()]);
    found.optional(edge.premise.as_deref(), PARAGRAPH, &path.join("premise"));
    found.optional(edge.note.as_deref(), PARAGRAPH, &path.join("note"));
    match (&edge.target, &edge.partner) {
        (None, None) => found.add("REQUIRED", "Name the other assessment or the partner.", path.clone()),
        (None, Some(partner)) => found.keep(partner.check(&path.join("partner"))),
        (Some(_), _) => {}
    }
    if let Some(failure) = edge.failure {
        if edge.kind != InterdependencyKind::ReliesOn {
            found.add("INVALID", "Only a reliance can fail; leave the chance out.", path.join("failure"));
        } else if failure > THOUSAND {
            found.add("INVALID", "Chances are told in a thousand, 0 to 1000.", path.join("failure"));
        }
    }
    if edge.kind == InterdependencyKind::ReliesOn && edge.holds_when.is_none() {
        found.add("REQUIRED", "Say when this reliance holds.", path.join("holdsWhen"));
    }
}

#[derive(Default)]
struct Collector {
    violations: Vec<Violation>,
}

impl Collector {
    fn keep(&mut self, result: Result<(), Violation>) {
        self.violations.extend(result.err());
    }

    fn add(&mut self, code: &str, message: impl Into<String>, path: Path) {
        self.violations.push(Violation::new(code, message, path));
    }

    fn optional(&mut self, text: Option<&str>, most: usize, path: &Path) {
        if let Some(text) = text {
            self.keep(check(text, most, path));
        }
    }

    fn line(&mut self, text: Option<&str>, path: &Path) {
        if let Some(text) = text {
            self.keep(line(text, LINE, path));
        }
    }

    fn groups(&mut self, codes: &[String], groups: &Catalogue, path: &Path) {
        self.keep(bounded_list(codes.len(), path));
        for (index, code) in codes.iter().enumerate() {
            if groups.find(code).is_none() {
                let message = format!("There is no group `{}`; ask `groups` for the codes.", clip(code));
                self.add("NOT_FOUND", message, path.clone());
            } else if codes.iter().take(index).any(|other| other == code) {
                self.add("DUPLICATE", format!("`{code}` is there twice."), path.clone());
            }
        }
    }
}

fn clip(text: &str) -> String {
    text.chars().take(60).collect()
}
