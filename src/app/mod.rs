//! Use cases, one `impl App` block a file. Every command is the same five steps: load, authorise, decide, save,
//! record ([`command`]).

mod account;
mod agenda;
mod attachment;
mod audit;
mod case;
mod command;
mod confirm;
mod definition;
mod delivery;
mod digest;
mod discussion;
mod edition;
mod error;
mod feed;
mod frame;
mod history;
mod involved;
mod leave;
mod link;
mod meeting;
mod moving;
mod operator;
mod panel;
mod paper;
mod partner;
mod party;
mod person;
mod place;
mod planning;
mod post;
mod preference;
mod progress;
mod projection;
mod ratification;
mod reading;
mod recording;
mod rederive;
mod reference;
mod register;
mod reliance;
mod retention;
mod risk;
mod scenario;
mod screening;
mod share;
mod similar;
mod standing;
mod summary;
mod transition;
mod trial;
mod view;

use std::{sync::Arc, time::Duration};

pub use crate::domain::difference::Change;
pub use account::{ClientAddress, SessionView, SignedIn, TokenView};
pub use agenda::AgendaItem;
pub use attachment::AttachmentView;
pub use audit::{Audited, Fault, Replay, Replayed, key_id};
pub use case::{CreateAssessment, Edit, Imported};
pub use command::Changed;
pub use confirm::ReadingView;
pub use definition::Kind;
pub use delivery::{DeliveryStatus, DeliveryView, Unreachable};
pub use digest::{Digest, News, OwedCase};
pub use discussion::{AnswerNote, DeliberationView, RemarkNote, ReturnView, SinceView};
pub use edition::{Listed, ListedRule};
pub use error::{Error, Result};
pub use feed::Changes;
pub use frame::Frame;
pub use history::EventView;
pub use involved::{Hint, HintKind, Involved};
pub use leave::LeaveDraft;
pub use link::{Invitation, LinkReport, LinkView};
pub use meeting::{MeetingDraft, MeetingView};
pub use moving::{MoveCases, MovedCase, MovedSome};
pub use operator::{Message, MessageState};
pub use panel::{InterestNote, PanelDraft, ReviewDraft};
pub use partner::PartnerDraft;
pub use party::PartyInput;
pub use person::{NewOrganisation, NewPerson};
pub use planning::BackPlan;
pub use post::{Claimed, Dispatch, Unready, Verdict};
pub use preference::MailPreferencesDraft;
pub use progress::{ConditionNote, MitigationNote, ReassignmentNote};
pub use ratification::RatificationNote;
pub use reading::{
    Filter, Key, Order, OrderField, RecordView, RevisionAt, RevisionView, Slice, Stub, Summary,
};
pub use recording::MeetingNote;
pub use rederive::{Rederived, Unreadable};
pub use reference::{ReferenceFile, Updated};
pub use register::{CoverageView, LoadedRegister, ProposedMatch, RegisterFile, RegisterLine};
pub use reliance::ConfirmationNote;
pub use retention::{Disposal, Due};
pub use risk::{
    Beside, Connected, Cut, Difference, ExtractAsked, ExtractFile, InfluenceView, Overtaken, Picture, Pile,
    Piles, PromisesView, SevereView, Shown, SpendView, Supposed, TrendMonth, Verified, WhatIf, WhatIfAsked,
};
pub use scenario::{ScenarioDraft, SupposedCase};
pub use screening::ScreeningReport;
pub use standing::{Conflict, Proposal, ProposedMember, StandingDraft, StandingView};
pub use transition::{
    AcceptedFinding, ChangeRequest, ConditionInput, DecisionInput, OutcomeInput, TransitionDraft,
};
pub use trial::{Trial, TrialPage, Tried};
pub use view::{OrganisationView, PersonView, View};

pub use crate::papers::DocumentFormat;

use crate::{clock::Clock, domain::calendar::Moment, store::Store};

/// Between two looks for work that another process has left.
const LOOK: Duration = Duration::from_millis(500);

/// What the service does, over one database. Cheap to clone.
#[derive(Clone)]
pub struct App {
    store: Store,
    shared: Arc<Shared>,
}

struct Shared {
    options: Options,
    frames: frame::Frames,
    definitions: definition::Held,
    reference: reference::Held,
    /// Told when something was committed that the worker may have to do with.
    committed: tokio::sync::Notify,
    feed: Arc<feed::Feed>,
}

/// What the use cases are told once.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hours a sign-in lasts.
    pub session_hours: u32,
    /// Most bytes of one attachment.
    pub attachment_bytes: usize,
    /// What time it is.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self { session_hours: 12, attachment_bytes: 20 * 1024 * 1024, clock: Clock::default() }
    }
}

impl App {
    /// The service over this database.
    #[must_use]
    pub fn new(store: Store, options: Options) -> Self {
        let shared = Shared {
            options,
            frames: frame::Frames::default(),
            definitions: definition::Held(definition::Definitions::shipped()),
            reference: reference::Held::default(),
            committed: tokio::sync::Notify::new(),
            feed: Arc::default(),
        };
        Self { store, shared: Arc::new(shared) }
    }

    /// Now, by the clock of this service.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.shared.options.clock.now()
    }

    /// Ready once a command of this process has committed since the last time; for the one worker beside it.
    pub async fn committed(&self) {
        self.shared.committed.notified().await;
    }

    /// Ready once messages or reactions wait that whoever else shares the database has committed, of those that are asked for; looks
    /// for them twice a second.
    pub async fn work_waits(&self, messages: bool, reactions: bool) {
        loop {
            tokio::time::sleep(LOOK).await;
            match self.store.read().work_waits(messages, reactions, self.now().at).await {
                Ok(true) => return,
                Ok(false) => {}
                // Whoever waits for this looks for work every now and then anyway, and tells what fails.
                Err(error) => tracing::debug!("whether work waits is not known: {error}"),
            }
        }
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}
