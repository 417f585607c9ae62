//! One request: who asks, when, and the reads that are batched for it. A fresh one is made for every request,
//! so nothing is cached across users.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

use async_graphql::{
    Context,
    dataloader::{DataLoader, HashMapCache, Loader},
};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use secrecy::SecretString;
use tokio::sync::mpsc;

use crate::{
    app::{self, App, AttachmentView, ClientAddress, OrganisationView, PersonView, Stub, Summary, View},
    domain::{
        calendar::Moment,
        case::{Head, Pinned},
        form::Form,
        id::{AssessmentId, OrganisationId, PersonId},
        permission::Actor,
        workflow::definition::Workflow,
    },
    graphql::error::{Result, Told, missing},
};

/// Who asks, as the door found out.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// The token in the `Authorization` header.
    pub bearer: Option<SecretString>,
    /// Where the request came from, for throttling.
    pub client: ClientAddress,
}

/// What every resolver may ask of the request it is part of. Reads are boxed: the future of a field is as large as that
/// of the largest field of its object, and one is made for every field of every row.
pub struct Session {
    /// The use cases.
    pub app: App,
    /// When the request is answered.
    pub moment: Moment,
    /// Who asks, as the door found out.
    pub caller: Caller,
    actor: Option<Actor>,
    reads: DataLoader<Reads, HashMapCache>,
}

/// The session of the request.
pub fn session<'a>(ctx: &Context<'a>) -> &'a Session {
    ctx.data_unchecked()
}

impl Session {
    /// Finds out who asks and makes ready to answer.
    pub async fn open(app: App, caller: Caller, moment: Moment) -> app::Result<(Self, Batches)> {
        let actor = app.actor(caller.bearer.as_ref(), moment).await?;
        Ok(Self::of(app, caller, actor, moment))
    }

    /// Makes ready to answer whoever was found out.
    #[must_use]
    pub fn of(app: App, caller: Caller, actor: Option<Actor>, moment: Moment) -> (Self, Batches) {
        let reads = Reads { app: app.clone(), actor: actor.clone() };
        let (sender, batches) = mpsc::unbounded_channel();
        // Who receives batches is gone only when the request is, and then nobody waits for them.
        let reads =
            DataLoader::with_cache(reads, move |batch| sender.send(batch).ok(), HashMapCache::default());
        (Self { app, moment, caller, actor, reads: reads.delay(Duration::ZERO) }, Batches(batches))
    }

    /// Who is signed in; an error for nobody.
    pub fn actor(&self) -> Result<&Actor> {
        self.actor.as_ref().ok_or_else(|| app::Error::Unauthenticated.into())
    }

    /// Who is signed in, if anybody is.
    pub fn somebody(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// The case, whole; what may not be read is not found.
    pub async fn view(&self, id: AssessmentId) -> Result<Arc<View>> {
        self.find_view(id).await?.ok_or_else(|| app::Error::NotFound.into())
    }

    /// The case, whole, when the actor may read it.
    pub async fn find_view(&self, id: AssessmentId) -> Result<Option<Arc<View>>> {
        Box::pin(self.reads.load_one(ViewOf(id))).await
    }

    /// Lets a case know all that its findings rest on, as far as the actor may know.
    pub async fn inform(&self, view: &Arc<View>) -> Result<()> {
        Box::pin(self.reads.load_one(InformOf(view.clone()))).await.map(drop)
    }

    /// What lists show of a case, when the actor may read it.
    pub async fn find_summary(&self, id: AssessmentId) -> Result<Option<Arc<Summary>>> {
        Box::pin(self.reads.load_one(SummaryOf(id))).await
    }

    /// As much of a case as the actor may know.
    pub async fn find_stub(&self, id: AssessmentId) -> Result<Option<Stub>> {
        Box::pin(self.reads.load_one(StubOf(id))).await
    }

    /// People, in the order asked for; one who is not there is left out.
    pub async fn people(&self, ids: &[PersonId]) -> Result<Vec<PersonView>> {
        let mut found = Box::pin(self.reads.load_many(ids.iter().copied())).await?;
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// A person.
    pub async fn find_person(&self, id: PersonId) -> Result<Option<PersonView>> {
        Box::pin(self.reads.load_one(id)).await
    }

    /// An organisation.
    pub async fn find_organisation(&self, id: OrganisationId) -> Result<Option<Arc<OrganisationView>>> {
        Box::pin(self.reads.load_one(id)).await
    }

    /// The form a case keeps.
    pub async fn form(&self, head: &Head) -> Result<Arc<Form>> {
        if let Some(held) = self.app.held(head.organisation, &head.form) {
            return Ok(held);
        }
        let key = FormOf(head.organisation, head.form.clone());
        Box::pin(self.reads.load_one(key)).await?.ok_or_else(|| missing(&head.form.key))
    }

    /// The workflow a case keeps.
    pub async fn workflow(&self, head: &Head) -> Result<Arc<Workflow>> {
        if let Some(held) = self.app.held(head.organisation, &head.workflow) {
            return Ok(held);
        }
        let key = WorkflowOf(head.organisation, head.workflow.clone());
        Box::pin(self.reads.load_one(key)).await?.ok_or_else(|| missing(&head.workflow.key))
    }

    /// The files kept with a case, when the actor may read it.
    pub async fn attachments(&self, id: AssessmentId) -> Result<Vec<AttachmentView>> {
        Ok(Box::pin(self.reads.load_one(FilesOf(id))).await?.unwrap_or_default())
    }

    /// Forgets what was read of cases, because something is about to change.
    pub fn forget(&self) {
        self.reads.clear::<ViewOf>();
        self.reads.clear::<SummaryOf>();
        self.reads.clear::<StubOf>();
        self.reads.clear::<FilesOf>();
    }
}

/// Batches of reads that the execution of a request asked for.
pub struct Batches(mpsc::UnboundedReceiver<BoxFuture<'static, ()>>);

impl Batches {
    /// Executes a request, and its batches in the same task: a batch is begun only when the execution has come as far
    /// as it can without it, so it holds all that is asked at that level, on any machine and under any load.
    pub async fn execute<T>(mut self, execution: impl Future<Output = T>) -> T {
        let mut execution = std::pin::pin!(execution);
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                done = &mut execution => return done,
                Some(batch) = self.0.recv() => running.push(batch),
                Some(()) = running.next(), if !running.is_empty() => {}
            }
        }
    }
}

/// Reads on behalf of one actor.
struct Reads {
    app: App,
    actor: Option<Actor>,
}

impl Reads {
    fn actor(&self) -> Result<&Actor> {
        self.actor.as_ref().ok_or_else(|| app::Error::Unauthenticated.into())
    }
}

/// Asks for a case, whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct ViewOf(AssessmentId);

/// Asks for what the findings of a case rest on; of each that was read once more, anew.
#[derive(Clone)]
struct InformOf(Arc<View>);

impl PartialEq for InformOf {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for InformOf {}

impl Hash for InformOf {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

/// Asks for what lists show of a case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct SummaryOf(AssessmentId);

/// Asks for as much of a case as the actor may know.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct StubOf(AssessmentId);

/// Asks for the files kept with a case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct FilesOf(AssessmentId);

/// Asks for a form that a case of the organisation keeps.
#[derive(Clone, PartialEq, Eq, Hash)]
struct FormOf(OrganisationId, Pinned);

/// Asks for a workflow that a case of the organisation keeps.
#[derive(Clone, PartialEq, Eq, Hash)]
struct WorkflowOf(OrganisationId, Pinned);

impl Loader<FormOf> for Reads {
    type Value = Arc<Form>;
    type Error = Told;

