//! Reading: what an actor may see of cases, people and organisations. What may not be seen is absent.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    app::{App, Error, OrganisationView, PersonView, Result, View, projection},
    domain::{
        assessment::Content,
        calendar::Moment,
        case::Head,
        check,
        difference::{self, Change},
        form::{self, Form},
        group::{Catalogue, Group},
        id::{AssessmentId, Identifier, OrganisationId, PanelId, PersonId, RevisionId},
        page::{Page, Window},
        permission::{Action, Actor, Role},
        search,
        task::Task,
        text::{self, Path, Violation},
        workflow::Standing,
    },
    store::{self, Scope},
};

pub use crate::store::{
    list::{Filter, Order, OrderField},
    summary::Summary,
};

/// How a case is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// By identifier.
    Id(AssessmentId),
    /// By reference.
    Reference(String),
}

/// Which revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionAt {
    /// By number.
    Number(u32),
    /// As it was at an instant. What was written and written over before anybody froze it is not kept: then the newest one
    /// frozen by that instant, which says so.
    Instant(DateTime<Utc>),
    /// The newest, frozen or not.
    Latest,
}

/// The content of a case as it was.
#[derive(Clone, Debug)]
pub struct RevisionView {
    /// Its identifier; the working revision goes by its case's.
    pub id: RevisionId,
    /// Whose content.
    pub assessment: AssessmentId,
    /// Its number.
    pub number: u32,
    /// When it was frozen; `None` while it is the working revision.
    pub frozen_at: Option<DateTime<Utc>>,
    /// When the content was first changed after that and by the instant that was asked for, where what it said then is not kept.
    pub changed_since: Option<DateTime<Utc>>,
    /// SHA-256 of its canonical bytes.
    pub sha256: String,
    /// The content.
    pub content: Content,
    /// The same as the document whose hash is `sha256`.
    pub document: Value,
    /// The form it answers.
    pub form: Arc<Form>,
    visibility: OnceLock<BTreeMap<String, Option<bool>>>,
}

impl RevisionView {
    /// The content of a case as it stands, not frozen.
    fn working(view: &View) -> Result<Self> {
        let case = &view.case;
        let bytes = crate::domain::canonical::bytes(&case.content)?;
        Ok(Self {
            id: RevisionId::from(case.id.uuid()),
            assessment: case.id,
            number: case.revision,
            frozen_at: None,
            changed_since: None,
            sha256: crate::domain::canonical::sha256(&bytes),
            document: document(&case.content)?,
            content: case.content.clone(),
            form: view.form.clone(),
            visibility: OnceLock::new(),
        })
    }

    /// Which questions were shown: three-valued, `None` where it could not be told.
    pub fn visibility(&self) -> &BTreeMap<String, Option<bool>> {
        self.visibility.get_or_init(|| form::visibility(&self.form, &self.content))
    }
}

/// What was before panel or body.
#[derive(Clone, Debug)]
pub struct RecordView {
    /// SHA-256 of its canonical bytes.
    pub sha256: String,
    /// When it was frozen.
    pub at: DateTime<Utc>,
    /// The revision it freezes.
    pub revision: u32,
    /// The document.
    pub document: Value,
}

/// As much of a case as somebody who may not read it can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stub {
    /// Its identifier.
    pub id: AssessmentId,
    /// Its reference.
    pub reference: String,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// Its standing.
    pub standing: Standing,
    /// The day by which an open re-examination must be judged.
    pub reexamination_due: Option<NaiveDate>,
    /// Whether the actor may read it.
    pub readable: bool,
}

impl Stub {
    fn of(head: Head, readable: bool) -> Self {
        let Head { id, reference, title, organisation, standing, reexamination_due, .. } = head;
        Self { id, reference, title, organisation, standing, reexamination_due, readable }
    }
}

/// One page of a list, each element with its cursor.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    /// The elements in order.
    pub nodes: Vec<(String, T)>,
    /// Whether more come before.
    pub has_previous: bool,
    /// Whether more come after.
    pub has_next: bool,
}

impl<T> Slice<T> {
    /// The same page of something else.
    pub(super) fn map<U>(self, mut into: impl FnMut(T) -> U) -> Slice<U> {
        let nodes = self.nodes.into_iter().map(|(cursor, node)| (cursor, into(node))).collect();
        Slice { nodes, has_previous: self.has_previous, has_next: self.has_next }
    }
}

