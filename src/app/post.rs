//! What the worker is to do: messages to send, reactions to work through, clocks that ran out.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use secrecy::SecretString;

use crate::{
    app::{App, Digest, Error, Invitation, Result, View, command, digest, summary},
    clock,
    domain::{
        calendar::Moment,
        case::{Case, ShareLevel},
        event::{EventKind, Happening},
        id::{AssessmentId, ContactId, OutboxId, PersonId},
        interdependency,
        notify::{self, NoticeFacts, NoticeKind, Recipient, applies},
        preference::MailTiming,
        workflow::{Phase, Standing, deadline, discussion, engine::Applied},
    },
    identity::token::{self, Purpose},
    store::{
        self, Tx,
        outbox::{Message, MessageState},
        reaction::{Reaction, ReactionKind},
    },
};

/// Minutes a link to set a new password lasts.
const RESET_MINUTES: i64 = 60;
/// Days that are remembered of whom was written to on which day.
const DAYS_KEPT: i64 = 7;
/// Most cases that are kept in mind while messages are made ready.
const SEEN: usize = 50;
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
    /// Whether the recipient has an account, and so may choose what they are sent.
    pub account: bool,
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
    /// The day by which an open re-examination of that case must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// What the daily digest says, when it is one.
    pub digest: Option<Digest>,
    /// For a password reset: the token that the link carries, and until when it works.
    pub reset: Option<(SecretString, DateTime<Utc>)>,
    /// For somebody without an account: the link that lets them do what the message asks.
    pub invitation: Option<Invitation>,
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
    /// How many were claimed, with those that wait for a digest or are no longer sent.
    pub count: usize,
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
    /// The recipient's address was refused for good.
    Refused {
        /// Why; without addresses.
        reason: String,
    },
    /// It is not tried again.
    Dead {
        /// Why; without addresses.
        reason: String,
    },
}

/// Cases that messages of one batch are about, each read once however many of them it is.
#[derive(Default)]
pub(super) struct Seen(HashMap<AssessmentId, Option<Arc<View>>>);

