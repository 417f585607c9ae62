//! One message to one person, with all it says.

use std::fmt;

use chrono::NaiveDate;
use secrecy::SecretString;
use url::Url;

use crate::domain::{
    id::OutboxId,
    notify::{MeetingFacts, NoticeKind},
};

/// A message that is due to be sent. Its `Debug` form shows neither name nor address nor content.
#[derive(Clone)]
pub struct Letter {
    /// The outbox row; the `Message-ID` is derived from it.
    pub id: OutboxId,
    /// Which message it is.
    pub kind: NoticeKind,
    /// How the recipient is addressed: "Asha Fielding".
    pub to_name: String,
    /// The recipient's address, as recorded; one that cannot be used fails for good when it is sent.
    pub to_address: String,
    /// What the message says.
    pub facts: LetterFacts,
}

/// All that a message may say of its case.
#[derive(Clone, Debug)]
pub struct LetterFacts {
    /// The case's reference; empty for messages about an account.
    pub reference: String,
    /// The case's title; empty for messages about an account.
    pub title: String,
    /// The organisation on whose behalf the message is sent.
    pub organisation: String,
    /// Who acted, by name.
    pub actor_name: Option<String>,
    /// What was done or concluded, or what is due, as a label: "Approved with conditions". For
    /// [`NoticeKind::PasswordReset`] when the link stops working: "at 16:30 on 14 March 2027".
    pub what: Option<String>,
    /// By when the recipient is to act.
    pub due: Option<NaiveDate>,
    /// Titles of the sections or fields that are named.
    pub sections: Vec<String>,
    /// The meeting it is about; it goes with the message as an entry for calendars.
    pub meeting: Option<MeetingFacts>,
    /// Where the case is read, or where an account signs in.
    pub link: Url,
    /// The single-use link of [`NoticeKind::PasswordReset`]; no other message has one.
    pub secret_link: Option<SecretString>,
    /// Why this person receives this message, as a sentence; [`usual_reason`] has one for each kind.
    pub sent_because: String,
}

/// The sentence that tells why a message of this kind was sent, when there is nothing more exact to say.
#[must_use]
pub const fn usual_reason(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::PanelAssigned => "You were named as a member of this case’s panel.",
        NoticeKind::Submitted => "You are on this case’s panel, chair it or act as its secretary.",
        NoticeKind::ReviewsComplete => "You chair this case’s panel or act as its secretary.",
        NoticeKind::ChangesRequested => {
            "You wrote this assessment, contributed to it or are responsible for its proposal."
        }
        NoticeKind::OutcomeRecorded => {
            "You are on this case’s panel, or it is your assessment: you wrote it, contributed to it or are responsible \
             for its proposal."
        }
        NoticeKind::DecisionAwaited => "You act for the body that is to decide this proposal.",
        NoticeKind::DecisionRecorded => {
            "You took part in this case, are responsible for its proposal, or act as equality lead or panel secretary."
        }
        NoticeKind::ConditionAssigned => "You were named as owner or verifier of a condition of this case.",
        NoticeKind::Named => {
            "You were named as contributor or senior responsible officer of this assessment."
        }
        NoticeKind::ActionReceived => "You took this action in the case.",
        NoticeKind::ReexaminationOpened => "You are the equality lead for this case or chair its panel.",
        NoticeKind::RelianceChanged => "You are responsible for a case that relies on another.",
        NoticeKind::Withdrawn => {
            "You took part in this case, are responsible for its proposal, or act as its panel’s secretary."
        }
        NoticeKind::Shared => "You govern or administer an organisation that this case was shared with.",
        NoticeKind::MeetingInvited | NoticeKind::MeetingMoved => "You are expected at this meeting.",
        NoticeKind::MeetingCancelled => "You were expected at this meeting.",
        NoticeKind::Reminder => "You are the person in this case for whom this is waiting.",
        NoticeKind::PasswordReset => "Somebody asked for a new password for the account with this address.",
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}
