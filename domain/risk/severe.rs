//! Severe adverse impacts on one group across cases: counted, in words, with what each rests on.
//!
//! A likelihood on a scale is no probability. Only where every author said of which event, within which time and between
//! which chances, bounds follow that hold whatever hangs together; nothing here is for a board's export.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::{
    Fact, Filter, RatingBasis,
    graph::{Edge, On},
};
use crate::{
    assessment::{Frame, THOUSAND},
    case::Case,
    id::AssessmentId,
    impact::{Chance, Direction, Impact},
    interdependency::ReliancePremise,
    mitigation::MitigationStatus,
    rating::Rating,
    text::{self, capital, counted, grouped, number},
};

/// The widest bounds that still say something, in thousandths.
const WIDEST: u32 = 500;

/// What is asked of cases.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The code of the group; impacts on groups below it are on it, too.
    pub group: &'a str,
    /// How severe at least.
    pub consequence: u8,
    /// By which judgement.
    pub basis: RatingBasis,
    /// Which impacts the picture counts.
    pub filter: &'a Filter,
}

impl Asked<'_> {
    /// Whether an impact that counts for these groups is meant.
    fn has(&self, direction: Direction, groups: &[String]) -> bool {
        direction == Direction::Negative
            && self.filter.touches(groups)
            && groups.iter().any(|code| code == self.group)
    }

    /// Whether a case is among them of which no more is known than what it contributes: it has an impact so severe, or one that is
    /// not rated.
    #[must_use]
    pub fn counts(&self, fact: &Fact) -> bool {
        let one = &fact.contribution;
        let mut impacts = one.impacts.iter().filter(|impact| self.has(impact.direction, &impact.groups));
        self.filter.counts(one.standpoint)
            && impacts.any(|impact| {
                impact.rated(self.basis).is_none_or(|rated| rated.consequence >= self.consequence)
            })
    }
}

/// A case with a severe adverse impact on the group, or with an adverse one that nobody rated.
#[derive(Clone, Debug, PartialEq)]
pub struct Severe {
    /// Which case.
    pub case: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// The greatest likelihood of its severe impacts; `None` where none is rated so, and one is not rated at all.
    pub likelihood: Option<u8>,
    /// What that is called on its organisation's scale.
    pub label: String,
    /// The scale: [`super::scale_name`].
    pub scale: String,
    /// How many of its adverse impacts on the group are not rated.
    pub unrated: usize,
    /// The chances of its severe impacts, where their authors mean some.
    pub chances: Vec<Option<Chance>>,
    /// The reliances on which what mitigates these impacts rests.
    pub rests: Vec<Edge>,
}

impl Severe {
    /// What a case says of a group: nothing, where none of its adverse impacts on it has this consequence and all are rated.
    #[must_use]
    pub fn of(case: &Case, frame: Frame<'_>, asked: Asked<'_>) -> Option<Self> {
        let Frame { groups, scale } = frame;
        let on = |impact: &&Impact| asked.has(impact.direction, &groups.counted(&impact.groups));
        let mut severe: Vec<(&Impact, Rating)> = Vec::new();
        let mut unrated: Vec<&Impact> = Vec::new();
        for impact in case.content.impacts.iter().filter(on) {
            let rating = match asked.basis {
                RatingBasis::Initial => impact.initial,
                RatingBasis::Current => case.current(impact.id),
                RatingBasis::Target => impact.target,
                RatingBasis::Assured => case.assured(impact.id),
            };
            match rating {
                Some(rating) if rating.consequence >= asked.consequence => severe.push((impact, rating)),
                Some(_) => {}
                None => unrated.push(impact),
            }
        }
        if severe.is_empty() && unrated.is_empty() {
            return None;
        }
        let likelihood = severe.iter().map(|(_, rating)| rating.likelihood).max();
        let step = likelihood.and_then(|step| scale.likelihood.get(usize::from(step).checked_sub(1)?));
        let counts = severe.iter().map(|(impact, _)| *impact).chain(unrated.iter().copied());
        let counts: BTreeSet<_> = counts.map(|impact| impact.id).collect();
        let resting = case.content.mitigations.iter().filter(|mitigation| {
            let status = case.mitigation_status(mitigation.id);
            !matches!(status, MitigationStatus::Failed | MitigationStatus::Cancelled)
                && mitigation.impacts.iter().any(|impact| counts.contains(impact))
        });
        let resting: BTreeSet<_> =
            resting.flat_map(|mitigation| mitigation.reliances.iter().copied()).collect();
        Some(Self {
            case: case.id,
            reference: case.reference.clone(),
            likelihood,
            label: step.map(|step| step.label.clone()).unwrap_or_default(),
            scale: super::scale_name(scale),
            unrated: unrated.len(),
            chances: severe.iter().map(|(impact, _)| impact.chance.clone()).collect(),
            rests: Edge::of(case).filter(|edge| resting.contains(&edge.edge.id)).collect(),
        })
    }
}

