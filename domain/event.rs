//! What happened: append-only, hash-chained, the source of audit and messages.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    canonical,
    id::{EventId, OrganisationId, PersonId},
    text::Violation,
    words::words,
};

words! {
    /// Who may read an event, so that history never tells what a field would not.
    Audience {
        /// Whoever may read the case.
        Case = "CASE",
        /// The panel's own deliberation: members who take part, secretary, chair, equality lead, auditor.
        Panel = "PANEL",
        /// Administration of the organisation: administrators and auditors.
        Administration = "ADMINISTRATION",
    }
}

words! {
    /// What happened, in the past tense.
    EventKind {
        /// A case was begun.
        AssessmentCreated = "ASSESSMENT_CREATED",
        /// Its content was changed.
        AssessmentEdited = "ASSESSMENT_EDITED",
        /// It came in from a document.
        AssessmentImported = "ASSESSMENT_IMPORTED",
        /// A revision was frozen.
        RevisionFrozen = "REVISION_FROZEN",
        /// It was shared with another organisation, or no longer.
        AssessmentShared = "ASSESSMENT_SHARED",
        /// A transition was made that neither concludes nor decides.
        AssessmentTransitioned = "ASSESSMENT_TRANSITIONED",
        /// The panel was assigned.
        PanelAssigned = "PANEL_ASSIGNED",
        /// A member declared, or the chair answered.
        InterestDeclared = "INTEREST_DECLARED",
        /// A reviewer's judgement came in.
        ReviewSubmitted = "REVIEW_SUBMITTED",
        /// A member of the panel said something of a place, or its author answered.
        RemarkMade = "REMARK_MADE",
        /// A thread was settled, or opened again.
        ThreadResolved = "THREAD_RESOLVED",
        /// Its author said what was done about what the panel asked for.
        ReturnAnswered = "RETURN_ANSWERED",
        /// The panel concluded.
        OutcomeRecorded = "OUTCOME_RECORDED",
        /// The panel ratified what the chair concluded between meetings, or did not.
        RatificationRecorded = "RATIFICATION_RECORDED",
        /// Why something stands that the panel did not ratify was said.
        RefusalAnswered = "REFUSAL_ANSWERED",
        /// What the chair concluded between meetings no longer stands, and nothing was decided upon it: nothing is ratified.
        RatificationLapsed = "RATIFICATION_LAPSED",
        /// The assessment that this screening asked for was begun.
        AssessmentBegun = "ASSESSMENT_BEGUN",
        /// The body decided.
        DecisionRecorded = "DECISION_RECORDED",
        /// A condition was reported on.
        ConditionReported = "CONDITION_REPORTED",
        /// A condition is not met: its day passed, or its verifier says so.
        ConditionBreached = "CONDITION_BREACHED",
        /// What is to be done about a breached condition was said.
        BreachAnswered = "BREACH_ANSWERED",
        /// What was decided was looked at again, and stays as it is.
        LookedAgain = "LOOKED_AGAIN",
        /// Somebody else was named to own or verify a condition.
        ConditionReassigned = "CONDITION_REASSIGNED",
        /// The links that were mailed about a condition no longer work.
        LinksRevoked = "LINKS_REVOKED",
        /// Somebody of the body with authority was asked to read the assessment.
        ReadingAsked = "READING_ASKED",
        /// Somebody of the body confirmed having read it.
        ReadingConfirmed = "READING_CONFIRMED",
        /// A mitigation was reported on.
        MitigationReported = "MITIGATION_REPORTED",
        /// A material change opened a re-examination.
        ReexaminationOpened = "REEXAMINATION_OPENED",
        /// Somebody judged it.
        MaterialityJudged = "MATERIALITY_JUDGED",
        /// A reliance holds, no longer holds, or is open again.
        RelianceChanged = "RELIANCE_CHANGED",
        /// A partner confirmed what the case relies on, or does not or no longer.
        RelianceConfirmed = "RELIANCE_CONFIRMED",
        /// A clock ran out.
        ClockOverdue = "CLOCK_OVERDUE",
        /// Something is due soon, or late, and those concerned are told.
        ReminderDue = "REMINDER_DUE",
        /// A file was kept with the case.
        AttachmentAdded = "ATTACHMENT_ADDED",
        /// Legal hold or retention class was set.
        RetentionSet = "RETENTION_SET",
        /// Running cases were moved to another workflow version.
        WorkflowMoved = "WORKFLOW_MOVED",
        /// The payload of an event was lawfully disposed of.
        PayloadDisposed = "PAYLOAD_DISPOSED",
        /// An organisation was set up or its settings changed.
        OrganisationChanged = "ORGANISATION_CHANGED",
        /// A person was added or changed.
        PersonChanged = "PERSON_CHANGED",
        /// A role was granted.
        RoleGranted = "ROLE_GRANTED",
        /// A role was taken away.
        RoleRevoked = "ROLE_REVOKED",
        /// An API token was made.
        TokenIssued = "TOKEN_ISSUED",
        /// An API token or session was revoked.
        TokenRevoked = "TOKEN_REVOKED",
        /// A definition (form, workflow, groups, scale) was published.
        DefinitionPublished = "DEFINITION_PUBLISHED",
        /// Somebody's leave was entered or changed.
        LeaveSaved = "LEAVE_SAVED",
        /// Somebody came back from leave, or it was taken back.
        LeaveEnded = "LEAVE_ENDED",
        /// A standing panel was set up or changed.
        PanelSaved = "PANEL_SAVED",
        /// A panel's meeting was planned, moved or cancelled, or its agenda was set.
        MeetingPlanned = "MEETING_PLANNED",
        /// Who was at a meeting, and what they declared there, was recorded.
        MeetingRecorded = "MEETING_RECORDED",
        /// A list of decisions was loaded into the register.
        RegisterLoaded = "REGISTER_LOADED",
        /// Somebody said which assessment a registered decision has, or that it has none.
        DecisionMatched = "DECISION_MATCHED",
        /// What a partner proposes was recorded or changed.
        PartnerProposalRecorded = "PARTNER_PROPOSAL_RECORDED",
        /// What a bundle of decisions would do was kept, or changed.
        ScenarioKept = "SCENARIO_KEPT",
    }
}

