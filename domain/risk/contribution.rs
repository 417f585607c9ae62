//! What one case contributes to the picture of all.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Content, Frame},
    canonical,
    case::Case,
    group::Catalogue,
    impact::Direction,
    mitigation::MitigationStatus,
    rating::{Band, Rating, Scale},
    settings::Settings,
    words::words,
    workflow::{Phase, Standing},
};

words! {
    /// Which judgement of an impact is counted, as NHS risk registers have them.
    RatingBasis {
        /// Before any mitigation.
        Initial = "INITIAL",
        /// As last judged by owner and verifier with evidence; initial until then.
        Current = "CURRENT",
        /// If every planned mitigation works.
        Target = "TARGET",
        /// Derived: the target once every mitigation it rests on is verified and every reliance holds, else the
        /// initial.
        Assured = "ASSURED",
    }
}

words! {
    /// As what a case counts.
    Standpoint {
        /// Still being written, and never submitted: in no figure, counted apart.
        Draft = "DRAFT",
        /// Written, and not decided.
        Pending = "PENDING",
        /// Touches people, or will.
        Proceeding = "PROCEEDING",
        /// Will not.
        Stopped = "STOPPED",
    }
}

impl Standpoint {
    /// Of a case in a state of this phase and standing. One that was submitted and went back to its author is live all the
    /// same: it counts, by what is written in it now.
    #[must_use]
    pub fn of(phase: Phase, standing: Standing, submitted: bool) -> Self {
        match (phase, standing) {
            (Phase::Drafting, Standing::Pending) if !submitted => Self::Draft,
            (_, Standing::Pending) => Self::Pending,
            (_, Standing::Proceeding) => Self::Proceeding,
            (_, Standing::Stopped) => Self::Stopped,
        }
    }
}

impl From<Standing> for Standpoint {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Pending => Self::Pending,
            Standing::Proceeding => Self::Proceeding,
            Standing::Stopped => Self::Stopped,
        }
    }
}

/// A rating with the band that it had on its organisation's scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "(Band, u8, u8)", into = "(Band, u8, u8)")]
pub struct Rated {
    /// Where it falls on the scale.
    pub band: Band,
    /// How likely.
    pub likelihood: u8,
    /// How bad.
    pub consequence: u8,
}

impl Rated {
    fn on(scale: &Scale, rating: Option<Rating>) -> Option<Self> {
        let rating = rating?;
        let Rating { likelihood, consequence } = rating;
        Some(Self { band: scale.band(Some(rating)), likelihood, consequence })
    }

    /// Likelihood x consequence. It orders and is never added up.
    #[must_use]
    pub fn score(self) -> u16 {
        u16::from(self.likelihood) * u16::from(self.consequence)
    }
}

impl From<(Band, u8, u8)> for Rated {
    fn from((band, likelihood, consequence): (Band, u8, u8)) -> Self {
        Self { band, likelihood, consequence }
    }
}

impl From<Rated> for (Band, u8, u8) {
    fn from(rated: Rated) -> Self {
        (rated.band, rated.likelihood, rated.consequence)
    }
}

/// One impact, as far as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Codes of the groups that it counts for, each once: those it names, of which several mean their intersection, and every
    /// one that these lie within ([`Catalogue::counted`]).
    #[serde(rename = "g")]
    pub groups: Vec<String>,
    /// Which way it goes.
    #[serde(rename = "d")]
    pub direction: Direction,
    /// Its ratings by basis, in the order of [`RatingBasis::ALL`].
    #[serde(rename = "r")]
    pub ratings: [Option<Rated>; 4],
    /// How many people its author says it touches: at least, and at most where that is said.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<(u32, Option<u32>)>,
}

impl Impact {
    /// Its rating on a basis; `None` when it was not rated.
    #[must_use]
    pub fn rated(&self, basis: RatingBasis) -> Option<Rated> {
        self.ratings.get(basis as usize).copied().flatten()
    }
}

/// What one case contributes, as it stood for some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// As what it counts.
    #[serde(rename = "s")]
    pub standpoint: Standpoint,
    /// The scale of its ratings: see [`scale_name`].
    #[serde(rename = "k")]
    pub scale: String,
    /// Its service line.
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub service_line: Option<String>,
    /// Its programme.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// When the change begins to touch people; not said: it may at any time.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// The last day on which it does; not said: it lasts.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<NaiveDate>,
    /// Codes of the areas of its footprint, each once, in order.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub footprint: Vec<String>,
    /// Its impacts.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub impacts: Vec<Impact>,
    /// Its mitigations that are planned or under way, each as the places in `impacts` of those it acts against.
    #[serde(rename = "o", default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Vec<usize>>,
}

