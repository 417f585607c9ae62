//! What a bundle of decisions would do, before any of it is taken: some cases proceed, stop or are otherwise than they are
//! written. A scenario is such a supposition that is kept, with how each case stood when it was.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, ShareLevel},
    edit::{Edit, List},
    id::{AssessmentId, InterdependencyId, OrganisationId, PersonId, ScenarioId},
    interdependency::{self, InterdependencyKind, Target},
    proposal::{Money, Proposal},
    risk::{Concentration, Exposure, Key, RatingBasis, graph::Edge, spend::pounds},
    text::{self, Path, Violation, counted},
    words::words,
    workflow::Standing,
};

/// Most cases of which something is supposed at once.
pub const MOST: usize = 200;
/// Most edits that are supposed of one case.
const EDITS: usize = 50;

words! {
    /// What is supposed to become of a case.
    Fate {
        /// It touches people.
        Proceed = "PROCEED",
        /// It does not.
        Stop = "STOP",
    }
}

impl From<Fate> for Standing {
    fn from(fate: Fate) -> Self {
        match fate {
            Fate::Proceed => Self::Proceeding,
            Fate::Stop => Self::Stopped,
        }
    }
}

/// What is supposed of one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Supposition {
    /// Which.
    pub assessment: AssessmentId,
    /// What becomes of it; absent: it stands as it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fate: Option<Fate>,
    /// How it would be written otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

impl Supposition {
    /// What nobody can suppose: too much at once, twice of one case, nothing of one, or another person or case in it.
    #[must_use]
    pub fn check(all: &[Self]) -> Vec<Violation> {
        let at = |index: usize| Path::of(["cases"]).join(index);
        let mut wrong = Vec::new();
        if all.is_empty() {
            let message = "Name the cases that proceed, stop or change; of none nothing can be supposed.";
            wrong.push(Violation::new("REQUIRED", message, Path::of(["cases"])));
        }
        if all.len() > MOST {
            let message = format!("Suppose something of at most {MOST} cases at once.");
            wrong.push(Violation::new("TOO_MANY", message, Path::of(["cases"])));
        }
        let mut seen = BTreeSet::new();
        for (index, one) in all.iter().enumerate() {
            if !seen.insert(one.assessment) {
                let message =
                    "Of this case something was supposed before; a case proceeds, stops or stays, once.";
                wrong.push(Violation::new("DUPLICATE", message, at(index)));
            }
            if one.edits.len() > EDITS {
                let message = format!("Suppose at most {EDITS} edits of one case.");
                wrong.push(Violation::new("TOO_MANY", message, at(index).join("edits")));
            }
            for (place, _) in one.edits.iter().enumerate().filter(|(_, edit)| !counts(edit)) {
                let message = "Only the proposal, its impacts, its mitigations (without an owner) and what is removed can be \
                               supposed otherwise: nothing else counts.";
                wrong.push(Violation::new("INVALID", message, at(index).join("edits").join(place)));
            }
        }
        wrong
    }
}

/// Whether something that counts would be otherwise by an edit, without another person in it.
fn counts(edit: &Edit) -> bool {
    let named = edit.clone().party_mut().is_some();
    let list = match edit {
        Edit::Proposal(_) | Edit::Remove(_) => true,
        Edit::Element { list, .. } => matches!(list, List::Impacts | List::Mitigations),
        Edit::Title(_) | Edit::Contributors(_) | Edit::Sro(_) | Edit::Answer { .. } => false,
    };
    list && !named
}

/// What a scenario supposes of a case, and how the case stood then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Kept {
    /// What is supposed.
    pub supposed: Supposition,
    /// The version of the case.
    pub version: u32,
    /// Its state.
    pub state: String,
}

words! {
    /// How a case moved on since a scenario was kept.
    Moved {
        /// It is in another state.
        State = "STATE",
        /// It is written otherwise.
        Content = "CONTENT",
        /// What is supposed of it cannot be written in it any more.
        Edits = "EDITS",
        /// It is not there for whoever asks: nothing is supposed of it.
        Gone = "GONE",
    }
}

