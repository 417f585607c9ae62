//! Meetings of standing panels: planned, moved and cancelled with invitations, and their agenda.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    app::{
        App, Error, Result,
        command::{By, Command},
        person::administer_as,
    },
    clock,
    domain::{
        calendar::Moment,
        case::Case,
        event::EventKind,
        id::{AssessmentId, MeetingId, OrganisationId, PanelId, PersonId},
        leave::Leave,
        meeting::{LOOK_BACK, Meeting},
        notify::{Directory, MeetingFacts, Notice, NoticeFacts, NoticeKind, Recipient},
        organisation::Organisation,
        page::MOST,
        panel::StandingPanel,
        permission::{Actor, Office, Role, permit_in},
        review::Recommendation,
        text::{self, Path, Violation},
    },
    store::{Tx, outbox::About},
};

/// A meeting as it is to be.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingDraft {
    /// Which one, with the version it is known at; a new one when absent.
    pub meeting: Option<(MeetingId, u32)>,
    /// Whose meeting.
    pub panel: PanelId,
    /// The day.
    pub day: NaiveDate,
    /// When it begins; as the panel usually does when absent.
    pub begins: Option<NaiveTime>,
    /// How long it lasts.
    pub minutes: u32,
    /// Where.
    pub place: String,
    /// Who is expected; those who serve on the panel that day, or their alternates, when absent.
    pub expected: Option<Vec<PersonId>>,
}

/// A meeting that the actor may know of.
#[derive(Clone, Debug)]
pub struct MeetingView {
    /// The meeting.
    pub meeting: Meeting,
    /// Its panel.
    pub panel: StandingPanel,
    /// Whether the actor may read what was recorded of it.
    pub privy: bool,
    /// What whoever plans it should know.
    pub warnings: Vec<Violation>,
}

/// What a key of a command on a meeting remembers.
#[derive(Serialize, Deserialize)]
struct Settled {
    meeting: MeetingId,
}

impl App {
    /// Plans a meeting, or moves one: whoever is expected is invited, hears that it moved, or that they are no longer
    /// expected.
    pub async fn save_meeting(
        &self,
        actor: &Actor,
        draft: MeetingDraft,
        key: Option<String>,
        moment: Moment,
    ) -> Result<MeetingView> {
        let command = Command::new(actor, "saveMeeting", key.as_deref(), &draft, moment)?;
        let panel = self.own_panel(actor, draft.panel).await?;
        permit_in(actor, Office::HoldMeeting, panel.organisation)?;
        let organisation = self.own_organisation(&panel).await?;
        let held = self.directory(panel.organisation, moment).await?;
        let leave = self.store.read().leave_from(panel.organisation, moment.today).await?;
        let saved = self
            .store
            .write::<_, Error>(async |tx| {
                if let Some(Settled { meeting }) = command.claim_as(tx).await? {
                    return tx.read().meeting(meeting).await?.ok_or(Error::NotFound);
                }
                // Two who plan a meeting at once are one after the other.
                tx.standing_panel(panel.id).await?.ok_or(Error::NotFound)?;
                let before = match draft.meeting {
                    Some((id, expected)) => Some(changeable(tx, id, Some(expected), panel.id, moment).await?),
                    None => None,
                };
                let meeting = draft.planned(before.as_ref(), &panel, &held, &leave)?;
                let mut violations = meeting.check(moment.today);
                violations.extend(not_of_the_house(&meeting, &held));
                let same_day = tx.read().meetings_from(panel.id, meeting.day, MOST.into()).await?;
                let twice = |other: &Meeting| {
                    other.day == meeting.day && other.id != meeting.id && other.cancelled.is_none()
                };
                if same_day.iter().any(twice) {
                    let message =
                        "This panel meets on that day already: move that meeting, or choose another day.";
                    violations.push(Violation::new("TWICE", message, Path::of(["day"])));
                }
                if !violations.is_empty() {
                    return Err(Error::Invalid(violations));
                }
                match &before {
                    Some(before) => tx.save_meeting(&meeting, before.version, moment.at).await?,
                    None => tx.add_meeting(&meeting, moment.at).await?,
                }
                let told = invitations(before.as_ref(), &meeting, &panel, actor);
                plan(tx, &meeting, &told, actor, moment).await?;
                command.settle_as(tx, &Settled { meeting: meeting.id }).await?;
                Ok(meeting)
            })
            .await?;
        self.shared.committed.notify_one();
        let warnings = saved.warnings(&organisation.settings.closed_days);
        Ok(MeetingView { privy: privy(actor, &saved, &panel), meeting: saved, panel, warnings })
    }

