//! What each person is to do with a case today: derived from the case, never stored as a wish.

use chrono::NaiveDate;

use crate::{
    case::Case,
    id::PersonId,
    mitigation::MitigationStatus,
    permission::Role,
    review::{ConditionStatus, Interest},
    words::words,
    workflow::Phase,
};

words! {
    /// The kinds of task.
    TaskKind {
        /// Go on writing.
        Write = "WRITE",
        /// Answer what the panel asked for.
        AnswerReturn = "ANSWER_RETURN",
        /// Say who is on the panel.
        AssignPanel = "ASSIGN_PANEL",
        /// Declare an interest, or that there is none.
        DeclareInterest = "DECLARE_INTEREST",
        /// Review the revision that is before the panel.
        Review = "REVIEW",
        /// Record what the panel concludes: every voting member has reviewed.
        Conclude = "CONCLUDE",
        /// Record what the body with authority decided.
        RecordDecision = "RECORD_DECISION",
        /// Judge whether a change is material.
        JudgeMateriality = "JUDGE_MATERIALITY",
        /// Meet a condition.
        MeetCondition = "MEET_CONDITION",
        /// Verify that a condition is met.
        VerifyCondition = "VERIFY_CONDITION",
        /// Say how far a mitigation is.
        ReportMitigation = "REPORT_MITIGATION",
        /// Look at the case again: its review date is near.
        LookAgain = "LOOK_AGAIN",
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

/// What is to be done with a case whose state is in `phase`.
#[must_use]
pub fn tasks(case: &Case, phase: Phase) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut add = |kind, doer, due, reason: &str| tasks.push(Task { kind, doer, due, reason: reason.into() });
    let process = &case.process;
    match phase {
        Phase::Drafting => {
            let author = Doer::Person(case.author);
            match &process.returned {
                Some(returned) => add(
                    TaskKind::AnswerReturn,
                    author,
                    returned.due,
                    "The panel asked for changes; answer them and submit again.",
                ),
                None => add(TaskKind::Write, author, None, "The assessment is still being written."),
            }
        }
        Phase::Review => review(case, &mut add),
        Phase::Approved => add(
            TaskKind::RecordDecision,
            Doer::Role(Role::DecisionMaker),
            case.content.proposal.decision_date,
            "The panel has concluded; the body with authority decides.",
        ),
        Phase::Decided | Phase::Closed => {}
    }
    if let Some(open) = &process.reexamination {
        for role in [Role::EqualityLead, Role::PanelChair] {
            let reason = "The content changed after the panel concluded; judge whether that is material.";
            add(TaskKind::JudgeMateriality, Doer::Role(role), Some(open.due), reason);
        }
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
    if phase == Phase::Decided && process.review_due.is_some() {
        let reason = "The date to look at this assessment again is set.";
        add(TaskKind::LookAgain, Doer::Person(case.author), process.review_due, reason);
    }
    tasks
}

fn review(case: &Case, add: &mut impl FnMut(TaskKind, Doer, Option<NaiveDate>, &str)) {
    let due = case.process.clocks.get("review").and_then(|clock| clock.due);
    let Some(panel) = &case.process.panel else {
        let secretary = Doer::Role(Role::PanelSecretary);
        add(TaskKind::AssignPanel, secretary, due, "The case was submitted and has no panel yet.");
        return;
    };
    let mut waiting = false;
    for member in &panel.members {
        let reviewed = case.reviews_of(case.revision).any(|review| review.reviewer == member.person);
        let doer = Doer::Person(member.person);
        if member.interest == Interest::Undeclared {
            waiting = true;
            add(TaskKind::DeclareInterest, doer, due, "You are on the panel; declare your interest first.");
        } else if member.takes_part() && !reviewed {
            waiting |= member.votes();
            add(TaskKind::Review, doer, due, "You are on the panel and have not reviewed this revision.");
        }
    }
    if !waiting {
        let chair = Doer::Role(Role::PanelChair);
        add(
            TaskKind::Conclude,
            chair,
            due,
            "Every voting member has reviewed; record what the panel concludes.",
        );
    }
}
