//! Commands on cases.

use std::borrow::Cow;

use async_graphql::{
    ContainerType, Context, ContextSelectionSet, MergedObject, Object, ObjectType, OutputType, Positioned,
    ServerResult, SimpleObject, Value, parser::types::Field, registry::Registry,
    resolver_utils::resolve_container_serial,
};
use futures::TryFutureExt as _;

use crate::{
    app::{self, App, Changed, CreateAssessment, InterestNote, PanelDraft},
    domain::{
        id::AssessmentId,
        permission::{Action, Actor},
        retention::Retention,
        review::Seat,
        text::Path,
        workflow::process::Judgement,
    },
    graphql::{
        account::AccountMutation,
        assessment::Assessment,
        definition::DefinitionMutation,
        discussion::DiscussionMutation,
        edit::AssessmentEdit,
        error::{Result, UserError, attempt, mendable},
        follow::FollowMutation,
        input::{
            AnswerRefusalInput, AssignPanelInput, ConfirmRelianceInput, CreateAssessmentInput,
            DeclareInterestInput, EditAssessmentInput, ImportAssessmentInput, JudgeMaterialityInput,
            PanelSeatInput, RecordRatificationInput, ReportConditionInput, ReportMitigationInput,
            SetRetentionInput, ShareAssessmentInput, SubmitReviewInput, TransitionAssessmentInput,
        },
        leave::LeaveMutation,
        limit::{SOME, listed},
        meeting::MeetingMutation,
        moving::MovingMutation,
        partner::PartnerMutation,
        preference::PreferenceMutation,
        register::RegisterMutation,
        scenario::ScenarioMutation,
        session::{Session, session},
        standing::StandingMutation,
        workflow::Blocker,
    },
};

/// What can be changed. Root fields are done one after the other, each in a transaction of its own.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
struct Commands(
    AccountMutation,
    CaseMutation,
    DefinitionMutation,
    DiscussionMutation,
    FollowMutation,
    LeaveMutation,
    MeetingMutation,
    MovingMutation,
    PartnerMutation,
    PreferenceMutation,
    RegisterMutation,
    ScenarioMutation,
    StandingMutation,
);

/// The root of what can be changed. Every field of it is nullable, and one whose arguments cannot be read is null
/// beside its error: what the fields before it have done is told, and those after it are done (GraphQL, October
/// 2021, section 6.4.4). The executor would give up the whole answer instead.
#[derive(Default)]
pub struct Mutation(Commands);

impl OutputType for Mutation {
    fn type_name() -> Cow<'static, str> {
        Commands::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Commands::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container_serial(ctx, self).await
    }
}

impl ContainerType for Mutation {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match self.0.resolve_field(ctx).await {
            Err(error) => {
                ctx.add_error(if error.path.is_empty() { ctx.set_error_path(error) } else { error });
                Ok(Some(Value::Null))
            }
            answered => answered,
        }
    }
}

impl ObjectType for Mutation {}

/// What a command on a case did.
#[derive(SimpleObject)]
pub struct AssessmentPayload {
    /// The case as it now stands; null when the viewer may not read it, or when none was begun.
    assessment: Option<Assessment>,
    /// What the user can mend; nothing was changed when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
    /// What stands in the way of a transition.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    blockers: Vec<Blocker>,
}

/// Runs a command, and tells what the user can mend beside the case as it now stands.
pub(super) async fn command<'a, F>(
    session: &'a Session,
    on: Option<AssessmentId>,
    mut run: impl FnMut(&'a App, &'a Actor) -> F,
) -> Option<Result<AssessmentPayload>>
where
    F: Future<Output = app::Result<Changed>>,
{
    let done = async {
        let actor = session.actor()?;
        session.forget();
        match attempt(|| run(&session.app, actor)).await {
            Ok(changed) => Ok(AssessmentPayload {
                // Who may do something with a case may not always read it: a member who has not declared, say.
                assessment: (changed.view.permits(actor, Action::Read))
                    .then(|| Assessment::View(changed.view)),
                errors: Vec::new(),
                blockers: changed.blockers.into_iter().map(Blocker::from).collect(),
            }),
            Err(error) => {
                let (errors, blockers) = mendable(error)?;
                let stands = match on {
                    Some(id) => session.find_view(id).await?,
                    None => None,
                };
                Ok(AssessmentPayload {
                    assessment: stands.map(Assessment::View),
                    errors,
                    blockers: blockers.into_iter().map(Blocker::from).collect(),
                })
            }
        }
    };
    Some(done.await)
}

/// Commands on cases.
#[derive(Default)]
pub struct CaseMutation;

