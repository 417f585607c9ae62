//! The daily digest: what a person still owes, soonest first, and what happened since the last one.
//!
//! Once a day, at the hour a person chose and on NHS working days, one message without any content is posted for them,
//! in one transaction with the note that their day is done. What it says is found out when it is sent, and again
//! whenever sending it is tried again: nothing in it was done by then.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;

use crate::{
    app::{App, Error, Result, post::Seen},
    clock,
    domain::{
        calendar::{self, Moment},
        id::{AssessmentId, OutboxId, PersonId},
        notify::{Notice, NoticeFacts, NoticeKind, Recipient},
        permission::{Deputised, Grant},
        preference::MailPreferences,
        task::Task,
    },
    store::{
        self, Scope,
        daily::{DailyKind, Owed},
        outbox::{About, Message},
    },
};

/// People looked at in one transaction.
const PEOPLE: u64 = 100;
/// Most tasks that one digest lists.
const TASKS: u32 = 50;
/// Most messages that one digest tells; what is left is told the next day.
const NEWS: u32 = 50;

/// What a digest says.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    /// Cases with what is owed in each, in the order of what is due first.
    pub owed: Vec<OwedCase>,
    /// How many tasks there are beside those.
    pub more: u64,
    /// What happened, the oldest first.
    pub news: Vec<News>,
}

/// What is owed in one case.
#[derive(Clone, Debug)]
pub struct OwedCase {
    /// The case's reference.
    pub reference: String,
    /// The case's title.
    pub title: String,
    /// The day by which an open re-examination of it must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// What is owed, the earliest due first.
    pub tasks: Vec<Task>,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct News {
    /// The kind of the message that told it.
    pub kind: NoticeKind,
    /// What it says of its case.
    pub facts: NoticeFacts,
    /// The name of who acted.
    pub actor_name: Option<String>,
    /// The day by which an open re-examination of its case must be judged.
    pub reexamination_due: Option<NaiveDate>,
}

impl Digest {
    fn is_empty(&self) -> bool {
        self.owed.is_empty() && self.news.is_empty()
    }
}

/// Whether a message is a digest that is to be sent: of what one of an earlier day would say, the one of today says it.
pub(super) fn is_due(message: &Message, moment: Moment) -> bool {
    let late = clock::london(message.created_at) < moment.today;
    message.notice.kind == NoticeKind::DailyDigest && !(late && calendar::is_working_day(moment.today, &[]))
}

/// Why a message that is a digest is not sent, where it is not.
pub(super) fn superseded(message: &Message, digest: Option<&Digest>, moment: Moment) -> Option<&'static str> {
    if message.notice.kind != NoticeKind::DailyDigest {
        return None;
    }
    if !is_due(message, moment) {
        return Some("the digest of the day after says it");
    }
    digest.is_none().then_some("nothing is owed any more, and nothing happened")
}

impl App {
    /// Posts the digests whose hour has come to those who have something to read in one. Returns how many. Several
    /// workers may do it at once: a person's day is noted with their message, once.
    pub async fn post_digests(&self, moment: Moment) -> Result<usize> {
        if !calendar::is_working_day(moment.today, &[]) {
            return Ok(0);
        }
        let hour = clock::london_hour(moment.at);
        let mut posted = 0;
        loop {
            let people = self.store.read().awaiting_digest(moment.today, hour, PEOPLE).await?;
            if people.is_empty() {
                break;
            }
            match self.post_page(&people, moment).await {
                Ok(count) => posted += count,
                // Another worker has noted some of them meanwhile; the next look finds the others.
                Err(Error::Retry) => {}
                Err(error) => return Err(error),
            }
        }
        if posted > 0 {
            self.shared.committed.notify_one();
        }
        Ok(posted)
    }

    /// The roles that people hold, and those they act in for others: what waits for these, they owe.
    async fn acting(&self, people: &[PersonId], moment: Moment) -> Result<HashMap<PersonId, Vec<Grant>>> {
        let read = self.store.read();
        let mut grants = read.grants_of(people, moment.today).await?;
        for (person, deputises) in read.deputised_by(people, moment.today).await? {
            let held = grants.entry(person).or_default();
            for Deputised { organisation, role, until, .. } in deputises {
                if !held.iter().any(|grant| (grant.organisation, grant.role) == (organisation, role)) {
                    held.push(Grant { organisation, role, until: Some(until) });
                }
            }
        }
        Ok(grants)
    }

