//! The standing panel of the demonstration, and its next meeting.

use anyhow::Context as _;
use chrono::Months;

use super::cast;
use crate::{
    app::{App, MeetingDraft, StandingDraft},
    cli::{failure, user},
    clock,
    domain::panel::{MeetingDay, Pattern, StandingMember},
};

const NAME: &str = "Equality and health inequalities panel (synthetic)";

/// Sets the panel up with a meeting next month, unless it is there. Cases are given to it by the secretary.
pub(super) async fn set(app: &App) -> anyhow::Result<()> {
    let secretary = user::find(app, cast::SECRETARY).await?;
    let home = failure::run(async || app.find_organisation(cast::HOME).await).await?;
    let home = home.context("the demonstration has no organisation")?;
    let known = failure::run(async || app.standing_panels(&secretary, home.id).await).await?;
    if !known.is_empty() {
        return Ok(());
    }
    let seats = [
        (cast::CHAIR, "chair"),
        (cast::EQUALITY, "equality"),
        (cast::REVIEWERS[0], "vice chair"),
        (cast::REVIEWERS[1], "public health"),
        (cast::REVIEWERS[2], "clinical"),
    ];
    let now = clock::now();
    let mut members = Vec::with_capacity(seats.len());
    let alternate = user::find(app, cast::REVIEWERS[3]).await?.person;
    for (email, seat) in seats {
        members.push(StandingMember {
            person: user::find(app, email).await?.person,
            seat: seat.to_owned(),
            from: None,
            until: now.today.checked_add_months(Months::new(24)),
            trained: now.today.checked_sub_months(Months::new(3)),
            alternate: (seat == "clinical").then_some(alternate),
        });
    }
    let begins = chrono::NaiveTime::from_hms_opt(10, 0, 0).context("there is no such time of day")?;
    let pattern = Pattern { week: 2, day: MeetingDay::Tuesday, time: begins };
    let draft = StandingDraft {
        panel: None,
        organisation: Some(cast::HOME.to_owned()),
        name: NAME.to_owned(),
        usual: Some(false),
        members,
        pattern: Some(pattern),
    };
    let saved = failure::run(async || app.save_panel(&secretary, draft.clone(), None, now).await).await?;
    let next_month = now.today.checked_add_months(Months::new(1)).unwrap_or(now.today);
    let day = pattern.days(next_month, 1, &saved.closed).first().copied().context("the panel never meets")?;
    let meeting = MeetingDraft {
        meeting: None,
        panel: saved.panel.id,
        day,
        begins: None,
        minutes: 120,
        place: "Room 4, County Hall (synthetic)".to_owned(),
        expected: None,
    };
    failure::run(async || app.save_meeting(&secretary, meeting.clone(), None, now).await).await.map(drop)
}
