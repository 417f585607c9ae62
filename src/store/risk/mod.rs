//! What risk across cases is counted from: which cases somebody's picture has, the ledger of what each contributes,
//! and what is rolled up of it.
//!
//! | table | a row is | who writes it |
//! |---|---|---|
//! | `risk_ledger` | what one case contributed from when to when, packed ([`crate::domain::risk::Contribution::pack`]) | the command that changes the case |
//! | `risk_rollup` | all counts of one cell: organisation, standing, scale, group, district | the worker |
//! | `risk_page` | what is told of every group in one district: some hundred bytes for each, for whoever asks | the worker |
//! | `risk_rollup_state` | by which edition an organisation's roll-up was made, how often it was changed, and who makes it until when | the worker |
//!
//! What is cut by organisation, group and district is read from pages: as many rows as there are districts, whatever the
//! number of cases. Any other cut streams over the ledger.

mod begun;
mod entering;
pub mod ledger;
mod linked;
pub mod making;
pub mod rollup;
mod selection;

pub use ledger::Entry;
pub use linked::Linked;
pub use selection::Selection;

use sea_orm::{DatabaseExecutor, DatabaseTransaction};

use super::{Reader, Result, Store};

/// The database as it stood at one moment, for what is asked in several statements.
#[derive(Debug)]
pub struct Snapshot(DatabaseTransaction);

impl Snapshot {
    /// Queries, all of the same moment.
    #[must_use]
    pub fn read(&self) -> Reader<'_> {
        Reader { connection: DatabaseExecutor::Transaction(&self.0) }
    }
}

impl Store {
    /// The database as it stands now, for as long as it is held.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot(self.one_state().await?))
    }
}
