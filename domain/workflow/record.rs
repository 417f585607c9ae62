//! The decision record: what was before panel or body on the day, as one canonical document.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    assessment::Content,
    canonical::{self, Spelt},
    case::Case,
    check::Finding,
    condition::Condition,
    decision::Decision,
    evidence::Attachment,
    form::score::Score,
    group::Catalogue,
    id::{AssessmentId, ImpactId, OrganisationId, PersonId},
    interdependency::Confirmation,
    rating::{Band, Rating, Scale},
    review::{Acceptance, InterestStep, Panel, PanelOutcome, Ratification, Recommendation, Review},
    screening::Screened,
    text::Violation,
    words::words,
    workflow::{engine::Context, follow::Look},
};

/// The layout of a decision record.
pub const FORMAT: &str = "ehia/record/1";

words! {
    /// Whose record it is.
    RecordKind {
        /// The panel's.
        Outcome = "OUTCOME",
        /// The body's with authority, or the panel's where it decides by delegation.
        Decision = "DECISION",
    }
}

/// What was concluded or decided, as the record keeps it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Judged<'a> {
    /// The panel's outcome.
    pub outcome: Option<&'a PanelOutcome>,
    /// The conditions it set.
    pub conditions: &'a [Condition],
    /// The body's decision.
    pub decision: Option<&'a Decision>,
    /// How deep an assessment is needed.
    pub screened: Option<&'a Screened>,
    /// By when the panel is to ratify what its chair concluded between meetings.
    pub ratification_due: Option<NaiveDate>,
}

/// How one impact stood, derived on the day.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    initial: Option<Rating>,
    current: Option<Rating>,
    target: Option<Rating>,
    assured: Option<Rating>,
    band: Band,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    format: &'static str,
    kind: RecordKind,
    assessment: AssessmentId,
    reference: &'a str,
    organisation: OrganisationId,
    revision: u32,
    at: chrono::DateTime<chrono::Utc>,
    state: &'a str,
    /// What the answers came to, where the form is scored.
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<&'a Score>,
    scale: &'a Scale,
    /// Names of the groups that the content names, by code.
    groups: BTreeMap<&'a str, &'a str>,
    content: &'a Content,
    /// Every file kept with the case, whether or not evidence names it.
    attachments: &'a [Attachment],
    ratings: BTreeMap<ImpactId, Standing>,
    /// What members said when they declared is the panel's own and no part of it.
    panel: Option<Panel>,
    /// How interests were declared and answered, each time; without what was said of them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    interests: BTreeMap<PersonId, Vec<InterestStep>>,
    /// Of every revision, each naming its own; only those of `revision` made a quorum. What the panel alone reads is no
    /// part of it.
    reviews: Vec<Review>,
    findings: &'a [Finding],
    accepted: BTreeMap<&'a str, &'a Acceptance>,
    /// What the panel concluded before.
    outcomes: &'a [PanelOutcome],
    outcome: Value,
    /// What the panel said before of what its chair concluded between meetings.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    ratifications: &'a [Ratification],
    /// By when it is to say so of what it has not answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    ratification_due: Option<NaiveDate>,
    /// How deep an assessment was said to be needed, and is now.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    screened: Vec<&'a Screened>,
    /// Those set before, as they stand, and those set now.
    conditions: Vec<&'a Condition>,
    /// What partners confirmed or withdrew of what it relies on.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    confirmations: &'a [Confirmation],
    /// Each time somebody looked at what was decided before, and it stayed as it was.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    looks: &'a [Look],
    decision: Value,
}

