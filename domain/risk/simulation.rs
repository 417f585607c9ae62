//! Which reliance matters most: reliances fail by chance as their authors reckon, again and again, and it is counted what
//! rests on those that do.
//!
//! Drawn from a seed that follows from what is drawn for, so that the same picture gives the same figures; a case that rests
//! on several loses its protection when any of them fails. Each reliance is taken to fail by itself: what makes several fail
//! at once is not known, and is said with the result; that a case proceeds and that it does not are drawn apart, too, because
//! authors reckon each by itself.

use std::collections::BTreeMap;

use super::{
    graph::{Edge, Reliance},
    severe::Severe,
};
use crate::{assessment::THOUSAND, canonical};

/// How often reliances are drawn: a share is told to within half a percentage point, one standard error, whatever it is.
pub const DRAWS: u32 = 10_000;

/// What is drawn for: reliances on the same are one, which fails as often as the author says who is the most afraid.
#[derive(Clone, Debug, PartialEq)]
pub struct Odds {
    /// How often in a thousand each fails, with an edge that names it.
    pub reliances: Vec<(Edge, u16)>,
    /// Of each case, the places of those it rests on.
    pub cases: Vec<Vec<usize>>,
    /// On how many reliances nobody said how often they fail, nor whether they hold: they are not drawn.
    pub undeclared: usize,
}

impl Odds {
    /// Of these cases; nothing where no reliance was declared with a chance that it fails.
    #[must_use]
    pub fn of(cases: &[Severe]) -> Option<Self> {
        let mut on: BTreeMap<Reliance, (Edge, Option<u16>)> = BTreeMap::new();
        let mut declared = false;
        for edge in cases.iter().flat_map(|one| &one.rests) {
            declared |= edge.edge.failure.is_some();
            // What is known needs no chance.
            let fails = match edge.holds {
                Some(true) => Some(0),
                Some(false) => Some(THOUSAND),
                None => edge.edge.failure.map(|fails| fails.min(THOUSAND)),
            };
            let entry = on.entry(edge.on()).or_insert_with(|| (edge.clone(), fails));
            *entry = (entry.0.min_by_name(edge).clone(), entry.1.max(fails));
        }
        if !declared {
            return None;
        }
        let undeclared = on.values().filter(|(_, fails)| fails.is_none()).count();
        let known = on.into_iter().filter_map(|(on, (edge, fails))| Some((on, (edge, fails?))));
        let (keys, reliances): (Vec<_>, Vec<(Edge, u16)>) = known.unzip();
        let place = |edge: &Edge| keys.iter().position(|on| *on == edge.on());
        let rests = cases.iter().map(|one| {
            let mut places: Vec<usize> = one.rests.iter().filter_map(place).collect();
            places.sort_unstable();
            places.dedup();
            places
        });
        Some(Self { cases: rests.filter(|places| !places.is_empty()).collect(), reliances, undeclared })
    }

    /// The seed that follows from all this.
    #[must_use]
    pub fn seed(&self) -> u64 {
        let reliances: Vec<(String, u16)> =
            self.reliances.iter().map(|(edge, fails)| (edge.edge.id.to_string(), *fails)).collect();
        let words = serde_json::json!([reliances, self.cases]).to_string();
        let digest = canonical::sha256(words.as_bytes());
        // Of what a double holds, so that everybody can read it.
        u64::from_str_radix(digest.get(..13).unwrap_or_default(), 16).unwrap_or_default()
    }

    /// Draws as often as that from a seed.
    #[must_use]
    pub fn draw(&self, seed: u64, draws: u32) -> Drawn {
        let mut chance = SplitMix(seed);
        let mut counts = Counts::new(self.reliances.len());
        let mut fails = vec![false; self.reliances.len()];
        for _ in 0..draws {
            for (one, (_, odds)) in fails.iter_mut().zip(&self.reliances) {
                *one = chance.below(u64::from(THOUSAND)) < u64::from(*odds);
            }
            counts.add(&self.cases, &fails, 1.0);
        }
        counts.drawn(self, f64::from(draws), Some((seed, draws)))
    }

