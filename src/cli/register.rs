//! The register of decisions on the command line: loaded, and what of it is not assessed. The operator's acts.

use std::{fs, io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::{
    app::{LoadedRegister, RegisterFile},
    boot,
    cli::{failure, organisation, output},
    clock,
    domain::register::LARGEST,
    settings::DatabaseSettings,
};

/// What may be done with the register of decisions.
#[derive(Debug, Subcommand)]
pub enum RegisterCommand {
    /// Load a list of decisions: all of it, or nothing where a line is wrong. What the list no longer has is kept and
    /// marked; the same list again changes nothing.
    Load(Load),
}

/// What to load.
#[derive(Args, Debug)]
pub struct Load {
    /// A CSV file with a heading: key, title and source on every line; kind, body, date, `service_line`, decided and
    /// assessment where they are known.
    file: PathBuf,
    /// The organisation's ODS code.
    #[arg(long, value_name = "ODS")]
    organisation: String,
    /// Which of the organisation's lists it is; each is loaded whole.
    #[arg(long, value_name = "NAME", default_value = "decisions")]
    list: String,
    /// Only say what would be done.
    #[arg(long)]
    preview: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs a command on the register.
pub async fn run(command: RegisterCommand) -> anyhow::Result<ExitCode> {
    let RegisterCommand::Load(command) = command;
    let name = command.file.display().to_string();
    let told = || format!("{name} cannot be read");
    let mut csv = Vec::new();
    let file = fs::File::open(&command.file).with_context(told)?;
    file.take(LARGEST as u64 + 1).read_to_end(&mut csv).with_context(told)?;
    let app = boot::app(&command.database).await?;
    let of = organisation::find(&app, &command.organisation).await?.id;
    let file = RegisterFile {
        organisation: command.organisation.clone(),
        list: Some(command.list.clone()),
        csv,
        preview: command.preview,
    };
    let load = async || app.load_register_as_operator(of, file.clone(), clock::now()).await;
    let loaded = failure::run(load).await.with_context(|| format!("{name} is not loaded"))?;
    if command.json {
        output::json(&loaded)?;
    } else {
        tell(&loaded)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(loaded: &LoadedRegister) -> anyhow::Result<()> {
    if !loaded.lines.is_empty() {
        let rows: Vec<[String; 5]> = loaded
            .lines
            .iter()
            .map(|one| {
                let line = one.line.map_or_else(|| "-".to_owned(), |line| line.to_string());
                let assessed = if one.matched { "yes" } else { "no" };
                [line, one.step.as_str().to_owned(), one.key.clone(), assessed.to_owned(), one.title.clone()]
            })
            .collect();
        output::table(["LINE", "WHAT", "KEY", "ASSESSMENT", "TITLE"], &rows)?;
    }
    let LoadedRegister { added, changed, resumed, ended, unchanged, .. } = loaded;
    let word = if loaded.preview { "would be " } else { "" };
    output::line(format!(
        "{word}added {added}, changed {changed}, resumed {resumed}, ended {ended}, unchanged {unchanged}"
    ))
}
