//! A copy of the whole database, consistent, while it is in use.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tokio::process::Command;

use super::{Error, Options, Result, Store};

impl Store {
    /// Writes a consistent copy: on SQLite a database file, on PostgreSQL an archive of `pg_dump` in its custom
    /// format, for `pg_restore`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file exists, or `pg_dump` is not installed or fails.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        if to.exists() {
            return Err(Error::Unavailable(format!("{} exists; choose another name.", to.display())));
        }
        let Some(path) = to.to_str() else {
            return Err(Error::Unavailable(format!("{} is not UTF-8; choose another name.", to.display())));
        };
        if self.file().is_some() {
            // A connection of its own: readers may not write, and the writer is not to wait for this.
            let mut settings = super::settings(&self.url, &Options::default());
            let connection = Database::connect(settings.max_connections(1).clone()).await?;
            // There is no other spelling of this; PostgreSQL has no such statement.
            let copy = Statement::from_sql_and_values(DbBackend::Sqlite, "VACUUM INTO ?", [path.into()]);
            connection.execute_raw(copy).await?;
            return Ok(connection.close().await?);
        }
        let dump = Command::new("pg_dump")
            .args(["--format=custom", "--no-owner", "--no-privileges", "--file", path, "--dbname"])
            .arg(&*self.url)
            .output()
            .await;
        match dump {
            Ok(done) if done.status.success() => Ok(()),
            Ok(done) => Err(Error::Unavailable(format!(
                "pg_dump failed: {}",
                String::from_utf8_lossy(&done.stderr).trim()
            ))),
            Err(error) => Err(Error::Unavailable(format!(
                "pg_dump cannot be run ({error}); install PostgreSQL's client programs, at least as new as the \
                 server."
            ))),
        }
    }
}
