//! What people are written once a day: whose turn it is, what they still owe, and what was kept for their digest.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait,
    sea_query::{
        Alias, Expr, ExprTrait, IntoIden, Order, OverStatement, Query, SelectStatement, SimpleExpr,
        WindowStatement,
    },
};
use uuid::Uuid;

use super::{
    Result, Store, Tx, codec,
    outbox::{self, Message, MessageState},
    person::live,
    row,
    task::{self, TaskRow},
};
use crate::{
    domain::{
        case::ShareLevel,
        id::{AssessmentId, Identifier, OrganisationId, OutboxId, PersonId},
        permission::{Grant, Role},
        preference,
        task::TaskKind,
    },
    store::Reader,
};

crate::domain::words! {
    /// What somebody is written at most once a day.
    DailyKind {
        /// The digest.
        DailyDigest = "DAILY_DIGEST",
        /// That mail does not reach somebody.
        AddressFailed = "ADDRESS_FAILED",
    }
}

/// What a person still owes: the first of it, and how much there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// The first, the earliest due first, what has no date last.
    pub tasks: Vec<OwedTask>,
    /// How many there are in all.
    pub total: u64,
}

/// Tasks that people do not do though they hold the role, by person, organisation and role: case and place of each.
type KeptOut = HashMap<(PersonId, Uuid, String), BTreeSet<(Uuid, i64)>>;

/// A task with what its line in a digest says of its case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwedTask {
    /// The case.
    pub assessment: AssessmentId,
    /// The case's reference.
    pub reference: String,
    /// The case's title.
    pub title: String,
    /// The day by which an open re-examination of it must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// What is to be done.
    pub task: TaskRow,
    order: (NaiveDate, Uuid, i64),
}

