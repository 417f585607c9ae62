//! What a use case answers when it cannot do what was asked.

use crate::domain::{permission::Denied, text::Violation, workflow::engine::Blocker};

/// Every use case answers with this.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case was not done. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the token is not valid.
    #[error("Sign in first.")]
    Unauthenticated,
    /// The actor may know of it, but may not do this.
    #[error("You may not do this.")]
    Forbidden,
    /// It does not exist, or the actor may not know that it does.
    #[error("There is no such thing here.")]
    NotFound,
    /// Somebody else changed it meanwhile. The user looks again and decides.
    #[error("It was changed meanwhile.")]
    Conflict(Vec<Violation>),
    /// What was sent cannot be kept. The user mends it.
    #[error("Some of this cannot be kept.")]
    Invalid(Vec<Violation>),
    /// The step is not open yet. The user does what is missing.
    #[error("This step is not open yet.")]
    Blocked(Vec<Blocker>),
    /// Too much or too often.
    #[error("{0}")]
    LimitExceeded(String),
    /// The database was busy; the door runs the command again, three times at most.
    #[error("The database was busy.")]
    Retry,
    /// Something is wrong here, not with what was asked. The door logs it once.
    #[error("Something went wrong here.")]
    Internal(#[source] anyhow::Error),
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::NotFound => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

impl From<Violation> for Error {
    fn from(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}
