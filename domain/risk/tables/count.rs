//! What is counted: as a whole, by band, by rating and part by part.

use super::{Counted, Names, RATING, REACH, rating, reach};
use crate::{
    impact::Direction,
    rating::Band,
    risk::{
        ExposureDimension, Key, RatingBasis, Totals,
        extract::{Cell, Table},
    },
};

/// What is in the picture and what is not, each as a figure: those that are not in its counts first.
#[must_use]
pub fn summary(apart: &[(&str, &str, i64)], totals: &Totals) -> Table {
    let mut table = Table::new(
        "summary",
        "What is in the picture, and what is not",
        &[("figure", "Figure"), ("meaning", "What it counts"), ("number", "Number")],
    );
    let all = Counted::of(&totals.figures(), RatingBasis::Current);
    let directions: Vec<(String, String, i64)> = Direction::ALL
        .iter()
        .map(|direction| {
            let word = direction.as_str().to_ascii_lowercase();
            (format!("{word}Impacts"), format!("Impacts that are {word}"), all.direction(*direction).impacts)
        })
        .collect();
    let counted = [
        ("assessments", "Cases in the picture", all.cases),
        ("drafts", "Cases still being written, which are in no other figure", totals.drafts),
        ("openMitigations", "Mitigations that are planned or under way", all.open),
    ];
    let own = apart
        .iter()
        .chain(&counted)
        .map(|(key, told, number)| ((*key).to_owned(), (*told).to_owned(), *number));
    table.rows = own
        .chain(directions)
        .map(|(key, told, number)| vec![key.into(), told.into(), number.into()])
        .collect();
    table
}

/// Impacts and cases by direction, basis and band: those that are not rated too.
#[must_use]
pub fn bands(totals: &Totals) -> Table {
    let mut table = Table::new(
        "bands",
        "Impacts and cases by band",
        &[
            ("direction", "Direction"),
            ("basis", "Basis"),
            ("band", "Band"),
            ("impacts", "Impacts"),
            ("assessments", "Cases with one"),
        ],
    )
    .noted("A case with impacts in two bands is in both, so cases are not added up.");
    let all = totals.all();
    for direction in Direction::ALL {
        for basis in RatingBasis::ALL {
            for band in Band::ALL {
                let count = all.band(*direction, *basis, *band);
                table.rows.push(vec![
                    direction.as_str().into(),
                    basis.as_str().into(),
                    band.as_str().into(),
                    count.impacts.into(),
                    count.cases.into(),
                ]);
            }
        }
    }
    table
}

/// Negative impacts and cases by rating; on each scale those that are not rated last.
#[must_use]
pub fn heat_map(totals: &Totals) -> Table {
    let mut table = Table::new(
        "heat-map",
        "Negative impacts by likelihood and consequence",
        &[
            ("scale", "Scale"),
            ("basis", "Basis"),
            ("likelihood", "Likelihood"),
            ("consequence", "Consequence"),
            ("band", "Band"),
            ("impacts", "Impacts"),
            ("assessments", "Cases with one"),
        ],
    )
    .noted("Ratings on different scales stand side by side and are not converted.");
    for (scale, tally) in &totals.scales {
        for basis in RatingBasis::ALL {
            let cells = tally.cells.iter();
            let mut cells: Vec<_> =
                cells.filter(|((of, on, _), _)| (*of, *on) == (Direction::Negative, *basis)).collect();
            cells.sort_by_key(|((_, _, rated), _)| {
                rated.map_or((1, 0, 0), |rated| (0, rated.likelihood, rated.consequence))
            });
            for ((_, _, rated), count) in cells {
                let band = rated.map_or(Band::Unrated, |rated| rated.band);
                table.rows.push(vec![
                    scale.as_str().into(),
                    basis.as_str().into(),
                    rated.map(|rated| u32::from(rated.likelihood)).into(),
                    rated.map(|rated| u32::from(rated.consequence)).into(),
                    band.as_str().into(),
                    count.impacts.into(),
                    count.cases.into(),
                ]);
            }
        }
    }
    table
}

/// What is known of a part of a picture beside what is counted in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// How many live where its cases are, each once.
    pub residents: Option<u32>,
    /// What partners propose there.
    pub partners: usize,
}

