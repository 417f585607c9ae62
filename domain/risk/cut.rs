//! Cutting a picture: by which groups, places, services, bodies and times.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

use super::{Atlas, Contribution, Filter, Place};
use crate::{
    id::{AssessmentId, OrganisationId},
    place::Code,
    words::words,
};

words! {
    /// What a picture is cut by.
    ExposureDimension {
        /// The groups that impacts are on: each impact counts for every group it names, and for every one that these are part of.
        Group = "GROUP",
        /// The local authority districts that footprints lie in.
        District = "DISTRICT",
        /// The integrated care boards that footprints lie in.
        Icb = "ICB",
        /// The service line.
        ServiceLine = "SERVICE_LINE",
        /// The programme.
        Programme = "PROGRAMME",
        /// The organisation that the case belongs to.
        Organisation = "ORGANISATION",
        /// The quarter of the financial year in which the change begins to touch people.
        Quarter = "QUARTER",
    }
}

/// One case, as far as a picture has it.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Which.
    pub case: AssessmentId,
    /// Whose.
    pub organisation: OrganisationId,
    /// What it contributes.
    pub contribution: Arc<Contribution>,
    /// Where.
    pub place: Arc<Place>,
    /// Whether whoever looks may read it.
    pub readable: bool,
}

impl Fact {
    /// The case as the filter lets it be seen, whatever it counts as; `None` when it does not pass.
    #[must_use]
    pub fn seen(
        case: AssessmentId,
        organisation: OrganisationId,
        contribution: Contribution,
        filter: &Filter,
        atlas: &mut Atlas,
    ) -> Option<Self> {
        if !filter.admits(&contribution) {
            return None;
        }
        let place = atlas.place(&contribution.footprint)?;
        Some(Self { case, organisation, contribution: Arc::new(contribution), place, readable: true })
    }

    /// The places of those of its impacts that the filter counts.
    #[must_use]
    pub fn counted(&self, filter: &Filter) -> Vec<usize> {
        let impacts = self.contribution.impacts.iter().enumerate();
        impacts.filter(|(_, impact)| filter.touches(&impact.groups)).map(|(place, _)| place).collect()
    }

    /// The parts of a picture that it is in, each with the places of the impacts that are counted there.
    #[must_use]
    pub fn parts(&self, cut: &[ExposureDimension], filter: &Filter) -> Vec<(Key, Vec<usize>)> {
        use ExposureDimension as By;
        let one = &self.contribution;
        let by = |dimension| cut.contains(&dimension);
        let counted = self.counted(filter);
        let whole = Key {
            organisation: by(By::Organisation).then_some(self.organisation),
            service_line: one.service_line.clone().filter(|_| by(By::ServiceLine)),
            programme: one.programme.clone().filter(|_| by(By::Programme)),
            quarter: one.effective_from.filter(|_| by(By::Quarter)).map(quarter),
            ..Key::default()
        };
        let by_group: Vec<(Option<&String>, Vec<usize>)> =
            if by(By::Group) { groups(one, &counted, filter) } else { vec![(None, counted)] };
        let there = self.place.cut(by(By::District), by(By::Icb));
        let mut parts = Vec::with_capacity(by_group.len() * there.len());
        for (group, places) in by_group {
            for (district, icb) in &there {
                let key = Key { group: group.cloned(), district: *district, icb: *icb, ..whole.clone() };
                parts.push((key, places.clone()));
            }
        }
        parts
    }
}

/// The groups that counted impacts are on, each with these impacts.
fn groups<'a>(
    one: &'a Contribution,
    counted: &[usize],
    filter: &Filter,
) -> Vec<(Option<&'a String>, Vec<usize>)> {
    let mut found: Vec<(Option<&String>, Vec<usize>)> = Vec::new();
    let mut add = |group: Option<&'a String>, place| match found.iter_mut().find(|(own, _)| *own == group) {
        Some((_, places)) => places.push(place),
        None => found.push((group, vec![place])),
    };
    for (place, impact) in counted.iter().filter_map(|place| Some((*place, one.impacts.get(*place)?))) {
        if impact.groups.is_empty() {
            add(None, place);
        }
        let wanted = impact.groups.iter().filter(|group| filter.touches(std::slice::from_ref(group)));
        wanted.for_each(|group| add(Some(group), place));
    }
    found
}

/// One part of a picture; `None` is what has no such thing, or was not cut by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The code of a group.
    pub group: Option<String>,
    /// A district.
    pub district: Option<Code>,
    /// A board.
    pub icb: Option<Code>,
    /// A service line.
    pub service_line: Option<String>,
    /// A programme.
    pub programme: Option<String>,
    /// An organisation.
    pub organisation: Option<OrganisationId>,
    /// A quarter of the financial year.
    pub quarter: Option<String>,
}

impl Key {
    /// The same as text, for a cursor.
    #[must_use]
    pub fn cursor(&self) -> String {
        let code = |code: Option<Code>| code.map(|code| code.to_string());
        let parts = [
            self.group.clone(),
            code(self.district),
            code(self.icb),
            self.service_line.clone(),
            self.programme.clone(),
            self.organisation.map(|id| id.to_string()),
            self.quarter.clone(),
        ];
        // No name has this in it.
        parts.map(Option::unwrap_or_default).join("\u{1f}")
    }
}

/// The quarter of the financial year, which begins in April: `2026/27 Q3`.
#[must_use]
pub fn quarter(day: NaiveDate) -> String {
    let months = (day.month() + 8) % 12;
    let year = if day.month() < 4 { day.year() - 1 } else { day.year() };
    format!("{year}/{:02} Q{}", (year + 1).rem_euclid(100), months / 3 + 1)
}