/// What a command says has happened; the store seals it into the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// What.
    pub kind: EventKind,
    /// Who may read of it.
    pub audience: Audience,
    /// Facts by camelCase key; people by id, never by name or address.
    pub payload: Value,
}

impl Happening {
    /// Something whoever may read the case may know.
    #[must_use]
    pub fn case(kind: EventKind, payload: Value) -> Self {
        Self { kind, audience: Audience::Case, payload }
    }
}

/// The layout of the bytes that are hashed.
pub const FORMAT: &str = "ehia/event/1";

/// An event in its chain. There is one chain for each assessment and one for each organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// Its identifier.
    pub id: EventId,
    /// The chain: the UUID of the assessment, or of the organisation for administration.
    pub stream: Uuid,
    /// Its place in the chain, from 1.
    pub sequence: u32,
    /// The organisation that owns the chain.
    pub organisation: OrganisationId,
    /// What happened.
    pub kind: EventKind,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it; `None` for the operator or the worker.
    pub by: Option<PersonId>,
    /// For whom, when somebody acted for another.
    pub on_behalf_of: Option<PersonId>,
    /// Who may read of it.
    pub audience: Audience,
    /// SHA-256 of the canonical payload.
    pub payload_sha256: String,
    /// SHA-256 of the event before it; `None` for the first.
    pub previous: Option<String>,
}

impl Event {
    /// SHA-256 of the event's canonical JSON (RFC 8785) with [`FORMAT`] as `format`.
    pub fn sha256(&self) -> Result<String, Violation> {
        #[derive(Serialize)]
        struct Hashed<'a> {
            format: &'static str,
            #[serde(flatten)]
            event: &'a Event,
        }
        Ok(canonical::sha256(&canonical::bytes(&Hashed { format: FORMAT, event: self })?))
    }
}
