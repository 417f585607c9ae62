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
        workflow::{Standing, begun, engine::Applied},
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
        let standing = self.store.read().standings(organisation.id, &case.process.leads_to).await?;
        let stopped = case.process.leads_to.iter().all(|one| standing.get(one) == Some(&Standing::Stopped));
        let surroundings = self.surroundings(id, moment).await?;
        let view = surroundings.view(case.clone(), moment)?;
        let depth = view.engine(|context| begun::asked(&view.case, stopped, actor, context))??;
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
        let forms = self.screening_forms(&owner).await?;
        let (mut report, mut after) = (Report::default(), None);
        loop {
            let some = self.store.read().cases_on(owner.id, &forms, after, SOME).await?;
            let Some((last, _)) = some.last() else { break };
            after = Some(*last);
            for (_, case) in some {
                report.count(&case?.process.screened, from, to);
            }
        }
        Ok(ScreeningReport { from, to, report })
    }

    /// Keys of the forms that screen.
    async fn screening_forms(&self, owner: &OrganisationView) -> Result<Vec<String>> {
        let screens = |form: &&Form| form.about == FormSubject::Screening;
        let mut keys: Vec<String> =
            Form::shipped_all().iter().filter(screens).map(|form| form.key.clone()).collect();
        for form in self.own::<Form>(owner).await? {
            if form.about == FormSubject::Screening {
                keys.push(form.key.clone());
            }
        }
        keys.sort();
        keys.dedup();
        Ok(keys)
    }
}

impl Screener {
    /// What of a screening that stands locked is to be saved, now that its assessment is begun; nothing when it asks for
    /// none any more.
    pub fn answered(&self, view: &super::View, assessment: &Case, actor: &Actor) -> Result<Applied> {
        view.engine(|context| {
            begun::asked(&view.case, self.stopped, actor, context)
                .map(|_| begun::begun(&view.case, assessment.id, &assessment.reference, context))
        })?
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

    /// Why the assessment that it asks for is not made on this form and workflow.
    pub fn misfit(&self, form: &Form, workflow: &str) -> Option<Violation> {
        if form.about != FormSubject::Proposal {
            let message = "This form assesses no proposal: name one that does, or none.";
            return Some(Violation::new("INVALID", message, Path::of(["form"])));
        }
        if self.depth == ScreeningDepth::Full && ScreeningDepth::Light.workflow() == Some(workflow) {
            let message = "The screening asks for a full assessment, and this workflow is for light ones: leave it out.";
            return Some(Violation::new("INVALID", message, Path::of(["workflow"])));
        }
        None
    }
}
