//! What the cases of a picture depend on, and severe impacts across them, as they stand now: edges are of today, whatever day a
//! picture is as known at.

use std::{collections::HashMap, sync::Arc};

use crate::{
    app::{App, Error, Result, Stub, View, risk::Picture},
    domain::{
        id::AssessmentId,
        party::Party,
        rating::Scale,
        risk::{
            RatingBasis,
            graph::{self, Edge},
            severe::{self, Bounds, Severe, Step},
            simulation::{DRAWS, Drawn, Odds},
        },
        text::{Path, Violation},
    },
    store::risk::Linked,
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
    pub async fn connected(&self, picture: &Picture) -> Result<Connected> {
        let (views, truncated) = self.linked(picture, Linked::Edges).await?;
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
        let (views, truncated) = self.linked(picture, Linked::Adverse(group)).await?;
        let scale = |view: &Arc<View>| view.frame.organisation.settings.scale.clone();
        let cases: Vec<Severe> = views
            .iter()
            .filter_map(|view| Severe::of(&view.case, &scale(view), group, consequence, basis))
            .collect();
        let name = found.name.clone();
        let severity = severity(views.first().map(scale).as_ref(), &cases, consequence);
        // What is of some cases only would be taken for what is of all.
        let odds = Odds::of(&cases).filter(|_| !truncated);
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
                truncated.then_some(MOST),
            ),
            bounds: severe::bounds(&cases).filter(|_| !truncated),
            cases,
            drawn,
            truncated,
        })
    }

    /// How many changes elsewhere the cases of a picture have not reacted to yet.
    pub async fn pending_reactions(&self, picture: &Picture) -> Result<u64> {
        Ok(self.store.read().count_reactions_of(&picture.selection).await?)
    }

    /// The cases of a picture that are asked for, by reference, and whether there are more.
    async fn linked(&self, picture: &Picture, linked: Linked<'_>) -> Result<(Vec<Arc<View>>, bool)> {
        picture.as_it_stands("What depends on what")?;
        let read = self.store.read();
        let mut ids = read.linked_cases(&picture.selection, &picture.filter, linked, MOST.into()).await?;
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let truncated = ids.len() > most;
        ids.truncate(most);
        let areas = &picture.filter.areas;
        let reference = if areas.is_empty() { None } else { self.find_reference().await? };
        let asked = reference.as_ref().map(|reference| reference.lsoas(areas));
        let mut found = Vec::new();
        for some in ids.chunks(AT_ONCE) {
            let mut views = self.views_in(picture, some).await?;
            for id in some {
                let Some(view) = views.remove(id) else { continue };
                let footprint = &view.case.content.proposal.footprint;
                let there = match (&reference, &asked) {
                    (Some(reference), Some(asked)) => reference.lsoas(footprint).meets(asked),
                    // Where nothing is known of places, a code is only itself.
                    _ => areas.is_empty() || footprint.iter().any(|code| areas.contains(code)),
                };
                if there {
                    found.push(view);
                }
            }
        }
        Ok((found, truncated))
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
