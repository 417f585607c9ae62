//! Edits of content: all of a call apply or none, edits to different paths merge, and what somebody else
//! changed meanwhile is a conflict.
//!
//! An edit names fields of the canonical document, so applying it is one mechanism for every noun.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use serde_path_to_error::Segment;
use uuid::Uuid;

use crate::{
    area,
    assessment::{Content, Frame},
    calendar::{self, Moment},
    canonical,
    case::Case,
    event::{EventKind, Happening},
    form::{self, Form, QuestionType},
    id::{AssessmentId, PersonId, Supply},
    text::{LINE, Path, Violation},
    words::words,
};

words! {
    /// The lists of elements with an id.
    List {
        /// Effects on groups.
        Impacts = "impacts",
        /// What claims rest on.
        Evidence = "evidence",
        /// Who was listened to.
        Engagement = "engagement",
        /// Actions against impacts.
        Mitigations = "mitigations",
        /// Edges to other cases and partners.
        Interdependencies = "interdependencies",
    }
}

impl List {
    /// Where its elements name a party, by the path of the field within the element.
    const fn parties(self) -> &'static [&'static str] {
        match self {
            Self::Impacts => &["openQuestion", "owner"],
            Self::Mitigations => &["owner"],
            Self::Interdependencies => &["partner"],
            Self::Evidence | Self::Engagement => &[],
        }
    }
}

/// One edit. Within `Map`s, a field that is absent stays, `null` clears it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Edit {
    /// The title.
    Title(String),
    /// Fields of the proposal.
    Proposal(Map<String, Value>),
    /// Who else writes it, whole.
    Contributors(Value),
    /// The senior responsible officer, whole.
    Sro(Value),
    /// One answer; `null` clears it.
    Answer {
        /// The question's key.
        question: String,
        /// Its value.
        value: Value,
    },
    /// A new element, or fields of an existing one.
    Element {
        /// Of which list.
        list: List,
        /// The element; `None` for a new one.
        id: Option<Uuid>,
        /// Its fields.
        fields: Map<String, Value>,
    },
    /// An element is removed, and every mention of it.
    Remove(Uuid),
}

impl Edit {
    /// The party it names, with its path in the document: what somebody typed, until whoever applies the edit puts
    /// the party in its place.
    pub fn party_mut(&mut self) -> Option<(Path, &mut Value)> {
        let (path, party) = match self {
            Self::Sro(party) => (Path::of(["sro"]), party),
            Self::Element { list, id, fields } => {
                let (first, rest) = list.parties().split_first()?;
                let element = Path::of([list.as_str()]);
                let element = id.map_or(element.clone(), |id| element.join(id));
                let party =
                    rest.iter().try_fold(fields.get_mut(*first)?, |value, field| value.get_mut(*field))?;
                (list.parties().iter().fold(element, |path, field| path.join(field)), party)
            }
            _ => return None,
        };
        (!party.is_null()).then_some((path, party))
    }
}

/// Why edits were not made. Nothing was changed.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// These paths were changed since the version that the edits were written against.
    Conflict(Vec<Violation>),
    /// These cannot be kept.
    Invalid(Vec<Violation>),
}

/// What edits are checked against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The case's form.
    pub form: &'a Form,
    /// Groups and scale.
    pub frame: Frame<'a>,
    /// Who edits.
    pub by: PersonId,
    /// Now.
    pub moment: Moment,
}

/// The case after the edits.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// The case; its version is one higher, unless nothing changed.
    pub case: Case,
    /// What changed; empty when nothing did.
    pub paths: Vec<Path>,
    /// What happened.
    pub happenings: Vec<Happening>,
}

/// The parts of the content that say whose proposal it is.
const NAMES: [&str; 2] = ["contributors", "sro"];
/// Most characters of what a reader says that are told.
const TOLD: usize = 400;

