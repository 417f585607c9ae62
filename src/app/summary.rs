//! What happened, in a sentence for people: from the kind of an event and its payload.

use std::fmt::Write as _;

use chrono::NaiveDate;
use serde_json::Value;

use crate::{
    app::View,
    domain::{
        condition::ConditionStatus,
        decision::{DecisionOutcome, SPONSOR_SAT},
        event::EventKind,
        form,
        interdependency::Caveat,
        text::{self, Path},
        workflow::condition::LinkAct,
    },
};

/// A sentence for history; people are named beside it, never in it.
pub(super) fn sentence(view: Option<&View>, kind: EventKind, payload: Option<&Value>) -> String {
    let text = |field: &str| payload.and_then(|payload| payload.get(field)).and_then(Value::as_str);
    let number = |field: &str| payload.and_then(|payload| payload.get(field)).and_then(Value::as_u64);
    let state = |field: &str| {
        let name = text(field).unwrap_or_default();
        let label = view.and_then(|view| view.workflow.state(name)).map(|state| state.label.as_str());
        label.unwrap_or(name).to_owned()
    };
    let revision = number("revision").map(|revision| format!(" (revision {revision})")).unwrap_or_default();
    let either = |field: &str, yes: &str, no: &str| {
        let said = payload.and_then(|payload| payload.get(field)).and_then(Value::as_bool);
        if said == Some(true) { yes } else { no }.to_owned()
    };
    match kind {
        EventKind::AssessmentCreated => "The assessment was begun.".into(),
        EventKind::AssessmentImported => "The assessment was taken in from a document.".into(),
        EventKind::AssessmentEdited => {
            let places = places(view, payload);
            format!("Changed{revision}: {places}.")
        }
        EventKind::RevisionFrozen => {
            format!("Revision {} was frozen.", number("revision").unwrap_or_default())
        }
        EventKind::AssessmentShared => shared(text("level").unwrap_or_default()),
        EventKind::AssessmentTransitioned => {
            format!("Moved from {} to {}{revision}.", state("from"), state("to"))
        }
        EventKind::PanelAssigned => assigned(payload).into(),
        EventKind::InterestDeclared => "A declaration of interest was made or answered.".into(),
        EventKind::ReviewSubmitted => format!("A review came in{revision}."),
        EventKind::RemarkMade => {
            either("begins", "A discussion was begun.", "Something was said in a discussion.")
        }
        EventKind::ThreadResolved => {
            either("resolved", "A discussion was settled.", "A discussion was opened again.")
        }
        EventKind::ReturnAnswered => {
            let places = places(view, payload);
            format!("Its author said what was done about: {places}.")
        }
        EventKind::OutcomeRecorded => concluded(view, payload, &state("to"), &revision),
        EventKind::DecisionRecorded => decided(payload, &state("to"), &revision),
        EventKind::ConditionReported
        | EventKind::ConditionBreached
        | EventKind::BreachAnswered
        | EventKind::ConditionReassigned => condition(kind, payload),
        EventKind::LookedAgain => looked_again(text("next")),
        EventKind::LinksRevoked => "The links that were mailed about a condition were revoked.".into(),
        EventKind::ReadingAsked => "The body was asked to read the assessment before it meets.".into(),
        EventKind::ReadingConfirmed => format!("It was confirmed as read for the body{revision}."),
        EventKind::MitigationReported => "A mitigation was reported on.".into(),
        EventKind::ReexaminationOpened => {
            let places = places(view, payload);
            format!("A re-examination was opened by a change of {places}.")
        }
        EventKind::RatificationRecorded => either(
            "ratified",
            "The panel ratified what the chair concluded between meetings.",
            "The panel did not ratify what the chair concluded between meetings; it stands.",
        ),
        EventKind::RefusalAnswered => "It was said why what the panel did not ratify stands.".into(),
        EventKind::RatificationLapsed => {
            "What the chair concluded between meetings no longer stands; the panel ratifies nothing.".into()
        }
        EventKind::AssessmentBegun => "The assessment that this screening asks for was begun.".into(),
        EventKind::MaterialityJudged => either(
            "material",
            "The change was judged material, and the case reopened.",
            "The change was judged not material.",
        ),
        EventKind::RelianceChanged | EventKind::RelianceConfirmed => reliance(view, kind, payload),
        EventKind::ClockOverdue => "A date has passed.".into(),
        EventKind::ReminderDue => match payload.and_then(|p| p.get("workingDays")).and_then(Value::as_i64) {
            Some(days) if days > 0 => "Something was late, and those concerned were told.".into(),
            _ => "Something was due soon, and those concerned were told.".into(),
        },
        EventKind::AttachmentAdded => "A file was added.".into(),
        EventKind::RetentionSet => retention(payload),
        EventKind::WorkflowMoved => "The case was moved to another version of its workflow.".into(),
        EventKind::PayloadDisposed => "Details of events were lawfully disposed of.".into(),
        EventKind::OrganisationChanged
        | EventKind::PersonChanged
        | EventKind::RoleGranted
        | EventKind::RoleRevoked
        | EventKind::TokenIssued
        | EventKind::TokenRevoked
        | EventKind::DefinitionPublished
        | EventKind::LeaveSaved
        | EventKind::LeaveEnded
        | EventKind::PanelSaved
        | EventKind::MeetingPlanned
        | EventKind::MeetingRecorded
        | EventKind::RegisterLoaded
        | EventKind::DecisionMatched
        | EventKind::PartnerProposalRecorded
        | EventKind::ScenarioKept => of_organisation(kind).into(),
    }
}