impl App {
    /// What lists show of a case the actor may read.
    pub async fn find_summary(&self, actor: &Actor, key: &Key) -> Result<Option<Summary>> {
        let Some(id) = self.named(actor, key).await? else { return Ok(None) };
        Ok(self.summaries(actor, &[id]).await?.remove(&id))
    }

    /// A case, whole, that the actor may read.
    pub async fn find_view(&self, actor: &Actor, key: &Key) -> Result<Option<Arc<View>>> {
        let Some(id) = self.named(actor, key).await? else { return Ok(None) };
        Ok(self.views(actor, &[id]).await?.remove(&id))
    }

    async fn named(&self, actor: &Actor, key: &Key) -> Result<Option<AssessmentId>> {
        match key {
            Key::Id(id) => Ok(Some(*id)),
            Key::Reference(reference) => Ok(self.store.read().case_id(reference, Scope::Read(actor)).await?),
        }
    }

    /// What lists show of those cases that the actor may read.
    pub async fn summaries(
        &self,
        actor: &Actor,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Summary>> {
        let found = self.store.read().summaries(ids, Scope::Read(actor)).await?;
        Ok(found.into_iter().map(|summary| (summary.head.id, summary)).collect())
    }

    /// As much as the actor may know of those cases.
    pub async fn stubs(&self, actor: &Actor, ids: &[AssessmentId]) -> Result<HashMap<AssessmentId, Stub>> {
        let known = self.store.read().summaries(ids, Scope::SeeStub(actor)).await?;
        let readable = self.summaries(actor, ids).await?;
        let stubs = known.into_iter().map(|Summary { head, .. }| {
            let readable = readable.contains_key(&head.id);
            (head.id, Stub::of(head, readable))
        });
        Ok(stubs.collect())
    }

    /// The same for the operator, who may know all there is.
    pub(super) async fn whole_stubs(&self, ids: &[AssessmentId]) -> Result<HashMap<AssessmentId, Stub>> {
        let known = self.store.read().summaries(ids, Scope::Everything).await?;
        Ok(known.into_iter().map(|summary| (summary.head.id, Stub::of(summary.head, true))).collect())
    }

    /// Those cases, whole, that the actor may read.
    pub async fn views(
        &self,
        actor: &Actor,
        ids: &[AssessmentId],
    ) -> Result<HashMap<AssessmentId, Arc<View>>> {
        self.views_at(actor, ids, self.now()).await
    }

    pub(super) async fn views_at(
        &self,
        actor: &Actor,
        ids: &[AssessmentId],
        moment: Moment,
    ) -> Result<HashMap<AssessmentId, Arc<View>>> {
        self.views_for(Some(actor), ids, moment).await
    }

    /// Those cases, whole, that the actor may read; the operator, who is none, reads all.
    pub(super) async fn views_for(
        &self,
        actor: Option<&Actor>,
        ids: &[AssessmentId],
        moment: Moment,
    ) -> Result<HashMap<AssessmentId, Arc<View>>> {
        let cases = self.store.read().cases(ids).await?;
        let mut organisations: Vec<OrganisationId> = cases.iter().map(|case| case.organisation).collect();
        organisations.sort();
        organisations.dedup();
        let organisations = self.organisations(&organisations).await?;
        let mut views = HashMap::with_capacity(cases.len());
        for case in cases {
            let id = case.id;
            let Some(organisation) = organisations.get(&case.organisation) else { continue };
            let form = self.pinned(case.organisation, &case.form).await?;
            let workflow = self.pinned(case.organisation, &case.workflow).await?;
            let frame = self.frame(organisation).await?;
            let view = View::of(case, workflow, form, frame, moment);
            if actor.is_none_or(|actor| view.permits(actor, Action::Read)) {
                views.insert(id, Arc::new(view));
            }
        }
        Ok(views)
    }

    /// One case, whole, that the actor may read.
    pub async fn view(&self, actor: &Actor, id: AssessmentId) -> Result<Arc<View>> {
        self.views(actor, &[id]).await?.remove(&id).ok_or(Error::NotFound)
    }

    /// A page of the cases the actor may read.
    pub async fn list_assessments(
        &self,
        actor: &Actor,
        filter: &Filter,
        order: Order,
        window: &Window,
    ) -> Result<Slice<Summary>> {
        bounded(filter)?;
        let page = self.store.read().list_cases(filter, Scope::Read(actor), order, window).await?;
        Ok(slice(page, |summary| order.cursor(&summary.head)))
    }

    /// How many cases the actor may read.
    pub async fn count_assessments(&self, actor: &Actor, filter: &Filter) -> Result<u64> {
        bounded(filter)?;
        Ok(self.store.read().count_cases(filter, Scope::Read(actor)).await?)
    }

    /// A revision of a case the actor may read.
    pub async fn find_revision(
        &self,
        actor: &Actor,
        id: AssessmentId,
        at: RevisionAt,
    ) -> Result<Option<RevisionView>> {
        let Some(view) = self.views(actor, &[id]).await?.remove(&id) else { return Ok(None) };
        let read = self.store.read();
        let as_it_is = |view: &View| RevisionView::working(view).map(Some);
        let (frozen, changed_since) = match at {
            RevisionAt::Number(number) => match read.revision(id, number).await? {
                None if number == view.case.revision => return as_it_is(&view),
                frozen => (frozen, None),
            },
            RevisionAt::Latest => match read.revision(id, view.case.revision).await? {
                None => return as_it_is(&view),
                frozen => (frozen, None),
            },
            RevisionAt::Instant(instant) => {
                let before = read.revision_at(id, instant).await?;
                let since = before.as_ref().map_or(view.case.created_at, |before| before.frozen_at);
                let changed = read.edited_between(id, since, Some(instant)).await?;
                if instant < view.case.created_at || before.is_some() && changed.is_none() {
                    (before, None)
                } else {
                    // What was written by then may be what was frozen later, or is not frozen yet.
                    let after = read.revision_after(id, instant).await?;
                    let until = after.as_ref().map(|after| after.frozen_at);
                    match (read.edited_between(id, instant, until).await?, after) {
                        (None, Some(after)) => (Some(after), None),
                        (None, None) => return as_it_is(&view),
                        (Some(_), _) => (before, changed),
                    }
                }
            }
        };
        let Some(frozen) = frozen else { return Ok(None) };
        Ok(Some(RevisionView {
            id: frozen.id,
            assessment: id,
            number: frozen.number,
            frozen_at: Some(frozen.frozen_at),
            changed_since,
            sha256: frozen.sha256,
            document: document(&frozen.content)?,
            content: frozen.content,
            form: view.form.clone(),
            visibility: OnceLock::new(),
        }))
    }

    /// A revision by its own identifier, of a case the actor may read.
    pub async fn find_revision_by_id(&self, actor: &Actor, id: RevisionId) -> Result<Option<RevisionView>> {
        let found = self.store.read().revision_by_id(id).await?;
        match found {
            Some(found) => {
                self.find_revision(actor, found.assessment, RevisionAt::Number(found.number)).await
            }
            None => self.find_revision(actor, AssessmentId::from(id.uuid()), RevisionAt::Latest).await,
        }
    }

    /// What was before panel or body, of a case the actor may read. What it says of other cases is for those who oversee
    /// them: of the cumulative position others read that there was one, and why it was accepted.
    pub async fn find_record(
        &self,
        actor: &Actor,
        assessment: AssessmentId,
        sha256: &str,
    ) -> Result<Option<RecordView>> {
        // By the case itself: what lists ask of it is derived, and could have been forged.
        let Some(view) = self.views(actor, &[assessment]).await?.remove(&assessment) else { return Ok(None) };
        let record = self.store.read().record(sha256).await?.filter(|record| record.assessment == assessment);
        let Some(record) = record else { return Ok(None) };
        let mut document: Value =
            serde_json::from_slice(&record.bytes).map_err(|e| Error::Internal(e.into()))?;
        if !actor.oversees().contains(&view.case.organisation) {
            withhold_position(&mut document);
        }
        let revision = document.get("revision").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        Ok(Some(RecordView {
            sha256: record.sha256,
            at: record.at,
            revision: revision.unwrap_or_default(),
            document,
        }))
    }

    /// What differs between two revisions, field by field, list elements by id.
    pub async fn changes(&self, actor: &Actor, id: AssessmentId, from: u32, to: u32) -> Result<Vec<Change>> {
        let before = self.find_revision(actor, id, RevisionAt::Number(from)).await?.ok_or(Error::NotFound)?;
        let after = self.find_revision(actor, id, RevisionAt::Number(to)).await?.ok_or(Error::NotFound)?;
        Ok(difference::between(&before.document, &after.document))
    }

    /// The case an element belongs to, when the actor may read it.
    pub async fn find_element(&self, actor: &Actor, noun: &str, id: Uuid) -> Result<Option<Arc<View>>> {
        let found = self.store.read().elements(id).await?;
        for element in found.into_iter().filter(|element| element.noun.as_str().eq_ignore_ascii_case(noun)) {
            if let Some(view) = self.views(actor, &[element.assessment]).await?.remove(&element.assessment) {
                return Ok(Some(view));
            }
        }
        Ok(None)
    }

    /// The case a panel judges, when the actor may read it.
    pub async fn find_panel(&self, actor: &Actor, id: PanelId) -> Result<Option<Arc<View>>> {
        self.find_element(actor, PanelId::NOUN, id.uuid()).await
    }

    /// People by identifier; addresses only of oneself and, for administrators, of their organisation's people.
    pub async fn people(&self, actor: &Actor, ids: &[PersonId]) -> Result<HashMap<PersonId, PersonView>> {
        let administered: Vec<OrganisationId> = actor
            .grants
            .iter()
            .filter(|grant| grant.role == Role::Administrator)
            .map(|grant| grant.organisation)
            .collect();
        let seen = self.belonging(ids, &administered).await?;
        let people = self.store.read().people(ids).await?;
        let views = people.into_iter().map(|person| {
            let id = person.id;
            let email = (id == actor.person || seen.contains(&id)).then_some(person.email);
            (id, PersonView { id, name: person.name, email })
        });
        Ok(views.collect())
    }

    /// A person whom the actor may look up: themselves, and whoever holds a role where they do. Those whom a case
    /// names are told with the case.
    pub async fn find_person(&self, actor: &Actor, id: PersonId) -> Result<Option<PersonView>> {
        let organisations: Vec<OrganisationId> =
            actor.grants.iter().map(|grant| grant.organisation).collect();
        let known = id == actor.person || !self.belonging(&[id], &organisations).await?.is_empty();
        if !known {
            return Ok(None);
        }
        Ok(self.people(actor, &[id]).await?.remove(&id))
    }

    /// Organisations by identifier.
    pub async fn organisations(
        &self,
        ids: &[OrganisationId],
    ) -> Result<HashMap<OrganisationId, OrganisationView>> {
        let found = self.store.read().organisations(ids).await?;
        Ok(found.into_iter().map(|organisation| (organisation.id, organisation)).collect())
    }

    /// The organisation with this ODS code.
    pub async fn find_organisation(&self, ods_code: &str) -> Result<Option<OrganisationView>> {
        Ok(self.store.read().organisation_by_ods_code(ods_code).await?)
    }

    /// What succeeded an organisation.
    pub async fn successors(&self, id: OrganisationId) -> Result<Vec<OrganisationView>> {
        let successions = self.store.read().successions(&[id]).await?;
        let after: Vec<OrganisationId> =
            successions.iter().filter(|s| s.predecessor == id).map(|s| s.successor).collect();
        Ok(self.store.read().organisations(&after).await?)
    }

    /// What an organisation succeeded.
    pub async fn predecessors(&self, id: OrganisationId) -> Result<Vec<OrganisationView>> {
        let successions = self.store.read().successions(&[id]).await?;
        let before: Vec<OrganisationId> =
            successions.iter().filter(|s| s.successor == id).map(|s| s.predecessor).collect();
        Ok(self.store.read().organisations(&before).await?)
    }

    /// What the actor is to do, the most urgent first.
    pub async fn list_tasks(
        &self,
        actor: &Actor,
        window: &Window,
        moment: Moment,
    ) -> Result<Slice<(AssessmentId, Task)>> {
        let page = self.store.read().list_tasks(actor, window, moment.today).await?;
        let slice = slice(page, store::task::Task::cursor);
        let kept = slice.nodes.into_iter().filter_map(|(cursor, found)| {
            projection::task(found.task).map(|task| (cursor, (found.assessment, task)))
        });
        Ok(Slice { nodes: kept.collect(), has_previous: slice.has_previous, has_next: slice.has_next })
    }

    /// How much the actor is to do.
    pub async fn count_tasks(&self, actor: &Actor, moment: Moment) -> Result<u64> {
        Ok(self.store.read().count_tasks(actor, moment.today).await?)
    }

    /// The groups to consider: the shipped ones, and those of all the actor's organisations; a code that two of them
    /// use means what it means in the first.
    pub async fn groups(&self, actor: Option<&Actor>) -> Result<Arc<Catalogue>> {
        let mut ids: Vec<OrganisationId> =
            actor.iter().flat_map(|actor| &actor.grants).map(|g| g.organisation).collect();
        ids.sort();
        ids.dedup();
        let organisations = self.organisations(&ids).await?;
        let mut own: Vec<Group> = Vec::new();
        for organisation in ids.iter().filter_map(|id| organisations.get(id)) {
            for group in &organisation.settings.groups {
                if own.iter().all(|known| known.code != group.code) {
                    own.push(group.clone());
                }
            }
        }
        Ok(Arc::new(Catalogue::extended(&own)?))
    }

    /// Whether the database answers and is of this version.
    pub async fn ready(&self) -> Result<()> {
        match self.store.schema().await? {
            store::SchemaState::UpToDate => Ok(()),
            other => Err(Error::Internal(anyhow::anyhow!("the database is {other:?}; run `ehia migrate`"))),
        }
    }

    /// The date in London on which the actor looks.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.now().today
    }
}

