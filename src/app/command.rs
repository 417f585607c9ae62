//! The five steps of every command on a case: load, authorise, decide, save, record.

use std::{collections::HashMap, sync::Arc};

use chrono::Duration;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    app::{App, Error, Result, View, attachment, projection, reference::Places, risk},
    clock,
    domain::organisation::Organisation,
    domain::{
        calendar::Moment,
        canonical,
        case::{Case, Head, Pinned, ShareLevel},
        id::{AssessmentId, MeetingId, OrganisationId, PersonId, Supply},
        interdependency,
        leave::{self, Leave},
        notify::{self, Circumstances, Directory},
        panel::{self, StandingPanel},
        permission::{Action, Actor, Deputised, may_be_stood_in_for, permit},
        text::{Path, Violation},
        workflow::{
            Standing,
            definition::Workflow,
            engine::{self, Applied, Blocker, Refused},
        },
    },
    store::{
        self, Scope, Tx,
        event::{Origin, Stream},
        idempotency::{Claim, Key},
        outbox::About,
        person::Contact,
        reaction::ReactionKind,
        record::Subject,
    },
};

/// How long what the panel asks an author waits for what else it asks: all of it is told in one message.
const GATHER: Duration = Duration::minutes(10);
/// Days an idempotency key is remembered is one; see [`store::Tx::claim_key`].
const KEY_LONGEST: usize = 100;

/// What a command did.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The case as it now stands.
    pub view: Arc<View>,
    /// What stands in the way; filled by a dry run only.
    pub blockers: Vec<Blocker>,
}

/// Who acts, and for whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct By {
    person: Option<PersonId>,
    on_behalf_of: Option<PersonId>,
}

impl By {
    /// The actor, in their own right where `may` allows it, else on behalf of whoever they stand in for.
    pub(super) fn of(actor: &Actor, may: impl Fn(&Actor) -> bool) -> Self {
        Self { person: Some(actor.person), on_behalf_of: actor.on_behalf_of(may) }
    }

    pub(super) const fn at(self, moment: Moment) -> Origin {
        Origin { by: self.person, on_behalf_of: self.on_behalf_of, at: moment.at }
    }
}

impl From<Option<PersonId>> for By {
    fn from(person: Option<PersonId>) -> Self {
        Self { person, on_behalf_of: None }
    }
}

/// Who asks for what, and under which key.
pub(super) struct Command<'a> {
    pub actor: &'a Actor,
    pub operation: &'static str,
    pub key: Option<&'a str>,
    /// What was asked, for telling a replay from another request under the same key.
    pub request: Value,
    pub moment: Moment,
    /// Who governs or administers the organisation that the case is being shared with.
    pub partners: Vec<PersonId>,
    /// What is known of places, for a command that is judged by it.
    pub places: Option<Places>,
    /// What else touches the people of the case, for a command that is judged by it.
    pub alongside: Option<risk::Gathered>,
    /// Where the case is, when it was read before.
    pub around: Option<Around>,
    /// The transition that is asked for, which says who may make it.
    pub transition: Option<String>,
    /// The meeting at which it was said, where one is named.
    pub meeting: Option<MeetingId>,
    /// Whether somebody may do it, where the case or the request says which action it is.
    pub may: Option<May<'a>>,
}

/// Whether somebody may do what is asked of the case.
pub(super) type May<'a> = Box<dyn Fn(&View, &Actor) -> bool + Send + Sync + 'a>;

impl<'a> Command<'a> {
    pub(super) fn new(
        actor: &'a Actor,
        operation: &'static str,
        key: Option<&'a str>,
        request: &impl Serialize,
        moment: Moment,
    ) -> Result<Self> {
        if let Some(key) = key {
            crate::domain::text::check(key, KEY_LONGEST, &Path::of(["idempotencyKey"]))?;
        }
        let request = serde_json::to_value(request).map_err(|error| Error::Internal(error.into()))?;
        Ok(Self {
            actor,
            operation,
            key,
            request,
            moment,
            partners: Vec::new(),
            places: None,
            alongside: None,
            around: None,
            transition: None,
            meeting: None,
            may: None,
        })
    }

    /// Claims the key, before anything of the request can be refused; the id of the case that the first run made or
    /// changed, when this is a replay.
    pub(super) async fn claim(&self, tx: &mut Tx) -> Result<Option<AssessmentId>> {
        Ok(self.claim_as::<Outcome>(tx).await?.map(|first| first.assessment))
    }

