//! An assessment as a document that travels, or a decision record as the bytes that were hashed.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::{
    app::Key,
    boot,
    cli::{failure, output, user},
    domain::{canonical, form::material, id::AssessmentId, import},
    settings::DatabaseSettings,
};

/// What to export.
#[derive(Args, Debug)]
pub struct Export {
    /// The assessment's reference.
    reference: String,
    /// In whose name: only what this person may see leaves.
    #[arg(long = "as", value_name = "EMAIL")]
    actor: String,
    /// Instead of the content, the exact bytes of the decision record with this hash.
    #[arg(long, value_name = "SHA256")]
    record: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Prints the document in the layout `ehia/assessment/1`, or the record.
pub async fn run(command: Export) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let actor = user::find(&app, &command.actor).await?;
    let key = Key::Reference(command.reference.clone());
    let summary = failure::run(async || app.find_summary(&actor, &key).await).await?.with_context(|| {
        format!("there is no assessment {} that {} may read", command.reference, command.actor)
    })?;
    if let Some(sha256) = &command.record {
        let record = failure::run(async || app.find_record(&actor, summary.head.id, sha256).await).await?;
        let record = record.with_context(|| format!("{} has no record {sha256}", command.reference))?;
        let bytes = canonical::bytes(&record.document)?;
        if canonical::sha256(&bytes) != record.sha256 {
            anyhow::bail!("record {sha256} is not as it was frozen; run `ehia audit verify`");
        }
        output::bytes(&bytes)?;
        return Ok(ExitCode::SUCCESS);
    }
    let view = failure::run(async || app.view(&actor, summary.head.id).await).await?;
    let content = material::redact(&view.form, &view.case.content);
    let targets: Vec<AssessmentId> =
        content.interdependencies.iter().filter_map(|edge| edge.target).collect();
    let stubs = failure::run(async || app.stubs(&actor, &targets).await).await?;
    let document = import::export(&content, &view.form.key, &command.reference, |target| {
        stubs.get(&target).map(|stub| stub.reference.clone())
    });
    output::line(serde_json::to_string_pretty(&document)?)?;
    Ok(ExitCode::SUCCESS)
}
