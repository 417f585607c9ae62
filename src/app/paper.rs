//! Papers drafted from the record: the minutes of a meeting, the letter about an outcome.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    app::{App, Error, MeetingView, Result, View, summary},
    domain::{
        id::{AssessmentId, PersonId},
        meeting::DeclaredThere,
        party::Party,
        permission::{Action, Actor},
        review::{PanelOutcome, Recommendation},
    },
    papers::{
        self, Answered, Concluded, ConditionLine, Declared, DocumentFormat, Minutes, MinutesItem,
        OutcomeLetter,
    },
};

/// Names by account.
type Names = BTreeMap<PersonId, String>;

impl App {
    /// The minutes of a meeting, as far as the actor may read them.
    pub async fn minutes(
        &self,
        actor: &Actor,
        view: &MeetingView,
        format: DocumentFormat,
        today: NaiveDate,
    ) -> Result<String> {
        if !view.privy {
            return Err(Error::Forbidden);
        }
        let meeting = &view.meeting;
        let agenda = self.agenda(actor, meeting, today).await?;
        let ids: Vec<AssessmentId> = agenda.iter().map(|item| item.stub.id).collect();
        let views = self.views(actor, &ids).await?;
        let interests = meeting.interests.iter().map(|interest| &interest.party);
        let mut parties: Vec<&Party> =
            meeting.present.iter().chain(&meeting.apologies).chain(interests).collect();
        parties.extend(agenda.iter().filter_map(|item| item.outcome.as_ref()).flat_map(|one| &one.attendees));
        let answers = agenda.iter().filter_map(|item| item.ratification.as_ref());
        parties.extend(answers.flat_map(|answer| &answer.attendees));
        let conditions = views.values().flat_map(|view| &view.case.process.conditions);
        parties.extend(conditions.flat_map(|condition| [&condition.owner, &condition.verifier]));
        let names = self.party_names(&parties).await?;
        let all = |parties: &[Party]| parties.iter().map(|party| name(party, &names)).collect();
        let declared = |of: &DeclaredThere| Declared { who: name(&of.party, &names), what: of.note.clone() };
        let items = agenda.iter().map(|item| {
            let view = views.get(&item.stub.id);
            let deliberates = view.is_some_and(|view| view.permits(actor, Action::ReadDeliberation));
            let there = meeting.interests.iter().filter(|one| one.assessment == Some(item.stub.id));
            MinutesItem {
                reference: item.stub.reference.clone(),
                title: item.stub.title.clone(),
                withheld: !deliberates,
                interests: there.filter(|_| deliberates).map(declared).collect(),
                outcome: view
                    .zip(item.outcome.as_ref())
                    .filter(|_| deliberates)
                    .map(|(view, outcome)| concluded(view, outcome, &names)),
                ratification: item.ratification.as_ref().filter(|_| deliberates).map(|answer| Answered {
                    ratified: answer.ratified,
                    reason: answer.reason.clone(),
                    attendees: answer.attendees.iter().map(|party| name(party, &names)).collect(),
                    dissent: answer.dissent.clone(),
                }),
                awaits: view.filter(|_| deliberates && item.ratifies).and_then(|view| {
                    let (outcome, _) = view.case.process.unratified()?;
                    Some(concluded(view, outcome, &names))
                }),
            }
        });
        let minutes = Minutes {
            organisation: self.own_organisation(&view.panel).await?.name,
            panel: view.panel.name.clone(),
            when: meeting.when(),
            place: meeting.place.clone(),
            cancelled: meeting.cancelled.clone(),
            recorded: meeting.recorded_at.is_some(),
            present: all(&meeting.present),
            apologies: all(&meeting.apologies),
            interests: meeting
                .interests
                .iter()
                .filter(|one| one.assessment.is_none())
                .map(declared)
                .collect(),
            items: items.collect(),
        };
        papers::minutes(&minutes, format).map_err(Error::Internal)
    }