    /// The same of a command with another outcome than a case.
    pub(super) async fn claim_as<T: DeserializeOwned>(&self, tx: &mut Tx) -> Result<Option<T>> {
        let Some(key) = self.key else { return Ok(None) };
        first(tx.claim_key(self.named(key), &self.digest()?, self.moment.at).await?)
    }

    fn digest(&self) -> Result<String> {
        Ok(canonical::sha256(&canonical::bytes(&self.request)?))
    }

    fn named<'k>(&'k self, key: &'k str) -> Key<'k> {
        Key { person: self.actor.person, operation: self.operation, key }
    }

    /// The actor, and in whose place they do what is asked.
    fn by(&self, action: Action, view: &View) -> By {
        let (case, phase) = (&view.case, view.head.phase);
        let transition = self.transition.as_deref().and_then(|name| view.workflow.transition(name));
        if let (Some(transition), false) = (transition, self.actor.deputises.is_empty()) {
            let place = view.engine(|context| engine::in_whose_place(case, transition, self.actor, context));
            return By { person: Some(self.actor.person), on_behalf_of: place };
        }
        By::of(self.actor, |who| match &self.may {
            Some(may) => may(view, who),
            None => permit(who, action, case, phase).is_ok(),
        })
    }

    /// Keeps the case as the outcome to answer a replay with.
    pub(super) async fn settle(&self, tx: &mut Tx, assessment: AssessmentId) -> Result<()> {
        self.settle_as(tx, &Outcome { assessment }).await
    }

    pub(super) async fn settle_as(&self, tx: &mut Tx, outcome: &impl Serialize) -> Result<()> {
        if let Some(key) = self.key {
            let outcome = serde_json::to_value(outcome).map_err(|error| Error::Internal(error.into()))?;
            tx.settle_key(self.named(key), self.moment.at, &outcome).await?;
        }
        Ok(())
    }
}

/// What a key of a command on a case remembers.
#[derive(Serialize, Deserialize)]
struct Outcome {
    assessment: AssessmentId,
}

/// The first outcome under a key, when there is one.
fn first<T: DeserializeOwned>(claim: Claim) -> Result<Option<T>> {
    match claim {
        Claim::New => Ok(None),
        Claim::Replay(outcome) => {
            let outcome = serde_json::from_value(outcome);
            outcome.map(Some).map_err(|error| {
                Error::Internal(anyhow::Error::new(error).context("an idempotency outcome is unreadable"))
            })
        }
        Claim::UnderWay => Err(Error::Conflict(vec![Violation::new(
            "CONFLICT",
            "This request is under way; ask again.",
            Path::of(["idempotencyKey"]),
        )])),
        Claim::Mismatch => Err(Error::Invalid(vec![Violation::new(
            "KEY_REUSED",
            "This idempotency key was used for another request; use a fresh one.",
            Path::of(["idempotencyKey"]),
        )])),
    }
}

impl App {
    /// Runs a command on a case. `decide` is pure: it sees the case as its row stands locked, and says what it
    /// becomes. What the request names is looked up beforehand, and what is wrong with that is told by `decide`: a
    /// replay gets the first outcome whatever is gone since, and who is there is told to whoever may do this.
    pub(super) async fn command<D: Into<Decided>>(
        &self,
        command: Command<'_>,
        id: AssessmentId,
        action: Action,
        decide: impl FnOnce(&View, &mut Supply) -> Result<D>,
    ) -> Result<Changed> {
        let mut surroundings = match &command.around {
            Some(around) => self.surroundings_of(around, command.moment).await?,
            None => self.surroundings(id, command.moment).await?,
        };
        surroundings.partners.clone_from(&command.partners);
        surroundings.places.clone_from(&command.places);
        let moment = command.moment;
        let transaction = self.store.write::<_, Error>(async |tx| {
            if command.claim(tx).await?.is_some() {
                return Ok(None);
            }
            let case = tx.case(id).await?.ok_or(Error::NotFound)?;
            let mut view = surroundings.view(case, moment)?;
            permit(command.actor, action, &view.case, view.head.phase)?;
            if let Some(gathered) = &command.alongside {
                view.alongside.get_or_init(|| gathered.found.clone());
            }
            let by = command.by(action, &view);
            view.attachments =
                tx.read().attachments_of(&[id]).await?.into_iter().map(attachment::cited).collect();
            if let Some(meeting) = command.meeting {
                view.meeting = tx.read().meeting(meeting).await?;
            }
            let mut supply = clock::supply();
            let Decided { applied, contacts } = decide(&view, &mut supply)?.into();
            if applied.happenings.is_empty() {
                command.settle(tx, id).await?;
                return Ok(Some(view));
            }
            for contact in &contacts {
                tx.add_contact(contact, moment.at).await?;
            }
            let after = commit_as(tx, &surroundings, &view, applied, by, moment, &mut supply).await?;
            command.settle(tx, id).await?;
            Ok(Some(after))
        });
        // On the heap, so that what calls a command stays small.
        let Some(view) = Box::pin(transaction).await? else {
            return self.replayed(command.actor, id, moment).await;
        };
        self.shared.committed.notify_one();
        Ok(Changed { view: Arc::new(view), blockers: Vec::new() })
    }

