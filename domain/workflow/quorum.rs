//! Seats and quorum of a workflow, as its own guards ask for them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    case::Case,
    id::PersonId,
    permission::Role,
    review::{Interest, PanelMember, Recommendation},
    text,
    words::words,
    workflow::{
        Phase,
        definition::{Transition, Workflow},
        guard::{Guard, empty_seats},
    },
};

/// The seat that somebody fills by a role, unless another is given to them.
pub const ROLE_SEATS: [(Role, &str); 4] = [
    (Role::PanelChair, "chair"),
    (Role::EqualityLead, "equality"),
    (Role::Reviewer, "member"),
    (Role::Governance, "governance"),
];

/// The seat anybody may fill who may sit on a panel at all.
pub const MEMBER: &str = "member";

/// The shipped versions, up to which nothing was asked of conclusions without a quorum.
const RELEASED: [(&str, u32); 5] =
    [("ehia", 2), ("qia-two-stage", 2), ("two-person", 2), ("self-assessment", 2), ("screening", 1)];

/// Most lists of seats that one quorum asks for, and most seats in one of them.
pub const LISTS: usize = 10;

/// Most characters in the name of a seat.
pub const NAME: usize = 60;

/// What a quorum is made of: an organisation's ([`crate::settings::Settings::composition`]), or what a guard makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Composition<'a> {
    /// How many voting members, at least.
    pub members: u32,
    /// Seats that must be among them: of each inner list one. One person fills two at most.
    pub seats: &'a [Vec<String>],
}

impl<'a> Composition<'a> {
    /// So many members in whatever seats.
    #[must_use]
    pub const fn of(members: u32) -> Self {
        Self { members, seats: &[] }
    }

    /// What a guard asks for in an organisation whose quorum this is: the organisation's number and seats where it states
    /// neither, its own seats where it states some (or that there are none), and no seats where it states its own number
    /// alone: the organisation's seats go with the organisation's number, so that the two members of a small check need
    /// not be those of a whole panel.
    #[must_use]
    pub fn asked(self, members: Option<u32>, seats: Option<&'a [Vec<String>]>) -> Self {
        match (members, seats) {
            (None, None) => self,
            (None, Some(seats)) => Self { seats, ..self },
            (Some(members), seats) => Self { members, seats: seats.unwrap_or_default() },
        }
    }

    /// What the guard asks for, when it asks for a quorum.
    fn of_guard(self, guard: &'a Guard) -> Option<Self> {
        let Guard::Quorum { members, seats } = guard else { return None };
        Some(self.asked(*members, seats.as_deref()))
    }
}

impl Workflow {
    /// The seats its panels have: those its quorum asks for, those of the organisation's `own` quorum, and those that go
    /// with a role.
    #[must_use]
    pub fn seats<'a>(&'a self, own: Composition<'a>) -> Vec<&'a str> {
        let mut known = BTreeSet::new();
        let asked = self.quorums(own).into_keys().flat_map(|quorum| quorum.seats);
        let asked = asked.chain(own.seats).flatten().map(String::as_str);
        let seats = asked.chain(ROLE_SEATS.iter().map(|(_, seat)| *seat));
        seats.filter(|seat| known.insert(text::fold(seat))).collect()
    }

    /// The seat with this name, as the definition or the organisation spells it.
    #[must_use]
    pub fn seat<'a>(&'a self, own: Composition<'a>, name: &str) -> Option<&'a str> {
        let name = text::fold(name);
        self.seats(own).into_iter().find(|seat| text::fold(seat) == name)
    }