    async fn post_page(&self, people: &[PersonId], moment: Moment) -> Result<usize> {
        let read = self.store.read();
        let grants = self.acting(people, moment).await?;
        let owed = read.owed(&grants, moment.today, 1).await?;
        let preferences = read.mail_preferences(people).await?;
        let held: HashSet<Recipient> =
            read.held(people, 1).await?.into_iter().map(|message| message.notice.to).collect();
        let reads = |person: &PersonId| {
            let lists = preferences.get(person).is_none_or(|preferences| preferences.tasks_in_digest);
            (lists && owed.get(person).is_some_and(|owed| owed.total > 0))
                || held.contains(&Recipient::Person(*person))
        };
        let mut supply = clock::supply();
        let noted = self.store.write::<_, store::Error>(async |tx| {
            let mut noted = Vec::with_capacity(people.len());
            for person in people {
                // A digest is sent on behalf of one of the organisations in which they hold a role.
                let home =
                    grants.get(person).and_then(|grants| grants.first()).map(|grant| grant.organisation);
                let Some(organisation) = home.filter(|_| reads(person)) else {
                    noted.push((*person, None));
                    continue;
                };
                let notice = Notice {
                    kind: NoticeKind::DailyDigest,
                    to: Recipient::Person(*person),
                    facts: NoticeFacts::default(),
                };
                let about = About { organisation, assessment: None };
                let posted = tx.post(about, &[notice], moment.at, &mut supply).await?;
                noted.push((*person, posted.first().copied()));
            }
            tx.note_daily(DailyKind::DailyDigest, moment.today, &noted, moment.at).await?;
            Ok(noted.iter().filter(|(_, message)| message.is_some()).count())
        });
        match noted.await {
            Err(store::Error::Unique { .. }) => Err(Error::Retry),
            other => Ok(other?),
        }
    }

    /// What these digests say as of this moment; nothing of one that says nothing.
    pub(super) async fn digests(
        &self,
        digests: &[(OutboxId, PersonId)],
        preferences: &HashMap<PersonId, MailPreferences>,
        moment: Moment,
    ) -> Result<HashMap<OutboxId, Digest>> {
        if digests.is_empty() {
            return Ok(HashMap::new());
        }
        let people: Vec<PersonId> = digests.iter().map(|(_, person)| *person).collect();
        let read = self.store.read();
        let grants = self.acting(&people, moment).await?;
        let lists = |person: &PersonId| preferences.get(person).is_none_or(|it| it.tasks_in_digest);
        let listed = grants.into_iter().filter(|(person, _)| lists(person)).collect();
        let mut owed = read.owed(&listed, moment.today, TASKS).await?;
        let mut held: HashMap<Recipient, Vec<Message>> = HashMap::new();
        for message in read.held(&people, NEWS).await? {
            held.entry(message.notice.to).or_default().push(message);
        }
        let mut told = HashMap::new();
        let mut seen = Seen::default();
        for (id, person) in digests {
            let owed = owed.remove(person).unwrap_or_default();
            let held = held.remove(&Recipient::Person(*person)).unwrap_or_default();
            let news = self.news(*id, *person, held, &owed, &mut seen, moment).await?;
            let digest = Digest {
                more: owed.total.saturating_sub(owed.tasks.len() as u64),
                owed: by_case(owed),
                news,
            };
            if !digest.is_empty() {
                told.insert(*id, digest);
            }
        }
        Ok(told)
    }

    /// What was kept for this digest and still applies. A reminder of what the digest lists anyway has no line of its
    /// own.
    async fn news(
        &self,
        digest: OutboxId,
        person: PersonId,
        held: Vec<Message>,
        owed: &Owed,
        seen: &mut Seen,
        moment: Moment,
    ) -> Result<Vec<News>> {
        let mut kept = Vec::new();
        for message in held {
            match self.superseded(&message, person, seen, moment).await? {
                Some(reason) => self.store.drop_held(message.id, reason).await?,
                None => kept.push(message),
            }
        }
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<OutboxId> = kept.iter().map(|message| message.id).collect();
        self.store.tell_in(digest, &ids).await?;
        let listed = |message: &Message| {
            message.notice.kind == NoticeKind::Reminder
                && owed.tasks.iter().any(|owed| {
                    Some(owed.assessment) == message.about.assessment
                        && owed.task.due == message.notice.facts.due
                })
        };
        kept.retain(|message| !listed(message));
        let mut actors: Vec<PersonId> =
            kept.iter().filter_map(|message| message.notice.facts.actor).collect();
        actors.sort();
        actors.dedup();
        let named = self.store.read().people(&actors).await?;
        let named: HashMap<PersonId, String> = named.into_iter().map(|one| (one.id, one.name)).collect();
        let cases: Vec<AssessmentId> = kept.iter().filter_map(|message| message.about.assessment).collect();
        let heads = self.store.read().summaries(&cases, Scope::Everything).await?;
        let open: HashMap<AssessmentId, NaiveDate> = heads
            .into_iter()
            .filter_map(|summary| Some((summary.head.id, summary.head.reexamination_due?)))
            .collect();
        let news = kept.into_iter().map(|message| News {
            kind: message.notice.kind,
            actor_name: message.notice.facts.actor.and_then(|actor| named.get(&actor).cloned()),
            reexamination_due: message.about.assessment.and_then(|id| open.get(&id).copied()),
            facts: message.notice.facts,
        });
        Ok(news.collect())
    }
}

/// Tasks by case, in the order of the first of each.
fn by_case(owed: Owed) -> Vec<OwedCase> {
    let mut cases: Vec<OwedCase> = Vec::new();
    let mut places: BTreeMap<AssessmentId, usize> = BTreeMap::new();
    for owed in owed.tasks {
        let Some(task) = super::projection::task(owed.task) else { continue };
        let place = *places.entry(owed.assessment).or_insert_with(|| {
            cases.push(OwedCase {
                reference: owed.reference,
                title: owed.title,
                reexamination_due: owed.reexamination_due,
                tasks: Vec::new(),
            });
            cases.len() - 1
        });
        if let Some(case) = cases.get_mut(place) {
            case.tasks.push(task);
        }
    }
    cases
}
