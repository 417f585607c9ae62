//! Who has to do something: derived with every save, listed for one actor.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, IntoSimpleExpr, Iterable,
    QueryFilter, QuerySelect, QueryTrait,
    sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::{Error, Reader, Result, Tx, case::FAR, codec, page, projection, row, scope};
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
    /// One page of what the actor has to do, the earliest due first, what has no date last; what is for its day alone, once
    /// that is near. A person named in a case of an organisation they have left is not told of it.
    pub async fn list_tasks(&self, actor: &Actor, window: &Window, today: NaiveDate) -> Result<Page<Task>> {
        use row::task::{Column, Entity};
        let beyond = match &window.cursor {
            Some(cursor) => {
                let (due, assessment, place) = parse(cursor).ok_or(Error::Cursor)?;
                let values = [due.into(), assessment.into(), place.into()];
                page::beyond(
                    window,
                    true,
                    ORDER.map(IntoSimpleExpr::into_simple_expr).into_iter().zip(values).collect(),
                )
            }
            None => Condition::all(),
        };
        let direction = page::order(window, true);
        let paged = |query: &mut SelectStatement| {
            for column in ORDER {
                query.order_by((Entity, column), direction.clone());
            }
            query.limit(page::limit(window)).take()
        };
        // One page of what waits for each, and of those together the page.
        let parts = doers(actor).into_iter().map(|doer| {
            let known = scope::known(actor, Column::OrganisationId, Column::AssessmentId);
            let come = come(&TaskKind::ON_THEIR_DAY, today);
            let part = Entity::find().filter(doer.waiting()).filter(come).filter(known);
            let mut part = part.filter(beyond.clone()).into_query();
            if matches!(doer, Waits::Role(..)) {
                part.and_where(not_theirs(actor).not());
            }
            Query::select().column(Asterisk).from_subquery(paged(&mut part), "part").take()
        });
        let Some(together) = parts.reduce(|mut all, part| all.union(UnionType::All, part).take()) else {
            return Ok(page::page(window, Vec::new()));
        };
        let columns = row::task::Column::iter().map(|column| (Entity, column));
        let mut query = Query::select().columns(columns).from_subquery(together, Entity).take();
        let statement = page::statement(self.connection.get_database_backend(), &paged(&mut query));
        let rows = row::task::Model::find_by_statement(statement).all(&self.connection).await?;
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

    /// How much the actor has to do: what waits for each, less the little of what waits for their roles that they do not do.
    pub async fn count_tasks(&self, actor: &Actor, today: NaiveDate) -> Result<u64> {
        use row::{
            involvement,
            task::{Column, Entity},
        };
        let count = |waiting: Condition| {
            let known = scope::known(actor, Column::OrganisationId, Column::AssessmentId);
            let count = Entity::find().select_only().column_as(Expr::val(1).count(), "count");
            count.filter(waiting).filter(come(&TaskKind::ON_THEIR_DAY, today)).filter(known)
        };
        let doers = doers(actor);
        let waiting = doers.iter().map(|doer| count(doer.waiting()).into_query());
        let theirs = involvement::Entity::find()
            .select_only()
            .column(involvement::Column::AssessmentId)
            .filter(involvement::Column::PersonId.eq(actor.person.uuid()));
        let of_roles = doers.iter().filter(|doer| matches!(doer, Waits::Role(..)));
        let of_roles = of_roles.map(Waits::waiting).fold(Condition::any(), Condition::add);
        let without = (doers.len() > 1).then(|| {
            count(of_roles)
                .filter(Column::AssessmentId.in_subquery(theirs.into_query()))
                .filter(not_theirs(actor))
                .into_query()
        });
        let Some(all) = waiting.chain(without).reduce(|mut all, one| all.union(UnionType::All, one).take())
        else {
            return Ok(0);
        };
        let counts = self.connection.query_all(&all).await?;
        let counts =
            counts.iter().map(|row| row.try_get_by_index::<i64>(0)).collect::<Result<Vec<_>, _>>()?;
        let (waiting, without) = counts.split_at(doers.len());
        Ok(waiting.iter().sum::<i64>().saturating_sub(without.iter().sum()).unsigned_abs())
    }
}

/// What a page of tasks is ordered by.
const ORDER: [row::task::Column; 3] =
    [row::task::Column::DueOrder, row::task::Column::AssessmentId, row::task::Column::Place];

/// For whom a task waits. An index has what waits for each in the order of pages.
enum Waits {
    Person(PersonId),
    Role(OrganisationId, Role),
}

impl Waits {
    fn waiting(&self) -> Condition {
        use row::task::Column;
        let all = Condition::all();
        match self {
            Self::Person(person) => all.add(Column::PersonId.eq(person.uuid())),
            // What waits for a role names nobody.
            Self::Role(organisation, role) => {
                all.add(Column::OrganisationId.eq(organisation.uuid())).add(Column::Role.eq(role.to_sql()))
            }
        }
    }
}

/// As what tasks wait for an actor: themself first, and each of their roles once.
fn doers(actor: &Actor) -> Vec<Waits> {
    let roles: BTreeSet<(OrganisationId, Role)> = actor.roles().collect();
    let roles = roles.into_iter().map(|(organisation, role)| Waits::Role(organisation, role));
    [Waits::Person(actor.person)].into_iter().chain(roles).collect()
}

/// That a task is of none of these kinds, or its day is near today; what has no day is.
pub(crate) fn come(kinds: &[TaskKind], today: NaiveDate) -> Condition {
    use row::task::Column;
    Condition::any()
        .add(Column::DueOrder.lte(task::near(today)))
        .add(Column::Due.is_null())
        .add(Column::Kind.is_not_in(kinds.iter().map(|kind| kind.as_str())))
}

/// Of a task that waits for a role and what somebody is to its case: that they do not do it, because the proposal is their
/// own, an interest keeps them from it, or they sit on its panel and never said whether one does. As [`crate::domain::permission::permit`] has it.
pub(crate) fn kept_out() -> Condition {
    use row::{involvement, task::Column};
    let is = |relations: &[Relation]| {
        involvement::Column::Relation.is_in(relations.iter().map(|relation| relation.to_sql()))
    };
    let judging = [
        TaskKind::Conclude,
        TaskKind::AnswerInterest,
        TaskKind::JudgeMateriality,
        TaskKind::Ratify,
        TaskKind::AnswerRefusal,
    ];
    let judging = Column::Kind.is_in(judging.map(TaskKind::as_str));
    // An executive SRO may sit on the deciding body.
    let other = Column::Kind.ne(TaskKind::RecordDecision.as_str());
    Condition::any()
        .add(is(&[Relation::Author, Relation::Contributor, Relation::Undeclared, Relation::Withdrawn]))
        .add(Condition::all().add(is(&[Relation::Sro])).add(other))
        .add(Condition::all().add(is(&[Relation::NotVoting])).add(judging))
}

/// The actor does not do the task though it waits for a role of theirs.
fn not_theirs(actor: &Actor) -> Expr {
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
    Expr::exists(kept_out.into_query())
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
