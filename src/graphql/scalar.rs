//! Scalars: dates, instants, money, documents and identifiers as the API spells them.

use std::{borrow::Cow, marker::PhantomData};

use async_graphql::{
    ID, InputType, InputValueError, InputValueResult, Number, Scalar, ScalarType, Value, registry::Registry,
};
use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound, Utc};
use serde::Serialize;

use crate::domain::{id::Identifier, proposal};

/// A calendar date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Date(pub NaiveDate);

/// A calendar date, ISO 8601: `2026-11-22`. It has no time and no time zone.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        // `%Y` alone would also read years of one digit or with a sign.
        let plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        plain
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten()
            .map(Self)
            .ok_or_else(|| InputValueError::custom("Write a calendar date as YYYY-MM-DD."))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(pub DateTime<Utc>);

/// An instant in UTC, RFC 3339: `2026-11-22T09:30:00.000000Z`. Any offset is read; microseconds are kept.
#[Scalar(name = "DateTime")]
impl ScalarType for Instant {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        DateTime::parse_from_rfc3339(text)
            .map(|at| Self(at.with_timezone(&Utc).trunc_subsecs(6)))
            .map_err(|_| InputValueError::custom("Write an instant as 2026-11-22T09:30:00Z (RFC 3339)."))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// Pounds sterling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Money(pub proposal::Money);

/// Pounds sterling as a decimal string with two places: `"21500000.00"`.
#[Scalar(name = "Money")]
impl ScalarType for Money {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else { return Err(InputValueError::expected_type(value)) };
        proposal::Money::parse(text)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("Write pounds as text with two places: \"1250.00\"."))
    }

    fn is_valid(value: &Value) -> bool {
        matches!(value, Value::String(_))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Json(pub serde_json::Value);

impl Json {
    /// The text of a document that came as a JSON object or as the text of one.
    pub fn source(self) -> String {
        match self.0 {
            serde_json::Value::String(text) => text,
            other => other.to_string(),
        }
    }
}

/// Any JSON value. Integers beyond 2^53 and the character U+0000 are refused.
#[Scalar(name = "JSON")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        // What cannot be kept is refused by the use case, which knows the path.
        value.into_json().map(Self).map_err(|error| InputValueError::custom(error.to_string()))
    }

    fn to_value(&self) -> Value {
        value(&self.0)
    }
}

/// A scalar as it was typed. The use case reads it, and says what is wrong with it and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Typed<S> {
    text: serde_json::Value,
    #[serde(skip)]
    scalar: PhantomData<S>,
}

impl<S: InputType> InputType for Typed<S> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        S::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        S::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let text = value.unwrap_or_default().into_json();
        let text = text.map_err(|error| InputValueError::custom(error.to_string()))?;
        Ok(Self { text, scalar: PhantomData })
    }

    fn to_value(&self) -> Value {
        value(&self.text)
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Boolean(*flag),
        serde_json::Value::Number(number) => Value::Number(Number::clone(number)),
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Array(list) => Value::List(list.iter().map(value).collect()),
        serde_json::Value::Object(fields) => Value::Object(
            fields.iter().map(|(key, field)| (async_graphql::Name::new(key), value(field))).collect(),
        ),
    }
}

/// An identifier of one noun in an argument: `noun:uuid`. In documents it is written as the bare UUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Global<I>(pub I);

impl<I: Identifier + Send + Sync> InputType for Global<I> {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <ID as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <ID as InputType>::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        match value {
            Some(Value::String(text)) => I::parse(&text).map(Self).ok_or_else(|| {
                InputValueError::custom(format!("This is no identifier of the kind `{}:..`.", I::NOUN))
            }),
            other => Err(InputValueError::expected_type(other.unwrap_or_default())),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.global())
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

/// The global form of an identifier, for output.
pub fn global<I: Identifier>(id: I) -> ID {
    ID(id.global())
}

/// A count as GraphQL's `Int`, which has 32 bits with a sign.
pub fn int(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}
