//! Where negative impacts pile up.

use std::{collections::BTreeMap, sync::Arc};

use super::Picture;
use crate::{
    app::{App, Result},
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
    pub found: Concentration,
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
    /// Whether there are more than were looked at: of each group places under fewer cases may be missing.
    pub truncated: bool,
}

/// Most cases among which overlaps are looked for.
const MOST: u32 = 20_000;

impl App {
    /// The places where at least so many cases touch one group negatively at the same time, the gravest first.
    pub async fn concentrations(&self, picture: &Arc<Picture>, least: usize) -> Result<Piles> {
        if !(2..=1_000).contains(&least) {
            let message = "Negative impacts are concentrated where two cases or more come together; ask for 2 to 1,000.";
            return Err(Violation::new("INVALID", message, Path::of(["minAssessments"])).into());
        }
        let hits = self.hits(picture).await?;
        let (mut found, mut truncated) = (Vec::new(), false);
        for (group, hits) in &*hits {
            let of = hits.concentrations(group, least);
            truncated |= of.truncated;
            found.extend(of.found);
        }
        Concentration::rank(&mut found);
        let found = found.into_iter().map(|found| Pile { picture: picture.clone(), found });
        Ok(Piles { found: found.collect(), truncated })
    }

    /// The places under one, two, three or more cases at once that touch a group negatively.
    pub async fn concurrency(&self, picture: &Picture, group: &str) -> Result<Vec<Concurrency>> {
        if picture.groups.find(group).is_none() {
            let message =
                format!("There is no group `{group}`; `groups` lists those that there are, by code.");
            return Err(Violation::new("UNKNOWN_GROUP", message, Path::of(["group"])).into());
        }
        Ok(self.hits(picture).await?.get(group).map(Hits::concurrency).unwrap_or_default())
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
