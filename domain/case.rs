//! The whole of one case: its content, and what has been done with it.
//!
//! Content is what authors write ([`crate::assessment`]); process is what panel, body and owners do with it.
//! `version` counts every change of either, `revision` numbers the content.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::Content,
    condition::Condition,
    decision::{Decision, DecisionOutcome},
    id::{AssessmentId, ImpactId, InterdependencyId, MitigationId, OrganisationId, OutcomeId, PersonId},
    interdependency::{Caveat, Confirmation, Heard, InterdependencyKind},
    mitigation::{MitigationReport, MitigationStatus},
    rating::{Band, Rating},
    reading::{Reading, ReadingAsked},
    review::{Acceptance, Declared, Interest, Panel, PanelOutcome, Ratification, Review},
    screening::{Lot, Screened, ScreeningDepth},
    text::Path,
    thread::Thread,
    words::words,
    workflow::{Phase, Standing, clock::REEXAMINATION, follow::Look},
};

/// A definition a case began with and keeps.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pinned {
    /// The definition's key.
    pub key: String,
    /// Its version, from 1.
    pub version: u32,
}

words! {
    /// How much of a case another organisation may see.
    ShareLevel {
        /// Nothing.
        None = "NONE",
        /// Reference, title, organisation and standing.
        Stub = "STUB",
        /// All that its own readers may read.
        Read = "READ",
        /// That, and its people may sit on the panel.
        Review = "REVIEW",
    }
}

words! {
    /// How long a case is kept (NHS Records Management Code; classes are the organisation's to confirm).
    RetentionClass {
        /// With the decision it informed.
        WithDecision = "WITH_DECISION",
        /// Six years after the policy or business case ends.
        PolicyLifeSixYears = "POLICY_LIFE_SIX_YEARS",
        /// For permanent preservation.
        Permanent = "PERMANENT",
    }
}

/// A material change that somebody has to judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reexamination {
    /// When the change was made.
    pub since: DateTime<Utc>,
    /// What changed.
    pub paths: Vec<Path>,
    /// When it must be judged: five working days.
    pub due: NaiveDate,
}

/// A change after approval that was judged not to go back to the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Settled {
    /// The first version at which somebody reviewed the content that was approved: whoever reviewed it before that has not
    /// seen what was changed.
    pub since: u32,
    /// The version at which that was judged.
    pub judged: u32,
}

/// What the author says was done about one thing that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReturnAnswer {
    /// The section or field that was named.
    pub path: Path,
    /// What was done about it, or why nothing was.
    pub text: String,
    /// Who says so.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// What was asked for when the case went back to its author.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Return {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
    /// The sections or fields named.
    pub paths: Vec<Path>,
    /// Why.
    pub comment: String,
    /// By when it is expected back.
    pub due: Option<NaiveDate>,
    /// Why each was named, by the path as it is written with `/`, where a reason was given of its own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reasons: BTreeMap<String, String>,
    /// Whether the panel asks for an answer to each; one who reopens a case does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks: bool,
    /// What the author says was done about each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<ReturnAnswer>,
    /// The revision that went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The revision that came back, once it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resubmitted: Option<u32>,
}

impl Return {
    /// Whether the panel asked for something that the author answers.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.asks && !self.paths.is_empty()
    }

    /// What the author said about this path.
    #[must_use]
    pub fn answer(&self, path: &Path) -> Option<&ReturnAnswer> {
        self.answers.iter().find(|answer| answer.path == *path)
    }

    /// What the panel asked for and nobody has answered.
    pub fn unanswered(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().filter(|path| self.asks && self.answer(path).is_none())
    }
}

/// A running or finished clock, in NHS working days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// The day it began to run, or began to run again after a pause.
    pub since: NaiveDate,
    /// Working days left on that day.
    pub days_left: u32,
    /// The day it is due while it runs; `None` while it is paused or after it stopped.
    pub due: Option<NaiveDate>,
    /// Whether its running out was already announced.
    pub announced: bool,
}

