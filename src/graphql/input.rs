//! Inputs of the commands on a case, beside edits of its content.

use async_graphql::{ID, InputObject};

use crate::{
    app::{
        self, AcceptedFinding, ConditionNote, ConfirmationNote, MitigationNote, ReviewDraft, TransitionDraft,
    },
    domain::{
        case::{RetentionClass, ShareLevel},
        condition::ConditionStatus,
        decision::DecisionOutcome,
        id::{
            AssessmentId, ConditionId, EvidenceId, InterdependencyId, MeetingId, MitigationId, PanelId,
            PersonId,
        },
        mitigation::MitigationStatus,
        rating::Rating,
        review::{self, Interest, Recommendation, Stance},
        text::Path,
    },
    graphql::{
        edit::{AssessmentEdit, PartyInput, ProposalInput, RatingInput},
        scalar::{Date, Global, Json},
        word::Word,
    },
};

/// A case to begin.
#[derive(InputObject)]
pub struct CreateAssessmentInput {
    /// The ODS code of the organisation it is to belong to.
    pub organisation: String,
    /// Its title.
    pub title: String,
    /// What is assessed, as far as it is known.
    pub proposal: Option<ProposalInput>,
    /// The key of a form; the organisation's own choice when absent.
    pub form: Option<String>,
    /// The key of a workflow; the form's when absent, and the organisation's own choice when the form names none.
    pub workflow: Option<String>,
    /// The screening that asks for it: its proposal is taken over where `proposal` says nothing else, and a light one
    /// begins on the workflow for light ones.
    pub screening: Option<Global<AssessmentId>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// Edits of a case's content.
#[derive(InputObject)]
pub struct EditAssessmentInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The version the edits were written against.
    pub expected_version: u32,
    /// What to change; all of it or nothing.
    pub edits: Vec<AssessmentEdit>,
    /// Whether only to show the case as it would be then, with the re-examination it would open, and to change nothing.
    #[graphql(default = false)]
    pub dry_run: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// A document to take in as a draft.
#[derive(InputObject)]
pub struct ImportAssessmentInput {
    /// The ODS code of the organisation it is to belong to.
    pub organisation: String,
    /// The document: a canonical one of ours, or the facts of a published assessment.
    pub document: Json,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// What another organisation is to see of a case.
#[derive(InputObject)]
pub struct ShareAssessmentInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The organisation's ODS code.
    pub organisation: String,
    /// How much it is to see.
    pub level: Word<ShareLevel>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// How long a case is to be kept, and whether nothing of it may be disposed of.
#[derive(InputObject)]
pub struct SetRetentionInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The retention class; unchanged when absent.
    pub class: Option<Word<RetentionClass>>,
    /// Whether it is under legal hold: nothing of it may be disposed of; unchanged when absent.
    pub legal_hold: Option<bool>,
    /// Why. Whoever may read the case may read it.
    pub reason: String,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// Who is to judge a case.
#[derive(InputObject)]
pub struct AssignPanelInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// A standing panel of the organisation, which then sits as it may on this case; or the panel the case has.
    pub panel_id: Option<Global<PanelId>>,
    /// Its members, all of them; each keeps the seat they have, or fills the one that goes with their role.
    pub members: Option<Vec<Global<PersonId>>>,
    /// Seats by name, for members and for others who are to sit on it. One person fills two at most.
    pub seats: Option<Vec<PanelSeatInput>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// Somebody in a seat of a panel.
#[derive(InputObject)]
pub struct PanelSeatInput {
    /// Who.
    pub person: Global<PersonId>,
    /// The seat: one of the workflow's `seats`.
    pub seat: String,
}

/// What a member of the panel declares.
#[derive(InputObject)]
pub struct DeclareInterestInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// For a chair who answers a declaration: the member. Oneself when absent. What the chair declared is answered by
    /// another chair, the equality lead or the secretary.
    pub member: Option<Global<PersonId>>,
    /// What is declared, or answered.
    pub interest: Word<Interest>,
    /// What there is to say about it; an answer that changes what was declared or answered before says why.
    pub note: Option<String>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// A reviewer's judgement.
#[derive(InputObject)]
pub struct SubmitReviewInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The revision the reviewer has read.
    pub expected_revision: u32,
    /// What they recommend.
    pub recommendation: Word<Recommendation>,
    /// In a few sentences.
    pub summary: String,
    /// Field by field. What the reviewer said of an earlier revision about places that have not changed since stands,
    /// unless they are spoken of anew.
    pub opinions: Option<Vec<OpinionInput>>,
    /// Findings they would accept or not.
    pub findings: Option<Vec<FindingOpinionInput>>,
    /// What the panel alone reads. It may have to be disclosed all the same.
    pub note: Option<String>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl SubmitReviewInput {
    /// The review as the use case takes it.
    pub fn draft(&mut self) -> ReviewDraft {
        let opinion = |opinion: OpinionInput| {
            let said = if opinion.agrees { Stance::Agree } else { Stance::Disagree };
            let comment = Some(opinion.comment).filter(|comment| !comment.trim().is_empty());
            review::Opinion::new(Path(opinion.path), opinion.stance.map_or(said, |stance| stance.0), comment)
        };
        let finding = |finding: FindingOpinionInput| review::FindingOpinion {
            finding: finding.finding_id.0,
            accepts: finding.accepts,
            reason: finding.reason,
        };
        ReviewDraft {
            recommendation: self.recommendation.0,
            summary: std::mem::take(&mut self.summary),
            opinions: self.opinions.take().unwrap_or_default().into_iter().map(opinion).collect(),
            findings: self.findings.take().unwrap_or_default().into_iter().map(finding).collect(),
            note: self.note.take(),
        }
    }
}

/// What a reviewer says of one field, section or impact.
#[derive(InputObject)]
pub struct OpinionInput {
    /// The field, in the canonical document, or `["sections", KEY]`.
    path: Vec<String>,
    /// Whether the reviewer agrees with it.
    agrees: bool,
    /// How they stand to it, where agreeing or not does not say it; it then leads.
    stance: Option<Word<Stance>>,
    /// Why, or what is missing; may be empty where they agree.
    comment: String,
}

/// Whether a reviewer would accept a finding.
#[derive(InputObject)]
pub struct FindingOpinionInput {
    /// The finding.
    finding_id: ID,
    /// Whether they would accept it.
    accepts: bool,
    /// Why.
    reason: String,
}

/// A section or field that must change.
#[derive(InputObject)]
pub struct ChangeRequestInput {
    /// The section or field, in the canonical document, or `["sections", KEY]`.
    path: Vec<String>,
    /// Why, or what is asked for.
    reason: String,
}

/// A transition to make.
#[derive(InputObject)]
pub struct TransitionAssessmentInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// Its name, from `availableTransitions`.
    transition: String,
    /// The revision the actor has before them. For a decision also the one that the panel approved last, though the
    /// content was changed since: the decision and its record are then about that revision, and the change stays.
    expected_revision: u32,
    /// A comment or reason.
    comment: Option<String>,
    /// For a return: what must change, in the canonical document.
    paths: Option<Vec<Vec<String>>>,
    /// The same, each with its reason.
    requests: Option<Vec<ChangeRequestInput>>,
    /// For a transition that concludes the panel's review.
    outcome: Option<PanelOutcomeInput>,
    /// For a transition that decides the proposal.
    decision: Option<DecisionInput>,
    /// Whether only to say what stands in the way, and to change nothing.
    #[graphql(default = false)]
    dry_run: bool,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl TransitionAssessmentInput {
    /// The transition as the use case takes it.
    pub fn draft(self) -> TransitionDraft {
        TransitionDraft {
            transition: self.transition,
            expected_revision: self.expected_revision,
            comment: self.comment,
            paths: self.paths.unwrap_or_default().into_iter().map(Path).collect(),
            requests: self.requests.unwrap_or_default().into_iter().map(app::ChangeRequest::from).collect(),
            outcome: self.outcome.map(app::OutcomeInput::from),
            decision: self.decision.map(app::DecisionInput::from),
            dry_run: self.dry_run,
        }
    }
}

impl From<ChangeRequestInput> for app::ChangeRequest {
    fn from(input: ChangeRequestInput) -> Self {
        Self { path: Path(input.path), reason: input.reason }
    }
}

/// What the panel concluded.
#[derive(InputObject)]
pub struct PanelOutcomeInput {
    /// Who was there.
    attendees: Vec<PartyInput>,
    /// Who sent apologies.
    apologies: Option<Vec<PartyInput>>,
    /// The meeting of a standing panel at which it was concluded; the case is on its agenda.
    meeting: Option<Global<MeetingId>>,
    /// Why it cannot wait for a meeting, where the transition requires `URGENCY`.
    urgency: Option<String>,
    /// Who disagreed, and why. This or a comment is needed where somebody who votes recommended otherwise, and while reviews
    /// are not shown yet.
    dissent: Option<String>,
    /// What an approval is subject to.
    conditions: Option<Vec<ConditionInput>>,
    /// Findings the panel accepts.
    accepted_findings: Option<Vec<AcceptedFindingInput>>,
}

impl From<PanelOutcomeInput> for app::OutcomeInput {
    fn from(input: PanelOutcomeInput) -> Self {
        let condition = |condition: ConditionInput| app::ConditionInput {
            text: condition.text,
            owner: condition.owner.into(),
            due: condition.due.0,
            evidence_wanted: condition.evidence_wanted,
            verifier: condition.verifier.into(),
        };
        Self {
            attendees: parties(input.attendees),
            apologies: parties(input.apologies.unwrap_or_default()),
            meeting: input.meeting.map(|meeting| meeting.0),
            urgency: input.urgency,
            dissent: input.dissent,
            conditions: input.conditions.unwrap_or_default().into_iter().map(condition).collect(),
            accepted: accepted(input.accepted_findings),
        }
    }
}

/// What the body with authority decided.
#[derive(InputObject)]
pub struct DecisionInput {
    /// The body: board, committee, cabinet.
    body: String,
    /// What gives it the authority.
    authority: String,
    /// The day it met.
    meeting: Date,
    /// Where it is minuted.
    minute: Option<String>,
    /// The paper that was before it.
    paper: Option<String>,
    /// What it decided.
    outcome: Word<DecisionOutcome>,
    /// Why.
    reasons: String,
    /// Who was present.
    present: Vec<PartyInput>,
    /// Who confirms having read the assessment.
    read_by: Vec<PartyInput>,
    /// The statement of due regard.
    statement: String,
    /// Findings the body accepts.
    accepted_findings: Option<Vec<AcceptedFindingInput>>,
}

impl From<DecisionInput> for app::DecisionInput {
    fn from(input: DecisionInput) -> Self {
        Self {
            body: input.body,
            authority: input.authority,
            meeting: input.meeting.0,
            minute: input.minute,
            paper: input.paper,
            outcome: input.outcome.0,
            reasons: input.reasons,
            present: parties(input.present),
            read_by: parties(input.read_by),
            statement: input.statement,
            accepted: accepted(input.accepted_findings),
        }
    }
}

/// What an approval is to be subject to.
#[derive(InputObject)]
pub struct ConditionInput {
    /// What must be so.
    text: String,
    /// Who sees to it.
    owner: PartyInput,
    /// By when.
    due: Date,
    /// What will show it.
    evidence_wanted: Option<String>,
    /// Who judges that it is met; never the owner.
    verifier: PartyInput,
}

/// A finding that is accepted.
#[derive(InputObject)]
pub struct AcceptedFindingInput {
    /// The finding's identifier.
    finding_id: ID,
    /// Why it is accepted.
    reason: String,
}

fn parties(parties: Vec<PartyInput>) -> Vec<app::PartyInput> {
    parties.into_iter().map(app::PartyInput::from).collect()
}

fn accepted(findings: Option<Vec<AcceptedFindingInput>>) -> Vec<AcceptedFinding> {
    let read = |finding: AcceptedFindingInput| AcceptedFinding {
        finding: finding.finding_id.0,
        reason: finding.reason,
    };
    findings.unwrap_or_default().into_iter().map(read).collect()
}

/// How far a mitigation is.
#[derive(InputObject)]
pub struct ReportMitigationInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The mitigation.
    mitigation_id: Global<MitigationId>,
    /// How far it is.
    status: Word<MitigationStatus>,
    /// What is reported.
    note: String,
    /// How the impacts it acts against stand now, where that is judged anew.
    current: Option<RatingInput>,
    /// What that rests on.
    evidence: Option<Vec<Global<EvidenceId>>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl ReportMitigationInput {
    /// The report as the use case takes it.
    pub fn note(self) -> MitigationNote {
        MitigationNote {
            mitigation: self.mitigation_id.0,
            status: self.status.0,
            note: self.note,
            current: self
                .current
                .map(|rating| Rating { likelihood: rating.likelihood, consequence: rating.consequence }),
            evidence: self.evidence.unwrap_or_default().into_iter().map(|evidence| evidence.0).collect(),
        }
    }
}

/// How a condition stands.
#[derive(InputObject)]
pub struct ReportConditionInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The condition.
    condition_id: Global<ConditionId>,
    /// How it stands.
    status: Word<ConditionStatus>,
    /// What is reported.
    note: String,
    /// The address of a page where the evidence can be seen.
    evidence: Option<String>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl ReportConditionInput {
    /// The report as the use case takes it.
    pub fn note(self) -> ConditionNote {
        ConditionNote {
            condition: self.condition_id.0,
            status: self.status.0,
            note: self.note,
            evidence: self.evidence,
        }
    }
}

/// Whether the panel ratifies what the chair concluded between meetings.
#[derive(InputObject)]
pub struct RecordRatificationInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The revision the user has before them.
    expected_revision: u32,
    /// Whether it does. When it does not, nothing is undone.
    ratified: bool,
    /// Why; needed when it does not.
    reason: Option<String>,
    /// Who was there; members of the panel who may vote make its quorum.
    attendees: Vec<PartyInput>,
    /// Who sent apologies.
    apologies: Option<Vec<PartyInput>>,
    /// The meeting of a standing panel at which it was said; the case is on its agenda.
    meeting: Option<Global<MeetingId>>,
    /// Who disagreed, and why.
    dissent: Option<String>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl RecordRatificationInput {
    /// What was said as the use case takes it.
    pub fn note(self) -> app::RatificationNote {
        app::RatificationNote {
            expected_revision: self.expected_revision,
            ratified: self.ratified,
            reason: self.reason,
            attendees: parties(self.attendees),
            apologies: parties(self.apologies.unwrap_or_default()),
            meeting: self.meeting.map(|meeting| meeting.0),
            dissent: self.dissent,
        }
    }
}

/// Why what the panel did not ratify stands all the same.
#[derive(InputObject)]
pub struct AnswerRefusalInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The revision the user has before them.
    pub expected_revision: u32,
    /// Why.
    pub reason: String,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// Whether a change after the panel's conclusion is material.
#[derive(InputObject)]
pub struct JudgeMaterialityInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The version the user has before them. When the content changed after it that is a conflict, which says what changed;
    /// when absent, whatever stands is judged, seen or not.
    pub expected_version: Option<u32>,
    /// Whether it is.
    pub material: bool,
    /// Why.
    pub reason: String,
    /// When it is material in part: which of what changed goes back to the panel; all of it when absent.
    pub paths: Option<Vec<Vec<String>>>,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

/// What a partner says of a reliance.
#[derive(InputObject)]
pub struct ConfirmRelianceInput {
    /// The case.
    pub assessment_id: Global<AssessmentId>,
    /// The reliance, one that holds when its partner confirms it; or another edge to a partner, who agrees or does not.
    interdependency_id: Global<InterdependencyId>,
    /// Whether the partner confirms it; otherwise it does not, or no longer.
    confirmed: bool,
    /// Who of the partner said so; left out by somebody of the partner, who speaks for themselves.
    confirmed_by: Option<PartyInput>,
    /// When they said so.
    on: Date,
    /// Where that can be read or heard of: a letter, a minute, a call.
    note: String,
    /// The same key from the same person returns the first outcome; another request under it is refused.
    pub idempotency_key: Option<String>,
}

impl ConfirmRelianceInput {
    /// What was said as the use case takes it.
    pub fn note(self) -> ConfirmationNote {
        ConfirmationNote {
            interdependency: self.interdependency_id.0,
            confirmed: self.confirmed,
            by: self.confirmed_by.map(app::PartyInput::from),
            on: self.on.0,
            note: self.note,
        }
    }
}
