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
        delivery::UnreachableAddress,
        error::{Result, missing},
        leave::Leave,
        limit::{SOME, listed},
        panel::Panel,
        scalar::{Date, global},
        session::session,
        word::Word,
    },
};

/// An NHS body, council or partner.
pub enum Organisation {
    /// All of it.
    Seen(Arc<OrganisationView>),
    /// What a list of cases tells of it; the rest is read when it is asked.
    Named {
        /// Which.
        id: OrganisationId,
        /// Its name.
        name: String,
    },
}

impl Organisation {
    /// The organisation a case names.
    pub async fn named(ctx: &Context<'_>, id: OrganisationId) -> Result<Self> {
        Ok(Self::Seen(Self::find(ctx, id).await?))
    }

    async fn find(ctx: &Context<'_>, id: OrganisationId) -> Result<Arc<OrganisationView>> {
        session(ctx).find_organisation(id).await?.ok_or_else(|| missing(id.global()))
    }

    fn key(&self) -> OrganisationId {
        match self {
            Self::Seen(organisation) => organisation.id,
            Self::Named { id, .. } => *id,
        }
    }

    async fn whole(&self, ctx: &Context<'_>) -> Result<Arc<OrganisationView>> {
        match self {
            Self::Seen(organisation) => Ok(organisation.clone()),
            Self::Named { id, .. } => Self::find(ctx, *id).await,
        }
    }
}

/// An NHS body, council or partner.
#[Object]
impl Organisation {
    /// The global identifier, `organisation:..`.
    pub async fn id(&self) -> ID {
        global(self.key())
    }

    /// Its code in the NHS Organisation Data Service.
    async fn ods_code(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(self.whole(ctx).await?.ods_code.clone())
    }

    /// What it is called.
    async fn name(&self) -> &str {
        match self {
            Self::Seen(organisation) => &organisation.name,
            Self::Named { name, .. } => name,
        }
    }

    /// What kind of body it is.
    async fn kind(&self, ctx: &Context<'_>) -> Result<Word<OrganisationKind>> {
        Ok(Word(self.whole(ctx).await?.kind))
    }

    /// The day it opened.
    async fn opened(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.whole(ctx).await.map(|organisation| organisation.opened.map(Date)).transpose()
    }

    /// The day it closed.
    async fn closed(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.whole(ctx).await.map(|organisation| organisation.closed.map(Date)).transpose()
    }

    /// People of the organisation, and parties without an account in its cases, whom mail does not reach, the longest
    /// first; only for its administrators.
    #[graphql(complexity = "crate::graphql::limit::listed(crate::graphql::limit::SOME, child_complexity)")]
    async fn unreachable(&self, ctx: &Context<'_>) -> Result<Vec<UnreachableAddress>> {
        let session = session(ctx);
        let Some(actor) = session.somebody() else { return Ok(Vec::new()) };
        let found = session.app.list_unreachable(actor, self.key(), session.moment).await?;
        Ok(found.into_iter().map(UnreachableAddress).collect())
    }

    /// What succeeded it.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn successors(&self, ctx: &Context<'_>) -> Result<Vec<Organisation>> {
        Ok(Box::pin(session(ctx).app.successors(self.key()))
            .await?
            .into_iter()
            .map(|one| Organisation::Seen(Arc::new(one)))
            .collect())
    }

    /// What it succeeded.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn predecessors(&self, ctx: &Context<'_>) -> Result<Vec<Organisation>> {
        Ok(Box::pin(session(ctx).app.predecessors(self.key()))
            .await?
            .into_iter()
            .map(|one| Organisation::Seen(Arc::new(one)))
            .collect())
    }

    /// Who is away there, and who stands in for them; nobody to whoever holds no role there.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn leave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Leave that is not over on that day; today when absent.")] from: Option<Date>,
    ) -> Result<Vec<Leave>> {
        let session = session(ctx);
        let Some(actor) = session.somebody() else { return Ok(Vec::new()) };
        let from = from.map_or(session.moment.today, |day| day.0);
        let leave = Box::pin(session.app.leave_from(actor, self.key(), from)).await?;
        Ok(leave.into_iter().map(Leave).collect())
    }

    /// Its standing panels, by name; none to whoever holds no role there.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn panels(&self, ctx: &Context<'_>) -> Result<Vec<Panel>> {
        let session = session(ctx);
        let Some(actor) = session.somebody() else { return Ok(Vec::new()) };
        let panels = Box::pin(session.app.standing_panels(actor, self.key())).await?;
        Ok(panels.into_iter().map(Panel::standing).collect())
    }
}
