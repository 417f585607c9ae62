//! Standing panels: who judges the cases of an organisation, in which seat, in which term, and who sits in their place.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

use crate::{
    calendar,
    case::Case,
    id::{OrganisationId, PanelId, PersonId},
    leave::{self, Leave},
    notify::Directory,
    permission::{Role, was_party},
    review::{Absence, Interest, Panel, PanelMember, Seat, StandIn, Standing},
    settings::Settings,
    text::{self, Path, Violation},
    words::words,
    workflow::{
        definition::Workflow,
        quorum::{Composition, MEMBER, ROLE_SEATS, Shortage},
    },
};

/// Seats that panels have in practice. A workflow and an organisation may ask for others in their quorum.
pub const SEATS: [&str; 10] = [
    "chair",
    "vice chair",
    "equality",
    "public health",
    "clinical",
    "lay member",
    "finance",
    "engagement",
    "governance",
    MEMBER,
];

/// Somebody in a seat of a standing panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandingMember {
    /// Who.
    pub person: PersonId,
    /// What the seat is for.
    pub seat: String,
    /// The first day of the term; from the beginning when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day of the term; no end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// When they were last trained for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trained: Option<NaiveDate>,
    /// Who sits in their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternate: Option<PersonId>,
}

impl StandingMember {
    /// Whether the day is in their term.
    #[must_use]
    pub fn serves(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

words! {
    /// Days on which panels meet.
    MeetingDay {
        /// Monday.
        Monday = "MONDAY",
        /// Tuesday.
        Tuesday = "TUESDAY",
        /// Wednesday.
        Wednesday = "WEDNESDAY",
        /// Thursday.
        Thursday = "THURSDAY",
        /// Friday.
        Friday = "FRIDAY",
    }
}

impl MeetingDay {
    const fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Mon,
            Self::Tuesday => Weekday::Tue,
            Self::Wednesday => Weekday::Wed,
            Self::Thursday => Weekday::Thu,
            Self::Friday => Weekday::Fri,
        }
    }
}

/// When a panel meets as a rule: on the first to fourth, or the last, of a weekday in every month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pattern {
    /// Which of the month, 1 to 4; 5 for the last.
    pub week: u8,
    /// The weekday.
    pub day: MeetingDay,
    /// When it begins, in local time.
    pub time: NaiveTime,
}

impl Pattern {
    /// The day in the month of `of`.
    fn in_month(self, of: NaiveDate) -> Option<NaiveDate> {
        let weekday = self.day.weekday();
        if self.week <= 4 {
            return NaiveDate::from_weekday_of_month_opt(of.year(), of.month(), weekday, self.week);
        }
        let fifth = NaiveDate::from_weekday_of_month_opt(of.year(), of.month(), weekday, 5);
        fifth.or_else(|| NaiveDate::from_weekday_of_month_opt(of.year(), of.month(), weekday, 4))
    }

    /// The days after `after`, at most `most` of them; one that is no working day is left out.
    #[must_use]
    pub fn days(self, after: NaiveDate, most: usize, closed: &[NaiveDate]) -> Vec<NaiveDate> {
        let first = after.with_day(1).unwrap_or(after);
        let months = (0..120).map_while(|ahead| first.checked_add_months(chrono::Months::new(ahead)));
        let days = months.filter_map(|month| self.in_month(month));
        days.filter(|day| *day > after && calendar::is_working_day(*day, closed)).take(most).collect()
    }
}

/// A panel that an organisation keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StandingPanel {
    /// Its identifier.
    pub id: PanelId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Counts its changes.
    pub version: u32,
    /// What it is called.
    pub name: String,
    /// Whether it judges what is submitted without a panel of its own; at most one of an organisation's panels does.
    pub usual: bool,
    /// Who sits on it, and in which seats.
    pub members: Vec<StandingMember>,
    /// When it meets as a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Pattern>,
}

/// A seat of a standing panel in which nobody sits on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vacancy {
    /// Whose seat.
    pub member: PersonId,
    /// Which.
    pub seat: String,
    /// Why they do not sit.
    pub because: Absence,
    /// Their alternate, and why they do not sit either.
    pub alternate: Option<(PersonId, Absence)>,
}

/// A standing panel as it would sit on a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seating {
    /// Who sits.
    pub members: Vec<PanelMember>,
    /// Who of them in another's place.
    pub stand_ins: Vec<StandIn>,
    /// Seats that stay empty.
    pub vacant: Vec<Vacancy>,
}

