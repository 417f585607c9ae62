//! The one place where guards meet the expression language of forms.

use std::cell::OnceCell;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::{
    case::Case,
    form::expression::{Expression, Known, LIST},
};

/// The content of a case as conditions ask it: made into a document when the first one asks, and once.
#[derive(Debug)]
pub(super) struct Document<'a> {
    case: &'a Case,
    read: OnceCell<Value>,
}

impl<'a> Document<'a> {
    pub(super) const fn of(case: &'a Case) -> Self {
        Self { case, read: OnceCell::new() }
    }

    fn value(&self) -> &Value {
        self.read.get_or_init(|| serde_json::to_value(&self.case.content).unwrap_or(Value::Null))
    }
}

/// A condition over the content of a case, published when the definition is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Expression);

impl Condition {
    /// What asking it of a case may take whose longest list has this length: elements walked, and one for itself.
    pub(super) fn cost(&self, longest: usize) -> usize {
        match self.0.nesting() {
            0 => 1,
            deep => 1 + longest.min(LIST).saturating_pow(deep),
        }
    }

    /// Whether it holds of the case; `None` when it asks for something that is not answered.
    pub(super) fn holds(&self, document: &Document) -> Option<bool> {
        self.0.evaluate(document.value())
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.source())
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        let published = Expression::publish(&source, &Known::content());
        published.map(Self).map_err(|violation| de::Error::custom(violation.message))
    }
}
