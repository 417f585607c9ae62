//! Equity of spend: who gains and who loses money by what is about to be done, by national deprivation fifth.
//!
//! Only the change in what is spent every full year counts; investments and savings are told apart and never netted. Money is
//! attributed by where a service's users live, as its author says. What nobody says that of is not attributable: wherever its
//! users live, the truth of each fifth lies between nothing of it and all of it.

use std::fmt::Write as _;

use crate::{
    proposal::{Money, Proposal, RecurrentChange},
    text::{capital, counted, grouped, number},
};

/// Money by fifth, in pence, the most deprived fifth first.
pub type Fifths = [i64; 5];

/// Money that goes one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Cases that it comes from.
    pub cases: i64,
    /// Those of them of which nobody says where users live.
    pub unplaced: i64,
    /// All of it, in pence a full year.
    pub total: i64,
    /// What is attributed, by fifth.
    pub attributed: Fifths,
    /// What is not attributable.
    pub rest: i64,
    /// The same by fifth, as though users lived as residents of the places do that the proposals touch.
    pub as_residents: Fifths,
}

/// Change in what is spent every full year, over the cases of a picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spend {
    /// Cases that were looked at.
    pub cases: i64,
    /// Those that change nothing that recurs.
    pub once: i64,
    /// Those that do not say how much, which way or whether it recurs.
    pub unsaid: i64,
    /// More is spent.
    pub investments: Flow,
    /// Less is spent.
    pub savings: Flow,
    /// Residents by fifth of the place that it is told per head of; `None` where nothing is known of it.
    pub heads: Option<[u32; 5]>,
    /// How much a head counts by need, in percent.
    pub need_percent: Option<[u32; 5]>,
    /// What a reader must know of heads and money beside that.
    pub caveats: Caveats,
}

/// What keeps money and heads from being of the same.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caveats {
    /// The picture was narrowed to areas: heads are of the organisations' whole areas all the same, and money is of whole cases.
    pub narrowed: bool,
    /// Cases of other organisations, whose own areas are not in the heads.
    pub of_others: i64,
    /// Organisations that weight heads by need each in a way of its own, by name: then no weight is given to any.
    pub weighting: Vec<String>,
}

impl Caveats {
    fn in_words(&self) -> String {
        let mut words = String::new();
        if self.narrowed {
            words.push_str(
                " The filter asks for areas: the money is all that the cases which touch these change anywhere, and heads are those of the                  organisations' whole area.",
            );
        }
        if self.of_others > 0 {
            let others = usize::try_from(self.of_others).unwrap_or_default();
            let _ = write!(
                words,
                " {} of other organisations that {} shared {} in the money, and their own areas are not in the heads.",
                capital(&counted(others, "case")),
                if others == 1 { "was" } else { "were" },
                if others == 1 { "is" } else { "are" },
            );
        }
        if !self.weighting.is_empty() {
            let _ = write!(
                words,
                " Heads are not weighted by need, because the organisations do not weight them alike: {}.",
                self.weighting.join("; ")
            );
        }
        words
    }
}

impl Spend {
    /// Counts a proposal. `residents` are those of the places it touches by fifth; `None` where nothing is known of these.
    pub fn add(&mut self, proposal: &Proposal, residents: Option<[u32; 5]>) {
        self.cases += 1;
        let (investment, saving) = match proposal.recurring() {
            RecurrentChange::Once => {
                self.once += 1;
                return;
            }
            RecurrentChange::Unsaid => {
                self.unsaid += 1;
                return;
            }
            RecurrentChange::Of { investment, saving } => (investment, saving),
        };
        let stated = proposal.user_residence.as_ref().map(|stated| stated.percent.map(u64::from));
        let residents =
            residents.map(|people| people.map(u64::from)).filter(|people| people.iter().any(|one| *one > 0));
        for (flow, pence) in [(&mut self.investments, investment), (&mut self.savings, saving)] {
            if pence > 0 {
                flow.add(pence, stated, residents.or(self.heads.map(|heads| heads.map(u64::from))));
            }
        }
    }

    /// How many heads a fifth counts, in hundredths: by need where weights are given.
    fn hundredths(&self, fifth: usize) -> Option<u64> {
        let people = u64::from(*self.heads?.get(fifth)?);
        let weight = self.need_percent.and_then(|weights| weights.get(fifth).copied()).unwrap_or(100);
        Some(people * u64::from(weight))
    }

    /// So many pence per head of a fifth, to the nearest penny; `None` where nobody lives there or nothing is known of it.
    #[must_use]
    pub fn per_head(&self, pence: i64, fifth: usize) -> Option<i64> {
        let heads = i128::from(self.hundredths(fifth).filter(|heads| *heads > 0)?);
        let hundredfold = i128::from(pence) * 100;
        i64::try_from((hundredfold * 2 + heads) / (heads * 2)).ok()
    }

