//! What can go wrong with the database, classified once.

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};

use crate::domain::text::{Path, Violation};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Busy, deadlocked or not serialisable: the same command may succeed when it is run again.
    #[error("the database was busy")]
    Retry(#[source] DbErr),
    /// The row is no longer at the version that was read.
    #[error("somebody else has changed it meanwhile")]
    Conflict,
    /// A value that must be unique is taken. Uniques are named `unique_<table>_<columns>`, primary keys
    /// `<table>_pkey`, on both databases.
    #[error("{constraint} does not hold")]
    Unique {
        /// The name of the constraint.
        constraint: String,
    },
    /// A row does not say what this program would have written.
    #[error("{table} {id}: {reason}")]
    Corrupt {
        /// Its table.
        table: &'static str,
        /// Its key.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cursor was not made by the list it is used with.
    #[error("this cursor does not belong to this list")]
    Cursor,
    /// A document cannot be kept.
    #[error("{0}")]
    Document(#[from] crate::domain::text::Violation),
    /// The database cannot do what was asked of it here; the sentence says what to do.
    #[error("{0}")]
    Unavailable(String),
    /// Something was kept for ever in a transaction that recorded no event that cites it.
    #[error("nothing recorded cites {0}")]
    Uncited(String),
    /// Anything else the database said.
    #[error("the database failed")]
    Database(#[source] DbErr),
}

/// The result of everything in the store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn corrupt(table: &'static str, id: impl ToString, reason: impl Into<String>) -> Self {
        Self::Corrupt { table, id: id.to_string(), reason: reason.into() }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
            return Self::Retry(error);
        }
        let (DbErr::Conn(RuntimeErr::SqlxError(source))
        | DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source))) = &error
        else {
            return Self::Database(error);
        };
        let sqlx::Error::Database(reported) = source.as_ref() else { return Self::Database(error) };
        let code = reported.code().unwrap_or_default().into_owned();
        match code.as_str() {
            // SQLite: BUSY and LOCKED with their extended codes. PostgreSQL: serialisation failure, deadlock,
            // lock not available.
            "5" | "261" | "517" | "6" | "262" | "40001" | "40P01" | "55P03" => Self::Retry(error),
            "23505" => Self::Unique { constraint: reported.constraint().unwrap_or_default().to_owned() },
            "1555" | "2067" => Self::Unique { constraint: sqlite_constraint(&code, reported.message()) },
            // What PostgreSQL can neither keep nor compare with: U+0000, and a day or instant off its calendar, which
            // only a cursor names.
            "22021" => Self::Document(Violation::new(
                "INVALID",
                "The character U+0000 cannot be kept; remove it.",
                Path::default(),
            )),
            "22008" => Self::Cursor,
            _ => Self::Database(error),
        }
    }
}

/// SQLite names the columns (`UNIQUE constraint failed: revision.assessment_id, revision.number`), PostgreSQL
/// the constraint; this gives the latter's name.
fn sqlite_constraint(code: &str, message: &str) -> String {
    let columns = message.rsplit(": ").next().unwrap_or_default();
    let mut table = "";
    let mut names = Vec::new();
    for column in columns.split(", ") {
        if let Some((of, name)) = column.split_once('.') {
            table = of;
            names.push(name);
        }
    }
    if code == "1555" { format!("{table}_pkey") } else { format!("unique_{table}_{}", names.join("_")) }
}
