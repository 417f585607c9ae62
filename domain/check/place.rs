//! Who lives where the proposal lands, held against what the author claims. Residents are not the users of a service:
//! where a claim cites figures or voices of the service itself, they lead, and nothing is said here.

use serde_json::{Value, json};

use super::{
    Answer, Draft, Fault, Gate, Rule, Subject,
    rigour::{is_back_office, may_touch_nobody},
    subject::{says_something, some},
    weight::is_of_residents,
};
use crate::{
    evidence::{Evidence, EvidenceKind},
    group::GroupKind,
    impact::{Direction, Impact},
    place::{GroupPopulation, Population},
    settings::Severity,
    text,
};

const CORE20: &str = "core20";
const GROUPS: &str = "health_inequalities_groups";

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "place.core20.unexplained",
        title: "That the most deprived fifth is not affected is explained where many of them live",
        duty: "nhs2006.s14z35",
        severity: Severity::Blocker,
        gate: Some(Gate::Submit),
        acceptable: false,
        fault: Fault::Missing,
        explanation: "Regard to inequalities begins with who lives there. That none of them is affected may be \
                      right, and then the service's own figures show it; a change behind the scenes says under who is \
                      affected that nobody outside is, and cites what shows that.",
        run: core20,
    },
    Rule {
        id: "place.group.unexplained",
        title: "Groups that many residents belong to are spoken of",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "A group with a larger share here than in England is likelier to be among those affected. Figures of the service lead: where they show one part of a characteristic, its other parts were looked at.",
        run: groups,
    },
    Rule {
        id: "place.figures.missing",
        title: "Who lives where the proposal lands can be told",
        duty: "brown.rigour",
        severity: Severity::Warning,
        gate: None,
        acceptable: true,
        fault: Fault::Missing,
        explanation: "Where no figures can be given, the rules that rest on them cannot speak, and their silence says \
                      nothing about the place. One finding a case.",
        run: figures_missing,
    },
    Rule {
        id: "place.reach.exceeds",
        title: "How many a claim reaches fits how many live where the proposal lands",
        duty: "brown.rigour",
        severity: Severity::Advice,
        gate: None,
        acceptable: true,
        fault: Fault::Contradictory,
        explanation: "People come to a service from elsewhere, too; where more are said to be reached than twice those who live there, a place or a figure is amiss.",
        run: reach_exceeds,
    },
];

/// How many more people than live there may be reached before it is told, beside twice their number: figures of small
/// places say little of who comes to them.
const FROM_ELSEWHERE: u32 = 100;

fn core20(subject: &Subject<'_>) -> Vec<Draft> {
    let Some((place, living)) = notable_core20(subject) else { return Vec::new() };
    let figures = figures(place, living);
    let law = if subject.is_bound("nhs2006.s14z35") {
        " Integrated care boards must have regard to the need to reduce inequalities (NHS Act 2006 s.14Z35)."
    } else {
        ""
    };
    if is_core20_left_out(subject) {
        let message = format!(
            "{figures} The assessment does not speak of them. Say what the proposal does to them, or that it is not \
             known, with the question, who answers it and by when, or show with evidence about the service itself (its \
             users, referrals, complaints or audits, marked as local) that they are not affected.{law}"
        );
        let facts = facts(subject, place, living, json!({ "claim": "LEFT_OUT" }));
        return vec![Draft::new(["answers", GROUPS, CORE20], message, facts)];
    }
    let claims = subject.content().impacts.iter().filter(|impact| is_claimed(subject, impact));
    claims
        .map(|impact| {
            let message = format!(
                "{figures} The assessment says that they are not affected. Explain it with evidence about the service \
                 itself (its users, referrals, complaints or audits, marked as local, and about these people where it \
                 names groups; a table of residents is none), or say what the proposal does to them.{law}"
            );
            let facts = facts(subject, place, living, json!({ "claim": "NEUTRAL" }));
            Draft::new(["impacts", &impact.id.to_string(), "evidence"], message, facts)
        })
        .collect()
}

/// Whether many of the most deprived fifth live there and nothing at all is said of them, not even that it is not known.
pub(super) fn is_core20_left_out(subject: &Subject<'_>) -> bool {
    notable_core20(subject).is_some()
        && impacts_on(subject, CORE20).next().is_none()
        && !matches!(subject.answer(GROUPS), Answer::NotAsked | Answer::Open(_))
}

/// Whether the impact says, without showing it, that the most deprived fifth is not affected where many of them live.
pub(super) fn is_claimed(subject: &Subject<'_>, impact: &Impact) -> bool {
    impact.direction == Direction::Neutral
        && notable_core20(subject).is_some()
        && subject.related(&impact.groups, &[CORE20.to_owned()])
        && !cited(subject, impact).any(|evidence| is_of_service(evidence) && shows_core20(subject, evidence))
        && !(may_touch_nobody(subject)
            && cited(subject, impact).any(|evidence| is_local(evidence) && !is_of_residents(evidence)))
}

