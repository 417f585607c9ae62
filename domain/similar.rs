//! Which earlier cases are like this one, and why, in words.
//!
//! Points are given for what two cases share, of a hundred:
//!
//! | what | points |
//! |---|---|
//! | groups that an impact other than a neutral one is on | 30, by the share of this case's groups |
//! | the service line | 25 |
//! | words | 20, in full once half of the shorter one's words are shared |
//! | places: the LSOAs of the footprints, whatever areas name them | 15, by the mean of the shares of both |
//! | the kind of change | 10 |
//!
//! Where nothing is known of places, their codes are compared as they are written. Below [`LEAST`] nothing is said. The same cases give the same answer, in the same order: more points first, then
//! the later case. Neutral impacts do not count, or every case would be like every other: each answers for the nine
//! protected characteristics.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashSet},
};

use crate::{
    assessment::Content,
    group::Catalogue,
    id::AssessmentId,
    impact::Direction,
    place::{Lsoas, Reference},
    proposal::KindOfChange,
    spelling, text,
};

/// The least points with which a case is like another: the kind of change alone is not enough.
pub const LEAST: usize = 20;
const GROUPS: usize = 30;
const SERVICE_LINE: usize = 25;
const WORDS: usize = 20;
const PLACES: usize = 15;
const KIND: usize = 10;

/// Shared words from which on they are a reason.
const ENOUGH: usize = 5;
/// Most groups, places or words that a sentence names.
const NAMED: usize = 5;
/// Cases among which a word that more than half of them have tells nothing.
const MANY: usize = 8;
/// Words of every assessment.
const COMMON: [&str; 64] = [
    "about",
    "access",
    "after",
    "also",
    "assessment",
    "because",
    "been",
    "before",
    "being",
    "between",
    "both",
    "care",
    "case",
    "change",
    "changes",
    "could",
    "does",
    "each",
    "equality",
    "every",
    "from",
    "group",
    "groups",
    "have",
    "health",
    "impact",
    "impacts",
    "into",
    "local",
    "made",
    "make",
    "more",
    "most",
    "need",
    "needs",
    "only",
    "other",
    "over",
    "patients",
    "people",
    "proposal",
    "proposed",
    "same",
    "service",
    "services",
    "should",
    "some",
    "such",
    "than",
    "that",
    "their",
    "them",
    "there",
    "these",
    "they",
    "this",
    "those",
    "through",
    "were",
    "what",
    "which",
    "will",
    "with",
    "would",
];

/// What of a case is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// Codes of the groups that an impact other than a neutral one is on.
    pub groups: BTreeSet<String>,
    /// The service line.
    pub service_line: Option<String>,
    /// The kind of change.
    pub kind_of_change: Option<KindOfChange>,
    /// Codes of the footprint.
    pub places: BTreeSet<String>,
    /// The LSOAs they stand for; none where nothing is known of them.
    pub lsoas: Lsoas,
    /// The words it is found by ([`crate::search::words`]).
    pub words: String,
}

impl Traits {
    /// The traits of a case with this content, found by these words.
    #[must_use]
    pub fn of(content: &Content, words: String) -> Self {
        let felt = content.impacts.iter().filter(|impact| impact.direction != Direction::Neutral);
        Self {
            groups: felt.flat_map(|impact| impact.groups.iter().cloned()).collect(),
            service_line: content.proposal.service_line.clone(),
            kind_of_change: content.proposal.kind_of_change,
            places: content.proposal.footprint.iter().cloned().collect(),
            lsoas: Lsoas::default(),
            words,
        }
    }

    /// The points without those for words.
    #[must_use]
    pub fn points_without_words(&self, other: &Self) -> usize {
        share(GROUPS, self.groups.intersection(&other.groups).count(), self.groups.len())
            + self.points_for_places(other)
            + if self.same_line(other) { SERVICE_LINE } else { 0 }
            + if self.same_kind(other) { KIND } else { 0 }
    }

    fn points_for_places(&self, other: &Self) -> usize {
        let common = self.lsoas.common(&other.lsoas) as usize;
        if common > 0 {
            let (own, theirs) = (self.lsoas.count() as usize, other.lsoas.count() as usize);
            return (share(2 * PLACES, common, own) + share(2 * PLACES, common, theirs)) / 4;
        }
        if self.lsoas.is_empty() || other.lsoas.is_empty() {
            return share(PLACES, self.places.intersection(&other.places).count(), self.places.len());
        }
        0
    }

    fn same_line(&self, other: &Self) -> bool {
        let folded =
            |line: &Option<String>| line.as_deref().map(spelling::fold).filter(|line| !line.is_empty());
        folded(&self.service_line).is_some_and(|line| folded(&other.service_line) == Some(line))
    }

    fn same_kind(&self, other: &Self) -> bool {
        let kind = self.kind_of_change.filter(|kind| *kind != KindOfChange::Other);
        kind.is_some() && kind == other.kind_of_change
    }
}

