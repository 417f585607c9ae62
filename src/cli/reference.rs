//! Reference data on the command line: loaded, listed. The operator's acts.

use std::{fs, io::Read as _, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    app::{App, ReferenceFile, Updated},
    boot,
    cli::{failure, output, progress::Progress},
    clock,
    domain::{
        canonical,
        place::{Sheet, shipped::FILES},
    },
    settings::DatabaseSettings,
};

/// Most bytes of a file that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What may be done with reference data.
#[derive(Debug, Subcommand)]
pub enum ReferenceCommand {
    /// Load what ships with the program, or files of the same form: all of them or none. What is in force already is
    /// left alone.
    Load(Load),
    /// List the files in force.
    List(List),
}

/// What to load.
#[derive(Args, Debug)]
pub struct Load {
    /// Files of the form that `data/README.md` describes; what ships with the program when none is named.
    files: Vec<PathBuf>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// How to list.
#[derive(Args, Debug)]
pub struct List {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs a command on reference data.
pub async fn run(command: ReferenceCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReferenceCommand::Load(command) => {
            let files = if command.files.is_empty() { shipped() } else { read(&command.files)? };
            let app = boot::app(&command.database).await?;
            let updated = load(&app, files).await?;
            if command.json {
                let told = |Updated { file, new }: &Updated| {
                    let mut told = described(file);
                    told["new"] = json!(new);
                    told
                };
                output::json(&json!({ "files": updated.iter().map(told).collect::<Vec<_>>() }))?;
                return Ok(ExitCode::SUCCESS);
            }
            for Updated { file, new } in &updated {
                let word = if *new { "loaded" } else { "in force already" };
                output::line(format!("{}: {word}, version {}, {} rows", file.name, file.version, file.rows))?;
            }
        }
        ReferenceCommand::List(command) => {
            let app = boot::app(&command.database).await?;
            let files = failure::run(async || app.reference_files().await).await?;
            if command.json {
                files.iter().try_for_each(|file| output::json(&described(file)))?;
                return Ok(ExitCode::SUCCESS);
            }
            if files.is_empty() {
                output::line("No reference data is loaded; `ehia reference load` loads what ships.")?;
                return Ok(ExitCode::SUCCESS);
            }
            let rows: Vec<[String; 6]> = files.into_iter().map(cells).collect();
            output::table(["NAME", "KIND", "VERSION", "ROWS", "LOADED", "SOURCE"], &rows)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Loads files and shows how far it has come.
pub async fn load(app: &App, files: Vec<(String, Vec<u8>)>) -> anyhow::Result<Vec<Updated>> {
    failure::run(async || {
        let whole = files.len().max(FILES.len());
        let mut progress = Progress::of("reference files", whole);
        app.load_reference(files.clone(), clock::now(), || progress.step()).await
    })
    .await
}

/// What ships with the program.
pub fn shipped() -> Vec<(String, Vec<u8>)> {
    FILES.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

/// The names of what ships and is not loaded, unless something that was published later is.
pub fn older_than_shipped(files: &[ReferenceFile]) -> Vec<String> {
    let shipped = FILES.iter().filter(|(_, bytes)| {
        let sha256 = canonical::sha256(bytes);
        files.iter().all(|file| file.sha256 != sha256)
    });
    let manifests = shipped.filter_map(|(name, bytes)| Some(Sheet::read(name, bytes).ok()?.manifest));
    let older = manifests.filter(|own| {
        let mut same = files.iter().filter(|file| file.kind == own.kind && file.name == own.name);
        same.all(|file| file.published.is_none() || file.published <= own.published)
    });
    older.map(|own| own.name).collect()
}

fn read(files: &[PathBuf]) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        let file = fs::File::open(path).with_context(|| format!("{name} cannot be read"))?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).with_context(|| format!("{name} cannot be read"))?;
        if bytes.len() as u64 > LARGEST {
            anyhow::bail!("{name} is longer than {LARGEST} bytes, so it is no reference file");
        }
        Ok((name, bytes))
    };
    files.iter().map(read).collect()
}

fn described(file: &ReferenceFile) -> Value {
    json!({
        "name": file.name, "kind": file.kind, "version": file.version, "file": file.file, "rows": file.rows,
        "published": file.published, "source": file.source, "licence": file.licence, "sha256": file.sha256,
        "loadedAt": file.loaded_at,
    })
}

fn cells(file: ReferenceFile) -> [String; 6] {
    let loaded = file.loaded_at.format("%Y-%m-%d").to_string();
    [
        file.name,
        file.kind.as_str().into(),
        file.version.to_string(),
        file.rows.to_string(),
        loaded,
        file.source,
    ]
}