impl Contribution {
    /// The way of counting groups that rows of the ledger say they were made by: raised when that changes, so that older rows are
    /// put right.
    pub const COUNTING: i64 = 1;

    /// What a case in a state of this phase and standing contributes, by its organisation's scale and groups.
    #[must_use]
    pub fn of(case: &Case, phase: Phase, standing: Standing, frame: Frame<'_>) -> Self {
        let (content, proposal) = (&case.content, &case.content.proposal);
        let Frame { groups, scale } = frame;
        let impacts = content.impacts.iter().map(|impact| Impact {
            groups: groups.counted(&impact.groups),
            direction: impact.direction,
            ratings: [
                Rated::on(scale, impact.initial),
                Rated::on(scale, case.current(impact.id)),
                Rated::on(scale, impact.target),
                Rated::on(scale, case.assured(impact.id)),
            ],
            reach: impact.reach.as_ref().map(|reach| (reach.low, reach.high)),
        });
        let open = content.mitigations.iter().filter(|mitigation| {
            let status = case.mitigation_status(mitigation.id);
            matches!(status, MitigationStatus::Planned | MitigationStatus::InProgress)
        });
        let against = |acts: &[crate::id::ImpactId]| {
            let places = content.impacts.iter().enumerate().filter(|(_, impact)| acts.contains(&impact.id));
            places.map(|(place, _)| place).collect::<Vec<_>>()
        };
        Self {
            standpoint: Standpoint::of(phase, standing, case.process.submitted_revision.is_some()),
            scale: scale_name(scale),
            service_line: proposal.service_line.clone(),
            programme: proposal.programme.clone(),
            effective_from: proposal.effective_from,
            effective_to: proposal.effective_to,
            footprint: distinct(&proposal.footprint),
            impacts: impacts.collect(),
            open: open.map(|mitigation| against(&mitigation.impacts)).collect(),
        }
    }

    /// The same where impacts were counted for no more than the groups they name, as they once were.
    #[must_use]
    pub fn with_ancestors(mut self, groups: &Catalogue) -> Self {
        for impact in &mut self.impacts {
            impact.groups = groups.counted(&impact.groups);
        }
        self
    }

    /// Whether it is what this content contributes, as far as content says: how impacts are rated now, what is assured and
    /// which mitigations are open is not in it, and scale, bands and what groups of the organisation's own lie within may be others
    /// since.
    #[must_use]
    pub fn is_of(&self, content: &Content, groups: &Catalogue) -> bool {
        let proposal = &content.proposal;
        let shipped = Catalogue::shipped();
        let on = |one: &[String], named: &[String]| {
            let theirs = named.iter().any(|code| shipped.find(code).is_none());
            one == groups.counted(named)
                || (theirs && shipped.counted(named).iter().all(|code| one.contains(code)))
        };
        let rating = |rated: Option<Rated>| rated.map(|rated| (rated.likelihood, rated.consequence));
        let same = |one: &Impact, other: &crate::impact::Impact| {
            let written = |rating: Option<Rating>| rating.map(|one| (one.likelihood, one.consequence));
            on(&one.groups, &other.groups)
                && one.direction == other.direction
                && rating(one.rated(RatingBasis::Initial)) == written(other.initial)
                && rating(one.rated(RatingBasis::Target)) == written(other.target)
                && one.reach == other.reach.as_ref().map(|reach| (reach.low, reach.high))
        };
        self.service_line == proposal.service_line
            && self.programme == proposal.programme
            && (self.effective_from, self.effective_to) == (proposal.effective_from, proposal.effective_to)
            && self.footprint == distinct(&proposal.footprint)
            && self.impacts.len() == content.impacts.len()
            && self.impacts.iter().zip(&content.impacts).all(|(one, other)| same(one, other))
    }

    /// Whether the change may touch people on that day: what nobody dated may at any time.
    #[must_use]
    pub fn is_live_on(&self, day: NaiveDate) -> bool {
        self.effective_from.is_none_or(|from| from <= day) && self.effective_to.is_none_or(|to| to >= day)
    }
}

fn distinct(codes: &[String]) -> Vec<String> {
    codes.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a scale is told apart by: its key, and where it is not the one that ships, a digest of its steps and bands
/// too, for two organisations may call different scales the same.
#[must_use]
pub fn scale_name(scale: &Scale) -> String {
    if *scale == Settings::default().scale {
        return scale.key.clone();
    }
    let bands = scale.bands.iter().map(|band| (band.band, band.from)).collect::<Vec<_>>();
    let shape = serde_json::json!([scale.likelihood.len(), scale.consequence.len(), bands]);
    let digest = canonical::sha256(shape.to_string().as_bytes());
    format!("{}~{}", scale.key, digest.get(..8).unwrap_or_default())
}
