//! Trying a rule of an organisation over the cases there are, before it takes effect.

use std::sync::Arc;

use crate::{
    app::{
        App, Error, Filter, Order, OrderField, Result, View, case::unknown_organisation, definition::below,
    },
    domain::{
        calendar::Moment,
        case::Case,
        check::{Facts, Finding, OwnRule, own},
        decision::DecisionOutcome,
        form::Form,
        organisation::Organisation,
        page::Window,
        permission::{Actor, Office, permit_in},
        place::Told,
        review::Recommendation,
        text::Path,
        workflow::definition::Workflow,
    },
};

/// Cases read at once.
const CASES: u64 = 50;

/// What a rule says of cases.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trial {
    /// How many cases were looked at.
    pub cases: u64,
    /// The cases of which it says something.
    pub said: Vec<Tried>,
    /// Identifiers of cases that cannot be read.
    pub unreadable: Vec<String>,
}

/// A case of which the rule says something, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// Its organisation's ODS code.
    pub organisation: String,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// The label of its state.
    pub state: String,
    /// What the panel concluded last.
    pub outcome: Option<Recommendation>,
    /// What the body decided last.
    pub decision: Option<DecisionOutcome>,
    /// What the rule says: that it fires, or that it cannot be run.
    pub finding: Finding,
}

/// What a draft of a rule says of some cases that somebody may read.
#[derive(Clone, Debug)]
pub struct TrialPage {
    /// How many cases were looked at.
    pub cases: usize,
    /// Of which it says something, and what.
    pub said: Vec<(Arc<View>, Finding)>,
    /// The cursor of the first that was looked at.
    pub start: Option<String>,
    /// The cursor of the last.
    pub end: Option<String>,
    /// Whether there are cases before these.
    pub has_previous: bool,
    /// Whether there are cases after these.
    pub has_next: bool,
}

impl App {
    /// What a draft of a rule says of a page of the cases of an organisation that the actor may read, the earliest
    /// first, as they now stand; nothing is kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong with the draft; its examples need not behave.
    pub async fn try_rule_here(
        &self,
        actor: &Actor,
        organisation: &str,
        document: &str,
        window: &Window,
    ) -> Result<TrialPage> {
        let found = self.store.read().organisation_by_ods_code(organisation).await?;
        let owner = found.ok_or_else(|| unknown_organisation(organisation))?;
        permit_in(actor, Office::TryRule, owner.id)?;
        let at = Path::of(["document"]);
        let rule = OwnRule::draft(document).map_err(|broken| below(&at, broken))?;
        let filter = Filter { organisations: vec![owner.ods_code], ..Filter::default() };
        let order = Order { field: OrderField::CreatedAt, ascending: true };
        let page = self.list_assessments(actor, &filter, order, window).await?;
        let ids: Vec<_> = page.nodes.iter().map(|(_, summary)| summary.head.id).collect();
        let mut views = self.views(actor, &ids).await?;
        let views: Vec<_> = ids.iter().filter_map(|id| views.remove(id)).collect();
        let cases = views.len();
        // What a rule may take is bounded, and there may be a hundred cases.
        let tried = tokio::task::spawn_blocking(move || {
            let own = [Arc::new(rule)];
            let said = |view: Arc<View>| {
                let finding =
                    own::tried(&view.case, &view.facts(&Told::default(), &own)).into_iter().next()?;
                Some((view, finding))
            };
            views.into_iter().filter_map(said).collect()
        });
        Ok(TrialPage {
            cases,
            said: tried.await.map_err(|error| Error::Internal(error.into()))?,
            start: page.nodes.first().map(|(cursor, _)| cursor.clone()),
            end: page.nodes.last().map(|(cursor, _)| cursor.clone()),
            has_previous: page.has_previous,
            has_next: page.has_next,
        })
    }

    /// What a draft of a rule says of the cases of an organisation, or of all, as they now stand; nothing is kept.
    /// `progress` hears how many were looked at. The operator's act.
    pub async fn try_rule(
        &self,
        rule: OwnRule,
        organisation: Option<&Organisation>,
        moment: Moment,
        progress: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Trial> {
        let own = [Arc::new(rule)];
        let owners = match organisation {
            Some(organisation) => vec![organisation.clone()],
            None => self.store.read().all_organisations().await?,
        };
        let mut trial = Trial::default();
        for owner in &owners {
            let mut last = None;
            loop {
                let cases = self.store.read().cases_of(owner.id, last, CASES).await?;
                let Some((end, _)) = cases.last() else { break };
                last = Some(*end);
                for (id, case) in cases {
                    let tried = match case {
                        Ok(case) => self.tried(&own, owner, &case, moment).await,
                        Err(error) => Err(error.into()),
                    };
                    match tried {
                        Ok(tried) => trial.said.extend(tried),
                        Err(error) => {
                            tracing::error!(case = %id, error = error.to_string(), "a case cannot be read");
                            trial.unreadable.push(id.to_string());
                        }
                    }
                    trial.cases += 1;
                    progress(trial.cases);
                }
            }
        }
        Ok(trial)
    }

    async fn tried(
        &self,
        own: &[Arc<OwnRule>],
        owner: &Organisation,
        case: &Case,
        moment: Moment,
    ) -> Result<Option<Tried>> {
        let frame = self.frame(owner).await?;
        let form: Arc<Form> = self.pinned(owner.id, &case.form).await?;
        let workflow: Arc<Workflow> = self.pinned(owner.id, &case.workflow).await?;
        let facts = Facts {
            form: &form,
            groups: &frame.groups,
            settings: &frame.organisation.settings,
            kind: frame.organisation.kind,
            today: moment.today,
            population: None,
            unplaced: None,
            alongside: &[],
            own,
        };
        let said = own::tried(case, &facts).into_iter().next();
        let state = workflow.state(&case.state).map_or(&case.state, |state| &state.label);
        Ok(said.map(|finding| Tried {
            organisation: owner.ods_code.clone(),
            reference: case.reference.clone(),
            title: case.content.title.clone(),
            state: state.clone(),
            outcome: case.process.outcomes.last().map(|outcome| outcome.recommendation),
            decision: case.process.decisions.last().map(|decision| decision.outcome),
            finding,
        }))
    }
}
