//! Every setting, read once from flags and the environment. Secrets come from the environment or from files.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use secrecy::SecretString;
use url::Url;

/// Where the database is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite://PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/NAME`.
    #[arg(
        id = "database_url",
        long = "database",
        env = "EHIA_DATABASE_URL",
        default_value = "sqlite://.ehia/ehia.db?mode=rwc",
        value_name = "URL",
        hide_env_values = true
    )]
    pub url: SecretString,
    /// Most connections that read at once; on PostgreSQL most connections in all.
    #[arg(long, env = "EHIA_DATABASE_READERS", default_value_t = 16, value_name = "NUMBER")]
    pub readers: u32,
}

/// Where mail goes.
#[derive(Args, Clone, Debug)]
pub struct MailSettings {
    /// `smtp://USER:PASSWORD@HOST:587` (STARTTLS), `smtps://USER:PASSWORD@HOST:465` (TLS), `file:///DIRECTORY` or
    /// `memory:`. When nothing is set, messages become files in `.ehia/mail`.
    #[arg(id = "mail_url", long = "mail", env = "EHIA_MAIL_URL", value_name = "URL", hide_env_values = true)]
    pub url: Option<SecretString>,
    /// Who mail is from: `EHIA <ehia@example.org>`.
    #[arg(
        long = "mail-from",
        env = "EHIA_MAIL_FROM",
        default_value = "EHIA <ehia@localhost>",
        value_name = "MAILBOX"
    )]
    pub from: String,
    /// A file with the password of the mail account, when the URL names only the user.
    #[arg(long = "mail-password-file", env = "EHIA_MAIL_PASSWORD_FILE", value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// A file with one more root certificate to trust (PEM).
    #[arg(long = "mail-ca", env = "EHIA_MAIL_CA", value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Seconds that one message may take, from connecting until the server has accepted it.
    #[arg(
        long = "mail-timeout",
        env = "EHIA_MAIL_TIMEOUT_SECONDS",
        default_value_t = 30,
        value_name = "SECONDS"
    )]
    pub timeout_seconds: u64,
}

/// Where the audit's signing key is.
#[derive(Args, Clone, Debug)]
pub struct AuditSettings {
    /// Where the signing key of the audit and the copy of its checkpoints are kept, outside the database.
    #[arg(
        long = "audit-dir",
        env = "EHIA_AUDIT_DIR",
        default_value = ".ehia/audit",
        value_name = "DIRECTORY"
    )]
    pub dir: PathBuf,
}

/// What the worker needs beside mail.
#[derive(Args, Clone, Debug)]
pub struct WorkerSettings {
    /// Seconds between two rounds of work when nothing wakes the worker; messages and reactions of any process do.
    #[arg(long, env = "EHIA_WORKER_POLL_SECONDS", default_value_t = 5, value_name = "SECONDS")]
    pub poll_seconds: u64,
    /// Seconds a message is leased to one worker; another takes it up when that one died.
    #[arg(long, env = "EHIA_WORKER_LEASE_SECONDS", default_value_t = 120, value_name = "SECONDS")]
    pub lease_seconds: u64,
    /// Seconds between two signed checkpoints of the audit, while there is something to sign.
    #[arg(long, env = "EHIA_CHECKPOINT_SECONDS", default_value_t = 60, value_name = "SECONDS")]
    pub checkpoint_seconds: u64,
}

/// The address that links in mail begin with.
#[derive(Args, Clone, Debug)]
pub struct PublicSettings {
    /// The address people reach the service under; links in mail begin with it. When nothing is set, the address
    /// it listens on.
    #[arg(long, env = "EHIA_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
}

/// How the service answers.
#[derive(Args, Clone, Debug)]
pub struct ServeSettings {
    /// Where to listen. Port 0 takes any that is free.
    #[arg(long, env = "EHIA_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,
    /// Whether this process also does the worker's work. On SQLite it always does.
    #[arg(
        long,
        env = "EHIA_SERVE_WORKER",
        default_value_t = true,
        action = clap::ArgAction::Set,
        value_name = "BOOLEAN"
    )]
    pub with_worker: bool,
    /// Whether to serve an exploring page at `/` and allow introspection. Not for production.
    #[arg(
        long,
        env = "EHIA_EXPLORE",
        default_value_t = false,
        action = clap::ArgAction::Set,
        value_name = "BOOLEAN"
    )]
    pub explore: bool,
    /// Proxies in front of the service, by address or prefix, with commas between: only they are believed when they
    /// say in `X-Forwarded-For` or `Forwarded` for whom they ask. Without them everybody behind a proxy shares its
    /// address when sign-ins are throttled.
    #[arg(
        long = "trusted-proxies",
        env = "EHIA_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "ADDRESSES"
    )]
    pub trusted_proxies: Vec<String>,
    /// Hours a sign-in lasts.
    #[arg(long, env = "EHIA_SESSION_HOURS", default_value_t = 12, value_name = "HOURS")]
    pub session_hours: u32,
    /// Most bytes of one attachment.
    #[arg(long, env = "EHIA_ATTACHMENT_BYTES", default_value_t = 20_971_520, value_name = "BYTES")]
    pub attachment_bytes: usize,
    /// Most depth of a query; the standard introspection query needs 15.
    #[arg(long, env = "EHIA_LIMIT_DEPTH", default_value_t = 16, value_name = "NUMBER")]
    pub limit_depth: usize,
    /// Most complexity of a query: one for each field, times the size of each page it is on.
    #[arg(long, env = "EHIA_LIMIT_COMPLEXITY", default_value_t = 20_000, value_name = "NUMBER")]
    pub limit_complexity: usize,
}

/// How much is logged.
#[derive(Args, Clone, Debug)]
pub struct LogSettings {
    /// What to log, as `tracing` filters: `info`, `ehia=debug`.
    #[arg(
        id = "log_filter",
        long = "log",
        env = "EHIA_LOG",
        default_value = "info,sqlx=warn,sea_orm=warn",
        global = true,
        help_heading = "Logging",
        value_name = "FILTER"
    )]
    pub filter: String,
    /// `text` or `json`.
    #[arg(
        id = "log_format",
        long = "log-format",
        env = "EHIA_LOG_FORMAT",
        default_value = "text",
        global = true,
        help_heading = "Logging",
        value_name = "FORMAT"
    )]
    pub format: String,
}
