//! Every setting, read once from flags and the environment. Secrets come from the environment or from files.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(long = "database", env = "EHIA_DATABASE_URL", default_value = "sqlite://.ehia/ehia.db?mode=rwc")]
    pub url: SecretString,
    /// Most connections that read at once.
    #[arg(long, env = "EHIA_DATABASE_READERS", default_value_t = 16)]
    pub readers: u32,
}

/// Where mail goes.
#[derive(Args, Clone, Debug)]
pub struct MailSettings {
    /// `smtp://USER@HOST:587` (STARTTLS), `smtps://USER@HOST:465` (TLS), `file://DIRECTORY` or `memory:`.
    #[arg(long = "mail", env = "EHIA_MAIL_URL", default_value = "memory:")]
    pub url: Url,
    /// Who mail is from: `EHIA <ehia@example.org>`.
    #[arg(long = "mail-from", env = "EHIA_MAIL_FROM", default_value = "EHIA <ehia@localhost>")]
    pub from: String,
    /// A file with the password of the mail account.
    #[arg(long = "mail-password-file", env = "EHIA_MAIL_PASSWORD_FILE")]
    pub password_file: Option<PathBuf>,
    /// A file with one more root certificate to trust (PEM).
    #[arg(long = "mail-ca", env = "EHIA_MAIL_CA")]
    pub ca: Option<PathBuf>,
}

/// What the worker needs beside mail.
#[derive(Args, Clone, Debug)]
pub struct WorkerSettings {
    /// Where the signing key of the audit and the copy of its checkpoints are kept, outside the database.
    #[arg(long, env = "EHIA_AUDIT_DIR", default_value = ".ehia/audit")]
    pub audit_dir: PathBuf,
    /// Seconds between two looks at the outbox when nothing wakes the worker.
    #[arg(long, env = "EHIA_WORKER_POLL_SECONDS", default_value_t = 5)]
    pub poll_seconds: u64,
    /// Seconds a message is leased to one worker; another takes it up when that one died.
    #[arg(long, env = "EHIA_WORKER_LEASE_SECONDS", default_value_t = 60)]
    pub lease_seconds: u64,
}

/// How the service answers.
#[derive(Args, Clone, Debug)]
pub struct ServeSettings {
    /// Where to listen.
    #[arg(long, env = "EHIA_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The address people reach it under; links in mail begin with it.
    #[arg(long, env = "EHIA_PUBLIC_URL", default_value = "http://localhost:8080")]
    pub public_url: Url,
    /// Whether this process also does the worker's work. On SQLite it always does.
    #[arg(long, env = "EHIA_SERVE_WORKER", default_value_t = true, action = clap::ArgAction::Set)]
    pub with_worker: bool,
    /// Whether to serve an exploring page at `/` and allow introspection. Not for production.
    #[arg(long, env = "EHIA_EXPLORE", default_value_t = false, action = clap::ArgAction::Set)]
    pub explore: bool,
    /// Hours a sign-in lasts.
    #[arg(long, env = "EHIA_SESSION_HOURS", default_value_t = 12)]
    pub session_hours: u32,
    /// Most bytes of one attachment.
    #[arg(long, env = "EHIA_ATTACHMENT_BYTES", default_value_t = 20_971_520)]
    pub attachment_bytes: usize,
    /// Most depth of a query; the standard introspection query needs 15.
    #[arg(long, env = "EHIA_LIMIT_DEPTH", default_value_t = 16)]
    pub limit_depth: usize,
    /// Most complexity of a query: one for each field, times the size of each page it is on.
    #[arg(long, env = "EHIA_LIMIT_COMPLEXITY", default_value_t = 20_000)]
    pub limit_complexity: usize,
}

/// How much is logged.
#[derive(Args, Clone, Debug)]
pub struct LogSettings {
    /// What to log, as `tracing` filters: `info`, `ehia=debug`.
    #[arg(long = "log", env = "EHIA_LOG", default_value = "info,sqlx=warn,sea_orm=warn", global = true)]
    pub filter: String,
    /// `text` or `json`.
    #[arg(long = "log-format", env = "EHIA_LOG_FORMAT", default_value = "text", global = true)]
    pub format: String,
}
