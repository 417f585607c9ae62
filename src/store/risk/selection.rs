//! Which cases somebody's picture has: those of organisations that they oversee, and those shared with these to be
//! read; without those that they are kept from.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, sea_query::SimpleExpr,
};
use uuid::Uuid;

use crate::{
    domain::{
        group::Catalogue,
        id::{AssessmentId, Identifier, OrganisationId},
        permission::Actor,
    },
    store::{
        Reader, Result, Scope,
        row::{
            assessment::{Column, Entity},
            impact_group,
        },
        scope,
    },
};

/// Which cases a picture has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// All of these organisations, but for `kept`.
    pub own: Vec<OrganisationId>,
    /// These of others, which were shared with those that are overseen. There may be more than a statement can name: rows are
    /// asked by [`Selection::is_shared`].
    pub shared: HashSet<AssessmentId>,
    /// Those that the actor is kept from, of either: they are counted and not shown.
    pub kept: Vec<AssessmentId>,
    /// The organisations that are overseen, asked for or not.
    overseen: Vec<OrganisationId>,
    /// Of which organisations cases are asked for; of any when that is `None`.
    within: Option<Vec<OrganisationId>>,
}

impl Selection {
    /// All cases of these organisations and no others.
    #[must_use]
    pub fn whole(own: Vec<OrganisationId>) -> Self {
        Self { own, ..Self::default() }
    }

    /// What a row that names a case and its organisation must be to be of one that was shared, kept from the actor or not.
    pub(super) fn is_shared<C: ColumnTrait>(&self, organisation: C, case: C) -> Condition {
        let shared = scope::shared_with(&uuids(&self.overseen), organisation, case);
        match &self.within {
            Some(within) => shared.add(organisation.is_in(uuids(within))),
            None => shared,
        }
    }

    /// What is on certain groups, or may be: what lies within which is for the organisation of a case to say, and those of cases
    /// that were shared are not asked. Of these all are there that name a group which does not ship.
    pub(super) fn or_shared<C: ColumnTrait>(&self, on: SimpleExpr, organisation: C, case: C) -> Condition {
        let any = Condition::any().add(on);
        if self.shared.is_empty() {
            return any;
        }
        let shipped = Catalogue::shipped();
        let own = impact_group::Entity::find()
            .select_only()
            .column(impact_group::Column::AssessmentId)
            .filter(impact_group::Column::GroupCode.is_not_in(shipped.iter().map(|group| &group.code)));
        any.add(self.is_shared(organisation, case).add(case.in_subquery(own.into_query())))
    }

    /// The same of one that the picture has, in parts that have no row in common: each is led to by an index of its own.
    pub(super) fn parts<C: ColumnTrait>(&self, organisation: C, case: C) -> Vec<Condition> {
        let mut parts = vec![Condition::all().add(organisation.is_in(uuids(&self.own)))];
        if !self.shared.is_empty() {
            parts.push(self.is_shared(organisation, case));
        }
        let kept = self.kept.iter().map(|id| id.uuid());
        if !self.kept.is_empty() {
            parts = parts.into_iter().map(|part| part.add(case.is_not_in(kept.clone()))).collect();
        }
        parts
    }

    /// The same in one.
    pub(super) fn has<C: ColumnTrait>(&self, organisation: C, case: C) -> Condition {
        self.parts(organisation, case).into_iter().fold(Condition::any(), Condition::add)
    }
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
        let mut own = overseen.to_vec();
        own.retain(|id| within.is_none_or(|within| within.contains(id)));
        let mut selection = Selection {
            own,
            overseen: overseen.to_vec(),
            within: within.map(<[OrganisationId]>::to_vec),
            ..Selection::default()
        };
        let is_shared = || selection.is_shared(Column::OrganisationId, Column::Id);
        let shared = self.chosen(is_shared()).await?;
        let any = Condition::any().add(Column::OrganisationId.is_in(uuids(&selection.own))).add(is_shared());
        let kept = self.chosen(scope::kept_from(actor).add(any)).await?;
        selection.shared = shared.into_iter().filter(|id| !kept.contains(id)).collect();
        selection.kept = kept;
        Ok(selection)
    }

    /// The cases of an organisation that the actor is kept from.
    pub async fn kept_in(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
    ) -> Result<HashSet<AssessmentId>> {
        let kept = scope::kept_from(actor).add(Column::OrganisationId.eq(organisation.uuid()));
        Ok(self.chosen(kept).await?.into_iter().collect())
    }

    /// Those of the shared cases of a selection that the actor may not read all the same.
    pub async fn unreadable(&self, actor: &Actor, selection: &Selection) -> Result<HashSet<AssessmentId>> {
        let mut unreadable = selection.shared.clone();
        if !unreadable.is_empty() {
            let shared = selection.is_shared(Column::OrganisationId, Column::Id);
            for readable in self.chosen(shared.add(Scope::Read(actor).condition())).await? {
                unreadable.remove(&readable);
            }
        }
        Ok(unreadable)
    }

    async fn chosen(&self, which: Condition) -> Result<Vec<AssessmentId>> {
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(which)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }
}

fn uuids(ids: &[OrganisationId]) -> Vec<Uuid> {
    ids.iter().map(|id| id.uuid()).collect()
}
