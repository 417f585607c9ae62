//! People: accounts, and parties with or without one.

use async_graphql::{Context, ID, Object};

use crate::{
    app::PersonView,
    domain::{
        id::{Identifier, PersonId},
        party,
    },
    graphql::{
        error::{Result, missing},
        scalar::global,
        session::session,
    },
};

/// A person with an account.
pub enum Person {
    /// All that the viewer may see of them.
    Seen(PersonView),
    /// What a list of cases tells of them; the rest is read when it is asked.
    Named {
        /// Who.
        id: PersonId,
        /// Their name.
        name: String,
    },
}

/// A person with an account.
#[Object]
impl Person {
    /// The global identifier, `person:..`.
    pub async fn id(&self) -> ID {
        global(match self {
            Self::Seen(person) => person.id,
            Self::Named { id, .. } => *id,
        })
    }

    /// What they are called.
    async fn name(&self) -> &str {
        match self {
            Self::Seen(person) => &person.name,
            Self::Named { name, .. } => name,
        }
    }

    /// Their address; only to themselves and to administrators of their organisation.
    async fn email(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        match self {
            Self::Seen(person) => person.email.clone().map(Ok),
            Self::Named { id, .. } => {
                let found = session(ctx).find_person(*id).await;
                found.map(|person| person.and_then(|person| person.email)).transpose()
            }
        }
    }
}

impl Person {
    /// Somebody a case names; an account that is gone is an error of ours.
    pub async fn named(ctx: &Context<'_>, id: PersonId) -> Result<Self> {
        let found = session(ctx).find_person(id).await?;
        found.map(Self::Seen).ok_or_else(|| missing(id.global()))
    }

    /// Several, in order.
    pub async fn all(ctx: &Context<'_>, ids: &[PersonId]) -> Result<Vec<Self>> {
        Ok(session(ctx).people(ids).await?.into_iter().map(Self::Seen).collect())
    }
}

/// Somebody named in a case, with or without an account.
pub struct Party(pub party::Party);

impl Party {
    /// The parties of a list.
    pub fn list(parties: &[party::Party]) -> Vec<Self> {
        parties.iter().cloned().map(Self).collect()
    }
}

/// Somebody named in a case, with or without an account.
#[Object]
impl Party {
    /// Their name: of the account where there is one, else as it was typed.
    async fn name(&self, ctx: &Context<'_>) -> Result<String> {
        let account = match self.0.person {
            Some(id) => session(ctx).find_person(id).await?,
            None => None,
        };
        let typed = || self.0.name.clone().unwrap_or_default();
        Ok(account.map_or_else(typed, |person| person.name))
    }

    /// Their organisation, in words.
    async fn organisation(&self) -> Option<&str> {
        self.0.organisation.as_deref()
    }

    /// Their account, when they have one.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<Person>> {
        let found = session(ctx).find_person(self.0.person?).await;
        found.map(|person| person.map(Person::Seen)).transpose()
    }
}
