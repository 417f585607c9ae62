//! Who counts in what a panel concludes: of those who judged the revision, whoever was there where it says that it met, and
//! nobody who sent apologies.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    case::Case,
    id::{Identifier, MeetingId, PersonId},
    meeting::Meeting,
    party::Party,
    review::PanelMember,
    workflow::engine::{Context, OutcomeDraft},
};

/// Why somebody who judged the revision is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Uncounted {
    /// They sent apologies.
    Apologies,
    /// They are not among those who were there.
    NotThere,
}

/// Who was at something that a panel said: as it says itself, and as its meeting was recorded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attendance<'a> {
    attendees: &'a [Party],
    apologies: &'a [Party],
    /// Whether it says at which meeting it was said: only those who were there count then.
    met: bool,
    /// That meeting, once it was recorded who was there.
    recorded: Option<&'a Meeting>,
}

impl<'a> Attendance<'a> {
    pub fn new(
        attendees: &'a [Party],
        apologies: &'a [Party],
        meeting: Option<MeetingId>,
        context: &Context<'a>,
    ) -> Self {
        let recorded = context.meeting.filter(|one| Some(one.id) == meeting && one.recorded_at.is_some());
        Self { attendees, apologies, met: meeting.is_some(), recorded }
    }

    pub fn of(outcome: &'a OutcomeDraft, context: &Context<'a>) -> Self {
        // What is said between meetings is said at none.
        let meeting = outcome.meeting.filter(|_| outcome.urgency.is_none());
        Self::new(&outcome.attendees, &outcome.apologies, meeting, context)
    }

    /// Why the person is not counted, if they are not.
    pub fn without(&self, person: PersonId) -> Option<Uncounted> {
        let named = |list: &[Party]| list.iter().any(|party| party.person == Some(person));
        let absent = self.recorded.is_some_and(|meeting| named(&meeting.apologies));
        if named(self.apologies) || absent {
            return Some(Uncounted::Apologies);
        }
        let there = named(self.attendees) && self.recorded.is_none_or(|meeting| named(&meeting.present));
        (self.met && !there).then_some(Uncounted::NotThere)
    }
}

/// The seats of those who vote on the case and judged the revision before the panel, and who of them does not count in
/// this outcome, with why. Before there is one everybody counts.
pub(super) fn counted<'c>(
    case: &'c Case,
    outcome: Option<&OutcomeDraft>,
    context: &Context<'_>,
) -> (Vec<&'c PanelMember>, BTreeMap<PersonId, Uncounted>) {
    let reviewers: BTreeSet<PersonId> =
        case.reviews_of(case.revision).map(|review| review.reviewer).collect();
    let mut voters = context.voters(case);
    voters.retain(|member| reviewers.contains(&member.person));
    let Some(outcome) = outcome else { return (voters, BTreeMap::new()) };
    let attendance = Attendance::of(outcome, context);
    let without = |member: &&PanelMember| Some((member.person, attendance.without(member.person)?));
    let uncounted: BTreeMap<PersonId, Uncounted> = voters.iter().filter_map(without).collect();
    voters.retain(|member| !uncounted.contains_key(&member.person));
    (voters, uncounted)
}

/// Who reviewed and is not counted, as a message goes on to say; nothing when all are. The ids stand for the names, which
/// are known to whoever tells it.
pub(super) fn left_out(uncounted: &BTreeMap<PersonId, Uncounted>) -> String {
    let because = [
        (Uncounted::Apologies, "sent apologies"),
        (
            Uncounted::NotThere,
            "is not among those who were at the meeting: name whoever was there, and mend its record where it is wrong",
        ),
    ];
    let said = because.into_iter().filter_map(|(why, because)| {
        let people = uncounted.iter().filter(|(_, is)| **is == why).map(|(person, _)| person.global());
        let people = people.collect::<Vec<_>>().join(", ");
        let told = format!(" Not counted, though they reviewed it: {people} ({because}).");
        (!people.is_empty()).then_some(told)
    });
    said.collect()
}
