//! What is past its term, and its lawful disposal: the operator's acts.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::{
    app::Due,
    boot,
    cli::{failure, organisation, output, word},
    clock,
    domain::{case::RetentionClass, retention::Retention},
    settings::DatabaseSettings,
};

/// What may be done about retention.
#[derive(Debug, Subcommand)]
pub enum RetentionCommand {
    /// List closed cases past their term that are not under legal hold.
    Due(ListDue),
    /// Dispose of the payloads of a case's events, leaving their digests; says what it would do unless `--apply`.
    Dispose(Dispose),
    /// Set a case's retention class, its legal hold, or both.
    Set(Set),
}

/// Whose cases.
#[derive(Args, Debug)]
pub struct ListDue {
    /// The organisation's ODS code; all when none is given.
    #[arg(long, value_name = "ODS")]
    organisation: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What to dispose of.
#[derive(Args, Debug)]
pub struct Dispose {
    /// The assessment's reference.
    reference: String,
    /// Why, and on whose authority; it is recorded.
    #[arg(long)]
    reason: String,
    /// Do it. What is gone cannot be brought back.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// How a case is to be kept.
#[derive(Args, Debug)]
pub struct Set {
    /// The assessment's reference.
    reference: String,
    /// The retention class; it stays as it is when none is given.
    #[arg(long, ignore_case = true, value_parser = word::parser(RetentionClass::ALL, RetentionClass::as_str))]
    class: Option<RetentionClass>,
    /// Whether nothing of it may be disposed of; that stays as it is when this is not given.
    #[arg(long, value_enum)]
    hold: Option<Hold>,
    /// Why, and on whose authority; whoever may read the case may read it.
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Whether a case is under legal hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Hold {
    /// Nothing of it may be disposed of.
    On,
    /// It may be, once its term has ended.
    Off,
}

/// Runs a command about retention.
pub async fn run(command: RetentionCommand) -> anyhow::Result<ExitCode> {
    match command {
        RetentionCommand::Due(command) => due(command).await,
        RetentionCommand::Dispose(command) => dispose(command).await,
        RetentionCommand::Set(command) => set(command).await,
    }
}

async fn due(command: ListDue) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let organisation = match &command.organisation {
        Some(code) => Some(organisation::find(&app, code).await?.id),
        None => None,
    };
    let due = failure::run(async || app.list_due(organisation, clock::now()).await).await?;
    if command.json {
        for one in &due {
            output::json(&told(one))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if due.is_empty() {
        output::line("Nothing is past its term.")?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 5]> = due
        .into_iter()
        .map(|one| {
            let class = one.class.as_str().to_owned();
            [one.reference, class, one.until.to_string(), one.payloads.to_string(), one.title]
        })
        .collect();
    output::table(["REFERENCE", "CLASS", "KEPT UNTIL", "PAYLOADS", "TITLE"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn dispose(command: Dispose) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let Dispose { reference, reason, apply, .. } = &command;
    let done = failure::again(async || app.dispose(reference, reason, *apply, clock::now()).await).await;
    let done = there_is(done, reference)?;
    if command.json {
        let mut told = told(&done.of);
        told["applied"] = json!(done.applied);
        output::json(&told)?;
        return Ok(ExitCode::SUCCESS);
    }
    let payloads = done.of.payloads;
    output::line(match (done.applied, payloads) {
        (_, 0) => format!("Nothing is left to dispose of in the events of {reference}."),
        (true, _) => format!(
            "The payloads of {payloads} events of {reference} were disposed of; their digests and an event that \
             says so are left."
        ),
        (false, _) => format!(
            "The payloads of {payloads} events of {reference} would be disposed of for ever; say --apply to do it."
        ),
    })?;
    output::line("Frozen revisions, decision records and attachments are not touched.")?;
    Ok(ExitCode::SUCCESS)
}

async fn set(command: Set) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let Set { reference, class, hold, reason, json, .. } = command;
    let retention = Retention { class, legal_hold: hold.map(|hold| hold == Hold::On), reason };
    let done =
        failure::again(async || app.set_retention_of(&reference, &retention, clock::now()).await).await;
    let (changed, class, held) = there_is(done, &reference)?;
    if json {
        output::json(
            &json!({ "reference": reference, "class": class, "legalHold": held, "changed": changed }),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let under = if held { "under legal hold" } else { "not under legal hold" };
    let so = if changed { "is now" } else { "was already" };
    output::line(format!("{reference} {so} of the class {class} and {under}."))?;
    Ok(ExitCode::SUCCESS)
}

/// What was done with the assessment, if there is one.
fn there_is<T>(done: crate::app::Result<T>, reference: &str) -> anyhow::Result<T> {
    let done = match done {
        Err(crate::app::Error::NotFound) => None,
        other => Some(other.map_err(failure::explain)?),
    };
    done.with_context(|| format!("there is no assessment {reference}"))
}

fn told(due: &Due) -> Value {
    json!({
        "reference": due.reference,
        "title": due.title,
        "class": due.class,
        "keptUntil": due.until,
        "payloads": due.payloads,
    })
}
