//! What is assessed: a business case, its places, its money and who decides it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    text::{self, LINE, Path, Violation},
    words::words,
};

words! {
    /// What kind of change a proposal makes.
    KindOfChange {
        /// A service that did not exist.
        NewService = "NEW_SERVICE",
        /// A change to an existing service.
        Change = "CHANGE",
        /// Who may have it.
        Eligibility = "ELIGIBILITY",
        /// How people reach it.
        AccessRoute = "ACCESS_ROUTE",
        /// Where it is.
        Relocation = "RELOCATION",
        /// Less of it.
        Reduction = "REDUCTION",
        /// None of it.
        Closure = "CLOSURE",
        /// A contract that ends.
        ContractExpiry = "CONTRACT_EXPIRY",
        /// A procurement.
        Procurement = "PROCUREMENT",
        /// Staff.
        Workforce = "WORKFORCE",
        /// For a time only.
        Temporary = "TEMPORARY",
        /// More money for it.
        Investment = "INVESTMENT",
        /// A policy.
        Policy = "POLICY",
        /// Anything else.
        Other = "OTHER",
    }
}

/// An amount in whole pence; documents and the API spell it as a decimal string with two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// An amount in pence, within +-90 million million pounds so that it survives JSON.
    #[must_use]
    pub fn from_pence(pence: i64) -> Option<Self> {
        (pence.unsigned_abs() <= crate::canonical::LARGEST.unsigned_abs()).then_some(Self(pence))
    }

    /// The amount in pence.
    #[must_use]
    pub fn pence(self) -> i64 {
        self.0
    }

    /// Reads `"21500000.00"`; at most two places, no separators.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (pounds, pence) = digits.split_once('.').unwrap_or((digits, "00"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(pounds) || !plain(pence) || pence.len() > 2 {
            return None;
        }
        let pence = format!("{pence:0<2}").parse::<i64>().ok()?;
        let total = pounds.parse::<i64>().ok()?.checked_mul(100)?.checked_add(pence)?;
        Self::from_pence(sign * total)
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        write!(f, "{sign}{}.{:02}", self.0.abs() / 100, self.0.abs() % 100)
    }
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("`{text}` is not an amount: write pounds as \"1250.00\""))
        })
    }
}

/// An option considered, with why it was preferred or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProposalOption {
    /// Its name in the business case.
    pub title: String,
    /// What it would be.
    pub summary: String,
    /// Whether the proposal is this option.
    pub preferred: bool,
    /// Why it was preferred or not.
    pub reason: String,
}

/// A proposal. Everything may still be missing while it is written; checks say what is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Proposal {
    /// A few sentences.
    pub summary: String,
    /// What kind of change it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind_of_change: Option<KindOfChange>,
    /// The service line, in the organisation's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_line: Option<String>,
    /// The programme it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub programme: Option<String>,
    /// ONS codes of the places it touches, at any mix of levels.
    pub footprint: Vec<String>,
    /// Who uses the service, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<String>,
    /// The body with authority under the scheme of delegation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_body: Option<String>,
    /// When it is to decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_date: Option<NaiveDate>,
    /// When the change begins to touch people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// When it stops; absent when it is to last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<NaiveDate>,
    /// What was considered.
    pub options: Vec<ProposalOption>,
    /// What it saves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saving: Option<Money>,
    /// What it costs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spend: Option<Money>,
    /// Whether saving or spend recurs every year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrent: Option<bool>,
    /// The full-year effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_year: Option<Money>,
    /// By how much it changes what is spent on the service every full year: more is an investment, less, with a minus, a saving.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrent_change: Option<Money>,
    /// Where those live who use the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_residence: Option<UserResidence>,
}

/// Where the users of a service live, by national deprivation fifth: shares and no numbers of people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserResidence {
    /// Percent of them in each fifth of England's neighbourhoods by deprivation, the most deprived first; together 100, give or
    /// take rounding.
    pub percent: [u8; 5],
    /// What that is counted from: which users, which year, which index.
    pub basis: String,
}

impl UserResidence {
    /// Percentages that come to 100, give or take what rounding five of them can, from something.
    pub fn check(&self, path: &Path) -> Result<(), Violation> {
        let sum: u32 = self.percent.iter().copied().map(u32::from).sum();
        if !(98..=102).contains(&sum) {
            let message = format!(
                "Give the percentage of users in each of the five fifths, the most deprived first; these come to {sum}, not to 100."
            );
            return Err(Violation::new("INVALID", message, path.join("percent")));
        }
        text::line(&self.basis, LINE, &path.join("basis"))
    }
}

/// What a proposal changes in what is spent every full year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecurrentChange {
    /// So many pence more, and so many less: a proposal may do both.
    Of {
        /// More.
        investment: i64,
        /// Less.
        saving: i64,
    },
    /// It does not recur.
    Once,
    /// Nobody says how much, which way or whether it recurs.
    Unsaid,
}

impl Proposal {
    /// What it changes in what is spent every full year: as its author says, else by what it saves and costs where that recurs.
    #[must_use]
    pub fn recurring(&self) -> RecurrentChange {
        let flow = |pence: i64| RecurrentChange::Of { investment: pence.max(0), saving: (-pence).max(0) };
        if let Some(change) = self.recurrent_change {
            return flow(change.pence());
        }
        match (self.recurrent, self.saving, self.spend) {
            (Some(false), ..) => RecurrentChange::Once,
            (None, ..) | (Some(true), None, None) => RecurrentChange::Unsaid,
            (Some(true), Some(saving), None) => {
                let year = self.full_year.unwrap_or(saving).pence().abs();
                flow(if saving.pence() < 0 { year } else { -year })
            }
            (Some(true), None, Some(spend)) => {
                let year = self.full_year.unwrap_or(spend).pence().abs();
                flow(if spend.pence() < 0 { -year } else { year })
            }
            (Some(true), Some(saving), Some(spend)) => RecurrentChange::Of {
                investment: spend.pence().max(0) + (-saving.pence()).max(0),
                saving: saving.pence().max(0) + (-spend.pence()).max(0),
            },
        }
    }
}
