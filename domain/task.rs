//! What each person is to do with a case today: derived from the case, never stored as a wish.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    calendar,
    case::Case,
    condition::{Condition, ConditionStatus},
    id::PersonId,
    mitigation::MitigationStatus,
    permission::Role,
    reading,
    review::Interest,
    text,
    words::words,
    workflow::{
        Phase, Standing,
        definition::{Transition, Workflow},
        discussion, engine, follow, interest,
        quorum::Composition,
    },
};

words! {
    /// The kinds of task.
    TaskKind {
        /// Go on writing, and submit it.
        Write = "WRITE",
        /// Answer what the panel asked for.
        AnswerReturn = "ANSWER_RETURN",
        /// Answer what the panel asks in a thread.
        AnswerQuestion = "ANSWER_QUESTION",
        /// Say who is on the panel.
        AssignPanel = "ASSIGN_PANEL",
        /// Declare an interest, or that there is none.
        DeclareInterest = "DECLARE_INTEREST",
        /// Answer the interest that a member of the panel declared.
        AnswerInterest = "ANSWER_INTEREST",
        /// Review the revision that is before the panel.
        Review = "REVIEW",
        /// Record what the panel concludes: enough of it has reviewed, and nobody else is waited for.
        Conclude = "CONCLUDE",
        /// Record what the body with authority decided.
        RecordDecision = "RECORD_DECISION",
        /// Judge whether a change is material.
        JudgeMateriality = "JUDGE_MATERIALITY",
        /// Meet a condition.
        MeetCondition = "MEET_CONDITION",
        /// Verify that a condition is met.
        VerifyCondition = "VERIFY_CONDITION",
        /// Say what is to be done about a condition that is breached: its sponsor and the body that decided.
        AnswerBreach = "ANSWER_BREACH",
        /// Read the assessment before the body meets, and confirm it.
        ConfirmReading = "CONFIRM_READING",
        /// Say how far a mitigation is.
        ReportMitigation = "REPORT_MITIGATION",
        /// Look at the case again, whose review date is near: say what was seen and when to look next, or close or reopen it.
        LookAgain = "LOOK_AGAIN",
        /// Put to the panel what the chair concluded between meetings.
        Ratify = "RATIFY",
        /// Answer for what the panel did not ratify: say why it stands, or reopen the case.
        AnswerRefusal = "ANSWER_REFUSAL",
        /// Begin the assessment that a screening asks for.
        BeginAssessment = "BEGIN_ASSESSMENT",
        /// Ask a partner what holds of what the case relies on, and record it: of the same they said something elsewhere.
        AskPartner = "ASK_PARTNER",
    }
}

/// Working days before its day from which on what is followed up is near.
pub const NEAR: u32 = 20;

/// The last of the days that are near today.
#[must_use]
pub fn near(today: NaiveDate) -> NaiveDate {
    calendar::add_working_days(today, NEAR, &[])
}

impl TaskKind {
    /// Kinds that nobody has before their day is near: until then there is nothing to do.
    pub const ON_THEIR_DAY: [Self; 1] = [Self::LookAgain];
    /// Kinds that are followed up for months. Whoever has one finds it among their tasks from the first day on, and in the
    /// daily digest once its day is near: a list that is the same every day is not read.
    pub const FOLLOWED_UP: [Self; 3] = [Self::MeetCondition, Self::ReportMitigation, Self::LookAgain];