impl StandingPanel {
    /// Who of the panel sits on the case on that day: those in their term, and their alternates for those who wrote or
    /// sponsor it, have left, are away or withdrew from it.
    #[must_use]
    pub fn seating(
        &self,
        case: &Case,
        workflow: &Workflow,
        own: Composition<'_>,
        held: &Directory,
        leave: &[Leave],
        day: NaiveDate,
    ) -> Seating {
        let away = leave::away(leave, day);
        let mut seating = Seating::default();
        let mut seats: BTreeMap<PersonId, usize> = BTreeMap::new();
        let barred = |person: PersonId| {
            if was_party(case, person) {
                return Some(Absence::Party);
            }
            if case.process.interest(person) == Interest::Withdrawn {
                return Some(Absence::Withdrew);
            }
            seat_of(&roles(held, person)).is_none().then_some(Absence::Left)
        };
        let sit = |person: PersonId, seat: &str| {
            let held = roles(held, person);
            let usual = seat_of(&held).unwrap_or(MEMBER).to_owned();
            sits(workflow, own, seat, &held, Path::default()).unwrap_or(usual)
        };
        for member in &self.members {
            let full = |seats: &BTreeMap<PersonId, usize>, person: PersonId| {
                (seats.get(&person).copied().unwrap_or_default() >= 2).then_some(Absence::Seated)
            };
            let absence = (!member.serves(day))
                .then_some(Absence::NotInTerm)
                .or_else(|| barred(member.person))
                .or_else(|| away.contains(&member.person).then_some(Absence::Away))
                .or_else(|| full(&seats, member.person));
            let (person, because) = match (absence, member.alternate) {
                (None, _) => (member.person, None),
                // Whose term is over has no seat that somebody else could fill.
                (Some(because @ Absence::NotInTerm), _) | (Some(because), None) => {
                    let vacancy = Vacancy {
                        member: member.person,
                        seat: member.seat.clone(),
                        because,
                        alternate: None,
                    };
                    seating.vacant.push(vacancy);
                    continue;
                }
                (Some(because), Some(alternate)) => {
                    let gone = away.contains(&alternate).then_some(Absence::Away);
                    if let Some(neither) = barred(alternate).or(gone).or_else(|| full(&seats, alternate)) {
                        seating.vacant.push(Vacancy {
                            member: member.person,
                            seat: member.seat.clone(),
                            because,
                            alternate: Some((alternate, neither)),
                        });
                        continue;
                    }
                    (alternate, Some(because))
                }
            };
            let seat = sit(person, &member.seat);
            let seated = PanelMember::from(Seat { person, seat: seat.clone() });
            if seating.members.contains(&seated) {
                continue;
            }
            *seats.entry(person).or_default() += 1;
            seating.members.push(seated);
            if let Some(because) = because {
                seating.stand_ins.push(StandIn { person, instead_of: member.person, seat, because });
            }
        }
        for member in &mut seating.members {
            member.interest = case.process.interest(member.person);
        }
        seating
    }

    /// Who is expected at a meeting on that day: those in their term who hold a role that sits on panels and are not away,
    /// and the alternates of those who do not or are.
    #[must_use]
    pub fn expected_on(&self, day: NaiveDate, held: &Directory, leave: &[Leave]) -> Vec<PersonId> {
        let away = leave::away(leave, day);
        let sits = |person: PersonId| !away.contains(&person) && seat_of(&roles(held, person)).is_some();
        let mut expected = Vec::new();
        for member in self.members.iter().filter(|member| member.serves(day)) {
            let own = Some(member.person).filter(|person| sits(*person));
            let person = own.or_else(|| member.alternate.filter(|alternate| sits(*alternate)));
            expected.extend(person.filter(|person| !expected.contains(person)));
        }
        expected
    }

    /// The panel as the panel of a case, by this identifier; nothing when nobody sits.
    #[must_use]
    pub fn on(&self, seating: Seating, id: PanelId, reference: &str) -> Option<Panel> {
        let members = seating.members.into_iter().map(|member| PanelMember {
            // What was declared of the case is kept with it, and comes back when it is seated.
            interest: Interest::Undeclared,
            ..member
        });
        let members: Vec<PanelMember> = members.collect();
        (!members.is_empty()).then(|| Panel {
            id,
            name: format!("Panel of {reference}"),
            members,
            standing: Some(Standing { panel: self.id, stand_ins: seating.stand_ins }),
        })
    }

