//! A case as somebody may read it, with all that its definitions say of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;

use crate::{
    app::{Frame, Result},
    domain::{
        calendar::Moment,
        case::{Case, Head},
        check::{self, Finding},
        evidence::Attachment,
        form::{
            self, Form,
            score::{self, Score},
        },
        id::{OrganisationId, PersonId},
        organisation::Organisation,
        permission::{self, Action, Actor},
        place::{Population, Reference, Unanswered},
        retention,
        review::{Acceptance, Panel, Review},
        text::Violation,
        workflow::{
            Phase, Standing,
            definition::{State, Transition, Workflow},
            engine::{self, Applied, Blocker},
        },
    },
    store::{case::Projection, record::Revision},
};

/// A person as the actor may see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonView {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address; only to themselves and to administrators.
    pub email: Option<String>,
}

/// An organisation as anybody may see it.
pub type OrganisationView = Organisation;

/// A case the actor may read.
#[derive(Debug)]
pub struct View {
    /// What lists show of it.
    pub head: Head,
    /// The case itself.
    pub case: Case,
    /// The workflow it began with.
    pub workflow: Arc<Workflow>,
    /// The form it began with.
    pub form: Arc<Form>,
    /// The settings and groups of its organisation.
    pub frame: Arc<Frame>,
    /// When it was looked at.
    pub moment: Moment,
    /// The files kept with it, as a command on it reads them under its lock; nothing elsewhere.
    pub(super) attachments: Vec<Attachment>,
    /// Its organisation's standing panel, as far as it may sit today; only a command knows it.
    pub(super) panel: Option<Panel>,
    /// What is known of places; nothing where it is not loaded, or the case names no place.
    pub(super) reference: Option<Arc<Reference>>,
    findings: OnceLock<Vec<Finding>>,
    visibility: OnceLock<BTreeMap<String, Option<bool>>>,
}

impl View {
    pub(super) fn of(
        case: Case,
        workflow: Arc<Workflow>,
        form: Arc<Form>,
        frame: Arc<Frame>,
        moment: Moment,
    ) -> Self {
        let head = head(&case, &workflow, &frame);
        Self {
            head,
            case,
            workflow,
            form,
            frame,
            moment,
            attachments: Vec::new(),
            panel: None,
            reference: None,
            findings: OnceLock::new(),
            visibility: OnceLock::new(),
        }
    }

    /// The case with the content that was before the panel when it approved this revision, for what is decided about
    /// that though the content was changed since; `None` for any other revision. It is never saved so: see
    /// [`Self::as_it_stands`].
    pub(super) fn about(&self, approved: &Revision) -> Option<Self> {
        let newest = self.case.process.approving()?.revision;
        if approved.number != newest || newest >= self.case.revision {
            return None;
        }
        let mut case = self.case.clone();
        (case.revision, case.frozen) = (approved.number, true);
        case.content.clone_from(&approved.content);
        case.process.edited_on = None;
        let view = Self::of(case, self.workflow.clone(), self.form.clone(), self.frame.clone(), self.moment);
        Some(Self {
            attachments: self.attachments.clone(),
            panel: self.panel.clone(),
            reference: self.reference.clone(),
            ..view
        })
    }

    /// Puts the content back that the case has, after something was decided [about](Self::about) an earlier revision.
    pub(super) fn as_it_stands(&self, mut applied: Applied) -> Applied {
        let case = &mut applied.case;
        (case.revision, case.frozen) = (self.case.revision, self.case.frozen);
        case.content.clone_from(&self.case.content);
        case.process.edited_on = self.case.process.edited_on;
        applied
    }

    /// The state it is in; a state that the definition no longer knows is told as closed.
    #[must_use]
    pub fn state(&self) -> Option<&State> {
        self.workflow.state(&self.case.state)
    }

    /// What the checks say, the gravest first.
    pub fn findings(&self) -> &[Finding] {
        self.findings.get_or_init(|| {
            let population = self.population(None).and_then(Result::ok);
            let facts = check::Facts {
                population: population.as_ref(),
                form: &self.form,
                groups: &self.frame.groups,
                settings: &self.frame.organisation.settings,
                today: self.moment.today,
                own: &self.frame.rules,
            };
            check::check(&self.case, &facts)
        })
    }

    /// Who lives in the footprint, by the edition of this name or the newest; `None` where no place is named or nothing
    /// is loaded.
    #[must_use]
    pub fn population(&self, edition: Option<&str>) -> Option<Result<Population, Unanswered>> {
        let footprint = &self.case.content.proposal.footprint;
        let reference = self.reference.as_ref().filter(|_| !footprint.is_empty())?;
        Some(reference.population(footprint, edition, &self.frame.organisation.settings.notable))
    }

