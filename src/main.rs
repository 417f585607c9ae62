//! The program: reads the command line, begins to log, runs the command.

use std::process::ExitCode;

use clap::Parser as _;
use ehia::{cli, telemetry};

/// Twice as fast as the system's under many small answers, and returns memory when it is idle.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) if cli::is_reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ehia: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: cli::Cli) -> anyhow::Result<ExitCode> {
    telemetry::begin(&cli.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("ehia").build()?;
    runtime.block_on(cli::run(cli.command))
}
