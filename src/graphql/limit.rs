//! What a query may cost. Everything here is asked before any work is done, and in time linear in the query:
//! fragments are weighed once, however often they are spread.

use std::collections::HashMap;

use async_graphql::{
    Name, Pos, Positioned, Request, ServerError, Value, Variables,
    parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet},
};

use crate::{
    domain::page,
    graphql::error::{Code, refusal},
};

/// The limits of one request. Each is refused with `LIMIT_EXCEEDED` and a sentence that names it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Fields within fields; the standard introspection query has 15.
    pub depth: usize,
    /// One for each field, times the size of each list it is in.
    pub complexity: usize,
    /// Fields that are renamed, fragments counted as often as they are spread.
    pub aliases: usize,
    /// Fields, spreads and inline fragments of all operations and all fragments together, what is in a fragment
    /// counted as often as it is spread; this is what validation visits.
    pub fields: usize,
    /// Directives, fragments counted as often as they are spread.
    pub directives: usize,
    /// Root fields of one mutation.
    pub mutations: usize,
    /// Operations of one document.
    pub operations: usize,
    /// Fragments defined in one document.
    pub fragments: usize,
    /// Arguments of one field; validation compares each with each.
    pub arguments: usize,
    /// Variables of one operation.
    pub variables: usize,
    /// Brackets within brackets in the text of the query, and selections within selections when every fragment
    /// counts as one; this is what parser and validation recurse on.
    pub nesting: usize,
    /// Names, numbers, strings and opening brackets in the text of the query; this is what the parser takes time for.
    pub words: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 16,
            complexity: 20_000,
            aliases: 100,
            fields: 5_000,
            directives: 50,
            mutations: 20,
            operations: 10,
            fragments: 100,
            arguments: 50,
            variables: 100,
            nesting: 40,
            words: 10_000,
            body: 256 * 1024,
        }
    }
}

impl Limits {
    /// Parses the query and weighs it; `Ok` with the kind of the operation that would be executed, `None` when
    /// it is not clear which, which the executor refuses.
    pub fn admit(&self, request: &mut Request) -> Result<Option<OperationType>, ServerError> {
        let Text { brackets, words } = Text::read(&request.query);
        within("Brackets in the query are nested too deeply", brackets, self.nesting, None)?;
        within("The query has too many words", words, self.words, None)?;
        request.parsed_query().map_err(unreadable)?;
        let variables = std::mem::take(&mut request.variables);
        let admitted = request.parsed_query().and_then(|document| self.weigh(document, &variables));
        request.variables = variables;
        admitted?;
        let operation = request.operation_name.clone();
        Ok(kind(request.parsed_query()?, operation.as_deref()))
    }

    fn weigh(&self, document: &ExecutableDocument, variables: &Variables) -> Result<(), ServerError> {
        within(
            "The document has too many operations",
            document.operations.iter().count(),
            self.operations,
            None,
        )?;
        within("The document has too many fragments", document.fragments.len(), self.fragments, None)?;
        let mut scale = Scale { document, fragments: HashMap::new(), most: self.nesting };
        let mut fields = 0_usize;
        for (_, operation) in document.operations.iter() {
            let weight = scale.set(&operation.node.selection_set.node, 0)?;
            fields = fields.saturating_add(weight.fields);
            let directives = weight.directives.saturating_add(operation.node.directives.len());
            let mutation = operation.node.ty == OperationType::Mutation;
            for (what, weight, most) in [
                (FIELDS, fields, self.fields),
                ("The query renames too many fields", weight.aliases, self.aliases),
                ("The query has too many directives", directives, self.directives),
                ("A field has too many arguments", weight.arguments, self.arguments),
                (
                    "The operation has too many variables",
                    operation.node.variable_definitions.len(),
                    self.variables,
                ),
                ("The query is nested too deeply", weight.depth, self.depth),
                ("Fragments of the query are nested too deeply", weight.levels, self.nesting),
                (
                    "The mutation has too many root fields",
                    if mutation { weight.roots } else { 0 },
                    self.mutations,
                ),
                (
                    "The subscription has too many root fields",
                    if operation.node.ty == OperationType::Subscription { weight.roots } else { 0 },
                    1,
                ),
            ] {
                within(what, weight, most, Some(operation.pos))?;
            }
        }
        // Every fragment is part of an operation that was just weighed, or it is refused here.
        within(FIELDS, scale.fragments()?.saturating_add(fields), self.fields, None)?;
        for (_, operation) in document.operations.iter() {
            let sizes = Sizes { variables, operation: &operation.node };
            sizes.check(&operation.node.selection_set.node)?;
            document
                .fragments
                .values()
                .try_for_each(|fragment| sizes.check(&fragment.node.selection_set.node))?;
        }
        Ok(())
    }
}

