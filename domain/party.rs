//! Somebody named in a case, with or without an account.

use serde::{Deserialize, Serialize};

use crate::{
    id::{ContactId, PersonId},
    text::{self, Path, Violation},
};

/// A party: an account, or a name. An address is never part of a document: it is kept apart as a contact,
/// so that it can be erased while the record stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
    /// The account, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The name, when there is no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The organisation, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// How to reach a party without an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactId>,
}

impl Party {
    /// The party behind an account.
    #[must_use]
    pub fn person(person: PersonId) -> Self {
        Self { person: Some(person), ..Self::default() }
    }

    /// A party known by name only.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// A party is an account or a name of at most 300 characters.
    pub fn check(&self, path: &Path) -> Result<(), Violation> {
        match (&self.person, &self.name) {
            (None, None) => {
                Err(Violation::new("REQUIRED", "Name a person, or choose an account.", path.clone()))
            }
            (_, Some(name)) => text::line(name, text::LINE, &path.join("name")),
            (Some(_), None) => Ok(()),
        }?;
        match &self.organisation {
            Some(organisation) => text::line(organisation, text::LINE, &path.join("organisation")),
            None => Ok(()),
        }
    }
}