    /// What is wrong where a transition concludes without a quorum and nothing says why, or says so without need. Versions
    /// that were released before this was asked are what they were.
    pub(super) fn misses_quorum(&self, transition: &Transition) -> Option<&'static str> {
        if RELEASED.iter().any(|(key, last)| *key == self.key && self.version <= *last) {
            return None;
        }
        let ratified = transition.ratified_within().is_some();
        let needs = transition.concludes.is_some() && !transition.asks_quorum() && !ratified;
        match transition.without_quorum.as_deref().map(str::trim) {
            None if needs => Some(
                "It concludes without a quorum: add the guard quorum, or say in `withoutQuorum` why none is asked for.",
            ),
            Some("") => Some("Say why no quorum is asked for, or leave `withoutQuorum` out."),
            Some(_) if transition.concludes.is_none() || transition.asks_quorum() => {
                Some("It concludes nothing without a quorum: leave `withoutQuorum` out.")
            }
            _ => None,
        }
    }

    /// The seats of a panel that fills every quorum: each as often as the one that asks for it most often; the rest
    /// are anybody's.
    pub(super) fn full_panel<'a>(&'a self, own: Composition<'a>) -> Vec<&'a str> {
        let mut most: BTreeMap<&str, usize> = BTreeMap::new();
        let mut size = own.members;
        for Composition { members, seats } in self.quorums(own).into_keys() {
            size = size.max(members);
            let mut asked: BTreeMap<&str, usize> = BTreeMap::new();
            for seat in seats.iter().filter_map(|any| any.first()) {
                *asked.entry(seat).or_default() += 1;
            }
            for (seat, times) in asked {
                let most = most.entry(seat).or_default();
                *most = times.max(*most);
            }
        }
        let mut seats: Vec<&str> =
            most.into_iter().flat_map(|(seat, times)| std::iter::repeat_n(seat, times)).collect();
        seats.resize(seats.len().max(size as usize), MEMBER);
        seats
    }

    /// What these members lack for a quorum of every conclusion, if all of them vote and review; `None` when they lack
    /// nothing. `own` is the organisation's quorum.
    #[must_use]
    pub fn shortage(&self, own: Composition<'_>, members: &[PanelMember]) -> Option<Shortage> {
        let voting: Vec<&PanelMember> = members.iter().filter(|member| member.may_vote()).collect();
        self.shortage_among(own, &voting, &voting)
    }

    /// The same of those who vote, with those who fill a seat.
    pub(super) fn shortage_among(
        &self,
        own: Composition<'_>,
        voting: &[&PanelMember],
        seated: &[&PanelMember],
    ) -> Option<Shortage> {
        let people = voting.iter().map(|member| member.person).collect::<BTreeSet<_>>().len();
        let mut short = Shortage { wanted: 0, people, seats: Vec::new() };
        for Composition { members, seats } in self.quorums(own).into_keys() {
            short.wanted = short.wanted.max(members);
            for seat in empty_seats(seats, seated) {
                if !short.seats.iter().any(|known| known == seat) {
                    short.seats.push(seat.to_vec());
                }
            }
        }
        (short.people < short.wanted as usize || !short.seats.is_empty()).then_some(short)
    }

    /// Who said what the panel checks where the case is, and in whose place: they do not vote on it.
    #[must_use]
    pub fn checked(&self, case: &Case) -> Vec<PersonId> {
        let checks = |transition: &Transition| transition.guards.contains(&Guard::NotScreener {});
        let said = case.process.screened.iter().rfind(|said| !said.panel);
        let said = said.filter(|_| self.leaving(&case.state).any(checks));
        said.into_iter().flat_map(|said| [said.by].into_iter().chain(said.on_behalf_of)).collect()
    }

    /// The seats of those who vote on the case where it is, or may once they have declared or were answered.
    #[must_use]
    pub fn may_vote<'a>(&self, case: &'a Case) -> Vec<&'a PanelMember> {
        let checked = self.checked(case);
        let members = case.process.panel.iter().flat_map(|panel| &panel.members);
        members.filter(|member| member.may_vote() && !checked.contains(&member.person)).collect()
    }

    /// What its panel lacks to conclude on a case: by every conclusion where something concludes from its state; before that
    /// by each quorum there is, for which of them it comes to is not known. `None` when nothing. `own` is the organisation's
    /// quorum.
    #[must_use]
    pub fn panel_lacks(&self, case: &Case, own: Composition<'_>) -> Option<String> {
        let free = self.may_vote(case);
        if self.leaving(&case.state).any(|transition| transition.concludes.is_some()) {
            return self.lacking(&case.state, &free, own);
        }
        let people = free.iter().map(|member| member.person).collect::<BTreeSet<_>>().len();
        let lacks = |Composition { members: wanted, seats }: Composition<'_>| {
            let seats: Vec<Vec<String>> =
                empty_seats(seats, &free).into_iter().map(<[String]>::to_vec).collect();
            (people < wanted as usize || !seats.is_empty()).then_some(Shortage { wanted, people, seats })
        };
        let mut all = self.quorums(own).into_keys().map(lacks);
        let least = all.next()??;
        all.all(|other| other.is_some()).then(|| least.to_string())
    }

    /// The seats of those who vote on the case where it is.
    #[must_use]
    pub fn voters<'a>(&self, case: &'a Case) -> Vec<&'a PanelMember> {
        let checked = self.checked(case);
        let members = case.process.panel.iter().flat_map(|panel| &panel.members);
        members.filter(|member| member.votes() && !checked.contains(&member.person)).collect()
    }

    /// Whether the panel could conclude on the case; `None` where the case is not before it. `own` is the organisation's
    /// quorum.
    #[must_use]
    pub fn readiness(&self, case: &Case, own: Composition<'_>) -> Option<Readiness> {
        let mut concluding =
            self.leaving(&case.state).filter(|transition| transition.concludes.is_some()).peekable();
        concluding.peek()?;
        let asks = concluding.any(|transition| transition.guards.contains(&Guard::InterestsDeclared {}));
        let checked = self.checked(case);
        let members = case.process.panel.iter().flat_map(|panel| &panel.members);
        let members: Vec<PanelMember> =
            members.filter(|member| !checked.contains(&member.person)).cloned().collect();
        let reviewed = |member: &&PanelMember| {
            member.votes() && case.reviews_of(case.revision).any(|review| review.reviewer == member.person)
        };
        let reviewed: Vec<PanelMember> = members.iter().filter(reviewed).cloned().collect();
        // As the guards have it: an interest that nobody answered stops every conclusion, silence until the window closes.
        let undeclared = || members.iter().any(|member| member.interest == Interest::Undeclared);
        let silent = asks && !case.process.window_closed() && undeclared();
        let waits = silent || !case.process.unanswered().is_empty();
        Some(if self.shortage(own, &reviewed).is_none() && !waits {
            Readiness::Ready
        } else if self.shortage(own, &members).is_none() {
            Readiness::Expected
        } else {
            Readiness::NotQuorate
        })
    }

    /// Whether those who conclude are asked to: the panel could conclude on the case, and either nobody else is waited for
    /// or the window for their reviews has closed; where it approves only with every review, those who declared are waited
    /// for beyond that. Agenda, task and message all go by [`Self::readiness`]; whoever concludes may do so once that says
    /// so, and is asked to from here on. Where no conclusion asks for a quorum somebody judges alone, and is asked to at
    /// once, whoever sits on a panel. `own` is the organisation's quorum.
    #[must_use]
    pub fn asks_conclusion(&self, case: &Case, own: Composition<'_>) -> bool {
        let concluding = || self.leaving(&case.state).filter(|transition| transition.concludes.is_some());
        let ready = if concluding().any(Transition::asks_quorum) {
            self.readiness(case, own) == Some(Readiness::Ready)
        } else {
            concluding().next().is_some() && case.process.unanswered().is_empty()
        };
        let closed = case.process.window_closed();
        let waits = || {
            // To return it or to act between meetings is no way to approve it.
            let mut approving = concluding()
                .filter(|one| one.concludes.is_some_and(Recommendation::approves))
                .filter(|one| one.ratified_within().is_none())
                .peekable();
            let all = |one: &Transition| one.guards.contains(&Guard::ReviewsComplete {});
            let asks_all = approving.peek().is_some() && approving.all(all);
            let judged = |person| case.reviews_of(case.revision).any(|review| review.reviewer == person);
            let mut free = self.may_vote(case).into_iter();
            free.any(|member| {
                let silent = member.interest == Interest::Undeclared;
                if silent { !closed } else { (!closed || asks_all) && !judged(member.person) }
            })
        };
        ready && (!self.asks_panel(&case.state) || !waits())
    }

    /// Working days that reviewers have, by the longest clock that runs while a case is before the panel.
    #[must_use]
    pub fn review_days(&self) -> u32 {
        let reviewing = self.clocks.iter().filter(|clock| clock.runs_in.contains(&Phase::Review));
        reviewing.map(|clock| clock.days).max().unwrap_or_default()
    }

    /// What makes a quorum, and for which conclusions; `own` is the organisation's.
    #[must_use]
    pub fn quorum_in_words(&self, own: Composition<'_>) -> String {
        let quorums = self.quorums(own);
        let without =
            self.transitions.iter().filter_map(|one| Some((&one.label, one.without_quorum.as_ref()?)));
        let without = without.map(|(label, why)| format!("\"{label}\" asks for none: {}", sentence(why)));
        if quorums.is_empty() {
            let none = ["No conclusion asks for a quorum.".to_owned()];
            return none.into_iter().chain(without).collect::<Vec<_>>().join(" ");
        }
        let sentences = quorums.into_iter().map(|(Composition { members, seats }, labels)| {
            let members = match members {
                1 => "one voting member who has".to_owned(),
                members => format!("{members} voting members who have"),
            };
            let seats = all_of(seats.iter().map(|any| any.join(" or ")));
            let among = if seats.is_empty() { seats } else { format!(", among them {seats}") };
            let labels = all_of(labels.iter().map(|label| format!("\"{label}\"")));
            format!("{labels}: {members} reviewed the revision{among}.")
        });
        sentences.chain(without).collect::<Vec<_>>().join(" ")
    }

    /// What these members lack to conclude from a state: seats that nobody is left for, or their number; `None` when
    /// nothing. `own` is the organisation's quorum.
    #[must_use]
    pub fn lacking(&self, state: &str, members: &[&PanelMember], own: Composition<'_>) -> Option<String> {
        let people: BTreeSet<_> = members.iter().map(|member| member.person).collect();
        let mut missing = BTreeSet::new();
        let concluding = self.leaving(state).filter(|transition| transition.concludes.is_some());
        let guards = concluding.flat_map(|transition| &transition.guards);
        for quorum in guards.filter_map(|guard| own.of_guard(guard)) {
            let seats = empty_seats(quorum.seats, members);
            missing
                .extend(seats.iter().map(|any| format!("nobody is left for the seat {}", any.join(" or "))));
            if people.len() < quorum.members as usize {
                let (people, wanted) = (people.len(), quorum.members);
                missing.insert(format!("{people} of its members may vote, and {wanted} must"));
            }
        }
        (!missing.is_empty()).then(|| all_of(missing.into_iter()))
    }

    /// The quorums its transitions ask for in an organisation with this one, each with the labels of those that do, in the
    /// order of the document.
    fn quorums<'a>(&'a self, own: Composition<'a>) -> BTreeMap<Composition<'a>, Vec<&'a str>> {
        let mut found: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for transition in &self.transitions {
            for quorum in transition.guards.iter().filter_map(|guard| own.of_guard(guard)) {
                found.entry(quorum).or_default().push(&transition.label);
            }
        }
        found
    }
}

