//! The facts of an assessment that somebody published, one object a document.
//!
//! Every sentence of a draft made here is either the facts' own or says that it is a reading of them. Groups the
//! facts do not mention get no impact; a direction they do not give is unknown; "mixed" is an impact each way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Draft, Provenance, bounds::clip, typed, words};
use crate::{
    assessment::Content,
    evidence::{Evidence, EvidenceKind},
    group::Catalogue,
    id::{EvidenceId, ImpactId, Supply},
    impact::{Direction, Impact},
    interdependency::{Interdependency, InterdependencyKind, ReliancePremise},
    mitigation::Mitigation,
    party::Party,
    rating::Rating,
    settings::Settings,
    text::{self, Path, Violation},
};

/// One document of facts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    id: String,
    title: String,
    #[serde(default)]
    organisation: Option<String>,
    #[serde(default)]
    year: Option<u16>,
    #[serde(default)]
    source_url: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    area: Vec<String>,
    #[serde(default)]
    population: Option<String>,
    #[serde(default)]
    impacts: Vec<Effect>,
    #[serde(default)]
    risk: Risk,
    #[serde(default)]
    decision: Option<String>,
    #[serde(default)]
    sign_off_role: Option<String>,
    #[serde(default)]
    review_date: Option<String>,
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default)]
    interdependencies: Vec<String>,
    #[serde(default)]
    extra: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Effect {
    group: String,
    #[serde(default)]
    direction: Option<Way>,
    #[serde(default)]
    direction_basis: Option<Basis>,
    #[serde(default)]
    rationale: Option<String>,
    #[serde(default)]
    evidence: Option<String>,
    #[serde(default)]
    mitigation: Option<String>,
    #[serde(default)]
    mitigation_owner: Option<String>,
    #[serde(default)]
    mitigation_due: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Way {
    Positive,
    Negative,
    Neutral,
    Mixed,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Basis {
    Stated,
    Inferred,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Risk {
    likelihood: Option<u8>,
    consequence: Option<u8>,
    score: Option<u16>,
}

pub(super) fn read(
    document: &Value,
    groups: &Catalogue,
    supply: &mut Supply,
) -> Result<Draft, Vec<Violation>> {
    let facts: Facts = typed(document.clone(), &Path::default()).map_err(|violation| vec![violation])?;
    facts.check()?;
    let mut reader = Reader {
        groups,
        supply,
        content: Content::titled(facts.title.clone()),
        notes: Vec::new(),
        evidence: BTreeMap::new(),
        mitigations: BTreeMap::new(),
    };
    Ok(reader.document(facts))
}

impl Facts {
    fn check(&self) -> Result<(), Vec<Violation>> {
        let mut found: Vec<Violation> = Vec::new();
        for (field, text) in [
            ("id", Some(&self.id)),
            ("title", Some(&self.title)),
            ("organisation", self.organisation.as_ref()),
            ("kind", self.kind.as_ref()),
        ] {
            found.extend(text.and_then(|text| text::line(text, text::LINE, &Path::of([field])).err()));
        }
        for (index, effect) in self.impacts.iter().enumerate() {
            let at = |field: &str| Path::of(["impacts", &index.to_string(), field]);
            found.extend(text::line(&effect.group, text::LINE, &at("group")).err());
            if let Some(owner) = &effect.mitigation_owner {
                found.extend(text::line(owner, text::LINE, &at("mitigation_owner")).err());
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }
}

struct Reader<'a> {
    groups: &'a Catalogue,
    supply: &'a mut Supply,
    content: Content,
    notes: Vec<String>,
    /// Evidence by its words: said of several groups, it is one piece.
    evidence: BTreeMap<String, usize>,
    /// Mitigations by their words, owner and date.
    mitigations: BTreeMap<(String, Option<String>, Option<NaiveDate>), usize>,
}

impl Reader<'_> {
    fn document(&mut self, mut facts: Facts) -> Draft {
        let committee = take(&mut facts.extra, "committee");
        let gap = take(&mut facts.extra, "evidence_gap");
        self.content.proposal.programme = take(&mut facts.extra, "programme").map(|text| line(&text));
        if let Some(committee) = committee {
            self.committee(&committee);
        }
        if let Some(gap) = gap {
            self.content
                .answers
                .insert("evidence_gaps".into(), json!(format!("The document names this gap: {gap}.")));
        }
        self.content.proposal.population = facts.population.take().filter(|text| !text.trim().is_empty());
        self.content.proposal.summary = summary(&facts);
        self.itself(&facts);
        for effect in &facts.impacts {
            self.effect(effect);
        }
        self.rate(facts.risk);
        for action in facts.actions.iter().filter(|action| !action.trim().is_empty()) {
            self.mitigate(action, None, None, &[]);
        }
        for words in facts.interdependencies.iter().filter(|words| !words.trim().is_empty()) {
            let edge = self.edge(words);
            self.content.interdependencies.push(edge);
        }
        match facts.review_date.as_deref().map(|text| (text, day(text))) {
            Some((_, Some(day))) => {
                self.content.answers.insert("review_date".into(), json!(day));
            }
            Some((text, None)) => self.notes.push(format!("The review date `{}` is not a day.", clip(text))),
            None => {}
        }
        let source = Provenance {
            organisation: facts.organisation,
            year: facts.year,
            url: facts.source_url,
            kind: facts.kind,
            id: facts.id.clone(),
        };
        Draft {
            content: self.content.clone(),
            key: Some(facts.id),
            form: None,
            synthetic: false,
            label: None,
            targets: Vec::new(),
            source: Some(source),
            decision: facts.decision.as_deref().map(line).filter(|text| !text.is_empty()),
            notes: std::mem::take(&mut self.notes),
            names: BTreeMap::new(),
        }
    }

    /// "Cabinet, 25 February 2025": the body, and the day when there is one.
    fn committee(&mut self, words: &str) {
        let (body, date) = match words.rsplit_once(", ") {
            Some((body, date)) => match NaiveDate::parse_from_str(date.trim(), "%d %B %Y") {
                Ok(date) => (body, Some(date)),
                Err(_) => (words, None),
            },
            None => (words, None),
        };
        self.content.proposal.decision_body = Some(line(body));
        self.content.proposal.decision_date = date;
    }

    /// The published document as a piece of evidence, with the facts that nothing else has a place for.
    fn itself(&mut self, facts: &Facts) {
        let mut told: Vec<String> = [
            facts.organisation.clone(),
            facts.kind.clone(),
            facts.year.map(|year| year.to_string()),
            facts.source_url.clone(),
        ]
        .into_iter()
        .flatten()
        .filter(|text| !text.trim().is_empty())
        .collect();
        let sign_off = facts.sign_off_role.as_ref().map(|role| format!("Signed off by: {role}"));
        let review = facts.review_date.as_ref().map(|date| format!("To be reviewed: {date}"));
        told.extend(sign_off.into_iter().chain(review));
        told.extend(facts.extra.iter().map(|(key, value)| {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            format!("{}: {value}", key.replace('_', " "))
        }));
        let evidence = Evidence {
            title: line(&facts.title),
            source: paragraph(&told.join("\n")),
            gap: Some("Only facts taken from the published document are here; it may say more.".into()),
            ..self.piece()
        };
        self.content.evidence.push(evidence);
    }

    fn piece(&mut self) -> Evidence {
        Evidence {
            id: self.supply.fresh(),
            title: String::new(),
            kind: EvidenceKind::Other,
            source: String::new(),
            date: None,
            local: None,
            strength: None,
            gap: None,
            groups: Vec::new(),
            attachments: Vec::new(),
        }
    }

    fn effect(&mut self, effect: &Effect) {
        let phrase = effect.group.trim();
        let meaning = words::meaning(phrase, self.groups);
        if !meaning.known {
            self.notes.push(format!("No shipped group is called `{}`; it is kept in words.", clip(phrase)));
        }
        let directions = match (effect.direction.unwrap_or(Way::Unknown), effect.direction_basis) {
            (Way::Positive, _) => &[Direction::Positive][..],
            (Way::Negative, _) => &[Direction::Negative],
            (Way::Neutral, Some(Basis::Stated)) => &[Direction::Neutral],
            (Way::Mixed, _) => &[Direction::Positive, Direction::Negative],
            // Neutral that the document does not state is somebody's guess, and no finding.
            (Way::Neutral | Way::Unknown, _) => &[Direction::Unknown],
        };
        let mut harmed = Vec::new();
        for groups in &meaning.groups {
            let evidence: Vec<EvidenceId> = effect
                .evidence
                .as_deref()
                .and_then(|words| self.evidence(words, groups))
                .into_iter()
                .collect();
            for &direction in directions {
                let id: ImpactId = self.supply.fresh();
                if direction != Direction::Positive || directions.len() == 1 {
                    harmed.push(id);
                }
                self.content.impacts.push(Impact {
                    id,
                    groups: groups.clone(),
                    direction,
                    rationale: rationale(effect, direction, phrase),
                    initial: None,
                    target: None,
                    reach: None,
                    evidence: evidence.clone(),
                    no_mitigation_because: None,
                    justification: None,
                    chance: None,
                    open_question: None,
                });
            }
        }
        let Some(action) = effect.mitigation.as_deref().filter(|action| !action.trim().is_empty()) else {
            return;
        };
        let due = effect.mitigation_due.as_deref();
        let date = due.and_then(day);
        if let (Some(due), None) = (due, date) {
            self.notes.push(format!("The date `{}` of a mitigation is not a day.", clip(due)));
        }
        self.mitigate(action, effect.mitigation_owner.as_deref(), date, &harmed);
    }

    fn evidence(&mut self, words: &str, groups: &[String]) -> Option<EvidenceId> {
        let words = words.trim();
        if words.is_empty() {
            return None;
        }
        let index = self.evidence.get(words).copied().unwrap_or(self.content.evidence.len());
        if index == self.content.evidence.len() {
            let evidence = Evidence {
                title: line(words),
                source: paragraph(words),
                gap: Some("The facts give neither date nor strength, nor say whether it is local.".into()),
                ..self.piece()
            };
            self.content.evidence.push(evidence);
            self.evidence.insert(words.to_owned(), index);
        }
        let evidence = self.content.evidence.get_mut(index)?;
        let new = groups.iter().filter(|code| !evidence.groups.contains(code)).cloned().collect::<Vec<_>>();
        evidence.groups.extend(new);
        Some(evidence.id)
    }

    fn mitigate(&mut self, action: &str, owner: Option<&str>, due: Option<NaiveDate>, impacts: &[ImpactId]) {
        let key = (action.trim().to_owned(), owner.map(str::to_owned), due);
        if let Some(earlier) =
            self.mitigations.get(&key).and_then(|index| self.content.mitigations.get_mut(*index))
        {
            earlier.impacts.extend(impacts);
            return;
        }
        self.mitigations.insert(key, self.content.mitigations.len());
        self.content.mitigations.push(Mitigation {
            id: self.supply.fresh(),
            action: paragraph(action.trim()),
            impacts: impacts.to_vec(),
            owner: owner.map(Party::named),
            due,
            indicator: None,
            baseline: None,
            target_value: None,
            reliances: Vec::new(),
        });
    }

    /// A rating of the whole document is that of its negative impact when there is just one.
    fn rate(&mut self, risk: Risk) {
        let (Some(likelihood), Some(consequence)) = (risk.likelihood, risk.consequence) else {
            if let Some(score) = risk.score {
                self.notes
                    .push(format!("A score of {score} without likelihood and consequence is not a rating."));
            }
            return;
        };
        let rating = Rating { likelihood, consequence };
        let scale = Settings::default().scale;
        let fits = scale.admits(rating, &Path::default()).is_ok();
        let agrees = risk.score.is_none_or(|score| score == rating.score());
        let mut negative = self.content.impacts.iter_mut().filter(|i| i.direction == Direction::Negative);
        match (negative.next(), negative.next()) {
            (Some(only), None) if fits && agrees => only.initial = Some(rating),
            _ => self.notes.push(format!(
                "The rating {likelihood} x {consequence} of the whole document could not be laid to one impact."
            )),
        }
    }

    fn edge(&mut self, words: &str) -> Interdependency {
        let folded = text::fold(words);
        let has = |any: &[&str]| any.iter().any(|word| folded.contains(word));
        let kind = if has(&["depends on", "relies on", "rely on", "conditional on"]) {
            InterdependencyKind::ReliesOn
        } else if has(&["demand"]) {
            InterdependencyKind::ShiftsDemandTo
        } else if has(&[" funds ", "funded by"]) {
            InterdependencyKind::Funds
        } else {
            InterdependencyKind::SharesPathway
        };
        let holds_when = (kind == InterdependencyKind::ReliesOn).then_some(ReliancePremise::PartnerConfirms);
        let partner = partner(words);
        if partner.is_none() {
            self.notes.push(format!("No partner is named in `{}`.", clip(words)));
        }
        Interdependency {
            id: self.supply.fresh(),
            kind,
            target: None,
            partner: Some(Party::named(partner.unwrap_or_else(|| "Not named in the document".into()))),
            premise: Some(paragraph(words)),
            by: None,
            holds_when,
            failure: None,
            note: Some("Read from the published words; what kind of dependency it is, is a reading.".into()),
        }
    }
}

/// Who is named in these words: what stands in brackets, what stands before "funds", or all of them when they
/// are a name and no sentence.
fn partner(words: &str) -> Option<String> {
    let words = words.trim();
    let bracketed = words.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(name, _)| name);
    let named = bracketed.or_else(|| words.split_once(" funds ").map(|(name, _)| name));
    if let Some(name) = named.map(str::trim).filter(|name| name.starts_with(char::is_uppercase)) {
        return Some(line(name));
    }
    let sentence = ["is", "are", "on", "in", "controls", "depends", "relies", "may", "will", "effect"];
    let plain = words.split_whitespace().all(|word| !sentence.contains(&word.to_lowercase().as_str()));
    (plain && words.split_whitespace().count() <= 8).then(|| line(words))
}

/// The summary, with what the document says of places and of its conclusion.
fn summary(facts: &Facts) -> String {
    let mut told: Vec<String> =
        facts.summary.iter().filter(|text| !text.trim().is_empty()).cloned().collect();
    let places: Vec<&str> =
        facts.area.iter().map(|place| place.trim()).filter(|place| !place.is_empty()).collect();
    if !places.is_empty() {
        told.push(format!("Places the document names: {}.", places.join("; ")));
    }
    if let Some(decision) = facts.decision.as_deref().filter(|text| !text.trim().is_empty()) {
        told.push(format!("Conclusion the document gives: {}.", decision.trim_end_matches('.')));
    }
    paragraph(&told.join("\n\n"))
}

fn rationale(effect: &Effect, direction: Direction, phrase: &str) -> String {
    let mut told = Vec::new();
    if let Some(rationale) = effect.rationale.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        told.push(format!("{}.", rationale.trim_end_matches('.')));
    }
    told.push(format!("The document's words for the group: \"{phrase}\"."));
    if effect.direction == Some(Way::Mixed) {
        let half = if direction == Direction::Positive { "benefit" } else { "harm" };
        told.push(format!("It tells of effects both ways; this entry is the {half}."));
    }
    told.push(
        match (effect.direction, effect.direction_basis) {
            (None, _) => "The facts give no direction.",
            (Some(_), Some(Basis::Stated)) => "The direction is stated in the document.",
            (Some(Way::Neutral), _) => {
                "Neutral was inferred, not stated; until somebody shows it, the direction is unknown."
            }
            (Some(_), Some(Basis::Inferred)) => "The direction is inferred; the document does not state it.",
            (Some(_), None) => "Whether the document states the direction is not known.",
        }
        .into(),
    );
    paragraph(&told.join(" "))
}

fn day(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|_| text.len() == 10)
}

/// Takes a text out of the extra facts; what is none stays there.
fn take(extra: &mut Map<String, Value>, key: &str) -> Option<String> {
    let text = extra.get(key)?.as_str().filter(|text| !text.trim().is_empty())?.to_owned();
    extra.remove(key);
    Some(text)
}

/// As much as a line keeps; its breaks become blanks.
fn line(text: &str) -> String {
    shortened(&text.replace(text::breaks_line, " "), text::LINE)
}

/// As much as a paragraph keeps.
fn paragraph(text: &str) -> String {
    shortened(text, text::PARAGRAPH)
}

fn shortened(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(most - 1).collect::<String>())
}
