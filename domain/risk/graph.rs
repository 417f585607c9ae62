//! What depends on what: the edges between cases and partners, what of them is broken, and where they run in circles.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    canonical,
    case::Case,
    id::{AssessmentId, InterdependencyId},
    interdependency::{self, Caveat, Interdependency, InterdependencyKind, ReliancePremise},
    party::Party,
    text,
};

/// An edge of a case, with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// The case it stands in.
    pub from: AssessmentId,
    /// The reference of that case.
    pub reference: String,
    /// What it says.
    pub edge: Interdependency,
    /// Whether the reliance holds, where that is known.
    pub holds: Option<bool>,
    /// What is to be known beside that.
    pub caveat: Option<Caveat>,
    /// What the partner said on the latest day of it as it stands: whether they agreed, and when.
    pub said: Option<(bool, NaiveDate)>,
}

impl Edge {
    /// The edges of a case, in the order of its content.
    pub fn of(case: &Case) -> impl Iterator<Item = Self> {
        case.content.interdependencies.iter().map(|edge| {
            let said = interdependency::said_last(case, edge);
            Self {
                from: case.id,
                reference: case.reference.clone(),
                edge: edge.clone(),
                holds: case.process.holds.get(&edge.id).copied(),
                caveat: case.process.caveats.get(&edge.id).copied(),
                said: said.map(|said| (said.confirmed, said.on)),
            }
        })
    }

    /// Whether it is a reliance that is known not to hold.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.holds == Some(false)
    }

    /// Whether it is a reliance of which nobody knows whether it holds, though its day has passed.
    #[must_use]
    pub fn is_late(&self, today: NaiveDate) -> bool {
        let relies = self.edge.kind == InterdependencyKind::ReliesOn;
        relies && self.holds.is_none() && self.edge.by.is_some_and(|by| by < today)
    }

    /// What orders edges: the reference of their case, then their identifier.
    #[must_use]
    pub fn name(&self) -> (&str, InterdependencyId) {
        (&self.reference, self.edge.id)
    }

    /// The first of the two in that order.
    #[must_use]
    pub fn min_by_name<'a>(&'a self, other: &'a Self) -> &'a Self {
        if other.name() < self.name() { other } else { self }
    }

    /// What is relied on, so that reliances of several cases on the same are known as such: that a case proceeds is one thing, that
    /// it does not another, whatever words authors find for either. What a partner confirms is what the premise says: who says
    /// otherwise rests on something else.
    #[must_use]
    pub fn on(&self) -> Reliance {
        Reliance::of(&self.edge)
    }
}

/// What is relied on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reliance {
    /// Of whom.
    pub on: On,
    /// When it holds.
    pub holds_when: Option<ReliancePremise>,
    /// The premise as it is searched, where not the decision about a case says all of it.
    words: String,
}

impl Reliance {
    /// What an edge relies on.
    #[must_use]
    pub fn of(edge: &Interdependency) -> Self {
        use ReliancePremise as When;
        let decided = matches!(edge.holds_when, Some(When::TargetProceeds | When::TargetDoesNotProceed));
        let words = edge.premise.as_deref().filter(|_| !(decided && edge.target.is_some()));
        Self {
            on: On::of(edge),
            holds_when: edge.holds_when,
            words: words.map(text::fold).unwrap_or_default(),
        }
    }

    /// What an edge relies on, where it is a reliance on a partner that confirms it.
    #[must_use]
    pub fn confirmed(edge: &Interdependency) -> Option<Self> {
        let confirms = edge.holds_when == Some(ReliancePremise::PartnerConfirms);
        let relies = edge.kind == InterdependencyKind::ReliesOn && confirms;
        Some(Self::of(edge)).filter(|reliance| relies && matches!(reliance.on, On::Partner(..)))
    }

    /// The SHA-256 of partner and premise: the same wherever the same is relied on.
    #[must_use]
    pub fn digest(&self) -> String {
        let on = match &self.on {
            On::Case(case) => json!(["case", case]),
            On::Partner(person, organisation, name) => json!(["partner", person, organisation, name]),
            On::Nobody => json!(["nobody"]),
        };
        canonical::sha256(json!([on, self.holds_when, self.words]).to_string().as_bytes())
    }
}