    /// The mutation of the API that deals with it.
    #[must_use]
    pub const fn mutation(self) -> &'static str {
        match self {
            Self::Write | Self::Conclude | Self::RecordDecision => "transitionAssessment",
            Self::LookAgain => "lookAgain",
            Self::AnswerReturn => "answerReturn",
            Self::AnswerQuestion => "remark",
            Self::AssignPanel => "assignPanel",
            Self::DeclareInterest | Self::AnswerInterest => "declareInterest",
            Self::Review => "submitReview",
            Self::JudgeMateriality => "judgeMateriality",
            Self::MeetCondition | Self::VerifyCondition => "reportCondition",
            Self::AnswerBreach => "answerBreach",
            Self::ConfirmReading => "confirmReading",
            Self::Ratify => "recordRatification",
            Self::AnswerRefusal => "answerRefusal",
            Self::BeginAssessment => "createAssessment",
            Self::ReportMitigation => "reportMitigation",
            Self::AskPartner => "confirmReliance",
        }
    }
}

/// Who is to do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doer {
    /// One person.
    Person(PersonId),
    /// Whoever holds the role in the case's organisation.
    Role(Role),
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its kind.
    pub kind: TaskKind,
    /// Who is to do it.
    pub doer: Doer,
    /// By when.
    pub due: Option<NaiveDate>,
    /// A sentence that says why.
    pub reason: String,
}

/// What is to be done with a case, for lists of what waits for people: [`tasks`], and what its panel lacks for
/// the quorum of its organisation.
#[must_use]
pub fn listed(case: &Case, workflow: &Workflow, quorum: Composition<'_>) -> Vec<Task> {
    let mut tasks = tasks(case, workflow, quorum);
    let assigns = tasks.iter().any(|task| task.kind == TaskKind::AssignPanel);
    let lacking = workflow.lacking(&case.state, &workflow.may_vote(case), quorum);
    if let (Some(_), Some(lacking), false) = (&case.process.panel, lacking, assigns) {
        tasks.push(Task {
            kind: TaskKind::AssignPanel,
            doer: Doer::Role(Role::PanelSecretary),
            due: case.process.due(),
            reason: format!("The panel cannot be quorate: {lacking}. Say who else sits on it."),
        });
    }
    tasks
}

