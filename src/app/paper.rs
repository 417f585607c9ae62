//! Papers drafted from the record: the minutes of a meeting, the letter about an outcome.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::{
    app::{App, Error, MeetingView, Result, View, summary},
    domain::{
        case::Case,
        decision::Decision,
        form::FormSubject,
        id::{AssessmentId, PersonId},
        meeting::{DeclaredThere, Meeting},
        page::MOST,
        party::Party,
        permission::{Action, Actor},
        review::{Interest, PanelOutcome, Recommendation},
        screening::ScreeningDepth,
    },
    papers::{
        self, Answered, Concluded, ConditionLine, Declared, DocumentFormat, Minutes, MinutesItem,
        OutcomeLetter, Place,
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
        let outcomes = || agenda.iter().filter_map(|item| item.outcome.as_ref());
        parties.extend(outcomes().flat_map(|one| one.attendees.iter().chain(&one.apologies)));
        let of_panel = |one: &PanelOutcome| {
            let voted = one.voted.iter().map(|seat| seat.person).collect::<Vec<_>>();
            one.interests.keys().copied().chain(voted).chain([one.by]).collect::<Vec<_>>()
        };
        let mut people: BTreeSet<PersonId> = outcomes().flat_map(of_panel).collect();
        people.extend(views.values().flat_map(|view| view.case.process.interests.keys()));
        let people: Vec<Party> = people.into_iter().map(Party::person).collect();
        parties.extend(&people);
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
                answered: item
                    .outcome
                    .iter()
                    .filter(|_| deliberates)
                    .zip(view)
                    .flat_map(|(outcome, view)| answered(&view.case, outcome, meeting, &names))
                    .collect(),
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
            next: self.next_meeting(meeting).await?,
        };
        papers::minutes(&minutes, format).map_err(Error::Internal)
    }

    /// When and where the panel meets after this meeting, where that is planned.
    async fn next_meeting(&self, meeting: &Meeting) -> Result<Option<String>> {
        let Some(after) = meeting.day.succ_opt() else { return Ok(None) };
        let ahead = self.store.read().meetings_from(meeting.panel, after, MOST.into()).await?;
        let mut ahead = ahead.into_iter().filter(|one| one.cancelled.is_none());
        Ok(ahead.next().map(|next| format!("{}, {}", next.when(), next.place)))
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
        let by = Party::person(outcome.by);
        let mut parties = to.clone();
        parties.push(&by);
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
        let returns = case.process.returns.iter().chain(&case.process.returned);
        let mut returned = returns.filter(|_| outcome.recommendation == Recommendation::Return);
        let returned = returned.find(|returned| returned.at == outcome.at);
        let mut places: Vec<Place> = Vec::new();
        for path in returned.iter().flat_map(|returned| &returned.paths) {
            let reason = returned.and_then(|returned| returned.reasons.get(&path.to_string())).cloned();
            let place = Place { name: summary::place(view, path), reason };
            if places.iter().all(|known| (&known.name, &known.reason) != (&place.name, &place.reason)) {
                places.push(place);
            }
        }
        let mut said = concluded(view, outcome, &names);
        // How the panel was of two minds is its own; who was there stands in the minutes.
        said.dissent = None;
        said.attendees.clear();
        said.apologies.clear();
        let letter = OutcomeLetter {
            organisation: view.frame.organisation.name.clone(),
            panel: panel.unwrap_or_else(|| "The panel".to_owned()),
            to: to.iter().map(|party| name(party, &names)).collect(),
            date: day.format("%-d %B %Y").to_string(),
            reference: case.reference.clone(),
            title: case.content.title.clone(),
            next: next(outcome.recommendation, screened(view, outcome)).to_owned(),
            interests: open_interests(case, outcome),
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
    let said = screened(view, outcome);
    let decided = view.case.process.decisions.iter().find(|decision| decision.at == outcome.at);
    // Where nobody voted and nobody sat, whoever recorded it judged alone.
    let alone = outcome.voted.is_empty() && outcome.interests.is_empty();
    let who = if alone { name(&Party::person(outcome.by), names) } else { "The panel".to_owned() };
    Concluded {
        who,
        screens: view.form.about == FormSubject::Screening,
        urgent: urgent(view, outcome),
        label: label(outcome.recommendation, said).to_owned(),
        revision: outcome.revision,
        attendees: outcome.attendees.iter().map(|party| name(party, names)).collect(),
        apologies: outcome.apologies.iter().map(|party| name(party, names)).collect(),
        decided: decided.map(Decision::told),
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

/// How deep an assessment the outcome says is needed, where it screens.
fn screened(view: &View, outcome: &PanelOutcome) -> Option<ScreeningDepth> {
    let said = view.case.process.screened.iter();
    said.rev().find(|said| (said.at, said.by) == (outcome.at, outcome.by)).map(|said| said.depth)
}

/// How the interest of each member was answered who had one, or had not declared; and what the record of the meeting says
/// otherwise than what was concluded there.
fn answered(case: &Case, outcome: &PanelOutcome, meeting: &Meeting, names: &Names) -> Vec<Declared> {
    let kept = &case.process.interests;
    let who = |person: PersonId| name(&Party::person(person), names);
    let what = |person: PersonId, interest| match (interest, outcome.answered(person, kept.get(&person))) {
        (Interest::None, _) => None,
        (Interest::Undeclared, _) => Some("had not declared, and took no part"),
        (Interest::DeclaredNoted, Some(false)) => Some("declared an interest, which nobody had answered"),
        (Interest::DeclaredNoted, _) => Some("declared an interest, which was noted"),
        (Interest::DeclaredNotVoting, Some(false)) => {
            Some("declared an interest, which nobody had answered, and took part without voting")
        }
        (Interest::DeclaredNotVoting, _) => Some("declared an interest, and took part without voting"),
        (Interest::Withdrawn, _) => Some("withdrew because of an interest"),
    };
    let said = outcome.interests.iter();
    let said = said.filter_map(|(person, interest)| Some((*person, what(*person, *interest)?)));
    let since = outcome.declared_since(kept).map(|(person, _)| {
        (person, "declared an interest at this meeting, recorded after it was concluded; nothing is undone by that")
    });
    let among = |list: &[Party], person: PersonId| list.iter().any(|party| party.person == Some(person));
    let counted: BTreeSet<PersonId> = outcome.voted.iter().map(|seat| seat.person).collect();
    let recorded = meeting.recorded_at.is_some();
    let doubted = counted.into_iter().filter(|_| recorded).filter_map(|person| {
        let what = match (among(&meeting.apologies, person), among(&meeting.present, person)) {
            (true, _) => "is counted in the quorum, and sent apologies by the record of this meeting",
            (false, false) => "is counted in the quorum, and was not there by the record of this meeting",
            (false, true) => return None,
        };
        Some((person, what))
    });
    let all = said.chain(since).chain(doubted);
    all.map(|(person, what)| Declared { who: who(person), what: what.to_owned() }).collect()
}

/// What interests of the panel had no answer when it concluded, in sentences that name nobody.
fn open_interests(case: &Case, outcome: &PanelOutcome) -> Vec<String> {
    let kept = &case.process.interests;
    let open = |person: &&PersonId| outcome.answered(**person, kept.get(*person)) == Some(false);
    let open = outcome.interests.keys().filter(open).count();
    let since: BTreeSet<PersonId> = outcome.declared_since(kept).map(|(person, _)| person).collect();
    let members = |count: usize| match count {
        1 => "One member of the panel".to_owned(),
        count => format!("{count} members of the panel"),
    };
    let mut said = Vec::new();
    if open > 0 {
        said.push(format!("{} had declared an interest that nobody had answered by then.", members(open)));
    }
    if !since.is_empty() {
        said.push(format!(
            "{} declared an interest at the meeting, recorded only after this was concluded; nothing is undone by that.",
            members(since.len())
        ));
    }
    said
}

const fn label(recommendation: Recommendation, screened: Option<ScreeningDepth>) -> &'static str {
    match screened {
        Some(ScreeningDepth::None) => return "no assessment is needed",
        Some(ScreeningDepth::Light) => return "a light assessment is needed",
        Some(ScreeningDepth::Full) => return "a full assessment is needed",
        None => {}
    }
    match recommendation {
        Recommendation::Approve => "approved",
        Recommendation::ApproveWithConditions => "approved with conditions",
        Recommendation::Return => "changes requested",
        Recommendation::Defer => "deferred",
        Recommendation::NotSupport => "not supported, and escalated",
    }
}

const fn next(recommendation: Recommendation, screened: Option<ScreeningDepth>) -> &'static str {
    match screened {
        Some(ScreeningDepth::None) => {
            return "The equality lead screens the proposal out, as was confirmed. Tell them if anything in it changes.";
        }
        Some(ScreeningDepth::Light | ScreeningDepth::Full) => {
            return "Begin the assessment that is needed from this screening; the proposal waits for it.";
        }
        None => {}
    }
    match recommendation {
        Recommendation::Approve => {
            "The assessment goes to the body that decides the proposal. Tell the panel if anything in it changes before."
        }
        Recommendation::ApproveWithConditions => {
            "The assessment goes to the body that decides the proposal. Report on each condition by its day; tell the \
             panel if anything in the assessment changes before the decision."
        }
        Recommendation::Return => {
            "Answer what was asked for and submit it again. Other corrections are welcome: the duty continues."
        }
        Recommendation::Defer => "Nothing is asked of you for now; the case is taken up again.",
        Recommendation::NotSupport => {
            "The case is escalated to the body that decides the proposal, which has the assessment and this outcome \
             before it."
        }
    }
}
