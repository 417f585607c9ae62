//! What forms, workflows and organisations' rules have in common: a document under a key and a version, proved before it is published
//! and never changed again.
//!
//! Some ship with the program; an organisation publishes others as its own. The two never share a key, so a key
//! and an organisation always name one definition.

use crate::{
    case::Pinned,
    check::own::{self, OwnRule},
    form::Form,
    text::Violation,
    workflow::{definition::Workflow, document, law::Broken},
};

/// A form, a workflow or an organisation's own rule.
pub trait Definition: Clone + Send + Sync + Sized + 'static {
    /// What people call its kind: `workflow`.
    const NOUN: &'static str;
    /// What an organisation's settings name it for: `to begin cases with it`.
    const NAMED: &'static str;
    /// Most bytes of its document; a longer one is not even parsed.
    const BYTES: usize;

    /// Those that ship with the program.
    fn shipped_all() -> &'static [Self];

    /// Their documents, in the same order.
    fn documents() -> &'static [&'static str];

    /// Reads a document and proves it fit to be published.
    ///
    /// # Errors
    /// Everything that keeps it from being published.
    fn prove(document: &str) -> Result<Self, Vec<Violation>>;

    /// Reads a document that was proved when it was published. What a later version of the program asks of a
    /// fresh one is not asked of it: it means what it meant.
    ///
    /// # Errors
    /// When it cannot be read.
    fn read(document: &str) -> Result<Self, Vec<Violation>>;

    /// Its key and version.
    fn pinned(&self) -> Pinned;

    /// What people call it.
    fn title(&self) -> &str;

    /// Whether the key is the program's: those it ships, and all that begin with `ehia`, which it may come to ship.
    #[must_use]
    fn is_reserved(key: &str) -> bool {
        key.starts_with("ehia") || Self::shipped_all().iter().any(|shipped| shipped.pinned().key == key)
    }

    /// The newest one that ships under this key.
    #[must_use]
    fn newest_shipped(key: &str) -> Option<&'static Self> {
        let all = Self::shipped_all().iter().filter(|shipped| shipped.pinned().key == key);
        all.max_by_key(|shipped| shipped.pinned().version)
    }
}

impl Definition for Workflow {
    const NOUN: &'static str = "workflow";
    const NAMED: &'static str = "to begin cases with it";
    const BYTES: usize = document::BYTES;

    fn shipped_all() -> &'static [Self] {
        Self::shipped_all()
    }

    fn documents() -> &'static [&'static str] {
        &Self::SHIPPED
    }

    fn prove(document: &str) -> Result<Self, Vec<Violation>> {
        Self::parse(document).map_err(|broken| violations(&broken))
    }

    fn read(document: &str) -> Result<Self, Vec<Violation>> {
        let mut broken = Vec::new();
        match document::read(document, &mut broken) {
            Some(workflow) if broken.is_empty() => Ok(workflow),
            _ => Err(violations(&broken)),
        }
    }

    fn pinned(&self) -> Pinned {
        self.pinned()
    }

    fn title(&self) -> &str {
        &self.title
    }
}

/// Broken laws as an author mends them: the law's id is the code.
fn violations(broken: &[Broken]) -> Vec<Violation> {
    broken.iter().map(|one| Violation::new(one.law, one.message.as_str(), one.path())).collect()
}

impl Definition for Form {
    const NOUN: &'static str = "form";
    const NAMED: &'static str = "to begin cases with it";
    const BYTES: usize = crate::form::DOCUMENT;

    fn shipped_all() -> &'static [Self] {
        Self::shipped_all()
    }

    fn documents() -> &'static [&'static str] {
        &Self::SHIPPED
    }

    fn prove(document: &str) -> Result<Self, Vec<Violation>> {
        Self::parse(document)
    }

    fn read(document: &str) -> Result<Self, Vec<Violation>> {
        Self::parse(document)
    }

    fn pinned(&self) -> Pinned {
        self.pinned()
    }

    fn title(&self) -> &str {
        &self.title
    }
}

impl Definition for OwnRule {
    const NOUN: &'static str = "rule";
    const NAMED: &'static str = "to put it in force";
    const BYTES: usize = own::BYTES;

    fn shipped_all() -> &'static [Self] {
        &[]
    }

    fn documents() -> &'static [&'static str] {
        &[]
    }

    fn prove(document: &str) -> Result<Self, Vec<Violation>> {
        Self::parse(document)
    }

    fn read(document: &str) -> Result<Self, Vec<Violation>> {
        Self::published(document)
    }

    fn pinned(&self) -> Pinned {
        self.pinned()
    }

    fn title(&self) -> &str {
        &self.document().title
    }
}
