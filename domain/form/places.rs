//! Which parts of the content a place of the form means, for what reviewers say and what a return names.

use serde_json::Value;
use uuid::Uuid;

use crate::{
    edit,
    form::{Form, Known},
    text::Path,
};

/// The parts of a content document.
const PARTS: [&str; 10] = [
    "title",
    "proposal",
    "contributors",
    "sro",
    "answers",
    "impacts",
    "evidence",
    "engagement",
    "mitigations",
    "interdependencies",
];

impl Form {
    /// The paths of the content that a place means: of `["sections", key]` all that is written under it, of a field
    /// itself. Empty when the form and this content have no such place.
    #[must_use]
    pub fn places(&self, content: &Value, path: &Path) -> Vec<Path> {
        let segments: Vec<&str> = path.0.iter().map(String::as_str).collect();
        match segments.as_slice() {
            ["sections", key] => {
                let section = self.section(key);
                let fields = section.into_iter().flat_map(|section| &section.fields);
                let questions = section.into_iter().flat_map(|section| &section.questions);
                let fields = fields.map(|field| Path::of(field.split('.')));
                fields.chain(questions.map(|question| Path::of(["answers", &question.key]))).collect()
            }
            ["answers", key, ..] => {
                let is = segments.len() == 2 || edit::at(content, path).is_some();
                self.question(key).filter(|_| is).map(|_| path.clone()).into_iter().collect()
            }
            [] => vec![path.clone()],
            [part] => PARTS.contains(part).then(|| path.clone()).into_iter().collect(),
            [part, ..] if PARTS.contains(part) => {
                // A field that nobody filled in is a place all the same, where the content knows it.
                let named = segments.iter().copied().filter(|segment| Uuid::parse_str(segment).is_err());
                let known = || Known::content().has(&named.collect::<Vec<_>>().join("."));
                let parent = || edit::at(content, &Path::of(segments.iter().take(segments.len() - 1)));
                let is =
                    edit::at(content, path).is_some() || (parent().is_some_and(Value::is_object) && known());
                let mut places: Vec<Path> = is.then(|| path.clone()).into_iter().collect();
                if let (true, ["impacts", id]) = (is, segments.as_slice()) {
                    places.extend(beneath(content, id));
                }
                places
            }
            _ => Vec::new(),
        }
    }
}

/// What an impact rests on: the evidence it cites, the mitigations against it and what those rely on.
fn beneath(content: &Value, id: &str) -> Vec<Path> {
    let names = |element: &Value, field: &str| -> Vec<String> {
        let list = element.get(field).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let impact = edit::at(content, &Path::of(["impacts", id]));
    let evidence = impact.map(|impact| names(impact, "evidence")).unwrap_or_default();
    let mut places: Vec<Path> = evidence.iter().map(|one| Path::of(["evidence", one])).collect();
    let mitigations = content.get("mitigations").and_then(Value::as_array).into_iter().flatten();
    for mitigation in mitigations.filter(|one| names(one, "impacts").iter().any(|of| of == id)) {
        let own = mitigation.get("id").and_then(Value::as_str);
        places.extend(own.map(|own| Path::of(["mitigations", own])));
        places.extend(names(mitigation, "reliances").iter().map(|one| Path::of(["interdependencies", one])));
    }
    places
}
