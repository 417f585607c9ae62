//! What the worker is to do: messages to send, reactions to work through, clocks that ran out.

use chrono::{DateTime, Duration, Utc};
use secrecy::SecretString;

use crate::{
    app::{App, Error, Result, command},
    clock,
    domain::{
        calendar::Moment,
        case::Case,
        event::{EventKind, Happening},
        id::{AssessmentId, OutboxId},
        interdependency,
        notify::{self, NoticeFacts, NoticeKind, Recipient},
        permission::{self, Action, Actor},
        task::{self, Doer, Task, TaskKind},
        workflow::{Phase, clock::tick, engine::Applied},
    },
    identity::token::{self, Purpose},
    store::{self, Tx, outbox::Message, reaction::Reaction},
};

/// Minutes a link to set a new password lasts.
const RESET_MINUTES: i64 = 60;
/// How often a reaction is tried before it is given up, for an operator to look at.
const REACTION_ATTEMPTS: u32 = 20;
/// The longest wait between two attempts of a reaction, in minutes; the first is one, doubled each time.
const LONGEST_WAIT: i32 = 60;

/// A message that is due, with all that its sending needs.
#[derive(Debug)]
pub struct Dispatch {
    /// The outbox row.
    pub id: OutboxId,
    /// Its kind.
    pub kind: NoticeKind,
    /// The recipient's name.
    pub to_name: String,
    /// The recipient's address.
    pub to_address: String,
    /// The organisation on whose behalf it is sent.
    pub organisation: String,
    /// The name of who acted.
    pub actor_name: Option<String>,
    /// What it says of its case.
    pub facts: NoticeFacts,
    /// The case it is about.
    pub assessment: Option<AssessmentId>,
    /// For a password reset: the token that the link carries, and until when it works.
    pub reset: Option<(SecretString, DateTime<Utc>)>,
    /// How often sending it failed already.
    pub failures: u32,
    /// When it was written.
    pub queued_at: DateTime<Utc>,
}

/// A message that is due and could not be made ready.
#[derive(Debug)]
pub struct Unready {
    /// The outbox row.
    pub id: OutboxId,
    /// How often that, or sending it, failed already.
    pub failures: u32,
    /// When it was written.
    pub queued_at: DateTime<Utc>,
    /// Why; without addresses.
    pub reason: String,
}

/// Messages that are due.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Those to send.
    pub ready: Vec<Dispatch>,
    /// Those to try again later.
    pub failed: Vec<Unready>,
}

/// How sending ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server took it.
    Sent,
    /// It is tried again then.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why it failed; without addresses.
        reason: String,
    },
    /// It is not tried again.
    Dead {
        /// Why; without addresses.
        reason: String,
    },
}

impl App {
    /// Claims messages that are due. Those that no longer apply are dropped here, with the reason kept; one that
    /// cannot be made ready is told, and keeps no other from being sent.
    pub async fn claim_messages(
        &self,
        owner: &str,
        lease: Duration,
        most: u32,
        moment: Moment,
    ) -> Result<Claimed> {
        let messages = self.store.claim_outbox(owner, moment.at, lease, most.into()).await?;
        let mut claimed = Claimed::default();
        for message in messages {
            // The claim that is under way counts as an attempt, too.
            let (id, failures) = (message.id, message.attempts.saturating_sub(1));
            let queued_at = message.created_at;
            let made = async {
                match self.dispatch(message, moment).await? {
                    Ok(dispatch) => Ok(Some(dispatch)),
                    Err(reason) => {
                        self.store.mark_dropped(id, owner, reason).await?;
                        Ok::<_, Error>(None)
                    }
                }
            };
            match made.await {
                Ok(dispatch) => claimed.ready.extend(dispatch),
                Err(error) => {
                    claimed.failed.push(Unready { id, failures, queued_at, reason: reason(&error) });
                }
            }
        }
        Ok(claimed)
    }

    /// Records how sending a message ended. A verdict of a worker whose lease was taken over changes nothing.
    pub async fn settle_message(
        &self,
        owner: &str,
        id: OutboxId,
        verdict: Verdict,
        moment: Moment,
    ) -> Result<()> {
        match verdict {
            Verdict::Sent => self.store.mark_sent(id, owner, moment.at).await?,
            Verdict::Retry { at, reason } => self.store.mark_retry(id, owner, at, &reason).await?,
            Verdict::Dead { reason } => self.store.mark_dead(id, owner, &reason).await?,
        };
        Ok(())
    }

