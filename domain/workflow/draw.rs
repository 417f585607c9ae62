//! Which screen-outs go to the panel all the same: a seeded share, and a greater one of those that are borderline.
//!
//! The lot is settled by the instant of the first submission, which nobody knows beforehand, and stays with the case: what
//! is asked for, answered otherwise or submitted again draws no other, and what was drawn or borderline once stays so.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{
    canonical,
    case::Case,
    check,
    id::AssessmentId,
    impact::Direction,
    screening::{Lot, RECOMMENDED_DEPTH, ScreeningDepth},
    workflow::{engine::Context, guard::Guard},
};

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
pub(super) struct Chance {
    /// Whether the case goes to the panel.
    pub drawn: bool,
    /// Whether it is borderline, or was when it was submitted.
    pub borderline: bool,
    /// Whether it goes there only because it was drawn before.
    pub kept: bool,
    /// The share it was drawn with, in percent.
    pub percent: u8,
    /// Why it is borderline as it stands; empty when it is not.
    pub reasons: Vec<&'static str>,
}

impl Draw<'_> {
    /// Draws the case. Whoever is drawn as not borderline is drawn as borderline too.
    pub fn of(&self, case: &Case, context: &Context) -> Chance {
        let reasons = self.reasons(case, context);
        let lot = case.process.lot;
        let borderline = !reasons.is_empty() || lot.is_some_and(|lot| lot.borderline);
        let percent = match (context.settings.screening_sample, borderline) {
            (Some(own), false) => own.percent,
            (Some(own), true) => own.borderline_percent,
            (None, false) => self.percent,
            (None, true) => self.borderline,
        };
        // What was never submitted is drawn by what it is alone.
        let number = lot.map_or_else(|| number(self.seed, case.id, None), |lot| lot.number);
        let now = number < percent;
        let drawn = now || lot.is_some_and(|lot| lot.drawn);
        Chance { drawn, borderline, kept: drawn && !now, percent, reasons }
    }

    fn reasons(&self, case: &Case, context: &Context) -> Vec<&'static str> {
        let impacts = &case.content.impacts;
        let unknown = impacts.iter().any(|impact| impact.direction == Direction::Unknown)
            || case.content.answers.values().any(check::is_unknown);
        let high = impacts.iter().filter(|impact| impact.direction == Direction::Negative).any(|impact| {
            impact.initial.zip(self.score).is_some_and(|(rating, score)| rating.score() >= score)
        });
        let recommended = case.content.answers.get(RECOMMENDED_DEPTH).and_then(|answer| answer.as_str());
        let deeper = recommended.is_some_and(|depth| depth != ScreeningDepth::None.as_str());
        let all = [
            (unknown, "It is borderline: something is not known."),
            (high, "It is borderline: an adverse impact has the highest score that is allowed here."),
            (deeper, "It is borderline: whoever wrote it recommends an assessment."),
        ];
        let mut told: Vec<_> = all.into_iter().filter(|(is, _)| *is).map(|(_, reason)| reason).collect();
        for rule in context.findings.iter().map(|finding| finding.rule.as_str()) {
            let reason = match rule {
                // Said of what is not known.
                check::UNKNOWN_UNTOUCHED if unknown => continue,
                check::NOTABLE_UNTOUCHED => "It is borderline: groups are notable where it lands.",
                check::YES_UNTOUCHED => "It is borderline: something is answered with yes.",
                check::PLACE_UNKNOWN => "It is borderline: who lives where it lands is not known.",
                rule if rule.starts_with("screening.") => "It is borderline: a check of screenings speaks.",
                _ => continue,
            };
            if !told.contains(&reason) {
                told.push(reason);
            }
        }
        told
    }
}

/// Settles what a case drew, or keeps what it drew before, as it is submitted; nothing where its workflow makes no draw.
pub(super) fn settle(case: &Case, context: &Context) -> Option<Lot> {
    let guards = context.workflow.transitions.iter().flat_map(|transition| &transition.guards);
    let draw = guards.into_iter().find_map(Guard::draw)?;
    let mut settled = case.clone();
    let lot = *settled.process.lot.get_or_insert_with(|| Lot {
        number: number(draw.seed, case.id, Some(context.moment.at)),
        on: context.moment.today,
        drawn: false,
        borderline: false,
    });
    let chance = draw.of(&settled, context);
    Some(Lot { drawn: chance.drawn, borderline: chance.borderline, ..lot })
}

/// What a case draws, 0 to 99.
pub(super) fn number(seed: &str, case: AssessmentId, submitted: Option<DateTime<Utc>>) -> u8 {
    let at = submitted.map(|at| format!(":{}", at.to_rfc3339_opts(SecondsFormat::Micros, true)));
    let digest = canonical::sha256(format!("{seed}:{case}{}", at.unwrap_or_default()).as_bytes());
    let drawn = digest.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0) % 100;
    u8::try_from(drawn).unwrap_or(0)
}
