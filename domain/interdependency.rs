//! Edges from one case to another, or to a partner.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::Content,
    case::Case,
    id::{AssessmentId, InterdependencyId, PersonId},
    impact::Impact,
    mitigation::MitigationStatus,
    party::Party,
    risk::graph::Reliance,
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

/// What a partner said of the same where another reliance is on it, until what they say of this one is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Heard {
    /// Whether they confirmed it; otherwise they do not, or no longer.
    pub confirmed: bool,
    /// When they said so.
    pub on: NaiveDate,
}

impl Heard {
    /// Whether what its partner said last of the reliance itself answers it: the same, or something that they said no earlier.
    #[must_use]
    pub fn answered(self, confirmed: bool, on: NaiveDate) -> bool {
        self.confirmed == confirmed || on >= self.on
    }
}

impl Confirmation {
    /// Whether it speaks of the reliance as it stands: the same partner, premise and day.
    #[must_use]
    pub fn speaks_of(&self, edge: &Interdependency) -> bool {
        (self.of.id, &self.of.partner, &self.of.premise, self.of.by)
            == (edge.id, &edge.partner, &edge.premise, edge.by)
    }
}

/// What is known of a case that another relies on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// How it stands.
    pub standing: Standing,
    /// The first day on which it touches people, where it says so and that may be known.
    pub from: Option<NaiveDate>,
    /// The last.
    pub to: Option<NaiveDate>,
}

impl From<Standing> for Target {
    /// A target that says nothing of its days.
    fn from(standing: Standing) -> Self {
        Self { standing, from: None, to: None }
    }
}

words! {
    /// What is to be known beside whether a reliance holds: why it does not, why that is open, or that it holds only as far as is known.
    Caveat {
        /// It does not hold: the case it rests on proceeds, and takes effect only after the day by which it must.
        FromLater = "FROM_LATER",
        /// It does not hold: the case it rests on proceeds, and ends before the day by which it must.
        EndsBefore = "ENDS_BEFORE",
        /// Whether it holds is open: the case it rests on proceeds, and does not say from when, as far as may be known.
        Undated = "UNDATED",
        /// Whether it holds is open: the partner confirmed it only after the day by which it must.
        ConfirmedLate = "CONFIRMED_LATE",
        /// Whether it holds is open: its partner said that it does not, or no longer, where another reliance is on the same, and
        /// nobody recorded yet what they say of this one.
        TakenBackElsewhere = "TAKEN_BACK_ELSEWHERE",
        /// Its partner confirmed it where another reliance is on the same; here that counts once it is recorded here.
        ConfirmedElsewhere = "CONFIRMED_ELSEWHERE",
    }
}

impl Caveat {
    /// What it says, as the rest of a sentence about the reliance.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::FromLater => {
                "the case it rests on proceeds, but takes effect only after the day by which it is relied on"
            }
            Self::EndsBefore => {
                "the case it rests on proceeds, but ends before the day by which it is relied on"
            }
            Self::Undated => {
                "the case it rests on proceeds, but does not say from when, so that nobody knows whether it is in time"
            }
            Self::ConfirmedLate => "its partner confirmed it only after the day by which it is relied on",
            Self::TakenBackElsewhere => {
                "its partner said that it does not, or no longer, where another reliance is on the same: ask them, and record \
                 what they say of this one"
            }
            Self::ConfirmedElsewhere => {
                "its partner confirmed it where another reliance is on the same: ask them, and record what they say of this one"
            }
        }
    }
}

/// What its partner said last of an edge as it stands: by the day on which they said it, and of what they said on one day what
/// was recorded last. A letter that is typed in late takes back nothing that was said after it.
#[must_use]
pub fn said_last<'a>(case: &'a Case, edge: &Interdependency) -> Option<&'a Confirmation> {
    let said = case.process.confirmations.iter().filter(|one| one.speaks_of(edge));
    // Of several with the same day this is the last.
    said.max_by_key(|one| one.on)
}

/// Whether a reliance holds, where it is known, and what is to be known beside it.
///
/// * On a target that proceeds: when it does, and is there by the day on which it is relied on; where that is asked and the
///   target does not say from when, nobody knows.
/// * On a target that does not proceed: when it does not. One that proceeds later breaks it at once, because it is decided.
/// * On a partner: as they said last, but for what they confirmed only after its day.
fn judged<S: std::hash::BuildHasher>(
    case: &Case,
    edge: &Interdependency,
    targets: &HashMap<AssessmentId, Target, S>,
) -> (Option<bool>, Option<Caveat>) {
    let target = edge.target.and_then(|target| targets.get(&target));
    let proceeds = target.and_then(|target| match target.standing {
        Standing::Pending => None,
        Standing::Proceeding => Some(true),
        Standing::Stopped => Some(false),
    });
    match (edge.holds_when, target, proceeds) {
        (Some(ReliancePremise::TargetProceeds), Some(target), Some(true)) => in_time(edge.by, *target),
        (Some(ReliancePremise::TargetProceeds), _, proceeds) => (proceeds, None),
        (Some(ReliancePremise::TargetDoesNotProceed), _, proceeds) => {
            (proceeds.map(|proceeds| !proceeds), None)
        }
        (Some(ReliancePremise::PartnerConfirms), _, _) => confirmed(case, edge),
        (None, _, _) => (None, None),
    }
}

