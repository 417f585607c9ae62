//! Messages to send: written with the change, claimed by a worker under a lease, never sent from here.

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};
use uuid::Uuid;

use super::{Error, Reader, Result, Store, Tx, codec, lease, page, row};
use crate::domain::{
    id::{AssessmentId, Identifier, OrganisationId, OutboxId, Supply},
    notify::{Notice, NoticeKind, Recipient},
    page::{Page, Window},
    words,
};

words! {
    /// How a message stands.
    MessageState {
        /// Waits for its turn.
        Pending = "PENDING",
        /// A worker has it.
        Leased = "LEASED",
        /// A server took it.
        Sent = "SENT",
        /// Given up.
        Dead = "DEAD",
        /// No longer applied when its turn came.
        Dropped = "DROPPED",
    }
}

/// The turn of what is told in a digest: it has none of its own.
const NEVER: DateTime<Utc> = super::case::FAR.and_time(NaiveTime::MIN).and_utc();

/// How long a message is tried.
pub const DEADLINE: TimeDelta = TimeDelta::days(3);

/// What messages are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The case, unless they are about an account.
    pub assessment: Option<AssessmentId>,
}

/// A message in the outbox. Its `Message-ID` is derived from `id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its identifier.
    pub id: OutboxId,
    /// What it is about.
    pub about: About,
    /// Its kind, recipient and facts.
    pub notice: Notice,
    /// How it stands.
    pub state: MessageState,
    /// How often it was claimed.
    pub attempts: u32,
    /// When its turn comes, or its lease ends.
    pub next_at: DateTime<Utc>,
    /// When it is given up.
    pub deadline: DateTime<Utc>,
    /// When a server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// Why it was retried, given up or dropped.
    pub reason: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// Since when it waits for its recipient's daily digest.
    pub held_at: Option<DateTime<Utc>>,
    /// The digest that tells it.
    pub digest: Option<OutboxId>,
}

impl Message {
    /// The cursor that stands on this message.
    #[must_use]
    pub fn cursor(&self) -> String {
        format!("{}~{}", self.created_at.timestamp_micros(), self.id)
    }
}

impl Tx {
    /// Writes messages to be sent once this transaction has committed; their identifiers, in the order given.
    pub async fn post(
        &mut self,
        about: About,
        notices: &[Notice],
        at: DateTime<Utc>,
        supply: &mut Supply,
    ) -> Result<Vec<OutboxId>> {
        let at = codec::instant(at);
        let mut rows = Vec::with_capacity(notices.len());
        let mut ids = Vec::with_capacity(notices.len());
        for notice in notices {
            let (recipient, id) = match notice.to {
                Recipient::Person(id) => (PERSON, id.uuid()),
                Recipient::Contact(id) => (CONTACT, id.uuid()),
            };
            let message: OutboxId = supply.fresh();
            ids.push(message);
            rows.push(
                row::outbox_message::Model {
                    id: message.uuid(),
                    organisation_id: about.organisation.uuid(),
                    assessment_id: about.assessment.map(Identifier::uuid),
                    event_id: None,
                    kind: notice.kind.to_sql(),
                    recipient: recipient.into(),
                    recipient_id: id,
                    facts: codec::text(&notice.facts)?,
                    state: MessageState::Pending.to_sql(),
                    attempts: 0,
                    next_at: at,
                    lease_owner: None,
                    lease_until: None,
                    deadline: at + DEADLINE,
                    sent_at: None,
                    reason: None,
                    created_at: at,
                    held_at: None,
                    digest_id: None,
                }
                .into_active_model(),
            );
        }
        if !rows.is_empty() {
            row::outbox_message::Entity::insert_many(rows).exec_without_returning(&self.connection).await?;
        }
        Ok(ids)
    }
}

impl Store {
    /// Claims messages whose turn has come, or whose lease ran out, for `owner` until `now + lease`. Two owners
    /// never hold the same message.
    pub async fn claim_outbox(
        &self,
        owner: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: u64,
    ) -> Result<Vec<Message>> {
        let mut messages =
            lease::claim::<row::outbox_message::Entity, _>(&self.write, owner, (now, lease), limit, read)
                .await?;
        messages.sort_by_key(|message| (message.created_at, message.id));
        Ok(messages)
    }

