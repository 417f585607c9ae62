//! Messages: what kinds there are and how little each may carry.
//!
//! A message carries reference, title, who acted, what is expected and by when; reasons and comments are read
//! in the case. Which event sends which message to whom is [`notices`], and nothing else sends any.

pub mod applies;
mod follow;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    assessment::Content,
    case::{Case, ShareLevel},
    event::{EventKind, Happening},
    id::{ContactId, MeetingId, OrganisationId, PersonId},
    party::Party,
    permission::{Action, Actor, Grant, Role, is_party, permit, was_party},
    review::{Interest, Panel, PanelMember, Recommendation},
    settings::Settings,
    words::words,
    workflow::{
        Phase, Standing,
        deadline::{self, Deadline, Told},
        definition::Workflow,
        engine::phase,
    },
};

words! {
    /// The kinds of message.
    NoticeKind {
        /// You are on this panel: declare your interest and review by the date.
        PanelAssigned = "PANEL_ASSIGNED",
        /// A case was submitted and is before the panel.
        Submitted = "SUBMITTED",
        /// The case is ready for the panel's conclusion.
        ReviewsComplete = "REVIEWS_COMPLETE",
        /// Changes were requested by the date; of what, and why, is read in the case.
        ChangesRequested = "CHANGES_REQUESTED",
        /// The panel asks something in a thread, or its author answered there.
        Question = "QUESTION",
        /// The panel's outcome was recorded.
        OutcomeRecorded = "OUTCOME_RECORDED",
        /// The panel did not ratify what the chair concluded between meetings.
        NotRatified = "NOT_RATIFIED",
        /// The case awaits the decision of the body with authority.
        DecisionAwaited = "DECISION_AWAITED",
        /// The decision was recorded.
        DecisionRecorded = "DECISION_RECORDED",
        /// You own or verify this condition.
        ConditionAssigned = "CONDITION_ASSIGNED",
        /// A condition that you verify is met, says its owner.
        VerificationAwaited = "VERIFICATION_AWAITED",
        /// A condition is not met.
        ConditionBreached = "CONDITION_BREACHED",
        /// Read the assessment before the body meets, and confirm it.
        ReadingAsked = "READING_ASKED",
        /// You were named among those whose proposal the case is.
        Named = "NAMED",
        /// Your action was received.
        ActionReceived = "ACTION_RECEIVED",
        /// A material change opened a re-examination that you are to judge.
        ReexaminationOpened = "REEXAMINATION_OPENED",
        /// Something your case relies on was decided.
        RelianceChanged = "RELIANCE_CHANGED",
        /// The case was withdrawn, or closed without going ahead.
        Withdrawn = "WITHDRAWN",
        /// A case was shared with your organisation.
        Shared = "SHARED",
        /// You are expected at a meeting of this panel.
        MeetingInvited = "MEETING_INVITED",
        /// A meeting at which you are expected is at another time or place.
        MeetingMoved = "MEETING_MOVED",
        /// A meeting was cancelled, or you are no longer expected.
        MeetingCancelled = "MEETING_CANCELLED",
        /// Something is due or overdue.
        Reminder = "REMINDER",
        /// What you still owe, and what happened: once a day.
        DailyDigest = "DAILY_DIGEST",
        /// You stand in for somebody who is away, or no longer do.
        DeputyNamed = "DEPUTY_NAMED",
        /// Mail does not reach somebody of your organisation.
        AddressFailed = "ADDRESS_FAILED",
        /// Set a new password with this single-use link.
        PasswordReset = "PASSWORD_RESET",
    }
}

/// Who receives a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Recipient {
    /// A person with an account.
    Person(PersonId),
    /// A party without one.
    Contact(ContactId),
}

impl Recipient {
    /// The person, when it is one with an account.
    #[must_use]
    pub const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Contact(_) => None,
        }
    }
}

/// What a message says of its case; all of it may be read by its recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NoticeFacts {
    /// The case's reference; empty for messages about an account.
    pub reference: String,
    /// The case's title.
    pub title: String,
    /// Who acted.
    pub actor: Option<PersonId>,
    /// What was done or concluded, as a label: "Approved with conditions".
    pub what: Option<String>,
    /// By when the recipient is to act.
    pub due: Option<NaiveDate>,
    /// Titles of the sections or fields that are named.
    pub sections: Vec<String>,
    /// The meeting it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingFacts>,
}

