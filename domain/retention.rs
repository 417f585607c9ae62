//! How long cases are kept: the shipped schedule, when the term of a case ends, and what stands in the way of
//! disposing of anything before.
//!
//! The schedule is `definition/retention.json`. A term runs for closed cases only: while a case can still move,
//! nothing of it is disposed of, however old it is.

use std::sync::LazyLock;

use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    calendar::Moment,
    case::{Case, RetentionClass},
    event::{EventKind, Happening},
    shipped,
    text::{self, Path, Violation},
    words::words,
    workflow::{Phase, Standing},
};

/// Longest reason, in characters.
const REASON: usize = 2_000;

words! {
    /// What the term of a class is counted from.
    TermStart {
        /// The body's last decision; the last change of a case that was closed without one.
        Decision = "DECISION",
        /// The day the proposal's effect ends; the last change of a case that was stopped.
        EndOfProposal = "END_OF_PROPOSAL",
        /// Nothing: the term never ends.
        Never = "NEVER",
    }
}

/// What the schedule says of a class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RetentionRule {
    /// The class.
    pub class: RetentionClass,
    /// What it is called.
    pub title: String,
    /// What its term is counted from.
    pub begins: TermStart,
    /// How many years it lasts; absent where it never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub years: Option<u32>,
    /// What is done when it has ended.
    pub then: String,
    /// Where it is written.
    pub source: String,
    /// Where that can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What somebody has to confirm before relying on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    classes: Vec<RetentionRule>,
}

static SCHEDULE: LazyLock<Vec<RetentionRule>> = LazyLock::new(|| {
    let document: Document = shipped::read("ehia/retention/1", include_str!("definition/retention.json"))
        .expect("the shipped schedule is tested");
    document.classes
});

/// The shipped schedule, one rule a class.
#[must_use]
pub fn schedule() -> &'static [RetentionRule] {
    &SCHEDULE
}

/// What the schedule says of a class.
///
/// # Panics
/// Never: a test holds the shipped schedule to have every class.
#[must_use]
pub fn rule(class: RetentionClass) -> &'static RetentionRule {
    schedule().iter().find(|rule| rule.class == class).expect("the shipped schedule has every class")
}

/// The last day of a case's term; `None` while the case is not closed, its proposal has no end, or for ever.
#[must_use]
pub fn kept_until(case: &Case, phase: Phase, standing: Standing) -> Option<NaiveDate> {
    let rule = rule(case.retention);
    let closed = (phase == Phase::Closed).then(|| case.updated_at.date_naive())?;
    let from = match rule.begins {
        TermStart::Never => return None,
        TermStart::Decision => {
            let meetings = case.process.decisions.iter().map(|decision| decision.meeting);
            meetings.max().unwrap_or(closed)
        }
        TermStart::EndOfProposal if standing == Standing::Stopped => closed,
        TermStart::EndOfProposal => case.content.proposal.effective_to?,
    };
    // No day that somebody typed lets a term begin before there was a case.
    from.max(case.created_at.date_naive()).checked_add_months(Months::new(rule.years? * 12))
}

/// What is to be kept, and whether nothing may be disposed of, from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// The class; unchanged when absent.
    pub class: Option<RetentionClass>,
    /// The legal hold; unchanged when absent.
    pub legal_hold: Option<bool>,
    /// Why. Whoever may read the case may read it.
    pub reason: String,
}

/// The case under another class or hold; `None` when it is under them already.
pub fn set(
    case: &Case,
    retention: &Retention,
    moment: Moment,
) -> Result<Option<(Case, Happening)>, Violation> {
    text::check(&retention.reason, REASON, &Path::of(["reason"]))?;
    if retention.class.is_none() && retention.legal_hold.is_none() {
        let message = "Say what is to change: the retention class, the legal hold, or both.";
        return Err(Violation::new("REQUIRED", message, Path::of(["class"])));
    }
    let mut after = case.clone();
    after.retention = retention.class.unwrap_or(case.retention);
    after.legal_hold = retention.legal_hold.unwrap_or(case.legal_hold);
    if (after.retention, after.legal_hold) == (case.retention, case.legal_hold) {
        return Ok(None);
    }
    after.version += 1;
    after.updated_at = moment.at;
    let payload = json!({
        "class": after.retention,
        "legalHold": after.legal_hold,
        "before": { "class": case.retention, "legalHold": case.legal_hold },
        "reason": retention.reason,
    });
    Ok(Some((after, Happening::case(EventKind::RetentionSet, payload))))
}

/// Refuses to dispose of anything of a case that is held, or whose term has not ended.
pub fn disposable(
    case: &Case,
    phase: Phase,
    standing: Standing,
    today: NaiveDate,
) -> Result<NaiveDate, Violation> {
    let refused = |code: &str, message: String| Err(Violation::new(code, message, Path::default()));
    if case.legal_hold {
        let message = format!(
            "{} is under legal hold: nothing of it may be disposed of until governance lifts the hold.",
            case.reference
        );
        return refused("LEGAL_HOLD", message);
    }
    match kept_until(case, phase, standing) {
        Some(until) if until < today => Ok(until),
        Some(until) => refused(
            "NOT_DUE",
            format!("{} is kept until {until} ({}).", case.reference, rule(case.retention).title),
        ),
        None if phase != Phase::Closed => refused(
            "NOT_DUE",
            format!("{} is not closed; a term runs only for cases that are.", case.reference),
        ),
        None => refused(
            "NOT_DUE",
            format!("The term of {} has no end ({}).", case.reference, rule(case.retention).title),
        ),
    }
}