/// How far those concerned were told of something due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reminded {
    /// The day it was due when they were told.
    pub due: NaiveDate,
    /// The last step that was announced, in working days after that day.
    pub working_days: i32,
}

/// What has been done with a case. None of it is content.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Process {
    /// Who judges it.
    pub panel: Option<Panel>,
    /// What was declared of interests in it, by those who sit on the panel and those who left it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub interests: BTreeMap<PersonId, Declared>,
    /// Everybody whose proposal it ever was beside its author, and whose hand is in it: contributors who wrote in it
    /// or attached to it, contributors and SRO who moved or reported on it, and those whom a frozen revision named. It
    /// never shrinks, and permits nothing: it says who may not judge the case. Whoever was named by mistake and taken
    /// off before any of that is not among them: what they knew of it they declare.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub wrote: BTreeSet<PersonId>,
    /// What they said, of every revision.
    pub reviews: Vec<Review>,
    /// What the panel concluded, the newest last.
    pub outcomes: Vec<PanelOutcome>,
    /// What the body decided, the newest last.
    pub decisions: Vec<Decision>,
    /// What approvals are subject to.
    pub conditions: Vec<Condition>,
    /// Findings accepted by panel or body, by the finding's stable id; the newest acceptance counts.
    pub accepted: BTreeMap<String, Acceptance>,
    /// What was reported of mitigations, the newest last.
    pub progress: Vec<MitigationReport>,
    /// How impacts stand now, where somebody judged it with evidence.
    pub current: BTreeMap<ImpactId, Rating>,
    /// Whether reliances hold, where it is known.
    pub holds: BTreeMap<InterdependencyId, bool>,
    /// What is to be known beside that: why one does not hold, or that it holds only as far as is known.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub caveats: BTreeMap<InterdependencyId, Caveat>,
    /// What partners said of the same where other reliances are on it, until what they say of these is recorded.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub heard: BTreeMap<InterdependencyId, Heard>,
    /// The same of what they rested on before they were edited, by its digest: it counts again once they rest on that again.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub heard_before: BTreeMap<InterdependencyId, BTreeMap<String, Heard>>,
    /// What partners confirmed or withdrew of what the case relies on, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub confirmations: Vec<Confirmation>,
    /// An open re-examination.
    pub reexamination: Option<Reexamination>,
    /// What was asked for when the case last went back, until it comes back.
    pub returned: Option<Return>,
    /// What was asked for before, and what was done about it, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
    /// Who of the body confirmed having read it, at which revision, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
    /// Who of the body was asked to read it before a meeting, until it is decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub readings_asked: Vec<ReadingAsked>,
    /// What members of the panel discuss, and what they ask its author.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<Thread>,
    /// Who was taken off the panel before they judged the revision it has before it, though they could have.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub unheard: BTreeSet<PersonId>,
    /// What of a reopened case goes back to the panel; the rest stands as it was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Vec<Path>>,
    /// Changes after approval that were judged not to go back to the panel, by their paths: what was said of them stands.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub settled: BTreeMap<String, Settled>,
    /// The day of the change for which it was reopened, where one was judged material.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopened_since: Option<NaiveDate>,
    /// The revision last submitted to the panel.
    pub submitted_revision: Option<u32>,
    /// The revision the panel approved, until it is reopened.
    pub approved_revision: Option<u32>,
    /// The day the newest of its frozen revisions was frozen; nothing of cases from before that was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frozen_on: Option<NaiveDate>,
    /// The day the content last changed since the panel approved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edited_on: Option<NaiveDate>,
    /// Clocks by name.
    pub clocks: BTreeMap<String, Clock>,
    /// What was told of what is due, by the key of the deadline.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub reminded: BTreeMap<String, Reminded>,
    /// The day by which a chair's action between meetings must be ratified.
    pub ratification_due: Option<NaiveDate>,
    /// The outcome that is then to be ratified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_ratify: Option<OutcomeId>,
    /// What the panel said of the chair's actions between meetings, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratifications: Vec<Ratification>,
    /// How deep an assessment was said to be needed, where that is what the case is about, the newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub screened: Vec<Screened>,
    /// What it drew for the panel's check of what is screened out, settled at its first submission.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lot: Option<Lot>,
    /// The assessments that were begun because this screening asked for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leads_to: Vec<AssessmentId>,
    /// The screening that asked for this assessment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screened_by: Option<AssessmentId>,
    /// The day the case is to be looked at again.
    pub review_due: Option<NaiveDate>,
    /// Each time somebody looked at what was decided and it stayed as it is, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub looks: Vec<Look>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