impl Reader<'_> {
    /// People whose hour of the daily digest has come and whose digest of that day was not looked at yet, at most
    /// `limit`.
    pub async fn awaiting_digest(&self, today: NaiveDate, hour: u32, limit: u64) -> Result<Vec<PersonId>> {
        use row::person::Column;
        let seen = row::daily_mail::Entity::find()
            .select_only()
            .column(row::daily_mail::Column::PersonId)
            .filter(row::daily_mail::Column::Kind.eq(DailyKind::DailyDigest.to_sql()))
            .filter(row::daily_mail::Column::Day.eq(today));
        let mut come = Condition::any().add(Column::DigestHour.lte(i64::from(hour)));
        if u32::from(preference::HOUR) <= hour {
            come = come.add(Column::DigestHour.is_null());
        }
        let found: Vec<Uuid> = row::person::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::DisabledAt.is_null())
            .filter(come)
            .filter(Column::Id.not_in_subquery(seen.into_query()))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(PersonId::from).collect())
    }

    /// What these people owe, at most `most` tasks of each, whom they are named in or whose role they hold; what is followed
    /// up for months once its day is near. Two statements, however many people.
    pub async fn owed(
        &self,
        grants: &HashMap<PersonId, Vec<Grant>>,
        today: NaiveDate,
        most: u32,
    ) -> Result<HashMap<PersonId, Owed>> {
        let mut owed: HashMap<PersonId, Owed> = HashMap::new();
        let people: Vec<Uuid> = grants.keys().map(|person| person.uuid()).collect();
        let come = || task::come(&TaskKind::FOLLOWED_UP, today);
        for row in
            self.ranked(named(&people, today).add(come()), &[row::task::Column::PersonId], most).await?
        {
            let person: Uuid = row.try_get("", "person_id")?;
            let own = owed.entry(person.into()).or_default();
            own.tasks.push(read(&row)?);
            own.total = total(&row)?;
        }
        // What waits for a role waits for everybody who holds it: it is read once.
        let roles: BTreeSet<(OrganisationId, Role)> =
            grants.values().flatten().map(|grant| (grant.organisation, grant.role)).collect();
        let mut of_roles: HashMap<(Uuid, String), Owed> = HashMap::new();
        if !roles.is_empty() {
            let by = [row::task::Column::OrganisationId, row::task::Column::Role];
            for row in self.ranked(held_roles(&roles).add(come()), &by, most).await? {
                let key = (row.try_get("", "organisation_id")?, row.try_get("", "role")?);
                let own = of_roles.entry(key).or_default();
                own.tasks.push(read(&row)?);
                own.total = total(&row)?;
            }
        }
        let kept_out =
            if of_roles.is_empty() { HashMap::new() } else { self.kept_out(grants, come()).await? };
        let nothing = BTreeSet::new();
        for (person, grants) in grants {
            for grant in grants {
                let key = (grant.organisation.uuid(), grant.role.to_sql());
                if let Some(shared) = of_roles.get(&key) {
                    let own = owed.entry(*person).or_default();
                    let not_theirs = kept_out.get(&(*person, key.0, key.1)).unwrap_or(&nothing);
                    let theirs = shared.tasks.iter();
                    let theirs =
                        theirs.filter(|task| !not_theirs.contains(&(task.assessment.uuid(), task.order.2)));
                    own.tasks.extend(theirs.cloned());
                    own.total += shared.total.saturating_sub(not_theirs.len() as u64);
                }
            }
        }
        for own in owed.values_mut() {
            own.tasks.sort_by_key(|task| task.order);
            own.tasks.truncate(most as usize);
        }
        Ok(owed)
    }

    /// The tasks of their roles that people do not do, by person, organisation and role: case and place of each.
    async fn kept_out(&self, grants: &HashMap<PersonId, Vec<Grant>>, come: Condition) -> Result<KeptOut> {
        use row::{
            involvement,
            task::{Column, Entity},
        };
        let writes = [Role::Author, Role::Sro, Role::Reviewer];
        let acting = grants.iter().filter(|(_, grants)| grants.iter().any(|one| !writes.contains(&one.role)));
        let people: Vec<Uuid> = acting.map(|(person, _)| person.uuid()).collect();
        let columns = [Column::AssessmentId, Column::Place, Column::OrganisationId, Column::Role];
        let query = Query::select()
            .columns(columns.map(|column| (Entity, column)))
            .column((involvement::Entity, involvement::Column::PersonId))
            .from(Entity)
            .inner_join(
                involvement::Entity,
                Expr::col((involvement::Entity, involvement::Column::AssessmentId))
                    .equals((Entity, Column::AssessmentId)),
            )
            .cond_where(
                Condition::all()
                    .add(Column::PersonId.is_null())
                    .add(involvement::Column::PersonId.is_in(people))
                    .add(come)
                    .add(task::kept_out()),
            )
            .take();
        let mut kept_out = KeptOut::new();
        for row in self.connection.query_all(&query).await? {
            let person: Uuid = row.try_get("", "person_id")?;
            let key = (person.into(), row.try_get("", "organisation_id")?, row.try_get("", "role")?);
            let task = (row.try_get("", "assessment_id")?, row.try_get("", "place")?);
            kept_out.entry(key).or_default().insert(task);
        }
        Ok(kept_out)
    }

    /// The first `most` tasks of each group, with how many the group has, and the case of each.
    async fn ranked(
        &self,
        of: Condition,
        group: &[row::task::Column],
        most: u32,
    ) -> Result<Vec<QueryResult>> {
        use row::{
            assessment,
            task::{Column, Entity},
        };
        let (ranked, place, total) = (Alias::new("ranked"), Alias::new("rank"), Alias::new("total"));
        let window = || {
            let mut window = WindowStatement::new();
            for column in group {
                window.add_partition_by(Expr::col((Entity, *column)));
            }
            window
        };
        let mut first = window();
        for column in [Column::DueOrder, Column::AssessmentId, Column::Place] {
            first.order_by(column, Order::Asc);
        }
        let columns = [
            Column::AssessmentId,
            Column::Place,
            Column::OrganisationId,
            Column::Kind,
            Column::PersonId,
            Column::Role,
            Column::Due,
            Column::DueOrder,
            Column::Reason,
        ];
        // Neither has a name in the query builder.
        let inner = Query::select()
            .columns(columns.map(|column| (Entity, column)))
            .expr_window_as(Expr::cust("ROW_NUMBER()"), first, place.clone())
            .expr_window_as(Expr::cust("COUNT(*)"), window(), total.clone())
            .from(Entity)
            .cond_where(of)
            .take();
        let outer = Query::select()
            .columns(columns.map(|column| (ranked.clone().into_iden(), column.into_iden())))
            .column((ranked.clone(), total))
            .column((assessment::Entity, assessment::Column::Reference))
            .column((assessment::Entity, assessment::Column::Title))
            .column((assessment::Entity, assessment::Column::ReexaminationDue))
            .from_subquery(inner, ranked.clone())
            .inner_join(
                assessment::Entity,
                Expr::col((assessment::Entity, assessment::Column::Id))
                    .equals((ranked.clone(), Column::AssessmentId)),
            )
            .and_where(Expr::col((ranked, place)).lte(i64::from(most)))
            .take();
        Ok(self.connection.query_all(&outer).await?)
    }

    /// What was kept for the digests of these people, the oldest first, at most `most` of each.
    pub async fn held(&self, people: &[PersonId], most: u32) -> Result<Vec<Message>> {
        use row::outbox_message::{Column, Entity};
        let (ranked, place) = (Alias::new("ranked"), Alias::new("rank"));
        let mut window = WindowStatement::partition_by(Column::RecipientId);
        window.order_by(Column::CreatedAt, Order::Asc).order_by(Column::Id, Order::Asc);
        let inner = Query::select()
            .column(Column::Id)
            .expr_window_as(Expr::cust("ROW_NUMBER()"), window, place.clone())
            .from(Entity)
            .cond_where(
                Condition::all()
                    .add(Column::RecipientId.is_in(people.iter().map(|person| person.uuid())))
                    .add(Column::State.eq(MessageState::Pending.to_sql()))
                    .add(Column::HeldAt.is_not_null()),
            )
            .take();
        let first = Query::select()
            .column((ranked.clone(), Column::Id))
            .from_subquery(inner, ranked.clone())
            .and_where(Expr::col((ranked, place)).lte(i64::from(most)))
            .take();
        let found = Entity::find()
            .filter(Column::Id.in_subquery(first))
            .order_by_asc(Column::CreatedAt)
            .order_by_asc(Column::Id)
            .all(&self.connection)
            .await?;
        found.into_iter().map(outbox::read).collect()
    }
}