    async fn load(&self, keys: &[FormOf]) -> Result<HashMap<FormOf, Arc<Form>>> {
        let mut forms = HashMap::with_capacity(keys.len());
        for key in keys {
            forms.insert(key.clone(), self.app.pinned(key.0, &key.1).await?);
        }
        Ok(forms)
    }
}

impl Loader<WorkflowOf> for Reads {
    type Value = Arc<Workflow>;
    type Error = Told;

    async fn load(&self, keys: &[WorkflowOf]) -> Result<HashMap<WorkflowOf, Arc<Workflow>>> {
        let mut workflows = HashMap::with_capacity(keys.len());
        for key in keys {
            workflows.insert(key.clone(), self.app.pinned(key.0, &key.1).await?);
        }
        Ok(workflows)
    }
}

impl Loader<FilesOf> for Reads {
    type Value = Vec<AttachmentView>;
    type Error = Told;

    async fn load(&self, keys: &[FilesOf]) -> Result<HashMap<FilesOf, Vec<AttachmentView>>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let files = self.app.attachments(self.actor()?, &ids).await?;
        Ok(files.into_iter().map(|(id, files)| (FilesOf(id), files)).collect())
    }
}

impl Loader<ViewOf> for Reads {
    type Value = Arc<View>;
    type Error = Told;

    async fn load(&self, keys: &[ViewOf]) -> Result<HashMap<ViewOf, Arc<View>>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let views = self.app.views(self.actor()?, &ids).await?;
        Ok(views.into_iter().map(|(id, view)| (ViewOf(id), view)).collect())
    }
}

impl Loader<InformOf> for Reads {
    type Value = ();
    type Error = Told;

    async fn load(&self, keys: &[InformOf]) -> Result<HashMap<InformOf, ()>> {
        let views: Vec<&View> = keys.iter().map(|key| &*key.0).collect();
        self.app.inform(self.actor()?, &views).await?;
        Ok(keys.iter().map(|key| (key.clone(), ())).collect())
    }
}

impl Loader<SummaryOf> for Reads {
    type Value = Arc<Summary>;
    type Error = Told;

    async fn load(&self, keys: &[SummaryOf]) -> Result<HashMap<SummaryOf, Arc<Summary>>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = self.app.summaries(self.actor()?, &ids).await?;
        Ok(found.into_iter().map(|(id, summary)| (SummaryOf(id), Arc::new(summary))).collect())
    }
}

impl Loader<StubOf> for Reads {
    type Value = Stub;
    type Error = Told;

    async fn load(&self, keys: &[StubOf]) -> Result<HashMap<StubOf, Stub>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let stubs = self.app.stubs(self.actor()?, &ids).await?;
        Ok(stubs.into_iter().map(|(id, stub)| (StubOf(id), stub)).collect())
    }
}

impl Loader<PersonId> for Reads {
    type Value = PersonView;
    type Error = Told;

    async fn load(&self, keys: &[PersonId]) -> Result<HashMap<PersonId, PersonView>> {
        Ok(self.app.people(self.actor()?, keys).await?)
    }
}

impl Loader<OrganisationId> for Reads {
    type Value = Arc<OrganisationView>;
    type Error = Told;

    async fn load(&self, keys: &[OrganisationId]) -> Result<HashMap<OrganisationId, Arc<OrganisationView>>> {
        let found = self.app.organisations(keys).await?;
        Ok(found.into_iter().map(|(id, organisation)| (id, Arc::new(organisation))).collect())
    }
}
