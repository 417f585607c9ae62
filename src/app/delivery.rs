//! What became of messages: seen on the case by those who keep the panel's business, and told to administrators when an
//! address fails.

use std::collections::HashMap;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use crate::{
    app::{App, Error, Result, Slice, reading::slice},
    clock,
    domain::{
        calendar::Moment,
        id::{AssessmentId, ContactId, OrganisationId, OutboxId, PersonId},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        page::Window,
        permission::{Action, Actor, Role},
        text, words,
    },
    store::{
        self, Tx,
        daily::DailyKind,
        outbox::{About, Message, MessageState},
    },
};

pub use crate::store::address::Unreachable;

/// Most addresses that are listed.
const LISTED: u64 = 50;

words! {
    /// What became of a message.
    DeliveryStatus {
        /// Waits for its first attempt.
        Waiting = "WAITING",
        /// Waits for its recipient's daily digest.
        InDigest = "IN_DIGEST",
        /// Could not be sent yet, and is tried again.
        Retrying = "RETRYING",
        /// A server took it; alone, or in a digest.
        Sent = "SENT",
        /// Was given up: the address was refused, it came back, or its time was over.
        Dead = "DEAD",
        /// Was not sent, because it no longer applied or its recipient wants no such messages.
        Dropped = "DROPPED",
    }
}

/// What became of one message about a case. No address is in it.
#[derive(Clone, Debug)]
pub struct DeliveryView {
    /// Its kind.
    pub kind: NoticeKind,
    /// To whom.
    pub to: Recipient,
    /// What they are called; nothing when account or contact is gone.
    pub name: Option<String>,
    /// When it was written.
    pub queued_at: DateTime<Utc>,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_at: Option<DateTime<Utc>>,
    /// When a server took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// Why it is tried again, was given up or dropped.
    pub reason: Option<String>,
    /// Since when mail does not reach the recipient.
    pub failing_since: Option<DateTime<Utc>>,
}

impl App {
    /// A page of the messages about a case, the oldest first; nothing for whoever does not follow them.
    pub async fn list_deliveries(
        &self,
        actor: &Actor,
        id: AssessmentId,
        window: &Window,
    ) -> Result<Slice<DeliveryView>> {
        let view = self.view(actor, id).await?;
        if !view.permits(actor, Action::ReadDeliveries) {
            return Ok(Slice { nodes: Vec::new(), has_previous: false, has_next: false });
        }
        let read = self.store.read();
        let page = read.list_messages_about(id, window).await?;
        let to: Vec<Recipient> = page.nodes.iter().map(|message| message.notice.to).collect();
        let failing = read.failing(&to).await?;
        let names = self.names(&to).await?;
        Ok(slice(page, Message::cursor).map(|message| told(message, &names, &failing)))
    }

    /// How many messages about a case there are; none for whoever does not follow them.
    pub async fn count_deliveries(&self, actor: &Actor, id: AssessmentId) -> Result<u64> {
        let view = self.view(actor, id).await?;
        if !view.permits(actor, Action::ReadDeliveries) {
            return Ok(0);
        }
        Ok(self.store.read().count_messages_about(id).await?)
    }

    async fn names(&self, to: &[Recipient]) -> Result<HashMap<Recipient, String>> {
        let mut people: Vec<PersonId> = to.iter().filter_map(|one| one.person()).collect();
        let mut contacts: Vec<ContactId> = Vec::new();
        for one in to {
            if let Recipient::Contact(contact) = one {
                contacts.push(*contact);
            }
        }
        people.sort();
        people.dedup();
        contacts.sort();
        contacts.dedup();
        let read = self.store.read();
        let people = read.people(&people).await?.into_iter();
        let contacts = read.contacts(&contacts).await?.into_iter();
        let people = people.map(|one| (Recipient::Person(one.id), one.name));
        Ok(people.chain(contacts.map(|one| (Recipient::Contact(one.id), one.name))).collect())
    }

    /// The addresses that mail does not reach, for those who administer the organisation; nothing for anybody else.
    pub async fn list_unreachable(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
        moment: Moment,
    ) -> Result<Vec<Unreachable>> {
        if !actor.holds(organisation, Role::Administrator) {
            return Ok(Vec::new());
        }
        Ok(self.store.read().unreachable(&[organisation], moment.today, LISTED).await?)
    }

