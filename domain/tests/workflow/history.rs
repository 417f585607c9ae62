//! Properties of whole histories: whatever people try with a case, in whatever order and roles, each law of the panel holds
//! after every step, and the events come to what is stored.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use ehia_domain::{
    case::Case,
    condition::ConditionStatus,
    decision::DecisionOutcome,
    deliberation::{Showing, Window, closes, concluded, shown},
    event::{EventKind, Happening},
    id::{Identifier, MeetingId, PersonId},
    leave::DEPUTISED,
    party::Party,
    permission::{Action, Actor, Role, may_be_stood_in_for, permit, was_party},
    review::{Interest, Panel, PanelMember, Recommendation, Seat},
    text::Path,
    workflow::{
        Phase, Standing,
        condition::{ConditionReport, report_condition},
        definition::{Transition, Workflow},
        engine::{Applied, OutcomeDraft, Refused, apply, phase, state},
        follow::{LookDraft, look_again},
        guard::Guard,
        interest::declared_there,
        process::{
            Declaration, Judgement, assign_panel, content_changed, declare_interest, judge_materiality,
        },
        ratification::{RatificationDraft, ratify},
    },
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;
use uuid::Uuid;

use super::{interest::meeting_of, world::*};

const PEOPLE: [u128; 14] =
    [AUTHOR, CONTRIBUTOR, SRO, CHAIR, SECRETARY, LEAD, BODY, GOVERNANCE, MEMBER, 11, 12, 13, 14, STRANGER];
/// What they sit in, in turn: whatever a shipped quorum asks for.
const SEATS: [&str; 4] = ["chair", "equality", "clinical", "nursing, public health"];
const INTERESTS: [Interest; 4] =
    [Interest::None, Interest::DeclaredNoted, Interest::DeclaredNotVoting, Interest::Withdrawn];

/// The meeting at which much of it is said.
const SOME_MEETING: u128 = 77;

/// One thing that somebody tries: what, who, whether they hold every role, and whatever else it takes.
type Try = (u8, usize, bool, usize, usize);

fn tries() -> impl Strategy<Value = Vec<Try>> {
    prop::collection::vec((0..21_u8, 0..PEOPLE.len(), any::<bool>(), 0..64_usize, 0..64_usize), 20..160)
}

/// What the events told so far come to.
#[derive(Debug, Default, PartialEq)]
struct Told {
    state: String,
    outcomes: Vec<String>,
    decisions: Vec<String>,
    reviews: BTreeSet<String>,
    conditions: BTreeMap<String, String>,
    members: Vec<String>,
    interests: BTreeMap<String, String>,
    answers: usize,
    judging: bool,
}

impl Told {
    fn hear(&mut self, happening: &Happening) {
        let payload = &happening.payload;
        let said = |field: &str| payload[field].as_str().map(str::to_owned);
        match happening.kind {
            EventKind::OutcomeRecorded => {
                self.outcomes.extend(said("outcome"));
                let set = payload["conditions"].as_array().into_iter().flatten();
                let set = set.map(|one| (one.as_str().unwrap().to_owned(), "OPEN".to_owned()));
                self.conditions.extend(set);
            }
            EventKind::DecisionRecorded => self.decisions.extend(said("decision")),
            EventKind::ReviewSubmitted => {
                if let Some(replaced) = said("replaces") {
                    self.reviews.remove(&replaced);
                }
                self.reviews.extend(said("review"));
            }
            EventKind::ConditionReported | EventKind::ConditionBreached => {
                self.conditions.insert(said("condition").unwrap(), said("status").unwrap());
            }
            EventKind::PanelAssigned => {
                let members = payload["members"].as_array().unwrap().iter();
                self.members = members.map(|one| one.as_str().unwrap().to_owned()).collect();
            }
            EventKind::InterestDeclared => {
                self.interests.insert(said("member").unwrap(), said("interest").unwrap());
            }
            EventKind::RatificationRecorded => self.answers += 1,
            EventKind::ReexaminationOpened => self.judging = true,
            EventKind::MaterialityJudged => self.judging = false,
            _ => {}
        }
        if let Some(to) = said("to") {
            self.state = to;
            // What goes back or is closed is not judged any more: the panel reads all of it, or nobody does.
            self.judging &= !matches!(payload["phase"].as_str(), Some("DRAFTING" | "REVIEW" | "CLOSED"));
        }
    }

