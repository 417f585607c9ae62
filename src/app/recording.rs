//! What is recorded of a meeting: who was there, who sent apologies, and what was declared, which is declared in the case.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::{
    app::{
        App, Error, MeetingView, PartyInput, Result,
        command::{Surroundings, commit_as},
        meeting::{by, cancelled, privy},
        person::administer_as,
        transition::typed,
    },
    clock,
    domain::{
        calendar::Moment,
        event::EventKind,
        id::{AssessmentId, MeetingId, PersonId},
        meeting::{DeclaredThere, Meeting},
        party::Party,
        permission::{Action, Actor, Office, permit, permit_in},
        text::{self, Path, Violation},
        workflow::interest,
    },
    store::Tx,
};

/// What is recorded of a meeting.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingNote {
    /// Who was there.
    pub present: Vec<PartyInput>,
    /// Who sent apologies.
    pub apologies: Vec<PartyInput>,
    /// Who declared which interest, in which case.
    pub interests: Vec<(PartyInput, Option<AssessmentId>, String)>,
}

impl MeetingNote {
    /// Whoever it names, with where they are typed.
    fn typed(&self) -> Vec<(&PartyInput, Path)> {
        let mut named = typed(&self.present, &Path::of(["present"]));
        named.extend(typed(&self.apologies, &Path::of(["apologies"])));
        let declaring = self.interests.iter().take(text::LIST).enumerate();
        let at = |index: usize| Path::of(["interests"]).join(index);
        named.extend(declaring.map(|(index, (party, ..))| (party, at(index))));
        named
    }
}

impl App {
    /// Records who was at a meeting, who sent apologies, and what was declared there, in the place of what was recorded
    /// before. From then on its agenda is what it was. What members of the panel of a listed case declared in it is their
    /// declaration on that case, and is answered like any other. Nobody declares for others in a case that is their own.
    pub async fn record_meeting(
        &self,
        actor: &Actor,
        id: MeetingId,
        note: MeetingNote,
        moment: Moment,
    ) -> Result<MeetingView> {
        let (known, panel) = self.own_meeting(actor, id).await?;
        permit_in(actor, Office::HoldMeeting, known.organisation)?;
        let listed: Vec<AssessmentId> =
            self.listed(&known, moment.today).await?.into_iter().map(|(case, _)| case).collect();
        let interests = note.interests.iter().map(|(party, ..)| party);
        let named = note.present.iter().chain(&note.apologies).chain(interests);
        let mut parties = self.parties(known.organisation, &[], named, clock::supply()).await?;
        let mut all = |inputs: &[PartyInput], field: &str| -> Vec<_> {
            let path = Path::of([field]);
            let resolved = inputs.iter().enumerate();
            resolved.map(|(index, input)| parties.resolve(input, &path.join(index))).collect()
        };
        let (present, apologies) = (all(&note.present, "present"), all(&note.apologies, "apologies"));
        let declaring: Vec<PartyInput> = note.interests.iter().map(|(party, ..)| party.clone()).collect();
        let declaring = all(&declaring, "interests");
        let (contacts, mut violations) = parties.both();
        violations.extend(self.accounts_by_address(known.organisation, &note.typed()).await?);
        violations.extend(absent(&declaring, &present));
        for (field, length) in [("present", present.len()), ("interests", declaring.len())] {
            violations.extend(text::bounded_list(length, &Path::of([field])).err());
        }
        if known.day > moment.today {
            let message = "This meeting has not been held yet: record it on its day or later.";
            violations.push(Violation::new("NOT_YET", message, Path::of(["meetingId"])));
        }
        if present.is_empty() {
            violations.push(Violation::new("REQUIRED", "Say who was there.", Path::of(["present"])));
        }
        for (index, (_, case, note)) in note.interests.iter().enumerate() {
            let at = Path::of(["interests"]).join(index);
            if case.is_some_and(|case| !listed.contains(&case)) {
                let message = "This assessment is not on the agenda of the meeting.";
                violations.push(Violation::new("NOT_ON_AGENDA", message, at.join("assessmentId")));
            }
            violations.extend(text::check(note, text::PARAGRAPH, &at.join("note")).err());
        }
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let interests = declaring.into_iter().zip(note.interests);
        let interests: Vec<DeclaredThere> = interests
            .map(|(party, (_, assessment, note))| DeclaredThere { party, assessment, note })
            .collect();
        let concerned = self.concerned(&interests, moment).await?;
        let saved = self
            .store
            .write::<_, Error>(async |tx| {
                let before = tx.meeting(id).await?.ok_or(Error::NotFound)?;
                if let Some(violation) = cancelled(&before) {
                    return Err(violation.into());
                }
                if before.version != known.version {
                    return Err(Error::Retry);
                }
                for contact in &contacts {
                    tx.add_contact(contact, moment.at).await?;
                }
                let meeting = Meeting {
                    version: before.version + 1,
                    items: listed.clone(),
                    present: present.clone(),
                    apologies: apologies.clone(),
                    interests: interests.clone(),
                    recorded_at: Some(moment.at),
                    ..before.clone()
                };
                tx.save_meeting(&meeting, before.version, moment.at).await?;
                let payload = json!({ "meeting": meeting });
                let kind = EventKind::MeetingRecorded;
                administer_as(
                    tx,
                    meeting.organisation,
                    by(actor, meeting.organisation),
                    kind,
                    payload,
                    moment,
                )
                .await?;
                for (surroundings, id) in &concerned {
                    declare(tx, surroundings, *id, &meeting, actor, moment).await?;
                }
                Ok(meeting)
            })
            .await?;
        self.shared.committed.notify_one();
        Ok(MeetingView { privy: privy(actor, &saved, &panel), meeting: saved, panel, warnings: Vec::new() })
    }