/// The parts of a picture, the gravest first.
#[must_use]
pub fn exposures(
    by: &[ExposureDimension],
    parts: &[(Key, Counted)],
    beside: &[Part],
    basis: RatingBasis,
    names: Names<'_>,
) -> Table {
    let mut table = Table::new("exposures", "Exposure, part by part", &[]).noted(format!(
        "A case counts in every part that it is in, so parts are not added up. Bands are of negative impacts by {} ratings. Stated \
         reach is what authors say, added up case by case; it is not residents.",
        basis.as_str().to_lowercase()
    ));
    table.head(&key_columns(by));
    table.head(&[
        ("assessments", "Cases"),
        ("partnerProposals", "Partners' proposals"),
        ("positiveImpacts", "Positive impacts"),
        ("negativeImpacts", "Negative impacts"),
        ("neutralImpacts", "Neutral impacts"),
        ("unknownImpacts", "Unknown impacts"),
    ]);
    for band in Band::ALL {
        let word = band.as_str().to_ascii_lowercase();
        table.head(&[
            (&format!("{word}Impacts"), &format!("Negative, {word}: impacts")),
            (&format!("{word}Assessments"), &format!("Negative, {word}: cases")),
        ]);
    }
    table.head(&RATING);
    table.head(&[("openMitigations", "Open mitigations")]);
    table.head(&REACH);
    table.head(&[("residents", "Residents, each once")]);
    let none = Part::default();
    for (index, (key, part)) in parts.iter().enumerate() {
        let beside = beside.get(index).unwrap_or(&none);
        let mut row = key_cells(by, key, names);
        row.extend([part.cases.into(), beside.partners.into()]);
        row.extend(directions(part));
        row.extend(banded(part));
        row.extend(rating(part.maximum));
        row.push(part.open.into());
        row.extend(reach(part.reach));
        row.push(beside.residents.into());
        table.rows.push(row);
    }
    table
}

/// Impacts by direction, in the order of columns.
pub(super) fn directions(of: &Counted) -> [Cell; 4] {
    [Direction::Positive, Direction::Negative, Direction::Neutral, Direction::Unknown]
        .map(|direction| of.direction(direction).impacts.into())
}

/// Negative impacts by band, and cases that have one.
fn banded(of: &Counted) -> impl Iterator<Item = Cell> {
    of.bands.iter().flat_map(|count| [count.impacts.into(), count.cases.into()])
}

/// The columns of what a picture is cut by.
#[must_use]
pub fn key_columns(by: &[ExposureDimension]) -> Vec<(&'static str, &'static str)> {
    use ExposureDimension as By;
    let columns = by.iter().flat_map(|dimension| match dimension {
        By::Group => vec![("group", "Group"), ("groupName", "Name of the group")],
        By::District => vec![("district", "District"), ("districtName", "Name of the district")],
        By::Icb => vec![("board", "Board"), ("boardName", "Name of the board")],
        By::ServiceLine => vec![("serviceLine", "Service line")],
        By::Programme => vec![("programme", "Programme")],
        By::Organisation => {
            vec![("organisation", "Organisation"), ("organisationName", "Name of the organisation")]
        }
        By::Quarter => vec![("quarter", "Quarter in which it begins")],
    });
    columns.collect()
}

/// What part it is, in those columns.
#[must_use]
pub fn key_cells(by: &[ExposureDimension], key: &Key, names: Names<'_>) -> Vec<Cell> {
    use ExposureDimension as By;
    let place = |code: Option<crate::place::Code>| match code {
        Some(code) => vec![code.to_string().into(), names.place(code).into()],
        None => vec![Cell::Empty, "no place that is known".into()],
    };
    let cells = by.iter().flat_map(|dimension| match dimension {
        By::Group => match &key.group {
            Some(group) => vec![group.as_str().into(), names.group(group).into()],
            None => vec![Cell::Empty, "no group".into()],
        },
        By::District => place(key.district),
        By::Icb => place(key.icb),
        By::ServiceLine => vec![key.service_line.clone().into()],
        By::Programme => vec![key.programme.clone().into()],
        By::Organisation => {
            let (code, name) =
                key.organisation.map_or((Cell::Empty, Cell::Empty), |id| names.organisation(id));
            vec![code, name]
        }
        By::Quarter => vec![key.quarter.clone().into()],
    });
    cells.collect()
}
