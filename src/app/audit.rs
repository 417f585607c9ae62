//! The audit as a whole: signing the heads of all chains, and finding what was changed behind the program's back.

use ed25519_dalek::{SigningKey, VerifyingKey};

use crate::{
    app::{App, Result},
    domain::calendar::Moment,
};

pub use crate::store::{
    audit::{Audited, Fault},
    checkpoint::key_id,
};

impl App {
    /// Signs the heads of chains that grew since the last checkpoint. Whether there was anything to sign.
    pub async fn checkpoint(&self, signer: &SigningKey, moment: Moment) -> Result<bool> {
        Ok(self.store.checkpoint(signer, moment.at).await?.is_some())
    }

    /// The id of the key that signed the newest checkpoint; `None` when nothing was signed.
    pub async fn newest_signer(&self) -> Result<Option<String>> {
        Ok(self.store.read().newest_signer().await?)
    }

    /// The next few checkpoints after that many, each as the line its copy outside the database has; none when there are
    /// no more.
    pub async fn checkpoint_lines(&self, after: u32) -> Result<Vec<String>> {
        Ok(self.store.read().checkpoint_lines(after).await?)
    }

    /// Verifies every chain, checkpoint, revision, record and attachment, and names every fault. `keys` are those
    /// a checkpoint may be signed by, `copy` the lines of the copy outside the database; `progress` hears how
    /// many events were read.
    pub async fn verify_audit(
        &self,
        keys: &[VerifyingKey],
        copy: &[String],
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Audited> {
        Ok(self.store.verify(keys, copy, progress).await?)
    }
}
