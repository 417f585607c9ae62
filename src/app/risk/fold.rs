//! Folding the ledger into the roll-up: the worker's part, a batch of one organisation in each transaction. Whatever
//! stops it, what was not folded is read from the ledger, and folded later.
//!
//! Where much waits, or places or the way of counting changed, the roll-up is made anew and written at once: until then
//! nobody asks it. Whoever is stopped in between leaves it to be made by the next.

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

/// Rows of the ledger that are folded in one transaction; where more wait, the roll-up is made anew.
const BATCH: u64 = 2_000;
/// Cases whose rows are marked in one transaction.
const MARKED: u64 = 5_000;

impl App {
    /// Folds a batch of every organisation that has something to fold. How many rows it folded; more may be left.
    pub async fn fold_risk(&self) -> Result<u64> {
        let waiting = self.store.read().unfolded_organisations().await?;
        // Nobody waits for what is known of places until something is to be looked up in it.
        if waiting.is_empty() && !self.holds_reference() {
            return Ok(0);
        }
        let (reference, edition) = self.edition_of_places().await?;
        let mut atlas = Atlas::new(reference, &[]);
        let mut folded = 0;
        for organisation in self.store.read().rolled_up_otherwise(&edition).await? {
            folded += 1 + self.roll_up_anew(organisation, &edition, &mut atlas).await?.unwrap_or_default();
        }
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

    /// Makes an organisation's roll-up anew from its rows. How many it has then; `None` when somebody else makes it.
    ///
    /// It is the sum of the rows that are marked as in it. While nobody asks it, every row that stands is marked; then
    /// they are read as of one moment and summed up, and the sum is written if nobody has marked anything since. Rows that
    /// commands close or add meanwhile say so by their marks, and are folded later.
    pub(super) async fn roll_up_anew(
        &self,
        organisation: OrganisationId,
        edition: &str,
        atlas: &mut Atlas,
    ) -> Result<Option<u64>> {
        let begun = self.store.write(async |tx| tx.begin_rollup(organisation).await);
        let generation = begun.await?;
        let mut after = None;
        loop {
            let cases = self.store.read().case_ids_of(organisation, after, MARKED).await?;
            // Whatever lies behind the last, too.
            let to = cases.last().copied().filter(|_| cases.len() as u64 == MARKED);
            let marked =
                self.store.write(async |tx| tx.mark_all(organisation, (after, to), generation).await);
            match marked.await {
                Err(store::Error::Conflict) => return Ok(None),
                marked => marked?,
            }
            after = to;
            if to.is_none() {
                break;
            }
        }
        let (mut rollup, mut rows) = (Rollup::default(), 0);
        let snapshot = self.store.snapshot().await?;
        snapshot
            .each_line(Rows::Folded(organisation), |line| {
                rollup.add(&line.contribution, 1, atlas);
                rows += 1;
            })
            .await?;
        drop(snapshot);
        let cells = rollup.cells(atlas);
        let written = self
            .store
            .write(async |tx| tx.write_rollup(organisation, edition, generation, cells).await)
            .await;
        match written {
            Err(store::Error::Conflict) => Ok(None),
            written => Ok(written.map(|()| Some(rows))?),
        }
    }

    /// Folds some rows of an organisation. How many it was.
    pub(super) async fn fold_batch(
        &self,
        organisation: OrganisationId,
        edition: &str,
        atlas: &mut Atlas,
    ) -> Result<u64> {
        let entries = self.store.read().ledger(Rows::Unfolded(&[organisation]), None, BATCH).await?;
        if entries.len() as u64 == BATCH {
            return Ok(1 + self.roll_up_anew(organisation, edition, atlas).await?.unwrap_or_default());
        }
        let mut rollup = Rollup::default();
        for entry in &entries {
            rollup.add(&entry.contribution, if entry.fold == Fold::Add { 1 } else { -1 }, atlas);
        }
        // Before anything is held: to look places up takes longest.
        let cells = rollup.cells(atlas);
        let folded = self
            .store
            .write::<_, Error>(async |tx| {
                if tx.hold_rollup(organisation, edition).await?.edition != edition {
                    // It is being made, and has them then.
                    return Ok(false);
                }
                match tx.fold(organisation, edition, &entries, cells).await {
                    // Somebody changed or folded one of them since they were read.
                    Err(store::Error::Conflict) => Err(Error::Retry),
                    done => Ok(done.map(|()| true)?),
                }
            })
            .await;
        match folded {
            Ok(true) => Ok(entries.len() as u64),
            Ok(false) => Ok(0),
            // They are read again in the next round.
            Err(Error::Retry) => Ok(1),
            Err(error) => Err(error),
        }
    }
}
