//! Conditions that organisations write, in CEL, bounded before they are compiled.
//!
//! The `cel` crate has no budget, its parser recurses, and `nope(1) || true` is true to it, so a slip of the pen
//! hides. Nothing is compiled before its source is bounded, and publication walks the syntax tree: functions,
//! paths and types that are known, no others. What is published can be run on any document, in bounded time,
//! and answers in three values: true, false, or undetermined where the document does not say.
//!
//! ```text
//! answers.engagement_done == "YES"
//! impacts.exists(i, i.direction == "NEGATIVE" && i.initial.consequence >= 4)
//! ```

mod evaluate;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, LazyLock},
};

use cel::{
    Env, Program,
    common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, operators},
};

use serde_json::Value;

use crate::{
    form::{Form, Question, shape},
    text::{Path, Violation},
};
pub use evaluate::{Asked, Undecided};
pub use shape::Shape;

/// Longest source, in bytes.
pub const SOURCE: usize = 2048;
/// Deepest nesting of brackets.
pub const NESTING: usize = 12;
/// Most operators.
pub const OPERATORS: usize = 100;
/// Deepest syntax tree: what evaluation recurses over, on a stack that is the caller's. At this depth it takes
/// 1 MB unoptimised.
pub const DEPTH: usize = 20;
/// Deepest nesting of macros (`exists`, `all` and the like).
pub const MACRO_NESTING: usize = 2;
/// Most macros in one expression.
pub const MACROS: usize = 8;
/// Stack for the parser, in bytes. The deepest source that [`scan`] lets through takes 4 MB unoptimised.
const STACK: usize = 32 << 20;
/// Longest list that is written out or walked through.
pub const LIST: usize = 200;

/// What an expression may ask about: the names at its root and what stands below them.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, Shape>);

impl Known {
    /// The content document of an assessment ([`crate::assessment::Content`]) with answers to any question, for
    /// expressions that belong to no form.
    #[must_use]
    pub fn content() -> Self {
        Self(shape::content()).with("answers", Shape::Open)
    }

    /// The content document with answers to the questions of this form.
    #[must_use]
    pub fn of(form: &Form) -> Self {
        Self::with_answers(form.questions())
    }

    /// The content document with answers to these questions.
    pub(super) fn with_answers<'q>(questions: impl Iterator<Item = &'q Question>) -> Self {
        let answers = questions.map(|question| (question.key.clone(), shape::of(question))).collect();
        Self(shape::content()).with("answers", Shape::Record(answers))
    }

    /// This and one more name at the root.
    #[must_use]
    pub fn with(mut self, name: &str, shape: Shape) -> Self {
        self.0.insert(name.to_owned(), shape);
        self
    }

    /// Every path that may be asked and what stands there, sorted; `[]` stands for each element of a list.
    #[must_use]
    pub fn described(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        for (name, shape) in &self.0 {
            shape.describe(name.clone(), &mut rows);
        }
        rows
    }

    /// What in this document could never stand there: a name that nobody asks about, or another kind of value.
    ///
    /// # Errors
    /// The first such place.
    pub fn fits(&self, document: &Value) -> Result<(), Violation> {
        Shape::Record(self.0.clone()).fits(document, &Path::default())
    }

    /// Whether the path leads anywhere, list elements left out: `proposal.summary`.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        let mut segments = path.split('.');
        let root = segments.next().and_then(|root| self.0.get(root));
        segments.fold(root, |at, segment| at.and_then(|shape| shape.field(segment))).is_some()
    }
}

/// An expression that passed publication.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    program: Arc<Program>,
    paths: BTreeSet<Vec<String>>,
    nesting: u32,
    weight: Weight,
}

