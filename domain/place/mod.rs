//! Places and the people who live there: reference data, read from files that describe themselves.
//!
//! [`file`] reads and refuses files; [`Assembly`] holds them against each other and makes a [`Reference`]; that
//! answers what a code names ([`Gazetteer`]) and who lives in a set of areas ([`Reference::population`]). A place
//! is a set of 2021 LSOAs, so that every resident of a union of areas of any levels is counted once.
//!
//! ```ignore
//! let population = reference.population(&["E54000022".into()], Some("IMD 2025"), &settings.notable)?;
//! assert_eq!((population.core20_people, population.people), (150_187, 1_032_464));
//! ```

mod area;
mod assembly;
mod code;
mod counts;
mod edition;
mod extent;
pub mod file;
mod gazetteer;
mod measure;
mod naming;
mod organisation;
mod overlap;
mod population;
mod residents;
mod search;
mod set;
pub mod shipped;
mod told;

pub use self::{
    area::Area,
    assembly::{Assembly, Reference, succeeds},
    code::Code,
    edition::Edition,
    extent::{Extent, Unanswered},
    file::{Fault, Kind, Manifest, Sheet},
    gazetteer::Gazetteer,
    organisation::{HealthOrganisation, HealthOrganisationKind, HealthOrganisations},
    overlap::Part,
    population::{District, GroupPopulation, Indicator, Population},
    set::Lsoas,
    told::Told,
};