    /// The case that the first run of a command made or changed, as it now stands.
    pub(super) async fn replayed(&self, actor: &Actor, id: AssessmentId, moment: Moment) -> Result<Changed> {
        let surroundings = self.surroundings(id, moment).await?;
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let view = surroundings.view(case, moment)?;
        permit(actor, Action::SeeStub, &view.case, view.head.phase)?;
        Ok(Changed { view: Arc::new(view), blockers: Vec::new() })
    }

    /// A case that the actor may at least know of. What is wrong with a request is told only about such a case: to
    /// everybody else it does not exist, whatever they ask.
    pub(super) async fn known(&self, actor: &Actor, id: AssessmentId) -> Result<Case> {
        let case = self.store.read().case(id).await?.ok_or(Error::NotFound)?;
        let workflow: Arc<Workflow> = self.pinned(case.organisation, &case.workflow).await?;
        permit(actor, Action::SeeStub, &case, engine::phase(&case, &workflow))?;
        Ok(case)
    }

    /// The outcome of a command that was done under its key, without claiming it.
    pub(super) async fn first<T: DeserializeOwned>(&self, command: &Command<'_>) -> Result<Option<T>> {
        let Some(key) = command.key else { return Ok(None) };
        let read = self.store.read();
        first(read.find_key(command.named(key), &command.digest()?, command.moment.at).await?)
    }

    /// The head of a case, whoever asks.
    pub(super) async fn head(&self, id: AssessmentId) -> Result<Head> {
        let found = self.store.read().summaries(&[id], Scope::Everything).await?;
        found.into_iter().next().map(|summary| summary.head).ok_or(Error::NotFound)
    }

    /// All that a command on the case asks beside the case, gathered before any lock.
    pub(super) async fn surroundings(&self, id: AssessmentId, moment: Moment) -> Result<Surroundings> {
        let Head { organisation, form, workflow, .. } = self.head(id).await?;
        self.surroundings_of(&Around { organisation, form, workflow }, moment).await
    }

    /// The same of a case of which it is known where it is.
    async fn surroundings_of(&self, around: &Around, moment: Moment) -> Result<Surroundings> {
        let Around { organisation: id, form, workflow } = around;
        let read = self.store.read();
        // None of them asks another, and whoever waits for the command waits for all.
        let all = async {
            tokio::try_join!(
                async { read.organisation(*id).await?.ok_or(Error::NotFound) },
                self.directory(*id, moment),
                self.pinned(*id, form),
                self.pinned(*id, workflow),
                async { Ok(read.usual_panel(*id).await?) },
                async { Ok(read.deputies(*id, moment.today).await?) },
                async { Ok(read.leave_from(*id, moment.today).await?) },
            )
        };
        // On the heap, so that what calls a command stays small.
        let (organisation, directory, form, workflow, standing, deputies, leave) = Box::pin(all).await?;
        Ok(Surroundings {
            frame: self.frame(&organisation).await?,
            form,
            workflow,
            standing: standing.map(Arc::new),
            deputies,
            leave,
            organisation,
            directory,
            partners: Vec::new(),
            places: None,
        })
    }
}

/// What a command decided.
pub(super) struct Decided {
    pub applied: Applied,
    /// Kept with the case, whoever they are named by.
    pub contacts: Vec<Contact>,
}

impl From<Applied> for Decided {
    fn from(applied: Applied) -> Self {
        Self { applied, contacts: Vec::new() }
    }
}

/// Where a case is: what surrounds it follows from that. Whether it is still there is seen once its row is locked.
pub(super) struct Around {
    organisation: OrganisationId,
    form: Pinned,
    workflow: Pinned,
}