/// The record of `judged` on the case as it stood before, with the findings that were made of it.
///
/// Outcome and decision are kept without their own `record`, which is the SHA-256 of this document.
///
/// # Errors
/// When the content cannot be spelt canonically.
pub fn record(
    kind: RecordKind,
    case: &Case,
    judged: &Judged,
    context: &Context,
) -> Result<Frozen, Violation> {
    let now = judged
        .outcome
        .map(|outcome| &outcome.accepted)
        .into_iter()
        .chain(judged.decision.map(|decision| &decision.accepted))
        .flatten();
    let before = case.process.accepted.iter().map(|(id, acceptance)| (id.as_str(), acceptance));
    let ratings = case.content.impacts.iter().map(|impact| {
        let current = case.current(impact.id);
        let standing = Standing {
            initial: impact.initial,
            current,
            target: impact.target,
            assured: case.assured(impact.id),
            band: context.settings.scale.band(current),
        };
        (impact.id, standing)
    });
    let mut groups = BTreeMap::new();
    name_groups(&json!(case.content), context.groups, &mut groups);
    // To put a conclusion off tells nothing of what was said so far of the revision before the panel.
    let deferred = judged.outcome.is_some_and(|outcome| outcome.recommendation == Recommendation::Defer);
    let reviews = case.process.reviews.iter().filter(|review| !deferred || review.revision != case.revision);
    let document = Record {
        format: FORMAT,
        kind,
        assessment: case.id,
        reference: &case.reference,
        organisation: case.organisation,
        revision: case.revision,
        at: context.moment.at,
        state: &case.state,
        score: context.score,
        scale: &context.settings.scale,
        groups,
        content: &case.content,
        attachments: context.attachments,
        ratings: ratings.collect(),
        panel: case.process.panel.clone().map(without_notes),
        interests: answered(case),
        reviews: reviews.cloned().map(without_note).collect(),
        findings: context.findings,
        accepted: before.chain(now.map(|acceptance| (acceptance.finding.as_str(), acceptance))).collect(),
        outcomes: &case.process.outcomes,
        outcome: without_record(json!(judged.outcome)),
        ratifications: &case.process.ratifications,
        ratification_due: judged.ratification_due,
        screened: case.process.screened.iter().chain(judged.screened).collect(),
        conditions: case.process.conditions.iter().chain(judged.conditions).collect(),
        confirmations: &case.process.confirmations,
        looks: &case.process.looks,
        decision: without_record(json!(judged.decision)),
    };
    // What many records have alike is spelt once.
    let members =
        [("form", context.form.spelt()?), ("rules", context.rules), ("workflow", context.workflow.spelt()?)];
    Frozen::of(&json!(document), &members)
}

/// A record as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Frozen {
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// Their SHA-256.
    pub sha256: String,
}

impl Frozen {
    fn of(document: &Value, members: &[(&str, &Spelt)]) -> Result<Self, Violation> {
        let bytes = canonical::bytes_with(document, members)?;
        let sha256 = canonical::sha256(&bytes);
        Ok(Self { bytes, sha256 })
    }
}

/// The groups whose codes stand somewhere in the document, with their names.
fn name_groups<'a>(document: &Value, catalogue: &'a Catalogue, named: &mut BTreeMap<&'a str, &'a str>) {
    match document {
        Value::String(code) => {
            named.extend(catalogue.find(code).map(|group| (group.code.as_str(), group.name.as_str())));
        }
        Value::Array(list) => list.iter().for_each(|element| name_groups(element, catalogue, named)),
        Value::Object(fields) => fields.values().for_each(|field| name_groups(field, catalogue, named)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without_notes(mut panel: Panel) -> Panel {
    for member in &mut panel.members {
        member.note = None;
    }
    panel
}

/// What was declared and answered, in grades alone.
fn answered(case: &Case) -> BTreeMap<PersonId, Vec<InterestStep>> {
    let declared = case.process.interests.iter().filter(|(_, declared)| !declared.steps.is_empty());
    let step = |step: &InterestStep| InterestStep { note: None, ..step.clone() };
    declared.map(|(person, declared)| (*person, declared.steps.iter().map(step).collect())).collect()
}

fn without_note(mut review: Review) -> Review {
    review.note = None;
    review
}

fn without_record(mut judged: Value) -> Value {
    if let Some(fields) = judged.as_object_mut() {
        fields.remove("record");
    }
    judged
}