    /// Cancels a meeting; whoever was expected hears of it. Its agenda goes over to the next.
    pub async fn cancel_meeting(
        &self,
        actor: &Actor,
        id: MeetingId,
        reason: String,
        moment: Moment,
    ) -> Result<MeetingView> {
        let (known, panel) = self.own_meeting(actor, id).await?;
        permit_in(actor, Office::HoldMeeting, known.organisation)?;
        text::check(&reason, text::PARAGRAPH, &Path::of(["reason"]))?;
        let cancelled = self
            .store
            .write::<_, Error>(async |tx| {
                let before = changeable(tx, id, None, panel.id, moment).await?;
                let mut meeting = before.clone();
                meeting.cancelled = Some(reason.clone());
                meeting.version += 1;
                meeting.sequence += 1;
                tx.save_meeting(&meeting, before.version, moment.at).await?;
                let told = notices(NoticeKind::MeetingCancelled, &meeting.expected, &meeting, &panel, actor);
                plan(tx, &meeting, &told, actor, moment).await?;
                Ok(meeting)
            })
            .await?;
        self.shared.committed.notify_one();
        Ok(MeetingView {
            privy: privy(actor, &cancelled, &panel),
            meeting: cancelled,
            panel,
            warnings: Vec::new(),
        })
    }

    /// Puts cases on the agenda of a meeting, or takes them off it.
    pub async fn set_agenda(
        &self,
        actor: &Actor,
        id: MeetingId,
        add: Vec<AssessmentId>,
        remove: Vec<AssessmentId>,
        moment: Moment,
    ) -> Result<MeetingView> {
        let (known, panel) = self.own_meeting(actor, id).await?;
        permit_in(actor, Office::HoldMeeting, known.organisation)?;
        text::bounded_list(add.len(), &Path::of(["add"]))?;
        let stubs = self.stubs(actor, &add).await?;
        let ready = self.readiness(&add).await?;
        let waiting = self.store.read().cases(&add).await?;
        let ratifies =
            |id: &AssessmentId| waiting.iter().any(|case| case.id == *id && Self::may_ratify(&known, case));
        let mut violations = Vec::new();
        for (index, case) in add.iter().enumerate() {
            let at = Path::of(["add"]).join(index);
            if stubs.get(case).is_none_or(|stub| stub.organisation != known.organisation) {
                let message = "There is no such assessment of this organisation.";
                violations.push(Violation::new("NOT_FOUND", message, at));
            } else if ready.get(case).is_none_or(Option::is_none) && !ratifies(case) {
                let message =
                    "This assessment is not before the panel: it is put on an agenda once it was submitted.";
                violations.push(Violation::new("NOT_BEFORE_PANEL", message, at));
            }
        }
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let saved = self
            .store
            .write::<_, Error>(async |tx| {
                let before = changeable(tx, id, None, panel.id, moment).await?;
                let mut meeting = before.clone();
                for case in &add {
                    meeting.removed.retain(|other| other != case);
                    if !meeting.items.contains(case) {
                        meeting.items.push(*case);
                    }
                }
                meeting.items.retain(|case| !remove.contains(case));
                for case in &remove {
                    if !meeting.removed.contains(case) {
                        meeting.removed.push(*case);
                    }
                }
                text::bounded_list(meeting.items.len() + meeting.removed.len(), &Path::of(["add"]))?;
                if (&meeting.items, &meeting.removed) == (&before.items, &before.removed) {
                    return Ok(before);
                }
                meeting.version += 1;
                tx.save_meeting(&meeting, before.version, moment.at).await?;
                plan(tx, &meeting, &[], actor, moment).await?;
                Ok(meeting)
            })
            .await?;
        Ok(MeetingView { privy: privy(actor, &saved, &panel), meeting: saved, panel, warnings: Vec::new() })
    }