/// Most words of a search, and most values of each list of a filter.
const FILTER_MOST: usize = 100;

/// Refuses a filter that would make the database work for nothing.
fn bounded(filter: &Filter) -> Result<()> {
    let words = filter.search.as_deref().and_then(search::asked).map_or(0, |words| words.len());
    let long = filter.search.as_deref().is_some_and(|search| search.chars().count() > text::LINE);
    if long || words > 10 {
        let message = format!("A search has at most 10 words and {} characters.", text::LINE);
        return Err(Violation::new("TOO_LONG", message, Path::of(["filter", "search"])).into());
    }
    let lists = [
        ("organisations", filter.organisations.len()),
        ("forms", filter.forms.len()),
        ("phases", filter.phases.len()),
        ("states", filter.states.len()),
        ("standings", filter.standings.len()),
        ("groups", filter.groups.len()),
        ("areas", filter.areas.len()),
        ("serviceLines", filter.service_lines.len()),
        ("programmes", filter.programmes.len()),
        ("bands", filter.bands.len()),
        ("kindsOfChange", filter.kinds_of_change.len()),
        ("workflows", filter.workflows.len()),
    ];
    match lists.into_iter().find(|(_, length)| *length > FILTER_MOST) {
        Some((name, length)) => {
            let message = format!("There are {length} values; a filter takes at most {FILTER_MOST}.");
            Err(Violation::new("TOO_MANY", message, Path::of(["filter", name])).into())
        }
        None => Ok(()),
    }
}

fn document(content: &Content) -> Result<Value> {
    serde_json::to_value(content).map_err(|error| Error::Internal(error.into()))
}

/// A page of the store with the cursor of each element.
pub(super) fn slice<T>(page: Page<T>, cursor: impl Fn(&T) -> String) -> Slice<T> {
    let nodes = page.nodes.into_iter().map(|node| (cursor(&node), node)).collect();
    Slice { nodes, has_previous: page.has_previous, has_next: page.has_next }
}

/// Takes what a record tells of other cases out of it.
fn withhold_position(document: &mut Value) {
    let findings = document.get_mut("findings").and_then(Value::as_array_mut).into_iter().flatten();
    for finding in findings.filter_map(Value::as_object_mut) {
        if finding.get("rule").and_then(Value::as_str) == Some(check::POSITION) {
            let told = "What else touches the same people stands in the whole record, for those who oversee the organisation's cases.";
            finding.insert("message".into(), told.into());
            finding.insert("facts".into(), Value::Object(serde_json::Map::new()));
        }
    }
}
