//! Which cases a picture has.

use chrono::NaiveDate;

use super::{Contribution, Standpoint};
use crate::{
    text::{self, LINE, Path, Violation},
    workflow::Standing,
};

/// Most codes, service lines or programmes of one kind that are asked for together.
const MOST: usize = 200;

/// Which cases a picture has; an empty list asks nothing. Each that is there narrows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// ODS codes of their organisations.
    pub organisations: Vec<String>,
    /// Their standings.
    pub standings: Vec<Standing>,
    /// Codes of groups: only impacts on these, or on groups below them, are counted, and only cases that have one.
    pub groups: Vec<String>,
    /// Codes of areas of any level: only what their footprints have there, and only cases that have something there.
    pub areas: Vec<String>,
    /// Service lines.
    pub service_lines: Vec<String>,
    /// Programmes.
    pub programmes: Vec<String>,
    /// Only those whose change may touch people on that day.
    pub live_on: Option<NaiveDate>,
    /// As known at the end of that day.
    pub as_at: Option<NaiveDate>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            organisations: Vec::new(),
            standings: vec![Standing::Pending, Standing::Proceeding],
            groups: Vec::new(),
            areas: Vec::new(),
            service_lines: Vec::new(),
            programmes: Vec::new(),
            live_on: None,
            as_at: None,
        }
    }
}

impl Filter {
    /// Refuses what no picture can have: a past that is still to come, and more than can be asked for at once. Codes
    /// are held against what is known by whoever knows it.
    pub fn check(&self, today: NaiveDate) -> Result<(), Vec<Violation>> {
        let mut wrong = Vec::new();
        if let Some(day) = self.as_at.filter(|day| *day > today) {
            let message = format!(
                "What will be known on {} is not known yet; ask as at {today} or earlier, and with `liveOn` for what takes effect \
                 later.",
                day.format("%-d %B %Y")
            );
            wrong.push(Violation::new("INVALID", message, at("asAt")));
        }
        for (field, list) in [
            ("organisations", &self.organisations),
            ("groups", &self.groups),
            ("areas", &self.areas),
            ("serviceLines", &self.service_lines),
            ("programmes", &self.programmes),
        ] {
            if list.len() > MOST {
                let message =
                    format!("{} are named; name at most {MOST}, or ask for each part alone.", list.len());
                wrong.push(Violation::new("TOO_MANY", message, at(field)));
            }
            let checked = list.iter().take(MOST).enumerate();
            wrong.extend(
                checked.filter_map(|(index, one)| text::check(one, LINE, &at(field).join(index)).err()),
            );
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Whether a case passes, wherever it is and as whatever it counts.
    #[must_use]
    pub fn admits(&self, one: &Contribution) -> bool {
        let named = |list: &[String], own: Option<&String>| {
            list.is_empty() || own.is_some_and(|own| list.contains(own))
        };
        named(&self.service_lines, one.service_line.as_ref())
            && named(&self.programmes, one.programme.as_ref())
            && self.live_on.is_none_or(|day| one.is_live_on(day))
            && (self.groups.is_empty() || one.impacts.iter().any(|impact| self.touches(&impact.groups)))
    }

    /// Whether an impact that counts for these groups is counted.
    #[must_use]
    pub fn touches(&self, groups: &[String]) -> bool {
        self.groups.is_empty() || groups.iter().any(|group| self.groups.contains(group))
    }

    /// Whether a case that counts as this is in the figures: a draft never is.
    #[must_use]
    pub fn counts(&self, standpoint: Standpoint) -> bool {
        self.standings.iter().any(|standing| Standpoint::from(*standing) == standpoint)
    }
}

/// A field of the filter.
fn at(field: &str) -> Path {
    Path::of(["filter", field])
}
