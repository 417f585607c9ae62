//! Where negative impacts pile up.

use super::{Names, RATING, REACH, rating, reach};
use crate::{
    place::Code,
    risk::{Concentration, extract::Table},
};

/// What is known of a place where cases come together, beside the cases.
#[derive(Clone, Debug, Default)]
pub struct Heap {
    /// How many live there, each once.
    pub residents: Option<u32>,
    /// How many of them are in the group.
    pub group_residents: Option<u32>,
    /// The districts it lies in.
    pub districts: Vec<Code>,
    /// What partners propose there that is bad for the group.
    pub partners: usize,
}

/// Where several cases touch one group negatively at one time, the gravest first.
#[must_use]
pub fn concentrations(found: &[(&Concentration, Heap)], names: Names<'_>) -> Table {
    let mut table = Table::new(
        "concentrations",
        "Where several cases touch one group negatively, in one place at one time",
        &[
            ("rank", "Rank"),
            ("group", "Group"),
            ("groupName", "Name of the group"),
            ("assessments", "Cases"),
            ("partnerProposals", "Partners' proposals"),
            ("widespread", "Merely widespread"),
        ],
    )
    .noted(
        "Ranked by severity, then by stated reach, then by how specific the place is. Widespread: it takes impacts on all of a board \
         that are less than major to make it.",
    );
    table.head(&RATING);
    table.head(&REACH);
    table.head(&[
        ("lsoas", "Small areas (LSOAs)"),
        ("residents", "Residents, each once"),
        ("groupResidents", "Residents in the group"),
        ("districts", "Districts"),
        ("districtNames", "Names of the districts"),
        ("serviceLines", "Service lines"),
    ]);
    for (rank, (one, heap)) in (1_usize..).zip(found) {
        let mut row = vec![
            rank.into(),
            one.group.as_str().into(),
            names.group(&one.group).into(),
            one.cases.len().into(),
            heap.partners.into(),
            one.widespread.into(),
        ];
        row.extend(rating(one.maximum));
        row.extend(reach(one.reach));
        let codes: Vec<String> = heap.districts.iter().map(ToString::to_string).collect();
        let called: Vec<String> = heap.districts.iter().map(|code| names.place(*code)).collect();
        row.extend([
            one.lsoas.count().into(),
            heap.residents.into(),
            heap.group_residents.into(),
            codes.join(" ").into(),
            called.join("; ").into(),
            one.service_lines.join("; ").into(),
        ]);
        table.rows.push(row);
    }
    table
}

/// By group, the places under at least so many cases at once, and who lives there.
#[must_use]
pub fn concurrency(found: &[(&str, usize, u32, Heap)], names: Names<'_>) -> Table {
    let mut table = Table::new(
        "concurrency",
        "The places under one, two, three or more cases at once",
        &[
            ("group", "Group"),
            ("groupName", "Name of the group"),
            ("atLeast", "Under at least so many cases"),
            ("lsoas", "Small areas (LSOAs)"),
            ("residents", "Residents, each once"),
            ("groupResidents", "Residents in the group"),
            ("districtNames", "Names of the districts"),
        ],
    );
    for (group, at_least, lsoas, heap) in found {
        let called: Vec<String> = heap.districts.iter().map(|code| names.place(*code)).collect();
        table.rows.push(vec![
            (*group).into(),
            names.group(group).into(),
            (*at_least).into(),
            (*lsoas).into(),
            heap.residents.into(),
            heap.group_residents.into(),
            called.join("; ").into(),
        ]);
    }
    table
}
