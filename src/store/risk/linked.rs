//! Which cases of a picture name others, or have an adverse impact on a group, or will react to something.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::Selection;
use crate::{
    domain::{
        id::AssessmentId,
        impact::Direction,
        risk::{Filter, Standpoint},
    },
    store::{
        Reader, Result,
        case::Noun,
        reaction::ReactionState,
        row,
        row::assessment::{Column, Entity},
    },
};

/// What of the cases of a picture is asked for.
#[derive(Clone, Copy, Debug)]
pub enum Linked<'a> {
    /// Those that name other cases or partners.
    Edges,
    /// Those with an adverse impact on one of these groups.
    Adverse(&'a [String]),
}

impl Reader<'_> {
    /// The cases of a picture that are asked for, by reference, as they stand now; one more than `most` where there are more.
    /// Groups, those of the filter too, are looked for as impacts name them, with those below them, as far as they are those of the
    /// organisations that are overseen; cases that were shared and are on groups of their organisation's own are there, too. Places
    /// are not asked. Both are held against the cases by whoever reads them.
    pub async fn linked_cases(
        &self,
        selection: &Selection,
        filter: &Filter,
        linked: Linked<'_>,
        most: u64,
    ) -> Result<Vec<AssessmentId>> {
        let which = match linked {
            Linked::Edges => Condition::all().add({
                let named = row::element::Entity::find()
                    .select_only()
                    .column(row::element::Column::AssessmentId)
                    .filter(row::element::Column::Noun.eq(Noun::Interdependency.to_sql()));
                Column::Id.in_subquery(named.into_query())
            }),
            Linked::Adverse(groups) => {
                let on = row::impact_group::Entity::find()
                    .select_only()
                    .column(row::impact_group::Column::ImpactId)
                    .filter(row::impact_group::Column::GroupCode.is_in(groups));
                let adverse = row::assessment_impact::Entity::find()
                    .select_only()
                    .column(row::assessment_impact::Column::AssessmentId)
                    .filter(row::assessment_impact::Column::Direction.eq(Direction::Negative.to_sql()))
                    .filter(row::assessment_impact::Column::Id.in_subquery(on.into_query()));
                let adverse = Column::Id.in_subquery(adverse.into_query());
                selection.or_shared(adverse, Column::OrganisationId, Column::Id)
            }
        };
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(asked(selection, filter))
            .filter(which)
            .order_by_asc(Column::Reference)
            .limit(most.saturating_add(1))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }

    /// How many reactions of the cases of a picture have not been worked through, whatever else the picture asks.
    pub async fn count_reactions_of(&self, selection: &Selection) -> Result<u64> {
        use row::reaction::Column;
        let waiting = row::reaction::Entity::find()
            .filter(Column::State.ne(ReactionState::Done.to_sql()))
            .filter(selection.has(Column::OrganisationId, Column::AssessmentId));
        Ok(waiting.count(&self.connection).await?)
    }
}

/// What a row must be to be in the picture, but for its places.
fn asked(selection: &Selection, filter: &Filter) -> Condition {
    // As what a case counts is for the ledger to say.
    let drafts = row::risk_ledger::Entity::find()
        .select_only()
        .column(row::risk_ledger::Column::AssessmentId)
        .filter(row::risk_ledger::Column::ValidTo.is_null())
        .filter(row::risk_ledger::Column::Standpoint.eq(Standpoint::Draft.to_sql()));
    let mut all = Condition::all()
        .add(selection.has(Column::OrganisationId, Column::Id))
        .add(Column::Standing.is_in(filter.standings.iter().map(|standing| standing.to_sql())))
        .add(Column::Id.not_in_subquery(drafts.into_query()));
    if !filter.groups.is_empty() {
        let on = row::impact_group::Entity::find()
            .select_only()
            .column(row::impact_group::Column::AssessmentId)
            .filter(row::impact_group::Column::GroupCode.is_in(&filter.groups));
        let on = Column::Id.in_subquery(on.into_query());
        all = all.add(selection.or_shared(on, Column::OrganisationId, Column::Id));
    }
    if !filter.service_lines.is_empty() {
        all = all.add(Column::ServiceLine.is_in(&filter.service_lines));
    }
    if !filter.programmes.is_empty() {
        all = all.add(Column::Programme.is_in(&filter.programmes));
    }
    if let Some(day) = filter.live_on {
        all = all
            .add(Condition::any().add(Column::EffectiveFrom.is_null()).add(Column::EffectiveFrom.lte(day)))
            .add(Condition::any().add(Column::EffectiveTo.is_null()).add(Column::EffectiveTo.gte(day)));
    }
    all
}
