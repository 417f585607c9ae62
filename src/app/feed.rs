//! Who waits for changes hears that there were some: which cases, and of which organisations; never what changed.
//!
//! The feed is the table of events, so that a process hears of what another did, and a notice goes out only of what was
//! committed. It is read once for all who wait in this process, when a transaction here has committed and every second
//! anyway; while nobody waits it is not read at all. Whoever falls behind hears that everything may have changed, so
//! nothing is kept for them.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::TimeDelta;
use tokio::{sync::broadcast, time::sleep};

use crate::{
    app::{App, Result},
    clock,
    domain::{
        event::EventKind,
        id::{AssessmentId, EventId, OrganisationId},
        permission::Actor,
    },
    store::{Store, feed},
};

/// Between two looks while nothing is committed here.
const POLL: Duration = Duration::from_secs(1);
/// How long after a commit others are waited for, to be told of together.
const GATHER: Duration = Duration::from_millis(50);
/// How much longer than another's a transaction may take and still be heard of, and how far clocks may differ.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);
/// Most events of one look; where there were more, everything may have changed.
const MOST: u64 = 1_000;
/// Notices that are kept for whoever is slow.
const KEPT: usize = 32;

/// What may have changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    everything: bool,
    cases: BTreeSet<AssessmentId>,
    /// Those whose cases changed, or with whom one that did is shared.
    concerned: BTreeSet<OrganisationId>,
    /// Those whose administration changed: people, roles, tokens, settings.
    administered: BTreeSet<OrganisationId>,
}

impl Changes {
    /// Everything may have changed.
    #[must_use]
    pub fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    /// Whether this case did.
    #[must_use]
    pub fn of_case(&self, id: AssessmentId) -> bool {
        self.everything || self.cases.contains(&id)
    }

    /// Whether a case did on which the actor may have something to do.
    #[must_use]
    pub fn of_tasks(&self, actor: &Actor) -> bool {
        self.everything || actor.grants.iter().any(|grant| self.concerned.contains(&grant.organisation))
    }

    /// Whether what the actor may do did.
    #[must_use]
    pub fn of_access(&self, actor: &Actor) -> bool {
        self.everything || actor.grants.iter().any(|grant| self.administered.contains(&grant.organisation))
    }
}

/// The one reader of this process, and those who wait for it.
#[derive(Debug)]
pub(super) struct Feed {
    sender: broadcast::Sender<Arc<Changes>>,
    running: Mutex<bool>,
}

impl Default for Feed {
    fn default() -> Self {
        Self { sender: broadcast::Sender::new(KEPT), running: Mutex::new(false) }
    }
}

impl App {
    /// Hears of what changes from now on.
    #[must_use]
    pub fn listen(&self) -> broadcast::Receiver<Arc<Changes>> {
        let feed = self.shared.feed.clone();
        let receiver = feed.sender.subscribe();
        let mut running = feed.running.lock().unwrap_or_else(PoisonError::into_inner);
        if !*running {
            *running = true;
            // It ends by itself when the last who waits is gone.
            tokio::spawn(follow(self.store.clone(), feed.clone()));
        }
        drop(running);
        receiver
    }

    /// How many wait for changes in this process.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.feed.sender.receiver_count()
    }
}

async fn follow(store: Store, feed: Arc<Feed>) {
    let mut committed = store.committed();
    let mut past = Past { seen: BTreeSet::new() };
    let mut failed = false;
    loop {
        {
            let mut running = feed.running.lock().unwrap_or_else(PoisonError::into_inner);
            if feed.sender.receiver_count() == 0 {
                *running = false;
                return;
            }
        }
        match past.read(&store).await {
            Ok(changes) => {
                failed = false;
                if changes != Changes::default() {
                    // Nobody who waits is no failure: they have gone meanwhile.
                    let _ = feed.sender.send(Arc::new(changes));
                }
            }
            Err(error) => {
                if !failed {
                    tracing::error!(error = format!("{error:#}"), "changes cannot be read; trying again");
                }
                failed = true;
            }
        }
        tokio::select! {
            _ = committed.changed(), if !failed => sleep(GATHER).await,
            () = sleep(POLL) => {}
        }
    }
}

/// What was read already of the time that is looked back on.
struct Past {
    seen: BTreeSet<EventId>,
}

impl Past {
    async fn read(&mut self, store: &Store) -> Result<Changes> {
        let begin = feed::from(clock::now().at - OVERLAP);
        let stirs = store.read().stirs(begin, MOST).await?;
        if stirs.len() as u64 == MOST {
            return Ok(Changes::everything());
        }
        self.seen.retain(|event| *event > begin);
        let mut changes = Changes::default();
        for stir in stirs {
            if !self.seen.insert(stir.event) {
                continue;
            }
            match stir.assessment {
                Some(assessment) => {
                    changes.cases.insert(assessment);
                    changes.concerned.insert(stir.organisation);
                    // Of whom it was shared with until now nothing tells any more.
                    changes.everything |= stir.kind == EventKind::AssessmentShared;
                }
                None => {
                    changes.administered.insert(stir.organisation);
                }
            }
        }
        changes.concerned.extend(store.read().shared_with(&changes.cases).await?);
        Ok(changes)
    }
}
