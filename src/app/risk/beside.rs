//! What a picture does not contain: decisions that nobody assessed, what partners propose, what it waits for. It stands first.

use super::Picture;
use crate::{
    app::{App, CoverageView, Result},
    domain::text,
};

/// What stands above a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// How much of what is decided is assessed.
    pub coverage: CoverageView,
    /// Partners' proposals without a case here.
    pub partners: usize,
    /// Cases that whoever asks is kept from.
    pub not_shown: usize,
    /// Changes elsewhere that cases have not reacted to yet.
    pub pending: u64,
}

impl Beside {
    /// What it is called.
    pub const LABEL: &str = "Not in these figures";

    /// All of it in one sentence or two.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!("{}: {}", Self::LABEL, self.told())
    }

    /// The same under its label.
    #[must_use]
    pub fn told(&self) -> String {
        let counted = |number: u64| text::grouped(u32::try_from(number).unwrap_or(u32::MAX));
        let coverage = &self.coverage;
        format!(
            "of {} registered decisions {} have an assessment that was sent on and {} one that is still being \
             written; {} were decided without one. Partners' proposals without a case here: {}. Changes elsewhere that cases have not \
             reacted to yet: {}.",
            counted(coverage.decisions),
            counted(coverage.assessed),
            counted(coverage.drafts),
            counted(coverage.decided_without_assessment),
            counted(self.partners as u64),
            counted(self.pending),
        )
    }
}

impl App {
    /// What stands above a picture.
    pub async fn beside(&self, picture: &Picture) -> Result<Beside> {
        Ok(Beside {
            coverage: self.coverage_in(picture).await?,
            partners: self.count_partners(picture).await?,
            not_shown: self.not_shown(picture).await?,
            pending: self.pending_reactions(picture).await?,
        })
    }
}
