//! What people call a place of a case: the form's words for its sections and questions, the groups' for its impacts.

use crate::{assessment::Content, form::Form, group::Catalogue, text::Path};

/// What people call the place that a path names.
#[must_use]
pub fn called(path: &Path, form: &Form, content: &Content, groups: &Catalogue) -> String {
    let segment = |index: usize| path.0.get(index).map(String::as_str);
    match (segment(0), segment(1)) {
        (Some("answers"), Some(question)) => {
            form.question(question).map_or(question, |question| &question.title).to_owned()
        }
        (Some("sections"), Some(key)) => form.section(key).map_or(key, |section| &section.title).to_owned(),
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
