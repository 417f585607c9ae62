//! Takes an assessment all the way, as a client would: from an incomplete draft through the panel to a recorded
//! decision. Start a service first (`ehia demo --json > accounts.json`), then
//! `cargo run --example walkthrough -- --url http://127.0.0.1:8080 --accounts accounts.json`.

mod runner;

use std::{error::Error, fs, io::Write as _, path::PathBuf, time::Duration};

use clap::Parser;
use serde_json::Value;

use runner::{Account, Run, Script};

/// Takes an assessment all the way through a running service.
#[derive(Parser)]
struct Arguments {
    /// Where the service is; what the accounts' file says when absent.
    #[arg(long)]
    url: Option<String>,
    /// What `ehia demo --json` printed.
    #[arg(long)]
    accounts: PathBuf,
    /// Whether to leave time to read, and for messages to be sent.
    #[arg(long)]
    slow: bool,
    /// Whether to print whole answers.
    #[arg(long)]
    whole: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let examples = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples");
    let script = Script::read(&fs::read_to_string(examples.join("walkthrough/script.json"))?)?;
    let document = serde_json::from_str(&fs::read_to_string(examples.join(&script.document.file))?)?;
    let printed = fs::read_to_string(&arguments.accounts)?;
    let demo: Value = serde_json::from_str(printed.lines().next().unwrap_or_default())
        .or_else(|_| serde_json::from_str(&printed))?;
    let accounts: Vec<Account> = serde_json::from_value(demo["accounts"].clone())?;
    let url = arguments.url.or_else(|| demo["url"].as_str().map(str::to_owned)).ok_or("say --url")?;
    let now = chrono::Local::now();
    let mut run =
        Run::new(&script, document, &url, accounts, now.timestamp_millis().to_string(), now.date_naive())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}\n", script.title)?;
    for (index, step) in script.steps.iter().enumerate() {
        writeln!(out, "{:>2}. {}", index + 1, step.say)?;
        for answer in run.step(step).await? {
            let told = if arguments.whole { format!("{answer:#}") } else { short(&answer) };
            writeln!(out, "    {told}")?;
        }
        if arguments.slow || step.awaited {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }
    if let Some(reference) = run.saved("reference") {
        writeln!(out, "\nThe case is {reference}.")?;
    }
    writeln!(out, "Messages that go out, each once:")?;
    for message in run.expected() {
        writeln!(out, "    {}: {}", message.to, message.subject)?;
    }
    Ok(())
}

/// An answer on one line of bounded length: of a command, what stands in the way or where the case is now.
fn short(answer: &Value) -> String {
    let payload = answer["data"].as_object().and_then(|fields| fields.values().next());
    let errors = payload.and_then(|payload| payload["errors"].as_array());
    let told = if let Some(error) = answer.pointer("/errors/0") {
        format!("{} {}", error["extensions"]["code"], error["message"])
    } else if let Some(errors) = errors.filter(|errors| !errors.is_empty()) {
        let messages: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
        format!("{} refused: {}", messages.len(), messages.join(" "))
    } else if let Some(assessment) = payload.and_then(|payload| payload["assessment"].as_object())
        && errors.is_some()
    {
        let is = |name: &str| assessment.get(name).cloned().unwrap_or_default();
        let state = &is("state")["name"];
        format!(
            "done: {} is in {state}, version {}, revision {}",
            is("reference"),
            is("version"),
            is("revision")
        )
    } else {
        answer["data"].to_string()
    };
    if told.chars().count() <= 300 { told } else { told.chars().take(300).chain(['…']).collect() }
}