    fn of(case: &Case) -> Self {
        let process = &case.process;
        let members = process.panel.iter().flat_map(|panel| &panel.members);
        Self {
            state: case.state.clone(),
            outcomes: process.outcomes.iter().map(|one| one.id.to_string()).collect(),
            decisions: process.decisions.iter().map(|one| one.id.to_string()).collect(),
            reviews: process.reviews.iter().map(|one| one.id.to_string()).collect(),
            conditions: (process.conditions.iter())
                .map(|one| (one.id.to_string(), one.status.as_str().to_owned()))
                .collect(),
            members: members.map(|one| one.person.to_string()).collect(),
            interests: (process.interests.iter())
                .map(|(person, one)| (person.to_string(), one.interest.as_str().to_owned()))
                .collect(),
            answers: process.ratifications.len(),
            judging: process.reexamination.is_some(),
        }
    }
}

/// A case, what its events told, and what the panel approved last.
struct History {
    world: World,
    told: Told,
    /// The content that the newest approval or decision froze, or that somebody judged to be none other in what matters.
    approved: Option<Value>,
    /// Whoever withdrew and was not let in again by an answer.
    withdrawn: BTreeSet<PersonId>,
    /// Whoever declared an interest that nobody answered, told by watching.
    open: BTreeSet<PersonId>,
    /// Whose proposal it was when they edited it or when it was frozen, told by watching: they never judge it.
    hands: BTreeSet<PersonId>,
    /// Who made the attempt.
    acting: Actor,
    /// How often the panel concluded with a quorum.
    quorate: usize,
    /// How often it concluded at a meeting.
    met: usize,
    /// How often somebody looked at what was decided.
    looked: usize,
}

impl History {
    fn of(workflow: &Workflow) -> Self {
        let mut world = World::of(workflow.clone());
        world.settings.quorum = 2;
        world.settings.showing = Showing::WhenComplete;
        world.case.process.interests.clear();
        let members = world.case.process.panel.iter_mut().flat_map(|panel| &mut panel.members);
        for (member, seat) in members.zip(SEATS) {
            (member.interest, member.seat) = (Interest::Undeclared, seat.to_owned());
        }
        let told = Told::of(&world.case);
        let (withdrawn, hands) = (BTreeSet::new(), BTreeSet::new());
        let open = BTreeSet::new();
        Self {
            world,
            told,
            approved: None,
            withdrawn,
            open,
            hands,
            acting: actor(STRANGER),
            quorate: 0,
            met: 0,
            looked: 0,
        }
    }

