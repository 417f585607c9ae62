//! Numbers of people that authors typed, as those are told them who may not read the case.
//!
//! Each case's number is rounded before anything is added up, so that totals are functions of rounded values and
//! subtracting one from another reveals nothing.

/// Numbers are told to the nearest of these.
const STEP: u32 = 5;
/// A number below is told as "fewer than" it.
pub const FEW: u32 = 10;

/// A number of people, rounded: at least and at most so many. Fewer than ten may be nobody, and are at most ten.
#[must_use]
pub fn rounded(people: u32) -> (u32, u32) {
    if people < FEW {
        return (0, FEW);
    }
    let near = people.saturating_add(STEP / 2) / STEP * STEP;
    (near, near)
}

/// A rounded number in words.
#[must_use]
pub fn in_words(people: u32) -> String {
    if people < FEW { format!("fewer than {FEW}") } else { crate::text::grouped(rounded(people).0) }
}
