//! Our own layout: the canonical content document with ids of any text, and targets by key or reference.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{Draft, FORMAT, Target, bounds::clip, typed};
use crate::{
    assessment::Content,
    group::Catalogue,
    id::{AssessmentId, Identifier, ImpactId, InterdependencyId, Supply},
    party::Party,
    text::{self, Path, Violation},
};

/// Lists of elements with an id.
const LISTS: [&str; 5] = ["impacts", "evidence", "engagement", "mitigations", "interdependencies"];
/// Which field of an element mentions elements of which list.
const MENTIONS: [(&str, &str, &str); 3] = [
    ("impacts", "evidence", "evidence"),
    ("mitigations", "impacts", "impacts"),
    ("mitigations", "reliances", "interdependencies"),
];
/// Fields that hold a party, wherever they stand.
const PARTIES: [&str; 3] = ["sro", "owner", "partner"];
/// Fields of the document beside the lists.
const FIELDS: [&str; 10] =
    ["format", "key", "form", "synthetic", "label", "title", "proposal", "contributors", "sro", "answers"];
/// The name of a party whose account is not known here.
const ELSEWHERE: &str = "Somebody with an account elsewhere";

/// The document as it travels: [`FORMAT`], readable again by [`super::read`]. `form` is the key of the form that asked
/// for its answers; `reference` gives the reference of
/// a target that whoever exports may see; what they may not see becomes a partner without a name. Hidden
/// answers and accounts are the caller's to take out first.
///
/// # Panics
/// Never: content is plain data, which every JSON writer can spell.
pub fn export(
    content: &Content,
    form: &str,
    key: &str,
    reference: impl Fn(AssessmentId) -> Option<String>,
) -> Value {
    let mut document = serde_json::to_value(content).expect("content is plain data");
    document["format"] = json!(FORMAT);
    document["key"] = json!(key);
    document["form"] = json!(form);
    document["synthetic"] = json!(false);
    for (index, edge) in content.interdependencies.iter().enumerate() {
        let Some(target) = edge.target else { continue };
        let spelt = &mut document["interdependencies"][index];
        if let Some(reference) = reference(target) {
            spelt["target"] = json!({ "reference": reference });
        } else {
            spelt["target"] = Value::Null;
            if edge.partner.is_none() {
                spelt["partner"] = json!(Party::named("Another assessment, not named here"));
            }
        }
    }
    document
}

pub(super) fn read(
    fields: &Map<String, Value>,
    groups: &Catalogue,
    supply: &mut Supply,
) -> Result<Draft, Vec<Violation>> {
    let mut reader = Reader { groups, found: Vec::new(), notes: Vec::new(), ids: BTreeMap::new() };
    let draft = reader.document(fields.clone(), supply);
    if reader.found.is_empty() { Ok(draft) } else { Err(reader.found) }
}

struct Reader<'a> {
    groups: &'a Catalogue,
    found: Vec<Violation>,
    notes: Vec<String>,
    /// The fresh identifier of each element, by its list and the document's id.
    ids: BTreeMap<&'static str, BTreeMap<String, Uuid>>,
}