/// Applies all edits or none.
///
/// `expected` is the version the edits were written against. A path that changed after it is a conflict; when
/// the working revision is frozen, the next one begins.
pub fn apply(
    case: &Case,
    edits: &[Edit],
    expected: u32,
    context: Context<'_>,
    supply: &mut Supply,
) -> Result<Edited, Refused> {
    if expected > case.version {
        let message = format!("The assessment is at version {}; write against that.", case.version);
        return Err(Refused::Conflict(vec![Violation::new("CONFLICT", message, Path::default())]));
    }
    let mut document = serde_json::to_value(&case.content).map_err(|error| whole(&error))?;
    let before = document.clone();
    let mut places = BTreeSet::new();
    let mut missed = BTreeSet::new();
    let mut wrong = Vec::new();
    for edit in edits {
        match write(&mut document, edit, &case.changed, supply) {
            Ok(paths) => places.extend(paths),
            // What somebody else removed meanwhile is a conflict; what never was is not found.
            Err(violation) => {
                missed.insert(violation.path.clone());
                wrong.push(violation);
            }
        }
    }
    let touched = places.union(&missed).cloned().collect();
    let conflicts = conflicts(&case.changed, &touched, expected);
    if !conflicts.is_empty() {
        return Err(Refused::Conflict(conflicts));
    }
    if !wrong.is_empty() {
        return Err(Refused::Invalid(wrong));
    }
    let mut edited = read(&document)?;
    spell(&mut edited, context.form);
    let mut violations = edited.violations(context.frame);
    violations.extend(own(case, &edited));
    let decided = edited.proposal.decision_date;
    if decided != case.content.proposal.decision_date {
        violations.extend(decided.and_then(|day| unknown_year(day, context.moment)));
    }
    violations.extend(form::check_answers(context.form, &edited, context.frame.groups));
    for path in &places {
        let unsound = at(&document, path).and_then(|value| canonical::sound(value, path).err());
        violations.extend(unsound.filter(|new| violations.iter().all(|known| known.path != new.path)));
    }
    if !violations.is_empty() {
        return Err(Refused::Invalid(violations));
    }
    let document = serde_json::to_value(&edited).map_err(|error| whole(&error))?;
    let paths: Vec<Path> =
        places.into_iter().filter(|path| at(&before, path) != at(&document, path)).collect();
    if paths.is_empty() {
        return Ok(Edited { case: case.clone(), paths, happenings: Vec::new() });
    }
    let bytes = canonical::bytes(&edited).map_err(|violation| Refused::Invalid(vec![violation]))?;
    let mut case =
        Case { content: edited, version: case.version + 1, updated_at: context.moment.at, ..case.clone() };
    if case.frozen {
        case.revision += 1;
        case.frozen = false;
    }
    // To say who is named is not to write.
    let wrote = paths.iter().any(|path| !path.0.first().is_some_and(|list| NAMES.contains(&list.as_str())));
    if wrote && context.by != case.author {
        case.process.wrote.insert(context.by);
    }
    for path in &paths {
        case.changed.insert(path.to_string(), case.version);
    }
    let payload = json!({ "revision": case.revision, "paths": paths, "content": canonical::sha256(&bytes) });
    let happenings = vec![Happening::case(EventKind::AssessmentEdited, payload)];
    Ok(Edited { case, paths, happenings })
}

/// That nobody knows the working days before a decision on this day.
#[must_use]
pub fn unknown_year(decision: NaiveDate, moment: Moment) -> Option<Violation> {
    calendar::known(decision, moment.today, &Path::of(["proposal", "decisionDate"])).err()
}

/// Spells codes of places as the register does, in the footprint and in answers.
pub fn spell(content: &mut Content, form: &Form) {
    for code in &mut content.proposal.footprint {
        *code = area::spelt(code);
    }
    for question in form.questions().filter(|question| question.kind == QuestionType::Area) {
        let codes = content.answers.get_mut(&question.key).and_then(Value::as_array_mut);
        for code in codes.into_iter().flatten() {
            if let Value::String(code) = code {
                *code = area::spelt(code);
            }
        }
    }
}

