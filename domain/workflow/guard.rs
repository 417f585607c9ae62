//! Guards: what must be so before a transition is made. One variant a guard, with its parameters.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    canonical,
    case::Case,
    check::{Finding, Gate},
    id::PersonId,
    impact::{Direction, Impact},
    permission::{Actor, Relation, relation},
    rating::Band,
    review::{ConditionStatus, Interest, PanelMember, Recommendation},
    settings::Severity,
    text::{self, Path},
    workflow::{
        Phase,
        engine::{Blocker, Context, Request, phase},
        requirement::{blocker, same_party},
    },
};

/// A predicate over the case, the request and what surrounds them.
///
/// In a definition it is an object with its `name` in `snake_case` and its parameters beside it:
/// `{"name": "no_blockers", "gate": "SUBMIT"}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Guard {
    /// No blocking finding of the gate is left that nobody accepted.
    NoBlockers {
        /// The gate.
        gate: Gate,
    },
    /// Enough voting members reviewed the revision before the panel.
    Quorum {
        /// How many; the organisation's setting when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<u32>,
        /// Seats that must be among them: of each inner list one. One person fills two at most.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        seats: Vec<Vec<String>>,
    },
    /// Every voting member of the panel reviewed the revision before it.
    ReviewsComplete {},
    /// Every member of the panel declared.
    InterestsDeclared {},
    /// The actor is neither author nor contributor nor SRO.
    NotAuthor {},
    /// The content is what was reviewed, or a person judged what changed since.
    UnchangedSinceReview {},
    /// Every condition of the approval in force is verified or waived.
    ConditionsMet {},
    /// Somebody present confirms having read the assessment, and nobody absent does.
    ReadConfirmed {},
    /// Impacts are recorded, none is unknown, and no negative one scores above the threshold or is unrated.
    ScreeningAllows {
        /// The highest initial score that needs no full assessment.
        maximum: u16,
    },
    /// The case is not in the share of screen-outs that goes to the panel all the same.
    SampledOut {
        /// The share, in percent.
        percent: u8,
        /// Makes the draw this definition's own.
        #[serde(default)]
        seed: String,
    },
    /// No negative impact is rated above the band, unrated, or unknown.
    BandAtMost {
        /// The band.
        band: Band,
    },
    /// A condition of the organisation's own, in CEL over the content of the case.
    Expression {
        /// The expression.
        source: String,
        /// What to tell whom it stops.
        message: String,
    },
}

/// What a guard is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub case: &'a Case,
    pub actor: &'a Actor,
    pub request: Option<&'a Request>,
    pub context: &'a Context<'a>,
}

