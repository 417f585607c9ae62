//! One message to one person, with all it says.

use std::fmt;

use chrono::NaiveDate;
use secrecy::SecretString;
use url::Url;

use crate::domain::{
    id::OutboxId,
    notify::{MeetingFacts, NoticeKind},
    preference::{self, MailTiming},
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
    /// The day by which an open re-examination of the case must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// Titles of the sections or fields that are named.
    pub sections: Vec<String>,
    /// The meeting it is about; it goes with the message as an entry for calendars.
    pub meeting: Option<MeetingFacts>,
    /// Where the case is read, or where an account signs in.
    pub link: Url,
    /// The single-use link of [`NoticeKind::PasswordReset`], or of a message that asks somebody without an account to
    /// report on a condition or to verify it; no other message has one.
    pub secret_link: Option<SecretString>,
    /// The last day on which the link about a condition works.
    pub secret_until: Option<NaiveDate>,
    /// Why this person receives this message, as a sentence; [`usual_reason`] has one for each kind.
    pub sent_because: String,
    /// Where the recipient chooses what they are sent; `None` for whoever has no account.
    pub preferences: Option<Url>,
    /// What [`NoticeKind::DailyDigest`] says; nothing in any other message.
    pub digest: DigestFacts,
}

/// What the daily digest says.
#[derive(Clone, Debug, Default)]
pub struct DigestFacts {
    /// Cases with what is owed in each, in the order of what is due first.
    pub owed: Vec<OwedFacts>,
    /// How many things are owed beside those.
    pub more: u64,
    /// What happened: each message by its kind and what it says.
    pub news: Vec<(NoticeKind, LetterFacts)>,
}

/// What is owed in one case.
#[derive(Clone, Debug)]
pub struct OwedFacts {
    /// The case's reference.
    pub reference: String,
    /// The case's title.
    pub title: String,
    /// Where the case is read.
    pub link: Url,
    /// The day by which an open re-examination of it must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// What is owed, as a sentence, and by when.
    pub tasks: Vec<(String, Option<NaiveDate>)>,
}

/// The sentence that tells what the recipient of a message may choose. A link to the preferences stands after it.
#[must_use]
pub fn choice(kind: NoticeKind, account: bool) -> &'static str {
    if !account {
        return "If such messages should not reach you, tell the person who named you or the organisation.";
    }
    match (kind, preference::choices(kind)) {
        (NoticeKind::DailyDigest, _) => {
            "You choose the hour of this digest, what stands in it, and which messages reach you at once."
        }
        (_, offered) if offered.contains(&MailTiming::Off) => {
            "You can have messages of this kind at once, in a daily digest or not at all."
        }
        (_, offered) if offered.contains(&MailTiming::Digest) => {
            "You can have messages of this kind at once or in a daily digest. They cannot be switched off, because \
             something waits for you."
        }
        _ => {
            "Messages of this kind are sent whenever they are asked for. You can choose when others reach you."
        }
    }
}

/// The sentence that tells why a message of this kind was sent, when there is nothing more exact to say.
#[must_use]
pub const fn usual_reason(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::PanelAssigned => "You were named as a member of this case’s panel.",
        NoticeKind::Submitted => {
            "You are on this case’s panel, judge it alone, or keep the panel’s business."
        }
        NoticeKind::ReviewsComplete => "You chair this case’s panel or act as its secretary.",
        NoticeKind::ChangesRequested => {
            "You wrote this assessment, contributed to it or are responsible for its proposal."
        }
        NoticeKind::Question => {
            "The panel asks something about your assessment, or what you asked its author is answered."
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
        NoticeKind::VerificationAwaited => "You were named as verifier of a condition of this case.",
        NoticeKind::ConditionBreached => {
            "You own this condition, sponsor the proposal, act for the body that decides it, or watch over this case."
        }
        NoticeKind::ReadingAsked => "You act for the body that is to decide this proposal.",
        NoticeKind::Named => {
            "You were named as contributor or senior responsible officer of this assessment."
        }
        NoticeKind::ActionReceived => "You took this action in the case.",
        NoticeKind::NotRatified => {
            "It is your assessment or proposal, you act for the body that decides it, or you lead on equality."
        }
        NoticeKind::ReexaminationOpened => "You are the equality lead for this case or chair its panel.",
        NoticeKind::RelianceChanged => {
            "You are responsible for a case that relies on another or on a partner, for what rests on that, or chair panels."
        }
        NoticeKind::Withdrawn => {
            "You took part in this case, are responsible for its proposal, or act as its panel’s secretary."
        }
        NoticeKind::Shared => "You govern or administer an organisation that this case was shared with.",
        NoticeKind::MeetingInvited | NoticeKind::MeetingMoved => "You are expected at this meeting.",
        NoticeKind::MeetingCancelled => "You were expected at this meeting.",
        NoticeKind::Reminder => "You are the person in this case for whom this is waiting.",
        NoticeKind::DailyDigest => "Something waits for you, or happened in cases you take part in.",
        NoticeKind::DeputyNamed => "You were named to stand in for somebody while they are away.",
        NoticeKind::AddressFailed => "You administer an organisation of these people.",
        NoticeKind::PasswordReset => "Somebody asked for a new password for the account with this address.",
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}
