//! What is due in a case, whom it waits for, and who is told of it when: before it is due, and when it is late.
//!
//! Who is told when is data, in steps: a workflow gives them with its clocks, and the program for the days that are no
//! clock (a condition, a mitigation, a re-examination, a ratification, a review date). Each step of a day goes out once;
//! if the day moves, its steps begin anew.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::json;

use crate::{
    calendar::{self, Moment},
    case::{Case, Reminded},
    condition::{Condition, ConditionStatus},
    event::{EventKind, Happening},
    id::{ConditionId, ContactId, PersonId},
    mitigation::MitigationStatus,
    notify::OVERSEE,
    party::Party,
    permission::{Actor, Role},
    reading,
    settings::Settings,
    task::{self, Doer, TaskKind},
    workflow::{
        Phase, Standing,
        clock::{self, REEXAMINATION},
        condition,
        definition::{Reaction, Workflow},
        engine::{self, Applied},
        follow,
        ratification::RATIFICATION,
    },
};

/// The key of the day on which a case is looked at again.
const REVIEW: &str = "review";

/// Most steps of one clock.
pub const STEPS: usize = 6;
/// Most working days between a step and the day it is about.
pub const FARTHEST: i32 = 60;

/// Whom a step tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Told {
    /// Whoever is to do what is due.
    Doer,
    /// Who began the case.
    Author,
    /// Who sponsors it.
    Sro,
    /// Whoever decides by the workflow for the body with authority.
    Body,
    /// Whoever holds the role in the case's organisation.
    Role(Role),
}

impl Told {
    /// Reads `doer`, `body`, or a role; `AUTHOR` and `SRO` mean what somebody is to the case, as they do among a workflow's
    /// roles.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "doer" => Some(Self::Doer),
            "body" => Some(Self::Body),
            "AUTHOR" => Some(Self::Author),
            "SRO" => Some(Self::Sro),
            _ => Role::ALL.iter().copied().find(|role| role.as_str() == word).map(Self::Role),
        }
    }

    /// Whether it means the actor, but for whoever is to do what is due.
    #[must_use]
    pub fn means(self, actor: &Actor, case: &Case, workflow: &Workflow) -> bool {
        let sro = case.content.sro.as_ref().and_then(|sro| sro.person);
        match self {
            Self::Doer => false,
            Self::Author => case.author == actor.person,
            Self::Sro => sro == Some(actor.person),
            Self::Body => workflow.body().into_iter().any(|role| actor.serves(case, role)),
            Self::Role(role) => actor.serves(case, role),
        }
    }

    /// The word as it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Doer => "doer",
            Self::Author => "AUTHOR",
            Self::Sro => "SRO",
            Self::Body => "body",
            Self::Role(role) => role.as_str(),
        }
    }
}

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let message = "a step tells `doer`, `body`, `SRO`, `AUTHOR` or a role such as `PANEL_SECRETARY`";
        Self::parse(&word).ok_or_else(|| D::Error::custom(message))
    }
}

/// Who hears of a breached condition beside those who watch over cases: the sponsor and the deciding body.
pub const BREACH: [Told; 2] = [Told::Sro, Told::Body];

/// Who is told how long before or after a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Working days after the day; before it when negative.
    pub working_days: i32,
    /// Who is told.
    pub to: Vec<Told>,
    /// Whether what nobody reported as done is a breach from then on; conditions alone can be breached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub breaches: bool,
}

impl Step {
    /// The day on which it goes out.
    fn on(&self, due: NaiveDate, closed: &[NaiveDate]) -> NaiveDate {
        let days = self.working_days.unsigned_abs();
        if self.working_days < 0 {
            calendar::working_days_before(due, days, closed)
        } else {
            calendar::add_working_days(due, days, closed)
        }
    }
}

