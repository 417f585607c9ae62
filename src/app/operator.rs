//! What an operator may do from the command line, beside the use cases that people have.

use crate::{
    app::{App, Error, OrganisationView, Result},
    domain::{
        calendar::Moment,
        id::{OutboxId, PersonId},
        notify::Recipient,
        page::{Page, Window},
        permission::Actor,
    },
};

pub use crate::store::outbox::{Message, MessageState};

impl App {
    /// Somebody with the roles they hold, and act in for others, on that day.
    pub(super) async fn person_as_actor(&self, person: PersonId, moment: Moment) -> Result<Actor> {
        let read = self.store.read();
        let grants = read.grants(person, moment.today).await?;
        let deputises = read.deputised_by(&[person], moment.today).await?.remove(&person).unwrap_or_default();
        Ok(Actor { person, grants, deputises, read_only: false })
    }

    /// The person with this address, with the roles they hold today: an operator acts in their name.
    pub async fn acting_as(&self, email: &str, moment: Moment) -> Result<Actor> {
        let read = self.store.read();
        let person = read.person_by_email(email).await?.ok_or(Error::NotFound)?;
        if person.disabled_at.is_some() {
            return Err(Error::Forbidden);
        }
        self.person_as_actor(person.id, moment).await
    }

    /// Every organisation, by name.
    pub async fn list_organisations(&self) -> Result<Vec<OrganisationView>> {
        Ok(self.store.read().all_organisations().await?)
    }

    /// A page of the outbox, the oldest first, of messages in these states; all when none is named.
    pub async fn list_outbox(&self, states: &[MessageState], window: &Window) -> Result<Page<Message>> {
        Ok(self.store.read().list_outbox(states, window).await?)
    }

    /// One message of the outbox.
    pub async fn find_message(&self, id: OutboxId) -> Result<Option<Message>> {
        Ok(self.store.read().message(id).await?)
    }

    /// The address a message goes to; `None` when account or contact is gone.
    pub async fn address_of(&self, recipient: Recipient) -> Result<Option<String>> {
        let read = self.store.read();
        Ok(match recipient {
            Recipient::Person(person) => read.person(person).await?.map(|person| person.email),
            Recipient::Contact(contact) => {
                read.contacts(&[contact]).await?.pop().map(|contact| contact.email)
            }
        })
    }

    /// Lets a message that waits, was given up or dropped be sent now, with a new deadline. Whether it can be.
    pub async fn retry_message(&self, id: OutboxId, moment: Moment) -> Result<bool> {
        Ok(self.store.revive(id, moment.at).await?)
    }

    /// Takes a message that waits or was given up out of the outbox; it stays on record. Whether it could be.
    pub async fn drop_message(&self, id: OutboxId) -> Result<bool> {
        Ok(self.store.drop_message(id, "dropped by the operator").await?)
    }

    /// Ends the connections to the database once their statements are done.
    pub async fn close(&self) -> Result<()> {
        Ok(self.store.clone().close().await?)
    }
}
