//! The place that a list of areas covers.

use super::{Code, Gazetteer, Lsoas, area::Area};
use crate::text::shortened;

/// Why nothing can be said of a place; the user mends it or learns it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unanswered {
    /// Stable and machine-readable: `UNKNOWN_AREA`, `UNKNOWN_EDITION`, `REFERENCE_MISSING`, `SPLIT`, `UNDIVIDED`, `NO_AREAS`.
    pub code: &'static str,
    /// A sentence that says why, and what can be asked instead.
    pub message: String,
}

impl Unanswered {
    /// What cannot be told, and why.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The place that a list of areas of any levels covers together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Its areas.
    pub areas: Vec<Code>,
    /// Its LSOAs.
    pub now: Lsoas,
    /// What a reader must know of it: areas that ended, boards that were parted.
    pub notes: Vec<String>,
    /// Its areas of before 2021 that a redrawn boundary widens when they are counted in the LSOAs of today.
    pub redrawn: Vec<String>,
    /// The former LSOAs of those areas that were areas when there were such.
    former: Lsoas,
    /// The LSOAs of the other areas.
    younger: Lsoas,
}

impl Gazetteer {
    /// The place that areas cover together; the same in any order.
    pub fn extent(&self, codes: &[String]) -> Result<Extent, Unanswered> {
        if codes.is_empty() {
            return Err(Unanswered::new("NO_AREAS", "No area is named."));
        }
        let mut areas = Vec::with_capacity(codes.len());
        for text in codes {
            let found = Code::parse(text).and_then(|code| self.find(code));
            areas.push(found.ok_or_else(|| {
                let message =
                    format!("`{}` is no code of an area of England that is known here.", shortened(text));
                Unanswered::new("UNKNOWN_AREA", message)
            })?);
        }
        areas.sort_by_key(|area| area.code);
        areas.dedup_by_key(|area| area.code);
        let mut extent = Extent { areas: areas.iter().map(|area| area.code).collect(), ..Extent::default() };
        for area in &areas {
            self.cover(area, &mut extent)?;
        }
        Ok(extent)
    }

    fn cover(&self, area: &Area, extent: &mut Extent) -> Result<(), Unanswered> {
        let (now, former) = (self.now_of(area.code), self.former_of(area.code));
        if let Some(parted) = self.undivided.get(&area.code).map(|code| self.name(*code)) {
            let told = format!(
                "Part of {parted} came to {} on 1 April 2026, and the lookups do not say which part",
                area.name
            );
            // A board of before under its old code is still known as it was.
            if former.is_none() {
                let message = format!("{told}. Ask for its districts or for the boards of before instead.");
                return Err(Unanswered::new("UNDIVIDED", message));
            }
            extent.notes.push(format!("{told}: it is counted as it was before."));
        }
        if let Some(closed) = area.closed {
            let successors: Vec<String> = area.successors.iter().map(|code| self.name(*code)).collect();
            let told =
                if successors.is_empty() { String::new() } else { format!(" ({})", successors.join("; ")) };
            let day = closed.format("%-d %B %Y");
            extent.notes.push(format!("{} ended on {day}{told}: it is counted as it was.", area.name));
        }
        let own = match (&now, &former) {
            (Some(now), _) => now.clone(),
            (None, Some(former)) => {
                let now = Lsoas::of(former.iter().flat_map(|one| self.forwards(one)));
                let reached = Lsoas::of(now.iter().flat_map(|one| self.backwards(one)));
                if reached != *former {
                    extent.redrawn.push(format!("{} ({})", area.name, area.code));
                }
                now
            }
            (None, None) => {
                let message =
                    format!("The lookups do not say which LSOAs {} ({}) has.", area.name, area.code);
                return Err(Unanswered::new("UNKNOWN_AREA", message));
            }
        };
        match former {
            Some(former) => extent.former.extend(&former),
            None => extent.younger.extend(&own),
        }
        extent.now.extend(&own);
        Ok(())
    }

    /// The former LSOAs of a place; refused where it cuts one in two.
    pub(super) fn former(&self, extent: &Extent) -> Result<Lsoas, Unanswered> {
        let mut former = extent.former.clone();
        for one in extent.younger.iter().flat_map(|one| self.backwards(one)) {
            if former.contains(one) {
                continue;
            }
            if let Some(cut) = self.forwards(one).find(|part| !extent.now.contains(*part)) {
                let name = |code: Option<Code>| code.map(|code| code.to_string()).unwrap_or_default();
                let message = format!(
                    "The place has part of the LSOA {} of 2011 and not the rest ({}): figures of LSOAs of 2011 cannot \
                     be given for it. Ask for a newer edition, or for a larger place.",
                    name(self.former.code(one)),
                    name(self.now.code(cut)),
                );
                return Err(Unanswered::new("SPLIT", message));
            }
            former.insert(one);
        }
        Ok(former)
    }

    /// Whether the areas of a place had another boundary in the lookups of the LSOAs of before.
    pub(super) fn moved(&self, extent: &Extent, former: &Lsoas) -> bool {
        Lsoas::of(former.iter().flat_map(|one| self.forwards(one))) != extent.now
    }
}