/// Whether evidence speaks of the most deprived fifth: it says so, or says of no group in particular.
fn shows_core20(subject: &Subject<'_>, evidence: &Evidence) -> bool {
    evidence.groups.is_empty() || subject.related(&evidence.groups, &[CORE20.to_owned()])
}

fn reach_exceeds(subject: &Subject<'_>) -> Vec<Draft> {
    // Of a place that is told in part, others live in the rest.
    let whole = |place: &&Population| place.without.is_empty();
    let Some(place) = subject.facts.population.filter(whole) else { return Vec::new() };
    // Who belongs to several groups is counted in the smallest at most.
    let living = |impact: &Impact| {
        impact.groups.iter().filter_map(|code| place.group(code)).min_by_key(|group| group.people)
    };
    let claims = subject.content().impacts.iter().filter_map(|impact| {
        let (reach, living) = (impact.reach.as_ref()?, living(impact)?);
        let most = living.people.saturating_mul(2).max(living.people.saturating_add(FROM_ELSEWHERE));
        (reach.low > most).then_some((impact, reach, living))
    });
    claims
        .map(|(impact, reach, living)| {
            let message = format!(
                "The impact on {} is said to reach {} people or more, and {} people of the group live where the proposal \
                 lands ({}). \
                 Correct the number, or add the places that the others come from.",
                subject.people(impact),
                text::grouped(reach.low),
                text::grouped(living.people),
                living.source,
            );
            let facts = subject.impact_facts(impact, json!({ "reach": reach.low, "living": of_group(living) }));
            Draft::new(["impacts", &impact.id.to_string(), "reach"], message, facts)
        })
        .collect()
}

fn figures_missing(subject: &Subject<'_>) -> Vec<Draft> {
    let Some(why) = subject.facts.unplaced else { return Vec::new() };
    let held = match subject.facts.population {
        None => "nothing here was held against how many people of each group live there",
        Some(_) => "what is said here rests on those who live in the other places alone",
    };
    let message = format!(
        "Who lives {} cannot be told. {} Until it can, {held}: say so from figures of your own.",
        untold(subject),
        why.message
    );
    vec![Draft::new(["proposal", "footprint"], message, json!({ "reason": why.code }))]
}

/// Of what place it cannot be told who lives there: of all of it, or of part.
pub(super) fn untold(subject: &Subject<'_>) -> &'static str {
    match subject.facts.population {
        None => "where the proposal lands",
        Some(_) => "in part of where the proposal lands",
    }
}

/// One finding a case: a list of groups, not one finding for each.
fn groups(subject: &Subject<'_>) -> Vec<Draft> {
    let Some(place) = subject.facts.population.filter(|_| !is_back_office(subject)) else {
        return Vec::new();
    };
    let kind = |code: &str| subject.facts.groups.find(code).map(|group| group.kind);
    // The same people again under another heading.
    let counted = |group: &&GroupPopulation| {
        matches!(kind(&group.group), Some(GroupKind::ProtectedCharacteristic | GroupKind::Other))
    };
    let unexplained = |group: &&GroupPopulation| {
        // What the service's own figures say of others of the same characteristic was looked at in them.
        let root = root(subject, &group.group);
        let near = subject.content().impacts.iter().filter(|impact| subject.speaks_of(&impact.groups, root));
        if near.into_iter().any(|impact| rests_on_service(subject, impact)) {
            return false;
        }
        let mut of = impacts_on(subject, &group.group).peekable();
        if of.peek().is_none() {
            return !stated(subject, &group.group);
        }
        of.all(|impact| impact.direction == Direction::Neutral && !rests_on_service(subject, impact))
    };
    let found: Vec<&GroupPopulation> =
        place.groups.iter().filter(|group| group.notable).filter(counted).filter(unexplained).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let told: Vec<String> = found.iter().map(|group| told(subject, group)).collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let message = format!(
        "Where the proposal lands a larger share of residents than in England belongs to these groups, and the \
         assessment leaves them out or calls them not affected without evidence about the service: {}. Say what it does \
         to them, or cite what shows that they do not use the service. (Residents by the census, not users.)",
        some(&told)
    );
    let each: Vec<Value> = found.into_iter().map(of_group).collect();
    let facts = json!({ "groups": each, "restsOn": "RESIDENTS", "notes": place.notes });
    vec![Draft::new(["proposal", "footprint"], message, facts)]
}

/// The whole that a group is part of, or the group itself.
fn root<'a>(subject: &Subject<'a>, code: &'a str) -> &'a str {
    let parent = |code: &str| subject.facts.groups.find(code).and_then(|group| group.parent.as_deref());
    std::iter::successors(Some(code), |code| parent(code)).last().unwrap_or(code)
}

/// How many residents belong to a group, in words.
pub(super) fn told(subject: &Subject<'_>, group: &GroupPopulation) -> String {
    format!(
        "{} ({} residents, {}, in England {})",
        subject.group_name(&group.group),
        text::grouped(group.people),
        percent(group.share),
        percent(group.england)
    )
}

/// The same as facts.
pub(super) fn of_group(group: &GroupPopulation) -> Value {
    json!({
        "group": group.group, "people": group.people, "of": group.of, "percent": percent(group.share),
        "england": percent(group.england), "board": group.board.map(percent),
        "ratio": (group.ratio * 100.0).round() / 100.0, "source": group.source,
    })
}

/// Core20 in the place, where it is notable.
pub(super) fn notable_core20<'a>(subject: &Subject<'a>) -> Option<(&'a Population, &'a GroupPopulation)> {
    let place = subject.facts.population?;
    let living = place.group(CORE20).filter(|group| group.notable)?;
    Some((place, living))
}

