//! What a published expression says of a document, what that takes, and why it says nothing.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, OnceLock},
};

use cel::{
    Context, ExecutionError,
    common::{
        types::{CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString},
        value::{CowVal, Val},
    },
    context::VariableResolver,
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

/// A value as CEL reads it; its texts are those of the document.
type Read<'d> = Box<dyn Val + 'd>;

/// A document that many expressions ask about: each of its lists is read once, however many walk through it.
#[derive(Debug)]
pub struct Asked<'d> {
    document: &'d Value,
    lists: BTreeMap<&'d str, OnceLock<List<'d>>>,
}

/// A list of the document, as CEL reads it and as it is weighed.
#[derive(Debug)]
struct List<'d> {
    /// Nothing where it is longer than [`LIST`].
    read: Option<Read<'d>>,
    longest: Longest,
}

impl<'d> Asked<'d> {
    /// Before anything is asked.
    #[must_use]
    pub fn of(document: &'d Value) -> Self {
        let roots = document.as_object().into_iter().flatten();
        let lists = roots.filter(|(_, value)| value.is_array());
        Self { document, lists: lists.map(|(name, _)| (name.as_str(), OnceLock::new())).collect() }
    }

    /// The list of this name at the root.
    fn list(&self, name: &str) -> Option<&List<'d>> {
        let (list, value) = (self.lists.get(name)?, self.document.get(name)?);
        Some(list.get_or_init(|| {
            let mut longest = Longest::default();
            longest.measure(value);
            List { read: whole(value), longest }
        }))
    }
}

/// Lists at the root are variables of every expression that asks about them, without a copy.
impl VariableResolver for Asked<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let list: &'b (dyn Val + 'b) = self.list(name)?.read.as_deref()?;
        Some(CowVal::Borrowed(list))
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
        context.set_variable_resolver(asked);
        let roots: BTreeSet<_> = self.paths.iter().filter_map(|path| path.first()).collect();
        for root in roots {
            let Some(value) = asked.document.get(root).filter(|value| !is_absent(value)) else {
                continue;
            };
            if let Some(list) = asked.list(root) {
                list.read.as_ref().ok_or(Undecided::TooLong)?;
            } else {
                let imported = self.imported(value, &mut vec![root.clone()]).ok_or(Undecided::TooLong)?;
                context.add_variable_as_val(root.as_str(), imported);
            }
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
            let list = path.first().filter(|_| path.len() == 1).and_then(|root| asked.list(root));
            if let Some(list) = list {
                longest.widen(list.longest);
            } else if let Some(value) = path.iter().try_fold(asked.document, |at, segment| at.get(segment)) {
                longest.measure(value);
            }
        }
        let walked = longest.list.max(1).saturating_pow(self.nesting);
        let weight = &self.weight;
        let once =
            weight.nodes + weight.compares * (longest.list / 8) + weight.searches * (longest.text / 128);
        walked.saturating_mul(once)
    }

    /// The part of a document that the expression asks about, as CEL reads it.
    fn imported<'d>(&self, value: &'d Value, path: &mut Vec<String>) -> Option<Read<'d>> {
        let Value::Object(fields) = value else { return whole(value) };
        let mut map = HashMap::new();
        for (key, value) in fields.iter().filter(|(_, value)| !is_absent(value)) {
            path.push(key.clone());
            if self.asks(path) {
                map.insert(named(key), self.imported(value, path)?);
            }
            path.pop();
        }
        Some(Box::new(CelMap::from(map)))
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
fn whole(value: &Value) -> Option<Read<'_>> {
    Some(match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(truth) => Box::new(CelBool::from(*truth)),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Box::new(CelInt::from(integer)),
            None => Box::new(CelDouble::from(number.as_f64()?)),
        },
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(list) if list.len() > LIST => return None,
        Value::Array(list) => {
            Box::new(CelList::from(list.iter().map(whole).collect::<Option<Vec<Read<'_>>>>()?))
        }
        Value::Object(fields) => {
            let present = fields.iter().filter(|(_, value)| !is_absent(value));
            let map = present.map(|(key, value)| Some((named(key), whole(value)?)));
            Box::new(CelMap::from(map.collect::<Option<HashMap<_, _>>>()?))
        }
    })
}

fn named(key: &str) -> CelMapKey<'_> {
    CelMapKey::String(CelString::from(key))
}

/// Whether a value says nothing: `null`, or an honest unknown.
fn is_absent(value: &Value) -> bool {
    value.is_null() || crate::form::answer::unknown(value).is_some()
}
