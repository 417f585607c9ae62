//! Messages: what kinds there are and how little each may carry.
//!
//! A message carries reference, title, who acted, what is expected and by when; reasons and comments are read
//! in the case. Which event sends which message to whom is [`notices`], and nothing else sends any.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::{ContactId, PersonId},
    party::Party,
    permission::Role,
    review::{Panel, Recommendation},
    words::words,
    workflow::Phase,
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
        /// Changes were requested in the named sections by the date.
        ChangesRequested = "CHANGES_REQUESTED",
        /// The panel's outcome was recorded.
        OutcomeRecorded = "OUTCOME_RECORDED",
        /// The case awaits the decision of the body with authority.
        DecisionAwaited = "DECISION_AWAITED",
        /// The decision was recorded.
        DecisionRecorded = "DECISION_RECORDED",
        /// You own or verify this condition.
        ConditionAssigned = "CONDITION_ASSIGNED",
        /// Your action was received.
        ActionReceived = "ACTION_RECEIVED",
        /// A material change opened a re-examination that you are to judge.
        ReexaminationOpened = "REEXAMINATION_OPENED",
        /// Something your case relies on was decided.
        RelianceChanged = "RELIANCE_CHANGED",
        /// Something is due or overdue.
        Reminder = "REMINDER",
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
    /// The phase after it.
    pub phase: Phase,
    /// The label of the state after it.
    pub state_label: &'a str,
    /// Titles of what a return names.
    pub sections: &'a [String],
}

