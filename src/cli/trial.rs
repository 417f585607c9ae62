//! A draft of an organisation's rule over the cases there are: which it would have flagged, and what became of them.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use crate::{
    app::{Trial, Tried},
    boot,
    cli::{
        checks::{Held, Holder},
        definition, failure, import, organisation, output,
        progress::Counter,
    },
    clock,
    domain::{
        check::{Finding, OwnRule, own},
        text::Violation,
    },
    settings::DatabaseSettings,
};

/// A rule to try.
#[derive(Args, Debug)]
pub struct Try {
    /// The rule, a JSON document; its examples need not behave yet. `-` for standard input.
    rule: String,
    /// `all` for every case in the database, or a file of documents as `ehia import` reads them.
    #[arg(long, value_name = "all|FILE")]
    on: String,
    /// Only the cases of the organisation with this ODS code.
    #[arg(long, value_name = "CODE")]
    organisation: Option<String>,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// Tries a rule.
pub async fn run(command: &Try) -> anyhow::Result<()> {
    let rule = OwnRule::draft(&definition::read(&command.rule)?).map_err(|violations: Vec<Violation>| {
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{} is no rule that can be tried:\n  {}", command.rule, told.join("\n  "))
    })?;
    if command.on == "all" { on_cases(command, rule).await } else { on_documents(command, rule) }
}

async fn on_cases(command: &Try, rule: OwnRule) -> anyhow::Result<()> {
    let app = boot::app(&command.database).await?;
    let of = match &command.organisation {
        Some(code) => Some(organisation::find(&app, code).await?),
        None => None,
    };
    let mut counter = Counter::of("Cases tried:");
    let tried = app.try_rule(rule, of.as_ref(), clock::now(), &mut |seen| counter.reached(seen)).await;
    counter.end();
    let Trial { cases, said, unreadable } = tried.map_err(failure::explain)?;
    let (failed, flagged): (Vec<&Tried>, Vec<&Tried>) = said.iter().partition(|one| has_failed(&one.finding));
    if command.json {
        let told = |one: &Tried| {
            json!({
                "organisation": one.organisation, "reference": one.reference, "title": one.title,
                "state": one.state, "outcome": one.outcome, "decision": one.decision, "finding": one.finding,
            })
        };
        return output::json(&json!({
            "cases": cases,
            "flagged": flagged.into_iter().map(told).collect::<Vec<_>>(),
            "failed": failed.into_iter().map(told).collect::<Vec<_>>(),
            "unreadable": unreadable,
        }));
    }
    let row = |one: &Tried| {
        [
            one.reference.clone(),
            weight(&one.finding),
            one.state.clone(),
            one.outcome.map(|outcome| small(outcome.as_str())).unwrap_or_default(),
            one.decision.map(|decision| small(decision.as_str())).unwrap_or_default(),
            one.title.clone(),
        ]
    };
    let rows: Vec<[String; 6]> = said.iter().map(row).collect();
    if !rows.is_empty() {
        output::table(["CASE", "SAYS", "STATE", "PANEL", "DECISION", "TITLE"], &rows)?;
    }
    tell(flagged.len(), failed.len(), cases, "case(s)")?;
    for id in unreadable {
        output::line(format!("The case {id} cannot be read: `ehia audit verify` says more."))?;
    }
    Ok(())
}

fn on_documents(command: &Try, rule: OwnRule) -> anyhow::Result<()> {
    if command.organisation.is_some() {
        bail!("documents are of no organisation yet: leave `--organisation` out, or give `--on all`");
    }
    let mut held = Holder::new()?;
    held.own = vec![Arc::new(rule)];
    let (mut said, mut documents) = (Vec::new(), 0_u64);
    for (line, document) in import::documents(&command.on)? {
        let at = || format!("{}, line {line}", command.on);
        let document: Value = document.map_err(anyhow::Error::msg).with_context(at)?;
        let found = held.findings(&document, clock::now(), own::tried);
        let Held { title, decision, findings, .. } = found.map_err(anyhow::Error::msg).with_context(at)?;
        documents += 1;
        said.extend(findings.into_iter().map(|finding| (line, title.clone(), decision.clone(), finding)));
    }
    let failed = said.iter().filter(|(.., finding)| has_failed(finding)).count();
    if command.json {
        let told = |wanted: bool| -> Vec<Value> {
            let some = said.iter().filter(|(.., finding)| has_failed(finding) == wanted);
            let told = some.map(|(line, title, decision, finding)| {
                json!({ "line": line, "title": title, "decision": decision, "finding": finding })
            });
            told.collect()
        };
        return output::json(&json!({ "cases": documents, "flagged": told(false), "failed": told(true) }));
    }
    if !said.is_empty() {
        let row = |(line, title, decision, finding): &(usize, String, Option<String>, Finding)| {
            [line.to_string(), weight(finding), title.clone(), decision.clone().unwrap_or_default()]
        };
        output::table(["LINE", "SAYS", "TITLE", "DECISION"], &said.iter().map(row).collect::<Vec<_>>())?;
    }
    tell(said.len() - failed, failed, documents, "document(s)")
}

fn tell(flagged: usize, failed: usize, of: u64, what: &str) -> anyhow::Result<()> {
    let failed = if failed == 0 { String::new() } else { format!(" On {failed} it cannot be run.") };
    output::line(format!(
        "The rule would have flagged {flagged} of {of} {what}.{failed} Nothing was changed."
    ))
}

fn has_failed(finding: &Finding) -> bool {
    own::failure(finding).is_some()
}

/// How grave the finding is; of a rule that cannot be run, why.
fn weight(finding: &Finding) -> String {
    match own::failure(finding) {
        Some(reason) => format!("cannot be run: {reason}"),
        None => small(finding.severity.as_str()),
    }
}

fn small(word: &str) -> String {
    word.to_lowercase().replace('_', " ")
}
