//! Independent, then shared: when a panel's members see each other's reviews, and what is then put forward.
//!
//! Reviews stay hidden from everybody but their writer until every member who votes has judged or the window closes;
//! then the spread is told, and only what diverges is put forward for discussion. What was said of one place is never
//! averaged: it stands beside what others said.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    id::PersonId,
    review::{FindingOpinion, Interest, Opinion, PanelMember, Recommendation, Review},
    text::Path,
    words::words,
    workflow::Phase,
};

words! {
    /// When members of a panel see each other's reviews.
    Showing {
        /// When all who vote have judged the revision, or the window for it has closed.
        WhenComplete = "WHEN_COMPLETE",
        /// As they come in.
        AtOnce = "AT_ONCE",
    }
}

/// What decides when reviews are shown, beside the case.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The organisation's setting.
    pub showing: Showing,
    /// The phase the case is in.
    pub phase: Phase,
    /// The day it is looked at.
    pub today: NaiveDate,
}

/// Who sits on the panel, whether they may judge or have still to declare, and has not judged the revision before it.
/// Empty when everybody has declared and everybody who votes has judged, or when there is nobody to wait for.
#[must_use]
pub fn awaited(case: &Case) -> BTreeSet<PersonId> {
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    let judged: BTreeSet<PersonId> = case.reviews_of(case.revision).map(|review| review.reviewer).collect();
    let awaits = members.filter(|member| {
        member.interest == Interest::Undeclared || (member.may_vote() && !judged.contains(&member.person))
    });
    awaits.map(|member| member.person).collect()
}

/// The last day of the window in which the revision before the panel is judged, where a clock runs.
#[must_use]
pub fn closes(case: &Case) -> Option<NaiveDate> {
    case.process.due()
}

/// Whether the panel concluded on this revision at or after this instant, so with what was said of it by then before it.
/// To put a conclusion off is not to conclude: what was said until then stays hidden.
#[must_use]
pub fn concluded(case: &Case, revision: u32, said: DateTime<Utc>) -> bool {
    case.process.outcomes.iter().any(|outcome| {
        outcome.recommendation != Recommendation::Defer && outcome.revision == revision && outcome.at >= said
    })
}

/// Whether the reviews of this revision are shown to those who take part in the panel's deliberation. What the panel
/// [concluded] with is shown besides.
#[must_use]
pub fn shown(case: &Case, revision: u32, window: Window) -> bool {
    let over = revision != case.revision || window.phase != Phase::Review;
    let complete = || match &case.process.panel {
        Some(panel) => {
            // Whoever was taken off before they judged was taken off, and did not judge.
            case.process.unheard.is_empty()
                && panel.members.iter().any(PanelMember::votes)
                && awaited(case).is_empty()
        }
        // Where nobody reviews, nothing is hidden.
        None => true,
    };
    let closed = || closes(case).is_some_and(|last| last < window.today);
    window.showing == Showing::AtOnce || over || complete() || closed()
}

/// What the reviews of one revision come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Who recommends what.
    pub recommendations: BTreeMap<Recommendation, Vec<PersonId>>,
    /// Places that members stand to differently, in order.
    pub places: Vec<Divergence<Opinion>>,
    /// Findings that some would accept and others not.
    pub findings: Vec<Divergence<FindingOpinion>>,
}

/// What members said of one place or finding that they stand to differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence<T> {
    /// The place, or the finding's id as the only segment.
    pub path: Path,
    /// Who said what, in the order of their reviews.
    pub said: Vec<(PersonId, T)>,
}

/// What these reviews come to; only what members stand to differently is put forward.
#[must_use]
pub fn spread<'a>(reviews: impl IntoIterator<Item = &'a Review>) -> Spread {
    let mut spread = Spread::default();
    let mut places: BTreeMap<&Path, Vec<(PersonId, Opinion)>> = BTreeMap::new();
    let mut findings: BTreeMap<&str, Vec<(PersonId, FindingOpinion)>> = BTreeMap::new();
    for review in reviews {
        let recommends = spread.recommendations.entry(review.recommendation).or_default();
        recommends.push(review.reviewer);
        for opinion in &review.opinions {
            places.entry(&opinion.path).or_default().push((review.reviewer, opinion.clone()));
        }
        for opinion in &review.findings {
            findings.entry(&opinion.finding).or_default().push((review.reviewer, opinion.clone()));
        }
    }
    spread.places = places
        .into_iter()
        .filter(|(_, said)| said.iter().map(|(_, one)| one.stance()).collect::<BTreeSet<_>>().len() > 1)
        .map(|(path, said)| Divergence { path: path.clone(), said })
        .collect();
    spread.findings = findings
        .into_iter()
        .filter(|(_, said)| said.iter().map(|(_, one)| one.accepts).collect::<BTreeSet<_>>().len() > 1)
        .map(|(finding, said)| Divergence { path: Path::of([finding]), said })
        .collect();
    spread
}

/// Whether something that an impact may rest on is among these changes and no longer in the content.
fn removed(case: &Case, changed: &[Path]) -> bool {
    let content = &case.content;
    let there: BTreeSet<String> = content
        .mitigations
        .iter()
        .map(|one| one.id.to_string())
        .chain(content.evidence.iter().map(|one| one.id.to_string()))
        .chain(content.interdependencies.iter().map(|one| one.id.to_string()))
        .collect();
    changed.iter().any(|path| match path.0.as_slice() {
        [list, id, ..] => {
            ["mitigations", "evidence", "interdependencies"].contains(&list.as_str()) && !there.contains(id)
        }
        _ => false,
    })
}

/// What a reviewer said of an earlier revision, seen from the one before the panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// About places that have not changed: it still stands.
    pub stands: Vec<Opinion>,
    /// About places that changed: it awaits them.
    pub awaits: Vec<Opinion>,
}

/// What this person said of the revision they last judged before the present one. What changed and was judged not to go
/// back to the panel has not changed for them. `places` are the paths of the content
/// that one of an opinion's means; none where there is no such place any more.
#[must_use]
pub fn said_before(
    case: &Case,
    person: PersonId,
    places: impl Fn(&Path) -> Vec<Path>,
) -> Option<(&Review, Standing)> {
    let mut reviews = case.process.reviews.iter().rev();
    let review = reviews.find(|review| review.reviewer == person && review.revision < case.revision)?;
    let mut standing = Standing::default();
    let changed: Option<Vec<Path>> = review.version.map(|version| case.unsettled_since(version).collect());
    for opinion in &review.opinions {
        // What is gone has changed; what was said before versions were kept with a review awaits its reviewer.
        let places = places(&opinion.path);
        let unchanged = !places.is_empty()
            && changed.as_ref().is_some_and(|changed| {
                let rests = opinion.path.0.first().is_some_and(|part| part == "impacts");
                let touched = changed.iter().any(|path| places.iter().any(|place| place.overlaps(path)));
                !(touched || rests && removed(case, changed))
            });
        let mut opinion = opinion.clone();
        opinion.since = opinion.since.or(Some(review.revision));
        if unchanged { standing.stands.push(opinion) } else { standing.awaits.push(opinion) }
    }
    Some((review, standing))
}
