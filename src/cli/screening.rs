//! How screenings went: the operator's view.

use std::process::ExitCode;

use chrono::{Months, NaiveDate};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    boot,
    cli::{failure, organisation, output},
    clock,
    domain::screening::Tally,
    settings::DatabaseSettings,
};

/// What may be asked about screenings.
#[derive(Debug, Subcommand)]
pub enum ScreeningCommand {
    /// Count the screenings of a period, and how often the panel saw a screen-out otherwise.
    Report(Report),
}

/// Of whom, and when.
#[derive(Args, Debug)]
pub struct Report {
    /// The organisation's ODS code.
    organisation: String,
    /// The first day, YYYY-MM-DD; a year before the last when none is given.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// The last day, YYYY-MM-DD; today when none is given.
    #[arg(long)]
    to: Option<NaiveDate>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs a command about screenings.
pub async fn run(command: ScreeningCommand) -> anyhow::Result<ExitCode> {
    let ScreeningCommand::Report(command) = command;
    let app = boot::app(&command.database).await?;
    let owner = organisation::find(&app, &command.organisation).await?;
    let to = command.to.unwrap_or_else(|| clock::now().today);
    let from = command.from.or_else(|| to.checked_sub_months(Months::new(12))).unwrap_or(to);
    let counted = failure::run(async || app.count_screenings(owner.clone(), from, to).await).await?;
    let (unreadable, counted) = (counted.unreadable, counted.report);
    app.close().await?;
    if command.json {
        let part = |tally: &Tally| {
            let wrong = tally.wrong_in_100().map(|(low, high)| json!([low, high]));
            json!({ "counted": tally, "wrong": tally.wrong_in_words(), "wrongIn100": wrong })
        };
        output::json(&json!({
            "organisation": command.organisation,
            "from": from,
            "to": to,
            "all": part(&counted.all),
            "borderline": part(&counted.borderline),
            "other": part(&counted.other),
            "unreadable": unreadable,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("Screenings of {} from {from} to {to}\n", command.organisation))?;
    let row = |name: &str, tally: &Tally| {
        [
            name.to_owned(),
            tally.screenings.to_string(),
            tally.out.to_string(),
            tally.light.to_string(),
            tally.full.to_string(),
            tally.drawn.to_string(),
            tally.withdrawn.to_string(),
            tally.wrong_in_words(),
        ]
    };
    let rows = [
        row("borderline", &counted.borderline),
        row("not borderline", &counted.other),
        row("all", &counted.all),
    ];
    output::table(
        ["", "SCREENED", "OUT", "LIGHT", "FULL", "DRAWN", "WITHDRAWN", "WRONG SCREEN-OUTS"],
        &rows,
    )?;
    output::line(
        "\nBorderline ones are drawn with a greater share: what is wrong among all that was checked is no estimate of \
         all screen-outs.",
    )?;
    if unreadable > 0 {
        output::line(format!(
            "\n{unreadable} of the period cannot be read and are not counted; `ehia audit verify` names them."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}