/// What the content says of the case itself: it neither rests on itself nor names its author once more, and nobody
/// is taken off its panel by being named among those whose proposal it is.
fn own(case: &Case, content: &Content) -> Vec<Violation> {
    let before: BTreeSet<PersonId> = case.content.named().collect();
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    let members: BTreeSet<PersonId> = members.map(|member| member.person).collect();
    let contributors = content.contributors.iter().enumerate();
    let named = contributors.map(|(index, person)| (*person, Path::of(["contributors"]).join(index)));
    let sro = content.sro.iter().filter_map(|sro| Some((sro.person?, Path::of(["sro", "person"]))));
    let seated = named.chain(sro).filter(|(person, _)| members.contains(person) && !before.contains(person));
    let seated = seated.map(|(_, path)| {
        let message = "This person sits on the panel of this assessment: its secretary takes them off first, if they are to write or sponsor it.";
        Violation::new("ON_THE_PANEL", message, path)
    });
    let edges = content.interdependencies.iter().filter(|edge| edge.target == Some(case.id));
    let edges = edges.map(|edge| {
        let path = Path::of(["interdependencies".to_owned(), edge.id.to_string(), "target".to_owned()]);
        Violation::new("INVALID", "This is the assessment itself: name another one, or a partner.", path)
    });
    let people = content.contributors.iter().enumerate().filter(|(_, person)| **person == case.author);
    let people = people.map(|(index, _)| {
        let message = "The author writes it already: leave them out.";
        Violation::new("DUPLICATE", message, Path::of(["contributors"]).join(index))
    });
    edges.chain(people).chain(seated).collect()
}

/// The touched paths that changed after `expected`.
fn conflicts(changed: &BTreeMap<String, u32>, touched: &BTreeSet<Path>, expected: u32) -> Vec<Violation> {
    let later: Vec<Path> = changed
        .iter()
        .filter(|(_, version)| **version > expected)
        .map(|(path, _)| Path::of(path.split('/')))
        .collect();
    touched
        .iter()
        .filter(|path| later.iter().any(|other| other.overlaps(path)))
        .map(|path| {
            Violation::new(
                "CONFLICT",
                format!(
                    "This was changed by somebody else after version {expected}. Look at it and try again."
                ),
                path.clone(),
            )
        })
        .collect()
}

/// Writes one edit into the document and says which paths it touched.
fn write(
    document: &mut Value,
    edit: &Edit,
    changed: &BTreeMap<String, u32>,
    supply: &mut Supply,
) -> Result<Vec<Path>, Violation> {
    match edit {
        Edit::Title(title) => Ok(put(document, &Path::of(["title"]), Value::String(title.clone()))),
        Edit::Contributors(people) => Ok(put(document, &Path::of(["contributors"]), people.clone())),
        Edit::Sro(party) => Ok(put(document, &Path::of(["sro"]), party.clone())),
        Edit::Answer { question, value } => {
            Ok(put(document, &Path::of(["answers", question.as_str()]), value.clone()))
        }
        Edit::Proposal(fields) => Ok(fields
            .iter()
            .flat_map(|(field, value)| put(document, &Path::of(["proposal", field.as_str()]), value.clone()))
            .collect()),
        Edit::Element { list, id, fields } => {
            let list = list.as_str();
            if fields.contains_key("id") {
                let path =
                    id.map_or_else(|| Path::of([list]), |id| Path::of([list.to_owned(), id.to_string()]));
                let message = "An identifier is given once and never changed; leave it out.";
                return Err(Violation::new("INVALID", message, path.join("id")));
            }
            let id = if let Some(id) = id {
                let path = Path::of([list.to_owned(), id.to_string()]);
                at(document, &path).ok_or_else(|| missing(path))?;
                *id
            } else {
                let id = crate::id::Identifier::uuid(supply.fresh::<AssessmentId>());
                let elements = document.get_mut(list).and_then(Value::as_array_mut);
                elements.ok_or_else(|| missing(Path::of([list])))?.push(json!({ "id": id }));
                id
            };
            let path = Path::of([list.to_owned(), id.to_string()]);
            if fields.is_empty() {
                return Ok(vec![path]);
            }
            Ok(fields
                .iter()
                .flat_map(|(field, value)| put(document, &path.join(field), value.clone()))
                .collect())
        }
        Edit::Remove(id) => remove(document, *id, changed),
    }
}