    /// Keeps a case among the items of a meeting that is not recorded yet, where it is listed of itself.
    pub(super) async fn keep_on_agenda(
        &self,
        actor: &Actor,
        id: MeetingId,
        case: AssessmentId,
        moment: Moment,
    ) -> Result<()> {
        self.store
            .write::<_, Error>(async |tx| {
                let before = tx.meeting(id).await?.ok_or(Error::NotFound)?;
                if before.recorded_at.is_some() || before.items.contains(&case) {
                    return Ok(());
                }
                let mut meeting = before.clone();
                meeting.items.push(case);
                meeting.version += 1;
                tx.save_meeting(&meeting, before.version, moment.at).await?;
                plan(tx, &meeting, &[], actor, moment).await
            })
            .await
    }

    /// A meeting of a panel of an organisation of the actor.
    pub async fn find_meeting(&self, actor: &Actor, id: MeetingId) -> Result<Option<MeetingView>> {
        match self.own_meeting(actor, id).await {
            Ok((meeting, panel)) => {
                let closed = self.own_organisation(&panel).await?.settings.closed_days;
                let warnings = meeting.warnings(&closed);
                Ok(Some(MeetingView { privy: privy(actor, &meeting, &panel), meeting, panel, warnings }))
            }
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The meetings of a panel from a day on, the first first.
    pub async fn meetings(
        &self,
        actor: &Actor,
        panel: PanelId,
        from: NaiveDate,
        most: u32,
    ) -> Result<Vec<MeetingView>> {
        let panel = self.own_panel(actor, panel).await?;
        let closed = self.own_organisation(&panel).await?.settings.closed_days;
        let meetings = self.store.read().meetings_from(panel.id, from, most.min(MOST).into()).await?;
        let views = meetings.into_iter().map(|meeting| MeetingView {
            privy: privy(actor, &meeting, &panel),
            warnings: meeting.warnings(&closed),
            panel: panel.clone(),
            meeting,
        });
        Ok(views.collect())
    }

    /// A meeting that the actor may know of; to everybody else there is none.
    pub(super) async fn own_meeting(&self, actor: &Actor, id: MeetingId) -> Result<(Meeting, StandingPanel)> {
        let meeting = self.store.read().meeting(id).await?.ok_or(Error::NotFound)?;
        let panel = self.own_panel(actor, meeting.panel).await?;
        Ok((meeting, panel))
    }

    pub(super) async fn own_organisation(&self, panel: &StandingPanel) -> Result<Organisation> {
        let found = self.store.read().organisation(panel.organisation).await?;
        found.ok_or_else(|| Error::Internal(anyhow::anyhow!("a panel of no organisation")))
    }
}

impl App {
    /// What is wrong with an outcome that names no meeting: by the record of one, the panel met with the case on its agenda,
    /// and has concluded nothing on it since. Only where it is named do those alone count who were there.
    pub(super) async fn met_unnamed(&self, case: &Case, moment: Moment) -> Result<Option<Violation>> {
        let standing = case.process.panel.as_ref().and_then(|panel| panel.standing.as_ref());
        let panels: Vec<PanelId> = if let Some(standing) = standing {
            vec![standing.panel]
        } else {
            // Where its members were named one by one, any panel of the organisation may have had it before it.
            let panels = self.store.read().standing_panels(case.organisation).await?;
            panels.into_iter().map(|panel| panel.id).collect()
        };
        let outcomes = case.process.outcomes.iter();
        let concluded = outcomes.filter(|outcome| outcome.recommendation != Recommendation::Defer);
        let last = concluded.map(|outcome| clock::london(outcome.at)).max();
        let tomorrow = moment.today.succ_opt().unwrap_or(moment.today);
        for panel in panels {
            let held = self.store.read().meetings_before(panel, tomorrow, LOOK_BACK).await?;
            let open = held.into_iter().find(|meeting| {
                meeting.recorded_at.is_some()
                    && meeting.cancelled.is_none()
                    && meeting.items.contains(&case.id)
                    && last.is_none_or(|last| last < meeting.day)
                    && !meeting.reached(case)
            });
            if let Some(meeting) = open {
                let message = format!(
                    "The panel met on {} with this assessment on its agenda: name the meeting at which it concluded this. Where that was a later one, put the assessment on its agenda first.",
                    meeting.day.format("%-d %B %Y")
                );
                let at = Path::of(["outcome", "meeting"]);
                return Ok(Some(Violation::new("MEETING_NOT_NAMED", message, at)));
            }
        }
        Ok(None)
    }
}

impl MeetingDraft {
    /// The meeting as it would be.
    fn planned(
        &self,
        before: Option<&Meeting>,
        panel: &StandingPanel,
        held: &Directory,
        leave: &[Leave],
    ) -> Result<Meeting, Violation> {
        let usual = panel.pattern.map(|pattern| pattern.time);
        let Some(begins) = self.begins.or(before.map(|before| before.begins)).or(usual) else {
            let message = "Say when the meeting begins, or give the panel a usual time.";
            return Err(Violation::new("REQUIRED", message, Path::of(["begins"])));
        };
        let expected = match (&self.expected, before) {
            (Some(expected), _) => expected.iter().copied().collect::<BTreeSet<_>>().into_iter().collect(),
            (None, Some(before)) if before.day == self.day => before.expected.clone(),
            (None, _) => panel.expected_on(self.day, held, leave),
        };
        let mut meeting = Meeting {
            id: before.map_or_else(|| clock::supply().fresh(), |before| before.id),
            panel: panel.id,
            organisation: panel.organisation,
            version: before.map_or(1, |before| before.version + 1),
            sequence: before.map_or(0, |before| before.sequence),
            day: self.day,
            begins,
            minutes: self.minutes,
            place: self.place.clone(),
            expected,
            cancelled: None,
            items: before.map(|before| before.items.clone()).unwrap_or_default(),
            removed: before.map(|before| before.removed.clone()).unwrap_or_default(),
            present: Vec::new(),
            apologies: Vec::new(),
            interests: Vec::new(),
            recorded_at: None,
        };
        if before.is_some_and(|before| meeting.counts_from(before)) {
            meeting.sequence += 1;
        }
        Ok(meeting)
    }
}

/// The meeting, unless nothing of its plan can change any more.
async fn changeable(
    tx: &mut Tx,
    id: MeetingId,
    expected: Option<u32>,
    panel: PanelId,
    moment: Moment,
) -> Result<Meeting> {
    let meeting = tx.meeting(id).await?.filter(|meeting| meeting.panel == panel).ok_or(Error::NotFound)?;
    if let Some(violation) = cancelled(&meeting) {
        return Err(violation.into());
    }
    if meeting.recorded_at.is_some() || (expected.is_some() && meeting.day < moment.today) {
        let message = "This meeting was held: what was planned of it stands.";
        return Err(Violation::new("HELD", message, Path::of(["meetingId"])).into());
    }
    if expected.is_some_and(|expected| expected != meeting.version) {
        let message = "The meeting was changed by somebody else meanwhile. Look at it and try again.";
        return Err(Error::Conflict(vec![Violation::new(
            "CONFLICT",
            message,
            Path::of(["expectedVersion"]),
        )]));
    }
    Ok(meeting)
}

pub(super) fn cancelled(meeting: &Meeting) -> Option<Violation> {
    let message = "This meeting was cancelled: plan another.";
    meeting.cancelled.is_some().then(|| Violation::new("CANCELLED", message, Path::of(["meetingId"])))
}

/// Who is expected and holds no role in the organisation.
fn not_of_the_house(meeting: &Meeting, held: &Directory) -> Vec<Violation> {
    let strangers = meeting.expected.iter().enumerate();
    let strangers = strangers.filter(|(_, person)| !held.values().any(|holders| holders.contains(person)));
    let message = "There is no such person in this organisation.";
    strangers
        .map(|(index, _)| Violation::new("NOT_FOUND", message, Path::of(["expected"]).join(index)))
        .collect()
}

/// Whether the actor may read what was recorded of the meeting.
pub(super) fn privy(actor: &Actor, meeting: &Meeting, panel: &StandingPanel) -> bool {
    let roles = [Role::PanelSecretary, Role::PanelChair, Role::EqualityLead, Role::Auditor];
    let sits = panel
        .members
        .iter()
        .any(|member| member.person == actor.person || member.alternate == Some(actor.person));
    roles.iter().any(|role| actor.holds(meeting.organisation, *role))
        || sits
        || meeting.expected.contains(&actor.person)
}

/// Who holds the meeting, and for whom.
pub(super) fn by(actor: &Actor, organisation: OrganisationId) -> By {
    By::of(actor, |who| permit_in(who, Office::HoldMeeting, organisation).is_ok())
}

/// Records that a meeting was planned, and tells those concerned.
async fn plan(tx: &mut Tx, meeting: &Meeting, told: &[Notice], actor: &Actor, moment: Moment) -> Result<()> {
    let payload = json!({ "meeting": meeting });
    let kind = EventKind::MeetingPlanned;
    administer_as(tx, meeting.organisation, by(actor, meeting.organisation), kind, payload, moment).await?;
    let about = About { organisation: meeting.organisation, assessment: None };
    tx.post(about, told, moment.at, &mut clock::supply()).await?;
    Ok(())
}

/// Whom a change of the plan concerns, and what they are told.
fn invitations(
    before: Option<&Meeting>,
    after: &Meeting,
    panel: &StandingPanel,
    actor: &Actor,
) -> Vec<Notice> {
    let known: &[PersonId] = before.map(|before| before.expected.as_slice()).unwrap_or_default();
    let (stay, join): (Vec<PersonId>, Vec<PersonId>) =
        after.expected.iter().copied().partition(|person| known.contains(person));
    let leave: Vec<PersonId> =
        known.iter().copied().filter(|person| !after.expected.contains(person)).collect();
    let mut told = notices(NoticeKind::MeetingInvited, &join, after, panel, actor);
    if before.is_some_and(|before| after.moved_from(before)) {
        told.extend(notices(NoticeKind::MeetingMoved, &stay, after, panel, actor));
    }
    if let Some(before) = before {
        // Whoever is no longer expected is told of the meeting they knew.
        let known = Meeting { sequence: after.sequence, ..before.clone() };
        told.extend(notices(NoticeKind::MeetingCancelled, &leave, &known, panel, actor));
    }
    told
}

fn notices(
    kind: NoticeKind,
    people: &[PersonId],
    meeting: &Meeting,
    panel: &StandingPanel,
    actor: &Actor,
) -> Vec<Notice> {
    let notice = |person: &PersonId| Notice {
        kind,
        to: Recipient::Person(*person),
        facts: NoticeFacts {
            title: panel.name.clone(),
            actor: Some(actor.person),
            what: Some(meeting.when()),
            sections: vec![meeting.place.clone()],
            meeting: Some(MeetingFacts {
                id: meeting.id,
                sequence: meeting.sequence,
                start: meeting.start(),
                end: meeting.end(),
                place: meeting.place.clone(),
            }),
            ..NoticeFacts::default()
        },
    };
    people.iter().map(notice).collect()
}

impl App {
    /// Why an invitation no longer applies to whom it was written, if it does not.
    pub(super) async fn invitation_superseded(
        &self,
        kind: NoticeKind,
        facts: &MeetingFacts,
        person: PersonId,
        moment: Moment,
    ) -> Result<Option<&'static str>> {
        let Some(meeting) = self.store.read().meeting(facts.id).await? else {
            return Ok(Some("the meeting is gone"));
        };
        let expected = meeting.cancelled.is_none() && meeting.expected.contains(&person);
        Ok(match kind {
            _ if facts.end < moment.at => Some("the meeting is over"),
            NoticeKind::MeetingCancelled if expected => Some("they are expected again"),
            NoticeKind::MeetingCancelled => None,
            _ if !expected => Some("they are no longer expected"),
            _ if (facts.start, facts.end, &facts.place)
                != (meeting.start(), meeting.end(), &meeting.place) =>
            {
                Some("the meeting was moved again")
            }
            _ => None,
        })
    }
}
