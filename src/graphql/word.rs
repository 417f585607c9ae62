//! The domain's closed vocabularies as GraphQL enums, with the meanings they have there.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned,
    ServerResult, Value,
    parser::types::Field,
    registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry},
};
use serde::Serialize;

use crate::domain::words::Words;

/// A word of the vocabulary `T`, named and described as the domain does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Word<T>(pub T);

impl<T: Words> Word<T> {
    fn meta() -> MetaType {
        let value = |word: &T| MetaEnumValue {
            name: word.word().to_owned(),
            description: Some(word.meaning().to_owned()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        MetaType::Enum {
            name: T::NAME.to_owned(),
            description: Some(T::ABOUT.to_owned()),
            enum_values: T::VALUES.iter().map(|word| (word.word().to_owned(), value(word))).collect(),
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            rust_typename: Some(std::any::type_name::<Self>()),
            directive_invocations: Vec::new(),
            requires_scopes: Vec::new(),
        }
    }
}

impl<T: Words> InputType for Word<T> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| Self::meta())
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let value = value.unwrap_or_default();
        let text = match &value {
            Value::Enum(name) => name.as_str(),
            Value::String(text) => text,
            _ => return Err(InputValueError::expected_type(value)),
        };
        T::VALUES.iter().find(|word| word.word() == text).map(|word| Self(*word)).ok_or_else(|| {
            let words: Vec<_> = T::VALUES.iter().map(|word| word.word()).collect();
            InputValueError::custom(format!("Choose one of {}.", words.join(", ")))
        })
    }

    fn to_value(&self) -> Value {
        Value::Enum(Name::new(self.0.word()))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

impl<T: Words> OutputType for Word<T> {
    fn type_name() -> Cow<'static, str> {
        T::NAME.into()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| Self::meta())
    }

    async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        Ok(Value::Enum(Name::new(self.0.word())))
    }
}
