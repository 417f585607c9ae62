//! Guards: what must be so before a transition is made. One variant a guard, with its parameters.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    case::Case,
    check::{self, Finding, Gate},
    condition::{self, ConditionStatus},
    id::{Identifier, PersonId},
    impact::{Direction, Impact},
    party::Party,
    permission::{Actor, was_party},
    rating::Band,
    reading,
    review::{Acceptance, PanelMember},
    text::{self, Path},
    workflow::{
        Phase,
        attendance::{Uncounted, counted, left_out},
        draw::Draw,
        engine::{Blocker, Context, Request, phase},
        expression::{Condition, Document},
        interest,
        quorum::{Composition, LISTS, NAME},
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
    /// Every required question is answered, with an answer or an honest unknown, but for those that the rule book asks
    /// under a duty of their own.
    Answered {},
    /// Enough voting members reviewed the revision before the panel, in the seats that are asked for: where it met, of those
    /// who were there, and never of those who sent apologies. Without parameters
    /// both are the organisation's setting.
    Quorum {
        /// How many; the organisation's setting when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<u32>,
        /// Seats that must be among them: of each inner list one. One person fills two at most. When absent, the
        /// organisation's go with the organisation's number: a guard that states its own `members` states its own seats,
        /// too, or asks for none. An empty list asks for none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seats: Option<Vec<Vec<String>>>,
    },
    /// Every voting member of the panel reviewed the revision before it.
    ReviewsComplete {},
    /// So many members of the panel who may vote, beside the actor, reviewed the revision before it: whoever acts alone
    /// has asked others.
    OthersReviewed {
        /// How many.
        members: u32,
    },
    /// The actor is a member of the panel who may vote, in the seat of the chair; or, in another seat, where nobody in
    /// that of the chair may vote or all who could are away, or as the deputy of one of them.
    InTheChair {},
    /// The actor is not who said what the panel checks here; they are none of its voters either.
    NotScreener {},
    /// Every member of the panel declared, or the window for reviews has closed, or it is an action between meetings; and
    /// the actor did, who sits on it or did. An interest that nobody answered stops every conclusion besides.
    InterestsDeclared {},
    /// The actor neither is nor was author, contributor or SRO.
    NotAuthor {},
    /// The content is what was reviewed, or a person judged what changed since.
    UnchangedSinceReview {},
    /// Every condition of the approval in force is verified or waived, and the panel answered for what its chair
    /// concluded between meetings.
    ConditionsMet {},
    /// Somebody present confirms having read the assessment, and nobody absent does.
    ReadConfirmed {
        /// Whether everybody present who has an account must have confirmed it here, at the revision that is decided.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        gathered: bool,
    },
    /// Impacts are recorded, none is unknown, and no negative one scores above the threshold or is unrated.
    ScreeningAllows {
        /// The highest initial score that needs no full assessment.
        maximum: u16,
    },
    /// The case is not in the share of screen-outs that goes to the panel all the same.
    SampledOut {
        /// The share, in percent.
        percent: u8,
        /// The share of borderline ones, in percent; as the others when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        borderline: Option<u8>,
        /// From which initial score of an adverse impact on a case is borderline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        score: Option<u16>,
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
        /// The condition.
        source: Condition,
        /// What to tell whom it stops.
        message: String,
    },
}

/// What a guard is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub case: &'a Case,
    pub document: &'a Document<'a>,
    pub actor: &'a Actor,
    pub request: Option<&'a Request>,
    pub context: &'a Context<'a>,
    /// Whether it is an action between meetings.
    pub urgent: bool,
}

impl<'a> Asked<'a> {
    /// Who voted and counts in the outcome that is asked for, and who reviewed and does not.
    fn counted(self) -> (Vec<&'a PanelMember>, BTreeMap<PersonId, Uncounted>) {
        counted(self.case, self.request.and_then(|request| request.outcome.as_ref()), self.context)
    }
}

