//! Reading confirmations: who of the body that decides read the assessment, asked for and gathered before it meets.

use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    app::{App, Changed, Error, Result, View, command::Command},
    domain::{
        calendar::Moment,
        id::{AssessmentId, Identifier, PersonId},
        permission::{self, Action, Actor, Grant, Role},
        reading,
        workflow::{definition::Transition, engine::Blocker, reading as confirmation},
    },
};

/// That somebody read the assessment, or was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingView {
    /// What they confirmed; nothing while they were only asked.
    pub read: Option<reading::Reading>,
    /// Who.
    pub person: PersonId,
    /// The day on which the body meets.
    pub meeting: Option<NaiveDate>,
    /// Whether it is the revision that the case is at.
    pub current: bool,
    /// Whether they were asked and have not read that revision.
    pub awaited: bool,
}

impl App {
    /// Confirms that the actor read the assessment at this revision.
    pub async fn confirm_reading(
        &self,
        actor: &Actor,
        id: AssessmentId,
        expected: u32,
        meeting: Option<NaiveDate>,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command =
            Command::new(actor, "confirmReading", key.as_deref(), &(id, expected, meeting), moment)?;
        self.command(command, id, Action::ConfirmReading, |view, _| {
            Ok(view.engine(|context| {
                confirmation::confirm_reading(&view.case, expected, meeting, actor, context)
            })?)
        })
        .await
    }

    /// Asks people of the body to read the assessment before it meets.
    pub async fn ask_readings(
        &self,
        actor: &Actor,
        id: AssessmentId,
        people: Vec<PersonId>,
        meeting: NaiveDate,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let mut command =
            Command::new(actor, "askReadings", key.as_deref(), &(id, &people, meeting), moment)?;
        command.may = Some(Box::new(|view, who| {
            let may = |action| permission::permit(who, action, &view.case, view.head.phase).is_ok();
            may(Action::Steer) || may(Action::ConfirmReading)
        }));
        let case = self.known(actor, id).await?;
        let holders =
            self.store.read().holders(case.organisation, Some(Role::DecisionMaker), moment.today).await?;
        self.command(command, id, Action::SeeStub, |view, _| {
            let decides = |person: PersonId| {
                let grants: Vec<Grant> = (holders.iter())
                    .filter(|(holder, _)| *holder == person)
                    .map(|(_, grant)| grant.clone())
                    .collect();
                let reader = Actor { person, grants, deputises: Vec::new(), read_only: false };
                permission::permit(&reader, Action::ConfirmReading, &view.case, view.head.phase).is_ok()
            };
            Ok(view.engine(|context| {
                confirmation::ask_readings(&view.case, &people, meeting, decides, actor, context)
            })?)
        })
        .await
    }

    /// Puts names in the place of the identifiers by which blockers name people.
    pub(super) async fn with_names(
        &self,
        mut blockers: Vec<Blocker>,
        people: &[PersonId],
    ) -> Result<Vec<Blocker>> {
        let tells = |blocker: &Blocker, person: &PersonId| blocker.message.contains(&person.global());
        let mut people: Vec<PersonId> = people.to_vec();
        people.retain(|person| blockers.iter().any(|blocker| tells(blocker, person)));
        if people.is_empty() {
            return Ok(blockers);
        }
        let found = self.store.read().people(&people).await?;
        let names: HashMap<PersonId, String> = found.into_iter().map(|one| (one.id, one.name)).collect();
        for blocker in &mut blockers {
            for (person, name) in &names {
                blocker.message = blocker.message.replace(&person.global(), name);
            }
        }
        Ok(blockers)
    }

    /// The transitions that start from where the case is, each with what stands in the actor's way, told by name.
    pub async fn available(&self, actor: &Actor, view: &View) -> Result<Vec<(Transition, Vec<Blocker>)>> {
        let members = view.case.process.panel.iter().flat_map(|panel| &panel.members);
        let members: Vec<PersonId> = members.map(|member| member.person).collect();
        let mut available = view.available(actor);
        for (_, blockers) in &mut available {
            *blockers = self.with_names(std::mem::take(blockers), &members).await?;
        }
        Ok(available)
    }

    /// The same of what a transition was refused with.
    pub(super) async fn naming(&self, error: Error, people: &[PersonId]) -> Error {
        match error {
            Error::Blocked(blockers) => match self.with_names(blockers, people).await {
                Ok(blockers) => Error::Blocked(blockers),
                Err(error) => error,
            },
            other => other,
        }
    }
}

impl View {
    /// Who confirmed having read it and who was asked to, in the order in which they did.
    #[must_use]
    pub fn readings(&self) -> Vec<ReadingView> {
        let process = &self.case.process;
        let awaited: Vec<PersonId> =
            reading::awaited(&self.case, self.head.phase).map(|(asked, _)| asked.person).collect();
        let newest = |read: &reading::Reading| reading::newest(&self.case, read.by) == Some(read);
        let confirmed = process.readings.iter().map(|read| ReadingView {
            person: read.by,
            meeting: read.meeting,
            current: read.revision == self.case.revision,
            awaited: newest(read) && awaited.contains(&read.by),
            read: Some(read.clone()),
        });
        let silent = process.readings_asked.iter().filter(|asked| {
            awaited.contains(&asked.person) && reading::newest(&self.case, asked.person).is_none()
        });
        let silent = silent.map(|asked| ReadingView {
            read: None,
            person: asked.person,
            meeting: Some(asked.meeting),
            current: false,
            awaited: true,
        });
        confirmed.chain(silent).collect()
    }
}