    /// Records that a server took these messages, and with a digest what it told. Which of them: no other is the owner's
    /// by now.
    pub async fn mark_sent(&self, ids: &[OutboxId], owner: &str, at: DateTime<Utc>) -> Result<Vec<OutboxId>> {
        use row::outbox_message::{Column, Entity};
        let at = codec::instant(at);
        self.write(async |tx| {
            let rows = lease::settling::<Entity>(
                ids.iter().map(|id| id.uuid()),
                owner,
                &MessageState::Sent.to_sql(),
            )
            .col_expr(Column::SentAt, Expr::value(at))
            .col_expr(Column::Reason, Expr::value(None::<String>))
            .exec_with_returning(&tx.connection)
            .await?;
            let settled = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
            let digests = settled.iter().filter(|message| message.notice.kind == NoticeKind::DailyDigest);
            let digests: Vec<Uuid> = digests.map(|message| message.id.uuid()).collect();
            if !digests.is_empty() {
                Entity::update_many()
                    .col_expr(Column::State, Expr::value(MessageState::Sent.to_sql()))
                    .col_expr(Column::SentAt, Expr::value(at))
                    .filter(Column::DigestId.is_in(digests))
                    .filter(Column::State.eq(MessageState::Pending.to_sql()))
                    .exec(&tx.connection)
                    .await?;
            }
            tx.reached(settled.iter().map(|message| message.notice.to)).await?;
            Ok(settled.into_iter().map(|message| message.id).collect())
        })
        .await
    }

    /// Keeps the message for its recipient's daily digest. `false` when the lease is no longer the owner's.
    pub async fn hold(&self, id: OutboxId, owner: &str, at: DateTime<Utc>) -> Result<bool> {
        use row::outbox_message::{Column, Entity};
        let held = lease::settling::<Entity>([id.uuid()], owner, &MessageState::Pending.to_sql())
            .col_expr(Column::HeldAt, Expr::value(codec::instant(at)))
            .col_expr(Column::NextAt, Expr::value(NEVER))
            .col_expr(Column::Attempts, Expr::value(0))
            .exec(&self.write)
            .await?;
        Ok(held.rows_affected == 1)
    }

    /// Lets the message wait until `next_at`. `false` when the lease is no longer the owner's.
    pub async fn mark_retry(
        &self,
        id: OutboxId,
        owner: &str,
        next_at: DateTime<Utc>,
        reason: &str,
    ) -> Result<bool> {
        let next_at = Some(codec::instant(next_at));
        self.settle(id, owner, MessageState::Pending, next_at, Some(reason)).await
    }

    /// Gives the message up. `false` when the lease is no longer the owner's.
    pub async fn mark_dead(&self, id: OutboxId, owner: &str, reason: &str) -> Result<bool> {
        self.settle(id, owner, MessageState::Dead, None, Some(reason)).await
    }

    /// Drops a message that no longer applies. `false` when the lease is no longer the owner's.
    pub async fn mark_dropped(&self, id: OutboxId, owner: &str, reason: &str) -> Result<bool> {
        self.settle(id, owner, MessageState::Dropped, None, Some(reason)).await
    }

    /// Lets a message that waits, is dead or was dropped be sent at once, at the operator's wish, with a new
    /// deadline. `false` when it was sent, or a worker has it.
    pub async fn revive(&self, id: OutboxId, at: DateTime<Utc>) -> Result<bool> {
        use row::outbox_message::{Column, Entity};
        let at = codec::instant(at);
        let revived = Entity::update_many()
            .col_expr(Column::State, Expr::value(MessageState::Pending.to_sql()))
            .col_expr(Column::NextAt, Expr::value(at))
            .col_expr(Column::Deadline, Expr::value(at + DEADLINE))
            .filter(Column::Id.eq(id.uuid()))
            .filter(Column::State.is_in(
                [MessageState::Pending, MessageState::Dead, MessageState::Dropped].map(MessageState::to_sql),
            ))
            .exec(&self.write)
            .await?;
        Ok(revived.rows_affected == 1)
    }

    /// Takes a message that waits or is dead out of the outbox, at the operator's wish. `false` when it was sent,
    /// was dropped before, or a worker has it.
    pub async fn drop_message(&self, id: OutboxId, reason: &str) -> Result<bool> {
        use row::outbox_message::{Column, Entity};
        let dropped = Entity::update_many()
            .col_expr(Column::State, Expr::value(MessageState::Dropped.to_sql()))
            .col_expr(Column::Reason, Expr::value(reason))
            .filter(Column::Id.eq(id.uuid()))
            .filter(
                Column::State.is_in([MessageState::Pending, MessageState::Dead].map(MessageState::to_sql)),
            )
            .exec(&self.write)
            .await?;
        Ok(dropped.rows_affected == 1)
    }

    async fn settle(
        &self,
        id: OutboxId,
        owner: &str,
        state: MessageState,
        next_at: Option<DateTime<Utc>>,
        reason: Option<&str>,
    ) -> Result<bool> {
        use row::outbox_message::{Column, Entity};
        let mut update = lease::settling::<Entity>([id.uuid()], owner, &state.to_sql())
            .col_expr(Column::Reason, Expr::value(reason.map(str::to_owned)));
        if let Some(next_at) = next_at {
            update = update.col_expr(Column::NextAt, Expr::value(next_at));
        }
        let settled = update.exec(&self.write).await?;
        Ok(settled.rows_affected == 1)
    }
}

