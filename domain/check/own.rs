//! An organisation's own rules: conditions in CEL over the content of a case, published with examples that must and
//! must not fire.
//!
//! A rule of an organisation cites no law of the land, so it warns or advises and never blocks. It sees what a guard
//! of a workflow sees, the answers only as far as the form shows them. What it may take is counted before it runs; one
//! that cannot be run says so to whoever can mend it ([`failures`]), and breaks nothing.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Facts, Finding, Subject};
use crate::{
    canonical,
    case::{Case, Pinned},
    form::{Expression, FormSubject, Known, expression::Asked},
    settings::Severity,
    text::{self, Path, Violation},
};

/// The layout of a rule's document.
pub const FORMAT: &str = "ehia/rule/1";
/// Most bytes of a document.
pub const BYTES: usize = 64 * 1024;
/// Most examples of one rule.
pub const EXAMPLES: usize = 50;
/// Most rules that are in force for one organisation.
pub const IN_FORCE: usize = 50;
/// Most steps ([`Expression::cost`]) that a rule may take on one case.
pub const STEPS: usize = 200_000;
/// Longest message, in characters.
const MESSAGE: usize = 1_000;
/// The highest version.
const VERSIONS: u32 = 1_000_000;
/// Longest text that a finding repeats, in characters.
const REPEATED: usize = 100;

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// [`FORMAT`].
    pub format: String,
    /// Lower-case words joined by `-`; its findings are `own.KEY`.
    pub key: String,
    /// From 1.
    pub version: u32,
    /// What it looks for, in a few words.
    pub title: String,
    /// A warning or advice.
    pub severity: Severity,
    /// When it fires: CEL over the content of a case.
    pub condition: String,
    /// What is missing or does not fit, and what to do.
    pub message: String,
    /// The field it is about: a section of the content, a field of the proposal, or a question.
    pub path: Path,
    /// Why the organisation asks for it, in words: a policy of its own, a promise it made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duty: Option<String>,
    /// What it says of contents that it was thought out on.
    pub examples: Vec<Example>,
}

/// A content, as far as the rule asks about it, and whether the rule must fire on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Example {
    /// What it shows.
    pub name: String,
    /// The content, or the part of one that matters.
    pub document: Value,
    /// Whether the rule fires.
    pub fires: bool,
}

/// A rule that can be asked of cases.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRule {
    document: Document,
    /// Why it can no longer be run, where it cannot.
    condition: Result<Expression, String>,
}

impl OwnRule {
    /// Reads a rule and proves it fit to be published: a lawful condition, and every example behaves.
    ///
    /// # Errors
    /// Everything that keeps it from being published.
    pub fn parse(source: &str) -> Result<Self, Vec<Violation>> {
        let rule = Self::draft(source)?;
        let misbehaving = rule.misbehaving();
        if misbehaving.is_empty() { Ok(rule) } else { Err(misbehaving) }
    }

    /// Reads a rule that is being thought out: all is asked of it but that its examples behave.
    ///
    /// # Errors
    /// Everything that keeps it from being tried.
    pub fn draft(source: &str) -> Result<Self, Vec<Violation>> {
        let document = read(source)?;
        let mut found = wrong(&document);
        match Expression::publish(&document.condition, &Known::content()) {
            Ok(condition) if found.is_empty() => Ok(Self { document, condition: Ok(condition) }),
            Ok(_) => Err(found),
            Err(violation) => {
                found.push(Violation { path: Path::of(["condition"]), ..violation });
                Err(found)
            }
        }
    }

    /// Reads a rule that was published, by this program or one before it. A condition that this program no longer
    /// runs makes it say so on every case, instead of being no rule.
    ///
    /// # Errors
    /// When it is no document of a rule at all.
    pub fn published(source: &str) -> Result<Self, Vec<Violation>> {
        let document = read(source)?;
        let condition = Expression::publish(&document.condition, &Known::content());
        Ok(Self { document, condition: condition.map_err(|violation| violation.message) })
    }

    /// What stands in for a rule that is in force and cannot be read.
    #[must_use]
    pub fn unreadable(of: &Pinned, reason: &str) -> Self {
        let document = Document {
            format: FORMAT.to_owned(),
            key: of.key.clone(),
            version: of.version,
            title: format!("{} version {}", of.key, of.version),
            severity: Severity::Advice,
            condition: String::new(),
            message: String::new(),
            path: Path::default(),
            duty: None,
            examples: Vec::new(),
        };
        Self { document, condition: Err(reason.to_owned()) }
    }

