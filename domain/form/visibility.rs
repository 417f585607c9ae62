//! Which questions a case is asked: three-valued, because a case that is being written has not said everything.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{assessment::Content, form::Form};

/// For every question whether it is shown (`Some(true)`), hidden (`Some(false)`) or undetermined (`None`:
/// what it depends on is not answered yet).
///
/// A hidden answer is kept but says nothing: a condition sees it as absent. A condition that lacks nothing but
/// hidden answers can never come true by anything the author may still answer, so its question is hidden too.
#[must_use]
pub fn visibility(form: &Form, content: &Content) -> BTreeMap<String, Option<bool>> {
    let mut document = serde_json::to_value(content).unwrap_or_default();
    // Answers enter one by one as their questions are reached, so that none counts before it is shown.
    document["answers"] = Value::Object(Map::new());
    let mut shown: BTreeMap<String, Option<bool>> = BTreeMap::new();
    for (question, condition) in form.conditioned() {
        let visible = match condition {
            None => Some(true),
            Some(condition) => condition.evaluate(&document).or_else(|| {
                let lacking: Vec<_> = condition.paths().filter(|path| lacks(&document, path)).collect();
                let hidden = |path: &&[String]| match path {
                    [root, key, ..] if root == "answers" => shown.get(key) == Some(&Some(false)),
                    _ => false,
                };
                (!lacking.is_empty() && lacking.iter().all(hidden)).then_some(false)
            }),
        };
        if visible != Some(false)
            && let Some(answer) = content.answers.get(&question.key)
        {
            document["answers"][&question.key] = answer.clone();
        }
        shown.insert(question.key.clone(), visible);
    }
    shown
}

fn lacks(document: &Value, path: &[String]) -> bool {
    let found = path.iter().try_fold(document, |at, segment| at.get(segment));
    found.is_none_or(|value| value.is_null() || super::answer::unknown(value).is_some())
}
