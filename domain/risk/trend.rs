//! Months over which figures are followed: each is a picture as at its last day, so that every figure of a trend is the figure of
//! that picture.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::text::{Path, Violation};

/// Most months of one trend: five years.
pub const MOST: u32 = 60;

/// One month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Month {
    /// Its first day.
    pub first: NaiveDate,
    /// The day as at whose end it is told: its last, or the day until which is asked.
    pub as_at: NaiveDate,
    /// Whether that is its last day.
    pub complete: bool,
}

impl Month {
    /// Its name: `2026-11`.
    #[must_use]
    pub fn name(self) -> String {
        self.first.format("%Y-%m").to_string()
    }
}

/// So many months until that of a day, the oldest first.
///
/// # Errors
/// None or more than [`MOST`] months, and a day that is still to come.
pub fn months(count: u32, until: NaiveDate, today: NaiveDate) -> Result<Vec<Month>, Violation> {
    if !(1..=MOST).contains(&count) {
        let message = format!("A trend has 1 to {MOST} months.");
        return Err(Violation::new("INVALID", message, Path::of(["months"])));
    }
    if until > today {
        let message = format!(
            "What will be known on {} is not known yet; ask until {today} or earlier.",
            until.format("%-d %B %Y")
        );
        return Err(Violation::new("INVALID", message, Path::of(["until"])));
    }
    let newest = until - Days::new(u64::from(until.day0()));
    let each = (0..count).rev().filter_map(|back| {
        let first = newest.checked_sub_months(Months::new(back))?;
        let last = first.checked_add_months(Months::new(1))?.pred_opt()?;
        let as_at = last.min(until);
        Some(Month { first, as_at, complete: as_at == last })
    });
    Ok(each.collect())
}
