//! The audit trail as somebody may read it.

use serde_json::Value;

use crate::{
    app::{App, Result, Slice, reading::slice, summary},
    domain::{
        event::{Audience, Event},
        id::{AssessmentId, EventId, Identifier},
        page::Window,
        permission::{self, Actor},
    },
    store::event::Recorded,
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
        Ok(slice(page, Recorded::cursor).map(|stored| told(Some(&view), stored)))
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
            return Ok(heard.then(|| told(Some(&view), stored)));
        }
        let administration = stored.event.audience == Audience::Administration
            && stored.event.stream == stored.event.organisation.uuid()
            && permission::holds_oversight(actor, stored.event.organisation);
        Ok(administration.then(|| told(None, stored)))
    }
}

fn audiences(actor: &Actor, view: &super::View) -> Vec<Audience> {
    let heard = |audience: &&Audience| permission::hears(actor, **audience, &view.case, view.head.phase);
    Audience::ALL.iter().filter(heard).copied().collect()
}

fn told(view: Option<&super::View>, stored: Recorded) -> EventView {
    let summary = summary::sentence(view, stored.event.kind, stored.payload.as_ref());
    EventView { event: stored.event, sha256: stored.sha256, payload: stored.payload, summary }
}
