//! What somebody wants to hear by mail, and when: at once, once a day, or not at all.
//!
//! A person says so for each kind of message; what they do not say is the program's default. Parties without an account
//! have no preferences: they are written to at once.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    notify::NoticeKind,
    text::{Path, Violation},
    words::words,
};

/// The hour of the daily digest until somebody chooses another, Europe/London.
pub const HOUR: u8 = 8;

words! {
    /// When messages of a kind are sent.
    MailTiming {
        /// As soon as it happened.
        AtOnce = "AT_ONCE",
        /// In the daily digest, one line each.
        Digest = "DIGEST",
        /// Never.
        Off = "OFF",
    }
}

/// What a person wants to hear by mail, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailPreferences {
    /// The hour of the daily digest, 0 to 23, Europe/London; it goes on NHS working days.
    pub digest_hour: u8,
    /// Whether the digest lists what they still owe. Without it the digest goes only when there is news for it.
    pub tasks_in_digest: bool,
    /// What they chose, by kind; the default of the kind where they chose nothing.
    pub kinds: BTreeMap<NoticeKind, MailTiming>,
}

impl Default for MailPreferences {
    fn default() -> Self {
        Self { digest_hour: HOUR, tasks_in_digest: true, kinds: BTreeMap::new() }
    }
}

impl MailPreferences {
    /// When messages of a kind are sent to this person. A choice that is no longer offered counts as none.
    #[must_use]
    pub fn timing(&self, kind: NoticeKind) -> MailTiming {
        let chosen = self.kinds.get(&kind).copied().filter(|chosen| choices(kind).contains(chosen));
        chosen.unwrap_or_else(|| usual(kind))
    }

    /// Refuses an hour that no day has, and choices that are not offered.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        let mut violations = Vec::new();
        if self.digest_hour > 23 {
            let message = "The digest goes at a full hour from 0 to 23, by the clock in London; choose one.";
            violations.push(Violation::new("INVALID", message, Path::of(["digestHour"])));
        }
        for (kind, timing) in &self.kinds {
            let offered = choices(*kind);
            if !offered.contains(timing) {
                let offered: Vec<&str> = offered.iter().map(|timing| timing.as_str()).collect();
                let message = match offered.as_slice() {
                    [only] => format!("Messages of the kind {kind} are always sent {only}."),
                    some => {
                        format!(
                            "Messages of the kind {kind} cannot be {timing}; choose {}.",
                            some.join(" or ")
                        )
                    }
                };
                let at = Path::of(["kinds", kind.as_str()]);
                violations.push(Violation::new("INVALID", message, at));
            }
        }
        if violations.is_empty() { Ok(()) } else { Err(violations) }
    }
}

/// When messages of a kind are sent to whoever has not chosen: what asks somebody to act, or answers what they just did,
/// at once; what reminds, once a day.
#[must_use]
pub const fn usual(kind: NoticeKind) -> MailTiming {
    match kind {
        NoticeKind::Reminder => MailTiming::Digest,
        _ => MailTiming::AtOnce,
    }
}

/// What may be chosen for a kind.
///
/// * A link to set a new password is asked for by the person and works for an hour: always at once.
/// * What asks a person to act within a time that the process or the law sets cannot be off, or nobody could rely on
///   their having been asked: a seat on a panel (declare, review), changes requested, a question, a decision awaited (the duty is
///   owed before and at the time of deciding), a condition to meet or verify, a re-examination to judge, a refusal to ratify. So it is with
///   being named: who is named answers for what is said in their name. It may wait for the digest.
/// * That mail does not reach somebody is an administrator's to mend; nobody else would notice.
/// * The digest itself is the vehicle of the others: it goes when there is something in it.
#[must_use]
pub const fn choices(kind: NoticeKind) -> &'static [MailTiming] {
    match kind {
        NoticeKind::PasswordReset | NoticeKind::DailyDigest => &[MailTiming::AtOnce],
        NoticeKind::PanelAssigned
        | NoticeKind::ChangesRequested
        | NoticeKind::Question
        | NoticeKind::DecisionAwaited
        | NoticeKind::ConditionAssigned
        | NoticeKind::VerificationAwaited
        | NoticeKind::ConditionBreached
        | NoticeKind::ReadingAsked
        | NoticeKind::ReexaminationOpened
        | NoticeKind::NotRatified
        | NoticeKind::Named
        | NoticeKind::MeetingInvited
        | NoticeKind::MeetingMoved
        | NoticeKind::MeetingCancelled
        | NoticeKind::DeputyNamed
        | NoticeKind::AddressFailed => &[MailTiming::AtOnce, MailTiming::Digest],
        NoticeKind::Submitted
        | NoticeKind::ReviewsComplete
        | NoticeKind::OutcomeRecorded
        | NoticeKind::DecisionRecorded
        | NoticeKind::ActionReceived
        | NoticeKind::RelianceChanged
        | NoticeKind::Withdrawn
        | NoticeKind::Shared
        | NoticeKind::Reminder => &[MailTiming::AtOnce, MailTiming::Digest, MailTiming::Off],
    }
}