    fn attempt(&mut self, (what, who, every_role, one, other): Try) -> Option<Result<Applied, Refused>> {
        let who = PEOPLE[who];
        let mut by = if every_role && who != STRANGER { with_roles(who, Role::ALL) } else { actor(who) };
        let somebody = person(PEOPLE[other % PEOPLE.len()]);
        if one % 5 == 0 && who != STRANGER && somebody != by.person {
            by.deputises = DEPUTISED.map(|role| deputised(role, somebody)).into();
        }
        self.acting = by.clone();
        let world = &mut self.world;
        let mut supply = supply_from(u128::from(world.case.version) * 1_000_000);
        Some(match what {
            // Everybody on the panel says what there is to say, or a history seldom comes to a conclusion.
            0 => {
                let silent = world.case.process.panel.iter().flat_map(|panel| &panel.members);
                let silent = silent.into_iter().find(|member| member.interest == Interest::Undeclared);
                let Some(silent) = silent.map(|member| member.person) else { return self.answered(one) };
                let declaration = Declaration { member: silent, interest: Interest::None, note: None };
                let me = with_roles(silent.uuid().as_u128(), &[Role::Reviewer]);
                declare_interest(&world.case, &declaration, &me, &world.context())
            }
            1..=4 => {
                let seated = world.case.process.panel.iter().flat_map(|panel| &panel.members);
                let seated: Vec<u128> = seated.map(|member| member.person.uuid().as_u128()).collect();
                let who = if what == 1 { who } else { *seated.get(one % seated.len().max(1))? };
                let before = world.case.clone();
                let draft = review_of(&before);
                let applied = world.submit(draft, who);
                world.case = before;
                applied
            }
            5 => {
                let interest = INTERESTS[one % INTERESTS.len()];
                let member = if other % 2 == 0 { by.person } else { somebody };
                let note = (one % 3 != 0).then(|| "My sister works there.".to_owned());
                declare_interest(&world.case, &Declaration { member, interest, note }, &by, &world.context())
            }
            6 => {
                let members = PEOPLE.iter().skip(other % 9).take(one % 5).enumerate();
                let seat = |(index, number): (usize, &u128)| {
                    let seat = SEATS[index % SEATS.len()].to_owned();
                    PanelMember::from(Seat { person: person(*number), seat })
                };
                let panel = Panel { members: members.map(seat).collect(), ..panel(0) };
                assign_panel(&world.case, panel, &by, &world.context())
            }
            7 => self.edit(&by, one, other)?,
            8 => {
                let judgement = Judgement {
                    expected_version: (other % 2 == 0).then_some(world.case.version),
                    material: one % 2 == 0,
                    reason: "Looked at.".into(),
                    paths: Vec::new(),
                };
                judge_materiality(&world.case, &judgement, &by, &world.context(), &mut supply)
            }
            9 => {
                let seated = world.case.process.panel.iter().flat_map(|panel| &panel.members);
                let attendees = seated.map(|member| Party::person(member.person)).collect();
                let draft = RatificationDraft {
                    expected_revision: world.case.revision,
                    ratified: one % 2 == 0,
                    reason: Some("Because.".into()),
                    attendees,
                    ..RatificationDraft::default()
                };
                ratify(&world.case, draft, &by, &world.context())
            }
            10 => {
                let conditions = &world.case.process.conditions;
                let condition = conditions.get(one % conditions.len().max(1))?.id;
                let status = ConditionStatus::ALL[other % ConditionStatus::ALL.len()];
                let report = ConditionReport { condition, status, note: Some("So.".into()), evidence: None };
                report_condition(&world.case, &report, &by, &world.context())
            }
            11 => self.said_there(by.person, one, other)?,
            20 => self.look(by, one, other),
            _ => {
                world.answer();
                let leaving: Vec<_> = world.workflow.leaving(&world.case.state).collect();
                let name = leaving.get(one % leaving.len().max(1))?.name.clone();
                // As often as not somebody who may, or a history seldom comes to a conclusion.
                let seated = world.case.process.panel.iter().flat_map(|panel| &panel.members);
                let seated: Vec<u128> = seated.map(|member| member.person.uuid().as_u128()).collect();
                let by = match seated.get(other / 2 % seated.len().max(1)) {
                    _ if other % 2 == 0 => by,
                    _ if phase(&world.case, &world.workflow) == Phase::Drafting => actor(AUTHOR),
                    seat => with_roles(*seat?, Role::ALL),
                };
                let mut request = world.request(&name);
                if let Some(decision) = &mut request.decision {
                    decision.meeting = world.moment.today;
                }
                if let Some(outcome) = &mut request.outcome {
                    attend(world, outcome, one / 4, other);
                }
                self.acting = by.clone();
                apply(&world.case, &request, &by, &world.context(), &mut supply)
            }
        })
    }

    /// Somebody says that it stays as it is, as often as not somebody who may.
    fn look(&mut self, by: Actor, one: usize, other: usize) -> Result<Applied, Refused> {
        self.acting = if one.is_multiple_of(2) { by } else { with_roles(LEAD, Role::ALL) };
        let world = &self.world;
        let draft = LookDraft {
            expected_version: world.case.version,
            note: "As it was.".into(),
            next: world.moment.today + chrono::Days::new(other as u64 + 1),
        };
        look_again(&world.case, draft, &self.acting, &world.context())
    }

    /// One or two of them declare an interest at a meeting.
    fn said_there(&self, by: PersonId, one: usize, other: usize) -> Option<Result<Applied, Refused>> {
        let world = &self.world;
        let [somebody, another] = [other, one].map(|index| person(PEOPLE[index % PEOPLE.len()]));
        let said = [(somebody, "I once worked there."), (another, "A cousin.")];
        let later = if one.is_multiple_of(2) { 0 } else { u128::from(world.case.version) };
        let meeting = MeetingId::from(Uuid::from_u128(SOME_MEETING + later));
        let said = &said[..=other % 2];
        declared_there(&world.case, said, meeting, by, &world.workflow, world.moment).map(Ok)
    }

