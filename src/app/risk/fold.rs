//! Folding the ledger into the roll-up: the worker's part, a batch of one organisation in each transaction. Whatever
//! stops it, what was not folded is read from the ledger, and folded later.

use crate::{
    app::{App, Error, Result},
    domain::{
        id::OrganisationId,
        risk::{Atlas, Rollup},
    },
    store::{
        self,
        risk::ledger::{Fold, Rows},
    },
};

/// Rows of the ledger that are folded in one transaction.
const BATCH: u64 = 500;

impl App {
    /// Folds a batch of every organisation that has something to fold. How many rows it folded; more may be left.
    pub async fn fold_risk(&self) -> Result<u64> {
        let waiting = self.store.read().unfolded_organisations().await?;
        // Nobody waits for what is known of places until something is to be looked up in it.
        if waiting.is_empty() && !self.holds_reference() {
            return Ok(0);
        }
        let (reference, edition) = self.edition_of_places().await?;
        let mut folded = 0;
        for organisation in self.store.read().rolled_up_otherwise(&edition).await? {
            self.begin_rollup(organisation, &edition).await?;
            folded += 1;
        }
        let mut atlas = Atlas::new(reference, &[]);
        let mut failed = None;
        for organisation in waiting {
            match self.fold_batch(organisation, &edition, &mut atlas).await {
                Ok(rows) => folded += rows,
                // One that fails holds up no other.
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
        failed.map_or(Ok(folded), Err)
    }

    /// Begins a roll-up anew, unless somebody else did.
    pub(super) async fn begin_rollup(&self, organisation: OrganisationId, edition: &str) -> Result<()> {
        self.store
            .write(async |tx| {
                if tx.hold_rollup(organisation, edition).await? != edition {
                    tx.empty_rollup(organisation, edition).await?;
                }
                Ok(())
            })
            .await
    }

    /// Folds some rows of an organisation. How many it was.
    pub(super) async fn fold_batch(
        &self,
        organisation: OrganisationId,
        edition: &str,
        atlas: &mut Atlas,
    ) -> Result<u64> {
        let entries = self.store.read().ledger(Rows::Unfolded(&[organisation]), None, BATCH).await?;
        let mut rollup = Rollup::default();
        for entry in &entries {
            rollup.add(&entry.contribution, if entry.fold == Fold::Add { 1 } else { -1 });
        }
        // Before anything is held: to look places up takes longest.
        let cells = rollup.cells(atlas);
        let folded = self
            .store
            .write::<_, Error>(async |tx| {
                if tx.hold_rollup(organisation, edition).await? != edition {
                    tx.empty_rollup(organisation, edition).await?;
                    return Ok(());
                }
                match tx.fold(organisation, &entries, cells).await {
                    // Somebody changed or folded one of them since they were read.
                    Err(store::Error::Conflict) => Err(Error::Retry),
                    done => Ok(done?),
                }
            })
            .await;
        match folded {
            Ok(()) => Ok(entries.len() as u64),
            // They are read again in the next round.
            Err(Error::Retry) => Ok(1),
            Err(error) => Err(error),
        }
    }
}