/// What an entry in a calendar says of a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingFacts {
    /// Which.
    pub id: MeetingId,
    /// Counts its changes.
    pub sequence: u32,
    /// When it begins.
    pub start: DateTime<Utc>,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// Where.
    pub place: String,
}

/// One message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// Its kind.
    pub kind: NoticeKind,
    /// Who receives it.
    pub to: Recipient,
    /// What it says.
    pub facts: NoticeFacts,
}

/// Who watches over cases whose clocks ran out.
pub const OVERSEE: [Role; 3] = [Role::PanelSecretary, Role::EqualityLead, Role::Governance];

/// Who holds which role in the case's organisation.
pub type Directory = BTreeMap<Role, Vec<PersonId>>;

/// What messages say beside the case itself.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'a> {
    /// Who acted; `None` for the worker or the operator.
    pub actor: Option<PersonId>,
    /// Who holds which role.
    pub directory: &'a Directory,
    /// The case before the command.
    pub before: &'a Case,
    /// The workflow of the case.
    pub workflow: &'a Workflow,
    /// The settings of its organisation.
    pub settings: &'a Settings,
    /// Who governs or administers the organisation that the case was shared with.
    pub partners: &'a [PersonId],
}

/// What a question says of itself when the panel asks; see [`asks_author`].
const ASKS: &str = "asks";

/// Whether a message tells an author that the panel asks something.
#[must_use]
pub fn asks_author(notice: &Notice) -> bool {
    notice.kind == NoticeKind::Question && notice.facts.what.as_deref() == Some(ASKS)
}

/// The messages that follow from what happened, each recipient of a kind once.
#[must_use]
pub fn notices(case: &Case, happenings: &[Happening], circumstances: Circumstances<'_>) -> Vec<Notice> {
    let mut post = Post { case, circumstances, sent: BTreeSet::new(), notices: Vec::new() };
    for happening in happenings {
        post.of(happening);
    }
    post.notices
}

struct Post<'a> {
    case: &'a Case,
    circumstances: Circumstances<'a>,
    sent: BTreeSet<(NoticeKind, Recipient)>,
    notices: Vec<Notice>,
}

