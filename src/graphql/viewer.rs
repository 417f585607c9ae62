//! Who is signed in, what they may do where, what they are to do, and their sessions and tokens.

use async_graphql::{Context, ID, Object};

use crate::{
    app::{SessionView, TokenView},
    domain::permission::{self, Actor, Role},
    graphql::{
        error::Result,
        leave::DeputisedRole,
        limit::{SOME, listed, paged},
        organisation::Organisation,
        page::{Connection, connection, window},
        person::Person,
        preference::MailPreferences,
        scalar::{Date, Instant, global},
        session::session,
        task::{Task, TaskTotal},
        word::Word,
    },
};

/// Whoever is signed in.
pub struct Viewer(pub Actor);

/// Who is signed in.
#[Object]
impl Viewer {
    /// The person.
    async fn person(&self, ctx: &Context<'_>) -> Result<Person> {
        Person::named(ctx, self.0.person).await
    }

    /// The roles they hold today.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn grants(&self) -> Vec<RoleGrant> {
        self.0.grants.iter().cloned().map(RoleGrant).collect()
    }

    /// The roles of those they stand in for today.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn deputises(&self) -> Vec<DeputisedRole> {
        self.0.deputises.iter().cloned().map(DeputisedRole).collect()
    }

    /// Whether the token they use may only read.
    async fn read_only(&self) -> bool {
        self.0.read_only
    }

    /// What they are to do, the most urgent first.
    #[graphql(complexity = "paged(first, None, child_complexity)")]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which they begin.")] after: Option<String>,
    ) -> Result<Connection<Task, TaskTotal>> {
        let window = window(first, after, None, None)?;
        let session = session(ctx);
        let slice = session.app.list_tasks(&self.0, &window, session.moment).await?;
        Ok(connection(slice, TaskTotal, Task::of))
    }

    /// What they want to hear by mail, and when.
    async fn mail_preferences(&self, ctx: &Context<'_>) -> Result<MailPreferences> {
        Ok(MailPreferences(session(ctx).app.mail_preferences(&self.0).await?))
    }

    /// Their sessions that still work.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let session = session(ctx);
        let sessions = session.app.sessions(&self.0, session.caller.bearer.as_ref(), session.moment).await?;
        Ok(sessions.into_iter().map(Session).collect())
    }

    /// Their API tokens that still work.
    #[graphql(complexity = "listed(SOME, child_complexity)")]
    async fn tokens(&self, ctx: &Context<'_>) -> Result<Vec<Token>> {
        let session = session(ctx);
        let tokens = session.app.list_tokens(&self.0, session.moment).await?;
        Ok(tokens.into_iter().map(Token).collect())
    }
}

/// A grant.
struct RoleGrant(permission::Grant);

/// A role held in an organisation.
#[Object]
impl RoleGrant {
    /// Where.
    async fn organisation(&self, ctx: &Context<'_>) -> Result<Organisation> {
        Organisation::named(ctx, self.0.organisation).await
    }

    /// What.
    async fn role(&self) -> Word<Role> {
        Word(self.0.role)
    }

    /// The last day; null for no end.
    async fn until(&self) -> Option<Date> {
        self.0.until.map(Date)
    }
}

/// A session.
struct Session(SessionView);

/// A signed-in session of the viewer.
#[Object]
impl Session {
    /// The global identifier, `session:..`; for `revokeSession`.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// When it began.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// Until when it works.
    async fn expires_at(&self) -> Instant {
        Instant(self.0.expires_at)
    }

    /// The name of the programme that began it, as it called itself.
    async fn programme(&self) -> &str {
        &self.0.programme
    }

    /// Whether it is the one that asks.
    async fn current(&self) -> bool {
        self.0.current
    }
}

/// A token.
pub struct Token(pub TokenView);

/// An API token of the viewer. The token itself is told once, when it is issued.
#[Object]
impl Token {
    /// The global identifier, `token:..`; for `revokeToken`.
    async fn id(&self) -> ID {
        global(self.0.id)
    }

    /// What it is for, in its owner's words.
    async fn label(&self) -> &str {
        &self.0.label
    }

    /// Whether it may only read.
    async fn read_only(&self) -> bool {
        self.0.read_only
    }

    /// When it was issued.
    async fn created_at(&self) -> Instant {
        Instant(self.0.created_at)
    }

    /// Until when it works.
    async fn expires_at(&self) -> Instant {
        Instant(self.0.expires_at)
    }
}