/// What the parser says, without the line of the query that it repeats: that line can be as long as the body.
fn unreadable(mut error: ServerError) -> ServerError {
    if let Some((_, expected)) = error.message.rsplit_once("\n  = ") {
        let at = error.locations.first().map(|at| format!(" at {at}")).unwrap_or_default();
        error.message = format!("The query cannot be read{at}: {}.", expected.trim());
    }
    error
}

const FIELDS: &str = "The query has too many fields and fragments, counted as often as they are spread";

fn within(what: &str, weight: usize, most: usize, at: Option<Pos>) -> Result<(), ServerError> {
    if weight > most { Err(exceeded(what, most, at)) } else { Ok(()) }
}

fn exceeded(what: &str, most: usize, at: Option<Pos>) -> ServerError {
    refusal(Code::LimitExceeded, format!("{what}; at most {most} are allowed."), at)
}

/// The kind of the operation that would be executed.
fn kind(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let mut chosen = document.operations.iter().filter(|(own, _)| match (name, own) {
        (Some(name), Some(own)) => own.as_str() == name,
        (Some(_), None) => false,
        (None, _) => true,
    });
    match (chosen.next(), chosen.next()) {
        (Some((_, operation)), None) => Some(operation.node.ty),
        _ => None,
    }
}

/// What the parser recurses on and takes time for, outside strings and comments; asked before it runs.
struct Text {
    /// How deeply brackets are nested.
    brackets: usize,
    /// Names, numbers, strings and opening brackets.
    words: usize,
}

impl Text {
    fn read(query: &str) -> Self {
        let (mut depth, mut deepest, mut words) = (0_usize, 0_usize, 0_usize);
        let mut rest = query;
        while let Some(first) = rest.chars().next() {
            let word = |part: char| part == '_' || part.is_ascii_alphanumeric();
            let skip = match first {
                '{' | '[' | '(' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                    words += 1;
                    1
                }
                '}' | ']' | ')' => {
                    depth = depth.saturating_sub(1);
                    1
                }
                '#' => rest.find(['\n', '\r']).unwrap_or(rest.len()),
                '"' => {
                    words += 1;
                    string(rest)
                }
                first if word(first) => {
                    words += 1;
                    rest.find(|part| !word(part)).unwrap_or(rest.len())
                }
                other => other.len_utf8(),
            };
            rest = rest.get(skip..).unwrap_or_default();
        }
        Self { brackets: deepest, words }
    }
}

/// The length of the string at the start of `text`; of all of it when the string does not end.
fn string(text: &str) -> usize {
    let (open, block) = if text.starts_with("\"\"\"") { (3, true) } else { (1, false) };
    let bytes = text.as_bytes();
    let mut at = open;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        if block && rest.starts_with(b"\\\"\"\"") {
            at += 4;
        } else if block && rest.starts_with(b"\"\"\"") {
            return at + 3;
        } else if !block && rest.starts_with(b"\\") {
            at += 2;
        } else if !block && matches!(rest.first(), Some(b'"' | b'\n' | b'\r')) {
            return at + 1;
        } else {
            at += 1;
        }
    }
    text.len()
}

/// What a selection weighs with everything it spreads.
#[derive(Clone, Copy, Default)]
struct Weight {
    /// Fields, spreads and inline fragments.
    fields: usize,
    aliases: usize,
    directives: usize,
    /// Of the field that has most.
    arguments: usize,
    /// Fields within fields.
    depth: usize,
    /// As `depth`, but fragments count.
    levels: usize,
    /// Fields of the selection itself.
    roots: usize,
}

struct Scale<'a> {
    document: &'a ExecutableDocument,
    /// What each fragment weighs; `None` while it is on the scale.
    fragments: HashMap<&'a Name, Option<Weight>>,
    most: usize,
}

impl<'a> Scale<'a> {
    /// Weighs a selection `level` levels down.
    fn set(&mut self, set: &'a SelectionSet, level: usize) -> Result<Weight, ServerError> {
        if level > self.most {
            return Err(exceeded("Fragments of the query are nested too deeply", self.most, None));
        }
        let mut total = Weight::default();
        for selection in &set.items {
            let part = self.selection(selection, level + 1)?;
            total.fields = total.fields.saturating_add(part.fields);
            total.aliases = total.aliases.saturating_add(part.aliases);
            total.directives = total.directives.saturating_add(part.directives);
            total.roots = total.roots.saturating_add(part.roots);
            total.arguments = total.arguments.max(part.arguments);
            total.depth = total.depth.max(part.depth);
            total.levels = total.levels.max(part.levels.saturating_add(1));
        }
        Ok(total)
    }

