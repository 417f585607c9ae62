//! Who decides and when: regard comes before the decision, and belongs to the body that takes it.

use chrono::NaiveDate;
use serde_json::json;

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    speech::mentions,
    subject::{day, given},
};
use crate::settings::Severity;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "decision.body.missing",
        title: "The body that decides is named",
        duty: "brown.non-delegable",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "The duty rests on the body with authority, and the panel only assures: its name must be known.",
        run: |subject| {
            if given(subject.content().proposal.decision_body.as_ref()) {
                return Vec::new();
            }
            let message = "The body that decides is not named. The duty is that body's own and cannot be \
                           handed to anybody else: name it as the scheme of delegation does.";
            vec![Draft::new(["proposal", "decisionBody"], message, json!({}))]
        },
    },
    Rule {
        id: "decision.date.missing",
        title: "The date of the decision is given",
        duty: "brown.timely",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard must be had before the decision, so its date must be known.",
        run: |subject| {
            if subject.content().proposal.decision_date.is_some() {
                return Vec::new();
            }
            let message = "The date of the decision is missing. Regard must be had before it, and the law of \
                           that day applies: give the date of the meeting that is to decide.";
            vec![Draft::new(["proposal", "decisionDate"], message, json!({}))]
        },
    },
    Rule {
        id: "decision.date.past",
        title: "The decision comes after the assessment",
        duty: "brown.timely",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "An assessment written after the decision cannot have informed it.",
        run: past_decision,
    },
    Rule {
        id: "decision.effective.early",
        title: "The change begins after the decision",
        duty: "brown.timely",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A change that begins before it is decided suggests that the decision has been taken.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let (Some(decided), Some(from)) = (proposal.decision_date, proposal.effective_from) else {
                return Vec::new();
            };
            if decided <= from {
                return Vec::new();
            }
            let message = format!(
                "The change is to begin on {}, before it is decided on {}. Correct the dates, or explain in \
                 the summary what is already being done and on whose authority.",
                day(from),
                day(decided)
            );
            let facts = json!({ "decisionDate": decided, "effectiveFrom": from });
            vec![Draft::new(["proposal", "effectiveFrom"], message, facts)]
        },
    },
    Rule {
        id: "decision.body.panel",
        title: "The body that decides has the authority to",
        duty: "brown.non-delegable",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "A panel assures and a supplier advises; the duty is that of the body which decides under the scheme of delegation.",
        run: |subject| {
            let body = subject.content().proposal.decision_body.as_deref();
            let Some(body) = body.filter(|body| mentions(body, NO_BODY)) else { return Vec::new() };
            let message = format!(
                "\"{body}\" reads like a panel or a supplier, which assures or advises and does not decide. Name the \
                 board or committee with authority, or accept this where the delegation is in writing."
            );
            vec![Draft::new(["proposal", "decisionBody"], message, json!({ "decisionBody": body }))]
        },
    },
    Rule {
        id: "decision.date.near",
        title: "There is time to judge the assessment before the decision",
        duty: "brown.timely",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Unwelcome,
        explanation: "A panel has ten working days as a rule, and what it asks for takes time too.",
        run: |subject| {
            let today = subject.facts.today;
            let near = |decided: &NaiveDate| (0..TIME_TO_JUDGE).contains(&(*decided - today).num_days());
            let date = subject.content().proposal.decision_date.filter(near);
            let Some(decided) = date.filter(|_| !is_submitted(subject)) else { return Vec::new() };
            let message = format!(
                "The decision is on {}, and the panel has not seen the assessment. Submit it now, or move the \
                 decision: what is written in haste changes nothing.",
                day(decided)
            );
            let facts = json!({ "decisionDate": decided, "today": today });
            vec![Draft::new(["proposal", "decisionDate"], message, facts)]
        },
    },
    Rule {
        id: "decision.predetermined",
        title: "What is still to be decided is not called decided",
        duty: "brown.timely",
        severity: Severity::Warning,
        gate: Some(Gate::Decide),
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "Regard is had with an open mind before the decision, not as a justification after it.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let texts = [
                (["proposal", "summary"], Some(proposal.summary.as_str())),
                (["answers", "aims"], subject.word("aims")),
            ];
            let told = texts.into_iter().find(|(_, text)| text.is_some_and(|text| mentions(text, DECIDED)));
            let Some((path, text)) = told.filter(|_| !is_submitted(subject)) else { return Vec::new() };
            let message = "The proposal reads as if it had been decided already. If it has, say which part and by \
                           whom; if not, write what is proposed.";
            vec![Draft::new(path, message, json!({ "text": text }))]
        },
    },
    Rule {
        id: "review.date.missing",
        title: "A date is set to look at the actual effects",
        duty: "brown.continuing",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "The duty does not end with the decision.",
        run: |subject| {
            if subject.answer("review_date") != Answer::Missing {
                return Vec::new();
            }
            let message = "No review date is set. The duty continues after the decision: say when the actual \
                           effects will be looked at, six to twelve months after the change as a rule.";
            vec![Draft::new(["answers", "review_date"], message, json!({}))]
        },
    },
    Rule {
        id: "review.date.early",
        title: "The review comes after the decision",
        duty: "brown.continuing",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Contradictory,
        explanation: "Actual effects cannot be looked at before there are any.",
        run: |subject| {
            let proposal = &subject.content().proposal;
            let review = subject.word("review_date").and_then(|text| text.parse::<NaiveDate>().ok());
            let begins = proposal.decision_date.max(proposal.effective_from);
            let (Some(review), Some(begins)) = (review, begins) else { return Vec::new() };
            if review > begins {
                return Vec::new();
            }
            let message = format!(
                "The review on {} would come before there is anything to review: the change is decided or \
                 begins on {}. Choose a later date.",
                day(review),
                day(begins)
            );
            let facts = json!({
                "reviewDate": review,
                "decisionDate": proposal.decision_date,
                "effectiveFrom": proposal.effective_from,
            });
            vec![Draft::new(["answers", "review_date"], message, facts)]
        },
    },
];

