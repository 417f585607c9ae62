//! What a published expression says of a document, what that takes, and why it says nothing.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use cel::{
    Context, ExecutionError,
    objects::{Key, Map},
};
use serde_json::Value;

use super::{Expression, LIST, STANDARD};

/// Why an expression says nothing of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    /// The document does not say what it asks.
    #[error("the assessment does not say what it asks")]
    Unsaid,
    /// A list at a path it asks about is longer than [`LIST`].
    #[error("a list that it asks about has more than {LIST} elements")]
    TooLong,
    /// A number in it, or in the document, cannot be reckoned with.
    #[error("it reckons with a number that is too large")]
    Overflow,
    /// An answer is not of the kind it takes it for.
    #[error("it compares or reckons with values of different kinds")]
    Mismatch,
    /// Anything else.
    #[error("it cannot be evaluated")]
    Failed,
}

/// A document that many expressions ask about: each list is converted once, however many walk through it.
#[derive(Debug)]
pub struct Asked<'d> {
    document: &'d Value,
    lists: RefCell<HashMap<Vec<String>, List>>,
}

/// A list at a path, as CEL reads it and as it is weighed.
#[derive(Clone, Debug)]
struct List {
    /// Nothing where it is longer than [`LIST`].
    read: Option<cel::Value>,
    longest: Longest,
}

impl<'d> Asked<'d> {
    /// Before anything is asked.
    #[must_use]
    pub fn of(document: &'d Value) -> Self {
        Self { document, lists: RefCell::default() }
    }

    fn list(&self, path: &[String], list: &Value) -> List {
        if let Some(known) = self.lists.borrow().get(path) {
            return known.clone();
        }
        let mut longest = Longest::default();
        longest.measure(list);
        let read = List { read: whole(list), longest };
        self.lists.borrow_mut().insert(path.to_vec(), read.clone());
        read
    }
}

impl Expression {
    /// Whether it holds of this document; `None` where the document does not say. What is absent, `null` or an
    /// honest unknown decides nothing, but `false && absent` is false and `true || absent` is true. A document
    /// with a list longer than [`LIST`] at a path it asks about is not walked: undetermined.
    #[must_use]
    pub fn evaluate(&self, document: &Value) -> Option<bool> {
        self.decide(document).ok()
    }

    /// The same, with the reason where it says nothing.
    ///
    /// # Errors
    /// Why it says nothing.
    pub fn decide(&self, document: &Value) -> Result<bool, Undecided> {
        self.decide_on(&Asked::of(document))
    }

    /// The same of a document that others are asked about, too.
    ///
    /// # Errors
    /// Why it says nothing.
    pub fn decide_on(&self, asked: &Asked<'_>) -> Result<bool, Undecided> {
        let mut context = Context::with_env(Arc::clone(&STANDARD));
        let roots: BTreeSet<_> = self.paths.iter().filter_map(|path| path.first()).collect();
        for root in roots {
            let Some(value) = asked.document.get(root).filter(|value| !is_absent(value)) else {
                continue;
            };
            let imported = self.imported(asked, value, &mut vec![root.clone()]).ok_or(Undecided::TooLong)?;
            context.add_variable_from_value(root.as_str(), imported);
        }
        match self.program.execute(&context) {
            Ok(cel::Value::Bool(truth)) => Ok(truth),
            Ok(_) => Err(Undecided::Mismatch),
            Err(error) => Err(why(&error)),
        }
    }

    /// What [`Self::decide`] takes of this document at most, in steps: names, values and operators that it comes
    /// by, lists and texts that it reads through weighed by their length. A step takes about a tenth of a
    /// microsecond.
    #[must_use]
    pub fn cost(&self, asked: &Asked<'_>) -> usize {
        let mut longest = Longest { list: self.weight.written, text: 0 };
        for path in &self.paths {
            match path.iter().try_fold(asked.document, |at, segment| at.get(segment)) {
                Some(list @ Value::Array(_)) => longest.widen(asked.list(path, list).longest),
                Some(value) => longest.measure(value),
                None => {}
            }
        }
        let walked = longest.list.max(1).saturating_pow(self.nesting);
        let weight = &self.weight;
        let once =
            weight.nodes + weight.compares * (longest.list / 8) + weight.searches * (longest.text / 128);
        walked.saturating_mul(once)
    }

    /// The part of a document that the expression asks about, as CEL reads it.
    fn imported(&self, asked: &Asked<'_>, value: &Value, path: &mut Vec<String>) -> Option<cel::Value> {
        Some(match value {
            Value::Object(fields) => {
                let mut map = HashMap::new();
                for (key, value) in fields.iter().filter(|(_, value)| !is_absent(value)) {
                    path.push(key.clone());
                    if self.asks(path) {
                        map.insert(Key::from(key.as_str()), self.imported(asked, value, path)?);
                    }
                    path.pop();
                }
                cel::Value::Map(Map { map: Arc::new(map) })
            }
            list @ Value::Array(_) => asked.list(path, list).read?,
            other => whole(other)?,
        })
    }

    /// Whether some path it asks about lies on, above or below this one.
    fn asks(&self, path: &[String]) -> bool {
        self.paths.iter().any(|asked| asked.starts_with(path) || path.starts_with(asked))
    }
}

/// The longest list and text, in elements and bytes, of what an expression asks about.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    list: usize,
    text: usize,
}

impl Longest {
    fn widen(&mut self, other: Self) {
        self.list = self.list.max(other.list);
        self.text = self.text.max(other.text);
    }

    fn measure(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.text = self.text.max(text.len()),
            Value::Array(list) => {
                self.list = self.list.max(list.len());
                for element in list {
                    self.measure(element);
                }
            }
            Value::Object(fields) => {
                for field in fields.values() {
                    self.measure(field);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// What CEL says went wrong, without what the document holds.
fn why(error: &ExecutionError) -> Undecided {
    match error {
        ExecutionError::NoSuchKey(_) | ExecutionError::UndeclaredReference(_) => Undecided::Unsaid,
        ExecutionError::Overflow(..) => Undecided::Overflow,
        ExecutionError::NoSuchOverload(_)
        | ExecutionError::UnexpectedType { .. }
        | ExecutionError::UnsupportedTargetType { .. }
        | ExecutionError::UnsupportedIndex(..)
        | ExecutionError::UnsupportedBinaryOperator(..)
        | ExecutionError::ValuesNotComparable(..) => Undecided::Mismatch,
        _ => Undecided::Failed,
    }
}

/// A value with all that lies in it; `None` when a list in it is too long.
fn whole(value: &Value) -> Option<cel::Value> {
    Some(match value {
        Value::Null => cel::Value::Null,
        Value::Bool(truth) => cel::Value::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => cel::Value::Int(integer),
            None => cel::Value::Float(number.as_f64()?),
        },
        Value::String(text) => cel::Value::String(Arc::new(text.clone())),
        Value::Array(list) if list.len() > LIST => return None,
        Value::Array(list) => cel::Value::List(Arc::new(list.iter().map(whole).collect::<Option<_>>()?)),
        Value::Object(fields) => {
            let present = fields.iter().filter(|(_, value)| !is_absent(value));
            let map = present.map(|(key, value)| Some((Key::from(key.as_str()), whole(value)?)));
            cel::Value::Map(Map { map: Arc::new(map.collect::<Option<_>>()?) })
        }
    })
}

/// Whether a value says nothing: `null`, or an honest unknown.
fn is_absent(value: &Value) -> bool {
    value.is_null() || crate::form::answer::unknown(value).is_some()
}
