//! Workflows, forms and organisations' rules as documents: proved, drawn, tabulated.

use std::{fs, io::Read, path::Path, process::ExitCode};

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::{
    cli::{
        moving::{self, MoveArgs},
        output,
        publish::{self, List, Publish},
    },
    domain::{
        check::{OwnRule, vocabulary},
        definition::Definition as _,
        form::Form,
        text::Violation,
        workflow::{definition::Workflow, diagram::Format},
    },
};

/// What may be done with a workflow.
#[derive(Debug, Subcommand)]
pub enum WorkflowCommand {
    /// Prove a definition: every law it breaks is named, with where and what to do.
    Check(Check),
    /// Draw a workflow.
    Diagram(Diagram),
    /// Tabulate what each role may do in each state.
    Matrix(Named),
    /// Publish a workflow as an organisation's own: it is proved, and never changes again.
    Publish(Publish),
    /// List the workflows that ship and those that organisations published.
    List(List),
    /// Say what moving running cases to another version of their workflow would do, or do it.
    Move(Box<MoveArgs>),
}

/// What may be done with a form.
#[derive(Debug, Subcommand)]
pub enum FormCommand {
    /// Prove a form fit to be published: every rule it breaks is named, with where and what to do.
    Check(Check),
    /// Print a form's sections and questions.
    Show(Named),
    /// Publish a form as an organisation's own: it is proved fit, and never changes again.
    Publish(Publish),
    /// List the forms that ship and those that organisations published.
    List(List),
}

/// What may be done with a rule of an organisation.
#[derive(Debug, Subcommand)]
pub enum RuleCommand {
    /// Prove a rule fit to be published: its condition is lawful, and every example behaves.
    Check(Check),
    /// Publish a rule as an organisation's own: it is proved, and never changes again. It is in force once the
    /// organisation's settings name it.
    Publish(Publish),
    /// List the rules that organisations published.
    List(List),
    /// Print what a condition may ask about, as Markdown.
    Vocabulary,
}

/// A document to prove.
#[derive(Args, Debug)]
pub struct Check {
    /// The definition, a JSON document; `-` for standard input.
    file: String,
    /// Print one JSON object instead of sentences.
    #[arg(long)]
    json: bool,
}

/// A definition by name or by file.
#[derive(Args, Debug)]
pub struct Named {
    /// The key of a shipped definition, or a file.
    #[arg(default_value = "ehia")]
    of: String,
    /// Print the definition as it was read, as JSON.
    #[arg(long)]
    json: bool,
}

/// A picture to draw.
#[derive(Args, Debug)]
pub struct Diagram {
    /// The key of a shipped workflow, or a file.
    #[arg(default_value = "ehia")]
    of: String,
    /// As what.
    #[arg(long, value_enum, default_value_t = Picture::Mermaid)]
    format: Picture,
}

/// The formats of a diagram.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Picture {
    /// Mermaid's `stateDiagram-v2`, for documents.
    Mermaid,
    /// A self-contained SVG, for pages.
    Svg,
}