/// Words of a body that does not decide.
const NO_BODY: &[&str] =
    &["panel", "ltd", "limited", "llp", "plc", "consultant*", "consultancy", "supplier*", "contractor*"];

/// Days before the decision in which a panel can still judge: ten working days.
const TIME_TO_JUDGE: i64 = 14;

/// Words of a decision that has been taken.
const DECIDED: &[&str] = &[
    "has been decided",
    "already decided",
    "already been decided",
    "was decided",
    "has been agreed",
    "already agreed",
    "already been agreed",
    "has already been approved",
    "already approved",
    "has been approved",
    "decision has been taken",
    "decision has been made",
];

/// Whether the case has gone to the panel as it stands, or beyond it.
fn is_submitted(subject: &Subject<'_>) -> bool {
    let process = &subject.case.process;
    let submitted = process.submitted_revision == Some(subject.case.revision);
    submitted || process.approved_revision.is_some() || !process.decisions.is_empty()
}

/// Looks only at what has not been submitted: afterwards the day of the decision passes as it should.
fn past_decision(subject: &Subject<'_>) -> Vec<Draft> {
    let today = subject.facts.today;
    if is_submitted(subject) {
        return Vec::new();
    }
    let Some(decided) = subject.content().proposal.decision_date.filter(|decided| *decided < today) else {
        return Vec::new();
    };
    let message = format!(
        "The decision is dated {}, which is past, while the assessment is still being made. An assessment \
         comes before the decision: correct the date, or have the body decide afresh.",
        day(decided)
    );
    vec![Draft::new(
        ["proposal", "decisionDate"],
        message,
        json!({ "decisionDate": decided, "today": today }),
    )]
}