impl Process {
    /// The newest outcome by which the panel approved.
    #[must_use]
    pub fn approving(&self) -> Option<&PanelOutcome> {
        self.outcomes.iter().rev().find(|outcome| outcome.recommendation.approves())
    }

    /// What the chair concluded between meetings and the panel is still to answer, with the day by which.
    #[must_use]
    pub fn unratified(&self) -> Option<(&PanelOutcome, NaiveDate)> {
        let of = |id: OutcomeId| self.outcomes.iter().find(|outcome| outcome.id == id);
        let outcome = self.to_ratify.map_or_else(|| self.approving(), of)?;
        Some((outcome, self.ratification_due?))
    }

    /// What the panel did not ratify, until somebody says why it stands, the body decides, or the panel concludes anew.
    #[must_use]
    pub fn refused(&self) -> Option<&Ratification> {
        let refusal = self.ratifications.last().filter(|last| !last.ratified && last.answer.is_none())?;
        let decided =
            |decision: &Decision| decision.outcome != DecisionOutcome::Defer && decision.at >= refusal.at;
        let later = |outcome: &PanelOutcome| outcome.id != refusal.outcome && outcome.at >= refusal.at;
        let anew = self.outcomes.iter().any(later);
        (!anew && !self.decisions.iter().any(decided)).then_some(refusal)
    }

    /// How deep an assessment the screening asks for and nobody has begun.
    #[must_use]
    pub fn awaited(&self) -> Option<ScreeningDepth> {
        let newest =
            self.screened.last().map(|said| said.depth).filter(|depth| *depth != ScreeningDepth::None);
        newest.filter(|_| self.leads_to.is_empty())
    }

    /// The day by which an open re-examination must be judged.
    #[must_use]
    pub fn reexamination_due(&self) -> Option<NaiveDate> {
        self.reexamination.as_ref().map(|open| open.due)
    }

    /// The earliest day on which a running clock of the workflow is due. A re-examination has a day of its own.
    #[must_use]
    pub fn due(&self) -> Option<NaiveDate> {
        let clocks = self.clocks.iter().filter(|(name, _)| *name != REEXAMINATION);
        clocks.filter_map(|(_, clock)| clock.due).min()
    }

    /// The earliest day of a running clock whose passing is still to be announced.
    #[must_use]
    pub fn announces(&self) -> Option<NaiveDate> {
        self.clocks.values().filter(|clock| !clock.announced).filter_map(|clock| clock.due).min()
    }

    /// What is declared of the person's interest: as it stands in their seat, or stood when they left it.
    #[must_use]
    pub fn interest(&self, person: PersonId) -> Interest {
        let seat = self.panel.iter().flat_map(|panel| &panel.members).find(|member| member.person == person);
        let kept = || self.interests.get(&person).map(|declared| declared.interest);
        seat.map(|member| member.interest).or_else(kept).unwrap_or(Interest::Undeclared)
    }