impl Tx {
    /// Notes that these people were looked at on that day, each with the message they are sent if there is one.
    ///
    /// # Errors
    /// [`super::Error::Unique`] when one of them was looked at already: somebody else does it.
    pub async fn note_daily(
        &mut self,
        kind: DailyKind,
        day: NaiveDate,
        people: &[(PersonId, Option<OutboxId>)],
        at: DateTime<Utc>,
    ) -> Result<()> {
        let row = |(person, message): &(PersonId, Option<OutboxId>)| {
            let row = row::daily_mail::Model {
                person_id: person.uuid(),
                kind: kind.to_sql(),
                day,
                outbox_id: message.map(Identifier::uuid),
                created_at: codec::instant(at),
            };
            row.into_active_model()
        };
        row::daily_mail::Entity::insert_many(people.iter().map(row))
            .exec_without_returning(&self.connection)
            .await?;
        Ok(())
    }
}

impl Store {
    /// Notes which of what was kept a digest tells. What an earlier digest could not deliver is told by this one.
    pub async fn tell_in(&self, digest: OutboxId, messages: &[OutboxId]) -> Result<()> {
        use row::outbox_message::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::DigestId, Expr::value(digest.uuid()))
            .filter(Column::Id.is_in(messages.iter().map(|id| id.uuid())))
            .filter(Column::State.eq(MessageState::Pending.to_sql()))
            .filter(Column::HeldAt.is_not_null())
            .exec(&self.write)
            .await?;
        Ok(())
    }

    /// Drops what was kept for a digest and no longer applies.
    pub async fn drop_held(&self, id: OutboxId, reason: &str) -> Result<()> {
        use row::outbox_message::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::State, Expr::value(MessageState::Dropped.to_sql()))
            .col_expr(Column::Reason, Expr::value(reason))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq(MessageState::Pending.to_sql()))
            .filter(Column::HeldAt.is_not_null())
            .exec(&self.write)
            .await?;
        Ok(())
    }

    /// Forgets who was written to before that day. Returns how much.
    pub async fn forget_daily(&self, before: NaiveDate) -> Result<u64> {
        let gone = row::daily_mail::Entity::delete_many()
            .filter(row::daily_mail::Column::Day.lt(before))
            .exec(&self.write)
            .await?;
        Ok(gone.rows_affected)
    }
}