impl Seen {
    /// The case; `None` when it is gone.
    async fn case(&mut self, app: &App, id: AssessmentId, moment: Moment) -> Result<Option<Arc<View>>> {
        if let Some(seen) = self.0.get(&id) {
            return Ok(seen.clone());
        }
        if self.0.len() >= SEEN {
            self.0.clear();
        }
        let view = app.unseen(id, moment).await?.map(Arc::new);
        self.0.insert(id, view.clone());
        Ok(view)
    }
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
        let mut claimed = Claimed { count: messages.len(), ..Claimed::default() };
        let people: Vec<PersonId> =
            messages.iter().filter_map(|message| message.notice.to.person()).collect();
        let preferences = self.store.read().mail_preferences(&people).await?;
        let due = messages.iter().filter(|message| digest::is_due(message, moment));
        let digests: Vec<_> = due.filter_map(|one| Some((one.id, one.notice.to.person()?))).collect();
        // What cannot be found out for all of them is found out for each: one that fails holds up no other.
        let mut said = self.digests(&digests, &preferences, moment).await.ok();
        let mut seen = Seen::default();
        for message in messages {
            // The claim that is under way counts as an attempt, too.
            let (id, failures) = (message.id, message.attempts.saturating_sub(1));
            let queued_at = message.created_at;
            let timing = match message.notice.to.person().and_then(|person| preferences.get(&person)) {
                Some(preferences) => preferences.timing(message.notice.kind),
                None => MailTiming::AtOnce,
            };
            let digest = match (&mut said, message.notice.kind, message.notice.to) {
                (Some(said), ..) => Ok(said.remove(&id)),
                (None, NoticeKind::DailyDigest, Recipient::Person(person)) => {
                    self.digests(&[(id, person)], &preferences, moment).await.map(|mut said| said.remove(&id))
                }
                _ => Ok(None),
            };
            let made = async {
                let reason = match timing {
                    MailTiming::AtOnce => match self.dispatch(message, digest?, &mut seen, moment).await? {
                        Ok(dispatch) => return Ok(Some(dispatch)),
                        Err(reason) => reason,
                    },
                    MailTiming::Digest => {
                        self.store.hold(id, owner, moment.at).await?;
                        return Ok(None);
                    }
                    MailTiming::Off => "the recipient has switched off messages of this kind",
                };
                self.store.mark_dropped(id, owner, reason).await?;
                Ok::<_, Error>(None)
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

    /// Records that messages were sent, all at once. Those whose lease was taken over stay as they are.
    pub async fn settle_sent(&self, owner: &str, ids: &[OutboxId], moment: Moment) -> Result<()> {
        self.store.mark_sent(ids, owner, moment.at).await?;
        Ok(())
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
            Verdict::Refused { reason } => return self.refused(owner, id, &reason, moment).await,
            Verdict::Sent => return self.settle_sent(owner, &[id], moment).await,
            Verdict::Retry { at, reason } => self.store.mark_retry(id, owner, at, &reason).await?,
            Verdict::Dead { reason } => self.store.mark_dead(id, owner, &reason).await?,
        };
        Ok(())
    }

    /// The message with all it needs, or why it is dropped.
    async fn dispatch(
        &self,
        message: Message,
        digest: Option<Digest>,
        seen: &mut Seen,
        moment: Moment,
    ) -> Result<Result<Dispatch, &'static str>> {
        let read = self.store.read();
        let (to_name, to_address) = match message.notice.to {
            Recipient::Person(person) => {
                let Some(found) = read.person(person).await? else {
                    return Ok(Err("the account is gone"));
                };
                if found.disabled_at.is_some() {
                    return Ok(Err("the account was disabled"));
                }
                if let Some(reason) = digest::superseded(&message, digest.as_ref(), moment) {
                    return Ok(Err(reason));
                }
                if let Some(reason) = self.superseded(&message, person, seen, moment).await? {
                    return Ok(Err(reason));
                }
                (found.name, found.email)
            }
            Recipient::Contact(contact) => match read.contacts(&[contact]).await?.into_iter().next() {
                Some(contact) => {
                    if let Some(reason) = self.superseded_contact(&message, contact.id, seen, moment).await? {
                        return Ok(Err(reason));
                    }
                    (contact.name, contact.email)
                }
                None => return Ok(Err("the contact was erased")),
            },
        };
        let asks = notify::asks_author(&message.notice);
        let mut facts = message.notice.facts;
        if let (NoticeKind::AddressFailed, Recipient::Person(person)) =
            (message.notice.kind, message.notice.to)
        {
            facts.sections = self.unreachable_for(person, moment.today).await?;
            if facts.sections.is_empty() {
                return Ok(Err("mail reaches everybody again"));
            }
        }
        if let Some(id) = message.about.assessment.filter(|_| asks) {
            facts.sections =
                seen.case(self, id, moment).await?.map(|view| asked_about(&view)).unwrap_or_default();
        }
        let organisation = read.organisation(message.about.organisation).await?;
        let reexamination_due = match (message.about.assessment, message.notice.kind) {
            // It says so itself.
            (None, _) | (_, NoticeKind::ReexaminationOpened) => None,
            (Some(id), _) => seen.case(self, id, moment).await?.and_then(|view| view.head.reexamination_due),
        };
        let actor_name = match facts.actor {
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
        let invitation = match (message.notice.to, message.about.assessment) {
            (Recipient::Contact(contact), Some(id)) => self.invite(id, contact, moment).await?,
            _ => None,
        };
        Ok(Ok(Dispatch {
            id: message.id,
            kind: message.notice.kind,
            account: message.notice.to.person().is_some(),
            to_name,
            to_address,
            organisation: organisation.map(|organisation| organisation.name).unwrap_or_default(),
            actor_name,
            facts,
            assessment: message.about.assessment,
            reexamination_due,
            digest,
            reset,
            invitation,
            failures: message.attempts.saturating_sub(1),
            queued_at: message.created_at,
        }))
    }

    /// Why a message about a case no longer applies to this person, if it does not.
    pub(super) async fn superseded(
        &self,
        message: &Message,
        person: PersonId,
        seen: &mut Seen,
        moment: Moment,
    ) -> Result<Option<&'static str>> {
        if let Some(meeting) = &message.notice.facts.meeting {
            return self.invitation_superseded(message.notice.kind, meeting, person, moment).await;
        }
        if message.notice.kind == NoticeKind::DeputyNamed {
            let (facts, of) = (&message.notice.facts, message.about.organisation);
            return self.deputy_superseded(facts, person, of, moment).await;
        }
        let Some(id) = message.about.assessment else { return Ok(None) };
        let Some(view) = seen.case(self, id, moment).await? else {
            return Ok(Some("the assessment is gone"));
        };
        let actor = self.person_as_actor(person, moment).await?;
        let now = applies::Now {
            case: &view.case,
            workflow: &view.workflow,
            settings: &view.frame.organisation.settings,
        };
        let notice = &message.notice;
        if let Some(reason) = applies::superseded(notice, message.created_at, &actor, now) {
            return Ok(Some(reason));
        }
        if notice.kind == NoticeKind::Reminder {
            return self.told_before(message).await;
        }
        let asks = notify::asks_author(notice) && self.asked_before(message).await?;
        Ok(asks.then_some("another message tells it with all else that is asked"))
    }

    /// Whether an earlier message that the panel asks something tells this one too: it has not been sent yet, or was
    /// sent after this was asked.
    async fn asked_before(&self, message: &Message) -> Result<bool> {
        let others = self.store.read().also_told(message, message.created_at - Duration::days(7)).await?;
        Ok(others.iter().any(|other| {
            let sent_since = other.sent_at.is_none_or(|at| at >= message.created_at);
            let waits =
                matches!(other.state, MessageState::Pending | MessageState::Leased | MessageState::Sent);
            let earlier = (other.created_at, other.id) < (message.created_at, message.id);
            notify::asks_author(&other.notice) && earlier && waits && sent_since
        }))
    }