/// A case that is like another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Similar {
    /// Which.
    pub case: AssessmentId,
    /// How much it is, of a hundred.
    pub points: usize,
    /// Why, a sentence each, what weighs most first.
    pub reasons: Vec<String>,
}

/// Those of the others that are like the case, at most so many. Places are told by their districts and by who lives
/// there, by code where nothing is known of them.
#[must_use]
pub fn similar(
    case: &Traits,
    others: &BTreeMap<AssessmentId, Traits>,
    groups: &Catalogue,
    places: Option<&Reference>,
    most: usize,
) -> Vec<Similar> {
    let own = telling(&case.words);
    let theirs: BTreeMap<AssessmentId, HashSet<&str>> =
        others.iter().map(|(id, other)| (*id, telling(&other.words))).collect();
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for word in theirs.values().flatten().filter(|word| own.contains(*word)) {
        *frequency.entry(word).or_default() += 1;
    }
    let tells = |word: &str| {
        let cases = frequency.get(word).copied().unwrap_or_default();
        others.len() < MANY || cases * 2 <= others.len()
    };
    let mut found = Vec::new();
    for (id, other) in others {
        let words = theirs.get(id).map_or(0, HashSet::len).min(own.len());
        let mut shared: Vec<&str> = own.iter().copied().filter(|word| theirs[id].contains(word)).collect();
        shared.retain(|word| tells(word));
        let by_words =
            if shared.len() < ENOUGH { 0 } else { share(WORDS, (2 * shared.len()).min(words), words) };
        let points = case.points_without_words(other) + by_words;
        if points < LEAST {
            continue;
        }
        // What few have says most.
        shared.sort_by_key(|word| (frequency.get(word).copied(), Reverse(word.len()), *word));
        let mut reasons = reasons(case, other, groups, places);
        if by_words > 0 {
            reasons
                .push(format!("Many of the same words: {}.", named(shared.into_iter().map(str::to_owned))));
        }
        found.push(Similar { case: *id, points, reasons });
    }
    found.sort_by_key(|similar| Reverse((similar.points, similar.case)));
    found.truncate(most);
    found
}

fn reasons(case: &Traits, other: &Traits, groups: &Catalogue, places: Option<&Reference>) -> Vec<String> {
    let mut reasons = Vec::new();
    let shared: Vec<&String> = case.groups.intersection(&other.groups).collect();
    if !shared.is_empty() {
        let name = |code: &String| groups.find(code).map_or_else(|| code.clone(), |group| group.name.clone());
        reasons.push(format!("It touches the same groups: {}.", named(shared.into_iter().map(name))));
    }
    if let Some(line) = case.service_line.as_deref().filter(|_| case.same_line(other)) {
        reasons.push(format!("The same service line: {line}."));
    }
    reasons.extend(overlap(case, other, places));
    if let Some(kind) = case.kind_of_change.filter(|_| case.same_kind(other)) {
        reasons.push(format!("The same kind of change: {}.", kind.as_str().to_lowercase().replace('_', " ")));
    }
    reasons
}

/// Where the footprints overlap, and how many people live there.
fn overlap(case: &Traits, other: &Traits, places: Option<&Reference>) -> Option<String> {
    let common = case.lsoas.both(&other.lsoas);
    let Some(places) = places.filter(|_| !common.is_empty()) else {
        let mut shared = case.places.intersection(&other.places).cloned().peekable();
        shared.peek()?;
        let apart = !case.lsoas.is_empty() && !other.lsoas.is_empty();
        return (!apart).then(|| format!("The same places: {}.", named(shared)));
    };
    let parts = places.parts(&common);
    let people: u32 = parts.iter().map(|part| part.people).sum();
    let names =
        parts.into_iter().map(|part| if part.whole { part.name } else { format!("part of {}", part.name) });
    let same = if case.lsoas == other.lsoas { "The same places" } else { "Places that overlap" };
    let living =
        if people == 0 { String::new() } else { format!(", where {} people live", text::grouped(people)) };
    Some(format!("{same}: {}{living}.", named(names)))
}

/// Part of so many points.
fn share(points: usize, part: usize, whole: usize) -> usize {
    (points * part).checked_div(whole).unwrap_or_default()
}

/// The words that say what a case is about.
fn telling(words: &str) -> HashSet<&str> {
    let tells = |word: &&str| {
        word.chars().count() >= 4
            && word.chars().all(char::is_alphabetic)
            && COMMON.binary_search(word).is_err()
    };
    words.split(' ').filter(tells).collect()
}

/// "Age, Disability and Sex", "a, b, c, d, e and 3 more".
fn named(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(NAMED);
    if more > 0 {
        names.truncate(NAMED);
        names.push(format!("{} more", text::number(more)));
    }
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
