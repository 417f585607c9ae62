//! Whether a message still applies when its turn comes. Messages are written with what they follow from and sent later,
//! some a day later in a digest: by then somebody may have withdrawn, been taken off, or done what it asks for. Each kind
//! says here when it stands; what does not is dropped, and the reason kept.

use chrono::{DateTime, Utc};

use super::{Notice, NoticeKind, Recipient, asks_author, may_act, may_hear, members, share_words};
use crate::{
    case::{Case, ShareLevel},
    condition::{Condition, ConditionStatus},
    id::{ContactId, PersonId},
    permission::{Action, Actor, Role, is_party, permit, was_party},
    reading,
    review::Interest,
    settings::Settings,
    task::{self, Doer, Task, TaskKind},
    workflow::{
        Phase, Standing,
        condition::{self, LinkAct},
        deadline::{self, Waits},
        definition::Workflow,
        discussion,
        engine::phase,
    },
};

/// Why a message is dropped: nothing is left of what it asks for or tells.
pub const DONE: &str = "what it asks for was done or no longer applies";
/// Why a message is dropped: its recipient withdrew, or sees nothing of the case before they declare.
pub const NO_PART: &str = "the recipient withdrew from the case, or has still to declare";
/// Why a message is dropped: its recipient may not know of the case any more.
pub const UNSEEN: &str = "the recipient may no longer see the assessment";

/// The case as it stands when the message would be sent.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// The case.
    pub case: &'a Case,
    /// The workflow of the case.
    pub workflow: &'a Workflow,
    /// The settings of its organisation.
    pub settings: &'a Settings,
}

impl Now<'_> {
    fn phase(&self) -> Phase {
        phase(self.case, self.workflow)
    }

    fn stopped(&self) -> bool {
        self.workflow.state(&self.case.state).is_none_or(|state| state.standing == Standing::Stopped)
    }

    /// Whether the panel concludes from where the case is.
    fn concludes(&self) -> bool {
        self.workflow.leaving(&self.case.state).any(|transition| transition.concludes.is_some())
    }

    fn conditions(&self, status: ConditionStatus) -> impl Iterator<Item = &Condition> {
        let conditions = self.case.process.conditions.iter().filter(move |one| one.status == status);
        conditions.filter(|_| !self.stopped())
    }
}

/// Why a message about a case, written at that instant, no longer applies to this person, if it does not.
#[must_use]
pub fn superseded(notice: &Notice, written: DateTime<Utc>, actor: &Actor, now: Now) -> Option<&'static str> {
    if permit(actor, Action::SeeStub, now.case, now.phase()).is_err() {
        return Some(UNSEEN);
    }
    if !may_hear(now.case, notice.kind, actor.person) {
        return Some(NO_PART);
    }
    (!stands(notice, written, actor, now)).then_some(DONE)
}

fn stands(notice: &Notice, written: DateTime<Utc>, actor: &Actor, now: Now) -> bool {
    let Now { case, workflow, settings } = now;
    let (process, person) = (&case.process, actor.person);
    let tasks = task::tasks(case, workflow, settings.composition());
    let owes = |kinds: &[TaskKind]| {
        let mine = |task: &Task| match task.doer {
            Doer::Person(doer) => doer == person,
            Doer::Role(role) => actor.serves(case, role),
        };
        tasks.iter().any(|task| kinds.contains(&task.kind) && mine(task))
    };
    let acts = || may_act(case, workflow, notice.kind, actor);
    let party = is_party(case, person);
    match notice.kind {
        NoticeKind::PanelAssigned => seated(person, now) && asked_to_judge(person, now, &owes),
        NoticeKind::Submitted if seated(person, now) => {
            now.phase() == Phase::Review && asked_to_judge(person, now, &owes)
        }
        NoticeKind::Submitted => {
            let waits = owes(&[TaskKind::AssignPanel, TaskKind::Conclude]) || process.panel.is_none();
            now.phase() == Phase::Review && waits && acts()
        }
        NoticeKind::ReviewsComplete => {
            let ready = workflow.asks_conclusion(case, settings.composition());
            now.phase() == Phase::Review && now.concludes() && ready && acts()
        }
        // A return that came back since was answered; the next one has a message of its own.
        NoticeKind::ChangesRequested => {
            let same = process.returned.as_ref().is_none_or(|returned| returned.at <= written);
            now.phase() == Phase::Drafting && party && same
        }
        NoticeKind::Question if asks_author(notice) => {
            party && now.phase() != Phase::Closed && discussion::asked(case)
        }
        NoticeKind::Question => answered(person, case),
        NoticeKind::OutcomeRecorded | NoticeKind::DecisionRecorded => {
            let keeps = [Role::EqualityLead, Role::PanelSecretary];
            party || seated(person, now) || keeps.iter().any(|role| actor.serves(case, *role))
        }
        NoticeKind::NotRatified => {
            now.phase() != Phase::Closed && process.ratifications.last().is_some_and(|last| !last.ratified)
        }
        NoticeKind::DecisionAwaited => owes(&[TaskKind::RecordDecision]) && acts(),
        NoticeKind::ConditionAssigned => {
            let settled = [ConditionStatus::Verified, ConditionStatus::Waived];
            let open = process.conditions.iter().filter(|one| !settled.contains(&one.status));
            let named = [Some(person)];
            !now.stopped()
                && open
                    .into_iter()
                    .any(|one| named.contains(&one.owner.person) || named.contains(&one.verifier.person))
        }
        NoticeKind::VerificationAwaited => {
            let mut waiting = now.conditions(ConditionStatus::Evidenced);
            waiting.any(|one| one.verifier.person == Some(person))
        }
        NoticeKind::ConditionBreached => {
            let tells = settings.conditions.breach_tells();
            let told = || tells.iter().any(|told| told.means(actor, case, workflow));
            // Its sponsor is told what the body says of it, whoever is told of the breach.
            let sponsors = case.content.sro.as_ref().is_some_and(|sro| sro.person == Some(person));
            let mut breached = now.conditions(ConditionStatus::Breached);
            breached.any(|one| {
                let mine = one.owner.person == Some(person) || sponsors || told();
                Some(one.due) == notice.facts.due && mine
            })
        }
        NoticeKind::ReadingAsked => {
            reading::awaited(case, now.phase()).any(|(asked, _)| asked.person == person)
        }
        NoticeKind::Named => {
            let reads = permit(actor, Action::Read, case, now.phase()).is_ok();
            now.phase() != Phase::Closed && party && reads
        }
        NoticeKind::ReexaminationOpened => process.reexamination.is_some() && acts(),
        NoticeKind::RelianceChanged => now.phase() != Phase::Closed,
        NoticeKind::Withdrawn => now.stopped(),
        NoticeKind::Shared => shared(notice, actor, case),
        // What was due that day is still to be done, by this person or by those they are told of.
        NoticeKind::Reminder => {
            let due = deadline::deadlines(case, workflow, settings).into_iter();
            let mut same = due.filter(|one| {
                Some(one.due) == notice.facts.due
                    && notice.facts.what.as_ref().is_none_or(|what| *what == one.what)
            });
            same.any(|one| one.concerns(actor, case, workflow))
        }
        NoticeKind::ActionReceived
        | NoticeKind::MeetingInvited
        | NoticeKind::MeetingMoved
        | NoticeKind::MeetingCancelled
        | NoticeKind::DailyDigest
        | NoticeKind::DeputyNamed
        | NoticeKind::AddressFailed
        | NoticeKind::PasswordReset => true,
    }
}

