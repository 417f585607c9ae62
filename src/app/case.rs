//! Beginning a case, writing it, and taking it in from a document.

use std::{collections::HashMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use crate::{
    app::{
        App, Changed, Error, PartyInput, Result, View,
        command::{Command, Decided, commit},
        frame::Frame,
        party::Writers,
        place, projection,
        screening::Screener,
    },
    clock,
    domain::{
        assessment::Content,
        calendar::Moment,
        canonical,
        case::{Case, Process, RetentionClass},
        edit::{self, List},
        event::{EventKind, Happening},
        form::{self, Form},
        id::{AssessmentId, Identifier, InterdependencyId, OrganisationId, PersonId, Supply},
        import,
        interdependency::{self, Target},
        organisation::Organisation,
        party::Party,
        permission::{Action, Actor, Denied, Role, permit},
        text::{self, Path, Violation},
        workflow::{definition::Workflow, engine::Applied, process},
    },
    store::{
        Scope,
        event::{Origin, Stream},
        person::Contact,
        reaction::ReactionKind,
    },
};

/// A case to begin.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAssessment {
    /// The organisation's ODS code.
    pub organisation: String,
    /// The title.
    pub title: String,
    /// Fields of the proposal.
    pub proposal: Map<String, Value>,
    /// The form; the organisation's own choice when none is named.
    pub form: Option<String>,
    /// The workflow; the form's when none is named, and the organisation's own choice when the form names none.
    pub workflow: Option<String>,
    /// The screening that asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub screening: Option<AssessmentId>,
}

/// A document that was taken in.
#[derive(Debug)]
pub struct Imported {
    /// The case it became.
    pub changed: Changed,
    /// The key other documents name it by.
    pub key: Option<String>,
    /// Interdependencies that name a document by a key.
    pub unresolved: Vec<(InterdependencyId, String)>,
}

/// A case that is about to come into being.
struct Begun {
    organisation: Organisation,
    case: Case,
    form: Arc<Form>,
    workflow: Arc<Workflow>,
    frame: Arc<Frame>,
    happening: Happening,
    screener: Option<Screener>,
}

/// One edit as it is asked for: each party in it as it was typed (a [`PartyInput`]), an interdependency's `target`
/// as a reference.
pub type Edit = edit::Edit;

impl App {
    /// Begins a case in an organisation where the actor writes.
    pub async fn create(
        &self,
        actor: &Actor,
        input: CreateAssessment,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command = Command::new(actor, "createAssessment", key.as_deref(), &input, moment)?;
        let mut supply = clock::supply();
        let begun = async {
            let organisation = self.writes_in(actor, &input.organisation).await?;
            let mut content = Content::titled(&input.title);
            let screener = match input.screening {
                Some(screening) => Some(self.screener(actor, screening, &organisation, moment).await?),
                None => None,
            };
            if let Some(screener) = &screener {
                content.proposal.clone_from(&screener.case.content.proposal);
                content.sro.clone_from(&screener.case.content.sro);
            }
            let case =
                self.begin(actor.person, &organisation, content, &input, screener.as_ref(), moment).await?;
            let proposal = [edit::Edit::Proposal(input.proposal.clone())];
            let case = self.written(&organisation, case, &proposal, moment, &mut supply).await?;
            let mut payload = json!({ "revision": 1 });
            if let Some(screening) = input.screening {
                payload["screening"] = json!(screening);
            }
            let happening = Happening::case(EventKind::AssessmentCreated, payload);
            Ok(Begun { screener, ..self.begun(organisation, case, happening).await? })
        };
        let begun = begun.await;
        self.insert(command, begun, supply).await
    }

