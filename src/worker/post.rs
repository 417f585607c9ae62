//! Messages: claimed under a lease, put into words, sent with no transaction open, settled.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use futures::{StreamExt as _, future, stream::FuturesUnordered};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::{MESSAGES, Worker, told};
use crate::{
    app::{self, Claimed, Dispatch, Invitation, News, OwedCase, Unready, Verdict},
    domain::{
        calendar::Moment,
        id::OutboxId,
        notify::{NoticeFacts, NoticeKind},
    },
    mail::{
        letter::{DigestFacts, Letter, LetterFacts, OwedFacts, usual_reason},
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
        let Claimed { ready, failed, count } = claimed.map_err(told)?;
        let full = count == MESSAGES as usize;
        let put_off = failed.into_iter().map(|message| {
            let Unready { id, failures, queued_at, reason } = message;
            self.settle(id, later(id, queued_at, failures, reason, self.app.now().at))
        });
        let mut ended = future::join_all(put_off).await;
        // What ended at about the same time is recorded at once, while others are still being sent.
        let sent: FuturesUnordered<_> = ready.into_iter().map(|dispatch| self.send(dispatch)).collect();
        let mut settled = sent
            .ready_chunks(MESSAGES as usize)
            .map(|verdicts| self.settle_all(verdicts))
            .buffer_unordered(MESSAGES as usize);
        while let Some(some) = settled.next().await {
            ended.push(some);
        }
        ended.into_iter().collect::<anyhow::Result<()>>()?;
        Ok(full)
    }

    /// Sends one message. How that ended.
    async fn send(&self, dispatch: Dispatch) -> (OutboxId, Verdict) {
        let (id, failures, queued_at) = (dispatch.id, dispatch.failures, dispatch.queued_at);
        let sent = match letter(dispatch, &self.pace.public_url) {
            Ok(letter) => self.mailer.send(&letter, self.app.now()).await.map(drop),
            Err(error) => Err(SendError::Transient { reason: format!("{error:#}") }),
        };
        let verdict = match sent {
            Ok(()) => {
                tracing::info!(outbox.id = %id, "message {id} sent");
                Verdict::Sent
            }
            Err(SendError::Transient { reason }) => later(id, queued_at, failures, reason, self.app.now().at),
            Err(SendError::Refused { reason }) => Verdict::Refused { reason },
            Err(SendError::Permanent { reason }) => Verdict::Dead { reason },
        };
        (id, verdict)
    }

    /// Records how messages fared: those that were sent together.
    async fn settle_all(&self, verdicts: Vec<(OutboxId, Verdict)>) -> anyhow::Result<()> {
        let (sent, others): (Vec<_>, Vec<_>) =
            verdicts.into_iter().partition(|(_, verdict)| *verdict == Verdict::Sent);
        let sent: Vec<OutboxId> = sent.into_iter().map(|(id, _)| id).collect();
        let moment = self.app.now();
        let together = async {
            let recorded = retried(|| self.app.settle_sent(&self.owner, &sent, moment)).await;
            recorded.context("that messages were sent could not be recorded")
        };
        let mut ended = if sent.is_empty() { Vec::new() } else { vec![together.await] };
        for (id, verdict) in others {
            ended.push(self.settle(id, verdict).await);
        }
        ended.into_iter().collect()
    }

    /// Records how a message fared.
    async fn settle(&self, id: OutboxId, verdict: Verdict) -> anyhow::Result<()> {
        if let Verdict::Dead { reason } | Verdict::Refused { reason } = &verdict {
            tracing::error!(outbox.id = %id, "message {id} is given up: {reason}");
        }
        let moment = self.app.now();
        retried(|| self.app.settle_message(&self.owner, id, verdict.clone(), moment))
            .await
            .with_context(|| format!("what became of message {id} could not be recorded"))
    }
}

/// Tries a few times while the database is busy.
async fn retried<F: Future<Output = app::Result<()>>>(write: impl Fn() -> F) -> anyhow::Result<()> {
    let mut tries = 0;
    loop {
        tries += 1;
        match write().await {
            Err(app::Error::Retry) if tries < TRIES => {}
            other => return other.map_err(told),
        }
    }
}

/// The message waits for its next attempt, or is given up at its deadline.
fn later(
    id: OutboxId,
    queued_at: DateTime<Utc>,
    failures: u32,
    reason: String,
    now: DateTime<Utc>,
) -> Verdict {
    match retry::next_attempt(queued_at, failures.saturating_add(1), now) {
        Some(at) => {
            tracing::warn!(outbox.id = %id, "message {id} waits until {at}: {reason}");
            Verdict::Retry { at, reason }
        }
        None => Verdict::Dead { reason: format!("given up after its deadline: {reason}") },
    }
}

/// The message as mail knows it.
pub fn letter(dispatch: Dispatch, public_url: &Url) -> anyhow::Result<Letter> {
    let kind = dispatch.kind;
    let organisation = dispatch.organisation;
    let mut facts = said(kind, dispatch.facts, dispatch.actor_name, organisation.clone(), public_url)?;
    facts.reexamination_due = dispatch.reexamination_due;
    if dispatch.account {
        facts.preferences = Some(public_url.join("mail-preferences")?);
    }
    if let Some((token, until)) = dispatch.reset {
        // Behind `#`, so that no server on the way writes the token into its log.
        let page = public_url.join("reset-password")?;
        facts.secret_link = Some(SecretString::from(format!("{page}#{}", token.expose_secret())));
        facts.what = Some(format!("at {} UTC", until.format("%H:%M on %-d %B %Y")));
    }
    if let Some(Invitation { token, until }) = dispatch.invitation {
        // The page works without a script, so what is behind `#` would not reach it.
        let page = public_url.join("condition")?;
        facts.secret_link = Some(SecretString::from(format!("{page}?link={}", token.expose_secret())));
        facts.secret_until = Some(until);
    }
    if let Some(digest) = dispatch.digest {
        facts.digest.more = digest.more;
        for case in digest.owed {
            let OwedCase { reference, title, reexamination_due, tasks } = case;
            let link = page(public_url, &reference)?;
            let tasks = tasks.into_iter().map(|task| (task.reason, task.due)).collect();
            facts.digest.owed.push(OwedFacts { reference, title, link, reexamination_due, tasks });
        }
        for News { kind, facts: of, actor_name, reexamination_due } in digest.news {
            let mut of = said(kind, of, actor_name, organisation.clone(), public_url)?;
            of.reexamination_due = reexamination_due;
            facts.digest.news.push((kind, of));
        }
    }
    Ok(Letter { id: dispatch.id, kind, to_name: dispatch.to_name, to_address: dispatch.to_address, facts })
}

/// What a message says of its case.
fn said(
    kind: NoticeKind,
    facts: NoticeFacts,
    actor_name: Option<String>,
    organisation: String,
    public_url: &Url,
) -> anyhow::Result<LetterFacts> {
    Ok(LetterFacts {
        link: page(public_url, &facts.reference)?,
        reference: facts.reference,
        title: facts.title,
        organisation,
        actor_name,
        what: facts.what,
        due: facts.due,
        reexamination_due: None,
        sections: facts.sections,
        meeting: facts.meeting,
        secret_link: None,
        secret_until: None,
        sent_because: usual_reason(kind).to_owned(),
        preferences: None,
        digest: DigestFacts::default(),
    })
}

/// Where a case is read; where one signs in when there is none.
fn page(public_url: &Url, reference: &str) -> anyhow::Result<Url> {
    Ok(if reference.is_empty() {
        public_url.clone()
    } else {
        public_url.join(&format!("assessments/{reference}"))?
    })
}
