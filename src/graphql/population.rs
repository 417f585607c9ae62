//! Who lives in a place.

use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};

use crate::{
    domain::{
        group::Catalogue,
        place::{self, Population},
    },
    graphql::{
        area::Area,
        error::Result,
        group::Group,
        limit::{SOME, listed},
        scalar::int,
        session::session,
    },
};

/// Who lives in a place.
pub struct PopulationProfile(pub Population);

/// Who lives in a place: residents, who are not the users of a service. Every figure says its edition, base and source.
#[Object]
impl PopulationProfile {
    /// The areas that were asked for.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn areas(&self) -> Vec<Area> {
        self.0.areas.iter().copied().map(Area::coded).collect()
    }

    /// The edition of the indices of deprivation: `IMD 2025`.
    async fn edition(&self) -> &str {
        &self.0.edition
    }

    /// The people it is counted in: `ONS mid-2020`, `Census 2021`.
    async fn population_base(&self) -> &str {
        &self.0.base
    }

    /// Who published the edition.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// Residents of the union of the areas, each once.
    async fn people(&self) -> i32 {
        int(self.0.people)
    }

    /// Those of them in the most deprived fifth of England.
    async fn core20_people(&self) -> i32 {
        int(self.0.core20_people)
    }

    /// The share of them in the most deprived fifth, 0 to 1.
    async fn core20_share(&self) -> f64 {
        self.0.core20_share()
    }

    /// Small areas (LSOAs) of the edition.
    async fn lsoas(&self) -> i32 {
        int(self.0.lsoas)
    }

    /// Those of them in the most deprived fifth.
    async fn core20_lsoas(&self) -> i32 {
        int(self.0.core20_lsoas)
    }

    /// The districts that the place lies in, as far as it does; the largest share in the most deprived fifth first.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn districts(&self) -> Vec<DistrictPopulation> {
        self.0.districts.iter().map(DistrictPopulation::from).collect()
    }

    /// The groups that there are figures for.
    #[graphql(complexity = "listed(3 * SOME, child_complexity)")]
    async fn groups(&self, ctx: &Context<'_>) -> Result<Vec<GroupPopulation>> {
        let session = session(ctx);
        let catalogue = Box::pin(session.app.groups(session.somebody())).await?;
        let groups = self.0.groups.iter();
        Ok(groups
            .map(|group| GroupPopulation { group: group.clone(), catalogue: catalogue.clone() })
            .collect())
    }

    /// What else there are figures for.
    #[graphql(complexity = "listed(5, child_complexity)")]
    async fn indicators(&self) -> Vec<PopulationIndicator> {
        self.0.indicators.iter().map(PopulationIndicator::from).collect()
    }

    /// What a reader must know of the place: areas that ended, boundaries that were redrawn and widen it.
    async fn notes(&self) -> &[String] {
        &self.0.notes
    }
}

/// A group of people in a place.
pub struct GroupPopulation {
    group: place::GroupPopulation,
    catalogue: Arc<Catalogue>,
}

/// A group of people in a place.
#[Object]
impl GroupPopulation {
    /// The group.
    async fn group(&self) -> Group {
        Group::of(&self.catalogue, &self.group.group)
    }

    /// Who is counted, in words.
    async fn counted(&self) -> &str {
        &self.group.is
    }

    /// How many live there.
    async fn people(&self) -> i32 {
        int(self.group.people)
    }

    /// Of how many whom the table counts.
    async fn of(&self) -> i32 {
        int(self.group.of)
    }

    /// The share of them, 0 to 1.
    async fn share(&self) -> f64 {
        self.group.share
    }

    /// The share in England, 0 to 1.
    async fn england(&self) -> f64 {
        self.group.england
    }

    /// The share in the integrated care board that the place lies in; null when it lies in several.
    async fn icb(&self) -> Option<f64> {
        self.group.board
    }

    /// The share by the share in England.
    async fn ratio(&self) -> f64 {
        self.group.ratio
    }

    /// Whether an assessment of a proposal for the place should speak of them, by the thresholds of its organisation.
    async fn notable(&self) -> bool {
        self.group.notable
    }

    /// Who published it, in which table.
    async fn source(&self) -> &str {
        &self.group.source
    }
}

/// A district, as far as a place lies in it.
#[derive(SimpleObject)]
pub struct DistrictPopulation {
    /// The district.
    district: Area,
    /// Residents of the part.
    people: i32,
    /// Those of them in the most deprived fifth of England.
    core20_people: i32,
    /// The share of them in the most deprived fifth, 0 to 1.
    core20_share: f64,
    /// Whether that is notable.
    notable: bool,
}

impl From<&place::District> for DistrictPopulation {
    fn from(district: &place::District) -> Self {
        Self {
            district: Area::coded(district.code),
            people: int(district.people),
            core20_people: int(district.core20_people),
            core20_share: district.core20_share(),
            notable: district.notable,
        }
    }
}

/// Something that is known of the people or households of a place beside its groups.
#[derive(SimpleObject)]
pub struct PopulationIndicator {
    /// Its name: `no_car`.
    key: &'static str,
    /// What is counted, in words.
    counted: &'static str,
    /// Whether households are counted, not people.
    households: bool,
    /// How many.
    count: i32,
    /// Of how many that the table counts.
    of: i32,
    /// The share, 0 to 1.
    share: f64,
    /// The share in England, 0 to 1.
    england: f64,
    /// Who published it, in which table.
    source: &'static str,
}

impl From<&place::Indicator> for PopulationIndicator {
    fn from(indicator: &place::Indicator) -> Self {
        Self {
            key: indicator.key,
            counted: indicator.is,
            households: indicator.households,
            count: int(indicator.count),
            of: int(indicator.of),
            share: indicator.share,
            england: indicator.england,
            source: indicator.source,
        }
    }
}