impl Kept {
    /// How the case moved on since.
    #[must_use]
    pub fn moved(&self, case: &Case) -> Vec<Moved> {
        let mut moved = Vec::new();
        if case.state != self.state {
            moved.push(Moved::State);
        }
        if case.changed.values().any(|at| *at > self.version) {
            moved.push(Moved::Content);
        }
        moved
    }
}

/// A supposition that is kept under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scenario {
    /// Its identifier.
    pub id: ScenarioId,
    /// Whose cases it is about, first of all.
    pub organisation: OrganisationId,
    /// Counts its changes, from 1.
    pub version: u32,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub note: Option<String>,
    /// What it supposes.
    pub cases: Vec<Kept>,
    /// Whether all who oversee the organisation's cases see it; otherwise only whoever keeps it.
    pub shared: bool,
    /// Whether it was dropped: it is kept, and listed no more.
    pub withdrawn: bool,
    /// Who keeps it.
    pub owner: PersonId,
    /// When it was kept last.
    pub kept_at: DateTime<Utc>,
}

impl Scenario {
    /// What is wrong with it.
    #[must_use]
    pub fn check(&self) -> Vec<Violation> {
        let mut wrong = Vec::new();
        wrong.extend(text::line(&self.name, text::LINE, &Path::of(["name"])).err());
        if let Some(note) = &self.note {
            wrong.extend(text::line(note, text::LINE, &Path::of(["note"])).err());
        }
        wrong
    }
}

/// The case with its reliances on others as they would hold if these were written and stood so, and those that would not hold any
/// more.
#[must_use]
pub fn relying<S: std::hash::BuildHasher + Clone>(
    case: &Case,
    supposed: &BTreeMap<AssessmentId, (Case, Standing)>,
    known: &HashMap<AssessmentId, Target, S>,
) -> (Case, Vec<Edge>) {
    // Of what the organisation may not know it cannot rely on anything.
    let mut targets = known.clone();
    for (id, target) in &mut targets {
        if let Some((other, standing)) = supposed.get(id) {
            target.standing = *standing;
            let shared = other.shares.get(&case.organisation);
            // Of a stub no day is known, supposed or not.
            if other.organisation == case.organisation
                || shared.is_some_and(|level| *level >= ShareLevel::Read)
            {
                let proposal = &other.content.proposal;
                (target.from, target.to) = (proposal.effective_from, proposal.effective_to);
            }
        }
    }
    let mut would = case.clone();
    interdependency::settle(&mut would, &targets);
    let mut after = case.clone();
    let on = |edge: &&interdependency::Interdependency| {
        edge.kind == InterdependencyKind::ReliesOn
            && edge.target.is_some_and(|target| supposed.contains_key(&target))
    };
    let edges: BTreeSet<InterdependencyId> =
        case.content.interdependencies.iter().filter(on).map(|edge| edge.id).collect();
    for edge in &edges {
        interdependency::keep(&mut after.process.holds, *edge, would.process.holds.get(edge));
        interdependency::keep(&mut after.process.caveats, *edge, would.process.caveats.get(edge));
    }
    let breaks = |edge: &Edge| {
        edge.is_broken()
            && edges.contains(&edge.edge.id)
            && case.process.holds.get(&edge.edge.id) != Some(&false)
    };
    let broken = Edge::of(&after).filter(breaks).collect();
    (after, broken)
}

/// Money of a bundle's cases, of those that are not stopped, as their authors say, in pence. Money is added up; ratings never
/// are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BundleMoney {
    /// Cases that are not stopped.
    pub cases: usize,
    /// What they save.
    pub saving: i64,
    /// What they spend.
    pub spend: i64,
    /// Those that say neither.
    pub unsaid: usize,
}

impl BundleMoney {
    /// Counts a proposal, unless it is stopped.
    pub fn add(&mut self, proposal: &Proposal, standing: Standing) {
        if standing == Standing::Stopped {
            return;
        }
        let pence = |money: Option<Money>| money.map_or(0, Money::pence);
        self.cases += 1;
        self.saving = self.saving.saturating_add(pence(proposal.saving));
        self.spend = self.spend.saturating_add(pence(proposal.spend));
        self.unsaid += usize::from(proposal.saving.is_none() && proposal.spend.is_none());
    }
}