    /// The same of a message to a party without an account.
    async fn superseded_contact(
        &self,
        message: &Message,
        contact: ContactId,
        seen: &mut Seen,
        moment: Moment,
    ) -> Result<Option<&'static str>> {
        let Some(id) = message.about.assessment else { return Ok(None) };
        let kind = message.notice.kind;
        if kind == NoticeKind::Reminder
            && let Some(reason) = self.told_before(message).await?
        {
            return Ok(Some(reason));
        }
        let Some(view) = seen.case(self, id, moment).await? else {
            return Ok(Some("the assessment is gone"));
        };
        let now = applies::Now {
            case: &view.case,
            workflow: &view.workflow,
            settings: &view.frame.organisation.settings,
        };
        Ok(applies::superseded_contact(&message.notice, contact, now))
    }

    /// Whether a reminder would be the second of a day about its case, or follows what told the same thing that day.
    async fn told_before(&self, message: &Message) -> Result<Option<&'static str>> {
        let day = clock::london(message.created_at);
        let since = message.created_at - Duration::hours(25);
        let others = self.store.read().also_told(message, since).await?;
        let late = message.notice.facts.due.is_some_and(|due| due < day);
        let told = others.iter().filter(|other| clock::london(other.created_at) == day).any(|other| {
            match other.notice.kind {
                NoticeKind::Reminder => (other.created_at, other.id) < (message.created_at, message.id),
                NoticeKind::ActionReceived => false,
                _ => !late,
            }
        });
        Ok(told.then_some("the recipient was written to about this case that day"))
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
                let standing = tx.targets(known.organisation, &targets).await?;
                let case = tx.case(reaction.assessment).await?.ok_or(Error::NotFound)?;
                let before = surroundings.view(case, moment)?;
                if self::targets(&before.case) != targets {
                    return Err(Error::Retry);
                }
                let mut case = before.case.clone();
                if reaction.kind == ReactionKind::PartnerAnswered && is_live(&before) {
                    let source = tx.read().case(reaction.source).await?.ok_or(Error::NotFound)?;
                    // What was shared when they answered may be no more.
                    if source.organisation == case.organisation
                        || source
                            .shares
                            .get(&case.organisation)
                            .is_some_and(|level| *level >= ShareLevel::Read)
                    {
                        interdependency::hear(&mut case, &source);
                    }
                }
                interdependency::settle(&mut case, &standing);
                if !case.process.knows_as_much(&before.case.process) {
                    case.version += 1;
                    case.updated_at = moment.at;
                    let mut payload = interdependency::consequences(&before.case, &case);
                    // Who hears that a partner answered elsewhere need not know of the case where they did.
                    if reaction.kind != ReactionKind::PartnerAnswered {
                        payload["source"] = serde_json::json!(reaction.source);
                    }
                    payload["cause"] = serde_json::json!(reaction.kind);
                    payload["holds"] = serde_json::json!(case.process.holds);
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

    /// Announces clocks that ran out and reminders whose day has come, each once, `most` cases read at a time. Returns
    /// how many cases were touched. One that cannot be read keeps no other from being announced, and is told at the end.
    pub async fn tick(&self, most: u32, moment: Moment) -> Result<usize> {
        let (mut touched, mut failed) = (0, None);
        for reminders in [false, true] {
            let mut after = None;
            loop {
                let read = self.store.read();
                let due = if reminders {
                    read.remindable(moment.today, after, most.into()).await?
                } else {
                    read.overdue(moment.today, after, most.into()).await?
                };
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
        }
        failed.map_or(Ok(touched), Err)
    }

    /// One case; whether there was anything to announce.
    async fn announce(&self, id: AssessmentId, moment: Moment) -> Result<bool> {
        let surroundings = self.surroundings(id, moment).await?;
        let settings = &surroundings.organisation.settings;
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let version = case.version;
        let view = surroundings.view(case, moment)?;
        if deadline::announce(&view.case, &view.workflow, settings, moment).is_none() {
            // The day was noted under other settings, or before it was noted at all.
            let next = deadline::next(&view.case, &view.workflow, settings);
            self.store.note_reminder(id, version, next).await?;
            return Ok(false);
        }
        self.store
            .write::<_, Error>(async |tx| {
                let case = tx.case(id).await?.ok_or(Error::NotFound)?;
                let before = surroundings.view(case, moment)?;
                let announced = deadline::announce(&before.case, &before.workflow, settings, moment);
                let Some(applied) = announced else { return Ok(false) };
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
        // A day that has passed comes no more.
        let days = self.store.forget_daily(moment.today - Duration::days(DAYS_KEPT)).await?;
        Ok(keys + days + self.store.sweep_sessions(moment.at - Duration::days(1)).await?)
    }
}

/// Whether a case is neither closed nor stopped.
fn is_live(view: &View) -> bool {
    view.head.phase != Phase::Closed && view.head.standing != Standing::Stopped
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

/// What the panel asks the author about, in the words of the form, each place once.
fn asked_about(view: &View) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    for thread in discussion::waiting(&view.case) {
        let place = summary::place(view, &thread.path);
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places
}