/// Runs a command on workflows.
pub async fn workflow(command: WorkflowCommand) -> anyhow::Result<ExitCode> {
    match command {
        WorkflowCommand::Check(check) => {
            let broken = match Workflow::parse(&read(&check.file)?) {
                Ok(workflow) => {
                    let told = format!(
                        "{} version {} keeps every law: {} states, {} transitions, {} witness cases.",
                        workflow.key,
                        workflow.version,
                        workflow.states.len(),
                        workflow.transitions.len(),
                        workflow.witnesses.len()
                    );
                    return lawful(&check, &workflow.key, workflow.version, &told);
                }
                Err(broken) => broken,
            };
            let faults = broken.into_iter().map(|broken| Fault {
                law: broken.law.to_owned(),
                at: broken.at,
                message: broken.message,
            });
            faulty(&check, faults.collect())
        }
        WorkflowCommand::Publish(command) => publish::publish::<Workflow>(command).await,
        WorkflowCommand::List(command) => publish::list::<Workflow>(command).await,
        WorkflowCommand::Move(command) => moving::run(*command).await,
        WorkflowCommand::Diagram(diagram) => {
            let format = match diagram.format {
                Picture::Mermaid => Format::Mermaid,
                Picture::Svg => Format::Svg,
            };
            output::line(find_workflow(&diagram.of)?.diagram(format).trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
        WorkflowCommand::Matrix(named) => {
            let workflow = find_workflow(&named.of)?;
            if named.json {
                output::json(&json!({
                    "key": workflow.key,
                    "version": workflow.version,
                    "matrix": workflow.matrix(),
                }))?;
            } else {
                output::line(workflow.matrix().trim_end())?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs a command on forms.
pub async fn form(command: FormCommand) -> anyhow::Result<ExitCode> {
    match command {
        FormCommand::Check(check) => match Form::parse(&read(&check.file)?) {
            Ok(form) => {
                let told = format!(
                    "{} version {} may be published: {} sections, {} questions.",
                    form.key,
                    form.version,
                    form.sections.len(),
                    form.questions().count()
                );
                lawful(&check, &form.key, form.version, &told)
            }
            Err(violations) => faulty(&check, violations.into_iter().map(Fault::from).collect()),
        },
        FormCommand::Publish(command) => publish::publish::<Form>(command).await,
        FormCommand::List(command) => publish::list::<Form>(command).await,
        FormCommand::Show(named) => {
            let form = find_form(&named.of)?;
            if named.json {
                output::json(&form)?;
                return Ok(ExitCode::SUCCESS);
            }
            output::line(format!("{} ({} version {})", form.title, form.key, form.version))?;
            for section in &form.sections {
                output::line(format!("\n{}", section.title))?;
                for question in &section.questions {
                    let required = if question.required { ", required" } else { "" };
                    let material = if question.material { ", material" } else { "" };
                    let kind = question.kind.as_str();
                    output::line(format!(
                        "  {}: {} ({kind}{required}{material})",
                        question.key, question.title
                    ))?;
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs a command on organisations' rules.
pub async fn rule(command: RuleCommand) -> anyhow::Result<ExitCode> {
    match command {
        RuleCommand::Check(check) => match OwnRule::parse(&read(&check.file)?) {
            Ok(rule) => {
                let document = rule.document();
                let told = format!(
                    "{} version {} may be published: {} examples behave.",
                    document.key,
                    document.version,
                    document.examples.len()
                );
                lawful(&check, &document.key, document.version, &told)
            }
            Err(violations) => faulty(&check, violations.into_iter().map(Fault::from).collect()),
        },
        RuleCommand::Publish(command) => publish::publish::<OwnRule>(command).await,
        RuleCommand::List(command) => publish::list::<OwnRule>(command).await,
        RuleCommand::Vocabulary => {
            output::line(vocabulary().trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

#[derive(serde::Serialize)]
struct Fault {
    law: String,
    at: String,
    message: String,
}

impl From<Violation> for Fault {
    fn from(violation: Violation) -> Self {
        Self { law: violation.code, at: violation.path.to_string(), message: violation.message }
    }
}

fn lawful(check: &Check, key: &str, version: u32, told: &str) -> anyhow::Result<ExitCode> {
    if check.json {
        output::json(&json!({ "lawful": true, "key": key, "version": version, "broken": [] }))?;
    } else {
        output::line(told)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn faulty(check: &Check, faults: Vec<Fault>) -> anyhow::Result<ExitCode> {
    if check.json {
        output::json(&json!({ "lawful": false, "broken": faults }))?;
        return Ok(ExitCode::FAILURE);
    }
    for Fault { law, at, message } in &faults {
        let place = if at.is_empty() { String::new() } else { format!(" at {at}") };
        output::line(format!("{law}{place}: {message}"))?;
    }
    anyhow::bail!(
        "{} breaks {} law(s), named above; nothing that breaks one can be published",
        check.file,
        faults.len()
    );
}

fn find_workflow(of: &str) -> anyhow::Result<Workflow> {
    if let Some(shipped) = Workflow::newest_shipped(of) {
        return Ok(shipped.clone());
    }
    let source = named(of, Workflow::shipped_all().iter().map(|workflow| workflow.key.as_str()))?;
    Workflow::parse(&source).map_err(|broken| {
        let told: Vec<String> = broken.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{of} breaks laws:\n  {}", told.join("\n  "))
    })
}

fn find_form(of: &str) -> anyhow::Result<Form> {
    if let Some(shipped) = Form::newest_shipped(of) {
        return Ok(shipped.clone());
    }
    let source = named(of, Form::shipped_all().iter().map(|form| form.key.as_str()))?;
    Form::parse(&source).map_err(|violations| {
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{of} breaks rules:\n  {}", told.join("\n  "))
    })
}

/// The file of that name; a name that is neither file nor shipped is told with what is shipped.
fn named<'a>(of: &str, shipped: impl Iterator<Item = &'a str>) -> anyhow::Result<String> {
    if of != "-" && !Path::new(of).exists() {
        let mut known: Vec<&str> = shipped.collect();
        known.dedup();
        anyhow::bail!(
            "there is no file `{of}`, and none is shipped under that key; shipped are {}",
            known.join(", ")
        );
    }
    read(of)
}

/// Most bytes of a document that is read; no document of ours may be longer.
const LARGEST: u64 = 1024 * 1024;

/// A text file, or standard input for `-`.
pub(super) fn read(file: &str) -> anyhow::Result<String> {
    let (source, called): (Box<dyn Read>, _) = if file == "-" {
        (Box::new(std::io::stdin()), "standard input")
    } else {
        (Box::new(fs::File::open(file).with_context(|| format!("{file} cannot be read"))?), file)
    };
    let mut text = String::new();
    source
        .take(LARGEST + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("{called} cannot be read as UTF-8 text"))?;
    if text.len() as u64 > LARGEST {
        anyhow::bail!("{called} is longer than {LARGEST} bytes, so it is no document of ours");
    }
    Ok(text)
}
