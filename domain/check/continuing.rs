//! The duty goes on: a review in time, figures to watch, actions done when they were promised, decisions recorded.

use chrono::{Days, Months, NaiveDate};
use serde_json::json;

use super::{
    Draft, Fault, Rule, Subject,
    speech::gives_a_figure,
    subject::{day, says_something},
};
use crate::{decision::DecisionOutcome, mitigation::MitigationStatus, settings::Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "review.date.late",
        title: "The review comes while something can still be changed",
        duty: "heat.review",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "Six to twelve months after the change is usual; after eighteen, or after the change has ended, little can be mended.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let review = subject.word("review_date").and_then(|text| text.parse::<NaiveDate>().ok());
            let begins = proposal.effective_from.or(proposal.decision_date);
            let (Some(review), Some(begins)) = (review, begins) else { return Vec::new() };
            let latest = begins.checked_add_months(Months::new(18)).unwrap_or(begins);
            let why = if proposal.effective_to.is_some_and(|end| review > end) {
                "when the change has ended already"
            } else if review > latest {
                "more than eighteen months after the change begins"
            } else {
                return Vec::new();
            };
            let message = format!(
                "The review on {} comes {why}. Look earlier, while something can still be changed.",
                day(review)
            );
            let facts = json!({ "reviewDate": review, "begins": begins, "ends": proposal.effective_to });
            vec![Draft::new(["answers", "review_date"], message, facts)]
        },
    },
    Rule {
        id: "monitoring.unmeasured",
        title: "What is watched has a figure to begin from",
        duty: "auditwales.2022",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Auditors found that actual effects are seldom watched; without a figure nobody can see a change.",
        run: |subject| {
            let key = "monitoring";
            let vague = |text: &str| says_something(text) && !gives_a_figure(text);
            if !subject.word(key).is_some_and(vague) {
                return Vec::new();
            }
            let message = "How effects will be watched is described without a figure. Name what is counted, where it \
                           stands now and what would make you change course.";
            vec![Draft::new(["answers", key], message, json!({}))]
        },
    },
    Rule {
        id: "mitigation.overdue",
        title: "What was promised for a day is done by that day",
        duty: "brown.continuing",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "People were told that the harm would be lessened by then.",
        run: |subject| {
            let today = subject.facts.today;
            let open = subject.live_mitigations().filter(|mitigation| {
                matches!(
                    subject.case.mitigation_status(mitigation.id),
                    MitigationStatus::Planned | MitigationStatus::InProgress
                )
            });
            open.filter_map(|mitigation| Some((mitigation, mitigation.due.filter(|due| *due < today)?)))
                .map(|(mitigation, due)| {
                    let message = format!(
                        "The mitigation \"{}\" was due on {} and is not reported as done. Report how far it is, or \
                         set a day that can be kept and say who bears the delay.",
                        mitigation.action,
                        day(due)
                    );
                    let facts = json!({ "action": mitigation.action, "due": due, "today": today });
                    Draft::new(["mitigations", &mitigation.id.to_string(), "due"], message, facts)
                })
                .collect()
        },
    },
    Rule {
        id: "decision.unrecorded",
        title: "A decision that was to be taken is recorded",
        duty: "brown.records",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Four weeks after the meeting somebody knows what was decided, and a record shows that regard was had.",
        run: unrecorded,
    },
];

/// Days after the planned meeting by which its decision is on record.
const GRACE: u64 = 28;

fn unrecorded(subject: &Subject<'_>) -> Vec<Draft> {
    let process = &subject.case.process;
    let before_the_body = process.submitted_revision.is_some() || process.approved_revision.is_some();
    let decided = process.decisions.iter().any(|decision| decision.outcome != DecisionOutcome::Defer);
    let Some(planned) = subject.content().proposal.decision_date.filter(|_| before_the_body && !decided)
    else {
        return Vec::new();
    };
    let today = subject.facts.today;
    if planned.checked_add_days(Days::new(GRACE)).is_none_or(|end| today <= end) {
        return Vec::new();
    }
    let message = format!(
        "The decision was to be taken on {}, and none is recorded. Record it, or correct the date of the meeting.",
        day(planned)
    );
    vec![Draft::new(
        ["proposal", "decisionDate"],
        message,
        json!({ "decisionDate": planned, "today": today }),
    )]
}
