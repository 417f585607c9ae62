//! Reading confirmations: asked for and gathered before the body meets.

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    case::Case,
    event::{EventKind, Happening},
    id::PersonId,
    permission::{Action, Actor},
    reading::{Reading, ReadingAsked},
    text::{self, Path, Violation},
    workflow::{
        effect::freeze,
        engine::{Applied, Context, Refused},
        process::{done, open, permitted, refuse, revision},
    },
};

/// Confirms that the actor, who decides for the body, read the assessment at the revision it is at, for a meeting of the
/// body where one is named. To confirm it again changes nothing.
///
/// # Errors
/// [`Refused::Conflict`] when the case is at another revision or closed, [`Refused::Invalid`] when the meeting has been.
pub fn confirm_reading(
    case: &Case,
    expected_revision: u32,
    meeting: Option<NaiveDate>,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    permitted(case, Action::ConfirmReading, actor, context)?;
    open(case, context)?;
    revision(case, expected_revision)?;
    refuse(meeting.and_then(|day| been(day, context)).into_iter().collect())?;
    let mut readings = case.process.readings.iter();
    if readings.any(|one| (one.by, one.revision, one.meeting) == (actor.person, expected_revision, meeting)) {
        return Ok(Applied { case: case.clone(), happenings: Vec::new(), record: None });
    }
    let mut after = case.clone();
    let mut happenings: Vec<Happening> = freeze(&mut after, context).into_iter().collect();
    let reading = Reading { by: actor.person, revision: case.revision, at: context.moment.at, meeting };
    let payload = json!({"revision": reading.revision, "meeting": reading.meeting});
    happenings.push(Happening::case(EventKind::ReadingConfirmed, payload));
    after.process.readings.push(reading);
    Ok(done(after, happenings, context))
}

/// Asks people who decide for the body to read the assessment before it meets. Whoever was asked before is asked for
/// this meeting instead. `decides` says who decides.
///
/// # Errors
/// [`Refused::Invalid`] when nobody is named, somebody who does not decide, or a meeting that has been.
pub fn ask_readings(
    case: &Case,
    people: &[PersonId],
    meeting: NaiveDate,
    decides: impl Fn(PersonId) -> bool,
    actor: &Actor,
    context: &Context,
) -> Result<Applied, Refused> {
    // Who keeps the panel's business asks, and so does whoever acts for the body.
    permitted(case, Action::Steer, actor, context)
        .or_else(|_| permitted(case, Action::ConfirmReading, actor, context))?;
    open(case, context)?;
    let at = Path::of(["people"]);
    let mut violations: Vec<Violation> = been(meeting, context).into_iter().collect();
    violations.extend(text::bounded_list(people.len(), &at).err());
    if people.is_empty() {
        violations.push(Violation::new("REQUIRED", "Name at least one person of the body.", at.clone()));
    }
    for (index, person) in people.iter().enumerate() {
        if people.iter().take(index).any(|other| other == person) {
            let message = "They are named twice: keep one of them.";
            violations.push(Violation::new("DUPLICATE", message, at.join(index)));
        } else if !decides(*person) {
            let message = "Only somebody who decides for the body, and did not write the assessment, confirms having read it: name a decision maker.";
            violations.push(Violation::new("NOT_FOUND", message, at.join(index)));
        }
    }
    refuse(violations)?;
    let mut after = case.clone();
    let all = &mut after.process.readings_asked;
    all.retain(|asked| !people.contains(&asked.person));
    let ask = |person: &PersonId| ReadingAsked {
        person: *person,
        meeting,
        by: actor.person,
        at: context.moment.at,
    };
    all.extend(people.iter().map(ask));
    let payload = json!({"people": people, "meeting": meeting, "revision": case.revision});
    Ok(done(after, vec![Happening::case(EventKind::ReadingAsked, payload)], context))
}

fn been(meeting: NaiveDate, context: &Context) -> Option<Violation> {
    let message = "The meeting has been: give the day of one to come, or leave it out.";
    (meeting < context.moment.today).then(|| Violation::new("IN_THE_PAST", message, Path::of(["meeting"])))
}