/// What became of the panel: who sits on it is told beside it.
fn assigned(payload: Option<&Value>) -> &'static str {
    let says = |field: &str| payload.is_some_and(|payload| payload.get(field).is_some());
    if says("left") {
        "Members whose organisation may no longer review left the panel."
    } else if says("reseated") {
        "The panel was assigned, and members of it sit in other seats than before."
    } else {
        "The panel was assigned."
    }
}

/// What was concluded: by the panel, or by whoever judges alone where the workflow has no panel judge it.
fn concluded(view: Option<&View>, payload: Option<&Value>, state: &str, revision: &str) -> String {
    let name = payload.and_then(|payload| payload.get("transition")).and_then(Value::as_str);
    let made = name.and_then(|name| view?.workflow.transition(name));
    let panel = made.is_none_or(|made| made.asks_panel() || made.ratified_within().is_some());
    if panel {
        format!("The panel concluded: {state}{revision}.")
    } else {
        format!("It was concluded: {state}{revision}.")
    }
}

/// What was decided. To screen out is called that, and it is the equality lead's.
fn decided(payload: Option<&Value>, state: &str, revision: &str) -> String {
    let text = |field: &str| payload.and_then(|payload| payload.get(field)).and_then(Value::as_str);
    if text("screens").is_some() {
        return format!("It was screened: {state}{revision}.");
    }
    let decided = text("decided").and_then(DecisionOutcome::parse).map_or(state, |outcome| outcome.label());
    let sat = payload.and_then(|payload| payload.get("sponsorSat")).and_then(Value::as_bool);
    let sponsor = if sat == Some(true) { format!("; {SPONSOR_SAT}") } else { String::new() };
    format!("The body with authority decided: {decided}{revision}{sponsor}.")
}

/// That it was looked at again, and until when it stays as it is.
fn looked_again(next: Option<&str>) -> String {
    let next = next.and_then(|next| next.parse::<NaiveDate>().ok());
    let next = next.map(|next| format!("; it is looked at next on {}", next.format("%-d %B %Y")));
    format!("What was decided was looked at again, and stays as it is{}.", next.unwrap_or_default())
}