    /// The cases in which somebody declared something at a meeting, with what surrounds each, always in the same order.
    async fn concerned(
        &self,
        interests: &[DeclaredThere],
        moment: Moment,
    ) -> Result<Vec<(Surroundings, AssessmentId)>> {
        let own = interests.iter().filter(|one| one.party.person.is_some());
        let cases: BTreeSet<AssessmentId> = own.filter_map(|one| one.assessment).collect();
        let mut concerned = Vec::with_capacity(cases.len());
        for case in cases {
            concerned.push((self.surroundings(case, moment).await?, case));
        }
        Ok(concerned)
    }
}

/// Who declared something at a meeting and is not among those who were there.
fn absent(declaring: &[Party], present: &[Party]) -> Vec<Violation> {
    let there: BTreeSet<PersonId> = present.iter().filter_map(|party| party.person).collect();
    let absent = declaring.iter().enumerate();
    let absent = absent.filter(|(_, party)| party.person.is_some_and(|person| !there.contains(&person)));
    let message = "Whoever declares an interest at a meeting was there: name them among those present, or leave this out.";
    let told = |(index, _)| Violation::new("NOT_PRESENT", message, Path::of(["interests"]).join(index));
    absent.map(told).collect()
}

/// Keeps what members of its panel declared in a case at the meeting, with the case. Whoever records it may say who sits on
/// that panel: it is none of theirs whose proposal it is, or who are kept out of it.
async fn declare(
    tx: &mut Tx,
    surroundings: &Surroundings,
    id: AssessmentId,
    meeting: &Meeting,
    actor: &Actor,
    moment: Moment,
) -> Result<()> {
    let Some(case) = tx.case(id).await? else { return Ok(()) };
    let view = surroundings.view(case, moment)?;
    let there = meeting.interests.iter().filter(|one| one.assessment == Some(id));
    if permit(actor, Action::AssignPanel, &view.case, view.head.phase).is_err() {
        let message = "This assessment is or was your own, or an interest keeps you out of it: somebody else records what was declared in it.";
        let at = |index: usize| Path::of(["interests"]).join(index);
        let told = |(index, _)| Violation::new("SEPARATION_OF_DUTIES", message, at(index));
        let theirs = meeting.interests.iter().enumerate();
        let theirs = theirs.filter(|(_, one)| one.assessment == Some(id) && one.party.person.is_some());
        return Err(Error::Invalid(theirs.map(told).collect()));
    }
    let said: Vec<(PersonId, &str)> =
        there.filter_map(|one| Some((one.party.person?, one.note.as_str()))).collect();
    let declared =
        interest::declared_there(&view.case, &said, meeting.id, actor.person, &view.workflow, moment);
    if let Some(applied) = declared {
        let by = by(actor, meeting.organisation);
        // On the heap: what is derived from a case makes this large.
        Box::pin(commit_as(tx, surroundings, &view, applied, by, moment, &mut clock::supply())).await?;
    }
    Ok(())
}