/// Whether a reliance holds by what its partner said of it, and of the same elsewhere: what they took back there leaves it open,
/// what they confirmed there changes nothing but that it is to be asked.
fn confirmed(case: &Case, edge: &Interdependency) -> (Option<bool>, Option<Caveat>) {
    let heard = case.process.heard.get(&edge.id);
    match said_last(case, edge) {
        _ if heard.is_some_and(|heard| !heard.confirmed) => (None, Some(Caveat::TakenBackElsewhere)),
        Some(said) if said.confirmed && edge.by.is_some_and(|by| by < said.on) => {
            (None, Some(Caveat::ConfirmedLate))
        }
        said => (said.map(|said| said.confirmed), heard.map(|_| Caveat::ConfirmedElsewhere)),
    }
}

/// Keeps in a case what partners said in another of what it relies on, too, to be asked and answered here; what was said here of
/// a later day, or since, and what agrees with it, asks nothing, and neither does what they only repeat there: else two cases of
/// which they say different things would ask each other for ever. Who said it and where is for those who may read the other case.
pub fn hear(case: &mut Case, other: &Case) {
    let Case { id, content, process, .. } = case;
    for edge in &content.interdependencies {
        let Some(on) = Reliance::confirmed(edge) else { continue };
        let elsewhere = other.process.confirmations.iter().filter(|said| {
            (other.id, said.of.id) != (*id, edge.id) && Reliance::confirmed(&said.of).as_ref() == Some(&on)
        });
        let mut elsewhere: Vec<&Confirmation> = elsewhere.collect();
        // What was said on one day stays in the order in which it was recorded.
        elsewhere.sort_by_key(|said| said.on);
        let Some(there) = first_of_the_same(&elsewhere) else { continue };
        let own = process.confirmations.iter().filter(|said| said.speaks_of(edge)).max_by_key(|said| said.on);
        let answered = own.is_some_and(|own| {
            own.confirmed == there.confirmed || (own.on, own.recorded_at) > (there.on, there.recorded_at)
        });
        // What was taken back is to be answered, whatever is confirmed since elsewhere.
        let open = process.heard.get(&edge.id).is_some_and(|heard| !heard.confirmed && there.confirmed);
        if !answered && !open {
            process.heard.insert(edge.id, Heard { confirmed: there.confirmed, on: there.on });
        }
    }
}

/// The word since which a partner says of a reliance what they say of it last, of words in order: whoever heard none of those that
/// are alike hears the first of them.
fn first_of_the_same<'a>(said: &[&'a Confirmation]) -> Option<&'a Confirmation> {
    let newest = said.last()?;
    let own = said.iter().rev().filter(|one| one.of.id == newest.of.id);
    own.take_while(|one| one.confirmed == newest.confirmed).last().copied()
}

/// Whether a target that proceeds is there by a day: nobody knows where it does not say from when.
fn in_time(by: Option<NaiveDate>, target: Target) -> (Option<bool>, Option<Caveat>) {
    let Some(by) = by else { return (Some(true), None) };
    if target.from.is_some_and(|from| from > by) {
        (Some(false), Some(Caveat::FromLater))
    } else if target.to.is_some_and(|to| to < by) {
        (Some(false), Some(Caveat::EndsBefore))
    } else if target.from.is_none() {
        (None, Some(Caveat::Undated))
    } else {
        (Some(true), None)
    }
}

/// Which reliances of a case hold, where it is known: by the standing and the days of their targets, or by what their partner
/// said last of the reliance as it stands.
#[must_use]
pub fn holds<S: std::hash::BuildHasher>(
    case: &Case,
    targets: &HashMap<AssessmentId, Target, S>,
) -> BTreeMap<InterdependencyId, bool> {
    let known = reliances(case).filter_map(|edge| Some((edge.id, judged(case, edge, targets).0?)));
    known.collect()
}

fn reliances(case: &Case) -> impl Iterator<Item = &Interdependency> {
    case.content.interdependencies.iter().filter(|edge| edge.kind == InterdependencyKind::ReliesOn)
}

