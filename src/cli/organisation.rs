//! Organisations: the operator's acts.

use std::process::ExitCode;

use anyhow::Context as _;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    app::{App, NewOrganisation, OrganisationView},
    boot,
    cli::{definition, failure, output, progress::Counter, word},
    clock,
    domain::{
        id::Identifier as _,
        organisation::{Organisation, OrganisationKind},
        settings::Settings,
    },
    settings::DatabaseSettings,
};

/// What may be done with organisations.
#[derive(Debug, Subcommand)]
pub enum OrganisationCommand {
    /// Set an organisation up, or change what is given of one that exists.
    Add(Box<Add>),
    /// List organisations.
    List(List),
    /// Print an organisation's settings, or replace them.
    Settings(SettingsOf),
}

/// An organisation to set up.
#[derive(Args, Debug)]
pub struct Add {
    /// Its code in the NHS Organisation Data Service, or a code of this installation's own.
    #[arg(long, value_name = "CODE")]
    ods: String,
    /// Its name.
    #[arg(long)]
    name: String,
    /// What kind of body it is.
    #[arg(long, default_value = "OTHER", ignore_case = true, value_parser = word::parser(OrganisationKind::ALL, OrganisationKind::as_str))]
    kind: OrganisationKind,
    /// The day it opened.
    #[arg(long, value_name = "DATE")]
    opened: Option<NaiveDate>,
    /// The day it closed.
    #[arg(long, value_name = "DATE")]
    closed: Option<NaiveDate>,
    /// The code of an organisation that it succeeds; may be given more than once.
    #[arg(long, value_name = "CODE")]
    succeeds: Vec<String>,
    /// Its settings, a JSON document; `-` for standard input. Every field has a default; an organisation that is there
    /// keeps its `quorumSeats` if they are left out.
    #[arg(long, value_name = "FILE")]
    settings: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which organisations.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Whose settings.
#[derive(Args, Debug)]
pub struct SettingsOf {
    /// The organisation's ODS code.
    ods: String,
    /// Replace them by this JSON document; `-` for standard input. What it leaves out goes back to its default, but for
    /// `quorumSeats`, which stay.
    #[arg(long, value_name = "FILE")]
    set: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
}

/// Runs a command on organisations.
pub async fn run(command: OrganisationCommand) -> anyhow::Result<ExitCode> {
    match command {
        OrganisationCommand::Add(command) => add(*command).await,
        OrganisationCommand::List(command) => list(command).await,
        OrganisationCommand::Settings(command) => settings(command).await,
    }
}

async fn add(command: Add) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let existing = failure::run(async || app.find_organisation(&command.ods).await).await?;
    let settings = match (&command.settings, &existing) {
        (Some(file), existing) => document(file, existing.as_ref().map(|one| &one.settings))?,
        (None, Some(existing)) => existing.settings.clone(),
        (None, None) => Settings::default(),
    };
    let new = NewOrganisation {
        ods_code: command.ods,
        name: command.name,
        kind: command.kind,
        opened: command.opened.or(existing.as_ref().and_then(|existing| existing.opened)),
        closed: command.closed.or(existing.as_ref().and_then(|existing| existing.closed)),
        settings,
    };
    let moment = clock::now();
    let organisation = failure::run(async || app.save_organisation(new.clone(), moment).await).await?;
    for code in &command.succeeds {
        let predecessor = find(&app, code).await?;
        failure::run(async || app.succeed(predecessor.id, organisation.id, moment).await).await?;
    }
    if command.json {
        output::json(&told(&organisation))?;
    } else {
        let done = if existing.is_some() { "changed" } else { "set up" };
        output::line(format!("{} ({}) {done}.", organisation.name, organisation.ods_code))?;
    }
    // Also when nothing changed now: a run before this one may have been cut short.
    if existing.is_some() && command.settings.is_some() {
        return rederive(&app, &organisation).await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(command: List) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let organisations = failure::run(async || app.list_organisations().await).await?;
    if command.json {
        for organisation in &organisations {
            output::json(&told(organisation))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let day = |date: Option<NaiveDate>| date.map(|date| date.to_string()).unwrap_or_default();
    let rows: Vec<[String; 5]> = organisations
        .iter()
        .map(|o| [o.ods_code.clone(), o.name.clone(), o.kind.to_string(), day(o.opened), day(o.closed)])
        .collect();
    output::table(["CODE", "NAME", "KIND", "OPENED", "CLOSED"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn settings(command: SettingsOf) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let organisation = find(&app, &command.ods).await?;
    let Some(file) = &command.set else {
        output::line(serde_json::to_string_pretty(&organisation.settings)?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let new = NewOrganisation {
        ods_code: organisation.ods_code,
        name: organisation.name,
        kind: organisation.kind,
        opened: organisation.opened,
        closed: organisation.closed,
        settings: document(file, Some(&organisation.settings))?,
    };
    let changed = failure::run(async || app.save_organisation(new.clone(), clock::now()).await).await?;
    output::line(format!("The settings of {} were replaced.", changed.name))?;
    rederive(&app, &changed).await
}

/// Derives what lists ask of the organisation's cases anew; exits 1 when one could not be read.
async fn rederive(app: &App, organisation: &Organisation) -> anyhow::Result<ExitCode> {
    let mut counter = Counter::of("Cases derived anew:");
    let moment = clock::now();
    let done = app.rederive(organisation.id, moment, &mut |seen| counter.reached(seen)).await;
    counter.end();
    let done = done.map_err(failure::explain)?;
    if done.unreadable.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!(
        "{} case(s) were derived anew under the settings; these could not be and stay as they were. Mend them \
         (`ehia audit verify` says more) and set the settings again:",
        done.done
    ))?;
    let rows: Vec<[String; 2]> = done.unreadable.into_iter().map(|one| [one.reference, one.reason]).collect();
    output::table(["CASE", "WHY"], &rows)?;
    Ok(ExitCode::FAILURE)
}

/// The organisation with this code.
pub(super) async fn find(app: &App, code: &str) -> anyhow::Result<OrganisationView> {
    failure::run(async || app.find_organisation(code).await).await?.with_context(|| {
        format!("there is no organisation `{code}` here; `ehia organisation list` names those there are")
    })
}

/// The settings in the file, for an organisation that has these or for a new one.
fn document(file: &str, before: Option<&Settings>) -> anyhow::Result<Settings> {
    let text = definition::read(file)?;
    Settings::given(&text, before).with_context(|| format!("{file} is no document of settings"))
}

fn told(organisation: &OrganisationView) -> Value {
    json!({
        "id": organisation.id.global(),
        "odsCode": organisation.ods_code,
        "name": organisation.name,
        "kind": organisation.kind,
        "opened": organisation.opened,
        "closed": organisation.closed,
    })
}
