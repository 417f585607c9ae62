//! How what went wrong is told: what the user can mend beside the result, everything else at the top.

use async_graphql::{Error, ErrorExtensionValues, ErrorExtensions, Pos, ServerError, SimpleObject};

use crate::{
    app,
    domain::{text::Violation, workflow::engine::Blocker},
};

/// The codes of top-level errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Nobody is signed in, or the token is not valid.
    Unauthenticated,
    /// The actor may know of it, but may not do this.
    Forbidden,
    /// It does not exist, or the actor may not know that it does.
    NotFound,
    /// The request is malformed.
    BadRequest,
    /// Too much or too often.
    LimitExceeded,
    /// Something is wrong here, not with the request.
    Internal,
}

impl Code {
    /// The word in `extensions.code`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadRequest => "BAD_REQUEST",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::Internal => "INTERNAL",
        }
    }
}

/// A request refused before anything was done.
#[must_use]
pub fn refusal(code: Code, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, at);
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.as_str());
    error
}

/// What the caller is told at the top level: a code and a sentence, never an inner error. Made from an
/// [`app::Error`] once, where it is logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What kind of error.
    pub code: Code,
    /// A sentence for the caller.
    pub message: String,
}

impl From<app::Error> for Told {
    fn from(error: app::Error) -> Self {
        use app::Error as E;
        let first = |violations: &[Violation]| violations.first().map(|first| first.message.clone());
        let (code, message) = match &error {
            E::Unauthenticated => (Code::Unauthenticated, None),
            E::Forbidden => (Code::Forbidden, None),
            E::NotFound => (Code::NotFound, None),
            E::Conflict(violations) | E::Invalid(violations) => (Code::BadRequest, first(violations)),
            E::Blocked(blockers) => (Code::BadRequest, blockers.first().map(|first| first.message.clone())),
            E::LimitExceeded(message) => (Code::LimitExceeded, Some(message.clone())),
            E::Retry => {
                let message = "The database was busy and nothing was changed. Try again in a moment.";
                (Code::Internal, Some(message.to_owned()))
            }
            E::Internal(source) => {
                tracing::error!(error = format!("{source:#}"), "request failed");
                (Code::Internal, None)
            }
        };
        Self { code, message: message.unwrap_or_else(|| error.to_string()) }
    }
}

impl From<Told> for Error {
    fn from(told: Told) -> Self {
        Self::new(told.message).extend_with(|_, extensions| extensions.set("code", told.code.as_str()))
    }
}

/// Every resolver answers with this. It is not [`async_graphql::Result`], whose error would take anything that can
/// be displayed, without a code and without a log.
pub type Result<T, E = Told> = std::result::Result<T, E>;

/// An argument that cannot be meant.
pub fn bad(message: impl Into<String>) -> Told {
    Told { code: Code::BadRequest, message: message.into() }
}

/// Something that a case cites and that is not there: a fault of ours.
pub fn missing(what: impl std::fmt::Display) -> Told {
    app::Error::Internal(anyhow::anyhow!("{what} is cited and is not there")).into()
}

/// Something that the user can mend: what is wrong, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct UserError {
    /// Stable and machine-readable: `REQUIRED`, `TOO_LONG`, `CONFLICT`, `BLOCKED`, `LIMIT_EXCEEDED` and the like.
    pub code: String,
    /// A sentence for the person who typed it.
    pub message: String,
    /// The field it is about, in the canonical document or in the input; empty when it is about the whole.
    pub path: Vec<String>,
}

impl From<Violation> for UserError {
    fn from(violation: Violation) -> Self {
        Self { code: violation.code, message: violation.message, path: violation.path.0 }
    }
}

impl From<&Blocker> for UserError {
    fn from(blocker: &Blocker) -> Self {
        Self { code: "BLOCKED".into(), message: blocker.message.clone(), path: blocker.path.0.clone() }
    }
}

/// What the user can mend of an error, with what stands in the way; or the error, when it is none of theirs.
pub fn mendable(error: app::Error) -> Result<(Vec<UserError>, Vec<Blocker>)> {
    use app::Error as E;
    let whole =
        |code: &str, error: &E| UserError { code: code.into(), message: error.to_string(), path: Vec::new() };
    match error {
        E::Conflict(violations) if violations.is_empty() => {
            Ok((vec![whole("CONFLICT", &E::Conflict(violations))], Vec::new()))
        }
        E::Invalid(violations) if violations.is_empty() => {
            Ok((vec![whole("INVALID", &E::Invalid(violations))], Vec::new()))
        }
        E::Conflict(violations) | E::Invalid(violations) => {
            Ok((violations.into_iter().map(UserError::from).collect(), Vec::new()))
        }
        E::Blocked(blockers) => Ok((blockers.iter().map(UserError::from).collect(), blockers)),
        E::LimitExceeded(message) => {
            Ok((vec![UserError { code: "LIMIT_EXCEEDED".into(), message, path: Vec::new() }], Vec::new()))
        }
        other => Err(other.into()),
    }
}

/// How often a command is run when the database is busy.
const ATTEMPTS: u32 = 3;

/// Runs a command, and runs it again when the database was busy.
pub async fn attempt<T, F>(mut run: impl FnMut() -> F) -> app::Result<T>
where
    F: Future<Output = app::Result<T>>,
{
    for _ in 1..ATTEMPTS {
        match Box::pin(run()).await {
            Err(app::Error::Retry) => tokio::task::yield_now().await,
            done => return done,
        }
    }
    Box::pin(run()).await
}