impl Guard {
    /// Its name in a definition.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoBlockers { .. } => "no_blockers",
            Self::Quorum { .. } => "quorum",
            Self::ReviewsComplete {} => "reviews_complete",
            Self::InterestsDeclared {} => "interests_declared",
            Self::NotAuthor {} => "not_author",
            Self::UnchangedSinceReview {} => "unchanged_since_review",
            Self::ConditionsMet {} => "conditions_met",
            Self::ReadConfirmed {} => "read_confirmed",
            Self::ScreeningAllows { .. } => "screening_allows",
            Self::SampledOut { .. } => "sampled_out",
            Self::BandAtMost { .. } => "band_at_most",
            Self::Expression { .. } => "expression",
        }
    }

    /// What is wrong with its parameters; `None` when they fit.
    pub(super) fn misfit(&self) -> Option<String> {
        match self {
            Self::Quorum { members: Some(members), .. } if !(1..=100).contains(members) => {
                Some("a quorum has 1 to 100 members".into())
            }
            Self::Quorum { seats, .. }
                if seats.len() > 10 || seats.iter().any(|one| !(1..=10).contains(&one.len())) =>
            {
                Some("`seats` is at most ten lists of one to ten words".into())
            }
            Self::SampledOut { percent, .. } if *percent > 100 => Some("`percent` goes from 0 to 100".into()),
            Self::BandAtMost { band: Band::Unrated } => Some("`band` goes from LOW to EXTREME".into()),
            Self::Expression { message, .. } if message.trim().is_empty() => {
                Some("`message` says what to do when the expression does not hold".into())
            }
            Self::Expression { source, .. } => super::expression::misfit(source),
            _ => None,
        }
    }

    /// What it lets not pass. A guard that asks the request lets everything pass until there is one.
    pub(super) fn blockers(&self, asked: Asked) -> Vec<Blocker> {
        let Asked { case, actor, request, context } = asked;
        let stop =
            |message: String, path: Path| vec![blocker(&self.name().to_ascii_uppercase(), message, path)];
        match self {
            Self::NoBlockers { gate } => unaccepted(*gate, asked),
            Self::Quorum { members, seats } => {
                let wanted = members.unwrap_or(context.settings.quorum);
                let present = voters(case, true);
                let people: BTreeSet<PersonId> = present.iter().map(|member| member.person).collect();
                let mut found = Vec::new();
                if people.len() < wanted as usize {
                    let message = format!(
                        "Quorum is {wanted} voting members who reviewed revision {}; {} did so far.",
                        case.revision,
                        people.len()
                    );
                    found.extend(stop(message, Path::of(["panel"])));
                }
                for seat in empty_seats(seats, &present) {
                    let message =
                        format!("Quorum needs the seat {} among those who reviewed.", seat.join(" or "));
                    found.extend(stop(message, Path::of(["panel"])));
                }
                found
            }
            Self::ReviewsComplete {} => {
                let (all, reviewed) = (voters(case, false).len(), voters(case, true).len());
                if all > 0 && all == reviewed {
                    return Vec::new();
                }
                let message = format!(
                    "{reviewed} of {all} voting members reviewed revision {}: wait for the others, or change the panel.",
                    case.revision
                );
                stop(message, Path::of(["reviews"]))
            }
            Self::InterestsDeclared {} => {
                let members = case.process.panel.iter().flat_map(|panel| &panel.members);
                match members.filter(|member| member.interest == Interest::Undeclared).count() {
                    0 => Vec::new(),
                    1 => stop("One member has still to declare.".into(), Path::of(["panel"])),
                    count => stop(format!("{count} members have still to declare."), Path::of(["panel"])),
                }
            }
            Self::NotAuthor {} => match relation(actor, case) {
                Relation::Author | Relation::Contributor | Relation::Sro => {
                    stop("Author, contributors and SRO leave this to others.".into(), Path::default())
                }
                _ => Vec::new(),
            },
            Self::UnchangedSinceReview {} => {
                if phase(case, context.workflow) == Phase::Review {
                    if case.process.submitted_revision == Some(case.revision) {
                        return Vec::new();
                    }
                    stop("The content is not what was submitted: submit it again.".into(), Path::default())
                } else if case.process.reexamination.is_some() {
                    let message = "The content changed after the review: equality lead or chair must judge the change first.";
                    stop(message.into(), Path::of(["reexamination"]))
                } else {
                    Vec::new()
                }
            }
            Self::ConditionsMet {} => {
                let open = in_force(case).filter(|condition| {
                    !matches!(condition.status, ConditionStatus::Verified | ConditionStatus::Waived)
                });
                open.flat_map(|condition| {
                    let message = format!("A condition is not verified: {}", condition.text);
                    stop(message, Path::of(["conditions"]).join(condition.id))
                })
                .collect()
            }
            Self::ReadConfirmed {} => {
                let Some(decision) = request.and_then(|request| request.decision.as_ref()) else {
                    return Vec::new();
                };
                let path = Path::of(["decision", "readBy"]);
                if decision.read_by.is_empty() {
                    return stop("Say who confirms having read the assessment.".into(), path);
                }
                let absent = |party: &&crate::party::Party| {
                    !decision.present.iter().any(|present| same_party(present, party))
                };
                let absent = decision.read_by.iter().enumerate().filter(|(_, party)| absent(party));
                absent
                    .flat_map(|(index, _)| {
                        let message =
                            "Only somebody who was present can confirm having read it for the decision.";
                        stop(message.into(), path.join(index))
                    })
                    .collect()
            }
            Self::ScreeningAllows { maximum } => {
                let message = |impact: &Impact| match (impact.direction, impact.initial) {
                    (Direction::Unknown, _) => {
                        Some("An unknown impact needs the full assessment.".to_owned())
                    }
                    (Direction::Negative, None) => Some("Rate this impact before it is screened.".to_owned()),
                    (Direction::Negative, Some(rating)) if rating.score() > *maximum => Some(format!(
                        "An adverse impact with score {} needs the full assessment; screening allows at most {maximum}.",
                        rating.score()
                    )),
                    _ => None,
                };
                if case.content.impacts.is_empty() {
                    let message = "Record impacts first: without any there is nothing to screen.";
                    return stop(message.into(), Path::of(["impacts"]));
                }
                each_impact(case, message, stop)
            }
            Self::SampledOut { percent, seed } => {
                let digest = canonical::sha256(format!("{seed}:{}", case.id).as_bytes());
                let draw =
                    digest.get(..8).and_then(|hex| u32::from_str_radix(hex, 16).ok()).unwrap_or(0) % 100;
                if draw < u32::from(*percent) {
                    let message = format!(
                        "{percent} in 100 are drawn for the panel all the same, and this is one: submit it."
                    );
                    return stop(message, Path::default());
                }
                Vec::new()
            }
            Self::BandAtMost { band } => {
                let scale = &context.settings.scale;
                let message = |impact: &Impact| match impact.direction {
                    Direction::Unknown => Some("An unknown impact has no band.".to_owned()),
                    Direction::Negative if scale.band(impact.initial) > *band => Some(format!(
                        "This adverse impact is {}; at most {band} is allowed here.",
                        scale.band(impact.initial)
                    )),
                    _ => None,
                };
                each_impact(case, message, stop)
            }
            Self::Expression { source, message } => match super::expression::holds(source, case) {
                Some(true) => Vec::new(),
                Some(false) => stop(message.clone(), Path::default()),
                None => stop(
                    format!("{message} (It cannot be told yet: something it asks is not answered.)"),
                    Path::default(),
                ),
            },
        }
    }
}

