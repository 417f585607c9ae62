//! What can be told of a place where figures of part of it cannot be given.

use std::slice;

use super::{Code, Population, Reference, Unanswered};
use crate::settings::Notable;

/// Who lives in a footprint as far as that can be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Who lives there, or in those of its areas that figures can be given of; `None` where none can.
    pub population: Option<Population>,
    /// Why that is not all, or nothing; `None` where everybody is counted.
    pub untold: Option<Unanswered>,
}

impl Reference {
    /// Who lives in the union of these areas, by the edition of this name or the newest. Where the lookups do not say
    /// which LSOAs one of them has (`UNDIVIDED`), or it cuts one of the edition's own in two (`SPLIT`), those who live in
    /// the others are told: an area more never lowers how many people live there.
    #[must_use]
    pub fn told(&self, areas: &[String], edition: Option<&str>, notable: &Notable) -> Told {
        match self.population(areas, edition, notable) {
            Ok(population) => Told { population: Some(population), untold: None },
            Err(why) => {
                let parted = matches!(why.code, "UNDIVIDED" | "SPLIT");
                let population = if parted { self.in_part(areas, edition, notable) } else { None };
                Told { population, untold: Some(why) }
            }
        }
    }

    fn in_part(&self, areas: &[String], edition: Option<&str>, notable: &Notable) -> Option<Population> {
        let own = self.edition(edition).ok()?;
        let known = |area: &String| self.covered(own, slice::from_ref(area)).is_ok();
        let (known, unknown): (Vec<String>, Vec<String>) = areas.iter().cloned().partition(known);
        let mut population = self.population(&known, edition, notable).ok()?;
        let name = |code: String| Code::parse(&code).map_or(code, |code| self.gazetteer.name(code));
        population.without = unknown.into_iter().map(name).collect();
        population.without.sort_unstable();
        population.without.dedup();
        let note =
            format!("Counted without {}, of which no figures can be given.", population.without.join("; "));
        population.notes.push(note);
        Some(population)
    }
}