/// What is to be done with a case where it is in its workflow, by the quorum of its organisation.
#[must_use]
pub fn tasks(case: &Case, workflow: &Workflow, quorum: Composition<'_>) -> Vec<Task> {
    let phase = engine::phase(case, workflow);
    let stopped = workflow.state(&case.state).is_none_or(|state| state.standing == Standing::Stopped);
    let mut tasks = Vec::new();
    let mut add = |kind, doer, due, reason: &str| tasks.push(Task { kind, doer, due, reason: reason.into() });
    let process = &case.process;
    match phase {
        Phase::Drafting => {
            let author = Doer::Person(case.author);
            match &process.returned {
                Some(returned) if returned.unanswered().next().is_some() => add(
                    TaskKind::AnswerReturn,
                    author,
                    returned.due,
                    "Changes were asked for; answer them and submit again.",
                ),
                Some(returned) => {
                    let reason = if returned.asked() {
                        "All that was asked for is answered; submit it again."
                    } else {
                        "The case was reopened; change what is to be changed and submit it again."
                    };
                    add(TaskKind::Write, author, returned.due, reason);
                }
                None => {
                    add(TaskKind::Write, author, process.due(), "The assessment is still being written.");
                }
            }
        }
        Phase::Review => review(case, workflow, quorum, &mut add),
        Phase::Approved => {
            let reason = "The panel has concluded; the body with authority decides.";
            decide(case, workflow, &mut add, reason);
        }
        Phase::Decided | Phase::Closed => {}
    }
    unanswered(case, workflow, &mut add);
    if phase != Phase::Closed && discussion::asked(case) {
        let reason = "The panel asks something; answer it in its thread.";
        add(TaskKind::AnswerQuestion, Doer::Person(case.author), process.due(), reason);
    }
    if let Some(open) = &process.reexamination {
        for role in [Role::EqualityLead, Role::PanelChair] {
            let reason = "The content changed after the panel concluded; judge whether that is material.";
            add(TaskKind::JudgeMateriality, Doer::Role(role), Some(open.due), reason);
        }
    }
    for (asked, read) in reading::awaited(case, phase) {
        let reason = match read {
            Some(read) => format!(
                "You confirmed having read revision {read}, and it was changed since: read revision {} and confirm it.",
                case.revision
            ),
            None => "The body meets to decide: read the assessment before, and confirm it.".to_owned(),
        };
        add(TaskKind::ConfirmReading, Doer::Person(asked.person), Some(asked.meeting), &reason);
    }
    // Whatever became of the proposal since: the panel answers for what its chair did.
    if process.ratification_due.is_some() {
        for role in [Role::PanelChair, Role::PanelSecretary] {
            let reason = "The chair concluded between meetings; put it to the panel, and record whether it ratifies that.";
            add(TaskKind::Ratify, Doer::Role(role), process.ratification_due, reason);
        }
    }
    silent(case, phase, stopped, &mut add);
    // Nobody is asked to soften what will not happen.
    if stopped {
        return tasks;
    }
    for condition in &process.conditions {
        let (kind, party, reason) = match condition.status {
            ConditionStatus::Open | ConditionStatus::Breached => {
                (TaskKind::MeetCondition, &condition.owner, "You own a condition of this approval.")
            }
            ConditionStatus::Evidenced => {
                (TaskKind::VerifyCondition, &condition.verifier, "A condition waits for you to verify it.")
            }
            ConditionStatus::Verified | ConditionStatus::Waived => continue,
        };
        if let Some(person) = party.person {
            add(kind, Doer::Person(person), Some(condition.due), reason);
        }
    }
    if phase != Phase::Closed {
        heard(case, &mut add);
    }
    breached(case, workflow, &mut add);
    if matches!(phase, Phase::Approved | Phase::Decided) {
        for mitigation in &case.content.mitigations {
            let open = matches!(
                case.mitigation_status(mitigation.id),
                MitigationStatus::Planned | MitigationStatus::InProgress
            );
            if let Some(person) = mitigation.owner.as_ref().and_then(|owner| owner.person).filter(|_| open) {
                let reason = "You own a mitigation; say how far it is.";
                add(TaskKind::ReportMitigation, Doer::Person(person), mitigation.due, reason);
            }
        }
    }
    concluded(case, workflow, phase, &mut add);
    tasks
}

/// What a partner said of the same elsewhere is for the author to ask them about, and nobody else's word counts here until then.
fn heard(case: &Case, add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str)) {
    for edge in &case.content.interdependencies {
        let Some(heard) = case.process.heard.get(&edge.id) else { continue };
        let said = if heard.confirmed { "confirmed" } else { "does not, or no longer, confirm" };
        let reason = format!(
            "A partner {said}, as they said on {}, what this case relies on, too: \u{201c}{}\u{201d}. Ask them, and record what \
             they say of this case.",
            heard.on.format("%-d %B %Y"),
            text::shortened(edge.premise.as_deref().unwrap_or("a reliance"))
        );
        add(TaskKind::AskPartner, Doer::Person(case.author), edge.by, &reason);
    }
}

/// What a conclusion leaves to do, beside deciding.
fn concluded(
    case: &Case,
    workflow: &Workflow,
    phase: Phase,
    add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str),
) {
    let process = &case.process;
    if matches!(phase, Phase::Approved | Phase::Decided) && process.refused().is_some() {
        for role in [Role::EqualityLead, Role::PanelChair] {
            let reason = "The panel did not ratify what its chair concluded; reopen the case or say why it stands, unless the body decides.";
            add(TaskKind::AnswerRefusal, Doer::Role(role), None, reason);
        }
    }
    if phase == Phase::Approved && process.awaited().is_some() {
        let reason = "The screening asks for an assessment; begin it from here.";
        add(
            TaskKind::BeginAssessment,
            Doer::Person(case.author),
            case.content.proposal.decision_date,
            reason,
        );
    }
    if let Some(due) = follow::due(case, workflow) {
        let (closers, reopeners) = (workflow.closers(&case.state), workflow.reopeners(&case.state));
        for role in workflow.followers(&case.state) {
            let reason = match (closers.contains(&role), reopeners.contains(&role)) {
                (true, true) => {
                    "This assessment is to be looked at again: say what you saw and when to look next, close it or reopen it."
                }
                (true, false) => {
                    "This assessment is to be looked at again: say what you saw and when to look next, or close it."
                }
                (false, _) => {
                    "This assessment is to be looked at again: say what you saw and when to look next, or reopen it."
                }
            };
            add(TaskKind::LookAgain, Doer::Role(role), Some(due), reason);
        }
    }
}

