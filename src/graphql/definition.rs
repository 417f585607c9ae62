//! Publishing forms, workflows and rules as an organisation's own.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use crate::{
    app::{self, Kind},
    domain::check,
    graphql::{
        error::{Result, UserError, attempt, mendable},
        form::Form,
        limit::{SOME, listed},
        own::OwnRule,
        scalar::Json,
        session::{Session, session},
        workflow::Workflow,
    },
};

/// A form, workflow or rule to publish.
#[derive(InputObject)]
pub struct PublishDefinitionInput {
    /// The ODS code of the organisation whose own it is to be.
    organisation: String,
    /// The definition, as a JSON object or as the text of one.
    document: Json,
}

/// What publishing a workflow did.
#[derive(SimpleObject)]
pub struct WorkflowPayload {
    /// The workflow as it is published; null when it is not.
    workflow: Option<Workflow>,
    /// What the user can mend: every law the definition breaks, by its id. Nothing was published when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// What publishing a form did.
#[derive(SimpleObject)]
pub struct FormPayload {
    /// The form as it is published; null when it is not.
    form: Option<Form>,
    /// What the user can mend: every rule the form breaks. Nothing was published when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// What publishing a rule did.
#[derive(SimpleObject)]
pub struct OwnRulePayload {
    /// The rule as it is published; null when it is not.
    rule: Option<OwnRule>,
    /// What the user can mend: what is wrong with the rule, and every example that does not behave. Nothing was
    /// published when there is any.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    errors: Vec<UserError>,
}

/// Publishes; the definition, or what the user can mend.
async fn publish<T: Kind>(
    session: &Session,
    input: PublishDefinitionInput,
) -> Result<(Option<std::sync::Arc<T>>, Vec<UserError>)> {
    let actor = session.actor()?;
    let document = input.document.source();
    let done: app::Result<_> =
        attempt(|| session.app.publish(Some(actor), &input.organisation, document.clone(), session.moment))
            .await;
    match done {
        Ok(published) => Ok((Some(published), Vec::new())),
        Err(error) => mendable(error).map(|(errors, _)| (None, errors)),
    }
}

/// Commands on definitions.
#[derive(Default)]
pub struct DefinitionMutation;

/// Commands on definitions.
#[Object]
impl DefinitionMutation {
    /// Publishes a workflow as an organisation's own: it is proved, its witness cases are run, and what is published
    /// never changes. Exactly the same document again is answered with the workflow that is published, and nothing
    /// more happens; another one under its key and version is refused. For administrators.
    #[graphql(complexity = "200 + child_complexity")]
    async fn publish_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishDefinitionInput,
    ) -> Option<Result<WorkflowPayload>> {
        let published = publish(session(ctx), input).await;
        Some(
            published
                .map(|(workflow, errors)| WorkflowPayload { workflow: workflow.map(Workflow::from), errors }),
        )
    }

    /// Publishes a form as an organisation's own: it is proved fit, and what is published never changes. Exactly the
    /// same document again is answered with the form that is published, and nothing more happens; another one under
    /// its key and version is refused. For administrators.
    #[graphql(complexity = "200 + child_complexity")]
    async fn publish_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishDefinitionInput,
    ) -> Option<Result<FormPayload>> {
        let published = publish(session(ctx), input).await;
        Some(published.map(|(form, errors)| FormPayload { form: form.map(Form), errors }))
    }

    /// Publishes a rule as an organisation's own: it is proved, every example behaves, and what is published never
    /// changes. It is in force once the organisation's settings name its key and version. Exactly the same document again
    /// is answered with the rule that is published, and nothing more happens; another one under its key and version is
    /// refused. For administrators.
    #[graphql(complexity = "200 + child_complexity")]
    async fn publish_rule(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to publish.")] input: PublishDefinitionInput,
    ) -> Option<Result<OwnRulePayload>> {
        let session = session(ctx);
        let code = input.organisation.clone();
        let published = async {
            let (rule, errors) = publish::<check::OwnRule>(session, input).await?;
            let Some(rule) = rule else { return Ok(OwnRulePayload { rule: None, errors }) };
            let listed = session.app.find_rule(session.actor()?, &code, &rule.pinned()).await?;
            Ok(OwnRulePayload { rule: listed.map(OwnRule), errors })
        };
        Some(published.await)
    }
}
