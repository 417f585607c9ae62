//! Groups of people that an assessment must consider.

use async_graphql::Object;

use crate::{
    domain::group::{self, Catalogue, GroupKind},
    graphql::word::Word,
};

/// A group of people an assessment must consider.
#[derive(Clone)]
pub struct Group {
    group: group::Group,
    parent: Option<Box<Group>>,
}

impl Group {
    /// The group with this code. One that the catalogue no longer has goes by its code.
    pub fn of(catalogue: &Catalogue, code: &str) -> Self {
        let unknown = || group::Group {
            code: code.to_owned(),
            name: code.to_owned(),
            kind: GroupKind::Other,
            parent: None,
            singly: false,
            source: None,
        };
        let group = catalogue.find(code).cloned().unwrap_or_else(unknown);
        // A parent comes before its children in the catalogue, so this ends.
        let parent = group.parent.as_deref().map(|parent| Box::new(Self::of(catalogue, parent)));
        Self { group, parent }
    }

    /// The groups with these codes.
    pub fn list(catalogue: &Catalogue, codes: &[String]) -> Vec<Self> {
        codes.iter().map(|code| Self::of(catalogue, code)).collect()
    }
}

/// A group of people an assessment must consider.
#[Object]
impl Group {
    /// Stable, lower case, dotted below its parent: `age`, `age.older_people`.
    async fn code(&self) -> &str {
        &self.group.code
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.group.name
    }

    /// What kind of group it is.
    async fn kind(&self) -> Word<GroupKind> {
        Word(self.group.kind)
    }

    /// The group it is part of.
    async fn parent(&self) -> Option<&Group> {
        self.parent.as_deref()
    }

    /// Whether it must be answered for itself, rather than by a reasoned statement shared with others.
    async fn singly(&self) -> bool {
        self.group.singly
    }

    /// Where the name and definition come from.
    async fn source(&self) -> Option<&str> {
        self.group.source.as_deref()
    }
}
