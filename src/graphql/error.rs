//! How what went wrong is told: what the user can mend beside the result, everything else at the top.

use async_graphql::{ErrorExtensionValues, Pos, ServerError};

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
pub fn refusal(code: Code, message: impl Into<String>, at: Option<Pos>) -> ServerError {
    let mut error = ServerError::new(message, at);
    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("code", code.as_str());
    error
}