impl Post<'_> {
    fn of(&mut self, happening: &Happening) {
        let process = &self.case.process;
        match happening.kind {
            EventKind::AssessmentEdited => self.named(),
            EventKind::AssessmentTransitioned => self.transitioned(),
            EventKind::PanelAssigned => {
                let before = members(self.circumstances.before.process.panel.as_ref());
                for person in members(process.panel.as_ref()).difference(&before) {
                    self.send(NoticeKind::PanelAssigned, Recipient::Person(*person), None, process.due());
                }
                self.completed();
            }
            EventKind::InterestDeclared | EventKind::ClockOverdue => self.completed(),
            EventKind::ReviewSubmitted => {
                self.receipt("Review received");
                self.completed();
            }
            EventKind::RemarkMade => self.remarked(&happening.payload),
            EventKind::OutcomeRecorded => self.concluded(),
            EventKind::DecisionRecorded => {
                self.concerned(NoticeKind::DecisionRecorded);
                self.roles([Role::EqualityLead, Role::PanelSecretary], NoticeKind::DecisionRecorded, None);
            }
            EventKind::RatificationRecorded => self.answered_by_panel(),
            EventKind::MitigationReported => self.receipt("Report on a mitigation received"),
            EventKind::ConditionReported => self.condition_reported(&happening.payload),
            EventKind::ConditionReassigned => self.condition_reassigned(&happening.payload),
            EventKind::ConditionBreached => self.condition_breached(&happening.payload),
            EventKind::BreachAnswered => self.breach_answered(&happening.payload),
            EventKind::ReadingAsked => self.readings_asked(&happening.payload),
            EventKind::ReexaminationOpened => {
                let due = process.reexamination.as_ref().map(|open| open.due);
                self.roles([Role::EqualityLead, Role::PanelChair], NoticeKind::ReexaminationOpened, due);
            }
            EventKind::AssessmentShared => self.shared(&happening.payload),
            EventKind::RelianceConfirmed if process.knows_as_much(&self.circumstances.before.process) => {}
            EventKind::RelianceChanged | EventKind::RelianceConfirmed => self.reliance_turned(),
            EventKind::ReminderDue => self.remind(&happening.payload),
            _ => {}
        }
    }

    /// Tells contributors and SRO who were not named before what they are now, if they may read the case.
    fn named(&mut self) {
        let (before, now) = (&self.circumstances.before.content, &self.case.content);
        let sponsor = |content: &Content| content.sro.as_ref().and_then(|sro| sro.person);
        let sro = sponsor(now).filter(|person| sponsor(before) != Some(*person));
        let joined: BTreeSet<PersonId> =
            now.contributors.iter().filter(|person| !before.contributors.contains(person)).copied().collect();
        for person in joined.iter().copied().chain(sro).collect::<BTreeSet<_>>() {
            let what = match (joined.contains(&person), sro == Some(person)) {
                (true, true) => "contributor and senior responsible officer",
                (true, false) => "contributor",
                (false, _) => "senior responsible officer",
            };
            if self.reads(person) {
                self.send(NoticeKind::Named, Recipient::Person(person), Some(what), None);
            }
        }
    }

    /// Whether somebody of the case's organisation may read the case.
    fn reads(&self, person: PersonId) -> bool {
        let phase = phase(self.case, self.circumstances.workflow);
        permit(&self.holder(person), Action::Read, self.case, phase).is_ok()
    }

    /// Somebody with the roles they are told for.
    fn holder(&self, person: PersonId) -> Actor {
        let holders = self.circumstances.directory.iter().filter(|(_, holders)| holders.contains(&person));
        let grants =
            holders.map(|(role, _)| Grant { organisation: self.case.organisation, role: *role, until: None });
        Actor { person, grants: grants.collect(), deputises: Vec::new(), read_only: false }
    }

    fn transitioned(&mut self) {
        let label = self.label();
        self.receipt(&label);
        let due = self.case.process.due();
        match phase(self.case, self.circumstances.workflow) {
            Phase::Review => match &self.case.process.panel {
                Some(panel) => {
                    // Whom this very step put on the panel is told that, and what to do.
                    let before = members(self.circumstances.before.process.panel.as_ref());
                    for member in panel.members.iter().filter(|member| before.contains(&member.person)) {
                        let to = Recipient::Person(member.person);
                        self.send(NoticeKind::Submitted, to, Some(&label), due);
                    }
                }
                None if self.circumstances.workflow.asks_panel(&self.case.state) => {
                    self.roles([Role::PanelSecretary, Role::PanelChair], NoticeKind::Submitted, due);
                }
                None => {
                    let concluders = self.circumstances.workflow.concluders(&self.case.state);
                    self.roles(concluders, NoticeKind::Submitted, due);
                }
            },
            // Somebody reopened it: its authors are to work on it again.
            Phase::Drafting if self.circumstances.actor.is_some_and(|by| !is_party(self.case, by)) => {
                for person in parties(self.case) {
                    self.send(NoticeKind::ChangesRequested, Recipient::Person(person), Some(&label), due);
                }
            }
            Phase::Closed if self.stopped() => {
                self.concerned(NoticeKind::Withdrawn);
                if self.case.process.submitted_revision.is_some() {
                    self.roles([Role::PanelSecretary], NoticeKind::Withdrawn, None);
                }
            }
            _ => {}
        }
    }

    fn stopped(&self) -> bool {
        let state = self.circumstances.workflow.state(&self.case.state);
        state.is_some_and(|state| state.standing == Standing::Stopped)
    }

    /// Tells those who govern or administer the other organisation what it may see; of what it may not see any
    /// more it is told nothing.
    fn shared(&mut self, payload: &Value) {
        let level = payload.get("level").and_then(Value::as_str).and_then(ShareLevel::parse);
        let level = level.unwrap_or(ShareLevel::None);
        let with = payload.get("organisation").and_then(|with| serde_json::from_value(with.clone()).ok());
        let before =
            with.and_then(|with: OrganisationId| self.circumstances.before.shares.get(&with).copied());
        // What they may no longer see is nothing to be called to.
        if level <= before.unwrap_or(ShareLevel::None) {
            return;
        }
        let Some(what) = share_words(level) else { return };
        for person in self.circumstances.partners {
            self.send(NoticeKind::Shared, Recipient::Person(*person), Some(what), None);
        }
    }

    /// Tells those whose proposal it is that they are asked, and whoever asked that there is an answer.
    fn remarked(&mut self, payload: &Value) {
        let id = payload.get("thread").and_then(|id| serde_json::from_value(id.clone()).ok());
        let Some(thread) = self.case.process.threads.iter().find(|thread| Some(thread.id) == id) else {
            return;
        };
        if !thread.asks_author {
            return;
        }
        if thread.waits_for_author(|person| was_party(self.case, person)) {
            let due = self.case.process.due();
            for person in parties(self.case) {
                self.send(NoticeKind::Question, Recipient::Person(person), Some(ASKS), due);
            }
        } else if let Some(asker) = thread.begun_by() {
            self.send(NoticeKind::Question, Recipient::Person(asker), Some("answers"), None);
        }
    }

    /// Tells those who conclude, once, that the case is ready and nobody else is waited for.
    fn completed(&mut self) {
        let Circumstances { workflow, settings, before, .. } = self.circumstances;
        let ready = |case: &Case| {
            let mut members = case.process.panel.iter().flat_map(|panel| &panel.members);
            members.any(PanelMember::votes) && workflow.asks_conclusion(case, settings.composition())
        };
        if ready(self.case) && !ready(before) {
            let mut roles = self.circumstances.workflow.concluders(&self.case.state);
            if !roles.is_empty() {
                roles.insert(Role::PanelSecretary);
            }
            self.roles(roles, NoticeKind::ReviewsComplete, self.case.process.due());
        }
    }

    /// Tells whom the step names of what is due, if it still is.
    fn remind(&mut self, payload: &Value) {
        let Ok(reminder) = serde_json::from_value::<deadline::Reminder>(payload.clone()) else { return };
        let Circumstances { workflow, settings, .. } = self.circumstances;
        let deadlines = deadline::deadlines(self.case, workflow, settings);
        let stands = |one: &&Deadline| one.key == reminder.deadline && one.due == reminder.due;
        let Some(late) = deadlines.iter().find(stands) else { return };
        for told in reminder.to.iter().filter_map(|word| Told::parse(word)) {
            self.tell(NoticeKind::Reminder, told, &late.waits, (&late.what, reminder.due));
        }
    }

    fn concluded(&mut self) {
        let label = self.label();
        let case = self.case;
        let Some(outcome) = case.process.outcomes.last() else { return };
        if outcome.recommendation == Recommendation::Return {
            let due = self.case.process.returned.as_ref().and_then(|returned| returned.due);
            for person in parties(self.case) {
                self.send(NoticeKind::ChangesRequested, Recipient::Person(person), Some(&label), due);
            }
            return;
        }
        self.concerned(NoticeKind::OutcomeRecorded);
        let due = self.case.content.proposal.decision_date;
        let deciders = self.circumstances.workflow.deciders(&self.case.state);
        self.roles(deciders, NoticeKind::DecisionAwaited, due);
        self.conditions_set(outcome);
    }

    /// A refusal goes to those whose proposal it is, those who decide it and whoever leads on equality: what was done
    /// stands, and they judge what follows from it.
    fn answered_by_panel(&mut self) {
        if self.case.process.ratifications.last().is_none_or(|answer| answer.ratified) {
            return;
        }
        for person in parties(self.case) {
            self.send(NoticeKind::NotRatified, Recipient::Person(person), None, None);
        }
        self.roles([Role::DecisionMaker, Role::EqualityLead], NoticeKind::NotRatified, None);
    }

    /// Tells those whose proposal it is and the panel what came of it.
    fn concerned(&mut self, kind: NoticeKind) {
        let what = self.what(kind);
        let mut people = parties(self.case);
        people.extend(members(self.case.process.panel.as_ref()));
        for person in people {
            self.send(kind, Recipient::Person(person), what.as_deref(), None);
        }
    }

    /// What a message of this kind says was done: what was decided, or where the case stands now. What changed
    /// in a case that is to be examined again is read there.
    fn what(&self, kind: NoticeKind) -> Option<String> {
        match kind {
            NoticeKind::ReexaminationOpened | NoticeKind::NotRatified => None,
            NoticeKind::DecisionRecorded => {
                let decision = self.case.process.decisions.last()?;
                // To screen out is called that, and not that something proceeds.
                let screens = self.case.process.screened.iter().any(|said| said.at == decision.at);
                Some(if screens { self.label() } else { decision.told() })
            }
            _ => Some(self.label()),
        }
    }

    /// What the state of the case is called.
    fn label(&self) -> String {
        let state = self.circumstances.workflow.state(&self.case.state);
        state.map_or_else(String::new, |state| state.label.clone())
    }

    /// Tells whoever acted that it arrived.
    fn receipt(&mut self, what: &str) {
        if let Some(actor) = self.circumstances.actor {
            self.push(NoticeKind::ActionReceived, Recipient::Person(actor), Some(what), None);
        }
    }

    fn roles(&mut self, roles: impl IntoIterator<Item = Role>, kind: NoticeKind, due: Option<NaiveDate>) {
        let what = self.what(kind);
        let directory = self.circumstances.directory;
        for person in roles.into_iter().filter_map(|role| directory.get(&role)).flatten() {
            // Whose own proposal it is, or whom an interest keeps from it, is not asked to act on it.
            if may_act(self.case, self.circumstances.workflow, kind, &self.holder(*person)) {
                self.send(kind, Recipient::Person(*person), what.as_deref(), due);
            }
        }
    }

    /// Sends to everybody who may hear of it but the one who acted, who knows.
    fn send(&mut self, kind: NoticeKind, to: Recipient, what: Option<&str>, due: Option<NaiveDate>) {
        let heard = match to {
            Recipient::Person(person) => {
                self.circumstances.actor != Some(person) && may_hear(self.case, kind, person)
            }
            Recipient::Contact(_) => true,
        };
        if heard {
            self.push(kind, to, what, due);
        }
    }

    fn push(&mut self, kind: NoticeKind, to: Recipient, what: Option<&str>, due: Option<NaiveDate>) {
        if self.sent.insert((kind, to)) {
            self.notices.push(Notice {
                kind,
                to,
                facts: NoticeFacts {
                    reference: self.case.reference.clone(),
                    title: self.case.content.title.clone(),
                    actor: self.circumstances.actor,
                    what: what.map(str::to_owned),
                    due,
                    sections: Vec::new(),
                    meeting: None,
                },
            });
        }
    }
}

