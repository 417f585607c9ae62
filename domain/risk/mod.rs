//! Risk across cases: what each contributes, and how contributions are counted.
//!
//! Ratings are ordinal: they are counted and compared, never added, averaged or netted. Unknown is its own column and
//! never neutral; a positive impact never offsets a negative one. Cases come before impacts, because impacts depend on
//! how finely an author splits them. Everything that is counted is a sum over cases or read from one, so that it may
//! be kept, added to and taken from in any order.

mod atlas;
mod concentration;
mod contribution;
mod count;
mod cut;
pub mod extract;
mod filter;
pub mod graph;
pub mod influence;
pub mod promise;
mod rollup;
pub mod rounding;
pub mod severe;
pub mod simulation;
pub mod spend;
pub mod tables;
mod tally;
pub mod trend;

/// Counts the changes of what is counted: a roll-up of another count is made anew, and it is raised with every such change.
pub const COUNTING: u32 = 1;

pub use self::{
    atlas::{Atlas, Place},
    concentration::{Concentration, Concurrency, Hits},
    contribution::{Contribution, Impact, Rated, RatingBasis, Standpoint, scale_name},
    count::{Exposure, Exposures, Totals},
    cut::{ExposureDimension, Fact, Key, quarter},
    filter::Filter,
    rollup::{ALL, NONE, Rollup, RollupKey},
    tally::{Count, Stated, Tally},
};