/// Keeps in the case which of its reliances hold, and what is to be known beside that.
pub fn settle<S: std::hash::BuildHasher>(case: &mut Case, targets: &HashMap<AssessmentId, Target, S>) {
    case.process.holds = holds(case, targets);
    let caveats = reliances(case).filter_map(|edge| Some((edge.id, judged(case, edge, targets).1?)));
    case.process.caveats = caveats.collect();
}

/// The same after an edit: of those that it touched, from their targets as far as these were read; what is known of the
/// others stays, for it may be known better by now.
pub fn settle_after<S: std::hash::BuildHasher>(
    after: &mut Case,
    before: &Case,
    targets: &HashMap<AssessmentId, Target, S>,
) {
    put_aside(after, &before.content);
    settle(after, targets);
    let Case { content, process, .. } = after;
    let untouched = |edge: &&Interdependency| before.content.interdependencies.contains(edge);
    for edge in content.interdependencies.iter().filter(untouched) {
        keep(&mut process.holds, edge.id, before.process.holds.get(&edge.id));
        keep(&mut process.caveats, edge.id, before.process.caveats.get(&edge.id));
    }
}

/// What was heard is of what is relied on: of something else nobody said anything. After an edit it is put aside with the digest of
/// what it was said of, and counts again once the reliance rests on that again; it goes with the reliance only.
fn put_aside(case: &mut Case, before: &Content) {
    let Case { content, process, .. } = case;
    for edge in &content.interdependencies {
        let known = before.interdependencies.iter().find(|one| one.id == edge.id);
        if known == Some(edge) {
            continue;
        }
        let (was, is) = (known.and_then(rests_on), rests_on(edge));
        if was == is {
            continue;
        }
        if let (Some(was), Some(heard)) = (was, process.heard.remove(&edge.id)) {
            process.heard_before.entry(edge.id).or_default().insert(was, heard);
        }
        let again = is.and_then(|is| process.heard_before.get_mut(&edge.id)?.remove(&is));
        keep(&mut process.heard, edge.id, again.as_ref());
    }
    let stays = |id: &InterdependencyId| content.interdependencies.iter().any(|edge| edge.id == *id);
    process.heard.retain(|id, _| stays(id));
    process.heard_before.retain(|id, kept| stays(id) && !kept.is_empty());
}

/// The digest of what a partner confirms of a reliance; that a case is named beside it changes nothing of that.
fn rests_on(edge: &Interdependency) -> Option<String> {
    let partner = Interdependency { target: None, ..edge.clone() };
    Reliance::confirmed(&partner).map(|reliance| reliance.digest())
}

/// Keeps in the case what its partner's word makes of one of its reliances.
pub fn settle_said(case: &mut Case, edge: &Interdependency) {
    let (holds, caveat) = judged(case, edge, &HashMap::<AssessmentId, Target>::new());
    keep(&mut case.process.holds, edge.id, holds.as_ref());
    keep(&mut case.process.caveats, edge.id, caveat.as_ref());
}

/// Keeps what is known of a reliance, or that nothing is.
pub(crate) fn keep<T: Copy>(
    all: &mut BTreeMap<InterdependencyId, T>,
    of: InterdependencyId,
    known: Option<&T>,
) {
    match known {
        Some(known) => all.insert(of, *known),
        None => all.remove(&of),
    };
}

/// A reliance that holds otherwise than before, or for another reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turned {
    /// Which.
    pub reliance: InterdependencyId,
    /// Whether it holds now; `None`: that is not known any more.
    pub holds: Option<bool>,
    /// What is to be known beside that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caveat: Option<Caveat>,
}

/// The reliances that hold otherwise than before, or for another reason, in the order of the content.
#[must_use]
pub fn turned(before: &Case, after: &Case) -> Vec<Turned> {
    let known =
        |case: &Case, id| (case.process.holds.get(&id).copied(), case.process.caveats.get(&id).copied());
    let edges = after.content.interdependencies.iter();
    let changed = edges.filter_map(|edge| {
        let (was, is) = (known(before, edge.id), known(after, edge.id));
        (was != is).then_some(Turned { reliance: edge.id, holds: is.0, caveat: is.1 })
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

/// The reliances of a case that rest on something else than before the edit of them: what partners said of that elsewhere meanwhile, this
/// case has not heard. One that is new has no word of its own that this could be held against.
#[must_use]
pub fn rest_anew<'c>(after: &'c Case, before: &Case) -> Vec<&'c Interdependency> {
    let edges = after.content.interdependencies.iter();
    let anew = edges.filter(|edge| {
        let known = before.content.interdependencies.iter().find(|one| one.id == edge.id);
        let is = || Reliance::confirmed(edge);
        known.is_some_and(|was| was != *edge && is().is_some() && Reliance::confirmed(was) != is())
    });
    anew.collect()
}