impl Guard {
    /// Its name in a definition.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoBlockers { .. } => "no_blockers",
            Self::Answered {} => "answered",
            Self::Quorum { .. } => "quorum",
            Self::ReviewsComplete {} => "reviews_complete",
            Self::OthersReviewed { .. } => "others_reviewed",
            Self::InTheChair {} => "in_the_chair",
            Self::NotScreener {} => "not_screener",
            Self::InterestsDeclared {} => "interests_declared",
            Self::NotAuthor {} => "not_author",
            Self::UnchangedSinceReview {} => "unchanged_since_review",
            Self::ConditionsMet {} => "conditions_met",
            Self::ReadConfirmed { .. } => "read_confirmed",
            Self::ScreeningAllows { .. } => "screening_allows",
            Self::SampledOut { .. } => "sampled_out",
            Self::BandAtMost { .. } => "band_at_most",
            Self::Expression { .. } => "expression",
        }
    }

    /// The draw it makes, if it makes one.
    pub(super) fn draw(&self) -> Option<Draw<'_>> {
        match self {
            Self::SampledOut { percent, borderline, score, seed } => Some(Draw {
                percent: *percent,
                borderline: borderline.unwrap_or(*percent),
                score: *score,
                seed,
            }),
            _ => None,
        }
    }

    /// Which of its texts is longer than a line.
    pub(super) fn too_long(&self) -> Option<&'static str> {
        match self {
            Self::SampledOut { seed, .. } if seed.chars().count() > text::LINE => {
                Some("`seed` has at most 300 characters")
            }
            Self::Expression { message, .. } if message.chars().count() > text::LINE => {
                Some("`message` has at most 300 characters")
            }
            _ => None,
        }
    }

    /// What is wrong with its parameters; `None` when they fit.
    pub(super) fn misfit(&self) -> Option<String> {
        match self {
            Self::Quorum { members: Some(members), .. } if !(1..=100).contains(members) => {
                Some("a quorum has 1 to 100 members".into())
            }
            Self::Quorum { seats: Some(seats), .. }
                if seats.len() > LISTS || seats.iter().any(|one| !(1..=LISTS).contains(&one.len())) =>
            {
                Some("`seats` is at most ten lists of one to ten words".into())
            }
            Self::Quorum { seats: Some(seats), .. }
                if seats.iter().flatten().any(|seat| {
                    seat.trim().is_empty() || seat.contains(',') || seat.chars().count() > NAME
                }) =>
            {
                Some("a seat is called by at most 60 characters without a comma".into())
            }
            Self::OthersReviewed { members } if !(1..=100).contains(members) => {
                Some("`members` goes from 1 to 100".into())
            }
            Self::SampledOut { percent, borderline, .. } if (*percent).max(borderline.unwrap_or(0)) > 100 => {
                Some("`percent` and `borderline` go from 0 to 100".into())
            }
            Self::SampledOut { percent, borderline: Some(borderline), .. } if borderline < percent => {
                Some("borderline ones are drawn first: `borderline` is `percent` or more".into())
            }
            Self::BandAtMost { band: Band::Unrated } => Some("`band` goes from LOW to EXTREME".into()),
            Self::Expression { message, .. } if message.trim().is_empty() => {
                Some("`message` says what to do when the expression does not hold".into())
            }
            _ => None,
        }
    }

    /// What it lets not pass. A guard that asks the request lets everything pass until there is one.
    pub(super) fn blockers(&self, asked: Asked) -> Vec<Blocker> {
        let stops: Vec<Stop> = match self {
            Self::NoBlockers { gate } => return unaccepted(*gate, asked),
            Self::Answered {} => answered(asked.context.findings),
            Self::Quorum { members, seats } => {
                quorum(asked.context.settings.composition().asked(*members, seats.as_deref()), asked)
            }
            Self::ReviewsComplete {} => reviews_complete(asked),
            Self::OthersReviewed { members } => others_reviewed(*members, asked),
            Self::InTheChair {} => in_the_chair(asked),
            Self::NotScreener {} => not_screener(asked),
            Self::InterestsDeclared {} => interest::undeclared(asked),
            Self::NotAuthor {} => not_author(asked),
            Self::UnchangedSinceReview {} => unchanged_since_review(asked),
            Self::ConditionsMet {} => conditions_met(asked.case),
            Self::ReadConfirmed { gathered } => read_confirmed(*gathered, asked),
            Self::ScreeningAllows { maximum } => screening_allows(*maximum, asked.case),
            Self::SampledOut { .. } => self.draw().map_or_else(Vec::new, |draw| sampled_out(draw, asked)),
            Self::BandAtMost { band } => band_at_most(*band, asked),
            Self::Expression { source, message } => expression_holds(source, message, asked.document),
        };
        let code = self.name().to_ascii_uppercase();
        stops.into_iter().map(|(message, path)| blocker(&code, message, path)).collect()
    }
}

