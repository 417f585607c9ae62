//! Messages: what kinds there are and how little each may carry.
//!
//! A message carries reference, title, who acted, what is expected and by when; reasons and comments are read
//! in the case. Which event sends which message to whom is [`notices`], and nothing else sends any.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    id::{ContactId, PersonId},
    words::words,
};

words! {
    /// The kinds of message.
    NoticeKind {
        /// You are on this panel: declare your interest and review by the date.
        PanelAssigned = "PANEL_ASSIGNED",
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
