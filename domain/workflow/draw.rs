//! Which screen-outs go to the panel all the same: a seeded share, and a greater one of those that are borderline.

use crate::{canonical, case::Case, check, id::AssessmentId, impact::Direction, workflow::engine::Context};

/// A draw as a definition makes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draw<'a> {
    /// The share, in percent.
    pub percent: u8,
    /// The share of borderline ones, in percent.
    pub borderline: u8,
    /// From which initial score of an adverse impact on a case is borderline.
    pub score: Option<u16>,
    /// Makes the draw this definition's own.
    pub seed: &'a str,
}

/// How a draw went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lot {
    /// Whether the case goes to the panel.
    pub drawn: bool,
    /// The share it was drawn with, in percent.
    pub percent: u8,
    /// Why it is borderline; empty when it is not.
    pub reasons: Vec<&'static str>,
}

impl Lot {
    /// Whether the case is borderline.
    pub const fn borderline(&self) -> bool {
        !self.reasons.is_empty()
    }
}

impl Draw<'_> {
    /// Draws the case: always the same for the same case, as long as what makes it borderline is the same. Whoever is
    /// drawn as not borderline is drawn as borderline too.
    pub fn of(&self, case: &Case, context: &Context) -> Lot {
        let reasons = self.reasons(case, context);
        let own = context.settings.screening_sample;
        let percent = match (own, reasons.is_empty()) {
            (Some(own), true) => own.percent,
            (Some(own), false) => own.borderline_percent,
            (None, true) => self.percent,
            (None, false) => self.borderline,
        };
        Lot { drawn: lot(self.seed, case.id) < u32::from(percent), percent, reasons }
    }

    fn reasons(&self, case: &Case, context: &Context) -> Vec<&'static str> {
        let impacts = &case.content.impacts;
        let unknown = impacts.iter().any(|impact| impact.direction == Direction::Unknown)
            || case.content.answers.values().any(check::is_unknown);
        let high = impacts.iter().filter(|impact| impact.direction == Direction::Negative).any(|impact| {
            impact.initial.zip(self.score).is_some_and(|(rating, score)| rating.score() >= score)
        });
        let untouched = context.findings.iter().any(|finding| finding.rule == check::NOTABLE_UNTOUCHED);
        let all = [
            (unknown, "It is borderline: something is not known."),
            (high, "It is borderline: an adverse impact has the highest score that is allowed here."),
            (untouched, "It is borderline: groups notable where it lands are said not to be touched."),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason).collect()
    }
}

/// The lot of a case, 0 to 99.
pub(super) fn lot(seed: &str, case: AssessmentId) -> u32 {
    let digest = canonical::sha256(format!("{seed}:{case}").as_bytes());
    digest.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0) % 100
}