/// A breach is the sponsor's to answer for, and the deciding body's: each until they said what is to be done, and the
/// sponsor no longer than the body. Of several they are told once.
fn breached(case: &Case, workflow: &Workflow, add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str)) {
    let mut ask = |doer, unanswered: Vec<&Condition>| {
        let Some(due) = unanswered.iter().map(|condition| condition.due).min() else { return };
        let reason = match unanswered.len() {
            1 => "A condition of this approval is breached: say what is to be done, unless it is met or waived, or the case is reopened.".to_owned(),
            more => format!(
                "{} conditions of this approval are breached: say of each what is to be done, unless they are met or waived, or the case is reopened.",
                text::number(more)
            ),
        };
        add(TaskKind::AnswerBreach, doer, Some(due), &reason);
    };
    let breached = || case.process.conditions.iter().filter(|one| one.status == ConditionStatus::Breached);
    if let Some(sro) = case.content.sro.as_ref().and_then(|sro| sro.person) {
        // Whoever is to meet them is asked that already.
        let unanswered =
            breached().filter(|one| one.owner.person != Some(sro) && one.answered().next().is_none());
        ask(Doer::Person(sro), unanswered.collect());
    }
    for role in workflow.body() {
        let unanswered = breached().filter(|one| !one.answered().any(|answer| answer.body));
        ask(Doer::Role(role), unanswered.collect());
    }
}

fn decide(
    case: &Case,
    workflow: &Workflow,
    add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str),
    reason: &str,
) {
    for role in workflow.deciders(&case.state) {
        add(TaskKind::RecordDecision, Doer::Role(role), case.content.proposal.decision_date, reason);
    }
}

/// Whoever had not declared when it was concluded does nothing else for the case, and has to where something is open again:
/// what the chair concluded between meetings, a change since, or what the panel did not ratify.
fn silent(
    case: &Case,
    phase: Phase,
    stopped: bool,
    add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str),
) {
    // While the panel reviews it they are asked anyway, and nothing is declared in what is closed.
    if matches!(phase, Phase::Review | Phase::Closed) {
        return;
    }
    let process = &case.process;
    let refused = || phase != Phase::Drafting && !stopped && process.refused().is_some();
    let (reason, due) = if process.ratification_due.is_some() {
        let reason = "You are on the panel, which is to answer for what its chair concluded; declare your interest first.";
        (reason, process.ratification_due)
    } else if let Some(open) = &process.reexamination {
        let reason =
            "You are on the panel, and what it concluded on was changed since; declare your interest first.";
        (reason, Some(open.due))
    } else if refused() {
        let reason = "You are on the panel, which did not ratify what its chair concluded; declare your interest first.";
        (reason, None)
    } else {
        return;
    };
    let members = process.panel.iter().flat_map(|panel| &panel.members);
    let silent = members.filter(|one| one.interest == Interest::Undeclared);
    for person in silent.map(|member| member.person).collect::<BTreeSet<_>>() {
        add(TaskKind::DeclareInterest, Doer::Person(person), due, reason);
    }
}

