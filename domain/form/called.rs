//! What people call a place of a case: the form's words for its sections and questions, the groups' for its impacts.

use serde_json::Value;

use crate::{assessment::Content, group::Catalogue, text::Path};

/// What people call the place that a path names. `form` is the document of the form.
#[must_use]
pub fn called(path: &Path, form: &Value, content: &Content, groups: &Catalogue) -> String {
    let segment = |index: usize| path.0.get(index).map(String::as_str);
    match (segment(0), segment(1)) {
        (Some("answers"), Some(question)) => {
            let questions = list(form, "sections").flat_map(|section| list(section, "questions"));
            title(questions, question)
        }
        (Some("sections"), Some(key)) => title(list(form, "sections"), key),
        (Some("impacts"), Some(id)) => {
            let impact = content.impacts.iter().find(|impact| impact.id.to_string() == id);
            let codes = impact.map(|impact| &impact.groups).into_iter().flatten();
            let names: Vec<&str> = codes
                .map(|code| groups.find(code).map_or(code.as_str(), |group| group.name.as_str()))
                .collect();
            if names.is_empty() { "an impact".into() } else { format!("impact on {}", names.join(" and ")) }
        }
        (Some("proposal"), _) => "the proposal".into(),
        (Some(other), _) => other.to_owned(),
        (None, _) => "the assessment".into(),
    }
}

fn list<'a>(of: &'a Value, field: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    of.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// The title of the one with this key, or the key.
fn title<'a>(mut among: impl Iterator<Item = &'a Value>, key: &str) -> String {
    let found = among.find(|one| one.get("key").and_then(Value::as_str) == Some(key));
    let title = found.and_then(|one| one.get("title")).and_then(Value::as_str);
    title.unwrap_or(key).to_owned()
}
