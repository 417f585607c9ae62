//! Figures, and how they are told.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

/// How often, and how long.
#[derive(Clone, Debug)]
pub struct Figures {
    taken: Vec<Duration>,
    over: Duration,
}

impl Figures {
    /// The figures of requests that were answered one after another or side by side over some time.
    pub fn of(taken: Vec<Duration>, over: Duration) -> Self {
        Self { taken, over }
    }

    /// The figures of several rounds together.
    pub fn together(rounds: &[Self]) -> Self {
        let mut taken: Vec<Duration> = rounds.iter().flat_map(|round| &round.taken).copied().collect();
        taken.sort_unstable();
        Self { taken, over: rounds.iter().map(|round| round.over).sum() }
    }

    /// Requests per second.
    #[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
    pub fn rate(&self) -> f64 {
        self.taken.len() as f64 / self.over.as_secs_f64()
    }

    /// The time that this share of requests took at most, in milliseconds; of figures that are together.
    pub fn within(&self, percent: usize) -> f64 {
        let index = (self.taken.len() * percent / 100).min(self.taken.len().saturating_sub(1));
        self.taken.get(index).map_or(f64::NAN, |taken| taken.as_secs_f64() * 1_000.0)
    }
}

/// The rates of rounds, the least and the most.
pub fn range(rounds: &[Figures]) -> String {
    let rates: Vec<f64> = rounds.iter().map(Figures::rate).collect();
    let least = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let most = rates.iter().copied().fold(0.0, f64::max);
    format!("{least:.0} to {most:.0}")
}

/// A line of the report.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// A line beside the report, with the time.
pub fn note(text: impl std::fmt::Display) {
    static BEGUN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    let _ = writeln!(std::io::stderr().lock(), "{:>4} s  {text}", BEGUN.elapsed().as_secs());
}