    /// The letter about an outcome to those whose proposal it is.
    pub async fn outcome_letter(
        &self,
        view: &View,
        outcome: &PanelOutcome,
        format: DocumentFormat,
    ) -> Result<String> {
        let case = &view.case;
        let author = Party::person(case.author);
        let sro = case.content.sro.iter();
        let to: Vec<&Party> = std::iter::once(&author).chain(sro).collect();
        let mut parties = to.clone();
        parties.extend(
            case.process.conditions.iter().flat_map(|condition| [&condition.owner, &condition.verifier]),
        );
        let names = self.party_names(&parties).await?;
        let meeting = match outcome.meeting {
            Some(meeting) => self.store.read().meeting(meeting).await?,
            None => None,
        };
        let panel = match &meeting {
            Some(meeting) => self.store.read().standing_panel(meeting.panel).await?.map(|panel| panel.name),
            None => None,
        };
        let day = meeting.map_or_else(|| crate::clock::london(outcome.at), |meeting| meeting.day);
        let newest = case.process.outcomes.last().is_some_and(|last| last.id == outcome.id);
        let returned = case.process.returned.as_ref().filter(|_| newest);
        let mut places: Vec<String> = (returned.iter())
            .flat_map(|returned| returned.paths.iter().map(|path| summary::place(view, path)))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if outcome.recommendation != Recommendation::Return {
            places.clear();
        }
        let mut said = concluded(view, outcome, &names);
        // How the panel was of two minds is its own; who was there stands in the minutes.
        said.dissent = None;
        said.attendees.clear();
        let letter = OutcomeLetter {
            organisation: view.frame.organisation.name.clone(),
            panel: panel.unwrap_or_else(|| "The panel".to_owned()),
            to: to.iter().map(|party| name(party, &names)).collect(),
            date: day.format("%-d %B %Y").to_string(),
            reference: case.reference.clone(),
            title: case.content.title.clone(),
            next: next(outcome.recommendation).to_owned(),
            places,
            outcome: said,
        };
        papers::letter(&letter, format).map_err(Error::Internal)
    }

    async fn party_names(&self, parties: &[&Party]) -> Result<Names> {
        let people: BTreeSet<PersonId> = parties.iter().filter_map(|party| party.person).collect();
        let people: Vec<PersonId> = people.into_iter().collect();
        let found = self.store.read().people(&people).await?;
        Ok(found.into_iter().map(|person| (person.id, person.name)).collect())
    }
}

fn name(party: &Party, names: &Names) -> String {
    let account = party.person.and_then(|person| names.get(&person)).cloned();
    let name = account.or_else(|| party.name.clone()).unwrap_or_default();
    match &party.organisation {
        Some(organisation) => format!("{name}, {organisation}"),
        None => name,
    }
}

fn concluded(view: &View, outcome: &PanelOutcome, names: &Names) -> Concluded {
    let set = view.case.process.conditions.iter().filter(|one| outcome.conditions.contains(&one.id));
    let conditions = set.map(|condition| ConditionLine {
        text: condition.text.clone(),
        owner: name(&condition.owner, names),
        due: condition.due.format("%-d %B %Y").to_string(),
        evidence: condition.evidence_wanted.clone(),
        verifier: name(&condition.verifier, names),
    });
    Concluded {
        urgent: urgent(view, outcome),
        label: label(outcome.recommendation).to_owned(),
        revision: outcome.revision,
        attendees: outcome.attendees.iter().map(|party| name(party, names)).collect(),
        comment: outcome.comment.clone(),
        dissent: outcome.dissent.clone(),
        conditions: conditions.collect(),
        accepted: outcome.accepted.len(),
    }
}

/// How it was concluded, where the chair did so between meetings.
fn urgent(view: &View, outcome: &PanelOutcome) -> Option<String> {
    let process = &view.case.process;
    let answer = process.ratifications.iter().rfind(|answer| answer.outcome == outcome.id);
    let due = process.unratified().filter(|(waits, _)| waits.id == outcome.id).map(|(_, due)| due);
    Some(match (answer.map(|answer| answer.ratified), due) {
        (Some(true), _) => "by urgent action, which the panel ratified".into(),
        (Some(false), _) => "by urgent action, which the panel did not ratify".into(),
        (None, Some(due)) => format!("by urgent action, to be ratified by {}", due.format("%-d %B %Y")),
        (None, None) if outcome.urgency.is_some() => "by urgent action".into(),
        (None, None) => return None,
    })
}

const fn label(recommendation: Recommendation) -> &'static str {
    match recommendation {
        Recommendation::Approve => "approved",
        Recommendation::ApproveWithConditions => "approved with conditions",
        Recommendation::Return => "changes requested",
        Recommendation::Defer => "deferred",
        Recommendation::NotSupport => "not supported, and escalated",
    }
}

const fn next(recommendation: Recommendation) -> &'static str {
    match recommendation {
        Recommendation::Approve => {
            "The assessment goes to the body that decides the proposal. Tell the panel if anything in it changes before."
        }
        Recommendation::ApproveWithConditions => {
            "The assessment goes to the body that decides the proposal. Report on each condition by its day; tell the \
             panel if anything in the assessment changes before the decision."
        }
        Recommendation::Return => {
            "Answer what was asked for and submit the assessment again. Other corrections are welcome: the duty continues."
        }
        Recommendation::Defer => "Nothing is asked of you for now; the panel takes the case up again.",
        Recommendation::NotSupport => {
            "The case is escalated to the body that decides the proposal, which has the assessment and this outcome \
             before it."
        }
    }
}