/// How many cases put a likelihood at this step of a scale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The scale.
    pub scale: String,
    /// The step, 1 the least.
    pub likelihood: u8,
    /// What it is called there.
    pub label: String,
    /// How many cases.
    pub cases: usize,
}

/// The likelihoods by scale, the greatest first; scales in order, never converted into each other.
#[must_use]
pub fn steps(cases: &[Severe]) -> Vec<Step> {
    let mut steps: BTreeMap<(&str, std::cmp::Reverse<u8>), Step> = BTreeMap::new();
    for one in cases {
        let Some(likelihood) = one.likelihood else { continue };
        let step = steps.entry((&one.scale, std::cmp::Reverse(likelihood))).or_insert_with(|| Step {
            scale: one.scale.clone(),
            likelihood,
            label: one.label.clone(),
            cases: 0,
        });
        step.cases += 1;
    }
    steps.into_values().collect()
}

/// How many cases have no severe impact that is rated, and an adverse one that is not.
#[must_use]
pub fn unrated(cases: &[Severe]) -> usize {
    cases.iter().filter(|one| one.likelihood.is_none()).count()
}

/// The reliances of these cases that are known not to hold, in the order of the cases.
pub fn broken(cases: &[Severe]) -> impl Iterator<Item = &Edge> {
    cases.iter().flat_map(|one| &one.rests).filter(|edge| edge.is_broken())
}

/// What most cases rest on, and how many do: of several the one that comes first by reference. Nothing where no case rests
/// on anything.
#[must_use]
pub fn most_relied(cases: &[Severe]) -> Option<(&Edge, usize)> {
    let mut on: BTreeMap<_, (&Edge, BTreeSet<AssessmentId>)> = BTreeMap::new();
    for one in cases {
        for edge in one.rests.iter().filter(|edge| edge.on().on != On::Nobody) {
            let (first, cases) = on.entry(edge.on()).or_insert_with(|| (edge, BTreeSet::new()));
            *first = (*first).min_by_name(edge);
            cases.insert(one.case);
        }
    }
    let mut all: Vec<(&Edge, usize)> = on.into_values().map(|(edge, cases)| (edge, cases.len())).collect();
    all.sort_by(|(one, count), (other, more)| more.cmp(count).then_with(|| one.name().cmp(&other.name())));
    all.into_iter().next()
}

/// Cases that are not among those that are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Untold {
    /// How many cases were looked at where there are more: then what most of them rest on is not told.
    pub looked_at: Option<u32>,
    /// How many of those that were looked at would be among them, and may not be read.
    pub unreadable: usize,
}

/// All of it in words that say what they are: counts, and no probability. `people` is what the group is called, `severity`
/// how severe at least: "major or worse".
#[must_use]
pub fn in_words(cases: &[Severe], people: &str, severity: &str, untold: Untold) -> String {
    let told = counted_in_words(cases, people, severity, untold);
    match untold.looked_at {
        None => told,
        Some(most) => format!(
            "This is of the first {} cases by reference that have an adverse impact on {people}; there are more, and what most of them \
             rest on is not told. {told}",
            grouped(most)
        ),
    }
}

