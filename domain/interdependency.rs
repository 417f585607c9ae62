//! Edges from one case to another, or to a partner.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    id::{AssessmentId, InterdependencyId, PersonId},
    impact::Impact,
    mitigation::MitigationStatus,
    party::Party,
    words::words,
    workflow::Standing,
};

words! {
    /// What an edge means.
    InterdependencyKind {
        /// A mitigation or claim here stands only if the other does.
        ReliesOn = "RELIES_ON",
        /// Both hit the same people.
        Compounds = "COMPOUNDS",
        /// People will go there instead.
        ShiftsDemandTo = "SHIFTS_DEMAND_TO",
        /// The other pays.
        Funds = "FUNDS",
        /// Both are steps of one pathway.
        SharesPathway = "SHARES_PATHWAY",
    }
}

words! {
    /// When a reliance holds. A form that is returned breaks nothing; a decision can.
    ReliancePremise {
        /// When the target proceeds.
        TargetProceeds = "TARGET_PROCEEDS",
        /// When the target does not proceed (a closure that is not to happen).
        TargetDoesNotProceed = "TARGET_DOES_NOT_PROCEED",
        /// When the partner has confirmed it.
        PartnerConfirms = "PARTNER_CONFIRMS",
    }
}

/// An edge to another assessment or a partner. A reliance names its premise: a service, a capacity, a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Interdependency {
    /// Its identifier.
    pub id: InterdependencyId,
    /// What it means.
    pub kind: InterdependencyKind,
    /// The other assessment, when it has one here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<AssessmentId>,
    /// The partner, when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<Party>,
    /// What is relied on, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub premise: Option<String>,
    /// By when it must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<NaiveDate>,
    /// When it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_when: Option<ReliancePremise>,
    /// How often in a thousand it fails, as the author reckons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<u16>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What somebody of a partner said of a reliance: that it holds, or that it does not or no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// What they spoke of, as it stood then.
    pub of: Interdependency,
    /// Whether they confirmed it; otherwise they do not, or no longer.
    pub confirmed: bool,
    /// Who said so.
    pub by: Party,
    /// When they did.
    pub on: NaiveDate,
    /// Where it can be read or heard of: a letter, a minute, a call.
    pub note: String,
    /// Who recorded it.
    pub recorded_by: PersonId,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

impl Confirmation {
    /// Whether it speaks of the reliance as it stands: the same partner, premise and day.
    #[must_use]
    pub fn speaks_of(&self, edge: &Interdependency) -> bool {
        (self.of.id, &self.of.partner, &self.of.premise, self.of.by)
            == (edge.id, &edge.partner, &edge.premise, edge.by)
    }
}

/// Which reliances of a case hold, where it is known: by the standing of their targets, or by what their partner
/// said last of the reliance as it stands.
#[must_use]
pub fn holds<S: std::hash::BuildHasher>(
    case: &Case,
    standing: &HashMap<AssessmentId, Standing, S>,
) -> BTreeMap<InterdependencyId, bool> {
    let edges =
        case.content.interdependencies.iter().filter(|edge| edge.kind == InterdependencyKind::ReliesOn);
    let proceeds = |edge: &Interdependency| match standing.get(&edge.target?)? {
        Standing::Pending => None,
        Standing::Proceeding => Some(true),
        Standing::Stopped => Some(false),
    };
    let known = edges.filter_map(|edge| {
        let holds = match edge.holds_when? {
            ReliancePremise::TargetProceeds => proceeds(edge)?,
            ReliancePremise::TargetDoesNotProceed => !proceeds(edge)?,
            ReliancePremise::PartnerConfirms => {
                let said = case.process.confirmations.iter().rev();
                said.into_iter().find(|one| one.speaks_of(edge))?.confirmed
            }
        };
        Some((edge.id, holds))
    });
    known.collect()
}

/// Which reliances hold after an edit: those it touched, from the standing of their targets as far as it was read;
/// what is known of the others stays, for it may be known better by now.
#[must_use]
pub fn holds_after<S: std::hash::BuildHasher>(
    after: &Case,
    before: &Case,
    standing: &HashMap<AssessmentId, Standing, S>,
) -> BTreeMap<InterdependencyId, bool> {
    let mut known = holds(after, standing);
    let untouched = |edge: &&Interdependency| before.content.interdependencies.contains(edge);
    for edge in after.content.interdependencies.iter().filter(untouched) {
        match before.process.holds.get(&edge.id) {
            Some(holds) => known.insert(edge.id, *holds),
            None => known.remove(&edge.id),
        };
    }
    known
}

/// A reliance that holds otherwise than before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turned {
    /// Which.
    pub reliance: InterdependencyId,
    /// Whether it holds now; `None`: that is not known any more.
    pub holds: Option<bool>,
}

/// The reliances that hold otherwise than before, in the order of the content.
#[must_use]
pub fn turned(before: &Case, after: &Case) -> Vec<Turned> {
    let edges = after.content.interdependencies.iter();
    let changed = edges.filter_map(|edge| {
        let (was, is) = (before.process.holds.get(&edge.id), after.process.holds.get(&edge.id));
        (was != is).then_some(Turned { reliance: edge.id, holds: is.copied() })
    });
    changed.collect()
}

/// Who does what rests on these reliances: the owners of mitigations that are neither given up nor known not to work.
pub fn owners<'a>(case: &'a Case, turned: &'a [Turned]) -> impl Iterator<Item = &'a Party> {
    let resting = case.content.mitigations.iter().filter(|mitigation| {
        let status = case.mitigation_status(mitigation.id);
        !matches!(status, MitigationStatus::Failed | MitigationStatus::Cancelled)
            && turned.iter().any(|one| mitigation.reliances.contains(&one.reliance))
    });
    resting.filter_map(|mitigation| mitigation.owner.as_ref())
}

/// What an event says of reliances that turned: which, and the impacts whose assured rating fell back to the initial one or
/// is the target again.
#[must_use]
pub fn consequences(before: &Case, after: &Case) -> serde_json::Value {
    let assured = |case: &Case, impact: &Impact| case.assured(impact.id);
    let moved = after.content.impacts.iter().filter(|one| assured(before, one) != assured(after, one));
    let (fell, rose): (Vec<_>, Vec<_>) = moved.partition(|one| assured(after, one) == one.initial);
    let ids = |impacts: Vec<&Impact>| impacts.into_iter().map(|impact| impact.id).collect::<Vec<_>>();
    serde_json::json!({ "turned": turned(before, after), "fellBack": ids(fell), "assured": ids(rose) })
}

/// Whether a case came to rely on another, or relies on one otherwise than before.
#[must_use]
pub fn relies_anew(after: &Case, before: Option<&Case>) -> bool {
    let known =
        |edge: &Interdependency| before.is_some_and(|before| before.content.interdependencies.contains(edge));
    let mut edges = after.content.interdependencies.iter();
    edges.any(|edge| edge.kind == InterdependencyKind::ReliesOn && edge.target.is_some() && !known(edge))
}
