//! The forms, workflows and rules that an organisation can use, as lists show them.

use async_graphql::{Context, Object};

use crate::{
    app::Listed,
    domain::{check::OwnRule, form::Form, workflow::definition::Workflow},
    graphql::{
        error::{Result, UserError},
        limit::{SOME, listed},
        organisation::Organisation,
        page::{Connection, Total, connection, window},
        scalar::{Instant, int},
        session::session,
    },
};

/// One version of a form or workflow.
pub struct DefinitionEdition(pub Listed);

/// One version of a form or workflow that cases of an organisation may begin with, or have begun with.
#[Object]
impl DefinitionEdition {
    /// Its key, for `form` and `workflow`.
    async fn key(&self) -> &str {
        &self.0.pinned.key
    }

    /// Its version, from 1.
    async fn version(&self) -> i32 {
        int(self.0.pinned.version)
    }

    /// What people call it; null when it cannot be read.
    async fn title(&self) -> Option<&str> {
        self.0.title.as_deref().ok()
    }

    /// The organisation that published it as its own; null for one that ships with the program.
    async fn organisation(&self) -> Option<Organisation> {
        self.0.organisation.clone().map(Organisation::Seen)
    }

    /// When it was published; null for one that ships with the program.
    async fn published_at(&self) -> Option<Instant> {
        self.0.published_at.map(Instant)
    }

    /// SHA-256 of its document in canonical bytes (RFC 8785).
    async fn sha256(&self) -> &str {
        &self.0.sha256
    }

    /// Why it cannot be read; empty when it can be.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn errors(&self) -> Vec<UserError> {
        self.0.title.as_ref().err().cloned().map(UserError::from).into_iter().collect()
    }
}

/// How many there are, counted when it is asked.
pub enum EditionTotal {
    /// Of the forms of the organisation with this code.
    Forms(String),
    /// Of the workflows of the organisation with this code.
    Workflows(String),
    /// Of the workflows of the organisation with this code that fit the form with this key.
    Fitting(String, String),
    /// Of the rules of the organisation with this code.
    Rules(String),
}

/// How many rules an organisation published, counted as its other definitions are.
pub type OwnRuleTotal = EditionTotal;

impl Total for EditionTotal {
    async fn count(&self, ctx: &Context<'_>) -> Result<i32> {
        let session = session(ctx);
        let actor = session.actor()?;
        Ok(int(match self {
            Self::Forms(code) => session.app.count_usable::<Form>(actor, code).await?,
            Self::Workflows(code) => session.app.count_usable::<Workflow>(actor, code).await?,
            Self::Fitting(code, form) => session.app.count_fitting(actor, code, form).await?,
            Self::Rules(code) => session.app.count_usable::<OwnRule>(actor, code).await?,
        }))
    }
}

/// The workflows that an organisation can use, or those of them that fit a form.
pub async fn workflows(
    ctx: &Context<'_>,
    organisation: String,
    form: Option<String>,
    first: Option<i32>,
    after: Option<String>,
) -> Result<Connection<DefinitionEdition, EditionTotal>> {
    let (session, window) = (session(ctx), window(first, after, None, None)?);
    let actor = session.actor()?;
    let Some(form) = form else {
        let slice = session.app.list_usable::<Workflow>(actor, &organisation, &window).await?;
        return Ok(connection(slice, EditionTotal::Workflows(organisation), DefinitionEdition));
    };
    let slice = session.app.list_fitting(actor, &organisation, &form, &window).await?;
    Ok(connection(slice, EditionTotal::Fitting(organisation, form), DefinitionEdition))
}
