//! The command line: what an operator types, and what is printed for it.
//!
//! A command reads its settings, calls a use case and prints the outcome: text for people, `--json` for
//! programs. What is wrong is told on standard error and by the exit code; nothing here decides anything.

mod definition;
mod output;
mod progress;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::is_reader_gone;

use crate::settings::LogSettings;

/// A workflow engine for equality and health inequalities impact assessments.
#[derive(Debug, Parser)]
#[command(name = "ehia", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    /// How much is logged.
    #[command(flatten)]
    pub log: LogSettings,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Everything `ehia` can be told to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prove, draw and tabulate workflows.
    #[command(subcommand)]
    Workflow(definition::WorkflowCommand),
    /// Prove and print forms.
    #[command(subcommand)]
    Form(definition::FormCommand),
}

/// Runs a command. The exit code is the program's; an error is still to be told.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Workflow(command) => definition::workflow(&command),
        Command::Form(command) => definition::form(&command),
    }
}