/// The steps that `REMIND` and `ESCALATE` stand for: whoever is to do it two working days before and one after, and with
/// `ESCALATE` then also those who watch over cases.
#[must_use]
pub fn steps_of(reaction: Reaction) -> Vec<Step> {
    let mut late = vec![Told::Doer];
    if reaction == Reaction::Escalate {
        late.extend(OVERSEE.map(Told::Role));
    }
    let step = |working_days, to| Step { working_days, to, breaches: false };
    vec![step(-2, vec![Told::Doer]), step(1, late)]
}

/// The steps of a day that is no clock: as `REMIND`, and those who watch over cases when it is five working days late.
fn steps_of_days() -> Vec<Step> {
    let mut steps = steps_of(Reaction::Remind);
    steps.push(Step {
        working_days: 5,
        to: [Told::Doer].into_iter().chain(OVERSEE.map(Told::Role)).collect(),
        breaches: false,
    });
    steps
}

/// The steps of a ratification: those of a day, and from the first day on that it is late whoever sponsors the proposal,
/// decides it and leads on equality hears that it is not ratified.
fn steps_of_ratification() -> Vec<Step> {
    let mut steps = steps_of_days();
    let concerned = [Told::Sro, Told::Role(Role::DecisionMaker), Told::Role(Role::EqualityLead)];
    for step in steps.iter_mut().filter(|step| step.working_days == 1) {
        step.to.extend(concerned);
    }
    steps
}

/// Whom something waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Waits {
    /// One person.
    Person(PersonId),
    /// A party without an account.
    Contact(ContactId),
    /// Whoever holds the role in the case's organisation.
    Role(Role),
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What, by a key that is its own in the case: `clock:review`, `condition:..`.
    pub key: String,
    /// What, in a few words.
    pub what: String,
    /// By when.
    pub due: NaiveDate,
    /// Whom it waits for.
    pub waits: Vec<Waits>,
    /// Who is told when.
    pub steps: Vec<Step>,
    /// The condition that one of the steps may breach.
    pub condition: Option<ConditionId>,
}

impl Deadline {
    /// Whether it waits for the actor, or one of its steps tells them.
    #[must_use]
    pub fn concerns(&self, actor: &Actor, case: &Case, workflow: &Workflow) -> bool {
        self.waits.iter().any(|waits| match *waits {
            Waits::Person(person) => person == actor.person,
            Waits::Contact(_) => false,
            Waits::Role(role) => actor.serves(case, role),
        }) || self.steps.iter().flat_map(|step| &step.to).any(|told| told.means(actor, case, workflow))
    }
}