/// Why a guard lets something not pass, and where.
pub(super) type Stop = (String, Path);

/// What nobody answered is not accepted either: whoever does not know says so, and who finds out by when.
fn answered(findings: &[Finding]) -> Vec<Stop> {
    let missing = findings.iter().filter(|finding| check::asks_for_answer(&finding.rule));
    missing.map(|finding| (finding.message.clone(), finding.path.clone())).collect()
}

fn quorum(Composition { members: wanted, seats }: Composition, asked: Asked) -> Vec<Stop> {
    let (present, uncounted) = asked.counted();
    let people: BTreeSet<PersonId> = present.iter().map(|member| member.person).collect();
    let without = left_out(&uncounted);
    let mut stops = Vec::new();
    if people.len() < wanted as usize {
        let message = format!(
            "Quorum is {wanted} voting members who reviewed revision {}; {} did so far{}.{without}",
            asked.case.revision,
            people.len(),
            if without.is_empty() { "" } else { " and count here" },
        );
        stops.push((message, Path::of(["panel"])));
    }
    for seat in empty_seats(seats, &present) {
        let among = if without.is_empty() { "" } else { " and count here" };
        let message =
            format!("Quorum needs the seat {} among those who reviewed{among}.{without}", seat.join(" or "));
        stops.push((message, Path::of(["panel"])));
    }
    stops
}

fn reviews_complete(asked: Asked) -> Vec<Stop> {
    let (all, reviewed) = (voters(asked, false).len(), voters(asked, true).len());
    if all > 0 && all == reviewed {
        return Vec::new();
    }
    let message = format!(
        "{reviewed} of {all} voting members reviewed revision {}: wait for the others, or change the panel.",
        asked.case.revision
    );
    vec![(message, Path::of(["reviews"]))]
}

fn others_reviewed(members: u32, asked: Asked) -> Vec<Stop> {
    let (others, uncounted) = asked.counted();
    let others = others.into_iter().map(|member| member.person);
    let others = others.filter(|person| *person != asked.actor.person).collect::<BTreeSet<_>>().len();
    if others >= members as usize {
        return Vec::new();
    }
    let wanted = match members {
        1 => "one other member who may vote has".to_owned(),
        members => format!("{members} other members who may vote have"),
    };
    let message = format!(
        "Whoever acts for the panel asks others first: wait until {wanted} reviewed revision {}; {others} did so far.{}",
        asked.case.revision,
        left_out(&uncounted)
    );
    vec![(message, Path::of(["reviews"]))]
}

