//! What a partner proposes to do to the same people, without an assessment here. It is counted in a column of its own,
//! by its source and how sure that is, and never among assessments.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    area,
    group::Catalogue,
    id::{OrganisationId, PartnerProposalId, PersonId},
    impact::Direction,
    party::Party,
    text::{self, Path, Violation},
    words::words,
};

words! {
    /// How sure it is that a partner will do it.
    Confidence {
        /// The partner announced it.
        Announced = "ANNOUNCED",
        /// The partner consults or consulted on it.
        ConsultedOn = "CONSULTED_ON",
        /// The partner decided it.
        Decided = "DECIDED",
        /// Somebody said so.
        Hearsay = "HEARSAY",
    }
}

/// A partner's proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerProposal {
    /// Its identifier.
    pub id: PartnerProposalId,
    /// Who keeps it here.
    pub organisation: OrganisationId,
    /// Counts its changes, from 1.
    pub version: u32,
    /// Whose proposal it is: a person or an organisation, most often without an account.
    pub partner: Party,
    /// What they propose.
    pub title: String,
    /// Codes of the groups it touches; each by itself.
    pub groups: Vec<String>,
    /// Which way it goes for them.
    pub direction: Direction,
    /// Codes of the places it touches.
    pub footprint: Vec<String>,
    /// From when on.
    pub from: Option<NaiveDate>,
    /// Until when.
    pub to: Option<NaiveDate>,
    /// Where that stands, or who said so.
    pub source: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// The day on which the partner agreed that this is what they propose; absent while they have not.
    pub agreed_on: Option<NaiveDate>,
    /// Whether it was dropped: it is kept, and counts no more.
    pub withdrawn: bool,
    /// Who recorded it last.
    pub recorded_by: PersonId,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

impl PartnerProposal {
    /// What is wrong with it, but for whether its places are known.
    #[must_use]
    pub fn check(&self, groups: &Catalogue, today: NaiveDate) -> Vec<Violation> {
        let mut wrong = Vec::new();
        wrong.extend(self.partner.check(&Path::of(["partner"])).err());
        wrong.extend(text::line(&self.title, text::LINE, &Path::of(["title"])).err());
        wrong.extend(text::line(&self.source, text::LINE, &Path::of(["source"])).err());
        check_list(&self.groups, "groups", &mut wrong, |code| {
            let told: String = code.chars().take(60).collect();
            let message = format!("There is no group `{told}`; ask `groups` for the codes.");
            groups.find(code).is_none().then_some(("NOT_FOUND", message))
        });
        check_list(&self.footprint, "footprint", &mut wrong, |code| {
            let told: String = code.chars().take(60).collect();
            let message =
                format!("`{told}` is not an English area code; write an ONS code such as E07000145.");
            area::level(code).is_none().then(|| ("INVALID", area::unkept(code).unwrap_or(message)))
        });
        let at = |field: &str| Path::of([field]);
        if let (Some(from), Some(to)) = (self.from, self.to)
            && to < from
        {
            wrong.push(Violation::new("INVALID", "It ends before it begins.", at("to")));
        }
        if self.agreed_on.is_some_and(|day| day > today) {
            let message = "This day lies in the future: record it once they have agreed.";
            wrong.push(Violation::new("IN_THE_FUTURE", message, at("agreedOn")));
        }
        wrong
    }

    /// Whether it counts on a day: it was not dropped, has begun or has no beginning, and has not ended.
    #[must_use]
    pub fn is_live_on(&self, day: NaiveDate) -> bool {
        !self.withdrawn && self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

/// Checks a list of codes that is not empty, each there once.
fn check_list(
    codes: &[String],
    field: &str,
    wrong: &mut Vec<Violation>,
    refuse: impl Fn(&str) -> Option<(&'static str, String)>,
) {
    let at = Path::of([field]);
    if codes.is_empty() {
        let message = match field {
            "groups" => "Say which groups it touches; a proposal without any is counted nowhere.",
            _ => "Say which places it touches; a proposal without any is counted nowhere.",
        };
        wrong.push(Violation::new("REQUIRED", message, at.clone()));
    }
    wrong.extend(text::bounded_list(codes.len(), &at).err());
    for (index, code) in codes.iter().enumerate() {
        if let Some((code, message)) = refuse(code) {
            wrong.push(Violation::new(code, message, at.join(index)));
        } else if codes.iter().take(index).any(|other| other == code) {
            wrong.push(Violation::new("DUPLICATE", format!("`{code}` is there twice."), at.join(index)));
        }
    }
}