    /// The interest of the first that waits for it is answered.
    fn answered(&self, one: usize) -> Option<Result<Applied, Refused>> {
        let world = &self.world;
        let waiting = world.case.process.unanswered();
        let member = *waiting.keys().next()?;
        let interest = INTERESTS[one % 3];
        let declaration = Declaration { member, interest, note: Some("Considered.".into()) };
        // Somebody who waits for no answer of their own.
        let by = [SECRETARY, LEAD, CHAIR].into_iter().find(|who| !waiting.contains_key(&person(*who)))?;
        let by = with_roles(by, Role::ALL);
        Some(declare_interest(&world.case, &declaration, &by, &world.context()))
    }

    /// Somebody who may edits it, and now and then leaves out who helped to write it, or who sponsors it.
    fn edit(&mut self, by: &Actor, one: usize, other: usize) -> Option<Result<Applied, Refused>> {
        let world = &self.world;
        if !world.workflow.may_edit(by, &world.case) {
            return None;
        }
        self.hands.insert(by.person);
        let mut edited = world.case.clone();
        edited.content.proposal.summary = format!("Edit {one} {other}");
        edited.revision += u32::from(edited.frozen);
        edited.frozen = false;
        edited.sign(by.person);
        if one.is_multiple_of(4) {
            edited.content.contributors.clear();
        }
        if other.is_multiple_of(8) {
            edited.content.sro = None;
        }
        edited.version += 1;
        let paths = [Path::of(["proposal", "summary"])];
        Some(Ok(content_changed(&world.case, &edited, &paths, |_| true, &world.context())))
    }

    /// Whether it is or was the person's own proposal, as it was watched and not as the program keeps it.
    fn own(&self, case: &Case, who: PersonId) -> bool {
        self.hands.contains(&who) || named(case).contains(&who)
    }

    fn go_on(&mut self, applied: Applied) -> Result<(), TestCaseError> {
        let before = std::mem::replace(&mut self.world.case, applied.case);
        for happening in &applied.happenings {
            self.told.hear(happening);
            let judges = happening.kind != EventKind::MaterialityJudged;
            prop_assert!(judges || !self.open.contains(&self.acting.person), "judged, and was not answered");
            if happening.kind == EventKind::MaterialityJudged && happening.payload["material"] == false {
                let now = serde_json::to_value(&self.world.case.content).unwrap();
                self.approved = self.approved.is_some().then_some(now);
            }
            if happening.kind == EventKind::InterestDeclared {
                let member =
                    PersonId::from(Uuid::parse_str(happening.payload["member"].as_str().unwrap()).unwrap());
                let said = happening.payload["interest"].as_str();
                match said {
                    Some("WITHDRAWN") => self.withdrawn.insert(member),
                    _ => self.withdrawn.remove(&member),
                };
                // As it was watched: their own word, and that there is something.
                let own = happening.payload["answered"] == false;
                let step = self.world.case.process.interests[&member].steps.last().unwrap();
                let judges = own || !self.open.contains(&step.by);
                prop_assert!(judges, "{} answered, and was not answered", step.by);
                if own && matches!(said, Some("DECLARED_NOTED" | "DECLARED_NOT_VOTING")) {
                    self.open.insert(member);
                } else {
                    self.open.remove(&member);
                }
            }
        }
        let case = &self.world.case;
        let approves = case.process.outcomes.len() > before.process.outcomes.len()
            && case.process.outcomes.last().is_some_and(|outcome| outcome.recommendation.approves());
        // What the panel did not support the body may decide all the same, with what was before it.
        let decides = case.process.decisions.len() > before.process.decisions.len()
            && case.process.decisions.last().is_some_and(|one| one.outcome != DecisionOutcome::Defer);
        if approves || decides {
            let record = applied.record.as_ref().map(|record| record.document()["content"].clone());
            let kept = serde_json::to_value(&case.content).unwrap();
            prop_assert_eq!(record.as_ref(), Some(&kept), "the record holds something else");
            self.approved = record;
        }
        prop_assert_eq!(&self.told, &Told::of(case), "the events come to something else");
        let mut way = applied.happenings.iter().filter_map(|one| one.payload["transition"].as_str());
        let way = way.next().and_then(|name| self.world.workflow.transition(name)).cloned();
        self.nobody_judges_their_own(&before)?;
        self.conclusions_have_a_quorum(&before, way.as_ref())?;
        self.nobody_votes_unanswered_or_absent(&before)?;
        self.nothing_proceeds_undecided()?;
        self.only_the_body_decides(&before, way.as_ref())?;
        self.nobody_looks_at_their_own_or_too_early(&before)?;
        if self.world.case.frozen {
            self.hands.extend(named(&self.world.case));
        }
        self.nobody_reads_before_declaring()?;
        self.no_review_is_shown_early()?;
        self.what_is_approved_is_what_was_judged()?;
        self.whoever_withdrew_stays_out()
    }

