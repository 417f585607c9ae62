//! Links for people without an account: one person, one condition, one act.
//!
//! A link is minted when the message that carries it is put into words, so that no outbox, log or backup holds what it
//! carries: only the digest is kept. What it lets somebody do is asked of the case as it stands.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use secrecy::SecretString;

use crate::{
    app::{
        App, ClientAddress, Error, Result, View,
        account::{ADDRESS_ATTEMPTS, network, throttle},
        command,
    },
    clock,
    domain::{
        calendar::Moment,
        condition::{Condition, ConditionNote, ConditionStatus},
        id::{AssessmentId, ContactId},
        party::Party,
        workflow::condition::{self, ConditionReport, LinkAct},
    },
    identity::token::{self, Purpose},
    store::{self, Tx, link::Link},
};

/// The most days that any link works.
const LONGEST: i64 = 366;

/// What somebody sees who follows a link: this and nothing else of the case.
#[derive(Clone, Debug)]
pub struct LinkView {
    /// The case's reference.
    pub reference: String,
    /// The case's title.
    pub title: String,
    /// Whose case it is.
    pub organisation: String,
    /// The name of whom it was mailed to.
    pub name: String,
    /// What it lets them do.
    pub act: LinkAct,
    /// What must be so.
    pub text: String,
    /// By when.
    pub due: NaiveDate,
    /// What will show it.
    pub evidence_wanted: Option<String>,
    /// How it stands.
    pub status: ConditionStatus,
    /// To whoever verifies: what its owner last reported.
    pub reported: Option<ConditionNote>,
    /// To whoever owns it while it is breached: what was last said is to be done.
    pub to_be_done: Option<String>,
}

/// What somebody says by a link.
#[derive(Clone, Debug)]
pub struct LinkReport {
    /// How the condition stands.
    pub status: ConditionStatus,
    /// What is reported.
    pub note: Option<String>,
    /// Where the evidence can be seen.
    pub evidence: Option<String>,
}

/// What a message carries to somebody without an account.
#[derive(Debug)]
pub struct Invitation {
    /// The token of the link.
    pub token: SecretString,
    /// The last day on which it works.
    pub until: NaiveDate,
}

impl App {
    /// Mints the link for whatever condition of the case waits for this contact; nothing when none does.
    pub(super) async fn invite(
        &self,
        id: AssessmentId,
        contact: ContactId,
        moment: Moment,
    ) -> Result<Option<Invitation>> {
        let Some(view) = self.unseen(id, moment).await? else { return Ok(None) };
        let Some((condition, act)) = condition::waiting(&view.case, contact, &view.workflow) else {
            return Ok(None);
        };
        let days = i64::from(view.frame.organisation.settings.conditions.link_days);
        let until = condition.due.max(moment.today) + Duration::days(days);
        let until = until.min(moment.today + Duration::days(LONGEST));
        let token = token::mint(Purpose::Link).map_err(Error::Internal)?;
        let link = Link {
            organisation: view.case.organisation,
            assessment: id,
            condition: condition.id,
            contact,
            act,
            created_at: moment.at,
            expires_at: end_of(until, moment),
        };
        let digest = token::digest(&token);
        self.store.write::<_, store::Error>(async |tx: &mut Tx| tx.add_link(&link, &digest).await).await?;
        Ok(Some(Invitation { token, until }))
    }

    /// What a link leads to; nothing when it is unknown, was used or revoked, has expired, or what it is for is settled:
    /// nobody is told which. Too many that lead nowhere make the address wait.
    pub async fn follow_link(
        &self,
        token: &SecretString,
        client: &ClientAddress,
        moment: Moment,
    ) -> Result<Option<LinkView>> {
        let from = throttle("link-from", &network(&client.0));
        self.throttled([(&from, ADDRESS_ATTEMPTS)], moment).await?;
        let Some(link) = self.store.read().link(&token::digest(token), moment.at).await? else {
            return Ok(None);
        };
        let Some(view) = self.unseen(link.assessment, moment).await? else { return Ok(None) };
        let seen = self.seen_by_link(&link, &view).await?;
        if seen.is_some() {
            self.store.forgive_attempt(&from).await?;
        }
        Ok(seen)
    }