/// All that is due in a case where it is in its workflow, by the settings of its organisation.
#[must_use]
pub fn deadlines(case: &Case, workflow: &Workflow, settings: &Settings) -> Vec<Deadline> {
    let process = &case.process;
    let phase = engine::phase(case, workflow);
    let state = workflow.state(&case.state);
    let label = state.map_or_else(String::new, |state| state.label.clone());
    let tasks = task::tasks(case, workflow, settings.composition());
    let mut found = Vec::new();
    for (name, clock) in &process.clocks {
        let Some(due) = clock.due.filter(|_| phase != Phase::Closed) else { continue };
        let judged = name == REEXAMINATION;
        let of = |task: &&task::Task| {
            (task.kind == TaskKind::JudgeMateriality) == judged
                && !has_its_own(task.kind)
                && task.due == Some(due)
        };
        let waits = awaited(tasks.iter().filter(of));
        found.push(Deadline {
            key: format!("clock:{name}"),
            what: if judged { "Re-examination".into() } else { label.clone() },
            due,
            waits,
            steps: workflow.clock(name).map_or_else(steps_of_days, |clock| clock.steps().into_owned()),
            condition: None,
        });
    }
    // Whatever became of the proposal since: the panel answers for what its chair did.
    if let Some(due) = process.ratification_due {
        found.push(Deadline {
            key: RATIFICATION.into(),
            what: "Ratification of what the chair did between meetings".into(),
            due,
            waits: vec![Waits::Role(Role::PanelChair), Waits::Role(Role::PanelSecretary)],
            steps: steps_of_ratification(),
            condition: None,
        });
    }
    // Nobody is asked to soften what will not happen.
    if state.is_none_or(|state| state.standing == Standing::Stopped) {
        return found;
    }
    found.extend(process.conditions.iter().filter_map(|condition| of_condition(condition, settings)));
    let mut add = |key: String, what: &str, due, waits: Vec<Waits>, steps| {
        found.push(Deadline { key, what: what.into(), due, waits, steps, condition: None });
    };
    for (asked, _) in reading::awaited(case, phase) {
        let waits = vec![Waits::Person(asked.person)];
        let what = "The assessment to read before the body meets";
        add(format!("reading:{}", asked.person), what, asked.meeting, waits, steps_of(Reaction::Remind));
    }
    if matches!(phase, Phase::Approved | Phase::Decided) {
        for mitigation in &case.content.mitigations {
            let open = matches!(
                case.mitigation_status(mitigation.id),
                MitigationStatus::Planned | MitigationStatus::InProgress
            );
            if let (true, Some(due), Some(owner)) = (open, mitigation.due, &mitigation.owner) {
                add(
                    format!("mitigation:{}", mitigation.id),
                    "A mitigation to report on",
                    due,
                    waits(owner),
                    steps_of_days(),
                );
            }
        }
    }
    if let Some(due) = follow::due(case, workflow) {
        add(
            REVIEW.into(),
            "The date to look at this assessment again",
            due,
            awaited(tasks.iter().filter(|task| task.kind == TaskKind::LookAgain)),
            steps_of_days(),
        );
    }
    found
}

/// What is due of a condition. One that is breached waits for its owner all the same; those who watch over it know.
fn of_condition(condition: &Condition, settings: &Settings) -> Option<Deadline> {
    let follow_up = &settings.conditions;
    let (of, what, party, steps) = match condition.status {
        ConditionStatus::Open => {
            ("condition", "A condition to meet", &condition.owner, follow_up.steps.clone())
        }
        ConditionStatus::Breached => {
            let steps = follow_up.steps.iter().filter(|step| !step.breaches).cloned().collect();
            ("condition", "A condition to meet", &condition.owner, steps)
        }
        ConditionStatus::Evidenced => {
            ("verification", "A condition to verify", &condition.verifier, steps_of_days())
        }
        ConditionStatus::Verified | ConditionStatus::Waived => return None,
    };
    Some(Deadline {
        key: format!("{of}:{}", condition.id),
        what: what.into(),
        due: condition.due,
        waits: waits(party),
        steps,
        condition: (condition.status == ConditionStatus::Open).then_some(condition.id),
    })
}

/// Whether what is due of this kind is no clock.
const fn has_its_own(kind: TaskKind) -> bool {
    matches!(
        kind,
        TaskKind::MeetCondition
            | TaskKind::VerifyCondition
            | TaskKind::ReportMitigation
            | TaskKind::LookAgain
            | TaskKind::Ratify
            | TaskKind::BeginAssessment
            | TaskKind::AskPartner
            | TaskKind::AnswerBreach
            | TaskKind::ConfirmReading
    )
}

/// Whom tasks wait for, each once.
fn awaited<'a>(tasks: impl Iterator<Item = &'a task::Task>) -> Vec<Waits> {
    let waits = tasks.map(|task| match task.doer {
        Doer::Person(person) => Waits::Person(person),
        Doer::Role(role) => Waits::Role(role),
    });
    let mut waits: Vec<Waits> = waits.collect();
    waits.sort_unstable();
    waits.dedup();
    waits
}

fn waits(party: &Party) -> Vec<Waits> {
    party.person.map(Waits::Person).or(party.contact.map(Waits::Contact)).into_iter().collect()
}

