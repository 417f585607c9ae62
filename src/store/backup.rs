//! A copy of the whole database, consistent, while it is in use.

use std::{fs, io, path::Path};

use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use tokio::process::Command;
use url::{Url, form_urlencoded};

use super::{Error, Options, Result, Store};

impl Store {
    /// Writes a consistent copy that only its owner may read: on SQLite a database file, on PostgreSQL an archive of
    /// `pg_dump` in its custom format, for `pg_restore`. What was begun is removed when it fails.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the file exists or cannot be made, or `pg_dump` is not installed or fails.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let Some(path) = to.to_str() else {
            return Err(Error::Unavailable(format!("{} is not UTF-8; choose another name.", to.display())));
        };
        // Both write into an empty file that is there, and leave its permissions as they are.
        make(to)?;
        let copied = self.copy_to(path).await;
        if copied.is_err() {
            // Why it failed says more than that this failed, too.
            let _ = fs::remove_file(to);
        }
        copied
    }

    async fn copy_to(&self, path: &str) -> Result<()> {
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

/// Makes the file, empty, its owner's alone.
fn make(file: &Path) -> Result<()> {
    let mut options = fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Error::Unavailable(format!("{} exists; choose another name.", file.display())))
        }
        Err(error) => Err(Error::Unavailable(format!("{} cannot be written: {error}.", file.display()))),
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