impl Reader<'_> {
    fn say(&mut self, code: &str, message: impl Into<String>, path: Path) {
        self.found.push(Violation::new(code, message, path));
    }

    fn document(&mut self, mut fields: Map<String, Value>, supply: &mut Supply) -> Draft {
        let known: BTreeSet<&str> = FIELDS.into_iter().chain(LISTS).collect();
        for key in fields.keys().filter(|key| !known.contains(key.as_str())) {
            let message = format!(
                "There is no such field; the fields are {}.",
                known.iter().copied().collect::<Vec<_>>().join(", ")
            );
            self.say("NOT_FOUND", message, Path::of([clip(key)]));
        }
        fields.retain(|_, value| !value.is_null());
        if fields.remove("contributors").is_some_and(|list| list != json!([])) {
            self.notes.push("Contributors are accounts of another place; they were left behind.".into());
        }
        self.leave_accounts(&mut fields);
        for list in LISTS {
            self.name(list, fields.get(list), supply);
        }
        let targets = self.targets(fields.get_mut("interdependencies"));
        let field = |name: &str| Path::of([name]);

        let mut content = Content::titled(self.take::<String>(&mut fields, "title").unwrap_or_default());
        self.found.extend(text::line(&content.title, text::LINE, &field("title")).err());
        content.proposal = self.take(&mut fields, "proposal").unwrap_or_default();
        content.sro = self.take(&mut fields, "sro");
        content.answers = self.take(&mut fields, "answers").unwrap_or_default();
        self.mentions_in_answers(&mut content.answers);
        content.impacts = self.list(&mut fields, "impacts");
        content.evidence = self.list(&mut fields, "evidence");
        content.engagement = self.list(&mut fields, "engagement");
        content.mitigations = self.list(&mut fields, "mitigations");
        content.interdependencies = self.list(&mut fields, "interdependencies");
        for list in ["impacts", "evidence", "engagement"] {
            self.known_groups(list, &content);
        }

        let key = self.line(&mut fields, "key");
        let form = self.line(&mut fields, "form");
        let label = self.line(&mut fields, "label");
        let synthetic = self.take(&mut fields, "synthetic").unwrap_or(false);
        if synthetic && label.is_none() {
            self.say(
                "REQUIRED",
                "Say in `label` that this is made up: \"Synthetic example ...\".",
                field("label"),
            );
        }
        self.notes.extend(label.iter().filter(|_| synthetic).map(|label| format!("Made up: {label}")));
        let names = self.ids.values().flatten().map(|(name, id)| (id.to_string(), name.clone())).collect();
        let notes = std::mem::take(&mut self.notes);
        Draft { content, key, form, synthetic, label, targets, source: None, decision: None, notes, names }
    }

    /// Accounts, contacts and files mean nothing elsewhere: they go, and a note stays.
    fn leave_accounts(&mut self, fields: &mut Map<String, Value>) {
        let mut left = 0_u32;
        for (key, value) in fields.iter_mut() {
            leave(key, value, &mut left);
        }
        if left > 0 {
            self.notes.push(format!(
                "{left} parties had an account elsewhere; they are kept by name where the document has one."
            ));
        }
        let mut files = 0;
        for evidence in fields.get_mut("evidence").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(list) = evidence.as_object_mut().and_then(|fields| fields.remove("attachments")) {
                files += list.as_array().map_or(0, Vec::len);
            }
        }
        if files > 0 {
            self.notes.push(format!("{files} attached files are not in the document; attach them again."));
        }
    }

    /// Gives every element of a list a fresh identifier.
    fn name(&mut self, list: &'static str, value: Option<&Value>, supply: &mut Supply) {
        let mut names = BTreeMap::new();
        let elements = match value {
            None => return,
            Some(Value::Array(elements)) => elements,
            Some(_) => return self.say("INVALID", "Give a list.", Path::of([list])),
        };
        for (index, element) in elements.iter().enumerate() {
            let path = Path::of([list, &index.to_string()]);
            match element.get("id").map(Value::as_str) {
                Some(Some(id)) => {
                    self.found.extend(text::check(id, text::LINE, &path.join("id")).err());
                    // Any noun's type would do: the fresh UUID is what counts.
                    let fresh = supply.fresh::<ImpactId>().uuid();
                    if names.insert(id.to_owned(), fresh).is_some() {
                        let message = format!("Two {list} have the id `{}`; rename one.", clip(id));
                        self.say("DUPLICATE", message, path.join("id"));
                    }
                }
                Some(None) => self.say("INVALID", "An id is text.", path.join("id")),
                None if element.is_object() => self.say(
                    "REQUIRED",
                    "Give it an id, any short text, by which it can be mentioned.",
                    path.join("id"),
                ),
                None => self.say("INVALID", "Give an object with an id.", path),
            }
        }
        self.ids.insert(list, names);
    }

    fn id(&self, list: &str, name: &str) -> Option<Uuid> {
        self.ids.get(list).and_then(|names| names.get(name)).copied()
    }

    /// Takes targets out of interdependencies: they are found later.
    fn targets(&mut self, edges: Option<&mut Value>) -> Vec<(InterdependencyId, Target)> {
        let mut targets = Vec::new();
        for edge in edges.and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(fields) = edge.as_object_mut() else { continue };
            let Some(target) = fields.remove("target").filter(|target| !target.is_null()) else { continue };
            let Some(name) = fields.get("id").and_then(Value::as_str) else { continue };
            let path = Path::of(["interdependencies", &clip(name), "target"]);
            match (self.id("interdependencies", name), target_of(&target)) {
                (Some(id), Some(target)) => targets.push((InterdependencyId::from(id), target)),
                (_, None) => self.say(
                    "INVALID",
                    "Write {\"key\": \"...\"} for another document, or {\"reference\": \"...\"} for a case that exists.",
                    path,
                ),
                (None, Some(_)) => {}
            }
        }
        targets
    }

    /// Answers that list evidence or engagements mention them by id.
    fn mentions_in_answers(&self, answers: &mut BTreeMap<String, Value>) {
        answers.retain(|_, value| !value.is_null());
        for mentioned in answers.values_mut().filter_map(Value::as_array_mut).filter(|list| !list.is_empty())
        {
            for list in ["evidence", "engagement"] {
                let ids: Option<Vec<Value>> = mentioned
                    .iter()
                    .map(|name| name.as_str().and_then(|name| self.id(list, name)).map(|id| json!(id)))
                    .collect();
                if let Some(ids) = ids {
                    *mentioned = ids;
                    break;
                }
            }
        }
    }

    /// Reads a list of elements, with fresh identifiers wherever one is mentioned.
    fn list<T: DeserializeOwned>(&mut self, fields: &mut Map<String, Value>, list: &'static str) -> Vec<T> {
        let Some(Value::Array(elements)) = fields.remove(list) else { return Vec::new() };
        let mut read = Vec::new();
        for mut element in elements {
            let Some(name) = element.get("id").and_then(Value::as_str).map(str::to_owned) else { continue };
            let Some(id) = self.id(list, &name) else { continue };
            element["id"] = json!(id);
            let path = Path::of([list, &clip(&name)]);
            for (_, field, of) in MENTIONS.iter().filter(|(at, ..)| *at == list) {
                self.mentions(&mut element, field, of, &path);
            }
            match typed(element, &path) {
                Ok(element) => read.push(element),
                Err(violation) => self.found.push(violation),
            }
        }
        read
    }

    fn mentions(&mut self, element: &mut Value, field: &str, of: &str, path: &Path) {
        let Some(mentioned) = element.get_mut(field).and_then(Value::as_array_mut) else { return };
        let path = path.join(field);
        let mut fresh = Vec::new();
        for (index, name) in mentioned.iter().enumerate() {
            match name.as_str().map(|name| self.id(of, name)) {
                Some(Some(id)) => fresh.push(json!(id)),
                Some(None) => self.say(
                    "NOT_FOUND",
                    format!("There is no `{}` among {of}.", clip(name.as_str().unwrap_or_default())),
                    path.join(index),
                ),
                None => self.say("INVALID", format!("Mention {of} by id, as text."), path.join(index)),
            }
        }
        *mentioned = fresh;
    }

    fn take<T: DeserializeOwned>(&mut self, fields: &mut Map<String, Value>, name: &str) -> Option<T> {
        let value = fields.remove(name)?;
        typed(value, &Path::of([name])).map_err(|violation| self.found.push(violation)).ok()
    }

    fn line(&mut self, fields: &mut Map<String, Value>, name: &str) -> Option<String> {
        let line: String = self.take(fields, name)?;
        self.found.extend(text::line(&line, text::LINE, &Path::of([name])).err());
        Some(line)
    }

    fn known_groups(&mut self, list: &'static str, content: &Content) {
        let name_of: BTreeMap<Uuid, String> =
            self.ids.get(list).into_iter().flatten().map(|(name, id)| (*id, clip(name))).collect();
        let elements: Vec<(Uuid, &[String])> = match list {
            "impacts" => content.impacts.iter().map(|e| (e.id.uuid(), e.groups.as_slice())).collect(),
            "evidence" => content.evidence.iter().map(|e| (e.id.uuid(), e.groups.as_slice())).collect(),
            _ => content.engagement.iter().map(|e| (e.id.uuid(), e.groups.as_slice())).collect(),
        };
        for (id, codes) in elements {
            for (index, code) in codes.iter().enumerate().filter(|(_, code)| self.groups.find(code).is_none())
            {
                let path = Path::of([list]).join(name_of.get(&id).map_or("", String::as_str));
                let message = format!("There is no group `{}`.", clip(code));
                self.found.push(Violation::new("NOT_FOUND", message, path.join("groups").join(index)));
            }
        }
    }
}

fn leave(key: &str, value: &mut Value, left: &mut u32) {
    match value {
        Value::Object(fields) => {
            if PARTIES.contains(&key) {
                let person = fields.remove("person").is_some_and(|person| !person.is_null());
                let contact = fields.remove("contact").is_some_and(|contact| !contact.is_null());
                *left += u32::from(person || contact);
                if person && fields.get("name").is_none_or(Value::is_null) {
                    fields.insert("name".into(), json!(ELSEWHERE));
                }
            }
            for (key, value) in fields.iter_mut() {
                leave(key, value, left);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| leave("", value, left)),
        _ => {}
    }
}

fn target_of(target: &Value) -> Option<Target> {
    if let Some(id) = target.as_str() {
        return Uuid::try_parse(id).ok().map(|id| Target::Case(AssessmentId::from(id)));
    }
    let fields = target.as_object().filter(|fields| fields.len() == 1)?;
    let word = |name: &str| {
        let word = fields.get(name)?.as_str()?;
        text::check(word, text::LINE, &Path::default()).ok().map(|()| word.to_owned())
    };
    word("key").map(Target::Key).or_else(|| word("reference").map(Target::Reference))
}