/// Removes an element, and every mention of it in lists of ids and in answers.
fn remove(document: &mut Value, id: Uuid, changed: &BTreeMap<String, u32>) -> Result<Vec<Path>, Violation> {
    let id = id.to_string();
    let mut touched = Vec::new();
    for list in List::ALL {
        let Some(elements) = document.get_mut(list.as_str()).and_then(Value::as_array_mut) else { continue };
        let count = elements.len();
        elements.retain(|element| element.get("id").and_then(Value::as_str) != Some(&id));
        if elements.len() < count {
            touched.push(Path::of([list.as_str(), &id]));
        }
        for element in elements {
            let Some(own) = element.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            for field in ["evidence", "impacts", "reliances"] {
                if element.get_mut(field).is_some_and(|mentions| forget(mentions, &id)) {
                    touched.push(Path::of([list.as_str(), &own, field]));
                }
            }
        }
    }
    if touched.is_empty() {
        // Who removed it left its path among what changed.
        let was = List::ALL.iter().map(|list| Path::of([list.as_str(), &id]));
        let gone = was.into_iter().find(|path| changed.contains_key(&path.to_string()));
        return Err(missing(gone.unwrap_or_else(|| Path::of([id]))));
    }
    let answers = document.get_mut("answers").and_then(Value::as_object_mut);
    for (question, answer) in answers.into_iter().flatten() {
        if forget(answer, &id) {
            touched.push(Path::of(["answers", question]));
        }
    }
    Ok(touched)
}

/// Takes an id out of a list of ids; whether it was there.
fn forget(mentions: &mut Value, id: &str) -> bool {
    let Some(mentions) = mentions.as_array_mut() else { return false };
    let count = mentions.len();
    mentions.retain(|mention| !mention.as_str().is_some_and(|mention| mention.eq_ignore_ascii_case(id)));
    mentions.len() < count
}

fn missing(path: Path) -> Violation {
    Violation::new(
        "NOT_FOUND",
        "There is no such element in this assessment; it may have been removed.",
        path,
    )
}

/// The value at a path, list elements by id.
#[must_use]
pub fn at<'a>(document: &'a Value, path: &Path) -> Option<&'a Value> {
    path.0.iter().try_fold(document, |value, segment| match value {
        Value::Object(fields) => fields.get(segment),
        Value::Array(elements) => {
            elements.iter().find(|element| element.get("id").and_then(Value::as_str) == Some(segment))
        }
        _ => None,
    })
}

/// Sets the value at a path whose parent exists; `null` removes the field.
fn put(document: &mut Value, path: &Path, value: Value) -> Vec<Path> {
    let Some((last, parents)) = path.0.split_last() else { return Vec::new() };
    let mut place = document;
    for segment in parents {
        let next = match place {
            Value::Object(fields) => fields.get_mut(segment),
            Value::Array(elements) => elements
                .iter_mut()
                .find(|element| element.get("id").and_then(Value::as_str) == Some(segment.as_str())),
            _ => None,
        };
        let Some(next) = next else { return Vec::new() };
        place = next;
    }
    if let Value::Object(fields) = place {
        if value.is_null() {
            fields.remove(last);
        } else {
            fields.insert(last.clone(), value);
        }
    }
    vec![path.clone()]
}

/// Reads the edited document back; what does not fit is told at its own path.
fn read(document: &Value) -> Result<Content, Refused> {
    serde_path_to_error::deserialize::<_, Content>(document.clone()).map_err(|error| {
        let path = place(document, error.path().iter());
        let told: String = error.inner().to_string().chars().take(TOLD).collect();
        let missing = told.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
        Refused::Invalid(vec![match missing {
            Some(field) => {
                Violation::new("REQUIRED", "This is needed and cannot be left out.", path.join(field))
            }
            None => Violation::new("INVALID", format!("This does not fit: {told}."), path),
        }])
    })
}

/// A place in the document as a path: list elements by their id, by their index where they have none.
fn place<'a>(document: &'a Value, segments: impl Iterator<Item = &'a Segment>) -> Path {
    let mut at = Some(document);
    let mut path = Path::default();
    for segment in segments {
        let name = match segment {
            Segment::Seq { index } => {
                at = at.and_then(|value| value.get(index));
                let id = at.and_then(|element| element.get("id")).and_then(Value::as_str);
                id.map_or_else(|| index.to_string(), str::to_owned)
            }
            Segment::Map { key } => {
                at = at.and_then(|value| value.get(key));
                key.chars().take(LINE).collect()
            }
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        path = path.join(name);
    }
    path
}

fn whole(error: &serde_json::Error) -> Refused {
    Refused::Invalid(vec![Violation::new("INVALID", error.to_string(), Path::default())])
}