    /// What is wrong with it, with whoever sits on it, and with its quorum; `own` is the organisation's.
    #[must_use]
    pub fn check(
        &self,
        workflow: &Workflow,
        own: Composition<'_>,
        held: &Directory,
        today: NaiveDate,
    ) -> Vec<Violation> {
        let mut violations = Vec::new();
        violations.extend(text::line(&self.name, text::LINE, &Path::of(["name"])).err());
        if let Some(pattern) = self.pattern.filter(|pattern| !(1..=5).contains(&pattern.week)) {
            let message = format!(
                "A panel meets on the first to fourth (1 to 4) or the last (5) of a weekday, not on the {}th.",
                pattern.week
            );
            violations.push(Violation::new("INVALID", message, Path::of(["pattern", "week"])));
        }
        let at = Path::of(["members"]);
        if let Err(violation) = text::bounded_list(self.members.len(), &at) {
            violations.push(violation);
            return violations;
        }
        if self.members.is_empty() {
            violations.push(Violation::new("REQUIRED", "Name at least one member.", at.clone()));
        }
        for (index, member) in self.members.iter().enumerate() {
            self.check_member(member, &at.join(index), (workflow, own, held, today), &mut violations);
        }
        if violations.is_empty()
            && let Some(shortage) = self.never_quorate(workflow, own, today)
        {
            let message = format!(
                "This panel could never conclude: {shortage}. Name more members, or fill the seats that are missing."
            );
            violations.push(Violation::new("NOT_QUORATE", message, at));
        }
        violations
    }

    fn check_member(
        &self,
        member: &StandingMember,
        at: &Path,
        (workflow, own, held, today): (&Workflow, Composition<'_>, &Directory, NaiveDate),
        violations: &mut Vec<Violation>,
    ) {
        let mut wrong = |code: &str, message: &str, field: &str| {
            violations.push(Violation::new(code, message, at.join(field)));
        };
        let theirs = self.members.iter().filter(|other| other.person == member.person);
        if theirs.clone().count() > 2 {
            wrong("TOO_MANY", "One person fills two seats at most.", "person");
        } else if theirs.filter(|other| text::fold(&other.seat) == text::fold(&member.seat)).count() > 1 {
            wrong("DUPLICATE", "This person has this seat already: give each once.", "seat");
        }
        if matches!((member.from, member.until), (Some(from), Some(until)) if until < from) {
            wrong("INVALID", "The term ends before it begins: turn the days round.", "until");
        }
        if member.trained.is_some_and(|day| day > today) {
            wrong(
                "INVALID",
                "This day is in the future: give the day of training once it is over.",
                "trained",
            );
        }
        if member.alternate == Some(member.person) {
            wrong("INVALID", "Nobody stands in for themselves: name somebody else.", "alternate");
        }
        for (person, field) in [(Some(member.person), "person"), (member.alternate, "alternate")] {
            let Some(person) = person else { continue };
            let held = roles(held, person);
            if seat_of(&held).is_none() {
                let message = "There is no such person who may sit on a panel here; reviewers, chairs, equality \
                               leads and governance of the organisation may.";
                violations.push(Violation::new("NOT_FOUND", message, at.join(field)));
                continue;
            }
            let field = if field == "person" { "seat" } else { field };
            violations.extend(sits(workflow, own, &member.seat, &held, at.join(field)).err());
        }
    }

    /// What it lacks on the best of its days from today on, when that is not enough on any.
    fn never_quorate(&self, workflow: &Workflow, own: Composition<'_>, today: NaiveDate) -> Option<Shortage> {
        let begins = self.members.iter().filter_map(|member| member.from).filter(|from| *from > today);
        let mut least: Option<Shortage> = None;
        for day in begins.chain([today]) {
            let serving = self.members.iter().filter(|member| member.serves(day));
            let members: Vec<PanelMember> = serving
                .map(|one| PanelMember::from(Seat { person: one.person, seat: one.seat.clone() }))
                .collect();
            let shortage = workflow.shortage(own, &members)?;
            if least.as_ref().is_none_or(|least| shortage.people > least.people) {
                least = Some(shortage);
            }
        }
        least
    }
}

/// Somebody who might sit on a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Who, and in which seat.
    pub member: PanelMember,
    /// How many cases await their declaration or review.
    pub load: usize,
    /// How many cases like this one they declared an interest in.
    pub conflicts: usize,
}