fn in_the_chair(asked: Asked) -> Vec<Stop> {
    let Asked { case, actor, context, .. } = asked;
    let may_act = |member: &&PanelMember| member.votes() && !was_party(case, member.person);
    let panel: Vec<&PanelMember> =
        case.process.panel.iter().flat_map(|panel| &panel.members).filter(may_act).collect();
    let chairs = |member: &&&PanelMember| member.chairs();
    let stop = |message: &str| vec![(message.to_owned(), Path::of(["panel"]))];
    if !panel.iter().any(|member| member.person == actor.person) {
        return stop(
            "Only a member of this panel who has declared and may vote acts for it between meetings: leave it to its chair.",
        );
    }
    // Before somebody asks for it, who is away is not known.
    let Some(away) = context.away else { return Vec::new() };
    let stands_in = |person: PersonId| actor.stands_in_for_any(case.organisation, &[person]);
    let mut sitting = panel.iter().filter(chairs).map(|member| member.person).peekable();
    if sitting.peek().is_none() || sitting.any(|chair| chair == actor.person || stands_in(chair)) {
        return Vec::new();
    }
    if panel.iter().filter(chairs).all(|member| away.contains(&member.person)) {
        return Vec::new();
    }
    stop(
        "The chair of this panel may act: leave it to them, enter their leave with a deputy, or let somebody else be seated in the chair.",
    )
}

fn not_screener(asked: Asked) -> Vec<Stop> {
    let Asked { case, actor, context, .. } = asked;
    let checked = context.workflow.checked(case);
    if !context.one_hand(actor.person, &checked) && !actor.stands_in_for_any(case.organisation, &checked) {
        return Vec::new();
    }
    let message = "You, or somebody you stand in for, said what the panel checks here: somebody else records what it finds.";
    vec![(message.into(), Path::default())]
}

fn not_author(asked: Asked) -> Vec<Stop> {
    if was_party(asked.case, asked.actor.person) {
        let message = "Author, contributors and SRO, present or former, leave this to others.";
        return vec![(message.into(), Path::default())];
    }
    Vec::new()
}

fn unchanged_since_review(asked: Asked) -> Vec<Stop> {
    let Asked { case, context, .. } = asked;
    if phase(case, context.workflow) == Phase::Review
        && case.process.submitted_revision != Some(case.revision)
    {
        return vec![("The content is not what was submitted: submit it again.".into(), Path::default())];
    }
    if case.process.reexamination.is_some() {
        let message =
            "The content changed after the review: equality lead or chair must judge the change first.";
        return vec![(message.into(), Path::of(["reexamination"]))];
    }
    Vec::new()
}

fn conditions_met(case: &Case) -> Vec<Stop> {
    let open = in_force(case)
        .filter(|condition| !matches!(condition.status, ConditionStatus::Verified | ConditionStatus::Waived));
    open.map(|condition| {
        (
            format!("A condition is not verified: {}", condition.text),
            Path::of(["conditions"]).join(condition.id),
        )
    })
    .chain(case.process.ratification_due.map(|_| {
        let message = "The panel has not said whether it ratifies what its chair concluded between meetings: record that first.";
        (message.to_owned(), Path::of(["ratificationDue"]))
    }))
    .collect()
}

fn read_confirmed(gathered: bool, asked: Asked) -> Vec<Stop> {
    let Asked { case, request, .. } = asked;
    let Some(decision) = request.and_then(|request| request.decision.as_ref()) else { return Vec::new() };
    let revision = case.revision;
    let path = Path::of(["decision", "readBy"]);
    let confirmed = |party: &Party| party.person.is_some_and(|person| reading::is_current(case, person));
    if gathered {
        let people = decision.present.iter().enumerate();
        let unread =
            people.filter_map(|(index, party)| Some((index, party.person.filter(|_| !confirmed(party))?)));
        let unread: Vec<Stop> = unread
            .map(|(index, person)| {
                // The id stands for the name, which is known to whoever tells it.
                let who = person.global();
                let message = match reading::newest(case, person) {
                    Some(read) => format!(
                        "{who} confirmed having read revision {}, not revision {revision}, which is decided: ask them to read what changed and to confirm it.",
                        read.revision
                    ),
                    None => format!("{who} has not confirmed having read revision {revision}: ask them to confirm it."),
                };
                (message, Path::of(["decision", "present"]).join(index))
            })
            .collect();
        if !unread.is_empty() {
            return unread;
        }
    }
    if decision.read_by.is_empty() && !decision.present.iter().any(confirmed) {
        let message = format!("Say who confirms having read the assessment at revision {revision}.");
        return vec![(message, path)];
    }
    let present = |party: &Party| decision.present.iter().any(|present| same_party(present, party));
    let readers = decision.read_by.iter().enumerate();
    readers
        .filter(|(_, party)| !present(party))
        .map(|(index, _)| {
            let message = "Only somebody who was present can confirm having read it for the decision.";
            (message.into(), path.join(index))
        })
        .collect()
}