/// What happened in an organisation, besides its cases.
fn of_organisation(kind: EventKind) -> &'static str {
    match kind {
        EventKind::OrganisationChanged => "The organisation was set up or changed.",
        EventKind::PersonChanged => "A person was added or changed.",
        EventKind::RoleGranted => "A role was granted.",
        EventKind::RoleRevoked => "A role was taken away.",
        EventKind::TokenIssued => "An API token was made.",
        EventKind::TokenRevoked => "A token or session was revoked.",
        EventKind::DefinitionPublished => "A definition was published.",
        EventKind::LeaveSaved => "Somebody's leave was entered or changed.",
        EventKind::LeaveEnded => "Somebody's leave ended or was taken back.",
        EventKind::PanelSaved => "A standing panel was set up or changed.",
        EventKind::MeetingPlanned => "A meeting of a panel was planned, moved or cancelled.",
        EventKind::MeetingRecorded => "What happened at a meeting of a panel was recorded.",
        EventKind::RegisterLoaded => "A list of decisions was loaded into the register.",
        EventKind::DecisionMatched => "A registered decision was matched to its assessment, or no longer.",
        EventKind::ScenarioKept => "What a bundle of decisions would do was kept, or changed.",
        EventKind::PartnerProposalRecorded => "What a partner proposes was recorded or changed.",
        _ => "Something of the organisation was changed.",
    }
}

/// With whom it was shared, and how far, is in the event.
fn shared(level: &str) -> String {
    match level {
        "NONE" => "No longer shared with another organisation.".into(),
        level => format!("Shared with another organisation: {}.", level.to_lowercase()),
    }
}

/// What was decided, or said by a partner, and what that turned.
fn reliance(view: Option<&View>, kind: EventKind, payload: Option<&Value>) -> String {
    let confirmed = payload.and_then(|payload| payload.get("confirmed")).and_then(Value::as_bool);
    let cause = payload.and_then(|payload| payload.get("cause")).and_then(Value::as_str);
    let said = match (kind, confirmed) {
        (EventKind::RelianceChanged, _) if cause == Some("DATES_CHANGED") => {
            "Something this case relies on takes effect on other days."
        }
        (EventKind::RelianceChanged, _) if cause == Some("SHARED_FURTHER") => {
            "Something this case relies on was shared further, so that more of it is known here."
        }
        (EventKind::RelianceChanged, _) if cause == Some("PARTNER_ANSWERED") => {
            "A partner said something of what this case relies on, where another reliance is on the same."
        }
        (EventKind::RelianceChanged, _) if cause == Some("READ_AGAIN") => {
            "What this case relies on was read again."
        }
        (EventKind::RelianceChanged, _) => "Something this case relies on was decided.",
        (_, Some(true)) => "A partner confirmed what this case relies on.",
        _ => "A partner does not, or no longer, confirm what this case relies on.",
    };
    format!("{said}{}", turned(view, payload))
}

/// Which reliances hold otherwise than before, by what is relied on, and what that does to assured ratings.
fn turned(view: Option<&View>, payload: Option<&Value>) -> String {
    let list = |field: &str| payload.and_then(|payload| payload.get(field)).and_then(Value::as_array);
    let premise = |id: Option<&Value>| {
        let edges = view.into_iter().flat_map(|view| &view.case.content.interdependencies);
        let wanted = id.and_then(|id| serde_json::from_value(id.clone()).ok());
        let found = edges.into_iter().find(|edge| Some(edge.id) == wanted);
        found.and_then(|edge| edge.premise.clone()).unwrap_or_else(|| "a reliance".to_owned())
    };
    let mut told = String::new();
    for one in list("turned").into_iter().flatten() {
        let how = match one.get("holds").and_then(Value::as_bool) {
            Some(true) => "This holds now",
            Some(false) => "This does not hold",
            None => "Whether this holds is open again",
        };
        let _ = write!(told, " {how}: \u{201c}{}\u{201d}", premise(one.get("reliance")));
        // As the case is told of it, not as it stands by now.
        let caveat = one.get("caveat").and_then(Value::as_str).and_then(Caveat::parse);
        told.push_str(&caveat.map(|caveat| format!(" ({})", caveat.in_words())).unwrap_or_default());
        told.push('.');
    }
    let impacts = |field: &str| list(field).map_or(0, Vec::len);
    if impacts("fellBack") > 0 {
        let many = text::counted(impacts("fellBack"), "impact");
        let _ = write!(told, " The assured rating of {many} falls back to the initial one.");
    }
    if impacts("assured") > 0 {
        let many = text::counted(impacts("assured"), "impact");
        let _ = write!(told, " The assured rating of {many} is the target again.");
    }
    told
}

