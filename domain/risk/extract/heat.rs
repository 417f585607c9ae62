//! The heat map as a drawing: likelihood against consequence, one for each scale.

use std::{collections::BTreeMap, fmt::Write as _};

use super::svg::{Drawing, LINE, MARGIN, clipped, letter, of};
use crate::{
    impact::Direction,
    rating::{Band, Rating, Scale},
    risk::{Count, RatingBasis, Totals},
};

/// Beside the steps of likelihood.
const SIDE: usize = 190;
const WIDTH: usize = 118;
const HEIGHT: usize = 58;

/// Draws the negative impacts of a picture by rating, below what it does not contain (`coverage`). `scales` are those that are known, by the name that
/// [`crate::risk::scale_name`] gives them; of others only what is rated on them is drawn.
#[must_use]
pub fn draw(
    title: &str,
    totals: &Totals,
    basis: RatingBasis,
    scales: &BTreeMap<String, Scale>,
    coverage: &str,
    heading: &[(String, String)],
) -> String {
    let grids: Vec<Grid> = totals
        .scales
        .iter()
        .map(|(name, tally)| {
            let negative =
                tally.cells.iter().filter(|((of, on, _), _)| (*of, *on) == (Direction::Negative, basis));
            let cells = negative.map(|((_, _, rated), count)| {
                (rated.map(|rated| (rated.likelihood, rated.consequence, rated.band)), *count)
            });
            Grid { name, scale: scales.get(name), cells: cells.collect() }
        })
        .filter(|grid| !grid.cells.is_empty())
        .collect();
    let steps = grids.iter().map(|grid| grid.consequences().len()).max().unwrap_or(5).max(5);
    let width = MARGIN * 2 + SIDE + steps * WIDTH;
    let description = grids.iter().map(Grid::described).collect::<Vec<_>>().join(" ");
    let description =
        if description.is_empty() { "No negative impact is counted.".to_owned() } else { description };
    let mut drawing = Drawing::new(title, description, width);
    drawing.paragraph(coverage, "");
    drawing.paragraph(
        "In each field: how many cases have a negative impact that is rated so, and below how many impacts. Ratings are counted, \
         never added up or averaged; scales stand side by side.",
        "",
    );
    for grid in &grids {
        grid.draw(&mut drawing);
    }
    if grids.is_empty() {
        drawing.y += LINE;
        drawing.paragraph("No negative impact is counted.", "");
    }
    drawing.legend(&[Band::Low, Band::Moderate, Band::High, Band::Extreme]);
    drawing.heading(heading);
    drawing.finish()
}

struct Grid<'a> {
    name: &'a str,
    scale: Option<&'a Scale>,
    /// By likelihood, consequence and band; unrated has none.
    cells: BTreeMap<Option<(u8, u8, Band)>, Count>,
}

impl Grid<'_> {
    fn title(&self) -> &str {
        self.scale.map_or(self.name, |scale| &scale.title)
    }

    fn steps(
        &self,
        of: fn(&Scale) -> &Vec<crate::rating::Level>,
        seen: fn(&(u8, u8, Band)) -> u8,
    ) -> Vec<String> {
        if let Some(scale) = self.scale {
            return of(scale).iter().map(|step| step.label.clone()).collect();
        }
        let most = self.cells.keys().flatten().map(seen).max().unwrap_or_default();
        (1..=most).map(|step| format!("Step {step}")).collect()
    }

    fn likelihoods(&self) -> Vec<String> {
        self.steps(|scale| &scale.likelihood, |(likelihood, ..)| *likelihood)
    }

    fn consequences(&self) -> Vec<String> {
        self.steps(|scale| &scale.consequence, |(_, consequence, _)| *consequence)
    }

    fn at(&self, likelihood: u8, consequence: u8) -> (Option<Band>, Option<Count>) {
        let seen = self.cells.iter().find_map(|(key, count)| {
            key.filter(|(own, other, _)| (*own, *other) == (likelihood, consequence))
                .map(|(.., band)| (band, *count))
        });
        let band = self.scale.map(|scale| scale.band(Some(Rating { likelihood, consequence })));
        (seen.map(|(band, _)| band).or(band), seen.map(|(_, count)| count))
    }

    fn described(&self) -> String {
        let mut told = format!("On the scale {}:", self.title());
        for (key, count) in &self.cells {
            let Some((likelihood, consequence, band)) = key else { continue };
            let _ = write!(
                told,
                " likelihood {likelihood}, consequence {consequence}, {band}: {}, {};",
                of(count.cases, "case"),
                of(count.impacts, "impact"),
            );
        }
        if let Some(count) = self.cells.get(&None) {
            let _ = write!(told, " not rated: {}, {};", of(count.cases, "case"), of(count.impacts, "impact"));
        }
        told.truncate(told.trim_end_matches([';', ':']).len());
        told.push('.');
        told
    }

    fn draw(&self, drawing: &mut Drawing) {
        drawing.y += LINE;
        drawing.paragraph(&format!("Scale: {}", self.title()), "font-weight=\"bold\"");
        drawing.text(MARGIN, drawing.y + 4, "Likelihood \u{2193}", "font-size=\"12\"");
        drawing.text(MARGIN + SIDE, drawing.y + 4, "Consequence \u{2192}", "font-size=\"12\"");
        drawing.y += LINE;
        let likelihoods: Vec<(u8, String)> = (1..).zip(self.likelihoods()).collect();
        for (likelihood, step) in likelihoods.into_iter().rev() {
            let y = drawing.y;
            drawing.text(MARGIN, y + HEIGHT / 2 + 5, &format!("{likelihood} {}", clipped(&step, 22)), "");
            for (consequence, column) in (1_u8..).zip(0..self.consequences().len()) {
                let (band, count) = self.at(likelihood, consequence);
                let told = match count {
                    Some(count) => vec![
                        format!("{} \u{b7} {}", band.map_or("", letter), of(count.cases, "case")),
                        of(count.impacts, "impact"),
                    ],
                    None => band.map(|band| vec![letter(band).to_owned()]).unwrap_or_default(),
                };
                drawing.field((MARGIN + SIDE + column * WIDTH, y), (WIDTH, HEIGHT), band, &told);
            }
            drawing.y += HEIGHT;
        }
        drawing.y += LINE;
        for (column, step) in self.consequences().iter().enumerate() {
            let x = MARGIN + SIDE + column * WIDTH + WIDTH / 2;
            let told = format!("{} {}", column + 1, clipped(step, 13));
            drawing.text(x, drawing.y, &told, "text-anchor=\"middle\" font-size=\"13\"");
        }
        drawing.y += LINE + 4;
        if let Some(count) = self.cells.get(&None) {
            let told = format!("Not rated: {} of {}.", of(count.impacts, "impact"), of(count.cases, "case"));
            drawing.paragraph(&told, "font-weight=\"bold\"");
        }
    }
}
