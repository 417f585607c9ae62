//! The only code that knows SeaORM and SQL.
//!
//! A [`Store`] speaks domain types: commands run in [`Store::write`], one transaction that commits whole or not
//! at all; everything else asks a [`Reader`]. Nothing here decides who may do what, reads a clock or makes an
//! identifier. Rows are private.
//!
//! ```ignore
//! let case = store.read().case(id).await?;
//! store.write(async |tx| { tx.save(&case, 3, &projection).await }).await?;
//! ```

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseConnection, DatabaseExecutor, DatabaseTransaction,
    DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::watch;

use crate::domain::page::MOST;

pub mod address;
pub mod attachment;
pub mod audit;
mod backup;
pub mod case;
pub mod checkpoint;
mod codec;
pub mod daily;
pub mod definition;
mod deriving;
mod error;
pub mod event;
pub mod feed;
pub mod idempotency;
mod lease;
mod leave;
pub mod link;
pub mod list;
mod meeting;
pub mod organisation;
pub mod outbox;
mod page;
mod panel;
mod partner;
pub mod person;
mod projection;
pub mod reaction;
pub mod record;
pub mod reference;
pub mod register;
pub mod retention;
pub mod risk;
mod row;
mod scenario;
mod scope;
mod search;
pub mod session;
mod similar;
pub mod state;
pub mod summary;
pub mod task;
mod tx;
pub mod walk;

pub use error::{Error, Result};
pub use scope::Scope;
pub use tx::Tx;

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Most connections that read at the same time on SQLite, most connections in all on PostgreSQL.
    pub connections: u32,
    /// How long a statement waits for another's lock, and how long a command waits for a connection.
    pub patience: Duration,
    /// Whether a SQLite file that is not there is refused, even where the address says `mode=rwc`.
    pub existing: bool,
    /// Counts every statement, for tests of how many a query needs.
    pub statements: Option<Arc<AtomicU64>>,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections: 8, patience: Duration::from_secs(10), existing: false, statements: None }
    }
}

/// How the database's schema stands to this program's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// As this program expects it.
    UpToDate,
    /// These steps have not been applied; `migrate` applies them.
    Older {
        /// Their names, in order.
        pending: Vec<String>,
    },
    /// It knows steps that this program does not: a newer program wrote it, and this one must not.
    Newer {
        /// Their names.
        unknown: Vec<String>,
    },
}

/// One database. Cloning shares its connections.
#[derive(Clone, Debug)]
pub struct Store {
    /// On SQLite one connection, so that writers queue here and not in the file's lock.
    write: DatabaseConnection,
    read: DatabaseConnection,
    url: Arc<str>,
    /// Counts the transactions of this process that recorded something.
    committed: watch::Sender<u64>,
}

/// Queries, inside a transaction ([`Tx::read`]) or outside one ([`Store::read`]).
#[derive(Debug)]
pub struct Reader<'a> {
    pub(crate) connection: DatabaseExecutor<'a>,
}