    /// Seats a panel in the place of the one before. What somebody declared stays with the case when they
    /// leave, and is theirs again when they come back.
    pub fn seat(&mut self, mut panel: Panel) {
        let before = self.panel.iter().flat_map(|panel| &panel.members);
        for member in before.filter(|member| member.interest != Interest::Undeclared) {
            let kept = self.interests.get(&member.person);
            let own = kept.is_none_or(|kept| kept.own);
            let steps = kept.map(|kept| kept.steps.clone()).unwrap_or_default();
            let declared = Declared { interest: member.interest, note: member.note.clone(), own, steps };
            self.interests.insert(member.person, declared);
        }
        for member in &mut panel.members {
            let kept = self.interests.get(&member.person);
            member.interest = kept.map_or(Interest::Undeclared, |kept| kept.interest);
            member.note = kept.and_then(|kept| kept.note.clone());
        }
        self.panel = Some(panel);
        self.recall();
    }

    /// Whether what this person declared of themselves waits for its answer, whether or not they still sit on the panel.
    #[must_use]
    pub fn awaits_answer(&self, person: PersonId) -> bool {
        self.interests.get(&person).is_some_and(|kept| kept.unanswered(person).is_some())
    }

    /// Whether this person sits on the panel and never said whether an interest keeps them from it.
    #[must_use]
    pub fn is_undeclared(&self, person: PersonId) -> bool {
        let mut seats = self.panel.iter().flat_map(|panel| &panel.members);
        seats.find(|seat| seat.person == person).is_some_and(|seat| seat.interest == Interest::Undeclared)
    }

    /// Says of each seat of the panel whether what was declared in it waits for an answer, by the steps that are kept:
    /// what was stored before that was asked says nothing of it.
    pub fn recall(&mut self) {
        let interests = &self.interests;
        for member in self.panel.iter_mut().flat_map(|panel| &mut panel.members) {
            let kept = interests.get(&member.person);
            member.unanswered = kept.is_some_and(|kept| kept.unanswered(member.person).is_some());
        }
    }

    /// Members of the panel whose declaration waits for an answer, each once, with whether they lead it.
    #[must_use]
    pub fn unanswered(&self) -> BTreeMap<PersonId, bool> {
        let mut waiting = BTreeMap::new();
        for member in self.panel.iter().flat_map(|panel| &panel.members).filter(|member| member.unanswered) {
            *waiting.entry(member.person).or_default() |= member.leads();
        }
        waiting
    }

    /// Whether the window in which the panel judges the revision before it has closed, as it was announced when its day
    /// had passed.
    #[must_use]
    pub fn window_closed(&self) -> bool {
        let clocks = self.clocks.iter().filter(|(name, _)| *name != REEXAMINATION);
        let first = clocks.filter_map(|(_, clock)| Some((clock.due?, clock.announced))).min();
        first.is_some_and(|(_, announced)| announced)
    }
}

/// One case, whole: what a command loads, decides on and saves.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its identifier.
    pub id: AssessmentId,
    /// Unique and readable: ODS code, year, number (`T6Y0W-2026-0042`).
    pub reference: String,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Counts every change, from 1.
    pub version: u32,
    /// Numbers the content, from 1.
    pub revision: u32,
    /// Whether `revision` is frozen: the next change of content begins the next one.
    pub frozen: bool,
    /// The form it began with.
    pub form: Pinned,
    /// The workflow it began with.
    pub workflow: Pinned,
    /// The name of its state.
    pub state: String,
    /// Who began it.
    pub author: PersonId,
    /// What its authors write.
    pub content: Content,
    /// What has been done with it.
    pub process: Process,
    /// The version at which each path of the content last changed, for merging edits.
    pub changed: BTreeMap<String, u32>,
    /// What other organisations may see of it.
    pub shares: BTreeMap<OrganisationId, ShareLevel>,
    /// How long it is kept.
    pub retention: RetentionClass,
    /// Whether nothing of it may be disposed of.
    pub legal_hold: bool,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What lists show of a case, read without its documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its identifier.
    pub id: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Who began it.
    pub author: PersonId,
    /// Counts every change.
    pub version: u32,
    /// Numbers the content.
    pub revision: u32,
    /// Its form.
    pub form: Pinned,
    /// Its workflow.
    pub workflow: Pinned,
    /// The name of its state.
    pub state: String,
    /// The state's phase.
    pub phase: Phase,
    /// The state's standing.
    pub standing: Standing,
    /// The service line.
    pub service_line: Option<String>,
    /// The programme.
    pub programme: Option<String>,
    /// When it is to be decided.
    pub decision_date: Option<NaiveDate>,
    /// The worst current band of its negative impacts; `None` when it has no negative impact.
    pub band: Option<Band>,
    /// Sorts cases by risk, the greatest last.
    pub risk: u32,
    /// The day by which an open re-examination must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Process {
    /// Whether of every reliance the same is known as before.
    #[must_use]
    pub fn knows_as_much(&self, before: &Self) -> bool {
        (&self.holds, &self.caveats, &self.heard) == (&before.holds, &before.caveats, &before.heard)
    }
}

