//! What the panel concluded, what the body decided, the conditions of an approval, and the record of what was
//! before them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};
use chrono::{DateTime, Utc};

use crate::{
    app::{DocumentFormat, View},
    domain::{
        condition::{self, ConditionStatus},
        decision::{self, DecisionOutcome},
        id::PersonId,
        review::{self, Interest, Recommendation},
    },
    graphql::{
        check::Acceptance,
        error::{Result, Told, missing},
        follow::{BreachAnswer, ConditionReport, ConfirmedReading},
        limit::{SOME, listed},
        meeting::Meeting,
        person::{Party, Person},
        proposal::ProposalOption,
        revision::AssessmentRevision,
        scalar::{Date, Instant, Json, global, int},
        session::session,
        word::Word,
    },
};

/// A panel's outcome.
pub struct PanelOutcome {
    view: Arc<View>,
    outcome: review::PanelOutcome,
}

impl PanelOutcome {
    /// The outcomes of a case for which `which` holds, the newest last.
    pub fn list(view: &Arc<View>, which: impl Fn(&review::PanelOutcome) -> bool) -> Vec<Self> {
        let outcomes = view.case.process.outcomes.iter().filter(|outcome| which(outcome));
        outcomes.map(|outcome| Self { view: view.clone(), outcome: outcome.clone() }).collect()
    }
}

/// What the panel concluded about the assessment. Not the decision, unless the body with authority delegated it in
/// writing.
#[Object]
impl PanelOutcome {
    /// The global identifier, `outcome:..`.
    pub async fn id(&self) -> ID {
        global(self.outcome.id)
    }

    /// What the panel concluded.
    async fn recommendation(&self) -> Word<Recommendation> {
        Word(self.outcome.recommendation)
    }

    /// Who recorded it.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.outcome.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.outcome.at)
    }

    /// The revision it is about.
    async fn revision(&self) -> i32 {
        int(self.outcome.revision)
    }

    /// Who was there.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn attendees(&self) -> Vec<Party> {
        Party::list(&self.outcome.attendees)
    }

    /// Who sent apologies.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn apologies(&self) -> Vec<Party> {
        Party::list(&self.outcome.apologies)
    }

    /// Who judged the revision with a vote, each seat on its own: what made the quorum.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn voted(&self) -> Vec<VotingSeat> {
        self.outcome.voted.iter().cloned().map(VotingSeat).collect()
    }

    /// How the interest of each member of the panel was answered.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn interests(&self) -> Vec<AnsweredInterest> {
        let kept = &self.view.case.process.interests;
        let interests = self.outcome.interests.iter();
        let of = |(person, interest): (&PersonId, &Interest)| AnsweredInterest {
            person: *person,
            interest: *interest,
            answered: self.outcome.answered(*person, kept.get(person)),
        };
        interests.map(of).collect()
    }

    /// Interests that members declared at the meeting and that were recorded only after it was concluded. Nothing is undone
    /// by them; whether they were answered since is seen in the member's seat.
    #[graphql(complexity = "listed(2, child_complexity)")]
    async fn declared_since(&self) -> Vec<AnsweredInterest> {
        let since = self.outcome.declared_since(&self.view.case.process.interests);
        let of = |(person, step): (PersonId, &review::InterestStep)| AnsweredInterest {
            person,
            interest: step.interest,
            answered: Some(false),
        };
        since.map(of).collect()
    }

    /// The identifiers of the findings graver than advice that were open on the revision.
    async fn open_findings(&self) -> &[String] {
        &self.outcome.findings
    }

    /// The meeting of a standing panel at which it was concluded; null when it was at none, and to whoever holds no role
    /// in the organisation.
    async fn meeting(&self, ctx: &Context<'_>) -> Option<Result<Meeting>> {
        Box::pin(Meeting::find(ctx, self.outcome.meeting?)).await.transpose()
    }

    /// The letter about it to those whose proposal it is, drafted from the record; without who disagreed.
    #[graphql(complexity = "100")]
    async fn letter(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How it is written.", default_with = "Word(DocumentFormat::Html)")] format: Word<
            DocumentFormat,
        >,
    ) -> Option<Result<String>> {
        let app = &session(ctx).app;
        let written = Box::pin(app.outcome_letter(&self.view, &self.outcome, format.0)).await;
        Some(written.map_err(Told::from))
    }

    /// Why it could not wait for a meeting, where the chair concluded between two of them; null otherwise.
    async fn urgency(&self) -> Option<&str> {
        self.outcome.urgency.as_deref()
    }

    /// Whether the panel ratified what the chair concluded between meetings; null until it said so, and where that is not
    /// asked.
    async fn ratification(&self) -> Option<Ratification> {
        let answers = self.view.case.process.ratifications.iter().rev();
        answers.into_iter().find(|answer| answer.outcome == self.outcome.id).cloned().map(Ratification)
    }

    /// Who disagreed, and why.
    async fn dissent(&self) -> Option<&str> {
        self.outcome.dissent.as_deref()
    }

    /// The comment that went with it.
    async fn comment(&self) -> Option<&str> {
        self.outcome.comment.as_deref()
    }

    /// What the approval is subject to.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn conditions(&self) -> Vec<Condition> {
        Condition::list(&self.view, |condition| self.outcome.conditions.contains(&condition.id))
    }

    /// The findings the panel accepted.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn accepted_findings(&self) -> Vec<Acceptance> {
        self.outcome.accepted.iter().cloned().map(Acceptance).collect()
    }

    /// What was before the panel.
    async fn record(&self) -> DecisionRecord {
        DecisionRecord {
            view: self.view.clone(),
            sha256: self.outcome.record.clone(),
            at: self.outcome.at,
            revision: self.outcome.revision,
        }
    }
}

