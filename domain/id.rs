//! Identifiers: one type for each noun, so that a mitigation is never taken for an impact.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An identifier of one noun; its global form is `noun:uuid`.
pub trait Identifier: Copy + From<Uuid> {
    /// The noun before the colon.
    const NOUN: &'static str;

    /// The bare UUID.
    fn uuid(self) -> Uuid;

    /// The global form, `noun:uuid`.
    fn global(self) -> String {
        format!("{}:{}", Self::NOUN, self.uuid())
    }

    /// Reads the global form; `None` for another noun or anything malformed.
    fn parse(text: &str) -> Option<Self> {
        let (noun, uuid) = text.split_once(':')?;
        if noun != Self::NOUN || uuid.len() != 36 {
            return None;
        }
        Uuid::try_parse(uuid).ok().map(Self::from)
    }
}

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident = $noun:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl Identifier for $name {
            const NOUN: &'static str = $noun;

            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+ };
}

id! {
    /// One case.
    AssessmentId = "assessment";
    /// The frozen content of a case at one revision.
    RevisionId = "revision";
    /// A person with an account.
    PersonId = "person";
    /// How to reach a party without an account.
    ContactId = "contact";
    /// An NHS body, council or partner.
    OrganisationId = "organisation";
    /// A system of organisations (an ICS).
    SystemId = "system";
    /// One effect on one group.
    ImpactId = "impact";
    /// What a claim rests on.
    EvidenceId = "evidence";
    /// Who was involved and what was heard.
    EngagementId = "engagement";
    /// An action against an impact.
    MitigationId = "mitigation";
    /// An edge to another case or a partner.
    InterdependencyId = "interdependency";
    /// A standing panel or the panel of one case.
    PanelId = "panel";
    /// A meeting of a standing panel.
    MeetingId = "meeting";
    /// Somebody's leave.
    LeaveId = "leave";
    /// One reviewer's judgement of one revision.
    ReviewId = "review";
    /// A thread of discussion.
    ThreadId = "thread";
    /// What the panel concluded.
    OutcomeId = "outcome";
    /// What the body with authority decided.
    DecisionId = "decision";
    /// What an approval is subject to.
    ConditionId = "condition";
    /// Something that happened.
    EventId = "event";
    /// A message waiting to be sent.
    OutboxId = "outbox";
    /// A file kept by its digest.
    AttachmentId = "attachment";
    /// A decision in the register of an organisation.
    RegisteredDecisionId = "registered_decision";
    /// What a partner proposes.
    PartnerProposalId = "partner_proposal";
    /// A supposition that is kept.
    ScenarioId = "scenario";
    /// A signed-in session.
    SessionId = "session";
    /// An API token.
    TokenId = "token";
}

/// Identifiers as people see them, with their noun, in documents that people write; without it they are read, too.
pub mod named {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use uuid::Uuid;

    use super::Identifier;

    /// Writes `person:0190…`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<I: Identifier, S: Serializer>(id: &I, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&id.global())
    }

    /// Reads `person:0190…`, or the UUID alone.
    ///
    /// # Errors
    /// When it is neither.
    pub fn deserialize<'de, I: Identifier, D: Deserializer<'de>>(deserializer: D) -> Result<I, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bare = || Uuid::try_parse(&text).ok().map(I::from);
        I::parse(&text).or_else(bare).ok_or_else(|| {
            D::Error::custom(format!("write `{}:` and a UUID here, as lists print it", I::NOUN))
        })
    }
}

/// Where fresh identifiers come from: the service passes UUID version 7, a test a counter.
pub struct Supply {
    next: Box<dyn FnMut() -> Uuid + Send>,
}

impl Supply {
    /// A supply that asks `next` for every identifier.
    pub fn new(next: impl FnMut() -> Uuid + Send + 'static) -> Self {
        Self { next: Box::new(next) }
    }

    /// A fresh identifier of any noun.
    pub fn fresh<I: Identifier>(&mut self) -> I {
        I::from((self.next)())
    }
}

impl std::fmt::Debug for Supply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Supply")
    }
}