/// Which of the candidates are proposed: one more than a quorum, whom the least speaks against, every seat that the
/// quorum asks for filled; all of them where they are no more than that.
#[must_use]
pub fn propose(candidates: &[Candidate], workflow: &Workflow, own: Composition<'_>) -> Vec<bool> {
    let mut proposed = vec![true; candidates.len()];
    let chosen = |proposed: &[bool]| -> Vec<PanelMember> {
        let kept = candidates.iter().zip(proposed).filter(|(_, kept)| **kept);
        kept.map(|(candidate, _)| candidate.member.clone()).collect()
    };
    let wanted = workflow.shortage(own, &[]).map_or(own.members, |shortage| shortage.wanted).max(1) as usize;
    let mut order: Vec<usize> = (0..candidates.len()).collect();
    let weight = |index: &usize| {
        let of = candidates.get(*index);
        of.map(|of| std::cmp::Reverse((of.conflicts, of.load, of.member.person)))
    };
    order.sort_by_key(weight);
    for index in order {
        let Some(candidate) = candidates.get(index) else { continue };
        let chairs = text::fold(&candidate.member.seat) == "chair" && candidate.conflicts == 0;
        let mut without = proposed.clone();
        for (other, kept) in candidates.iter().zip(&mut without) {
            if other.member.person == candidate.member.person {
                *kept = false;
            }
        }
        let left = chosen(&without);
        let people = left.iter().map(|member| member.person).collect::<std::collections::BTreeSet<_>>().len();
        if !chairs && people > wanted && workflow.shortage(own, &left).is_none() {
            proposed = without;
        }
    }
    proposed
}

/// The roles somebody holds.
fn roles(held: &Directory, person: PersonId) -> Vec<Role> {
    held.iter().filter(|(_, holders)| holders.contains(&person)).map(|(role, _)| *role).collect()
}

/// The seat somebody fills by the roles they hold.
#[must_use]
pub fn seat_of(roles: &[Role]) -> Option<&'static str> {
    ROLE_SEATS.into_iter().find(|(role, _)| roles.contains(role)).map(|(_, seat)| seat)
}

/// The seat with this name, when there is one and somebody with these roles may fill it; `own` is the organisation's quorum.
///
/// # Errors
/// When panels have no such seat, or it goes with a role that is not held.
pub fn sits(
    workflow: &Workflow,
    own: Composition<'_>,
    name: &str,
    held: &[Role],
    path: Path,
) -> Result<String, Violation> {
    let folded = text::fold(name);
    let usual = || SEATS.into_iter().find(|seat| *seat == folded);
    let Some(seat) = workflow.seat(own, name).or_else(usual) else {
        let mut known = workflow.seats(own);
        known.extend(SEATS.iter().filter(|seat| workflow.seat(own, seat).is_none()));
        let message = format!("The panel has no such seat; choose one of {}.", known.join(", "));
        return Err(Violation::new("NOT_FOUND", message, path));
    };
    let is = |usual: &str| usual != MEMBER && text::fold(usual) == text::fold(seat);
    let role = ROLE_SEATS.iter().find(|(_, usual)| is(usual)).map(|(role, _)| *role);
    if role.is_some_and(|role| !held.contains(&role)) {
        let message =
            format!("The seat \"{seat}\" goes with a role that this person does not hold: choose another.");
        return Err(Violation::new("INVALID", message, path));
    }
    Ok(seat.to_owned())
}

/// The panel that an organisation's settings name, of those who may sit on one today, as the panel of this case: each in
/// their seat, or in that of the role they still hold. A standing panel that is the usual one takes its place.
#[must_use]
pub fn from_settings(
    case: &Case,
    workflow: &Workflow,
    settings: &Settings,
    held: &Directory,
) -> Option<Panel> {
    let mut members: Vec<PanelMember> = Vec::new();
    for given in &settings.panel {
        let held = roles(held, given.person);
        let Some(usual) = seat_of(&held) else { continue };
        let seat = sits(workflow, settings.composition(), &given.seat, &held, Path::default())
            .unwrap_or_else(|_| usual.to_owned());
        let member = PanelMember::from(Seat { person: given.person, seat });
        if !members.contains(&member) {
            members.push(member);
        }
    }
    (!members.is_empty()).then(|| Panel {
        id: panel_of(case),
        name: format!("Panel of {}", case.reference),
        members,
        standing: None,
    })
}

/// The identifier of the panel of a case that has none yet: one panel a case, so it may follow from the case's.
#[must_use]
pub fn panel_of(case: &Case) -> PanelId {
    use crate::id::Identifier;
    PanelId::from(case.id.uuid())
}