/// What the panel said of an action between meetings.
pub struct Ratification(pub review::Ratification);

/// What the panel said of what the chair concluded between meetings. The outcome stands either way.
#[Object]
impl Ratification {
    /// Whether it ratified that.
    async fn ratified(&self) -> bool {
        self.0.ratified
    }

    /// Why, and why not.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The day by which the panel was to say so.
    async fn due(&self) -> Date {
        Date(self.0.due)
    }

    /// Who recorded it.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }

    /// Who was there.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn attendees(&self) -> Vec<Party> {
        Party::list(&self.0.attendees)
    }

    /// Who sent apologies.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn apologies(&self) -> Vec<Party> {
        Party::list(&self.0.apologies)
    }

    /// Who was there with a vote, each seat on its own: what made the quorum.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn voted(&self) -> Vec<VotingSeat> {
        self.0.voted.iter().cloned().map(VotingSeat).collect()
    }

    /// The meeting of a standing panel at which it was said; null when it was at none, and to whoever holds no role in the
    /// organisation.
    async fn meeting(&self, ctx: &Context<'_>) -> Option<Result<Meeting>> {
        Box::pin(Meeting::find(ctx, self.0.meeting?)).await.transpose()
    }

    /// Who disagreed, and why.
    async fn dissent(&self) -> Option<&str> {
        self.0.dissent.as_deref()
    }

    /// Why what the chair concluded stands all the same; null until somebody answered for that.
    async fn answer(&self) -> Option<RefusalAnswer> {
        self.0.answer.clone().map(RefusalAnswer)
    }
}

/// Why something stands.
pub struct RefusalAnswer(review::RefusalAnswer);

/// Why something stands that the panel did not ratify.
#[Object]
impl RefusalAnswer {
    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Who says so.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.by).await
    }

    /// When.
    async fn at(&self) -> Instant {
        Instant(self.0.at)
    }
}

/// A seat whose holder voted.
pub struct VotingSeat(review::Seat);

/// A seat of the panel whose holder judged the revision with a vote.
#[Object]
impl VotingSeat {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.person).await
    }

    /// What the seat is for: chair, equality, clinical.
    async fn seat(&self) -> &str {
        &self.0.seat
    }
}

/// How somebody's interest was answered.
pub struct AnsweredInterest {
    person: PersonId,
    interest: Interest,
    answered: Option<bool>,
}

/// How the interest of one member was answered when the panel concluded.
#[Object]
impl AnsweredInterest {
    /// Who.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.person).await
    }

    /// How it was answered; as they declared it, where nobody had.
    async fn interest(&self) -> Word<Interest> {
        Word(self.interest)
    }

    /// Whether somebody entitled had answered it by then; null where there was no interest to answer.
    async fn answered(&self) -> Option<bool> {
        self.answered
    }
}

/// A decision.
pub struct Decision {
    view: Arc<View>,
    decision: decision::Decision,
}

impl Decision {
    /// The decisions on a case for which `which` holds, the newest last.
    pub fn list(view: &Arc<View>, which: impl Fn(&decision::Decision) -> bool) -> Vec<Self> {
        let decisions = view.case.process.decisions.iter().filter(|decision| which(decision));
        decisions.map(|decision| Self { view: view.clone(), decision: decision.clone() }).collect()
    }
}

/// What the body with authority decided about the proposal.
#[Object]
impl Decision {
    /// The global identifier, `decision:..`.
    pub async fn id(&self) -> ID {
        global(self.decision.id)
    }

    /// The body: board, committee, cabinet.
    async fn body(&self) -> &str {
        &self.decision.body
    }

    /// What gives it the authority.
    async fn authority(&self) -> &str {
        &self.decision.authority
    }

    /// The day it met.
    async fn meeting(&self) -> Date {
        Date(self.decision.meeting)
    }

    /// Where it is minuted.
    async fn minute(&self) -> Option<&str> {
        self.decision.minute.as_deref()
    }