impl Case {
    /// How far a mitigation is: as last reported, planned until then.
    #[must_use]
    pub fn mitigation_status(&self, id: MitigationId) -> MitigationStatus {
        let reports = self.process.progress.iter().rev();
        reports
            .into_iter()
            .find(|report| report.mitigation == id)
            .map_or(MitigationStatus::Planned, |r| r.status)
    }

    /// How an impact stands now: as last judged with evidence, its initial rating until then.
    #[must_use]
    pub fn current(&self, id: ImpactId) -> Option<Rating> {
        let impact = self.content.impacts.iter().find(|impact| impact.id == id)?;
        self.process.current.get(&id).copied().or(impact.initial)
    }

    /// Derived, never typed in: the target once every mitigation the impact rests on is verified and every
    /// reliance of those holds, else the initial rating. Without any mitigation it is the initial rating.
    #[must_use]
    pub fn assured(&self, id: ImpactId) -> Option<Rating> {
        let impact = self.content.impacts.iter().find(|impact| impact.id == id)?;
        let mut against = self.content.mitigations.iter().filter(|m| m.impacts.contains(&id)).peekable();
        let rests = against.peek().is_some();
        let stands = against.all(|mitigation| {
            self.mitigation_status(mitigation.id) == MitigationStatus::Verified
                && mitigation.reliances.iter().all(|reliance| self.process.holds.get(reliance) == Some(&true))
        });
        if rests && stands { impact.target.or(impact.initial) } else { impact.initial }
    }

    /// Whether it relies on another case or on a partner.
    #[must_use]
    pub fn relies(&self) -> bool {
        self.content.interdependencies.iter().any(|edge| edge.kind == InterdependencyKind::ReliesOn)
    }

    /// Keeps that the person had a hand in the case, when it is their own proposal.
    pub fn sign(&mut self, person: PersonId) {
        if person != self.author && self.content.named().any(|named| named == person) {
            self.process.wrote.insert(person);
        }
    }

    /// The places of the content that changed after this version, at which somebody reviewed it, without changes of what they
    /// reviewed that were judged not to go back to the panel.
    pub fn unsettled_since(&self, version: u32) -> impl Iterator<Item = Path> {
        let settled = move |changed: &Path, at: u32| {
            let seen = |one: &Settled| one.since <= version && at <= one.judged;
            let mut judged = self.process.settled.iter().filter(|(_, one)| seen(one));
            judged.any(|(path, _)| Path::of(path.split('/')).covers(changed))
        };
        let later = self.changed.iter().filter(move |(_, at)| **at > version);
        let later = later.map(|(path, at)| (Path::of(path.split('/')), *at));
        later.filter(move |(path, at)| !settled(path, *at)).map(|(path, _)| path)
    }

    /// The reviews of the revision that the panel has before it.
    pub fn reviews_of(&self, revision: u32) -> impl Iterator<Item = &Review> {
        self.process.reviews.iter().filter(move |review| review.revision == revision)
    }
}