    /// The acceptance of a finding by panel or body.
    #[must_use]
    pub fn accepted(&self, finding: &str) -> Option<&Acceptance> {
        self.case.process.accepted.get(finding)
    }

    /// Which questions are shown: three-valued, `None` while it cannot be told.
    pub fn visibility(&self) -> &BTreeMap<String, Option<bool>> {
        self.visibility.get_or_init(|| form::visibility(&self.form, &self.case.content))
    }

    /// What its answers come to, where its form is scored.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        score::score(&self.form, &self.case.content)
    }

    /// The transitions that start from where the case is, each with what stands in the actor's way.
    pub fn available(&self, actor: &Actor) -> Result<Vec<(Transition, Vec<Blocker>)>> {
        self.engine(|context| {
            engine::available(&self.case, actor, context)
                .into_iter()
                .map(|(transition, blockers)| (transition.clone(), blockers))
                .collect()
        })
    }

    /// Calls the engine with all that surrounds the case.
    pub(super) fn engine<T>(&self, call: impl FnOnce(&engine::Context<'_>) -> T) -> Result<T> {
        let form = serde_json::to_value(&*self.form).map_err(|error| super::Error::Internal(error.into()))?;
        let score = self.score();
        let context = engine::Context {
            workflow: &self.workflow,
            form: &form,
            score: score.as_ref(),
            rules: &self.frame.versions,
            groups: &self.frame.groups,
            settings: &self.frame.organisation.settings,
            findings: self.findings(),
            attachments: &self.attachments,
            panel: self.panel.as_ref(),
            moment: self.moment,
        };
        Ok(call(&context))
    }

    /// The reviews the actor may read: their own, and all of them for whoever may read the deliberation or once
    /// the panel has concluded on the revision with them before it.
    #[must_use]
    pub fn reviews(&self, actor: &Actor) -> Vec<Review> {
        let all = permission::permit(actor, Action::ReadDeliberation, &self.case, self.head.phase).is_ok();
        let concluded = |review: &Review| {
            let mut outcomes = self.case.process.outcomes.iter();
            outcomes.any(|outcome| outcome.revision == review.revision && outcome.at >= review.at)
        };
        let reviews = self.case.process.reviews.iter();
        reviews
            .filter(|review| all || review.reviewer == actor.person || concluded(review))
            .cloned()
            .collect()
    }

    /// Whether the actor may do this with the case.
    #[must_use]
    pub fn permits(&self, actor: &Actor, action: Action) -> bool {
        permission::permit(actor, action, &self.case, self.head.phase).is_ok()
    }

    /// When the review of the case is due.
    #[must_use]
    pub fn review_due(&self) -> Option<NaiveDate> {
        self.case.process.review_due
    }

    /// The last day of its term; nothing while it is not closed, or for ever.
    #[must_use]
    pub fn kept_until(&self) -> Option<NaiveDate> {
        retention::kept_until(&self.case, self.head.phase, self.head.standing)
    }

    /// The last day of its term, when that has ended and nothing forbids to dispose of what is left of it.
    pub fn disposable(&self, today: NaiveDate) -> Result<NaiveDate, Violation> {
        retention::disposable(&self.case, self.head.phase, self.head.standing, today)
    }

    /// Whose it is.
    #[must_use]
    pub fn organisation(&self) -> OrganisationId {
        self.case.organisation
    }
}

/// What lists show of a case, from the case itself.
fn head(case: &Case, workflow: &Workflow, frame: &Frame) -> Head {
    let (phase, standing) = workflow
        .state(&case.state)
        .map_or((Phase::Closed, Standing::Stopped), |state| (state.phase, state.standing));
    let risk = Projection::new(case, phase, standing, &frame.organisation.settings.scale, Vec::new());
    Head {
        id: case.id,
        reference: case.reference.clone(),
        title: case.content.title.clone(),
        organisation: case.organisation,
        author: case.author,
        version: case.version,
        revision: case.revision,
        form: case.form.clone(),
        workflow: case.workflow.clone(),
        state: case.state.clone(),
        phase,
        standing,
        service_line: case.content.proposal.service_line.clone(),
        programme: case.content.proposal.programme.clone(),
        decision_date: case.content.proposal.decision_date,
        band: risk.band,
        risk: risk.risk,
        created_at: case.created_at,
        updated_at: case.updated_at,
    }
}