    /// The paper that was before it.
    async fn paper(&self) -> Option<&str> {
        self.decision.paper.as_deref()
    }

    /// What it decided.
    async fn outcome(&self) -> Word<DecisionOutcome> {
        Word(self.decision.outcome)
    }

    /// Why.
    async fn reasons(&self) -> &str {
        &self.decision.reasons
    }

    /// The revision in the pack.
    async fn revision(&self) -> i32 {
        int(self.decision.revision)
    }

    /// Who was present.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn present(&self) -> Vec<Party> {
        Party::list(&self.decision.present)
    }

    /// Whether the senior responsible officer of the proposal sat on the body: recorded the decision, or was among those
    /// present.
    async fn sponsor_sat(&self) -> bool {
        self.decision.sponsor_sat
    }

    /// Who confirms having read the assessment.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn read_by(&self) -> Vec<Party> {
        Party::list(&self.decision.read_by)
    }

    /// What was confirmed before the meeting, whether or not it was the revision that was decided.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn readings(&self) -> Vec<ConfirmedReading> {
        self.decision.readings.iter().cloned().map(ConfirmedReading).collect()
    }

    /// The options considered, as they stood in the revision.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn options_considered(&self) -> Vec<ProposalOption> {
        ProposalOption::list(&self.decision.options_considered)
    }

    /// The statement of due regard.
    async fn statement(&self) -> &str {
        &self.decision.statement
    }

    /// The findings the body accepted.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn accepted_findings(&self) -> Vec<Acceptance> {
        self.decision.accepted.iter().cloned().map(Acceptance).collect()
    }

    /// When it was recorded.
    async fn at(&self) -> Instant {
        Instant(self.decision.at)
    }

    /// By whom.
    async fn by(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.decision.by).await
    }

    /// What was before the body.
    async fn record(&self) -> DecisionRecord {
        DecisionRecord {
            view: self.view.clone(),
            sha256: self.decision.record.clone(),
            at: self.decision.at,
            revision: self.decision.revision,
        }
    }
}

/// A condition of an approval.
pub struct Condition(condition::Condition);

impl Condition {
    /// The conditions of a case for which `which` holds.
    pub fn list(view: &View, which: impl Fn(&condition::Condition) -> bool) -> Vec<Self> {
        let conditions = view.case.process.conditions.iter();
        conditions.filter(|condition| which(condition)).cloned().map(Self).collect()
    }
}

/// What an approval is subject to.
#[Object]
impl Condition {
    /// The global identifier, `condition:..`.
    pub async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// What must be so.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// Who sees to it.
    async fn owner(&self) -> Party {
        Party(self.0.owner.clone())
    }

    /// By when.
    async fn due(&self) -> Date {
        Date(self.0.due)
    }

    /// What will show it.
    async fn evidence_wanted(&self) -> Option<&str> {
        self.0.evidence_wanted.as_deref()
    }

    /// Who judges that it is met; never the owner.
    async fn verifier(&self) -> Party {
        Party(self.0.verifier.clone())
    }

    /// How it stands.
    async fn status(&self) -> Word<ConditionStatus> {
        Word(self.0.status)
    }

    /// What was reported of it, the newest last.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn reports(&self) -> Vec<ConditionReport> {
        self.0.reports.iter().cloned().map(ConditionReport).collect()
    }

    /// What was to be done whenever it was breached, the newest last.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn answers(&self) -> Vec<BreachAnswer> {
        self.0.answers.iter().cloned().map(BreachAnswer).collect()
    }
}

/// A decision record.
pub struct DecisionRecord {
    view: Arc<View>,
    sha256: String,
    at: DateTime<Utc>,
    revision: u32,
}

/// What was before panel or body on the day, frozen, with its hash.
#[Object]
impl DecisionRecord {
    /// SHA-256 of its canonical bytes, in hexadecimal.
    async fn sha256(&self) -> &str {
        &self.sha256
    }

    /// When it was frozen.
    async fn at(&self) -> Instant {
        Instant(self.at)
    }

    /// The content that was before them.
    async fn revision(&self, ctx: &Context<'_>) -> Result<AssessmentRevision> {
        let revision = AssessmentRevision::find(ctx, &self.view, self.revision).await?;
        revision.ok_or_else(|| missing(format!("revision {} of {}", self.revision, self.view.case.id)))
    }

    /// The whole record: form, answers, impacts, evidence, reviews, findings and versions of the rules. Only those who oversee
    /// the organisation's cases read in it what else touched the same people, and `sha256` is that of the whole.
    #[graphql(complexity = "200")]
    async fn content(&self, ctx: &Context<'_>) -> Option<Result<Json>> {
        let session = session(ctx);
        let found = async {
            let record =
                Box::pin(session.app.find_record(session.actor()?, self.view.case.id, &self.sha256)).await?;
            Ok(record.map(|record| Json(record.document)))
        };
        found.await.transpose()
    }
}
