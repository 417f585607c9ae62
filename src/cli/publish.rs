//! Forms, workflows and rules as an organisation's own: published, listed. The operator's acts.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    app::{self, Kind},
    boot,
    cli::{definition::read, failure, organisation, output},
    clock,
    settings::DatabaseSettings,
};

/// A document to publish.
#[derive(Args, Debug)]
pub struct Publish {
    /// The definition, a JSON document; `-` for standard input.
    file: String,
    /// The ODS code of the organisation whose own it is to be.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

/// Which definitions.
#[derive(Args, Debug)]
pub struct List {
    /// Only those that ship and those of the organisation with this ODS code.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Publishes; what keeps the document from being published is told, every law and rule by its id.
pub async fn publish<T: Kind>(command: Publish) -> anyhow::Result<ExitCode> {
    let document = read(&command.file)?;
    let app = boot::app(&command.database).await?;
    let done = failure::again(async || {
        app.publish::<T>(None, &command.organisation, document.clone(), clock::now()).await
    })
    .await;
    match done {
        Ok(published) => {
            let pinned = published.pinned();
            if command.json {
                let told =
                    json!({ "published": true, "key": pinned.key, "version": pinned.version, "errors": [] });
                output::json(&told)?;
            } else {
                output::line(format!(
                    "The {} {} version {} is published for {}; name it in the organisation's settings {}.",
                    T::NOUN,
                    pinned.key,
                    pinned.version,
                    command.organisation,
                    T::NAMED
                ))?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(app::Error::Invalid(violations)) if command.json => {
            output::json(&json!({ "published": false, "errors": violations }))?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(failure::explain(error)),
    }
}

/// Lists definitions by owner, key and version; exits 1 when one of them cannot be read.
pub async fn list<T: Kind>(command: List) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let of = match &command.organisation {
        Some(code) => Some(organisation::find(&app, code).await?),
        None => None,
    };
    let listed = failure::run(async || app.list_definitions::<T>(of.as_ref()).await).await?;
    let mut rows = Vec::new();
    for one in &listed {
        let of = one.organisation.as_ref().map(|owner| owner.ods_code.clone());
        if command.json {
            output::json(&json!({
                "organisation": of,
                "key": one.pinned.key,
                "version": one.pinned.version,
                "title": one.title.as_ref().ok(),
                "publishedAt": one.published_at,
                "sha256": one.sha256,
                "error": one.title.as_ref().err(),
            }))?;
            continue;
        }
        rows.push([
            of.unwrap_or_else(|| "shipped".to_owned()),
            one.pinned.key.clone(),
            one.pinned.version.to_string(),
            one.published_at.map(|at| at.format("%Y-%m-%d").to_string()).unwrap_or_default(),
            one.title.as_ref().map_or_else(|error| format!("({})", error.message), String::clone),
        ]);
    }
    if !command.json {
        output::table(["OF", "KEY", "VERSION", "PUBLISHED", "TITLE"], &rows)?;
    }
    let readable = listed.iter().all(|one| one.title.is_ok());
    Ok(if readable { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
