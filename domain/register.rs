//! The register of decisions that an organisation knows of: its savings plans, contract expiries and forward plans, as
//! it keeps them, held against its assessments. What is decided without one is found here and nowhere else.
//!
//! An organisation may keep several lists, each loaded whole from a file of its own; what a file no longer has is kept
//! and marked as ended.

mod sheet;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    case::Head,
    id::{AssessmentId, OrganisationId, PersonId, RegisteredDecisionId, Supply},
    text,
    words::words,
};

pub use sheet::{COLUMNS, LARGEST, Line, MOST, read};

words! {
    /// What plan a registered decision comes from.
    RegisterKind {
        /// A savings plan.
        Savings = "SAVINGS",
        /// A contract that runs out, and is renewed, changed or let go.
        ContractExpiry = "CONTRACT_EXPIRY",
        /// A forward plan of decisions.
        ForwardPlan = "FORWARD_PLAN",
        /// Any other list.
        Other = "OTHER",
    }
}

/// A decision as a line of a list says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// What the list calls it, for ever: a line of the list is known again by it.
    pub key: String,
    /// What is to be decided.
    pub title: String,
    /// Where it stands: the plan, and the place in it.
    pub source: String,
    /// What plan that is.
    pub kind: RegisterKind,
    /// Who decides.
    pub body: Option<String>,
    /// When it is or was decided.
    pub date: Option<NaiveDate>,
    /// Its service line.
    pub service_line: Option<String>,
    /// Whether it was decided; where the list does not say, once its day has passed.
    pub decided: Option<bool>,
    /// The reference of its assessment, where the list names one.
    pub assessment: Option<String>,
}

/// A decision in the register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredDecision {
    /// Its identifier.
    pub id: RegisteredDecisionId,
    /// Whose.
    pub organisation: OrganisationId,
    /// The list it is in.
    pub list: String,
    /// What the list says of it.
    pub entry: Entry,
    /// Its assessment: the one that the list names, or that somebody confirmed.
    pub assessment: Option<AssessmentId>,
    /// Who confirmed it, where the list does not name one.
    pub matched_by: Option<PersonId>,
    /// The day of the load that no longer had it.
    pub ended_on: Option<NaiveDate>,
}

impl RegisteredDecision {
    /// Whether it was decided by a day.
    #[must_use]
    pub fn is_decided(&self, today: NaiveDate) -> bool {
        self.entry.decided.unwrap_or_else(|| self.entry.date.is_some_and(|date| date < today))
    }
}

words! {
    /// What a load does with a decision.
    RegisterStep {
        /// It is new.
        Added = "ADDED",
        /// The list says something else of it than before.
        Changed = "CHANGED",
        /// It had ended, and is back.
        Resumed = "RESUMED",
        /// The list no longer has it: it is kept, and marked.
        Ended = "ENDED",
        /// It is as before.
        Unchanged = "UNCHANGED",
    }
}

/// What a load does, decision by decision, in the order of the file; those that ended come last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// What is done with each, its line in the file where it has one.
    pub steps: Vec<(RegisterStep, Option<u64>, RegisteredDecision)>,
}

impl Load {
    /// How many decisions a step is done with.
    #[must_use]
    pub fn count(&self, step: RegisterStep) -> usize {
        self.steps.iter().filter(|(of, ..)| *of == step).count()
    }

    /// The decisions as they are to be, of those that change.
    pub fn changes(&self) -> impl Iterator<Item = &RegisteredDecision> {
        let changed = self.steps.iter().filter(|(step, ..)| *step != RegisterStep::Unchanged);
        changed.map(|(_, _, decision)| decision)
    }
}

/// What the lines of a file make of a list as it is kept. `known` are the assessments by the references that the file
/// names. An assessment that somebody confirmed stays, unless the list names one.
#[must_use]
pub fn plan(
    (organisation, list): (OrganisationId, &str),
    before: Vec<RegisteredDecision>,
    lines: Vec<Line>,
    known: &BTreeMap<String, AssessmentId>,
    today: NaiveDate,
    supply: &mut Supply,
) -> Load {
    let mut before: BTreeMap<String, RegisteredDecision> =
        before.into_iter().map(|decision| (decision.entry.key.clone(), decision)).collect();
    let mut load = Load::default();
    for Line { number, entry } in lines {
        let named = entry.assessment.as_ref().and_then(|reference| known.get(reference)).copied();
        let Some(kept) = before.remove(&entry.key) else {
            let decision = RegisteredDecision {
                id: supply.fresh(),
                organisation,
                list: list.to_owned(),
                entry,
                assessment: named,
                matched_by: None,
                ended_on: None,
            };
            load.steps.push((RegisterStep::Added, Some(number), decision));
            continue;
        };
        // What the list named before and names no longer is nobody's word any more; what a person said stands.
        let (assessment, matched_by) = match (named, kept.matched_by) {
            (Some(named), _) => (Some(named), None),
            (None, Some(by)) => (kept.assessment, Some(by)),
            (None, None) => (None, None),
        };
        let after = RegisteredDecision { entry, assessment, matched_by, ended_on: None, ..kept.clone() };
        let step = if kept.ended_on.is_some() {
            RegisterStep::Resumed
        } else if after == kept {
            RegisterStep::Unchanged
        } else {
            RegisterStep::Changed
        };
        load.steps.push((step, Some(number), after));
    }
    for (_, kept) in before {
        let step = if kept.ended_on.is_some() { RegisterStep::Unchanged } else { RegisterStep::Ended };
        let ended_on = kept.ended_on.or(Some(today));
        load.steps.push((step, None, RegisteredDecision { ended_on, ..kept }));
    }
    load
}

/// Days between two dates of one decision, at most.
const NEAR: i64 = 31;
/// Letters of a word that tells something.
const TELLING: usize = 4;

/// Why an assessment may be the one of a registered decision, and how strongly; nothing where too little speaks for it.
#[must_use]
pub fn likeness(entry: &Entry, head: &Head) -> Option<(u32, Vec<String>)> {
    let (mut weight, mut reasons) = (0, Vec::new());
    let (own, theirs) = (words(&entry.title), words(&head.title));
    let shared: Vec<&str> = own.intersection(&theirs).map(String::as_str).collect();
    let fewer = own.len().min(theirs.len());
    if text::fold(&entry.title) == text::fold(&head.title) {
        weight += 4;
        reasons.push("It has the same title.".to_owned());
    } else if shared.len() >= 2 && shared.len() * 2 >= fewer {
        weight += 2;
        reasons.push(format!("Its title has the words {} too.", shared.join(", ")));
    }
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => text::fold(one) == text::fold(other),
        _ => false,
    };
    if same(&entry.service_line, &head.service_line) {
        weight += 1;
        reasons.push("It is of the same service line.".to_owned());
    }
    if let (Some(one), Some(other)) = (entry.date, head.decision_date)
        && (one - other).num_days().abs() <= NEAR
    {
        weight += 1;
        reasons.push(match (one - other).num_days().abs() {
            0 => "It is to be decided on the same day.".to_owned(),
            1 => "It is to be decided a day apart.".to_owned(),
            days => format!("It is to be decided {days} days apart."),
        });
    }
    (weight >= 2).then_some((weight, reasons))
}

/// The word of a title by which assessments like it are looked for.
#[must_use]
pub fn telling(title: &str) -> Option<String> {
    words(title).into_iter().max_by_key(|word| (word.chars().count(), word.clone()))
}

fn words(title: &str) -> BTreeSet<String> {
    let folded = text::fold(title);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| word.chars().count() >= TELLING).map(str::to_owned).collect()
}