    /// All of it in words that a board understands.
    #[must_use]
    pub fn in_words(&self) -> String {
        let counts = self.investments.cases.max(self.savings.cases);
        if self.cases == 0 {
            return "There is no case here, so nothing can be said of who gains or loses.".to_owned();
        }
        if counts == 0 {
            return format!(
                "None of {} says by how much it changes what is spent every year, so nothing can be said of who gains or loses.",
                counted(usize::try_from(self.cases).unwrap_or_default(), "case")
            );
        }
        let mut words = String::new();
        for (flow, what, more) in
            [(&self.investments, "invested", "investments"), (&self.savings, "saved", "savings")]
        {
            let _ = write!(words, "{} ", self.flow_in_words(flow, what, more));
        }
        if self.unsaid > 0 {
            let unsaid = usize::try_from(self.unsaid).unwrap_or_default();
            let says = if unsaid == 1 { "does" } else { "do" };
            let _ = write!(
                words,
                "{} {says} not say how much changes every year, and {} in none of these figures. ",
                capital(&counted(unsaid, "case")),
                if unsaid == 1 { "is" } else { "are" }
            );
        }
        words.push_str(if self.need_percent.is_some() {
            "A head is weighted by need as the organisation sets it. Investments and savings are not set off against each other."
        } else {
            "Heads are residents, each the same. Investments and savings are not set off against each other."
        });
        words.push_str(&self.caveats.in_words());
        words
    }

    fn flow_in_words(&self, flow: &Flow, what: &str, more: &str) -> String {
        if flow.total == 0 {
            return format!("Nothing is {what} every year.");
        }
        let mut words = format!("{} a year is {what}.", pounds(flow.total));
        let (most, least) = (0, 4);
        let per_head = |pence: i64, fifth| self.per_head(pence, fifth).map(pounds);
        let at = |by: &Fifths, fifth: usize| by.get(fifth).copied().unwrap_or_default();
        if let Some((deprived, other)) = per_head(at(&flow.attributed, most), most)
            .zip(per_head(at(&flow.attributed, least), least))
            .filter(|_| flow.rest < flow.total)
        {
            let _ = write!(
                words,
                " Where it is known where users live, that is {deprived} a head in the most deprived fifth of England's \
                 neighbourhoods here, and {other} a head in the least deprived."
            );
        }
        if flow.rest > 0 {
            let _ = write!(
                words,
                " Of {}, {} cannot be attributed ({} of the {more}), because {} of {} {} not say where users live",
                pounds(flow.total),
                pounds(flow.rest),
                percent(flow.share()),
                number(usize::try_from(flow.unplaced).unwrap_or_default()),
                counted(usize::try_from(flow.cases).unwrap_or_default(), "case"),
                if flow.unplaced == 1 { "does" } else { "do" },
            );
            let low = per_head(at(&flow.attributed, most), most);
            let high = per_head(at(&flow.attributed, most).saturating_add(flow.rest), most);
            let even =
                per_head(at(&flow.attributed, most).saturating_add(at(&flow.as_residents, most)), most);
            match low.zip(high).zip(even) {
                Some(((low, high), even)) => {
                    let _ = write!(
                        words,
                        ": {more} a head in the most deprived fifth lie between {low} and {high}, and come to {even} if users live as \
                         residents of the places do that are touched."
                    );
                }
                None => words.push('.'),
            }
        } else {
            let _ = write!(words, " All of it is attributed.");
        }
        words
    }
}

impl Flow {
    fn add(&mut self, pence: i64, stated: Option<[u64; 5]>, residents: Option<[u64; 5]>) {
        self.cases += 1;
        self.total = self.total.saturating_add(pence);
        if let Some(shares) = stated {
            for (sum, part) in self.attributed.iter_mut().zip(parted(pence, shares)) {
                *sum = sum.saturating_add(part);
            }
            return;
        }
        self.unplaced += 1;
        self.rest = self.rest.saturating_add(pence);
        let shares = residents.unwrap_or([1; 5]);
        for (sum, part) in self.as_residents.iter_mut().zip(parted(pence, shares)) {
            *sum = sum.saturating_add(part);
        }
    }

    /// Which share is not attributable, in hundredths of a percent; nothing where there is no money.
    #[must_use]
    pub fn share(&self) -> i64 {
        if self.total == 0 {
            return 0;
        }
        i64::try_from(i128::from(self.rest) * 10_000 / i128::from(self.total)).unwrap_or_default()
    }
}

/// An amount by shares, to the penny: what rounding leaves goes to the largest remainders.
#[must_use]
pub fn parted(pence: i64, shares: [u64; 5]) -> Fifths {
    let all: u128 = shares.iter().copied().map(u128::from).sum();
    if all == 0 || pence < 0 {
        return [0; 5];
    }
    let whole = u128::from(pence.unsigned_abs());
    let mut parts = shares.map(|share| whole * u128::from(share) / all);
    let mut rests: Vec<(u128, usize)> =
        shares.iter().enumerate().map(|(fifth, share)| (whole * u128::from(*share) % all, fifth)).collect();
    rests.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    let left = whole - parts.iter().sum::<u128>();
    for (_, fifth) in rests.into_iter().take(usize::try_from(left).unwrap_or_default()) {
        if let Some(part) = parts.get_mut(fifth) {
            *part += 1;
        }
    }
    parts.map(|part| i64::try_from(part).unwrap_or(i64::MAX))
}

/// Pounds in words: whole from a thousand on, else with pence.
#[must_use]
pub fn pounds(pence: i64) -> String {
    let sign = if pence < 0 { "-" } else { "" };
    let magnitude = pence.unsigned_abs();
    if magnitude >= 100_000 {
        let whole = (magnitude + 50) / 100;
        return match u32::try_from(whole) {
            Ok(whole) => format!("{sign}\u{a3}{}", grouped(whole)),
            Err(_) => format!("{sign}\u{a3}{whole}"),
        };
    }
    Money::from_pence(pence)
        .map(|money| format!("{sign}\u{a3}{}", money.to_string().trim_start_matches('-')))
        .unwrap_or_default()
}

fn percent(hundredths: i64) -> String {
    format!("{} percent", (hundredths + 50) / 100)
}