    /// As it was written.
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// Why this program can run it on no case; nothing where it can.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.condition.as_ref().err().map(String::as_str)
    }

    /// Its key and version.
    #[must_use]
    pub fn pinned(&self) -> Pinned {
        Pinned { key: self.document.key.clone(), version: self.document.version }
    }

    /// The rule's id in findings: `own.KEY`.
    #[must_use]
    pub fn id(&self) -> String {
        id(&self.document.key)
    }

    /// Whether it fires on this content. What the content does not say makes no rule fire.
    ///
    /// # Errors
    /// Why it cannot be run on it: half a sentence, to follow "because".
    pub fn fires(&self, content: &Value) -> Result<bool, String> {
        self.fires_on(&Asked::of(content))
    }

    fn fires_on(&self, content: &Asked<'_>) -> Result<bool, String> {
        use crate::form::expression::Undecided;
        let condition = self.condition.as_ref().map_err(|reason| {
            format!("this program can no longer run it ({})", reason.trim_end_matches('.'))
        })?;
        if condition.cost(content) > STEPS {
            return Err("what it asks about is too much to walk through".to_owned());
        }
        match condition.decide_on(content) {
            Ok(fires) => Ok(fires),
            Err(Undecided::Unsaid) => Ok(false),
            Err(reason) => Err(reason.to_string()),
        }
    }

    /// The questions that it asks about, and the one its finding is about.
    fn questions(&self) -> BTreeSet<&str> {
        let asked = self.condition.iter().flat_map(Expression::paths);
        let paths = asked.chain([self.document.path.0.as_slice()]);
        paths.filter_map(question).collect()
    }

    /// Every example that does not do what it says.
    fn misbehaving(&self) -> Vec<Violation> {
        let known = Known::content();
        let mut found = Vec::new();
        for (index, example) in self.document.examples.iter().enumerate() {
            let at = Path::of(["examples"]).join(index);
            let name: String = example.name.chars().take(REPEATED).collect();
            let within = |violation: Violation| {
                let path = violation.path.0.iter().fold(at.join("document"), |path, part| path.join(part));
                Violation { path, ..violation }
            };
            if let Err(violation) = known.fits(&example.document) {
                found.push(within(violation));
                continue;
            }
            match self.fires(&example.document) {
                Ok(fires) if fires == example.fires => {}
                Ok(true) => found.push(Violation::new(
                    "EXAMPLE_FIRES",
                    format!("The rule fires on \"{name}\" and must not. Mend the condition or the example."),
                    at.join("fires"),
                )),
                Ok(false) => found.push(Violation::new(
                    "EXAMPLE_SILENT",
                    format!(
                        "The rule does not fire on \"{name}\" and must. Mend the condition or the example."
                    ),
                    at.join("fires"),
                )),
                Err(reason) => found.push(Violation::new(
                    "EXAMPLE_FAILS",
                    format!("The rule cannot be run on \"{name}\", because {reason}."),
                    at.join("document"),
                )),
            }
        }
        found
    }

    /// What it says of a case, if anything.
    fn finding(&self, subject: &Subject<'_>, content: &Value, asked: &Asked<'_>) -> Option<Finding> {
        let Document { key, version, title, severity, message, path, duty, .. } = &self.document;
        let form = subject.facts.form;
        if self.questions().into_iter().any(|question| form.question(question).is_none()) {
            return None;
        }
        let mut facts = json!({ "title": title, "version": version });
        let finding =
            |id: String, severity: Severity, acceptable: bool, message: String, facts: Value| Finding {
                id: format!("{id}@{path}"),
                rule: self.id(),
                severity,
                gate: None,
                acceptable,
                message,
                path: path.clone(),
                facts,
            };
        match self.fires_on(asked) {
            Ok(false) => None,
            Ok(true) if subject.hides(path) => None,
            Ok(true) => {
                facts["said"] = self.said(content);
                if let Some(duty) = duty {
                    facts["duty"] = json!(duty);
                }
                Some(finding(self.id(), *severity, true, message.clone(), facts))
            }
            Err(reason) => {
                facts["failed"] = json!(reason);
                let message = format!(
                    "The organisation's own rule \"{title}\" (`{key}` version {version}) cannot be run on this case, \
                     because {reason}. It says nothing about the case: publish a version that can be run, or take \
                     it out of the settings."
                );
                Some(finding(format!("{}.failed", self.id()), Severity::Advice, false, message, facts))
            }
        }
    }

    /// What the content says at the paths the rule asks about: short values as they are, of lists how many.
    fn said(&self, content: &Value) -> Value {
        let mut said = Map::new();
        for path in self.condition.iter().flat_map(Expression::paths) {
            let found = path.iter().try_fold(content, |at, segment| at.get(segment));
            let shown = match found {
                None | Some(Value::Object(_)) => continue,
                Some(Value::Array(list)) => json!(list.len()),
                Some(Value::String(text)) if text.chars().count() > REPEATED => continue,
                Some(value) => value.clone(),
            };
            said.insert(path.join("/"), shown);
        }
        Value::Object(said)
    }
}

/// What findings name as their rule: `own.KEY`.
#[must_use]
pub fn id(key: &str) -> String {
    format!("own.{key}")
}

/// What the organisation's own rules alone say of a case, and that they cannot be run on it.
#[must_use]
pub fn tried(case: &Case, facts: &Facts<'_>) -> Vec<Finding> {
    told(&Subject::of(case, facts))
}

