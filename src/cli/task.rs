//! What waits for a person, as they find it themselves in `viewer.tasks`.

use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::{
    app::Stub,
    boot,
    cli::{failure, output, user},
    clock,
    domain::{
        id::Identifier as _,
        page::{MOST, Window},
        task::Task,
        words::Words as _,
    },
    settings::DatabaseSettings,
};

/// Whose tasks.
#[derive(Args, Debug)]
pub struct Tasks {
    /// The person's address.
    #[arg(value_name = "EMAIL")]
    person: String,
    /// At most so many.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    most: u32,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Lists what waits for a person, the earliest due first.
pub async fn run(command: Tasks) -> anyhow::Result<ExitCode> {
    let app = boot::app(&command.database).await?;
    let moment = clock::now();
    let actor = user::find(&app, &command.person).await?;
    let mut tasks: Vec<(Stub, Task)> = Vec::new();
    let mut window = Window::default();
    let mut more = true;
    while more && tasks.len() < command.most as usize {
        let left = usize::try_from(command.most)?.saturating_sub(tasks.len());
        window.size = u32::try_from(left)?.min(MOST);
        let page = failure::run(async || app.list_tasks(&actor, &window, moment).await).await?;
        let cases: Vec<_> = page.nodes.iter().map(|(_, (case, _))| *case).collect();
        let known = failure::run(async || app.stubs(&actor, &cases).await).await?;
        window.cursor = page.nodes.last().map(|(cursor, _)| cursor.clone());
        more = page.has_next;
        let found = page.nodes.into_iter();
        tasks.extend(found.filter_map(|(_, (case, task))| Some((known.get(&case)?.clone(), task))));
    }
    if command.json {
        for (case, task) in &tasks {
            output::json(&json!({
                "kind": task.kind.as_str(),
                "what": task.kind.meaning(),
                "reason": task.reason,
                "due": task.due,
                "overdue": task.due.is_some_and(|due| due < moment.today),
                "mutation": task.kind.mutation(),
                "assessment": {
                    "id": case.id.global(),
                    "reference": case.reference,
                    "title": case.title,
                    "reexaminationDue": case.reexamination_due,
                },
            }))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if tasks.is_empty() {
        output::line(format!("Nothing waits for {}.", command.person))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<[String; 6]> = tasks
        .into_iter()
        .map(|(case, task)| {
            let due = match task.due {
                Some(due) if due < moment.today => format!("{due} late"),
                Some(due) => due.to_string(),
                None => "-".into(),
            };
            let title = match case.reexamination_due {
                Some(_) => format!("{} (under re-examination)", case.title),
                None => case.title,
            };
            let (what, by) = (task.kind.meaning().to_owned(), task.kind.mutation().to_owned());
            [due, case.reference, what, task.reason, by, title]
        })
        .collect();
    output::table(["DUE", "CASE", "WHAT", "WHY", "BY MUTATION", "TITLE"], &rows)?;
    if more {
        output::line("There is more; see --most.")?;
    }
    Ok(ExitCode::SUCCESS)
}
