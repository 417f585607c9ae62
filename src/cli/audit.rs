//! The audit: verified as a whole, every fault named with its place.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    boot,
    cli::{output, progress},
    settings::{AuditSettings, DatabaseSettings},
};

/// What may be done with the audit.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Verify every event, checkpoint, revision and record; exits 1 and names every place that is not as it was
    /// written.
    Verify(Verify),
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

/// Runs a command on the audit.
pub async fn run(command: AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify(command) = command;
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
