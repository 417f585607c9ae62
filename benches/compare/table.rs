//! What is told: two tables in Markdown, with a line for each number of cases.

use crate::{
    machine,
    report::{Figures, line},
};

/// The figures of one round.
#[derive(Clone, Copy, Debug)]
struct Figure {
    rate: f64,
    half: f64,
    most: f64,
}

/// Who answered a question how, round by round.
pub struct Answered {
    /// Whether it is asked side by side, or by one after the other.
    pub load: bool,
    /// What was asked.
    pub name: &'static str,
    /// Our service.
    pub ours: Vec<Figures>,
    /// PostGraphile, where it is asked.
    pub postgraphile: Vec<Figures>,
    /// Hand-written SQL.
    pub sql: Vec<Figures>,
}

/// What was measured over so many cases.
pub struct Measured {
    /// How many.
    pub size: u32,
    /// Reads.
    pub reads: Vec<Answered>,
    /// What beside them: what, and on which database how much.
    pub others: Vec<(String, String)>,
}

/// The median over rounds of a rate, and of the times that half and 95 in 100 of the requests took at most.
fn median(rounds: &[Figures]) -> Option<Figure> {
    let rounds: Vec<Figures> =
        rounds.iter().map(|round| Figures::together(std::slice::from_ref(round))).collect();
    let middle = |of: &dyn Fn(&Figures) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Figure {
        rate: middle(&Figures::rate)?,
        half: middle(&|round| round.within(50))?,
        most: middle(&|round| round.within(95))?,
    })
}

/// The median over rounds of the times that half and 95 in 100 took at most.
pub fn times(rounds: &[Figures]) -> String {
    median(rounds).map_or_else(|| "–".into(), |Figure { half, most, .. }| format!("{half:.1} / {most:.1} ms"))
}

impl Answered {
    fn row(&self, size: u32) -> String {
        let ours = median(&self.ours);
        let cell = |of: Option<Figure>| {
            of.map_or_else(
                || "–".to_owned(),
                |Figure { rate, half, most }| {
                    let digits = usize::from(rate < 100.0);
                    format!("{rate:.digits$}/s, {half:.1} / {most:.1}")
                },
            )
        };
        // Of those asked side by side the throughput counts, of those asked by one the time that half of them take.
        let ratio = |of: Option<Figure>| match (ours, of) {
            (Some(ours), Some(other)) if self.load => format!("{:.2} x", ours.rate / other.rate),
            (Some(ours), Some(other)) => format!("{:.2} x", other.half / ours.half),
            _ => "–".into(),
        };
        let (postgraphile, sql) = (median(&self.postgraphile), median(&self.sql));
        format!(
            "| {size} | {} | {} | {} | {} | {} | {} |",
            self.name,
            cell(ours),
            cell(postgraphile),
            ratio(postgraphile),
            cell(sql),
            ratio(sql)
        )
    }
}

/// Prints everything.
pub fn tell(measured: &[Measured], what: &str, postgres: &str, postgraphile: Option<&str>) {
    line(format!("{}; {what}\n", machine::describe(postgres, postgraphile)));
    line(
        "| assessments | read | ehia, p50 / p95 ms | PostGraphile | ehia to it | SQL by hand | ehia to it |",
    );
    line("|---|---|---|---|---|---|---|");
    for of in measured {
        of.reads.iter().for_each(|read| line(read.row(of.size)));
    }
    line("\n| assessments | | |");
    line("|---|---|---|");
    for of in measured {
        of.others.iter().for_each(|(name, value)| line(format!("| {} | {name} | {value} |", of.size)));
    }
}
