//! Who may make which transition from which state: generated from [`blockers`], never written by hand.

use std::fmt::Write as _;

use crate::{
    permission::{Actor, Grant, Relation, Role},
    workflow::{
        definition::{Granted, Workflow},
        engine::{FORBIDDEN, NOT_FOUND, blockers},
        witness::{Given, Stage, actor},
    },
};

impl Workflow {
    /// State x transition x person as a Markdown document: `x` where nothing but guards and what a request must
    /// bring stands in the way, `.` where the transition is for others, `-` where there is no such case to see.
    ///
    /// People are synthetic: one for each relation that matters and each role, and those whose proposal it is
    /// holding every role besides, so that separation of duties can be seen.
    #[must_use]
    pub fn matrix(&self) -> String {
        let people = people();
        let mut stage = Stage::new(self, &Given::default(), 0);
        let mut text = format!("# {} ({} {})\n", self.title, self.key, self.version);
        for (number, (name, _)) in (1..).zip(&people) {
            let _ = write!(text, "\n{number}. {name}");
        }
        text.push('\n');
        for state in &self.states {
            stage.case.state.clone_from(&state.name);
            let _ = write!(text, "\n## {} ({}, {})\n\n| |", state.name, state.phase, state.standing);
            let columns = people.len();
            text.extend((1..=columns).map(|number| format!("{number}|")));
            let _ = write!(text, "\n|-|{}\n", "-|".repeat(columns));
            for transition in self.leaving(&state.name) {
                let _ = write!(text, "|{} -> {}|", transition.name, transition.to);
                for (_, actor) in &people {
                    let found = blockers(&stage.case, transition, actor, None, &stage.context());
                    let cell = match found.first().map(|blocker| blocker.code.as_str()) {
                        Some(NOT_FOUND) => "-",
                        Some(FORBIDDEN) => ".",
                        _ => "x",
                    };
                    let _ = write!(text, "{cell}|");
                }
                text.push('\n');
            }
        }
        text
    }
}

/// The people of the matrix, by what they are and hold.
pub(super) fn people() -> Vec<(String, Actor)> {
    let relations = [Relation::Author, Relation::Contributor, Relation::Sro, Relation::Declared];
    let mut people = Vec::new();
    for relation in relations {
        let one = actor(Granted::Relation(relation));
        let mut every = one.clone();
        let organisation = one.grants.first().map(|grant| grant.organisation);
        people.push((relation.to_string(), one));
        every.grants = Role::ALL
            .iter()
            .filter_map(|role| {
                organisation.map(|organisation| Grant { organisation, role: *role, until: None })
            })
            .collect();
        people.push((format!("{relation} holding every role"), every));
    }
    people.extend(Role::ALL.iter().map(|role| (format!("colleague, {role}"), actor(Granted::Role(*role)))));
    let mut stranger = actor(Granted::Role(Role::PanelChair));
    stranger.grants.clear();
    people.push((Relation::Stranger.to_string(), stranger));
    people
}
