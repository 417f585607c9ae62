//! Exposure by group and place as a drawing: a row for each group, a column for each district.

use std::collections::BTreeMap;

use super::svg::{Drawing, LINE, MARGIN, clipped, letter, of};
use crate::{
    impact::Direction,
    place::Code,
    rating::Band,
    risk::{Key, tables::Counted},
};

/// Most groups that are drawn.
pub const GROUPS: usize = 25;
/// Most districts.
pub const PLACES: usize = 14;
/// Beside the names of groups.
const SIDE: usize = 280;
const WIDTH: usize = 74;
const HEIGHT: usize = 46;
/// Above the columns, for the names of places.
const HEAD: usize = 185;

/// What codes are called.
#[derive(Clone, Copy)]
pub struct Called<'a> {
    /// A group.
    pub group: &'a dyn Fn(&str) -> String,
    /// A district; `None` stands for cases without a place that is known.
    pub place: &'a dyn Fn(Option<Code>) -> String,
}

/// Draws, below what a picture does not contain (`coverage`), its parts where it was cut by group and district, in the order in which they are ranked: the gravest above
/// and to the left.
#[must_use]
pub fn draw(
    title: &str,
    parts: &[(Key, Counted)],
    called: Called<'_>,
    coverage: &str,
    heading: &[(String, String)],
) -> String {
    let mut groups: Vec<&str> = Vec::new();
    let mut places: Vec<Option<Code>> = Vec::new();
    let mut fields: BTreeMap<(&str, Option<Code>), &Counted> = BTreeMap::new();
    for (key, part) in parts {
        let Some(group) = key.group.as_deref() else { continue };
        let there = count(part, Direction::Negative) + count(part, Direction::Unknown);
        if there == 0 {
            continue;
        }
        if !groups.contains(&group) {
            groups.push(group);
        }
        if !places.contains(&key.district) {
            places.push(key.district);
        }
        fields.insert((group, key.district), part);
    }
    let left = (groups.len().saturating_sub(GROUPS), places.len().saturating_sub(PLACES));
    groups.truncate(GROUPS);
    places.truncate(PLACES);
    let description = described(&groups, &places, &fields, called);
    let width = MARGIN * 2 + SIDE + places.len().max(7) * WIDTH + HEAD / 2;
    let mut drawing = Drawing::new(title, description, width);
    drawing.paragraph(coverage, "");
    drawing.paragraph(
        "In each field: how many cases have a negative impact on the group there, with the letter of the gravest rating; below, \
         after a question mark, how many have an impact of which nobody knows which way it goes. A case counts in every field that \
         it is in, so fields are not added up. In an empty field no case has either.",
        "",
    );
    if groups.is_empty() {
        drawing.y += LINE;
        drawing.paragraph("No negative or unknown impact is counted.", "");
    } else {
        drawing.y += HEAD;
    }
    for (column, place) in places.iter().enumerate() {
        let x = MARGIN + SIDE + column * WIDTH + WIDTH / 2;
        drawing.rising(x, drawing.y - 8, &clipped(&(called.place)(*place), 32));
    }
    for group in &groups {
        let y = drawing.y;
        drawing.name(MARGIN, y, HEIGHT, &(called.group)(group), 36);
        for (column, place) in places.iter().enumerate() {
            let (band, told) = fields.get(&(*group, *place)).map_or((None, Vec::new()), |part| field(part));
            drawing.field((MARGIN + SIDE + column * WIDTH, y), (WIDTH, HEIGHT), band, &told);
        }
        drawing.y += HEIGHT;
    }
    drawing.y += LINE;
    if left != (0, 0) {
        let (rows, columns) =
            (i64::try_from(left.0).unwrap_or(i64::MAX), i64::try_from(left.1).unwrap_or(i64::MAX));
        let told = format!(
            "Not drawn: {} and {} more; the table has them all.",
            of(rows, "group"),
            of(columns, "place")
        );
        drawing.paragraph(&told, "font-weight=\"bold\"");
    }
    drawing.legend(&[Band::Low, Band::Moderate, Band::High, Band::Extreme, Band::Unrated]);
    drawing.heading(heading);
    drawing.finish()
}

fn count(part: &Counted, direction: Direction) -> i64 {
    part.direction(direction).cases
}

/// The gravest band of a field, and what stands in it.
fn field(part: &Counted) -> (Option<Band>, Vec<String>) {
    let (negative, unknown) = (count(part, Direction::Negative), count(part, Direction::Unknown));
    let band = (negative > 0).then(|| part.maximum.map_or(Band::Unrated, |rated| rated.band));
    let sign = band.map_or("", letter);
    let mut told = Vec::new();
    if negative > 0 {
        told.push(format!("{negative} {sign}"));
    }
    if unknown > 0 {
        told.push(format!("? {unknown}"));
    }
    (band, told)
}

fn described(
    groups: &[&str],
    places: &[Option<Code>],
    fields: &BTreeMap<(&str, Option<Code>), &Counted>,
    called: Called<'_>,
) -> String {
    let told = groups.iter().map(|group| {
        let there = places.iter().filter_map(|place| {
            let part = fields.get(&(*group, *place))?;
            let worst = part.maximum.map_or("not rated".to_owned(), |rated| rated.band.to_sql());
            Some(format!(
                "{} {} negative, the gravest {worst}, {} unknown",
                (called.place)(*place),
                of(count(part, Direction::Negative), "case"),
                count(part, Direction::Unknown)
            ))
        });
        format!("{}: {}.", (called.group)(group), there.collect::<Vec<_>>().join("; "))
    });
    let told = told.collect::<Vec<_>>().join(" ");
    if told.is_empty() { "No negative or unknown impact is counted.".to_owned() } else { told }
}
