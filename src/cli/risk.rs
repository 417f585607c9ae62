//! Risk across cases: shown, verified against the assessments, and made anew from them.

mod export;
mod told;
mod what_if;
mod which;

use std::{process::ExitCode, sync::Arc};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    app::{self, App, Picture, Pile, Shown},
    boot,
    cli::{failure, output, progress, word},
    clock,
    domain::{
        impact::Direction,
        rating::Band,
        risk::{Count, Counts, ExposureDimension, Key, Rated, RatingBasis, Stated, tables},
    },
    settings::DatabaseSettings,
};
use which::Which;

/// What may be done about risk across cases.
#[derive(Debug, Subcommand)]
pub enum RiskCommand {
    /// Print the picture of many cases together. Numbers of people that authors typed are rounded case by case.
    Show(Show),
    /// Write the picture to files: tables as CSV, XLSX or JSON, drawings as SVG. Numbers of people that authors typed are rounded
    /// case by case.
    Export(export::Export),
    /// Print figures month by month, each as it was known at the month's end.
    Trend(told::Trend),
    /// Print what became of mitigations that were promised: done, late, proved effective or not, by group.
    Mitigations(told::Told),
    /// Print what assessments changed: alterations, returns, refusals, and what was decided after what the panel said.
    Decisions(told::Told),
    /// Print change in recurrent full-year spend by national deprivation fifth, per head.
    Spend(told::Told),
    /// Print what would not be the same if some cases proceeded or stopped. Nothing is written.
    WhatIf(what_if::WhatIf),
    /// Recompute ledger and roll-up from the assessments and name every difference; exits 1 when there is one.
    Verify(Verify),
    /// Make ledger and roll-up anew from the assessments, while the service runs.
    Rebuild(Verify),
}