/// Commands on cases.
#[Object]
impl CaseMutation {
    /// Begins a case in an organisation where the viewer writes.
    async fn create_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to begin.")] input: CreateAssessmentInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let proposal = match input.proposal.map(|proposal| proposal.fields()).transpose() {
            Ok(proposal) => proposal.unwrap_or_default(),
            Err(told) => return Some(Err(told)),
        };
        let key = input.idempotency_key;
        let create = CreateAssessment {
            organisation: input.organisation,
            title: input.title,
            proposal,
            form: input.form,
            workflow: input.workflow,
            screening: input.screening.map(|screening| screening.0),
        };
        command(session, None, |app, actor| app.create(actor, create.clone(), key.clone(), session.moment))
            .await
    }

    /// Edits the content of a case, or with `dryRun` shows it as it would be then and changes nothing.
    async fn edit_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: EditAssessmentInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, expected, key) = (input.assessment_id.0, input.expected_version, input.idempotency_key);
        let dry_run = input.dry_run;
        let edits = match input.edits.into_iter().map(AssessmentEdit::read).collect::<Result<Vec<_>>>() {
            Ok(edits) => edits,
            Err(told) => return Some(Err(told)),
        };
        command(session, Some(id), |app, actor| {
            let (edits, key) = (edits.clone(), key.clone());
            async move {
                if dry_run {
                    app.try_edit(actor, id, expected, edits, session.moment).await
                } else {
                    app.edit(actor, id, expected, edits, key, session.moment).await
                }
            }
        })
        .await
    }

    /// Takes a document in as a draft. What it does not say is unknown, never neutral.
    async fn import_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to take in.")] input: ImportAssessmentInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (organisation, document, key) = (input.organisation, input.document.0, input.idempotency_key);
        let organisation = organisation.as_str();
        command(session, None, |app, actor| {
            let imported = app.import(actor, organisation, document.clone(), key.clone(), session.moment);
            imported.map_ok(|imported| imported.changed)
        })
        .await
    }

    /// Shares a case with another organisation, or no longer.
    async fn share_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "With whom, and how far.")] input: ShareAssessmentInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, with, level) = (input.assessment_id.0, input.organisation.as_str(), input.level.0);
        let key = input.idempotency_key;
        command(session, Some(id), |app, actor| {
            app.share(actor, id, with, level, key.clone(), session.moment)
        })
        .await
    }

    /// Sets how long a case is kept, and whether it is under legal hold.
    async fn set_retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For how long, and why.")] input: SetRetentionInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let retention = Retention {
            class: input.class.map(|class| class.0),
            legal_hold: input.legal_hold,
            reason: input.reason,
        };
        command(session, Some(id), |app, actor| {
            app.set_retention(actor, id, retention.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Says who judges a case.
    async fn assign_panel(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: AssignPanelInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, panel, key) =
            (input.assessment_id.0, input.panel_id.map(|panel| panel.0), input.idempotency_key);
        let seat = |given: PanelSeatInput| Seat { person: given.person.0, seat: given.seat };
        let draft = PanelDraft {
            panel,
            members: input.members.unwrap_or_default().into_iter().map(|member| member.0).collect(),
            seats: input.seats.unwrap_or_default().into_iter().map(seat).collect(),
        };
        command(session, Some(id), |app, actor| {
            app.assign_panel(actor, id, draft.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Declares an interest in a case, or that there is none; the chair answers a member's declaration.
    async fn declare_interest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is declared.")] input: DeclareInterestInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let member = input.member.map(|member| member.0);
        let declared = InterestNote { member, interest: input.interest.0, note: input.note };
        command(session, Some(id), |app, actor| {
            app.declare_interest(actor, id, declared.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Hands in a reviewer's judgement of a revision.
    async fn submit_review(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The judgement.")] mut input: SubmitReviewInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let draft = input.draft();
        let (id, expected, key) = (input.assessment_id.0, input.expected_revision, input.idempotency_key);
        command(session, Some(id), |app, actor| {
            app.submit_review(actor, id, expected, draft.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Moves a case through its workflow, or with `dryRun` says what stands in the way and changes nothing.
    async fn transition_assessment(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The transition, and what it takes.")] mut input: TransitionAssessmentInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key.take());
        let draft = input.draft();
        command(session, Some(id), |app, actor| {
            app.transition(actor, id, draft.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Says how far a mitigation is.
    async fn report_mitigation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] mut input: ReportMitigationInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key.take());
        let note = input.note();
        command(session, Some(id), |app, actor| {
            app.report_mitigation(actor, id, note.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Says how a condition of an approval stands.
    async fn report_condition(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The report.")] mut input: ReportConditionInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key.take());
        let note = input.note();
        command(session, Some(id), |app, actor| {
            app.report_condition(actor, id, note.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Records what a partner says of a reliance that holds when the partner confirms it, or takes that back; of another edge
    /// to a partner, whether they agree.
    async fn confirm_reliance(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What was said, by whom.")] mut input: ConfirmRelianceInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key.take());
        let said = input.note();
        command(session, Some(id), |app, actor| {
            app.confirm_reliance(actor, id, said.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Records whether the panel ratifies what the chair concluded between meetings. Nothing is undone by it.
    async fn record_ratification(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the panel said.")] mut input: RecordRatificationInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key.take());
        let note = input.note();
        command(session, Some(id), |app, actor| {
            app.record_ratification(actor, id, note.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Says why what the panel did not ratify stands all the same; for equality lead and chair, never whoever concluded it.
    async fn answer_refusal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is said.")] input: AnswerRefusalInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, revision, key) = (input.assessment_id.0, input.expected_revision, input.idempotency_key);
        command(session, Some(id), |app, actor| {
            app.answer_refusal(actor, id, revision, input.reason.clone(), key.clone(), session.moment)
        })
        .await
    }

    /// Judges whether a change after the panel's conclusion is material, so that the case is reopened.
    async fn judge_materiality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The judgement.")] input: JudgeMaterialityInput,
    ) -> Option<Result<AssessmentPayload>> {
        let session = session(ctx);
        let (id, key) = (input.assessment_id.0, input.idempotency_key);
        let paths = input.paths.unwrap_or_default().into_iter().map(Path).collect();
        let JudgeMaterialityInput { expected_version, material, reason, .. } = input;
        let judgement = Judgement { expected_version, material, reason, paths };
        command(session, Some(id), |app, actor| {
            app.judge_materiality(actor, id, judgement.clone(), key.clone(), session.moment)
        })
        .await
    }
}