words! {
    /// Whether the panel could conclude on a case.
    Readiness {
        /// Enough of its members have reviewed it, no interest waits for an answer, and until the window for reviews has
        /// closed none has still to declare where that is asked.
        Ready = "READY",
        /// Enough of its members may still review it.
        Expected = "EXPECTED",
        /// Its panel cannot make a quorum as it is.
        NotQuorate = "NOT_QUORATE",
    }
}

/// What a panel lacks to be quorate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// How many voting members are asked for.
    pub wanted: u32,
    /// How many there are.
    pub people: usize,
    /// Lists of seats of which nobody is left to fill one.
    pub seats: Vec<Vec<String>>,
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut missing = Vec::new();
        if self.people < self.wanted as usize {
            let members = if self.wanted == 1 { "member" } else { "members" };
            missing.push(format!("{} voting {members}, and there are {}", self.wanted, self.people));
        }
        missing.extend(
            self.seats.iter().map(|any| format!("the seat {}, which nobody fills", any.join(" or "))),
        );
        write!(f, "a quorum asks for {}", all_of(missing.into_iter()))
    }
}

/// With its full stop.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}

/// `a, b and c`.
fn all_of(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    match words.pop() {
        Some(last) if !words.is_empty() => format!("{} and {last}", words.join(", ")),
        last => last.unwrap_or_default(),
    }
}
