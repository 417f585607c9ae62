//! The command line: what an operator types, and what is printed for it.
//!
//! A command reads its settings, calls a use case and prints the outcome: text for people, `--json` for
//! programs. What is wrong is told on standard error and by the exit code; nothing here decides anything.

mod audit;
mod checks;
mod database;
mod definition;
mod demo;
mod doctor;
mod export;
mod failure;
mod import;
mod moving;
mod organisation;
mod outbox;
mod output;
mod progress;
mod publish;
mod reference;
mod register;
mod retention;
mod risk;
mod screening;
mod serve;
mod task;
mod token;
mod trial;
mod user;
mod word;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use output::is_reader_gone;

use crate::{graphql, settings::LogSettings};

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
    /// Try it: an embedded database with demonstration data, mail to files. Prints what to open and how to sign
    /// in.
    Demo(Box<demo::Demo>),
    /// Serve the API; on SQLite this process also does the worker's work.
    Serve(Box<serve::Serve>),
    /// Send mail, work through what cases react to, announce due dates, sign checkpoints; without serving.
    Worker(Box<serve::Work>),
    /// Bring the database up to date.
    Migrate(database::Migrate),
    /// Copy the database while it is in use.
    Backup(database::Backup),
    /// Look at everything this installation needs, and say what to do about what is not well.
    Doctor(Box<doctor::Doctor>),
    /// Take documents in as drafts.
    Import(import::Import),
    /// Print an assessment as a document, or a decision record as the bytes that were hashed.
    Export(export::Export),
    /// Set up, list and change organisations.
    #[command(subcommand)]
    Organisation(organisation::OrganisationCommand),
    /// Add, list and change people and their roles.
    #[command(subcommand)]
    User(user::UserCommand),
    /// List what waits for a person: what, why, until when, and what deals with it.
    Tasks(task::Tasks),
    /// Make, list and end API tokens.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Look at messages, and let them be sent again or not at all.
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Verify the audit.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// List what is past its term of retention, and dispose of it lawfully.
    #[command(subcommand)]
    Retention(retention::RetentionCommand),
    /// Say how screenings went.
    #[command(subcommand)]
    Screening(screening::ScreeningCommand),
    /// Show the risk of many cases together, verify what it is counted from, and make that anew.
    #[command(subcommand)]
    Risk(Box<risk::RiskCommand>),
    /// Prove, draw, tabulate, publish and list workflows, and move running cases to another version.
    #[command(subcommand)]
    Workflow(definition::WorkflowCommand),
    /// Prove, print, publish and list forms.
    #[command(subcommand)]
    Form(definition::FormCommand),
    /// Prove, publish and list rules of organisations.
    #[command(subcommand)]
    Rule(definition::RuleCommand),
    /// Print the rule book, say how often its rules fire, and try a rule over the cases there are.
    #[command(subcommand)]
    Checks(checks::ChecksCommand),
    /// Load and list reference data: areas, deprivation, who lives where.
    #[command(subcommand)]
    Reference(reference::ReferenceCommand),
    /// Load the register of decisions that an organisation knows of, against which its assessments are held.
    #[command(subcommand)]
    Register(register::RegisterCommand),
    /// Print the GraphQL schema.
    Schema,
}

/// Runs a command. The exit code is the program's; an error is still to be told.
pub async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(command) => Box::pin(demo::run(*command)).await,
        Command::Serve(command) => serve::serve(*command).await,
        Command::Worker(command) => serve::work(*command).await,
        Command::Migrate(command) => database::migrate(command).await,
        Command::Backup(command) => database::backup(command).await,
        Command::Doctor(command) => doctor::run(*command).await,
        Command::Import(command) => Box::pin(import::run(command)).await,
        Command::Export(command) => export::run(command).await,
        Command::Organisation(command) => organisation::run(command).await,
        Command::User(command) => user::run(command).await,
        Command::Tasks(command) => task::run(command).await,
        Command::Token(command) => token::run(command).await,
        Command::Outbox(command) => outbox::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Retention(command) => retention::run(command).await,
        Command::Screening(command) => screening::run(command).await,
        Command::Risk(command) => risk::run(*command).await,
        Command::Workflow(command) => definition::workflow(command).await,
        Command::Form(command) => definition::form(command).await,
        Command::Rule(command) => definition::rule(command).await,
        Command::Checks(command) => checks::run(command).await,
        Command::Reference(command) => reference::run(command).await,
        Command::Register(command) => register::run(command).await,
        Command::Schema => {
            output::line(graphql::sdl().trim_end())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
