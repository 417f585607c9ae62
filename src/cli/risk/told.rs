//! What changed over time and in spend, as tables on the terminal.

use std::process::ExitCode;

use clap::Args;

use super::which::Which;
use crate::{
    app::ExtractAsked,
    cli::{failure, output},
    domain::risk::{
        ExposureDimension, RatingBasis,
        extract::{Cell, Table, json},
        tables::RiskTable,
    },
};

/// Of which cases, and how it is printed.
#[derive(Args, Debug)]
pub struct Told {
    #[command(flatten)]
    which: Which,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Over how many months.
#[derive(Args, Debug)]
pub struct Trend {
    /// How many months, 1 to 60, the last the one of `--as-at` or today.
    #[arg(long, default_value_t = ExtractAsked::MONTHS)]
    months: u32,
    #[command(flatten)]
    told: Told,
}

/// Prints figures by month.
pub async fn trend(command: Trend) -> anyhow::Result<ExitCode> {
    let shown = [
        "month",
        "asAt",
        "recorded",
        "assessments",
        "drafts",
        "negativeImpacts",
        "unknownImpacts",
        "highAssessments",
        "extremeAssessments",
        "openMitigations",
    ];
    print(&command.told, &[(RiskTable::Trend, &shown)], command.months).await
}

/// Prints what became of mitigations.
pub async fn mitigations(command: Told) -> anyhow::Result<ExitCode> {
    let shown =
        ["groupName", "promised", "planned", "inProgress", "done", "verified", "failed", "cancelled", "late"];
    print(&command, &[(RiskTable::Mitigations, &shown)], ExtractAsked::MONTHS).await
}

/// Prints what assessments changed.
pub async fn decisions(command: Told) -> anyhow::Result<ExitCode> {
    let (figures, verdicts) =
        (["meaning", "number"], ["recommendation", "decision", "assessments", "altered"]);
    let tables: [(RiskTable, &[&str]); 2] =
        [(RiskTable::Influence, &figures), (RiskTable::Decisions, &verdicts)];
    print(&command, &tables, ExtractAsked::MONTHS).await
}

/// Prints change in spend.
pub async fn spend(command: Told) -> anyhow::Result<ExitCode> {
    let shown = ["way", "fifth", "residents", "attributed", "perHead", "perHeadHigh", "perHeadAsResidents"];
    print(&command, &[(RiskTable::Spend, &shown)], ExtractAsked::MONTHS).await
}

/// Prints tables: what a reader must know, then those of their columns that fit a terminal; as JSON all of it.
async fn print(command: &Told, tables: &[(RiskTable, &[&str])], months: u32) -> anyhow::Result<ExitCode> {
    let (app, picture) = command.which.picture().await?;
    let asked = ExtractAsked {
        tables: tables.iter().map(|(table, _)| *table).collect(),
        by: vec![ExposureDimension::Group],
        basis: RatingBasis::Current,
        least: None,
        months,
    };
    let extract = app.risk_extract(&picture, &asked).await.map_err(failure::explain)?;
    if command.json {
        output::json(&json::write(&extract))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (table, (_, shown)) in extract.tables.iter().zip(tables) {
        output::line(format!("{}. {}", table.title, table.note.as_deref().unwrap_or_default()))?;
        show(table, shown)?;
        output::line("")?;
    }
    for (label, text) in &extract.heading {
        output::line(format!("{label}: {text}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(table: &Table, shown: &[&str]) -> anyhow::Result<()> {
    let places: Vec<usize> =
        shown.iter().filter_map(|key| table.columns.iter().position(|column| column.key == *key)).collect();
    let headings = places.iter().filter_map(|place| table.columns.get(*place));
    let headings: Vec<String> = headings.map(|column| column.title.to_uppercase()).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| places.iter().filter_map(|place| row.get(*place)).map(text).collect())
        .collect();
    output::columns(&headings, &rows)
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".into(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::Money(money) => money.to_string(),
        Cell::Truth(true) => "yes".into(),
        Cell::Truth(false) => "no".into(),
    }
}