impl Reader<'_> {
    /// One page of the outbox, the oldest first, of messages in these states (all when none is named).
    pub async fn list_outbox(&self, states: &[MessageState], window: &Window) -> Result<Page<Message>> {
        use row::outbox_message::{Column, Entity};
        let mut query = Entity::find();
        if !states.is_empty() {
            query = query.filter(Column::State.is_in(states.iter().map(|state| state.to_sql())));
        }
        self.messages(query, window).await
    }

    /// One page of the messages about a case, the oldest first.
    pub async fn list_messages_about(&self, id: AssessmentId, window: &Window) -> Result<Page<Message>> {
        self.messages(about(id), window).await
    }

    /// How many messages about a case there are.
    pub async fn count_messages_about(&self, id: AssessmentId) -> Result<u64> {
        Ok(about(id).count(&self.connection).await?)
    }

    async fn messages(
        &self,
        mut query: Select<row::outbox_message::Entity>,
        window: &Window,
    ) -> Result<Page<Message>> {
        use row::outbox_message::Column;
        if let Some(cursor) = &window.cursor {
            let (at, id) = page::instant_cursor(cursor).ok_or(Error::Cursor)?;
            query = query.filter(page::beyond(
                window,
                true,
                vec![(Column::CreatedAt.into_expr(), at.into()), (Column::Id.into_expr(), id.into())],
            ));
        }
        let direction = page::order(window, true);
        let rows = query
            .order_by(Column::CreatedAt, direction.clone())
            .order_by(Column::Id, direction)
            .limit(page::limit(window))
            .all(&self.connection)
            .await?;
        let messages = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(page::page(window, messages))
    }

    /// One message.
    pub async fn message(&self, id: OutboxId) -> Result<Option<Message>> {
        row::outbox_message::Entity::find_by_id(id.uuid()).one(&self.connection).await?.map(read).transpose()
    }

    /// What else was written to the recipient of a message about its case since an instant and before the message
    /// itself, or with it, and was not dropped.
    pub async fn also_told(&self, message: &Message, since: DateTime<Utc>) -> Result<Vec<Message>> {
        use row::outbox_message::{Column, Entity};
        let to = match message.notice.to {
            Recipient::Person(id) => id.uuid(),
            Recipient::Contact(id) => id.uuid(),
        };
        let found = Entity::find()
            .filter(Column::RecipientId.eq(to))
            .filter(Column::AssessmentId.eq(message.about.assessment.map(Identifier::uuid)))
            .filter(Column::CreatedAt.gte(codec::instant(since)))
            .filter(Column::CreatedAt.lte(message.created_at))
            .filter(Column::Id.ne(message.id.uuid()))
            .filter(Column::State.ne(MessageState::Dropped.to_sql()))
            .all(&self.connection)
            .await?;
        found.into_iter().map(read).collect()
    }

    /// When the next message's turn comes; `None` when none waits.
    pub async fn next_message_at(&self) -> Result<Option<DateTime<Utc>>> {
        use row::outbox_message::{Column, Entity};
        Ok(Entity::find()
            .select_only()
            .column(Column::NextAt)
            .filter(
                Column::State.is_in([MessageState::Pending, MessageState::Leased].map(MessageState::to_sql)),
            )
            .order_by_asc(Column::NextAt)
            .limit(1)
            .into_tuple()
            .one(&self.connection)
            .await?)
    }
}

fn about(id: AssessmentId) -> Select<row::outbox_message::Entity> {
    use row::outbox_message::{Column, Entity};
    Entity::find().filter(Column::AssessmentId.eq(id.uuid()))
}

const PERSON: &str = "person";
const CONTACT: &str = "contact";

pub(crate) fn read(row: row::outbox_message::Model) -> Result<Message> {
    let id = row.id;
    Ok(Message {
        id: id.into(),
        about: About {
            organisation: row.organisation_id.into(),
            assessment: row.assessment_id.map(AssessmentId::from),
        },
        notice: Notice {
            kind: codec::word!(NoticeKind, "outbox_message", id, &row.kind)?,
            to: match row.recipient.as_str() {
                PERSON => Recipient::Person(row.recipient_id.into()),
                CONTACT => Recipient::Contact(row.recipient_id.into()),
                _ => {
                    return Err(Error::corrupt(
                        "outbox_message",
                        id,
                        "the recipient is neither person nor contact",
                    ));
                }
            },
            facts: codec::document("outbox_message", id, row.facts.as_bytes())?,
        },
        state: codec::word!(MessageState, "outbox_message", id, &row.state)?,
        attempts: codec::count("outbox_message", id, row.attempts)?,
        next_at: row.next_at,
        deadline: row.deadline,
        sent_at: row.sent_at,
        reason: row.reason,
        created_at: row.created_at,
        held_at: row.held_at,
        digest: row.digest_id.map(OutboxId::from),
    })
}
