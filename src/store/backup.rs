//! A copy of the whole database, consistent, while it is in use.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tokio::process::Command;
use url::{Url, form_urlencoded};

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
        let (url, password) = without_password(&self.url)?;
        let mut dump = Command::new("pg_dump");
        dump.args(["--format=custom", "--no-owner", "--no-privileges", "--file", path, "--dbname"]);
        dump.arg(url.as_str());
        if let Some(password) = password {
            // Everybody on the machine sees the arguments of a process; its environment only its owner does.
            dump.env("PGPASSWORD", password);
        }
        let dump = dump.output().await;
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

/// The address without its password, and the password, wherever in the address it stands.
fn without_password(url: &str) -> Result<(Url, Option<String>)> {
    let unreadable = || Error::Unavailable("The address of the database is no URL.".into());
    let mut url = Url::parse(url).map_err(|_| unreadable())?;
    // A password is spelt as a query would be, but for what only a query gives a meaning.
    let spelt = url.password().map(|password| password.replace('+', "%2B").replace('&', "%26"));
    let mut password = spelt.and_then(|spelt| {
        form_urlencoded::parse(format!("password={spelt}").as_bytes())
            .next()
            .map(|(_, text)| text.into_owned())
    });
    if url.password().is_some() {
        url.set_password(None).map_err(|()| unreadable())?;
    }
    let (secret, plain): (Vec<_>, Vec<_>) =
        url.query_pairs().into_owned().partition(|(name, _)| name == "password");
    if let Some((_, text)) = secret.into_iter().next_back() {
        password = Some(text);
        url.set_query(None);
        if !plain.is_empty() {
            url.query_pairs_mut().extend_pairs(plain);
        }
    }
    Ok((url, password))
}
