//! Risk across cases: what each contributes, and how contributions are counted.
//!
//! Ratings are ordinal: they are counted and compared, never added, averaged or netted. Unknown is its own column and
//! never neutral; a positive impact never offsets a negative one. Cases come before impacts, because impacts depend on
//! how finely an author splits them. Everything that is counted is a sum over cases or read from one, so that it may
//! be kept, added to and taken from in any order.

mod alongside;
mod atlas;
mod bytes;
mod concentration;
mod contribution;
mod count;
mod counts;
mod cut;
pub mod extract;
mod figures;
mod filter;
pub mod graph;
pub mod influence;
pub mod known;
mod packed;
pub mod promise;
mod rollup;
pub mod rounding;
pub mod severe;
pub mod simulation;
pub mod spend;
pub mod tables;
mod tally;
mod together;
pub mod trend;

/// Counts the changes of what is counted: a roll-up of another count is made anew, and it is raised with every such change.
pub const COUNTING: u32 = 3;

pub use self::{
    alongside::Alongside,
    atlas::{Atlas, Place},
    concentration::{Concentration, Concentrations, Concurrency, Hits},
    contribution::{Contribution, Impact, Rated, RatingBasis, Standpoint, scale_name},
    count::{Exposure, Exposures, Places, Totals},
    counts::{Count, Counts, Stated},
    cut::{ExposureDimension, Fact, Key, quarter},
    figures::Figures,
    filter::Filter,
    rollup::{ALL, NONE, Page, PageKey, Rollup, RollupKey},
    tally::Tally,
};
