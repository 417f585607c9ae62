//! Local passwords, as argon2id with the parameters of RFC 9106 for constrained memory (19 MiB, OWASP 2024).

use std::{
    sync::{Arc, LazyLock},
    thread::available_parallelism,
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::domain::text::{Path, Violation};

/// Fewest characters of a password (NIST SP 800-63B asks for 8 with a second factor, 15 without; NCSC for length
/// over complexity).
pub const SHORTEST: usize = 12;
/// Most characters, so that hashing stays cheap.
pub const LONGEST: usize = 200;

/// A bound on work that takes a core and much memory for itself: what does not fit waits for its turn.
#[derive(Clone, Debug)]
pub struct Turns(Arc<Semaphore>);

impl Turns {
    /// So many at once.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Does the work on a thread of its own, in its turn. Who stops waiting does not stop work that has begun, and
    /// it keeps its place until it is done.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let turn = Arc::clone(&self.0).acquire_owned().await?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        Ok(done.await?)
    }
}

/// Half the cores hash; the others answer.
static HASHING: LazyLock<Turns> =
    LazyLock::new(|| Turns::new(available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))));

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// Refuses a password that is too short or too long.
pub fn check(password: &SecretString, path: &Path) -> Result<(), Violation> {
    let length = password.expose_secret().chars().count();
    if (SHORTEST..=LONGEST).contains(&length) {
        return Ok(());
    }
    let message = format!("A password has {SHORTEST} to {LONGEST} characters; three random words do well.");
    Err(Violation::new("INVALID", message, path.clone()))
}

/// The password as a PHC string. Takes about 20 ms and 19 MiB, in its turn.
pub async fn hash(password: SecretString) -> anyhow::Result<String> {
    let hashed = HASHING.run(move || {
        hasher().hash_password(password.expose_secret().as_bytes()).map(|hash| hash.to_string())
    });
    hashed.await?.map_err(|error| anyhow::anyhow!("the password could not be hashed: {error}"))
}

/// Whether the password is the one that was hashed. Without a hash the work is done all the same, so that the
/// time taken does not tell whether the account exists.
pub async fn verify(password: SecretString, hash: Option<String>) -> anyhow::Result<bool> {
    let verified = HASHING.run(move || {
        let bytes = password.expose_secret().as_bytes();
        if let Some(hash) = hash.as_deref().and_then(|hash| PasswordHash::new(hash).ok()) {
            hasher().verify_password(bytes, &hash).is_ok()
        } else {
            drop(hasher().hash_password(bytes));
            false
        }
    });
    verified.await
}
