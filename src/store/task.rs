//! Who has to do something: derived with every save, listed for one actor.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Select,
    sea_query::{Expr, ExprTrait},
};
use uuid::Uuid;

use super::{Error, Reader, Result, Scope, Tx, case::FAR, codec, page, projection, row};
use crate::domain::{
    case::Case,
    id::{AssessmentId, Identifier, OrganisationId, PersonId},
    page::{Page, Window},
    permission::{Actor, Relation, Role},
    task::{self, Doer, TaskKind},
};

/// One thing to do, for a person, or for whoever holds a role in the case's organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// What kind of thing, `SCREAMING_SNAKE`.
    pub kind: String,
    /// For whom.
    pub person: Option<PersonId>,
    /// For whoever holds this role, when no person is named.
    pub role: Option<Role>,
    /// By when.
    pub due: Option<NaiveDate>,
    /// Why, in a sentence.
    pub reason: String,
}

impl From<task::Task> for TaskRow {
    fn from(task: task::Task) -> Self {
        let (person, role) = match task.doer {
            Doer::Person(person) => (Some(person), None),
            Doer::Role(role) => (None, Some(role)),
        };
        Self { kind: task.kind.as_str().into(), person, role, due: task.due, reason: task.reason }
    }
}

/// A task of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The case.
    pub assessment: AssessmentId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// What is to be done.
    pub task: TaskRow,
    place: i64,
}

impl Task {
    /// The cursor that stands on this task.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{}~{}~{}", self.task.due.unwrap_or(FAR), self.assessment, self.place)
    }
}

impl Tx {
    /// Writes the tasks of a case in place of those there are.
    pub(crate) async fn assign_tasks(&mut self, case: &Case, tasks: &[TaskRow], new: bool) -> Result<()> {
        let before = if new {
            Vec::new()
        } else {
            row::task::Entity::find()
                .filter(row::task::Column::AssessmentId.eq(case.id.uuid()))
                .all(&self.connection)
                .await?
        };
        projection::sync::<row::task::Entity>(before, rows(case, tasks), &self.connection).await
    }
}

/// The rows of a case's tasks, in the order shown.
pub(crate) fn rows(case: &Case, tasks: &[TaskRow]) -> Vec<row::task::Model> {
    let row = |(place, task): (i64, &TaskRow)| row::task::Model {
        assessment_id: case.id.uuid(),
        place,
        organisation_id: case.organisation.uuid(),
        kind: task.kind.clone(),
        person_id: task.person.map(Identifier::uuid),
        role: task.role.map(Role::to_sql),
        due: task.due,
        due_order: task.due.unwrap_or(FAR),
        reason: task.reason.clone(),
    };
    (0_i64..).zip(tasks).map(row).collect()
}

impl Reader<'_> {
    /// One page of what the actor has to do, the earliest due first, what has no date last.
    pub async fn list_tasks(&self, actor: &Actor, window: &Window) -> Result<Page<Task>> {
        use row::task::Column;
        let mut query = tasks(actor);
        if let Some(cursor) = &window.cursor {
            let (due, assessment, place) = parse(cursor).ok_or(Error::Cursor)?;
            query = query.filter(page::beyond(
                window,
                true,
                vec![
                    (Column::DueOrder.into_expr(), due.into()),
                    (Column::AssessmentId.into_expr(), assessment.into()),
                    (Column::Place.into_expr(), place.into()),
                ],
            ));
        }
        let direction = page::order(window, true);
        let rows = query
            .order_by(Column::DueOrder, direction.clone())
            .order_by(Column::AssessmentId, direction.clone())
            .order_by(Column::Place, direction)
            .limit(page::limit(window))
            .all(&self.connection)
            .await?;
        let tasks = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, tasks))
    }

    /// How many cases of the organisation await something of these kinds from each of these people.
    pub async fn load(
        &self,
        organisation: OrganisationId,
        people: &[PersonId],
        kinds: &[task::TaskKind],
    ) -> Result<BTreeMap<PersonId, usize>> {
        use row::task::{Column, Entity};
        let found: Vec<(Uuid, i64)> = Entity::find()
            .select_only()
            .column(Column::PersonId)
            .column_as(Column::AssessmentId.count(), "cases")
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::PersonId.is_in(people.iter().map(|person| person.uuid())))
            .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
            .group_by(Column::PersonId)
            .into_tuple()
            .all(&self.connection)
            .await?;
        let load =
            found.into_iter().map(|(person, cases)| (person.into(), usize::try_from(cases).unwrap_or(0)));
        Ok(load.collect())
    }

    /// The cases of an organisation in which somebody is to do something of this kind.
    pub async fn waiting_for(
        &self,
        organisation: OrganisationId,
        kind: task::TaskKind,
    ) -> Result<Vec<AssessmentId>> {
        use row::task::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::AssessmentId)
            .distinct()
            .filter(Column::OrganisationId.eq(organisation.uuid()))
            .filter(Column::Kind.eq(kind.as_str()))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(AssessmentId::from).collect())
    }

    /// How much the actor has to do.
    pub async fn count_tasks(&self, actor: &Actor) -> Result<u64> {
        Ok(tasks(actor).count(&self.connection).await?)
    }
}

