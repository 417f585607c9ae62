//! The audit: verified as a whole, every fault named with its place; and a case rebuilt from its events.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    app::{self, Replay, Replayed},
    boot,
    cli::{failure, output, progress},
    settings::{AuditSettings, DatabaseSettings},
};

/// What may be done with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify every event, checkpoint, revision and record; exits 1 and names every place that is not as it was
    /// written.
    Verify(Verify),
    /// Rebuild how a case stands, or stood, from its events, and print it as one JSON object; exits 1 when what they tell does
    /// not hold together, or is not what is stored.
    Replay(Rebuild),
}

/// What to verify it against.
#[derive(Args, Debug)]
pub struct Verify {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    audit: AuditSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which case, and up to where.
#[derive(Args, Debug)]
pub struct Rebuild {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The assessment's reference.
    reference: String,
    /// The last event that counts, by its number in the case's history.
    #[arg(long, value_name = "NUMBER", conflicts_with = "at")]
    event: Option<u32>,
    /// The instant by which an event had happened that counts, for example 2026-03-14T17:00:00Z.
    #[arg(long, value_name = "INSTANT")]
    at: Option<DateTime<Utc>>,
}

/// Runs a command on the audit.
pub async fn run(command: AuditCommand) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Verify(command) => verify(command).await,
        AuditCommand::Replay(command) => replay(command).await,
    }
}

async fn replay(command: Rebuild) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let Rebuild { reference, event, at, .. } = command;
    let case = match app.case_called(&reference).await {
        Err(app::Error::NotFound) => bail!("there is no assessment {reference}"),
        found => found.map_err(failure::explain)?,
    };
    let until = match at {
        Some(at) => Some(app.event_by(case, at).await.map_err(failure::explain)?),
        None => event,
    };
    let replayed = app.replay(case, Replay::default(), until).await.map_err(failure::explain)?;
    let Replayed { replay: Replay { sequence, facts, .. }, stored } = replayed;
    let facts = facts.with_context(|| {
        format!(
            "up to event {sequence} no event tells how {reference} stood: the case had not begun, began before events told \
             that, or the payloads were disposed of"
        )
    })?;
    output::json(&json!({ "reference": reference, "event": sequence, "facts": facts }))?;
    if until.is_none() && facts != stored {
        bail!("what the events of {reference} come to is not what is stored: `ehia audit verify` says more");
    }
    Ok(ExitCode::SUCCESS)
}

async fn verify(command: Verify) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let mut events = 0;
    let mut counter = progress::Counter::of("events verified:");
    let verified = boot::verify_audit(&app, &command.audit, &mut |read| {
        events = read;
        counter.reached(read);
    })
    .await?;
    counter.end();
    if command.json {
        let faults: Vec<_> = verified
            .faults
            .iter()
            .map(|fault| json!({ "place": fault.place, "reason": fault.reason }))
            .collect();
        output::json(&json!({
            "sound": faults.is_empty(),
            "events": events,
            "payloadsDisposed": verified.disposed,
            "checkpointsInCopy": verified.copied,
            "faults": faults,
        }))?;
    } else {
        for fault in &verified.faults {
            output::line(format!("{}: {}", fault.place, fault.reason))?;
        }
    }
    if !verified.faults.is_empty() {
        anyhow::bail!(
            "the audit is not as it was written: {} place(s), named above; compare with a backup",
            verified.faults.len()
        );
    }
    if !command.json {
        output::line(format!(
            "{events} events are as they were written; {} checkpoints were held against the copy.",
            verified.copied
        ))?;
        if verified.disposed > 0 {
            output::line(format!(
                "Of {} events the payload was lawfully disposed of; their digests are there, and what was kept.",
                verified.disposed
            ))?;
        }
        if verified.copied == 0 {
            output::line(format!(
                "Nothing was found in {}: without the copy of checkpoints a chain rewritten as a whole is not found. \
                 Name the worker's directory with --audit-dir.",
                command.audit.dir.display()
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