    fn nobody_judges_their_own(&self, before: &Case) -> Result<(), TestCaseError> {
        let process = &self.world.case.process;
        // One that replaces another has an identifier of its own.
        let there: BTreeSet<_> = before.process.reviews.iter().map(|review| review.id).collect();
        for review in process.reviews.iter().filter(|review| !there.contains(&review.id)) {
            prop_assert!(!self.own(before, review.reviewer), "{} judged their own", review.reviewer);
        }
        for outcome in process.outcomes.iter().skip(before.process.outcomes.len()) {
            prop_assert!(!self.own(before, outcome.by), "{} concluded on their own", outcome.by);
            let principal = outcome.on_behalf_of;
            prop_assert!(principal.is_none_or(|of| may_be_stood_in_for(before, of)), "for {:?}", principal);
            let asks = self.world.workflow.leaving(&before.state).any(|one| {
                one.concludes == Some(outcome.recommendation)
                    && one.guards.contains(&Guard::InterestsDeclared {})
            });
            let silent = before.process.interest(outcome.by) == Interest::Undeclared;
            prop_assert!(!asks || before.process.panel.is_none() || !silent, "{} never declared", outcome.by);
        }
        for answer in process.ratifications.iter().skip(before.process.ratifications.len()) {
            let hands = process.outcomes.iter().find(|one| one.id == answer.outcome).unwrap().hands();
            prop_assert!(!hands.contains(&answer.by), "{} answered for themselves", answer.by);
            prop_assert!(!self.own(before, answer.by), "{} answered for their own", answer.by);
            prop_assert!(answer.voted.iter().all(|seat| !hands.contains(&seat.person)));
        }
        for condition in &process.conditions {
            let own = |party: &Party| party.person.is_some_and(|person| was_party(before, person));
            prop_assert!(condition.owner != condition.verifier && !own(&condition.verifier));
            if condition.status == ConditionStatus::Verified {
                let by = condition.reports.last().and_then(|note| note.by.clone()).unwrap();
                let said = condition.reports.iter().rfind(|note| note.status == ConditionStatus::Evidenced);
                prop_assert!(by != condition.owner && said.is_none_or(|note| note.by.as_ref() != Some(&by)));
            }
        }
        Ok(())
    }

    fn conclusions_have_a_quorum(
        &mut self,
        before: &Case,
        way: Option<&Transition>,
    ) -> Result<(), TestCaseError> {
        let World { workflow, case, settings, .. } = &self.world;
        for outcome in case.process.outcomes.iter().skip(before.process.outcomes.len()) {
            let way = way.expect("an outcome is recorded by a transition");
            prop_assert_eq!(way.ratified_within().is_some(), outcome.urgency.is_some());
            let says = way.without_quorum.is_some() || way.ratified_within().is_some();
            let asks = way.asks_quorum();
            prop_assert!(asks || says || workflow.version < 3, "{} concluded without a quorum", outcome.id);
            for guard in &way.guards {
                let Guard::Quorum { members, seats } = guard else { continue };
                let free: BTreeSet<PersonId> = outcome.voted.iter().map(|seat| seat.person).collect();
                let asked = settings.composition().asked(*members, seats.as_deref());
                let (seats, wanted) = (asked.seats, asked.members as usize);
                prop_assert!(free.len() >= wanted, "{} voted, and {} must", free.len(), wanted);
                prop_assert!(filled(seats, &outcome.voted, &mut Vec::new()), "a seat is empty: {:?}", seats);
            }
            for Seat { person, seat } in &outcome.voted {
                let mut seats = before.process.panel.iter().flat_map(|panel| &panel.members);
                let votes = seats.any(|one| (one.person, &one.seat) == (*person, seat) && one.votes());
                let read = before.reviews_of(outcome.revision).any(|review| review.reviewer == *person);
                prop_assert!(votes && read && !self.own(before, *person), "{} was not free", person);
            }
            self.quorate += usize::from(asks);
        }
        Ok(())
    }