    /// The message with all it needs, or why it is dropped.
    async fn dispatch(&self, message: Message, moment: Moment) -> Result<Result<Dispatch, &'static str>> {
        let read = self.store.read();
        let (to_name, to_address) = match message.notice.to {
            Recipient::Person(person) => {
                let Some(found) = read.person(person).await? else {
                    return Ok(Err("the account is gone"));
                };
                if found.disabled_at.is_some() {
                    return Ok(Err("the account was disabled"));
                }
                if let Some(reason) = self.superseded(&message, person, moment).await? {
                    return Ok(Err(reason));
                }
                (found.name, found.email)
            }
            Recipient::Contact(contact) => match read.contacts(&[contact]).await?.into_iter().next() {
                Some(contact) => (contact.name, contact.email),
                None => return Ok(Err("the contact was erased")),
            },
        };
        let organisation = read.organisation(message.about.organisation).await?;
        let actor_name = match message.notice.facts.actor {
            Some(actor) => read.person(actor).await?.map(|person| person.name),
            None => None,
        };
        let reset = match (message.notice.kind, message.notice.to) {
            (NoticeKind::PasswordReset, Recipient::Person(person)) => {
                let token = token::mint(Purpose::Reset).map_err(Error::Internal)?;
                let until = moment.at + Duration::minutes(RESET_MINUTES);
                let digest = token::digest(&token);
                let kept = async |tx: &mut Tx| tx.add_reset(&digest, person, moment.at, until).await;
                self.store.write::<_, store::Error>(kept).await?;
                Some((token, until))
            }
            _ => None,
        };
        Ok(Ok(Dispatch {
            id: message.id,
            kind: message.notice.kind,
            to_name,
            to_address,
            organisation: organisation.map(|organisation| organisation.name).unwrap_or_default(),
            actor_name,
            facts: message.notice.facts,
            assessment: message.about.assessment,
            reset,
            failures: message.attempts.saturating_sub(1),
            queued_at: message.created_at,
        }))
    }

    /// Why a message about a case no longer applies to this person, if it does not.
    async fn superseded(
        &self,
        message: &Message,
        person: crate::domain::id::PersonId,
        moment: Moment,
    ) -> Result<Option<&'static str>> {
        if let Some(meeting) = &message.notice.facts.meeting {
            return self.invitation_superseded(message.notice.kind, meeting, person, moment).await;
        }
        let Some(id) = message.about.assessment else { return Ok(None) };
        let surroundings = self.surroundings(id, moment).await?;
        let Some(case) = self.store.read().case(id).await? else { return Ok(Some("the assessment is gone")) };
        let view = surroundings.view(case, moment)?;
        let grants = self.store.read().grants(person, moment.today).await?;
        let actor = Actor { person, grants, read_only: true };
        if permission::permit(&actor, Action::SeeStub, &view.case, view.head.phase).is_err() {
            return Ok(Some("the recipient may no longer see the assessment"));
        }
        let tasks = task::tasks(&view.case, &view.workflow);
        let mine = |task: &&Task| match task.doer {
            Doer::Person(doer) => doer == person,
            Doer::Role(role) => actor.holds(view.case.organisation, role),
        };
        let stands = match message.notice.kind {
            NoticeKind::PanelAssigned => {
                let members = view.case.process.panel.iter().flat_map(|panel| &panel.members);
                members.into_iter().any(|member| member.person == person)
            }
            // What was due that day is still to be done, by this person or by those they watch over.
            NoticeKind::Reminder => {
                let day = message.notice.facts.due;
                let mut due = tasks.iter().filter(|task| task.due == day);
                let oversees = notify::OVERSEE.iter().any(|role| actor.holds(view.case.organisation, *role));
                let runs = view.case.process.clocks.values().any(|clock| clock.due == day);
                (oversees && runs) || due.any(|task| oversees || mine(&task))
            }
            NoticeKind::ReviewsComplete => {
                let asked = |task: &&Task| matches!(task.kind, TaskKind::Conclude | TaskKind::AssignPanel);
                view.head.phase == Phase::Review || tasks.iter().filter(mine).any(|task| asked(&task))
            }
            NoticeKind::Named => {
                view.head.phase != Phase::Closed
                    && permission::is_party(&view.case, person)
                    && permission::permit(&actor, Action::Read, &view.case, view.head.phase).is_ok()
            }
            NoticeKind::ReexaminationOpened => view.case.process.reexamination.is_some(),
            _ => true,
        };
        Ok((!stands).then_some("what it asks for was done or no longer applies"))
    }

    /// Works through reactions that are due: what relies on a decided case is told, and its reliances are set.
    /// Returns how many were done.
    pub async fn work_reactions(
        &self,
        owner: &str,
        lease: Duration,
        most: u32,
        moment: Moment,
    ) -> Result<usize> {
        let reactions = self.store.claim_reactions(owner, moment.at, lease, most.into()).await?;
        let count = reactions.len();
        let mut failed = None;
        for reaction in reactions {
            let Err(error) = self.react(&reaction, owner, moment).await else { continue };
            let reason = reason(&error);
            let next = (reaction.attempts < REACTION_ATTEMPTS).then(|| {
                let minutes = 1 << reaction.attempts.saturating_sub(1).min(6);
                moment.at + Duration::minutes(i64::from(minutes.min(LONGEST_WAIT)))
            });
            if next.is_none() {
                tracing::error!(
                    "the reaction {} of {} is given up: {reason}",
                    reaction.id,
                    reaction.assessment
                );
            }
            // What cannot be noted either is taken up again when its lease ends.
            if let Err(error) = self.store.postpone_reaction(reaction.id, owner, next, &reason).await {
                failed.get_or_insert(error);
            }
        }
        match failed {
            Some(error) => Err(error.into()),
            None => Ok(count),
        }
    }

    /// One case reacts, in a transaction of its own; doing it twice changes nothing more.
    async fn react(&self, reaction: &Reaction, owner: &str, moment: Moment) -> Result<()> {
        let surroundings = self.surroundings(reaction.assessment, moment).await?;
        self.store
            .write::<_, Error>(async |tx| {
                // Its targets before the case itself: whoever is deciding one of them is waited for, and may be about
                // to write a reaction of this case.
                let known = tx.read().case(reaction.assessment).await?.ok_or(Error::NotFound)?;
                let targets = targets(&known);
                let standing = tx.standings(known.organisation, &targets).await?;
                let case = tx.case(reaction.assessment).await?.ok_or(Error::NotFound)?;
                let before = surroundings.view(case, moment)?;
                if self::targets(&before.case) != targets {
                    return Err(Error::Retry);
                }
                let mut case = before.case.clone();
                case.process.holds = interdependency::holds(&case, &standing);
                if case.process.holds != before.case.process.holds {
                    case.version += 1;
                    case.updated_at = moment.at;
                    let payload =
                        serde_json::json!({ "source": reaction.source, "holds": case.process.holds });
                    let happenings = vec![Happening::case(EventKind::RelianceChanged, payload)];
                    let applied = Applied { case, happenings, record: None };
                    let mut supply = clock::supply();
                    Box::pin(command::commit(tx, &surroundings, &before, applied, None, moment, &mut supply))
                        .await?;
                }
                // A lease that was taken over rolls the whole back: somebody else does it.
                if tx.reaction_done(reaction.id, owner).await? { Ok(()) } else { Err(Error::Retry) }
            })
            .await
    }

    /// Announces clocks that ran out, each once, `most` cases read at a time. Returns how many cases were touched. One
    /// that cannot be read keeps no other from being announced, and is told at the end.
    pub async fn tick(&self, most: u32, moment: Moment) -> Result<usize> {
        let (mut touched, mut failed, mut after) = (0, None, None);
        loop {
            let due = self.store.read().overdue(moment.today, after, most.into()).await?;
            let Some(last) = due.last() else { break };
            after = Some(*last);
            for id in due {
                match self.announce(id, moment).await {
                    Ok(done) => touched += usize::from(done),
                    Err(error) => {
                        failed.get_or_insert(error);
                    }
                }
            }
        }
        failed.map_or(Ok(touched), Err)
    }

    /// One case; whether there was anything to announce.
    async fn announce(&self, id: AssessmentId, moment: Moment) -> Result<bool> {
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let workflow = self.pinned(case.organisation, &case.workflow).await?;
        if tick(&case, &workflow, moment).is_none() {
            return Ok(false);
        }
        let surroundings = self.surroundings(id, moment).await?;
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                let before = surroundings.view(case, moment)?;
                let Some(applied) = tick(&before.case, &before.workflow, moment) else { return Ok(false) };
                let mut supply = clock::supply();
                Box::pin(command::commit(tx, &surroundings, &before, applied, None, moment, &mut supply))
                    .await?;
                Ok(true)
            })
            .await
    }

    /// Forgets what has ended: idempotency keys after their day, sessions, tokens, resets and counts of failures a day
    /// after their end. Returns how much.
    pub async fn sweep(&self, moment: Moment) -> Result<u64> {
        let keys = self.store.forget_keys(moment.at).await?;
        Ok(keys + self.store.sweep_sessions(moment.at - Duration::days(1)).await?)
    }
}

/// The cases that a case names.
fn targets(case: &Case) -> Vec<AssessmentId> {
    case.content.interdependencies.iter().filter_map(|edge| edge.target).collect()
}

/// Why it failed, for an operator; without addresses.
fn reason(error: &Error) -> String {
    match error {
        Error::Internal(inner) => format!("{inner:#}"),
        other => other.to_string(),
    }
}
