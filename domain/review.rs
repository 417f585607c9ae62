//! The panel: who judges, what they declared, what each said, and what the panel concluded.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    id::{ConditionId, MeetingId, OutcomeId, PanelId, PersonId, ReviewId},
    party::Party,
    text::{self, Path},
    words::words,
};

words! {
    /// What a reviewer or the panel recommends.
    Recommendation {
        /// Approve the assessment.
        Approve = "APPROVE",
        /// Approve it, subject to conditions.
        ApproveWithConditions = "APPROVE_WITH_CONDITIONS",
        /// Send it back with what must change.
        Return = "RETURN",
        /// Judge it later.
        Defer = "DEFER",
        /// Do not support it, and escalate.
        NotSupport = "NOT_SUPPORT",
    }
}

impl Recommendation {
    /// Whether it approves, with or without conditions.
    #[must_use]
    pub const fn approves(self) -> bool {
        matches!(self, Self::Approve | Self::ApproveWithConditions)
    }

    /// Whether whoever recommends this is followed by a panel that concludes that. To put a conclusion off concludes nothing,
    /// and goes against nobody; to approve on conditions asks for more than somebody who would approve without. Whatever else
    /// differs is another judgement. What a panel concludes about a screening is read in the same words.
    #[must_use]
    pub const fn is_followed_by(self, concluded: Self) -> bool {
        match concluded {
            Self::Defer => true,
            Self::Approve => matches!(self, Self::Approve),
            Self::ApproveWithConditions => self.approves(),
            Self::Return => matches!(self, Self::Return),
            Self::NotSupport => matches!(self, Self::NotSupport),
        }
    }

    /// What is recommended, after "recommended".
    #[must_use]
    pub const fn told(self) -> &'static str {
        match self {
            Self::Approve => "to approve it",
            Self::ApproveWithConditions => "to approve it on conditions",
            Self::Return => "to return it",
            Self::Defer => "to put it off",
            Self::NotSupport => "not to support it",
        }
    }
}

words! {
    /// What a member declared, or how the chair answered it.
    Interest {
        /// Nothing declared yet: the member sees title, organisation and people only.
        Undeclared = "UNDECLARED",
        /// No interest.
        None = "NONE",
        /// An interest, noted.
        DeclaredNoted = "DECLARED_NOTED",
        /// Takes part without voting.
        DeclaredNotVoting = "DECLARED_NOT_VOTING",
        /// Takes no part.
        Withdrawn = "WITHDRAWN",
    }
}

/// One seat of the panel that judges a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PanelMember {
    /// Who sits in it.
    pub person: PersonId,
    /// What the seat is for: chair, equality, clinical.
    pub seat: String,
    /// What they declared and how it was answered.
    pub interest: Interest,
    /// What they said when they declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether what they declared waits for the answer of somebody entitled to give it; see [`Declared::unanswered`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unanswered: bool,
}

impl Panel {
    /// Who sits in which seat, in order.
    #[must_use]
    pub fn seats(&self) -> Vec<(PersonId, &str)> {
        self.members.iter().map(|member| (member.person, member.seat.as_str())).collect()
    }
}

impl PanelMember {
    /// Whether the member's review counts towards quorum: that of whoever declared an interest, once it was answered.
    #[must_use]
    pub fn votes(&self) -> bool {
        matches!(self.interest, Interest::None | Interest::DeclaredNoted) && !self.unanswered
    }

    /// Whether they vote, or may once they have declared or were answered.
    #[must_use]
    pub fn may_vote(&self) -> bool {
        matches!(self.interest, Interest::Undeclared | Interest::None | Interest::DeclaredNoted)
    }

    /// Whether they sit in the chair. A seat may go by several names, with commas between.
    #[must_use]
    pub fn chairs(&self) -> bool {
        self.seat.split(',').map(text::fold).any(|seat| matches!(seat.as_str(), "chair" | "panel chair"))
    }

    /// Whether they lead the panel, or do where its chair does not: chair, vice chair or deputy chair.
    #[must_use]
    pub fn leads(&self) -> bool {
        let seats = self.seat.split(',').map(|seat| text::fold(&seat.replace('-', " ")));
        let mut deputies = seats.filter(|seat| matches!(seat.as_str(), "vice chair" | "deputy chair"));
        self.chairs() || deputies.next().is_some()
    }

    /// Whether the member may read the case in full and say something about it.
    #[must_use]
    pub fn takes_part(&self) -> bool {
        matches!(self.interest, Interest::None | Interest::DeclaredNoted | Interest::DeclaredNotVoting)
    }
}

