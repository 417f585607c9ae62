//! What other organisations may see of a case.

use async_graphql::{Context, Object};

use crate::{
    domain::{case::ShareLevel, id::OrganisationId},
    graphql::{error::Result, organisation::Organisation, word::Word},
};

/// A share.
pub struct Share {
    with: OrganisationId,
    level: ShareLevel,
}

/// What another organisation may see of a case.
#[Object]
impl Share {
    /// The organisation.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.with).await
    }

    /// How much it may see.
    async fn level(&self) -> Word<ShareLevel> {
        Word(self.level)
    }
}

impl From<(&OrganisationId, &ShareLevel)> for Share {
    fn from((with, level): (&OrganisationId, &ShareLevel)) -> Self {
        Self { with: *with, level: *level }
    }
}
