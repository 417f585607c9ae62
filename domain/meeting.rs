//! Meetings of a standing panel: when and where, of whom, about which cases, and what is recorded of them.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    calendar,
    case::{Case, Head},
    id::{AssessmentId, MeetingId, OrganisationId, PanelId, PersonId},
    party::Party,
    text::{self, Path, Violation},
};

/// How many meetings before one are looked through for what they did not reach.
pub const LOOK_BACK: u64 = 12;

/// An interest that was declared at a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclaredThere {
    /// Who declared it.
    pub party: Party,
    /// In which case; none when it is about the meeting as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<AssessmentId>,
    /// What was declared.
    pub note: String,
}

/// A meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Meeting {
    /// Its identifier.
    pub id: MeetingId,
    /// Whose meeting it is.
    pub panel: PanelId,
    /// Of which organisation.
    pub organisation: OrganisationId,
    /// Counts its changes.
    pub version: u32,
    /// Counts the changes that whoever was invited must hear of.
    pub sequence: u32,
    /// The day.
    pub day: NaiveDate,
    /// When it begins, in local time.
    pub begins: NaiveTime,
    /// How long it lasts, in minutes.
    pub minutes: u32,
    /// Where: a room, or a link.
    pub place: String,
    /// Who is expected.
    pub expected: Vec<PersonId>,
    /// Why it was cancelled, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled: Option<String>,
    /// The cases that were put on its agenda.
    #[serde(default)]
    pub items: Vec<AssessmentId>,
    /// Cases that were taken off it, and are not carried over to it either.
    #[serde(default)]
    pub removed: Vec<AssessmentId>,
    /// Who was there.
    #[serde(default)]
    pub present: Vec<Party>,
    /// Who sent apologies.
    #[serde(default)]
    pub apologies: Vec<Party>,
    /// What was declared there.
    #[serde(default)]
    pub interests: Vec<DeclaredThere>,
    /// When that was recorded; from then on the agenda is what is listed here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<DateTime<Utc>>,
}

impl Meeting {
    /// The instant it begins.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        calendar::in_london(self.day, self.begins)
    }

    /// The instant it ends.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.start() + TimeDelta::minutes(i64::from(self.minutes))
    }

    /// When it is, as people write it: "14 March 2027, 10:00 to 12:00".
    #[must_use]
    pub fn when(&self) -> String {
        let ends = self.begins.overflowing_add_signed(TimeDelta::minutes(i64::from(self.minutes))).0;
        format!(
            "{}, {} to {}",
            self.day.format("%-d %B %Y"),
            self.begins.format("%H:%M"),
            ends.format("%H:%M")
        )
    }

    /// Whether somebody must hear of what changed since `before`: it is another day, hour or place, or others are
    /// expected. An update or cancellation that a calendar takes counts higher than what it has (RFC 5546, 2.1.4).
    #[must_use]
    pub fn counts_from(&self, before: &Self) -> bool {
        self.moved_from(before) || self.expected != before.expected
    }

    /// Whether somebody who was invited to `before` must hear that it is another day, hour or place.
    #[must_use]
    pub fn moved_from(&self, before: &Self) -> bool {
        (self.day, self.begins, self.minutes, &self.place)
            != (before.day, before.begins, before.minutes, &before.place)
    }

    /// What is wrong with when and where it is to be.
    #[must_use]
    pub fn check(&self, today: NaiveDate) -> Vec<Violation> {
        let mut violations = Vec::new();
        if self.day < today {
            let message = format!(
                "A meeting is planned ahead; {} has passed. Name today or a later day.",
                self.day.format("%-d %B %Y")
            );
            violations.push(Violation::new("PAST", message, Path::of(["day"])));
        }
        violations.extend(calendar::known(self.day, today, &Path::of(["day"])).err());
        if !(15..=600).contains(&self.minutes) {
            let message = "A meeting lasts 15 to 600 minutes.";
            violations.push(Violation::new("INVALID", message, Path::of(["minutes"])));
        }
        violations.extend(text::line(&self.place, text::LINE, &Path::of(["place"])).err());
        violations.extend(text::bounded_list(self.expected.len(), &Path::of(["expected"])).err());
        if self.expected.is_empty() {
            let message = "Nobody of the panel serves on that day: name who is expected.";
            violations.push(Violation::new("REQUIRED", message, Path::of(["expected"])));
        }
        violations
    }

    /// What whoever plans it should know: that nobody works on that day.
    #[must_use]
    pub fn warnings(&self, closed: &[NaiveDate]) -> Vec<Violation> {
        if calendar::is_working_day(self.day, closed) {
            return Vec::new();
        }
        let message = format!(
            "{} is no working day: a weekend, a bank holiday or a day on which the organisation is closed.",
            self.day.format("%A %-d %B %Y")
        );
        vec![Violation::new("NO_WORKING_DAY", message, Path::of(["day"]))]
    }

    /// Whether the panel concluded on the case at this meeting, or answered what was concluded between meetings.
    #[must_use]
    pub fn reached(&self, case: &Case) -> bool {
        let at = |meeting: Option<MeetingId>| meeting == Some(self.id);
        case.process.outcomes.iter().any(|outcome| at(outcome.meeting))
            || case.process.ratifications.iter().any(|answer| at(answer.meeting))
    }
}

/// Cases that an earlier meeting listed and did not reach, the newest meeting first: `earlier` are the panel's meetings
/// before this one. Which of them are still before the panel is for the caller to say.
#[must_use]
pub fn left_over(meeting: &Meeting, earlier: &[Meeting]) -> Vec<(AssessmentId, MeetingId)> {
    let mut found: Vec<(AssessmentId, MeetingId)> = Vec::new();
    if meeting.recorded_at.is_some() || meeting.cancelled.is_some() {
        return found;
    }
    let mut earlier: Vec<&Meeting> = earlier.iter().filter(|one| one.day < meeting.day).collect();
    earlier.sort_by_key(|one| std::cmp::Reverse((one.day, one.id)));
    for one in earlier {
        for item in &one.items {
            let known = meeting.items.contains(item) || meeting.removed.contains(item);
            if !known && found.iter().all(|(other, _)| other != item) {
                found.push((*item, one.id));
            }
        }
    }
    found
}

/// The order of an agenda: the gravest first, then what is to be decided soonest.
#[must_use]
pub fn order(head: &Head) -> impl Ord + use<> {
    let due = head.decision_date.map_or((true, NaiveDate::MAX), |date| (false, date));
    (std::cmp::Reverse(head.risk), due, head.reference.clone())
}
