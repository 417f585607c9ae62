//! The one place where guards meet the expression language of forms.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::Value;

use crate::{
    case::Case,
    form::expression::{Expression, Known},
};

/// A condition over the content of a case, published when the definition is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Expression);

impl Condition {
    /// Whether it holds of the case; `None` when it asks for something that is not answered.
    pub(super) fn holds(&self, case: &Case) -> Option<bool> {
        let content = serde_json::to_value(&case.content).unwrap_or(Value::Null);
        self.0.evaluate(&content)
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