    /// Takes a document in as a draft: our own layouts, or the facts of a published assessment.
    pub async fn import(
        &self,
        actor: &Actor,
        organisation: &str,
        document: Value,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Imported> {
        canonical::sound(&document, &Path::default())?;
        let request = (organisation, &document);
        let command = Command::new(actor, "importAssessment", key.as_deref(), &request, moment)?;
        let mut supply = clock::supply();
        let (mut key, mut unresolved) = (None, Vec::new());
        let begun = async {
            let organisation = self.writes_in(actor, organisation).await?;
            let frame = self.frame(&organisation).await?;
            let mut draft = import::read(&document, &frame.groups, &mut supply).map_err(Error::Invalid)?;
            let mut content = std::mem::replace(&mut draft.content, Content::titled(""));
            if draft.synthetic && !text::fold(&content.title).contains("synthetic") {
                content.title = format!("{} (synthetic)", content.title);
            }
            let targets = std::mem::take(&mut draft.targets);
            // What is wrong is told with the document's own names for its elements.
            let told = |error| match error {
                Error::Invalid(wrong) => {
                    Error::Invalid(wrong.into_iter().map(|v| draft.in_document(v)).collect())
                }
                other => other,
            };
            unresolved = self.aim(actor, &mut content, targets).await.map_err(told)?;
            let input = CreateAssessment {
                organisation: organisation.ods_code.clone(),
                title: content.title.clone(),
                proposal: Map::new(),
                form: draft.form.clone(),
                workflow: None,
                screening: None,
            };
            let case = self.begin(actor.person, &organisation, content, &input, None, moment).await?;
            let case = self.written(&organisation, case, &[], moment, &mut supply).await.map_err(told)?;
            let payload =
                json!({ "revision": 1, "key": draft.key, "source": draft.source, "notes": draft.notes });
            key = draft.key;
            self.begun(organisation, case, Happening::case(EventKind::AssessmentImported, payload)).await
        };
        let begun = begun.await;
        let changed = self.insert(command, begun, supply).await?;
        // A replay answers with the first outcome, whose elements have other identifiers.
        let edges = &changed.view.case.content.interdependencies;
        unresolved.retain(|(id, _)| edges.iter().any(|edge| edge.id == *id));
        Ok(Imported { changed, key, unresolved })
    }

    /// Makes edits: all of them or none; edits to different paths merge. What they open is told by
    /// [`Self::try_edit`] beforehand.
    pub async fn edit(
        &self,
        actor: &Actor,
        id: AssessmentId,
        expected_version: u32,
        edits: Vec<Edit>,
        key: Option<String>,
        moment: Moment,
    ) -> Result<Changed> {
        let command =
            Command::new(actor, "editAssessment", key.as_deref(), &(id, expected_version, &edits), moment)?;
        let case = self.known(actor, id).await?;
        let resolved = self.resolve(actor, &case, edits).await;
        let mut targets = resolved.as_ref().map_or_else(|_| Vec::new(), |(edits, _)| targets(edits));
        targets.extend(case.content.interdependencies.iter().filter_map(|edge| edge.target));
        let known = self.store.read().targets(case.organisation, &targets).await?;
        let codes = resolved
            .as_ref()
            .map_or_else(|_| Vec::new(), |(edits, _)| place::placed(edits, &case.content.proposal.footprint));
        let wrong = self.misplaced(codes).await;
        self.command(command, id, Action::Edit, |view, supply| {
            let (edits, contacts) = resolved?;
            let applied = edited(view, actor, &edits, expected_version, &known, wrong, supply)?;
            Ok(Decided { applied, contacts })
        })
        .await
    }

    /// The case as it would be after these edits, with the re-examination they would open. Nothing is changed.
    pub async fn try_edit(
        &self,
        actor: &Actor,
        id: AssessmentId,
        expected_version: u32,
        edits: Vec<Edit>,
        moment: Moment,
    ) -> Result<Changed> {
        let case = self.known(actor, id).await?;
        let view = self.views_at(actor, &[id], moment).await?.remove(&id).ok_or(Error::NotFound)?;
        // What is wrong with people and targets is told to whoever may name them.
        permit(actor, Action::Edit, &view.case, view.head.phase)?;
        editable(&view, actor)?;
        let (edits, _) = self.resolve(actor, &case, edits).await?;
        let mut targets = targets(&edits);
        targets.extend(case.content.interdependencies.iter().filter_map(|edge| edge.target));
        let known = self.store.read().targets(case.organisation, &targets).await?;
        let wrong = self.misplaced(place::placed(&edits, &case.content.proposal.footprint)).await;
        let applied = edited(&view, actor, &edits, expected_version, &known, wrong, &mut clock::supply())?;
        Ok(Changed { view: Arc::new(view.with(applied.case)), blockers: Vec::new() })
    }

    /// The organisation with this code, when the actor writes there.
    async fn writes_in(&self, actor: &Actor, code: &str) -> Result<Organisation> {
        let organisation = self
            .store
            .read()
            .organisation_by_ods_code(code)
            .await?
            .ok_or_else(|| unknown_organisation(code))?;
        if actor.read_only || !actor.holds(organisation.id, Role::Author) {
            return Err(Denied::Forbidden.into());
        }
        Ok(organisation)
    }

    /// A fresh case with this content, in the organisation's form and workflow or those that are named.
    async fn begin(
        &self,
        author: PersonId,
        organisation: &Organisation,
        content: Content,
        input: &CreateAssessment,
        screener: Option<&Screener>,
        moment: Moment,
    ) -> Result<Case> {
        let settings = &organisation.settings;
        let missing = |field: &str, key: &str| {
            let key: String = key.chars().take(60).collect();
            let message = format!("There is no {field} `{key}` here; name one that is published.");
            Violation::new("NOT_FOUND", message, Path::of([field]))
        };
        let form = input.form.as_deref().unwrap_or(&settings.form);
        let found: Option<Arc<Form>> = self.newest(organisation.id, form).await?;
        let form = found.ok_or_else(|| missing("form", form))?;
        let deep = screener.and_then(|screener| screener.depth.workflow());
        let named = input.workflow.as_deref().or(deep).or(form.workflow.as_deref());
        let workflow = named.unwrap_or(&settings.workflow);
        let found: Option<Arc<Workflow>> = self.newest(organisation.id, workflow).await?;
        let workflow = found.ok_or_else(|| missing("workflow", workflow))?;
        let misfit = screener.and_then(|screener| screener.misfit(&form, &workflow, &settings.workflow));
        if let Some(violation) = misfit {
            return Err(violation.into());
        }
        if !workflow.fits(&form) {
            return Err(self.unfit(organisation, &form, &workflow).await?.into());
        }
        Ok(Case {
            id: clock::supply().fresh(),
            reference: String::new(),
            organisation: organisation.id,
            version: 1,
            revision: 1,
            frozen: false,
            form: form.pinned(),
            workflow: workflow.pinned(),
            state: workflow.initial.clone(),
            author,
            content,
            process: Process { screened_by: screener.map(|screener| screener.id), ..Process::default() },
            changed: std::collections::BTreeMap::new(),
            shares: std::collections::BTreeMap::new(),
            retention: RetentionClass::WithDecision,
            legal_hold: false,
            created_at: moment.at,
            updated_at: moment.at,
        })
    }

    /// The case with these edits, as its first version; refuses content that cannot be kept.
    async fn written(
        &self,
        organisation: &Organisation,
        mut case: Case,
        edits: &[edit::Edit],
        moment: Moment,
        supply: &mut Supply,
    ) -> Result<Case> {
        let frame = self.frame(organisation).await?;
        let form: Arc<Form> = self.pinned(organisation.id, &case.form).await?;
        edit::spell(&mut case.content, &form);
        let context = edit::Context { form: &form, frame: frame.content(), by: case.author, moment };
        let mut codes = place::placed(edits, &[]);
        codes.extend(case.content.proposal.footprint.iter().cloned().enumerate());
        let wrong = self.misplaced(codes).await;
        let mut edited = match edit::apply(&case, edits, case.version, context, supply) {
            Err(edit::Refused::Invalid(found)) => {
                return Err(Error::Invalid(place::with_places(found, wrong)));
            }
            applied => applied?.case,
        };
        let mut violations = place::with_places(edited.content.violations(frame.content()), wrong);
        violations.extend(form::check_answers(&form, &edited.content, &frame.groups));
        let decided = case.content.proposal.decision_date;
        violations.extend(decided.and_then(|day| edit::unknown_year(day, moment)));
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        edited.version = 1;
        edited.changed.clear();
        Ok(edited)
    }

    /// The case with all that putting it into the store asks beside it.
    async fn begun(
        &self,
        organisation: Organisation,
        mut case: Case,
        mut happening: Happening,
    ) -> Result<Begun> {
        let targets: Vec<AssessmentId> =
            case.content.interdependencies.iter().filter_map(|e| e.target).collect();
        let known = self.store.read().targets(organisation.id, &targets).await?;
        interdependency::settle(&mut case, &known);
        if let Value::Object(payload) = &mut happening.payload {
            payload.insert("content".into(), json!(canonical::sha256(&canonical::bytes(&case.content)?)));
        }
        Ok(Begun {
            form: self.pinned(organisation.id, &case.form).await?,
            workflow: self.pinned(organisation.id, &case.workflow).await?,
            frame: self.frame(&organisation).await?,
            organisation,
            case,
            happening,
            screener: None,
        })
    }

    /// Puts a fresh case into the store, with its reference and first event; or tells why there is none, unless this
    /// is a replay.
    async fn insert(
        &self,
        command: Command<'_>,
        begun: Result<Begun>,
        mut supply: Supply,
    ) -> Result<Changed> {
        let begun = if command.key.is_none() { Ok(begun?) } else { begun };
        let (actor, moment) = (command.actor, command.moment);
        let transaction = self.store.write::<_, Error>(async |tx| {
            if let Some(first) = command.claim(tx).await? {
                return Ok(Err(first));
            }
            let Begun { organisation, mut case, form, workflow, frame, happening, screener } = begun?;
            // Settings do not change until the case is there: it is never begun under old ones.
            if tx.settings(organisation.id).await?.as_ref() != Some(&organisation.settings) {
                return Err(Error::Retry);
            }
            let year = chrono::Datelike::year(&moment.today);
            case.reference =
                tx.next_reference(organisation.id, &organisation.ods_code, year, moment.at).await?;
            let view = View::of(case, workflow, form, frame, moment);
            let case = &view.case;
            tx.insert(case, &projection::of(&view)).await?;
            let origin = Origin { by: Some(actor.person), on_behalf_of: None, at: moment.at };
            let stream = Stream::Case { assessment: case.id, organisation: organisation.id };
            tx.record(stream, origin, &[happening], &mut supply).await?;
            if interdependency::relies_anew(case, None) {
                tx.react_itself(case, ReactionKind::StandingChanged, moment.at, &mut supply).await?;
            }
            if let Some(screener) = &screener {
                let before = screener.view(tx.case(screener.id).await?.ok_or(Error::NotFound)?, moment)?;
                let applied = screener.answered(&before, case, actor)?;
                let by = Some(actor.person);
                commit(tx, screener.surroundings(), &before, applied, by, moment, &mut supply).await?;
            }
            command.settle(tx, case.id).await?;
            Ok(Ok(view))
        });
        match Box::pin(transaction).await? {
            Ok(view) => Ok(Changed { view: Arc::new(view), blockers: Vec::new() }),
            Err(first) => self.replayed(actor, first, moment).await,
        }
    }

    /// Edits with their parties and targets resolved.
    async fn resolve(
        &self,
        actor: &Actor,
        case: &Case,
        mut edits: Vec<Edit>,
    ) -> Result<(Vec<Edit>, Vec<Contact>)> {
        let shared: Vec<OrganisationId> = case.shares.keys().copied().collect();
        let named = edits.iter().any(|edit| match edit {
            Edit::Sro(party) => !party.is_null(),
            Edit::Contributors(_) => true,
            _ => false,
        });
        let writers = if named { Writers::of(self, case).await? } else { Writers::default() };
        for edit in &mut edits {
            if let Edit::Element { list: List::Interdependencies, id, fields } = edit
                && let Some(Value::String(target)) = fields.get("target")
            {
                let path = Path::of([List::Interdependencies.as_str()]);
                let path = id.map_or(path.clone(), |id| path.join(id));
                let target = self.target(actor, target, &path.join("target")).await?;
                fields.insert("target".into(), json!(target));
            }
        }
        let mut typed = Vec::new();
        for (path, place) in edits.iter_mut().filter_map(Edit::party_mut) {
            typed.push((typed_as::<PartyInput>(place, &path)?, path, place));
        }
        let named = typed.iter().map(|(input, ..)| input);
        let mut parties = self.parties(case.organisation, &shared, named, clock::supply()).await?;
        let sro = typed.iter().filter(|(_, path, _)| *path == Path::of(["sro"]));
        let sro: Vec<_> = sro.map(|(input, path, _)| (input, path.clone())).collect();
        parties.violations.extend(self.accounts_by_address(case.organisation, &sro).await?);
        for (input, path, place) in typed {
            *place = json!(parties.resolve(&input, &path));
            let person = path.join("person");
            if path == Path::of(["sro"]) && parties.violations.iter().all(|one| one.path != person) {
                parties.violations.extend(input.person.and_then(|person| writers.sponsors(person)));
            }
        }
        for edit in &edits {
            if let Edit::Contributors(people) = edit {
                let people: Vec<PersonId> = typed_as(people, &Path::of(["contributors"]))?;
                let wrong = people.iter().enumerate();
                let wrong = wrong.filter_map(|(index, person)| writers.writes(*person, index));
                parties.violations.extend(wrong);
            }
        }
        Ok((edits, parties.done()?))
    }

    /// The case a reference or identifier names, when the actor may know that it exists.
    async fn target(&self, actor: &Actor, text: &str, path: &Path) -> Result<AssessmentId> {
        let id = match AssessmentId::parse(text) {
            Some(id) => Some(id),
            None => self.store.read().case_id(text, Scope::SeeStub(actor)).await?,
        };
        let visible = match id {
            Some(id) => self.stubs(actor, &[id]).await?.contains_key(&id),
            None => false,
        };
        id.filter(|_| visible).ok_or_else(|| {
            let message =
                "There is no such assessment that you can see; write its reference, or name a partner.";
            Violation::new("NOT_FOUND", message, path.clone()).into()
        })
    }

    /// Points the interdependencies of an imported document at cases. Those that name another document by its
    /// key stay with a partner that says so, until that document is here and an edit points at it.
    async fn aim(
        &self,
        actor: &Actor,
        content: &mut Content,
        targets: Vec<(InterdependencyId, import::Target)>,
    ) -> Result<Vec<(InterdependencyId, String)>> {
        let mut unresolved = Vec::new();
        for (id, target) in targets {
            let path = Path::of(["interdependencies".to_owned(), id.to_string(), "target".to_owned()]);
            let Some(edge) = content.interdependencies.iter_mut().find(|edge| edge.id == id) else {
                continue;
            };
            match target {
                import::Target::Reference(reference) => {
                    edge.target = Some(self.target(actor, &reference, &path).await?);
                }
                import::Target::Case(id) => {
                    edge.target = Some(self.target(actor, &id.global(), &path).await?);
                }
                import::Target::Key(key) => {
                    edge.partner = Some(Party::named(format!("The assessment imported as \"{key}\"")));
                    unresolved.push((id, key));
                }
            }
        }
        Ok(unresolved)
    }
}

/// What these edits make of the case, and what they open; `wrong` is what is amiss with the places they name.
fn edited(
    view: &View,
    actor: &Actor,
    edits: &[edit::Edit],
    expected_version: u32,
    known: &HashMap<AssessmentId, Target>,
    wrong: Vec<Violation>,
    supply: &mut Supply,
) -> Result<Applied> {
    editable(view, actor)?;
    let context = edit::Context {
        form: &view.form,
        frame: view.frame.content(),
        by: actor.person,
        moment: view.moment,
    };
    let edited = match edit::apply(&view.case, edits, expected_version, context, supply) {
        Err(edit::Refused::Invalid(found)) => {
            return Err(Error::Invalid(place::with_places(found, wrong)));
        }
        Ok(_) if !wrong.is_empty() => return Err(Error::Invalid(wrong)),
        applied => applied?,
    };
    let mut case = edited.case;
    interdependency::settle_after(&mut case, &view.case, known);
    let material = |path: &Path| form::is_material(&view.form, path);
    let mut applied =
        view.engine(|context| process::content_changed(&view.case, &case, &edited.paths, material, context));
    applied.happenings = edited.happenings.into_iter().chain(applied.happenings).collect();
    Ok(applied)
}

/// Refuses a change of content where the workflow does not let the actor change it now.
pub(super) fn editable(view: &View, actor: &Actor) -> Result<()> {
    if view.workflow.may_edit(actor, &view.case) {
        return Ok(());
    }
    let state = view.state().map_or(view.case.state.as_str(), |state| state.label.as_str());
    let message = format!("The assessment is in \"{state}\", where its content cannot be changed.");
    Err(Error::Conflict(vec![Violation::new("NOT_EDITABLE", message, Path::default())]))
}

pub(super) fn unknown_organisation(code: &str) -> Error {
    let code: String = code.chars().take(20).collect();
    let message = format!("There is no organisation `{code}` here; write its ODS code.");
    Violation::new("NOT_FOUND", message, Path::of(["organisation"])).into()
}

/// What was typed, read as what it should be.
fn typed_as<T: DeserializeOwned>(value: &Value, path: &Path) -> Result<T, Violation> {
    T::deserialize(value).map_err(|error| Violation::new("INVALID", error.to_string(), path.clone()))
}

/// The cases that edits point at.
fn targets(edits: &[Edit]) -> Vec<AssessmentId> {
    let of = edits.iter().filter_map(|edit| match edit {
        Edit::Element { list: List::Interdependencies, fields, .. } => fields.get("target"),
        _ => None,
    });
    of.filter_map(|target| serde_json::from_value(target.clone()).ok()).collect()
}

impl From<edit::Refused> for Error {
    fn from(refused: edit::Refused) -> Self {
        match refused {
            edit::Refused::Conflict(violations) => Self::Conflict(violations),
            edit::Refused::Invalid(violations) => Self::Invalid(violations),
        }
    }
}
