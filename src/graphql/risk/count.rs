//! What is counted, in the API's words.

use async_graphql::SimpleObject;

use crate::{
    domain::{
        impact::Direction,
        rating::Band,
        risk::{Count, Counts, Rated, RatingBasis, Stated, Totals},
        text,
    },
    graphql::{impact::Reach, scalar::int, word::Word},
};

/// How many impacts go which way. Unknown is never neutral.
#[derive(SimpleObject)]
pub struct DirectionCounts {
    /// For the better.
    positive: i32,
    /// For the worse.
    negative: i32,
    /// Looked at, and none found.
    neutral: i32,
    /// Not known yet.
    unknown: i32,
}

impl From<&Counts> for DirectionCounts {
    fn from(counts: &Counts) -> Self {
        let of = |direction| int(counts.impacts(direction));
        Self {
            positive: of(Direction::Positive),
            negative: of(Direction::Negative),
            neutral: of(Direction::Neutral),
            unknown: of(Direction::Unknown),
        }
    }
}

/// How many negative impacts fall in a band, each on its own organisation's scale.
#[derive(SimpleObject)]
pub struct BandCount {
    /// The band.
    band: Word<Band>,
    /// Impacts.
    impacts: i32,
    /// Cases that have one: a case with impacts in two bands is in both.
    assessments: i32,
}

impl BandCount {
    /// All bands, those with nothing too.
    pub fn list(counted: impl Fn(Band) -> Count) -> Vec<Self> {
        let bands = Band::ALL.iter().map(|band| {
            let count = counted(*band);
            Self { band: Word(*band), impacts: int(count.impacts), assessments: int(count.cases) }
        });
        bands.collect()
    }
}

/// How many negative impacts are rated how, on one scale. Scales are side by side and never converted.
#[derive(SimpleObject)]
pub struct HeatMap {
    /// The scale: its key, and where an organisation changed it, what tells it apart from others of that key.
    scale: String,
    /// The ratings that there are, the least likely first; none where nothing is rated.
    cells: Vec<HeatMapCell>,
    /// What is not rated: it stands in no cell.
    unrated: UnratedCount,
}

/// Impacts that are not rated.
#[derive(SimpleObject)]
pub struct UnratedCount {
    /// Impacts.
    impacts: i32,
    /// Cases that have one.
    assessments: i32,
}

/// One rating of a heat map.
#[derive(SimpleObject)]
pub struct HeatMapCell {
    /// How likely.
    likelihood: i32,
    /// How bad.
    consequence: i32,
    /// Where it falls on the scale.
    band: Word<Band>,
    /// Impacts.
    impacts: i32,
    /// Cases that have one.
    assessments: i32,
}

impl HeatMap {
    /// One for each scale of a case that has something of this direction, rated or not.
    pub fn list(totals: &Totals, direction: Direction, basis: RatingBasis) -> Vec<Self> {
        let maps = totals.scales.iter().map(|(scale, tally)| {
            let rated = tally.cells.iter().filter_map(|((of, on, rated), count)| {
                let Rated { band, likelihood, consequence } =
                    rated.filter(|_| (*of, *on) == (direction, basis))?;
                Some(HeatMapCell {
                    likelihood: likelihood.into(),
                    consequence: consequence.into(),
                    band: Word(band),
                    impacts: int(count.impacts),
                    assessments: int(count.cases),
                })
            });
            let mut cells: Vec<HeatMapCell> = rated.collect();
            cells.sort_by_key(|cell| (cell.likelihood, cell.consequence));
            let unrated = tally.cells.get(&(direction, basis, None)).copied().unwrap_or_default();
            let unrated = UnratedCount { impacts: int(unrated.impacts), assessments: int(unrated.cases) };
            Self { scale: scale.clone(), cells, unrated }
        });
        maps.filter(|map| !map.cells.is_empty() || map.unrated.impacts > 0).collect()
    }
}

/// How many people authors say that negative impacts touch; none where nobody says.
pub fn reach(stated: Stated) -> Option<Reach> {
    let cases = usize::try_from(stated.cases).ok().filter(|cases| *cases > 0)?;
    let high = (stated.open == 0).then(|| int(stated.high));
    let say = if cases == 1 { "case says" } else { "cases say" };
    let basis = format!(
        "As the authors of {} {say} it, of negative impacts, added up case by case: whoever several cases touch is there several \
         times. These are not residents.",
        text::number(cases)
    );
    Some(Reach { low: int(stated.low), high, basis })
}
