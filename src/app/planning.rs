//! Planning backwards from the day a body decides: by when to submit.

use chrono::{Datelike, NaiveDate};

use crate::{
    app::{App, Error, Result, case::unknown_organisation},
    domain::{
        calendar::Moment,
        id::PanelId,
        page::MOST,
        permission::{Actor, Office, permit_in},
        planning::{self, Asked, Plan},
        text::{Path, Violation},
    },
};

/// A plan, with what it rests on.
#[derive(Clone, Debug)]
pub struct BackPlan {
    /// The plan.
    pub plan: Plan,
    /// Working days before the decision by which its papers are due.
    pub paper_days: u32,
    /// Working days that reviewers have.
    pub review_days: u32,
    /// The days on which the panel meets that were looked at; the rule of its meetings stands in where none is planned.
    pub meetings: Option<Vec<NaiveDate>>,
}

impl App {
    /// By when a case must be submitted for a body to decide on the day: of an organisation of the actor, in a workflow
    /// of its own or the one that its cases begin with, by way of its usual panel or another.
    pub async fn plan_back(
        &self,
        actor: &Actor,
        ods_code: &str,
        workflow: Option<&str>,
        panel: Option<PanelId>,
        decision: NaiveDate,
        moment: Moment,
    ) -> Result<BackPlan> {
        let found = self.store.read().organisation_by_ods_code(ods_code).await?;
        let organisation = found.ok_or_else(|| unknown_organisation(ods_code))?;
        permit_in(actor, Office::ReadPanels, organisation.id)?;
        let workflow = match workflow {
            Some(key) => self.newest(organisation.id, key).await?.ok_or_else(|| {
                let message = "There is no such workflow here; `workflows` lists those there are.";
                Violation::new("NOT_FOUND", message, Path::of(["workflow"]))
            })?,
            None => self.usual_workflow(&organisation).await?,
        };
        let panel = match panel {
            Some(id) => {
                let panel = self.own_panel(actor, id).await?;
                if panel.organisation != organisation.id {
                    return Err(Error::NotFound);
                }
                Some(panel)
            }
            None => self.store.read().usual_panel(organisation.id).await?,
        };
        let closed = &organisation.settings.closed_days;
        let meetings = match &panel {
            Some(panel) => {
                let planned =
                    self.store.read().meetings_from(panel.id, moment.today, MOST.into()).await?.into_iter();
                let planned = planned.filter(|meeting| meeting.cancelled.is_none());
                let mut days: Vec<NaiveDate> = planned.map(|meeting| meeting.day).collect();
                // Where nothing is planned yet, the panel meets as it usually does.
                if let Some(pattern) = panel.pattern {
                    let after = days.last().copied().unwrap_or(moment.today);
                    let month = |day: NaiveDate| (day.year(), day.month());
                    let usual = pattern.days(after, 24, closed).into_iter();
                    let usual = usual.filter(|day| days.iter().all(|known| month(*known) != month(*day)));
                    days.extend(usual.collect::<Vec<_>>());
                }
                Some(days).filter(|days| !days.is_empty())
            }
            None => None,
        };
        let review_days = workflow.review_days();
        let asked = Asked {
            decision,
            paper_days: organisation.settings.paper_days,
            review_days,
            meetings: meetings.as_deref(),
            closed,
            today: moment.today,
        };
        let plan = planning::back(&asked)?;
        Ok(BackPlan { plan, paper_days: organisation.settings.paper_days, review_days, meetings })
    }
}