/// What one run through the whole expression takes, apart from walks through lists.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    /// Names, values and operators.
    nodes: usize,
    /// Those that compare: in the worst case whole lists.
    compares: usize,
    /// Those that read a text from end to end.
    searches: usize,
    /// The longest list that is written out.
    written: usize,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Expression {
    /// Compiles `source` if it is fit to be published: at most 2 KB, bounded in nesting and operators, about
    /// known paths with known functions and fitting types, true or false in the end.
    ///
    /// # Errors
    /// The first rule it breaks, with an empty path, which the caller fills: `TOO_LONG`, `TOO_DEEP`,
    /// `TOO_MANY`, `INVALID`, `NOT_FOUND` or `TYPE`.
    pub fn publish(source: &str, known: &Known) -> Result<Self, Violation> {
        scan(source)?;
        // How deep the parser recurses depends on the source, how much room is left on the caller.
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("expression".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, || Self::compile(source, known))
                .map_err(|error| refuse("INVALID", format!("The condition cannot be read now: {error}.")))?
                .join()
                .unwrap_or_else(|_| Err(refuse("INVALID", "The condition cannot be read.")))
        })
    }

    fn compile(source: &str, known: &Known) -> Result<Self, Violation> {
        let parse = |env: &Env| {
            env.compile(source).map_err(|errors| {
                let said = errors.errors.first().map(|error| (error.pos.1, error.msg.as_str()));
                let (column, said) = said.unwrap_or((1, "syntax error"));
                let said = said.split(" expecting ").next().unwrap_or_default();
                let said: String = said.chars().take(120).collect();
                refuse("INVALID", format!("The condition cannot be read at character {column}: {said}."))
            })
        };
        // The walk reads the expression as it was written; the program runs it with its macros expanded.
        let written = parse(&WRITTEN)?;
        let mut walk = Walk {
            known,
            bound: Vec::new(),
            paths: BTreeSet::new(),
            macros: 0,
            nesting: 0,
            weight: Weight::default(),
        };
        let result = walk.shape(written.expression(), 0)?;
        fits(&result, &Shape::Truth, "The condition as a whole")?;
        Ok(Self {
            source: source.to_owned(),
            program: Arc::new(parse(&STANDARD)?),
            paths: walk.paths,
            nesting: walk.nesting,
            weight: walk.weight,
        })
    }

    /// As it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How deep its walks through lists lie in one another; 0 when it walks through none.
    pub(crate) fn nesting(&self) -> u32 {
        self.nesting
    }

    /// The paths it asks about, from the root to the first list element.
    pub fn paths(&self) -> impl Iterator<Item = &[String]> {
        self.paths.iter().map(Vec::as_slice)
    }
}

/// The language without macros: `has(..)` and `exists(..)` stay the calls they are written as.
static WRITTEN: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::default().with_optional_support(false).with_stdlib()));

/// The language as it runs.
static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

fn refuse(code: &str, message: impl Into<String>) -> Violation {
    Violation::new(code, message, Path::default())
}

/// Bounds the source without parsing it, so that the parser is only given what cannot overflow it.
fn scan(source: &str) -> Result<(), Violation> {
    if source.trim().is_empty() {
        return Err(refuse("REQUIRED", "Write a condition, or leave it out."));
    }
    if source.len() > SOURCE {
        let message = format!("The condition has {} bytes; at most {SOURCE} are read.", source.len());
        return Err(refuse("TOO_LONG", message));
    }
    let (mut depth, mut operators, mut before) = (0_usize, 0_usize, ' ');
    let mut rest = source.chars().peekable();
    while let Some(at) = rest.next() {
        match at {
            '"' | '\'' => {
                if before.is_alphanumeric() || before == at {
                    let message = "Write text in plain quotation marks, without prefix and not tripled.";
                    return Err(refuse("INVALID", message));
                }
                skip_text(at, &mut rest)?;
            }
            '{' => return Err(refuse("INVALID", "Objects cannot be written out in a condition.")),
            '(' | '[' => {
                depth += 1;
                operators += 1;
            }
            ')' | ']' => depth = depth.saturating_sub(1),
            '/' if rest.peek() == Some(&'/') => {
                return Err(refuse("INVALID", "Leave comments out of a condition."));
            }
            '+' | '-' | '*' | '/' | '%' | '!' | '?' | '.' | '&' | '|' | '<' | '>' | '=' => operators += 1,
            'n' if before == 'i' => operators += 1,
            _ => {}
        }
        if depth > NESTING {
            let message = format!("Brackets lie deeper than {NESTING}; write the condition flatter.");
            return Err(refuse("TOO_DEEP", message));
        }
        if operators > OPERATORS {
            let message = format!("There are more than {OPERATORS} operators; write a shorter condition.");
            return Err(refuse("TOO_MANY", message));
        }
        before = at;
    }
    Ok(())
}