    /// Every outcome with its chance, for a few reliances: what drawing comes near to. `None` for more than sixteen.
    #[must_use]
    pub fn enumerate(&self) -> Option<Drawn> {
        let count = self.reliances.len();
        if count > 16 {
            return None;
        }
        let mut counts = Counts::new(count);
        for outcome in 0_u32..1 << count {
            let fails: Vec<bool> = (0..count).map(|place| outcome >> place & 1 == 1).collect();
            let odds = self.reliances.iter().zip(&fails).map(|((_, odds), fails)| {
                let odds = f64::from(*odds) / f64::from(THOUSAND);
                if *fails { odds } else { 1.0 - odds }
            });
            counts.add(&self.cases, &fails, odds.product());
        }
        Some(counts.drawn(self, 1.0, None))
    }
}

/// What came of drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// The seed and how often was drawn; `None` for what was enumerated.
    pub of: Option<(u64, u32)>,
    /// The share of draws in which at least one case lost something it rests on.
    pub any: f64,
    /// How many cases did, on average.
    pub cases: f64,
    /// The reliances, the one that matters most first.
    pub ranked: Vec<Ranked>,
    /// One standard error of a share, at most.
    pub error: f64,
}

/// How much a reliance matters.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// An edge that names it.
    pub edge: Edge,
    /// How often in a thousand it fails.
    pub fails: u16,
    /// How many cases rest on it.
    pub cases: usize,
    /// How many cases would keep their protection, on average, if it were made sure of.
    pub spared: f64,
    /// One standard error of that.
    pub error: f64,
}

/// Sums over outcomes.
struct Counts {
    any: f64,
    cases: f64,
    /// By reliance, how many cases nothing but it took their protection, and the squares.
    alone: Vec<(f64, f64)>,
}

impl Counts {
    fn new(reliances: usize) -> Self {
        Self { any: 0.0, cases: 0.0, alone: vec![(0.0, 0.0); reliances] }
    }

    fn add(&mut self, cases: &[Vec<usize>], fails: &[bool], weight: f64) {
        let mut alone = vec![0_u32; fails.len()];
        let mut lost = 0_u32;
        for rests in cases {
            let mut failing = rests.iter().filter(|place| fails.get(**place) == Some(&true));
            let Some(first) = failing.next() else { continue };
            lost += 1;
            if failing.next().is_none()
                && let Some(count) = alone.get_mut(*first)
            {
                *count += 1;
            }
        }
        self.any += if lost > 0 { weight } else { 0.0 };
        self.cases += weight * f64::from(lost);
        for ((sum, squares), count) in self.alone.iter_mut().zip(alone) {
            let count = f64::from(count);
            *sum += weight * count;
            *squares += weight * count * count;
        }
    }

    fn drawn(self, odds: &Odds, whole: f64, of: Option<(u64, u32)>) -> Drawn {
        let mut ranked: Vec<Ranked> = odds
            .reliances
            .iter()
            .enumerate()
            .zip(&self.alone)
            .map(|((place, (edge, fails)), (sum, squares))| {
                let mean = sum / whole;
                let variance = (squares / whole - mean * mean).max(0.0);
                Ranked {
                    edge: edge.clone(),
                    fails: *fails,
                    cases: odds.cases.iter().filter(|rests| rests.contains(&place)).count(),
                    spared: mean,
                    error: if of.is_some() { (variance / whole).sqrt() } else { 0.0 },
                }
            })
            .collect();
        ranked.sort_by(|one, other| {
            other.spared.total_cmp(&one.spared).then_with(|| one.edge.name().cmp(&other.edge.name()))
        });
        Drawn {
            of,
            any: self.any / whole,
            cases: self.cases / whole,
            ranked,
            error: if of.is_some() { 0.5 / whole.sqrt() } else { 0.0 },
        }
    }
}

/// `SplitMix64`: numbers that look random and come again from the same seed.
#[derive(Clone, Copy, Debug)]
pub struct SplitMix(pub u64);

impl SplitMix {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another, which is small: each as likely as the next but for one in 2^54.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.draw() % end }
    }
}