impl From<&Case> for Around {
    fn from(case: &Case) -> Self {
        Self { organisation: case.organisation, form: case.form.clone(), workflow: case.workflow.clone() }
    }
}

/// What surrounds a case while a command runs on it.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub organisation: Organisation,
    pub frame: Arc<super::Frame>,
    pub form: Arc<crate::domain::form::Form>,
    pub workflow: Arc<Workflow>,
    pub directory: Directory,
    /// Who acts for whom.
    deputies: HashMap<PersonId, Vec<Deputised>>,
    /// Who is away.
    leave: Vec<Leave>,
    /// The standing panel that judges what is submitted without one.
    pub standing: Option<Arc<StandingPanel>>,
    pub partners: Vec<PersonId>,
    /// What is known of places, where that was asked for: it is not waited for otherwise.
    pub places: Option<Places>,
}

impl Surroundings {
    /// The same around a case that is moved to this workflow.
    pub(super) fn with_workflow(&self, workflow: Arc<crate::domain::workflow::definition::Workflow>) -> Self {
        Self { workflow, ..self.clone() }
    }

    /// Who is told what a role is told of the case: its holders, and those who act for them there.
    fn told_of(&self, case: &Case) -> Directory {
        let mut told = self.directory.clone();
        for (person, deputises) in &self.deputies {
            let there = deputises.iter().filter(|one| may_be_stood_in_for(case, one.on_behalf_of));
            for deputised in there {
                let holders = told.entry(deputised.role).or_default();
                if !holders.contains(person) {
                    holders.push(*person);
                }
            }
        }
        told
    }

    /// The case in its surroundings; a case that was moved to another definition meanwhile is loaded again.
    pub(super) fn view(&self, case: Case, moment: Moment) -> Result<View> {
        let same = case.workflow.key == self.workflow.key
            && case.workflow.version == self.workflow.version
            && case.form.key == self.form.key
            && case.form.version == self.form.version;
        if !same {
            return Err(Error::Retry);
        }
        let panel = if let Some(standing) = &self.standing {
            let (own, day) = (self.frame.organisation.settings.composition(), moment.today);
            let seating = standing.seating(&case, &self.workflow, own, &self.directory, &self.leave, day);
            standing.on(seating, panel::panel_of(&case), &case.reference)
        } else {
            let settings = &self.frame.organisation.settings;
            panel::from_settings(&case, &self.workflow, settings, &self.directory)
        };
        let mut view = View::of(case, self.workflow.clone(), self.form.clone(), self.frame.clone(), moment);
        view.panel = panel;
        view.away = Some(leave::away(&self.leave, moment.today));
        view.deputies = leave::deputies(&self.leave, moment.today);
        if let Some(places) = &self.places {
            view.places.get_or_init(|| places.clone());
        }
        Ok(view)
    }
}

/// Save and record: the case, what it froze, its events, its messages, and what other cases must react to.
pub(super) async fn commit(
    tx: &mut Tx,
    surroundings: &Surroundings,
    before: &View,
    applied: Applied,
    actor: Option<PersonId>,
    moment: Moment,
    supply: &mut Supply,
) -> Result<View> {
    commit_as(tx, surroundings, before, applied, actor.into(), moment, supply).await
}

