//! Which parts of the content a place of the form means, for what reviewers say and what a return names.

use serde_json::Value;

use crate::{edit, form::Form, text::Path};

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
            ["answers", key, ..] => self.question(key).map(|_| path.clone()).into_iter().collect(),
            [] => vec![path.clone()],
            [part] => PARTS.contains(part).then(|| path.clone()).into_iter().collect(),
            [part, parents @ .., _] => {
                // A field that nobody filled in is a place all the same, where what it is a field of exists.
                let parent = Path::of([*part].iter().chain(parents));
                let is = edit::at(content, path).is_some()
                    || edit::at(content, &parent).is_some_and(Value::is_object);
                (is && PARTS.contains(part)).then(|| path.clone()).into_iter().collect()
            }
        }
    }
}