/// How a member takes part who declared an interest is for the chair to say; of the chair's own, for those beside them.
fn unanswered(
    case: &Case,
    workflow: &Workflow,
    add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str),
) {
    let mut waiting = case.process.unanswered();
    waiting.retain(|person, _| interest::asks_answer(case, workflow, *person));
    let due = case.process.due();
    // Another chair may answer, too; the one who declared is not asked to.
    if waiting.values().any(|chairs| *chairs) {
        let reason = "Whoever is in the chair declared an interest; answer it: until then they do not vote, and nothing is concluded.";
        for role in [Role::EqualityLead, Role::PanelSecretary] {
            add(TaskKind::AnswerInterest, Doer::Role(role), due, reason);
        }
    }
    let reason = match waiting.values().filter(|chairs| !**chairs).count() {
        0 => return,
        1 => "A member of the panel declared an interest; answer it: until then they do not vote, and nothing is concluded.".to_owned(),
        more => format!(
            "Interests that {} members of the panel declared wait for an answer: until then they do not vote, and nothing is concluded.",
            text::number(more)
        ),
    };
    add(TaskKind::AnswerInterest, Doer::Role(Role::PanelChair), due, &reason);
}

fn review(
    case: &Case,
    workflow: &Workflow,
    quorum: Composition<'_>,
    add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str),
) {
    let due = case.process.due();
    let concluders = workflow.concluders(&case.state);
    if !workflow.leaving(&case.state).any(|transition| transition.concludes.is_some()) {
        // The panel has said what it says here: escalated to the body, or put off until it is taken back.
        decide(case, workflow, add, "The panel did not support it; the body with authority decides.");
        if workflow.deciders(&case.state).is_empty() {
            let back = |transition: &&Transition| !workflow.concluders(&transition.to).is_empty();
            for role in workflow.roles_of(workflow.leaving(&case.state).filter(back)) {
                let reason =
                    "The panel put its conclusion off; take the case back to it when it can be judged.";
                add(TaskKind::Conclude, Doer::Role(role), due, reason);
            }
        }
        return;
    }
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    let asks = workflow.asks_panel(&case.state);
    if case.process.panel.is_none() && asks {
        let reason = "The case was submitted and has no panel yet.";
        add(TaskKind::AssignPanel, Doer::Role(Role::PanelSecretary), due, reason);
        return;
    }
    let mut seen = BTreeSet::new();
    let (mut waiting, mut voters, mut may_vote) = (false, false, false);
    let checked = workflow.checked(case);
    for member in members.filter(|member| seen.insert(member.person)) {
        let reviewed = case.reviews_of(case.revision).any(|review| review.reviewer == member.person);
        let doer = Doer::Person(member.person);
        // Whoever said what is checked here is asked for no review of it.
        let own = checked.contains(&member.person);
        voters |= member.votes() && !own;
        may_vote |= member.may_vote() && !own;
        if member.interest == Interest::Undeclared {
            waiting = true;
            add(TaskKind::DeclareInterest, doer, due, "You are on the panel; declare your interest first.");
        } else if member.takes_part() && !reviewed && !own {
            waiting |= member.may_vote();
            add(TaskKind::Review, doer, due, "You are on the panel and have not reviewed this revision.");
        }
    }
    if asks && !waiting && !may_vote {
        let reason = "Nobody on the panel may vote; say who else sits on it.";
        add(TaskKind::AssignPanel, Doer::Role(Role::PanelSecretary), due, reason);
        return;
    }
    if !workflow.asks_conclusion(case, quorum) {
        return;
    }
    // Where no panel is asked, somebody judges alone whoever sits on one.
    let reason = match (asks && voters, waiting) {
        (true, false) => "Every voting member has reviewed; record what the panel concludes.",
        (true, true) => {
            "The window for reviews has closed, and enough members have reviewed for a quorum; record what the panel concludes."
        }
        (false, _) => "The case waits for your conclusion.",
    };
    for role in concluders {
        add(TaskKind::Conclude, Doer::Role(role), due, reason);
    }
}
