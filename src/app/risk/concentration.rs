//! Where negative impacts pile up.
//!
//! Looked for apart from those who wait for the network, for one picture at a time: what is held meanwhile is bounded by the cases
//! of a picture ([`MOST`]) and by the places that are told of it.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::Semaphore;

use super::Picture;
use crate::{
    app::{App, Error, Result},
    domain::{
        risk::{Concentration, Concurrency, Hits},
        text::{self, Path, Violation},
    },
};

/// A concentration, with who lives there.
#[derive(Clone, Debug)]
pub struct Pile {
    /// The picture it is in.
    pub picture: Arc<Picture>,
    /// What it is.
    pub found: Arc<Concentration>,
}

impl Pile {
    /// How many people live there, each once.
    #[must_use]
    pub fn residents(&self) -> Option<u32> {
        self.picture.reference.as_ref()?.residents(&self.found.lsoas)
    }

    /// How many of them are in the group, where the census has them.
    #[must_use]
    pub fn group_residents(&self) -> Option<u32> {
        self.picture.reference.as_ref()?.group_residents(&self.found.lsoas, &self.found.group)
    }

    /// The districts it lies in.
    #[must_use]
    pub fn areas(&self) -> Vec<String> {
        let reference = self.picture.reference.as_ref();
        let districts = reference.map(|reference| reference.districts_of(&self.found.lsoas));
        districts.unwrap_or_default().iter().map(ToString::to_string).collect()
    }
}

/// Where cases of a picture pile up.
#[derive(Clone, Debug)]
pub struct Piles {
    /// The gravest first.
    pub found: Vec<Pile>,
    /// Whether there are more than were looked at: places that are merely widespread, less grave or under fewer cases may be
    /// missing.
    pub truncated: bool,
}

/// Where cases pile up, by how many make it so.
pub(super) type Piled = BTreeMap<usize, Arc<Found>>;

/// What was looked for once.
#[derive(Debug)]
pub(super) struct Found {
    places: Vec<Arc<Concentration>>,
    truncated: bool,
}

/// Most cases among which overlaps are looked for.
const MOST: u32 = 5_000;
/// Most answers about one picture that are kept while it is asked.
const KEPT: usize = 4;
/// Overlaps are looked for in one picture at a time, whoever asks.
static TURN: Semaphore = Semaphore::const_new(1);

impl App {
    /// The places where at least so many cases touch one group negatively at the same time, the gravest first. Looked for once,
    /// however often they are asked for.
    pub async fn concentrations(&self, picture: &Arc<Picture>, least: usize) -> Result<Piles> {
        if !(2..=1_000).contains(&least) {
            let message = "Negative impacts are concentrated where two cases or more come together; ask for 2 to 1,000.";
            return Err(Violation::new("INVALID", message, Path::of(["minAssessments"])).into());
        }
        let hits = self.hits(picture).await?;
        let mut piled = picture.piled.lock().await;
        let found = if let Some(found) = piled.get(&least) {
            found.clone()
        } else {
            let groups = picture.groups.clone();
            let all = apart(move || Hits::all(&hits, least, &groups)).await?;
            let places = all.found.into_iter().map(Arc::new).collect();
            let found = Arc::new(Found { places, truncated: all.truncated });
            if piled.len() >= KEPT {
                piled.clear();
            }
            piled.insert(least, found.clone());
            found
        };
        let truncated = found.truncated;
        let places = found.places.iter();
        let told = places.map(|found| Pile { picture: picture.clone(), found: found.clone() });
        Ok(Piles { found: told.collect(), truncated })
    }

    /// The places under one, two, three or more cases at once that touch a group negatively.
    pub async fn concurrency(&self, picture: &Picture, group: &str) -> Result<Vec<Concurrency>> {
        if picture.groups.find(group).is_none() {
            let message =
                format!("There is no group `{group}`; `groups` lists those that there are, by code.");
            return Err(Violation::new("UNKNOWN_GROUP", message, Path::of(["group"])).into());
        }
        let (hits, group) = (self.hits(picture).await?, group.to_owned());
        apart(move || hits.get(&group).map(Hits::concurrency).unwrap_or_default()).await
    }

    async fn hits(&self, picture: &Picture) -> Result<Arc<BTreeMap<String, Hits>>> {
        picture.hits.get_or_try_init(|| self.look_for_hits(picture)).await.cloned()
    }

    async fn look_for_hits(&self, picture: &Picture) -> Result<Arc<BTreeMap<String, Hits>>> {
        let (majors, usual) = (picture.majors(), Picture::usual_major());
        let (mut hits, mut many) = (BTreeMap::new(), 0);
        self.visit(picture, &mut |fact| {
            many += 1;
            if many <= MOST {
                let major = majors.get(&fact.organisation).copied().unwrap_or(usual);
                Hits::gather(&mut hits, fact, &picture.filter, major);
            }
        })
        .await?;
        if many > MOST {
            let message = format!(
                "The picture has {} cases; overlaps are looked for among at most {}: narrow the filter to some organisations, areas, groups or a day.",
                text::grouped(many),
                text::grouped(MOST)
            );
            return Err(Violation::new("TOO_MANY", message, Path::of(["filter"])).into());
        }
        Ok(Arc::new(hits))
    }
}

/// Reckons in a thread of its own, when it is its turn.
async fn apart<T: Send + 'static>(reckon: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let turn = TURN.acquire().await.map_err(|error| Error::Internal(error.into()))?;
    // Who stops waiting does not stop the thread, which keeps its turn.
    let found = tokio::task::spawn_blocking(move || {
        let found = reckon();
        drop(turn);
        found
    });
    found.await.map_err(|error| Error::Internal(error.into()))
}