/// Somebody in a seat, as it is given to them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seat {
    /// Who: `person:` and a UUID, or as one types it the UUID alone.
    #[serde(with = "crate::id::named")]
    pub person: PersonId,
    /// What the seat is for: chair, equality, clinical.
    pub seat: String,
}

impl From<Seat> for PanelMember {
    fn from(Seat { person, seat }: Seat) -> Self {
        Self { person, seat, interest: Interest::Undeclared, note: None, unanswered: false }
    }
}

/// What was declared of somebody's interest in a case. It outlives their seat on the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Declared {
    /// What they declared and how it was answered.
    pub interest: Interest,
    /// What was said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether they declared for themselves; until then the chair can only withdraw them.
    pub own: bool,
    /// What they declared and how it was answered, each time, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<InterestStep>,
}

impl Declared {
    /// What this person declared of themselves and nobody has answered yet: an interest, in whatever grade they put it.
    /// That there is none needs no answer, and a withdrawal by oneself takes effect at once. Of what was declared before
    /// steps were kept nobody knows whether it was answered: it stands as it was.
    #[must_use]
    pub fn unanswered(&self, person: PersonId) -> Option<&InterestStep> {
        self.steps.last().filter(|last| last.asks_answer(person))
    }
}

/// What somebody declared of their interest, or how it was answered. Nothing is written over, but for the note of what was
/// declared at a meeting whose record is mended before anybody answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InterestStep {
    /// What held from then on.
    pub interest: Interest,
    /// Who said so: the member, or whoever answered them.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// What was declared, or why it was answered so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The meeting at which it was declared, where it was said at one and recorded with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingId>,
    /// Who recorded it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_by: Option<PersonId>,
}

impl InterestStep {
    /// Whether it is this person's own declaration of an interest, which somebody else answers.
    #[must_use]
    pub fn asks_answer(&self, person: PersonId) -> bool {
        self.by == person && matches!(self.interest, Interest::DeclaredNoted | Interest::DeclaredNotVoting)
    }
}

/// The panel of one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Panel {
    /// Its identifier: a standing panel's, or its own.
    pub id: PanelId,
    /// What it is called.
    pub name: String,
    /// Who sits on it.
    pub members: Vec<PanelMember>,
    /// The standing panel it was seated from, and who sits for whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Which standing panel judges a case, and who of it sits in another's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Standing {
    /// The standing panel.
    pub panel: PanelId,
    /// Alternates who were seated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stand_ins: Vec<StandIn>,
}

/// An alternate in a member's seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandIn {
    /// Who sits.
    pub person: PersonId,
    /// For whom.
    pub instead_of: PersonId,
    /// In which seat.
    pub seat: String,
    /// Why that member does not sit.
    pub because: Absence,
}

words! {
    /// Why somebody of a standing panel does not sit on the panel of a case.
    Absence {
        /// The term has not begun, or has ended.
        NotInTerm = "NOT_IN_TERM",
        /// No longer holds a role that sits on panels.
        Left = "LEFT",
        /// Away on that day.
        Away = "AWAY",
        /// Author, contributor or SRO of the case, present or former.
        Party = "PARTY",
        /// Withdrew from the case because of an interest.
        Withdrew = "WITHDREW",
        /// Fills two seats of the panel already.
        Seated = "SEATED",
    }
}

words! {
    /// How a reviewer stands to one field, section or impact.
    Stance {
        /// Agrees with it.
        Agree = "AGREE",
        /// Does not, with the reason.
        Disagree = "DISAGREE",
        /// Cannot judge it without more, with what is missing.
        NeedsMore = "NEEDS_MORE",
    }
}

/// What a reviewer says of one field, section or impact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Opinion {
    /// The field, or `["sections", key]`.
    pub path: Path,
    /// Whether the reviewer agrees with it.
    pub agrees: bool,
    /// Whether, not agreeing, they cannot judge it without more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_more: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The revision on which it was said, when that was an earlier one and the place has not changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u32>,
}

impl Opinion {
    /// What a reviewer says of this place.
    #[must_use]
    pub fn new(path: Path, stance: Stance, comment: Option<String>) -> Self {
        let (agrees, needs_more) = (stance == Stance::Agree, stance == Stance::NeedsMore);
        Self { path, agrees, needs_more, comment, since: None }
    }

    /// How the reviewer stands to it.
    #[must_use]
    pub const fn stance(&self) -> Stance {
        match (self.agrees, self.needs_more) {
            (true, _) => Stance::Agree,
            (false, true) => Stance::NeedsMore,
            (false, false) => Stance::Disagree,
        }
    }
}