/// What an edge leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// Another case.
    Case(AssessmentId),
    /// A partner: the account, or the organisation and name as they are searched.
    Partner(Option<crate::id::PersonId>, String, String),
    /// Nobody was named.
    Nobody,
}

impl On {
    /// Where the edge leads to.
    #[must_use]
    pub fn of(edge: &Interdependency) -> Self {
        match (edge.target, &edge.partner) {
            (Some(target), _) => Self::Case(target),
            (None, Some(partner)) => Self::partner(partner),
            (None, None) => Self::Nobody,
        }
    }

    fn partner(partner: &Party) -> Self {
        let folded = |name: &Option<String>| name.as_deref().map(text::fold).unwrap_or_default();
        match partner.person {
            Some(person) => Self::Partner(Some(person), String::new(), String::new()),
            None => Self::Partner(None, folded(&partner.organisation), folded(&partner.name)),
        }
    }
}

/// The partners of these edges, each once, in the order of their organisations and names.
#[must_use]
pub fn partners(edges: &[Edge]) -> Vec<Party> {
    let named = edges.iter().filter(|edge| edge.edge.target.is_none());
    let partners = named.filter_map(|edge| edge.edge.partner.as_ref());
    let each: BTreeMap<On, &Party> = partners.rev().map(|partner| (On::partner(partner), partner)).collect();
    each.into_values().cloned().collect()
}

/// Whether an edge leads somewhere, so that it can be part of a circle: what compounds or shares a pathway does so in both
/// directions, and is none.
fn leads(kind: InterdependencyKind) -> bool {
    match kind {
        InterdependencyKind::ReliesOn | InterdependencyKind::ShiftsDemandTo | InterdependencyKind::Funds => {
            true
        }
        InterdependencyKind::Compounds | InterdependencyKind::SharesPathway => false,
    }
}

/// The circles among cases: those that rely on, shift demand to or fund each other all around (the strongly connected
/// components), each by its references in order, the first first. Whatever the order of the edges.
#[must_use]
pub fn cycles(edges: &[Edge]) -> Vec<Vec<String>> {
    let names: BTreeMap<AssessmentId, &str> =
        edges.iter().map(|edge| (edge.from, edge.reference.as_str())).collect();
    let (mut onward, mut back) = (Links::new(), Links::new());
    for edge in edges.iter().filter(|edge| leads(edge.edge.kind)) {
        if let Some(target) = edge.edge.target
            && names.contains_key(&target)
        {
            onward.entry(edge.from).or_default().insert(target);
            back.entry(target).or_default().insert(edge.from);
        }
    }
    // Kosaraju: in the order in which a walk leaves the cases, the last first, those that lead back to one are with it.
    let mut left = Vec::new();
    let mut seen = BTreeSet::new();
    for case in names.keys() {
        walk(*case, &onward, &mut seen, |case| left.push(case));
    }
    let mut cycles = Vec::new();
    seen.clear();
    for case in left.into_iter().rev() {
        let mut component = Vec::new();
        walk(case, &back, &mut seen, |case| component.push(case));
        let own = onward.get(&case).is_some_and(|next| next.contains(&case));
        if component.len() > 1 || (component.len() == 1 && own) {
            let mut cycle: Vec<String> =
                component.iter().filter_map(|case| names.get(case)).map(|name| (*name).to_owned()).collect();
            cycle.sort();
            cycles.push(cycle);
        }
    }
    cycles.sort();
    cycles
}

type Links = BTreeMap<AssessmentId, BTreeSet<AssessmentId>>;

/// Walks everywhere that is not seen yet, and tells each case when it leaves it. It keeps its own stack, however long the way.
fn walk(
    from: AssessmentId,
    links: &Links,
    seen: &mut BTreeSet<AssessmentId>,
    mut leave: impl FnMut(AssessmentId),
) {
    if !seen.insert(from) {
        return;
    }
    let next = |case: AssessmentId| links.get(&case).into_iter().flatten().copied();
    let mut stack = vec![(from, next(from))];
    while let Some((case, rest)) = stack.last_mut() {
        if let Some(other) = rest.find(|other| seen.insert(*other)) {
            stack.push((other, next(other)));
        } else {
            leave(*case);
            stack.pop();
        }
    }
}