/// Of a task that waits for a role and what somebody is to its case: that they do not do it, because the proposal is their
/// own or an interest keeps them from it. As [`crate::domain::permission::permit`] has it.
pub(crate) fn kept_out() -> Condition {
    use row::{involvement, task::Column};
    let is = |relations: &[Relation]| {
        involvement::Column::Relation.is_in(relations.iter().map(|relation| relation.to_sql()))
    };
    let judging = [TaskKind::Conclude, TaskKind::JudgeMateriality, TaskKind::Ratify, TaskKind::AnswerRefusal];
    let judging = Column::Kind.is_in(judging.map(|kind| kind.as_str()));
    // An executive SRO may sit on the deciding body.
    let other = Column::Kind.ne(TaskKind::RecordDecision.as_str());
    Condition::any()
        .add(is(&[Relation::Author, Relation::Contributor, Relation::Withdrawn]))
        .add(Condition::all().add(is(&[Relation::Sro])).add(other))
        .add(Condition::all().add(is(&[Relation::NotVoting])).add(judging))
}

fn tasks(actor: &Actor) -> Select<row::task::Entity> {
    use row::{involvement, task::Column};
    let kept_out = involvement::Entity::find()
        .select_only()
        .column(involvement::Column::AssessmentId)
        .filter(
            Expr::col((involvement::Entity, involvement::Column::AssessmentId))
                .equals((row::task::Entity, Column::AssessmentId)),
        )
        .filter(involvement::Column::PersonId.eq(actor.person.uuid()))
        .filter(kept_out());
    let kept_out = Expr::exists(kept_out.into_query());
    let mut mine = Condition::any().add(Column::PersonId.eq(actor.person.uuid()));
    for (organisation, role) in actor.roles() {
        mine = mine.add(
            Condition::all()
                .add(Column::PersonId.is_null())
                .add(Column::OrganisationId.eq(organisation.uuid()))
                .add(Column::Role.eq(role.to_sql()))
                .add(kept_out.clone().not()),
        );
    }
    // A person named in a case of an organisation they have left is not told of it.
    let seen = row::assessment::Entity::find()
        .select_only()
        .column(row::assessment::Column::Id)
        .filter(Scope::SeeStub(actor).condition());
    row::task::Entity::find().filter(mine).filter(Column::AssessmentId.in_subquery(seen.into_query()))
}

fn parse(cursor: &str) -> Option<(NaiveDate, Uuid, i64)> {
    let mut parts = cursor.splitn(3, '~');
    Some((parts.next()?.parse().ok()?, Uuid::try_parse(parts.next()?).ok()?, parts.next()?.parse().ok()?))
}

fn read(row: row::task::Model) -> Result<Task> {
    Ok(Task {
        assessment: row.assessment_id.into(),
        organisation: row.organisation_id.into(),
        task: TaskRow {
            role: match &row.role {
                Some(role) => Some(codec::word!(Role, "task", row.assessment_id, role)?),
                None => None,
            },
            kind: row.kind,
            person: row.person_id.map(PersonId::from),
            due: row.due,
            reason: row.reason,
        },
        place: row.place,
    })
}
