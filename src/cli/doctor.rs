//! Whether this installation is well: one line for each thing, with what to do about it.

use std::{fmt, process::ExitCode};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::{
    boot,
    cli::{failure, output},
    clock,
    settings::{AuditSettings, DatabaseSettings, MailSettings, ServeSettings},
};

/// What to look at: as `serve` would be told.
#[derive(Args, Debug)]
pub struct Doctor {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    mail: MailSettings,
    #[command(flatten)]
    audit: AuditSettings,
    #[command(flatten)]
    serve: ServeSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// How it is with one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    Warn,
    Fail,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok  ",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        })
    }
}

/// One thing, how it is, and what to do when it is not well.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    message: String,
}

impl Check {
    fn of(name: &'static str, found: anyhow::Result<String>) -> Self {
        match found {
            Ok(message) => Self { name, state: State::Ok, message },
            Err(error) => Self { name, state: State::Fail, message: format!("{error:#}") },
        }
    }

    fn warn(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, state: State::Warn, message: message.into() }
    }
}

/// Looks at everything; exits 1 when something fails.
pub async fn run(command: Doctor) -> anyhow::Result<ExitCode> {
    let mut checks = Vec::new();
    checks.push(database(&command.database).await);
    checks.extend(permissions(&command.database));
    checks.extend(reference(&command.database).await);
    checks.push(mail(&command.mail).await);
    checks.push(audit(&command.database, &command.audit).await);
    checks.push(clock());
    checks.push(listen(&command.serve).await);
    if command.serve.explore {
        checks.push(Check::warn(
            "explore",
            "The exploring page is on; not for production (EHIA_EXPLORE=false).",
        ));
    }
    let well = checks.iter().all(|check| check.state != State::Fail);
    if command.json {
        output::json(&json!({ "well": well, "checks": checks }))?;
    } else {
        for Check { name, state, message } in &checks {
            output::line(format!("{state}  {name}: {message}"))?;
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn database(settings: &DatabaseSettings) -> Check {
    const NAME: &str = "database";
    match boot::pending(settings).await {
        Ok(pending) if pending.is_empty() => {
            Check::of(NAME, Ok("It answers and is of this version.".to_owned()))
        }
        Ok(pending) => Check::of(
            NAME,
            Err(anyhow::anyhow!(
                "It lacks {} migration(s) of this version; run `ehia migrate`.",
                pending.len()
            )),
        ),
        Err(error) => Check::of(NAME, Err(error)),
    }
}

/// Whether others on this machine can read the database's file.
fn permissions(settings: &DatabaseSettings) -> Option<Check> {
    const NAME: &str = "file permissions";
    let file = boot::sqlite_file(settings)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).map(|found| found.permissions().mode()).ok();
        let others = |mode: u32| mode & 0o077;
        let open = others(mode(&file)?);
        // A folder that only its owner enters keeps everybody from the file, whatever the file says.
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let closed = folder.and_then(mode).is_some_and(|mode| others(mode) == 0);
        if open != 0 && !closed {
            let told = format!(
                "Others on this machine may read {}; run `chmod 600 {0}`, or chmod 700 its folder.",
                file.display()
            );
            return Some(Check::warn(NAME, told));
        }
    }
    Some(Check::of(NAME, Ok(format!("Only its owner reads {}.", file.display()))))
}

/// Whether anything is known of places, and whether it is what ships; nothing where the database is not ready.
async fn reference(settings: &DatabaseSettings) -> Option<Check> {
    const NAME: &str = "reference data";
    if !boot::pending(settings).await.is_ok_and(|pending| pending.is_empty()) {
        return None;
    }
    let looked = async {
        let app = boot::app(settings).await?;
        let files = failure::run(async || app.reference_files().await).await?;
        if !files.is_empty() {
            failure::run(async || app.reference().await).await?;
        }
        app.close().await?;
        anyhow::Ok(files)
    };
    let files = match looked.await {
        Ok(files) => files,
        Err(error) => {
            let error = error.context("It cannot be read; run `ehia reference load`");
            return Some(Check::of(NAME, Err(error)));
        }
    };
    if files.is_empty() {
        let told = "None is loaded: codes of places are checked by their form only, and nobody is told who lives \
                    there; run `ehia reference load`.";
        return Some(Check::warn(NAME, told));
    }
    let older = super::reference::older_than_shipped(&files);
    if !older.is_empty() {
        let told = format!(
            "This version ships other {} than what is loaded; run `ehia reference load`.",
            older.join(", ")
        );
        return Some(Check::warn(NAME, told));
    }
    Some(Check::of(NAME, Ok(format!("{} files are loaded, none older than what ships.", files.len()))))
}

async fn mail(settings: &MailSettings) -> Check {
    const NAME: &str = "mail";
    let mailer = match boot::mailer(settings) {
        Ok(mailer) => mailer,
        Err(error) => return Check::of(NAME, Err(error)),
    };
    if let Err(error) = mailer.check().await {
        return Check::of(NAME, Err(anyhow::anyhow!("Messages cannot leave now: {}.", error.reason())));
    }
    match &settings.url {
        None => Check::warn(NAME, "Messages become files in .ehia/mail; set EHIA_MAIL_URL to send them."),
        Some(_) => Check::of(NAME, Ok("The transport takes messages.".to_owned())),
    }
}

/// Whether checkpoints can be signed, and by the key that signed those there are.
async fn audit(database: &DatabaseSettings, settings: &AuditSettings) -> Check {
    const NAME: &str = "audit";
    let (keys, signer) = match boot::look_at_audit(database, settings).await {
        Ok(found) => found,
        Err(error) => return Check::of(NAME, Err(error)),
    };
    let directory = settings.dir.display();
    if let Some(signer) =
        signer.filter(|one| keys.signing.as_ref() != Some(one) && !keys.trusted.contains(one))
    {
        return Check::of(
            NAME,
            Err(anyhow::anyhow!(
                "The newest checkpoint was signed by the key {signer}, which is not in {directory}; put it back, or \
                 name the directory that has it (EHIA_AUDIT_DIR). Without it the audit cannot be verified."
            )),
        );
    }
    match keys.signing {
        Some(_) => Check::of(NAME, Ok(format!("The key in {directory} can be read."))),
        None => Check::warn(
            NAME,
            format!(
                "There is no signing key in {directory}; whatever signs checkpoints next makes a new one."
            ),
        ),
    }
}

/// Years in which this version can be running.
const YEARS: std::ops::Range<i32> = 2026..2100;

fn clock() -> Check {
    let moment = clock::now();
    let sane = YEARS.contains(&chrono::Datelike::year(&moment.today));
    let told = format!("It is {} in London.", moment.today);
    let wrong = || anyhow::anyhow!("{told} Set the system's clock; due dates and sessions depend on it.");
    Check::of("clock", if sane { Ok(told.clone()) } else { Err(wrong()) })
}

async fn listen(settings: &ServeSettings) -> Check {
    const NAME: &str = "listen";
    match boot::listen(settings.listen).await {
        Ok(_) => Check::of(NAME, Ok(format!("{} is free.", settings.listen))),
        Err(error) => Check::warn(NAME, format!("{error:#} (or `ehia serve` is running already).")),
    }
}
