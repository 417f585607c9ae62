//! The audit as a whole: signing the heads of all chains, and finding what was changed behind the program's back.

use chrono::{DateTime, Utc};
use ed25519_dalek::{SigningKey, VerifyingKey};
use serde_json::Value;

use crate::{
    app::{App, Error, Result},
    domain::{calendar::Moment, id::AssessmentId},
    store::Scope,
};

pub use crate::store::{
    audit::{Audited, Fault},
    checkpoint::key_id,
    state::Replay,
};

/// A case as its events tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// What the events came to.
    pub replay: Replay,
    /// What is stored, in the same terms.
    pub stored: Value,
}

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

    /// Rebuilds a case from its events: those that come after what was heard so far, up to and including the event of that
    /// number, or all of them. For the operator: nobody is asked whether they may.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such case; [`Error::Internal`] with the first event that does not hold together
    /// with those before it.
    pub async fn replay(&self, case: AssessmentId, so_far: Replay, until: Option<u32>) -> Result<Replayed> {
        let (replay, stored) = self.store.replay(case, so_far, until).await?;
        Ok(Replayed { replay, stored: stored.ok_or(Error::NotFound)? })
    }

    /// The case with this reference, for the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none.
    pub async fn case_called(&self, reference: &str) -> Result<AssessmentId> {
        self.store.read().case_id(reference, Scope::Everything).await?.ok_or(Error::NotFound)
    }

    /// The number of the last event of a case that had happened by then; 0 when none had.
    pub async fn event_by(&self, case: AssessmentId, at: DateTime<Utc>) -> Result<u32> {
        Ok(self.store.read().event_by(case, at).await?)
    }
}
