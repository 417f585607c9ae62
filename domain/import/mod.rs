//! Documents that become drafts: our own layout, and the facts of assessments that others have published.
//!
//! [`read`] tells the layouts apart by their fields. What a document does not say stays unsaid, or unknown; it
//! never becomes neutral. Accounts, contacts and files belong to the place a document comes from, so they are
//! left behind and a note says so. Every element gets a fresh identifier; [`Draft::in_document`] turns the path
//! of a later violation back into the document's own words.

mod bounds;
mod own;
mod published;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use serde_path_to_error::Segment;

pub use self::own::export;
use crate::{
    assessment::{self, Content},
    group::Catalogue,
    id::{AssessmentId, InterdependencyId, Supply},
    text::{Path, Violation},
};

/// The name of our own layout for documents that travel.
pub const FORMAT: &str = "ehia/assessment/1";

/// What an imported interdependency points at; the use case finds the case, if whoever imports may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The key of another document of the same import.
    Key(String),
    /// The reference of a case that exists.
    Reference(String),
    /// A case by its identifier, from a document that was exported here.
    Case(AssessmentId),
}

/// Where published facts come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Who published the assessment.
    pub organisation: Option<String>,
    /// When, as far as it is known.
    pub year: Option<u16>,
    /// Where it can be read.
    pub url: Option<String>,
    /// What its publisher calls it: `EqIA`, `EHIA`.
    pub kind: Option<String>,
    /// The name of the facts in their collection.
    pub id: String,
}

/// A document read: content with fresh identifiers, and what the content has no place for.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What the new case begins with. Interdependencies named in `targets` have no target yet.
    pub content: Content,
    /// By what other documents mention this one.
    pub key: Option<String>,
    /// The key of the form that asked for its answers; nothing where the document does not say.
    pub form: Option<String>,
    /// Whether everything in it is made up.
    pub synthetic: bool,
    /// What the document calls itself: "Synthetic example ...".
    pub label: Option<String>,
    /// What interdependencies point at.
    pub targets: Vec<(InterdependencyId, Target)>,
    /// Where it comes from, when it is somebody else's published assessment.
    pub source: Option<Provenance>,
    /// What became of the proposal by then, in the words of somebody else's published assessment.
    pub decision: Option<String>,
    /// What was left behind or read with judgement, in sentences.
    pub notes: Vec<String>,
    /// What the document calls each element, by the text of its fresh identifier.
    pub names: BTreeMap<String, String>,
}

impl Draft {
    /// The same violation with the document's own ids in its path, for the person who wrote the document.
    #[must_use]
    pub fn in_document(&self, mut violation: Violation) -> Violation {
        for segment in &mut violation.path.0 {
            if let Some(name) = self.names.get(segment) {
                segment.clone_from(name);
            }
        }
        violation
    }
}

/// Reads one document of either layout. The caller then finds the targets, and holds the content against its
/// bounds, its scale and its form.
///
/// # Errors
/// Everything that is found wrong with it, each with its path in the document; lists by the document's own ids.
pub fn read(document: &Value, groups: &Catalogue, supply: &mut Supply) -> Result<Draft, Vec<Violation>> {
    bounds::check(document)?;
    let whole =
        |code, message: String, field: &[&str]| Err(vec![Violation::new(code, message, Path::of(field))]);
    let Some(fields) = document.as_object() else {
        return whole("INVALID", "A document is one JSON object.".into(), &[]);
    };
    match fields.get("format").map(Value::as_str) {
        Some(Some(FORMAT | assessment::FORMAT)) => own::read(fields, groups, supply),
        Some(_) => {
            whole("INVALID", format!("Write \"{FORMAT}\" or \"{}\".", assessment::FORMAT), &["format"])
        }
        None if fields.contains_key("id") && fields.contains_key("title") => {
            published::read(document, groups, supply)
        }
        None => whole(
            "INVALID",
            format!(
                "This is neither layout: ours has `format` (\"{FORMAT}\"), published facts have `id` and `title`."
            ),
            &[],
        ),
    }
}

/// Reads a value of this type; what is wrong is told with its path below `path`.
fn typed<T: DeserializeOwned>(value: Value, path: &Path) -> Result<T, Violation> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().iter().fold(path.clone(), |path, segment| match segment {
            Segment::Seq { index } => path.join(index),
            Segment::Map { key } => path.join(bounds::clip(key)),
            Segment::Enum { variant } => path.join(bounds::clip(variant)),
            Segment::Unknown => path,
        });
        let told: String = error.inner().to_string().chars().take(400).collect();
        Violation::new("INVALID", format!("This cannot be read: {told}."), path)
    })
}