/// The tasks that name one of these people, of cases they may know of: of an organisation in which they hold a role, or
/// shared with one. A person named in a case of an organisation they have left is not told of it.
fn named(people: &[Uuid], today: NaiveDate) -> Condition {
    use row::{assessment_share as share, role_grant as grant, task::Column};
    let theirs = || -> SelectStatement {
        grant::Entity::find()
            .select_only()
            .column(grant::Column::OrganisationId)
            .filter(
                Expr::col((grant::Entity, grant::Column::PersonId))
                    .equals((row::task::Entity, Column::PersonId)),
            )
            .filter(live(today))
            .into_query()
    };
    let any = [ShareLevel::Stub, ShareLevel::Read, ShareLevel::Review].map(ShareLevel::to_sql);
    let shared = share::Entity::find()
        .select_only()
        .column(share::Column::AssessmentId)
        .filter(
            Expr::col((share::Entity, share::Column::AssessmentId))
                .equals((row::task::Entity, Column::AssessmentId)),
        )
        .filter(share::Column::Level.is_in(any))
        .filter(share::Column::OrganisationId.in_subquery(theirs()))
        .into_query();
    Condition::all().add(Column::PersonId.is_in(people.iter().copied())).add(
        Condition::any()
            .add(Column::OrganisationId.in_subquery(theirs()))
            .add(SimpleExpr::from(Expr::exists(shared))),
    )
}

/// The tasks that wait for whoever holds one of these roles.
fn held_roles(roles: &BTreeSet<(OrganisationId, Role)>) -> Condition {
    use row::task::Column;
    let any = roles.iter().fold(Condition::any(), |any, (organisation, role)| {
        any.add(
            Condition::all()
                .add(Column::OrganisationId.eq(organisation.uuid()))
                .add(Column::Role.eq(role.to_sql())),
        )
    });
    Condition::all().add(Column::PersonId.is_null()).add(any)
}

fn total(row: &QueryResult) -> Result<u64> {
    let total: i64 = row.try_get("", "total")?;
    Ok(u64::try_from(total).unwrap_or_default())
}

fn read(row: &QueryResult) -> Result<OwedTask> {
    let assessment: Uuid = row.try_get("", "assessment_id")?;
    let role: Option<String> = row.try_get("", "role")?;
    let person: Option<Uuid> = row.try_get("", "person_id")?;
    Ok(OwedTask {
        assessment: assessment.into(),
        reference: row.try_get("", "reference")?,
        title: row.try_get("", "title")?,
        reexamination_due: row.try_get("", "reexamination_due")?,
        task: TaskRow {
            kind: row.try_get("", "kind")?,
            person: person.map(PersonId::from),
            role: match &role {
                Some(role) => Some(codec::word!(Role, "task", assessment, role)?),
                None => None,
            },
            due: row.try_get("", "due")?,
            reason: row.try_get("", "reason")?,
        },
        order: (row.try_get("", "due_order")?, assessment, row.try_get("", "place")?),
    })
}
