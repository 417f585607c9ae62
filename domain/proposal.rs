//! What is assessed: a business case, its places, its money and who decides it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::words::words;

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
}
