//! What making a transition does, once nothing stands in its way.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::{
    calendar,
    case::{Case, Return},
    condition::{Condition, ConditionStatus},
    decision::{Decision, DecisionOutcome},
    event::{EventKind, Happening},
    id::{PersonId, Supply},
    party::Party,
    permission::Actor,
    reading,
    review::{Acceptance, Interest, PanelOutcome, Recommendation, Seat},
    screening::{Screened, ScreeningDepth},
    settings::Severity,
    text::Violation,
    workflow::{
        Phase, attendance,
        definition::Transition,
        draw,
        effect::freeze,
        engine::{
            AcceptedFinding, Applied, Context, DecisionDraft, OutcomeDraft, Refused, Request, in_whose_place,
            phase,
        },
        guard::Guard,
        record::{self, Judged, RecordKind},
        requirement::same_party,
    },
};

/// Makes the transition.
pub(super) fn make(
    case: &Case,
    transition: &Transition,
    request: &Request,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Result<Applied, Refused> {
    let conditions = conditions(request, supply);
    let mut outcome = outcome(case, transition, request, actor, context, supply);
    if let Some(outcome) = &mut outcome {
        outcome.conditions = conditions.iter().map(|condition| condition.id).collect();
    }
    let mut decision = decision(case, request, actor, context, supply);
    let screened = screened(case, transition, request, actor, context);
    let judged = Judged {
        outcome: outcome.as_ref(),
        conditions: &conditions,
        decision: decision.as_ref(),
        screened: screened.as_ref(),
        ratification_due: ratification_due(transition, context).or(case.process.ratification_due),
    };
    let kind = match (&outcome, &decision) {
        (_, Some(_)) => Some(RecordKind::Decision),
        (Some(_), None) => Some(RecordKind::Outcome),
        (None, None) => None,
    };
    let unspeakable = |violation: Violation| Refused::Invalid(vec![violation]);
    let frozen =
        kind.map(|kind| record::record(kind, case, &judged, context)).transpose().map_err(unspeakable)?;
    if let Some(frozen) = &frozen {
        let sha256 = frozen.sha256.clone();
        if let Some(outcome) = &mut outcome {
            outcome.record.clone_from(&sha256);
        }
        if let Some(decision) = &mut decision {
            decision.record = sha256;
        }
    }

    let mut after = case.clone();
    after.sign(actor.person);
    let mut happenings = Vec::new();
    let reopened = move_on(&mut after, transition, context);
    happenings.extend(lapsed(&mut after, reopened, context));
    let enters_review =
        phase(&after, context.workflow) == Phase::Review && phase(case, context.workflow) != Phase::Review;
    if enters_review {
        begin_anew(&mut after);
    }
    if enters_review || reopened || kind.is_some() {
        happenings.extend(freeze(&mut after, context));
    }
    if enters_review {
        after.process.lot = draw::settle(case, context).or(case.process.lot);
        after.process.unheard.clear();
        after.process.submitted_revision = Some(after.revision);
        if let Some(mut returned) = after.process.returned.take() {
            returned.resubmitted = Some(after.revision);
            after.process.returns.push(returned);
        }
    }
    for effect in &transition.effects {
        happenings.extend(effect.act(&mut after, request, context));
    }
    let goes_back = phase(&after, context.workflow) == Phase::Drafting
        && phase(case, context.workflow) != Phase::Drafting;
    if transition.concludes == Some(Recommendation::Return) || (goes_back && !request.paths.is_empty()) {
        after.process.returned = Some(returned(&after, transition, request, actor, context));
    }
    if transition.concludes.is_some_and(Recommendation::approves) {
        approve(&mut after);
    }
    if transition.ratified_within().is_some() {
        after.process.to_ratify = outcome.as_ref().map(|outcome| outcome.id);
    }
    let moved = moved(case, &after, transition, request, screened.as_ref(), context);
    after.process.screened.extend(screened);
    if outcome.is_none() && decision.is_none() {
        happenings.push(Happening::case(EventKind::AssessmentTransitioned, moved.clone()));
    }
    if let Some(outcome) = outcome {
        happenings.push(concluded(&outcome, &after, &moved));
        keep(&mut after, &outcome.accepted);
        after.process.conditions.extend(conditions);
        after.process.outcomes.push(outcome);
    }
    if let Some(decision) = decision {
        happenings.push(decided(&decision, &moved));
        keep(&mut after, &decision.accepted);
        after.process.decisions.push(decision);
    }
    after.version += 1;
    after.updated_at = context.moment.at;
    Ok(Applied { case: after, happenings, record: frozen })
}

fn concluded(outcome: &PanelOutcome, after: &Case, moved: &Value) -> Happening {
    let said = json!({
        "outcome": outcome.id,
        "recommendation": outcome.recommendation,
        "conditions": outcome.conditions,
        "accepted": outcome.accepted.iter().map(|one| &one.finding).collect::<Vec<_>>(),
        "due": after.process.returned.as_ref().and_then(|returned| returned.due),
        "record": outcome.record,
    });
    Happening::case(EventKind::OutcomeRecorded, with(moved, said))
}

fn decided(decision: &Decision, moved: &Value) -> Happening {
    let said = json!({
        "decision": decision.id,
        "decided": decision.outcome,
        "meeting": decision.meeting,
        "accepted": decision.accepted.iter().map(|one| &one.finding).collect::<Vec<_>>(),
        "record": decision.record,
    });
    let sat = if decision.sponsor_sat { json!({"sponsorSat": true}) } else { json!({}) };
    Happening::case(EventKind::DecisionRecorded, with(&with(moved, said), sat))
}

/// The panel stands by the content as it is.
fn approve(case: &mut Case) {
    case.process.approved_revision = Some(case.revision);
    case.process.edited_on = None;
    case.process.reopened = None;
    case.process.reopened_since = None;
}

/// Sets the state, and what follows from its phase alone; says whether the case was reopened.
fn move_on(case: &mut Case, transition: &Transition, context: &Context) -> bool {
    let before = phase(case, context.workflow);
    case.state.clone_from(&transition.to);
    let now = phase(case, context.workflow);
    context.reckoning().enter(&mut case.process, now);
    // What is decided is read; what is put off is still to be.
    if transition.decides.iter().any(|outcome| *outcome != DecisionOutcome::Defer) {
        case.process.readings_asked.clear();
    }
    let reopened = matches!(before, Phase::Approved | Phase::Decided | Phase::Closed)
        && matches!(now, Phase::Drafting | Phase::Review);
    if reopened {
        // What was accepted of the old content is in its records; the new content is judged afresh.
        case.process.approved_revision = None;
        case.process.edited_on = None;
        case.process.accepted.clear();
        // Whoever judged a change says which part goes back; else all of it does.
        case.process.reopened = None;
        case.process.reopened_since = None;
    }
    if reopened || now == Phase::Closed {
        case.process.reexamination = None;
        case.process.clocks.remove(super::clock::REEXAMINATION);
    }
    if now == Phase::Closed {
        case.process.clocks.clear();
    }
    reopened
}

/// By when the panel is to ratify what the transition concludes.
fn ratification_due(transition: &Transition, context: &Context) -> Option<NaiveDate> {
    let days = transition.ratified_within()?;
    Some(calendar::add_working_days(context.moment.today, days, &context.settings.closed_days))
}

/// An approval between meetings that no longer stands, because the case was reopened or closed, is not ratified, and says
/// so. Where the body decided upon it, what was decided stands, and the panel answers for it all the same.
fn lapsed(case: &mut Case, reopened: bool, context: &Context) -> Option<Happening> {
    if !reopened && phase(case, context.workflow) != Phase::Closed {
        return None;
    }
    let (outcome, due) = case.process.unratified()?;
    let (outcome, since) = (outcome.id, outcome.at);
    let upon_it = |decision: &Decision| decision.at >= since && decision.outcome != DecisionOutcome::Defer;
    if case.process.decisions.iter().any(upon_it) {
        return None;
    }
    case.process.ratification_due = None;
    case.process.to_ratify = None;
    let payload = json!({ "outcome": outcome, "due": due });
    Some(Happening::case(EventKind::RatificationLapsed, payload))
}

fn conditions(request: &Request, supply: &mut Supply) -> Vec<Condition> {
    let drafts = request.outcome.iter().flat_map(|outcome| &outcome.conditions);
    drafts
        .map(|draft| Condition {
            id: supply.fresh(),
            text: draft.text.clone(),
            owner: draft.owner.clone(),
            due: draft.due,
            evidence_wanted: draft.evidence_wanted.clone(),
            verifier: draft.verifier.clone(),
            status: ConditionStatus::Open,
            reports: Vec::new(),
            links_since: None,
            answers: Vec::new(),
        })
        .collect()
}

fn outcome(
    case: &Case,
    transition: &Transition,
    request: &Request,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Option<PanelOutcome> {
    let (recommendation, draft) = (transition.concludes?, request.outcome.as_ref()?);
    Some(PanelOutcome {
        id: supply.fresh(),
        recommendation,
        by: actor.person,
        on_behalf_of: in_whose_place(case, transition, actor, context),
        at: context.moment.at,
        revision: case.revision,
        attendees: draft.attendees.clone(),
        apologies: draft.apologies.clone(),
        voted: voted(case, draft, context),
        interests: interests(case),
        findings: open_findings(context),
        meeting: draft.meeting,
        urgency: draft.urgency.clone(),
        dissent: draft.dissent.clone(),
        comment: request.comment.clone(),
        conditions: Vec::new(),
        accepted: acceptances(&draft.accepted, actor, context),
        record: String::new(),
    })
}

/// Who judged the revision with a vote and counts, each seat on its own.
fn voted(case: &Case, draft: &OutcomeDraft, context: &Context) -> Vec<Seat> {
    let (voters, _) = attendance::counted(case, Some(draft), context);
    voters.into_iter().map(|member| Seat { person: member.person, seat: member.seat.clone() }).collect()
}

fn interests(case: &Case) -> BTreeMap<PersonId, Interest> {
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    members.map(|member| (member.person, member.interest)).collect()
}

/// Findings of the case as it stands that are graver than advice.
fn open_findings(context: &Context) -> Vec<String> {
    let findings = context.findings.iter().filter(|finding| finding.severity != Severity::Advice);
    findings.map(|finding| finding.id.clone()).collect()
}

fn decision(
    case: &Case,
    request: &Request,
    actor: &Actor,
    context: &Context,
    supply: &mut Supply,
) -> Option<Decision> {
    let draft = request.decision.as_ref()?;
    Some(Decision {
        id: supply.fresh(),
        body: draft.body.clone(),
        authority: draft.authority.clone(),
        meeting: draft.meeting,
        minute: draft.minute.clone(),
        paper: draft.paper.clone(),
        outcome: draft.outcome,
        reasons: draft.reasons.clone(),
        revision: case.revision,
        present: draft.present.clone(),
        sponsor_sat: sponsor_sat(case, draft, actor),
        read_by: read_by(case, draft),
        readings: case.process.readings.clone(),
        options_considered: case.content.proposal.options.clone(),
        statement: draft.statement.clone(),
        accepted: acceptances(&draft.accepted, actor, context),
        at: context.moment.at,
        by: actor.person,
        record: String::new(),
    })
}

/// Whether whoever sponsors the proposal decides on it with the body: they may, and it stands in the record.
fn sponsor_sat(case: &Case, draft: &DecisionDraft, actor: &Actor) -> bool {
    let sponsors = |party: &Party| case.content.sro.as_ref().is_some_and(|sro| same_party(sro, party));
    sponsors(&Party::person(actor.person)) || draft.present.iter().any(sponsors)
}

/// Those whom the request names, and those of whom were present who confirmed it before the meeting.
fn read_by(case: &Case, draft: &DecisionDraft) -> Vec<Party> {
    let mut read_by = draft.read_by.clone();
    let confirmed = |party: &&Party| party.person.is_some_and(|person| reading::is_current(case, person));
    for party in draft.present.iter().filter(confirmed) {
        if !read_by.iter().any(|named| same_party(named, party)) {
            read_by.push(party.clone());
        }
    }
    read_by
}

fn acceptances(accepted: &[AcceptedFinding], actor: &Actor, context: &Context) -> Vec<Acceptance> {
    let of = |accepted: &AcceptedFinding| Acceptance {
        finding: accepted.finding.clone(),
        by: actor.person,
        at: context.moment.at,
        reason: accepted.reason.clone(),
    };
    accepted.iter().map(of).collect()
}

fn keep(case: &mut Case, accepted: &[Acceptance]) {
    for acceptance in accepted {
        case.process.accepted.insert(acceptance.finding.clone(), acceptance.clone());
    }
}

/// What the panel asked for and its author answered is judged anew, though not a word was changed.
fn begin_anew(case: &mut Case) {
    if case.frozen && case.process.returned.as_ref().is_some_and(Return::asked) {
        case.revision += 1;
        case.frozen = false;
    }
}

/// What is said of how deep an assessment is needed. What the panel confirmed is not said again by carrying it out.
fn screened(
    case: &Case,
    transition: &Transition,
    request: &Request,
    actor: &Actor,
    context: &Context,
) -> Option<Screened> {
    let depth = transition.screens?;
    let panel = transition.asks_panel();
    let confirmed = |said: &Screened| said.panel && said.depth == depth && said.revision == case.revision;
    let carries_out = phase(case, context.workflow) == Phase::Approved;
    if carries_out && case.process.screened.last().is_some_and(confirmed) {
        return None;
    }
    let leaving = context.workflow.leaving(&case.state);
    let draw = leaving.flat_map(|transition| &transition.guards).find_map(Guard::draw);
    let chance = draw.filter(|_| !panel).map(|draw| draw.of(case, context));
    let decided = request.decision.as_ref().map(|decision| decision.reasons.as_str());
    let reason = request.comment.as_deref().filter(|comment| !comment.trim().is_empty());
    Some(Screened {
        depth,
        by: actor.person,
        on_behalf_of: in_whose_place(case, transition, actor, context),
        at: context.moment.at,
        on: context.moment.today,
        revision: case.revision,
        reason: reason.or(decided).unwrap_or_default().to_owned(),
        panel,
        drawn: depth == ScreeningDepth::None && chance.as_ref().is_some_and(|chance| chance.drawn),
        borderline: chance.is_some_and(|chance| chance.borderline),
    })
}

/// What a case goes back to its author with.
fn returned(
    case: &Case,
    transition: &Transition,
    request: &Request,
    actor: &Actor,
    context: &Context,
) -> Return {
    Return {
        at: context.moment.at,
        by: actor.person,
        paths: request.paths.clone(),
        comment: request.comment.clone().unwrap_or_default(),
        due: due_with_author(case, transition, context),
        reasons: request.reasons.clone(),
        asks: transition.concludes == Some(Recommendation::Return),
        answers: Vec::new(),
        revision: Some(case.revision),
        resubmitted: None,
    }
}

/// The day the case is expected back: when the first clock runs out that this transition started.
fn due_with_author(case: &Case, transition: &Transition, context: &Context) -> Option<NaiveDate> {
    use crate::workflow::effect::Effect;
    let started = transition.effects.iter().filter_map(|effect| match effect {
        Effect::StartClock { clock } => Some(clock),
        _ => None,
    });
    let due = started.filter_map(|clock| case.process.clocks.get(clock)?.due).min();
    due.filter(|_| phase(case, context.workflow) == Phase::Drafting)
}

/// What every move says of itself.
fn moved(
    before: &Case,
    after: &Case,
    transition: &Transition,
    request: &Request,
    screened: Option<&Screened>,
    context: &Context,
) -> Value {
    let state = super::engine::state(after, context.workflow);
    let mut all = json!({
        "transition": transition.name,
        "label": transition.label,
        "from": before.state,
        "to": after.state,
        "stateLabel": state.map(|state| &state.label),
        "phase": state.map(|state| state.phase),
        "standing": state.map(|state| state.standing),
        "revision": after.revision,
        "paths": request.paths,
        "reasons": request.reasons,
        // The panel's comment is kept with its outcome.
        "comment": request.comment.as_ref().filter(|_| transition.concludes.is_none()),
    });
    if let (Some(depth), Some(all)) = (transition.screens, all.as_object_mut()) {
        all.insert("screens".into(), json!(depth));
        if let Some(said) = screened {
            let facts = [("drawn", said.drawn), ("borderline", said.borderline), ("panel", said.panel)];
            all.extend(facts.map(|(key, is)| (key.into(), json!(is))));
        }
    }
    all
}

fn with(moved: &Value, more: Value) -> Value {
    let mut all = moved.clone();
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
    all
}

impl DecisionOutcome {
    /// Whether the proposal goes ahead.
    #[must_use]
    pub const fn proceeds(self) -> bool {
        match self {
            Self::Proceed | Self::ProceedWithChanges | Self::ProceedDespiteAdverseImpact => true,
            Self::Stop | Self::Defer => false,
        }
    }
}
