//! What a bundle of decisions would do, on the terminal.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{counted, named, which::Which};
use crate::{
    app::{Cut, WhatIfAsked},
    cli::{failure, output, word},
    domain::{
        risk::{ExposureDimension, Key, RatingBasis},
        scenario::{Fate, Supposition},
    },
};

/// Which decisions, of which cases.
#[derive(Args, Debug)]
pub struct WhatIf {
    /// References of cases that proceed.
    #[arg(long, value_name = "REFERENCE")]
    proceed: Vec<String>,
    /// References of cases that stop.
    #[arg(long, value_name = "REFERENCE")]
    stop: Vec<String>,
    /// What parts it is cut by; groups and districts when none is given.
    #[arg(long, ignore_case = true, value_parser = word::parser(ExposureDimension::ALL, ExposureDimension::as_str))]
    by: Vec<ExposureDimension>,
    #[command(flatten)]
    which: Which,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Prints what would not be the same; writes nothing.
pub async fn run(command: WhatIf) -> anyhow::Result<ExitCode> {
    let (app, picture) = command.which.picture().await?;
    let mut cases = Vec::new();
    for (references, fate) in [(&command.proceed, Fate::Proceed), (&command.stop, Fate::Stop)] {
        for id in app.cases_called(references).await.map_err(failure::explain)? {
            cases.push(Supposition { assessment: id, fate: Some(fate), edits: Vec::new() });
        }
    }
    let asked = WhatIfAsked { cases, ..WhatIfAsked::default() };
    let what_if = Box::pin(app.what_if(&picture, asked)).await.map_err(failure::explain)?;
    let usual = vec![ExposureDimension::Group, ExposureDimension::District];
    let by = if command.by.is_empty() { usual } else { command.by.clone() };
    let (before, after, keys) = app.changed_parts(&what_if, &by).await.map_err(failure::explain)?;
    let parts: Vec<Value> = keys
        .iter()
        .map(|key| json!({ "key": named(key, &by, &picture), "before": part(&before, key), "after": part(&after, key) }))
        .collect();
    let broken: Vec<Value> = (what_if.broken.iter())
        .map(|(edge, from, to)| {
            let to = to.as_ref().map(|stub| stub.reference.clone());
            json!({ "from": from.reference, "to": to, "premise": edge.edge.premise })
        })
        .collect();
    let in_words = app.what_if_in_words(&what_if).await.map_err(failure::explain)?;
    if command.json {
        output::json(&json!({ "inWords": in_words, "parts": parts, "brokenReliances": broken }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(in_words)?;
    for one in &broken {
        let premise = one["premise"].as_str().unwrap_or("a reliance");
        let from = one["from"].as_str().unwrap_or_default();
        output::line(format!("{from} could not rely on this any more: \u{201c}{premise}\u{201d}."))?;
    }
    for one in &parts {
        let names =
            one["key"].as_object().into_iter().flatten().map(|(_, name)| name.as_str().unwrap_or("-"));
        let names = names.collect::<Vec<_>>().join(" ");
        output::line(format!("{names}: {} -> {}", brief(&one["before"]), brief(&one["after"])))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn part(cut: &Cut, key: &Key) -> Value {
    let found = cut.parts.iter().find(|(own, _)| own == key);
    found.map_or(Value::Null, |(_, part)| {
        let (figures, basis) = (&part.figures, RatingBasis::Current);
        counted(&figures.counts, |band| figures.counts.band(basis, band), figures.maximum(basis))
    })
}

fn brief(part: &Value) -> String {
    if part.is_null() {
        return "nothing".into();
    }
    let worst = part["maximum"]["band"].as_str().unwrap_or("UNRATED").to_lowercase();
    format!("{} cases, {} negative impacts, {worst}", part["assessments"], part["impacts"]["negative"])
}
