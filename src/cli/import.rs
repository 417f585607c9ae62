//! Documents that become drafts: one document, or one a line. Good ones come in, bad ones are named.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::{
    app::{self, App, Edit},
    boot,
    cli::{failure, output, progress::Progress, user},
    clock,
    domain::{
        edit::List,
        id::{AssessmentId, Identifier as _, InterdependencyId},
        permission::Actor,
    },
    settings::DatabaseSettings,
};

/// Most bytes of one import.
const MOST: u64 = 256 * 1024 * 1024;

/// What to import.
#[derive(Args, Debug)]
pub struct Import {
    /// A JSON document, or JSON lines: one document a line; `-` for standard input. Documents are in our own
    /// layout (`ehia/assessment/1`) or facts of published assessments.
    file: String,
    /// The ODS code of the organisation whose drafts they become.
    #[arg(long, value_name = "CODE")]
    organisation: String,
    /// In whose name; they become the author.
    #[arg(long = "as", value_name = "EMAIL")]
    actor: String,
    #[command(flatten)]
    database: DatabaseSettings,
    /// Print one JSON object with what came in and what did not.
    #[arg(long)]
    json: bool,
}

/// One document of an import, and where it stands.
struct Document {
    line: usize,
    read: Result<Value, String>,
}

/// Imports what can be; exits 1 when anything could not.
pub async fn run(command: Import) -> anyhow::Result<ExitCode> {
    let documents = read(&command.file)?;
    let app = boot::app(&command.database).await?;
    let actor = user::find(&app, &command.actor).await?;
    let mut progress = Progress::of("imported", documents.len());
    let mut batch = Batch::default();
    let mut imported: Vec<Value> = Vec::new();
    let mut bad: Vec<(usize, String)> = Vec::new();
    for Document { line, read } in documents {
        let taken = match read {
            Ok(document) => batch.take_in(&app, &actor, &command.organisation, document).await?,
            Err(reason) => Err(reason),
        };
        match taken {
            Ok(reference) => imported.push(json!({ "line": line, "reference": reference })),
            Err(reason) => bad.push((line, reason)),
        }
        progress.step();
    }
    let open = batch.link(&app, &actor).await?;
    tell(&command, &imported, &bad, &open)
}

fn tell(
    command: &Import,
    imported: &[Value],
    bad: &[(usize, String)],
    open: &[String],
) -> anyhow::Result<ExitCode> {
    for told in open {
        eprintln!("{told}");
    }
    for (line, reason) in bad {
        eprintln!("line {line}: {reason}");
    }
    if command.json {
        let bad: Vec<Value> =
            bad.iter().map(|(line, reason)| json!({ "line": line, "reason": reason })).collect();
        output::json(&json!({ "imported": imported, "bad": bad, "open": open }))?;
    } else {
        for document in imported {
            output::line(document["reference"].as_str().unwrap_or_default())?;
        }
    }
    if bad.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    bail!(
        "{} of {} documents came in; the lines named above did not. Mend those and import them alone",
        imported.len(),
        imported.len() + bad.len()
    );
}

/// What one import knows of its documents, so that they can name each other in any order.
#[derive(Default)]
pub(super) struct Batch {
    /// The references of cases by the keys of their documents.
    keys: BTreeMap<String, String>,
    /// Interdependencies that name a document by its key.
    unresolved: Vec<(AssessmentId, u32, InterdependencyId, String)>,
}

impl Batch {
    /// The reference of the new draft, or why there is none. An error that no other document would escape ends
    /// the import.
    pub(super) async fn take_in(
        &mut self,
        app: &App,
        actor: &Actor,
        organisation: &str,
        document: Value,
    ) -> anyhow::Result<Result<String, String>> {
        let taken = failure::again(async || {
            Box::pin(app.import(actor, organisation, document.clone(), None, clock::now())).await
        });
        match taken.await {
            Ok(imported) => {
                let case = &imported.changed.view.case;
                if let Some(key) = imported.key {
                    self.keys.insert(key, case.reference.clone());
                }
                let edges = imported.unresolved.into_iter();
                self.unresolved.extend(edges.map(|(edge, key)| (case.id, case.version, edge, key)));
                Ok(Ok(case.reference.clone()))
            }
            Err(app::Error::Invalid(violations)) if is_about_the_organisation(&violations) => {
                Err(failure::explain(app::Error::Invalid(violations)))
            }
            Err(error @ (app::Error::Invalid(_) | app::Error::Conflict(_))) => {
                Ok(Err(failure::explain(error).to_string()))
            }
            Err(app::Error::Forbidden) => {
                bail!("this person does not write in {organisation}; `ehia user grant` gives the role AUTHOR")
            }
            Err(error) => Err(failure::explain(error)),
        }
    }

    /// Points interdependencies at the documents they name. Says which name a document that did not come in.
    pub(super) async fn link(self, app: &App, actor: &Actor) -> anyhow::Result<Vec<String>> {
        let mut open = Vec::new();
        let mut versions: BTreeMap<AssessmentId, u32> = BTreeMap::new();
        for (case, version, edge, key) in self.unresolved {
            let Some(reference) = self.keys.get(&key) else {
                open.push(format!(
                    "an interdependency names `{key}`, which is not among what came in; it has no target"
                ));
                continue;
            };
            let mut fields = Map::new();
            fields.insert("target".to_owned(), json!(reference));
            let edit = Edit::Element { list: List::Interdependencies, id: Some(edge.uuid()), fields };
            let version = *versions.get(&case).unwrap_or(&version);
            let changed = failure::run(async || {
                app.edit(actor, case, version, vec![edit.clone()], None, clock::now()).await
            })
            .await?;
            versions.insert(case, changed.view.case.version);
        }
        Ok(open)
    }
}

fn is_about_the_organisation(violations: &[crate::domain::text::Violation]) -> bool {
    violations.iter().any(|violation| violation.path.0.first().is_some_and(|field| field == "organisation"))
}

/// The documents of a file, each with its line, or with why it is none.
pub(super) fn documents(file: &str) -> anyhow::Result<Vec<(usize, Result<Value, String>)>> {
    Ok(read(file)?.into_iter().map(|document| (document.line, document.read)).collect())
}

/// The documents of a file: the whole of it when it is one JSON document, else its lines.
fn read(file: &str) -> anyhow::Result<Vec<Document>> {
    let mut text = String::new();
    let whole = if file == "-" {
        io::stdin().lock().take(MOST + 1).read_to_string(&mut text)
    } else {
        File::open(file).and_then(|file| file.take(MOST + 1).read_to_string(&mut text))
    };
    whole.with_context(|| format!("{file} cannot be read as UTF-8 text"))?;
    if text.len() as u64 > MOST {
        bail!("{file} is longer than {} MB; import it in parts", MOST / 1024 / 1024);
    }
    let whole = match serde_json::from_str::<Value>(&text) {
        Ok(document) => return Ok(vec![Document { line: 1, read: Ok(document) }]),
        Err(error) => error,
    };
    let mut documents = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let read = serde_json::from_str::<Value>(line).map_err(|error| format!("this is no JSON: {error}"));
        documents.push(Document { line: index + 1, read });
    }
    // A document over several lines with one mistake is not as many bad documents.
    if !documents.iter().any(|document| matches!(document.read, Ok(Value::Object(_)))) {
        bail!("{file} is neither a JSON document nor JSON lines: {whole}");
    }
    Ok(documents)
}
