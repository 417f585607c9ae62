//! Moving a running case to another version of its workflow: what it would be, or what stands in the way.
//!
//! Law attaches to phase and standing, so a case never changes either by being moved: what the panel concluded or
//! the body decided stays what it was, and no review is passed over. Clocks that run need their place in the new
//! version.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::json;

use crate::{
    calendar::Moment,
    case::Case,
    event::{EventKind, Happening},
    review::Recommendation,
    text::{Path, Violation},
    workflow::{
        Phase,
        clock::{REEXAMINATION, Reckoning},
        definition::{Transition, Workflow},
        engine::Applied,
    },
};

/// From which version to which, and where cases go whose state is called otherwise there.
#[derive(Clone, Copy, Debug)]
pub struct Move<'a> {
    /// The version a case has.
    pub from: &'a Workflow,
    /// The version it is to have.
    pub to: &'a Workflow,
    /// States of the new version by those of the old one; a state that is not named keeps its name.
    pub states: &'a BTreeMap<String, String>,
}

/// When a conclusion from a state asks for the panel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Never,
    /// The case may be approved without it.
    Sometimes,
    Always,
}

/// What may follow a state of review.
#[derive(Clone, Copy)]
struct Offered {
    conclusion: bool,
    panel: Asked,
    decision: bool,
}

impl Offered {
    fn by(workflow: &Workflow, state: &str) -> Self {
        Self {
            conclusion: workflow.leaving(state).any(|transition| transition.concludes.is_some()),
            panel: match workflow.asks_panel(state) {
                false => Asked::Never,
                true if workflow.leaving(state).any(free) => Asked::Sometimes,
                true => Asked::Always,
            },
            decision: workflow.leaving(state).any(|transition| !transition.decides.is_empty()),
        }
    }

    /// Why a case must not go to a state that offers this: the review of it would be passed over.
    fn lost_by(self, new: Self) -> impl Iterator<Item = (&'static str, &'static str)> {
        [
            (
                self.conclusion && !new.conclusion,
                "REVIEW_LOST",
                "The case waits for a conclusion, and none can be made",
            ),
            (
                self.panel > new.panel,
                "PANEL_LOST",
                "A panel judges the case, and it could be approved without one",
            ),
            (
                !self.decision && new.decision,
                "DECISION_GAINED",
                "Nobody has concluded on the case, and it could be decided",
            ),
        ]
        .into_iter()
        .filter_map(|(lost, code, why)| lost.then_some((code, why)))
    }
}

/// Whether it approves without the panel.
fn free(transition: &Transition) -> bool {
    transition.concludes.is_some_and(Recommendation::approves) && !transition.asks_panel()
}

impl Move<'_> {
    /// The state in which a case that is in `state` would be.
    #[must_use]
    pub fn target(&self, state: &str) -> String {
        self.states.get(state).map_or(state, String::as_str).to_owned()
    }

    /// The case as it would be, and what would be recorded.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn apply(
        &self,
        case: &Case,
        closed: &[NaiveDate],
        moment: Moment,
    ) -> Result<Applied, Vec<Violation>> {
        let target = self.target(&case.state);
        let mut found = Vec::new();
        let mut say =
            |code: &str, message: String, path: Path| found.push(Violation::new(code, message, path));
        let version = self.to.version;
        let at = Path::of(["state"]);
        match (self.from.state(&case.state), self.to.state(&target)) {
            (_, None) => {
                let message = format!(
                    "Version {version} has no state `{target}`: say which of its states `{}` becomes.",
                    case.state
                );
                say("STATE_MISSING", message, at);
            }
            (None, _) => {
                let message =
                    format!("Version {} does not know the state `{}`.", self.from.version, case.state);
                say("STATE_UNKNOWN", message, at);
            }
            (Some(old), Some(new)) => {
                for (code, what, old, new) in [
                    ("PHASE_DIFFERS", "phase", old.phase.as_str(), new.phase.as_str()),
                    ("STANDING_DIFFERS", "standing", old.standing.as_str(), new.standing.as_str()),
                ] {
                    if old != new {
                        let message = format!(
                            "`{}` has the {what} {old} and `{target}` of version {version} has {new}: choose a state \
                             with the same.",
                            case.state
                        );
                        say(code, message, at.clone());
                    }
                }
                if old.phase == Phase::Closed {
                    let message = "The case is closed, and stays where it ended.".to_owned();
                    say("CLOSED", message, at.clone());
                }
                if old.phase == Phase::Review {
                    let before = Offered::by(self.from, &case.state);
                    for (code, why) in before.lost_by(Offered::by(self.to, &target)) {
                        say(
                            code,
                            format!("{why} from `{target}` of version {version}: choose another state."),
                            at.clone(),
                        );
                    }
                }
            }
        }
        let clocks = case.process.clocks.keys().filter(|name| *name != REEXAMINATION);
        for name in clocks.filter(|name| self.to.clock(name).is_none()) {
            let message = format!(
                "The clock `{name}` of the case has no place in version {version}: keep one of this name in it."
            );
            say("CLOCK_MISSING", message, Path::of(["clocks", name]));
        }
        if !found.is_empty() {
            return Err(found);
        }
        let mut after = case.clone();
        after.workflow = self.to.pinned();
        after.state = target;
        after.version += 1;
        after.updated_at = moment.at;
        if let Some(state) = self.to.state(&after.state) {
            Reckoning { workflow: self.to, closed, today: moment.today }
                .enter(&mut after.process, state.phase);
        }
        let payload = json!({
            "workflow": self.to.key,
            "from": self.from.version,
            "to": version,
            "fromState": case.state,
            "toState": after.state,
        });
        let happenings = vec![Happening::case(EventKind::WorkflowMoved, payload)];
        Ok(Applied { case: after, happenings, record: None })
    }

    /// What is wrong with the states that are named, whatever the cases: names that neither version has.
    #[must_use]
    pub fn misnamed(states: &BTreeMap<String, String>, from: &[&Workflow], to: &Workflow) -> Vec<Violation> {
        let mut found = Vec::new();
        for (old, new) in states {
            let at = Path::of(["states", old]);
            if !from.iter().any(|workflow| workflow.state(old).is_some()) {
                let message = format!("No version that cases are moved from has a state `{old}`.");
                found.push(Violation::new("NOT_FOUND", message, at.clone()));
            }
            if to.state(new).is_none() {
                let message = format!("Version {} has no state `{new}`.", to.version);
                found.push(Violation::new("NOT_FOUND", message, at));
            }
        }
        found
    }
}