/// Whether the person may read what a message of this kind says of the case. A member who withdrew is told nothing more,
/// though they were taken off the panel since; one who has not declared only what asks for that.
#[must_use]
pub fn may_hear(case: &Case, kind: NoticeKind, person: PersonId) -> bool {
    if is_party(case, person) {
        return true;
    }
    match case.process.interest(person) {
        Interest::Withdrawn => false,
        Interest::Undeclared if members(case.process.panel.as_ref()).contains(&person) => matches!(
            kind,
            NoticeKind::PanelAssigned
                | NoticeKind::Submitted
                | NoticeKind::Withdrawn
                | NoticeKind::Reminder
                | NoticeKind::ActionReceived
        ),
        _ => true,
    }
}

/// Whether somebody who is told for a role they hold may do what a message of this kind asks of it.
fn may_act(case: &Case, workflow: &Workflow, kind: NoticeKind, holder: &Actor) -> bool {
    let any: &[Action] = match kind {
        NoticeKind::Submitted | NoticeKind::ReviewsComplete => &[Action::AssignPanel, Action::Conclude],
        NoticeKind::DecisionAwaited => &[Action::Decide, Action::Screen],
        NoticeKind::ReexaminationOpened => &[Action::JudgeMateriality],
        _ => return true,
    };
    let phase = phase(case, workflow);
    any.iter().any(|action| permit(holder, *action, case, phase).is_ok())
}

/// As far as a case is shared, in words; nothing where it is not.
const fn share_words(level: ShareLevel) -> Option<&'static str> {
    match level {
        ShareLevel::None => None,
        ShareLevel::Stub => Some("its reference, title and standing"),
        ShareLevel::Read => Some("to read"),
        ShareLevel::Review => Some("to read and to review"),
    }
}

/// Author, contributors and SRO.
fn parties(case: &Case) -> BTreeSet<PersonId> {
    let sro = case.content.sro.as_ref().and_then(|sro| sro.person);
    case.content.contributors.iter().copied().chain([case.author]).chain(sro).collect()
}

fn members(panel: Option<&Panel>) -> BTreeSet<PersonId> {
    panel.iter().flat_map(|panel| &panel.members).map(|member| member.person).collect()
}

/// Whom a step names, as its event says it.
fn told(payload: &Value) -> Vec<Told> {
    let words = payload.get("to").and_then(Value::as_array).into_iter().flatten();
    words.filter_map(|word| Told::parse(word.as_str()?)).collect()
}

fn recipient(party: &Party) -> Option<Recipient> {
    party.person.map(Recipient::Person).or(party.contact.map(Recipient::Contact))
}