/// What happened with a condition.
fn condition(kind: EventKind, payload: Option<&Value>) -> String {
    let fact = |field: &str| payload.and_then(|payload| payload.get(field)).filter(|fact| !fact.is_null());
    let text = |field: &str| fact(field).and_then(Value::as_str);
    let status = text("status").and_then(ConditionStatus::parse);
    let by = by_link(text("link"));
    match (kind, status) {
        (EventKind::ConditionReassigned, _) => match (fact("owner"), fact("verifier")) {
            (Some(_), Some(_)) => "A condition was given another owner and another verifier.".into(),
            (Some(_), None) => "A condition was given another owner.".into(),
            (None, _) => "A condition was given another verifier.".into(),
        },
        (EventKind::BreachAnswered, _) => {
            let body = fact("body").and_then(Value::as_bool) == Some(true);
            let who = if body { "The body that decides" } else { "Its sponsor" };
            format!("{who} said what is to be done about a breached condition.")
        }
        (EventKind::ConditionBreached, None) => {
            "A condition was breached: its day passed, and nobody had reported it as met.".into()
        }
        (_, Some(ConditionStatus::Breached)) => format!("A condition was reported as not met{by}."),
        (_, Some(ConditionStatus::Evidenced)) => format!("A condition was reported as met{by}."),
        (_, Some(ConditionStatus::Verified)) => format!("A condition was verified{by}."),
        (_, Some(ConditionStatus::Waived)) => "A condition was waived.".into(),
        (_, Some(ConditionStatus::Open) | None) => "A condition was reported on.".into(),
    }
}

/// Through whose link, when it was reported by one; the event names the party and whoever invited them.
fn by_link(act: Option<&str>) -> &'static str {
    match act.and_then(LinkAct::parse) {
        Some(LinkAct::Report) => " by its owner, through the link mailed to them",
        Some(LinkAct::Verify) => " by its verifier, through the link mailed to them",
        None => "",
    }
}

fn retention(payload: Option<&Value>) -> String {
    let of = |pointer: &str| payload.and_then(|payload| payload.pointer(pointer));
    let hold = match (of("/before/legalHold"), of("/legalHold")) {
        (Some(before), Some(after)) if before != after => Some(after == &Value::Bool(true)),
        _ => None,
    };
    match hold {
        Some(true) => "The case was put under legal hold.".into(),
        Some(false) => "The legal hold was lifted.".into(),
        None => "The retention class was set.".into(),
    }
}

fn places(view: Option<&View>, payload: Option<&Value>) -> String {
    let paths = payload.and_then(|payload| payload.get("paths")).cloned();
    let paths: Vec<Path> = paths.and_then(|paths| serde_json::from_value(paths).ok()).unwrap_or_default();
    let mut places: Vec<String> =
        paths.iter().map(|path| view.map_or_else(|| path.to_string(), |view| place(view, path))).collect();
    places.sort();
    places.dedup();
    places.join(", ")
}

/// What people call the place a path names.
pub(super) fn place(view: &View, path: &Path) -> String {
    form::called(path, &view.form, &view.case.content, &view.frame.groups)
}