    /// Notes that a message which a server had taken came back, as an operator's mail system reports it. Whether it had
    /// been sent. Addresses are taken out of the reason.
    pub async fn report_bounce(&self, id: OutboxId, reason: &str, moment: Moment) -> Result<bool> {
        let reason = format!("it came back: {}", without_addresses(reason));
        let bounced = self.store.write::<_, Error>(async |tx| {
            let Some(message) = tx.mark_bounced(id, &reason, moment.at).await? else { return Ok(false) };
            alert(tx, message.about.organisation, moment).await?;
            Ok(true)
        });
        let bounced = bounced.await?;
        self.shared.committed.notify_one();
        Ok(bounced)
    }

    /// Gives a message up whose recipient's address was refused, and alerts those who administer its organisation.
    pub(super) async fn refused(
        &self,
        owner: &str,
        id: OutboxId,
        reason: &str,
        moment: Moment,
    ) -> Result<()> {
        self.store
            .write::<_, Error>(async |tx| match tx.mark_refused(id, owner, reason, moment.at).await? {
                Some(message) => alert(tx, message.about.organisation, moment).await,
                None => Ok(()),
            })
            .await
    }

    /// The names of those whom mail does not reach, of the organisations that the person administers.
    pub(super) async fn unreachable_for(&self, person: PersonId, today: NaiveDate) -> Result<Vec<String>> {
        let read = self.store.read();
        let grants = read.grants(person, today).await?;
        let administers: Vec<OrganisationId> = grants
            .iter()
            .filter(|grant| grant.role == Role::Administrator)
            .map(|grant| grant.organisation)
            .collect();
        let found = read.unreachable(&administers, today, LISTED).await?;
        Ok(found.into_iter().map(|one| one.name).collect())
    }
}

/// Posts an alert to everybody who administers the organisation and can be reached: today, or tomorrow where they had
/// one today. What it says is found out when it is sent.
async fn alert(tx: &mut Tx, organisation: OrganisationId, moment: Moment) -> Result<()> {
    let holders = tx.read().holders(organisation, Some(Role::Administrator), moment.today).await?;
    let mut people: Vec<PersonId> = holders.into_iter().map(|(person, _)| person).collect();
    let to: Vec<Recipient> = people.iter().copied().map(Recipient::Person).collect();
    let failing = tx.read().failing(&to).await?;
    people.retain(|person| !failing.contains_key(&Recipient::Person(*person)));
    let mut supply = clock::supply();
    for after in [0, 1] {
        let day = moment.today + Duration::days(after);
        let told = tx.read().noted_daily(DailyKind::AddressFailed, day, &people).await?;
        let (later, now): (Vec<PersonId>, Vec<PersonId>) = people.iter().partition(|one| told.contains(one));
        let mut noted = Vec::new();
        for person in now {
            let notice = Notice {
                kind: NoticeKind::AddressFailed,
                to: Recipient::Person(person),
                facts: NoticeFacts::default(),
            };
            let about = About { organisation, assessment: None };
            let posted = tx.post(about, &[notice], moment.at, &mut supply).await?;
            for message in &posted {
                tx.defer(*message, moment.at + Duration::days(after)).await?;
            }
            noted.push((person, posted.first().copied()));
        }
        if !noted.is_empty() {
            match tx.note_daily(DailyKind::AddressFailed, day, &noted, moment.at).await {
                // Another worker alerts them at this moment: then it is for that alert to tell.
                Err(store::Error::Unique { .. }) => return Err(Error::Retry),
                other => other?,
            }
        }
        people = later;
    }
    Ok(())
}

fn told(
    message: Message,
    names: &HashMap<Recipient, String>,
    failing: &HashMap<Recipient, DateTime<Utc>>,
) -> DeliveryView {
    let waits = matches!(message.state, MessageState::Pending | MessageState::Leased);
    let held = message.held_at.is_some();
    let status = match message.state {
        MessageState::Pending | MessageState::Leased if held => DeliveryStatus::InDigest,
        MessageState::Pending | MessageState::Leased if message.reason.is_some() => DeliveryStatus::Retrying,
        MessageState::Pending | MessageState::Leased => DeliveryStatus::Waiting,
        MessageState::Sent => DeliveryStatus::Sent,
        MessageState::Dead => DeliveryStatus::Dead,
        MessageState::Dropped => DeliveryStatus::Dropped,
    };
    let to = message.notice.to;
    DeliveryView {
        kind: message.notice.kind,
        to,
        name: names.get(&to).cloned(),
        queued_at: message.created_at,
        status,
        attempts: message.attempts,
        next_at: (waits && !held).then_some(message.next_at),
        sent_at: message.sent_at,
        reason: message.reason.filter(|_| status != DeliveryStatus::Sent),
        failing_since: failing.get(&to).copied(),
    }
}

/// A reason on one line, with what looks like an address taken out.
fn without_addresses(reason: &str) -> String {
    let words = reason.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(text::LINE).collect()
}
