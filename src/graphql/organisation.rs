//! Organisations: who assesses, decides and is shared with.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::{
    app::OrganisationView,
    domain::{
        id::{Identifier, OrganisationId},
        organisation::OrganisationKind,
    },
    graphql::{
        error::{Result, missing},
        scalar::{Date, global},
        session::session,
        word::Word,
    },
};

/// An NHS body, council or partner.
pub struct Organisation(pub Arc<OrganisationView>);

impl Organisation {
    /// The organisation a case names.
    pub async fn named(ctx: &Context<'_>, id: OrganisationId) -> Result<Self> {
        let found = session(ctx).find_organisation(id).await?;
        found.map(Self).ok_or_else(|| missing(id.global()))
    }
}

/// An NHS body, council or partner.
#[Object]
impl Organisation {
    /// The global identifier, `organisation:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// Its code in the NHS Organisation Data Service.
    async fn ods_code(&self) -> &str {
        &self.0.ods_code
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What kind of body it is.
    async fn kind(&self) -> Word<OrganisationKind> {
        Word(self.0.kind)
    }

    /// The day it opened.
    async fn opened(&self) -> Option<Date> {
        self.0.opened.map(Date)
    }

    /// The day it closed.
    async fn closed(&self) -> Option<Date> {
        self.0.closed.map(Date)
    }

    /// What succeeded it.
    #[graphql(complexity = "crate::graphql::limit::listed(2, child_complexity)")]
    async fn successors(&self, ctx: &Context<'_>) -> Result<Vec<Organisation>> {
        Ok(Box::pin(session(ctx).app.successors(self.0.id))
            .await?
            .into_iter()
            .map(|one| Organisation(Arc::new(one)))
            .collect())
    }

    /// What it succeeded.
    #[graphql(complexity = "crate::graphql::limit::listed(2, child_complexity)")]
    async fn predecessors(&self, ctx: &Context<'_>) -> Result<Vec<Organisation>> {
        Ok(Box::pin(session(ctx).app.predecessors(self.0.id))
            .await?
            .into_iter()
            .map(|one| Organisation(Arc::new(one)))
            .collect())
    }
}
