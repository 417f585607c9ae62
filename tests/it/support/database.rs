//! A migrated database for one test.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use ehia::store::{Options, Store};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::postgres::Server;

/// A database of one test, with a store on it.
pub struct TestDatabase {
    pub store: Store,
    pub url: String,
    /// Counts every statement of the store.
    pub statements: Arc<AtomicU64>,
    /// For files; removed with the database.
    pub directory: TempDir,
}

/// Nothing in it is worth keeping, and many tests ask at once.
const FLEETING: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=400 \
                        -c shared_buffers=64MB -c track_activity_query_size=16kB";

static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();
static COUNT: AtomicU64 = AtomicU64::new(0);

impl TestDatabase {
    /// A migrated SQLite file.
    pub async fn sqlite() -> Self {
        let database = Self::empty_sqlite().await;
        database.store.migrate().await.unwrap();
        database
    }

    /// A SQLite file without tables.
    pub async fn empty_sqlite() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", directory.path().join("ehia.db").display());
        Self::open(url, directory).await
    }

    /// A migrated PostgreSQL database; `None` where no server is installed.
    pub async fn postgres() -> Option<Self> {
        Self::from_template("ehia_template").await
    }

    /// A PostgreSQL database without tables; `None` where no server is installed.
    pub async fn empty_postgres() -> Option<Self> {
        Self::from_template("template0").await
    }

    async fn from_template(template: &str) -> Option<Self> {
        let server = SERVER.get_or_init(start).await.as_ref()?;
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let control = Database::connect(server.url("postgres")).await.unwrap();
        control.execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await.unwrap();
        control.close().await.unwrap();
        Some(Self::open(server.url(&name), tempfile::tempdir().unwrap()).await)
    }

    async fn open(url: String, directory: TempDir) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        let options = Options { connections: 8, statements: Some(statements.clone()), ..Options::default() };
        let store = Store::open(&url, options).await.unwrap();
        Self { store, url, statements, directory }
    }

    /// A connection of its own, past the store: what somebody with access to the database could do. It checks
    /// no foreign keys.
    pub async fn behind(&self) -> DatabaseConnection {
        let mut options = sea_orm::ConnectOptions::new(&self.url);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        let lenient = if self.store.is_shared() {
            "SET session_replication_role = replica"
        } else {
            "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON"
        };
        connection.execute_unprepared(lenient).await.unwrap();
        connection
    }

    /// The one number that a query past the store gives.
    pub async fn number(&self, sql: &str) -> i64 {
        let connection = self.behind().await;
        let query = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(query).await.unwrap().unwrap();
        let number = row.try_get_by_index(0).unwrap();
        connection.close().await.unwrap();
        number
    }

    /// An identifier as a literal of this database.
    pub fn literal(&self, uuid: &str) -> String {
        if self.store.is_shared() { format!("'{uuid}'") } else { format!("X'{}'", uuid.replace('-', "")) }
    }

    /// How many rows of a table belong to a case.
    pub async fn count(&self, table: &str, case: &str) -> i64 {
        let case = self.literal(case);
        self.number(&format!("SELECT count(*) FROM {table} WHERE assessment_id = {case}")).await
    }

    /// Runs a statement past the store and says how many rows it touched.
    pub async fn tamper(&self, sql: &str) -> u64 {
        let connection = self.behind().await;
        let touched = connection.execute_unprepared(sql).await.unwrap().rows_affected();
        connection.close().await.unwrap();
        touched
    }
}

async fn start() -> Option<Server> {
    let server = tokio::task::spawn_blocking(|| Server::start(FLEETING)).await.unwrap()?;
    let control = Database::connect(server.url("postgres")).await.unwrap();
    control.execute_unprepared("CREATE DATABASE ehia_template").await.unwrap();
    control.close().await.unwrap();
    let store = Store::open(&server.url("ehia_template"), Options::default()).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await.unwrap();
    Some(server)
}
