//! The cumulative position of one case: what else touches the same people in the same place.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use super::{RatingBasis, Tally, figures::gravest};
use crate::{group::Catalogue, impact::Direction, rating::Band};

/// Other live cases of an organisation that touch one group negatively in one district, beside a case that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alongside {
    /// The code of the group.
    pub group: String,
    /// The code of the district.
    pub area: String,
    /// Its name.
    pub area_name: String,
    /// How many other cases.
    pub cases: usize,
    /// How many of them have an impact there that is not rated.
    pub unrated: usize,
    /// The gravest current rating among them; `None`: none is rated.
    pub gravest: Option<Band>,
}

impl Alongside {
    /// What these counts come to, each of cases on another scale or standpoint; `None` where nobody is touched.
    #[must_use]
    pub fn of<'a>(
        group: &str,
        (area, area_name): (&str, &str),
        tallies: impl Iterator<Item = &'a Tally> + Clone,
    ) -> Option<Self> {
        let all = |count: fn(&Tally) -> i64| {
            usize::try_from(tallies.clone().map(count).sum::<i64>()).unwrap_or_default()
        };
        let cases = all(|tally| tally.counts.direction(Direction::Negative).cases);
        let rated = tallies.clone().filter_map(|tally| tally.maximum(RatingBasis::Current));
        (cases > 0).then(|| Self {
            group: group.to_owned(),
            area: area.to_owned(),
            area_name: area_name.to_owned(),
            cases,
            unrated: all(|tally| tally.counts.band(RatingBasis::Current, Band::Unrated).cases),
            gravest: gravest(rated).map(|rated| rated.band),
        })
    }

    /// Leaves out what is told in the same district, rated the same, of a group further down in this catalogue: of a group that it
    /// lies within there are no fewer cases, so that where there are as many, they are the same; but what these do to others of
    /// the wider group may be graver, or not rated.
    pub fn tell_once(found: &mut Vec<Self>, groups: &Catalogue) {
        let all = found.clone();
        let figures = |one: &Self| (one.cases, one.unrated, one.gravest);
        found.retain(|one| {
            !all.iter().any(|other| {
                other.area == one.area
                    && figures(other) == figures(one)
                    && other.group != one.group
                    && groups.is_within(&other.group, &one.group)
            })
        });
    }

    /// The gravest first, then those of most cases, then by code.
    pub fn rank(found: &mut [Self]) {
        found.sort_by(|one, other| {
            let by = |one: &Self| (Reverse((one.gravest, one.cases)), one.group.clone(), one.area.clone());
            by(one).cmp(&by(other))
        });
    }
}