/// Passes over a text up to its closing mark.
fn skip_text(mark: char, rest: &mut impl Iterator<Item = char>) -> Result<(), Violation> {
    while let Some(at) = rest.next() {
        if at == mark {
            return Ok(());
        }
        if at == '\\' {
            rest.next();
        }
    }
    Err(refuse("INVALID", "A text is not closed by its quotation mark."))
}

/// The walk over the syntax tree that gives every node its shape, or refuses it.
struct Walk<'k> {
    known: &'k Known,
    /// Names that macros bind, innermost last.
    bound: Vec<(String, Shape)>,
    paths: BTreeSet<Vec<String>>,
    macros: usize,
    /// The deepest nesting of macros.
    nesting: u32,
    weight: Weight,
}

impl Walk<'_> {
    fn shape(&mut self, node: &IdedExpr, depth: usize) -> Result<Shape, Violation> {
        if depth > DEPTH {
            return Err(refuse("TOO_DEEP", "The condition is too deep; write it flatter."));
        }
        self.weight.nodes += 1;
        match &node.expr {
            Expr::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Ok(Shape::Truth),
                LiteralValue::Int(_) => Ok(Shape::Whole),
                LiteralValue::Double(_) => Ok(Shape::Number),
                LiteralValue::String(text) => Ok(Shape::word([text.inner()])),
                LiteralValue::Null => {
                    Err(refuse("TYPE", "Nothing is ever null; ask `has(..)` whether it is there."))
                }
                LiteralValue::Bytes(_) | LiteralValue::UInt(_) => {
                    Err(refuse("TYPE", "Only text, numbers, true and false may be written out."))
                }
            },
            Expr::Ident(_) | Expr::Select(_) => self.path(node),
            Expr::List(list) => {
                if list.elements.len() > LIST {
                    let message = format!("A list has more than {LIST} elements; shorten it.");
                    return Err(refuse("TOO_MANY", message));
                }
                self.weight.written = self.weight.written.max(list.elements.len());
                let mut elements = list.elements.iter();
                let Some(first) = elements.next() else {
                    return Err(refuse("TYPE", "Nothing is in an empty list; leave it out."));
                };
                let mut shape = self.shape(first, depth + 1)?;
                for element in elements {
                    shape = joined(shape, self.shape(element, depth + 1)?)?;
                }
                Ok(shape.list())
            }
            Expr::Call(call) => self.call(call, depth + 1),
            Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                Err(refuse("INVALID", "Objects cannot be written out in a condition."))
            }
        }
    }

    /// A name, or a field of something.
    fn path(&mut self, node: &IdedExpr) -> Result<Shape, Violation> {
        let mut fields = Vec::new();
        let mut at = node;
        while let Expr::Select(select) = &at.expr {
            fields.push(select.field.as_str());
            at = &select.operand;
        }
        let Expr::Ident(root) = &at.expr else {
            return Err(refuse("INVALID", "Fields can only be asked of a name: `proposal.summary`."));
        };
        fields.reverse();
        let written = || [&[root.as_str()], fields.as_slice()].concat().join(".");
        let bound = self.bound.iter().rev().find(|(name, _)| name == root).map(|(_, shape)| shape);
        let unknown = || refuse("NOT_FOUND", format!("There is no `{}` to ask about.", written()));
        let mut shape = bound.or_else(|| self.known.0.get(root)).ok_or_else(unknown)?;
        for field in &fields {
            shape = shape.field(field).ok_or_else(unknown)?;
        }
        let shape = shape.clone();
        if bound.is_none() {
            self.paths.insert(
                std::iter::once(root.clone()).chain(fields.iter().map(ToString::to_string)).collect(),
            );
        }
        Ok(shape)
    }

    fn call(&mut self, call: &CallExpr, depth: usize) -> Result<Shape, Violation> {
        let name = call.func_name.as_str();
        match name {
            operators::EQUALS | operators::NOT_EQUALS | operators::IN => self.weight.compares += 1,
            "size" | "contains" | "startsWith" | "endsWith" => self.weight.searches += 1,
            _ => {}
        }
        match (name, call.target.as_deref(), call.args.as_slice()) {
            (operators::LOGICAL_AND | operators::LOGICAL_OR, None, [left, right]) => {
                self.truth(left, depth)?;
                self.truth(right, depth)
            }
            (operators::LOGICAL_NOT, None, [operand]) => self.truth(operand, depth),
            (operators::CONDITIONAL, None, [condition, left, right]) => {
                self.truth(condition, depth)?;
                joined(self.shape(left, depth)?, self.shape(right, depth)?)
            }
            (operators::EQUALS | operators::NOT_EQUALS, None, [left, right]) => {
                let (left, right) = (self.shape(left, depth)?, self.shape(right, depth)?);
                comparable(&left, &right)?;
                Ok(Shape::Truth)
            }
            (
                operators::LESS | operators::LESS_EQUALS | operators::GREATER | operators::GREATER_EQUALS,
                None,
                [left, right],
            ) => {
                let (left, right) = (self.shape(left, depth)?, self.shape(right, depth)?);
                comparable(&left, &right)?;
                let ordered =
                    |s: &Shape| matches!(s, Shape::Number | Shape::Whole | Shape::Date | Shape::Open);
                if ordered(&left) || ordered(&right) {
                    Ok(Shape::Truth)
                } else {
                    Err(refuse("TYPE", "Only numbers and dates can be less or more than another."))
                }
            }
            (operators::ADD | operators::SUBSTRACT | operators::MULTIPLY, None, [left, right]) => {
                for operand in [left, right] {
                    fits(&self.shape(operand, depth)?, &Shape::Whole, "What is reckoned with")?;
                }
                Ok(Shape::Whole)
            }
            (operators::NEGATE, None, [operand]) => {
                let shape = self.shape(operand, depth)?;
                fits(&shape, &Shape::Number, "What is negated")?;
                Ok(shape)
            }
            (operators::IN, None, [element, list]) => self.membership(element, list, depth),
            ("has", None, [field]) if matches!(field.expr, Expr::Select(_)) => {
                self.path(field)?;
                Ok(Shape::Truth)
            }
            ("size", None, [of]) | ("size", Some(of), []) => match self.shape(of, depth)? {
                Shape::Text | Shape::Word(_) | Shape::List(_) | Shape::Open => Ok(Shape::Whole),
                _ => Err(refuse("TYPE", "Only texts and lists have a size.")),
            },
            ("contains" | "startsWith" | "endsWith", Some(text), [part]) => {
                for operand in [text, part] {
                    fits(&self.shape(operand, depth)?, &Shape::Text, "What is searched, and for")?;
                }
                Ok(Shape::Truth)
            }
            (
                operators::ALL | operators::EXISTS | operators::EXISTS_ONE | operators::FILTER,
                Some(list),
                [name, body],
            ) => self.comprehension(call, list, name, body, depth),
            _ => Err(refuse("NOT_FOUND", unknown_call(name))),
        }
    }

    fn truth(&mut self, node: &IdedExpr, depth: usize) -> Result<Shape, Violation> {
        fits(&self.shape(node, depth)?, &Shape::Truth, "What stands beside `!`, `&&`, `||` and `?`")?;
        Ok(Shape::Truth)
    }

    /// `element in list`; of a list that is written out, every element must be possible.
    fn membership(&mut self, element: &IdedExpr, list: &IdedExpr, depth: usize) -> Result<Shape, Violation> {
        let element = self.shape(element, depth)?;
        if let Expr::List(written) = &list.expr {
            for candidate in &written.elements {
                comparable(&element, &self.shape(candidate, depth)?)?;
            }
        }
        match self.shape(list, depth)? {
            Shape::List(of) => comparable(&element, &of)?,
            Shape::Open => {}
            _ => return Err(refuse("TYPE", "`in` asks whether something is in a list.")),
        }
        Ok(Shape::Truth)
    }

    fn comprehension(
        &mut self,
        call: &CallExpr,
        list: &IdedExpr,
        name: &IdedExpr,
        body: &IdedExpr,
        depth: usize,
    ) -> Result<Shape, Violation> {
        self.macros += 1;
        if self.macros > MACROS {
            let message = format!("There are more than {MACROS} of exists, all, exists_one and filter.");
            return Err(refuse("TOO_MANY", message));
        }
        if self.bound.len() >= MACRO_NESTING {
            let message = format!("exists, all, exists_one and filter lie deeper than {MACRO_NESTING}.");
            return Err(refuse("TOO_DEEP", message));
        }
        let (of, result) = match self.shape(list, depth)? {
            Shape::List(of) if call.func_name == operators::FILTER => (*of.clone(), Shape::List(of)),
            Shape::List(of) => (*of, Shape::Truth),
            Shape::Open if call.func_name == operators::FILTER => (Shape::Open, Shape::Open.list()),
            Shape::Open => (Shape::Open, Shape::Truth),
            _ => return Err(refuse("TYPE", format!("`{}` walks through a list.", call.func_name))),
        };
        let Expr::Ident(name) = &name.expr else {
            return Err(refuse("INVALID", format!("Name the elements first: `.{}(i, ..)`.", call.func_name)));
        };
        if self.known.0.contains_key(name) || self.bound.iter().any(|(bound, _)| bound == name) {
            return Err(refuse("INVALID", format!("`{name}` already means something; use another name.")));
        }
        self.bound.push((name.clone(), of));
        self.nesting = self.nesting.max(u32::try_from(self.bound.len()).unwrap_or(u32::MAX));
        let truth = self.truth(body, depth);
        self.bound.pop();
        truth.map(|_| result)
    }
}

