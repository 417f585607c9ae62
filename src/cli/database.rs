//! The database as a whole: brought up to date, copied.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde_json::json;

use crate::{boot, cli::output, settings::DatabaseSettings};

/// Brings the database up to date.
#[derive(Args, Debug)]
pub struct Migrate {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Only say what would be applied.
    #[arg(long)]
    dry_run: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Copies the database.
#[derive(Args, Debug)]
pub struct Backup {
    /// The file to write; it must not exist, and only its owner may read it. PostgreSQL is copied by `pg_dump`, for `pg_restore`.
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Applies, or names, what is pending.
pub async fn migrate(command: Migrate) -> anyhow::Result<ExitCode> {
    let (names, done) = if command.dry_run {
        (boot::pending(&command.database).await?, "pending")
    } else {
        (boot::migrate(&command.database).await?, "applied")
    };
    if command.json {
        output::json(&json!({ done: names }))?;
        return Ok(ExitCode::SUCCESS);
    }
    for name in &names {
        output::line(format!("{done}: {name}"))?;
    }
    if names.is_empty() {
        output::line("The database is up to date.")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a consistent copy while the service runs on.
pub async fn backup(command: Backup) -> anyhow::Result<ExitCode> {
    boot::backup(&command.database, &command.file).await?;
    let bytes = std::fs::metadata(&command.file)?.len();
    if command.json {
        output::json(&json!({ "file": command.file, "bytes": bytes }))?;
    } else {
        output::line(format!("{} written, {bytes} bytes.", command.file.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}
