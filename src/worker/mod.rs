//! The worker: sends messages, works through reactions, rolls up what cases contribute to risk, announces clocks that ran out,
//! posts daily digests and signs checkpoints.
//!
//! It wakes when a command of this process has committed, within half a second when one of another process left messages or
//! reactions, unless these rest because they failed, and every few seconds anyway. Every piece of work is leased, so several
//! workers may share one database, and one that dies loses nothing: another takes its work up when the lease ends. Work of a
//! kind that fails is told once and tried again, later each time; it never ends the worker, and holds up no work of another kind.

mod post;
mod seal;

use std::{
    fmt,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use url::Url;

pub use post::letter;
pub use seal::{Keys, Seal, SealError};

use crate::{
    app::{self, App},
    clock,
    domain::id::OutboxId,
    mail::transport::Mailer,
};

/// Most messages that are claimed, and sent at the same time, in one round.
const MESSAGES: u32 = 8;
/// Most reactions or clocks of one round.
const MOST: u32 = 50;
/// The longest wait after rounds that failed.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Between two looks at clocks, which run in days.
const CLOCKS: Duration = Duration::from_mins(1);
/// Between two sweeps of what has ended.
const SWEEP: Duration = Duration::from_hours(1);

/// How a worker goes about it.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Between two looks when nothing wakes it.
    pub poll: Duration,
    /// How long work is leased; longer than sending one message may take.
    pub lease: TimeDelta,
    /// Between two checkpoints; `None` signs none, because another process does.
    pub checkpoint: Option<Duration>,
    /// Between two looks at whose daily digest is due; `None` posts none, because another process does.
    pub digests: Option<Duration>,
    /// What links in mail begin with.
    pub public_url: Url,
}

/// One worker.
pub struct Worker {
    app: App,
    mailer: Mailer,
    seal: Option<Seal>,
    pace: Pace,
    owner: String,
}

/// What kinds of work a round does; each fails on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Messages,
    Reactions,
    Risk,
    Clocks,
    Digests,
    Sweep,
    Checkpoint,
}

impl Work {
    const ALL: [Self; 7] = [
        Self::Messages,
        Self::Reactions,
        Self::Risk,
        Self::Clocks,
        Self::Digests,
        Self::Sweep,
        Self::Checkpoint,
    ];
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Messages => "messages",
            Self::Reactions => "reactions",
            Self::Risk => "risk",
            Self::Clocks => "clocks",
            Self::Digests => "digests",
            Self::Sweep => "sweep",
            Self::Checkpoint => "checkpoint",
        })
    }
}

/// How each kind of work fares.
#[derive(Clone, Copy, Default)]
struct Fares {
    /// How often it has failed since it last did not.
    failures: u32,
    /// Not before then.
    next: Option<Instant>,
}

impl Worker {
    /// A worker that does nothing until it is run.
    #[must_use]
    pub fn new(app: App, mailer: Mailer, seal: Option<Seal>, pace: Pace) -> Self {
        // A worker is named as a message is: by a fresh identifier.
        let owner = clock::supply().fresh::<OutboxId>().to_string();
        Self { app, mailer, seal, pace, owner }
    }

    /// Works until it is told to stop; then finishes what it has in hand and signs a last checkpoint.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut fares = [Fares::default(); Work::ALL.len()];
        tracing::info!(worker.owner = %self.owner, "worker {} begins", self.owner);
        while !stop.is_cancelled() {
            let mut more = false;
            for (work, fares) in Work::ALL.into_iter().zip(&mut fares) {
                if stop.is_cancelled() {
                    break;
                }
                let Some(every) = self.every(work) else { continue };
                if fares.rests() {
                    continue;
                }
                let span = tracing::info_span!("worker", work = %work);
                match self.work(work).instrument(span).await {
                    Ok(done) => {
                        fares.ended(work, every);
                        more |= done;
                    }
                    Err(error) => fares.failed(work, self.pace.poll, &error),
                }
            }
            if more {
                continue;
            }
            // What failed waits still, and wakes nobody while it rests.
            let rests =
                |of: Work| Work::ALL.into_iter().zip(&fares).any(|(work, fares)| work == of && fares.rests());
            let (messages, reactions) = (!rests(Work::Messages), !rests(Work::Reactions));
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.committed() => {}
                () = self.app.work_waits(messages, reactions) => {}
                () = tokio::time::sleep(self.pace.poll) => {}
            }
        }
        if self.pace.checkpoint.is_some()
            && let Err(error) = self.work(Work::Checkpoint).await
        {
            tracing::error!("the last checkpoint could not be signed: {error:#}");
        }
        tracing::info!(worker.owner = %self.owner, "worker {} ends", self.owner);
    }

    /// How long a kind of work rests once it is done; `None` when this worker does not do it.
    fn every(&self, work: Work) -> Option<Duration> {
        match work {
            Work::Messages | Work::Reactions | Work::Risk => Some(Duration::ZERO),
            Work::Clocks => Some(CLOCKS),
            Work::Digests => self.pace.digests,
            Work::Sweep => Some(SWEEP),
            Work::Checkpoint => self.pace.checkpoint,
        }
    }

    /// Does one kind of work once. Whether there may be more of it.
    async fn work(&mut self, work: Work) -> anyhow::Result<bool> {
        let moment = self.app.now();
        match work {
            Work::Messages => self.send_messages(moment).await,
            Work::Reactions => {
                let done = self.app.work_reactions(&self.owner, self.pace.lease, MOST, moment).await;
                Ok(done.map_err(told)? > 0)
            }
            Work::Risk => Ok(self.app.fold_risk().await.map_err(told)? > 0),
            Work::Clocks => {
                self.app.tick(MOST, moment).await.map_err(told)?;
                Ok(false)
            }
            Work::Digests => Ok(self.app.post_digests(moment).await.map_err(told)? > 0),
            Work::Sweep => {
                let swept = self.app.sweep(moment).await.map_err(told)?;
                tracing::debug!("{swept} keys, sessions and the like had ended");
                Ok(false)
            }
            Work::Checkpoint => {
                if let Some(seal) = &mut self.seal {
                    seal.sign(&self.app, moment).await?;
                }
                Ok(false)
            }
        }
    }
}

impl Fares {
    /// Whether its turn is later.
    fn rests(&self) -> bool {
        self.next.is_some_and(|next| Instant::now() < next)
    }

    /// It failed: it waits for the pause, doubled with every time that it did.
    fn failed(&mut self, work: Work, pause: Duration, error: &anyhow::Error) {
        self.failures = self.failures.saturating_add(1);
        let wait = pause.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT.max(pause));
        self.next = Some(Instant::now() + wait);
        if self.failures == 1 {
            tracing::error!("the worker's {work} failed and is tried again: {error:#}");
        } else {
            tracing::debug!("the worker's {work} failed again: {error:#}");
        }
    }

    fn ended(&mut self, work: Work, every: Duration) {
        if self.failures > 0 {
            tracing::info!("the worker's {work} works again after {} failures", self.failures);
        }
        *self = Self { failures: 0, next: (!every.is_zero()).then(|| Instant::now() + every) };
    }
}

/// An error of a use case with what lies behind it.
fn told(error: app::Error) -> anyhow::Error {
    match error {
        app::Error::Internal(error) => error,
        other => other.into(),
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("owner", &self.owner)
            .field("mailer", &self.mailer)
            .finish_non_exhaustive()
    }
}
