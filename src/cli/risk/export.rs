//! The picture as files: tables for spreadsheets and programs, drawings for papers.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use clap::Args;

use super::which::Which;
use crate::{
    app::{ExtractAsked, ExtractFile},
    cli::{failure, output, word},
    domain::risk::{ExposureDimension, RatingBasis, extract::ExtractFormat, tables::RiskTable},
};

/// What is to leave, and where to.
#[derive(Args, Debug)]
pub struct Export {
    /// As what.
    #[arg(long, ignore_case = true, value_parser = word::parser(ExtractFormat::ALL, ExtractFormat::as_str))]
    format: ExtractFormat,
    /// Where to: a file for a workbook or a JSON document; a folder, made when it is not there, for CSV and SVG, which are several
    /// files. Names in a folder have the day and the table.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// Which tables; all when none is given.
    #[arg(long, ignore_case = true, value_parser = word::parser(RiskTable::ALL, RiskTable::as_str))]
    table: Vec<RiskTable>,
    /// What parts it is cut by; groups when none is given.
    #[arg(long, ignore_case = true, value_parser = word::parser(ExposureDimension::ALL, ExposureDimension::as_str))]
    by: Vec<ExposureDimension>,
    /// The judgement that ratings are counted by.
    #[arg(long, ignore_case = true, default_value = "current", value_parser = word::parser(RatingBasis::ALL, RatingBasis::as_str))]
    basis: RatingBasis,
    /// How many cases at least make a concentration; as the organisations set it when absent, 3 unless they do.
    #[arg(long)]
    min_assessments: Option<usize>,
    #[command(flatten)]
    which: Which,
}

/// Writes the files and prints their names. Numbers of people that authors typed are rounded case by case.
pub async fn run(command: Export) -> anyhow::Result<ExitCode> {
    let (app, picture) = command.which.picture().await?;
    let by = if command.by.is_empty() { vec![ExposureDimension::Group] } else { command.by };
    let asked = ExtractAsked {
        tables: command.table,
        by,
        basis: command.basis,
        least: command.min_assessments,
        months: ExtractAsked::MONTHS,
    };
    let files = app.risk_files(&picture, &asked, command.format).await.map_err(failure::explain)?;
    for (path, file) in places(&command.out, files)? {
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        fs::write(&path, &file.body).with_context(|| format!("{} cannot be written", path.display()))?;
        output::line(path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where each file goes: into a folder, or one under the name that was given.
fn places(out: &Path, files: Vec<ExtractFile>) -> anyhow::Result<Vec<(PathBuf, ExtractFile)>> {
    let named = out.extension().is_some() && !out.is_dir();
    if named && files.len() > 1 {
        anyhow::bail!(
            "{} are several files; give --out a folder, or name one --table",
            files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    let place = |file: ExtractFile| (if named { out.to_owned() } else { out.join(&file.name) }, file);
    Ok(files.into_iter().map(place).collect())
}
