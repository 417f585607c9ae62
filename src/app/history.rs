//! The audit trail as somebody may read it.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{
    app::{App, Result, Slice, reading::slice, summary},
    domain::{
        deliberation,
        event::{Audience, Event, EventKind},
        id::{AssessmentId, ContactId, EventId, Identifier, OrganisationId, PersonId, ThreadId},
        page::Window,
        party::Party,
        permission::{self, Actor},
    },
    store::{self, event::Recorded},
};

/// An event as somebody may read it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventView {
    /// The event.
    pub event: Event,
    /// Its hash.
    pub sha256: String,
    /// Its facts; absent once they were disposed of.
    pub payload: Option<Value>,
    /// In a sentence.
    pub summary: String,
    /// Who did it without an account, by a link.
    pub party: Option<Party>,
    /// On whose invitation they did.
    pub invited_by: Option<PersonId>,
}

impl App {
    /// A page of what happened with a case, as far as the actor may hear of it.
    pub async fn history(
        &self,
        actor: &Actor,
        id: AssessmentId,
        window: &Window,
    ) -> Result<Slice<EventView>> {
        let view = self.view(actor, id).await?;
        let audiences = audiences(actor, &view);
        let page = self.store.read().list_events(id.uuid(), &audiences, window).await?;
        Ok(slice(page, Recorded::cursor).map(|stored| told(actor, Some(&view), stored)))
    }

    /// How much of it the actor may hear.
    pub async fn count_history(&self, actor: &Actor, id: AssessmentId) -> Result<u64> {
        let view = self.view(actor, id).await?;
        Ok(self.store.read().count_events(id.uuid(), &audiences(actor, &view)).await?)
    }

    /// One event, when the actor may hear of it.
    pub async fn find_event(&self, actor: &Actor, id: EventId) -> Result<Option<EventView>> {
        let Some(stored) = self.store.read().event(id).await? else { return Ok(None) };
        let assessment = AssessmentId::from(stored.event.stream);
        if let Some(view) = self.views(actor, &[assessment]).await?.remove(&assessment) {
            let heard = audiences(actor, &view).contains(&stored.event.audience);
            return Ok(heard.then(|| told(actor, Some(&view), stored)));
        }
        let administration = stored.event.audience == Audience::Administration
            && stored.event.stream == stored.event.organisation.uuid()
            && permission::holds_oversight(actor, stored.event.organisation);
        Ok(administration.then(|| told(actor, None, stored)))
    }
}

fn audiences(actor: &Actor, view: &super::View) -> Vec<Audience> {
    let heard = |audience: &&Audience| permission::hears(actor, **audience, &view.case, view.head.phase);
    Audience::ALL.iter().filter(heard).copied().collect()
}

fn told(actor: &Actor, view: Option<&super::View>, mut stored: Recorded) -> EventView {
    if stored.event.kind == EventKind::AssessmentShared {
        discreet(actor, stored.event.organisation, stored.payload.as_mut());
    }
    withhold(actor, view, &mut stored);
    // A digest of the whole case would let a guess of what is not shared be tested.
    if !actor.belongs(stored.event.organisation)
        && let Some(Value::Object(facts)) = stored.payload.as_mut()
    {
        facts.remove(store::event::CASE);
    }
    let summary = summary::sentence(view, stored.event.kind, stored.payload.as_ref());
    let (party, invited_by) = by_link(view, stored.payload.as_ref());
    EventView {
        event: stored.event,
        sha256: stored.sha256,
        payload: stored.payload,
        summary,
        party,
        invited_by,
    }
}

/// Who acted by a link, as the case names them, and on whose invitation.
fn by_link(view: Option<&super::View>, payload: Option<&Value>) -> (Option<Party>, Option<PersonId>) {
    let contact: Option<ContactId> = fact(payload, "contact");
    let Some(contact) = contact else { return (None, None) };
    let conditions = view.into_iter().flat_map(|view| &view.case.process.conditions);
    let reports = conditions.flat_map(|condition| &condition.reports).filter_map(|report| report.by.as_ref());
    let party = reports.into_iter().find(|party| party.contact == Some(contact));
    (party.cloned(), fact(payload, "invitedBy"))
}

fn fact<T: DeserializeOwned>(payload: Option<&Value>, name: &str) -> Option<T> {
    serde_json::from_value(payload?.get(name)?.clone()).ok()
}

/// What a review says is told when the review is, and of a thread to whoever reads it.
fn withhold(actor: &Actor, view: Option<&super::View>, stored: &mut Recorded) {
    if matches!(stored.event.kind, EventKind::RemarkMade | EventKind::ThreadResolved) {
        let of = stored.payload.as_ref().and_then(|payload| payload.get("thread")).cloned();
        let of: Option<ThreadId> = of.and_then(|of| serde_json::from_value(of).ok());
        let read = view.is_some_and(|view| view.threads(actor).iter().any(|thread| Some(thread.id) == of));
        if !read && let Some(Value::Object(facts)) = stored.payload.as_mut() {
            facts.retain(|fact, _| fact == store::event::CASE);
        }
        return;
    }
    if stored.event.kind != EventKind::ReviewSubmitted || stored.event.by == Some(actor.person) {
        return;
    }
    let revision = stored.payload.as_ref().and_then(|payload| payload.get("revision"));
    let revision = revision.and_then(Value::as_u64).and_then(|revision| u32::try_from(revision).ok());
    let shown = view.zip(revision).is_some_and(|(view, revision)| {
        deliberation::shown(&view.case, revision, view.window())
            || deliberation::concluded(&view.case, revision, stored.event.at)
    });
    if !shown && let Some(Value::Object(facts)) = stored.payload.as_mut() {
        facts.retain(|fact, _| ["review", "reviewer", "revision"].contains(&fact.as_str()));
    }
}

/// With whom a case was shared is told to its own organisation and to the other, and nobody else.
fn discreet(actor: &Actor, own: OrganisationId, payload: Option<&mut Value>) {
    let Some(Value::Object(facts)) = payload else { return };
    let with = facts.get("organisation").and_then(|with| serde_json::from_value(with.clone()).ok());
    let concerned = actor.belongs(own) || with.is_some_and(|with: OrganisationId| actor.belongs(with));
    if !concerned {
        // Neither does its digest tell, without what nobody guesses.
        facts.remove("organisation");
        facts.remove("blind");
    }
}