/// The impacts that speak of a group, of a part of it, or of what it is part of.
fn impacts_on<'a>(subject: &Subject<'a>, group: &str) -> impl Iterator<Item = &'a Impact> {
    let group = vec![group.to_owned()];
    subject.content().impacts.iter().filter(move |impact| subject.related(&impact.groups, &group))
}

/// Whether a reasoned statement names the group.
fn stated(subject: &Subject<'_>, group: &str) -> bool {
    let group = vec![group.to_owned()];
    super::group::statements(subject)
        .into_iter()
        .any(|statement| says_something(&statement.reason) && subject.related(&statement.groups, &group))
}

/// Whether a claim cites figures or voices of the service itself.
fn rests_on_service(subject: &Subject<'_>, impact: &Impact) -> bool {
    cited(subject, impact).any(is_of_service)
}

fn cited<'a>(subject: &Subject<'a>, impact: &Impact) -> impl Iterator<Item = &'a Evidence> {
    subject.content().evidence.iter().filter(move |evidence| impact.evidence.contains(&evidence.id))
}

fn is_of_service(evidence: &Evidence) -> bool {
    let own = matches!(
        evidence.kind,
        EvidenceKind::Data | EvidenceKind::Audit | EvidenceKind::Complaints | EvidenceKind::Engagement
    );
    own && is_local(evidence) && !is_of_residents(evidence)
}

/// Whether evidence is about this place and can be looked up.
fn is_local(evidence: &Evidence) -> bool {
    evidence.local == Some(true) && says_something(&evidence.source)
}

pub(super) fn figures(place: &Population, living: &GroupPopulation) -> String {
    let districts: Vec<String> = place
        .districts
        .iter()
        .filter(|district| district.notable)
        .map(|district| {
            let share = percent(district.core20_share());
            if district.whole {
                format!("{} {share}", district.name)
            } else {
                format!("the part of {} that it touches {share}", district.name)
            }
        })
        .collect();
    let districts: Vec<&str> = districts.iter().map(String::as_str).collect();
    let without: Vec<&str> = place.without.iter().map(String::as_str).collect();
    let without = if without.is_empty() { String::new() } else { format!(" (without {})", some(&without)) };
    let most = if districts.is_empty() || place.districts.len() < 2 {
        String::new()
    } else {
        format!(" Highest: {}.", some(&districts))
    };
    format!(
        "Of {} people who live where the proposal lands{without}, {} ({}; in England {}) live in the most deprived fifth of \
         England ({}, people of {}; residents, not users).{most}",
        text::grouped(place.people),
        text::grouped(living.people),
        percent(living.share),
        percent(living.england),
        place.edition,
        place.base,
    )
}

fn facts(subject: &Subject<'_>, place: &Population, living: &GroupPopulation, more: Value) -> Value {
    let districts: Vec<Value> = place
        .districts
        .iter()
        .filter(|district| district.notable)
        .map(|district| {
            json!({
                "code": district.code.to_string(), "name": district.name, "whole": district.whole,
                "people": district.people,
                "core20People": district.core20_people,
            })
        })
        .collect();
    let mut facts = json!({
        "group": CORE20, "groupName": subject.group_name(CORE20), "edition": place.edition, "base": place.base,
        "source": living.source, "people": place.people, "core20People": living.people,
        "percent": percent(living.share), "england": percent(living.england), "districts": districts,
        "restsOn": "RESIDENTS", "notes": place.notes,
    });
    if let (Some(facts), Value::Object(more)) = (facts.as_object_mut(), more) {
        facts.extend(more);
    }
    facts
}

pub(super) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
