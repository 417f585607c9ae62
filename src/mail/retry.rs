//! When a message that could not be sent is tried again, and when it is given up.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long after the first failure the second attempt is made.
pub const FIRST_WAIT: Duration = Duration::from_mins(1);
/// The longest time between two attempts.
pub const LONGEST_WAIT: Duration = Duration::from_hours(4);
/// How long after it was queued a message is given up. Shorter than the four to five days RFC 5321 (4.5.4.1)
/// asks of a relay: after three days most of what these messages ask for has a nearer date than theirs.
pub const GIVE_UP_AFTER: Duration = Duration::from_hours(72);

/// How long to wait after `failures` failed attempts (1 or more): one minute, doubled each time, four hours at
/// most.
#[must_use]
pub const fn backoff(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1);
    // 2^8 minutes already exceed the cap.
    let factor = if doublings > 8 { 256 } else { 1 << doublings };
    let wait = FIRST_WAIT.saturating_mul(factor);
    if wait.as_secs() > LONGEST_WAIT.as_secs() { LONGEST_WAIT } else { wait }
}

/// The instant of the next attempt, or `None` when the message is to be given up because that instant lies
/// beyond its deadline.
#[must_use]
pub fn next_attempt(queued_at: DateTime<Utc>, failures: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let next = now.checked_add_signed(chrono::Duration::from_std(backoff(failures)).ok()?)?;
    let deadline = queued_at.checked_add_signed(chrono::Duration::from_std(GIVE_UP_AFTER).ok()?)?;
    (next <= deadline).then_some(next)
}
