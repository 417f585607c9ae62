//! What the cases of a picture depend on, and severe impacts across them, as they stand now: edges are of today, so that of a picture
//! of the past neither is told.

use std::{collections::HashMap, sync::Arc};

use crate::{
    app::{
        App, Error, Result, Stub, View,
        risk::{Picture, fact::each_row},
    },
    domain::{
        id::AssessmentId,
        party::Party,
        rating::Scale,
        risk::{
            Filter, RatingBasis,
            graph::{self, Edge},
            severe::{self, Asked, Bounds, Severe, Step, Untold},
            simulation::{DRAWS, Drawn, Odds},
        },
        text::{Path, Violation},
    },
    store::risk::{Linked, ledger::Rows},
};

/// Most cases that are read for one graph or one count; of more the first by reference are, and it is said.
const MOST: u32 = 2000;
/// Cases that are read at once.
const AT_ONCE: usize = 100;

/// What depends on what.
#[derive(Clone, Debug)]
pub struct Connected {
    /// The edges of the cases of the picture, by the reference of the case, in the order of its content.
    pub edges: Vec<Edge>,
    /// As much of the cases at either end as the actor may know, by reference.
    pub nodes: Vec<Stub>,
    /// The partners, each once.
    pub partners: Vec<Party>,
    /// Where cases lead to each other all around, by reference.
    pub cycles: Vec<Vec<String>>,
    /// Whether there are more cases than are read.
    pub truncated: bool,
}

impl Connected {
    /// The stub of a case, where the actor may know of it.
    #[must_use]
    pub fn node(&self, id: AssessmentId) -> Option<&Stub> {
        self.nodes.iter().find(|stub| stub.id == id)
    }
}

/// Severe adverse impacts on a group.
#[derive(Clone, Debug)]
pub struct SevereView {
    /// The cases, by reference.
    pub cases: Vec<Severe>,
    /// How many of them put the likelihood where.
    pub steps: Vec<Step>,
    /// All of it in words.
    pub in_words: String,
    /// Between which chances one comes about, where that may be told.
    pub bounds: Option<Bounds>,
    /// Which reliance matters most, where somebody said how often they fail; and how many are not drawn.
    pub drawn: Option<(Drawn, usize)>,
    /// Whether there are more cases than are read.
    pub truncated: bool,
    /// How many more would be among the cases, and may not be read.
    pub unreadable: usize,
}

/// The cases of a picture that were looked for.
struct Found {
    /// Those that may be read, by reference.
    views: Vec<Arc<View>>,
    /// The others.
    unread: Vec<AssessmentId>,
    /// Whether there are more.
    truncated: bool,
}

impl SevereView {
    /// The reliance on which most of these cases rest; none where there are more cases than were read.
    #[must_use]
    pub fn most_relied(&self) -> Option<&Edge> {
        let (edge, _) = severe::most_relied(&self.cases).filter(|_| !self.truncated)?;
        Some(edge)
    }
}

impl App {
    /// What the cases of a picture depend on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a picture of the past.
    pub async fn connected(&self, picture: &Picture) -> Result<Connected> {
        picture.as_of_today("What depends on what")?;
        self.connected_today(picture).await
    }

    /// The same as of today, whatever day the picture is as known at: for whoever says so.
    pub(super) async fn connected_today(&self, picture: &Picture) -> Result<Connected> {
        let Found { views, truncated, .. } = self.linked(picture, Linked::Edges).await?;
        let edges: Vec<Edge> = views.iter().flat_map(|view| Edge::of(&view.case)).collect();
        let ends = edges.iter().flat_map(|edge| [Some(edge.from), edge.edge.target]).flatten();
        let mut ends: Vec<AssessmentId> = ends.collect();
        ends.sort_unstable();
        ends.dedup();
        let mut nodes = Vec::new();
        for some in ends.chunks(AT_ONCE) {
            let stubs = match &picture.actor {
                Some(actor) => self.stubs(actor, some).await?,
                None => self.whole_stubs(some).await?,
            };
            nodes.extend(stubs.into_values());
        }
        nodes.sort_by(|one, other| one.reference.cmp(&other.reference));
        Ok(Connected {
            partners: graph::partners(&edges),
            cycles: graph::cycles(&edges),
            edges,
            nodes,
            truncated,
        })
    }

