//! Messages about what is followed up: conditions that are set, reported and breached, and readings that are asked for.

use serde_json::Value;

use super::{NoticeKind, Post, Recipient, recipient};
use crate::{
    condition::{Condition, ConditionStatus},
    id::PersonId,
    interdependency::{self, Caveat, Turned},
    party::Party,
    permission::Role,
    review::PanelOutcome,
    text,
    workflow::deadline::{Told, Waits},
};

impl Post<'_> {
    /// Tells those whom the conditions of an outcome name what they are to do; one message to each, with the earliest
    /// day.
    pub(super) fn conditions_set(&mut self, outcome: &PanelOutcome) {
        let set = self.case.process.conditions.iter().filter(|c| outcome.conditions.contains(&c.id));
        let mut set: Vec<_> = set.collect();
        set.sort_by_key(|condition| condition.due);
        for condition in &set {
            for to in [&condition.owner, &condition.verifier].into_iter().filter_map(recipient) {
                let is = |party: &Party| recipient(party) == Some(to);
                let what = match (set.iter().any(|c| is(&c.owner)), set.iter().any(|c| is(&c.verifier))) {
                    (true, true) => "you own one and verify another",
                    (true, false) => "you own it",
                    (false, _) => "you verify it",
                };
                self.send(NoticeKind::ConditionAssigned, to, Some(what), Some(condition.due));
            }
        }
    }

    /// Tells whoever verifies a condition that its owner says it is met.
    pub(super) fn condition_reported(&mut self, payload: &Value) {
        self.receipt("Report on a condition received");
        let Some(condition) = self.condition(payload) else { return };
        if condition.status == ConditionStatus::Evidenced
            && let Some(to) = recipient(&condition.verifier)
        {
            self.send(NoticeKind::VerificationAwaited, to, None, Some(condition.due));
        }
    }

    /// Tells whoever was named to own or verify a condition in the place of somebody else.
    pub(super) fn condition_reassigned(&mut self, payload: &Value) {
        let Some(condition) = self.condition(payload) else { return };
        let (owner, verifier) = (("owner", &condition.owner), ("verifier", &condition.verifier));
        for ((field, party), what) in [(owner, "you own it"), (verifier, "you verify it")] {
            if let (true, Some(to)) = (payload.get(field).is_some_and(|who| !who.is_null()), recipient(party))
            {
                self.send(NoticeKind::ConditionAssigned, to, Some(what), Some(condition.due));
            }
        }
    }

    /// Tells whom the settings name of a condition that is not met.
    pub(super) fn condition_breached(&mut self, payload: &Value) {
        let Some(condition) = self.condition(payload) else { return };
        let by = payload.get("status").is_some();
        if by {
            self.receipt("Report on a condition received");
        }
        let what = if by { "its verifier says that it is not met" } else { "its day has passed" };
        let waits: Vec<Waits> = match recipient(&condition.owner) {
            Some(Recipient::Person(person)) => vec![Waits::Person(person)],
            Some(Recipient::Contact(contact)) => vec![Waits::Contact(contact)],
            None => Vec::new(),
        };
        for told in super::told(payload) {
            self.tell(NoticeKind::ConditionBreached, told, &waits, (what, condition.due));
        }
    }

    /// Tells whoever owns a condition that is breached that it was said what is to be done, and its sponsor when the body
    /// said so; what that is, is read in the case.
    pub(super) fn breach_answered(&mut self, payload: &Value) {
        self.receipt("Answer to a breach received");
        let Some(condition) = self.condition(payload) else { return };
        let body = payload.get("body").and_then(Value::as_bool).unwrap_or_default();
        let what = if body {
            "the body that decides has said what is to be done"
        } else {
            "its sponsor has said what is to be done"
        };
        if let Some(owner) = recipient(&condition.owner) {
            self.send(NoticeKind::ConditionBreached, owner, Some(what), Some(condition.due));
        }
        if body {
            self.tell(NoticeKind::ConditionBreached, Told::Sro, &[], (what, condition.due));
        }
    }

    /// Tells those whose proposal rests on what turned, whoever does what rests on it, and those who chair panels.
    pub(super) fn reliance_turned(&mut self) {
        let (before, case) = (self.circumstances.before, self.case);
        let turned = interdependency::turned(before, case);
        let counted = |which: &dyn Fn(&Turned) -> bool, words: &str| {
            let count = turned.iter().filter(|one| which(one)).count();
            (count > 0).then(|| format!("{} {words}", text::counted(count, "reliance")))
        };
        let elsewhere = |one: &Turned| {
            matches!(one.caveat, Some(Caveat::TakenBackElsewhere | Caveat::ConfirmedElsewhere))
        };
        let what = |holds: Option<bool>, words: &str| {
            counted(&|one: &Turned| one.holds == holds && !elsewhere(one), words)
        };
        let asked = |caveat: Caveat, words: &str| counted(&|one: &Turned| one.caveat == Some(caveat), words);
        let told = [
            what(Some(false), "known not to hold"),
            what(Some(true), "known to hold"),
            what(None, "open again"),
            asked(
                Caveat::TakenBackElsewhere,
                "to be asked of a partner, who no longer confirms the same elsewhere",
            ),
            asked(Caveat::ConfirmedElsewhere, "to be asked of a partner, who confirmed the same elsewhere"),
        ];
        let told = told.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let mut to: Vec<Recipient> = super::parties(case).into_iter().map(Recipient::Person).collect();
        to.extend(interdependency::owners(case, &turned).filter_map(recipient));
        let chairs = self.circumstances.directory.get(&Role::PanelChair).into_iter().flatten();
        to.extend(chairs.copied().map(Recipient::Person));
        for to in to {
            self.send(NoticeKind::RelianceChanged, to, Some(&told), None);
        }
    }

    /// Tells those who were asked to read the assessment before the body meets.
    pub(super) fn readings_asked(&mut self, payload: &Value) {
        let people = payload.get("people").cloned();
        let people: Vec<PersonId> =
            people.and_then(|people| serde_json::from_value(people).ok()).unwrap_or_default();
        for person in people {
            let asked = self.case.process.readings_asked.iter().find(|asked| asked.person == person);
            let Some(meeting) = asked.map(|asked| asked.meeting) else { continue };
            self.send(NoticeKind::ReadingAsked, Recipient::Person(person), None, Some(meeting));
        }
    }

    /// Tells whomever a step means.
    pub(super) fn tell(
        &mut self,
        kind: NoticeKind,
        told: Told,
        waits: &[Waits],
        (what, due): (&str, chrono::NaiveDate),
    ) {
        let (what, due) = (Some(what), Some(due));
        let directory = self.circumstances.directory;
        let holders = |role| directory.get(&role).into_iter().flatten().copied().map(Recipient::Person);
        let to: Vec<Recipient> = match told {
            Told::Doer => {
                let one = |waits: &Waits| match *waits {
                    Waits::Person(person) => vec![Recipient::Person(person)],
                    Waits::Contact(contact) => vec![Recipient::Contact(contact)],
                    Waits::Role(role) => holders(role).collect(),
                };
                waits.iter().flat_map(one).collect()
            }
            Told::Author => vec![Recipient::Person(self.case.author)],
            Told::Sro => self.case.content.sro.iter().filter_map(recipient).collect(),
            Told::Body => self.circumstances.workflow.body().into_iter().flat_map(holders).collect(),
            Told::Role(role) => holders(role).collect(),
        };
        for to in to {
            self.send(kind, to, what, due);
        }
    }

    fn condition(&self, payload: &Value) -> Option<Condition> {
        let id = payload.get("condition").and_then(|id| serde_json::from_value(id.clone()).ok())?;
        self.case.process.conditions.iter().find(|condition| condition.id == id).cloned()
    }
}