fn unknown_call(name: &str) -> String {
    if name == "matches" {
        "Regular expressions are not run; use contains, startsWith or endsWith.".to_owned()
    } else {
        let name: String = name.chars().take(60).collect();
        format!(
            "There is no `{name}` of that form; there are has, size, contains, startsWith, endsWith, in, exists, \
             exists_one, all, filter, comparisons, `+`, `-` and `*`."
        )
    }
}

/// Refuses a shape that is not the wanted one.
fn fits(shape: &Shape, wanted: &Shape, what: &str) -> Result<(), Violation> {
    let (fit, meant) = match wanted {
        Shape::Truth => (matches!(shape, Shape::Truth | Shape::Open), "true or false"),
        Shape::Text => (matches!(shape, Shape::Text | Shape::Word(_) | Shape::Open), "text"),
        Shape::Whole => (matches!(shape, Shape::Whole | Shape::Open), "a whole number"),
        _ => (matches!(shape, Shape::Whole | Shape::Number | Shape::Open), "a number"),
    };
    if fit { Ok(()) } else { Err(refuse("TYPE", format!("{what} must be {meant}."))) }
}

/// Refuses to compare what can never be equal, words that are no option among them.
fn comparable(left: &Shape, right: &Shape) -> Result<(), Violation> {
    match (left, right) {
        (Shape::Open, _)
        | (_, Shape::Open)
        | (Shape::Text, Shape::Text | Shape::Word(_))
        | (Shape::Word(_), Shape::Text)
        | (Shape::Date, Shape::Date)
        | (Shape::Truth, Shape::Truth)
        | (Shape::Whole | Shape::Number, Shape::Whole | Shape::Number) => Ok(()),
        (Shape::Word(left), Shape::Word(right)) => {
            if left.iter().any(|word| right.contains(word)) {
                Ok(())
            } else {
                let message = format!(
                    "`{}` can never be `{}`; check the spelling.",
                    left.join("`, `"),
                    right.join("`, `")
                );
                Err(refuse("TYPE", message))
            }
        }
        (Shape::Date, Shape::Word(words)) | (Shape::Word(words), Shape::Date) => {
            if words.iter().all(|word| word.len() == 10 && word.parse::<chrono::NaiveDate>().is_ok()) {
                Ok(())
            } else {
                Err(refuse("TYPE", "Write a date as \"YYYY-MM-DD\"."))
            }
        }
        _ => Err(refuse("TYPE", "Values of different types are never equal; compare like with like.")),
    }
}

/// The shape of what may be one or the other.
fn joined(left: Shape, right: Shape) -> Result<Shape, Violation> {
    match (left, right) {
        (Shape::Word(mut left), Shape::Word(right)) => {
            left.extend(right);
            Ok(Shape::Word(left))
        }
        (Shape::Word(_), Shape::Text) | (Shape::Text, Shape::Word(_)) => Ok(Shape::Text),
        (Shape::Whole, Shape::Number) | (Shape::Number, Shape::Whole) => Ok(Shape::Number),
        (left, right) if left == right => Ok(left),
        _ => Err(refuse("TYPE", "What stands in one list, or on both sides of `:`, must be of one type.")),
    }
}