    /// Nobody votes with an interest that nobody answered, nor does anything conclude while the panel has one; and nobody
    /// votes who sent apologies, or who was not at the meeting at which it was concluded.
    fn nobody_votes_unanswered_or_absent(&mut self, before: &Case) -> Result<(), TestCaseError> {
        let World { case, meeting, .. } = &self.world;
        let held = meeting.as_ref().filter(|meeting| meeting.recorded_at.is_some());
        let members = before.process.panel.iter().flat_map(|panel| &panel.members);
        let seated: BTreeSet<PersonId> = members.map(|member| member.person).collect();
        let is = |list: &[Party], who: PersonId| list.iter().any(|party| party.person == Some(who));
        let mut judged = Vec::new();
        for outcome in case.process.outcomes.iter().skip(before.process.outcomes.len()) {
            let open: Vec<_> = self.open.intersection(&seated).collect();
            prop_assert!(open.is_empty(), "concluded before {:?} was answered", open);
            prop_assert!(!self.open.contains(&outcome.by), "{} was never answered", outcome.by);
            judged.push((&outcome.voted, &outcome.attendees, &outcome.apologies, outcome.meeting));
        }
        for answer in case.process.ratifications.iter().skip(before.process.ratifications.len()) {
            judged.push((&answer.voted, &answer.attendees, &answer.apologies, answer.meeting));
        }
        for (voted, attendees, apologies, at) in judged {
            self.met += usize::from(at.is_some());
            for who in voted.iter().map(|seat| seat.person) {
                prop_assert!(!self.open.contains(&who), "{} voted unanswered", who);
                prop_assert!(!is(apologies, who), "{} sent apologies and voted", who);
                prop_assert!(at.is_none() || is(attendees, who), "{} voted and was not there", who);
                let held = held.filter(|meeting| Some(meeting.id) == at);
                let there = held.is_none_or(|one| is(&one.present, who) && !is(&one.apologies, who));
                prop_assert!(there, "{} voted and was not there, by the record of the meeting", who);
            }
        }
        Ok(())
    }

    /// Nobody whose proposal it is says that it stays as it is, nor does anybody while something is to be judged first.
    fn nobody_looks_at_their_own_or_too_early(&mut self, before: &Case) -> Result<(), TestCaseError> {
        let asked = &before.process;
        let judged = asked.reexamination.is_none() && asked.ratification_due.is_none();
        let judged = judged && asked.refused().is_none();
        for look in self.world.case.process.looks.iter().skip(asked.looks.len()) {
            prop_assert!(!self.own(before, look.by), "{} looked at their own", look.by);
            prop_assert!(judged, "{} looked before it was judged", look.by);
            self.looked += 1;
        }
        Ok(())
    }

    fn nothing_proceeds_undecided(&self) -> Result<(), TestCaseError> {
        let World { workflow, case, .. } = &self.world;
        if state(case, workflow).unwrap().standing == Standing::Proceeding {
            let newest = case.process.decisions.last();
            prop_assert!(newest.is_some_and(|decision| decision.outcome.proceeds()));
        }
        Ok(())
    }

    /// Whoever records a decision holds the authority for it, or stands in for somebody who does; only a sponsor who sits
    /// on the body has had a hand in the case.
    fn only_the_body_decides(&self, before: &Case, way: Option<&Transition>) -> Result<(), TestCaseError> {
        let process = &self.world.case.process;
        for decision in process.decisions.iter().skip(before.process.decisions.len()) {
            let screens = way.is_some_and(|way| way.screens.is_some());
            let role = if screens { Role::EqualityLead } else { Role::DecisionMaker };
            let by = &self.acting;
            let own = by.grants.iter().any(|grant| grant.role == role);
            let lent =
                by.deputises.iter().any(|one| one.role == role && !self.writes(before, one.on_behalf_of));
            prop_assert_eq!(decision.by, by.person);
            prop_assert!(own || lent, "{} decided without being of the body", decision.by);
            prop_assert!(!self.writes(before, decision.by), "{} decided on what they wrote", decision.by);
        }
        Ok(())
    }

