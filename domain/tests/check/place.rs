//! Whether a path of a finding leads somewhere: to a field of the document, or to a question or group that its form
//! and catalogue know.

use ehia_domain::{
    assessment::Content,
    form::{Form, QuestionType},
    group::Catalogue,
    text::Path,
};
use serde_json::Value;

/// What stands in the way of following the path, segment by segment.
pub fn lost(content: &Content, form: &Form, groups: &Catalogue, path: &Path) -> Option<String> {
    let segments: Vec<&str> = path.0.iter().map(String::as_str).collect();
    match segments.as_slice() {
        [] => Some("it is empty".into()),
        ["answers", key, rest @ ..] => {
            let Some(question) = form.question(key) else { return Some(format!("no question {key}")) };
            match (question.kind, rest) {
                (_, []) => None,
                (QuestionType::GroupMatrix, [code]) => {
                    groups.find(code).is_none().then(|| format!("no group {code}"))
                }
                (QuestionType::PsedGrid, [limb]) => {
                    (!ehia_domain::form::answer::LIMBS.contains(limb)).then(|| format!("no aim {limb}"))
                }
                _ => Some("too deep".into()),
            }
        }
        ["proposal", field] => (!PROPOSAL.contains(field)).then(|| format!("no field {field}")),
        ["sro"] => None,
        [list, rest @ ..] => {
            let document = serde_json::to_value(content).expect("content is JSON");
            let Some(Value::Array(elements)) = document.get(*list) else {
                return Some(format!("no list {list}"));
            };
            let [id, rest @ ..] = rest else { return None };
            let Some(element) = elements.iter().find(|element| element["id"] == *id) else {
                return Some(format!("no {list} {id}"));
            };
            let [field, rest @ ..] = rest else { return None };
            let known = FIELDS.iter().any(|(of, fields)| of == list && fields.contains(field));
            match rest {
                [] if known => None,
                // An element of a list of ids.
                [inner]
                    if known
                        && element[*field].as_array().is_some_and(|ids| ids.iter().any(|i| i == inner)) =>
                {
                    None
                }
                _ => Some(format!("no field {field} {rest:?}")),
            }
        }
    }
}

const PROPOSAL: &[&str] = &[
    "summary",
    "kindOfChange",
    "serviceLine",
    "programme",
    "footprint",
    "population",
    "decisionBody",
    "decisionDate",
    "effectiveFrom",
    "effectiveTo",
    "options",
];

const FIELDS: &[(&str, &[&str])] = &[
    (
        "impacts",
        &[
            "groups",
            "direction",
            "rationale",
            "initial",
            "target",
            "reach",
            "evidence",
            "noMitigationBecause",
            "justification",
            "chance",
            "openQuestion",
        ],
    ),
    ("evidence", &["title", "kind", "source", "date", "local", "strength", "gap", "groups"]),
    ("engagement", &["who", "groups", "method", "from", "to", "people", "aboutRevision", "heard", "changed"]),
    (
        "mitigations",
        &["action", "impacts", "owner", "due", "indicator", "baseline", "targetValue", "reliances"],
    ),
    ("interdependencies", &["kind", "target", "partner", "premise", "by", "holdsWhen", "failure", "note"]),
];
