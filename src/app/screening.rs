//! From a screening to the assessment it asks for, and how an organisation's screenings went.

use chrono::NaiveDate;

use crate::{
    app::{App, Error, OrganisationView, Result, case::unknown_organisation, command::Surroundings},
    domain::{
        calendar::Moment,
        case::Case,
        form::{Form, FormSubject},
        id::AssessmentId,
        organisation::Organisation,
        permission::{Actor, Office, permit_in},
        screening::{Report, ScreeningDepth},
        text::{Path, Violation},
        workflow::{Phase, Standing, begun, definition::Workflow, engine::Applied},
    },
};

/// Most screenings read at once.
const SOME: u64 = 200;

/// The screening that an assessment is begun from.
pub(super) struct Screener {
    pub id: AssessmentId,
    /// How deep an assessment it asks for.
    pub depth: ScreeningDepth,
    /// As it stood when it was asked.
    pub case: Case,
    surroundings: Surroundings,
    stopped: bool,
}

/// How an organisation's screenings of a period went.
#[derive(Clone, Debug)]
pub struct ScreeningReport {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// What was counted.
    pub report: Report,
    /// How many cases of the period cannot be read, and are not among it.
    pub unreadable: u32,
}

impl App {
    /// The screening with all that beginning its assessment asks beside it.
    pub(super) async fn screener(
        &self,
        actor: &Actor,
        id: AssessmentId,
        organisation: &Organisation,
        moment: Moment,
    ) -> Result<Screener> {
        let hidden = || {
            let message = "There is no such screening of this organisation.";
            Error::from(Violation::new("NOT_FOUND", message, Path::of(["screening"])))
        };
        let case = match self.known(actor, id).await {
            Err(Error::NotFound) => return Err(hidden()),
            known => known?,
        };
        if case.organisation != organisation.id {
            return Err(hidden());
        }
        let known = self.store.read().targets(organisation.id, &case.process.leads_to).await?;
        let begun = &case.process.leads_to;
        let stopped = |one| known.get(one).is_some_and(|target| target.standing == Standing::Stopped);
        let stopped = !begun.is_empty() && begun.iter().all(stopped);
        let surroundings = self.surroundings(id, moment).await?;
        let view = surroundings.view(case.clone(), moment)?;
        let depth = view.engine(|context| begun::asked(&view.case, stopped, actor, context))?;
        Ok(Screener { id, depth, case, surroundings, stopped })
    }

    /// Every way in which the organisation's screenings of a period went; of its own cases only.
    pub async fn screening_report(
        &self,
        actor: &Actor,
        organisation: &str,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<ScreeningReport> {
        let found = self.store.read().organisation_by_ods_code(organisation).await?;
        let owner = found.ok_or_else(|| unknown_organisation(organisation))?;
        permit_in(actor, Office::ReadScreenings, owner.id)?;
        self.count_screenings(owner, from, to).await
    }

    /// The same for the operator.
    pub async fn count_screenings(
        &self,
        owner: OrganisationView,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<ScreeningReport> {
        if from > to {
            let message = "The period ends before it begins: give its first day, then its last.";
            return Err(Violation::new("INVALID", message, Path::of(["to"])).into());
        }
        let (mut report, mut unreadable, mut after) = (Report::default(), 0, None);
        loop {
            let some = self.store.read().screened(owner.id, (from, to), after, SOME).await?;
            let Some((last, _)) = some.last() else { break };
            after = Some(*last);
            for (id, case) in some {
                match case {
                    Ok((case, phase)) => report.count(&case.process, phase == Phase::Closed, from, to),
                    Err(error) => {
                        tracing::error!("{id} is not counted among screenings: {error}");
                        unreadable += 1;
                    }
                }
            }
        }
        Ok(ScreeningReport { from, to, report, unreadable })
    }
}

impl Screener {
    /// What of a screening that stands locked is to be saved, now that its assessment is begun; nothing when it asks for
    /// none any more.
    pub fn answered(&self, view: &super::View, assessment: &Case, actor: &Actor) -> Result<Applied> {
        // What was begun meanwhile is not among those that were seen to be stopped.
        let stopped = self.stopped && view.case.process.leads_to == self.case.process.leads_to;
        view.engine(|context| {
            begun::asked(&view.case, stopped, actor, context)
                .map(|_| begun::begun(&view.case, assessment.id, context))
        })
        .map_err(Error::from)
    }

    /// The screening in its surroundings.
    pub fn view(&self, case: Case, moment: Moment) -> Result<super::View> {
        self.surroundings.view(case, moment)
    }

    /// What surrounds it.
    pub const fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Why the assessment that it asks for is not made on this form and workflow. A full one is made on the organisation's
    /// usual workflow, unless that is for light ones, or on one with a quorum.
    pub fn misfit(&self, form: &Form, workflow: &Workflow, usual: &str) -> Option<Violation> {
        if form.about != FormSubject::Proposal {
            let message = "This form assesses no proposal: name one that does, or none.";
            return Some(Violation::new("INVALID", message, Path::of(["form"])));
        }
        let light = ScreeningDepth::Light.workflow() == Some(workflow.key.as_str());
        let fits = workflow.asks_quorum() || (workflow.key == usual && !light);
        if self.depth != ScreeningDepth::Full || fits {
            return None;
        }
        let message = if workflow.key == usual {
            "The screening asks for a full assessment, and your organisation's usual workflow is for light ones: name one \
             in which a panel concludes with its quorum."
        } else {
            "The screening asks for a full assessment, and no panel concludes on this workflow: leave it out, or name one \
             with a quorum."
        };
        Some(Violation::new("INVALID", message, Path::of(["workflow"])))
    }
}
