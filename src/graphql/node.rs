//! Anything with a global identifier.

use async_graphql::{Context, ID, Interface};

use crate::{
    domain::{
        id::{
            AssessmentId, AttachmentId, ConditionId, DecisionId, EngagementId, EventId, EvidenceId,
            Identifier, ImpactId, InterdependencyId, LeaveId, MeetingId, MitigationId, OrganisationId,
            OutcomeId, PanelId, PartnerProposalId, PersonId, RegisteredDecisionId, ReviewId, RevisionId,
            ScenarioId,
        },
        permission::Actor,
    },
    graphql::{
        assessment::Assessment,
        attachment::Attachment,
        decision::{Condition, Decision, PanelOutcome},
        error::Result,
        event::Event,
        evidence::{Engagement, Evidence},
        impact::Impact,
        interdependency::Interdependency,
        leave::Leave,
        meeting::Meeting,
        mitigation::Mitigation,
        organisation::Organisation,
        panel::Panel,
        partner::PartnerProposal,
        person::Person,
        register::RegisteredDecision,
        review::Review,
        revision::AssessmentRevision,
        scenario::Scenario,
        session::session,
        source::Source,
    },
};

/// Anything with a global identifier.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global identifier, `noun:uuid`."))]
pub enum Node {
    /// A person.
    Person(Person),
    /// An organisation.
    Organisation(Organisation),
    /// A case.
    Assessment(Assessment),
    /// The content of a case as it was.
    AssessmentRevision(AssessmentRevision),
    /// An effect on a group.
    Impact(Impact),
    /// What a claim rests on.
    Evidence(Evidence),
    /// Who was listened to.
    Engagement(Engagement),
    /// An action against an impact.
    Mitigation(Mitigation),
    /// An edge to another case or a partner.
    Interdependency(Interdependency),
    /// Who judges a case, or a standing panel.
    Panel(Panel),
    /// One reviewer's judgement.
    Review(Review),
    /// What the panel concluded.
    PanelOutcome(PanelOutcome),
    /// What the body decided.
    Decision(Decision),
    /// What an approval is subject to.
    Condition(Condition),
    /// Something that happened.
    Event(Event),
    /// A file kept with a case.
    Attachment(Attachment),
    /// A meeting of a standing panel.
    Meeting(Meeting),
    /// Somebody's leave.
    Leave(Leave),
    /// A decision in the register.
    RegisteredDecision(RegisteredDecision),
    /// What a partner proposes.
    PartnerProposal(PartnerProposal),
    /// What a bundle of decisions would do.
    Scenario(Scenario),
}

impl Node {
    /// What has this identifier, when the actor may see it. Anything malformed has nothing.
    pub async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Self>> {
        let session = session(ctx);
        let actor = session.actor()?;
        let app = &session.app;
        if let Some(id) = AssessmentId::parse(id) {
            let summary = session.find_summary(id).await?;
            return Ok(summary.map(|summary| Self::Assessment(Assessment::Summary(summary))));
        }
        if let Some(id) = PersonId::parse(id) {
            return Ok(app.find_person(actor, id).await?.map(|person| Self::Person(Person::Seen(person))));
        }
        if let Some(id) = OrganisationId::parse(id) {
            let found = session.find_organisation(id).await?;
            return Ok(found.map(|organisation| Self::Organisation(Organisation::Seen(organisation))));
        }
        if let Some(id) = AttachmentId::parse(id) {
            return Ok(app.find_attachment(actor, id).await?.map(|kept| Self::Attachment(Attachment(kept))));
        }
        if let Some(id) = EventId::parse(id) {
            return Ok(app.find_event(actor, id).await?.map(|event| Self::Event(Event(event))));
        }
        if let Some(id) = RevisionId::parse(id) {
            let Some(revision) = app.find_revision_by_id(actor, id).await? else { return Ok(None) };
            let view = session.view(revision.assessment).await?;
            return Ok(Some(Self::AssessmentRevision(AssessmentRevision::of(view, revision))));
        }
        if let Some(id) = PanelId::parse(id) {
            return Ok(Panel::find(ctx, id).await?.map(Self::Panel));
        }
        if let Some(id) = MeetingId::parse(id) {
            return Ok(Meeting::find(ctx, id).await?.map(Self::Meeting));
        }
        if let Some(id) = LeaveId::parse(id) {
            return Ok(Leave::find(ctx, id).await?.map(Self::Leave));
        }
        if let Some(id) = RegisteredDecisionId::parse(id) {
            return Ok(RegisteredDecision::find(ctx, id).await?.map(Self::RegisteredDecision));
        }
        if let Some(id) = PartnerProposalId::parse(id) {
            return Ok(PartnerProposal::find(ctx, id).await?.map(Self::PartnerProposal));
        }
        if let Some(id) = ScenarioId::parse(id) {
            return Ok(Scenario::find(ctx, id).await?.map(Self::Scenario));
        }
        Self::element(ctx, actor, id).await
    }

    /// Something inside a case.
    async fn element(ctx: &Context<'_>, actor: &Actor, id: &str) -> Result<Option<Self>> {
        let app = &session(ctx).app;
        macro_rules! element {
            ($($id:ident => |$view:ident, $wanted:ident| $found:expr;)+) => { $(
                if let Some($wanted) = $id::parse(id) {
                    let Some($view) = app.find_element(actor, $id::NOUN, $wanted.uuid()).await? else {
                        return Ok(None);
                    };
                    return Ok($found);
                }
            )+ };
        }
        element! {
            ImpactId => |view, id| {
                Impact::list(&Source::live(view), |impact| impact.id == id).pop().map(Self::Impact)
            };
            EvidenceId => |view, id| {
                Evidence::list(&Source::live(view), |evidence| evidence.id == id).pop().map(Self::Evidence)
            };
            EngagementId => |view, id| {
                Engagement::list(&Source::live(view), |engagement| engagement.id == id).pop().map(Self::Engagement)
            };
            MitigationId => |view, id| {
                Mitigation::list(&Source::live(view), |mitigation| mitigation.id == id).pop().map(Self::Mitigation)
            };
            InterdependencyId => |view, id| {
                Interdependency::list(&Source::live(view), |edge| edge.id == id).pop().map(Self::Interdependency)
            };
            ReviewId => |view, id| {
                let review = view.reviews(actor).into_iter().find(|review| review.id == id);
                review.map(|review| Self::Review(Review::of(&view, review)))
            };
            OutcomeId => |view, id| {
                PanelOutcome::list(&view, |outcome| outcome.id == id).pop().map(Self::PanelOutcome)
            };
            DecisionId => |view, id| {
                Decision::list(&view, |decision| decision.id == id).pop().map(Self::Decision)
            };
            ConditionId => |view, id| Condition::list(&view, |condition| condition.id == id).pop().map(Self::Condition);
        }
        Ok(None)
    }
}
