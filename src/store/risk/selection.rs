//! Which cases somebody's picture has: those of organisations that they oversee, and those shared with these to be
//! read; without those that they are kept from.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::{
    domain::{
        id::{AssessmentId, Identifier, OrganisationId},
        permission::Actor,
    },
    store::{
        Reader, Result,
        row::assessment::{Column, Entity},
        scope,
    },
};

/// Which cases a picture has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// All of these organisations, but for `kept`.
    pub own: Vec<OrganisationId>,
    /// These of others, which were shared.
    pub shared: Vec<AssessmentId>,
    /// Those that the actor is kept from, of either: they are counted and not shown.
    pub kept: Vec<AssessmentId>,
}

impl Reader<'_> {
    /// Which cases the picture of somebody has who oversees these organisations, as far as they belong to one of
    /// `within`; of any organisation when that is `None`.
    pub async fn selection(
        &self,
        actor: &Actor,
        overseen: &[OrganisationId],
        within: Option<&[OrganisationId]>,
    ) -> Result<Selection> {
        let uuids: Vec<Uuid> = overseen.iter().map(|id| id.uuid()).collect();
        let asked = |condition: Condition| match within {
            Some(within) => condition.add(Column::OrganisationId.is_in(within.iter().map(|id| id.uuid()))),
            None => condition,
        };
        let ids = async |condition: Condition| -> Result<Vec<AssessmentId>> {
            let found: Vec<Uuid> = Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(asked(Condition::all().add(condition)))
                .into_tuple()
                .all(&self.connection)
                .await?;
            Ok(found.into_iter().map(AssessmentId::from).collect())
        };
        let mut shared = ids(scope::shared_with(&uuids)).await?;
        let any = Condition::any()
            .add(Column::OrganisationId.is_in(uuids.iter().copied()))
            .add(scope::shared_with(&uuids));
        let kept = ids(scope::kept_from(actor).add(any)).await?;
        shared.retain(|id| !kept.contains(id));
        let mut own = overseen.to_vec();
        own.retain(|id| within.is_none_or(|within| within.contains(id)));
        Ok(Selection { own, shared, kept })
    }
}