/// That rules of the organisation cannot be run on a case: for whoever can mend them, and no finding of the case.
#[must_use]
pub fn failures(case: &Case, facts: &Facts<'_>) -> Vec<Finding> {
    let mut failures = tried(case, facts);
    failures.retain(|finding| failure(finding).is_some());
    failures
}

/// Why the rule cannot be run on the case, where the finding is that.
#[must_use]
pub fn failure(finding: &Finding) -> Option<&str> {
    finding.facts.get("failed").and_then(Value::as_str)
}

/// What the organisation's own rules say of a case.
pub(super) fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = told(subject);
    findings.retain(|finding| failure(finding).is_none());
    findings
}

fn told(subject: &Subject<'_>) -> Vec<Finding> {
    let rules = subject.facts.own;
    // They ask about what is proposed, as the rule book does.
    if rules.is_empty() || subject.facts.form.about != FormSubject::Proposal {
        return Vec::new();
    }
    let content = subject.shown_content();
    let asked = Asked::of(&content);
    rules.iter().filter_map(|rule| rule.finding(subject, &content, &asked)).collect()
}

/// The rules in force as records keep them, beside the rule book: each as it was written.
#[must_use]
pub fn versions(own: &[std::sync::Arc<OwnRule>]) -> Value {
    let mut book = super::versions().clone();
    book["own"] = own
        .iter()
        .map(|rule| match &rule.condition {
            Ok(_) => json!(rule.document),
            Err(reason) => {
                json!({ "key": rule.document.key, "version": rule.document.version, "failed": reason })
            }
        })
        .collect();
    book
}

fn read(source: &str) -> Result<Document, Vec<Violation>> {
    let whole = |code: &str, message: String| vec![Violation::new(code, message, Path::default())];
    if source.len() > BYTES {
        let message =
            format!("The rule has {} bytes; at most {BYTES} are read. Make it smaller.", source.len());
        return Err(whole("TOO_LONG", message));
    }
    serde_json::from_str(source).map_err(|error| whole("INVALID", format!("This is no rule: {error}.")))
}

/// What is wrong with a rule apart from its condition and what its examples do.
fn wrong(rule: &Document) -> Vec<Violation> {
    let at = |field: &str| Path::of([field]);
    let mut found = Vec::new();
    let mut say = |code: &str, message: &str, path: Path| found.push(Violation::new(code, message, path));
    if rule.format != FORMAT {
        say("INVALID", "Write `ehia/rule/1`: no other format is read.", at("format"));
    }
    if !is_key(&rule.key) {
        let message =
            "A key is lower-case words and digits joined by `-`, like `travel-plan`, 60 letters at most.";
        say("INVALID", message, at("key"));
    }
    if !(1..=VERSIONS).contains(&rule.version) {
        say("INVALID", "Versions count from 1 to 1,000,000.", at("version"));
    }
    if rule.severity == Severity::Blocker {
        let message = "Only statute and case law block; a rule of an organisation is a WARNING or ADVICE.";
        say("INVALID", message, at("severity"));
    }
    let leads = rule.path.0.len() <= 3
        && rule.path.0.iter().all(|segment| is_segment(segment))
        && (rule.path.0.len() <= 2 || question(&rule.path.0).is_none())
        && Known::content().has(&rule.path.0.join("."));
    if !leads {
        let message = "A finding is about a field that every case has, or about a question: write its path in \
                       segments, like [\"proposal\", \"decisionDate\"], [\"impacts\"] or [\"answers\", \"KEY\"].";
        say("NOT_FOUND", message, at("path"));
    }
    if rule.examples.len() > EXAMPLES {
        say("TOO_MANY", "A rule has at most 50 examples; leave some out.", at("examples"));
    }
    for fires in [true, false] {
        if !rule.examples.iter().any(|example| example.fires == fires) {
            let must = if fires { "must fire" } else { "must not fire" };
            say("REQUIRED", &format!("Give an example on which the rule {must}."), at("examples"));
        }
    }
    let texts = [
        text::line(&rule.title, text::LINE, &at("title")),
        text::check(&rule.message, MESSAGE, &at("message")),
        rule.duty.as_ref().map_or(Ok(()), |duty| text::line(duty, text::LINE, &at("duty"))),
    ];
    let examples = rule.examples.iter().take(EXAMPLES).enumerate().flat_map(|(index, example)| {
        let at = at("examples").join(index);
        let object = if example.document.is_object() {
            canonical::sound(&example.document, &at.join("document"))
        } else {
            let message = "Write the content as an object: {\"proposal\": {..}}.";
            Err(Violation::new("TYPE", message, at.join("document")))
        };
        [text::line(&example.name, text::LINE, &at.join("name")), object]
    });
    found.extend(texts.into_iter().chain(examples).filter_map(Result::err));
    found
}

/// The question that a path leads to.
fn question(path: &[String]) -> Option<&str> {
    match path {
        [root, key, ..] if root == "answers" => Some(key),
        _ => None,
    }
}

fn is_key(key: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    key.len() <= 60 && key.split('-').all(word)
}

fn is_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.len() <= 60
        && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