/// Blocking findings of the gate that nobody accepted, in the past or with this request.
fn unaccepted(gate: Gate, asked: Asked) -> Vec<Blocker> {
    let Asked { case, request, context, .. } = asked;
    let outcome = request.and_then(|request| request.outcome.as_ref()).map(|outcome| &outcome.accepted);
    let decision = request.and_then(|request| request.decision.as_ref()).map(|decision| &decision.accepted);
    let now: BTreeSet<&str> =
        outcome.into_iter().chain(decision).flatten().map(|accepted| accepted.finding.as_str()).collect();
    let accepted = |finding: &Finding| {
        finding.acceptable
            && (now.contains(finding.id.as_str()) || case.process.accepted.contains_key(&finding.id))
    };
    let findings = context.findings.iter();
    findings
        .filter(|finding| finding.severity == Severity::Blocker && finding.gate == Some(gate))
        .filter(|finding| !accepted(finding))
        .map(|finding| blocker(&finding.rule, finding.message.clone(), finding.path.clone()))
        .collect()
}

/// Memberships of those who vote; with `reviewed`, only of those who reviewed the present revision.
fn voters(case: &Case, reviewed: bool) -> Vec<&PanelMember> {
    let did =
        |member: &&PanelMember| case.reviews_of(case.revision).any(|review| review.reviewer == member.person);
    let members = case.process.panel.iter().flat_map(|panel| &panel.members);
    members.filter(|member| member.votes()).filter(|member| !reviewed || did(member)).collect()
}

/// The lists of seats for which nobody is left, when one person fills two at most.
fn empty_seats<'a>(wanted: &'a [Vec<String>], present: &[&PanelMember]) -> Vec<&'a [String]> {
    let mut filled: BTreeMap<usize, PersonId> = BTreeMap::new();
    let fits = |index: usize, member: &PanelMember| {
        let seats: Vec<String> = member.seat.split(',').map(text::fold).collect();
        wanted.get(index).is_some_and(|words| words.iter().any(|word| seats.contains(&text::fold(word))))
    };
    // Kuhn's augmenting paths: whoever sits where somebody else is needed moves on if they can.
    fn place(
        index: usize,
        present: &[&PanelMember],
        fits: &dyn Fn(usize, &PanelMember) -> bool,
        filled: &mut BTreeMap<usize, PersonId>,
        tried: &mut BTreeSet<PersonId>,
    ) -> bool {
        for member in present.iter().filter(|member| fits(index, member)) {
            if !tried.insert(member.person) {
                continue;
            }
            let holds: Vec<usize> = filled
                .iter()
                .filter(|(_, person)| **person == member.person)
                .map(|(seat, _)| *seat)
                .collect();
            let free = holds.len() < 2 || holds.iter().any(|seat| place(*seat, present, fits, filled, tried));
            if free {
                filled.insert(index, member.person);
                return true;
            }
        }
        false
    }
    let empty = |index: &usize| !place(*index, present, &fits, &mut filled, &mut BTreeSet::new());
    let empty: Vec<usize> = (0..wanted.len()).filter(empty).collect();
    empty.into_iter().filter_map(|index| wanted.get(index).map(Vec::as_slice)).collect()
}

/// The conditions of the approval in force: those of the newest outcome that approved.
fn in_force(case: &Case) -> impl Iterator<Item = &crate::review::Condition> {
    let approves = |outcome: &&crate::review::PanelOutcome| {
        matches!(outcome.recommendation, Recommendation::Approve | Recommendation::ApproveWithConditions)
    };
    let newest = case.process.outcomes.iter().rev().find(approves);
    case.process
        .conditions
        .iter()
        .filter(move |condition| newest.is_some_and(|outcome| outcome.conditions.contains(&condition.id)))
}

fn each_impact(
    case: &Case,
    message: impl Fn(&Impact) -> Option<String>,
    stop: impl Fn(String, Path) -> Vec<Blocker>,
) -> Vec<Blocker> {
    let stopped = case.content.impacts.iter().filter_map(|impact| Some((message(impact)?, impact.id)));
    stopped.flat_map(|(message, id)| stop(message, Path::of(["impacts"]).join(id))).collect()
}