/// Parts of a picture, by group, before and after.
pub type Parts<'a> = BTreeMap<&'a Key, (Option<&'a Exposure>, Option<&'a Exposure>)>;

/// The parts of two pictures side by side that are not the same in both.
#[must_use]
pub fn changed<'a>(before: &'a [(Key, Exposure)], after: &'a [(Key, Exposure)]) -> Parts<'a> {
    let mut parts: Parts<'a> = before.iter().map(|(key, one)| (key, (Some(one), None))).collect();
    for (key, one) in after {
        parts.entry(key).or_default().1 = Some(one);
    }
    parts.retain(|_, (before, after)| before != after);
    parts
}

/// The concentrations of two pictures that are not the same in both, each by its place among those of its picture: one that is
/// otherwise is paired with that of the same group which it shares most places with. Those of the second come first, in their
/// order.
#[must_use]
pub fn piled(before: &[&Concentration], after: &[&Concentration]) -> Vec<(Option<usize>, Option<usize>)> {
    let same = |one: &Concentration, other: &Concentration| {
        one.group == other.group
            && one.cases == other.cases
            && one.lsoas == other.lsoas
            && (one.maximum, one.reach, one.widespread) == (other.maximum, other.reach, other.widespread)
    };
    let stays = |one: &Concentration, others: &[&Concentration]| others.iter().any(|other| same(one, other));
    let mut gone: Vec<usize> =
        before.iter().enumerate().filter(|(_, one)| !stays(one, after)).map(|(place, _)| place).collect();
    let mut pairs = Vec::new();
    for (place, one) in after.iter().enumerate().filter(|(_, one)| !stays(one, before)) {
        let shared = |other: &usize| {
            let other = before.get(*other)?;
            let both = one.lsoas.both(&other.lsoas).count();
            (other.group == one.group && both > 0).then_some(both)
        };
        let nearest = gone.iter().filter_map(|other| Some((shared(other)?, *other)));
        let nearest = nearest.max_by_key(|(both, place)| (*both, Reverse(*place))).map(|(_, other)| other);
        gone.retain(|other| Some(*other) != nearest);
        pairs.push((nearest, Some(place)));
    }
    pairs.extend(gone.into_iter().map(|place| (Some(place), None)));
    pairs
}

/// What a supposition would do, in words a board understands: how many cases count before and after, in `parts` the groups for
/// which something changes, how many reliances break, and the money of the named cases.
#[must_use]
pub fn in_words(
    cases: (usize, usize),
    parts: &Parts<'_>,
    broken: usize,
    (before, after): (BundleMoney, BundleMoney),
) -> String {
    let band = |part: Option<&Exposure>| {
        part.and_then(|part| part.figures.maximum(RatingBasis::Current)).map(|rated| rated.band)
    };
    let bands = || parts.values().map(|(before, after)| (band(*before), band(*after)));
    let rises = bands().filter(|(before, after)| after > before).count();
    let falls = bands().filter(|(before, after)| after < before).count();
    let mut told = match cases {
        (before, after) if before == after => {
            format!("The picture has {}, as before.", counted(after, "case"))
        }
        (before, after) => {
            format!("The picture has {} instead of {}.", counted(after, "case"), many(before))
        }
    };
    if parts.is_empty() {
        told.push_str(" Nothing changes for any group.");
    } else {
        let _ = write!(
            told,
            " Something changes for {}: the gravest current band of a negative impact rises for {} and falls for {}.",
            counted(parts.len(), "group"),
            many(rises),
            many(falls),
        );
    }
    if broken > 0 {
        let _ = write!(told, " It would break {}.", counted(broken, "reliance"));
    }
    let _ = write!(
        told,
        " Those of the named cases that are not stopped save {} instead of {}",
        pounds(after.saving),
        pounds(before.saving),
    );
    if (before.spend, after.spend) != (0, 0) {
        let _ = write!(told, ", and spend {} instead of {}", pounds(after.spend), pounds(before.spend));
    }
    told.push('.');
    told
}

/// How many, standing alone.
fn many(count: usize) -> String {
    if count == 0 { "none".into() } else { text::number(count) }
}