fn seated(person: PersonId, now: Now) -> bool {
    members(now.case.process.panel.as_ref()).contains(&person)
}

/// Whether a member has still to declare or to judge. What is put off waits for nobody's judgement, and what the panel
/// approved for nobody's declaration, unless it is to answer for what its chair did.
fn asked_to_judge(person: PersonId, now: Now, owes: &impl Fn(&[TaskKind]) -> bool) -> bool {
    let undeclared = now.case.process.interest(person) == Interest::Undeclared;
    match now.phase() {
        Phase::Drafting => true,
        Phase::Review => {
            owes(&[TaskKind::DeclareInterest, TaskKind::Review]) || (undeclared && !now.concludes())
        }
        Phase::Approved | Phase::Decided => undeclared && now.case.process.ratification_due.is_some(),
        Phase::Closed => false,
    }
}

/// Whether something that this person asked the author has an answer that nobody has settled.
fn answered(person: PersonId, case: &Case) -> bool {
    let theirs = case.process.threads.iter().filter(|thread| thread.begun_by() == Some(person));
    theirs.into_iter().any(|thread| {
        let last = thread.remarks.last();
        thread.asks_author
            && thread.resolved.is_none()
            && last.is_some_and(|remark| was_party(case, remark.by))
    })
}

/// Whether it is still shared as far as the message says.
fn shared(notice: &Notice, actor: &Actor, case: &Case) -> bool {
    let told =
        ShareLevel::ALL.iter().copied().find(|level| share_words(*level) == notice.facts.what.as_deref());
    let theirs = case.shares.iter().filter(|(organisation, _)| actor.belongs(**organisation));
    let level = theirs.map(|(_, level)| *level).max().unwrap_or(ShareLevel::None);
    level > ShareLevel::None && told.is_none_or(|told| level >= told)
}

/// Why a message about a case no longer applies to a party without an account, if it does not.
#[must_use]
pub fn superseded_contact(notice: &Notice, contact: ContactId, now: Now) -> Option<&'static str> {
    let Now { case, workflow, settings } = now;
    let due = |one: &Condition| Some(one.due) == notice.facts.due;
    let sro = case.content.sro.as_ref().and_then(|sro| sro.contact);
    let stands = match notice.kind {
        NoticeKind::Reminder => deadline::deadlines(case, workflow, settings)
            .iter()
            .any(|one| Some(one.due) == notice.facts.due && one.waits.contains(&Waits::Contact(contact))),
        NoticeKind::ConditionAssigned => condition::waiting(case, contact, workflow).is_some(),
        NoticeKind::VerificationAwaited => now
            .conditions(ConditionStatus::Evidenced)
            .any(|one| condition::linked(case, one.id, (contact, LinkAct::Verify), workflow).is_some()),
        NoticeKind::ConditionBreached => now
            .conditions(ConditionStatus::Breached)
            .any(|one| due(one) && (one.owner.contact == Some(contact) || sro == Some(contact))),
        _ => now.phase() != Phase::Closed || notice.kind == NoticeKind::Withdrawn,
    };
    debug_assert!(notice.to == Recipient::Contact(contact), "asked of whom it is to");
    (!stands).then_some(DONE)
}
