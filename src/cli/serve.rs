//! The processes that stay: the service and the worker.

use std::process::ExitCode;

use clap::Args;

use crate::{
    boot::{self, Service, ServiceSettings, WorkSettings},
    cli::output,
    settings::{
        AuditSettings, DatabaseSettings, MailSettings, PublicSettings, ServeSettings, WorkerSettings,
    },
};

/// Serves the API.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    door: ServeSettings,
    #[command(flatten)]
    public: PublicSettings,
    #[command(flatten)]
    mail: MailSettings,
    #[command(flatten)]
    worker: WorkerSettings,
    #[command(flatten)]
    audit: AuditSettings,
    /// Apply pending migrations first.
    #[arg(long, env = "EHIA_MIGRATE")]
    migrate: bool,
}

/// Works without serving.
#[derive(Args, Debug)]
pub struct Work {
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    public: PublicSettings,
    #[command(flatten)]
    mail: MailSettings,
    #[command(flatten)]
    worker: WorkerSettings,
    #[command(flatten)]
    audit: AuditSettings,
    /// Apply pending migrations first.
    #[arg(long, env = "EHIA_MIGRATE")]
    migrate: bool,
}

/// Serves until told to end.
pub async fn serve(command: Serve) -> anyhow::Result<ExitCode> {
    let Serve { database, door: serve, public, mail, worker, audit, migrate } = command;
    let end = boot::told_to_end()?;
    let work = WorkSettings { database, mail, audit, worker, public, migrate };
    let settings = ServiceSettings { serve, work };
    let service = Service::start(&settings).await?;
    output::line(format!("Listening on http://{}", service.address()))?;
    service.run_until(end).await?;
    Ok(ExitCode::SUCCESS)
}

/// Works until told to end.
pub async fn work(command: Work) -> anyhow::Result<ExitCode> {
    let Work { database, public, mail, worker, audit, migrate } = command;
    let end = boot::told_to_end()?;
    let settings = WorkSettings { database, mail, audit, worker, public, migrate };
    output::line("Working")?;
    boot::work_until(&settings, end).await?;
    Ok(ExitCode::SUCCESS)
}
