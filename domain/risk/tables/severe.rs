//! How many cases rate a severe adverse impact, by group: counts and no chance.

use std::collections::BTreeMap;

use super::Names;
use crate::{
    impact::Direction,
    rating::Scale,
    risk::{Fact, Filter, Impact, RatingBasis, extract::Table},
};

/// Cases by group, scale and the greatest likelihood of their severe impacts; none where no impact is rated so severe and one
/// is not rated at all.
#[derive(Clone, Debug)]
pub struct SevereCounts {
    basis: RatingBasis,
    consequence: u8,
    cases: BTreeMap<(String, String, Option<u8>), i64>,
}

impl SevereCounts {
    /// Nothing yet, of impacts that have at least this consequence.
    #[must_use]
    pub fn new(basis: RatingBasis, consequence: u8) -> Self {
        Self { basis, consequence, cases: BTreeMap::new() }
    }

    /// Counts a case.
    pub fn add(&mut self, fact: &Fact, filter: &Filter) {
        let one = &fact.contribution;
        if !filter.counts(one.standpoint) {
            return;
        }
        let mut groups: BTreeMap<&String, Vec<&Impact>> = BTreeMap::new();
        let counted = fact.counted(filter);
        for impact in counted.iter().filter_map(|place| one.impacts.get(*place)) {
            if impact.direction == Direction::Negative {
                let asked = |group: &&String| filter.touches(std::slice::from_ref(group));
                for group in impact.groups.iter().filter(asked) {
                    groups.entry(group).or_default().push(impact);
                }
            }
        }
        for (group, impacts) in groups {
            let rated: Vec<_> = impacts.iter().map(|impact| impact.rated(self.basis)).collect();
            let severe = rated.iter().flatten().filter(|rated| rated.consequence >= self.consequence);
            let likelihood = severe.map(|rated| rated.likelihood).max();
            if likelihood.is_some() || rated.iter().any(Option::is_none) {
                *self.cases.entry((group.clone(), one.scale.clone(), likelihood)).or_default() += 1;
            }
        }
    }

    /// The counts, the likeliest of each group first.
    #[must_use]
    pub fn table(&self, scales: &BTreeMap<String, Scale>, names: Names<'_>) -> Table {
        let mut table = Table::new(
            "severe",
            format!("Cases that rate an adverse impact with a consequence of {} or more", self.consequence),
            &[
                ("group", "Group"),
                ("groupName", "Name of the group"),
                ("scale", "Scale"),
                ("likelihood", "Greatest likelihood"),
                ("label", "What that is called"),
                ("assessments", "Cases"),
            ],
        )
        .noted(format!(
            "Each case once a group, by the greatest likelihood of its impacts that are so severe, by {} ratings. Not rated: none is \
             rated so severe, and one is not rated. These are counts of proposals, not a probability: how far they hang together is \
             not known.",
            self.basis.as_str().to_lowercase()
        ));
        let mut rows: Vec<_> = self.cases.iter().collect();
        rows.sort_by(|((group, scale, likelihood), _), ((other, its, than), _)| {
            (group, scale).cmp(&(other, its)).then(than.cmp(likelihood))
        });
        for ((group, scale, likelihood), cases) in rows {
            let step = likelihood
                .and_then(|step| scales.get(scale)?.likelihood.get(usize::from(step).checked_sub(1)?));
            let label = match (step, likelihood) {
                (Some(step), _) => step.label.clone(),
                (None, Some(step)) => format!("step {step}"),
                (None, None) => "not rated".to_owned(),
            };
            table.rows.push(vec![
                group.as_str().into(),
                names.group(group).into(),
                scale.as_str().into(),
                likelihood.map(u32::from).into(),
                label.into(),
                (*cases).into(),
            ]);
        }
        table
    }
}
