//! The rows that lists, permission and node look-ups ask, derived from a case.

use std::{
    collections::{BTreeMap, HashSet},
    hash::Hash,
};

use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn, QueryFilter,
};
use uuid::Uuid;

use super::{Result, case::Noun, row};
use crate::domain::{
    case::{Case, ShareLevel},
    id::{AssessmentId, Identifier, PersonId},
    interdependency::InterdependencyKind,
    permission::Relation,
    review::Interest,
    risk::graph,
};

/// Everything derived from one case, by table.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) impacts: Vec<row::assessment_impact::Model>,
    pub(crate) groups: Vec<row::impact_group::Model>,
    pub(crate) areas: Vec<row::assessment_area::Model>,
    pub(crate) elements: Vec<row::element::Model>,
    pub(crate) involvements: Vec<row::involvement::Model>,
    pub(crate) shares: Vec<row::assessment_share::Model>,
    pub(crate) reliances: Vec<row::reliance::Model>,
    pub(crate) interdependencies: Vec<row::interdependency::Model>,
    pub(crate) screening_days: Vec<row::screening_day::Model>,
}

impl Rows {
    pub(crate) fn of(case: &Case) -> Self {
        Self {
            impacts: impacts(case),
            groups: groups(case),
            areas: areas(case),
            elements: elements(case),
            involvements: involvements(case),
            shares: shares(case),
            reliances: reliances(case),
            interdependencies: interdependencies(case),
            screening_days: screening_days(case),
        }
    }

    /// Turns these rows into those: rows that stay as they are, are not written.
    pub(crate) async fn becomes(self, after: Self, tx: &DatabaseTransaction) -> Result<()> {
        sync::<row::assessment_impact::Entity>(self.impacts, after.impacts, tx).await?;
        sync::<row::impact_group::Entity>(self.groups, after.groups, tx).await?;
        sync::<row::assessment_area::Entity>(self.areas, after.areas, tx).await?;
        sync::<row::element::Entity>(self.elements, after.elements, tx).await?;
        sync::<row::involvement::Entity>(self.involvements, after.involvements, tx).await?;
        sync::<row::assessment_share::Entity>(self.shares, after.shares, tx).await?;
        sync::<row::reliance::Entity>(self.reliances, after.reliances, tx).await?;
        sync::<row::interdependency::Entity>(self.interdependencies, after.interdependencies, tx).await?;
        sync::<row::screening_day::Entity>(self.screening_days, after.screening_days, tx).await
    }
}

/// Deletes everything derived from a case.
pub(crate) async fn clear(case: AssessmentId, tx: &DatabaseTransaction) -> Result<()> {
    macro_rules! clear {
        ($($table:ident),+) => { $(
            row::$table::Entity::delete_many()
                .filter(row::$table::Column::AssessmentId.eq(case.uuid()))
                .exec(tx)
                .await?;
        )+ };
    }
    clear!(
        assessment_impact,
        impact_group,
        assessment_area,
        element,
        involvement,
        assessment_share,
        assessment_search,
        reliance,
        interdependency,
        screening_day
    );
    Ok(())
}

