//! Why a message was not sent, and whether trying again can help.
//!
//! A reason names what was being done and the server's reply code, never the server's words: they often repeat
//! the address. The words are in the log of the server.

use std::{error::Error as _, io, time::Duration};

use lettre::transport::smtp::Error as SmtpError;

/// Why a message was not sent. Reasons hold no address and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may be sent later: the server is busy or away, or an operator must mend the settings first.
    #[error("not sent, to be tried again: {reason}")]
    Transient {
        /// What happened, for the operator.
        reason: String,
    },
    /// It will never reach this address: it is none, or the server refused it.
    #[error("not sent, and this address is of no use: {reason}")]
    Refused {
        /// What happened, for the operator.
        reason: String,
    },
    /// It will never be sent as it is: the server refused this message.
    #[error("not sent, and trying again is of no use: {reason}")]
    Permanent {
        /// What happened, for the operator.
        reason: String,
    },
}

impl SendError {
    /// The reason alone.
    #[must_use]
    pub fn reason(&self) -> &str {
        match self {
            Self::Transient { reason } | Self::Refused { reason } | Self::Permanent { reason } => reason,
        }
    }

    pub(super) fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into() }
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }

    pub(super) fn permanent(reason: impl Into<String>) -> Self {
        Self::Permanent { reason: reason.into() }
    }
}

/// Where in the conversation with the server it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    Encrypt,
    SignIn,
    Sender,
    Recipient,
    Content,
}

impl Step {
    const fn doing(self) -> &'static str {
        match self {
            Self::Connect => "connecting to the mail server",
            Self::Encrypt => "beginning encryption with the mail server",
            Self::SignIn => "signing in to the mail server",
            Self::Sender => "naming the sender to the mail server",
            Self::Recipient => "naming the recipient to the mail server",
            Self::Content => "handing the message to the mail server",
        }
    }

    /// The server gave no answer in time.
    pub(super) fn silence(self, limit: Duration) -> SendError {
        SendError::transient(format!("{}: no answer within {limit:?}", self.doing()))
    }

    /// The server's answer is not one this command can have.
    pub(super) fn nonsense(self) -> SendError {
        SendError::transient(format!("{}: an answer that does not fit the command", self.doing()))
    }

    /// Something that fails every message until an operator mends it.
    pub(super) fn for_operator(self, what: &str) -> SendError {
        SendError::transient(format!(
            "{}: {what}. NO MESSAGE LEAVES until an operator mends the mail settings or the account",
            self.doing()
        ))
    }

    /// Classifies what went wrong in this step.
    pub(super) fn failed(self, error: &SmtpError) -> SendError {
        let Some(status) = error.status() else {
            return match (self, io_cause(error)) {
                (_, Some(cause)) => SendError::transient(format!("{}: {cause}", self.doing())),
                (Self::Encrypt, None) if error.is_client() => {
                    self.for_operator("the server offers no STARTTLS")
                }
                (Self::SignIn, None) if error.is_client() => {
                    self.for_operator("the server offers no way of signing in that is known here")
                }
                _ if error.is_response() => SendError::transient(format!(
                    "{}: the connection was cut or the answer is no SMTP",
                    self.doing()
                )),
                _ => SendError::transient(format!("{}: failed", self.doing())),
            };
        };
        let code = u16::from(status);
        let enhanced = enhanced_code(error);
        let reply = match &enhanced {
            Some(enhanced) => format!("the server answered {code} {enhanced}"),
            None => format!("the server answered {code}"),
        };
        match self {
            _ if error.is_transient() => SendError::transient(format!("{}: {reply}", self.doing())),
            // Refused by policy (RFC 3463, X.7): more often this account may not send than this person not receive,
            // and a message tried for nothing is better than every message given up.
            Self::Recipient if enhanced.is_some_and(|code| code.starts_with("5.7.")) => SendError::transient(
                format!("{}: {reply}, by its policy; see that this account may send", self.doing()),
            ),
            // 530 to 538 ask for authentication or encryption first (RFC 4954), whatever the recipient is.
            Self::Recipient if !(530..=538).contains(&code) => {
                SendError::refused(format!("{}: {reply}", self.doing()))
            }
            Self::Content if !(530..=538).contains(&code) => {
                SendError::permanent(format!("{}: {reply}", self.doing()))
            }
            Self::SignIn => self.for_operator(&format!("user name or password refused, {reply}")),
            _ => self.for_operator(&reply),
        }
    }
}

/// The operating system's or the TLS library's word for it; addresses do not occur in either.
fn io_cause(error: &SmtpError) -> Option<String> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return Some(match io.get_ref() {
                Some(inner) => inner.to_string(),
                None => io.kind().to_string(),
            });
        }
        source = cause.source();
    }
    None
}

/// The enhanced status code (RFC 3463) that begins the server's words, such as 5.1.1.
fn enhanced_code(error: &SmtpError) -> Option<String> {
    let words = error.source()?.to_string();
    let first = words.split_whitespace().next()?;
    let parts: Vec<&str> = first.split('.').collect();
    let numbers =
        parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    (parts.len() == 3 && numbers).then(|| first.to_owned())
}
