//! When sending is tried again.

use std::time::Duration;

use chrono::{TimeDelta, TimeZone, Utc};
use ehia::mail::retry::{GIVE_UP_AFTER, LONGEST_WAIT, backoff, next_attempt};
use proptest::prelude::*;

#[test]
fn waits_double_from_one_minute_to_four_hours() {
    let minutes: Vec<u64> = (1..=11).map(|failures| backoff(failures).as_secs() / 60).collect();
    assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]);
}

proptest! {
    #[test]
    fn no_wait_is_shorter_than_the_one_before_nor_beyond_the_cap(failures in 0..u32::MAX) {
        prop_assert!(backoff(failures) <= backoff(failures + 1));
        prop_assert!(backoff(failures) <= LONGEST_WAIT);
        prop_assert!(backoff(failures) >= Duration::from_mins(1));
    }
}

#[test]
fn a_message_is_given_up_three_days_after_it_was_queued() {
    let queued = Utc.with_ymd_and_hms(2027, 3, 14, 12, 0, 0).unwrap();
    let deadline = queued + TimeDelta::from_std(GIVE_UP_AFTER).unwrap();
    assert_eq!(GIVE_UP_AFTER.as_secs(), 3 * 24 * 3600);
    assert_eq!(next_attempt(queued, 1, queued), Some(queued + TimeDelta::minutes(1)));
    assert_eq!(next_attempt(queued, 1, deadline - TimeDelta::minutes(1)), Some(deadline));
    assert_eq!(next_attempt(queued, 1, deadline - TimeDelta::seconds(59)), None);
    assert_eq!(next_attempt(queued, 20, deadline - TimeDelta::hours(3)), None);
}