fn screening_allows(maximum: u16, case: &Case) -> Vec<Stop> {
    if case.content.impacts.is_empty() {
        let message = "Record impacts first: without any there is nothing to screen.";
        return vec![(message.into(), Path::of(["impacts"]))];
    }
    each_impact(case, |impact| match (impact.direction, impact.initial) {
        (Direction::Unknown, _) => Some("An unknown impact needs the full assessment.".into()),
        (Direction::Negative, None) => Some("Rate this impact before it is screened.".into()),
        (Direction::Negative, Some(rating)) if rating.score() > maximum => Some(format!(
            "An adverse impact with score {} needs the full assessment; screening allows at most {maximum}.",
            rating.score()
        )),
        _ => None,
    })
}

fn sampled_out(draw: Draw, asked: Asked) -> Vec<Stop> {
    let chance = draw.of(asked.case, asked.context);
    if !chance.drawn {
        return Vec::new();
    }
    let kind = if chance.borderline { "borderline ones" } else { "those that are not borderline" };
    let mut message = format!(
        "{} in 100 of {kind} are drawn for the panel all the same, and this is one: put it to the panel.",
        chance.percent
    );
    for reason in &chance.reasons {
        message.push(' ');
        message.push_str(reason);
    }
    if chance.kept {
        message.push_str(" It was drawn when it was submitted before, and what changed since leaves it so.");
    }
    vec![(message, Path::default())]
}

fn band_at_most(band: Band, asked: Asked) -> Vec<Stop> {
    let scale = &asked.context.settings.scale;
    each_impact(asked.case, |impact| match (impact.direction, scale.band(impact.initial)) {
        (Direction::Unknown, _) => Some("An unknown impact has no band.".into()),
        (Direction::Negative, is) if is > band => {
            Some(format!("This adverse impact is {is}; at most {band} is allowed here."))
        }
        _ => None,
    })
}

fn expression_holds(source: &Condition, message: &str, document: &Document) -> Vec<Stop> {
    let message = match source.holds(document) {
        Some(true) => return Vec::new(),
        Some(false) => message.to_owned(),
        None => format!("{message} (It cannot be told yet: something it asks is not answered.)"),
    };
    vec![(message, Path::default())]
}

/// Blocking findings of the gate that nobody accepted, in the past or with this request. What is put to the body, the
/// body accepts: the duty is its own, and a panel's acceptance informs it (R (Brown) v Work and Pensions \[2008\] EWHC
/// 3158 (Admin), the duty is non-delegable).
fn unaccepted(gate: Gate, asked: Asked) -> Vec<Blocker> {
    let Asked { case, request, context, .. } = asked;
    let outcome = request.and_then(|request| request.outcome.as_ref()).map(|outcome| &outcome.accepted);
    let decision = request.and_then(|request| request.decision.as_ref()).map(|decision| &decision.accepted);
    let now: BTreeSet<&str> =
        outcome.into_iter().chain(decision).flatten().map(|accepted| accepted.finding.as_str()).collect();
    // What was accepted before a reopening is no longer among what is kept, and what the panel accepts is in no decision.
    let by_body = |kept: &Acceptance| {
        let mut decisions = case.process.decisions.iter();
        decisions.any(|decision| decision.revision == case.revision && decision.accepted.contains(kept))
    };
    let before = |id: &str| {
        let kept = case.process.accepted.get(id);
        kept.is_some_and(|kept| gate == Gate::Submit || by_body(kept))
    };
    let accepted =
        |finding: &Finding| finding.acceptable && (now.contains(finding.id.as_str()) || before(&finding.id));
    let findings = context.findings.iter();
    findings
        .filter(|finding| finding.blocks(gate))
        .filter(|finding| !accepted(finding))
        .map(|finding| blocker(&finding.rule, finding.message.clone(), finding.path.clone()))
        .collect()
}

