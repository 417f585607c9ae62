//! Folding the ledger into the roll-up: the worker's part, a batch of one organisation in each transaction. Whatever
//! stops it, what was not folded is read from the ledger, and folded later.
//!
//! Where much waits, or places or the way of counting changed, the roll-up is made anew and written at once: until then
//! nobody asks it. One makes it at a time, under a lease that is put off while it is made, by the time of the machines:
//! others leave it alone until it is written, or take it over when its maker died and the lease ran out.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument as _;

use crate::{
    app::{App, Error, Result},
    clock,
    domain::{
        id::{OrganisationId, OutboxId},
        risk::{Atlas, Rollup},
    },
    store::{
        self,
        risk::{
            ledger::{Fold, Rows},
            making::Claim,
        },
    },
};

/// Rows of the ledger that are folded in one transaction; where more wait, the roll-up is made anew.
const BATCH: u64 = 2_000;
/// Cases whose rows are marked in one transaction.
const MARKED: u64 = 5_000;
/// How long a maker of a roll-up that died keeps others from making it.
const LEASE: TimeDelta = TimeDelta::minutes(1);
/// How often whoever makes one puts that off.
const RENEWED: Duration = Duration::from_secs(15);

/// What became of making a roll-up anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Making {
    /// It has so many rows.
    Made(u64),
    /// It was made meanwhile, as it should be.
    Needless,
    /// Somebody else makes it, until then unless they go on.
    Elsewhere(DateTime<Utc>),
    /// Somebody else took it over, because this process stood still for longer than a lease lasts, or it has to be begun anew.
    Lost,
}

impl Making {
    /// How many rows it made to be rolled up; one more, so that whoever asks looks whether there is more to do.
    const fn rows(self) -> u64 {
        match self {
            Self::Made(rows) => 1 + rows,
            // Whoever has it makes it: there is nothing to do here.
            Self::Needless | Self::Elsewhere(_) | Self::Lost => 0,
        }
    }
}

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
        let mut failed = None;
        for organisation in self.store.read().rolled_up_otherwise(&edition, clock::now().at).await? {
            match self.roll_up_anew(organisation, &edition, &mut atlas, false).await {
                Ok(making) => folded += making.rows(),
                Err(error) => {
                    failed.get_or_insert(error);
                }
            }
        }
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

    /// Makes an organisation's roll-up anew from its rows, unless somebody else makes it; `again` though it was made by this
    /// edition.
    pub(super) async fn roll_up_anew(
        &self,
        organisation: OrganisationId,
        edition: &str,
        atlas: &mut Atlas,
        again: bool,
    ) -> Result<Making> {
        // Each making has a maker of its own: a process that failed at one is not taken for being at it.
        let maker = clock::supply().fresh::<OutboxId>().to_string();
        let unless = (!again).then_some(edition);
        let lease = (clock::now().at, LEASE);
        let claimed =
            self.store.write(async |tx| tx.claim_rollup(organisation, &maker, lease, unless).await).await?;
        let generation = match claimed {
            Claim::Granted(generation) => generation,
            Claim::Taken(until) => return Ok(Making::Elsewhere(until)),
            Claim::Made => return Ok(Making::Needless),
        };
        let kept = self.keep_rollup(organisation, maker.clone());
        let made = self.sum_up(organisation, generation, edition, atlas).await;
        drop(kept);
        // The next need not wait for the lease to run out, whether this failed or the rows were counted otherwise meanwhile; if
        // this fails too, they do. Whoever took it over has a name of their own, and keeps it.
        if !matches!(made, Ok(Some(_)))
            && let Err(error) = self.store.leave_rollup(organisation, &maker).await
        {
            tracing::warn!("the lease of a roll-up is left to run out: {error}");
        }
        match made? {
            Some(rows) => Ok(Making::Made(rows)),
            None => Ok(Making::Lost),
        }
    }

    /// Puts off when the lease of a roll-up runs out, as long as what is returned lives.
    fn keep_rollup(&self, organisation: OrganisationId, maker: String) -> DropGuard {
        let stop = CancellationToken::new();
        let (store, stopped) = (self.store.clone(), stop.clone());
        let keep = async move {
            while stopped.run_until_cancelled(tokio::time::sleep(RENEWED)).await.is_some() {
                match store.renew_rollup(organisation, &maker, clock::now().at + LEASE).await {
                    Ok(true) => {}
                    // Whoever has it now is found out about when it is to be written.
                    Ok(false) => break,
                    Err(error) => tracing::warn!("the lease of a roll-up was not put off: {error}"),
                }
            }
        };
        tokio::spawn(keep.instrument(tracing::info_span!("roll-up lease", organisation.id = %organisation)));
        stop.drop_guard()
    }

    /// Sums an organisation's rows up and writes the roll-up. How many rows it has then; `None` when somebody else makes it
    /// by now.
    ///
    /// It is the sum of the rows that are marked as in it. While nobody asks it, every row that stands is marked; then
    /// they are read as of one moment and summed up, and the sum is written if nobody has marked anything since. Rows that
    /// commands close or add meanwhile say so by their marks, and are folded later.
    async fn sum_up(
        &self,
        organisation: OrganisationId,
        generation: i64,
        edition: &str,
        atlas: &mut Atlas,
    ) -> Result<Option<u64>> {
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
        let state = self.store.read().rollup_states(&[organisation]).await?.remove(&organisation);
        if state.is_some_and(|state| state.edition != edition) {
            // Somebody is making it, and has them then.
            return Ok(0);
        }
        let entries = self.store.read().ledger(Rows::Unfolded(&[organisation]), None, BATCH).await?;
        if entries.len() as u64 == BATCH {
            return Ok(self.roll_up_anew(organisation, edition, atlas, true).await?.rows());
        }
        // Whoever made it anew meanwhile has them.
        if entries.is_empty() {
            return Ok(0);
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
