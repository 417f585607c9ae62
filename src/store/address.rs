//! Addresses that mail does not reach: noted when a server refuses one or a bounce is reported, until mail reaches it
//! again or it is changed.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Expr};
use uuid::Uuid;

use super::{
    Reader, Result, Tx, codec,
    daily::DailyKind,
    lease,
    outbox::{Message, MessageState},
    person::live,
    row,
};
use crate::domain::{
    id::{ContactId, Identifier, OrganisationId, OutboxId, PersonId},
    notify::Recipient,
};

/// An address that mail does not reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    /// Whose it is.
    pub whose: Recipient,
    /// What they are called.
    pub name: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why; without addresses.
    pub reason: String,
}

impl Tx {
    /// Gives a message up because its recipient's address was refused, and notes that; the message, unless the lease is
    /// no longer the owner's.
    pub async fn mark_refused(
        &mut self,
        id: OutboxId,
        owner: &str,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Message>> {
        use row::outbox_message::{Column, Entity};
        let settled = lease::settling::<Entity>([id.uuid()], owner, &MessageState::Dead.to_sql())
            .col_expr(Column::Reason, Expr::value(reason))
            .exec(&self.connection)
            .await?;
        if settled.rows_affected == 0 { Ok(None) } else { self.failed(id, reason, at).await }
    }

    /// The same of a message that a server had taken, and that came back; the message, unless it was not sent.
    pub async fn mark_bounced(
        &mut self,
        id: OutboxId,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<Option<Message>> {
        use row::outbox_message::{Column, Entity};
        let bounced = Entity::update_many()
            .col_expr(Column::State, Expr::value(MessageState::Dead.to_sql()))
            .col_expr(Column::Reason, Expr::value(reason))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.eq(MessageState::Sent.to_sql()))
            .exec(&self.connection)
            .await?;
        if bounced.rows_affected == 0 { Ok(None) } else { self.failed(id, reason, at).await }
    }

    async fn failed(&mut self, id: OutboxId, reason: &str, at: DateTime<Utc>) -> Result<Option<Message>> {
        let Some(message) = self.read().message(id).await? else { return Ok(None) };
        let at = codec::instant(at);
        match message.notice.to {
            Recipient::Person(person) => {
                use row::person::{Column, Entity};
                Entity::update_many()
                    .col_expr(Column::AddressFailedAt, Expr::value(at))
                    .col_expr(Column::AddressFailure, Expr::value(reason))
                    .filter(Column::Id.eq(person.uuid()))
                    .exec(&self.connection)
                    .await?;
            }
            Recipient::Contact(contact) => {
                use row::contact::{Column, Entity};
                Entity::update_many()
                    .col_expr(Column::AddressFailedAt, Expr::value(at))
                    .col_expr(Column::AddressFailure, Expr::value(reason))
                    .filter(Column::Id.eq(contact.uuid()))
                    .exec(&self.connection)
                    .await?;
            }
        }
        Ok(Some(message))
    }

    /// Notes that mail reaches these.
    pub(crate) async fn reached(&mut self, recipients: impl Iterator<Item = Recipient>) -> Result<()> {
        let (mut people, mut contacts) = (Vec::new(), Vec::new());
        for recipient in recipients {
            match recipient {
                Recipient::Person(person) => people.push(person.uuid()),
                Recipient::Contact(contact) => contacts.push(contact.uuid()),
            }
        }
        if !people.is_empty() {
            use row::person::{Column, Entity};
            Entity::update_many()
                .col_expr(Column::AddressFailedAt, Expr::value(None::<DateTime<Utc>>))
                .col_expr(Column::AddressFailure, Expr::value(None::<String>))
                .filter(Column::Id.is_in(people))
                .filter(Column::AddressFailedAt.is_not_null())
                .exec(&self.connection)
                .await?;
        }
        if !contacts.is_empty() {
            use row::contact::{Column, Entity};
            Entity::update_many()
                .col_expr(Column::AddressFailedAt, Expr::value(None::<DateTime<Utc>>))
                .col_expr(Column::AddressFailure, Expr::value(None::<String>))
                .filter(Column::Id.is_in(contacts))
                .filter(Column::AddressFailedAt.is_not_null())
                .exec(&self.connection)
                .await?;
        }
        Ok(())
    }

    /// Lets a message wait until then before its first attempt.
    pub async fn defer(&mut self, id: OutboxId, until: DateTime<Utc>) -> Result<()> {
        use row::outbox_message::{Column, Entity};
        Entity::update_many()
            .col_expr(Column::NextAt, Expr::value(codec::instant(until)))
            .filter(Column::Id.eq(id.uuid()))
            .exec(&self.connection)
            .await?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The addresses that mail does not reach, of people who hold a role in one of these organisations and of their
    /// contacts, the longest first; at most `limit` of either.
    pub async fn unreachable(
        &self,
        organisations: &[OrganisationId],
        today: NaiveDate,
        limit: u64,
    ) -> Result<Vec<Unreachable>> {
        let of = || organisations.iter().map(|organisation| organisation.uuid());
        let members = row::role_grant::Entity::find()
            .select_only()
            .column(row::role_grant::Column::PersonId)
            .filter(row::role_grant::Column::OrganisationId.is_in(of()))
            .filter(live(today));
        let people = row::person::Entity::find()
            .filter(row::person::Column::AddressFailedAt.is_not_null())
            .filter(row::person::Column::DisabledAt.is_null())
            .filter(row::person::Column::Id.in_subquery(members.into_query()))
            .order_by_asc(row::person::Column::AddressFailedAt)
            .limit(limit)
            .all(&self.connection)
            .await?;
        let contacts = row::contact::Entity::find()
            .filter(row::contact::Column::AddressFailedAt.is_not_null())
            .filter(row::contact::Column::OrganisationId.is_in(of()))
            .order_by_asc(row::contact::Column::AddressFailedAt)
            .limit(limit)
            .all(&self.connection)
            .await?;
        let people = people.into_iter().filter_map(|row| {
            Some(Unreachable {
                whose: Recipient::Person(row.id.into()),
                name: row.name,
                since: row.address_failed_at?,
                reason: row.address_failure.unwrap_or_default(),
            })
        });
        let contacts = contacts.into_iter().filter_map(|row| {
            Some(Unreachable {
                whose: Recipient::Contact(row.id.into()),
                name: row.name,
                since: row.address_failed_at?,
                reason: row.address_failure.unwrap_or_default(),
            })
        });
        let mut found: Vec<Unreachable> = people.chain(contacts).collect();
        found.sort_by_key(|one| (one.since, one.whose));
        Ok(found)
    }

    /// Since when mail does not reach these; nothing of those whom it reaches.
    pub async fn failing(&self, whose: &[Recipient]) -> Result<HashMap<Recipient, DateTime<Utc>>> {
        let people: Vec<Uuid> = whose.iter().filter_map(|one| one.person()).map(Identifier::uuid).collect();
        let contacts = whose.iter().filter_map(|one| match one {
            Recipient::Contact(contact) => Some(contact.uuid()),
            Recipient::Person(_) => None,
        });
        let people: Vec<(Uuid, Option<DateTime<Utc>>)> = row::person::Entity::find()
            .select_only()
            .columns([row::person::Column::Id, row::person::Column::AddressFailedAt])
            .filter(row::person::Column::Id.is_in(people))
            .filter(row::person::Column::AddressFailedAt.is_not_null())
            .into_tuple()
            .all(&self.connection)
            .await?;
        let contacts: Vec<(Uuid, Option<DateTime<Utc>>)> = row::contact::Entity::find()
            .select_only()
            .columns([row::contact::Column::Id, row::contact::Column::AddressFailedAt])
            .filter(row::contact::Column::Id.is_in(contacts))
            .filter(row::contact::Column::AddressFailedAt.is_not_null())
            .into_tuple()
            .all(&self.connection)
            .await?;
        let people = people.into_iter().map(|(id, at)| (Recipient::Person(PersonId::from(id)), at));
        let contacts = contacts.into_iter().map(|(id, at)| (Recipient::Contact(ContactId::from(id)), at));
        Ok(people.chain(contacts).filter_map(|(one, at)| Some((one, at?))).collect())
    }

    /// Which of these people were written to of this kind on that day.
    pub async fn noted_daily(
        &self,
        kind: DailyKind,
        day: NaiveDate,
        people: &[PersonId],
    ) -> Result<Vec<PersonId>> {
        use row::daily_mail::{Column, Entity};
        let found: Vec<Uuid> = Entity::find()
            .select_only()
            .column(Column::PersonId)
            .filter(Column::Kind.eq(kind.to_sql()))
            .filter(Column::Day.eq(day))
            .filter(Column::PersonId.is_in(people.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(&self.connection)
            .await?;
        Ok(found.into_iter().map(PersonId::from).collect())
    }
}