/// The steps of a deadline that are still to go out, the first of them first, each with its day.
fn ahead<'a>(
    case: &Case,
    deadline: &'a Deadline,
    closed: &[NaiveDate],
) -> impl Iterator<Item = (NaiveDate, &'a Step)> {
    let reminded = case.process.reminded.get(&deadline.key).filter(|reminded| reminded.due == deadline.due);
    let last = reminded.map(|reminded| reminded.working_days);
    let mut steps: Vec<_> =
        deadline.steps.iter().filter(|step| last.is_none_or(|last| step.working_days > last)).collect();
    steps.sort_by_key(|step| step.working_days);
    steps.into_iter().map(|step| (step.on(deadline.due, closed), step)).collect::<Vec<_>>().into_iter()
}

/// The next day on which somebody is to be told of something due; `None` when nothing is ahead.
#[must_use]
pub fn next(case: &Case, workflow: &Workflow, settings: &Settings) -> Option<NaiveDate> {
    let deadlines = deadlines(case, workflow, settings);
    let closed = &settings.closed_days;
    deadlines.iter().filter_map(|deadline| ahead(case, deadline, closed).next()).map(|(on, _)| on).min()
}

/// What a reminder is about, as its event says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reminder {
    pub(crate) deadline: String,
    pub(crate) due: NaiveDate,
    pub(crate) to: Vec<String>,
}

/// Announces the clocks that ran out and the steps whose day has come; `None` when there are none.
#[must_use]
pub fn announce(case: &Case, workflow: &Workflow, settings: &Settings, moment: Moment) -> Option<Applied> {
    let passed = clock::tick(case, workflow, moment);
    let between = passed.as_ref().map_or(case, |passed| &passed.case);
    let Some(mut reminded) = remind(between, workflow, settings, moment) else { return passed };
    reminded.case.version = case.version + 1;
    let mut happenings = passed.map(|passed| passed.happenings).unwrap_or_default();
    happenings.append(&mut reminded.happenings);
    Some(Applied { happenings, ..reminded })
}

/// Announces every step whose day has come; `None` when there is none. Steps that were missed are told together with the
/// newest of their deadline, to all whom they name. A step that breaches a condition says that instead.
#[must_use]
pub fn remind(case: &Case, workflow: &Workflow, settings: &Settings, moment: Moment) -> Option<Applied> {
    let deadlines = deadlines(case, workflow, settings);
    let closed = &settings.closed_days;
    let mut after = case.clone();
    let mut happenings = Vec::new();
    for deadline in &deadlines {
        let come: Vec<&Step> = ahead(case, deadline, closed)
            .take_while(|(on, _)| *on <= moment.today)
            .map(|(_, step)| step)
            .collect();
        let Some(newest) = come.last() else { continue };
        let mut to: Vec<Told> = come.iter().flat_map(|step| &step.to).copied().collect();
        to.sort_unstable();
        to.dedup();
        let reminded = Reminded { due: deadline.due, working_days: newest.working_days };
        after.process.reminded.insert(deadline.key.clone(), reminded);
        let breaches = deadline.condition.filter(|_| come.iter().any(|step| step.breaches));
        if let Some(breached) = breaches.and_then(|id| condition::lapse(&mut after, id, &to, moment)) {
            happenings.push(breached);
            continue;
        }
        let payload = json!({
            "deadline": deadline.key,
            "due": deadline.due,
            "workingDays": newest.working_days,
            "to": to,
        });
        happenings.push(Happening::case(EventKind::ReminderDue, payload));
    }
    if happenings.is_empty() {
        return None;
    }
    // While something is to be judged first there is no day to look again; the same day comes back.
    let waits = |key: &str, of: &Reminded| key == REVIEW && case.process.review_due == Some(of.due);
    let there = |key: &str| deadlines.iter().any(|deadline| deadline.key == key);
    after.process.reminded.retain(|key, of| there(key) || waits(key, of));
    after.version += 1;
    after.updated_at = moment.at;
    Some(Applied { case: after, happenings, record: None })
}