    /// Severe adverse impacts on a group, across the cases of a picture.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a group that is not known, a consequence that no scale has, and a picture of the past.
    pub async fn severe(
        &self,
        picture: &Picture,
        group: &str,
        consequence: u8,
        basis: RatingBasis,
    ) -> Result<SevereView> {
        let Some(found) = picture.groups.find(group) else {
            let told: String = group.chars().take(60).collect();
            let message =
                format!("There is no group `{told}`; `groups` lists those that there are, by code.");
            return Err(Violation::new("UNKNOWN_GROUP", message, Path::of(["group"])).into());
        };
        if !(1..=10).contains(&consequence) {
            let message = "A consequence is a step of a scale, from 1 to 10 at most.";
            return Err(Violation::new("INVALID", message, Path::of(["consequenceAtLeast"])).into());
        }
        picture.as_of_today("What is severe and what it rests on")?;
        let codes = picture.below([&found.code])?;
        let Found { views, unread, truncated } = self.linked(picture, Linked::Adverse(&codes)).await?;
        let asked = Asked { group, consequence, basis, filter: &picture.filter };
        let unreadable = self.unreadable(picture, &unread, asked).await?;
        let scale = |view: &Arc<View>| view.frame.organisation.settings.scale.clone();
        let cases = views.iter().filter_map(|view| Severe::of(&view.case, view.frame.content(), asked));
        let cases: Vec<Severe> = cases.collect();
        let whole = !truncated && unreadable == 0;
        let name = found.name.clone();
        let severity = severity(views.first().map(scale).as_ref(), &cases, consequence);
        // What is of some cases only would be taken for what is of all.
        let odds = Odds::of(&cases).filter(|_| whole);
        let drawn = match odds {
            None => None,
            Some(odds) => {
                let undeclared = odds.undeclared;
                let draw = move || odds.draw(odds.seed(), DRAWS);
                let drawn = tokio::task::spawn_blocking(draw).await;
                Some((drawn.map_err(|error| Error::Internal(error.into()))?, undeclared))
            }
        };
        Ok(SevereView {
            steps: severe::steps(&cases),
            in_words: severe::in_words(
                &cases,
                &format!("\u{201c}{name}\u{201d}"),
                &severity,
                Untold { looked_at: truncated.then_some(MOST), unreadable },
            ),
            bounds: severe::bounds(&cases).filter(|_| whole),
            cases,
            drawn,
            truncated,
            unreadable,
        })
    }

    /// How many of these cases, which may not be read, have what is asked by what they contribute.
    async fn unreadable(&self, picture: &Picture, cases: &[AssessmentId], asked: Asked<'_>) -> Result<usize> {
        let (mut atlas, mut found) = (picture.atlas(), 0);
        for some in cases.chunks(AT_ONCE) {
            each_row(&self.store.read(), Rows::Of(some), |row| {
                let fact = picture.fact(row.case, row.organisation, row.contribution, &mut atlas);
                found += usize::from(fact.is_some_and(|fact| asked.counts(&fact)));
            })
            .await?;
        }
        Ok(found)
    }

    /// How many changes elsewhere the cases of a picture have not reacted to yet.
    pub async fn pending_reactions(&self, picture: &Picture) -> Result<u64> {
        Ok(self.store.read().count_reactions_of(&picture.selection).await?)
    }

    /// The cases of a picture that are asked for.
    async fn linked(&self, picture: &Picture, linked: Linked<'_>) -> Result<Found> {
        picture.as_it_stands("What depends on what")?;
        let read = self.store.read();
        let filter = Filter { groups: picture.below(&picture.filter.groups)?, ..picture.filter.clone() };
        let mut ids = read.linked_cases(&picture.selection, &filter, linked, MOST.into()).await?;
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let truncated = ids.len() > most;
        ids.truncate(most);
        let areas = &picture.filter.areas;
        let reference = if areas.is_empty() { None } else { self.find_reference().await? };
        let asked = reference.as_ref().map(|reference| reference.lsoas(areas));
        let (mut found, mut unread) = (Vec::new(), Vec::new());
        for some in ids.chunks(AT_ONCE) {
            let mut views = self.views_in(picture, some).await?;
            for id in some {
                let Some(view) = views.remove(id) else {
                    unread.push(*id);
                    continue;
                };
                let mut impacts = view.case.content.impacts.iter();
                let touched = picture.filter.groups.is_empty()
                    || impacts.any(|one| picture.filter.touches(&view.frame.groups.counted(&one.groups)));
                let footprint = &view.case.content.proposal.footprint;
                let there = match (&reference, &asked) {
                    (Some(reference), Some(asked)) => reference.lsoas(footprint).meets(asked),
                    // Where nothing is known of places, a code is only itself.
                    _ => areas.is_empty() || footprint.iter().any(|code| areas.contains(code)),
                };
                if there && touched {
                    found.push(view);
                }
            }
        }
        Ok(Found { views: found, unread, truncated })
    }

    /// Those cases of a picture that whoever sees it may read.
    pub(super) async fn views_in(
        &self,
        picture: &Picture,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Arc<View>>> {
        self.views_for(picture.actor.as_ref(), ids, picture.moment).await
    }
}

/// How severe at least, in the words of the scale where all cases have the same.
fn severity(scale: Option<&Scale>, cases: &[Severe], consequence: u8) -> String {
    let same = cases.windows(2).all(|pair| matches!(pair, [one, other] if one.scale == other.scale));
    let step = scale.filter(|_| same).and_then(|scale| scale.consequence.get(usize::from(consequence) - 1));
    match step {
        Some(step) => format!("\u{201c}{}\u{201d} or worse", step.label.to_lowercase()),
        None => format!("of a consequence of {consequence} or more"),
    }
}