/// What to show.
#[derive(Args, Debug)]
pub struct Show {
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
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Where.
#[derive(Args, Debug)]
pub struct Verify {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Runs a command about risk.
pub async fn run(command: RiskCommand) -> anyhow::Result<ExitCode> {
    match command {
        RiskCommand::Show(command) => Box::pin(show(command)).await,
        RiskCommand::Export(command) => Box::pin(export::run(command)).await,
        RiskCommand::Trend(command) => Box::pin(told::trend(command)).await,
        RiskCommand::Mitigations(command) => Box::pin(told::mitigations(command)).await,
        RiskCommand::Decisions(command) => Box::pin(told::decisions(command)).await,
        RiskCommand::Spend(command) => Box::pin(told::spend(command)).await,
        RiskCommand::WhatIf(command) => Box::pin(what_if::run(command)).await,
        RiskCommand::Verify(command) => Box::pin(look(command, false)).await,
        RiskCommand::Rebuild(command) => Box::pin(look(command, true)).await,
    }
}

async fn look(command: Verify, rebuild: bool) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let mut counter = progress::Counter::of("assessments looked at:");
    let mut told = |read| counter.reached(read);
    let found = if rebuild {
        app.rebuild_risk(clock::now(), &mut told).await
    } else {
        app.verify_risk(&mut told).await
    };
    let found = found.map_err(failure::explain)?;
    counter.end();
    if command.json {
        let differences: Vec<Value> = (found.differences.iter())
            .map(|one| json!({ "place": one.place, "reason": one.reason }))
            .collect();
        output::json(&json!({
            "sound": differences.is_empty(),
            "assessments": found.cases,
            "revisions": found.revisions,
            "cells": found.cells,
            if rebuild { "folded" } else { "waiting" }: found.unfolded,
            "readAgain": found.relying,
            "differences": differences,
        }))?;
    } else {
        for one in &found.differences {
            output::line(format!("{}: {}", one.place, one.reason))?;
        }
        let (cases, cells, rows) = (found.cases, found.cells, found.unfolded);
        output::line(match (rebuild, found.differences.len()) {
            (true, 0) => {
                let again = found.relying;
                format!(
                    "{cases} assessments were entered and {rows} rows rolled up in {cells} cells; whether what {again} of them \
                     rely on holds is read again by the worker."
                )
            }
            (true, left) => format!(
                "{left} could not be made anew, for the reasons above; the rest of {cases} assessments and their roll-ups was."
            ),
            (false, 0) => {
                format!(
                    "{cases} assessments and {cells} cells agree; {rows} rows wait to be rolled up, which is no fault."
                )
            }
            (false, wrong) => {
                format!(
                    "{wrong} differences; `ehia risk rebuild` makes ledger and roll-up anew, but not what rows of the past say."
                )
            }
        })?;
    }
    Ok(if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn show(command: Show) -> anyhow::Result<ExitCode> {
    let (app, picture) = command.which.picture().await?;
    let told = picture_of(&app, picture, &command).await.map_err(failure::explain)?;
    if command.json {
        output::json(&told)?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&told, command.basis)?;
    Ok(ExitCode::SUCCESS)
}

async fn picture_of(app: &App, picture: Arc<Picture>, command: &Show) -> crate::app::Result<Value> {
    let basis = command.basis;
    let totals = app.totals(&picture).await?;
    let by = if command.by.is_empty() { vec![ExposureDimension::Group] } else { command.by.clone() };
    let cut = Arc::new(app.cut(picture.clone(), &by).await?);
    let keys = cut.parts.iter().map(|(key, _)| key.clone()).collect();
    let shown = Shown::new(cut.clone(), keys);
    let all = totals.all();
    let maximum = totals.maximum(basis);
    let mut exposures = Vec::new();
    for (key, part) in &cut.parts {
        let figures = &part.figures;
        let band = |band| figures.counts.band(basis, band);
        let mut told = counted(&figures.counts, band, figures.maximum(basis));
        told["key"] = named(key, &by, &picture);
        told["residents"] = json!(app.residents(&shown, key).await?);
        told["partnerProposals"] = json!(part.partners);
        exposures.push(told);
    }
    let least = command.min_assessments.unwrap_or(picture.least());
    // What cannot be told of so many cases keeps nothing else back.
    let (piles, left_out) = match app.concentrations(&picture, least).await {
        Ok(piles) => (piles, None),
        Err(app::Error::Invalid(wrong)) if wrong.iter().all(|one| one.code == "TOO_MANY") => {
            let why: Vec<String> = wrong.into_iter().map(|one| one.message).collect();
            (app::Piles { found: Vec::new(), truncated: false }, Some(why.join(" ")))
        }
        Err(error) => return Err(error),
    };
    let mut concentrations = Vec::with_capacity(piles.found.len());
    for pile in &piles.found {
        concentrations.push(concentrated(pile, app.partners_beside(pile).await?));
    }
    let scales: Vec<Value> = totals
        .scales
        .iter()
        .map(|(scale, tally)| {
            let cells = tally
                .cells
                .iter()
                .filter(|((direction, on, _), _)| (*direction, *on) == (Direction::Negative, basis));
            let cells: Vec<Value> = cells
                .filter_map(|((_, _, one), count)| {
                    let mut cell = rated((*one)?);
                    (cell["impacts"], cell["assessments"]) = (json!(count.impacts), json!(count.cases));
                    Some(cell)
                })
                .collect();
            let unrated = tally.cells.get(&(Direction::Negative, basis, None)).copied().unwrap_or_default();
            let unrated = json!({ "impacts": unrated.impacts, "assessments": unrated.cases });
            json!({ "scale": scale, "cells": cells, "unrated": unrated })
        })
        .collect();
    let beside = app.beside(&picture).await?;
    Ok(json!({
        "coverage": {
            "decisions": beside.coverage.decisions,
            "assessed": beside.coverage.assessed,
            "drafts": beside.coverage.drafts,
            "decidedWithoutAssessment": beside.coverage.decided_without_assessment,
            "inWords": beside.in_words(),
        },
        "partnerProposals": beside.partners,
        "notShown": beside.not_shown,
        "pendingReactions": beside.pending,
        "basis": basis,
        "today": picture.moment.today,
        "liveOn": picture.filter.live_on,
        "asAt": picture.filter.as_at,
        "drafts": totals.drafts,
        "total": counted(&all.counts, |band| all.band(Direction::Negative, basis, band), maximum),
        "heatMaps": scales,
        "exposures": exposures,
        "concentrations": left_out.is_none().then_some(concentrations),
        "concentrationsLeftOut": left_out,
        "moreConcentrations": piles.truncated,
    }))
}

fn concentrated(pile: &Pile, partners: usize) -> Value {
    json!({
        "group": pile.found.group,
        "assessments": pile.found.cases.len(),
        "partnerProposals": partners,
        "widespread": pile.found.widespread,
        "maximum": pile.found.maximum.map(rated),
        "reach": reach(pile.found.reach),
        "lsoas": pile.found.lsoas.count(),
        "residents": pile.residents(),
        "groupResidents": pile.group_residents(),
        "areas": pile.areas(),
        "serviceLines": pile.found.service_lines,
    })
}

fn counted(counts: &Counts, of_band: impl Fn(Band) -> Count, maximum: Option<Rated>) -> Value {
    let direction = |direction| json!(counts.impacts(direction));
    let bands: Vec<Value> = Band::ALL
        .iter()
        .map(|band| {
            let count = of_band(*band);
            json!({ "band": band, "impacts": count.impacts, "assessments": count.cases })
        })
        .collect();
    json!({
        "assessments": counts.cases,
        "impacts": {
            "positive": direction(Direction::Positive),
            "negative": direction(Direction::Negative),
            "neutral": direction(Direction::Neutral),
            "unknown": direction(Direction::Unknown),
        },
        "bands": bands,
        "maximum": maximum.map(rated),
        "openMitigations": counts.open,
        "reach": reach(counts.reach),
    })
}

fn rated(rated: Rated) -> Value {
    json!({
        "likelihood": rated.likelihood,
        "consequence": rated.consequence,
        "score": rated.score(),
        "band": rated.band,
    })
}

fn reach(stated: Stated) -> Value {
    if stated.cases == 0 {
        return Value::Null;
    }
    let high = (stated.open == 0).then_some(stated.rounded_high);
    let low = tables::at_least(stated.rounded_low);
    json!({
        "assessments": stated.cases,
        "low": low,
        "high": high,
        "inWords": tables::reach_in_words(stated.rounded_low, high),
    })
}

/// What a part is of, by the dimensions that the picture was cut by.
fn named(key: &Key, by: &[ExposureDimension], picture: &Picture) -> Value {
    use ExposureDimension as By;
    let organisation =
        |id| picture.overseen.iter().find(|one| Some(one.id) == id).map(|one| one.ods_code.clone());
    let mut named = json!({});
    for dimension in by {
        named[dimension.as_str()] = match dimension {
            By::Group => json!(key.group),
            By::District => json!(key.district.map(|code| code.to_string())),
            By::Icb => json!(key.icb.map(|code| code.to_string())),
            By::ServiceLine => json!(key.service_line),
            By::Programme => json!(key.programme),
            By::Organisation => json!(organisation(key.organisation)),
            By::Quarter => json!(key.quarter),
        };
    }
    named
}

fn print(told: &Value, basis: RatingBasis) -> anyhow::Result<()> {
    output::line(told["coverage"]["inWords"].as_str().unwrap_or_default())?;
    output::line("")?;
    let total = &told["total"];
    let impacts = &total["impacts"];
    output::line(format!(
        "{} assessments ({} drafts are not counted): {} negative, {} positive, {} neutral, {} unknown impacts; {} open mitigations.",
        total["assessments"],
        told["drafts"],
        impacts["negative"],
        impacts["positive"],
        impacts["neutral"],
        impacts["unknown"],
        total["openMitigations"],
    ))?;
    output::line(format!("Negative impacts by band, {} ratings:", basis.as_str().to_lowercase()))?;
    let text = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let rows: Vec<[String; 3]> = list(&total["bands"])
        .iter()
        .map(|one| [text(&one["band"]), text(&one["impacts"]), text(&one["assessments"])])
        .collect();
    output::table(["BAND", "IMPACTS", "ASSESSMENTS"], &rows)?;
    let people = |reach: &Value| if reach.is_null() { "-".to_owned() } else { text(&reach["inWords"]) };
    let rows: Vec<[String; 8]> = list(&told["exposures"])
        .iter()
        .map(|one| {
            let key: Vec<String> =
                one["key"].as_object().into_iter().flatten().map(|(_, value)| text(value)).collect();
            [
                key.join(" · "),
                text(&one["assessments"]),
                text(&one["impacts"]["negative"]),
                text(&one["impacts"]["unknown"]),
                text(&one["maximum"]["band"]),
                people(&one["reach"]),
                text(&one["residents"]),
                text(&one["partnerProposals"]),
            ]
        })
        .collect();
    output::line("")?;
    let headings = ["OF", "ASSESSMENTS", "NEGATIVE", "UNKNOWN", "WORST", "REACH", "RESIDENTS", "PARTNERS"];
    output::table(headings, &rows)?;
    let rows: Vec<[String; 7]> = list(&told["concentrations"])
        .iter()
        .map(|one| {
            let spread = if one["widespread"] == true { " (widespread)" } else { "" };
            let areas: Vec<String> = list(&one["areas"]).iter().map(&text).collect();
            [
                format!("{}{spread}", text(&one["group"])),
                text(&one["assessments"]),
                text(&one["maximum"]["band"]),
                people(&one["reach"]),
                text(&one["residents"]),
                text(&one["partnerProposals"]),
                areas.join(" "),
            ]
        })
        .collect();
    if let Some(why) = told["concentrationsLeftOut"].as_str() {
        output::line("")?;
        output::line(format!("Where impacts are concentrated is left out: {why}"))?;
    }
    if told["moreConcentrations"] == true {
        output::line("")?;
        output::line(
            "There are more concentrations than are told; narrow the filter to see those that are less grave or under fewer cases.",
        )?;
    }
    if !rows.is_empty() {
        output::line("")?;
        let headings = ["CONCENTRATED ON", "ASSESSMENTS", "WORST", "REACH", "RESIDENTS", "PARTNERS", "WHERE"];
        output::table(headings, &rows)?;
    }
    Ok(())
}