    fn selection(
        &mut self,
        selection: &'a Positioned<Selection>,
        level: usize,
    ) -> Result<Weight, ServerError> {
        let mut weight = match &selection.node {
            Selection::Field(field) => {
                let below = self.set(&field.node.selection_set.node, level)?;
                Weight {
                    aliases: below.aliases.saturating_add(usize::from(field.node.alias.is_some())),
                    arguments: below.arguments.max(field.node.arguments.len()),
                    depth: below.depth.saturating_add(1),
                    roots: 1,
                    ..below
                }
            }
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, level)?,
            Selection::FragmentSpread(spread) => {
                self.fragment(&spread.node.fragment_name.node, selection.pos, level)?
            }
        };
        weight.fields = weight.fields.saturating_add(1);
        weight.directives = weight.directives.saturating_add(selection.node.directives().len());
        Ok(weight)
    }

    fn fragment(&mut self, name: &'a Name, at: Pos, level: usize) -> Result<Weight, ServerError> {
        match self.fragments.get(name) {
            Some(Some(weight)) => return Ok(*weight),
            Some(None) => {
                let message = format!("The fragment `{name}` spreads itself.");
                return Err(refusal(Code::BadRequest, message, Some(at)));
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            let message = format!("The fragment `{name}` does not exist; define it or do not spread it.");
            return Err(refusal(Code::BadRequest, message, Some(at)));
        };
        self.fragments.insert(name, None);
        let weight = self.set(&fragment.node.selection_set.node, level)?;
        self.fragments.insert(name, Some(weight));
        Ok(weight)
    }

    /// The fields of all fragments, each with everything it spreads, once the operations are weighed. Refuses a
    /// fragment that none of them reaches.
    fn fragments(&self) -> Result<usize, ServerError> {
        let unused = self.document.fragments.iter().filter(|(name, _)| !self.fragments.contains_key(name));
        if let Some((name, fragment)) = unused.min_by_key(|(_, fragment)| fragment.pos) {
            let message = format!("The fragment `{name}` is not used; spread it or remove it.");
            return Err(refusal(Code::BadRequest, message, Some(fragment.pos)));
        }
        Ok(self.fragments.values().flatten().fold(0, |sum, weight| sum.saturating_add(weight.fields)))
    }
}

/// The sizes of the pages that an operation asks for.
struct Sizes<'a> {
    variables: &'a Variables,
    operation: &'a OperationDefinition,
}

impl Sizes<'_> {
    /// Refuses a page that is too large, anywhere in the selection; spread fragments are checked for themselves.
    fn check(&self, set: &SelectionSet) -> Result<(), ServerError> {
        set.items.iter().try_for_each(|selection| match &selection.node {
            Selection::Field(field) => {
                for name in ["first", "last"] {
                    let Some(argument) = field.node.get_argument(name) else { continue };
                    let given =
                        |name: Name| self.variables.get(&name).cloned().or_else(|| self.default(&name));
                    let size = argument.node.clone().into_const_with(|name| given(name).ok_or(()));
                    if matches!(size, Ok(Value::Number(size)) if size.as_i64() > Some(page::MOST.into())) {
                        let message = format!("`{name}` is at most {}; ask for further pages.", page::MOST);
                        return Err(refusal(Code::LimitExceeded, message, Some(argument.pos)));
                    }
                }
                self.check(&field.node.selection_set.node)
            }
            Selection::InlineFragment(inline) => self.check(&inline.node.selection_set.node),
            Selection::FragmentSpread(_) => Ok(()),
        })
    }

    fn default(&self, name: &Name) -> Option<Value> {
        let mut own = self.operation.variable_definitions.iter();
        own.find(|variable| variable.node.name.node == *name)?.node.default_value().cloned()
    }
}

/// What a list costs: what one of its elements costs, times its size. Stays far below overflow, however lists
/// are nested.
#[must_use]
pub fn listed(size: usize, element: usize) -> usize {
    size.saturating_mul(element).saturating_add(1).min(1 << 40)
}

/// What a page costs.
#[must_use]
pub fn paged(first: Option<i32>, last: Option<i32>, element: usize) -> usize {
    let size = first.or(last).and_then(|size| usize::try_from(size).ok());
    listed(size.unwrap_or(page::DEFAULT as usize), element)
}

/// How many elements a list without pages is reckoned to have.
pub const SOME: usize = 5;

/// What the executor says, without a code, of a query above the limit that it was given.
const TOO_COMPLEX: &str = "Query is too complex.";

impl Limits {
    /// Gives the executor's refusal of a query that is too complex its code, and says what to do. An extension could
    /// say it in its own words, but with any extension every field of every answer is resolved the long way.
    pub fn explain(&self, error: &mut ServerError) {
        if error.message == TOO_COMPLEX && error.path.is_empty() {
            let message = format!(
                "The query's complexity, one for each field times the size of the lists it is in, is above {}. \
                 Ask for fewer fields or smaller pages.",
                self.complexity
            );
            *error = refusal(Code::LimitExceeded, message, None);
        }
    }
}