/// Deletes the rows that are only in `before` and inserts those only in `after`. A row that changed is deleted
/// and inserted, so nothing may refer to these tables.
pub(crate) async fn sync<E>(
    before: Vec<E::Model>,
    after: Vec<E::Model>,
    tx: &DatabaseTransaction,
) -> Result<()>
where
    E: EntityTrait,
    E::Model: Eq + Hash + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let kept: HashSet<&E::Model> = after.iter().collect();
    let gone: Vec<&E::Model> = before.iter().filter(|row| !kept.contains(row)).collect();
    for some in gone.chunks(AT_ONCE) {
        let mut any = Condition::any();
        for row in some {
            let mut key = Condition::all();
            for part in E::PrimaryKey::iter() {
                let column = part.into_column();
                key = key.add(column.eq(row.get(column)));
            }
            any = any.add(key);
        }
        E::delete_many().filter(any).exec(tx).await?;
    }
    let there: HashSet<&E::Model> = before.iter().collect();
    let new: Vec<&E::Model> = after.iter().filter(|row| !there.contains(row)).collect();
    for some in new.chunks(AT_ONCE) {
        let rows = some.iter().map(|row| (*row).clone().into_active_model());
        E::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Rows in one statement: SQLite bounds the depth of a condition (1,000) and both bound the parameters.
pub(crate) const AT_ONCE: usize = 200;

fn impacts(case: &Case) -> Vec<row::assessment_impact::Model> {
    let rows = case.content.impacts.iter().map(|impact| {
        let current = case.current(impact.id);
        let row = row::assessment_impact::Model {
            assessment_id: case.id.uuid(),
            id: impact.id.uuid(),
            organisation_id: case.organisation.uuid(),
            direction: impact.direction.to_sql(),
            initial_likelihood: impact.initial.map(|rating| rating.likelihood.into()),
            initial_consequence: impact.initial.map(|rating| rating.consequence.into()),
            current_likelihood: current.map(|rating| rating.likelihood.into()),
            current_consequence: current.map(|rating| rating.consequence.into()),
            target_likelihood: impact.target.map(|rating| rating.likelihood.into()),
            target_consequence: impact.target.map(|rating| rating.consequence.into()),
            reach_low: impact.reach.as_ref().map(|reach| reach.low.into()),
            reach_high: impact.reach.as_ref().and_then(|reach| reach.high).map(Into::into),
        };
        (row.id, row)
    });
    distinct(rows)
}

fn groups(case: &Case) -> Vec<row::impact_group::Model> {
    let rows = case.content.impacts.iter().flat_map(|impact| {
        impact.groups.iter().map(|group| {
            let row = row::impact_group::Model {
                assessment_id: case.id.uuid(),
                impact_id: impact.id.uuid(),
                group_code: group.clone(),
                organisation_id: case.organisation.uuid(),
            };
            ((row.impact_id, row.group_code.clone()), row)
        })
    });
    distinct(rows)
}

fn areas(case: &Case) -> Vec<row::assessment_area::Model> {
    let rows = case.content.proposal.footprint.iter().map(|area| {
        let row = row::assessment_area::Model {
            assessment_id: case.id.uuid(),
            area_code: area.clone(),
            organisation_id: case.organisation.uuid(),
        };
        (area.clone(), row)
    });
    distinct(rows)
}

fn elements(case: &Case) -> Vec<row::element::Model> {
    fn of<'a, T: 'a, I: Identifier>(
        noun: Noun,
        list: impl IntoIterator<Item = &'a T>,
        id: impl Fn(&T) -> I,
    ) -> Vec<(Noun, Uuid)> {
        list.into_iter().map(|element| (noun, id(element).uuid())).collect()
    }
    let (content, process) = (&case.content, &case.process);
    let all = [
        of(Noun::Impact, &content.impacts, |element| element.id),
        of(Noun::Evidence, &content.evidence, |element| element.id),
        of(Noun::Engagement, &content.engagement, |element| element.id),
        of(Noun::Mitigation, &content.mitigations, |element| element.id),
        of(Noun::Interdependency, &content.interdependencies, |element| element.id),
        of(Noun::Review, &process.reviews, |element| element.id),
        of(Noun::Outcome, &process.outcomes, |element| element.id),
        of(Noun::Decision, &process.decisions, |element| element.id),
        of(Noun::Condition, &process.conditions, |element| element.id),
        of(Noun::Panel, process.panel.as_ref(), |element| element.id),
    ];
    distinct(all.into_iter().flatten().map(|(noun, id)| {
        let row = row::element::Model {
            id,
            noun: noun.to_sql(),
            assessment_id: case.id.uuid(),
            organisation_id: case.organisation.uuid(),
        };
        (id, row)
    }))
}

/// Who is what to the case, as [`crate::domain::permission::relation`] reads it; whether they belong to an
/// organisation that may see it is asked when it is read.
fn involvements(case: &Case) -> Vec<row::involvement::Model> {
    let mut of: Vec<(PersonId, Relation)> = vec![(case.author, Relation::Author)];
    of.extend(case.content.contributors.iter().map(|person| (*person, Relation::Contributor)));
    of.extend(case.content.sro.iter().filter_map(|sro| sro.person).map(|person| (person, Relation::Sro)));
    // Somebody with two seats is what the first of them says.
    let mut seated = Vec::new();
    for member in case.process.panel.iter().flat_map(|panel| &panel.members) {
        if seated.contains(&member.person) {
            continue;
        }
        seated.push(member.person);
        let relation = match member.interest {
            Interest::Undeclared => Relation::Undeclared,
            Interest::None | Interest::DeclaredNoted => Relation::Declared,
            Interest::DeclaredNotVoting => Relation::NotVoting,
            Interest::Withdrawn => Relation::Withdrawn,
        };
        of.push((member.person, relation));
    }
    // Whoever withdrew stays out when they are taken off the panel.
    let left = case.process.interests.iter().filter(|(person, _)| !seated.contains(*person));
    let withdrawn = left.filter(|(_, declared)| declared.interest == Interest::Withdrawn);
    of.extend(withdrawn.map(|(person, _)| (*person, Relation::Withdrawn)));
    let owners = case.content.mitigations.iter().filter_map(|mitigation| mitigation.owner.as_ref());
    let responsible =
        case.process.conditions.iter().flat_map(|condition| [&condition.owner, &condition.verifier]);
    of.extend(owners.chain(responsible).filter_map(|party| party.person).map(|p| (p, Relation::Named)));
    distinct(of.into_iter().map(|(person, relation)| {
        let row = row::involvement::Model {
            assessment_id: case.id.uuid(),
            person_id: person.uuid(),
            relation: relation.to_sql(),
            organisation_id: case.organisation.uuid(),
        };
        ((row.person_id, row.relation.clone()), row)
    }))
}

fn shares(case: &Case) -> Vec<row::assessment_share::Model> {
    let rows = case.shares.iter().filter(|(_, level)| **level != ShareLevel::None);
    rows.map(|(organisation, level)| row::assessment_share::Model {
        assessment_id: case.id.uuid(),
        organisation_id: organisation.uuid(),
        level: level.to_sql(),
    })
    .collect()
}

fn reliances(case: &Case) -> Vec<row::reliance::Model> {
    let edges =
        case.content.interdependencies.iter().filter(|edge| edge.kind == InterdependencyKind::ReliesOn);
    distinct(edges.filter_map(|edge| {
        let row = row::reliance::Model {
            assessment_id: case.id.uuid(),
            interdependency_id: edge.id.uuid(),
            organisation_id: case.organisation.uuid(),
            target_id: edge.target?.uuid(),
            holds: case.process.holds.get(&edge.id).copied(),
        };
        Some((row.interdependency_id, row))
    }))
}

/// One row of every edge, so that it is known of which cases they were written.
pub(crate) fn interdependencies(case: &Case) -> Vec<row::interdependency::Model> {
    distinct(case.content.interdependencies.iter().map(|edge| {
        let row = row::interdependency::Model {
            assessment_id: case.id.uuid(),
            interdependency_id: edge.id.uuid(),
            organisation_id: case.organisation.uuid(),
            rests_on: graph::Reliance::confirmed(edge).map(|reliance| reliance.digest()),
        };
        (row.interdependency_id, row)
    }))
}

fn screening_days(case: &Case) -> Vec<row::screening_day::Model> {
    let (assessment_id, organisation_id) = (case.id.uuid(), case.organisation.uuid());
    let days = case.process.screening_days().into_iter();
    days.map(|day| row::screening_day::Model { assessment_id, day, organisation_id }).collect()
}

/// One row a key; the last counts.
fn distinct<K: Ord, R>(rows: impl IntoIterator<Item = (K, R)>) -> Vec<R> {
    rows.into_iter().collect::<BTreeMap<K, R>>().into_values().collect()
}