/// The same of somebody who may act for somebody else.
pub(super) async fn commit_as(
    tx: &mut Tx,
    surroundings: &Surroundings,
    before: &View,
    applied: Applied,
    by: By,
    moment: Moment,
    supply: &mut Supply,
) -> Result<View> {
    let Applied { case, happenings, record } = applied;
    // Settings that changed since they were read are read again: a case is never saved under old ones.
    let organisation = tx.read().organisation(case.organisation).await?;
    if organisation
        .is_none_or(|organisation| organisation.settings != surroundings.frame.organisation.settings)
    {
        return Err(Error::Retry);
    }
    let after = surroundings.view(case, moment)?;
    // On the heap: what is derived from a case makes this the largest part of every command.
    Box::pin(tx.save(&after.case, before.case.version, &projection::since(before, &after))).await?;
    let stays = before.case.frozen
        && before.case.revision == after.case.revision
        && before.case.content == after.case.content;
    if after.case.frozen && !stays {
        tx.freeze(&after.case, moment.at, supply).await?;
    }
    if let Some(record) = record {
        let subject = subject_of(&after.case, &record.sha256)?;
        tx.keep_record(&after.case, subject, record.bytes, moment.at).await?;
    }
    let about = About { organisation: after.case.organisation, assessment: Some(after.case.id) };
    let stream = Stream::Case { assessment: after.case.id, organisation: after.case.organisation };
    tx.record(stream, by.at(moment), &happenings, supply).await?;
    let directory = surroundings.told_of(&after.case);
    let circumstances = Circumstances {
        actor: by.person,
        directory: &directory,
        before: &before.case,
        workflow: &after.workflow,
        settings: &after.frame.organisation.settings,
        partners: &surroundings.partners,
    };
    let notices = notify::notices(&after.case, &happenings, circumstances);
    let posted = tx.post(about, &notices, moment.at, supply).await?;
    for (_, message) in notices.iter().zip(posted).filter(|(notice, _)| notify::asks_author(notice)) {
        tx.defer(message, moment.at + GATHER).await?;
    }
    if interdependency::relies_anew(&after.case, Some(&before.case)) {
        tx.react_itself(&after.case, ReactionKind::StandingChanged, moment.at, supply).await?;
    }
    let turned = if before.head.standing == after.head.standing {
        // Of what does not proceed nobody relies on a day.
        let days = |view: &View| {
            (view.case.content.proposal.effective_from, view.case.content.proposal.effective_to)
        };
        let moved = after.head.standing == Standing::Proceeding && days(before) != days(&after);
        moved.then_some(ReactionKind::DatesChanged)
    } else {
        Some(ReactionKind::StandingChanged)
    };
    if let Some(kind) = turned {
        tx.react(after.case.id, kind, moment.at, supply).await?;
    }
    for said in after.case.process.confirmations.iter().skip(before.case.process.confirmations.len()) {
        tx.react_to_answer(&after.case, &said.of, moment.at, supply).await?;
    }
    for edge in interdependency::rest_anew(&after.case, &before.case) {
        tx.react_to_what_was_said(&after.case, edge, moment.at, supply).await?;
    }
    react_to_shares(tx, &before.case, &after.case, moment, supply).await?;
    Ok(after)
}

/// Lets cases of organisations that may know more of this one than before react to what they could not know: how it stands, where
/// they knew nothing of it; its days, and what partners said of what it relies on, where they may read it by now.
async fn react_to_shares(
    tx: &mut Tx,
    before: &Case,
    after: &Case,
    moment: Moment,
    supply: &mut Supply,
) -> Result<()> {
    let (mut further, mut answers) = (Vec::new(), Vec::new());
    for (organisation, level) in &after.shares {
        let was = before.shares.get(organisation).copied().unwrap_or(ShareLevel::None);
        let reads = was < ShareLevel::Read && *level >= ShareLevel::Read;
        if was == ShareLevel::None || reads {
            further.push(*organisation);
        }
        if reads {
            answers.push(*organisation);
        }
    }
    tx.react_of(&further, after.id, ReactionKind::SharedFurther, moment.at, supply).await?;
    tx.react_to_answers(&answers, after, moment.at, supply).await?;
    Ok(())
}

/// The outcome or decision that cites the record.
fn subject_of(case: &Case, sha256: &str) -> Result<Subject> {
    let decision = case.process.decisions.iter().rev().find(|decision| decision.record == sha256);
    let outcome = case.process.outcomes.iter().rev().find(|outcome| outcome.record == sha256);
    (decision.map(|decision| Subject::Decision(decision.id)))
        .or_else(|| outcome.map(|outcome| Subject::Outcome(outcome.id)))
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("nothing cites the record that was frozen")))
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Retry(_) => Self::Retry,
            store::Error::Document(violation) => Self::Invalid(vec![violation]),
            store::Error::Cursor => Self::Invalid(vec![Violation::new(
                "INVALID",
                "This cursor is not one of this list; begin again without it.",
                Path::of(["after"]),
            )]),
            store::Error::Conflict => Self::Conflict(vec![Violation::new(
                "CONFLICT",
                "It was changed by somebody else meanwhile. Look at it and try again.",
                Path::default(),
            )]),
            other => Self::Internal(anyhow::Error::new(other)),
        }
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Conflict { message } => {
                Self::Conflict(vec![Violation::new("CONFLICT", message, Path::default())])
            }
            Refused::Blocked(blockers) => Self::Blocked(blockers),
            Refused::Invalid(violations) => Self::Invalid(violations),
            Refused::NotFound => Self::NotFound,
            Refused::Forbidden => Self::Forbidden,
        }
    }
}