    /// Whether the person wrote it: a sponsor did not.
    fn writes(&self, case: &Case, who: PersonId) -> bool {
        who != person(SRO) && self.own(case, who)
    }

    fn nobody_reads_before_declaring(&self) -> Result<(), TestCaseError> {
        let World { workflow, case, .. } = &self.world;
        let now = phase(case, workflow);
        for member in case.process.panel.iter().flat_map(|panel| &panel.members) {
            if matches!(member.interest, Interest::Undeclared | Interest::Withdrawn) {
                let me = with_roles(member.person.uuid().as_u128(), Role::ALL);
                for action in [Action::Read, Action::ReadDeliberation, Action::Review, Action::Conclude] {
                    prop_assert!(permit(&me, action, case, now).is_err(), "{} may {}", member.person, action);
                }
                prop_assert!(permit(&me, Action::SeeStub, case, now).is_ok());
            }
        }
        Ok(())
    }

    fn no_review_is_shown_early(&self) -> Result<(), TestCaseError> {
        let World { workflow, case, settings, moment, .. } = &self.world;
        let now = phase(case, workflow);
        let window = Window { showing: settings.showing, phase: now, today: moment.today };
        let members: Vec<_> = case.process.panel.iter().flat_map(|panel| &panel.members).collect();
        let judged = |who: PersonId| case.reviews_of(case.revision).any(|review| review.reviewer == who);
        let waits = members.iter().any(|member| {
            member.interest == Interest::Undeclared || (member.may_vote() && !judged(member.person))
        });
        let open = closes(case).is_none_or(|last| last >= moment.today);
        if now == Phase::Review && !members.is_empty() && waits && open {
            prop_assert!(!shown(case, case.revision, window), "shown while somebody is waited for");
        }
        for who in named(case).iter().chain(&self.hands) {
            let me = with_roles(who.uuid().as_u128(), Role::ALL);
            let reads = permit(&me, Action::ReadDeliberation, case, now).is_ok();
            prop_assert!(!reads, "{} reads what the panel says of their own", who);
        }
        for review in case.reviews_of(case.revision) {
            let told = case.process.outcomes.iter().any(|outcome| {
                outcome.revision == case.revision && outcome.recommendation != Recommendation::Defer
            });
            prop_assert!(told || !concluded(case, case.revision, review.at));
        }
        Ok(())
    }

    fn what_is_approved_is_what_was_judged(&self) -> Result<(), TestCaseError> {
        let World { workflow, case, .. } = &self.world;
        if matches!(phase(case, workflow), Phase::Approved | Phase::Decided) {
            let now = serde_json::to_value(&case.content).unwrap();
            let same = self.approved.as_ref() == Some(&now);
            let judging = case.process.reexamination.is_some();
            prop_assert!(same || judging, "changed since it was approved or judged, in {}", case.state);
        }
        Ok(())
    }

    fn whoever_withdrew_stays_out(&self) -> Result<(), TestCaseError> {
        let World { workflow, case, .. } = &self.world;
        for person in &self.withdrawn {
            prop_assert_eq!(case.process.interest(*person), Interest::Withdrawn, "{} sits again", person);
            let me: Actor = with_roles(person.uuid().as_u128(), Role::ALL);
            prop_assert!(
                was_party(case, *person) || permit(&me, Action::Read, case, phase(case, workflow)).is_err()
            );
        }
        Ok(())
    }
}

/// Whose proposal it is, by its content alone.
fn named(case: &Case) -> BTreeSet<PersonId> {
    let sro = case.content.sro.as_ref().and_then(|sro| sro.person);
    [case.author].into_iter().chain(case.content.contributors.iter().copied()).chain(sro).collect()
}

/// Whether each list of seats has somebody who voted, nobody for more than two of them.
fn filled(wanted: &[Vec<String>], voted: &[Seat], holds: &mut Vec<PersonId>) -> bool {
    let Some((any, rest)) = wanted.split_first() else { return true };
    voted.iter().any(|one| {
        let fits = one.seat.split(',').any(|seat| any.iter().any(|word| word == seat.trim()));
        if !fits || holds.iter().filter(|who| **who == one.person).count() == 2 {
            return false;
        }
        holds.push(one.person);
        let placed = filled(rest, voted, holds);
        holds.pop();
        placed
    })
}

