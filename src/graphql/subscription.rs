//! What is told anew whenever it changes. A subscription is a query that [`super::socket`] executes again for every
//! change, each time for whoever the token belongs to then: so nothing is told that could not be read at that moment.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, OnceLock},
};

use async_graphql::{Context, ID, Subscription};
use futures::{Stream, stream};

use crate::{
    app,
    domain::{
        id::{AssessmentId, Identifier},
        page::{MOST, Window},
    },
    graphql::{assessment::Assessment, error::Result, session::session, viewer::Viewer},
};

/// What a subscription waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// A case.
    Case(AssessmentId),
    /// The tasks of whoever asks.
    Tasks,
}

/// What a subscription waits for, and something that differs when it is worth telling again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What for.
    pub topic: Topic,
    /// What differs.
    pub mark: u64,
}

/// Where a subscription leaves what it waits for; nothing when it may not.
pub type Waits = Arc<OnceLock<Wait>>;

fn wait(ctx: &Context<'_>, topic: Topic, mark: u64) {
    if let Some(waits) = ctx.data_opt::<Waits>() {
        // There is one root field, which comes here once.
        let _ = waits.set(Wait { topic, mark });
    }
}

/// The root of every subscription.
pub struct Subscription;

/// What is told at once as it stands and again whenever it changes, over a WebSocket (`graphql-transport-ws`). Changes
/// that come quickly are told together, and each message is what its reader may see when it is sent; a subscription
/// ends with an error when that is nothing.
#[Subscription]
impl Subscription {
    /// A case the viewer may read.
    async fn assessment_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global identifier.")] id: ID,
    ) -> Result<impl Stream<Item = Assessment>> {
        let session = session(ctx);
        session.actor()?;
        let found = match AssessmentId::parse(&id) {
            Some(id) => session.find_view(id).await?,
            None => None,
        };
        let view = found.ok_or(app::Error::NotFound)?;
        wait(ctx, Topic::Case(view.head.id), view.head.version.into());
        Ok(stream::iter([Assessment::View(view)]))
    }

    /// Who is signed in, whenever what they are to do changes, or their roles do.
    async fn tasks_changed(&self, ctx: &Context<'_>) -> Result<impl Stream<Item = Viewer>> {
        let session = session(ctx);
        let actor = session.actor()?.clone();
        let window = Window { size: MOST, ..Window::default() };
        let first = session.app.list_tasks(&actor, &window, session.moment).await?;
        let mut hasher = DefaultHasher::new();
        session.app.count_tasks(&actor, session.moment).await?.hash(&mut hasher);
        for (cursor, (_, task)) in &first.nodes {
            (cursor, task.kind, &task.reason).hash(&mut hasher);
        }
        for grant in &actor.grants {
            (grant.organisation, grant.role).hash(&mut hasher);
        }
        wait(ctx, Topic::Tasks, hasher.finish());
        Ok(stream::iter([Viewer(actor)]))
    }
}
