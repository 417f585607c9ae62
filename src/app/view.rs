//! A case as somebody may read it, with all that its definitions say of it.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use chrono::NaiveDate;

use crate::{
    app::{Frame, Result, reference::Places},
    domain::{
        calendar::Moment,
        case::{Case, Head},
        check::{self, Finding, own},
        deliberation::{self, Window},
        evidence::Attachment,
        form::{
            self, Form,
            score::{self, Score},
        },
        id::{OrganisationId, PersonId},
        meeting::Meeting,
        organisation::Organisation,
        permission::{self, Action, Actor, Office},
        place::{Population, Told, Unanswered},
        retention,
        review::{Acceptance, Panel, Review},
        risk::Alongside,
        text::{Path, Violation},
        thread::Thread,
        workflow::{
            Phase, Standing,
            definition::{State, Transition, Workflow},
            discussion,
            engine::{self, Applied, Blocker},
            follow,
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
    /// Who is away today; only what asks for something knows it.
    pub(super) away: Option<Vec<PersonId>>,
    /// Who stands in for whom today; only what asks for something knows it.
    pub(super) deputies: Vec<(PersonId, PersonId)>,
    /// The meeting that the request names, as it is recorded by then; only what asks for something knows it.
    pub(super) meeting: Option<Meeting>,
    /// What is known of places, once it was asked for; see [`super::App::place`].
    pub(super) places: OnceLock<Places>,
    /// What else touches its people, as far as whoever asks may know; see [`super::App::inform`].
    pub(super) alongside: OnceLock<Vec<Alongside>>,
    /// What the checks say, by what was known of places and of what else touches its people: neither, the one, the other, both.
    findings: [OnceLock<Vec<Finding>>; 4],
    failures: OnceLock<Vec<Finding>>,
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
            away: None,
            deputies: Vec::new(),
            meeting: None,
            places: OnceLock::new(),
            alongside: OnceLock::new(),
            findings: Default::default(),
            failures: OnceLock::new(),
            visibility: OnceLock::new(),
        }
    }

    /// The case with the content that was before the panel when it approved this revision, for what is decided about
    /// that though the content was changed since; `None` for any other revision. The day of that change stays with it: who
    /// met later had another revision before them. It is never saved so: see [`Self::as_it_stands`].
    pub(super) fn about(&self, approved: &Revision) -> Option<Self> {
        if !is_before_body(&self.case, approved) {
            return None;
        }
        let mut case = self.case.clone();
        (case.revision, case.frozen) = (approved.number, true);
        case.content.clone_from(&approved.content);
        Some(self.with(case))
    }

    /// The same with another state of the case.
    pub(super) fn with(&self, case: Case) -> Self {
        let view = Self::of(case, self.workflow.clone(), self.form.clone(), self.frame.clone(), self.moment);
        Self {
            attachments: self.attachments.clone(),
            panel: self.panel.clone(),
            away: self.away.clone(),
            deputies: self.deputies.clone(),
            meeting: self.meeting.clone(),
            places: self.places.clone(),
            alongside: self.alongside.clone(),
            ..view
        }
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

    /// What the checks say, the gravest first; of who lives there only once the case was [placed](super::App::place), and of
    /// what else touches its people only once it was [informed](super::App::inform).
    pub fn findings(&self) -> &[Finding] {
        let [neither, placed, beside, both] = &self.findings;
        let findings = match (self.places.get().is_some(), self.alongside.get().is_some()) {
            (false, false) => neither,
            (true, false) => placed,
            (false, true) => beside,
            (true, true) => both,
        };
        findings.get_or_init(|| {
            let told = self.told();
            check::check(&self.case, &self.facts(&told, &self.frame.rules))
        })
    }

    /// That rules of the organisation cannot be run on the case: to its administrators, who can mend them. They are no
    /// findings of the case: no gate, no record and nobody else hears of them.
    pub fn failures(&self, actor: &Actor) -> &[Finding] {
        if permission::permit_in(actor, Office::HearFailures, self.case.organisation).is_err() {
            return &[];
        }
        self.failures
            .get_or_init(|| own::failures(&self.case, &self.facts(&Told::default(), &self.frame.rules)))
    }

    /// What checks hold the case against, with these rules of its organisation.
    pub(super) fn facts<'a>(&'a self, told: &'a Told, own: &'a [Arc<own::OwnRule>]) -> check::Facts<'a> {
        check::Facts {
            population: told.population.as_ref(),
            unplaced: told.untold.as_ref(),
            alongside: self.alongside.get().map_or(&[], Vec::as_slice),
            form: &self.form,
            groups: &self.frame.groups,
            settings: &self.frame.organisation.settings,
            kind: self.frame.organisation.kind,
            today: self.moment.today,
            own,
        }
    }

    /// Who lives in the footprint, by the edition of this name or the newest; `None` where no place is named, and
    /// before the case was [placed](super::App::place).
    #[must_use]
    pub fn population(&self, edition: Option<&str>) -> Option<Result<Population, Unanswered>> {
        let footprint = &self.case.content.proposal.footprint;
        let places = self.places.get().filter(|_| !footprint.is_empty())?;
        let notable = &self.frame.organisation.settings.notable;
        Some(places.clone().and_then(|reference| reference.population(footprint, edition, notable)))
    }

    /// The same for checks: as far as it can be told, and why not of all of the footprint.
    fn told(&self) -> Told {
        let footprint = &self.case.content.proposal.footprint;
        let notable = &self.frame.organisation.settings.notable;
        match self.places.get().filter(|_| !footprint.is_empty()) {
            None => Told::default(),
            Some(Ok(reference)) => reference.told(footprint, None, notable),
            Some(Err(why)) => Told { population: None, untold: Some(why.clone()) },
        }
    }

    /// Whether its place is still to be asked for.
    pub(super) fn unplaced(&self) -> bool {
        self.places.get().is_none() && !self.case.content.proposal.footprint.is_empty()
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
    #[must_use]
    pub fn available(&self, actor: &Actor) -> Vec<(Transition, Vec<Blocker>)> {
        self.engine(|context| {
            engine::available(&self.case, actor, context)
                .into_iter()
                .map(|(transition, blockers)| (transition.clone(), blockers))
                .collect()
        })
    }

    /// Calls the engine with all that surrounds the case.
    pub(super) fn engine<T>(&self, call: impl FnOnce(&engine::Context<'_>) -> T) -> T {
        let score = self.score();
        let context = engine::Context {
            workflow: &self.workflow,
            form: &self.form,
            score: score.as_ref(),
            rules: &self.frame.versions,
            groups: &self.frame.groups,
            settings: &self.frame.organisation.settings,
            findings: self.findings(),
            attachments: &self.attachments,
            panel: self.panel.as_ref(),
            away: self.away.as_deref(),
            deputies: &self.deputies,
            meeting: self.meeting.as_ref(),
            moment: self.moment,
        };
        call(&context)
    }

    /// What decides when the reviews of the case are shown.
    #[must_use]
    pub fn window(&self) -> Window {
        let showing = self.frame.organisation.settings.showing;
        Window { showing, phase: self.head.phase, today: self.moment.today }
    }

    /// The reviews the actor may read: their own; all that are shown for whoever may read the deliberation; and for
    /// everybody who reads the case those that were before the panel when it concluded on their revision.
    #[must_use]
    pub fn reviews(&self, actor: &Actor) -> Vec<Review> {
        let all = self.permits(actor, Action::ReadDeliberation);
        let window = self.window();
        let reviews = self.case.process.reviews.iter();
        reviews
            .filter(|review| {
                review.reviewer == actor.person
                    || (all && deliberation::shown(&self.case, review.revision, window))
                    || deliberation::concluded(&self.case, review.revision, review.at)
            })
            .cloned()
            .collect()
    }

    /// The threads the actor may read, in the order in which they were begun.
    #[must_use]
    pub fn threads(&self, actor: &Actor) -> Vec<Thread> {
        let window = self.window();
        let threads = self.case.process.threads.iter();
        threads.filter(|thread| discussion::reads(&self.case, thread, actor, window)).cloned().collect()
    }

    /// What of the content a place of the form means; nothing where there is no such place.
    pub fn places(&self) -> Result<impl Fn(&Path) -> Vec<Path> + '_> {
        let content =
            serde_json::to_value(&self.case.content).map_err(|error| super::Error::Internal(error.into()))?;
        Ok(move |path: &Path| self.form.places(&content, path))
    }

    /// Whether the actor may do this with the case.
    #[must_use]
    pub fn permits(&self, actor: &Actor, action: Action) -> bool {
        permission::permit(actor, action, &self.case, self.head.phase).is_ok()
    }

    /// The day on which somebody is to look at the case again.
    #[must_use]
    pub fn review_due(&self) -> Option<NaiveDate> {
        follow::due(&self.case, &self.workflow)
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

/// Whether a revision that the content has left behind is the one that the panel approved last.
pub(super) fn is_before_body(case: &Case, approved: &Revision) -> bool {
    let newest = case.process.approving().map(|outcome| outcome.revision);
    newest.is_some_and(|newest| approved.number == newest && newest < case.revision)
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
        reexamination_due: case.process.reexamination_due(),
        created_at: case.created_at,
        updated_at: case.updated_at,
    }
}
