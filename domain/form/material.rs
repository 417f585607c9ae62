//! What a change reopens, and what a reader of an export sees.

use crate::{
    assessment::Content,
    form::{Form, visibility},
    text::Path,
};

/// Fields of the proposal that change what people meet, and so what was assessed, or who answers for it.
const PROPOSAL: [&str; 13] = [
    "summary",
    "kindOfChange",
    "footprint",
    "population",
    "effectiveFrom",
    "effectiveTo",
    "options",
    "saving",
    "spend",
    "recurrent",
    "fullYear",
    "recurrentChange",
    "decisionBody",
];

/// Whether a change at this path of the content, made after approval, opens a re-examination.
///
/// Answers as their question says; the proposal where it changes what people meet; impacts, mitigations and
/// interdependencies whole. A path that covers something material is material. Title, people, the decision's
/// date, evidence and engagements are not: what they show changes an impact or an answer, and that is.
#[must_use]
pub fn is_material(form: &Form, path: &Path) -> bool {
    let segments: Vec<&str> = path.0.iter().map(String::as_str).collect();
    match segments.as_slice() {
        [] | ["proposal" | "answers"] | ["impacts" | "mitigations" | "interdependencies", ..] => true,
        ["answers", key, ..] => form.question(key).is_some_and(|question| question.material),
        ["proposal", field, ..] => PROPOSAL.contains(field),
        _ => false,
    }
}

/// The content without answers to questions that are hidden or that the form does not ask, for whatever leaves
/// the case.
#[must_use]
pub fn redact(form: &Form, content: &Content) -> Content {
    let shown = visibility(form, content);
    let mut redacted = content.clone();
    redacted.answers.retain(|key, _| shown.get(key).is_some_and(|visible| *visible != Some(false)));
    redacted
}