fn counted_in_words(cases: &[Severe], people: &str, severity: &str, untold: Untold) -> String {
    let Untold { looked_at, unreadable } = untold;
    let whole = looked_at.is_none();
    let more = match unreadable {
        0 => String::new(),
        1 => " One more has such an impact or one that is not rated, and may not be read by whoever asks: it is in none of these counts."
            .to_owned(),
        more => format!(
            " {} more have such an impact or one that is not rated, and may not be read by whoever asks: they are in none of these \
             counts.",
            capital(&number(more))
        ),
    };
    if cases.is_empty() {
        let read = if unreadable > 0 { " that may be read" } else { "" };
        return format!(
            "No live proposal in this picture{read} rates an adverse impact on {people} {severity}, and none leaves one \
             unrated.{more}"
        );
    }
    let scales: BTreeSet<&str> = cases.iter().map(|one| one.scale.as_str()).collect();
    let likely = steps(cases).into_iter().map(|step| {
        let on = if scales.len() > 1 { format!(" (on {})", step.scale) } else { String::new() };
        format!("{} \u{201c}{}\u{201d}{on}", number(step.cases), step.label.to_lowercase())
    });
    let mut parts: Vec<String> = likely.collect();
    let unrated = unrated(cases);
    if unrated > 0 {
        parts.push(format!("{} not rated", number(unrated)));
    }
    let mut words = format!(
        "Of {} with an adverse impact on {people} that is {severity} or not rated: {}.",
        counted(cases.len(), "live proposal"),
        parts.join(", ")
    );
    words.push_str(&more);
    let rests = cases.iter().filter(|one| !one.rests.is_empty()).count();
    if rests == 0 {
        words.push_str(" What is planned against these impacts rests on nothing elsewhere that was named.");
    } else {
        let rest = if rests == 1 { "rests" } else { "rest" };
        let _ = write!(words, " {} {rest} on something elsewhere", capital(&number(rests)));
        if let Some((edge, count)) = most_relied(cases).filter(|(_, count)| whole && *count > 1) {
            let _ = write!(words, ", {} of them on {}", number(count), same(edge, cases));
        }
        words.push('.');
    }
    let broken = broken(cases).count();
    if broken > 0 {
        let holds = if broken == 1 { "is" } else { "are" };
        let _ = write!(words, " {} {holds} known not to hold.", capital(&counted(broken, "reliance")));
    }
    words.push_str(
        " These are counts of proposals, not a probability: how far they hang together is not known.",
    );
    words
}

/// What several cases rest on, one of them by this edge: the premise where all say the same, else what is to be decided.
fn same(edge: &Edge, cases: &[Severe]) -> String {
    let on = edge.on();
    let mut others = cases.iter().flat_map(|one| &one.rests).filter(|other| other.on() == on);
    let premise = |edge: &Edge| edge.edge.premise.as_deref().map(text::fold);
    let told = edge.edge.premise.as_deref().unwrap_or_default();
    if others.all(|other| premise(other) == premise(edge)) {
        return format!("the same: \u{201c}{told}\u{201d}");
    }
    let how = match on.holds_when {
        Some(ReliancePremise::TargetDoesNotProceed) => "that the same case does not proceed",
        _ => "that the same case proceeds",
    };
    format!("{how}, one of them because \u{201c}{told}\u{201d}")
}

/// Between which chances at least one of the severe impacts comes about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Whatever hangs together, no less than the likeliest of them alone.
    pub lower: f64,
    /// If nothing hung together, from here.
    pub independent_low: f64,
    /// To here.
    pub independent_high: f64,
    /// Whatever hangs together, no more than all of them added up, and never more than certain.
    pub upper: f64,
    /// Within how many months.
    pub months: u16,
}

/// The bounds, where they may be told: every adverse impact is rated, and each severe one has a stated event, chances and
/// the same time. None where they would be wider than half of all there is.
#[must_use]
pub fn bounds(cases: &[Severe]) -> Option<Bounds> {
    if cases.iter().any(|one| one.unrated > 0) {
        return None;
    }
    let all: Vec<&Option<Chance>> = cases.iter().flat_map(|one| &one.chances).collect();
    let all: Vec<&Chance> = all.into_iter().map(Option::as_ref).collect::<Option<_>>()?;
    let months = all.first()?.months;
    if all.iter().any(|chance| chance.months != months) {
        return None;
    }
    let least = all.iter().map(|chance| u32::from(chance.low)).max().unwrap_or_default();
    let most = all.iter().map(|chance| u32::from(chance.high)).sum::<u32>().min(u32::from(THOUSAND));
    if most.saturating_sub(least) > WIDEST {
        return None;
    }
    let share = |thousandths: u32| f64::from(thousandths) / f64::from(THOUSAND);
    let (lower, upper) = (share(least), share(most).max(share(least)));
    let none = |of: fn(&Chance) -> u16| {
        all.iter().map(|chance| 1.0 - share(u32::from(of(chance)))).product::<f64>().clamp(0.0, 1.0)
    };
    Some(Bounds {
        lower,
        independent_low: (1.0 - none(|chance| chance.low)).clamp(lower, upper),
        independent_high: (1.0 - none(|chance| chance.high)).clamp(lower, upper),
        upper,
        months,
    })
}