/// Memberships of those who vote here; with `reviewed`, only of those who reviewed the present revision.
fn voters(asked: Asked<'_>, reviewed: bool) -> Vec<&PanelMember> {
    let Asked { case, context, .. } = asked;
    let reviewers: BTreeSet<PersonId> =
        case.reviews_of(case.revision).map(|review| review.reviewer).collect();
    let voters = context.voters(case).into_iter();
    voters.filter(|member| !reviewed || reviewers.contains(&member.person)).collect()
}

/// The lists of seats for which nobody is left, when one person fills two at most.
pub(super) fn empty_seats<'a>(wanted: &'a [Vec<String>], present: &[&PanelMember]) -> Vec<&'a [String]> {
    let fold = |words: &[String]| words.iter().map(|word| text::fold(word)).collect();
    let seats = |member: &&PanelMember| (member.person, member.seat.split(',').map(text::fold).collect());
    let mut seating = Seating {
        wanted: wanted.iter().map(|words| fold(words)).collect(),
        present: present.iter().map(seats).collect(),
        filled: BTreeMap::new(),
    };
    let empty = (0..wanted.len()).filter(|index| !seating.place(*index, &mut BTreeSet::new()));
    let empty: Vec<usize> = empty.collect();
    empty.into_iter().filter_map(|index| wanted.get(index).map(Vec::as_slice)).collect()
}

/// Who fills which list of seats; seats as they are searched.
struct Seating {
    wanted: Vec<Vec<String>>,
    present: Vec<(PersonId, Vec<String>)>,
    filled: BTreeMap<usize, PersonId>,
}

impl Seating {
    /// Finds somebody for the list; whoever sits where somebody else is needed moves on if they can (Kuhn's
    /// augmenting paths).
    fn place(&mut self, index: usize, tried: &mut BTreeSet<PersonId>) -> bool {
        let Some(words) = self.wanted.get(index) else { return false };
        let fits = |seats: &[String]| seats.iter().any(|seat| words.contains(seat));
        let fitting = self.present.iter().filter(|(_, seats)| fits(seats));
        let people: Vec<PersonId> = fitting.map(|(person, _)| *person).collect();
        for person in people {
            if !tried.insert(person) {
                continue;
            }
            let holds = self.filled.iter().filter(|(_, holder)| **holder == person);
            let holds: Vec<usize> = holds.map(|(seat, _)| *seat).collect();
            if holds.len() < 2 || holds.into_iter().any(|seat| self.place(seat, tried)) {
                self.filled.insert(index, person);
                return true;
            }
        }
        false
    }
}

/// The conditions of the approval in force: those of the newest outcome that approved.
fn in_force(case: &Case) -> impl Iterator<Item = &condition::Condition> {
    let newest = case.process.approving();
    case.process
        .conditions
        .iter()
        .filter(move |condition| newest.is_some_and(|outcome| outcome.conditions.contains(&condition.id)))
}

/// What is said of each impact that is stopped.
fn each_impact(case: &Case, message: impl Fn(&Impact) -> Option<String>) -> Vec<Stop> {
    let impacts = case.content.impacts.iter();
    impacts.filter_map(|impact| Some((message(impact)?, Path::of(["impacts"]).join(impact.id)))).collect()
}