    /// Keeps what is said by a link, which is used up by it; nothing when the link leads nowhere.
    pub async fn report_by_link(
        &self,
        token: &SecretString,
        client: &ClientAddress,
        said: LinkReport,
        moment: Moment,
    ) -> Result<Option<LinkView>> {
        let from = throttle("link-from", &network(&client.0));
        self.throttled([(&from, ADDRESS_ATTEMPTS)], moment).await?;
        let digest = token::digest(token);
        let Some(link) = self.store.read().link(&digest, moment.at).await? else { return Ok(None) };
        let surroundings = self.surroundings(link.assessment, moment).await?;
        if link.act == LinkAct::Verify && self.is_owners_address(&link).await? {
            return Ok(None);
        }
        let report = ConditionReport {
            condition: link.condition,
            status: said.status,
            note: said.note,
            evidence: said.evidence,
        };
        let done = self.store.write::<_, Error>(async |tx| {
            let case = tx.case(link.assessment).await?.ok_or(Error::NotFound)?;
            let before = surroundings.view(case, moment)?;
            if holds(&link, &before).is_none() || !tx.use_link(&link, &digest, moment.at).await? {
                return Err(Error::NotFound);
            }
            let by = (link.contact, link.act);
            let applied =
                before.engine(|context| condition::report_by_link(&before.case, &report, by, context))?;
            let mut supply = clock::supply();
            Box::pin(command::commit(tx, &surroundings, &before, applied, None, moment, &mut supply)).await
        });
        let view = match Box::pin(done).await {
            Ok(view) => view,
            Err(Error::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        self.shared.committed.notify_one();
        self.store.forgive_attempt(&from).await?;
        let found = view.case.process.conditions.iter().find(|one| one.id == link.condition);
        match found {
            Some(condition) => self.shown(&link, &view, condition).await,
            None => Ok(None),
        }
    }

    /// A case as the program itself reads it.
    pub(super) async fn unseen(&self, id: AssessmentId, moment: Moment) -> Result<Option<View>> {
        let surroundings = self.surroundings(id, moment).await?;
        let case = self.store.read().case(id).await?;
        case.map(|case| surroundings.view(case, moment)).transpose()
    }

    /// Whether a link to verify a condition was mailed to the address of its owner, or of whoever reported it.
    async fn is_owners_address(&self, link: &Link) -> Result<bool> {
        let case = self.store.read().case(link.assessment).await?;
        let conditions = case.iter().flat_map(|case| &case.process.conditions);
        let Some(condition) = conditions.into_iter().find(|one| one.id == link.condition) else {
            return Ok(false);
        };
        let verifier = Party { contact: Some(link.contact), ..Party::default() };
        self.shares_address(condition, &verifier).await
    }

    async fn seen_by_link(&self, link: &Link, view: &View) -> Result<Option<LinkView>> {
        match holds(link, view) {
            Some(condition) => self.shown(link, view, condition).await,
            None => Ok(None),
        }
    }

    async fn shown(&self, link: &Link, view: &View, condition: &Condition) -> Result<Option<LinkView>> {
        let contact = self.store.read().contacts(&[link.contact]).await?.into_iter().next();
        let reports = condition.reports.iter().rev();
        let reported = reports.into_iter().find(|note| note.status == ConditionStatus::Evidenced);
        let answer = condition.answered().last().filter(|_| link.act == LinkAct::Report);
        Ok(contact.map(|contact| LinkView {
            reference: view.case.reference.clone(),
            title: view.case.content.title.clone(),
            organisation: view.frame.organisation.name.clone(),
            name: contact.name,
            act: link.act,
            text: condition.text.clone(),
            due: condition.due,
            evidence_wanted: condition.evidence_wanted.clone(),
            status: condition.status,
            reported: reported.filter(|_| link.act == LinkAct::Verify).cloned(),
            to_be_done: answer.map(|answer| answer.to_be_done.clone()),
        }))
    }
}

/// The condition that a link leads to, unless it was revoked or there is nothing left to do by it.
fn holds<'a>(link: &Link, view: &'a View) -> Option<&'a Condition> {
    let found = condition::linked(&view.case, link.condition, (link.contact, link.act), &view.workflow)?;
    found.links_since.is_none_or(|since| link.created_at > since).then_some(found)
}

/// The end of a day; of a day that has none, now.
fn end_of(day: NaiveDate, moment: Moment) -> DateTime<Utc> {
    day.and_hms_opt(23, 59, 59).map_or(moment.at, |local| local.and_utc())
}
