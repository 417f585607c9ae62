//! Bearer tokens: 256 random bits, of which only the SHA-256 is kept.

use secrecy::{ExposeSecret, SecretString};

use crate::domain::canonical;

/// What a token is for; it is the first part of its text, so that a leaked one can be recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A signed-in session.
    Session,
    /// A programme's access.
    Api,
    /// One setting of a new password.
    Reset,
    /// One report on a condition, by somebody without an account.
    Link,
}

impl Purpose {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "ehia_s_",
            Self::Api => "ehia_t_",
            Self::Reset => "ehia_r_",
            Self::Link => "ehia_l_",
        }
    }

    /// What a token's text says it is for.
    #[must_use]
    pub fn of(token: &str) -> Option<Self> {
        [Self::Session, Self::Api, Self::Reset, Self::Link]
            .into_iter()
            .find(|purpose| token.starts_with(purpose.prefix()))
    }
}

/// A fresh token.
pub fn mint(purpose: Purpose) -> anyhow::Result<SecretString> {
    let mut random = [0_u8; 32];
    getrandom::fill(&mut random)
        .map_err(|error| anyhow::anyhow!("the system gave no randomness: {error}"))?;
    Ok(SecretString::from(format!("{}{}", purpose.prefix(), hex(&random))))
}

/// What is kept of a token: its SHA-256 in hexadecimal.
#[must_use]
pub fn digest(token: &SecretString) -> String {
    canonical::sha256(token.expose_secret().as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        use std::fmt::Write as _;
        let _ = write!(text, "{byte:02x}");
        text
    })
}
