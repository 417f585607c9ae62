//! A contribution in few bytes, as the ledger keeps it: some 150 for a case of fifteen impacts, read without looking
//! for fields by their names.
//!
//! ```text
//! 1, standpoint, scale, service line?, programme?, first day?, last day?, areas, impacts, open mitigations
//! area:    the digits of its code and 1, or 0 and its letters
//! impact:  groups, then a byte of what follows: direction (2 bits), whether reach and its greatest figure are said, and which
//!          of the three later ratings are as the initial one; then the ratings that are not, then the reach
//! rating:  0, or 1 + band + 5 x (likelihood x 256 + consequence)
//! ```
//! The first number is the format; one that is not known is not read.

use chrono::{Datelike, NaiveDate};

use super::{
    Contribution, Impact, Rated, Standpoint,
    bytes::{Bytes, Writer, word},
};
use crate::{impact::Direction, rating::Band};

/// The format that is written.
const FORMAT: u64 = 1;
const REACH: u8 = 4;
const HIGH: u8 = 8;
/// The rating on each later basis is the initial one.
const SAME: [u8; 3] = [16, 32, 64];

impl Contribution {
    /// As bytes, for [`Self::unpack`].
    #[must_use]
    pub fn pack(&self) -> Vec<u8> {
        let mut to = Writer::default();
        to.number(FORMAT);
        to.number(self.standpoint as u8);
        to.name(&self.scale);
        to.optional(self.service_line.as_ref());
        to.optional(self.programme.as_ref());
        for day in [self.effective_from, self.effective_to] {
            to.number(u8::from(day.is_some()));
            if let Some(day) = day {
                to.signed(day.num_days_from_ce().into());
            }
        }
        to.length(self.footprint.len());
        self.footprint.iter().for_each(|code| area(&mut to, code));
        to.length(self.impacts.len());
        self.impacts.iter().for_each(|one| impact(&mut to, one));
        to.length(self.open.len());
        for against in &self.open {
            to.length(against.len());
            for place in against {
                to.length(*place);
            }
        }
        to.0
    }

    /// Reads what [`Self::pack`] wrote; `None` when it is anything else.
    #[must_use]
    pub fn unpack(bytes: &[u8]) -> Option<Self> {
        let mut from = Bytes(bytes);
        if from.number()? != FORMAT {
            return None;
        }
        let standpoint = word(Standpoint::ALL, from.number()?)?;
        let scale = from.name()?.to_owned();
        let (service_line, programme) = (from.optional()?, from.optional()?);
        let (effective_from, effective_to) = (day(&mut from)?, day(&mut from)?);
        let areas = from.length()?;
        let footprint = (0..areas).map(|_| code(&mut from)).collect::<Option<_>>()?;
        let impacts = from.length()?;
        let impacts = (0..impacts).map(|_| unpacked(&mut from)).collect::<Option<_>>()?;
        let mitigations = from.length()?;
        let against = |from: &mut Bytes<'_>| {
            let length = from.length()?;
            (0..length).map(|_| usize::try_from(from.number()?).ok()).collect::<Option<Vec<_>>>()
        };
        let open = (0..mitigations).map(|_| against(&mut from)).collect::<Option<_>>()?;
        from.is_empty().then_some(Self {
            standpoint,
            scale,
            service_line,
            programme,
            effective_from,
            effective_to,
            footprint,
            impacts,
            open,
        })
    }
}

#[expect(clippy::option_option, reason = "what cannot be read is not what is not there")]
fn day(from: &mut Bytes<'_>) -> Option<Option<NaiveDate>> {
    match from.number()? {
        0 => Some(None),
        1 => {
            let days = i32::try_from(from.signed()?).ok()?;
            NaiveDate::from_num_days_from_ce_opt(days).map(Some)
        }
        _ => None,
    }
}

/// Codes of the register are `E` and eight digits.
fn area(to: &mut Writer, code: &str) {
    let digits = code
        .strip_prefix('E')
        .filter(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if let Some(number) = digits.and_then(|digits| digits.parse::<u32>().ok()) {
        to.number(number + 1);
    } else {
        to.number(0_u8);
        to.name(code);
    }
}

fn code(from: &mut Bytes<'_>) -> Option<String> {
    match from.number()? {
        0 => from.name().map(str::to_owned),
        number => {
            let number = number - 1;
            (number < 100_000_000).then(|| format!("E{number:08}"))
        }
    }
}

fn impact(to: &mut Writer, one: &Impact) {
    to.length(one.groups.len());
    one.groups.iter().for_each(|group| to.name(group));
    let [initial, later @ ..] = &one.ratings;
    let mut what = one.direction as u8;
    for (rated, same) in later.iter().zip(SAME) {
        what |= if rated == initial { same } else { 0 };
    }
    if let Some((_, high)) = one.reach {
        what |= REACH | if high.is_some() { HIGH } else { 0 };
    }
    to.number(what);
    rating(to, *initial);
    for rated in later.iter().filter(|rated| *rated != initial) {
        rating(to, *rated);
    }
    if let Some((low, high)) = one.reach {
        to.number(low);
        if let Some(high) = high {
            to.number(high);
        }
    }
}

fn rating(to: &mut Writer, rated: Option<Rated>) {
    to.number(rated.map_or(0, |Rated { band, likelihood, consequence }| {
        1 + u32::from(band as u8) + 5 * (u32::from(likelihood) * 256 + u32::from(consequence))
    }));
}

fn unpacked(from: &mut Bytes<'_>) -> Option<Impact> {
    let groups = from.length()?;
    let groups = (0..groups).map(|_| from.name().map(str::to_owned)).collect::<Option<_>>()?;
    let what = u8::try_from(from.number()?).ok()?;
    let direction = word(Direction::ALL, (what & 3).into())?;
    let mut ratings = [rated(from)?; 4];
    for (place, same) in (1..4).zip(SAME) {
        if what & same == 0
            && let Some(later) = ratings.get_mut(place)
        {
            *later = rated(from)?;
        }
    }
    let reach = if what & REACH == 0 {
        None
    } else {
        let low = u32::try_from(from.number()?).ok()?;
        let high = if what & HIGH == 0 { None } else { Some(u32::try_from(from.number()?).ok()?) };
        Some((low, high))
    };
    Some(Impact { groups, direction, ratings, reach })
}

#[expect(clippy::option_option, reason = "what cannot be read is not what is not there")]
fn rated(from: &mut Bytes<'_>) -> Option<Option<Rated>> {
    let Some(number) = from.number()?.checked_sub(1) else { return Some(None) };
    let band = word(Band::ALL, number % 5)?;
    let (likelihood, consequence) = (number / 5 / 256, number / 5 % 256);
    let likelihood = u8::try_from(likelihood).ok()?;
    Some(Some(Rated { band, likelihood, consequence: u8::try_from(consequence).ok()? }))
}