impl Store {
    /// Opens `sqlite://path?mode=rwc` (WAL, one writer, several readers) or `postgres://...`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the address is neither, [`Error::Database`] when it cannot be reached.
    pub async fn open(url: &str, options: Options) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let mut settings = settings(url, &options);
            let patience = options.patience.as_millis();
            settings.max_connections(options.connections).map_sqlx_postgres_opts(move |postgres| {
                // What is asked is short: to compile its plan would take longer than to run it.
                postgres.options([("lock_timeout", patience.to_string()), ("jit", "off".into())])
            });
            let pool = connect(settings, &options).await?;
            return Ok(Self::over(pool.clone(), pool, url));
        }
        if !url.starts_with("sqlite:") || url.contains(":memory:") {
            return Err(Error::Unavailable(format!(
                "`{}` names no database; write sqlite://PATH?mode=rwc or postgres://USER@HOST/NAME.",
                url.split('@').next_back().unwrap_or_default()
            )));
        }
        let (patience, existing) = (options.patience, options.existing);
        let mut writer = settings(url, &options);
        writer.max_connections(1).map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = if existing { sqlite.create_if_missing(false) } else { sqlite };
            sqlite
                .journal_mode(sea_orm::sqlx::sqlite::SqliteJournalMode::Wal)
                // What was acknowledged survives a power cut, too.
                .synchronous(sea_orm::sqlx::sqlite::SqliteSynchronous::Full)
                .busy_timeout(patience)
                .foreign_keys(true)
        });
        let write = connect(writer, &options).await?;
        let mut reader = settings(url, &options);
        reader.max_connections(options.connections).map_sqlx_sqlite_opts(move |sqlite| {
            // A page is handed over whole, without the reader waiting for each half of it to be fetched.
            sqlite.busy_timeout(patience).pragma("query_only", "ON").row_buffer_size(MOST as usize + 1)
        });
        let read = connect(reader, &options).await?;
        Ok(Self::over(write, read, url))
    }

    fn over(write: DatabaseConnection, read: DatabaseConnection, url: &str) -> Self {
        Self { write, read, url: url.into(), committed: watch::Sender::new(0) }
    }

    /// The names of all steps that make a database, in order.
    #[must_use]
    pub fn steps() -> Vec<String> {
        ehia_migrations::names()
    }

    /// Applies every step that is pending and returns their names. What a step leaves to derive from cases is derived,
    /// too, or derived to its end where that was cut off.
    pub async fn migrate(&self) -> Result<Vec<String>> {
        let pending = match self.schema().await? {
            SchemaState::UpToDate => Vec::new(),
            SchemaState::Older { pending } => {
                ehia_migrations::apply(&self.write).await?;
                pending
            }
            SchemaState::Newer { unknown } => return Err(newer(&unknown)),
        };
        self.write_words().await?;
        self.write_ledger().await?;
        self.write_interdependencies().await?;
        self.write_tasks().await?;
        Ok(pending)
    }

    /// How the schema stands, without changing anything.
    pub async fn schema(&self) -> Result<SchemaState> {
        let known = Self::steps();
        let applied = ehia_migrations::applied(&self.read).await?;
        let unknown: Vec<String> = applied.iter().filter(|name| !known.contains(name)).cloned().collect();
        if !unknown.is_empty() {
            return Ok(SchemaState::Newer { unknown });
        }
        let pending: Vec<String> = known.into_iter().filter(|name| !applied.contains(name)).collect();
        Ok(if pending.is_empty() { SchemaState::UpToDate } else { SchemaState::Older { pending } })
    }

    /// Refuses a database whose schema is not the one this program expects, or where what a step left to derive was not derived to
    /// its end; the sentence says what to do.
    pub async fn require_schema(&self) -> Result<()> {
        match self.schema().await? {
            SchemaState::UpToDate => {
                if !self.ledger_waits().await? {
                    return Ok(());
                }
                let told = "What cases contribute to the picture of risk is counted as another version does; run `ehia migrate`.";
                Err(Error::Unavailable(told.into()))
            }
            SchemaState::Older { pending } => Err(Error::Unavailable(format!(
                "The database lacks {} step(s) of this version; run `ehia migrate`.",
                pending.len()
            ))),
            SchemaState::Newer { unknown } => Err(newer(&unknown)),
        }
    }

    /// Runs a unit of work in one transaction: all of it is committed, or nothing when it fails. Inside, use
    /// `tx` and never this store, whose one writer is taken.
    pub async fn write<T, E: From<Error>>(
        &self,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let immediate = TransactionOptions {
            // A transaction that begins as a reader and then writes is refused at once, whatever the timeout.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.write.begin_with_options(immediate).await.map_err(Error::from)?;
        let mut tx = Tx::new(transaction);
        match work(&mut tx).await {
            Ok(value) => {
                let recorded = tx.recorded;
                tx.commit().await?;
                if recorded {
                    self.committed.send_modify(|count| *count = count.wrapping_add(1));
                }
                Ok(value)
            }
            Err(error) => {
                // The connection rolls back when it is dropped, whether or not this reaches it.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    /// One state of the database, for whoever reads much of it and has it fit together.
    pub(crate) async fn one_state(&self) -> Result<DatabaseTransaction> {
        let mut options = TransactionOptions::default();
        // On SQLite a transaction that reads sees one state of the database anyway.
        if self.is_shared() {
            options.isolation_level = Some(IsolationLevel::RepeatableRead);
            options.access_mode = Some(AccessMode::ReadOnly);
        }
        Ok(self.read.begin_with_options(options).await?)
    }

    /// Queries outside a transaction.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { connection: DatabaseExecutor::Connection(&self.read) }
    }

    /// Ready to say when a transaction of this process has recorded something.
    #[must_use]
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.committed.subscribe()
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.ping().await?)
    }

    /// Whether it is PostgreSQL, so that several processes may share it.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.write.get_database_backend() == DbBackend::Postgres
    }

    /// The file of a SQLite database.
    fn file(&self) -> Option<PathBuf> {
        let path = self.url.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }

    /// Closes every connection once its statement is done.
    pub async fn close(self) -> Result<()> {
        self.read.close_by_ref().await?;
        Ok(self.write.close_by_ref().await?)
    }
}

fn newer(unknown: &[String]) -> Error {
    Error::Unavailable(format!(
        "The database was written by a newer version of this program (it knows {}); use that version.",
        unknown.join(", ")
    ))
}

fn settings(url: &str, options: &Options) -> ConnectOptions {
    let mut settings = ConnectOptions::new(url);
    settings
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .acquire_timeout(options.patience)
        .test_before_acquire_if_idle_for(Duration::from_secs(30));
    settings
}

async fn connect(settings: ConnectOptions, options: &Options) -> Result<DatabaseConnection> {
    let mut connection = Database::connect(settings).await?;
    if let Some(statements) = options.statements.clone() {
        connection.set_metric_callback(move |_| {
            statements.fetch_add(1, Ordering::Relaxed);
        });
    }
    Ok(connection)
}
