//! Messages: claimed under a lease, put into words, sent with no transaction open, settled.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use futures::future;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{MESSAGES, Worker, told};
use crate::{
    app::{self, Claimed, Dispatch, Unready, Verdict},
    clock,
    domain::{calendar::Moment, id::OutboxId},
    mail::{
        letter::{Letter, LetterFacts, usual_reason},
        retry,
        transport::SendError,
    },
};

/// How often a verdict is written again while the database is busy.
const TRIES: u32 = 3;

impl Worker {
    /// Sends what is due. Whether there may be more.
    pub(super) async fn send_messages(&self, moment: Moment) -> anyhow::Result<bool> {
        let claimed = self.app.claim_messages(&self.owner, self.pace.lease, MESSAGES, moment).await;
        let Claimed { ready, failed } = claimed.map_err(told)?;
        let full = ready.len() + failed.len() == MESSAGES as usize;
        let put_off = failed.into_iter().map(|message| {
            let Unready { id, failures, queued_at, reason } = message;
            self.settle(id, later(id, queued_at, failures, reason))
        });
        let put_off = future::join_all(put_off).await;
        let sent = future::join_all(ready.into_iter().map(|dispatch| self.send(dispatch))).await;
        put_off.into_iter().chain(sent).collect::<anyhow::Result<()>>()?;
        Ok(full)
    }

    /// Sends one message and records how that ended.
    async fn send(&self, dispatch: Dispatch) -> anyhow::Result<()> {
        let (id, failures, queued_at) = (dispatch.id, dispatch.failures, dispatch.queued_at);
        let sent = match letter(dispatch, &self.pace.public_url) {
            Ok(letter) => self.mailer.send(&letter, clock::now()).await.map(drop),
            Err(error) => Err(SendError::Transient { reason: format!("{error:#}") }),
        };
        let verdict = match sent {
            Ok(()) => {
                tracing::info!(outbox.id = %id, "message {id} sent");
                Verdict::Sent
            }
            Err(SendError::Transient { reason }) => later(id, queued_at, failures, reason),
            Err(SendError::Permanent { reason }) => Verdict::Dead { reason },
        };
        self.settle(id, verdict).await
    }

    /// Records how a message fared.
    async fn settle(&self, id: OutboxId, verdict: Verdict) -> anyhow::Result<()> {
        if let Verdict::Dead { reason } = &verdict {
            tracing::error!(outbox.id = %id, "message {id} is given up: {reason}");
        }
        let moment = clock::now();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.app.settle_message(&self.owner, id, verdict.clone(), moment).await {
                Err(app::Error::Retry) if tries < TRIES => {}
                other => {
                    return other
                        .map_err(told)
                        .with_context(|| format!("what became of message {id} could not be recorded"));
                }
            }
        }
    }
}

/// The message waits for its next attempt, or is given up at its deadline.
fn later(id: OutboxId, queued_at: DateTime<Utc>, failures: u32, reason: String) -> Verdict {
    match retry::next_attempt(queued_at, failures.saturating_add(1), clock::now().at) {
        Some(at) => {
            tracing::warn!(outbox.id = %id, "message {id} waits until {at}: {reason}");
            Verdict::Retry { at, reason }
        }
        None => Verdict::Dead { reason: format!("given up after its deadline: {reason}") },
    }
}

/// The message as mail knows it.
fn letter(dispatch: Dispatch, public_url: &Url) -> anyhow::Result<Letter> {
    let facts = dispatch.facts;
    let mut what = facts.what;
    let mut secret_link = None;
    let mut link = public_url.clone();
    if let Some((token, until)) = dispatch.reset {
        // Behind `#`, so that no server on the way writes the token into its log.
        let page = public_url.join("reset-password")?;
        secret_link = Some(SecretString::from(format!("{page}#{}", token.expose_secret())));
        what = Some(format!("at {} UTC", until.format("%H:%M on %-d %B %Y")));
    } else if !facts.reference.is_empty() {
        link = public_url.join(&format!("assessments/{}", facts.reference))?;
    }
    Ok(Letter {
        id: dispatch.id,
        kind: dispatch.kind,
        to_name: dispatch.to_name,
        to_address: dispatch.to_address,
        facts: LetterFacts {
            reference: facts.reference,
            title: facts.title,
            organisation: dispatch.organisation,
            actor_name: dispatch.actor_name,
            what,
            due: facts.due,
            sections: facts.sections,
            meeting: facts.meeting,
            link,
            secret_link,
            sent_because: usual_reason(dispatch.kind).to_owned(),
        },
    })
}
