//! Running cases moved to another version of their workflow: said first, done with `--apply`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    app::{MoveCases, MovedCase},
    boot,
    cli::{failure, output},
    clock,
    domain::id::Identifier as _,
    settings::DatabaseSettings,
};

/// Which cases to move, and whereto.
#[derive(Args, Debug)]
pub struct MoveArgs {
    /// The key of the workflow; a case never leaves it.
    key: String,
    /// The ODS code of the organisation whose cases they are.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// The version they are to have.
    #[arg(long, value_name = "VERSION")]
    to: u32,
    /// Only cases that have this version; all that have another when it is not given.
    #[arg(long, value_name = "VERSION")]
    from: Option<u32>,
    /// What a state of the old version is called in the new one; may be given more than once. A state that is not
    /// named keeps its name.
    #[arg(long = "state", value_name = "OLD=NEW", value_parser = renamed)]
    states: Vec<(String, String)>,
    /// Do it. Without this the command only says what it would do.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

fn renamed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => Ok((old.to_owned(), new.to_owned())),
        _ => Err("write OLD=NEW, two names of states".to_owned()),
    }
}

/// Says of each case what moving it would do, or does it; exits 1 when something stands in the way of one.
pub async fn run(command: MoveArgs) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let request = MoveCases {
        organisation: command.organisation,
        key: command.key,
        from: command.from,
        to: command.to,
        states: command.states.into_iter().collect(),
    };
    let cases =
        failure::run(async || app.move_cases(None, &request, command.apply, clock::now()).await).await?;
    if command.json {
        for case in &cases {
            output::json(&told(case, request.to))?;
        }
    } else {
        tell(&cases, request.to, command.apply)?;
    }
    let stuck = cases.iter().any(|case| !case.obstacles.is_empty());
    Ok(if stuck { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn told(case: &MovedCase, to: u32) -> serde_json::Value {
    json!({
        "id": case.id.global(),
        "reference": case.reference,
        "from": case.from,
        "to": to,
        "state": case.state,
        "target": case.target,
        "moved": case.moved,
        "obstacles": case.obstacles,
    })
}

fn tell(cases: &[MovedCase], to: u32, apply: bool) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for case in cases {
        let mut obstacles = case.obstacles.iter().map(|one| format!("{} ({})", one.message, one.code));
        rows.push([
            case.reference.clone(),
            case.from.to_string(),
            case.state.clone(),
            case.target.clone(),
            obstacles.next().unwrap_or_default(),
        ]);
        rows.extend(obstacles.map(|more| [String::new(), String::new(), String::new(), String::new(), more]));
    }
    if !rows.is_empty() {
        output::table(["CASE", "FROM", "STATE", "BECOMES", "IN THE WAY"], &rows)?;
    }
    let stuck = cases.iter().filter(|case| !case.obstacles.is_empty()).count();
    let free = cases.len() - stuck;
    output::line(if apply {
        format!("{free} case(s) moved to version {to}; {stuck} stayed, for the reasons given.")
    } else {
        format!(
            "{free} case(s) would be moved to version {to}, {stuck} would stay. Nothing was changed; add --apply to do it."
        )
    })
}
