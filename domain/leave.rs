//! Leave: who is away on which days, and who stands in for them.
//!
//! A deputy acts with the roles of whoever is away, in their own name and on behalf of them, and is bound by both: what
//! they are to a case themselves, and what the other is to it ([`crate::permission::may_be_stood_in_for`]). Seats of
//! panels are not deputised for, a standing panel names an alternate for each; cases have contributors; and whoever
//! administers or audits is named by an administrator.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    calendar::known,
    id::{LeaveId, OrganisationId, PersonId},
    permission::{Actor, Role},
    text::{Path, Violation},
};

/// The longest leave, in days.
pub const LONGEST: i64 = 400;

/// The roles that a deputy acts in.
pub const DEPUTISED: [Role; 5] =
    [Role::EqualityLead, Role::PanelChair, Role::PanelSecretary, Role::DecisionMaker, Role::Governance];

/// Somebody's leave from their work in an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leave {
    /// Its identifier.
    pub id: LeaveId,
    /// Where.
    pub organisation: OrganisationId,
    /// Who is away.
    pub person: PersonId,
    /// Who stands in for them; nobody where none is needed.
    pub deputy: Option<PersonId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl Leave {
    /// Its days.
    #[must_use]
    pub const fn days(&self) -> RangeInclusive<NaiveDate> {
        self.from..=self.until
    }

    /// Whether they share a day.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }

    /// What is wrong with it, beside the other leave of the organisation. `roles` says what somebody holds there on the
    /// day it is entered.
    #[must_use]
    pub fn check(
        &self,
        others: &[Self],
        roles: impl Fn(PersonId) -> Vec<Role>,
        today: NaiveDate,
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        for (day, field) in [(self.from, "from"), (self.until, "until")] {
            violations.extend(known(day, today, &Path::of([field])).err());
        }
        let mut wrong = |code: &str, message: String, field: &str| {
            violations.push(Violation::new(code, message, Path::of([field])));
        };
        if self.until < self.from {
            wrong("INVALID", "The leave ends before it begins: turn the days round.".into(), "until");
        } else if self.until < today {
            wrong("PAST", "This leave is over: give days from today on.".into(), "until");
        } else if (self.until - self.from).num_days() >= LONGEST {
            let message =
                format!("A leave lasts {LONGEST} days at most: for longer, give the role to somebody else.");
            wrong("TOO_LONG", message, "until");
        }
        if roles(self.person).is_empty() {
            wrong("NOT_FOUND", "There is no such person in this organisation.".into(), "person");
        }
        let beside = || others.iter().filter(|other| other.id != self.id && self.overlaps(other));
        if let Some(other) = beside().find(|other| other.person == self.person) {
            let message = format!(
                "There is leave from {} to {} already: change that, or choose days beside it.",
                other.from, other.until
            );
            wrong("CLASH", message, "from");
        }
        if let Some(other) = beside().find(|other| other.deputy == Some(self.person)) {
            let message = format!(
                "They stand in for somebody from {} to {}: let somebody else do that first.",
                other.from, other.until
            );
            wrong("CLASH", message, "from");
        }
        let Some(deputy) = self.deputy else { return violations };
        if deputy == self.person {
            wrong("INVALID", "Nobody stands in for themselves: name somebody else.".into(), "deputy");
            return violations;
        }
        if roles(deputy).is_empty() {
            wrong("NOT_FOUND", "There is no such person in this organisation.".into(), "deputy");
        } else if !roles(self.person).iter().any(|role| DEPUTISED.contains(role)) {
            let message = "They hold no role that somebody acts in for them: equality lead, chair, secretary, decision \
                           maker or governance. A panel names alternates, and a case contributors.";
            wrong("NOTHING_TO_DO", message.into(), "deputy");
        }
        if let Some(other) = beside().find(|other| other.person == deputy) {
            let message = format!(
                "They are away themselves from {} to {}: name somebody else.",
                other.from, other.until
            );
            wrong("CLASH", message, "deputy");
        }
        violations
    }
}

impl Actor {
    /// Whether they stand in there for one of these people.
    #[must_use]
    pub fn stands_in_for_any(&self, organisation: OrganisationId, people: &[PersonId]) -> bool {
        self.deputises
            .iter()
            .any(|one| one.organisation == organisation && people.contains(&one.on_behalf_of))
    }
}

/// Who is away on a day.
#[must_use]
pub fn away(leave: &[Leave], day: NaiveDate) -> Vec<PersonId> {
    leave.iter().filter(|leave| leave.days().contains(&day)).map(|leave| leave.person).collect()
}

/// Who stands in for whom on a day, the deputy first.
#[must_use]
pub fn deputies(leave: &[Leave], day: NaiveDate) -> Vec<(PersonId, PersonId)> {
    let of_day = leave.iter().filter(|leave| leave.days().contains(&day));
    of_day.filter_map(|leave| Some((leave.deputy?, leave.person))).collect()
}