/// The messages that follow from what happened, each recipient of a kind once.
#[must_use]
pub fn notices(case: &Case, happenings: &[Happening], circumstances: Circumstances<'_>) -> Vec<Notice> {
    let mut post = Post { case, circumstances, sent: BTreeSet::new(), notices: Vec::new() };
    for happening in happenings {
        post.of(happening.kind);
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
    fn of(&mut self, kind: EventKind) {
        let process = &self.case.process;
        let review_due = process.clocks.get("review").and_then(|clock| clock.due);
        match kind {
            EventKind::AssessmentTransitioned => self.transitioned(review_due),
            EventKind::PanelAssigned => {
                let before = members(self.circumstances.before.process.panel.as_ref());
                for person in members(process.panel.as_ref()).difference(&before) {
                    self.send(NoticeKind::PanelAssigned, Recipient::Person(*person), None, review_due);
                }
            }
            EventKind::ReviewSubmitted => {
                self.receipt("Review received");
                let voting = process.panel.iter().flat_map(|p| &p.members).filter(|m| m.votes());
                let all_in = voting.into_iter().all(|member| {
                    self.case.reviews_of(self.case.revision).any(|review| review.reviewer == member.person)
                });
                if all_in {
                    self.roles(&[Role::PanelChair, Role::PanelSecretary], NoticeKind::ReviewsComplete, None);
                }
            }
            EventKind::OutcomeRecorded => self.concluded(),
            EventKind::DecisionRecorded => {
                let label = self.circumstances.state_label.to_owned();
                let mut people = self.parties();
                people.extend(members(process.panel.as_ref()));
                for person in people {
                    self.send(NoticeKind::DecisionRecorded, Recipient::Person(person), Some(&label), None);
                }
                self.roles(&[Role::EqualityLead, Role::PanelSecretary], NoticeKind::DecisionRecorded, None);
            }
            EventKind::MitigationReported => self.receipt("Report on a mitigation received"),
            EventKind::ConditionReported => self.receipt("Report on a condition received"),
            EventKind::ReexaminationOpened => {
                let due = process.reexamination.as_ref().map(|open| open.due);
                self.roles(&[Role::EqualityLead, Role::PanelChair], NoticeKind::ReexaminationOpened, due);
            }
            EventKind::RelianceChanged => {
                for person in self.parties() {
                    self.send(NoticeKind::RelianceChanged, Recipient::Person(person), None, None);
                }
            }
            EventKind::ClockOverdue => {
                for member in process.panel.iter().flat_map(|panel| &panel.members) {
                    let reviewed =
                        self.case.reviews_of(self.case.revision).any(|r| r.reviewer == member.person);
                    if !reviewed && member.interest != crate::review::Interest::Withdrawn {
                        self.send(NoticeKind::Reminder, Recipient::Person(member.person), None, review_due);
                    }
                }
                self.roles(&[Role::PanelSecretary], NoticeKind::Reminder, review_due);
            }
            _ => {}
        }
    }

    fn transitioned(&mut self, review_due: Option<NaiveDate>) {
        let label = self.circumstances.state_label.to_owned();
        self.receipt(&label);
        if self.circumstances.phase == Phase::Review {
            match self.case.process.panel.as_ref() {
                Some(panel) => {
                    for member in
                        panel.members.iter().filter(|m| m.interest != crate::review::Interest::Withdrawn)
                    {
                        let to = Recipient::Person(member.person);
                        self.send(NoticeKind::Submitted, to, Some(&label), review_due);
                    }
                }
                None => {
                    self.roles(&[Role::PanelSecretary, Role::PanelChair], NoticeKind::Submitted, review_due);
                }
            }
        }
    }

    fn concluded(&mut self) {
        let label = self.circumstances.state_label.to_owned();
        let Some(outcome) = self.case.process.outcomes.last() else { return };
        if outcome.recommendation == Recommendation::Return {
            let due = self.case.process.returned.as_ref().and_then(|returned| returned.due);
            for person in self.parties() {
                self.send(NoticeKind::ChangesRequested, Recipient::Person(person), Some(&label), due);
            }
            return;
        }
        let mut people = self.parties();
        people.extend(members(self.case.process.panel.as_ref()));
        for person in people {
            self.send(NoticeKind::OutcomeRecorded, Recipient::Person(person), Some(&label), None);
        }
        if self.circumstances.phase == Phase::Approved {
            let due = self.case.content.proposal.decision_date;
            self.roles(&[Role::DecisionMaker], NoticeKind::DecisionAwaited, due);
        }
        for condition in self.case.process.conditions.iter().filter(|c| outcome.conditions.contains(&c.id)) {
            for party in [&condition.owner, &condition.verifier] {
                if let Some(to) = recipient(party) {
                    self.send(NoticeKind::ConditionAssigned, to, None, Some(condition.due));
                }
            }
        }
    }

    /// Author, contributors and SRO.
    fn parties(&self) -> BTreeSet<PersonId> {
        let sro = self.case.content.sro.as_ref().and_then(|sro| sro.person);
        let mut people: BTreeSet<PersonId> = self.case.content.contributors.iter().copied().collect();
        people.insert(self.case.author);
        people.extend(sro);
        people
    }

    /// Tells whoever acted that it arrived.
    fn receipt(&mut self, what: &str) {
        if let Some(actor) = self.circumstances.actor {
            self.push(NoticeKind::ActionReceived, Recipient::Person(actor), Some(what), None);
        }
    }

    fn roles(&mut self, roles: &[Role], kind: NoticeKind, due: Option<NaiveDate>) {
        let label = self.circumstances.state_label.to_owned();
        let people: Vec<PersonId> = roles
            .iter()
            .filter_map(|role| self.circumstances.directory.get(role))
            .flatten()
            .copied()
            .collect();
        for person in people {
            self.send(kind, Recipient::Person(person), Some(&label), due);
        }
    }

    /// Sends to everybody but the one who acted, who knows.
    fn send(&mut self, kind: NoticeKind, to: Recipient, what: Option<&str>, due: Option<NaiveDate>) {
        let own = self.circumstances.actor.is_some_and(|actor| to == Recipient::Person(actor));
        if !own || kind == NoticeKind::ConditionAssigned {
            self.push(kind, to, what, due);
        }
    }

    fn push(&mut self, kind: NoticeKind, to: Recipient, what: Option<&str>, due: Option<NaiveDate>) {
        if self.sent.insert((kind, to)) {
            let sections = if kind == NoticeKind::ChangesRequested {
                self.circumstances.sections.to_vec()
            } else {
                Vec::new()
            };
            self.notices.push(Notice {
                kind,
                to,
                facts: NoticeFacts {
                    reference: self.case.reference.clone(),
                    title: self.case.content.title.clone(),
                    actor: self.circumstances.actor,
                    what: what.map(str::to_owned),
                    due,
                    sections,
                },
            });
        }
    }
}

fn members(panel: Option<&Panel>) -> BTreeSet<PersonId> {
    panel.iter().flat_map(|panel| &panel.members).map(|member| member.person).collect()
}

fn recipient(party: &Party) -> Option<Recipient> {
    party.person.map(Recipient::Person).or(party.contact.map(Recipient::Contact))
}