/// Who was there and who sent apologies, and of every other conclusion the meeting at which it was reached, which may be
/// recorded by then.
fn attend(world: &mut World, outcome: &mut OutcomeDraft, one: usize, other: usize) {
    let seated = world.case.process.panel.iter().flat_map(|panel| &panel.members);
    let seated: Vec<Party> = seated.map(|member| Party::person(member.person)).collect();
    let away = seated.get(other % (2 * seated.len().max(1))).cloned();
    if one.is_multiple_of(2) {
        outcome.attendees = seated.iter().filter(|one| Some(*one) != away.as_ref()).cloned().collect();
        outcome.attendees.push(Party::named("A. Nother"));
        let meeting = MeetingId::from(Uuid::from_u128(SOME_MEETING));
        outcome.meeting = outcome.urgency.is_none().then_some(meeting);
        let mut held = meeting_of(world, SOME_MEETING);
        held.present.clone_from(&seated);
        held.apologies = away.into_iter().filter(|_| one.is_multiple_of(4)).collect();
        held.recorded_at = (!one.is_multiple_of(3)).then_some(world.moment.at);
        world.meeting = Some(held);
    } else if other.is_multiple_of(3) {
        outcome.apologies = away.into_iter().filter(|one| !outcome.attendees.contains(one)).collect();
    }
}

fn review_of(case: &Case) -> ehia_domain::workflow::reviewing::ReviewDraft {
    ehia_domain::workflow::reviewing::ReviewDraft {
        expected_revision: case.revision,
        recommendation: Recommendation::Approve,
        summary: "Sound.".into(),
        opinions: Vec::new(),
        findings: Vec::new(),
        note: None,
    }
}

/// Plays one history, and says whether it came to an outcome, to how many with a quorum, to how many at a meeting, and how
/// often what was decided was looked at.
fn play(key: &str, version: u32, tries: &[Try]) -> Result<(bool, usize, usize, usize), TestCaseError> {
    let mut history = History::of(Workflow::shipped(key, version).unwrap());
    for (step, attempt) in tries.iter().enumerate() {
        history.world.moment.at += chrono::TimeDelta::minutes(1);
        // A day goes by now and then, and clocks run out.
        if step % 8 == 7 {
            history.world.moment.at += chrono::TimeDelta::days(1);
            history.world.moment.today = history.world.moment.at.date_naive();
        }
        if let Some(Ok(applied)) = history.attempt(*attempt) {
            let held = history.go_on(applied);
            held.map_err(|error| TestCaseError::fail(format!("{key} {step}: {error}")))?;
        }
    }
    Ok((!history.world.case.process.outcomes.is_empty(), history.quorate, history.met, history.looked))
}

#[test]
fn every_law_of_the_panel_holds_after_whatever_people_do() {
    let config = ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() };
    // Percent of the histories that come to an outcome at least, and how many conclusions with a quorum: laws about them say
    // nothing of the others.
    let looked = Cell::new(0);
    for (key, version, share, least) in
        [("ehia", 3, 5, 5), ("screening", 2, 15, 2), ("qia-two-stage", 3, 20, 2), ("ehia", 1, 5, 2)]
    {
        let (played, concluded, quorate) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let met = Cell::new(0);
        let mut runner = TestRunner::new(config.clone());
        let held = runner.run(&tries(), |tries| {
            let (outcome, with_quorum, at_meetings, looks) = play(key, version, &tries)?;
            played.set(played.get() + 1);
            concluded.set(concluded.get() + usize::from(outcome));
            quorate.set(quorate.get() + with_quorum);
            met.set(met.get() + at_meetings);
            looked.set(looked.get() + looks);
            Ok(())
        });
        held.unwrap_or_else(|error| panic!("{error}"));
        let (played, concluded) = (played.get(), concluded.get());
        assert!(
            concluded * 100 >= played * share,
            "{key} {version}: {concluded} of {played} came to an outcome"
        );
        assert!(quorate.get() >= least, "{key} {version}: {} concluded with a quorum", quorate.get());
        assert!(met.get() > 0, "{key} {version}: nothing was concluded at a meeting");
    }
    assert!(looked.get() > 0, "nothing that was decided was looked at again");
}
