//! A meeting as an entry for calendars (RFC 5545), sent as an invitation that real clients accept, update and remove
//! (RFC 5546): the same UID for ever, a SEQUENCE that counts, times in UTC.

use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};

use super::{
    letter::Letter,
    render::{Sender, one_line},
};
use crate::domain::{
    calendar::Moment,
    id::Identifier as _,
    notify::{MeetingFacts, NoticeKind},
};

/// An entry for calendars.
pub(super) struct Entry {
    /// What a client is asked to do with it.
    pub method: &'static str,
    /// The object, its lines ended and folded as RFC 5545 says.
    pub text: String,
}

/// The entry that goes with the letter, when it is about a meeting.
pub(super) fn entry(letter: &Letter, sender: &Sender, moment: Moment) -> Option<Entry> {
    let MeetingFacts { id, sequence, start, end, place } = letter.facts.meeting.as_ref()?;
    let cancelled = letter.kind == NoticeKind::MeetingCancelled;
    let method = if cancelled { "CANCEL" } else { "REQUEST" };
    let organisation = one_line(&letter.facts.organisation);
    let mut organiser = Property::new("ORGANIZER", format!("mailto:{}", sender.mailbox().email));
    organiser.add_parameter("CN", &parameter(&organisation));
    let mut attendee = Property::new("ATTENDEE", format!("mailto:{}", letter.to_address));
    attendee
        .add_parameter("CN", &parameter(&letter.to_name))
        .add_parameter("CUTYPE", "INDIVIDUAL")
        .add_parameter("ROLE", "REQ-PARTICIPANT")
        .add_parameter("PARTSTAT", "NEEDS-ACTION")
        // Nobody reads what is answered to the address that sends.
        .add_parameter("RSVP", "FALSE");
    let status = if cancelled { EventStatus::Cancelled } else { EventStatus::Confirmed };
    let event = Event::new()
        .uid(&format!("{}.meeting@{}", id.uuid().hyphenated(), sender.domain()))
        .sequence(*sequence)
        .timestamp(moment.at)
        .starts(*start)
        .ends(*end)
        .summary(&one_line(&letter.facts.title))
        .location(&one_line(place))
        .description(&one_line(&format!("Meeting of the panel of {organisation}. {}", letter.facts.link)))
        .status(status)
        .append_property(organiser)
        .append_multi_property(attendee)
        .done();
    let mut calendar = Calendar::empty();
    calendar
        .append_property(("VERSION", "2.0"))
        .append_property(("PRODID", "-//ehia//panel meetings//EN"))
        .append_property(("CALSCALE", "GREGORIAN"))
        .append_property(("METHOD", method))
        .push(event);
    Some(Entry { method, text: calendar.to_string() })
}

/// A value of a parameter, which has no way to write a quotation mark (RFC 5545, section 3.2).
fn parameter(text: &str) -> String {
    one_line(text).replace('"', "'")
}
