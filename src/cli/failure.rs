//! What a use case refused, as sentences: what is wrong, where, and what to do.

use std::fmt::Write as _;

use crate::app;

/// How often a command is run again while the database is busy.
const TRIES: u32 = 3;

/// The sentences for an error of a use case.
#[must_use]
pub fn explain(error: app::Error) -> anyhow::Error {
    match error {
        app::Error::Internal(error) => error,
        app::Error::Invalid(violations) | app::Error::Conflict(violations) if !violations.is_empty() => {
            let mut told = String::new();
            for violation in violations {
                let separator = if told.is_empty() { "" } else { "\n      " };
                let place =
                    if violation.path.0.is_empty() { String::new() } else { format!("{}: ", violation.path) };
                let _ = write!(told, "{separator}{place}{} ({})", violation.message, violation.code);
            }
            anyhow::anyhow!(told)
        }
        app::Error::Blocked(blockers) if !blockers.is_empty() => {
            let told: Vec<String> = blockers
                .into_iter()
                .map(|blocker| format!("{} ({})", blocker.message, blocker.code))
                .collect();
            anyhow::anyhow!(told.join("\n      "))
        }
        other => other.into(),
    }
}

/// Runs a command, again when the database was busy.
pub async fn again<T>(mut command: impl AsyncFnMut() -> app::Result<T>) -> app::Result<T> {
    let mut tries = 0;
    loop {
        tries += 1;
        match command().await {
            Err(app::Error::Retry) if tries < TRIES => {}
            other => return other,
        }
    }
}

/// Runs a command, again when the database was busy, and explains why it was not done.
pub async fn run<T>(command: impl AsyncFnMut() -> app::Result<T>) -> anyhow::Result<T> {
    again(command).await.map_err(explain)
}