/// Whether a reviewer would accept a finding, with why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindingOpinion {
    /// The finding's stable id.
    pub finding: String,
    /// Whether they would accept it.
    pub accepts: bool,
    /// Why.
    pub reason: String,
}

/// One reviewer's judgement of one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Review {
    /// Its identifier.
    pub id: ReviewId,
    /// Who judged.
    pub reviewer: PersonId,
    /// Which revision they read.
    pub revision: u32,
    /// The version of the case they read; what changed since is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// What they recommend.
    pub recommendation: Recommendation,
    /// In a few sentences.
    pub summary: String,
    /// Field by field.
    #[serde(default)]
    pub opinions: Vec<Opinion>,
    /// Findings they would accept or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FindingOpinion>,
    /// What the panel alone reads. It is a record like any other and may have to be disclosed (Freedom of Information
    /// Act 2000 s 1; UK GDPR art 15).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether the others' reviews were shown already when it was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub informed: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl PanelOutcome {
    /// Who recorded it, and in whose place.
    #[must_use]
    pub fn hands(&self) -> Vec<PersonId> {
        [self.by].into_iter().chain(self.on_behalf_of).collect()
    }

    /// Whether the interest that this member had declared was answered when it was concluded, by what is kept of their
    /// declarations; `None` where there was nothing to answer.
    #[must_use]
    pub fn answered(&self, person: PersonId, kept: Option<&Declared>) -> Option<bool> {
        let interest = self.interests.get(&person)?;
        let asks = matches!(interest, Interest::DeclaredNoted | Interest::DeclaredNotVoting);
        let before = kept.into_iter().flat_map(|kept| &kept.steps).rfind(|step| step.at <= self.at);
        asks.then(|| before.is_none_or(|last| !last.asks_answer(person)))
    }

    /// What members declared at its meeting and was recorded only after it was concluded.
    pub fn declared_since<'a>(
        &'a self,
        interests: &'a BTreeMap<PersonId, Declared>,
    ) -> impl Iterator<Item = (PersonId, &'a InterestStep)> {
        let there = |step: &&InterestStep| {
            self.meeting.is_some() && step.meeting == self.meeting && step.at > self.at
        };
        interests
            .iter()
            .flat_map(move |(person, kept)| kept.steps.iter().filter(there).map(|step| (*person, step)))
    }
}

/// A finding that panel or body accepted, with why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Acceptance {
    /// The finding's stable id.
    pub finding: String,
    /// Who accepted it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// Whether the panel ratified what the chair concluded between meetings. The outcome stands either way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ratification {
    /// The outcome it is about.
    pub outcome: OutcomeId,
    /// Whether the panel ratified it.
    pub ratified: bool,
    /// Why, and why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The day by which the panel was to say so.
    pub due: NaiveDate,
    /// Who recorded it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who was there.
    pub attendees: Vec<Party>,
    /// Who sent apologies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apologies: Vec<Party>,
    /// Who was there with a vote, in which seats: what made the quorum.
    pub voted: Vec<Seat>,
    /// The meeting of the standing panel at which it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingId>,
    /// Who disagreed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dissent: Option<String>,
    /// Why what the chair concluded stands all the same, where somebody answered for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<RefusalAnswer>,
}

/// Why something stands that the panel did not ratify.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefusalAnswer {
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What the panel concluded about the assessment. It is not the decision about the proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PanelOutcome {
    /// Its identifier.
    pub id: OutcomeId,
    /// What the panel concluded.
    pub recommendation: Recommendation,
    /// Who recorded it.
    pub by: PersonId,
    /// In whose place, when it was recorded by somebody who stands in for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<PersonId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Which revision it is about.
    pub revision: u32,
    /// Who was there.
    pub attendees: Vec<Party>,
    /// Who sent apologies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apologies: Vec<Party>,
    /// Who judged the revision with a vote, in which seats: what made the quorum.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voted: Vec<Seat>,
    /// How the interest of each member was answered, by person.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub interests: BTreeMap<PersonId, Interest>,
    /// The blocking findings and warnings that were open on the revision, by their stable ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// The meeting of the standing panel at which it was concluded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meeting: Option<MeetingId>,
    /// Why it could not wait for a meeting, where the chair concluded between two of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<String>,
    /// Who disagreed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dissent: Option<String>,
    /// The comment that went with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The conditions it set, whose status lives in [`crate::case::Process::conditions`].
    #[serde(default)]
    pub conditions: Vec<ConditionId>,
    /// The findings the panel accepted.
    #[serde(default)]
    pub accepted: Vec<Acceptance>,
    /// SHA-256 of the decision record that froze what was before the panel.
    #[serde(default)]
    pub record: String,
}
